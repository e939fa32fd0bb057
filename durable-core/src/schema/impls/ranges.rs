//! Ranges. Two kinds of one form are not the same: the end belongs to one of them.

use std::ops::{Bound, Range, RangeFrom, RangeInclusive, RangeTo};

use crate::schema::{DurableSchema, Field, Fingerprint, Schema, Tagging, Variant};

macro_rules! ranges {
    ($($ty:ident: $($field:literal),*;)*) => {$(
        impl<T: DurableSchema> DurableSchema for $ty<T> {
            const FINGERPRINT: u64 = Fingerprint::new(stringify!($ty)).number(T::FINGERPRINT).get();
            fn describe() -> Schema {
                Schema::structure([$(Field::new($field, T::describe())),*])
            }
        }
    )*};
}

ranges! {
    Range: "start", "end";
    RangeInclusive: "start", "end";
    RangeFrom: "start";
    RangeTo: "end";
}

impl<T: DurableSchema> DurableSchema for Bound<T> {
    const FINGERPRINT: u64 = Fingerprint::new("Bound").number(T::FINGERPRINT).get();
    fn describe() -> Schema {
        let variants = [
            Variant::new("Unbounded", Schema::tuple([])),
            Variant::new("Included", T::describe()),
            Variant::new("Excluded", T::describe()),
        ];
        Schema::choice(Tagging::External, variants)
    }
}
