//! Answers that come before what they answer is stored.

use super::*;

#[test]
fn an_answer_that_nothing_explains_is_put_back_and_a_second_one_is_removed() {
    let (mut state, _) = node();
    let mut resident = resident(1);
    resident.tasks.note_sent(TaskId(3));
    state.install(resident);
    assert_eq!(state.deliver(arrival("m1", 1, completed(4))), Delivered::TooEarly);
    assert_eq!(state.deliver(arrival("m2", 1, completed(3))), Delivered::Accepted);
    assert_eq!(state.deliver(arrival("m3", 1, completed(3))), Delivered::Dropped);
    // One look at the instance is for all that came too early.
    assert_eq!(state.deliver(arrival("m4", 2, completed(5))), Delivered::TooEarly);
    let early = Effect::TooEarly(order());
    assert_eq!(
        state.take_effects(),
        [early, Effect::Delete(MessageId::new("m3"))]
    );
    let hidden = |message, seconds| (MessageId::new(message), Duration::from_secs(seconds));
    let early = [hidden("m1", 2), hidden("m4", 4)];
    assert_eq!(state.early[&order()], early);
}

/// Found with a node that stood still: what it had put for a first turn that it did not store any more was run by the next
/// owner, whose own first turn was not stored yet. The result entered the history before what it answers.
#[test]
fn an_answer_of_this_node_itself_waits_too_for_the_turn_that_explains_it() {
    let (mut state, worker) = node();
    state.install(resident(0));
    state.deliver(arrival("m1", 1, started()));
    assert_eq!(state.deliver(arrival("m2", 0, completed(0))), Delivered::TooEarly);
    assert_eq!(state.take_effects(), [Effect::TooEarly(order())]);
    assert_eq!(handed_out(&mut state, worker), ["ExecutionStarted"]);
}

#[test]
fn the_end_of_an_activity_leaves_another_alone_that_has_taken_its_place() {
    let (mut state, _) = node();
    let key = ActivityKey {
        instance: order(),
        execution: execution(),
        task: TaskId(0),
    };
    let ordered = || ActivityOrder {
        task: key.task,
        name: WireName::new("charge").unwrap(),
        version: Version::ONE.into(),
        input: Payload::unit(),
        attempt: 1,
        heartbeat: None,
        queue: None,
        trace: None,
    };
    let settled = |message: &str| Settled {
        key: key.clone(),
        message: Some(MessageId::new(message)),
        result: Ok(Payload::unit()),
        applied: false,
    };
    let delete = |message: &str| [Effect::Delete(MessageId::new(message))];
    let mut add = |message: &str| {
        let message = Some(MessageId::new(message));
        state.add_activity(key.clone(), ordered(), message, (0, 1), None);
        state.take_effects()
    };
    assert_eq!(add("m1"), []);
    assert_eq!(add("m2"), delete("m1"));
    state.finish_activity(&settled("m1"));
    assert_eq!((state.take_effects(), state.activities.len()), (vec![], 1));
    state.finish_activity(&settled("m2"));
    assert_eq!(
        (state.take_effects().as_slice(), state.activities.len()),
        (delete("m2").as_slice(), 0)
    );
}
