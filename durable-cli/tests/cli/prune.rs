//! `cargo durable prune`.

use insta::assert_snapshot;

use crate::project::Project;

/// A program whose answer to `durable versions` is a file, so that a test can say anything of the hub.
const MAIN: &str = r#"//! A shop.

use durable::prelude::*;

mod activities;

use activities::{charge, charge_v1, ship_v1};

// As it was in spring.
/// The first one.
#[orchestrator(version = "1", superseded)]
pub async fn checkout(ctx: OrchestrationContext, cents: u64) -> Result<String, Failure> {
    ctx.call(ship_v1, cents).await?;
    Ok(ctx.call(charge_v1, cents).await?)
}

/// The second one.
#[orchestrator(version = "2")]
pub async fn checkout(ctx: OrchestrationContext, cents: u64) -> Result<String, Failure> {
    Ok(ctx.call(charge, cents).await?)
}

fn main() {
    let given: Vec<String> = std::env::args().skip(1).collect();
    eprintln!("asked: {}", given.join(" "));
    print!("{}", std::fs::read_to_string("versions.json").unwrap_or_default());
    std::process::exit(if given[1] == "export" { 7 } else { 0 });
}
"#;

const ACTIVITIES: &str = r#"use durable::prelude::*;

#[activity]
pub async fn charge(_ctx: ActivityContext, cents: u64) -> Result<String, Failure> {
    Ok(format!("{cents}"))
}

#[activity]
pub async fn ship(_ctx: ActivityContext, _cents: u64) -> Result<(), Failure> {
    Ok(())
}
"#;

const DRAINED: &str = r#"{"schema": 1, "source": "shop.db", "versions": [
    {"name": "checkout", "version": "1", "running": 0, "waiting": 0, "suspended": 0, "blocked": 0, "failed": 0,
     "ended": 9, "oldest": null, "last_started": null, "state": "drained", "offered": true,
     "may_be_deleted": true, "why_not": null}
]}"#;

fn shop(versions: &str) -> Project {
    Project::new(&[
        ("src/main.rs", MAIN),
        ("src/activities.rs", ACTIVITIES),
        ("versions.json", versions),
    ])
}

#[test]
fn a_drained_version_goes_with_what_only_it_used() {
    let shop = shop(DRAINED);
    shop.assert_checks();
    let ran = shop.durable(&["prune", "checkout@1", "--hub", "a.db", "--dry-run"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_snapshot!("prune_dry_run", format!("{}\n{}", ran.out, ran.err));
    assert_eq!(shop.read("src/main.rs"), MAIN);

    let ran = shop.durable(&["prune", "checkout@1"]);
    assert_eq!(ran.code, 2, "nobody is there to be asked: {}", ran.err);
    assert_eq!(shop.read("src/main.rs"), MAIN);

    let ran = shop.durable(&["prune", "checkout@1", "--yes"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_snapshot!("prune", shop.read("src/main.rs"));
    let checked = shop.cargo(&["check", "--quiet"]);
    assert_eq!(checked.code, 0, "{}", checked.err);
}

#[test]
fn a_version_with_instances_stays() {
    let needed = DRAINED
        .replace("\"waiting\": 0", "\"waiting\": 3")
        .replace("\"failed\": 0", "\"failed\": 1")
        .replace("\"oldest\": null", "\"oldest\": \"2026-03-01T00:00:00Z\"")
        .replace("\"may_be_deleted\": true", "\"may_be_deleted\": false");
    let shop = shop(&needed);
    let ran = shop.durable(&["prune", "checkout@1", "--yes"]);
    assert_eq!(ran.code, 1);
    assert_snapshot!("prune_refused", ran.err);
    assert_eq!(shop.read("src/main.rs"), MAIN);
}

#[test]
fn a_version_that_code_names_stays() {
    let shop = shop(DRAINED);
    shop.write(
        "src/activities.rs",
        &(ACTIVITIES.to_owned()
            + "\n#[orchestrator(version = \"4\")]\n\
               pub async fn parent(ctx: OrchestrationContext, cents: u64) -> Result<String, Failure> {\n    \
               // checkout_v1 in a comment does not count.\n    \
               Ok(ctx.call(crate::checkout_v1, cents).await?)\n}\n"),
    );
    shop.write(
        "tests/old.rs",
        "#[test]\nfn it() {\n    let _ = stringify!(checkout_v1);\n}\n",
    );
    let ran = shop.durable(&["prune", "checkout@1", "--yes"]);
    assert_eq!(ran.code, 1);
    assert_snapshot!("prune_named", ran.err);
}

#[test]
fn what_cannot_be_pruned_is_said() {
    let shop = shop("no JSON");
    for (which, code) in [
        ("checkout", 2),
        ("checkout@2", 2),
        ("checkout@3", 2),
        ("nothing@1", 2),
        ("checkout@1", 3),
    ] {
        let ran = shop.durable(&["prune", which, "--yes"]);
        assert_eq!(ran.code, code, "{}", ran.err);
        assert!(ran.err.contains("help: "), "{}", ran.err);
    }
    assert_eq!(shop.read("src/main.rs"), MAIN);
}

#[test]
fn the_programs_own_commands_get_their_arguments_and_their_exit_code_is_kept() {
    let shop = shop("{}");
    let ran = shop.durable(&["versions", "--bin", "shop", "--json", "--hub", "a b.db"]);
    assert_eq!(
        (ran.code, ran.out.as_str(), ran.err.as_str()),
        (0, "{}", "asked: durable versions --json --hub a b.db\n")
    );
    let ran = shop.durable(&["replay-check", "--help"]);
    assert_eq!(ran.err, "asked: durable replay-check --help\n");
    assert_eq!(shop.durable(&["export"]).code, 7);
}
