//! Starting.

use std::sync::Arc;

use durable::client::Client;
use durable::hub::{IdReuse, InstanceStatus};
use durable::orchestration::hours;
use durable::registry::DefaultVersions;
use durable::{Clock, Payload};
use durable_testkit::{Fault, FaultyHub};

use crate::functions::{limited, listen};
use crate::support::{World, outline, release, run};

fn client(world: &World) -> Client {
    world.client(&release(&["functions"]))
}

#[test]
fn a_start_has_the_id_it_asks_for_or_one_drawn_at_random() {
    run(async {
        let world = World::new();
        let client = client(&world);
        let own = client.start(listen, "hi".into()).id("order-42").await.unwrap();
        assert_eq!(own.id().as_str(), "order-42");
        let random = client.start(listen, "hi".into()).await.unwrap();
        assert_eq!(random.id().as_str().len(), 32);
        assert_ne!(random.id(), client.start(listen, "hi".into()).await.unwrap().id());
        assert_eq!(
            random.execution(),
            Some(&random.status().await.unwrap().execution)
        );
    });
}

#[test]
fn a_malformed_id_is_refused_with_the_rule() {
    run(async {
        let world = World::new();
        let client = client(&world);
        let text = async |id: &str| {
            client
                .start(listen, "hi".into())
                .id(id)
                .await
                .unwrap_err()
                .to_string()
        };
        let rule = "allowed: any character but control characters, `/`, `\\`, `#`, `?`, and `@` at the start";
        assert_eq!(
            text("a/b").await,
            format!("the instance id `a/b` has '/' at byte 1; {rule}")
        );
        assert_eq!(
            text("@order").await,
            format!("the instance id `@order` has '@' at byte 0; {rule}")
        );
        assert_eq!(text("").await, "the instance id is empty");
        assert_eq!(
            client.instance("a#b").unwrap_err().to_string(),
            format!("the instance id `a#b` has '#' at byte 1; {rule}")
        );
        assert!(client.query().all().await.unwrap().is_empty());
    });
}

const TAKEN: &str = "instance `o` exists already: orchestrator `listen` version 1, ";
const ADVICE: &str = "; choose another id or allow reuse with `.on_existing(..)`";

#[test]
fn a_taken_id_is_refused_by_default_while_the_instance_runs_and_replaced_when_it_has_ended() {
    run(async {
        let world = World::new();
        let client = client(&world);
        let first = client.start(listen, "1".into()).id("o").await.unwrap();
        let refused = client.start(listen, "2".into()).id("o").await.unwrap_err();
        assert_eq!(refused.to_string(), format!("{TAKEN}Pending{ADVICE}"));
        first.terminate("over").await.unwrap();
        let second = client.start(listen, "2".into()).id("o").await.unwrap();
        assert_ne!(first.execution(), second.execution());
        assert_eq!(second.status().await.unwrap().status, InstanceStatus::Pending);
    });
}

#[test]
fn reject_refuses_a_taken_id_even_when_the_instance_has_ended() {
    run(async {
        let world = World::new();
        let client = client(&world);
        let first = client.start(listen, "1".into()).id("o").await.unwrap();
        first.terminate("over").await.unwrap();
        let refused = client
            .start(listen, "2".into())
            .id("o")
            .on_existing(IdReuse::Reject)
            .await;
        assert_eq!(
            refused.unwrap_err().to_string(),
            format!("{TAKEN}Terminated{ADVICE}")
        );
    });
}

#[test]
fn use_existing_returns_what_is_there_running_or_ended() {
    run(async {
        let world = World::new();
        let client = client(&world);
        let first = client.start(listen, "1".into()).id("o").await.unwrap();
        let again = client
            .start(listen, "2".into())
            .id("o")
            .on_existing(IdReuse::UseExisting);
        assert_eq!(again.clone().await.unwrap().execution(), first.execution());
        first.terminate("over").await.unwrap();
        assert_eq!(again.await.unwrap().execution(), first.execution());
        assert_eq!(
            first.status().await.unwrap().input,
            Payload::encode(&"1").unwrap()
        );
    });
}

