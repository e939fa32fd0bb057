//! `durable.lock` as git and people leave it: other line ends, conflict marks, a newer format, moved code.

use crate::project::{Project, Ran};
use crate::release::MAIN;

fn released() -> Project {
    let shop = Project::new(&[("src/main.rs", MAIN)]);
    done(&shop.durable(&["release"]));
    shop
}

fn done(ran: &Ran) {
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
}

/// Makes the orchestrator another one.
fn edit(shop: &Project) {
    let text = shop.read("src/main.rs");
    let edited = text.replace(
        "    Ok(ctx.call(charge",
        "    ctx.timer(days(1)).await;\n    Ok(ctx.call(charge",
    );
    assert_ne!(edited, text);
    shop.write("src/main.rs", &edited);
}

#[test]
fn the_line_ends_of_windows_are_read_and_kept() {
    let shop = released();
    let windows = shop.read("durable.lock").replace('\n', "\r\n");
    shop.write("durable.lock", &windows);
    shop.assert_checks();
    done(&shop.durable(&["lock", "--check", "--released"]));
    edit(&shop);
    assert!(shop.cargo(&["check", "--quiet"]).err.contains("D0501"));
    let ran = shop.durable(&["lock", "--accept", "checkout@1", "--reason", "never deployed"]);
    done(&ran);
    let changed = ran.out.lines().filter(|line| line.starts_with(['+', '-']));
    // The names of the file, the body, and the reason.
    assert_eq!(changed.count(), 5, "{}", ran.out);
    let lock = shop.read("durable.lock");
    assert_eq!(
        lock.matches('\n').count(),
        lock.matches("\r\n").count(),
        "{lock:?}"
    );
    shop.assert_checks();
}

#[test]
fn what_git_left_in_the_file_is_named_and_nothing_is_written() {
    let shop = released();
    edit(&shop);
    let lock = shop.read("durable.lock");
    for (text, problem) in [
        (
            lock.replace("  body ", "<<<<<<< HEAD\n  body "),
            "line 6: this is left from a merge conflict; keep the side that was released",
        ),
        (
            lock.replace("format 1", "format 2"),
            "line 3: format `2` is newer than this release of durable, which reads `1`: use the release that wrote it",
        ),
    ] {
        shop.write("durable.lock", &text);
        let ran = shop.cargo(&["check", "--quiet"]);
        assert!(
            ran.err
                .contains(&format!("`durable.lock` cannot be read: {problem}\n")),
            "{}",
            ran.err
        );
        for arguments in [
            &["release"][..],
            &["lock", "--check"],
            &["lock", "--accept", "checkout@1", "--reason", "a"],
        ] {
            let ran = shop.durable(arguments);
            assert_eq!(ran.code, 3, "{}", ran.err);
            assert!(
                ran.err
                    .starts_with(&format!("error: [shop]/durable.lock: {problem}\n")),
                "{}",
                ran.err
            );
            assert!(ran.err.contains("mend what it names"), "{}", ran.err);
            assert_eq!(shop.read("durable.lock"), text);
        }
    }
}

#[test]
fn a_package_may_be_renamed_and_code_that_moves_stays_locked() {
    let shop = released();
    let manifest = shop.read("Cargo.toml");
    shop.write("Cargo.toml", &manifest.replace("\"shop\"", "\"store\""));
    shop.assert_checks();
    done(&shop.durable(&["lock", "--check", "--released"]));

    // The orchestrator and what it calls go to another package.
    let text = shop.read("src/main.rs");
    let (head, rest) = text.split_once("#[derive(serde").expect("two parts");
    let (moved, main) = rest.split_once("#[durable::main]").expect("two parts");
    shop.write(
        "bank/src/lib.rs",
        &format!("use durable::prelude::*;\n\n#[derive(serde{moved}"),
    );
    shop.write(
        "src/main.rs",
        &format!("{head}use bank as _;\n\n#[durable::main]{main}"),
    );
    shop.write(
        "bank/Cargo.toml",
        &manifest
            .replace("\"shop\"", "\"bank\"")
            .replace("[workspace]\n", ""),
    );
    shop.write("Cargo.toml", &format!("{manifest}bank = {{ path = \"bank\" }}\n"));
    done(&shop.durable(&["lock", "--check"]));

    let bank = shop.read("bank/src/lib.rs");
    shop.write(
        "bank/src/lib.rs",
        &bank.replace(
            "    Ok(ctx.call(charge",
            "    ctx.timer(days(1)).await;\n    Ok(ctx.call(charge",
        ),
    );
    let ran = shop.durable(&["lock", "--check"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(
        ran.out.contains(
            "orchestrator checkout@1: its body was edited since its release [D0501]\n  --> bank/src/lib.rs:"
        ),
        "{}",
        ran.out
    );
    let ran = shop.durable(&["release"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(!shop.path("bank/durable.lock").exists());

    shop.write("bank/src/lib.rs", &bank);
    done(&shop.durable(&["release"]));
    shop.assert_checks();
    done(&shop.durable(&["lock", "--check", "--released"]));
}

/// Two programs of a workspace may each have a `checkout`: each has its own lock.
#[test]
fn members_with_functions_of_one_name_do_not_disturb_each_other() {
    let shop = Project::new(&[("one/src/main.rs", MAIN), ("two/src/main.rs", MAIN)]);
    let manifest = shop.read("Cargo.toml").replace("[workspace]\n", "");
    for member in ["one", "two"] {
        shop.write(
            &format!("{member}/Cargo.toml"),
            &manifest.replace("\"shop\"", &format!("\"{member}\"")),
        );
    }
    shop.write(
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = [\"one\", \"two\"]\n",
    );
    let ran = shop.durable(&["release"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("-p"), "{}", ran.err);
    done(&shop.durable(&["release", "-p", "one"]));
    assert!(!shop.path("two/durable.lock").exists());
    let text = shop.read("two/src/main.rs");
    shop.write(
        "two/src/main.rs",
        &text.replace("order.cents)", "order.cents + 1)"),
    );
    done(&shop.durable(&["release", "-p", "two"]));
    for member in ["one", "two"] {
        done(&shop.durable(&["lock", "--check", "--released", "-p", member]));
    }
    let ran = shop.cargo(&["check", "--quiet", "--workspace"]);
    done(&ran);
}
