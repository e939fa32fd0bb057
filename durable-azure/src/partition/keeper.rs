//! One pass with its effects: the rows are written, and the hub is told what to read and what not.

use std::collections::BTreeMap;
use std::sync::Arc;

use durable_core::{Clock, Timestamp};
use tokio::sync::mpsc::UnboundedSender;

use super::lease::QueueLease;
use super::manager::PartitionEvent;
use super::pass::{Action, Course, Held, Pace, Step, View, pass};
use super::row::PartitionRow;
use super::settings::PartitionSettings;
use super::store::{PartitionError, PartitionStore};

/// What a node holds, and the one place that changes it.
///
/// Its order is what makes a lease mean something: a node stops before it writes that it has stopped, and starts after it
/// has written that it owns. When it is dropped, its leases are over.
#[derive(Debug)]
pub(super) struct Keeper {
    me: String,
    settings: PartitionSettings,
    clock: Arc<dyn Clock>,
    store: Arc<dyn PartitionStore>,
    events: UnboundedSender<PartitionEvent>,
    course: Course,
    holdings: BTreeMap<String, Holding>,
    offers: BTreeMap<String, String>,
    resting: BTreeMap<String, Timestamp>,
}

#[derive(Debug)]
struct Holding {
    lease: QueueLease,
    held: Held,
}

/// How a pass ended that was made to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Made {
    pub(super) pace: Pace,
    /// How many rows name this node as their owner.
    pub(super) owned: usize,
}

impl Keeper {
    pub(super) fn new(
        me: String,
        settings: PartitionSettings,
        clock: Arc<dyn Clock>,
        store: Arc<dyn PartitionStore>,
        events: UnboundedSender<PartitionEvent>,
    ) -> Self {
        Self {
            me,
            settings,
            clock,
            store,
            events,
            course: Course::Working,
            holdings: BTreeMap::new(),
            offers: BTreeMap::new(),
            resting: BTreeMap::new(),
        }
    }

    pub(super) fn steer(&mut self, course: Course) {
        self.course = course;
    }

    /// Wants `to` to own a queue that this node reads. Returns whether that is news: work that waits says it again and
    /// again, and a pass costs as many requests as there are queues.
    pub(super) fn offer(&mut self, queue: String, to: String) -> bool {
        let is_listening = self
            .holdings
            .get(&queue)
            .is_some_and(|holding| match holding.held {
                Held::Listening => true,
                Held::Draining { .. } => false,
            });
        let is_news = is_listening && self.offers.get(&queue) != Some(&to);
        if is_news {
            self.offers.insert(queue, to);
        }
        is_news
    }

    /// Notes that nothing of a draining queue is in memory any more.
    pub(super) fn drained(&mut self, queue: &str) {
        if let Some(Holding {
            held: Held::Draining { is_over, .. },
            ..
        }) = self.holdings.get_mut(queue)
        {
            *is_over = true;
        }
    }

    /// Stops what has run out by this node's own clock.
    pub(super) fn lapse(&mut self) {
        let now = self.clock.now();
        let over = self
            .holdings
            .iter()
            .filter(|(_, holding)| !holding.lease.is_owned(now));
        let over: Vec<String> = over.map(|(queue, _)| queue.clone()).collect();
        for queue in over {
            tracing::warn!(node = self.me, queue, "the lease of a control queue ran out");
            self.stop(&queue);
        }
    }

    /// Returns when the next lease runs out.
    pub(super) fn next_end(&self) -> Option<Timestamp> {
        self.holdings.values().map(|holding| holding.lease.end()).min()
    }

    /// Stops everything at once, whatever the rows say. They expire.
    pub(super) fn stop_all(&mut self) {
        let queues: Vec<String> = self.holdings.keys().cloned().collect();
        for queue in queues {
            self.stop(&queue);
        }
    }

    /// Makes a pass. On an error the rest of it is left out, and what was done is done. It may be dropped at any await: a
    /// write of which the answer was not seen is found by the next pass.
    pub(super) async fn pass(&mut self) -> Result<Made, PartitionError> {
        let store = self.store.clone();
        let rows = store.read().await?;
        // The answer may have taken its time.
        self.lapse();
        let now = self.clock.now();
        self.resting.retain(|_, until| now < *until);
        let held = self.holdings.iter();
        let held = held
            .map(|(queue, holding)| (queue.clone(), holding.held))
            .collect();
        let plan = pass(
            &rows,
            &View {
                me: &self.me,
                now,
                course: self.course,
                held: &held,
                offers: &self.offers,
                resting: &self.resting,
                settings: &self.settings,
            },
        );
        for (row, step) in rows.iter().zip(plan.steps) {
            self.apply(&row.queue, step, now).await?;
        }
        for row in &plan.steals {
            self.steal(row).await?;
        }
        self.offers.retain(|queue, _| self.holdings.contains_key(queue));
        Ok(Made {
            pace: plan.pace,
            owned: plan.owned,
        })
    }

