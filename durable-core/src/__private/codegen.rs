//! The logic behind generated code, so that expansions stay short.

use std::marker::PhantomData;
use std::panic::Location;
use std::time::Duration;

use crate::function::{
    CallOptions, DurableFunction, FunctionContext, Invocation, MigrateInto, Recordable, RecordableError,
};
use crate::registry::{Registration, SourcePlace, TypeInfo, Upgrade};
use crate::retry::RetryPolicy;
use crate::schema::{DurableSchema, Schema};

/// Makes the registration of a current function, which stands where this is called; generated code overrides the rest by
/// struct update.
#[track_caller]
pub fn registration<F: DurableFunction>(
    package: Option<&'static str>,
    module: &'static str,
    [input, output, error]: [TypeInfo; 3],
) -> Registration {
    let at = Location::caller();
    Registration {
        name: F::NAME,
        version: F::VERSION,
        current: true,
        upgrade: Upgrade::Never,
        place: SourcePlace {
            package,
            module,
            file: at.file(),
            line: at.line(),
            column: at.column(),
        },
        input,
        output,
        error,
        body: None,
        callees: Vec::new,
        helpers: Vec::new,
        states: &[],
        max_concurrent: None,
        call_options: F::call_options,
        runner: F::Context::runner::<F>(),
    }
}

/// Calls a handle.
pub fn invoke<F: DurableFunction>(ctx: F::Context, input: F::Input) -> Invocation<F> {
    F::invoke(ctx, input)
}

/// Makes what an attribute says about every call. The times are those of an attempt, of all attempts, and between
/// heartbeats, in milliseconds; zero stands for none, which no attribute can say.
pub fn call_options(retry: Option<RetryPolicy>, [attempt, total, heartbeat]: [u64; 3]) -> CallOptions {
    let time = |millis| (millis > 0).then(|| Duration::from_millis(millis));
    CallOptions {
        retry,
        attempt_timeout: time(attempt),
        total_timeout: time(total),
        heartbeat: time(heartbeat),
    }
}

/// Makes a retry policy, with delays in milliseconds; zero attempts stand for no limit.
pub fn retry_policy<const N: usize>(
    max_attempts: u32,
    [first_delay, max_delay]: [u64; 2],
    [factor, jitter]: [f64; 2],
    non_retriable: [&str; N],
) -> RetryPolicy {
    RetryPolicy {
        max_attempts: (max_attempts > 0).then_some(max_attempts),
        first_delay: Duration::from_millis(first_delay),
        max_delay: Duration::from_millis(max_delay),
        factor,
        jitter,
        non_retriable: non_retriable.map(str::to_owned).into(),
    }
}

/// Returns `input`, which must have the type of the orchestrator's own input.
pub const fn same_input<T>(input: T) -> T {
    input
}

/// Compiles only if input and output can be recorded, and `E` can be the error of a durable function.
pub const fn assert_payloads<I: Recordable, O: Recordable, E: RecordableError>() {}

/// Compiles only if instances with the input `Old` can move to a version with the input `New`.
pub const fn assert_upgrade<Old: MigrateInto<New>, New>() {}

/// Asks whether `T` has a schema: the probe's own constants if it has, those of [`NoSchema`] if not.
///
/// An inherent constant wins over a trait's when its bounds hold, so a concrete type decides by itself.
#[derive(Debug)]
pub struct SchemaProbe<T>(PhantomData<fn() -> T>);

impl<T: DurableSchema> SchemaProbe<T> {
    /// The fingerprint of the type's recorded form.
    pub const FINGERPRINT: Option<u64> = Some(T::FINGERPRINT);
    /// What describes it.
    pub const DESCRIBE: Option<fn() -> Schema> = Some(T::describe);
}

impl<T: DurableSchema + 'static> SchemaProbe<T> {
    /// Describes the type with its schema.
    pub const fn info() -> TypeInfo {
        TypeInfo::with_schema::<T>(Some(T::FINGERPRINT), Some(T::describe))
    }
}

/// What [`SchemaProbe`] answers for a type without a schema.
pub trait NoSchema {
    /// Nothing.
    const FINGERPRINT: Option<u64> = None;
    /// Nothing.
    const DESCRIBE: Option<fn() -> Schema> = None;

    /// Describes the type alone.
    fn info() -> TypeInfo;
}

impl<T: 'static> NoSchema for SchemaProbe<T> {
    fn info() -> TypeInfo {
        TypeInfo::of::<T>()
    }
}

/// Describes a concrete type, with its schema if it has one.
#[doc(hidden)]
#[macro_export]
macro_rules! __durable_type_info {
    ($ty:ty) => {{
        #[allow(unused_imports, reason = "used if the type has no schema")]
        use $crate::__private::NoSchema as _;
        $crate::__private::TypeInfo::with_schema::<$ty>(
            <$crate::__private::SchemaProbe<$ty>>::FINGERPRINT,
            <$crate::__private::SchemaProbe<$ty>>::DESCRIBE,
        )
    }};
}

/// The `Cargo.toml` of the package that is compiled, so that the compiler notices when it changes.
#[doc(hidden)]
#[macro_export]
macro_rules! __durable_manifest {
    () => {
        ::core::include_bytes!(::core::concat!(::core::env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
    };
}

/// The place of the invocation.
#[doc(hidden)]
#[macro_export]
macro_rules! __durable_place {
    () => {
        $crate::__private::SourcePlace {
            package: ::core::option_env!("CARGO_PKG_NAME"),
            module: ::core::module_path!(),
            file: ::core::file!(),
            line: ::core::line!(),
            column: ::core::column!(),
        }
    };
}

#[cfg(test)]
mod tests {
    struct Plain;

    #[test]
    fn the_probe_tells_types_with_a_schema_from_others() {
        let with = crate::__durable_type_info!(u32);
        assert_eq!(
            with.schema(),
            Some(<u32 as crate::schema::DurableSchema>::FINGERPRINT)
        );
        assert_eq!(crate::__durable_type_info!(Plain).schema(), None);
    }
}
