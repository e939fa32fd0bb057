//! What users get wrong, and what they are told.

use std::fmt::Write as _;

use insta::assert_snapshot;

use crate::shell::Shop;

#[test]
fn every_error_says_what_to_do_and_has_its_exit_code() {
    let shop = Shop::new();
    std::fs::write(
        shop.path().join("notes.txt"),
        "no hub, but long enough to look like a file of some kind",
    )
    .unwrap();
    std::fs::write(shop.path().join("empty.db"), "").unwrap();
    let cases: &[(&[&str], i32)] = &[
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
        (&["completions", "tcsh"], 2),
        (&["man", "--dir", "nowhere"], 3),
    ];
    let (mut all, served) = (String::new(), shop.served());
    for (arguments, code) in cases {
        let ran = shop.durable(arguments);
        assert_eq!(ran.code, *code, "{arguments:?}: {}{}", ran.out, ran.err);
        assert_eq!(ran.out, "", "{arguments:?}");
        assert_eq!(served.durable(arguments), ran, "{arguments:?} through a server");
        let _ = writeln!(all, "$ durable {}\n{}", arguments.join(" "), ran.err);
    }
    assert_snapshot!("errors", all);
    for path in ["nowhere.db", "empty.db"] {
        let size = shop.path().join(path).metadata().map_or(0, |file| file.len());
        assert_eq!(size, 0, "no hub is made at `{path}`");
    }
}
