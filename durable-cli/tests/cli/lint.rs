//! `cargo durable lint`.

use std::path::Path;

use insta::assert_snapshot;

use crate::project::Project;

/// Everything that the macros cannot see, and the same again where it is right.
const MAIN: &str = r#"use std::collections::{hash_map::RandomState as State, *};
use std::env::var as look;
use std::time::Instant as T;

use durable::prelude::*;

macro_rules! now {
    () => {
        std::time::SystemTime::now()
    };
}

macro_rules! sum {
    ($values:expr) => {{
        let mut sum = 0;
        for (_, value) in &$values {
            sum += value;
        }
        sum
    }};
}

#[orchestrator]
async fn checkout(ctx: OrchestrationContext, key: Option<String>) -> Result<u64, Failure> {
    let begun = T::now();
    let value = key.map(look);
    let state = State::new();
    let wall = now!();
    let sums: HashMap<u32, u32> = HashMap::with_hasher(state);
    let sum = sum!(sums);
    tracing_free(&(begun, value, wall, sum));
    Ok(ctx.call(measure, ()).await?)
}

#[orchestrator]
async fn harmless(ctx: OrchestrationContext) -> Result<u64, Failure> {
    #[allow(clippy::disallowed_methods)]
    let begun = T::now();
    #[allow_nondeterminism(reason = "nobody decides by it")]
    let again = T::now();
    tracing_free(&(begun, again));
    Ok(ctx.call(measure, ()).await?)
}

#[activity]
async fn measure(_ctx: ActivityContext) -> Result<u64, Failure> {
    let _ = now!();
    Ok(T::now().elapsed().as_secs())
}

fn tracing_free<T>(_: &T) {}

fn main() {
    let _ = (T::now(), std::env::var("HOME"));
    let _ = (Till(1).opened(), Till(1).counted(), Till(1).closed(), Till::empty());
}

struct Till(u64);

#[deterministic]
impl Till {
    fn opened(&self) -> u64 {
        drop(T::now());
        self.0
    }

    fn empty() -> Self {
        Self(look("TILL").map_or(0, |_| 1))
    }
}

impl Till {
    fn counted(&self) -> u64 {
        drop(T::now());
        self.0
    }

    #[deterministic]
    fn closed(&self) -> u64 {
        drop(T::now());
        self.0
    }
}
"#;

#[test]
fn what_the_macros_cannot_see_is_found_in_orchestrators_and_nowhere_else() {
    let shop = Project::new(&[("src/main.rs", MAIN)]);
    let ran = shop.durable(&["lint"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert_snapshot!("lint", format!("{}\n{}", ran.out, ran.err));
}

/// Helpers of another package, of which the first reads a clock through an import.
const HELPERS: &str = r"use std::time::Instant as T;

use durable::prelude::*;

#[deterministic]
pub fn price(cents: u64) -> u64 {
    cents + T::now().elapsed().as_secs()
}

pub fn unmarked() -> u64 {
    T::now().elapsed().as_secs()
}
";

#[test]
fn deterministic_functions_of_another_package_are_looked_into() {
    let facade = Path::new(env!("CARGO_MANIFEST_DIR")).join("../durable");
    let helpers = format!(
        "[package]\nname = \"prices\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n\
         durable = {{ path = '{}', default-features = false }}\n",
        facade.canonicalize().expect("there").display()
    );
    let main = "use durable::prelude::*;\n\n#[orchestrator]\n\
                async fn checkout(_ctx: OrchestrationContext) -> Result<u64, Failure> {\n    Ok(prices::price(1))\n}\n\n\
                fn main() {}\n";
    let shop = Project::with_manifest(
        "prices = { path = 'prices' }\n",
        &[
            ("src/main.rs", main),
            ("prices/Cargo.toml", &helpers),
            ("prices/src/lib.rs", HELPERS),
        ],
    );
    let manifest = std::fs::read_to_string(shop.path("Cargo.toml")).expect("there");
    shop.write(
        "Cargo.toml",
        &manifest.replace("[workspace]\n", "[workspace]\nmembers = ['prices']\n"),
    );
    let ran = shop.durable(&["lint", "-p", "prices"]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    let said = ran.out + &ran.err;
    assert!(said.contains("src/lib.rs:7:13"), "{said}");
    // What is not marked is for `audit` to list.
    assert!(!said.contains("src/lib.rs:11:"), "{said}");
}

/// A package that is strict with itself, and is right.
const STRICT: &str = r"#![deny(warnings)]
#![forbid(clippy::disallowed_methods, clippy::iter_over_hash_type)]
#![deny(clippy::all, clippy::pedantic)]
//! A shop.

use durable::prelude::*;

/// Takes an order.
///
/// # Errors
///
/// If it cannot be measured.
#[orchestrator]
pub async fn checkout(ctx: OrchestrationContext) -> Result<u64, Failure> {
    Ok(ctx.call(measure, ()).await?)
}

/// Measures.
///
/// # Errors
///
/// Never.
#[activity]
pub async fn measure(_ctx: ActivityContext) -> Result<u64, Failure> {
    Ok(std::time::Instant::now().elapsed().as_secs())
}
";

#[test]
fn a_strict_package_is_not_disturbed_by_the_lints_of_the_macros() {
    let shop = Project::new(&[("src/lib.rs", STRICT)]);
    shop.assert_checks();
    let ran = shop.cargo(&["clippy", "--quiet"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{}", ran.err);
    // The package denies the list everywhere; what is right in an activity is still right.
    let ran = shop.durable(&["lint"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
}

#[test]
fn the_users_own_list_goes_on_as_before() {
    let main = "use durable::prelude::*;\n\n#[orchestrator]\n\
                async fn checkout(_ctx: OrchestrationContext) -> Result<u32, Failure> {\n    Ok(u32::from_be(1))\n}\n\n\
                fn main() {\n    std::env::var(\"HOME\").ok();\n}\n";
    let shop = Project::new(&[
        ("src/main.rs", main),
        (
            "clippy.toml",
            "msrv = \"1.95\"\ndisallowed-methods = [\"u32::from_be\"]\n",
        ),
    ]);
    let ran = shop.durable(&["lint"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(!shop.path("target").exists(), "nothing is left in the package");
}

#[test]
fn what_does_not_compile_is_not_judged() {
    let shop = Project::new(&[("src/main.rs", "fn main() {\n    nothing();\n}\n")]);
    let ran = shop.durable(&["lint"]);
    assert_eq!(ran.code, 3);
    assert!(ran.err.contains("cannot find function `nothing`"), "{}", ran.err);
    assert!(
        ran.err.contains("help: mend the errors above first"),
        "{}",
        ran.err
    );
}
