//! Moving an instance in flight to another version.

use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};

use durable::orchestration::{days, hours};
use durable::prelude::*;
use durable::{RecordedVersion, WorkerId};

use crate::releases::{one, shapes, three, two};
use crate::support::{World, outline, release, run, version, version_of};

#[test]
fn an_instance_whose_whole_history_replays_on_another_version_is_moved_and_the_move_is_recorded() {
    run(async {
        let world = World::new();
        let both = release(&["two"]);
        let client = world.client(&both);
        let worker = world.worker("w", &both).await;
        let order = client.start(two::order_v1, "tea".into()).await.unwrap();
        world.settle().await;
        order.move_to(version("2")).await.unwrap();
        assert_eq!(version_of(&order.status().await.unwrap()), "2");
        order.raise_event("address", &"Ada").await.unwrap();
        world.advance(days(1)).await;
        assert_eq!(order.wait().await.unwrap(), "2: packed tea for Ada");
        assert_eq!(
            outline(&order.history().await.unwrap().events),
            [
                "started order@1",
                "call #0 pack@1",
                "result #0",
                "Moved \"2\"",
                "event address",
                "timer #1",
                "fired #1",
                "ended",
            ]
        );
        worker.stop().await;
    });
}

#[test]
fn a_moved_instance_is_served_by_a_worker_of_its_new_version_only() {
    run(async {
        let world = World::new();
        let (first, second) = (release(&["one"]), release(&["two"]));
        let old = world.worker("old", &first).await;
        let order = world
            .client(&second)
            .start(two::order_v1, "tea".into())
            .await
            .unwrap();
        world.settle().await;
        assert_eq!(
            order.status().await.unwrap().owner,
            Some(WorkerId::new("old").unwrap())
        );
        order.move_to(version("2")).await.unwrap();
        order.raise_event("address", &"Ada").await.unwrap();
        let record = order.status().await.unwrap();
        assert_eq!(
            (record.owner, record.stalled_since.is_some()),
            (None, true),
            "the old worker is fenced"
        );
        let new = world.worker("new", &second).await;
        world.advance(days(1)).await;
        assert_eq!(order.wait().await.unwrap(), "2: packed tea for Ada");
        old.stop().await;
        new.stop().await;
    });
}

#[test]
fn a_move_is_refused_with_the_first_difference_and_changes_nothing() {
    run(async {
        let world = World::new();
        let (first, third) = (release(&["one"]), release(&["three"]));
        let worker = world.worker("w", &first).await;
        let order = world
            .client(&first)
            .start(one::order, "tea".into())
            .id("o")
            .await
            .unwrap();
        world.settle().await;
        let before = order.status().await.unwrap();
        let moving = world
            .client(&third)
            .instance("o")
            .unwrap()
            .move_to(version("3"))
            .await;
        let text = moving.unwrap_err().to_string();
        let (start, rest) = text.split_once(", at ").unwrap();
        assert_eq!(
            start,
            "instance `o` cannot be moved to version 3, whose code does not make the steps that it has recorded\n  step 3 of its history\n    recorded:  activity `pack` version 1 (task 0)\n    \
             attempted: timer (task 0)"
        );
        assert!(rest.contains("releases.rs:"), "{rest}");
        assert!(
            rest.ends_with(
                "\n  help: it goes on with version 1; let it end there, or move it at continue-as-new"
            ),
            "{rest}"
        );
        assert_eq!(order.status().await.unwrap(), before);
        order.raise_event("address", &"Ada").await.unwrap();
        assert_eq!(order.wait().await.unwrap(), "1: packed tea for Ada");
        worker.stop().await;
    });
}

#[test]
fn a_move_to_a_version_that_the_binary_lacks_or_of_an_ended_instance_is_refused() {
    run(async {
        let world = World::new();
        let first = release(&["one"]);
        let worker = world.worker("w", &first).await;
        let order = world
            .client(&first)
            .start(one::order, "tea".into())
            .id("o")
            .await
            .unwrap();
        assert_eq!(
            order.move_to(version("9")).await.unwrap_err().to_string(),
            "orchestrator `order` has no version 9 in this binary (it has 1); the move chose it"
        );
        order.raise_event("address", &"Ada").await.unwrap();
        order.wait().await.unwrap();
        assert_eq!(
            order.move_to(version("1")).await.unwrap_err().to_string(),
            "instance `o` is Completed, so it cannot be moved to another version"
        );
        worker.stop().await;
    });
}

/// The trial replay found an empty history clean whatever it was; the first turn then could not read the history.
#[test]
fn an_instance_that_has_not_begun_is_moved_and_begins_on_the_new_version() {
    run(async {
        let world = World::new();
        let both = release(&["two"]);
        let order = world
            .client(&both)
            .start(two::order_v1, "tea".into())
            .after(hours(1))
            .await
            .unwrap();
        order.move_to(version("2")).await.unwrap();
        let worker = world.worker("w", &both).await;
        world.advance(hours(1)).await;
        order.raise_event("address", &"Ada").await.unwrap();
        world.settle().await;
        worker.stop().await;
        // Another worker has to read the whole history.
        let worker = world.worker("w2", &both).await;
        world.advance(days(1)).await;
        assert_eq!(order.wait().await.unwrap(), "2: packed tea for Ada");
        assert_eq!(
            outline(&order.history().await.unwrap().events),
            [
                "Moved \"2\"",
                "started order@1",
                "call #0 pack@1",
                "result #0",
                "event address",
                "timer #1",
                "fired #1",
                "ended",
            ]
        );
        worker.stop().await;
    });
}

