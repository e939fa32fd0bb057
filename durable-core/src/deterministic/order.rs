//! Refuses the iteration of hash tables by type.
//!
//! Generated code writes `Probe(iterated).in_order()`. For the types of a hash table the inherent method is chosen, which
//! asks for what none of them has; for all others that of [`KnownOrder`], which returns what it was given. Whether the
//! inherent method exists is decided by the type alone, so aliases and what helpers return make no difference.

use std::collections::{HashMap, HashSet, LinkedList, VecDeque, hash_map, hash_set};
use std::iter::{FlatMap, Flatten};

/// What is iterated.
#[derive(Debug)]
pub struct Probe<T>(pub T);

impl<T: HashOrdered> Probe<T> {
    /// Refuses to compile.
    #[inline]
    pub fn in_order(self) -> T
    where
        T: SameOrder,
    {
        self.0
    }
}

/// Passes on everything that is not of a hash table.
pub trait KnownOrder {
    /// The iterated type.
    type Iterated;

    /// Returns what is iterated.
    fn in_order(self) -> Self::Iterated;
}

impl<T> KnownOrder for Probe<T> {
    type Iterated = T;

    #[inline]
    fn in_order(self) -> T {
        self.0
    }
}

/// What a list is extended with, and the list.
#[derive(Debug)]
pub struct Onto<'a, T, L: ?Sized>(pub T, pub &'a L);

impl<T: HashOrdered, L: KeepsOrder + ?Sized> Onto<'_, T, L> {
    /// Refuses to compile.
    #[inline]
    pub fn in_order(self) -> T
    where
        T: SameOrder,
    {
        self.0
    }
}

impl<T, L: ?Sized> KnownOrder for Onto<'_, T, L> {
    type Iterated = T;

    #[inline]
    fn in_order(self) -> T {
        self.0
    }
}

/// Lists, which keep what they are extended with in the order in which it comes; sets and maps do not.
pub trait KeepsOrder {}

impl<T> KeepsOrder for Vec<T> {}
impl<T> KeepsOrder for VecDeque<T> {}
impl<T> KeepsOrder for LinkedList<T> {}
impl KeepsOrder for String {}
impl<L: KeepsOrder + ?Sized> KeepsOrder for &mut L {}

/// What has the same order in every run. Implemented by nothing: it is asked of hash tables only.
#[diagnostic::on_unimplemented(
    message = "iterating `{Self}` is nondeterministic: the order differs between runs and replays",
    label = "this comes in the order of a hash table",
    note = "use `BTreeMap`, `BTreeSet`, a `Vec` or an `IndexMap`, whose order is always the same",
    note = "it is accepted where the order cannot be seen: collected into a `BTreeSet`, sorted before its next use, counted; elsewhere, say why on the statement: `#[allow_nondeterminism(reason = \"..\")]` [durable D0301]"
)]
pub trait SameOrder {}

/// What comes in the order of a hash table.
pub trait HashOrdered {}

macro_rules! hash_ordered {
    ($([$($generics:tt)*] $ty:ty;)+) => {
        $(impl<$($generics)*> HashOrdered for $ty {})+
    };
}

hash_ordered! {
    [K, V, S] HashMap<K, V, S>;
    [K, V, S] &HashMap<K, V, S>;
    [K, V, S] &mut HashMap<K, V, S>;
    ['a, K, V] hash_map::Iter<'a, K, V>;
    ['a, K, V] hash_map::IterMut<'a, K, V>;
    [K, V] hash_map::IntoIter<K, V>;
    ['a, K, V] hash_map::Keys<'a, K, V>;
    [K, V] hash_map::IntoKeys<K, V>;
    ['a, K, V] hash_map::Values<'a, K, V>;
    ['a, K, V] hash_map::ValuesMut<'a, K, V>;
    [K, V] hash_map::IntoValues<K, V>;
    ['a, K, V] hash_map::Drain<'a, K, V>;
    ['a, K, V, F] hash_map::ExtractIf<'a, K, V, F>;
    [T, S] HashSet<T, S>;
    [T, S] &HashSet<T, S>;
    ['a, T] hash_set::Iter<'a, T>;
    [T] hash_set::IntoIter<T>;
    ['a, T] hash_set::Drain<'a, T>;
    ['a, T, F] hash_set::ExtractIf<'a, T, F>;
    ['a, T, S] hash_set::Union<'a, T, S>;
    ['a, T, S] hash_set::Intersection<'a, T, S>;
    ['a, T, S] hash_set::Difference<'a, T, S>;
    ['a, T, S] hash_set::SymmetricDifference<'a, T, S>;
    [I: Iterator<Item: IntoIterator + HashOrdered>] Flatten<I>;
    [I, T: IntoIterator + HashOrdered, F] FlatMap<I, T, F>;
}

#[cfg(test)]
mod tests {
    use super::{KnownOrder as _, Probe};

    #[test]
    fn what_is_not_of_a_hash_table_is_passed_on() {
        assert_eq!(Probe(vec![1, 2]).in_order(), [1, 2]);
        assert_eq!(Probe([3].iter()).in_order().next(), Some(&3));
    }
}
