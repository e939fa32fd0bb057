//! The test kit plays deployments: the same hub and clock, other functions.

#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

use durable::client::ClientError;
use durable::prelude::*;
use durable::testkit::TestApp;
use durable::{Registry, WorkerId};

mod first {
    use durable::prelude::*;

    #[activity]
    pub(crate) async fn greet(_ctx: ActivityContext, name: String) -> Result<String, Failure> {
        Err(Failure::new(format!("{name} must not be greeted in a test")))
    }

    #[orchestrator]
    pub(crate) async fn order(ctx: OrchestrationContext, name: String) -> Result<String, Failure> {
        let greeting = ctx.call(greet, name).await?;
        ctx.timer(days(1)).await;
        Ok(format!("1: {greeting}"))
    }
}

mod second {
    use durable::prelude::*;

    #[activity]
    pub(crate) async fn greet(_ctx: ActivityContext, name: String) -> Result<String, Failure> {
        Err(Failure::new(format!("{name} must not be greeted in a test")))
    }

    #[orchestrator(version = "1", superseded)]
    pub(crate) async fn order(ctx: OrchestrationContext, name: String) -> Result<String, Failure> {
        let greeting = ctx.call(greet, name).await?;
        ctx.timer(days(1)).await;
        Ok(format!("1: {greeting}"))
    }

    #[orchestrator(version = "2")]
    pub(crate) async fn order(ctx: OrchestrationContext, name: String) -> Result<String, Failure> {
        ctx.timer(hours(1)).await;
        Ok(format!("2: {}", ctx.call(greet, name).await?))
    }
}

mod naive {
    use durable::prelude::*;

    #[activity]
    pub(crate) async fn greet(_ctx: ActivityContext, name: String) -> Result<String, Failure> {
        Ok(name)
    }

    #[orchestrator]
    pub(crate) async fn order(ctx: OrchestrationContext, name: String) -> Result<String, Failure> {
        ctx.timer(hours(1)).await;
        Ok(format!("edited: {}", ctx.call(greet, name).await?))
    }
}

fn release(module: &str) -> Registry {
    Registry::collected_in(&format!("redeploy::{module}")).unwrap()
}

fn app() -> TestApp {
    let app = TestApp::with_registry(release("first"));
    app.mock(first::greet, |name| Ok(format!("hello {name}")));
    app
}

#[test]
fn old_instances_end_on_their_version_and_new_ones_start_on_the_new() {
    app().run(async |app| {
        let old = app.start(first::order, "Ada".to_owned()).await.unwrap();
        app.settle().await;
        app.redeploy(release("second")).await;
        let new = app.start(second::order, "Bob".to_owned()).await.unwrap();
        app.advance(days(1)).await;
        assert_eq!(old.wait().await.unwrap(), "1: hello Ada");
        assert_eq!(new.wait().await.unwrap(), "2: hello Bob");
    });
}

#[test]
fn a_deployment_after_a_crash_takes_over_what_the_dead_worker_held() {
    app().run(async |app| {
        let old = app.start(first::order, "Ada".to_owned()).await.unwrap();
        app.settle().await;
        app.crash_and_redeploy(release("second")).await;
        app.advance(days(1)).await;
        assert_eq!(old.wait().await.unwrap(), "1: hello Ada");
    });
}

#[test]
fn a_naive_edit_blocks_the_instance_until_the_right_code_is_deployed() {
    app().run(async |app| {
        let run = app.start(first::order, "Ada".to_owned()).await.unwrap();
        app.settle().await;
        app.redeploy(release("naive")).await;
        app.advance(days(1)).await;
        let blocked = run.status().await.unwrap().blocked.expect("it is blocked");
        assert_eq!(blocked.reason, "nondeterminism");
        assert!(
            blocked.message.contains("activity `greet`"),
            "{}",
            blocked.message
        );

        app.redeploy(release("second")).await;
        run.resume("the right code is back").await.unwrap();
        assert_eq!(run.wait().await.unwrap(), "1: hello Ada");
    });
}

#[test]
fn the_client_follows_the_functions_of_the_latest_release() {
    app().run(async |app| {
        let old_client = app.client().clone();
        let run = app.start(first::order, "Ada".to_owned()).await.unwrap();
        app.settle().await;
        app.redeploy(release("second")).await;
        let unknown = old_client
            .instance(run.id().as_str())
            .unwrap()
            .move_to("2".parse().unwrap())
            .await;
        assert!(matches!(unknown, Err(ClientError::Policy(_))), "{unknown:?}");
        let refused = app
            .client()
            .instance(run.id().as_str())
            .unwrap()
            .move_to("2".parse().unwrap())
            .await;
        assert!(
            matches!(refused, Err(ClientError::TrialReplay { .. })),
            "{refused:?}"
        );
    });
}

#[test]
fn a_worker_id_of_the_tests_own_stays() {
    let id = WorkerId::new("till-7").unwrap();
    let own = id.clone();
    app().options(|options| options.id = Some(own)).run(async |app| {
        for _ in 0..2 {
            let workers = app.client().workers().await.unwrap();
            assert_eq!(
                workers.iter().map(|worker| &worker.worker).collect::<Vec<_>>(),
                [&id]
            );
            app.crash().await;
        }
        app.restart().await;
        let run = app.start(first::order, "Ada".to_owned()).await.unwrap();
        app.advance(days(1)).await;
        run.wait().await.unwrap();
    });
}
