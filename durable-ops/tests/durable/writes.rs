//! What acts on instances.

use insta::assert_snapshot;

use crate::shell::Shop;

#[test]
fn what_is_done_is_said_and_stored() {
    let shop = Shop::new();
    assert_snapshot!(
        "writes",
        shop.session(&[
            &["raise-event", "order-2", "approval", "--data", "true"],
            &["suspend", "order-2", "--reason", "lunch"],
            &["resume", "order-5"],
            &["cancel", "order-5", "--reason", "the customer called"],
            &["terminate", "parcel-1", "--reason", "lost"],
            &["rewind", "order-3", "--reason", "the bank is up"],
            &["restart", "order-1", "--as", "order-1-again"],
            &["restart", "order-6"],
            &["list", "--status", "terminated,failed"],
            &["list", "--id-prefix", "order-1"],
            &["show", "order-3"],
        ])
    );
}

#[test]
fn a_rewind_to_another_version_pins_it() {
    let shop = Shop::new();
    let ran = shop.durable(&["rewind", "order-3", "--to-version", "2"]);
    assert_eq!(ran.out, "`order-3` is rewound, and goes on with version 2\n");
    let shown = shop.durable(&["show", "order-3"]).out;
    assert!(shown.contains("order@2"), "{shown}");
}

#[test]
fn a_watch_ends_at_the_end_with_the_answer_as_its_exit_code() {
    let shop = Shop::new();
    assert_snapshot!(
        "watch",
        shop.session(&[
            &["watch", "order-1"],
            &["watch", "order-3"],
            &["watch", "order-3", "--until", "failed"],
            &["watch", "order-5", "--until", "suspended"],
            &["watch", "order-5", "--timeout", "1s"],
        ])
    );
}

#[test]
fn a_watch_sees_what_another_process_does() {
    let shop = Shop::new();
    let mut watch = shop.spawn(&["watch", "order-5"]);
    // It has looked once when its first line is there.
    let mut out = std::io::BufReader::new(watch.stdout.take().unwrap());
    let mut first = String::new();
    std::io::BufRead::read_line(&mut out, &mut first).unwrap();
    assert!(first.contains("Suspended"), "{first}");
    assert_eq!(shop.durable(&["terminate", "order-5"]).code, 0);
    let mut rest = String::new();
    std::io::Read::read_to_string(&mut out, &mut rest).unwrap();
    assert!(rest.contains("Terminated"), "{rest}");
    assert_eq!(watch.wait().unwrap().code(), Some(1));
}
