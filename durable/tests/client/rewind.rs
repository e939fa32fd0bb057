//! Rewinding a failed instance.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use durable::Version;
use durable::hub::InstanceStatus;
use durable::orchestration::hours;

use crate::outside::{token, token_after};
use crate::support::{World, outline, release, run, version, version_of};

static REPAIRED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
static CALLS: Mutex<BTreeMap<String, u32>> = Mutex::new(BTreeMap::new());

/// Lets the activity called with this text succeed from now on.
pub(crate) fn repair(text: &str) {
    REPAIRED.lock().unwrap().insert(text.to_owned());
}

fn calls(text: &str) -> u32 {
    CALLS.lock().unwrap().get(text).copied().unwrap_or(0)
}

pub(crate) mod flaky {
    use durable::prelude::*;

    use super::{CALLS, REPAIRED};
    use crate::outside::{ask_a_person, token};

    fn attempt(text: &str) -> Result<String, Failure> {
        *CALLS.lock().unwrap().entry(text.to_owned()).or_default() += 1;
        if REPAIRED.lock().unwrap().contains(text) {
            return Ok(format!("{text} done"));
        }
        Err(Failure::new(format!("{text} broke")))
    }

    #[activity]
    pub(crate) async fn flaky(_ctx: ActivityContext, text: String) -> Result<String, Failure> {
        attempt(&text)
    }

    /// Fails only when the person was asked, so that the instance does not end before.
    #[activity]
    async fn flaky_once_asked(_ctx: ActivityContext, text: String) -> Result<String, Failure> {
        token(&text).await;
        attempt(&text)
    }

    #[orchestrator]
    pub(crate) async fn one_call(ctx: OrchestrationContext, text: String) -> Result<String, Failure> {
        ctx.event::<()>("go").await;
        Ok(ctx.call(flaky, text).await?)
    }

    /// Fails only when the person has answered, a turn after the failure came.
    #[orchestrator]
    pub(crate) async fn fan_out(ctx: OrchestrationContext, text: String) -> Result<String, Failure> {
        let parts = (ctx.call(flaky, text.clone()), ctx.call(ask_a_person, text));
        let (done, answer) = ctx.join(parts).await;
        Ok(format!("{} {}", done?, answer?))
    }

    /// Fails while a timer and an activity are open, and looks at both afterwards.
    #[orchestrator]
    pub(crate) async fn with_open(ctx: OrchestrationContext, text: String) -> Result<String, Failure> {
        let asked = ctx.call(ask_a_person, text.clone()).start();
        let timer = ctx.timer(hours(5)).start();
        let done = ctx.call(flaky_once_asked, text).await?;
        let (answer, ()) = ctx.join((asked, timer)).await;
        Ok(format!("{done} {}", answer?))
    }

    #[orchestrator(version = "1")]
    pub(crate) async fn logic(ctx: OrchestrationContext, text: String) -> Result<String, Failure> {
        let done = ctx.call(flaky, text).await?;
        match ctx.event::<String>("word").await.as_str() {
            "expected" => Ok(done),
            word => Err(Failure::new(format!("what is `{word}`?"))),
        }
    }

    #[orchestrator(version = "2", superseded)]
    pub(crate) async fn logic(ctx: OrchestrationContext, text: String) -> Result<String, Failure> {
        let done = ctx.call(flaky, text).await?;
        let word = ctx.event::<String>("word").await;
        Ok(format!("{done} {word}"))
    }

    /// Makes other steps from the beginning.
    #[orchestrator(version = "3", superseded)]
    pub(crate) async fn logic(ctx: OrchestrationContext, text: String) -> Result<String, Failure> {
        ctx.timer(hours(1)).await;
        Ok(ctx.call(flaky, text).await?)
    }

    #[orchestrator(version = "1")]
    pub(crate) async fn at_once(_ctx: OrchestrationContext, text: String) -> Result<String, Failure> {
        Err(Failure::new(format!("I do not know {text}")))
    }

    #[orchestrator(version = "2", superseded)]
    pub(crate) async fn at_once(_ctx: OrchestrationContext, text: String) -> Result<String, Failure> {
        Ok(format!("I know {text}"))
    }
}

