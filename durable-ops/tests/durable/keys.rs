//! Keys: what is shown of them, and what is not.

use std::fmt::Write as _;

use insta::assert_snapshot;

use crate::shell::Shop;

/// Replaces the texts of keys.
fn masked(seen: &str) -> String {
    let mut parts = seen.split("dk_");
    let mut masked = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_');
        masked.push_str("[key]");
        masked.push_str(&part[end.unwrap_or(part.len())..]);
    }
    masked
}

/// Runs commands, and returns what a person sees. Keys are no hub's, so it matters not how that is reached.
fn seen(shop: &Shop, commands: &[&[&str]]) -> String {
    let mut seen = String::new();
    for arguments in commands {
        let ran = shop.durable(arguments);
        let _ = writeln!(seen, "$ durable {}\n{}{}", arguments.join(" "), ran.out, ran.err);
        if ran.code != 0 {
            let _ = writeln!(seen, "exit code {}", ran.code);
        }
        seen.push('\n');
    }
    seen
}

#[test]
fn keys_are_made_shown_once_rotated_brought_together_and_removed() {
    let shop = Shop::new();
    assert_snapshot!(
        "keys",
        masked(&seen(
            &shop,
            &[
                &[
                    "keys",
                    "add",
                    "ci",
                    "--scope",
                    "read,start",
                    "--keys",
                    "keys.json"
                ],
                &[
                    "keys",
                    "--keys",
                    "keys.json",
                    "add",
                    "ops",
                    "--scope",
                    "manage",
                    "--scope",
                    "read",
                    "--json"
                ],
                &["keys", "list", "--keys", "keys.json"],
                &["keys", "rotate", "ci", "--keys", "keys.json"],
                &["keys", "rotate", "ops", "--overlap", "0s", "--keys", "keys.json"],
                &["keys", "list", "--keys", "keys.json"],
                &["keys", "sync", "other.json", "--keys", "keys.json", "--dry-run"],
                &["keys", "list", "--keys", "other.json"],
                &["keys", "sync", "other.json", "--keys", "keys.json"],
                &["keys", "remove", "ci", "--keys", "other.json"],
                &["keys", "rotate", "ops", "--keys", "keys.json", "--overlap", "7d"],
                &["keys", "sync", "other.json", "--keys", "keys.json"],
                &["keys", "sync", "other.json", "--keys", "keys.json"],
                &["keys", "remove", "ops", "--keys", "keys.json"],
                &["keys", "list", "--keys", "keys.json"],
            ]
        ))
    );
}

#[test]
fn a_key_is_in_no_file_and_in_no_list() {
    let shop = Shop::new();
    let mut texts = Vec::new();
    for action in [&["add", "ci", "--scope", "read"][..], &["rotate", "ci"]] {
        let ran = shop.durable(&[&["keys", "--keys", "keys.json"], action].concat());
        assert!(ran.out.starts_with("dk_") && ran.code == 0, "{}", ran.err);
        texts.push(ran.out.trim().to_owned());
    }
    let stored = std::fs::read_to_string(shop.path().join("keys.json")).unwrap();
    let listed = shop
        .durable(&["keys", "list", "--json", "--keys", "keys.json"])
        .out;
    for text in texts {
        assert!(!stored.contains(&text) && !listed.contains(&text));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = shop
            .path()
            .join("keys.json")
            .metadata()
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
