//! `cargo durable release` and `cargo durable lock`, and what they mean for `freeze` and `prune`.

use insta::assert_snapshot;

use crate::project::{Project, Ran};

pub(crate) const MAIN: &str = r#"//! A shop.

use durable::prelude::*;

/// A hub that is never opened.
#[derive(Debug)]
struct NoHub;

impl durable::hub::DescribesHub for NoHub {
    fn open(
        &self,
        _: durable::hub::Access,
    ) -> durable::hub::HubFuture<'_, std::sync::Arc<dyn durable::hub::TaskHub>> {
        unreachable!("the hub is not opened")
    }

    fn place(&self) -> String {
        "nowhere".into()
    }
}

#[derive(serde::Serialize, serde::Deserialize)]
pub struct Order {
    pub cents: u64,
}

#[activity]
pub async fn charge(_ctx: ActivityContext, order: Order) -> Result<u64, Failure> {
    Ok(order.cents)
}

#[orchestrator]
pub async fn checkout(ctx: OrchestrationContext, order: Order) -> Result<u64, Failure> {
    Ok(ctx.call(charge, order).await?)
}

#[durable::main]
async fn main() -> durable::Result<()> {
    App::new(NoHub).run().await?;
    Ok(())
}
"#;

/// The same with a type whose recorded form is known.
fn described() -> String {
    MAIN.replace(
        "#[derive(serde::Ser",
        "#[derive(durable::DurableSchema, serde::Ser",
    )
}

fn edited(text: &str) -> String {
    let edited = text.replace(
        "    Ok(ctx.call(charge, order)",
        "    ctx.timer(days(1)).await;\n    Ok(ctx.call(charge, order)",
    );
    assert_ne!(edited, text);
    edited
}

fn released(text: &str) -> Project {
    let shop = Project::new(&[("src/main.rs", text)]);
    done(&shop.durable(&["release"]));
    shop
}

fn done(ran: &Ran) {
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
}

#[test]
fn the_first_release_creates_the_file_and_adds_the_line() {
    let shop = Project::new(&[("src/main.rs", MAIN)]);
    let ran = shop.durable(&["release", "--dry-run"]);
    done(&ran);
    assert_snapshot!("release_dry_run", format!("{}\n{}", ran.out, ran.err));
    assert!(!shop.path("durable.lock").exists());
    assert_eq!(shop.read("src/main.rs"), MAIN);

    done(&shop.durable(&["release"]));
    assert_snapshot!("release_lock", shop.read("durable.lock"));
    assert_eq!(
        shop.read("src/main.rs"),
        MAIN.replace(
            "use durable::prelude::*;\n",
            "use durable::prelude::*;\n\ndurable::lock!();\n"
        )
    );
    shop.assert_checks();

    let ran = shop.durable(&["release"]);
    done(&ran);
    assert!(
        ran.err.starts_with("every version is locked as it is"),
        "{}",
        ran.err
    );
    assert_eq!(ran.out, "");
}

