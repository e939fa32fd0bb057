//! Instances that come from another hub.

use durable_core::history::{
    ChildPolicy, CompletionStatus, Event, EventKind, ExecutionStarted, ParentRef, Tags,
};
use durable_core::hub::{HubErrorKind, Import, InstanceRecord, InstanceStatus, LoadedHistory, Outgoing};
use durable_core::{ExecutionId, TaskId};

use super::build::{
    FLOW, Turn, id, json, messages, name, next_execution, resume, started, terminate, version,
};
use super::setup::{CaseError, CaseResult, refused, same};
use super::stage::Stage;

/// What another hub knew of an instance that it started an hour ago and suspended.
struct Exported {
    record: InstanceRecord,
    history: LoadedHistory,
    open: Vec<Outgoing>,
}

impl Exported {
    fn suspended(stage: &Stage, first: ExecutionStarted) -> Self {
        let at = stage.now() - std::time::Duration::from_hours(1);
        let reason = "to move".to_owned();
        let events = vec![
            Event::new(at, EventKind::ExecutionStarted(Box::new(first.clone()))),
            Event::new(at, EventKind::ExecutionSuspended { reason }),
        ];
        Self {
            record: InstanceRecord {
                instance: first.instance,
                execution: first.execution.clone(),
                generation: first.generation,
                name: first.name,
                version: first.version,
                status: InstanceStatus::Suspended,
                created_at: at,
                updated_at: at,
                ended_at: None,
                scheduled_start: first.scheduled_start,
                input: first.input,
                output: None,
                failure: None,
                custom_status: None,
                tags: first.tags,
                parent: first.parent,
                policy: ChildPolicy::default(),
                blocked: None,
                stalled_since: None,
                owner: None,
                event_count: 2,
            },
            history: LoadedHistory {
                execution: first.execution,
                events,
            },
            open: Vec::new(),
        }
    }

    /// Adds an event to its history.
    fn with(mut self, kind: EventKind) -> Self {
        self.history.events.push(Event::new(self.record.created_at, kind));
        self.record.event_count += 1;
        self
    }

    /// Adds the call of a child to its history.
    fn with_child(self, task: u32, instance: &str) -> Self {
        self.with(EventKind::SubOrchestrationInstanceCreated {
            task: TaskId(task),
            instance: id(instance),
            name: name(FLOW),
            version: version("1"),
            input: json("{\"n\":1}"),
        })
    }

    fn ended(mut self, status: CompletionStatus) -> Self {
        self.record.ended_at = Some(self.record.created_at);
        self.with(EventKind::ExecutionCompleted(status))
    }

    async fn import(&self, stage: &Stage) -> CaseResult {
        Ok(stage.hub.import(self.request()?).await?)
    }

    fn request(&self) -> CaseResult<Import> {
        let import = Import::new(self.record.clone(), self.history.clone(), self.open.clone());
        import.map_err(|error| CaseError::new(format!("the case's own import: {error}")))
    }
}

/// An imported instance MUST be shown as it was, with its times, version, generation, status and whole history.
/// Otherwise it is another instance than the one that was moved.
pub(super) async fn an_imported_instance_is_as_it_was(stage: &mut Stage) -> CaseResult {
    let mut first = started("order", stage.execution());
    first.generation = 3;
    first.tags = Tags::from([("tenant".to_owned(), "a".to_owned())]);
    let mut exported = Exported::suspended(stage, first);
    exported.record.version = version("2");
    exported.record.custom_status = Some(json("\"half\""));
    exported.import(stage).await?;
    let found = stage.record("order").await?;
    let wanted = InstanceRecord {
        updated_at: found.updated_at,
        ..exported.record.clone()
    };
    same("record", &found, &wanted)?;
    let history = stage.hub.history(&id("order"), None).await?;
    same("history", history, Some(exported.history))
}

/// An imported instance MUST stay suspended until it is resumed, and then go on where it stood, with the timers that it
/// waits for. Otherwise it runs in two hubs, or waits for ever.
pub(super) async fn an_imported_instance_goes_on_when_resumed(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let mut exported = Exported::suspended(stage, started("order", stage.execution()));
    let (task, fire_at) = (TaskId(7), stage.after(60));
    exported.open = vec![Outgoing::Timer { task, fire_at }];
    exported.import(stage).await?;
    stage.nothing_for(&worker).await?;
    stage.signal("order", resume()).await?;
    let work = worker.turn_of("order").await?;
    same("messages", messages(&work), ["ExecutionResumed"])?;
    same("event_count", work.event_count, 2)?;
    let loaded = worker.hub.load_history(&work.session).await?;
    same("history", &loaded, &exported.history)?;
    worker.run(Turn::of(&work)).await?;
    let status = stage.record("order").await?.status;
    same("status", status, InstanceStatus::Running)?;
    stage.advance(60).await;
    let work = worker.turn_of("order").await?;
    same("messages", messages(&work), ["TimerFired 7"])
}

