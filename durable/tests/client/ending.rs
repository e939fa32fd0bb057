//! Ending, starting again and removing.

use durable::hub::{IdReuse, InstanceStatus, PurgeReport};
use durable::orchestration::hours;
use durable::{Clock, Payload};

use crate::functions::{limited, listen, outer, trip};
use crate::support::{World, outline, release, run};

#[test]
fn a_termination_runs_no_code_and_takes_the_children_along() {
    run(async {
        let world = World::new();
        let all = release(&["functions"]);
        let worker = world.worker("w", &all).await;
        let client = world.client(&all);
        let parent = client.start(outer, ()).await.unwrap();
        let alone = client.start(trip, "hotel".into()).await.unwrap();
        world.settle().await;
        parent.terminate("fire").await.unwrap();
        alone.terminate("fire").await.unwrap();
        let error = parent.wait().await.unwrap_err();
        assert!(matches!(&error, durable::RunError::Terminated(reason) if reason == "fire"));
        assert_eq!(error.to_string(), "the instance was terminated: fire");
        assert_eq!(
            client.get("child").await.unwrap().unwrap().status,
            InstanceStatus::Terminated
        );
        assert_eq!(
            outline(&alone.history().await.unwrap().events),
            [
                "started trip@1",
                "call #0 book@1",
                "result #0",
                "terminated",
                "ended"
            ]
        );
        assert_eq!(
            alone.terminate("again").await.unwrap_err().to_string(),
            format!("the instance `{}` has ended", alone.id())
        );
        worker.stop().await;
    });
}

#[test]
fn a_termination_alone_leaves_the_children_to_their_policy() {
    run(async {
        let world = World::new();
        let all = release(&["functions"]);
        let worker = world.worker("w", &all).await;
        let client = world.client(&all);
        let parent = client.start(outer, ()).await.unwrap();
        world.settle().await;
        parent.terminate_alone("fire").await.unwrap();
        world.settle().await;
        let child = client.instance("child").unwrap();
        assert_eq!(child.status().await.unwrap().status, InstanceStatus::Running);
        assert_eq!(
            outline(&child.history().await.unwrap().events),
            ["started listen@1", "CancelRequested \"fire\""],
            "the call's policy is to ask"
        );
        worker.stop().await;
    });
}

#[test]
fn a_restart_has_the_same_input_and_version_and_another_execution() {
    run(async {
        let world = World::new();
        let all = release(&["functions"]);
        let worker = world.worker("w", &all).await;
        let client = world.client(&all);
        let first = client
            .start(limited, 5)
            .id("o")
            .tag("shop", "north")
            .await
            .unwrap();
        first.wait().await.unwrap();
        let before = first.status().await.unwrap();
        let execution = first.restart().await.unwrap();
        assert_ne!(execution, before.execution);
        assert_eq!(first.wait().await.unwrap(), 5);
        let other = first.restart_as("p").await.unwrap();
        let copy = other.wait_ended().await.unwrap();
        assert_eq!(
            (&copy.input, &copy.version, &copy.tags),
            (&before.input, &before.version, &before.tags)
        );
        assert_eq!(copy.output, Some(Payload::encode(&5_u32).unwrap()));
        worker.stop().await;
    });
}

#[test]
fn what_still_runs_is_not_restarted_under_its_own_id() {
    run(async {
        let world = World::new();
        let client = world.client(&release(&["functions"]));
        let running = client.start(listen, "hi".into()).id("o").await.unwrap();
        assert_eq!(
            running.restart().await.unwrap_err().to_string(),
            "instance `o` exists already: orchestrator `listen` version 1, Pending; choose another id or allow \
             reuse with `.on_existing(..)`"
        );
        running.restart_as("p").await.unwrap();
        assert_eq!(client.query().all().await.unwrap().len(), 2);
    });
}

#[test]
fn a_purge_removes_an_ended_instance_with_its_children_and_nothing_that_runs() {
    run(async {
        let world = World::new();
        let all = release(&["functions"]);
        let worker = world.worker("w", &all).await;
        let client = world.client(&all);
        let parent = client.start(outer, ()).id("o").await.unwrap();
        world.settle().await;
        assert_eq!(
            parent.purge().await.unwrap_err().to_string(),
            "the instance `o` has not ended"
        );
        parent.terminate("over").await.unwrap();
        assert_eq!(
            client.purge("o").await.unwrap(),
            PurgeReport {
                purged: 2,
                complete: true
            }
        );
        assert!(client.query().all().await.unwrap().is_empty());
        assert_eq!(
            client.purge("o").await.unwrap_err().to_string(),
            "there is no instance `o`"
        );
        worker.stop().await;
    });
}

#[test]
fn a_purge_by_filter_removes_all_pages_of_what_has_ended_and_matches() {
    run(async {
        let world = World::new();
        let all = release(&["functions"]);
        let worker = world.worker("w", &all).await;
        let client = world.client(&all);
        let begin = world.clock.now();
        for number in 0..7 {
            client
                .start(limited, number)
                .id(format!("old-{number}"))
                .await
                .unwrap();
        }
        client.start(listen, "hi".into()).id("old-running").await.unwrap();
        world.advance(hours(1)).await;
        client.start(limited, 8).id("old-new").await.unwrap();
        client.start(limited, 8).id("other").await.unwrap();
        world.settle().await;
        let cutoff = begin.saturating_add(hours(1));
        let report = client
            .query()
            .id_prefix("old-")
            .ended(begin..cutoff)
            .page_size(3)
            .purge()
            .await
            .unwrap();
        assert_eq!(
            report,
            PurgeReport {
                purged: 7,
                complete: true
            }
        );
        let left = client.query().all().await.unwrap();
        let left: Vec<&str> = left.iter().map(|record| record.instance.as_str()).collect();
        assert_eq!(left, ["old-running", "old-new", "other"]);
        worker.stop().await;
    });
}

#[test]
fn a_purged_id_is_free_again() {
    run(async {
        let world = World::new();
        let client = world.client(&release(&["functions"]));
        let first = client.start(listen, "hi".into()).id("o").await.unwrap();
        first.terminate("over").await.unwrap();
        first.purge().await.unwrap();
        client
            .start(listen, "hi".into())
            .id("o")
            .on_existing(IdReuse::Reject)
            .await
            .unwrap();
    });
}
