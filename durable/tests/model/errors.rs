//! What people read when something is used wrongly.

use durable::FailureDetails;
use durable::prelude::*;

use crate::support::test;

const TOO_LARGE: usize = 17 * 1024 * 1024;

#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
enum Misuse {
    EventName(String),
    ChildId(String),
    RaiseTo(String, String),
    RaiseTooMuch,
    LargeInput,
    LargeOutput,
    LargeStatus,
    LargeNext,
    LargeResult,
    NoState,
}

#[activity]
async fn weigh(_: ActivityContext, text: String) -> Result<usize, Failure> {
    Ok(text.len())
}

#[activity]
async fn inflate(_: ActivityContext, size: usize) -> Result<String, Failure> {
    Ok("x".repeat(size))
}

#[activity]
async fn without_state(ctx: ActivityContext, (): ()) -> Result<(), Failure> {
    // Through a generic function, start-up cannot see which type is asked for.
    look::<Vec<u8>>(&ctx);
    Ok(())
}

fn look<T: Send + Sync + 'static>(ctx: &ActivityContext) {
    drop(ctx.state::<T>());
}

#[orchestrator]
async fn misuse(ctx: OrchestrationContext, how: Misuse) -> Result<String, Failure> {
    match how {
        Misuse::EventName(name) => ctx.event::<()>(&name).await,
        Misuse::ChildId(id) => drop(ctx.call(misuse, Misuse::NoState).id(&id).await?),
        Misuse::RaiseTo(to, name) => ctx.raise_event(&to, &name, &())?,
        Misuse::RaiseTooMuch => ctx.raise_event("other", "parcel", &"x".repeat(TOO_LARGE))?,
        Misuse::LargeInput => drop(ctx.call(weigh, "x".repeat(TOO_LARGE)).await?),
        Misuse::LargeOutput => drop(ctx.call(inflate, TOO_LARGE).await?),
        Misuse::LargeStatus => ctx.set_custom_status(&"x".repeat(TOO_LARGE))?,
        Misuse::LargeNext => {
            return ctx
                .continue_as_new(Misuse::EventName("x".repeat(TOO_LARGE)))
                .await;
        }
        Misuse::LargeResult => return Ok("x".repeat(TOO_LARGE)),
        Misuse::NoState => ctx.call(without_state, ()).await?,
    }
    Ok(String::new())
}

/// Runs one misuse to its failure, and returns what is recorded of it.
fn failure_of(how: Misuse) -> FailureDetails {
    test(async |app, _| {
        let run = app.start(misuse, how).await.unwrap();
        let record = run
            .wait_until(|record| record.status.is_ended() || record.blocked.is_some())
            .await
            .unwrap();
        assert!(record.blocked.is_none(), "{:?}", record.blocked);
        record.failure.unwrap()
    })
}

/// Runs one misuse to the point where it blocks the instance, and returns message and place.
fn block_of(how: Misuse) -> (String, String) {
    test(async |app, _| {
        let run = app.start(misuse, how).await.unwrap();
        let record = run
            .wait_until(|record| record.status.is_ended() || record.blocked.is_some())
            .await
            .unwrap();
        let report = record.blocked.unwrap();
        run.terminate("seen").await.unwrap();
        (
            format!("{}: {}", report.reason, report.message),
            report.place.unwrap_or_default(),
        )
    })
}

#[track_caller]
fn assert_says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is missing: {text}");
    }
}

#[test]
fn a_bad_event_name_blocks_the_instance_with_the_rule_and_the_line() {
    let (message, place) = block_of(Misuse::EventName("a\u{7}b".to_owned()));
    assert_says(&message, &["misuse", "event name", "printable characters"]);
    assert_says(&place, &["errors.rs:"]);
    let (message, _) = block_of(Misuse::EventName(String::new()));
    assert_says(&message, &["the event name is empty"]);
}

#[test]
fn a_bad_id_of_a_child_blocks_the_instance_with_the_rule_and_the_line() {
    let (message, place) = block_of(Misuse::ChildId("a/b".to_owned()));
    assert_says(&message, &["misuse", "instance id", "`a/b`", "'/'"]);
    assert_says(&place, &["errors.rs:"]);
}

#[test]
fn raising_to_a_bad_id_or_with_a_bad_name_is_an_error_with_the_rule() {
    let failure = failure_of(Misuse::RaiseTo("a/b".to_owned(), "ok".to_owned()));
    assert_says(&failure.message, &["instance id", "`a/b`"]);
    let failure = failure_of(Misuse::RaiseTo("ok".to_owned(), "@bad".to_owned()));
    assert_says(&failure.message, &["event name", "`@bad`"]);
}

#[test]
fn a_payload_that_is_too_large_is_refused_naming_function_and_field() {
    let limit = "larger than the 16777216 bytes allowed";
    let failure = failure_of(Misuse::LargeInput);
    assert_says(&failure.message, &["the input of `weigh`", limit]);
    let failure = failure_of(Misuse::LargeOutput);
    assert_says(&failure.message, &["the output of `inflate`", limit]);
    let failure = failure_of(Misuse::RaiseTooMuch);
    assert_says(&failure.message, &["the data of event `parcel`", limit]);
    let failure = failure_of(Misuse::LargeStatus);
    assert_says(&failure.message, &["the custom status of `misuse`", limit]);
    let failure = failure_of(Misuse::LargeResult);
    assert_says(&failure.message, &["the output of `misuse`", limit]);
    let (message, place) = block_of(Misuse::LargeNext);
    assert_says(&message, &["the next execution of `misuse`", limit]);
    assert_says(&place, &["errors.rs:"]);
}

#[test]
fn a_client_s_payload_that_is_too_large_is_refused_naming_function_and_field() {
    let limit = "larger than the 16777216 bytes allowed";
    test(async |app, _| {
        let large = "x".repeat(TOO_LARGE);
        let error = app
            .start(misuse, Misuse::EventName(large.clone()))
            .await
            .unwrap_err();
        assert_says(&error.to_string(), &["the input of `misuse`", limit]);
        let run = app
            .start(misuse, Misuse::EventName("go".to_owned()))
            .await
            .unwrap();
        let error = run.raise_event("go", &large).await.unwrap_err();
        assert_says(&error.to_string(), &["the data of event `go`", limit]);
        run.terminate("seen").await.unwrap();
    });
}

#[test]
fn missing_state_that_start_up_could_not_see_fails_the_activity_with_the_fix() {
    let failure = failure_of(Misuse::NoState);
    assert_says(
        &failure.message,
        &["alloc::vec::Vec<u8>", "add `.state(..)` to the app"],
    );
}
