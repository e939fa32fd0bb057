//! Giving a queue to a node that can do its work. On the wire it looks as if that node had stolen it.

use super::example::{Node, draining, expiring, row};

/// The rows of [`row`] are owned since a minute, which is how long these nodes keep a queue before they offer it.
fn node() -> Node {
    Node::default().offering("q", "a")
}

#[test]
fn an_offered_queue_is_drained_with_the_other_in_line() {
    assert_eq!(
        node().listening("q").step(row("q", "me", "-")),
        "drain me/a -60..0..30 draining"
    );
    assert_eq!(
        node().drained("q").step(draining(row("q", "me", "a"))),
        "release -/a -60..-5..25"
    );
}

#[test]
fn who_stands_in_line_already_is_left_there() {
    assert_eq!(
        node().listening("q").step(row("q", "me", "b")),
        "drain me/b -60..0..30 draining"
    );
}

#[test]
fn a_queue_is_kept_for_a_while_before_it_is_offered() {
    let just_claimed = Node::default().offering("q", "a");
    assert_eq!(
        just_claimed.step(expiring(row("q", "b", "-"), 0)),
        "keep me/- 0..0..30"
    );
    let mut young = row("q", "me", "-");
    young.owned_since = Some(super::example::at(-59).into());
    assert_eq!(node().listening("q").step(young), "keep me/- -59..0..30");
}

#[test]
fn nothing_is_offered_that_another_owns_or_to_oneself() {
    assert_eq!(node().step(row("q", "b", "-")), "nothing");
    let to_itself = Node::default().offering("q", "me").listening("q");
    assert_eq!(to_itself.step(row("q", "me", "-")), "keep me/- -60..0..30");
}

#[test]
fn a_queue_that_was_given_away_is_not_taken_back_while_it_rests() {
    let spread = [("q0", "a"), ("q1", "a"), ("q2", "a"), ("q3", "a")];
    assert_eq!(Node::default().resting("q0", 1).steals(&spread), ["q1", "q2"]);
    assert_eq!(Node::default().resting("q0", 0).steals(&spread), ["q0", "q1"]);
    let resting = Node::default().resting("q0", 1).resting("q1", 1);
    assert_eq!(resting.steals(&spread[..2]), Vec::<String>::new());
}

#[test]
fn a_queue_that_rests_is_claimed_when_its_owner_is_gone() {
    assert_eq!(
        Node::default()
            .resting("q", 60)
            .step(expiring(row("q", "a", "-"), 0)),
        "keep me/- 0..0..30"
    );
}
