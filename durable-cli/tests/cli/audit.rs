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

const STRICT: &str = "use durable::prelude::*;

#[orchestrator(strict = false, version = \"2\")]
async fn checkout(_ctx: OrchestrationContext) -> Result<u64, Failure> {
    Ok(1)
}

struct Order;

#[deterministic]
impl Order {
    fn total(&self) -> u64 {
        1
    }
}

impl Order {
    #[deterministic(strict)]
    fn tax(&self) -> u64 {
        1
    }
}
";

#[test]
fn it_shows_whether_the_package_is_strict_and_what_is_exempt() {
    let shop = Project::new(&[("src/main.rs", STRICT)]);
    let manifest = shop.read("Cargo.toml");
    let with = |table: &str| {
        shop.write(
            "Cargo.toml",
            &format!("{manifest}\n[package.metadata.durable]\n{table}\n"),
        );
        let ran = shop.durable(&["audit"]);
        let head: Vec<&str> = ran.out.split("\n\n").take(1).collect();
        (ran.code, head.join("\n"), ran.err)
    };
    let exempt = "\n  src/main.rs:3  strict = false  checkout";
    let says = |text: &str| (0, format!("strict: {text}{exempt}"), String::new());
    assert_eq!(with(""), says("the package is not; 1 of 3 functions are"));
    assert_eq!(
        with("strict = true"),
        says("the package is, by its Cargo.toml; 2 of 3 functions are")
    );
    let (code, _, error) = with("stict = true");
    assert_eq!(code, 3, "{error}");
    assert!(
        error.starts_with("error: Cargo.toml: `[package.metadata.durable]` has no `stict`\n"),
        "{error}"
    );
}

#[test]
fn a_package_without_exceptions_passes() {
    let shop = Project::new(&[("src/main.rs", "fn main() {}\n")]);
    let ran = shop.durable(&["audit", "--deny"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_snapshot!("audit_clean", ran.out);
}
