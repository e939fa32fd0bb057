//! The fingerprint of a deterministic function, with all deterministic functions that it calls.
//!
//! It is computed in constants, so that the compiler compares it with the lock. Functions may call each other in
//! circles, which constants may not: so the marker of each has a constant function that visits it and what it calls,
//! and the walk knows where it has been.

use crate::registry::{BodyFingerprint, Helper};
use crate::schema::Fingerprint;

/// A visit of a deterministic function and of those that it calls, each once, in the order of the text.
///
/// The function is fixed for ever: its results are compared with those that earlier releases wrote down.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
#[must_use]
pub struct Walk {
    /// The places of the functions that were visited.
    seen: [u64; Walk::MAX],
    count: usize,
    hash: Fingerprint,
}

impl Walk {
    /// How many functions are visited. Of those beyond, the own text counts, and not what they call.
    const MAX: usize = 64;

    /// Starts a walk.
    #[expect(clippy::new_without_default, reason = "a constant needs a constant function")]
    pub const fn new() -> Self {
        Self {
            seen: [0; Self::MAX],
            count: 0,
            hash: Fingerprint::new("helper"),
        }
    }

    /// Adds a function, by where it stands and by the hash of its own text.
    ///
    /// Returns whether what it calls is to be visited: once for each.
    pub const fn enter(mut self, module: &str, name: &str, line: u32, column: u32, own: u64) -> (Self, bool) {
        let place = Fingerprint::new(module)
            .text(name)
            .number(line as u64)
            .number(column as u64);
        let place = place.get();
        let mut at = 0;
        while at < self.count && at < Self::MAX {
            if self.seen[at] == place {
                // In which place of the walk it was first met: calls of other functions shall differ.
                self.hash = self.hash.number(at as u64);
                return (self, false);
            }
            at += 1;
        }
        self.hash = self.hash.text("function").number(own);
        let is_room = self.count < Self::MAX;
        if is_room {
            self.seen[self.count] = place;
            self.count += 1;
        }
        (self, is_room)
    }

    /// Ends the calls of a function.
    pub const fn leave(mut self) -> Self {
        self.hash = self.hash.text("end");
        self
    }

    /// Returns the fingerprint; nothing, if there was no deterministic function.
    pub const fn fingerprint(&self) -> Option<u64> {
        if self.count == 0 {
            return None;
        }
        Some(self.hash.get())
    }

    /// Returns the function that was visited first by its name at the call.
    pub fn helper(&self, name: &'static str) -> Option<Helper> {
        let fingerprint = BodyFingerprint::new(self.fingerprint()?);
        Some(Helper { name, fingerprint })
    }
}

/// What a path finds that names no deterministic function. Imported by a glob, around what the path itself brings.
#[doc(hidden)]
pub mod unmarked {
    use super::Walk;

    /// The type of that name.
    #[derive(Debug)]
    pub enum __DurableNamed {}

    /// No marker.
    #[derive(Debug)]
    pub struct Unmarked;

    /// Where the marker would be.
    #[expect(non_upper_case_globals, reason = "it stands in for the marker's variant")]
    pub const __DurableDeterministic: Unmarked = Unmarked;

    impl Unmarked {
        /// Visits nothing.
        pub const fn __durable_walk(&self, walk: Walk) -> Walk {
            walk
        }
    }
}

/// Walks on to what a path names, if it is a deterministic function; the path comes as `shop::price as
/// __DurableNamed`, and before it may stand the body's own imports.
///
/// The marker of a deterministic function is an enum of its name with one variant. The path is imported under a name
/// that is found outside as well, so that a function without a type of its name is none; then everything inside that
/// type or module, under which the variant is found, or else outside.
#[doc(hidden)]
#[macro_export]
macro_rules! __durable_walk_to {
    ({ $($imports:tt)* } [$($import:tt)+] $walk:expr) => {{
        #[allow(unused_imports, clippy::wildcard_imports, reason = "generated code")]
        use $crate::__private::unmarked::*;
        {
            $($imports)*
            #[allow(deprecated, unused_imports, reason = "the body says it already")]
            use $($import)+;
            {
                #[allow(unused_imports, clippy::enum_glob_use, clippy::wildcard_imports, reason = "generated code")]
                use __DurableNamed::*;
                __DurableDeterministic.__durable_walk($walk)
            }
        }
    }};
}

/// The body of a marker's `__durable_walk`.
#[doc(hidden)]
#[macro_export]
macro_rules! __durable_walk {
    ($walk:ident, $name:literal, $own:literal $(; { $($imports:tt)* } [$($import:tt)+])*) => {{
        let (walk, is_new) = $walk.enter(::core::module_path!(), $name, ::core::line!(), ::core::column!(), $own);
        if !is_new {
            return walk;
        }
        $(let walk = $crate::__durable_walk_to!({ $($imports)* } [$($import)+] walk);)*
        walk.leave()
    }};
}

/// Lists the deterministic functions among the paths of a body.
#[doc(hidden)]
#[macro_export]
macro_rules! __durable_helpers {
    ($({ $($imports:tt)* } [$($import:tt)+] $text:literal;)*) => {
        || {
            let found = [$(
                $crate::__durable_walk_to!({ $($imports)* } [$($import)+] $crate::__private::Walk::new()).helper($text)
            ),*];
            found.into_iter().flatten().collect()
        }
    };
}

/// Compiles only if a path names a deterministic function with the fingerprint that was released.
#[doc(hidden)]
#[macro_export]
macro_rules! __durable_locked_helper {
    ({ $($imports:tt)* } [$($import:tt)+] $locked:literal, $message:literal) => {
        const _: () = {
            let walk = $crate::__durable_walk_to!({ $($imports)* } [$($import)+] $crate::__private::Walk::new());
            ::core::assert!(
                ::core::matches!(walk.fingerprint(), ::core::option::Option::Some($locked)),
                "{}",
                $message
            );
        };
    };
}

#[cfg(test)]
mod tests {
    use super::Walk;

    fn of(functions: &[(&str, u64)]) -> Option<u64> {
        let mut walk = Walk::new();
        for (name, own) in functions {
            walk = walk.enter("shop", name, 1, 1, *own).0;
        }
        walk.fingerprint()
    }

    #[test]
    fn the_algorithm_is_fixed() {
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[("a", 1), ("b", 2), ("a", 1)]), Some(0x6572_bc04_37bd_6fc8));
    }

    #[test]
    fn a_change_of_any_function_changes_the_whole() {
        let all = [
            of(&[("a", 1)]),
            of(&[("a", 2)]),
            of(&[("a", 1), ("b", 1)]),
            of(&[("a", 1), ("b", 2)]),
            of(&[("a", 1), ("b", 1), ("a", 1)]),
            of(&[("a", 1), ("b", 1), ("b", 1)]),
        ];
        for (at, one) in all.iter().enumerate() {
            assert!(!all[at + 1..].contains(one), "{at}");
        }
    }

    #[test]
    fn where_a_function_stands_does_not_count() {
        assert_eq!(of(&[("a", 1), ("b", 2)]), of(&[("c", 1), ("d", 2)]));
    }

    #[test]
    fn functions_beyond_the_last_are_not_entered() {
        let names: Vec<String> = (0..100).map(|number| number.to_string()).collect();
        let mut walk = Walk::new();
        let mut entered = 0;
        for name in &names {
            let (next, is_new) = walk.enter("shop", name, 1, 1, 1);
            walk = next;
            entered += usize::from(is_new);
        }
        assert_eq!(entered, Walk::MAX);
    }
}
