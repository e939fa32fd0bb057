//! The rules of one pass, by the numbers of the specification's section 3.2. A row is shown as
//! `owner/next since..renewed..expires`, in seconds from now.

use super::example::{Node, draining, expiring, new_row, row};
use crate::partition::PartitionRow;
use crate::partition::pass::Pace;

fn node() -> Node {
    Node::default()
}

#[test]
fn rule_1_a_queue_that_another_owns_now_is_stopped() {
    assert_eq!(node().listening("q").step(row("q", "a", "-")), "lost; nothing");
    assert_eq!(node().listening("q").step(row("q", "a", "b")), "lost; nothing");
    assert_eq!(node().draining("q", -3).step(row("q", "a", "-")), "lost; nothing");
    assert_eq!(node().drained("q").step(row("q", "-", "a")), "lost; nothing");
    assert_eq!(
        node().leaving().listening("q").step(row("q", "a", "-")),
        "lost; nothing"
    );
}

#[test]
fn rule_1_comes_before_a_claim() {
    // Another had it meanwhile, and is gone.
    assert_eq!(
        node().listening("q").step(expiring(row("q", "a", "-"), 0)),
        "lost; keep me/- 0..0..30"
    );
    // This node's own lease ran out: what it holds is of an ownership that is over.
    assert_eq!(
        node().listening("q").step(expiring(row("q", "me", "-"), -1)),
        "lost; keep me/- 0..0..30"
    );
}

#[test]
fn rule_2_a_row_without_owner_and_thief_is_claimed_for_30_seconds() {
    assert_eq!(node().step(new_row("q")), "keep me/- 0..0..30");
    // Whatever its times say: it was released.
    assert_eq!(node().step(row("q", "-", "-")), "keep me/- 0..0..30");
    assert_eq!(node().step(draining(row("q", "-", "-"))), "keep me/- 0..0..30");
}

#[test]
fn rule_2_a_row_that_was_released_to_this_node_is_claimed() {
    assert_eq!(node().step(row("q", "-", "me")), "keep me/- 0..0..30");
}

#[test]
fn rule_2_an_expired_row_is_claimed_whoever_stands_in_line() {
    for (current, next) in [("a", "-"), ("a", "b"), ("a", "me"), ("-", "b"), ("me", "b")] {
        for second in [0, -1, -1000] {
            let row = expiring(row("q", current, next), second);
            assert_eq!(
                node().step(row),
                "keep me/- 0..0..30",
                "{current}/{next} {second}"
            );
        }
    }
}

#[test]
fn rule_2_a_row_that_is_not_expired_is_not_claimed() {
    for (current, next) in [("a", "-"), ("a", "b"), ("a", "me"), ("-", "b")] {
        assert_eq!(
            node().step(expiring(row("q", current, next), 1)),
            "nothing",
            "{current}/{next}"
        );
    }
}

#[test]
fn rule_2_a_row_without_an_end_never_expires() {
    for (current, next) in [("a", "-"), ("a", "b"), ("-", "b")] {
        let row = PartitionRow {
            expires_at: None,
            ..row("q", current, next)
        };
        assert_eq!(node().step(row), "nothing", "{current}/{next}");
    }
}

#[test]
fn rule_3_a_row_of_a_node_that_shuts_down_is_stolen() {
    assert_eq!(
        node().step(draining(row("q", "a", "-"))),
        "steal a/me -60..-5..25 draining"
    );
    // Somebody stands in line already.
    assert_eq!(node().step(draining(row("q", "a", "b"))), "nothing");
    assert_eq!(node().step(draining(row("q", "a", "me"))), "nothing");
}

#[test]
fn rule_3_rows_count_for_whoever_will_have_them() {
    // One of four is this node's and one is waited for: that is a share of two, with one other node.
    let rows = [
        row("q0", "a", "-"),
        row("q1", "a", "-"),
        row("q2", "a", "me"),
        row("q3", "me", "-"),
    ];
    assert_eq!(node().listening("q3").pass(&rows).steals, []);
    // Two that a thief will have are the thief's: with three nodes and six rows, a share is two.
    let rows = [
        row("q0", "a", "b"),
        row("q1", "a", "b"),
        row("q2", "a", "-"),
        row("q3", "a", "-"),
        row("q4", "me", "-"),
        row("q5", "me", "-"),
    ];
    assert_eq!(node().pass(&rows).steals, []);
    // A row that is stolen in this pass, since its owner shuts down, is nobody's.
    let rows = [
        draining(row("q0", "a", "-")),
        row("q1", "b", "-"),
        row("q2", "b", "-"),
    ];
    let stolen: Vec<String> = node()
        .pass(&rows)
        .steals
        .into_iter()
        .map(|row| row.queue)
        .collect();
    assert_eq!(stolen, ["q1"]);
}

#[test]
fn rule_4_an_own_row_is_renewed() {
    assert_eq!(
        node().listening("q").step(row("q", "me", "-")),
        "keep me/- -60..0..30"
    );
    // As after a claim of which the answer was lost.
    assert_eq!(node().step(row("q", "me", "-")), "keep me/- -60..0..30");
}

