//! `cargo durable audit`.

use insta::assert_snapshot;

use crate::project::Project;

/// Nothing of it is compiled: the audit reads the sources alone.
const MAIN: &str = r#"use durable::prelude::*;
use prices::{discount as rebate, total};

mod prices;

#[derive(Serialize, Deserialize, DurableSchema)]
struct Order {
    #[durable(opaque)]
    id: Uuid,
    cents: u64,
}

#[orchestrator(version = "2")]
async fn checkout(ctx: OrchestrationContext, order: Order) -> Result<u64, Failure> {
    let total = |order| order;
    let cents = rebate(total(order.cents));
    let known = prices::rounded(cents);
    #[allow_nondeterminism(reason = "only printed")]
    let begun = std::time::Instant::now();
    ctx.timer(seconds(prices::inner::wait(known))).await;
    let text = format!("{}", crate::prices::total(cents));
    mine!(text);
    Ok(other_crate::parse(Some(Order::new(text)), std::cmp::max(1, cents)))
}

#[activity]
async fn charge(_ctx: ActivityContext) -> Result<u64, Failure> {
    Ok(rebate(total(1)))
}
"#;

const PRICES: &str = r#"pub fn discount(cents: u64) -> u64 {
    cents
}

pub fn total(cents: u64) -> u64 {
    cents
}

#[durable::deterministic]
pub fn rounded(cents: u64) -> u64 {
    jitter(cents)
}

fn jitter(cents: u64) -> u64 {
    #[durable::allow_nondeterminism(reason = "a test")]
    rand::random::<u64>();
    cents
}

pub mod inner {
    pub fn wait(cents: u64) -> u64 {
        super::jitter(cents)
    }
}
"#;

#[test]
fn exceptions_and_helpers_are_listed() {
    let shop = Project::new(&[("src/main.rs", MAIN), ("src/prices.rs", PRICES)]);
    let ran = shop.durable(&["audit"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_snapshot!("audit", ran.out);

    let denied = shop.durable(&["audit", "--deny", "--json"]);
    assert_eq!(denied.code, 1, "{}", denied.err);
    assert_snapshot!("audit_json", denied.out);
}

#[test]
fn a_package_without_exceptions_passes() {
    let shop = Project::new(&[("src/main.rs", "fn main() {}\n")]);
    let ran = shop.durable(&["audit", "--deny"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_snapshot!("audit_clean", ran.out);
}
