//! Evening out, by the specification's section 3.3.

use super::example::{Node, row};

fn node() -> Node {
    Node::default()
}

const NONE: [&str; 0] = [];

#[test]
fn a_new_node_takes_its_share_in_row_order() {
    assert_eq!(
        node().steals(&[("q0", "a"), ("q1", "a"), ("q2", "a"), ("q3", "a")]),
        ["q0", "q1"]
    );
}

#[test]
fn it_takes_from_each_node_that_has_too_many_and_no_more_than_these_have_too_many() {
    // A share of seven rows for three nodes is two.
    let spread = [
        ("q0", "a"),
        ("q1", "a"),
        ("q2", "a"),
        ("q3", "b"),
        ("q4", "b"),
        ("q5", "b"),
        ("q6", "b"),
    ];
    assert_eq!(node().steals(&spread), ["q0", "q3"]);
    let spread = [
        ("q0", "a"),
        ("q1", "a"),
        ("q2", "b"),
        ("q3", "b"),
        ("q4", "b"),
        ("q5", "b"),
    ];
    assert_eq!(node().steals(&spread), ["q2", "q3"]);
}

#[test]
fn nobody_takes_from_a_node_that_has_one_more() {
    let spread = [("q0", "a"), ("q1", "a"), ("q2", "me")];
    assert_eq!(node().listening("q2").steals(&spread), NONE);
    // More nodes than rows: a share is nothing, and one is not too many.
    let spread = [("q0", "a"), ("q1", "b"), ("q2", "c"), ("q3", "d")];
    assert_eq!(node().steals(&spread), NONE);
}

#[test]
fn a_node_that_has_its_share_takes_one_from_a_node_that_has_two_more() {
    // A share of eight rows for three nodes is two.
    let spread = [
        ("q0", "a"),
        ("q1", "a"),
        ("q2", "a"),
        ("q3", "a"),
        ("q4", "b"),
        ("q5", "b"),
        ("q6", "me"),
        ("q7", "me"),
    ];
    assert_eq!(node().steals(&spread), ["q0"]);
}

#[test]
fn a_node_that_has_more_than_its_share_takes_nothing() {
    let spread = [
        ("q0", "a"),
        ("q1", "a"),
        ("q2", "a"),
        ("q3", "me"),
        ("q4", "me"),
        ("q5", "me"),
        ("q6", "b"),
    ];
    assert_eq!(node().steals(&spread), NONE);
}

#[test]
fn a_single_node_takes_nothing_from_itself() {
    assert_eq!(node().steals(&[("q0", "me"), ("q1", "me")]), NONE);
}

#[test]
fn a_row_that_another_waits_for_can_be_taken_from_it() {
    let rows = [
        row("q0", "a", "b"),
        row("q1", "a", "b"),
        row("q2", "a", "b"),
        row("q3", "a", "b"),
    ];
    let stolen = node().pass(&rows).steals;
    let shown: Vec<(&str, Option<&str>)> = stolen
        .iter()
        .map(|row| (row.queue.as_str(), row.next_owner.as_deref()))
        .collect();
    assert_eq!(shown, [("q0", Some("me")), ("q1", Some("me"))]);
}
