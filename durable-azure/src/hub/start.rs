//! Starting instances.

use durable_core::history::{ChildPolicy, EventKind, ExecutionStarted};
use durable_core::hub::{HubError, IdReuse, InstanceRecord, InstanceStatus, StartOutcome, StartRequest};
use durable_core::{EventName, InstanceId, Payload, Timestamp};

use super::letter::{Letter, Sender};
use super::outgoing::Stored;
use super::shared::Shared;
use super::standing::TRIES;
use crate::coordinator::MessageId;
use crate::error::conflict;
use crate::wire::InstanceRow;

/// What is sent with a start: the start, and perhaps an event behind it.
type Letters = Vec<(Letter, Option<MessageId>)>;

impl Shared {
    /// Starts an instance.
    pub(crate) async fn start(&self, request: StartRequest) -> Result<StartOutcome, HubError> {
        let id = request.started.instance.clone();
        let _lock = self.locks.lock(&id).await;
        let partition = self.partition_of(&id);
        let mut answer = None;
        let started = &request.started;
        let fence = self.fence_before(&started.name, &started.version).await?;
        let fenced = fence.map(|fence| StartOutcome::Fenced(Box::new(fence)));
        // An id that nobody has is the common case: try that without a look, where others cannot see the message.
        let may_be_new = fenced.is_none()
            && self.with(|state| state.keeps(partition) && !state.residents.contains_key(&id));
        let mut existing = if may_be_new {
            if let Some(outcome) = self.begin(&request, None).await? {
                return Ok(outcome);
            }
            self.known(&id).await?
        } else {
            self.known(&id).await?
        };
        for _ in 0..TRIES {
            let Some(row) = existing else {
                if fenced.is_some() {
                    answer = fenced;
                    break;
                }
                if let Some(outcome) = self.begin(&request, None).await? {
                    answer = Some(outcome);
                    break;
                }
                existing = self.read_row(&id).await?;
                continue;
            };
            match self.start_over(&request, &row).await? {
                Over::Answer(outcome) => {
                    answer = Some(*outcome);
                    break;
                }
                Over::Replace | Over::TerminateFirst if fenced.is_some() => {
                    answer = fenced;
                    break;
                }
                Over::Replace => {
                    if let Some(outcome) = self.begin(&request, Some(&row)).await? {
                        answer = Some(outcome);
                        break;
                    }
                }
                Over::TerminateFirst => {
                    // Before the history is another execution's, whose children they are not.
                    if let Ok(pledge) = self.terminate_locked(&id, REPLACED, false).await? {
                        self.fulfil(pledge).await;
                    }
                }
            }
            existing = self.read_row(&id).await?;
        }
        answer.ok_or_else(|| conflict(format!("the instance `{id}` is started by others all the time")))
    }

    /// Decides about a start whose id is taken.
    async fn start_over(&self, request: &StartRequest, row: &InstanceRow) -> Result<Over, HubError> {
        let (started, record) = (&request.started, &row.record);
        let id = &started.instance;
        let knows =
            record.execution == started.execution || row.started_as.as_ref() == Some(&started.execution);
        if knows {
            // The same request again: it has had all its effects, the event included.
            return Ok(Over::answer(StartOutcome::Started(started.execution.clone())));
        }
        let is_ended = record.status.is_ended();
        Ok(match request.reuse {
            IdReuse::UseExisting if is_ended && request.raise.is_some() => {
                return Err(conflict(format!(
                    "the instance `{id}` has ended and takes no event"
                )));
            }
            IdReuse::UseExisting => {
                let existing = record.execution.clone();
                if let Some((name, input)) = &request.raise {
                    self.send(self.raise_letter(id, name, input)?).await?;
                }
                Over::answer(StartOutcome::Existing(existing))
            }
            IdReuse::AllowIfEnded | IdReuse::TerminateExisting if is_ended => Over::Replace,
            IdReuse::Reject | IdReuse::AllowIfEnded => {
                let mut record = record.clone();
                self.complete(&mut record);
                Over::answer(StartOutcome::Refused(Box::new(record)))
            }
            IdReuse::TerminateExisting => Over::TerminateFirst,
        })
    }

    fn raise_letter(&self, id: &InstanceId, name: &EventName, input: &Payload) -> Result<Letter, HubError> {
        let kind = EventKind::EventRaised {
            name: name.clone(),
            input: input.clone(),
        };
        Letter::to_any(id, self.now(), kind).once()
    }

