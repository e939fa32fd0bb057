//! Events that a turn raises: stored with the turn, put after it.
//!
//! Nobody may hear of a turn that was refused, and of one that was stored each receiver has to hear once. So these messages
//! stand in a column of our own in the sentinel, from the commit of the turn until they are in their receivers' queues.
//! Then the column is emptied, and only then is removed what the turn has consumed: if the node dies before that, what was
//! consumed comes again and has the instance read, and whoever reads an instance puts what stands there before it is held.
//! So nothing that it sends later overtakes.
//!
//! A message may be put twice, if its put was not answered or its node died before the column was empty. It carries an id
//! that was drawn when the turn was made, and the receiver takes one message of an id (`coordinator/remembered.rs`).

use std::collections::BTreeMap;

use durable_core::InstanceId;
use durable_core::hub::HubError;

use super::letter::{Letter, Sender};
use super::outgoing::Posted;
use super::parcel::Parcel;
use super::shared::Shared;
use super::together::together;
use crate::coordinator::MessageId;
use crate::error::{conflict, corrupt};
use crate::transport::IfMatch;
use crate::value::{Row, Value};
use crate::wire::{Envelope, MessageData, SENTINEL, escape};

/// The column of the sentinel, an object of JSON.
pub(crate) const OUTBOX: &str = "DurableOutbox";

/// A letter that is put after the commit.
#[derive(Debug)]
pub(crate) struct Later {
    pub(crate) letter: Letter,
    message: MessageData,
    /// The message as it is in a queue.
    text: String,
}

/// What stands in the column.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
struct Content {
    /// Who wrote it: new each time, so that no writer takes another's row for its own after an answer was lost.
    by: String,
    /// The messages as they are in a queue.
    messages: Vec<String>,
}

/// A message that is to be put, and where it is noted that this node keeps it.
type Due<'a> = (&'a MessageData, &'a mut Option<MessageId>);

/// Returns the column that tells of these messages.
pub(crate) fn outbox_column(messages: Vec<String>) -> Result<(String, Value), HubError> {
    let by = Shared::new_guid()?.to_string();
    let text = serde_json::to_string(&Content { by, messages })
        .map_err(|error| corrupt(format!("`{OUTBOX}` cannot be written: {error}")))?;
    Ok((OUTBOX.to_owned(), Value::String(text)))
}

/// Reads the messages that may not have been put.
pub(crate) fn read_outbox(sentinel: &Row) -> Result<Vec<String>, HubError> {
    match sentinel.text(OUTBOX) {
        None | Some("") => Ok(Vec::new()),
        Some(text) => serde_json::from_str(text)
            .map(|content: Content| content.messages)
            .map_err(|error| corrupt(format!("the sentinel's `{OUTBOX}` cannot be read: {error}"))),
    }
}

/// Returns the texts of the messages that a turn stores.
pub(crate) fn outbox_of(posted: &[Posted]) -> Vec<String> {
    let later = posted.iter().filter_map(|one| match &one.parcel {
        Parcel::Later(later) => Some(later.text.clone()),
        _ => None,
    });
    later.collect()
}

impl Shared {
    /// Makes a letter one that is put after the commit.
    pub(crate) fn later(&self, letter: Letter, sender: &Sender) -> Result<Parcel, HubError> {
        let letter = letter.once()?;
        let message = self.message(&letter, sender)?;
        let text = message.write()?;
        Ok(Parcel::Later(Box::new(Later {
            letter,
            message,
            text,
        })))
    }

    /// Puts what a turn sends that was just stored, and returns the sentinel's new etag. If it fails, the instance must be
    /// read again, which puts everything anew.
    pub(crate) async fn put_later(
        &self,
        id: &InstanceId,
        posted: &mut [Posted],
        etag: String,
    ) -> Result<String, HubError> {
        let due: Vec<Due<'_>> = posted
            .iter_mut()
            .filter_map(|Posted { parcel, message }| match parcel {
                Parcel::Later(later) => Some((&later.message, message)),
                _ => None,
            })
            .collect();
        if due.is_empty() {
            return Ok(etag);
        }
        let partition = self.partition_of(id);
        let is_owner = self.with(|state| {
            let lease = state.partitions.get(&partition);
            lease.is_some_and(|lease| lease.is_owned(state.now))
        });
        if !is_owner {
            // It stood still after the commit: another node reads the instance, and has put it.
            return Err(conflict(format!(
                "the partition of `{id}` was lost while a turn was stored"
            )));
        }
        self.put_in_order(due).await?;
        self.empty_outbox(id, &etag).await
    }

