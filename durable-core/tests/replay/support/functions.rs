//! Durable functions as the macros would write them.

use durable_core::__private::{CallOptions, DurableFunction, Invocation};
use durable_core::{ActivityContext, Failure, OrchestrationContext, RetryPolicy, Version};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The error of `pay`.
#[derive(Debug, Clone, PartialEq, thiserror::Error, Serialize, Deserialize)]
pub(crate) enum PayError {
    #[error("the bank is busy")]
    Busy,
    #[error("declined")]
    Declined,
}

macro_rules! durable_function {
    ($handle:ident: $context:ty, $wire:literal, $version:expr, $error:ty $(, $options:expr)?) => {
        #[expect(non_camel_case_types, reason = "a marker bears its function's name")]
        #[derive(Debug)]
        pub(crate) enum $handle {}

        impl DurableFunction for $handle {
            type Context = $context;
            type Input = Value;
            type Output = Value;
            type Error = $error;
            const NAME: &'static str = $wire;
            const VERSION: Version = $version;
            const PINNED: bool = false;

            fn invoke(_: $context, input: Value) -> Invocation<Self> {
                Invocation::<Self>::new(Box::pin(async move { Ok(input) }))
            }

            $(fn call_options() -> CallOptions {
                $options
            })?
        }

        #[allow(dead_code, reason = "of some functions only the marker is used")]
        pub(crate) fn $handle(ctx: $context, input: Value) -> Invocation<$handle> {
            $handle::invoke(ctx, input)
        }
    };
}

const TWO: Version = Version::from_parts([2, 0, 0, 0]);

durable_function!(a: ActivityContext, "a", Version::ONE, Failure);
durable_function!(a_v2: ActivityContext, "a", TWO, Failure);
durable_function!(b: ActivityContext, "b", Version::ONE, Failure);
durable_function!(c: ActivityContext, "c", Version::ONE, Failure);
durable_function!(pay: ActivityContext, "pay", Version::ONE, PayError);
// `pay` after an edit of its attribute.
durable_function!(pay_edited: ActivityContext, "pay", Version::ONE, PayError, CallOptions {
    retry: Some(RetryPolicy::fixed(9, std::time::Duration::from_secs(77))),
    attempt_timeout: Some(std::time::Duration::from_secs(7)),
    total_timeout: None,
    heartbeat: None,
});
durable_function!(child: OrchestrationContext, "child", Version::ONE, Failure);
durable_function!(child_v2: OrchestrationContext, "child", TWO, Failure);
durable_function!(other_child: OrchestrationContext, "other_child", Version::ONE, Failure);
durable_function!(shop: OrchestrationContext, "shop", Version::ONE, Failure);
durable_function!(shop_v2: OrchestrationContext, "shop", TWO, Failure);

/// Makes the code of the orchestrator `shop` from a body: `code!(|ctx, input| { .. Ok(json!(1)) })`.
macro_rules! code {
    (|$ctx:ident, $input:ident| $body:block) => {{
        #[allow(clippy::unused_async, reason = "an orchestrator is always async")]
        async fn body(
            $ctx: durable_core::OrchestrationContext,
            $input: serde_json::Value,
        ) -> Result<serde_json::Value, durable_core::Failure> $body
        durable_core::replay::Code {
            version: durable_core::Version::ONE,
            runner: |ctx, input| {
                durable_core::__private::erase_orchestrator_body::<crate::support::shop, _>(ctx, input, body)
            },
        }
    }};
}
