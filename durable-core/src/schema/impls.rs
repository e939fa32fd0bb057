//! The recorded forms of the types that serde itself supports.

mod cells;
mod libraries;
mod own;
mod ranges;
#[cfg(test)]
mod tests;
mod values;

use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use super::{DurableSchema, Field, Fingerprint, Schema, Tagging, Variant};

/// Implements the schema of types that are recorded as one value, which nothing else can stand in for.
macro_rules! scalars {
    ($($ty:ty => $name:literal),* $(,)?) => {$(
        impl DurableSchema for $ty {
            const FINGERPRINT: u64 = Fingerprint::new($name).get();
            fn describe() -> Schema {
                Schema::scalar($name)
            }
        }
    )*};
}

scalars! {
    bool => "bool", char => "char",
    u8 => "u8", u16 => "u16", u32 => "u32", u64 => "u64", u128 => "u128", usize => "usize",
    i8 => "i8", i16 => "i16", i32 => "i32", i64 => "i64", i128 => "i128", isize => "isize",
    f32 => "f32", f64 => "f64",
    String => "string", str => "string",
    serde_json::Number => "json number",
}

use scalars;

macro_rules! opaque {
    ($($ty:ty => $name:literal),* $(,)?) => {$(
        impl DurableSchema for $ty {
            const FINGERPRINT: u64 = Fingerprint::new("opaque").text($name).get();
            fn describe() -> Schema {
                Schema::opaque($name)
            }
        }
    )*};
}

opaque! {
    serde_json::Value => "json",
}

use opaque;

macro_rules! recorded_as_inner {
    ($($ty:ident),* $(,)?) => {$(
        impl<T: DurableSchema + ?Sized> DurableSchema for $ty<T> {
            const FINGERPRINT: u64 = T::FINGERPRINT;
            fn describe() -> Schema {
                T::describe()
            }
        }
    )*};
}

recorded_as_inner!(Box, Rc, Arc);

use recorded_as_inner;

macro_rules! sequences {
    ($(<$($param:ident),*> $ty:ty),* $(,)?) => {$(
        impl<T: DurableSchema $(, $param)*> DurableSchema for $ty {
            const FINGERPRINT: u64 = Fingerprint::new("sequence").number(T::FINGERPRINT).get();
            fn describe() -> Schema {
                Schema::Sequence(Box::new(T::describe()))
            }
        }
    )*};
}

sequences! {
    <> [T], <> Vec<T>, <> VecDeque<T>, <> LinkedList<T>, <> BinaryHeap<T>, <> BTreeSet<T>, <S> HashSet<T, S>,
}

macro_rules! maps {
    ($(<$($param:ident),*> $ty:ty),* $(,)?) => {$(
        impl<K: DurableSchema, V: DurableSchema $(, $param)*> DurableSchema for $ty {
            const FINGERPRINT: u64 = Fingerprint::new("map").number(K::FINGERPRINT).number(V::FINGERPRINT).get();
            fn describe() -> Schema {
                Schema::Map {
                    key: Box::new(K::describe()),
                    value: Box::new(V::describe()),
                }
            }
        }
    )*};
}

maps!(<> BTreeMap<K, V>, <S> HashMap<K, V, S>);

impl DurableSchema for serde_json::Map<String, serde_json::Value> {
    const FINGERPRINT: u64 = <BTreeMap<String, serde_json::Value>>::FINGERPRINT;
    fn describe() -> Schema {
        <BTreeMap<String, serde_json::Value>>::describe()
    }
}

impl<T: ?Sized> DurableSchema for PhantomData<T> {
    const FINGERPRINT: u64 = <()>::FINGERPRINT;
    fn describe() -> Schema {
        <()>::describe()
    }
}

impl<T: DurableSchema> DurableSchema for Option<T> {
    const FINGERPRINT: u64 = Fingerprint::new("optional").number(T::FINGERPRINT).get();
    fn describe() -> Schema {
        Schema::Optional(Box::new(T::describe()))
    }
}

impl<T: DurableSchema, const N: usize> DurableSchema for [T; N] {
    const FINGERPRINT: u64 = Fingerprint::new("array")
        .number(T::FINGERPRINT)
        .number(N as u64)
        .get();
    fn describe() -> Schema {
        Schema::Array {
            item: Box::new(T::describe()),
            len: N,
        }
    }
}

impl<T: DurableSchema, E: DurableSchema> DurableSchema for Result<T, E> {
    const FINGERPRINT: u64 = Fingerprint::new("result")
        .number(T::FINGERPRINT)
        .number(E::FINGERPRINT)
        .get();
    fn describe() -> Schema {
        let variants = [
            Variant::new("Ok", T::describe()),
            Variant::new("Err", E::describe()),
        ];
        Schema::choice(Tagging::External, variants)
    }
}

impl DurableSchema for Duration {
    const FINGERPRINT: u64 = Fingerprint::new("duration").get();
    fn describe() -> Schema {
        let fields = [
            Field::new("secs", u64::describe()),
            Field::new("nanos", u32::describe()),
        ];
        Schema::structure(fields)
    }
}

macro_rules! tuples {
    ($(($($param:ident),*))*) => {$(
        impl<$($param: DurableSchema),*> DurableSchema for ($($param,)*) {
            const FINGERPRINT: u64 = Fingerprint::new("tuple")$(.number($param::FINGERPRINT))*.get();
            fn describe() -> Schema {
                Schema::tuple([$($param::describe()),*])
            }
        }
    )*};
}

tuples! {
    ()
    (A)
    (A, B)
    (A, B, C)
    (A, B, C, D)
    (A, B, C, D, E)
    (A, B, C, D, E, F)
    (A, B, C, D, E, F, G)
    (A, B, C, D, E, F, G, H)
    (A, B, C, D, E, F, G, H, I)
    (A, B, C, D, E, F, G, H, I, J)
    (A, B, C, D, E, F, G, H, I, J, K)
    (A, B, C, D, E, F, G, H, I, J, K, L)
    (A, B, C, D, E, F, G, H, I, J, K, L, M)
    (A, B, C, D, E, F, G, H, I, J, K, L, M, N)
    (A, B, C, D, E, F, G, H, I, J, K, L, M, N, O)
    (A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P)
}