/// An id that is taken MUST NOT be imported over, and the same import twice MUST be one. Otherwise a move that is tried
/// again destroys what has gone on since, or cannot be tried again.
pub(super) async fn a_taken_id_is_not_imported(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let exported = Exported::suspended(stage, started("order", stage.execution()));
    exported.import(stage).await?;
    exported.import(stage).await?;
    let other = Exported::suspended(stage, started("order", stage.execution()));
    refused(
        "another instance of the id",
        stage.hub.import(other.request()?).await,
        HubErrorKind::Conflict,
    )?;
    same(
        "execution",
        stage.record("order").await?.execution,
        exported.record.execution.clone(),
    )?;
    stage.signal("order", resume()).await?;
    let work = worker.turn_of("order").await?;
    worker.run(Turn::of(&work)).await?;
    refused(
        "an instance that has gone on",
        stage.hub.import(exported.request()?).await,
        HubErrorKind::Conflict,
    )?;
    let next = next_execution(&work, stage.execution());
    worker
        .run(Turn::of(&work).consume(0).base(3).continue_as_new(next))
        .await?;
    refused(
        "an instance that goes on as another execution",
        stage.hub.import(exported.request()?).await,
        HubErrorKind::Conflict,
    )
}

/// An imported child MUST belong to its parent: the parent gets its answer, and ends it by its policy.
/// Otherwise a family that was moved falls apart.
pub(super) async fn an_imported_child_belongs_to_its_parent(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let parent = Exported::suspended(stage, started("parent", stage.execution()))
        .with_child(1, "answers")
        .with_child(2, "follows");
    parent.import(stage).await?;
    for (task, name, policy) in [
        (1, "answers", ChildPolicy::Cancel),
        (2, "follows", ChildPolicy::Terminate),
    ] {
        let mut child = Exported::suspended(stage, child_of(&parent.record, task, name, stage.execution()));
        child.record.policy = policy;
        child.import(stage).await?;
    }
    stage.signal("answers", resume()).await?;
    let work = worker.turn_of("answers").await?;
    let answer = EventKind::SubOrchestrationInstanceCompleted {
        task: TaskId(1),
        result: json("\"done\""),
    };
    let told = Outgoing::Send {
        to: id("parent"),
        execution: Some(parent.record.execution.clone()),
        event: Event::new(stage.now(), answer),
    };
    worker.run(Turn::of(&work).send(told).completed()).await?;
    let work = worker.turn_of("parent").await?;
    same("messages", messages(&work), ["ChildCompleted 1"])?;
    stage.signal("parent", terminate(false)).await?;
    let status = stage.record("follows").await?.status;
    same("status of the child", status, InstanceStatus::Terminated)
}

fn child_of(parent: &InstanceRecord, task: u32, name: &str, execution: ExecutionId) -> ExecutionStarted {
    ExecutionStarted {
        parent: Some(ParentRef {
            name: parent.name.clone(),
            version: parent.version.clone(),
            instance: parent.instance.clone(),
            execution: parent.execution.clone(),
            task: TaskId(task),
        }),
        ..started(name, execution)
    }
}

/// An imported instance that has ended MUST be shown with its result, end a wait, and be purged like any other.
/// Otherwise a hub that was moved has lost its past.
pub(super) async fn an_imported_end_is_final(stage: &mut Stage) -> CaseResult {
    let worker = stage.worker("a").await?;
    let output = json("\"done\"");
    let status = CompletionStatus::Completed(output.clone());
    let mut exported = Exported::suspended(stage, started("order", stage.execution())).ended(status);
    exported.record.status = InstanceStatus::Completed;
    exported.record.output = Some(output.clone());
    exported.import(stage).await?;
    let found = stage.hub.wait_ended(&id("order"), None).await?;
    same("output", found.output, Some(output))?;
    same("ended_at", found.ended_at, exported.record.ended_at)?;
    stage.nothing_for(&worker).await?;
    let report = stage.hub.purge(&id("order"), true).await?;
    same("purged", report.purged, 1)
}
