//! Sub-orchestrations and sagas.

use std::collections::BTreeSet;

use durable_core::history::ChildPolicy;

use crate::support::*;

fn children(outgoing: &[Outgoing]) -> Vec<(String, String)> {
    let child = |sent: &Outgoing| match sent {
        Outgoing::StartChild(child) => Some((
            child.started.instance.to_string(),
            child.started.execution.to_string(),
        )),
        _ => None,
    };
    outgoing.iter().filter_map(child).collect()
}

fn child_ok(task: u32, value: &str) -> EventKind {
    EventKind::SubOrchestrationInstanceCompleted {
        task: TaskId(task),
        result: Payload::encode(value).unwrap(),
    }
}

#[test]
fn the_ids_of_children_are_the_same_when_a_turn_is_made_again() {
    let code = code!(|ctx, _input| {
        ctx.join_all((0..3).map(|n| ctx.call(child, json!(n)))).await;
        Ok(json!(null))
    });
    let made = || children(&Driver::new(code, ()).begin().outgoing);
    assert_eq!(made(), made());
    assert_eq!(made().into_iter().collect::<BTreeSet<_>>().len(), 3);
}

#[test]
fn the_ids_of_children_differ_over_a_hundred_thousand_generations() {
    let code = code!(|ctx, input| {
        ctx.call(child, json!(1)).detach();
        ctx.continue_as_new(input).await
    });
    let mut seen = BTreeSet::new();
    for generation in 0..2_000_u128 {
        let mut driver = Driver::new(code, ());
        // Ids that agree in their first 32 bits, as two of a hundred thousand random ones do.
        driver.started.execution = ExecutionId::from_random((0xabcd_u128 << 96) | (generation << 64));
        let turn = driver.begin();
        let [(instance, execution)] = children(&turn.outgoing).try_into().unwrap();
        assert!(
            seen.insert(instance) && seen.insert(execution),
            "generation {generation}"
        );
    }
}

#[test]
fn a_parent_with_the_longest_id_has_children_too() {
    let mut driver = Driver::new(code!(|ctx, _input| { Ok(ctx.call(child, json!(1)).await?) }), ());
    driver.started.instance = InstanceId::new(&"x".repeat(256)).unwrap();
    driver.started.execution = ExecutionId::new("foreign/execution id").unwrap();
    let [(instance, _)] = children(&driver.begin().outgoing).try_into().unwrap();
    assert_ne!(instance, driver.started.instance.as_str());
}

#[test]
fn a_child_is_awaited_like_an_activity() {
    let mut driver = Driver::start(code!(|ctx, _input| { Ok(ctx.call(child, json!(1)).await?) }), ());
    assert_eq!(
        driver.crash().deliver([child_ok(0, "grown up")]).result(),
        Some(json!("grown up"))
    );
}

#[test]
fn a_dropped_call_of_a_child_follows_its_policy() {
    let mut driver = Driver::start(
        code!(|ctx, _input| {
            let kept = ctx
                .call(child, json!(1))
                .on_parent_end(ChildPolicy::Abandon)
                .start();
            let ended = ctx
                .call(child, json!(1))
                .on_parent_end(ChildPolicy::Terminate)
                .id("mine")
                .start();
            ctx.event::<Value>("go").await;
            drop((kept, ended));
            Ok(ctx.event("stop").await)
        }),
        (),
    );
    let turn = driver.crash().deliver([event("go", 1)]);
    let [Outgoing::CancelChild { instance, policy, .. }] = turn.outgoing.as_slice() else {
        panic!("{:?}", turn.outgoing);
    };
    assert_eq!((instance.as_str(), *policy), ("mine", ChildPolicy::Terminate));
}