    /// Begins an instance in place of an ended one, if one is given. Returns nothing if the id was taken meanwhile.
    async fn begin(
        &self,
        request: &StartRequest,
        ended: Option<&InstanceRow>,
    ) -> Result<Option<StartOutcome>, HubError> {
        let started = &request.started;
        let id = &started.instance;
        let generation = ended.map_or(0, |row| row.start_generation.unwrap_or_default() + 1);
        let row = self.pending_row(started, ChildPolicy::default(), Some(generation));
        let letters = self
            .post_start(request, generation, row.record.created_at)
            .await?;
        let is_stored = match ended {
            None => self.insert_row(&row).await,
            Some(old) => self.replace_row(&row, old.etag.as_deref()).await,
        };
        if !matches!(is_stored, Ok(Some(_))) {
            // If nobody knows whether the row was written, the start is for whoever reads it: without a row it is given up.
            let stored = if is_stored.is_err() {
                Stored::Perhaps
            } else {
                Stored::No
            };
            let put = letters.into_iter().filter_map(|(_, message)| message);
            self.undo(put.collect(), stored).await;
            is_stored?;
            return Ok(None);
        }
        if letters.iter().any(|(_, message)| message.is_some()) {
            let etag = is_stored.ok().flatten();
            let mut resident = self.resident_of(InstanceRow { etag, ..row });
            if ended.is_some() {
                resident.etag = self.put_stored_again(id).await?;
            }
            self.change(|state| {
                // What ended is held no more, whoever still waits for it.
                state.forget_resident(id);
                state.install(resident);
                // One that was put before this node owned the partition comes out of the queue.
                for (letter, message) in letters.into_iter().filter(|(_, message)| message.is_some()) {
                    let arrival = self.arrival_at(letter, message, state.now);
                    state.deliver(arrival);
                }
            });
        }
        self.watchers.wake(id);
        Ok(Some(StartOutcome::Started(started.execution.clone())))
    }

    /// Puts the start, and behind it the event that comes with it.
    async fn post_start(
        &self,
        request: &StartRequest,
        generation: i32,
        at: Timestamp,
    ) -> Result<Letters, HubError> {
        let started = &request.started;
        let event = request.first_event(at);
        let mut letter = Letter::new(started.instance.clone(), Some(started.execution.clone()), event);
        letter.start_generation = Some(generation);
        let mut letters = vec![letter];
        if let Some((name, input)) = &request.raise {
            letters.push(self.raise_letter(&started.instance, name, input)?);
        }
        let mut posted: Letters = Vec::new();
        for letter in letters {
            match self.post(&letter, &Sender::default()).await {
                Ok(message) => posted.push((letter, message)),
                Err(error) => {
                    let put = posted.into_iter().filter_map(|(_, message)| message);
                    self.undo(put.collect(), Stored::No).await;
                    return Err(error);
                }
            }
        }
        Ok(posted)
    }

    /// Returns the row of an instance that has just been started.
    pub(crate) fn pending_row(
        &self,
        started: &ExecutionStarted,
        policy: ChildPolicy,
        start_generation: Option<i32>,
    ) -> InstanceRow {
        let record = InstanceRecord {
            policy,
            ..pending_record(started, self.now())
        };
        InstanceRow {
            start_generation,
            ..InstanceRow::new(record, self.names.hub().as_str())
        }
    }
}

const REPLACED: &str = "another instance was started with its id";

/// What becomes of a start whose id is taken.
enum Over {
    Answer(Box<StartOutcome>),
    Replace,
    TerminateFirst,
}

impl Over {
    fn answer(outcome: StartOutcome) -> Self {
        Self::Answer(Box::new(outcome))
    }
}

/// Returns the record of an instance that has just been started.
fn pending_record(started: &ExecutionStarted, now: Timestamp) -> InstanceRecord {
    InstanceRecord {
        instance: started.instance.clone(),
        execution: started.execution.clone(),
        generation: started.generation,
        name: started.name.clone(),
        version: started.version.clone(),
        status: InstanceStatus::Pending,
        created_at: now,
        updated_at: now,
        ended_at: None,
        scheduled_start: started.scheduled_start,
        input: started.input.clone(),
        output: None,
        failure: None,
        custom_status: None,
        tags: started.tags.clone(),
        parent: started.parent.clone(),
        policy: ChildPolicy::default(),
        blocked: None,
        stalled_since: None,
        owner: None,
        event_count: 0,
    }
}