#[test]
fn terminate_existing_replaces_a_running_instance() {
    run(async {
        let world = World::new();
        let client = client(&world);
        let first = client.start(listen, "1".into()).id("o").await.unwrap();
        let second = client
            .start(listen, "2".into())
            .id("o")
            .on_existing(IdReuse::TerminateExisting)
            .await
            .unwrap();
        assert_ne!(first.execution(), second.execution());
        assert_eq!(
            second.status().await.unwrap().input,
            Payload::encode(&"2").unwrap()
        );
    });
}

/// A start could not be sent again at all, and one without an id of its own drew another each time.
#[test]
fn a_start_whose_answer_was_lost_is_sent_again_and_starts_once() {
    run(async {
        let world = World::new();
        let faulty = FaultyHub::new(world.shared());
        let client = Client::with_registry(
            faulty.hub(),
            Arc::new(release(&["functions"])),
            DefaultVersions::new(),
        );
        let start = client.start(listen, "hi".into());
        faulty.inject(Fault::LoseReply(1));
        let lost = start.clone().await.unwrap_err().to_string();
        assert_eq!(lost, "injected: the reply was lost at operation 1 (Start)");
        faulty.repair();
        let run = start.await.unwrap();
        let all = client.query().all().await.unwrap();
        assert_eq!(all.len(), 1);
        assert_eq!(
            (&all[0].instance, Some(&all[0].execution)),
            (run.id(), run.execution())
        );

        let named = client
            .start(listen, "hi".into())
            .id("named")
            .on_existing(IdReuse::Reject);
        faulty.inject(Fault::LoseReply(faulty.count() + 1));
        named.clone().await.unwrap_err();
        faulty.repair();
        named.await.unwrap();
        assert_eq!(client.query().all().await.unwrap().len(), 2);
    });
}

#[test]
fn starts_with_one_idempotency_key_are_one_start_whoever_sends_them() {
    run(async {
        let world = World::new();
        let (one, other) = (client(&world), client(&world));
        let first = one
            .start(listen, "hi".into())
            .id("o")
            .idempotency_key("request-7")
            .await
            .unwrap();
        let again = other
            .start(listen, "hi".into())
            .id("o")
            .idempotency_key("request-7")
            .await
            .unwrap();
        assert_eq!(first.execution(), again.execution());
        let another = other
            .start(listen, "hi".into())
            .id("o")
            .idempotency_key("request-8")
            .await;
        assert_eq!(
            another.unwrap_err().to_string(),
            format!("{TAKEN}Pending{ADVICE}")
        );
        // Without an id the key decides that too, for each orchestrator by itself.
        let first = one
            .start(listen, "hi".into())
            .idempotency_key("request-7")
            .await
            .unwrap();
        let again = other
            .start(listen, "hi".into())
            .idempotency_key("request-7")
            .await
            .unwrap();
        assert_eq!((first.id(), first.execution()), (again.id(), again.execution()));
        let differs = other
            .start(limited, 5)
            .idempotency_key("request-7")
            .await
            .unwrap();
        assert_ne!(differs.id(), first.id());
        assert_eq!(one.query().all().await.unwrap().len(), 3);
    });
}

#[test]
fn a_scheduled_start_waits_for_its_moment() {
    run(async {
        let world = World::new();
        let client = client(&world);
        let worker = world.worker("w", &release(&["functions"])).await;
        let due = world.clock.now().saturating_add(hours(2));
        let after = client.start(limited, 1).after(hours(2)).await.unwrap();
        let at = client.start(limited, 2).at(due).await.unwrap();
        world.advance(hours(1)).await;
        for started in [&after, &at] {
            let record = started.status().await.unwrap();
            assert_eq!(
                (record.status, record.scheduled_start),
                (InstanceStatus::Pending, Some(due))
            );
            assert_eq!(record.stalled_since, None);
        }
        world.advance(hours(1)).await;
        assert_eq!((after.wait().await.unwrap(), at.wait().await.unwrap()), (1, 2));
        worker.stop().await;
    });
}

#[test]
fn tags_are_kept_and_found() {
    run(async {
        let world = World::new();
        let client = client(&world);
        client
            .start(listen, "a".into())
            .id("a")
            .tag("shop", "north")
            .tag("kind", "gift")
            .await
            .unwrap();
        client
            .start(listen, "b".into())
            .id("b")
            .tag("shop", "south")
            .await
            .unwrap();
        let found = client
            .query()
            .tag("shop", "north")
            .tag("kind", "gift")
            .all()
            .await
            .unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].tags["shop"], "north");
        assert!(
            client
                .query()
                .tag("shop", "north")
                .tag("kind", "bulk")
                .all()
                .await
                .unwrap()
                .is_empty()
        );
    });
}

