//! Cancelling: of activities nobody waits for, and of instances.

use durable::client::RunError;
use durable::hub::InstanceStatus;
use durable::prelude::*;

use crate::support::{Probe, test};

#[activity]
async fn patient_work(ctx: ActivityContext, name: String) -> Result<(), Failure> {
    let probe = ctx.state::<Probe>();
    probe.note(format!("{name} begins"));
    ctx.cancel_token().cancelled().await;
    assert!(ctx.is_cancelled());
    assert!(ctx.heartbeat(&()).await.is_err(), "a heartbeat tells it too");
    probe.note(format!("{name} was cancelled"));
    Ok(())
}

#[activity]
async fn tidy_up(ctx: ActivityContext, (): ()) -> Result<(), Failure> {
    ctx.state::<Probe>().note("tidied up");
    Ok(())
}

#[orchestrator]
async fn impatient(ctx: OrchestrationContext, (): ()) -> Result<String, Failure> {
    let work = ctx.call(patient_work, "loser".to_owned());
    match ctx.select((work, ctx.event::<String>("enough"))).await {
        First(_) => Ok("worked".to_owned()),
        Second(why) => Ok(why),
    }
}

#[orchestrator]
async fn stoppable(ctx: OrchestrationContext, (): ()) -> Result<(), Failure> {
    let result = ctx.call(patient_work, "work".to_owned()).await;
    if ctx.is_cancelled() {
        ctx.call(tidy_up, ()).await?;
    }
    Ok(result?)
}

#[orchestrator]
async fn watchful(ctx: OrchestrationContext, (): ()) -> Result<String, Failure> {
    match ctx.select((ctx.timer(days(9)), ctx.cancelled())).await {
        First(()) => Ok("slept".to_owned()),
        Second(reason) => Ok(format!("stopped: {reason}")),
    }
}

#[test]
fn the_loser_of_a_select_sees_its_token_cancelled() {
    test(async |app, probe| {
        let run = app.start(impatient, ()).await.unwrap();
        probe.seen("loser begins", 1).await;
        run.raise_event("enough", &"that will do").await.unwrap();
        probe.seen("loser was cancelled", 1).await;
        assert_eq!(run.wait().await.unwrap(), "that will do");
        app.settle().await;
    });
}

#[test]
fn the_activity_of_a_terminated_instance_sees_its_token_and_no_user_code_runs() {
    test(async |app, probe| {
        let run = app.start(stoppable, ()).await.unwrap();
        probe.seen("work begins", 1).await;
        run.terminate("over").await.unwrap();
        probe.seen("work was cancelled", 1).await;
        match run.wait().await.unwrap_err() {
            RunError::Terminated(reason) => assert_eq!(reason, "over"),
            other => panic!("{other:?}"),
        }
        app.settle().await;
        assert_eq!(probe.count("tidied up"), 0);
    });
}

#[test]
fn a_cancelled_instance_compensates_and_ends_as_canceled() {
    test(async |app, probe| {
        let run = app.start(stoppable, ()).await.unwrap();
        probe.seen("work begins", 1).await;
        run.cancel("changed my mind").await.unwrap();
        match run.wait().await.unwrap_err() {
            RunError::Canceled(details) => assert_eq!(details.message, "the call was cancelled"),
            other => panic!("{other:?}"),
        }
        probe.seen("work was cancelled", 1).await;
        assert_eq!(probe.count("tidied up"), 1);
        assert_eq!(run.status().await.unwrap().status, InstanceStatus::Canceled);
    });
}

#[test]
fn an_orchestrator_may_answer_a_request_to_cancel_with_a_value() {
    test(async |app, _| {
        let run = app.start(watchful, ()).await.unwrap();
        app.settle().await;
        run.cancel("no need").await.unwrap();
        assert_eq!(run.wait().await.unwrap(), "stopped: no need");
        app.settle().await;
        assert_eq!(app.hub().next_due(), None, "the dropped timer is gone");
    });
}
