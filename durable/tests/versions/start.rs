//! Which version a start gets.

use durable::registry::DefaultVersions;
use durable::{RecordedVersion, WireName};

use crate::releases::{one, shapes, two};
use crate::support::{World, outline, release, run, version, version_of};

fn name(text: &str) -> WireName {
    WireName::new(text).unwrap()
}

#[test]
fn a_start_gets_the_current_version_written_before_it_is_acknowledged() {
    run(async {
        let world = World::new();
        let started = world
            .client(&release(&["two"]))
            .start(two::order, "tea".into())
            .await
            .unwrap();
        // No worker has joined: nobody but the start can have written it.
        assert_eq!(version_of(&started.status().await.unwrap()), "2");
    });
}

#[test]
fn a_start_gets_the_version_it_asks_for_whatever_the_policy_says() {
    run(async {
        let world = World::new();
        let defaults = DefaultVersions::new().all(version("2"));
        let client = world.client_with(&release(&["two"]), defaults);
        let started = client
            .start(two::order, "tea".into())
            .version(version("1"))
            .await
            .unwrap();
        assert_eq!(version_of(&started.status().await.unwrap()), "1");
    });
}

#[test]
fn a_pinned_handle_is_its_version_whatever_the_policy_says() {
    run(async {
        let world = World::new();
        let defaults = DefaultVersions::new().all(version("2"));
        let client = world.client_with(&release(&["two"]), defaults);
        let started = client.start(two::order_v1, "tea".into()).await.unwrap();
        assert_eq!(version_of(&started.status().await.unwrap()), "1");
    });
}

#[test]
fn a_start_gets_the_configured_default_and_the_one_of_its_name_before_that_of_all() {
    run(async {
        let world = World::new();
        let all = DefaultVersions::new().all(version("1"));
        let client = world.client_with(&release(&["two"]), all.clone());
        let started = client.start(two::order, "tea".into()).await.unwrap();
        assert_eq!(version_of(&started.status().await.unwrap()), "1");
        let named = all.of(&name("order"), version("2"));
        let client = world.client_with(&release(&["two"]), named);
        let started = client.start(two::order, "tea".into()).await.unwrap();
        assert_eq!(version_of(&started.status().await.unwrap()), "2");
    });
}

#[test]
fn a_version_that_the_binary_lacks_is_refused_with_those_it_has() {
    run(async {
        let world = World::new();
        let client = world.client(&release(&["two"]));
        let start = client.start(two::order, "tea".into()).version(version("7"));
        assert_eq!(
            start.await.unwrap_err().to_string(),
            "orchestrator `order` has no version 7 in this binary (it has 1, 2); the start chose it"
        );
        let defaults = DefaultVersions::new().of(&name("order"), version("7"));
        let client = world.client_with(&release(&["two"]), defaults);
        assert_eq!(
            client
                .start(two::order, "tea".into())
                .await
                .unwrap_err()
                .to_string(),
            "orchestrator `order` has no version 7 in this binary (it has 1, 2); the configured default chose it"
        );
        assert!(
            client.query().all().await.unwrap().is_empty(),
            "nothing was started"
        );
    });
}

#[test]
fn the_policy_applies_to_client_starts_only() {
    run(async {
        let world = World::new();
        let registry = release(&["two", "family"]);
        let worker = world.worker("w", &registry).await;
        let client = world.client_with(&registry, DefaultVersions::new().all(version("1")));
        let parent = client
            .start(crate::calls::family::parent, "tea".into())
            .id("p")
            .await
            .unwrap();
        world.settle().await;
        let history = parent.history().await.unwrap();
        assert_eq!(
            outline(&history.events),
            ["started parent@1", "child #0 order@2"],
            "the plain handle in an orchestrator is the current version"
        );
        worker.stop().await;
    });
}