#[test]
fn or_raise_starts_or_raises_in_one_step() {
    run(async {
        let world = World::new();
        let client = client(&world);
        let worker = world.worker("w", &release(&["functions"])).await;
        let first = client
            .start(listen, "hi".into())
            .id("o")
            .or_raise("word", &"Ada")
            .await
            .unwrap();
        world.settle().await;
        let second = client
            .start(listen, "ho".into())
            .id("o")
            .or_raise("word", &"Bob")
            .await
            .unwrap();
        assert_eq!(first.execution(), second.execution());
        assert_eq!(second.wait().await.unwrap(), "hi Ada Bob");
        assert_eq!(
            outline(&second.history().await.unwrap().events),
            ["started listen@1", "event word", "event word", "ended"]
        );
        let late = client
            .start(listen, "hi".into())
            .id("o")
            .or_raise("word", &"Eve")
            .await
            .unwrap_err();
        assert_eq!(late.to_string(), "the instance `o` has ended and takes no event");
        let bad = client
            .start(listen, "hi".into())
            .or_raise("@word", &"Eve")
            .await
            .unwrap_err();
        assert_eq!(
            bad.to_string(),
            "the event name `@word` has '@' at byte 0; allowed: printable characters, not starting with `@`"
        );
        worker.stop().await;
    });
}

#[test]
fn a_scheduled_start_may_be_the_one_that_is_raised_to() {
    run(async {
        let world = World::new();
        let client = client(&world);
        let worker = world.worker("w", &release(&["functions"])).await;
        let started = client
            .start(listen, "hi".into())
            .after(hours(1))
            .or_raise("word", &"Ada")
            .await
            .unwrap();
        started.raise_event("word", &"Bob").await.unwrap();
        world.advance(hours(1)).await;
        assert_eq!(started.wait().await.unwrap(), "hi Ada Bob");
        worker.stop().await;
    });
}

#[test]
fn many_starts_are_answered_at_their_places_each_by_itself() {
    run(async {
        let world = World::new();
        let client = client(&world);
        client.start(listen, "there before".into()).id("b").await.unwrap();
        let start = |id: &str| client.start(listen, "hi".into()).id(id);
        let own = [start("a"), start("b"), start("c/d"), start("c")];
        let drawn = std::iter::repeat_with(|| client.start(listen, "hi".into())).take(2);
        let answers = client.start_many(own.into_iter().chain(drawn)).await;
        let told: Vec<String> = (answers.iter())
            .map(|answer| match answer {
                Ok(run) => run.id().to_string(),
                Err(error) => error.to_string(),
            })
            .collect();
        assert_eq!(told[0], "a");
        assert_eq!(
            told[1],
            format!("{}Pending{ADVICE}", TAKEN.replacen("`o`", "`b`", 1))
        );
        assert!(
            told[2].starts_with("the instance id `c/d` has '/' at byte 1"),
            "{}",
            told[2]
        );
        assert_eq!(told[3], "c");
        assert_eq!((told[4].len(), told[5].len()), (32, 32));
        assert_ne!(told[4], told[5]);
        assert_eq!(client.query().all().await.unwrap().len(), 5);
    });
}

#[test]
fn of_many_starts_those_whose_answers_were_lost_are_sent_again_and_start_once() {
    run(async {
        let world = World::new();
        let faulty = FaultyHub::new(world.shared());
        let registry = Arc::new(release(&["functions"]));
        let client = Client::with_registry(faulty.hub(), registry, DefaultVersions::new());
        let starts: Vec<_> = (0..20).map(|_| client.start(listen, "hi".into())).collect();
        for fault in [Fault::FailBefore(5), Fault::LoseReply(27)] {
            faulty.inject(fault);
            let answers = client.start_many(starts.clone()).await;
            let failed: Vec<usize> = (0..20).filter(|&n| answers[n].is_err()).collect();
            // The fifth, and the seventh of those that are sent again.
            assert_eq!(failed, [if fault == Fault::FailBefore(5) { 4 } else { 6 }]);
        }
        faulty.repair();
        assert!(client.start_many(starts).await.iter().all(Result::is_ok));
        assert_eq!(client.query().all().await.unwrap().len(), 20);
    });
}