#[test]
fn an_instance_that_has_not_begun_is_not_moved_to_a_version_with_another_input() {
    run(async {
        let world = World::new();
        let client = world.client(&release(&["shapes"]));
        let order = client.start(shapes::other_input, 5).id("o").await.unwrap();
        assert_eq!(
            order.move_to(version("2")).await.unwrap_err().to_string(),
            "orchestrator `other_input` cannot be moved from version 1 to version 2 before its first turn: the input \
             types `u32` and `alloc::string::String` are not recorded alike"
        );
        let record = order.status().await.unwrap();
        assert_eq!(
            (record.version, record.event_count),
            (RecordedVersion::Known(version("1")), 0)
        );
    });
}

type Gate = (Sender<()>, Receiver<()>);

/// Where the code of `slow` version 2 stops for once, so that the test can do something meanwhile.
static GATE: Mutex<Option<Gate>> = Mutex::new(None);

fn pass_gate() {
    let gate = GATE.lock().unwrap().take();
    if let Some((arrived, go_on)) = gate {
        arrived.send(()).unwrap();
        go_on.recv().unwrap();
    }
}

mod slow {
    use super::*;

    #[orchestrator(version = "1")]
    pub(crate) async fn slow(ctx: OrchestrationContext, _input: ()) -> Result<u32, Failure> {
        let first = ctx.event::<u32>("number").await;
        let second = ctx.event::<u32>("number").await;
        Ok(first + second)
    }

    #[orchestrator(version = "2", superseded)]
    pub(crate) async fn slow(ctx: OrchestrationContext, _input: ()) -> Result<u32, Failure> {
        pass_gate();
        let first = ctx.event::<u32>("number").await;
        let second = ctx.event::<u32>("number").await;
        Ok(first * second)
    }
}

#[test]
fn a_move_conflicts_when_the_instance_goes_on_during_the_trial_and_may_be_tried_again() {
    run(async {
        let world = World::new();
        let both = release(&["slow"]);
        let worker = world.worker("w", &both).await;
        let started = world.client(&both).start(slow::slow, ()).id("s").await.unwrap();
        world.settle().await;
        let ((arrived, arrival), (go_on, gate)) = (channel(), channel());
        *GATE.lock().unwrap() = Some((arrived, gate));
        let moving = started.clone();
        let moving = tokio::spawn(async move { moving.move_to(version("2")).await });
        tokio::task::spawn_blocking(move || arrival.recv().unwrap())
            .await
            .unwrap();
        started.raise_event("number", &5_u32).await.unwrap();
        world.settle().await;
        go_on.send(()).unwrap();
        let text = moving.await.unwrap().unwrap_err().to_string();
        assert!(
            text.starts_with("the instance `s` stands at execution `"),
            "{text}"
        );
        assert!(text.contains("` with 7 events, not at `"), "{text}");
        assert_eq!(version_of(&started.status().await.unwrap()), "1");
        started.move_to(version("2")).await.unwrap();
        started.raise_event("number", &6_u32).await.unwrap();
        assert_eq!(started.wait().await.unwrap(), 30);
        worker.stop().await;
    });
}

#[test]
fn a_blocked_instance_is_unblocked_by_a_move_to_the_code_that_made_its_steps() {
    run(async {
        let world = World::new();
        let second = release(&["two"]);
        let client = world.client(&second);
        let good = world.worker("good", &second).await;
        let order = client.start(two::order_v1, "tea".into()).id("o").await.unwrap();
        world.settle().await;
        good.stop().await;
        // The naive deployment: version 1 with the text of version 3.
        let third = release(&["three"]);
        let edited = third
            .rows()
            .filter(|row| row.current || row.name == "pack")
            .copied();
        let edited = edited.map(|row| durable::__private::Registration {
            version: version("1"),
            ..row
        });
        let naive = durable::registry::Registry::from_rows(edited, []).unwrap();
        let naive = world
            .worker_with("naive", &naive, |options| {
                options.build = Some(durable::BuildId(9));
            })
            .await;
        order.raise_event("address", &"Ada").await.unwrap();
        order.wait_until(|record| record.blocked.is_some()).await.unwrap();
        order.move_to(version("2")).await.unwrap();
        assert!(order.status().await.unwrap().blocked.is_none());
        let good = world.worker("good again", &second).await;
        world.advance(days(1)).await;
        assert_eq!(order.wait().await.unwrap(), "2: packed tea for Ada");
        naive.stop().await;
        good.stop().await;
        let _ = three::order_v2;
    });
}