#[test]
fn a_failed_activity_runs_again_on_the_instance_s_own_version() {
    run(async {
        let world = World::new();
        let all = release(&["flaky", "outside"]);
        let worker = world.worker("w", &all).await;
        let started = world
            .client(&all)
            .start(flaky::one_call, "a1".into())
            .id("o")
            .await
            .unwrap();
        started.raise_event("go", &()).await.unwrap();
        assert_eq!(started.wait().await.unwrap_err().to_string(), "a1 broke");
        let before = started.status().await.unwrap();
        repair("a1");
        started.rewind("it is repaired").await.unwrap();
        assert_eq!(started.wait().await.unwrap(), "a1 done");
        let after = started.status().await.unwrap();
        assert_ne!(before.execution, after.execution);
        assert_eq!(
            (after.failure, version_of(&before)),
            (None, after.version.to_string())
        );
        assert_eq!(calls("a1"), 2);
        assert_eq!(
            outline(&started.history().await.unwrap().events),
            [
                "started one_call@1",
                "event go",
                "call #0 flaky@1",
                "rewound on 1",
                "resumed",
                "result #0",
                "ended"
            ]
        );
        worker.stop().await;
    });
}

#[test]
fn an_instance_that_fails_again_is_rewound_again() {
    run(async {
        let world = World::new();
        let all = release(&["flaky", "outside"]);
        let worker = world.worker("w", &all).await;
        let started = world
            .client(&all)
            .start(flaky::one_call, "a2".into())
            .await
            .unwrap();
        started.raise_event("go", &()).await.unwrap();
        started.wait().await.unwrap_err();
        for _ in 0..2 {
            started.rewind("again").await.unwrap();
            assert_eq!(started.wait().await.unwrap_err().to_string(), "a2 broke");
        }
        repair("a2");
        started.rewind("now").await.unwrap();
        assert_eq!(started.wait().await.unwrap(), "a2 done");
        assert_eq!(calls("a2"), 4);
        worker.stop().await;
    });
}

/// Only the last turn used to be cut off. The failure that caused the end stood in an earlier one, and so the
/// instance failed again at once, whatever had been repaired.
#[test]
fn a_failure_that_came_before_the_last_turn_runs_again_and_what_succeeded_since_does_not() {
    run(async {
        let world = World::new();
        let all = release(&["flaky", "outside"]);
        let worker = world.worker("w", &all).await;
        let client = world.client(&all);
        let started = client.start(flaky::fan_out, "f1".into()).await.unwrap();
        world.settle().await;
        client
            .complete_activity(&token("f1").await, &7_u32)
            .await
            .unwrap();
        assert_eq!(started.wait().await.unwrap_err().to_string(), "f1 broke");
        repair("f1");
        started.rewind("it is repaired").await.unwrap();
        assert_eq!(
            started.wait().await.unwrap(),
            "f1 done 7",
            "the person is not asked again"
        );
        assert_eq!(calls("f1"), 2);
        worker.stop().await;
    });
}

#[test]
fn open_timers_and_activities_are_sent_again_exactly_once() {
    run(async {
        let world = World::new();
        let all = release(&["flaky", "outside"]);
        let worker = world.worker("w", &all).await;
        let client = world.client(&all);
        let started = client.start(flaky::with_open, "o1".into()).await.unwrap();
        started.wait().await.unwrap_err();
        let old = token("o1").await;
        repair("o1");
        started.rewind("it is repaired").await.unwrap();
        world.settle().await;
        let new = token_after("o1", Some(&old)).await;
        assert_ne!(
            old, new,
            "the person is asked again: the first question died with the execution"
        );
        assert_eq!(
            client
                .complete_activity(&old, &1_u32)
                .await
                .unwrap_err()
                .to_string(),
            format!("there is no activity `{old}` that is waited for")
        );
        client.complete_activity(&new, &2_u32).await.unwrap();
        world.advance(hours(5)).await;
        assert_eq!(started.wait().await.unwrap(), "o1 done 2");
        let events = outline(&started.history().await.unwrap().events);
        for once in ["result #0", "fired #1", "result #2"] {
            assert_eq!(
                events.iter().filter(|event| *event == once).count(),
                1,
                "{once} in {events:?}"
            );
        }
        worker.stop().await;
    });
}

