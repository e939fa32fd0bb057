//! What is put for a turn before it is stored.

use durable_core::hub::{HubError, NextExecution, Outgoing};

use crate::coordinator::{Arrival, MessageId, Wish};
use crate::hub::in_hand::QueueOf;
use crate::hub::letter::{Letter, Sender};
use crate::hub::outgoing::{From, Posted, Stored, next_letters};
use crate::hub::shared::Shared;
use crate::hub::together::together;
use crate::hub::wishes::Pledge;

/// What was put for a turn.
pub(super) struct Put {
    pub(super) posted: Vec<Posted>,
    /// What the next execution begins with, if there is one.
    pub(super) next: Option<Vec<Arrival>>,
    pub(super) pledge: Pledge,
}

impl Put {
    /// Returns the messages of all of it.
    pub(super) fn messages(self) -> Vec<MessageId> {
        let next = self.next.into_iter().flatten();
        let posted = self.posted.into_iter().filter_map(|it| it.message);
        let next = next.filter_map(|arrival| arrival.message);
        posted.chain(next).chain(self.pledge.reminder).collect()
    }
}

impl Shared {
    /// Puts everything, or takes back what was put.
    pub(super) async fn put_all(
        &self,
        from: From<'_>,
        outgoing: Vec<Outgoing>,
        next: Option<&NextExecution>,
        (wanted, is_reminded): (Vec<Wish>, bool),
    ) -> Result<Put, HubError> {
        // What the turn consumed comes again if this node dies before the events that it raises are put.
        let raises = outgoing.iter().any(|one| matches!(one, Outgoing::Raise { .. }));
        let needs = raises && !is_reminded;
        let mut put = Put {
            pledge: self.pledge(from.instance, wanted, needs).await?,
            posted: Vec::new(),
            next: None,
        };
        let posted = self.post_all(from, outgoing).await;
        let done = match posted {
            Ok(posted) => {
                put.posted = posted;
                match next {
                    Some(next) => self
                        .post_next(from, next)
                        .await
                        .map(|letters| put.next = Some(letters)),
                    None => Ok(()),
                }
            }
            Err(error) => Err(error),
        };
        match done {
            Ok(()) => Ok(put),
            Err(error) => {
                self.undo(put.messages(), Stored::No).await;
                Err(error)
            }
        }
    }

    /// Puts the start of the next execution and what is carried over to it. They are this node's own: it owns the partition.
    async fn post_next(&self, from: From<'_>, next: &NextExecution) -> Result<Vec<Arrival>, HubError> {
        let sender = Sender {
            of: Some((from.instance.clone(), from.execution.clone())),
            tags: None,
        };
        let mut letters: Vec<(Letter, _)> = Vec::new();
        for letter in next_letters(next, self.now()) {
            let message = self.message(&letter, &sender)?;
            letters.push((letter, message));
        }
        let queue = QueueOf::Control(self.partition_of(from.instance));
        let puts = letters.iter().map(|(_, message)| async move {
            let hidden = self.time_until(message);
            self.put_held(queue, message, hidden).await
        });
        let answers = together(puts).await;
        let (mut arrivals, mut failed) = (Vec::new(), None);
        for ((letter, _), answer) in letters.into_iter().zip(answers) {
            match answer {
                Ok(message) => arrivals.push(self.arrival(letter, Some(message))),
                Err(error) => failed = Some(error),
            }
        }
        let Some(error) = failed else {
            return Ok(arrivals);
        };
        let put = arrivals.into_iter().filter_map(|arrival| arrival.message);
        self.undo(put.collect(), Stored::No).await;
        Err(error)
    }
}
