//! Functions of every kind, by every kind of path: asking what they are disturbs nobody.

#![deny(warnings)]
#![allow(
    missing_docs,
    missing_debug_implementations,
    clippy::expect_used,
    clippy::cast_possible_truncation,
    clippy::used_underscore_items,
    unused_qualifications,
    reason = "as in a user's program, which sets no such lint"
)]

use durable::prelude::*;

mod discount {
    pub(super) fn discount(cents: u64) -> u64 {
        cents - 1
    }

    pub(super) mod deep {
        use durable::prelude::*;

        #[deterministic]
        pub(in super::super) fn round(cents: u64) -> u64 {
            super::super::up(cents)
        }
    }
}

mod globbed {
    use durable::prelude::*;

    #[deterministic]
    pub(super) fn known(cents: u64) -> u64 {
        cents
    }

    pub(super) fn unknown(cents: u64) -> u64 {
        cents
    }
}

// A module and a function of one name.
use discount::discount;
use globbed::*;

fn up(cents: u64) -> u64 {
    cents + 1
}

fn twice<T: Clone>(value: &T) -> (T, T) {
    (value.clone(), value.clone())
}

fn first<'a>(texts: &'a [&'a str]) -> &'a str {
    texts[0]
}

#[deterministic]
fn largest<T, const N: usize>(values: [T; N]) -> Option<T>
where
    T: Ord + Copy + Default,
{
    values.into_iter().max()
}

/// Named as what is generated names its own.
#[deterministic]
fn walk(depth: u64) -> u64 {
    if depth == 0 { 0 } else { walk(depth - 1) }
}

#[deterministic]
fn r#match(cents: u64) -> u64 {
    if cents == 0 { 0 } else { r#match(cents - 1) }
}

#[cfg(any())]
#[deterministic]
fn absent(cents: u64) -> u64 {
    missing(cents)
}

struct Cents(u64);

enum Size {
    Large(u64),
}

impl Cents {
    fn new(cents: u64) -> Self {
        Self::checked(cents)
    }

    fn checked(cents: u64) -> Self {
        Self(cents)
    }
}

macro_rules! local_function {
    ($name:ident) => {
        fn $name(cents: u64) -> u64 {
            cents
        }
    };
}

local_function!(made);

#[orchestrator]
async fn names(ctx: OrchestrationContext, cents: u64) -> Result<u64, Failure> {
    use discount::deep::round as rounded;
    fn inside(cents: u64) -> u64 {
        up(cents)
    }
    let closure = |cents: u64| cents + 1;
    let Size::Large(size) = Size::Large(cents);
    let Cents(new) = Cents::new(size);
    let (a, b) = twice::<u64>(&new);
    let (c, _) = twice(&a);
    let all = [
        a,
        b,
        c,
        discount(a),
        discount::discount(b),
        known(c),
        unknown(c),
        self::up(a),
    ];
    let more = all
        .map(rounded)
        .map(inside)
        .map(closure)
        .map(crate::made)
        .map(r#match)
        .map(walk);
    let sum: u64 = more.into_iter().map(u64::count_ones).map(u64::from).sum();
    let most = std::cmp::max(sum, largest([1_u8, 2]).map_or(0, u64::from));
    drop(vec![sum]);
    let length = first(&["a"]).len();
    let started = i64::try_from(most).unwrap_or(i64::MAX);
    let some = started.checked_abs().map(i64::wrapping_abs);
    let handle = measure;
    ctx.call(handle, ()).await?;
    Ok(most + length as u64 + some.map_or(0, i64::unsigned_abs))
}

#[activity]
async fn measure(_ctx: ActivityContext) -> Result<(), Failure> {
    Ok(())
}

#[test]
fn names_are_asked_inside_functions() {
    fn near(cents: u64) -> u64 {
        cents
    }

    #[deterministic]
    fn nearby(cents: u64) -> u64 {
        near(cents)
    }

    #[orchestrator(name = "names.inside")]
    async fn inside(_ctx: OrchestrationContext, cents: u64) -> Result<u64, Failure> {
        Ok(near(nearby(cents)))
    }

    let registry = durable::Registry::collected().expect("it is well-formed");
    let helpers = |name: &str| -> Vec<&str> {
        let row = registry
            .rows()
            .find(|row| row.name == name)
            .expect("it is registered");
        (row.helpers)().into_iter().map(|helper| helper.name).collect()
    };
    assert_eq!(helpers("names.inside"), ["nearby"]);
    assert_eq!(
        helpers("names"),
        ["known", "rounded", "r#match", "walk", "largest"]
    );
}
