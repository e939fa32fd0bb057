//! Histories as each release wrote them: every one is replayed for ever, to the same decisions.
//!
//! A golden file is never rewritten. A test that differs from its file means that the format or a rule of a step
//! changed: then `ENGINE_SEMANTICS` or a marker's form version rises, the new form gets files of its own in the next
//! directory (`v2`), and this release's files stay. Set `DURABLE_NEW_GOLDEN=1` to write files that do not exist yet.

use std::path::PathBuf;
use std::time::Duration;

use durable_core::history::ParentRef;
use durable_core::replay::step;

use crate::support::*;

fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/v1")
}

fn read(name: &str) -> Option<Vec<Event>> {
    let text = std::fs::read_to_string(directory().join(format!("{name}.json"))).ok()?;
    Some(
        serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("`{name}.json` can no longer be read: {error}")),
    )
}

fn written(history: &[Event]) -> String {
    let mut text = serde_json::to_string_pretty(history).unwrap();
    text.push('\n');
    text
}

/// The executions whose histories are kept.
fn goldens() -> Vec<(&'static str, Driver)> {
    vec![
        ("chaining", chaining()),
        ("fan_out", fan_out()),
        ("select_event_timer", select_event_timer()),
        ("retries", retries()),
        ("side_effects", side_effects()),
        ("children", children()),
        ("saga_cancelled", saga_cancelled()),
        ("suspended_terminated", suspended_terminated()),
        ("continued_as_new", continued_as_new()),
        ("blank_version", blank_version()),
        ("rewound", rewound()),
        ("failed", failed_with_a_typed_error()),
        ("heartbeat", heartbeat()),
    ]
}

#[test]
fn this_release_writes_the_histories_that_are_kept() {
    for (name, driver) in goldens() {
        let path = directory().join(format!("{name}.json"));
        let now = written(&driver.history);
        match std::fs::read_to_string(&path) {
            Ok(kept) => assert!(
                kept == now,
                "the history `{name}` is written differently from {}: see the head of golden.rs\n{now}",
                path.display()
            ),
            Err(_) if std::env::var_os("DURABLE_NEW_GOLDEN").is_some() => std::fs::write(&path, now).unwrap(),
            Err(error) => panic!("{}: {error}", path.display()),
        }
    }
}

#[test]
fn every_kept_history_is_known_to_this_test() {
    let mut files: Vec<String> = std::fs::read_dir(directory())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    let mut known: Vec<String> = goldens().iter().map(|(name, _)| format!("{name}.json")).collect();
    known.sort();
    assert_eq!(files, known);
}

#[test]
fn every_kept_history_replays_to_the_same_decisions() {
    for (name, driver) in goldens() {
        let history = read(name).unwrap();
        Execution::load(driver.code, &history)
            .unwrap_or_else(|halt| panic!("`{name}` no longer replays: {halt}"));
        let begins: Vec<usize> = (0..history.len())
            .filter(|&at| matches!(history[at].kind, EventKind::OrchestratorStarted))
            .chain([history.len()])
            .collect();
        for turn in begins.windows(2) {
            let (kept, recorded) = (&history[..turn[0]], &history[turn[0]..turn[1]]);
            let decision = step(driver.code, kept, turn_input(recorded)).unwrap();
            assert_eq!(
                decision.events, recorded,
                "`{name}`, the turn at event {}",
                turn[0]
            );
        }
    }
}

/// Returns what a recorded turn was made from.
fn turn_input(recorded: &[Event]) -> durable_core::replay::TurnInput {
    let mut resolved = None;
    let mut next_execution = execution_id(2);
    let mut messages = Vec::new();
    for event in recorded {
        match &event.kind {
            EventKind::ExecutionStarted(_)
            | EventKind::ExecutionTerminated { .. }
            | EventKind::ExecutionSuspended { .. }
            | EventKind::ExecutionResumed { .. }
            | EventKind::ExecutionRewound { .. }
            | EventKind::TaskCompleted { .. }
            | EventKind::TaskFailed { .. }
            | EventKind::SubOrchestrationInstanceCompleted { .. }
            | EventKind::SubOrchestrationInstanceFailed { .. }
            | EventKind::TimerFired { .. }
            | EventKind::EventRaised { .. } => messages.push(incoming(event.clone(), None)),
            EventKind::Marker(marker) if marker.kind == MarkerKind::CancelRequested => {
                messages.push(incoming(event.clone(), None));
            }
            EventKind::Marker(marker) if marker.kind == MarkerKind::VersionResolved => {
                resolved = serde_json::from_str(&marker.data).ok();
            }
            EventKind::ContinueAsNew { next, .. } => next_execution = next.clone(),
            _ => {}
        }
    }
    durable_core::replay::TurnInput {
        now: recorded[0].at,
        messages,
        resolved,
        next_execution,
    }
}

