//! Suspension, clocks, versions, rewinding and the engine's semantics version.

use crate::support::*;

#[test]
fn a_suspended_instance_holds_events_back_and_takes_them_in_order_when_resumed() {
    let mut driver = Driver::start(
        code!(|ctx, _input| {
            let winner = ctx.select((ctx.call(a, json!(1)), ctx.timer(seconds(5)))).await;
            let news = ctx.event::<u32>("news").await;
            Ok(json!([matches!(winner, Selected::Second(())), news]))
        }),
        (),
    );
    driver.forgetful = true;
    assert!(driver.deliver([suspend()]).suspended);
    let turn = driver.deliver([fired(1), event("news", 1)]);
    assert!(
        turn.suspended && turn.events.len() == 4,
        "recorded, not applied: {:?}",
        turn.events
    );
    driver.deliver([ok(0, "later")]);
    let turn = driver.deliver([resume(), event("news", 2)]);
    assert_eq!(turn.result(), Some(json!([true, 1])));
    assert!(!turn.suspended);
}

#[test]
fn a_repeated_result_is_dropped_while_suspended_too() {
    for forgetful in [false, true] {
        let mut driver = Driver::start(code!(|ctx, _input| { Ok(ctx.call(a, json!(1)).await?) }), ());
        driver.forgetful = forgetful;
        driver.deliver([suspend()]);
        driver.deliver([ok(0, "first")]);
        assert!(driver.crash().deliver([ok(0, "repeated")]).events.is_empty());
        assert_eq!(driver.deliver([resume()]).result(), Some(json!("first")));
    }
}

#[test]
fn a_request_to_cancel_waits_while_suspended_and_a_termination_does_not() {
    let code = code!(|ctx, _input| { Ok(json!(ctx.call(a, json!(1)).await.is_err())) });
    let mut driver = Driver::start(code, ());
    driver.deliver([suspend()]);
    assert_eq!(
        driver.crash().deliver([cancel("x")]).outcome,
        TurnOutcome::Waiting
    );
    assert_eq!(driver.crash().deliver([resume()]).result(), Some(json!(true)));

    let mut driver = Driver::start(code, ());
    driver.deliver([suspend()]);
    let turn = driver.crash().deliver([terminate()]);
    assert!(matches!(
        turn.outcome,
        TurnOutcome::Ended(CompletionStatus::Terminated(_))
    ));
}

#[test]
fn now_is_the_moment_of_the_turn_and_never_goes_backwards() {
    let mut driver = Driver::new(
        code!(|ctx, _input| {
            let first = ctx.now();
            ctx.call(a, json!(1)).await?;
            let second = ctx.now();
            ctx.call(a, json!(1)).await?;
            Ok(json!([first, second, ctx.now()]))
        }),
        (),
    );
    driver.forgetful = true;
    driver.begin();
    driver.clock -= 3_600_000_000;
    let turn = driver.deliver([ok(0, ())]);
    assert_eq!(turn.events.first().unwrap().at, at(0), "a clock set back an hour");
    driver.clock += 7_200_000_000;
    let now = driver.deliver([ok(1, ())]).result().unwrap();
    assert_eq!(now, json!([at(0), at(0), at(3602)]));
}

#[test]
fn a_timer_is_due_by_the_time_of_the_turn_that_set_it() {
    let mut driver = Driver::new(
        code!(|ctx, _input| { Ok(json!(ctx.timer(seconds(90)).await)) }),
        (),
    );
    let turn = driver.begin();
    let timer = Outgoing::Timer {
        task: TaskId(0),
        fire_at: at(90),
    };
    assert_eq!(turn.outgoing, [timer]);
}

#[test]
fn every_history_begins_with_the_start_and_the_semantics_version() {
    let driver = Driver::start(code!(|_ctx, _input| { Ok(json!(1)) }), ());
    let kinds: Vec<_> = driver.history.iter().map(|event| &event.kind).collect();
    let [
        EventKind::OrchestratorStarted,
        EventKind::ExecutionStarted(_),
        EventKind::Marker(marker),
        ..,
    ] = kinds.as_slice()
    else {
        panic!("{kinds:?}");
    };
    assert_eq!(marker.kind, MarkerKind::EngineSemantics);
    assert_eq!(marker.data, durable_core::history::ENGINE_SEMANTICS.to_string());
    assert!(matches!(kinds.last(), Some(EventKind::OrchestratorCompleted)));
}

#[test]
fn a_history_of_newer_semantics_is_refused_with_both_numbers() {
    let mut driver = Driver::start(code!(|ctx, _input| { Ok(ctx.event("x").await) }), ());
    for event in &mut driver.history {
        if let EventKind::Marker(marker) = &mut event.kind {
            marker.data = "7".into();
        }
    }
    let halt = driver.load().unwrap_err();
    assert_eq!((halt.reason, halt.step), (HaltReason::Unreadable, Some(2)));
    let expected = "the history was written by semantics version 7 of the engine; this release knows up to 1";
    assert_eq!(halt.message, expected);
}

#[test]
fn a_marker_of_a_newer_form_is_refused_with_both_numbers() {
    let mut driver = Driver::start(
        code!(|ctx, _input| { Ok(json!(ctx.side_effect(|| 5).await)) }),
        (),
    );
    for event in &mut driver.history {
        if let EventKind::Marker(marker) = &mut event.kind
            && marker.kind == MarkerKind::SideEffect
        {
            marker.version = 2;
        }
    }
    let halt = driver.load().unwrap_err();
    assert_eq!(halt.reason, HaltReason::Unreadable);
    assert_eq!(
        halt.message,
        "a SideEffect marker has form version 2; this release reads up to 1"
    );
}

