//! Queries, histories, counts and workers.

use durable::client::{Client, Query};
use durable::history::EventKind;
use durable::hub::{InstanceStatus, PageToken};
use durable::orchestration::hours;
use durable::{Clock, ExecutionId, WireName};

use crate::functions::{countdown, limited, listen};
use crate::support::{World, outline, release, run, version};

async fn ids(query: Query) -> Vec<String> {
    let records = query.all().await.unwrap();
    records.iter().map(|record| record.instance.to_string()).collect()
}

/// Two that ended an hour ago, one that failed, and three that run: one waiting, one suspended, one scheduled.
async fn populate(world: &World, client: &Client) {
    for number in [1, 2] {
        client
            .start(limited, number)
            .id(format!("done-{number}"))
            .await
            .unwrap();
    }
    world.advance(hours(1)).await;
    client.start(limited, 10).id("failed").await.unwrap();
    client
        .start(listen, "hi".into())
        .id("waiting")
        .tag("shop", "north")
        .await
        .unwrap();
    client
        .start(listen, "hi".into())
        .id("suspended")
        .await
        .unwrap()
        .suspend("x")
        .await
        .unwrap();
    client
        .start(limited, 3)
        .id("scheduled")
        .after(hours(9))
        .await
        .unwrap();
    world.settle().await;
}

#[test]
fn a_query_lists_what_matches_every_filter_that_is_set() {
    run(async {
        let world = World::new();
        let all = release(&["functions"]);
        let worker = world.worker("w", &all).await;
        let client = world.client(&all);
        let begin = world.clock.now();
        populate(&world, &client).await;
        let later = world.clock.now();
        let end = later.saturating_add(hours(1));
        let name = |name| WireName::new(name).unwrap();
        let query = || client.query();

        assert_eq!(
            ids(query()).await,
            ["done-1", "done-2", "failed", "waiting", "suspended", "scheduled"]
        );
        assert_eq!(ids(query().name(&name("listen"))).await, ["waiting", "suspended"]);
        assert_eq!(
            ids(query().name(&name("listen")).name(&name("limited")))
                .await
                .len(),
            6,
            "any of the names"
        );
        assert_eq!(ids(query().version(version("1"))).await.len(), 6);
        assert!(ids(query().version(version("2"))).await.is_empty());
        assert_eq!(ids(query().status(InstanceStatus::Failed)).await, ["failed"]);
        let either = query()
            .status(InstanceStatus::Suspended)
            .status(InstanceStatus::Pending);
        assert_eq!(ids(either).await, ["suspended", "scheduled"]);
        assert_eq!(ids(query().live()).await, ["waiting", "suspended", "scheduled"]);
        assert_eq!(ids(query().tag("shop", "north")).await, ["waiting"]);
        assert_eq!(ids(query().id_prefix("done-")).await, ["done-1", "done-2"]);
        assert_eq!(ids(query().created(begin..later)).await, ["done-1", "done-2"]);
        assert_eq!(ids(query().ended(later..end)).await, ["failed"]);
        assert_eq!(
            ids(query().id_prefix("done-").status(InstanceStatus::Failed)).await,
            [""; 0]
        );
        assert!(ids(query().blocked()).await.is_empty());
        assert!(ids(query().stalled()).await.is_empty());
        worker.stop().await;
        // Now nobody is there who could begin a new one.
        client.start(limited, 4).id("stalled").await.unwrap();
        assert_eq!(ids(client.query().stalled()).await, ["stalled"]);
    });
}

#[test]
fn a_listing_goes_by_pages_and_each_instance_is_on_one() {
    run(async {
        let world = World::new();
        let client = world.client(&release(&["functions"]));
        for number in 0..7 {
            client
                .start(listen, "hi".into())
                .id(format!("i{number}"))
                .await
                .unwrap();
        }
        let query = client.query().page_size(3);
        let (mut sizes, mut seen, mut after) = (Vec::new(), Vec::new(), None);
        loop {
            let page = query.page(after).await.unwrap();
            sizes.push(page.items.len());
            seen.extend(page.items.iter().map(|record| record.instance.to_string()));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(sizes, [3, 3, 1]);
        assert_eq!(seen, ["i0", "i1", "i2", "i3", "i4", "i5", "i6"]);
        let foreign = query
            .page(Some(PageToken("elsewhere".to_owned())))
            .await
            .unwrap_err();
        assert_eq!(
            foreign.to_string(),
            "the page token `elsewhere` is not one of this hub"
        );
    });
}

#[test]
fn the_history_is_that_of_the_current_execution() {
    run(async {
        let world = World::new();
        let all = release(&["functions"]);
        let worker = world.worker("w", &all).await;
        let started = world.client(&all).start(countdown, 1).id("o").await.unwrap();
        world.advance(hours(1)).await;
        let history = started.history().await.unwrap();
        assert_eq!(outline(&history.events), ["started countdown@1", "timer #0"]);
        assert!(
            matches!(&history.events[1].kind, EventKind::ExecutionStarted(first) if first.generation == 1)
        );
        assert_eq!(history.execution, started.status().await.unwrap().execution);
        let other = ExecutionId::from_random(1);
        assert_eq!(
            started.history_of(Some(&other)).await.unwrap_err().to_string(),
            "instance `o` has no history of execution `00000000000000000000000000000001`"
        );
        worker.stop().await;
    });
}

#[test]
fn workers_are_listed_with_what_they_offer_for_as_long_as_they_live() {
    run(async {
        let world = World::new();
        let all = release(&["functions"]);
        let client = world.client(&all);
        assert!(client.workers().await.unwrap().is_empty());
        let worker = world
            .worker_with("w", &all, |options| options.build = Some(durable::BuildId(7)))
            .await;
        let listed = client.workers().await.unwrap();
        assert_eq!(listed.len(), 1);
        assert_eq!(
            (listed[0].worker.as_str(), listed[0].build),
            ("w", durable::BuildId(7))
        );
        let offered: Vec<String> = listed[0].orchestrators.iter().map(ToString::to_string).collect();
        assert_eq!(
            offered,
            ["countdown@1", "limited@1", "listen@1", "outer@1", "trip@1"]
        );
        let offered: Vec<String> = listed[0].activities.iter().map(ToString::to_string).collect();
        assert_eq!(offered, ["book@1", "unbook@1"]);
        assert!(listed[0].expires_at > world.clock.now());
        worker.stop().await;
        assert!(client.workers().await.unwrap().is_empty());
    });
}
