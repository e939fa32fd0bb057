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
    let retry = options.retry.as_ref().map(|retry| retry_policy(retry, private));
    let retry = optional(retry);
    let duration = |millis: Option<u64>| optional(millis.map(|millis| quote!(#private::millis(#millis))));
    let attempt_timeout = duration(options.attempt_timeout);
    let total_timeout = duration(options.total_timeout);
    let heartbeat = duration(options.heartbeat);
    Some(quote! {
        fn call_options() -> #private::CallOptions {
            #private::CallOptions {
                retry: #retry,
                attempt_timeout: #attempt_timeout,
                total_timeout: #total_timeout,
                heartbeat: #heartbeat,
            }
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
    let max_attempts = optional(retry.max_attempts.map(|attempts| quote!(#attempts)));
    quote! {
        #private::RetryPolicy {
            max_attempts: #max_attempts,
            first_delay: #private::millis(#first_delay),
            max_delay: #private::millis(#max_delay),
            factor: #factor,
            jitter: #jitter,
            non_retriable: #private::strings([#(#non_retriable),*]),
        }
    }
}

/// Expands an `Option`.
pub(super) fn optional(value: Option<TokenStream>) -> TokenStream {
    let none = || quote!(::core::option::Option::None);
    value.map_or_else(none, |value| quote!(::core::option::Option::Some(#value)))
}
