//! The forms of durable functions, and what handles, markers and registrations say of them.

use std::time::Duration;

use durable::function::{ActivityFunction, DurableFunction};
use durable::prelude::*;
use durable::registry::{Registration, Upgrade};
use durable::Failure;
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize, DurableSchema)]
pub struct OrderV1 {
    id: String,
}

#[derive(Clone, Serialize, Deserialize, DurableSchema)]
pub struct Order {
    id: String,
    cents: u64,
}

struct Bank;
struct Ledger;

/// Charges an order.
#[activity(
    version = "1.4.10",
    retry(max_attempts = 5, backoff = "1s..1m", factor = 3.0, jitter = 0.2, non_retriable("Declined")),
    timeout = "30s",
    total_timeout = "5m",
    max_concurrent = 4
)]
async fn charge(ctx: ActivityContext, Order { id, cents }: Order) -> Result<String, Failure> {
    let _bank = ctx.state::<Bank>();
    let _again = ctx.state::<Bank>();
    let _ledger = ctx.state::<Ledger>();
    Ok(format!("{id}: {cents}"))
}

#[activity(blocking, name = "shop.hash-file")]
fn hash_file(_: ActivityContext, mut path: String) -> Result<u64, String> {
    path.push('!');
    Ok(path.len() as u64)
}

#[activity]
async fn ping(_ctx: ActivityContext) -> Result<(), Failure> {
    Ok(())
}

type Ctx = OrchestrationContext;
type Outcome<T> = Result<T, Failure>;

#[orchestrator(version = "1", superseded, upgrade = "latest")]
async fn checkout(ctx: OrchestrationContext, order: OrderV1) -> Outcome<String> {
    let checkout = 1;
    let _ = checkout;
    if order.id.is_empty() {
        return ctx.continue_as_new(order).await;
    }
    Ok(order.id)
}

#[orchestrator(version = "2.0", timeout = "3d")]
async fn checkout(ctx: Ctx, order: Order) -> Outcome<String> {
    let inner = async { 1_u8 }.await;
    if inner == 2 {
        let _ = ctx.call(checkout, order.clone()).await;
        return ctx.continue_as_new(order).await;
    }
    if inner == 3 {
        return ctx.continue_as_new(order).on(checkout_v2).await;
    }
    Ok(order.id)
}

#[migrate]
fn upgrade(old: OrderV1) -> Order {
    Order { id: old.id, cents: 0 }
}

macro_rules! activities {
    ($($name:ident: $input:ty => $output:ty),*) => {$(
        #[activity(name = "generated")]
        async fn $name(ctx: ActivityContext, _input: $input) -> $output {
            #![allow(clippy::let_and_return)]
            let key = ctx.idempotency_key();
            Ok(key)
        }
    )*};
}

activities!(generated: Vec<u8> => Result<String, Failure>);

/// A function within a function is registered like any other; only its handle is nobody else's.
fn outer() {
    #[activity]
    async fn inner(_: ActivityContext) -> Result<(), Failure> {
        Ok(())
    }
    let _ = inner;
}

fn activity_marker<F: ActivityFunction>() -> (String, bool, String) {
    (F::NAME.to_owned(), F::PINNED, F::VERSION.to_string())
}

fn main() {
    outer();
    assert_eq!(activity_marker::<charge>(), ("charge".to_owned(), false, "1.4.10".to_owned()));
    assert_eq!(activity_marker::<charge_v1_4_10>(), ("charge".to_owned(), true, "1.4.10".to_owned()));
    assert_eq!(activity_marker::<hash_file>().0, "shop.hash-file");
    assert_eq!((checkout_v1::PINNED, checkout_v2::PINNED, checkout::PINNED), (true, true, false));
    assert_eq!(checkout::VERSION.to_string(), "2");

    let options = charge_v1_4_10::call_options();
    let retry = options.retry.unwrap();
    assert_eq!(retry.max_attempts, Some(5));
    assert_eq!((retry.first_delay, retry.max_delay), (Duration::from_secs(1), Duration::from_secs(60)));
    assert_eq!((retry.factor, retry.jitter), (3.0, 0.2));
    assert_eq!(retry.non_retriable, ["Declined"]);
    assert_eq!(options.attempt_timeout, Some(Duration::from_secs(30)));
    assert_eq!(options.total_timeout, Some(Duration::from_secs(300)));
    assert_eq!(checkout::call_options().total_timeout, Some(Duration::from_secs(3 * 86_400)));
    assert_eq!(ping::call_options(), durable::function::CallOptions::default());

    let mut rows: Vec<Registration> = Registration::collected().collect();
    rows.sort_by_key(|row| (row.name, row.version));
    let shown: Vec<String> = rows.iter().map(|row| format!("{} {} {}", row.name, row.version, row.current)).collect();
    assert_eq!(
        shown,
        ["charge 1.4.10 true", "checkout 1 false", "checkout 2 true", "generated 1 true",
            "inner 1 true",
            "ping 1 true", "shop.hash-file 1 true"]
    );
    let states: Vec<&str> = rows[0].states.iter().map(|ty| ty.name()).collect();
    assert!(states.len() == 2 && states[0].ends_with("Bank") && states[1].ends_with("Ledger"), "{states:?}");
    assert_eq!(rows[0].max_concurrent, Some(4));
    assert_eq!(rows[0].input.schema(), Some(<Order as durable::schema::DurableSchema>::FINGERPRINT));
    assert_eq!(rows[1].upgrade, Upgrade::Latest);
    assert!(rows[0].place.file.ends_with("functions.rs") && rows[0].place.line == 33, "{:?}", rows[0].place);

    let migrations: Vec<_> = inventory::iter::<durable::registry::Migration>.into_iter().collect();
    assert_eq!(migrations.len(), 1);
    let old = durable::Payload::encode(&OrderV1 { id: "a".into() }).unwrap();
    let new = (migrations[0].convert)(&old).unwrap().decode::<Order>().unwrap();
    assert_eq!((new.id.as_str(), new.cents), ("a", 0));
}
