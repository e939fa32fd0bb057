//! `cargo durable freeze`.

use insta::assert_snapshot;

use crate::project::Project;

const ACTIVITIES: &str = r#"//! What the shop does.

use durable::prelude::*;

#[activity]
pub async fn charge(_ctx: ActivityContext, cents: u64) -> Result<String, Failure> {
    Ok(format!("{cents}"))
}

#[activity(version = "3", retry(max_attempts = 2))]
pub async fn reserve(_ctx: ActivityContext, cents: u64) -> Result<u64, Failure> {
    Ok(cents)
}

#[activity(version = "1.2.0")]
pub async fn ship(_ctx: ActivityContext, cents: u64) -> Result<u64, Failure> {
    Ok(cents)
}
"#;

const MAIN: &str = r#"//! A shop.

mod activities;

use activities::{charge, reserve as hold};
use durable::prelude::*;

/// Takes an order.
///
/// It is charged.
#[orchestrator(version = "1")] // the first one
pub async fn checkout(ctx: OrchestrationContext, cents: u64) -> Result<String, Failure> {
    // Reserve   first.
    let cents = ctx.call(hold, cents).await?;
    let charge = ctx.call(charge, cents); // a local of the same name
    let done = charge.await?;
    ctx.call(activities::ship, cents).await?;
    Ok(done)
}

fn main() {}
"#;

#[test]
fn the_current_version_is_kept_above_and_calls_what_it_called() {
    let shop = Project::new(&[("src/main.rs", MAIN), ("src/activities.rs", ACTIVITIES)]);
    let ran = shop.durable(&["freeze", "checkout"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_snapshot!("freeze_in_place_says", ran.err);
    assert_snapshot!("freeze_in_place", shop.read("src/main.rs"));
    assert_eq!(shop.read("src/activities.rs"), ACTIVITIES);
    shop.assert_checks();
}

#[test]
fn a_dry_run_shows_the_change_and_writes_nothing() {
    let shop = Project::new(&[("src/main.rs", MAIN), ("src/activities.rs", ACTIVITIES)]);
    let ran = shop.durable(&["freeze", "checkout", "--dry-run"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_snapshot!("freeze_dry_run", ran.out);
    assert_eq!(shop.read("src/main.rs"), MAIN);
}

#[test]
fn the_kept_version_can_go_to_a_module_of_its_own() {
    let shop = Project::new(&[("src/main.rs", MAIN), ("src/activities.rs", ACTIVITIES)]);
    let ran = shop.durable(&["freeze", "checkout", "--to-module", "old"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_snapshot!("freeze_to_module_main", shop.read("src/main.rs"));
    assert_snapshot!("freeze_to_module_old", shop.read("src/old.rs"));
    shop.assert_checks();

    let ran = shop.durable(&["freeze", "checkout", "--to-module", "old", "--version", "2.5"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_snapshot!("freeze_to_module_old_again", shop.read("src/old.rs"));
    shop.assert_checks();
}
