//! Starts without code.

use insta::assert_snapshot;

use crate::shell::Shop;

#[test]
fn an_instance_is_started_by_name_version_and_input() {
    let shop = Shop::new();
    std::fs::write(shop.path().join("input.json"), "{\"cents\": 5}").unwrap();
    assert_snapshot!(
        "start",
        shop.session(&[
            &[
                "start",
                "order",
                "--id",
                "new-1",
                "--input",
                "5",
                "--tag",
                "shop=east",
                "--tag",
                "by=hand"
            ],
            &["show", "new-1"],
            &[
                "start",
                "order@1",
                "--id",
                "new-2",
                "--input",
                "@input.json",
                "--at",
                "2076-01-01"
            ],
            &["show", "new-2"],
            &["start", "order", "--id", "order-2", "--on-existing", "use"],
            &["start", "order", "--id", "order-2"],
            &["start", "order", "--id", "order-1", "--on-existing", "refuse"],
            &["start", "order", "--id", "order-1"],
            &["start", "order", "--id", "order-2", "--on-existing", "terminate"],
        ])
    );
}

#[test]
fn an_input_may_come_from_the_standard_input_and_an_id_be_drawn() {
    let shop = Shop::new();
    let ran = shop.durable_with(&["start", "order", "--input", "-"], "\"by hand\"");
    assert_eq!(
        (ran.code, ran.out.as_str()),
        (0, "started `[drawn]`\n"),
        "{}",
        ran.err
    );
    let found = shop.durable(&["list", "--started-after", "1h", "--json"]).out;
    assert!(found.contains("\"input\": \"by hand\""), "{found}");
}

#[test]
fn a_start_by_hand_is_one_that_a_worker_carries_out() {
    let shop = Shop::new();
    assert_eq!(
        shop.durable(&["start", "order", "--id", "new-1", "--input", "5"])
            .code,
        0
    );
    crate::hub::work(shop.path(), "new-1", |record| record.custom_status.is_some());
    let history = shop.durable(&["history", "new-1"]).out;
    assert!(
        history.contains("order@1"),
        "the worker has chosen the version: {history}"
    );
    assert!(history.contains("charge@1"), "{history}");
}
