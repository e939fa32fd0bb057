//! What generated code says of callees, and what it checks of released functions.

use std::marker::PhantomData;

use crate::function::{DurableFunction, FunctionContext, FunctionKind, Handle, Invocation};
use crate::registry::{BodyFingerprint, Callee};
use crate::version::Version;

/// Makes what a registration says of the fingerprint of its body.
pub const fn fingerprint(hash: u64) -> Option<BodyFingerprint> {
    Some(BodyFingerprint::new(hash))
}

/// Asks whether a path in the place of a handle is one: [`FindsCallee`] if it is, [`NoHandle`] if not.
///
#[derive(Debug)]
pub struct CalleeProbe<H> {
    path: &'static str,
    handle: PhantomData<fn() -> H>,
}

impl<H> CalleeProbe<H> {
    /// Makes a probe.
    pub const fn new(_: &H, path: &'static str) -> Self {
        Self {
            path,
            handle: PhantomData,
        }
    }
}

/// What [`CalleeProbe`] answers for a handle. Found first, because its receiver has one reference more.
pub trait FindsCallee<C, F> {
    /// Returns the function that the handle stands for.
    fn callee(&self) -> Callee;
}

impl<H, C, F> FindsCallee<C, F> for &CalleeProbe<H>
where
    H: Fn(C, F::Input) -> Invocation<F>,
    F: DurableFunction<Context = C>,
    C: FunctionContext,
{
    fn callee(&self) -> Callee {
        Callee::Function {
            kind: C::KIND,
            name: F::NAME,
            version: F::VERSION,
            pinned: F::PINNED,
            path: self.path,
        }
    }
}

/// What [`CalleeProbe`] answers for anything else.
pub trait NoHandle {
    /// Returns the path.
    fn callee(&self) -> Callee;
}

impl<H> NoHandle for CalleeProbe<H> {
    fn callee(&self) -> Callee {
        Callee::Other { path: self.path }
    }
}

/// Lists the callees of a body; before a path may stand the body's own imports.
#[doc(hidden)]
#[macro_export]
macro_rules! __durable_callees {
    ($({ $($imports:tt)* } $path:path, $text:literal;)*) => {
        || {
            #[allow(unused_imports, reason = "which one is used depends on the paths")]
            use $crate::__private::{FindsCallee as _, NoHandle as _};
            #[allow(deprecated, reason = "the body says it already")]
            ::std::vec::Vec::from([$({
                $($imports)*
                (&&$crate::__private::CalleeProbe::new(&$path, $text)).callee()
            }),*])
        }
    };
}

const fn same_text(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut at = 0;
    while at < one.len() && at < other.len() && one[at] == other[at] {
        at += 1;
    }
    at == one.len() && at == other.len()
}

const fn same_version(one: Version, other: Version) -> bool {
    let (one, other) = (one.parts(), other.parts());
    let mut at = 0;
    while at < one.len() && one[at] == other[at] {
        at += 1;
    }
    at == one.len()
}

/// Evaluates only if a type's schema is the released one; the constant that calls it is the place of the error.
///
/// # Panics
///
/// With the message if the schema is another: while the crate is compiled, never when it runs.
#[track_caller]
pub const fn assert_schema(now: Option<u64>, locked: u64, message: &str) {
    assert!(matches!(now, Some(now) if now == locked), "{}", message);
}

/// Evaluates only if a handle stands for the released function; the constant that calls it is the place of the error.
///
/// # Panics
///
/// With `other` if it is another function, and with `rebound` if it is another version: while the crate is compiled, never
/// when it runs.
#[track_caller]
pub const fn assert_callee<H, C, F>(
    _: fn() -> H,
    (orchestrator, name, version): (bool, &str, [u32; 4]),
    rebound: &str,
    other: &str,
) where
    H: Handle<C, F>,
    F: DurableFunction<Context = C>,
    C: FunctionContext,
{
    let kind = matches!(C::KIND, FunctionKind::Orchestrator) == orchestrator;
    assert!(kind && same_text(F::NAME, name), "{}", other);
    let same = same_version(F::VERSION, Version::from_parts(version));
    assert!(same, "{}", rebound);
}

/// Compiles only if a type has the schema it was released with. Stands where `NoSchema` is imported.
#[doc(hidden)]
#[macro_export]
macro_rules! __durable_locked_schema {
    ($ty:ty, $locked:literal, $message:literal) => {
        const _: () = $crate::__private::assert_schema(
            <$crate::__private::SchemaProbe<$ty>>::FINGERPRINT,
            $locked,
            $message,
        );
    };
}

/// Compiles only if a handle stands for the function and version that were released in its place.
#[doc(hidden)]
#[macro_export]
macro_rules! __durable_locked_callee {
    ({ $($imports:tt)* } $path:path, $orchestrator:literal, $name:literal, $version:expr, $rebound:literal, $other:literal) => {
        #[allow(deprecated, reason = "the body says it already")]
        const _: () = {
            $($imports)*
            $crate::__private::assert_callee(|| $path, ($orchestrator, $name, $version), $rebound, $other);
        };
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(a: u8, b: u8) -> u8 {
        a + b
    }

    #[test]
    fn what_is_no_handle_is_kept_as_text() {
        const TEXT: &str = "text";
        let callees: fn() -> Vec<Callee> = crate::__durable_callees! {
            {} sum, "sum";
            {} TEXT, "TEXT";
            { use std::cmp::max; } max::<u8>, "max";
        };
        let shown: Vec<String> = callees().iter().map(Callee::to_string).collect();
        assert_eq!(shown, ["- sum", "- TEXT", "- max"]);
    }

    #[test]
    fn texts_and_versions_are_compared_to_their_end() {
        assert!(same_text("charge", "charge"));
        assert!(!same_text("charge", "charged"));
        assert!(!same_text("charges", "charge"));
        let [one, other] = [[1, 0, 0, 0], [1, 0, 0, 1]].map(Version::from_parts);
        assert!(same_version(one, one));
        assert!(!same_version(one, other));
    }
}
