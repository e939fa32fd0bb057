//! Activities: signs of life, and completion from outside.

use durable_core::history::Event;
use durable_core::hub::{ActivityKey, CommitError, CompletionToken, HeartbeatReply, HubError, Session};
use durable_core::{FailureDetails, Payload};

use super::letter::Sender;
use super::shared::Shared;
use crate::coordinator::{WorkerKey, activity_token, result_event};
use crate::error::{conflict, not_found};
use crate::transport::{IfMatch, StorageErrorKind};
use crate::value::{Row, Value};
use crate::wire::{Stored, escape, store_message};

const STATE: &str = "State";
const PARKED: &str = "Parked";
const COMPLETED: &str = "Completed";

fn row_of(key: &ActivityKey, state: &str) -> Row {
    let mut row = Row::new(escape(key.instance.as_str()), row_key(key));
    row.push(STATE, Value::String(state.to_owned()));
    row
}

fn row_key(key: &ActivityKey) -> String {
    format!("{}-{}", escape(key.execution.as_str()), key.task)
}

impl Shared {
    /// Notes a sign of life, and keeps the progress in the activity's message for whoever runs it next.
    pub(crate) async fn heartbeat(
        &self,
        worker: WorkerKey,
        session: &Session,
        progress: Option<Payload>,
    ) -> Result<HeartbeatReply, HubError> {
        let token = activity_token(session)?;
        let (reply, kept) = self.change(|state| {
            let (reply, message) = state.heartbeat(worker, token, progress.as_ref());
            let order = state
                .activities
                .get(&token.key)
                .map(|it| (it.order.clone(), it.told));
            (reply, message.zip(order))
        });
        if let Some((message, (order, told))) = kept {
            let sender = Sender {
                of: Some((token.key.instance.clone(), token.key.execution.clone())),
                tags: None,
            };
            let item = self.work_item(&token.key, &order, &sender, told, progress)?;
            let text = match store_message(&item)? {
                Stored::Inline(text) => text,
                Stored::Blob { stub, blob } => {
                    self.put_blob(&blob.name, blob.bytes).await?;
                    stub
                }
            };
            self.hide(&message, Some(&text), self.visibility()).await?;
        }
        Ok(reply)
    }

    /// Leaves an activity to be completed from outside.
    pub(crate) async fn park(&self, worker: WorkerKey, session: &Session) -> Result<(), HubError> {
        let token = activity_token(session)?;
        let message = self.with(|state| {
            let key = state.owned_activity(worker, token)?;
            let activity = state.activities.get_mut(&key);
            Ok(activity.and_then(|activity| {
                activity.busy = true;
                activity.message.clone()
            }))
        });
        let message = message.map_err(|refused| match refused {
            CommitError::Hub(error) => error,
            stale => conflict(stale.to_string()),
        })?;
        let stored = self.store_activity_row(&row_of(&token.key, PARKED)).await;
        self.change(|state| {
            if let Some(activity) = state.activities.get_mut(&token.key) {
                activity.busy = false;
                if stored.is_ok() {
                    activity.parked = true;
                    activity.message = None;
                    activity.disown();
                }
            }
        });
        stored?;
        match message {
            Some(message) => self.remove(&message).await,
            None => Ok(()),
        }
    }

    /// Writes a row; the table is made with the first one.
    async fn store_activity_row(&self, row: &Row) -> Result<(), HubError> {
        match self.activities.insert_or_replace(row).await {
            Err(error) if error.kind == StorageErrorKind::NotFound => {
                self.activities.create().await?;
                self.activities.insert_or_replace(row).await?;
                Ok(())
            }
            other => other.map(drop).map_err(HubError::from),
        }
    }

    /// Completes an activity from outside.
    pub(crate) async fn complete_from_outside(
        &self,
        token: &CompletionToken,
        result: Result<Payload, FailureDetails>,
    ) -> Result<(), HubError> {
        let CompletionToken(key) = token;
        let _lock = self.locks.lock(&key.instance).await;
        let missing = || not_found(format_args!("activity `{key}` that is waited for"));
        let is_here = self.with(|state| state.activities.get(key).map(|it| it.busy));
        match is_here {
            // Its own end is being stored just now.
            Some(true) => return Err(missing()),
            Some(false) => {}
            None => self.claim_completion(key).await?,
        }
        let event = Event::new(self.now(), result_event(key.task, result));
        let was_parked = self.change(|state| {
            let was_parked = state.activities.get(key).is_some_and(|it| it.parked);
            // Whoever runs it is told that it is no longer wanted, and cannot complete it any more.
            state.cancel_activity(key);
            was_parked
        });
        self.answer_activity(key, event).await?;
        if was_parked {
            self.store_activity_row(&row_of(key, COMPLETED)).await?;
        }
        Ok(())
    }

    /// Makes sure that an activity that is not at hand is waited for, and that this is its only completion from outside.
    async fn claim_completion(&self, key: &ActivityKey) -> Result<(), HubError> {
        let missing = || not_found(format_args!("activity `{key}` that is waited for"));
        let is_answered = self.with(|state| {
            let resident = state.residents.get(&key.instance);
            resident.is_some_and(|resident| resident.has_answer(key.task))
        });
        if is_answered {
            return Err(missing());
        }
        let resident = self.read_resident(&key.instance).await?.ok_or_else(missing)?;
        let waits = !resident.is_ended()
            && resident.execution() == &key.execution
            && resident.tasks.is_scheduled(key.task)
            && !resident.tasks.is_answered(key.task);
        if !waits {
            return Err(missing());
        }
        let found = self
            .activities
            .get(&escape(key.instance.as_str()), &row_key(key), &[STATE])
            .await?;
        let row = row_of(key, COMPLETED);
        let Some(found) = found else {
            return match self.activities.insert(&row).await {
                Ok(_) => Ok(()),
                Err(error) if error.kind == StorageErrorKind::Conflict => Err(missing()),
                Err(error) if error.kind == StorageErrorKind::NotFound => self.store_activity_row(&row).await,
                Err(error) => Err(error.into()),
            };
        };
        if found.text(STATE) == Some(COMPLETED) {
            return Err(missing());
        }
        let condition = found.etag.clone().map_or(IfMatch::Any, IfMatch::Etag);
        match self.activities.replace(&row, &condition).await {
            Ok(_) => Ok(()),
            Err(error) if error.kind == StorageErrorKind::PreconditionFailed => Err(missing()),
            Err(error) => Err(error.into()),
        }
    }
}