#[test]
fn rule_5_a_stolen_row_is_drained_and_renewed_meanwhile() {
    let stolen = row("q", "me", "a");
    assert_eq!(
        node().listening("q").step(stolen.clone()),
        "drain me/a -60..0..30 draining"
    );
    assert_eq!(
        node().draining("q", -3).step(draining(stolen)),
        "drain me/a -60..0..30 draining"
    );
}

#[test]
fn rule_5_a_drained_row_is_released_to_its_thief() {
    let stolen = draining(row("q", "me", "a"));
    assert_eq!(node().drained("q").step(stolen), "release -/a -60..-5..25");
}

#[test]
fn rule_5_a_drain_takes_a_minute_at_most() {
    let stolen = draining(row("q", "me", "a"));
    assert_eq!(
        node().draining("q", -59).step(stolen.clone()),
        "drain me/a -60..0..30 draining"
    );
    assert_eq!(node().draining("q", -60).step(stolen), "release -/a -60..-5..25");
}

#[test]
fn rule_5_what_is_not_in_memory_needs_no_drain() {
    assert_eq!(node().step(row("q", "me", "a")), "release -/a -60..-5..25");
}

#[test]
fn rule_5_a_row_that_is_stolen_is_not_counted_as_mine() {
    // A share of six rows for three nodes is two, of which this node will have none.
    let rows = [
        row("q0", "a", "-"),
        row("q1", "a", "-"),
        row("q2", "a", "-"),
        row("q3", "a", "-"),
        row("q4", "b", "-"),
        row("q5", "me", "b"),
    ];
    let stolen = node().listening("q5").pass(&rows).steals;
    let queues: Vec<&str> = stolen.iter().map(|row| row.queue.as_str()).collect();
    assert_eq!(queues, ["q0", "q1"]);
}

#[test]
fn the_next_pass_comes_soon_while_a_queue_changes_hands() {
    let cases = [
        (node().listening("q"), row("q", "me", "-"), Pace::AtInterval),
        (node(), row("q", "a", "-"), Pace::AtInterval),
        (node(), row("q", "a", "b"), Pace::AtInterval),
        (node(), new_row("q"), Pace::AtInterval),
        (node().listening("q"), row("q", "me", "a"), Pace::Soon),
        (node().drained("q"), draining(row("q", "me", "a")), Pace::Soon),
        (node(), row("q", "a", "me"), Pace::Soon),
        (node(), draining(row("q", "a", "-")), Pace::Soon),
        (node().leaving(), row("q", "a", "-"), Pace::Soon),
    ];
    for (node, row, expected) in cases {
        assert_eq!(
            node.pass(std::slice::from_ref(&row)).pace,
            expected,
            "{node:?} {row:?}"
        );
    }
    let spread = [row("q0", "a", "-"), row("q1", "a", "-")];
    let pass = node().pass(&spread);
    assert_eq!((pass.steals.len(), pass.pace), (1, Pace::Soon));
}

#[test]
fn a_node_that_leaves_drains_and_releases_and_takes_nothing() {
    let leaving = || node().leaving();
    assert_eq!(
        leaving().listening("q").step(row("q", "me", "-")),
        "drain me/- -60..0..30 draining"
    );
    assert_eq!(
        leaving().draining("q", -5).step(draining(row("q", "me", "-"))),
        "drain me/- -60..0..30 draining"
    );
    assert_eq!(
        leaving().drained("q").step(draining(row("q", "me", "-"))),
        "release -/- -60..-5..25"
    );
    // Who stands in line stays there.
    assert_eq!(
        leaving().drained("q").step(draining(row("q", "me", "a"))),
        "release -/a -60..-5..25"
    );
    for row in [
        new_row("q"),
        row("q", "-", "me"),
        expiring(row("q", "a", "-"), -1),
        draining(row("q", "a", "-")),
        row("q", "a", "me"),
    ] {
        assert_eq!(leaving().step(row.clone()), "nothing", "{row:?}");
    }
    assert_eq!(
        leaving().steals(&[("q0", "a"), ("q1", "a")]),
        Vec::<String>::new()
    );
}

#[test]
fn a_node_has_left_when_no_row_names_it() {
    let rows = [row("q0", "me", "-"), row("q1", "me", "-"), row("q2", "a", "-")];
    let leaving = || node().leaving();
    let owned = |node: Node| node.pass(&rows).owned;
    assert_eq!(owned(leaving().listening("q0").drained("q1")), 1);
    assert_eq!(owned(leaving().draining("q0", -60).drained("q1")), 0);
    assert_eq!(owned(node().listening("q0").listening("q1")), 2);
}

#[test]
fn a_node_that_comes_back_reads_again_what_it_was_draining() {
    assert_eq!(
        node().draining("q", -5).step(draining(row("q", "me", "-"))),
        "keep me/- -60..0..30"
    );
}
