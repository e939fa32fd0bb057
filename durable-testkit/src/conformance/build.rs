//! Builders of what the cases send.

use durable_core::history::{
    ChildPolicy, CompletionStatus, Event, EventKind, ExecutionStarted, ParentRef, Tags,
};
use durable_core::hub::{
    ActivityDemand, ActivityOrder, BlockReport, ChildStart, CodeKey, CustomStatus, IdReuse, NextExecution,
    Outgoing, Signal, StartRequest, TurnCommit, TurnOutcome, TurnWork, WorkerOffer,
};
use durable_core::{
    BuildId, EventName, ExecutionId, FailureDetails, FailureOrigin, InstanceId, Payload, RecordedVersion,
    TaskId, Timestamp, Version, WireName, WorkerId,
};

/// The orchestrator that most cases run.
pub(crate) const FLOW: &str = "flow";
/// The activity that most cases run.
pub(crate) const WORK: &str = "work";
/// What stands in for "nothing else": see [`Stage::nothing_for`](super::stage::Stage::nothing_for).
pub(crate) const SENTINEL: &str = "sentinel";

pub(crate) fn id(text: &str) -> InstanceId {
    InstanceId::new(text).expect("the cases use valid ids")
}

pub(crate) fn name(text: &str) -> WireName {
    WireName::new(text).expect("the cases use valid names")
}

pub(crate) fn event_name(text: &str) -> EventName {
    EventName::new(text).expect("the cases use valid names")
}

pub(crate) fn worker_id(text: &str) -> WorkerId {
    WorkerId::new(text).expect("the cases use valid ids")
}

pub(crate) fn version(text: &str) -> RecordedVersion {
    RecordedVersion::from(text.to_owned())
}

pub(crate) fn json(text: &str) -> Payload {
    Payload::from_json(text).expect("the cases use small payloads")
}

pub(crate) fn failure(message: &str) -> FailureDetails {
    FailureDetails::new(FailureOrigin::Application, "Broken", message)
}

pub(crate) fn code(name_text: &str, version_text: &str) -> CodeKey {
    CodeKey {
        name: name(name_text),
        version: Version::new(version_text).expect("the cases use valid versions"),
    }
}

/// A worker of build 1 that offers `flow` 1 and `work` 1.
pub(crate) fn offer(worker: &str) -> WorkerOffer {
    WorkerOffer {
        worker: worker_id(worker),
        build: BuildId(1),
        orchestrators: vec![code(FLOW, "1"), code(SENTINEL, "1")],
        activities: vec![code(WORK, "1"), code(SENTINEL, "1")],
        takes_mismatched: false,
    }
}

/// A worker of build 1 that offers one version of `flow`.
pub(crate) fn offer_of(worker: &str, version: &str) -> WorkerOffer {
    WorkerOffer {
        orchestrators: vec![code(FLOW, version), code(SENTINEL, "1")],
        ..offer(worker)
    }
}

/// The first event of an execution of `flow` 1.
pub(crate) fn started(instance: &str, execution: ExecutionId) -> ExecutionStarted {
    ExecutionStarted {
        instance: id(instance),
        execution,
        name: name(FLOW),
        version: version("1"),
        input: json("{\"n\":1}"),
        parent: None,
        generation: 0,
        scheduled_start: None,
        tags: Tags::new(),
    }
}

pub(crate) fn request(started: ExecutionStarted) -> StartRequest {
    StartRequest {
        started,
        reuse: IdReuse::default(),
        raise: None,
        trace: None,
    }
}

/// The start of a child by `parent`, as its task `task`.
pub(crate) fn child(parent: &TurnWork, task: u32, instance: &str, execution: ExecutionId) -> ChildStart {
    let parent = ParentRef {
        name: parent.name.clone(),
        version: parent.version.clone(),
        instance: parent.instance.clone(),
        execution: parent.execution.clone(),
        task: TaskId(task),
    };
    ChildStart {
        started: ExecutionStarted {
            parent: Some(parent),
            ..started(instance, execution)
        },
        policy: ChildPolicy::default(),
        trace: None,
    }
}

/// The order to run `work` 1.
pub(crate) fn order(task: u32) -> ActivityOrder {
    ActivityOrder {
        task: TaskId(task),
        name: name(WORK),
        version: version("1"),
        input: json("\"in\""),
        attempt: 1,
        heartbeat: None,
        queue: None,
        trace: None,
    }
}

pub(crate) fn raised(name: &str, data: &str) -> EventKind {
    EventKind::EventRaised {
        name: event_name(name),
        input: json(data),
    }
}

/// The signal that raises an event.
pub(crate) fn event(name: &str, data: &str) -> Signal {
    Signal::Event {
        name: event_name(name),
        input: json(data),
    }
}

pub(crate) fn terminate(recursive: bool) -> Signal {
    Signal::Terminate {
        reason: "enough".to_owned(),
        recursive,
    }
}

pub(crate) fn resume() -> Signal {
    Signal::Resume {
        reason: "go on".to_owned(),
    }
}