fn chaining() -> Driver {
    let code = code!(|ctx, input| {
        let first = ctx.call(a, input).await?;
        let second = ctx.call(b, first).await?;
        Ok(ctx.call(a_v2, second).await?)
    });
    let mut driver = Driver::start(code, json!({"id": "order-42", "cents": 1999}));
    driver.deliver([ok(0, "reserved")]);
    driver.deliver([ok(1, "charged")]);
    driver.deliver([ok(2, "shipped")]);
    driver
}

fn fan_out() -> Driver {
    let code = code!(|ctx, _input| {
        let all = ctx.join_all((0..5).map(|n| ctx.call(a, json!(n)))).await;
        Ok(json!(all.len()))
    });
    let mut driver = Driver::start(code, ());
    driver.deliver([ok(3, 3), ok(0, 0)]);
    driver.deliver([ok(4, 4), ok(1, 1), ok(2, 2)]);
    driver
}

fn select_event_timer() -> Driver {
    let code = code!(|ctx, _input| {
        let mut seen = Vec::new();
        for _ in 0..2 {
            match ctx
                .select((
                    ctx.event::<Value>("approval"),
                    ctx.timer(seconds(60)),
                    ctx.cancelled(),
                ))
                .await
            {
                Selected::First(value) => seen.push(value),
                Selected::Second(()) => seen.push(json!("expired")),
                Selected::Third(reason) => return Err(Failure::new(reason)),
            }
        }
        ctx.raise_event("other", "news", &seen)?;
        Ok(json!(seen))
    });
    let mut driver = Driver::start(code, ());
    driver.deliver([event("approval", "yes"), event("unread", 1)]);
    driver.deliver([fired(1)]);
    driver
}

fn retries() -> Driver {
    let code = code!(|ctx, _input| {
        let policy = RetryPolicy::exponential(4, seconds(1)..seconds(60))
            .jitter(0.25)
            .non_retriable("Fatal");
        let call = ctx
            .call(pay, json!(1))
            .retry(policy)
            .retry_if(|error| *error == PayError::Busy);
        let paid = call
            .timeout(Duration::from_secs(30))
            .total_timeout(minutes(5))
            .await;
        Ok(json!([paid.map_err(|error| error.to_string()), ctx.random()]))
    });
    let mut driver = Driver::start(code, ());
    let mut busy = failure("the bank is busy");
    busy.origin = FailureOrigin::Application;
    busy.kind = "PayError::Busy".into();
    busy.json = Some("\"Busy\"".into());
    driver.deliver([failed(0, busy)]);
    driver.deliver([fired(3)]);
    driver.deliver([fired(5)]);
    driver.deliver([fired(6)]);
    driver.deliver([ok(7, "paid")]);
    driver
}

fn heartbeat() -> Driver {
    let code = code!(|ctx, _input| {
        let call = ctx.call(pay, json!(1)).retry(RetryPolicy::fixed(2, seconds(5)));
        Ok(json!(call.heartbeat(Duration::from_secs(20)).await?))
    });
    let mut driver = Driver::start(code, ());
    driver.deliver([failed(0, FailureDetails::heartbeat_timeout())]);
    driver.deliver([fired(1)]);
    driver.deliver([ok(2, "paid")]);
    driver
}

fn side_effects() -> Driver {
    let code = code!(|ctx, _input| {
        let first = ctx.side_effect(|| json!({"seen": [1, 2]})).await;
        let inner = ctx.clone();
        let drawn = ctx.side_effect(move || inner.random()).await;
        ctx.event::<Value>("go").await;
        Ok(json!([
            first,
            drawn,
            ctx.random(),
            ctx.new_uuid(),
            ctx.now(),
            ctx.version()
        ]))
    });
    let mut driver = Driver::start(code, ());
    driver.deliver([event("go", ())]);
    driver
}