#[test]
fn another_version_is_allowed_when_its_types_are_recorded_alike() {
    run(async {
        let world = World::new();
        let registry = release(&["shapes"]);
        let worker = world.worker("w", &registry).await;
        let client = world.client(&registry);
        let input = shapes::Alike { id: "a".to_owned() };
        let started = client
            .start(shapes::alike, input)
            .version(version("2"))
            .await
            .unwrap();
        assert_eq!(started.wait().await.unwrap().id, "2: a");
        worker.stop().await;
    });
}

#[test]
fn another_version_is_allowed_when_a_chain_of_migrations_leads_to_its_input() {
    run(async {
        let world = World::new();
        let registry = release(&["shapes"]);
        let worker = world.worker("w", &registry).await;
        let client = world.client(&registry);
        for (wanted, answer) in [("1", "a"), ("2", "a 100"), ("3", "a 100 EUR")] {
            let input = shapes::GrownV1 { id: "a".to_owned() };
            let started = client
                .start(shapes::grown, input)
                .version(version(wanted))
                .await
                .unwrap();
            assert_eq!(started.wait().await.unwrap(), answer);
        }
        worker.stop().await;
    });
}

#[test]
fn another_version_is_refused_when_input_output_or_error_differ_naming_both() {
    run(async {
        let world = World::new();
        let client = world.client(&release(&["shapes"]));
        let two = || version("2");
        let refused = client
            .start(shapes::other_input, 1)
            .version(two())
            .await
            .unwrap_err()
            .to_string();
        assert_eq!(
            refused,
            "orchestrator `other_input` cannot be started as version 2 through a handle of version 1: the input \
             types `alloc::string::String` and `u32` are not recorded alike; derive `DurableSchema` for both, write \
             a `#[migrate]` function, or start with `other_input_v2`"
        );
        let refused = client
            .start(shapes::other_output, 1)
            .version(two())
            .await
            .unwrap_err()
            .to_string();
        assert_eq!(
            refused,
            "orchestrator `other_output` cannot be started as version 2 through a handle of version 1: the output \
             types `alloc::string::String` and `u32` are not recorded alike; derive `DurableSchema` for both, or \
             start with `other_output_v2`"
        );
        let refused = client
            .start(shapes::other_error, 1)
            .version(two())
            .await
            .unwrap_err()
            .to_string();
        assert_eq!(
            refused,
            "orchestrator `other_error` cannot be started as version 2 through a handle of version 1: the error \
             types `versions::releases::shapes::No` and `durable_core::failure::untyped::Failure` are not recorded \
             alike; derive `DurableSchema` for both, or start with `other_error_v2`"
        );
        // A default is refused like a request, and there is no way around by an older migration backwards.
        let client = world.client_with(&release(&["shapes"]), DefaultVersions::new().all(version("1")));
        let input = shapes::GrownV3 {
            id: "a".into(),
            cents: 1,
            currency: "EUR".into(),
        };
        let backwards = client.start(shapes::grown_v3, input).version(version("1")).await;
        assert!(backwards.unwrap_err().to_string().contains("the input types"));
        assert!(client.query().all().await.unwrap().is_empty());
    });
}

#[test]
fn what_started_on_a_version_ends_on_it_although_another_became_current() {
    run(async {
        let world = World::new();
        let (before, after) = (release(&["one"]), release(&["two"]));
        let monday = world.worker("monday", &before).await;
        let old = world
            .client(&before)
            .start(one::order, "tea".into())
            .await
            .unwrap();
        world.settle().await;
        monday.stop().await;
        let tuesday = world.worker("tuesday", &after).await;
        let new = world
            .client(&after)
            .start(two::order, "tea".into())
            .await
            .unwrap();
        for instance in [
            old.raise_event("address", &"Ada"),
            new.raise_event("address", &"Bob"),
        ] {
            instance.await.unwrap();
        }
        world.advance(durable::orchestration::days(1)).await;
        assert_eq!(old.wait().await.unwrap(), "1: packed tea for Ada");
        assert_eq!(new.wait().await.unwrap(), "2: packed tea for Bob");
        assert_eq!(
            old.status().await.unwrap().version,
            RecordedVersion::Known(version("1"))
        );
        tuesday.stop().await;
    });
}