#[test]
fn failed_logic_is_rewound_on_the_version_that_repairs_it_and_gets_its_event_again() {
    run(async {
        let world = World::new();
        let all = release(&["flaky", "outside"]);
        let worker = world.worker("w", &all).await;
        repair("l1");
        let started = world.client(&all).start(flaky::logic, "l1".into()).await.unwrap();
        started.raise_event("word", &"surprise").await.unwrap();
        assert_eq!(
            started.wait().await.unwrap_err().to_string(),
            "what is `surprise`?"
        );
        started.rewind("on its own version it fails again").await.unwrap();
        assert_eq!(
            started.wait().await.unwrap_err().to_string(),
            "what is `surprise`?"
        );
        started
            .rewind_to(version("2"), "version 2 knows every word")
            .await
            .unwrap();
        assert_eq!(started.wait().await.unwrap(), "l1 done surprise");
        assert_eq!(version_of(&started.status().await.unwrap()), "2");
        assert_eq!(calls("l1"), 1, "the activity had succeeded");
        worker.stop().await;
    });
}

#[test]
fn a_rewind_on_a_version_that_made_other_steps_blocks_visibly_and_can_be_moved_back() {
    run(async {
        let world = World::new();
        let all = release(&["flaky", "outside"]);
        let worker = world.worker("w", &all).await;
        repair("l2");
        let started = world.client(&all).start(flaky::logic, "l2".into()).await.unwrap();
        started.raise_event("word", &"surprise").await.unwrap();
        started.wait().await.unwrap_err();
        started.rewind_to(version("3"), "a mistake").await.unwrap();
        let record = started
            .wait_until(|record| record.blocked.is_some())
            .await
            .unwrap();
        let message = record.blocked.unwrap().message;
        assert!(
            message.contains("recorded:  activity `flaky` version 1 (task 0)"),
            "{message}"
        );
        assert!(message.contains("attempted: timer (task 0)"), "{message}");
        started.move_to(version("2")).await.unwrap();
        assert_eq!(started.wait().await.unwrap(), "l2 done surprise");
        worker.stop().await;
    });
}

#[test]
fn an_instance_that_failed_in_its_very_first_turn_begins_again() {
    run(async {
        let world = World::new();
        let all = release(&["flaky", "outside"]);
        let worker = world.worker("w", &all).await;
        let started = world
            .client(&all)
            .start(flaky::at_once, "Rust".into())
            .await
            .unwrap();
        started.wait().await.unwrap_err();
        started.rewind("on its own version it fails again").await.unwrap();
        assert_eq!(
            started.wait().await.unwrap_err().to_string(),
            "I do not know Rust"
        );
        started
            .rewind_to(version("2"), "version 2 knows it")
            .await
            .unwrap();
        assert_eq!(started.wait().await.unwrap(), "I know Rust");
        assert_eq!(
            outline(&started.history().await.unwrap().events),
            ["started at_once@2", "ended"]
        );
        worker.stop().await;
    });
}

#[test]
fn an_instance_that_was_moved_before_it_began_and_failed_at_once_is_rewound() {
    run(async {
        let world = World::new();
        let all = release(&["flaky", "outside"]);
        let client = world.client(&all);
        let started = client.start(flaky::at_once_v2, "Rust".into()).await.unwrap();
        started.move_to(Version::ONE).await.unwrap();
        let worker = world.worker("w", &all).await;
        started.wait().await.unwrap_err();
        started.rewind_to(version("2"), "back").await.unwrap();
        assert_eq!(started.wait().await.unwrap(), "I know Rust");
        worker.stop().await;
    });
}

#[test]
fn only_a_failed_instance_is_rewound() {
    run(async {
        let world = World::new();
        let all = release(&["flaky", "outside"]);
        let worker = world.worker("w", &all).await;
        let started = world
            .client(&all)
            .start(flaky::one_call, "n1".into())
            .id("o")
            .await
            .unwrap();
        world.settle().await;
        let text = async || started.rewind("x").await.unwrap_err().to_string();
        assert_eq!(text().await, "instance `o` is Running, so it cannot be rewound");
        started.terminate("over").await.unwrap();
        assert_eq!(
            text().await,
            "instance `o` is Terminated, so it cannot be rewound"
        );
        assert_eq!(started.status().await.unwrap().status, InstanceStatus::Terminated);
        worker.stop().await;
    });
}
