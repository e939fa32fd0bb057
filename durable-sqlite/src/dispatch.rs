//! Handing out work: which instance may go to which node, and what a waiting fetch gets.

use durable_core::Timestamp;
use durable_core::hub::{ActivityBatch, MessageReceipt, TurnWork};
use rusqlite::Connection;

use crate::activity::ActivityToken;
use crate::delivery::{Deliverable, Delivery};
use crate::error::StoreError;
use crate::instance::{IDLE, MAIL, READY};
use crate::node::{ActivityWaiter, LocalNode, NodeKey, Nodes};
use crate::serve::Server;
use crate::turn::TurnToken;
use crate::tx::{execute, row};
use crate::writer::{Batch, RequestSender, Writer};

impl LocalNode {
    /// Returns whether a fetch waits for something that may be there.
    pub(crate) fn is_hungry(&self) -> bool {
        let turns = !self.mail.is_empty() || self.scan.turns || self.scan.blocked;
        let fetches = (turns && self.wants_turns())
            || self.activity_waiters.iter().any(|waiter| self.can_serve(waiter));
        self.is_live() && fetches
    }

    fn wants_turns(&self) -> bool {
        self.turn_waiters.iter().any(|waiter| !waiter.reply.is_closed())
    }

    fn can_serve(&self, waiter: &ActivityWaiter) -> bool {
        let runs = waiter.demand.slots > 0 && (self.scan.activities || !self.returned.is_empty());
        !waiter.reply.is_closed() && (runs || !self.cancels.is_empty())
    }

    /// Takes turns back whose fetch was dropped: their messages are handed out again.
    pub(crate) fn take_turns_back(&mut self, works: Vec<TurnWork>) {
        for work in works {
            let Some(token) = work.session.token::<TurnToken>() else {
                continue;
            };
            let first = work.messages.iter().map(|message| message.receipt).min();
            if let Some(owned) = self.owned.get_mut(&token.instance) {
                if let Some(MessageReceipt(first)) = first {
                    owned.after = owned.after.min(first.cast_signed() - 1);
                }
                self.mail.insert(token.instance);
            }
        }
    }

    /// Takes activities back whose fetch was dropped.
    pub(crate) fn take_activities_back(&mut self, batch: ActivityBatch) {
        for work in batch.run {
            let token = work.session.token::<ActivityToken>();
            if token.is_some_and(|token| self.running.contains_key(&(token.run, token.task))) {
                self.returned.push(work);
            }
        }
        self.cancels.extend(batch.cancel);
    }

    /// Returns how many more instances its waiting fetches can take in this transaction.
    pub(crate) fn room(&self) -> usize {
        let open = self
            .turn_waiters
            .iter()
            .filter(|waiter| !waiter.reply.is_closed());
        open.map(|waiter| waiter.limit)
            .sum::<usize>()
            .saturating_sub(self.candidates.len() + self.fresh.len())
    }
}

/// What decides where a touched instance belongs.
struct Place {
    owner: Option<i64>,
    ready: i64,
    code: i64,
    /// It has messages, is due, and is not blocked.
    has_work: bool,
}

impl Writer {
    /// Finds out for each touched instance who is to be told that it has work.
    pub(crate) fn settle(&mut self, now: Timestamp, batch: &mut Batch) -> Result<(), StoreError> {
        for instance in std::mem::take(&mut batch.touched) {
            let mut nodes = self.nodes.all.values_mut();
            if let Some(node) = nodes.find(|node| node.owned.contains_key(&instance)) {
                node.mail.insert(instance);
                continue;
            }
            let sql = "SELECT owner, ready, code,
                           blocked IS NULL AND coalesce(due <= ?2, 1)
                               AND (first IS NOT NULL OR EXISTS (SELECT 1 FROM inbox WHERE inbox.instance = instance.id))
                       FROM instance WHERE id = ?1 AND ended IS NULL";
            let place = row(&self.conn, sql, (instance, now.as_micros()), |row| {
                Ok(Place {
                    owner: row.get(0)?,
                    ready: row.get(1)?,
                    code: row.get(2)?,
                    has_work: row.get(3)?,
                })
            })?;
            if let Some(place) = place {
                batch.ring |= self.settle_one(instance, &place, now)?;
            }
        }
        Ok(())
    }

