//! What the command says of itself, and of what it cannot do.

use std::fmt::Write as _;

use insta::assert_snapshot;

use crate::project::Project;

#[test]
fn every_command_explains_itself() {
    let shop = Project::new(&[("src/main.rs", "fn main() {}\n")]);
    let mut all = String::new();
    for command in [
        &["--help"][..],
        &["release", "-h"],
        &["lock", "-h"],
        &["freeze", "--help"],
        &["prune", "-h"],
        &["lint", "-h"],
        &["audit", "-h"],
    ] {
        let ran = shop.durable(command);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""));
        let _ = writeln!(all, "$ cargo durable {}\n{}", command.join(" "), ran.out);
    }
    assert_snapshot!("help", all);
}

#[test]
fn wrong_usage_exits_with_2_and_what_cannot_run_with_3() {
    let shop = Project::with_manifest(
        "\n[[bin]]\nname = \"server\"\npath = \"src/main.rs\"\n\n[[bin]]\nname = \"worker\"\npath = \"src/main.rs\"\n",
        &[("src/main.rs", "fn main() {}\n")],
    );
    let mut all = String::new();
    let cases: [(&[&str], i32); 7] = [
        (&["thaw"], 2),
        (&["freeze"], 2),
        (&["freeze", "checkout"], 2),
        (&["versions"], 2),
        (&["versions", "--bin", "shop"], 2),
        (&["audit", "-p", "other"], 2),
        (&["audit", "--manifest-path", "nowhere/Cargo.toml"], 3),
    ];
    for (arguments, code) in cases {
        let ran = shop.durable(arguments);
        assert_eq!(ran.code, code, "{}", ran.err);
        let _ = writeln!(all, "$ cargo durable {}\n{}", arguments.join(" "), ran.err);
    }
    assert_snapshot!("errors", all);
}
