//! What users get wrong, and what they are told.

use std::fmt::Write as _;

use insta::assert_snapshot;

use crate::shell::Shop;

/// What is wrong, and its exit code.
const CASES: &[(&[&str], i32)] = &[
    (&["lst"], 2),
    (&["show"], 2),
    (&["show", "nobody"], 1),
    (&["show", "a/b"], 2),
    (&["history", "nobody"], 1),
    (&["tree", "nobody"], 1),
    (&["watch", "nobody"], 1),
    (&["list", "--status", "asleep"], 2),
    (&["list", "--tag", "north"], 2),
    (&["list", "--name", ""], 2),
    (&["list", "--started-after", "yesterday"], 2),
    (&["list", "--page", "nonsense"], 2),
    (&["list", "--page-size", "0"], 2),
    (&["list", "--hub", "nowhere.db"], 3),
    (&["list", "--hub", "."], 3),
    (&["list", "--hub", "notes.txt"], 3),
    (&["list", "--hub", "empty.db"], 3),
    (&["start", "order", "--hub", "empty.db"], 3),
    (&["list", "--hub", "https://me:secret@shop.example"], 2),
    (&["list", "--hub", "https://shop.example?code="], 2),
    (&["list", "--hub", "http://127.0.0.1:1/durable?code=secret"], 3),
    (&["list", "--hub", "UseDevelopmentStorage=true"], 2),
    (
        &["list", "--hub", "UseDevelopmentStorage=false;TaskHub=Orders"],
        3,
    ),
    (&["list", "--hub", "azure://Orders"], 3),
    (&["list", "--hub", "azure://my-hub"], 2),
    (&["list", "--hub", "azure://"], 2),
    (&["list", "--hub", ""], 2),
    (&["start", "order@x"], 2),
    (&["start", "order", "--input", "{"], 2),
    (&["start", "order", "--input", "@nowhere.json"], 3),
    (&["start", "order", "--id", "a/b"], 2),
    (&["start", "order", "--on-existing", "ask"], 2),
    (&["start", "order", "--hub", "nowhere.db"], 3),
    (&["raise-event", "order-1", "approval"], 1),
    (&["raise-event", "nobody", "approval"], 1),
    (&["raise-event", "order-2", ""], 2),
    (&["raise-event", "order-2", "approval", "--data", "yes"], 2),
    (&["suspend", "order-1"], 1),
    (&["resume", "order-1"], 1),
    (&["cancel", "order-1"], 1),
    (&["terminate", "order-1"], 1),
    (&["restart", "order-2"], 1),
    (&["restart", "nobody"], 1),
    (&["rewind", "order-2"], 1),
    (&["rewind", "order-3", "--to-version", "two"], 2),
    (&["purge", "nobody"], 1),
    (&["gate", "--id", ""], 2),
    (&["gate", "--interval", "30"], 2),
    (&["gate", "--release", "r", "--open"], 2),
    (&["serve", "--listen", "localhost:7071"], 2),
    (&["serve", "--listen", "0.0.0.0:0"], 2),
    (&["serve", "--listen", "0.0.0.0:0", "--keys", "none.json"], 3),
    (&["serve", "--listen", "192.0.2.1:7071", "--keys", "keys.json"], 3),
    (&["serve", "--keys", "notes.txt"], 3),
    (&["serve", "--public-url", "ops.example.com"], 2),
    (&["serve", "--page-max", "0"], 2),
    (&["serve", "--hub", "nowhere.db", "--keys", "keys.json"], 3),
    (&["serve", "--hub", "https://ops.example.com?code=secret"], 2),
    (&["keys", "list"], 2),
    (&["keys", "list", "--keys", "none.json"], 3),
    (&["keys", "add", "ci", "--keys", "keys.json"], 2),
    (&["keys", "add", "ci", "--keys", "keys.json", "--scope", "all"], 2),
    (
        &["keys", "add", "a b", "--keys", "keys.json", "--scope", "read"],
        2,
    ),
    (
        &["keys", "add", "ops", "--keys", "keys.json", "--scope", "read"],
        1,
    ),
    (&["keys", "rotate", "nobody", "--keys", "keys.json"], 1),
    (&["keys", "remove", "nobody", "--keys", "keys.json"], 1),
    (&["keys", "sync", "keys.json", "--keys", "none.json"], 3),
    (&["keys", "rotate-secret", "none.json"], 3),
    (&["completions", "tcsh"], 2),
    (&["man", "--dir", "nowhere"], 3),
];

#[test]
fn every_error_says_what_to_do_and_has_its_exit_code() {
    let shop = Shop::new();
    std::fs::write(
        shop.path().join("notes.txt"),
        "no hub, but long enough to look like a file of some kind",
    )
    .unwrap();
    std::fs::write(shop.path().join("empty.db"), "").unwrap();
    let made = shop.durable(&["keys", "add", "ops", "--scope", "read", "--keys", "keys.json"]);
    assert_eq!(made.code, 0, "{}", made.err);
    let (mut all, served) = (String::new(), shop.served());
    for (arguments, code) in CASES {
        let ran = shop.durable(arguments);
        assert_eq!(ran.code, *code, "{arguments:?}: {}{}", ran.out, ran.err);
        assert_eq!(ran.out, "", "{arguments:?}");
        // These two are about the machine that they run on.
        if !matches!(arguments[0], "serve" | "keys") {
            assert_eq!(served.durable(arguments), ran, "{arguments:?} through a server");
        }
        let _ = writeln!(all, "$ durable {}\n{}", arguments.join(" "), ran.err);
    }
    assert_snapshot!("errors", all);
    for path in ["nowhere.db", "nowhere.db.secrets.json", "empty.db"] {
        let size = shop.path().join(path).metadata().map_or(0, |file| file.len());
        assert_eq!(size, 0, "no hub is made at `{path}`");
    }
}