#[test]
fn only_what_is_named_is_locked_and_slips_are_told() {
    let shop = Project::new(&[("src/main.rs", MAIN)]);
    let ran = shop.durable(&["release", "chekout"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("it has: charge, checkout"), "{}", ran.err);
    done(&shop.durable(&["release", "charge"]));
    assert!(!shop.read("durable.lock").contains("orchestrator"));
    let ran = shop.durable(&["lock", "--check"]);
    done(&ran);
    assert_eq!(
        ran.err,
        "1 versions are as they were released, 1 are not released yet\n"
    );
    let ran = shop.durable(&["lock", "--check", "--released"]);
    assert_eq!(ran.code, 1);
    assert_snapshot!("lock_unreleased", format!("{}\n{}", ran.out, ran.err));
}

#[test]
fn an_edit_of_a_released_version_is_refused_frozen_or_accepted() {
    let shop = released(MAIN);
    shop.git(&["init", "-q"]);
    shop.git(&["add", "."]);
    shop.git(&["commit", "-qm", "1"]);
    let line = shop.read("src/main.rs");
    shop.write("src/main.rs", &edited(&line));

    let checked = shop.cargo(&["check", "--quiet"]);
    assert_eq!(checked.code, 101);
    assert!(checked.err.contains("D0501"), "{}", checked.err);
    assert!(
        checked.err.contains("`cargo durable freeze checkout` does it"),
        "{}",
        checked.err
    );
    let ran = shop.durable(&["lock", "--check"]);
    assert_eq!(ran.code, 1);
    assert_snapshot!("lock_check", format!("{}\n{}", ran.out, ran.err));
    let ran = shop.durable(&["release"]);
    assert_eq!(ran.code, 1);
    assert_snapshot!("release_refused", ran.err);
    let checked = shop.cargo(&["check", "--quiet"]);
    assert_eq!(
        checked.code, 101,
        "what was built without the lock is not taken for it"
    );

    let ran = shop.durable(&["freeze", "checkout"]);
    done(&ran);
    assert!(
        ran.err.contains("version 1 is kept as it was in commit "),
        "{}",
        ran.err
    );
    shop.assert_checks();
    let text = shop.read("src/main.rs");
    let (kept, open) = text
        .split_once("#[orchestrator(version = \"2\")]")
        .expect("two versions");
    assert!(!kept.contains("days(1)") && open.contains("days(1)"), "{text}");

    // Version 1 is protected, and version 2 is not.
    shop.write("src/main.rs", &text.replace("days(1)", "days(2)"));
    shop.assert_checks();
    shop.write(
        "src/main.rs",
        &text.replace("charge_v1, order", "charge_v1, Order { cents: 1 }"),
    );
    let checked = shop.cargo(&["check", "--quiet"]);
    assert!(checked.err.contains("D0501"), "{}", checked.err);
    assert!(
        checked.err.contains("restore the body that was released"),
        "{}",
        checked.err
    );

    let ran = shop.durable(&["lock", "--accept", "checkout@1", "--reason", "never\n deployed"]);
    done(&ran);
    assert!(shop.read("durable.lock").contains(" never deployed\n"));
    let checked = shop.cargo(&["check", "--quiet"]);
    assert_eq!(checked.code, 0, "{}", checked.err);
}

#[test]
fn what_is_built_without_the_lock_is_not_taken_for_the_rest() {
    let shop = released(MAIN);
    // Without the line, nothing but the functions themselves tells cargo what they were built with.
    shop.write("src/main.rs", &edited(MAIN));
    assert_eq!(shop.durable(&["lock", "--check"]).code, 1);
    let built = shop.cargo(&["build", "--quiet"]);
    assert!(built.err.contains("D0501"), "{}", built.err);
}

#[test]
fn an_edit_that_is_committed_already_is_frozen_too() {
    let shop = released(MAIN);
    shop.git(&["init", "-q"]);
    shop.git(&["add", "."]);
    shop.git(&["commit", "-qm", "1"]);
    shop.write("src/main.rs", &edited(&shop.read("src/main.rs")));
    shop.git(&["commit", "-qam", "an edit"]);
    done(&shop.durable(&["freeze", "checkout", "--to-module", "old"]));
    assert!(!shop.read("src/old.rs").contains("days(1)"));
    shop.assert_checks();
}

#[test]
fn an_accepted_type_shows_what_that_means_for_recorded_values() {
    let shop = released(&described());
    let text = shop.read("src/main.rs");
    let mut all = String::new();
    for (field, reason) in [
        (
            "    pub cents: u64,\n    #[serde(default)]\n    pub note: String,\n",
            "old ones are read",
        ),
        ("    pub euros: u64,\n", "there are none"),
    ] {
        let body = text.replace("    pub cents: u64,\n", field);
        let body = if field.contains("euros") {
            body.replace("order.cents", "order.euros")
        } else {
            body
        };
        shop.write("src/main.rs", &body);
        let checked = shop.cargo(&["check", "--quiet"]);
        assert!(checked.err.contains("D0502"), "{}", checked.err);
        let accept = [
            "lock",
            "--accept",
            "checkout@1",
            "--accept",
            "charge@1",
            "--reason",
            reason,
        ];
        let ran = shop.durable(&[&accept[..], &["--dry-run"]].concat());
        done(&ran);
        all += &ran.err;
        done(&shop.durable(&accept));
        shop.assert_checks();
    }
    assert_snapshot!("lock_accept_types", all);
}

#[test]
fn what_cannot_be_accepted_is_said() {
    let shop = released(MAIN);
    for (arguments, says) in [
        (&["lock"][..], "--check"),
        (&["lock", "--accept", "checkout@1"], "--reason"),
        (
            &["lock", "--accept", "checkout", "--reason", "r"],
            "does not name a version",
        ),
        (
            &["lock", "--accept", "checkout@1", "--reason", "r"],
            "is as it was released",
        ),
        (
            &["lock", "--accept", "checkout@2", "--reason", "r"],
            "the program has no checkout@2",
        ),
    ] {
        let ran = shop.durable(arguments);
        assert_eq!(ran.code, 2, "{}", ran.err);
        assert!(ran.err.contains(says), "{}", ran.err);
    }
}

#[test]
fn a_version_that_is_gone_is_found() {
    let shop = released(MAIN);
    let text = shop.read("src/main.rs");
    shop.write(
        "src/main.rs",
        &text.replace("#[orchestrator]", "#[orchestrator(name = \"other\")]"),
    );
    let ran = shop.durable(&["lock", "--check"]);
    assert_eq!(ran.code, 1);
    assert_snapshot!("lock_gone", format!("{}\n{}", ran.out, ran.err));
    let ran = shop.durable(&["lock", "--check", "--released", "--json"]);
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    assert_snapshot!("lock_gone_json", ran.out);
    let ran = shop.durable(&["release"]);
    done(&ran);
    assert!(
        ran.err.contains("locked, and not in this program: checkout@1"),
        "{}",
        ran.err
    );
}

#[test]
fn each_package_has_a_file_of_its_own() {
    let (head, main) = MAIN.split_once("#[derive(serde").expect("two parts");
    let (steps, main) = main.split_once("#[orchestrator]").expect("two parts");
    let steps = format!("use durable::prelude::*;\n\n#[derive(serde{steps}");
    let shop = Project::with_manifest(
        "bank = { path = \"bank\", package = \"the-bank\" }\n",
        &[
            ("bank/src/lib.rs", &steps),
            (
                "src/main.rs",
                &format!("{head}use bank::{{Order, charge}};\n\n#[orchestrator]{main}"),
            ),
        ],
    );
    let manifest = shop.read("Cargo.toml");
    let bank = manifest
        .replace("\"shop\"", "\"the-bank\"")
        .replace("[workspace]\n", "");
    let bank = bank.split("bank =").next().expect("a head");
    shop.write("bank/Cargo.toml", bank);
    done(&shop.durable(&["release"]));
    assert!(shop.read("durable.lock").contains("\norchestrator checkout 1\n"));
    assert!(!shop.read("durable.lock").contains("\nactivity"));
    assert!(shop.read("bank/durable.lock").contains("\nactivity charge 1\n"));
    assert!(
        shop.read("bank/src/lib.rs")
            .starts_with("use durable::prelude::*;\n\ndurable::lock!();\n")
    );
    assert!(
        shop.read("src/main.rs")
            .contains("use durable::prelude::*;\n\ndurable::lock!();\n")
    );
    shop.assert_checks();
    done(&shop.durable(&["lock", "--check", "--released"]));
}

#[test]
fn the_line_names_a_renamed_facade() {
    let main = MAIN
        .replace("durable::", "lasting::")
        .replace("#[activity]", "#[activity(crate = lasting)]")
        .replace("#[orchestrator]", "#[orchestrator(crate = lasting)]")
        .replace("#[lasting::main]", "#[lasting::main(crate = lasting)]");
    let shop = Project::with_facade(
        "lasting",
        ", default-features = false",
        "",
        &[("src/main.rs", &main)],
    );
    done(&shop.durable(&["release"]));
    assert!(
        shop.read("src/main.rs")
            .contains("use lasting::prelude::*;\n\nlasting::lock!();\n")
    );
    shop.assert_checks();
    shop.write("src/main.rs", &edited(&shop.read("src/main.rs")));
    assert!(shop.cargo(&["check", "--quiet"]).err.contains("D0501"));
}

#[test]
fn what_cannot_be_written_is_not_half_written() {
    let shop = Project::new(&[("src/main.rs", MAIN)]);
    // A folder in the file's place: rights are nothing to an administrator.
    std::fs::create_dir(shop.path("durable.lock")).expect("made");
    let ran = shop.durable(&["release"]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    assert!(ran.err.contains("durable.lock: Is a directory"), "{}", ran.err);
    assert_eq!(shop.read("src/main.rs"), MAIN);

    // A check writes nothing into the package, so a checkout may be read-only.
    std::fs::remove_dir(shop.path("durable.lock")).expect("removed");
    done(&shop.durable(&["release"]));
    let files = || std::fs::read_dir(shop.path(".")).expect("there").count();
    let before = files();
    done(&shop.durable(&["lock", "--check"]));
    assert_eq!(files(), before);
}

#[test]
fn what_only_another_program_of_the_package_has_is_not_gone() {
    let other = MAIN
        .replace("fn checkout(", "fn refund(")
        .replace("fn charge(", "fn pay(");
    let other = other.replace("ctx.call(charge,", "ctx.call(pay,");
    let shop = Project::new(&[("src/main.rs", MAIN), ("src/bin/other.rs", &other)]);
    for bin in ["shop", "other"] {
        let ran = shop.durable(&["release", "--bin", bin]);
        done(&ran);
        assert!(!ran.err.contains("not in this program"), "{}", ran.err);
    }
    assert!(shop.read("src/bin/other.rs").contains("durable::lock!();"));
    for bin in ["shop", "other"] {
        done(&shop.durable(&["lock", "--check", "--released", "--bin", bin]));
    }
    shop.write(
        "src/bin/other.rs",
        &other.replace("#[activity]", "#[activity(name = \"take\")]"),
    );
    let ran = shop.durable(&["lock", "--check", "--bin", "shop"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.out
            .contains("activity pay@1: released, and not in this binary"),
        "{}",
        ran.out
    );
}

#[test]
fn an_entry_whose_code_is_gone_stays_as_long_as_an_instance_needs_it() {
    let shop = Project::with_sqlite(&[("src/main.rs", crate::walkthrough::program())]);
    done(&shop.durable(&["release"]));
    let text = shop.read("src/main.rs");
    let renamed = text.replace("#[orchestrator]", "#[orchestrator(name = \"other\")]");
    done(&shop.cargo(&["run", "--quiet", "order"]));

    shop.write("src/main.rs", &renamed);
    let ran = shop.durable(&["prune", "checkout@1", "--yes"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(
        ran.err
            .contains("checkout@1 is still needed, and its code is gone:\n  1 waiting in shop.db"),
        "{}",
        ran.err
    );
    assert!(shop.read("durable.lock").contains("\norchestrator checkout 1\n"));

    shop.write("src/main.rs", &text);
    done(&shop.cargo(&["run", "--quiet", "pay"]));
    shop.write("src/main.rs", &renamed);
    done(&shop.durable(&["prune", "checkout@1", "--yes"]));
    assert!(!shop.read("durable.lock").contains("checkout"));
    assert!(shop.read("durable.lock").contains("\nactivity ship 1\n"));
    assert_eq!(shop.read("src/main.rs"), renamed);
    done(&shop.durable(&["lock", "--check"]));
}
