//! What the state asks of the storage although no caller waits for it.

use std::sync::Arc;
use std::time::Duration;

use durable_core::history::Event;
use durable_core::hub::{ActivityKey, HubError};
use durable_core::{BuildId, FailureDetails, InstanceId};
use tokio::sync::Semaphore;
use tokio::sync::mpsc::UnboundedReceiver;

use super::letter::{Letter, Sender};
use super::shared::Shared;
use super::together::together;
use crate::coordinator::{Effect, MessageId, result_event};

/// How many effects are under way at once.
const AT_ONCE: usize = 32;

/// Does what is asked, for as long as the hub is open.
pub(crate) async fn serve(shared: Arc<Shared>, mut effects: UnboundedReceiver<Effect>) {
    let slots = Arc::new(Semaphore::new(AT_ONCE));
    while let Some(effect) = effects.recv().await {
        let Ok(slot) = Arc::clone(&slots).acquire_owned().await else {
            return;
        };
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            if let Err(error) = shared.perform(effect).await {
                tracing::warn!(%error, "the storage did not take a change that nobody waits for");
            }
            drop(slot);
        });
    }
}

impl Shared {
    pub(super) async fn perform(&self, effect: Effect) -> Result<(), HubError> {
        match effect {
            Effect::Load(id) => {
                self.load(&id).await;
                Ok(())
            }
            Effect::Fulfil(id) => self.fulfil_held(&id).await,
            Effect::GrantTry(id, build) => self.grant_try(&id, build).await,
            Effect::Lost(key, message) => self.lose(&key, message).await,
            Effect::Delete(id) => {
                self.remove(&id).await?;
                Ok(())
            }
            Effect::PutBack(id) => self.put_back(&id, Duration::ZERO).await,
            Effect::TooEarly(instance) => {
                self.catch_up_with_history(&instance).await;
                let early = self.with(|state| state.early.remove(&instance));
                let early = early.unwrap_or_default();
                let back = early.iter().map(|(id, pause)| self.back_off(id, *pause));
                together(back).await;
                Ok(())
            }
        }
    }

    /// Looks whether what is held of an instance is behind its history: a node that stood still may have stored a turn after
    /// this one had read the instance, and nothing else would have it read again.
    async fn catch_up_with_history(&self, instance: &InstanceId) {
        if let Err(error) = self.reread(instance).await {
            tracing::warn!(%instance, %error, "an instance could not be read again; its message is tried again");
        }
    }

    /// Records the one try of a build before it is handed out: an instance that kills its process must not be tried again.
    async fn grant_try(&self, id: &InstanceId, build: BuildId) -> Result<(), HubError> {
        let _lock = self.locks.lock(id).await;
        let Some(basis) = self.change(|state| state.begin_change(id)) else {
            return Ok(());
        };
        let after = self.row_of(&basis);
        let mut before = after.clone();
        before.builds_tried.retain(|tried| *tried != build);
        let merged = self.merge_row(id, &before, &after, basis.etag.as_deref()).await;
        self.change(|state| {
            if let Some(resident) = state.residents.get_mut(id) {
                resident.busy = false;
                resident.row_etag = None;
                if merged.is_ok() {
                    resident.block.granted.insert(build);
                } else {
                    // Asked for again by the next fetch.
                    resident.block.tried.remove(&build);
                }
            }
        });
        merged.map(drop)
    }

    /// Tells an instance that its activity was silent for too long.
    async fn lose(&self, key: &ActivityKey, message: Option<MessageId>) -> Result<(), HubError> {
        let kind = result_event(key.task, Err(FailureDetails::heartbeat_timeout()));
        self.answer_activity(key, Event::new(self.now(), kind)).await?;
        match message {
            Some(message) => self.remove(&message).await,
            None => Ok(()),
        }
    }

    /// Sends the result of an activity to the execution that called it.
    pub(crate) async fn answer_activity(&self, key: &ActivityKey, event: Event) -> Result<(), HubError> {
        let letter = Letter::new(key.instance.clone(), Some(key.execution.clone()), event);
        let sender = Sender {
            of: Some((key.instance.clone(), key.execution.clone())),
            tags: None,
        };
        let unwanted = self.with(|state| {
            let resident = state.residents.get(&key.instance);
            resident.is_some_and(|resident| !resident.accepts(Some(&key.execution)))
        });
        if unwanted {
            return Ok(());
        }
        let message = self.post(&letter, &sender).await?;
        if message.is_some() {
            let arrival = self.arrival(letter, message);
            self.change(|state| state.deliver(arrival));
        }
        Ok(())
    }
}
