//! Messages that come again.

use super::*;

#[test]
fn what_has_had_its_effect_is_removed_when_it_comes_again() {
    let (mut state, worker) = node();
    let mut resident = resident(1);
    resident.settled.insert(MessageId::new("m1"));
    state.install(resident);
    assert_eq!(
        state.deliver(arrival("m1", 2, raised("e1", 1))),
        Delivered::Dropped
    );
    assert_eq!(state.deliver(arrival("m0", 2, started())), Delivered::Dropped);
    assert_eq!(handed_out(&mut state, worker), Vec::<String>::new());
}

fn caused_by(cause: &str, message: &str, dequeues: u32) -> Arrival {
    Arrival {
        cause: Some(MessageId::new(cause)),
        ..arrival(message, dequeues, raised("e1", 1))
    }
}

fn commit_of(work: &TurnWork) -> Commit {
    let turn = TurnCommit {
        session: work.session.clone(),
        consumed: work.messages.iter().map(|message| message.receipt).collect(),
        base_event_count: work.event_count,
        events: Vec::new(),
        outgoing: Vec::new(),
        custom_status: CustomStatus::Unchanged,
        version: None,
        suspended: false,
        outcome: TurnOutcome::Waiting,
        eager: ActivityDemand::default(),
        release: false,
    };
    Commit {
        completions: Vec::new(),
        turn: Some(turn),
    }
}

/// The sender's node died before it knew that the event was put, or its put was not answered.
#[test]
fn an_event_that_is_put_twice_has_its_effect_once_also_after_continue_as_new() {
    let (mut state, worker) = node();
    state.install(resident(1));
    assert_eq!(state.deliver(caused_by("c", "m1", 0)), Delivered::Accepted);
    assert_eq!(
        state.deliver(caused_by("c", "m2", 1)),
        Delivered::Dropped,
        "the first still waits"
    );
    assert_eq!(state.deliver(caused_by("d", "m3", 1)), Delivered::Accepted);
    let work = state.fetch_turns(worker, 10).remove(0);
    assert_eq!(work.messages.len(), 2);
    let (basis, _) = state.begin_commit(worker, &mut commit_of(&work)).unwrap();
    let stored = basis.unwrap().settles;
    assert_eq!(
        stored,
        [MessageId::new("c"), MessageId::new("d")],
        "the next node knows them"
    );
    let consumed = work.messages.iter().map(|message| message.receipt).collect();
    state.finish_turn(
        &order(),
        AppliedTurn {
            consumed,
            ..continued()
        },
    );
    assert_eq!(state.deliver(caused_by("c", "m4", 1)), Delivered::Dropped);
    assert_eq!(
        state.deliver(caused_by("c", "m1", 2)),
        Delivered::Dropped,
        "the message itself"
    );

    let mut again = resident(1);
    again.settled = stored.into_iter().collect();
    state.forget_resident(&order());
    state.install(again);
    assert_eq!(state.deliver(caused_by("d", "m5", 1)), Delivered::Dropped);
    assert_eq!(state.deliver(caused_by("e", "m6", 1)), Delivered::Accepted);
}

/// The node lost the partition and took it again, and forgot that it had the message, which then came out of the queue.
#[test]
fn what_waits_already_is_not_taken_twice() {
    let (mut state, worker) = node();
    state.deliver(arrival("m1", 0, raised("e1", 1)));
    assert_eq!(state.deliver(arrival("m1", 1, raised("e1", 1))), Delivered::Waits);
    state.install(resident(1));
    assert_eq!(state.deliver(arrival("m1", 2, raised("e1", 1))), Delivered::Waits);
    assert_eq!(handed_out(&mut state, worker), ["e1"]);
    assert_eq!(state.take_effects(), [Effect::Load(order())]);
}