fn children() -> Driver {
    let code = code!(|ctx, _input| {
        ctx.call(child, json!("detached")).detach();
        let (named, derived) = ctx
            .join((
                ctx.call(child, json!(1)).id("mine"),
                ctx.call(other_child, json!(2)),
            ))
            .await;
        Ok(json!([named?, derived.map_err(|error| error.to_string())]))
    });
    let mut driver = Driver::new(code, ());
    driver.started.parent = Some(ParentRef {
        name: "parent".parse().unwrap(),
        version: Version::ONE.into(),
        instance: "parent-1".parse().unwrap(),
        execution: execution_id(50),
        task: TaskId(4),
    });
    driver.started.tags.insert("tenant".into(), "blue".into());
    driver.begin();
    driver.deliver([EventKind::SubOrchestrationInstanceFailed {
        task: TaskId(2),
        failure: FailureDetails::new(FailureOrigin::Terminated, "Terminated", "by hand").non_retriable(),
    }]);
    driver.deliver([EventKind::SubOrchestrationInstanceCompleted {
        task: TaskId(1),
        result: Payload::encode(&"grown up").unwrap(),
    }]);
    driver
}

fn saga_cancelled() -> Driver {
    let code = code!(|ctx, _input| {
        let calls = ctx.clone();
        ctx.saga(|saga| {
            block(async move {
                let hotel = calls.call(a, json!("hotel")).await?;
                saga.undo_with(c, hotel);
                calls.call(b, json!("flight")).await?;
                Ok::<_, Failure>(json!("booked"))
            })
        })
        .await
    });
    let mut driver = Driver::start(code, ());
    driver.deliver([ok(0, "room 7")]);
    driver.deliver([cancel("changed my mind")]);
    driver.deliver([ok(2, ())]);
    driver
}

fn suspended_terminated() -> Driver {
    let mut driver = Driver::start(looping(), ());
    driver.deliver([suspend()]);
    driver.deliver([event("go", 1), event("go", 2)]);
    driver.deliver([resume()]);
    driver.deliver([terminate()]);
    driver
}

fn looping() -> Code {
    code!(|ctx, input| {
        for n in 0..3 {
            ctx.event::<Value>("go").await;
            ctx.call(a, json!(n)).start().await?;
        }
        ctx.continue_as_new(input).on(shop_v2).await
    })
}

fn continued_as_new() -> Driver {
    let mut driver = Driver::start(looping(), ());
    driver.deliver([event("go", 1), event("go", 2), event("go", 3), event("go", 4)]);
    driver.deliver([ok(0, ()), ok(1, ())]);
    driver.deliver([ok(2, ())]);
    driver
}

fn blank_version() -> Driver {
    let code = code!(|ctx, _input| {
        ctx.timer(seconds(5)).await;
        Ok(json!(ctx.version()))
    });
    let mut driver = Driver::new(code, ());
    driver.started.version = RecordedVersion::Blank;
    driver.resolved = Some(Version::new("1.4.10").unwrap());
    driver.begin();
    driver.deliver([fired(0)]);
    driver
}

fn rewound() -> Driver {
    let code = code!(|ctx, _input| {
        Ok(json!([
            ctx.call(a, json!(1)).await?,
            ctx.call(b, json!(2)).await?
        ]))
    });
    let mut driver = Driver::start(code, ());
    driver.deliver([ok(0, "kept")]);
    driver.crash().deliver([EventKind::ExecutionRewound {
        reason: "the bank is up again".into(),
        from: execution_id(1),
        execution: execution_id(9),
        version: Version::ONE.into(),
    }]);
    driver.deliver([ok(1, "again")]);
    driver
}

fn failed_with_a_typed_error() -> Driver {
    let code = code!(|ctx, _input| { Ok(ctx.call(pay, json!(1)).await?) });
    let mut driver = Driver::start(code, ());
    let mut declined = failure("declined");
    declined.origin = FailureOrigin::Application;
    declined.kind = "PayError::Declined".into();
    declined.json = Some("\"Declined\"".into());
    driver.deliver([failed(0, declined)]);
    driver
}
