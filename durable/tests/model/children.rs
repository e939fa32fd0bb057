//! Sub-orchestrations.

use durable::history::ChildPolicy;
use durable::hub::InstanceStatus;
use durable::prelude::*;

use crate::support::{Probe, test};

#[activity]
async fn farewell(ctx: ActivityContext, name: String) -> Result<(), Failure> {
    ctx.state::<Probe>().note(format!("{name} says farewell"));
    Ok(())
}

#[orchestrator]
async fn child(ctx: OrchestrationContext, name: String) -> Result<String, Failure> {
    match ctx.select((ctx.event::<String>("word"), ctx.cancelled())).await {
        First(word) => Ok(format!("{name}: {word}")),
        Second(_) => {
            ctx.call(farewell, name).await?;
            Err(Failure::new("cancelled"))
        }
    }
}

#[orchestrator]
async fn awaiting(ctx: OrchestrationContext, (): ()) -> Result<String, Failure> {
    Ok(ctx.call(child, "awaited".to_owned()).id("the-child").await?)
}

#[orchestrator]
async fn detaching(ctx: OrchestrationContext, (): ()) -> Result<(), Failure> {
    ctx.call(child, "detached".to_owned()).id("the-detached").detach();
    Ok(())
}

#[orchestrator]
async fn guardian(ctx: OrchestrationContext, (): ()) -> Result<(), Failure> {
    let policies = [
        ("cancelled", ChildPolicy::Cancel),
        ("terminated", ChildPolicy::Terminate),
        ("abandoned", ChildPolicy::Abandon),
    ];
    let children = policies.map(|(id, policy)| {
        ctx.call(child, id.to_owned())
            .id(id)
            .on_parent_end(policy)
            .start()
    });
    ctx.event::<()>("go").await;
    drop(children);
    Ok(())
}

#[orchestrator]
async fn failing_child(_: OrchestrationContext, (): ()) -> Result<(), Failure> {
    Err(Failure::of_kind("Broken", "the child broke"))
}

#[orchestrator]
async fn parent_of_failing(ctx: OrchestrationContext, (): ()) -> Result<String, Failure> {
    match ctx.call(failing_child, ()).await {
        Err(CallError::App(failure)) => Ok(failure.details().kind.clone()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_parent_gets_its_child_s_value_over_a_crash() {
    test(async |app, _| {
        let run = app.start(awaiting, ()).await.unwrap();
        app.settle().await;
        app.crash().await;
        let child = app.client().instance("the-child").unwrap();
        assert_eq!(child.status().await.unwrap().parent.unwrap().instance, *run.id());
        child.raise_event("word", &"hello").await.unwrap();
        assert_eq!(run.wait().await.unwrap(), "awaited: hello");
    });
}

#[test]
fn a_parent_gets_its_child_s_typed_error() {
    test(async |app, _| {
        let run = app.start(parent_of_failing, ()).await.unwrap();
        assert_eq!(run.wait().await.unwrap(), "Broken");
    });
}

#[test]
fn a_detached_child_goes_on_after_its_parent_has_ended() {
    test(async |app, _| {
        let run = app.start(detaching, ()).await.unwrap();
        run.wait().await.unwrap();
        app.settle().await;
        let child = app.client().instance("the-detached").unwrap();
        assert_eq!(child.status().await.unwrap().status, InstanceStatus::Running);
        child.raise_event("word", &"bye").await.unwrap();
        let record = child.wait_ended().await.unwrap();
        assert_eq!(
            record.output.unwrap().decode::<String>().unwrap(),
            "detached: bye"
        );
    });
}

#[test]
fn children_follow_their_policy_when_their_parent_ends() {
    for terminated in [false, true] {
        test(async |app, probe| {
            let run = app.start(guardian, ()).await.unwrap();
            app.settle().await;
            if terminated {
                run.terminate("over").await.unwrap();
            } else {
                run.raise_event("go", &()).await.unwrap();
            }
            run.wait_ended().await.unwrap();
            app.settle().await;
            let status = async |id: &str| app.client().instance(id).unwrap().status().await.unwrap().status;
            assert_eq!(status("terminated").await, InstanceStatus::Terminated);
            assert_eq!(status("abandoned").await, InstanceStatus::Running);
            assert_eq!(probe.count("abandoned says farewell"), 0);
            if terminated {
                // Asked for by a person, who wants all of it to stop.
                assert_eq!(status("cancelled").await, InstanceStatus::Terminated);
            } else {
                assert_eq!(status("cancelled").await, InstanceStatus::Canceled);
                assert_eq!(probe.notes(), ["cancelled says farewell"]);
            }
        });
    }
}
