//! Types that are recorded as what they hold.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::cmp::Reverse;
use std::num::{Saturating, Wrapping};
use std::sync::{Mutex, RwLock};

use super::recorded_as_inner;
use crate::schema::{DurableSchema, Schema};

recorded_as_inner!(RefCell, Mutex, RwLock);

macro_rules! sized {
    ($($ty:ident),* $(,)?) => {$(
        impl<T: DurableSchema> DurableSchema for $ty<T> {
            const FINGERPRINT: u64 = T::FINGERPRINT;
            fn describe() -> Schema {
                T::describe()
            }
        }
    )*};
}

sized!(Cell, Reverse, Saturating, Wrapping);

impl<T: DurableSchema + ToOwned + ?Sized> DurableSchema for Cow<'_, T> {
    const FINGERPRINT: u64 = T::FINGERPRINT;
    fn describe() -> Schema {
        T::describe()
    }
}

impl<T: DurableSchema + ?Sized> DurableSchema for &T {
    const FINGERPRINT: u64 = T::FINGERPRINT;
    fn describe() -> Schema {
        T::describe()
    }
}
