//! Events, suspension and requests to cancel.

use durable::hub::InstanceStatus;

use crate::functions::{listen, trip};
use crate::support::{World, outline, release, run};

#[test]
fn an_event_to_a_missing_or_ended_instance_is_refused() {
    run(async {
        let world = World::new();
        let client = world.client(&release(&["functions"]));
        let missing = client.instance("nobody").unwrap();
        assert_eq!(
            missing.raise_event("word", &"Ada").await.unwrap_err().to_string(),
            "there is no instance `nobody`"
        );
        let ended = client.start(listen, "hi".into()).id("o").await.unwrap();
        ended.terminate("over").await.unwrap();
        assert_eq!(
            ended.raise_event("word", &"Ada").await.unwrap_err().to_string(),
            "the instance `o` has ended"
        );
        let bad = ended.raise_event("a\tb", &"Ada").await.unwrap_err().to_string();
        assert!(
            bad.starts_with("the event name `a\tb` has '\\t' at byte 1"),
            "{bad}"
        );
    });
}

#[test]
fn a_suspended_instance_keeps_its_events_in_order_until_it_is_resumed() {
    run(async {
        let world = World::new();
        let all = release(&["functions"]);
        let worker = world.worker("w", &all).await;
        let started = world.client(&all).start(listen, "hi".into()).await.unwrap();
        started.suspend("holiday").await.unwrap();
        for word in ["Ada", "Bob", "Eve"] {
            started.raise_event("word", &word).await.unwrap();
        }
        world.settle().await;
        assert_eq!(started.status().await.unwrap().status, InstanceStatus::Suspended);
        started.resume("back").await.unwrap();
        assert_eq!(started.wait().await.unwrap(), "hi Ada Bob");
        assert_eq!(
            outline(&started.history().await.unwrap().events),
            [
                "started listen@1",
                "suspended",
                "event word",
                "event word",
                "event word",
                "resumed",
                "ended"
            ]
        );
        worker.stop().await;
    });
}

#[test]
fn a_request_to_cancel_lets_the_instance_compensate_and_ends_it_as_canceled() {
    run(async {
        let world = World::new();
        let all = release(&["functions"]);
        let worker = world.worker("w", &all).await;
        let started = world.client(&all).start(trip, "hotel".into()).await.unwrap();
        world.settle().await;
        started.cancel("rain").await.unwrap();
        let error = started.wait().await.unwrap_err();
        assert!(matches!(error, durable::RunError::Canceled(_)));
        assert_eq!(
            error.to_string(),
            "the instance was canceled: Failure: gave it back: rain"
        );
        assert_eq!(started.status().await.unwrap().status, InstanceStatus::Canceled);
        assert_eq!(
            outline(&started.history().await.unwrap().events),
            [
                "started trip@1",
                "call #0 book@1",
                "result #0",
                "CancelRequested \"rain\"",
                "call #1 unbook@1",
                "result #1",
                "ended",
            ]
        );
        worker.stop().await;
    });
}

#[test]
fn every_signal_to_what_is_not_there_says_so() {
    run(async {
        let world = World::new();
        let missing = world.client(&release(&["functions"])).instance("nobody").unwrap();
        let answers = [
            missing.terminate("x").await,
            missing.terminate_alone("x").await,
            missing.cancel("x").await,
            missing.suspend("x").await,
            missing.resume("x").await,
            missing.wait_ended().await.map(drop),
            missing.wait_until(|_| true).await.map(drop),
            missing.status().await.map(drop),
            missing.history().await.map(drop),
            missing.restart().await.map(drop),
            missing.rewind("x").await,
            missing.move_to(durable::Version::ONE).await,
            missing.purge().await.map(drop),
        ];
        for answer in answers {
            let error = answer.unwrap_err();
            assert!(matches!(error, durable::ClientError::NotFound(_)), "{error:?}");
            assert_eq!(error.to_string(), "there is no instance `nobody`");
        }
    });
}
