//! What blocks an instance, and what the report says.

use std::cell::Cell;

use crate::support::*;

thread_local! {
    static EXPLODES: Cell<bool> = const { Cell::new(true) };
}

#[test]
fn a_panic_blocks_the_turn_with_its_text_place_and_step_and_leaves_the_history_alone() {
    let mut driver = Driver::start(
        code!(|ctx, _input| {
            ctx.call(a, json!(1)).await?;
            assert!(!EXPLODES.with(Cell::get), "kaboom");
            Ok(json!("fine"))
        }),
        (),
    );
    let before = driver.history.clone();
    EXPLODES.with(|explodes| explodes.set(true));
    for _ in 0..2 {
        let halt = driver.try_deliver([ok(0, 1)]).unwrap_err();
        assert_eq!(halt.reason, HaltReason::Panic);
        assert_eq!(halt.message, "orchestrator `shop` version 1 panicked: kaboom");
        assert!(halt.place.unwrap().contains("reports.rs:"));
        // 0 to 4: the turn that began, the start, the semantics version, the call, the turn's end. 5: this turn begins.
        assert_eq!(halt.step, Some(6));
        assert_eq!(driver.history, before);
    }
    EXPLODES.with(|explodes| explodes.set(false));
    assert_eq!(driver.deliver([ok(0, 1)]).result(), Some(json!("fine")));
}

#[test]
fn a_panic_while_values_are_dropped_is_reported_and_not_passed_on() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            assert!(std::thread::panicking(), "dropped");
        }
    }
    let code = code!(|ctx, input| {
        let _bomb = Bomb;
        ctx.event::<Value>("go").await;
        ctx.continue_as_new(input).await
    });
    let mut driver = Driver::start(code, ());
    let halt = driver.try_deliver([event("go", 1)]).unwrap_err();
    assert_eq!(halt.reason, HaltReason::Panic);
    assert!(halt.message.contains("dropped"), "{halt}");

    let mut evicted = Driver::start(code, ());
    evicted.crash();
    let mut terminated = Driver::start(code, ());
    let turn = terminated.deliver([terminate()]);
    assert!(matches!(
        turn.outcome,
        TurnOutcome::Ended(CompletionStatus::Terminated(_))
    ));
}

#[test]
fn an_input_of_another_type_blocks_the_first_turn() {
    let mut driver = Driver::new(
        Code {
            version: Version::ONE,
            runner: |ctx, input| {
                durable_core::__private::erase_orchestrator_body::<shop, _>(ctx, input, |_, _| async {
                    Ok(json!(1))
                })
            },
        },
        (),
    );
    driver.started.input = Payload::from_json("{broken").unwrap();
    let start = EventKind::ExecutionStarted(Box::new(driver.started.clone()));
    let halt = driver.try_deliver([start]).unwrap_err();
    assert_eq!(halt.reason, HaltReason::Undecodable);
    assert!(
        halt.message.contains("the input of orchestrator `shop`"),
        "{halt}"
    );
    assert_eq!(halt.step, Some(1), "the start is the step that could not be made");
    assert!(driver.history.is_empty());
}

#[test]
fn a_future_that_wakes_itself_is_given_up() {
    let mut driver = Driver::new(
        code!(|_ctx, _input| {
            std::future::poll_fn::<(), _>(|cx| {
                cx.waker().wake_by_ref();
                std::task::Poll::Pending
            })
            .await;
            Ok(json!(null))
        }),
        (),
    );
    let start = EventKind::ExecutionStarted(Box::new(driver.started.clone()));
    let halt = driver.try_deliver([start]).unwrap_err();
    assert_eq!(halt.reason, HaltReason::ForeignFuture);
    assert!(halt.message.contains("woke the orchestrator by itself"), "{halt}");
}

#[test]
fn damaged_histories_are_refused_and_never_panic() {
    let code = code!(|ctx, _input| {
        ctx.side_effect(|| 1).await;
        Ok(ctx
            .call(pay, json!(1))
            .retry(RetryPolicy::fixed(2, seconds(1)))
            .await?)
    });
    let driver = Driver::start(code, ());
    let reason = |history: &[Event]| {
        Execution::load(code, history)
            .map(|_| ())
            .map_err(|halt| halt.reason)
    };

    let mut twice = driver.history.clone();
    twice.extend(driver.history.iter().cloned());
    assert_eq!(reason(&twice), Err(HaltReason::Unreadable), "two starts");
    let headless: Vec<Event> = driver.history.iter().skip(2).cloned().collect();
    assert_eq!(reason(&headless), Err(HaltReason::Unreadable), "no start");
    for at in 0..driver.history.len() {
        let mut broken = driver.history.clone();
        if let Some(EventKind::Marker(marker)) = broken.get_mut(at).map(|event| &mut event.kind) {
            marker.data = "{".into();
            let refused = reason(&broken).unwrap_err();
            assert!(
                matches!(refused, HaltReason::Unreadable | HaltReason::Undecodable),
                "{at}: {refused}"
            );
        }
        let mut shorter = driver.history.clone();
        shorter.remove(at);
        let _ = reason(&shorter);
    }
}

#[test]
fn a_report_for_the_hub_carries_reason_message_step_and_place() {
    let mut driver = Driver::start(code!(|ctx, _input| { Ok(ctx.call(a, json!(1)).await?) }), ());
    driver.deploy(code!(|ctx, _input| { Ok(ctx.call(b, json!(1)).await?) }));
    let halt = driver.load().unwrap_err();
    let report = halt.to_report(at(5), durable_core::BuildId(7));
    assert_eq!(
        (report.reason.as_str(), report.step, report.since),
        ("nondeterminism", Some(3), at(5))
    );
    assert_eq!(report.place, halt.place);
    assert_eq!(
        report.message,
        format!(
            "the code of orchestrator `shop` version 1 no longer makes the steps that instance `order-42` recorded\n  \
             step 3 of its history\n    recorded:  activity `a` version 1 (task 0)\n    \
             attempted: activity `b` version 1 (task 0), at {}\n  \
             help: restore the code that made the recorded steps as version 1, and put the change in a new version\n  \
             help: the instance is intact; it goes on by itself when a worker with the right code joins",
            halt.place.unwrap()
        )
    );
}