/// The first event of the execution that follows the one at hand.
pub(crate) fn next_execution(work: &TurnWork, execution: ExecutionId) -> NextExecution {
    NextExecution {
        started: ExecutionStarted {
            generation: 1,
            input: json("{\"n\":2}"),
            ..started(work.instance.as_str(), execution)
        },
        carried: Vec::new(),
        trace: None,
    }
}

/// The names of external events, the kinds of other messages: what a case compares when order matters.
pub(crate) fn outline<'a>(events: impl IntoIterator<Item = &'a Event>) -> Vec<String> {
    events.into_iter().map(|event| outline_of(&event.kind)).collect()
}

fn outline_of(kind: &EventKind) -> String {
    match kind {
        EventKind::EventRaised { name, .. } => name.to_string(),
        EventKind::TaskCompleted { task, .. } => format!("TaskCompleted {task}"),
        EventKind::TaskFailed { task, .. } => format!("TaskFailed {task}"),
        EventKind::TimerFired { task, .. } => format!("TimerFired {task}"),
        EventKind::Marker(marker) => format!("{:?} {}", marker.kind, marker.data),
        EventKind::SubOrchestrationInstanceCompleted { task, .. } => format!("ChildCompleted {task}"),
        EventKind::SubOrchestrationInstanceFailed { task, failure } => {
            format!("ChildFailed {task} {:?}", failure.origin)
        }
        other => {
            let text = format!("{other:?}");
            text.split([' ', '(', '{']).next().unwrap_or_default().to_owned()
        }
    }
}

/// The outline of the messages of a fetch.
pub(crate) fn messages(work: &TurnWork) -> Vec<String> {
    outline(work.messages.iter().map(|message| &message.event))
}

/// A turn, built up by what it does.
#[derive(Debug)]
#[must_use]
pub(crate) struct Turn(pub(crate) TurnCommit);

impl Turn {
    /// A turn that consumes every message of the fetch, appends their events, and waits.
    pub(crate) fn of(work: &TurnWork) -> Self {
        Self(TurnCommit {
            session: work.session.clone(),
            consumed: work.messages.iter().map(|message| message.receipt).collect(),
            base_event_count: work.event_count,
            events: work
                .messages
                .iter()
                .map(|message| message.event.clone())
                .collect(),
            outgoing: Vec::new(),
            custom_status: CustomStatus::Unchanged,
            version: None,
            suspended: false,
            outcome: TurnOutcome::Waiting,
            eager: ActivityDemand::default(),
            release: false,
        })
    }

    pub(crate) fn send(mut self, outgoing: Outgoing) -> Self {
        self.0.outgoing.push(outgoing);
        self
    }

    pub(crate) fn schedule(self, task: u32) -> Self {
        self.send(Outgoing::Activity(order(task)))
    }

    pub(crate) fn timer(self, task: u32, fire_at: Timestamp) -> Self {
        self.send(Outgoing::Timer {
            task: TaskId(task),
            fire_at,
        })
    }

    pub(crate) fn start_child(self, child: ChildStart) -> Self {
        self.send(Outgoing::StartChild(Box::new(child)))
    }

    /// Makes it consume only the first so many messages.
    pub(crate) fn consume(mut self, count: usize) -> Self {
        self.0.consumed.truncate(count);
        self.0.events.truncate(count);
        self
    }

    pub(crate) fn eager(mut self, slots: usize) -> Self {
        self.0.eager = ActivityDemand::of_slots(slots);
        self
    }

    pub(crate) fn release(mut self) -> Self {
        self.0.release = true;
        self
    }

    pub(crate) fn base(mut self, count: u64) -> Self {
        self.0.base_event_count = count;
        self
    }

    pub(crate) fn suspended(mut self) -> Self {
        self.0.suspended = true;
        self
    }

    pub(crate) fn version(mut self, text: &str) -> Self {
        self.0.version = Some(version(text));
        self
    }

    pub(crate) fn custom_status(mut self, data: &str) -> Self {
        self.0.custom_status = CustomStatus::Set(json(data));
        self
    }

    /// Ends the execution, with the event that says so.
    pub(crate) fn ended(mut self, status: CompletionStatus) -> Self {
        let at = self
            .0
            .events
            .first()
            .map_or(Timestamp::from_micros(0), |event| event.at);
        self.0
            .events
            .push(Event::new(at, EventKind::ExecutionCompleted(status.clone())));
        self.0.outcome = TurnOutcome::Ended(status);
        self
    }

    pub(crate) fn completed(self) -> Self {
        self.ended(CompletionStatus::Completed(json("\"done\"")))
    }

    pub(crate) fn continue_as_new(mut self, next: NextExecution) -> Self {
        self.0.outcome = TurnOutcome::ContinuedAsNew(Box::new(next));
        self
    }

    /// Gives the turn up: nothing is consumed and nothing appended.
    pub(crate) fn blocked(mut self, build: u64, since: Timestamp) -> Self {
        self.0.consumed.clear();
        self.0.events.clear();
        self.0.outcome = TurnOutcome::Blocked(Box::new(BlockReport {
            reason: "panic".to_owned(),
            message: "the orchestrator panicked".to_owned(),
            step: Some(0),
            place: None,
            since,
            build: BuildId(build),
        }));
        self
    }
}
