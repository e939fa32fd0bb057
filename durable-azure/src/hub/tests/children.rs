//! Children: how their starts meet their rows, and how those that have ended answer again.

use durable_core::hub::ChildStart;

use super::*;
use crate::hub::outgoing::Begins;
use crate::transport::scripted::Sent;

#[tokio::test]
async fn a_child_whose_parent_writes_the_row_while_its_start_is_read_is_read_again() {
    let steps = [
        refusal(404, "ResourceNotFound"),
        refusal(409, "EntityAlreadyExists"),
    ];
    let mut node = node(steps);
    let message = MessageId::new("m");
    node.holds(&message);
    node.shared
        .change(|state| state.deliver(from_the_queue(&node, &message)));
    assert_eq!(node.asked(), [Effect::Load(child())]);
    node.shared.load(&child()).await;
    assert_eq!(node.asked(), [Effect::Load(child())]);
}

#[tokio::test]
async fn a_child_that_is_begun_by_its_start_has_the_policy_that_its_parent_sent() {
    let mut node = node([refusal(404, "ResourceNotFound"), answer(204, &ETAG, "")]);
    let message = MessageId::new("m");
    node.holds(&message);
    node.shared
        .change(|state| state.deliver(from_the_queue(&node, &message)));
    node.shared.load(&child()).await;
    let (policy, waiting) = node.shared.with(|state| {
        let resident = &state.residents[&child()];
        (resident.record.policy, resident.inbox.len())
    });
    assert_eq!((policy, waiting), (ChildPolicy::Terminate, 1));
    assert_eq!(node.asked(), [Effect::Load(child())]);
}

/// Found by killing workers: a node died between storing a turn and writing the row of the detached child that it starts,
/// whose start names no parent.
#[tokio::test]
async fn a_detached_child_is_begun_by_its_start_and_a_client_s_start_waits_for_its_row() {
    let detached = ExecutionStarted {
        parent: None,
        ..started()
    };
    let event = Event::new(
        Timestamp::from_micros(1),
        EventKind::ExecutionStarted(Box::new(detached)),
    );
    let abandon = Some(ChildPolicy::Abandon);
    for (policy, dequeues, is_begun) in [(abandon, 3, true), (abandon, 2, false), (None, 3, false)] {
        let second = if is_begun {
            answer(204, &ETAG, "")
        } else {
            answer(204, &[("x-ms-popreceipt", "next")], "")
        };
        let node = node([refusal(404, "ResourceNotFound"), second]);
        let message = MessageId::new("m");
        node.holds(&message);
        let arrival = Arrival {
            event: event.clone(),
            policy,
            dequeues,
            ..from_the_queue(&node, &message)
        };
        node.shared.change(|state| state.deliver(arrival));
        node.shared.load(&child()).await;
        let is_held = node.shared.with(|state| state.residents.contains_key(&child()));
        assert_eq!(is_held, is_begun);
        assert_eq!(node.shared.in_hand.get(&message).is_some(), is_begun);
    }
}

#[tokio::test]
async fn the_start_of_a_child_whose_row_cannot_be_written_is_put_back() {
    let steps = [
        refusal(404, "ResourceNotFound"),
        refusal(403, "AuthorizationFailure"),
        answer(204, &[("x-ms-popreceipt", "next")], ""),
    ];
    let mut node = node(steps);
    let message = MessageId::new("m");
    node.holds(&message);
    node.shared
        .change(|state| state.deliver(from_the_queue(&node, &message)));
    node.shared.load(&child()).await;
    assert!(
        node.shared.in_hand.get(&message).is_none(),
        "it must not be kept hidden"
    );
    assert_eq!(node.asked(), [Effect::Load(child())]);
}

#[tokio::test]
async fn a_parent_keeps_the_start_of_a_child_whose_row_names_it() {
    let row = node([]).shared.pending_row(&started(), ChildPolicy::Cancel, None);
    let stored = stored(&row).await;
    let mut node = node([refusal(409, "EntityAlreadyExists"), answer(200, &ETAG, &stored)]);
    let message = MessageId::new("m");
    node.holds(&message);
    let start = ChildStart {
        started: started(),
        policy: ChildPolicy::Cancel,
        trace: None,
    };
    let parent = InstanceId::new("order").unwrap();
    let begins = Begins {
        child: start,
        letter: letter(),
        message: Some(message.clone()),
    };
    node.shared.begin_child(&parent, begins).await.unwrap();
    assert!(node.shared.in_hand.get(&message).is_some());
    assert_eq!(node.asked(), [Effect::Load(child())]);
}

fn answers(node: &Node) -> usize {
    let is_answer = |sent: &&Sent| sent.body.contains("SubOrchestrationInstanceCompleted");
    node.script.sent().iter().filter(is_answer).count()
}

/// A parent's first turn was sent and not stored. Its child has ended since, and its answer was given up, for nobody waited
/// for it yet. The turn that is made again starts the same execution; only one that continued as new is another.
#[tokio::test]
async fn a_child_that_an_earlier_sending_began_and_that_has_ended_answers_again() {
    for execution in [started().execution, ExecutionId::from_random(6)] {
        let mut row = ended_child(execution);
        for (status, wanted) in [(InstanceStatus::Completed, 1), (InstanceStatus::Running, 0)] {
            row.record.status = status;
            let found = stored(&row).await;
            let node = node([
                refusal(409, "EntityAlreadyExists"),
                answer(200, &ETAG, &found),
                order::put(),
            ]);
            let start = ChildStart {
                started: started(),
                policy: ChildPolicy::Cancel,
                trace: None,
            };
            let begins = Begins {
                child: start,
                letter: letter(),
                message: None,
            };
            let parent = InstanceId::new("order").unwrap();
            node.shared.begin_child(&parent, begins).await.unwrap();
            assert_eq!(answers(&node), wanted, "{status}");
        }
    }
}

/// The node died that had stored the turn, before it looked at the child: whoever reads the second start has it answer.
#[tokio::test]
async fn a_child_that_has_ended_answers_again_if_its_start_comes_again() {
    let row = ended_child(started().execution);
    let found = stored(&row).await;
    let history = format!(
        r#"{{"value":[{}]}}"#,
        sentinel(&row.record.execution, &row.record.execution)
    );
    let node = node([
        answer(200, &ETAG, &found),
        answer(200, &[], &history),
        order::put(),
        answer(204, &[], ""),
    ]);
    let message = MessageId::new("m");
    node.holds(&message);
    node.shared
        .change(|state| state.deliver(from_the_queue(&node, &message)));
    node.shared.load(&child()).await;
    assert_eq!(answers(&node), 1);
    assert!(node.shared.in_hand.get(&message).is_none());
}