#[test]
fn an_edited_id_does_not_disturb_a_child_that_was_recorded() {
    let mut driver = Driver::start(
        code!(|ctx, _input| {
            ctx.select((ctx.call(child, json!(1)).id("old"), ctx.event::<Value>("go")))
                .await;
            Ok(ctx.event("stop").await)
        }),
        (),
    );
    driver.deploy(code!(|ctx, _input| {
        ctx.select((ctx.call(child, json!(1)).id("new"), ctx.event::<Value>("go")))
            .await;
        Ok(ctx.event("stop").await)
    }));
    let turn = driver.deliver([event("go", 1)]);
    assert!(
        matches!(turn.outgoing.as_slice(), [Outgoing::CancelChild { instance, .. }] if instance.as_str() == "old"),
        "{:?}",
        turn.outgoing
    );
}

#[test]
fn a_detached_child_has_no_parent_and_nothing_that_waits_for_it() {
    let mut driver = Driver::new(
        code!(|ctx, _input| {
            let call = ctx
                .call(child, json!(1))
                .timeout(seconds(5))
                .total_timeout(seconds(9));
            call.retry(RetryPolicy::fixed(3, seconds(1))).detach();
            Ok(ctx.event("stop").await)
        }),
        (),
    );
    let turn = driver.begin();
    assert_eq!(decisions(&turn.events), ["#0 child child"]);
    assert!(
        matches!(turn.outgoing.as_slice(), [Outgoing::StartChild(child)] if child.started.parent.is_none())
    );
    assert_eq!(
        driver.crash().deliver([event("stop", 1)]).result(),
        Some(json!(1))
    );
}

#[test]
fn a_malformed_child_id_blocks_with_the_place() {
    let mut driver = Driver::new(
        code!(|ctx, _input| { Ok(ctx.call(child, json!(1)).id("a/b").await?) }),
        (),
    );
    let start = EventKind::ExecutionStarted(Box::new(driver.started.clone()));
    let halt = driver.try_deliver([start]).unwrap_err();
    assert_eq!(halt.reason, HaltReason::Misuse);
    assert!(
        halt.message.contains("`a/b`") && halt.place.unwrap().contains("children.rs"),
        "{}",
        halt.message
    );
}

#[test]
fn a_saga_runs_its_compensations_in_reverse_and_one_that_fails_does_not_stop_the_others() {
    let mut driver = Driver::start(
        code!(|ctx, _input| {
            let calls = ctx.clone();
            ctx.saga(|saga| {
                block(async move {
                    calls.call(a, json!("hotel")).await?;
                    saga.undo_with(c, json!("cancel hotel"));
                    calls.call(a, json!("flight")).await?;
                    saga.undo_with(b, json!("cancel flight"));
                    calls.call(pay, json!("all")).await?;
                    Ok::<_, Failure>(json!("booked"))
                })
            })
            .await
        }),
        (),
    );
    driver.forgetful = true;
    driver.deliver([ok(0, ())]);
    driver.deliver([ok(1, ())]);
    let turn = driver.deliver([failed(2, failure("no money"))]);
    assert_eq!(decisions(&turn.events), ["#3 call b"]);
    let turn = driver.deliver([failed(3, failure("airline down"))]);
    assert_eq!(decisions(&turn.events), ["#4 call c"]);
    let turn = driver.deliver([ok(4, ())]);
    let TurnOutcome::Ended(CompletionStatus::Failed(details)) = turn.outcome else {
        panic!("{:?}", turn.outcome);
    };
    assert!(details.message.contains("no money"), "{details}");
}

#[test]
fn a_cancelled_saga_compensates() {
    let mut driver = Driver::start(
        code!(|ctx, _input| {
            let calls = ctx.clone();
            ctx.saga(|saga| {
                block(async move {
                    calls.call(a, json!("hotel")).await?;
                    saga.undo_with(c, json!("cancel hotel"));
                    calls.call(a, json!("flight")).await?;
                    Ok::<_, Failure>(json!("booked"))
                })
            })
            .await
        }),
        (),
    );
    driver.deliver([ok(0, ())]);
    let turn = driver.crash().deliver([cancel("changed my mind")]);
    assert_eq!(decisions(&turn.events), ["#2 call c"]);
    let turn = driver.crash().deliver([ok(2, ())]);
    assert!(matches!(
        turn.outcome,
        TurnOutcome::Ended(CompletionStatus::Canceled(_))
    ));
}
