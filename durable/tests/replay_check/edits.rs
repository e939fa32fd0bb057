//! What each kind of edit is found as.

use durable::Registry;
use durable::replay_check::{CheckOptions, FindingKind, Report, check_hub};

use crate::releases::{one, ran};
use crate::support::{World, release, run};

/// A hub with two orders that wait and one that failed, one `watch` that waits and one that has not begun.
pub(crate) async fn under_way() -> World {
    let world = World::new();
    let monday = release(&["one"]);
    let client = world.client(&monday);
    let worker = world.worker("monday", &monday).await;
    for (id, item) in [("order-1", "tea"), ("order-2", "ink"), ("order-3", "glass")] {
        client.start(one::order, item.to_owned()).id(id).await.unwrap();
    }
    client
        .start(one::watch, "news".to_owned())
        .id("watch-1")
        .await
        .unwrap();
    world.settle().await;
    worker.stop().await;
    client
        .start(one::watch, "nothing".to_owned())
        .id("watch-2")
        .await
        .unwrap();
    world
}

async fn check(world: &World, registry: &Registry, options: &CheckOptions) -> Report {
    let hub = world.shared();
    check_hub(registry, hub.as_ref(), options).await.unwrap()
}

/// Says of each finding its kind, its orchestrator, how many instances it is about and which is the first.
fn told(report: &Report) -> Vec<String> {
    let all = report.findings.iter().chain(&report.warnings);
    all.map(|finding| {
        let key = format!(
            "{}@{}",
            finding.orchestrator.as_ref().unwrap(),
            finding.version.as_ref().unwrap()
        );
        let first = finding.first.instance.as_ref().unwrap();
        format!("{:?} {key} {} {first}", finding.kind, finding.instances)
    })
    .collect()
}

#[test]
fn the_code_that_runs_is_clean() {
    run(async {
        let world = under_way().await;
        let report = check(&world, &release(&["one"]), &CheckOptions::default()).await;
        assert_eq!((report.checked, report.ok), (4, 4), "the failed one has ended");
        assert!(report.is_clean());
        assert_eq!(report.to_string(), "4 instances checked: 4 ok");
    });
}

#[test]
fn an_added_side_effect_diverges_at_every_instance_and_a_deleted_orchestrator_is_told() {
    run(async {
        let world = under_way().await;
        let report = check(&world, &release(&["diverging"]), &CheckOptions::default()).await;
        assert_eq!(
            told(&report),
            [
                "Diverges order@1 2 order-1",
                "UnknownOrchestrator watch@1 2 watch-1"
            ]
        );
        let finding = &report.findings[0];
        assert!(
            finding
                .place
                .as_ref()
                .unwrap()
                .contains("replay_check/releases.rs:")
        );
        assert_eq!(finding.first.recorded.as_deref(), Some("the end of the turn"));
        let attempted = finding.first.attempted.as_ref().unwrap();
        assert!(attempted.starts_with("side effect (task 2), at "), "{attempted}");
        assert_eq!(
            finding.more.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["order-2"]
        );
        assert_eq!(ran(), 0, "no closure ran");

        let mut options = CheckOptions::default();
        options.ignore_unknown = true;
        let report = check(&world, &release(&["diverging"]), &options).await;
        assert_eq!(told(&report), ["Diverges order@1 2 order-1"]);
        assert_eq!((report.checked, report.ignored), (2, 2));
    });
}

#[test]
fn another_input_is_a_warning_and_a_panic_a_finding_even_before_the_first_turn() {
    run(async {
        let world = under_way().await;
        let report = check(&world, &release(&["warned"]), &CheckOptions::default()).await;
        assert_eq!(
            told(&report),
            ["Panics watch@1 2 watch-1", "InputChanged order@1 2 order-1"]
        );
        assert_eq!((report.ok, report.found, report.warned), (2, 2, 2));
        assert_eq!(
            ran(),
            0,
            "neither the recorded closure ran again nor the activity"
        );
        assert!(
            report.findings[0]
                .first
                .message
                .ends_with("panicked: no news today")
        );
    });
}

#[test]
fn an_input_of_another_type_is_undecodable_also_before_the_first_turn() {
    run(async {
        let world = under_way().await;
        let report = check(&world, &release(&["retyped"]), &CheckOptions::default()).await;
        assert_eq!(
            told(&report),
            ["Undecodable order@1 2 order-1", "Undecodable watch@1 2 watch-1"]
        );
    });
}

#[test]
fn a_missing_version_is_a_finding_and_a_replay_that_does_not_return_is_given_up() {
    run(async {
        let world = under_way().await;
        let mut options = CheckOptions::default();
        options.timeout = std::time::Duration::from_millis(50);
        options.threads = 1;
        let report = check(&world, &release(&["later"]), &options).await;
        assert_eq!(
            told(&report),
            [
                "MissingVersion order@1 2 order-1",
                "DidNotReturn watch@1 2 watch-1"
            ]
        );
        assert_eq!(
            report.findings[0].first.message,
            "this binary has no version 1 of orchestrator `order`; it has 2"
        );
    });
}

#[test]
fn a_failed_instance_is_checked_on_request_as_far_as_a_rewind_would_keep_it() {
    run(async {
        let world = under_way().await;
        let mut options = CheckOptions::default();
        options.failed = true;
        options.selection.id_prefix = Some("order-3".to_owned());
        let report = check(&world, &release(&["one"]), &options).await;
        assert_eq!((report.checked, report.ok), (1, 1));
        // The edit comes after the failed call: a rewound instance can go on with it.
        let report = check(&world, &release(&["diverging"]), &options).await;
        assert_eq!((report.checked, report.ok), (1, 1));
        let report = check(&world, &release(&["later"]), &options).await;
        assert_eq!(told(&report), ["MissingVersion order@1 1 order-3"]);
    });
}

#[test]
fn only_what_is_chosen_is_checked() {
    run(async {
        let world = under_way().await;
        let mut options = CheckOptions::default();
        options.selection.names = vec!["watch".parse().unwrap()];
        assert_eq!(check(&world, &release(&["one"]), &options).await.checked, 2);
        options.selection.id_prefix = Some("watch-2".to_owned());
        assert_eq!(check(&world, &release(&["one"]), &options).await.checked, 1);
        options.selection.versions = vec!["2".parse().unwrap()];
        assert_eq!(check(&world, &release(&["one"]), &options).await.checked, 0);
    });
}

#[test]
fn instances_that_are_blocked_already_are_counted() {
    run(async {
        let world = under_way().await;
        let wrong = release(&["diverging"]);
        let worker = world.worker("wrong", &wrong).await;
        let client = world.client(&wrong);
        let order = client.instance("order-2").unwrap();
        order.raise_event("address", &"Ada").await.unwrap();
        world.settle().await;
        worker.stop().await;
        assert!(order.status().await.unwrap().blocked.is_some());
        let report = check(&world, &wrong, &CheckOptions::default()).await;
        assert_eq!(report.findings[0].kind, FindingKind::Diverges);
        assert_eq!(
            (report.findings[0].instances, report.findings[0].blocked_already),
            (2, 1)
        );
        assert!(
            check(&world, &release(&["one"]), &CheckOptions::default())
                .await
                .is_clean()
        );
    });
}
