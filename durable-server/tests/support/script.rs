//! A worker that follows a script instead of running code: each orchestrator's name says what it does.
//!
//! - `echo` calls an activity `work`, and returns its input.
//! - `fails` fails.
//! - `waits` waits for events; `done` ends it with the event's data, and a request to cancel as cancelled.

use std::sync::Arc;

use durable_core::decision::{CustomStatus, TurnOutcome};
use durable_core::history::{CompletionStatus, Event, EventKind, MarkerKind};
use durable_core::hub::{
    ActivityDemand, CodeKey, Commit, TaskHub, TurnCommit, TurnWork, WorkerHub, WorkerOffer,
};
use durable_core::{
    BuildId, FailureDetails, FailureOrigin, Payload, RecordedVersion, TaskId, Timestamp, Version, WireName,
    WorkerId,
};

/// The worker, at work until it is dropped.
pub(crate) struct Scripted(tokio::task::JoinHandle<()>);

impl Drop for Scripted {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Joins the worker.
pub(crate) async fn join(hub: &Arc<dyn TaskHub>) -> Scripted {
    let orchestrators = ["echo", "fails", "waits"].map(|name| CodeKey {
        name: WireName::new(name).unwrap(),
        version: Version::ONE,
    });
    let offer = WorkerOffer {
        worker: WorkerId::new("scripted").unwrap(),
        build: BuildId(1),
        orchestrators: orchestrators.into(),
        activities: Vec::new(),
        takes_mismatched: false,
    };
    let worker = hub.join(offer).await.unwrap();
    let clock = hub.clock();
    Scripted(tokio::spawn(async move {
        while let Ok(turns) = worker.fetch_turns(8).await {
            for work in turns {
                turn(worker.as_ref(), clock.now(), work).await;
            }
        }
    }))
}

async fn turn(worker: &dyn WorkerHub, now: Timestamp, work: TurnWork) {
    let mut events = vec![Event::new(now, EventKind::OrchestratorStarted)];
    let mut input = Payload::unit();
    let (mut suspended, mut done, mut cancelled) = (false, None, None);
    for message in &work.messages {
        match &message.event.kind {
            EventKind::ExecutionStarted(started) => input = started.input.clone(),
            EventKind::ExecutionSuspended { .. } => suspended = true,
            EventKind::ExecutionResumed { .. } => suspended = false,
            EventKind::EventRaised { name, input } if name.as_str() == "done" => done = Some(input.clone()),
            EventKind::Marker(marker) if marker.kind == MarkerKind::CancelRequested => {
                cancelled = Some(serde_json::from_str::<String>(&marker.data).unwrap());
            }
            _ => {}
        }
        events.push(message.event.clone());
    }
    let end = match work.name.as_str() {
        "echo" => {
            events.extend(activity(now));
            Some(CompletionStatus::Completed(input))
        }
        "fails" => Some(CompletionStatus::Failed(FailureDetails::new(
            FailureOrigin::Application,
            "Broken",
            "no paper",
        ))),
        _ => match cancelled {
            // As an orchestrator ends that compensates, and passes on what its calls ended with.
            Some(reason) => Some(CompletionStatus::Canceled(FailureDetails::new(
                FailureOrigin::Cancelled,
                "Cancelled",
                reason,
            ))),
            None => done.map(CompletionStatus::Completed),
        },
    };
    if let Some(end) = &end {
        events.push(Event::new(now, EventKind::ExecutionCompleted(end.clone())));
    }
    events.push(Event::new(now, EventKind::OrchestratorCompleted));
    let blank = work.version == RecordedVersion::Blank;
    let turn = TurnCommit {
        consumed: work.messages.iter().map(|message| message.receipt).collect(),
        base_event_count: work.event_count,
        events,
        outgoing: Vec::new(),
        custom_status: CustomStatus::Unchanged,
        version: blank.then_some(RecordedVersion::Known(Version::ONE)),
        suspended,
        outcome: end.map_or(TurnOutcome::Waiting, TurnOutcome::Ended),
        eager: ActivityDemand::default(),
        release: true,
        session: work.session,
    };
    let commit = Commit {
        completions: Vec::new(),
        turn: Some(turn),
    };
    // It is refused if the instance was terminated meanwhile.
    let _ = worker.commit(vec![commit]).await;
}

fn activity(now: Timestamp) -> [Event; 2] {
    let task = TaskId(0);
    let (name, version) = (
        WireName::new("work").unwrap(),
        RecordedVersion::Known(Version::ONE),
    );
    let (input, result) = (Payload::encode(&1).unwrap(), Payload::encode(&"worked").unwrap());
    [
        Event::new(
            now,
            EventKind::TaskScheduled {
                task,
                name,
                version,
                input,
            },
        ),
        Event::new(now, EventKind::TaskCompleted { task, result }),
    ]
}
