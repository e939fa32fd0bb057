//! External events: one buffer per name, and the waiters in the order in which they came.

use std::collections::{BTreeMap, VecDeque};

use super::wake::{Parked, Waiter};
use crate::name::EventName;
use crate::payload::Payload;
use crate::time::Timestamp;

/// A waiter's ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ticket(u64);

/// An event that nobody took yet.
#[derive(Debug, Clone)]
pub(crate) struct Unread {
    /// Its index in the history.
    pub(crate) position: u64,
    /// When it was raised.
    pub(crate) at: Timestamp,
    /// Its data.
    pub(crate) input: Payload,
}

#[derive(Debug, Default)]
struct Channel {
    unread: VecDeque<Unread>,
    /// In the order of their tickets, which is the order in which they came.
    waiters: BTreeMap<Ticket, Parked>,
}

/// All buffers of an execution.
#[derive(Debug, Default)]
pub(crate) struct Mailbox {
    channels: BTreeMap<EventName, Channel>,
    tickets: u64,
}

impl Mailbox {
    /// Adds an event and returns the waiter whose turn it is.
    pub(crate) fn put(&mut self, name: EventName, unread: Unread) -> Option<Waiter> {
        let channel = self.channels.entry(name).or_default();
        channel.unread.push_back(unread);
        channel.next_waiter()
    }

    /// Takes the oldest event for the waiter, or queues it. A waiter without a ticket gets the next one.
    pub(crate) fn take(
        &mut self,
        name: &EventName,
        ticket: &mut Option<Ticket>,
        park: impl FnOnce() -> Parked,
    ) -> Option<(Unread, Option<Waiter>)> {
        let channel = self.channels.entry(name.clone()).or_default();
        let mine = *ticket.get_or_insert_with(|| {
            self.tickets += 1;
            Ticket(self.tickets)
        });
        let first = channel.waiters.keys().next().is_none_or(|front| *front >= mine);
        if first && let Some(unread) = channel.unread.pop_front() {
            channel.waiters.remove(&mine);
            *ticket = None;
            return Some((unread, channel.next_waiter()));
        }
        channel.waiters.insert(mine, park());
        None
    }

    /// Returns where the event stands that a waiter of this ticket would get now.
    pub(crate) fn ready_at(&self, name: &EventName, ticket: Option<Ticket>) -> Option<u64> {
        let channel = self.channels.get(name)?;
        let first = match (ticket, channel.waiters.keys().next()) {
            (Some(mine), Some(front)) => *front == mine,
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        channel
            .unread
            .front()
            .filter(|_| first)
            .map(|unread| unread.position)
    }

    /// Forgets a waiter, and returns the one whose turn it is then.
    pub(crate) fn leave(&mut self, name: &EventName, ticket: Ticket) -> Option<Waiter> {
        let channel = self.channels.get_mut(name)?;
        channel.waiters.remove(&ticket);
        channel.next_waiter()
    }

    /// Takes every event that nobody took, oldest first.
    pub(crate) fn drain(&mut self) -> Vec<(EventName, Unread)> {
        let mut all: Vec<_> = std::mem::take(&mut self.channels)
            .into_iter()
            .flat_map(|(name, channel)| {
                channel
                    .unread
                    .into_iter()
                    .map(move |unread| (name.clone(), unread))
            })
            .collect();
        all.sort_by_key(|(_, unread)| unread.position);
        all
    }
}

impl Channel {
    fn next_waiter(&self) -> Option<Waiter> {
        if self.unread.is_empty() {
            return None;
        }
        let (_, first) = self.waiters.first_key_value()?;
        Some(first.waiter().clone())
    }
}