    /// Puts what an instance that was read tells of, and returns the sentinel's etag after that. Somebody may have died
    /// before it was put, or before it was known to be. The caller has the instance's lock.
    pub(crate) async fn put_again(
        &self,
        id: &InstanceId,
        outbox: &[String],
        etag: Option<String>,
    ) -> Result<Option<String>, HubError> {
        if outbox.is_empty() {
            return Ok(etag);
        }
        let mut messages = Vec::with_capacity(outbox.len());
        for text in outbox {
            let Envelope::Message(message) = Envelope::read(text)? else {
                return Err(corrupt(format!("`{OUTBOX}` of `{id}` holds a stub")));
            };
            messages.push((Letter::of(&message)?, message, None));
        }
        let due = messages.iter_mut().map(|(_, message, kept)| (&**message, kept));
        let done = self.put_in_order(due.collect()).await;
        let kept = messages.into_iter().filter(|(_, _, kept)| kept.is_some());
        // Also if one of them failed: the others are hidden from everybody else.
        self.change(|state| {
            for (letter, _, kept) in kept {
                let arrival = self.arrival_at(letter, kept, state.now);
                state.deliver(arrival);
            }
        });
        done?;
        let etag = etag.ok_or_else(|| corrupt(format!("the sentinel of `{id}` has no etag")))?;
        self.empty_outbox(id, &etag).await.map(Some)
    }

    /// As [`put_again`](Self::put_again), of an instance that is not held: reads its sentinel.
    pub(crate) async fn put_stored_again(&self, id: &InstanceId) -> Result<Option<String>, HubError> {
        let Some(mut row) = self.history.get(&escape(id.as_str()), SENTINEL, &[]).await? else {
            return Ok(None);
        };
        self.fetch_moved(&mut row).await?;
        let outbox = read_outbox(&row)?;
        self.put_again(id, &outbox, row.etag).await
    }

    /// As [`put_stored_again`](Self::put_stored_again), for somebody who was told that there may be something.
    pub(crate) async fn put_unheld(&self, id: &InstanceId) -> Result<(), HubError> {
        let _lock = self.locks.lock(id).await;
        let is_held = self.with(|state| state.residents.contains_key(id));
        if !is_held {
            self.put_stored_again(id).await?;
        }
        Ok(())
    }

    /// Puts messages: those for one receiver one after the other, so that they come in their order.
    async fn put_in_order(&self, due: Vec<Due<'_>>) -> Result<(), HubError> {
        let mut by_receiver: BTreeMap<&str, Vec<Due<'_>>> = BTreeMap::new();
        for one in due {
            by_receiver
                .entry(one.0.target.instance.as_str())
                .or_default()
                .push(one);
        }
        let puts = by_receiver.into_values().map(|of_one| async move {
            for (message, kept) in of_one {
                // Numbered as it is put: it may be another node's, which counts by itself.
                let message = MessageData {
                    sequence_number: self.next_sequence(),
                    ..message.clone()
                };
                *kept = self.post_message(&message).await?;
            }
            Ok::<(), HubError>(())
        });
        together(puts).await.into_iter().collect()
    }

    /// Notes that everything is put.
    async fn empty_outbox(&self, id: &InstanceId, etag: &str) -> Result<String, HubError> {
        let mut row = Row::new(escape(id.as_str()), SENTINEL);
        row.columns.push(outbox_column(Vec::new())?);
        let condition = IfMatch::Etag(etag.to_owned());
        Ok(self.history.merge(&row, &condition).await?)
    }
}
