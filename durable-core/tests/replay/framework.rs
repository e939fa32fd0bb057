//! Histories that a host of the Durable Task Framework has begun: without versions, without the inputs of calls, and
//! without markers of ours.

use crate::support::*;

/// The first turn of a host that calls `a` and the sub-orchestration `child`.
fn begun_elsewhere(code: Code) -> Driver {
    let mut driver = Driver::new(code, ());
    driver.started.version = RecordedVersion::Blank;
    let started = EventKind::ExecutionStarted(Box::new(driver.started.clone()));
    let called = EventKind::TaskScheduled {
        task: TaskId(0),
        name: "a".parse().unwrap(),
        version: RecordedVersion::Blank,
        input: Payload::unit(),
    };
    let child = EventKind::SubOrchestrationInstanceCreated {
        task: TaskId(1),
        instance: InstanceId::new("0123:1").unwrap(),
        name: "child".parse().unwrap(),
        version: RecordedVersion::Blank,
        input: Payload::unit(),
    };
    let kinds = [
        EventKind::OrchestratorStarted,
        started,
        called,
        child,
        EventKind::OrchestratorCompleted,
    ];
    driver.history = kinds.map(|kind| Event::new(at(0), kind)).into();
    driver.resolved = Some(code.version);
    driver
}

#[test]
fn a_call_that_was_recorded_without_a_version_is_one_of_any_version() {
    let code = code!(|ctx, _input| {
        let (a, child) = ctx
            .join((ctx.call(a_v2, json!(1)), ctx.call(child, json!(2))))
            .await;
        Ok(json!([a?, child?]))
    });
    let mut driver = begun_elsewhere(code);
    driver.forgetful = true;
    driver.deliver([ok(0, "done")]);
    let turn = driver.deliver([EventKind::SubOrchestrationInstanceCompleted {
        task: TaskId(1),
        result: Payload::encode("grown up").unwrap(),
    }]);
    assert_eq!(turn.result(), Some(json!(["done", "grown up"])));
}

#[test]
fn a_call_of_another_name_is_no_call_that_was_recorded_without_a_version() {
    let driver = begun_elsewhere(code!(|ctx, _input| {
        let (b, child) = ctx.join((ctx.call(b, json!(1)), ctx.call(child, json!(2)))).await;
        Ok(json!([b?, child?]))
    }));
    let halt = driver.load().unwrap_err();
    assert_eq!((halt.reason, halt.step), (HaltReason::Nondeterminism, Some(2)));
}

#[test]
fn what_others_began_without_a_version_has_one_from_the_first_turn_of_ours_on() {
    let code = code!(|ctx, _input| {
        let first = ctx.version();
        let (a, child) = ctx.join((ctx.call(a, json!(1)), ctx.call(child, json!(2)))).await;
        a?;
        child?;
        ctx.event::<Value>("go").await;
        Ok(json!([first, ctx.version()]))
    });
    let mut driver = begun_elsewhere(code);
    driver.forgetful = true;
    let turn = driver.deliver([suspend()]);
    assert_eq!(turn.version, Some(Version::ONE.into()));
    // What a worker with another default is told does not count any more.
    driver.resolved = Some(Version::new("4").unwrap());
    assert_eq!(driver.deliver([resume(), ok(0, 1)]).version, None);
    driver.deliver([EventKind::SubOrchestrationInstanceCompleted {
        task: TaskId(1),
        result: Payload::unit(),
    }]);
    assert_eq!(
        driver.deliver([event("go", ())]).result(),
        Some(json!(["1", "1"]))
    );
    let resolutions = driver.history.iter().filter(|event| {
        matches!(&event.kind, EventKind::Marker(marker) if marker.kind == MarkerKind::VersionResolved)
    });
    assert_eq!(resolutions.count(), 1);
}
