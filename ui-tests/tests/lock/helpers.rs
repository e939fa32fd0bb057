//! Deterministic functions that released orchestrators call.

use super::package::{HEAD, MAIN, Package, manifest};

const RELEASED: &str = r#"
mod pricing {
    use durable::prelude::*;
    /// What it costs.
    #[deterministic]
    pub fn price(cents: u64, count: u64) -> u64 {
        let sum = cents * count;
        sum - rebate(sum)
    }
    #[deterministic]
    fn rebate(sum: u64) -> u64 { if sum > 100 { sum / 10 } else { 0 } }
    /// Each calls the other.
    #[deterministic]
    pub fn even(n: u64) -> bool { n == 0 || odd(n - 1) }
    #[deterministic]
    pub fn odd(n: u64) -> bool { n != 0 && even(n - 1) }
    #[deterministic]
    pub async fn pause(ctx: OrchestrationContext) { ctx.timer(days(1)).await; }
}
use pricing::price;

#[deterministic]
fn countdown(n: u64) -> u64 { if n == 0 { 0 } else { countdown(n - 1) } }
fn plain(n: u64) -> u64 { n }

#[orchestrator(version = "1")]
async fn checkout(ctx: OrchestrationContext, cents: u64) -> Result<u64, Failure> {
    use pricing::even as is_even;
    let total = price(cents, 2);
    if is_even(total) {
        pricing::pause(ctx.clone()).await;
    }
    let all: Vec<u64> = vec![total].into_iter().map(countdown).collect();
    Ok(plain(all[0]))
}
"#;

fn edited(from: &str, to: &str) -> String {
    assert!(RELEASED.contains(from), "{from}");
    RELEASED.replace(from, to)
}

#[test]
fn edits_of_what_a_released_orchestrator_calls_are_refused() {
    let package = Package::new("helpers", RELEASED);
    let lock = package.release().to_string();
    let helpers = lock.lines().filter_map(|line| line.strip_prefix("  helper "));
    let names: Vec<&str> = helpers.filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(
        names,
        ["price", "is_even", "pricing::pause", "countdown"],
        "{lock}"
    );
    package.passes();

    // The same, written otherwise; and what is not called.
    package.edit(&edited(
        "        let sum = cents * count;\n        sum - rebate(sum)",
        "        // The sum first.\n        let all = cents * count;\n        all - rebate(all,)",
    ));
    package.passes();
    package.edit(&edited(
        "/// What it costs.",
        "/// What it costs, all in all.\n    #[allow(clippy::all)]",
    ));
    package.passes();
    package.edit(&edited(
        "fn plain(n: u64) -> u64 { n }",
        "fn plain(n: u64) -> u64 { n + 1 }",
    ));
    package.passes();
    package.edit(&edited("use pricing::price;", "\n\nuse pricing::price;"));
    package.passes();

    let says = "orchestrator `checkout` version 1 was released calling the deterministic function `price`, and that, or \
                one that it calls, was edited since";
    package.edit(&edited("cents * count;", "cents * count + 1;"));
    package.fails("D0503", "price(cents, 2)", says);
    // What it calls itself.
    package.edit(&edited("sum / 10", "sum / 5"));
    package.fails("D0503", "price(cents, 2)", says);
    // In a circle.
    package.edit(&edited("n != 0 && even", "n == 0 || even"));
    package.fails("D0503", "is_even(total)", "the deterministic function `is_even`");
    package.edit(&edited("days(1)", "days(2)"));
    package.fails(
        "D0503",
        "pause(ctx.clone())",
        "the deterministic function `pricing::pause`",
    );
    package.edit(&edited("{ 0 } else { countdown", "{ 1 } else { countdown"));
    package.fails("D0503", "countdown)", "the deterministic function `countdown`");
    // Types are no payloads of a helper, so they count.
    package.edit(&edited(
        "fn countdown(n: u64) -> u64 {",
        "fn countdown(n: u64) -> u64 where u64: Copy {",
    ));
    package.fails("D0503", "countdown)", "cargo durable lock --accept checkout@1");
    // Without the attribute nobody knows what it does.
    package.edit(&edited("#[deterministic]\nfn countdown", "fn countdown"));
    package.fails("D0503", "countdown)", "the deterministic function `countdown`");
}

#[test]
fn a_function_that_becomes_deterministic_is_no_edit() {
    let package = Package::released(
        "became",
        &edited("#[deterministic]\nfn countdown", "fn countdown"),
    );
    package.edit(RELEASED);
    package.passes();
}

#[test]
fn helpers_of_another_crate_are_watched_too() {
    let package = Package::new("abroad", "");
    let manifest_of = |name: &str| manifest(name, "durable").replace("[workspace]\n", "");
    let own = manifest("abroad", "durable").replace(
        "[dependencies]\n",
        "[dependencies]\nprices = { path = \"prices\" }\n",
    );
    package.write(
        "Cargo.toml",
        &own.replace("[workspace]\n", "[workspace]\nmembers = [\"prices\"]\n"),
    );
    package.write("prices/Cargo.toml", &manifest_of("prices"));
    let prices = |factor: u8| {
        format!(
            "use durable::prelude::*;\n#[deterministic]\npub fn price(cents: u64) -> u64 {{ inner::double(cents) }}\n\
             mod inner {{\n    use durable::prelude::*;\n    #[deterministic]\n    pub fn double(cents: u64) -> u64 {{ cents * {factor} }}\n}}\n"
        )
    };
    let orchestrator = "#[orchestrator]\nasync fn checkout(_ctx: OrchestrationContext, cents: u64) -> Result<u64, Failure> {\n    \
                        Ok(prices::price(cents))\n}\n";
    package.write("prices/src/lib.rs", &prices(2));
    package.write("src/main.rs", &format!("{HEAD}{orchestrator}{MAIN}"));
    let lock = package.release().to_string();
    assert!(lock.contains("  helper prices::price fp1:"), "{lock}");
    package.passes();
    package.write("prices/src/lib.rs", &prices(3));
    package.fails(
        "D0503",
        "price(cents))",
        "the deterministic function `prices::price`",
    );
}
