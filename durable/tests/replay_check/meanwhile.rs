//! The hub goes on while it is checked, and is not touched by it.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::mpsc::channel;

use durable::replay_check::{CheckOptions, ProgressFn, check_hub};
use durable_testkit::{OperationKind, RecordingHub};

use crate::edits::under_way;
use crate::releases::one;
use crate::support::{World, release, run};

#[test]
fn a_check_only_asks() {
    run(async {
        let world = under_way().await;
        let recording = RecordingHub::new(world.shared());
        let mut options = CheckOptions::default();
        options.failed = true;
        options.progress = Some(ProgressFn::new(|_| {}));
        let report = check_hub(&release(&["diverging"]), recording.hub().as_ref(), &options).await;
        assert_eq!(report.unwrap().checked, 5);
        let asked: BTreeSet<OperationKind> = recording.log().iter().map(|own| own.operation.kind).collect();
        let only = [
            OperationKind::Query,
            OperationKind::History,
            OperationKind::VersionCounts,
        ];
        assert_eq!(asked, BTreeSet::from(only));
    });
}

#[test]
fn instances_that_are_removed_or_started_again_after_they_were_listed_are_taken_as_they_are() {
    run(async {
        let world = World::new();
        let monday = release(&["one"]);
        let client = world.client(&monday);
        for id in ["a", "b", "c"] {
            client.start(one::watch, "news".to_owned()).id(id).await.unwrap();
        }
        let (reached, has_reached) = channel();
        let (go_on, may_go_on) = channel();
        let told = Mutex::new(Some((reached, may_go_on)));
        let mut options = CheckOptions::default();
        options.progress = Some(ProgressFn::new(move |_| {
            // Stops after the first instance: all three are listed, and the others have not been read.
            if let Some((reached, may_go_on)) = told.lock().unwrap().take() {
                reached.send(()).unwrap();
                may_go_on.recv().unwrap();
            }
        }));
        let (hub, registry) = (world.shared(), monday.clone());
        let check = tokio::spawn(async move { check_hub(&registry, hub.as_ref(), &options).await });
        tokio::task::spawn_blocking(move || has_reached.recv().unwrap())
            .await
            .unwrap();
        for id in ["b", "c"] {
            let instance = client.instance(id).unwrap();
            instance.terminate("to be replaced").await.unwrap();
        }
        let worker = world.worker("monday", &monday).await;
        world.settle().await;
        for id in ["b", "c"] {
            client.purge(id).await.unwrap();
        }
        client
            .start(one::watch, "again".to_owned())
            .id("c")
            .await
            .unwrap();
        world.settle().await;
        worker.stop().await;
        go_on.send(()).unwrap();
        let report = check.await.unwrap().unwrap();
        assert_eq!((report.checked, report.ok, report.moved_on), (2, 2, 1));
        assert_eq!(
            report.to_string(),
            "2 instances checked: 2 ok; 1 ended or went on meanwhile"
        );
    });
}
