//! Faults and recordings around a hub.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::sync::Arc;

use durable_core::history::{CompletionStatus, Event, EventKind, ExecutionStarted, Tags};
use durable_core::hub::{
    CodeKey, Commit, CommitError, CustomStatus, HubError, HubErrorKind, StartOutcome, StartRequest, TaskHub,
    TurnCommit, TurnOutcome, WorkerOffer,
};
use durable_core::version::Version;
use durable_core::{BuildId, ExecutionId, InstanceId, Payload, WireName, WorkerId};
use durable_testkit::{Fault, FaultyHub, MemoryHub, OperationKind, RecordingHub, SeededBits};

fn request(random: &SeededBits) -> StartRequest {
    StartRequest {
        started: ExecutionStarted {
            instance: InstanceId::new("order").unwrap(),
            execution: ExecutionId::from_random(random.next_u128()),
            name: WireName::new("flow").unwrap(),
            version: Version::ONE.into(),
            input: Payload::unit(),
            parent: None,
            generation: 0,
            scheduled_start: None,
            tags: Tags::new(),
        },
        reuse: durable_core::hub::IdReuse::default(),
        raise: None,
        trace: None,
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(future)
}

#[test]
fn a_lost_reply_has_its_effect_and_a_failure_before_has_none() {
    block_on(async {
        for (fault, exists) in [
            (Fault::FailBefore(1), false),
            (Fault::LoseReply(1), true),
            (Fault::CrashFrom(1), false),
            (Fault::CrashAfter(1), true),
        ] {
            let inner = MemoryHub::default();
            let faulty = FaultyHub::new(Arc::new(inner.clone()));
            faulty.inject(fault);
            let request = request(&SeededBits::new(1));
            assert!(faulty.hub().start(request.clone()).await.is_err(), "{fault:?}");
            let found = durable_core::hub::ManagementQueries::get(&inner, &request.started.instance).await;
            assert_eq!(found.unwrap().is_some(), exists, "{fault:?}");
        }
    });
}

#[test]
fn a_crash_lasts_until_it_is_repaired() {
    block_on(async {
        let faulty = FaultyHub::new(Arc::new(MemoryHub::default()));
        let hub = faulty.hub();
        let request = request(&SeededBits::new(1));
        faulty.inject(Fault::CrashAfter(1));
        assert_eq!(
            hub.start(request.clone()).await.unwrap_err().kind(),
            HubErrorKind::Unavailable
        );
        assert_eq!(hub.workers().await.unwrap_err().kind(), HubErrorKind::Closed);
        assert_eq!(
            hub.start(request.clone()).await.unwrap_err().kind(),
            HubErrorKind::Closed
        );
        faulty.repair();
        let execution = request.started.execution.clone();
        assert_eq!(
            hub.start(request).await.unwrap(),
            StartOutcome::Started(execution)
        );
        assert_eq!(faulty.count(), 4);
    });
}

#[test]
fn a_recording_names_operations_subjects_and_answers() {
    block_on(async {
        let recording = RecordingHub::new(Arc::new(MemoryHub::default()));
        let hub = recording.hub();
        let random = SeededBits::new(1);
        hub.start(request(&random)).await.unwrap();
        hub.start(request(&random)).await.unwrap();
        let missing = InstanceId::new("missing").unwrap();
        assert!(hub.wait_ended(&missing, None).await.is_err());
        let log: Vec<_> = recording
            .log()
            .into_iter()
            .map(|it| (it.operation.subject, it.accepted))
            .collect();
        let order = || Some("order".to_owned());
        assert_eq!(
            log,
            [
                (order(), true),
                (order(), true),
                (Some("missing".to_owned()), false)
            ]
        );
        assert_eq!(recording.count(OperationKind::Start), 2);
    });
}

/// Starts an instance and completes it, each step tried again after a failure as a client or worker would.
async fn start_and_finish(hub: &Arc<dyn TaskHub>, random: &SeededBits) -> Result<(), HubError> {
    let request = request(random);
    hub.start(request.clone()).await?;
    let worker = hub.join(offer()).await?;
    for work in worker.fetch_turns(1).await? {
        let status = CompletionStatus::Completed(Payload::unit());
        let mut events: Vec<Event> = work
            .messages
            .iter()
            .map(|message| message.event.clone())
            .collect();
        events.push(Event::new(
            hub.clock().now(),
            EventKind::ExecutionCompleted(status.clone()),
        ));
        let turn = TurnCommit {
            session: work.session,
            consumed: work.messages.iter().map(|message| message.receipt).collect(),
            base_event_count: work.event_count,
            events,
            outgoing: Vec::new(),
            custom_status: CustomStatus::Unchanged,
            version: None,
            suspended: false,
            outcome: TurnOutcome::Ended(status),
            eager: durable_core::hub::ActivityDemand::default(),
            release: false,
        };
        let commit = Commit {
            completions: Vec::new(),
            turn: Some(turn),
        };
        for answer in worker.commit(vec![commit]).await {
            if let Err(CommitError::Hub(error)) = answer {
                return Err(error);
            }
        }
    }
    worker.leave().await
}

fn offer() -> WorkerOffer {
    WorkerOffer {
        worker: WorkerId::new("w").unwrap(),
        build: BuildId(1),
        orchestrators: vec![CodeKey {
            name: WireName::new("flow").unwrap(),
            version: Version::ONE,
        }],
        activities: Vec::new(),
        takes_mismatched: false,
    }
}

#[test]
fn a_run_can_be_made_to_fail_at_each_of_its_operations() {
    block_on(async {
        let sound = FaultyHub::new(Arc::new(MemoryHub::default()));
        start_and_finish(&sound.hub(), &SeededBits::new(1)).await.unwrap();
        let operations = sound.count();
        assert_eq!(operations, 5);
        for n in 1..=operations {
            for fault in [
                Fault::FailBefore(n),
                Fault::LoseReply(n),
                Fault::CrashFrom(n),
                Fault::CrashAfter(n),
            ] {
                let inner = MemoryHub::default();
                let faulty = FaultyHub::new(Arc::new(inner.clone()));
                faulty.inject(fault);
                let failed = start_and_finish(&faulty.hub(), &SeededBits::new(1)).await;
                assert!(failed.is_err(), "{fault:?} had no effect");
                // The process starts again: the same request, and a worker that takes the dead one's place.
                faulty.repair();
                inner.expire(&offer().worker);
                let hub: Arc<dyn TaskHub> = Arc::new(inner);
                let record = hub
                    .get(&request(&SeededBits::new(1)).started.instance)
                    .await
                    .unwrap();
                if record.is_none_or(|record| !record.status.is_ended()) {
                    start_and_finish(&hub, &SeededBits::new(1)).await.unwrap();
                }
                let history = hub
                    .history(&InstanceId::new("order").unwrap(), None)
                    .await
                    .unwrap()
                    .unwrap();
                assert_eq!(history.events.len(), 2, "{fault:?}");
            }
        }
    });
}
