//! Partitions that change hands meanwhile.

use super::*;
use crate::coordinator::turn_token;

#[test]
fn what_is_for_a_partition_that_was_given_away_meanwhile_is_put_back() {
    let (mut state, _) = node();
    state.forget_partition(PARTITION);
    let put_back = |message: &str| Effect::PutBack(MessageId::new(message));
    assert_eq!(state.deliver(arrival("m1", 0, started())), Delivered::Elsewhere);
    let (task, fire_at) = (TaskId(2), at(5));
    let fires = Event::new(at(5), EventKind::TimerFired { task, fire_at });
    assert_eq!(
        state.set_timer(at(5), arrival("m2", 0, fires)),
        Delivered::Elsewhere
    );
    assert_eq!(state.take_effects(), [put_back("m1"), put_back("m2")]);
    state.install(resident(0));
    assert!(state.residents.is_empty() && state.arriving.is_empty() && state.timers.is_empty());
}

#[test]
fn the_next_execution_of_an_instance_that_was_given_away_meanwhile_begins_elsewhere() {
    let (mut state, _) = node();
    state.install(resident(1));
    state.forget_partition(PARTITION);
    state.finish_turn(&order(), continued());
    assert_eq!(state.take_effects(), [Effect::PutBack(MessageId::new("m1"))]);
}

#[test]
fn the_next_execution_of_an_instance_that_was_lost_and_regained_meanwhile_begins_here() {
    let (mut state, worker) = node();
    state.install(resident(1));
    state.forget_partition(PARTITION);
    state.claim(PARTITION, QueueLease::new(at(60)), false);
    state.finish_turn(&order(), continued());
    assert_eq!(state.take_effects(), [Effect::Load(order())]);
    state.install(resident(0));
    assert_eq!(handed_out(&mut state, worker), ["ExecutionStarted"]);
}

#[test]
fn a_partition_that_is_claimed_again_while_it_is_given_up_is_kept() {
    let (mut state, worker) = node();
    state.install(resident(1));
    state.deliver(arrival("m1", 1, raised("e1", 1)));
    state.begin_change(&order());
    let drain = state.begin_drain(PARTITION);
    assert_eq!(
        state.end_drain(PARTITION, drain),
        Drained::NotYet,
        "a change is being stored"
    );
    state.claim(PARTITION, QueueLease::new(at(90)), false);
    state.abort_commit(Some(&order()), &[]);
    assert_eq!(state.end_drain(PARTITION, drain), Drained::Superseded);
    assert_eq!(handed_out(&mut state, worker), ["e1"]);

    let first = state.begin_drain(PARTITION);
    let second = state.begin_drain(PARTITION);
    assert_eq!(state.end_drain(PARTITION, first), Drained::Superseded);
    let kept = vec![MessageId::new("m1")];
    assert_eq!(state.end_drain(PARTITION, second), Drained::Over(kept));
    assert!(state.partitions.is_empty() && state.residents.is_empty());
}

#[test]
fn what_a_dead_node_had_is_sorted_while_the_partition_is_closed() {
    let (mut state, worker) = node();
    state.closed.insert(PARTITION);
    let mut resident = resident(1);
    resident.tasks.note_sent(TaskId(2));
    state.install(resident);
    let (task, fire_at) = (TaskId(2), at(5));
    let fired = Event::new(at(5), EventKind::TimerFired { task, fire_at });
    state.deliver(arrival("m1", 2, fired));
    for (message, name, second) in [("m2", "late", 6), ("m3", "early", 4)] {
        state.deliver(arrival(message, 2, raised(name, second)));
    }
    assert_eq!(handed_out(&mut state, worker), Vec::<String>::new());
    state.closed.remove(&PARTITION);
    assert_eq!(handed_out(&mut state, worker), ["early", "TimerFired", "late"]);
}

#[test]
fn nothing_is_handed_out_of_a_partition_whose_lease_is_over() {
    let (mut state, worker) = node();
    state.install(resident(1));
    state.deliver(arrival("m1", 1, raised("e1", 1)));
    state.advance(at(60));
    assert_eq!(handed_out(&mut state, worker), Vec::<String>::new());
}

#[test]
fn a_partition_that_is_given_up_takes_everything_along() {
    let (mut state, worker) = node();
    state.install(resident(1));
    state.deliver(arrival("m1", 1, raised("e1", 1)));
    state.set_timer(at(50), arrival("m2", 0, raised("e2", 1)));
    let work = state.fetch_turns(worker, 10);
    let mut messages = state.forget_partition(PARTITION);
    messages.sort();
    assert_eq!(messages, [MessageId::new("m1"), MessageId::new("m2")]);
    let token = turn_token(&work[0].session).unwrap();
    assert!(
        state.owned(worker, token).is_err(),
        "a session outlived its partition"
    );
    assert_eq!(state.next_moment(), None);
}
