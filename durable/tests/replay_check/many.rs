//! Many instances: page by page, each finding once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use durable::replay_check::{CheckOptions, ProgressFn, check_hub};

use crate::releases::one;
use crate::support::{World, release, run};

const MANY: u64 = 1_000;

#[test]
fn a_thousand_instances_with_the_same_difference_are_one_finding() {
    run(async {
        let world = World::new();
        let monday = release(&["one"]);
        let client = world.client(&monday);
        let worker = world.worker("monday", &monday).await;
        for number in 0..MANY {
            let start = client
                .start(one::order, "tea".to_owned())
                .id(format!("order-{number}"));
            start.await.unwrap();
        }
        world.settle().await;
        worker.stop().await;

        let (hub, last) = (world.shared(), Arc::new(AtomicU64::new(0)));
        let mut options = CheckOptions::default();
        let told = Arc::clone(&last);
        options.progress = Some(ProgressFn::new(move |progress| {
            assert_eq!(progress.total, Some(MANY));
            told.store(progress.done, Ordering::Relaxed);
        }));
        let report = check_hub(&release(&["diverging"]), hub.as_ref(), &options)
            .await
            .unwrap();
        assert_eq!(report.findings.len(), 1);
        assert_eq!((report.checked, report.found), (MANY, MANY));
        let finding = &report.findings[0];
        assert_eq!((finding.instances, finding.more.len()), (MANY, 9));
        assert_eq!(finding.first.instance.as_ref().unwrap().as_str(), "order-0");
        assert_eq!(last.load(Ordering::Relaxed), MANY);
        let text = report.to_string();
        assert!(
            text.contains("error: 1000 instances of order@1 diverge, at "),
            "{text}"
        );
        assert!(text.contains(" and 990 more\n"), "{text}");
        assert!(
            text.ends_with("1000 instances checked: 0 ok, 1000 diverge"),
            "{text}"
        );

        assert!(
            check_hub(&monday, hub.as_ref(), &options)
                .await
                .unwrap()
                .is_clean()
        );
    });
}
