//! What `derive(DurableSchema)` says of a type is what serde records of it.

#![allow(missing_docs, dead_code, reason = "the types exist for their derives only")]

use std::collections::BTreeSet;

use durable::DurableSchema;
use durable::schema::{DurableSchema as Described, Field, Schema, Tagging, Variant};
use serde::{Deserialize, Serialize};

fn fingerprint<T: Described>() -> u64 {
    T::FINGERPRINT
}

mod same {
    use super::*;

    #[derive(DurableSchema)]
    pub(super) struct Order {
        order_id: String,
        cents: u64,
    }

    #[derive(DurableSchema, Serialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct Renamed {
        #[serde(rename = "order_id", alias = "id")]
        id: Box<str>,
        cents: Box<u64>,
        #[serde(skip)]
        cache: u8,
    }

    #[derive(DurableSchema)]
    pub(super) struct Wrapped(Order);

    #[derive(DurableSchema)]
    pub(super) struct Generic<T> {
        order_id: T,
        cents: u64,
    }
}

#[test]
fn what_does_not_change_the_record_does_not_change_the_fingerprint() {
    let order = fingerprint::<same::Order>();
    assert_eq!(order, fingerprint::<same::Renamed>());
    assert_eq!(order, fingerprint::<same::Wrapped>());
    assert_eq!(order, fingerprint::<same::Generic<String>>());
}

macro_rules! variants_of_one_type {
    ($($(#[$meta:meta])* { $($body:tt)* })*) => {
        vec![$({
            #[derive(DurableSchema, Serialize, Deserialize)]
            $(#[$meta])*
            struct Order { $($body)* }
            fingerprint::<Order>()
        }),*]
    };
}

#[test]
fn every_change_of_the_record_changes_the_fingerprint() {
    let all = variants_of_one_type! {
        { order_id: String, cents: u32 }
        { order_id: String, cents: u64 }
        { order_id: String, cents: u64, note: String }
        { order_id: String, cents: Option<u64> }
        { order_id: String, #[serde(default)] cents: u64 }
        { order_id: String, #[serde(rename = "amount")] cents: u64 }
        { order_id: String }
        { order_id: String, #[durable(opaque)] cents: u64 }
        { order_id: String, #[serde(skip_serializing_if = "Option::is_none")] cents: Option<u64> }
        #[serde(rename_all = "camelCase")] { order_id: String, cents: u64 }
        #[serde(rename_all = "SCREAMING-KEBAB-CASE")] { order_id: String, cents: u64 }
        #[serde(transparent)] { order_id: u8 }
    };
    let distinct: BTreeSet<u64> = all.iter().copied().collect();
    assert_eq!(distinct.len(), all.len());
}

#[derive(DurableSchema, Serialize)]
#[serde(rename_all = "camelCase")]
struct Basket {
    first_item: u8,
    #[serde(rename = "rest")]
    others: Vec<u8>,
    #[serde(skip_serializing)]
    secret: u8,
    #[serde(flatten)]
    total: Total,
}

#[derive(DurableSchema, Serialize)]
struct Total {
    net_total: u8,
}

#[test]
fn recorded_names_are_serdes_own() {
    let basket = Basket {
        first_item: 1,
        others: vec![2],
        secret: 3,
        total: Total { net_total: 4 },
    };
    let json = serde_json::to_value(&basket).expect("it is plain data");
    let recorded: BTreeSet<&str> = json
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, _)| key.as_str())
        .collect();
    assert_eq!(recorded, BTreeSet::from(["firstItem", "rest", "net_total"]));
    let total = Schema::structure([Field::new("net_total", u8::describe())]);
    let described = Schema::structure([
        Field::new("firstItem", u8::describe()),
        Field::new("rest", Vec::<u8>::describe()),
        Field::new("total", total).flattened(),
    ]);
    assert_eq!(Basket::describe(), described);
}

#[derive(DurableSchema, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case", rename_all_fields = "UPPERCASE")]
enum Event {
    PaidOut {
        cents: u8,
    },
    #[serde(rename = "END")]
    Ended,
}

#[test]
fn variants_are_described_with_their_tag() {
    let json = |event: &Event| serde_json::to_string(event).expect("it is plain data");
    assert_eq!(
        json(&Event::PaidOut { cents: 1 }),
        r#"{"kind":"paid_out","CENTS":1}"#
    );
    assert_eq!(json(&Event::Ended), r#"{"kind":"END"}"#);
    let variants = [
        Variant::new(
            "paid_out",
            Schema::structure([Field::new("CENTS", u8::describe())]),
        ),
        Variant::new("END", Schema::tuple([])),
    ];
    assert_eq!(
        Event::describe(),
        Schema::choice(Tagging::internal("kind"), variants)
    );
}

#[derive(DurableSchema)]
struct Tree {
    value: u8,
    #[durable(opaque)]
    children: Vec<Tree>,
}

#[test]
fn a_recursive_type_is_cut_at_an_opaque_field() {
    let fields = [
        Field::new("value", u8::describe()),
        Field::new("children", Schema::opaque("Vec")),
    ];
    assert_eq!(Tree::describe(), Schema::structure(fields));
}
