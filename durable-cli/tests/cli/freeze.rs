//! `cargo durable freeze`.

use std::fmt::Write as _;

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

/// Every form of naming a handle that the rewriting has to understand.
const HARD: &str = r#"#[path = "elsewhere/steps.rs"]
mod steps;

pub mod orders {
    use crate::steps::*;
    use durable::orchestrator as durable_fn;
    use durable::prelude::*;

    struct Handles<F> {
        charge: F,
    }

    const LIMIT: u64 = 3;

    /// Kept.
    #[cfg(all())]
    #[durable_fn]
    #[allow(clippy::pedantic)]
    async fn checkout(ctx: OrchestrationContext, cents: u64) -> Result<u64, Failure> {
        use super::steps::ship as send;
        use super::steps::{pack};
        let handles = Handles { charge };
        let cents = ctx.call(handles.charge, cents).await?;
        let calls = (0..LIMIT).map(|n| ctx.call(super::steps::weigh, n));
        let all: Vec<u64> = vec![ctx.call(send, 1).await?, ctx.call(pack, 2).await?];
        if let Some(charge) = ctx.join_all(calls).await.into_iter().next() {
            return Ok(charge?);
        }
        let again = match cents {
            0 => ctx.call(self::checkout, 1).id("child").await?,
            charge => charge,
        };
        if again > LIMIT {
            return ctx.continue_as_new(again).on(checkout).await;
        }
        Ok(all.len() as u64)
    }

    /// It calls what is frozen, and is superseded.
    #[orchestrator(version = "1", superseded)]
    pub async fn parent(ctx: OrchestrationContext) -> Result<u64, Failure> {
        Ok(ctx.call(checkout, 1).await?)
    }

    #[orchestrator(version = "2")]
    pub async fn parent(ctx: OrchestrationContext) -> Result<u64, Failure> {
        Ok(ctx.call(checkout, 2).await?)
    }
}

fn main() {}
"#;

const STEPS: &str = r#"pub use inner::{charge, ship};

mod inner;

use durable::prelude::*;

#[activity(name = "pack-it")]
pub async fn pack(_ctx: ActivityContext, cents: u64) -> Result<u64, Failure> {
    Ok(cents)
}

#[activity(version = "2.1", max_concurrent = 2,)]
pub async fn weigh(_ctx: ActivityContext, cents: u64) -> Result<u64, Failure> {
    Ok(cents)
}
"#;

const INNER: &str = r#"use durable::prelude::*;

#[activity]
pub async fn charge(_ctx: ActivityContext, cents: u64) -> Result<u64, Failure> {
    Ok(cents)
}

#[activity(version = "4")]
pub async fn ship(_ctx: ActivityContext, cents: u64) -> Result<u64, Failure> {
    Ok(cents)
}
"#;

fn hard() -> Project {
    Project::new(&[
        ("src/main.rs", HARD),
        ("src/elsewhere/steps.rs", STEPS),
        ("src/elsewhere/inner.rs", INNER),
    ])
}

