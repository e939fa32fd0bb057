//! What the attribute says about every call.

use proc_macro2::TokenStream;
use quote::quote;

use super::super::options::{Options, Retry};
use crate::paths::Private;

/// Expands the marker's `call_options`; nothing, if the trait's own will do.
pub(super) fn call_options(options: &Options, private: &Private) -> Option<TokenStream> {
    if !options.has_call_options() {
        return None;
    }
    let retry = optional(options.retry.as_ref().map(|retry| retry_policy(retry, private)));
    let [attempt, total, heartbeat] =
        [options.attempt_timeout, options.total_timeout, options.heartbeat].map(Option::unwrap_or_default);
    Some(quote! {
        fn call_options() -> #private::CallOptions {
            #private::call_options(#retry, [#attempt, #total, #heartbeat])
        }
    })
}

fn retry_policy(retry: &Retry, private: &Private) -> TokenStream {
    let Retry {
        first_delay,
        max_delay,
        factor,
        jitter,
        non_retriable,
        ..
    } = retry;
    let max_attempts = retry.max_attempts.unwrap_or_default();
    quote! {
        #private::retry_policy(#max_attempts, [#first_delay, #max_delay], [#factor, #jitter], [#(#non_retriable),*])
    }
}

/// Expands an `Option`.
pub(super) fn optional(value: Option<TokenStream>) -> TokenStream {
    let none = || quote!(::core::option::Option::None);
    value.map_or_else(none, |value| quote!(::core::option::Option::Some(#value)))
}
