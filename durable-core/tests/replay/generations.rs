//! Continue-as-new, and what is carried over.

use crate::support::*;

fn names(events: &[Event]) -> Vec<String> {
    let name = |event: &Event| match &event.kind {
        EventKind::EventRaised { name, input } => format!("{name}={}", input.as_json().unwrap()),
        EventKind::ExecutionTerminated { .. } => "terminate".into(),
        EventKind::ExecutionSuspended { .. } => "suspend".into(),
        EventKind::ExecutionResumed { .. } => "resume".into(),
        EventKind::Marker(marker) => format!("{:?}", marker.kind),
        other => format!("{other:?}"),
    };
    events.iter().map(name).collect()
}

const COUNTER: fn() -> Code = || {
    code!(|ctx, input| {
        let step = ctx.event::<Value>("go").await;
        if input == json!(3) {
            return Ok(json!([step, ctx.generation()]));
        }
        ctx.continue_as_new(json!(input.as_u64().unwrap() + 1)).await
    })
};

#[test]
fn continue_as_new_starts_the_next_execution_with_the_new_input() {
    let mut driver = Driver::start(COUNTER(), 1);
    let turn = driver.crash().deliver([event("go", 1)]);
    let next = turn.next().unwrap().clone();
    assert_eq!(next.started.generation, 1);
    assert_eq!(next.started.input, Payload::encode(&2).unwrap());
    assert_eq!(next.started.instance, driver.started.instance);
    assert_ne!(next.started.execution, driver.started.execution);
    assert!(matches!(
        turn.events.iter().rev().nth(1).map(|event| &event.kind),
        Some(EventKind::ContinueAsNew { next: id, .. }) if *id == next.started.execution
    ));
    driver.load().expect("a history that ends so can be replayed");
    driver.follow(&next);
    let next = driver.deliver([event("go", 2)]).next().unwrap().clone();
    driver.follow(&next);
    assert_eq!(driver.deliver([event("go", 3)]).result(), Some(json!([3, 2])));
}

#[test]
fn unread_events_go_along_in_the_order_in_which_they_came() {
    let mut driver = Driver::start(COUNTER(), 1);
    driver.deliver([event("b", 1), event("a", 2)]);
    let turn = driver
        .crash()
        .deliver([event("b", 3), event("go", 0), event("go", 4), event("a", 5)]);
    let next = turn.next().unwrap().clone();
    assert_eq!(names(&next.carried), ["b=1", "a=2", "b=3", "go=4", "a=5"]);
    let turn = driver.follow(&next);
    assert_eq!(names(&turn.next().unwrap().carried), ["b=1", "a=2", "b=3", "a=5"]);
}

#[test]
fn events_held_back_while_suspended_go_along_too() {
    for forgetful in [false, true] {
        let mut driver = Driver::start(COUNTER(), 1);
        driver.forgetful = forgetful;
        driver.deliver([event("early", 0), suspend()]);
        driver.deliver([event("go", 1), event("go", 2), cancel("x"), event("late", 3)]);
        let turn = driver.deliver([resume(), event("last", 4)]);
        let carried = names(&turn.next().unwrap().carried);
        assert_eq!(
            carried,
            ["early=0", "go=2", "CancelRequested", "late=3", "last=4"]
        );
    }
}

#[test]
fn management_messages_in_the_same_batch_reach_the_next_execution() {
    let mut driver = Driver::start(COUNTER(), 1);
    let turn = driver.deliver([
        event("go", 1),
        suspend(),
        event("n", 1),
        resume(),
        cancel("x"),
        terminate(),
    ]);
    let next = turn.next().unwrap().clone();
    assert_eq!(
        names(&next.carried),
        ["suspend", "n=1", "resume", "CancelRequested", "terminate"]
    );
    let turn = driver.follow(&next);
    assert!(matches!(
        turn.outcome,
        TurnOutcome::Ended(CompletionStatus::Terminated(_))
    ));
}

#[test]
fn what_is_told_to_the_old_execution_alone_does_not_go_along() {
    let mut driver = Driver::start(COUNTER(), 1);
    let old = |kind| incoming(Event::new(at(1), kind), Some(execution_id(1)));
    let turn = driver
        .try_receive(vec![old(event("go", 1)), old(terminate()), old(cancel("x"))])
        .unwrap();
    assert!(turn.next().unwrap().carried.is_empty());
}

#[test]
fn results_of_the_old_execution_do_not_go_along() {
    let mut driver = Driver::start(
        code!(|ctx, input| {
            ctx.select((ctx.call(a, json!(1)), ctx.event::<Value>("go")))
                .await;
            ctx.continue_as_new(input).await
        }),
        (),
    );
    let turn = driver.deliver([event("go", 1), ok(0, 1)]);
    assert!(turn.next().unwrap().carried.is_empty());
    assert_eq!(turn.outgoing, [Outgoing::CancelActivity(TaskId(0))]);
}

#[test]
fn another_version_may_follow_and_another_orchestrator_may_not() {
    let mut driver = Driver::new(
        code!(|ctx, input| { ctx.continue_as_new(input).on(shop_v2).await }),
        (),
    );
    let next = driver.begin().next().unwrap().clone();
    assert_eq!(next.started.version, Version::new("2").unwrap().into());

    let mut driver = Driver::new(
        code!(|ctx, input| { ctx.continue_as_new(input).on(child).await }),
        (),
    );
    let start = EventKind::ExecutionStarted(Box::new(driver.started.clone()));
    let halt = driver.try_deliver([start]).unwrap_err();
    assert_eq!(halt.reason, HaltReason::Misuse);
    assert!(
        halt.message.contains("only another version of itself may follow"),
        "{halt}"
    );
    assert!(halt.place.unwrap().contains("generations.rs"));
}

#[test]
fn a_parent_is_answered_by_the_execution_that_ends() {
    let mut driver = Driver::new(COUNTER(), 2);
    driver.started.parent = Some(durable_core::history::ParentRef {
        name: "parent".parse().unwrap(),
        version: Version::ONE.into(),
        instance: "parent-1".parse().unwrap(),
        execution: execution_id(50),
        task: TaskId(4),
    });
    driver.begin();
    let turn = driver.deliver([event("go", 1)]);
    assert!(turn.outgoing.is_empty(), "continuing is no answer");
    let next = turn.next().unwrap().clone();
    driver.follow(&next);
    let turn = driver.crash().deliver([event("go", 1)]);
    let [Outgoing::Send { to, execution, event }] = turn.outgoing.as_slice() else {
        panic!("{:?}", turn.outgoing);
    };
    assert_eq!((to.as_str(), execution), ("parent-1", &Some(execution_id(50))));
    assert!(matches!(
        event.kind,
        EventKind::SubOrchestrationInstanceCompleted { task: TaskId(4), .. }
    ));
}
