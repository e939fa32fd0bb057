//! What the storage may do to a program: be busy, lose answers, refuse, fall silent, stand still and come back.

use std::time::Duration;

use durable::App;
use durable::azure::RetrySettings;
use durable_testazure::proxy::{Answer, Fault, Injected, Operation, Proxy, Rule};
use durable_testazure::{Azurite, enabled};

use crate::load::{Runs, run};
use crate::place::{Place, on_a_runtime};

const WRITES: [Operation; 6] = [
    Operation::PutMessage,
    Operation::Batch,
    Operation::InsertEntity,
    Operation::MergeEntity,
    Operation::DeleteMessage,
    Operation::UpdateMessage,
];

/// Tries as long as faults last, with short pauses.
fn patient() -> RetrySettings {
    let mut retry = RetrySettings::default();
    (retry.attempts, retry.first_delay) = (20, Duration::from_millis(50));
    retry
}

/// Runs the load behind a proxy that does this, and returns how often it did.
async fn under(name: &str, retry: RetrySettings, faults: &[(Rule, Fault)]) -> Option<Vec<u64>> {
    let place = Place::new(name)?;
    let proxy = Proxy::before(place.account).await.unwrap();
    let behind = Place {
        connection: proxy.connection_string(),
        ..place
    };
    let runs = Runs::default();
    let app = App::new(behind.hub().retry(retry)).state(runs.clone());
    let app = app.start().await.unwrap();
    let injected: Vec<Injected> = faults
        .iter()
        .map(|(rule, fault)| proxy.inject(rule.clone(), fault.clone()))
        .collect();
    run(app.client(), &runs).await;
    let struck = injected.iter().map(|injected| {
        injected.remove();
        injected.struck()
    });
    let struck = struck.collect();
    app.shutdown().await.unwrap();
    Some(struck)
}

#[test]
fn a_busy_service_slows_work_down_and_nothing_else() {
    on_a_runtime(async {
        let busy = Answer::server_busy().retry_after(Duration::from_secs(1));
        let faults = [
            (Rule::any().chance(0.03, 1), Fault::Answer(busy)),
            (Rule::any().chance(0.05, 2), Fault::Answer(Answer::server_busy())),
            (
                Rule::any().chance(0.05, 3),
                Fault::Answer(Answer::too_many_requests()),
            ),
        ];
        let Some(struck) = under("busy", patient(), &faults).await else {
            return;
        };
        assert!(struck.iter().all(|count| *count > 0), "{struck:?}");
    });
}

#[test]
fn what_was_done_and_not_heard_of_is_done_once() {
    on_a_runtime(async {
        let faults: Vec<_> = (WRITES.into_iter().zip(4..))
            .map(|(operation, every)| (Rule::on(operation).every(every), Fault::CloseAfter))
            .collect();
        let Some(struck) = under("unheard", patient(), &faults).await else {
            return;
        };
        assert!(struck[..3].iter().all(|count| *count > 0), "{struck:?}");
    });
}

#[test]
fn refused_commits_are_made_again() {
    on_a_runtime(async {
        let faults = [
            (
                Rule::on(Operation::Batch).every(5),
                Fault::Answer(Answer::condition_not_met()),
            ),
            (
                Rule::on(Operation::Batch).every(7),
                Fault::Answer(Answer::entity_exists()),
            ),
        ];
        let Some(struck) = under("refused", patient(), &faults).await else {
            return;
        };
        assert!(struck.iter().all(|count| *count > 0), "{struck:?}");
    });
}

#[test]
fn a_service_that_falls_silent_is_asked_again() {
    on_a_runtime(async {
        let mut retry = patient();
        retry.attempt_timeout = Duration::from_millis(1_500);
        let mut faults = vec![(Rule::any().every(40), Fault::SilenceBefore)];
        faults.extend(
            WRITES[..4]
                .iter()
                .map(|operation| (Rule::on(*operation).nth(9), Fault::SilenceAfter)),
        );
        let Some(struck) = under("silent", retry, &faults).await else {
            return;
        };
        assert!(struck[..3].iter().all(|count| *count > 0), "{struck:?}");
    });
}

#[test]
fn an_account_that_stands_still_and_one_that_is_started_again_lose_nothing() {
    on_a_runtime(async {
        if !enabled().unwrap() {
            return;
        }
        let azurite = tokio::task::spawn_blocking(Azurite::start)
            .await
            .unwrap()
            .unwrap();
        let place = Place::at(azurite.account(), "outage");
        let runs = Runs::default();
        let app = App::new(place.hub().retry(patient())).state(runs.clone());
        let app = app.start().await.unwrap();
        let client = app.client().clone();
        let (before, worked) = (app.client().clone(), runs.clone());
        let load = tokio::spawn(async move { run(&before, &worked).await });
        let outages = tokio::task::spawn_blocking(move || {
            let pause = |time| std::thread::park_timeout(Duration::from_millis(time));
            pause(500);
            azurite.pause().unwrap();
            pause(2_000);
            azurite.resume().unwrap();
            pause(500);
            azurite.stop().unwrap();
            pause(500);
            azurite.start_again().unwrap();
            azurite
        });
        // It goes when everything is over.
        let _azurite = outages.await.unwrap();
        load.await.unwrap();
        drop(client);
        app.shutdown().await.unwrap();
    });
}