    async fn apply(&mut self, queue: &str, step: Step, now: Timestamp) -> Result<(), PartitionError> {
        if step.is_lost {
            self.stop(queue);
        }
        let store = self.store.clone();
        match step.action {
            Action::Nothing => {}
            Action::Steal(row) => {
                store.replace(&row).await?;
                self.tell_of_steal(&row);
            }
            Action::Keep(row) => {
                store.replace(&row).await?;
                self.keep(queue, now + self.settings.lease);
            }
            Action::Drain(row) => {
                self.drain(queue, now);
                store.replace(&row).await?;
                self.extend(queue, now + self.settings.lease);
                self.settle_offer(&row, now);
            }
            Action::Release(row) => {
                self.stop(queue);
                store.replace(&row).await?;
                self.settle_offer(&row, now);
                tracing::info!(
                    node = self.me,
                    queue,
                    next = row.next_owner,
                    "released a control queue"
                );
            }
        }
        Ok(())
    }

    /// Takes a row to even out the load. That another was quicker ends the pass, since its counts are wrong then; anything
    /// else concerns this row alone.
    async fn steal(&self, row: &PartitionRow) -> Result<(), PartitionError> {
        match self.store.replace(row).await {
            Ok(()) => self.tell_of_steal(row),
            Err(stale @ PartitionError::Stale { .. }) => return Err(stale),
            Err(PartitionError::Failed(error)) => {
                tracing::warn!(
                    node = self.me,
                    queue = row.queue,
                    error,
                    "could not stand in line for a control queue"
                );
            }
        }
        Ok(())
    }

    fn tell_of_steal(&self, row: &PartitionRow) {
        let (node, queue, owner) = (&self.me, &row.queue, &row.current_owner);
        tracing::info!(node, queue, owner, "stands in line for a control queue");
    }

    /// Begins to read a queue, or goes on, until `end`.
    fn keep(&mut self, queue: &str, end: Timestamp) {
        if let Some(holding) = self.holdings.get_mut(queue) {
            holding.lease.extend(end);
            match holding.held {
                Held::Listening => return,
                Held::Draining { .. } => holding.held = Held::Listening,
            }
            holding.lease.resume();
        }
        let holding = self.holdings.entry(queue.to_owned());
        let holding = holding.or_insert_with(|| Holding {
            lease: QueueLease::new(end),
            held: Held::Listening,
        });
        let lease = holding.lease.clone();
        tracing::info!(node = self.me, queue, "reads a control queue");
        self.tell(PartitionEvent::Listen {
            queue: queue.to_owned(),
            lease,
        });
    }

    fn drain(&mut self, queue: &str, now: Timestamp) {
        let Some(holding) = self.holdings.get_mut(queue) else {
            return;
        };
        match holding.held {
            Held::Draining { .. } => {}
            Held::Listening => {
                holding.held = Held::Draining {
                    since: now,
                    is_over: false,
                };
                holding.lease.drain();
                tracing::info!(node = self.me, queue, "drains a control queue");
                self.tell(PartitionEvent::Drain {
                    queue: queue.to_owned(),
                });
            }
        }
    }

    fn extend(&self, queue: &str, end: Timestamp) {
        if let Some(holding) = self.holdings.get(queue) {
            holding.lease.extend(end);
        }
    }

    fn stop(&mut self, queue: &str) {
        if let Some(holding) = self.holdings.remove(queue) {
            holding.lease.give_up();
            self.tell(PartitionEvent::Stop {
                queue: queue.to_owned(),
            });
        }
    }

    /// Forgets an offer that was written, and lets the queue rest.
    fn settle_offer(&mut self, row: &PartitionRow, now: Timestamp) {
        let offered = self.offers.get(&row.queue);
        if offered.is_some() && offered == row.next_owner.as_ref() {
            self.offers.remove(&row.queue);
            self.resting
                .insert(row.queue.clone(), now + self.settings.offer_rest);
        }
    }

    fn tell(&self, event: PartitionEvent) {
        // A hub that listens no more is being dropped.
        let _ = self.events.send(event);
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        for holding in self.holdings.values() {
            holding.lease.give_up();
        }
    }
}
