//! What the command says of itself.

use std::fmt::Write as _;

use insta::assert_snapshot;

use crate::shell::Shop;

const COMMANDS: [&str; 22] = [
    "list",
    "show",
    "history",
    "tree",
    "watch",
    "start",
    "raise-event",
    "suspend",
    "resume",
    "cancel",
    "terminate",
    "restart",
    "rewind",
    "purge",
    "versions",
    "stalled",
    "gate",
    "fences",
    "serve",
    "keys",
    "completions",
    "man",
];

#[test]
fn every_command_explains_itself() {
    let shop = Shop::new();
    let mut all = format!("$ durable --help\n{}\n", shop.durable(&["--help"]).out);
    let keys = ["list", "add", "rotate", "remove", "sync", "rotate-secret"];
    let nested = keys.map(|action| vec!["keys", action]);
    for mut command in COMMANDS.map(|command| vec![command]).into_iter().chain(nested) {
        command.push("--help");
        let ran = shop.durable(&command);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""));
        let _ = writeln!(all, "$ durable {}\n{}", command.join(" "), ran.out);
    }
    assert_snapshot!("help", all);
}

#[test]
fn shells_complete_every_command() {
    let shop = Shop::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ran = shop.durable(&["completions", shell]);
        assert_eq!(ran.code, 0);
        for command in COMMANDS {
            assert!(ran.out.contains(command), "{shell} does not know `{command}`");
        }
    }
    let script = shop.durable(&["completions", "bash"]).out;
    let check = shop.command("bash").args(["-n", "-c", &script]).status().unwrap();
    assert!(check.success(), "bash reads it");
}

#[test]
fn there_is_a_manual_page_for_every_command() {
    let shop = Shop::new();
    let page = shop.durable(&["man"]).out;
    assert!(page.contains(".TH durable 1"), "{page}");
    assert_eq!(shop.durable(&["man", "--dir", "."]).code, 0);
    for command in COMMANDS {
        let page = std::fs::read_to_string(shop.path().join(format!("durable-{command}.1"))).unwrap();
        assert!(page.contains(".SH SYNOPSIS"), "{command}");
    }
}