#[test]
fn a_blank_version_is_resolved_once_and_recorded() {
    let code = code!(|ctx, _input| {
        let first = ctx.version();
        ctx.event::<Value>("go").await;
        Ok(json!([first, ctx.version()]))
    });
    let mut driver = Driver::new(code, ());
    driver.started.version = RecordedVersion::Blank;
    driver.resolved = Some(Version::new("3.1").unwrap());
    let turn = driver.begin();
    assert_eq!(turn.version, Some(Version::new("3.1").unwrap().into()));
    driver.resolved = Some(Version::new("4").unwrap());
    let turn = driver.crash().deliver([event("go", ())]);
    assert_eq!(turn.result(), Some(json!(["3.1", "3.1"])));
    assert_eq!(turn.version, None);
}

#[test]
fn a_move_changes_the_version_from_its_place_in_history_on() {
    let mut driver = Driver::start(
        code!(|ctx, _input| {
            ctx.event::<Value>("go").await;
            Ok(json!(ctx.version()))
        }),
        (),
    );
    let marker = Marker {
        kind: MarkerKind::Moved,
        version: 1,
        task: None,
        data: "\"2\"".into(),
    };
    driver.history.push(Event::new(at(1), EventKind::Marker(marker)));
    assert_eq!(
        driver.crash().deliver([event("go", ())]).result(),
        Some(json!("2"))
    );
}

#[test]
fn results_for_another_execution_are_dropped() {
    let mut driver = Driver::start(code!(|ctx, _input| { Ok(ctx.call(a, json!(1)).await?) }), ());
    let stale = incoming(Event::new(at(1), ok(0, "stale")), Some(execution_id(77)));
    let turn = driver.try_receive(vec![stale]).unwrap();
    assert!(turn.events.is_empty());
    let good = incoming(Event::new(at(1), ok(0, "good")), Some(execution_id(1)));
    assert_eq!(
        driver.try_receive(vec![good]).unwrap().result(),
        Some(json!("good"))
    );
}

#[test]
fn messages_before_the_start_in_a_batch_are_applied_after_it() {
    let mut driver = Driver::new(
        code!(|ctx, _input| { Ok(json!([ctx.event::<u32>("n").await, ctx.event::<u32>("n").await])) }),
        (),
    );
    let start = EventKind::ExecutionStarted(Box::new(driver.started.clone()));
    let turn = driver.deliver([event("n", 1), event("n", 2), start]);
    assert_eq!(turn.result(), Some(json!([1, 2])));
}

#[test]
fn a_second_start_is_dropped() {
    let mut driver = Driver::start(code!(|ctx, _input| { Ok(ctx.event("x").await) }), ());
    let start = EventKind::ExecutionStarted(Box::new(driver.started.clone()));
    assert!(driver.crash().deliver([start]).events.is_empty());
}

#[test]
fn a_rewound_execution_sends_the_orders_of_its_open_tasks_again() {
    let code = code!(|ctx, _input| {
        let kept = ctx.call(a, json!("kept")).await?;
        let policy = RetryPolicy::fixed(2, seconds(1));
        let (paid, ()) = ctx
            .join((
                ctx.call(pay, json!("again")).retry(policy),
                ctx.timer(seconds(50)),
            ))
            .await;
        Ok(json!([kept, paid?]))
    });
    let mut driver = Driver::start(code, ());
    driver.deliver([ok(0, "kept")]);
    driver.deliver([failed(1, failure("outage"))]);
    driver.deliver([fired(3)]);
    let kept = driver.history.len();
    driver.deliver([failed(4, failure("outage"))]);
    assert!(driver.history.len() > kept);

    driver.history.truncate(kept);
    let rewound = EventKind::ExecutionRewound {
        reason: "the bank is up again".into(),
        from: execution_id(1),
        execution: execution_id(9),
        version: Version::ONE.into(),
    };
    assert_eq!(driver.load().unwrap().open_orders().count(), 2);
    let message = incoming(Event::new(at(9), rewound), Some(execution_id(9)));
    let turn = driver.crash().try_receive(vec![message]).unwrap();
    let [Outgoing::Timer { task: TaskId(2), .. }, Outgoing::Activity(order)] = turn.outgoing.as_slice()
    else {
        panic!("{:?}", turn.outgoing);
    };
    assert_eq!((order.task, order.attempt), (TaskId(4), 2));
    assert_eq!(order.input, Payload::encode(&"again").unwrap());
    driver.crash().deliver([fired(2)]);
    // A result may answer the old execution's order or the new one's.
    let old = incoming(Event::new(at(10), ok(4, "paid")), Some(execution_id(1)));
    let turn = driver.crash().try_receive(vec![old]).unwrap();
    assert_eq!(turn.result(), Some(json!(["kept", "paid"])));
}

/// Found by killing workers: a hub terminates an instance before its first turn, and the trial replay of that history
/// ran code that had never run.
#[test]
fn an_instance_terminated_before_its_first_turn_replays_without_running_its_code() {
    let driver = Driver::new(code!(|ctx, _input| { Ok(ctx.call(a, json!(1)).await?) }), ());
    let kinds = [
        EventKind::ExecutionStarted(Box::new(driver.started.clone())),
        EventKind::ExecutionTerminated {
            reason: "enough".to_owned(),
        },
        EventKind::ExecutionCompleted(CompletionStatus::Terminated("enough".to_owned())),
    ];
    let history: Vec<Event> = kinds
        .into_iter()
        .map(|kind| Event::new(durable_core::Timestamp::from_micros(1), kind))
        .collect();
    assert_eq!(Execution::load(driver.code, &history).unwrap().event_count(), 3);
}