#[test]
fn every_way_to_name_a_handle_is_rewritten() {
    let shop = hard();
    shop.assert_checks();
    let ran = shop.durable(&["freeze", "checkout", "--dry-run"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_snapshot!("freeze_hard", format!("{}\n{}", ran.out, ran.err));
    assert_eq!(shop.durable(&["freeze", "checkout"]).code, 0);
    shop.assert_checks();
}

#[test]
fn relative_paths_are_seen_from_the_module_of_the_kept_version() {
    let shop = hard();
    let ran = shop.durable(&["freeze", "checkout", "--to-module", "first"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_snapshot!("freeze_hard_to_module", shop.read("src/orders/first.rs"));
    let main = shop.read("src/main.rs");
    let declared = "    use durable::prelude::*;\n\n    mod first;\n\n    struct Handles";
    assert!(main.contains(declared), "{main}");
    assert!(
        main.contains("    use first::checkout_v1;\n\n    /// Kept.\n"),
        "{main}"
    );
    shop.assert_checks();
}

#[test]
fn an_activity_is_frozen_and_its_superseded_callers_are_pinned() {
    let shop = Project::new(&[("src/main.rs", MAIN), ("src/activities.rs", ACTIVITIES)]);
    assert_eq!(shop.durable(&["freeze", "checkout"]).code, 0);
    let ran = shop.durable(&["freeze", "ship"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_snapshot!("freeze_activity", ran.err);
    assert!(
        shop.read("src/activities.rs")
            .contains("#[activity(version = \"1.2.0\", superseded)]\npub async fn ship")
    );
    assert!(
        shop.read("src/activities.rs")
            .contains("#[activity(version = \"1.2.1\")]\npub async fn ship")
    );
    shop.assert_checks();
}

#[test]
fn handles_of_other_packages_of_the_workspace_are_pinned() {
    let steps = "use durable::prelude::*;\n\n#[activity(version = \"7\")]\n\
                 pub async fn pay(_ctx: ActivityContext, cents: u64) -> Result<u64, Failure> {\n    Ok(cents)\n}\n";
    let shop = Project::with_manifest(
        "bank = { path = \"bank\", package = \"the-bank\" }\n",
        &[
            ("bank/src/lib.rs", steps),
            (
                "src/lib.rs",
                "use bank::pay;\nuse durable::prelude::*;\n\n#[orchestrator]\n\
                 pub async fn checkout(ctx: OrchestrationContext) -> Result<u64, Failure> {\n    \
                 ctx.call(unknown::handle, 1).await?;\n    Ok(ctx.call(pay, 1).await?)\n}\n",
            ),
        ],
    );
    let manifest = shop.read("Cargo.toml");
    let head = manifest
        .split("[workspace]")
        .next()
        .expect("a head")
        .replace("\"shop\"", "\"the-bank\"");
    let dependencies = manifest.split("[dependencies]").nth(1).expect("dependencies");
    let dependencies = dependencies.split("bank =").next().expect("the others");
    shop.write("bank/Cargo.toml", &format!("{head}[dependencies]{dependencies}"));
    let ran = shop.durable(&["freeze", "checkout"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_snapshot!("freeze_other_package", ran.err);
    let text = shop.read("src/lib.rs");
    assert!(text.starts_with("use bank::{pay, pay_v7};\n"), "{text}");
    assert!(text.contains("ctx.call(pay_v7, 1)"), "{text}");
}

#[test]
fn a_dirty_tree_is_refused_unless_that_is_wanted() {
    let shop = Project::new(&[
        ("src/main.rs", MAIN),
        ("src/activities.rs", ACTIVITIES),
        (".gitignore", "target\n"),
    ]);
    shop.git(&["init", "--quiet"]);
    let ran = shop.durable(&["freeze", "checkout"]);
    assert_eq!(ran.code, 1);
    assert_snapshot!("freeze_dirty", ran.err);
    assert_eq!(shop.read("src/main.rs"), MAIN);
    assert_eq!(shop.durable(&["freeze", "checkout", "--dry-run"]).code, 0);

    shop.git(&["add", "."]);
    shop.git(&["commit", "--quiet", "-m", "all"]);
    let ran = shop.durable(&["freeze", "checkout"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let ran = shop.durable(&["freeze", "checkout", "--allow-dirty"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(
        shop.read("src/main.rs")
            .contains("#[orchestrator(version = \"3\")]")
    );
}

#[test]
fn windows_line_ends_and_everything_else_stay_as_they_are() {
    let main = format!("\u{feff}{}", MAIN.replace('\n', "\r\n"));
    let shop = Project::new(&[("src/main.rs", &main), ("src/activities.rs", ACTIVITIES)]);
    let ran = shop.durable(&["freeze", "checkout"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let text = shop.read("src/main.rs");
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
    assert_eq!(text.matches("// Reserve   first.\r\n").count(), 2);
    shop.assert_checks();
}

#[test]
fn of_several_programs_with_one_name_one_is_chosen() {
    let program = "use durable::prelude::*;\n\n#[orchestrator]\n\
                   async fn checkout(_ctx: OrchestrationContext) -> Result<(), Failure> {\n    Ok(())\n}\n\n\
                   fn main() {}\n";
    let shop = Project::new(&[("src/bin/one.rs", program), ("src/bin/two.rs", program)]);
    let ran = shop.durable(&["freeze", "checkout"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert_snapshot!("freeze_ambiguous", ran.err);
    let ran = shop.durable(&["freeze", "checkout", "--bin", "two"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(shop.read("src/bin/one.rs"), program);
    assert!(
        shop.read("src/bin/two.rs")
            .contains("#[orchestrator(version = \"2\")]")
    );
    shop.assert_checks();
}

#[test]
fn what_cannot_be_frozen_is_said_and_nothing_is_written() {
    let shop = Project::new(&[("src/main.rs", MAIN), ("src/activities.rs", ACTIVITIES)]);
    let cases: [&[&str]; 5] = [
        &["freeze", "chekout"],
        &["freeze", "checkout", "--version", "1"],
        &["freeze", "checkout", "--version", "two"],
        &["freeze", "checkout", "--to-module", "old::er"],
        &["freeze", "checkout", "--bin", "other"],
    ];
    let mut all = String::new();
    for arguments in cases {
        let ran = shop.durable(arguments);
        assert_eq!(ran.code, 2, "{}", ran.err);
        let _ = writeln!(all, "$ cargo durable {}\n{}", arguments.join(" "), ran.err);
    }
    shop.write("src/activities.rs", "fn broken( {}\n");
    let ran = shop.durable(&["freeze", "checkout"]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    all.push_str(&ran.err);
    assert_snapshot!("freeze_errors", all);
    assert_eq!(shop.read("src/main.rs"), MAIN);
}