    /// Returns whether other processes must be told.
    fn settle_one(&mut self, instance: i64, place: &Place, now: Timestamp) -> Result<bool, StoreError> {
        if let Some(owner) = place.owner {
            if let Some(node) = self.nodes.by_row_mut(owner) {
                node.mail.insert(instance);
                return Ok(false);
            }
            if place.ready != MAIL {
                set_ready(&self.conn, instance, MAIL, now)?;
            }
            return Ok(true);
        }
        if !place.has_work {
            if place.ready != IDLE {
                set_ready(&self.conn, instance, IDLE, now)?;
            }
            return Ok(false);
        }
        let code = self.codes.get(&self.conn, place.code)?;
        for node in self
            .nodes
            .all
            .values_mut()
            .filter(|node| node.is_live() && node.takes(&code.name, &code.version))
        {
            if node.room() > 0 {
                node.candidates.push_back(instance);
                return Ok(false);
            }
            node.scan.turns = true;
        }
        if place.ready != READY {
            set_ready(&self.conn, instance, READY, now)?;
        }
        Ok(true)
    }

    /// Gives waiting fetches the owned instances that were given timers, at once.
    ///
    /// Everything else waits for the end of the transaction: a claim counts only when it is stored, while these instances
    /// belong to their nodes already. What a turn of theirs sends is in its commit, which comes after whatever the turn saw.
    pub(crate) fn hand_out_fired(&mut self, now: Timestamp) -> Result<(), StoreError> {
        self.serve_each(now, |server, returns| {
            if let Some(served) = server.serve_fired()? {
                // A delivery that finds nobody comes back by itself.
                let _ = served.waiter.reply.send(returns.delivery(served.works));
            }
            Ok(())
        })
    }

    /// Gives waiting fetches what there is, in this transaction.
    pub(crate) fn hand_out(&mut self, now: Timestamp, batch: &mut Batch) -> Result<(), StoreError> {
        self.serve_each(now, |server, returns| {
            for served in server.serve_turns()? {
                if served.are_fresh {
                    let tokens = served.works.iter().filter_map(|work| work.session.token());
                    batch
                        .awaited
                        .extend(tokens.map(|token: &TurnToken| token.instance));
                }
                let delivery = returns.delivery(served.works);
                let hand_over = move || {
                    // A delivery that finds nobody comes back by itself.
                    let _ = served.waiter.reply.send(delivery);
                };
                if served.are_fresh {
                    hand_over();
                } else {
                    batch.answers.push(Box::new(hand_over));
                }
            }
            for (waiter, work) in server.serve_activities()? {
                let delivery = returns.delivery(work);
                batch.answers.push(Box::new(move || {
                    let _ = waiter.reply.send(delivery);
                }));
            }
            Ok(())
        })
    }

    /// Serves the nodes that are there, one after the other.
    fn serve_each(
        &mut self,
        now: Timestamp,
        mut serve: impl FnMut(&mut Server<'_>, Returns<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let Self {
            conn,
            codes,
            nodes: Nodes { all },
            requests,
            next_due,
            ..
        } = self;
        for (key, node) in all.iter_mut().filter(|(_, node)| node.is_live()) {
            let mut server = Server {
                conn,
                codes,
                node,
                now,
                next_due,
            };
            let returns = Returns { node: *key, requests };
            serve(&mut server, returns)?;
        }
        Ok(())
    }
}

/// The way back of what a node is given and nobody takes.
#[derive(Clone, Copy)]
struct Returns<'a> {
    node: NodeKey,
    requests: &'a RequestSender,
}

impl Returns<'_> {
    fn delivery<W: Deliverable>(self, works: W) -> Delivery<W> {
        Delivery::new(works, self.node, self.requests.clone())
    }
}

pub(crate) fn set_ready(
    conn: &Connection,
    instance: i64,
    ready: i64,
    now: Timestamp,
) -> Result<(), StoreError> {
    let since = (ready == READY).then_some(now.as_micros());
    let sql = "UPDATE instance SET ready = ?2, ready_since = ?3 WHERE id = ?1";
    execute(conn, sql, (instance, ready, since))?;
    Ok(())
}
