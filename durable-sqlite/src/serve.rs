//! Serving the fetches of one node: finding, claiming and reading what it is handed out.

use durable_core::Timestamp;
use durable_core::history::Event;
use durable_core::hub::{ActivityBatch, ActivityWork, BlockReport, HubError, Message, Session, TurnWork};
use rusqlite::Connection;

use crate::activity::{self, ActivityToken};
use crate::code::Codes;
use crate::dispatch::set_ready;
use crate::error::StoreError;
use crate::instance::{Head, IDLE, READY};
use crate::known::Owned;
use crate::node::{ActivityWaiter, LocalNode, TurnWaiter};
use crate::turn::{self, TurnToken};
use crate::tx::{execute, rows};
use crate::{fired, inbox};

/// Serves the fetches of one node.
pub(crate) struct Server<'a> {
    pub(crate) conn: &'a Connection,
    pub(crate) codes: &'a mut Codes,
    pub(crate) node: &'a mut LocalNode,
    pub(crate) now: Timestamp,
    pub(crate) next_due: &'a mut Option<Timestamp>,
}

/// What a fetch of turns is given.
pub(crate) struct Served {
    pub(crate) waiter: TurnWaiter,
    pub(crate) works: Vec<TurnWork>,
    /// All of them belong to this node since their start in the present transaction.
    pub(crate) are_fresh: bool,
}

impl Server<'_> {
    /// Answers waiting fetches of turns, longest waiting first.
    pub(crate) fn serve_turns(&mut self) -> Result<Vec<Served>, StoreError> {
        let mut served = Vec::new();
        while let Some(waiter) = self.node.turn_waiters.pop_front() {
            if waiter.reply.is_closed() {
                continue;
            }
            let fresh = self.node.fresh.len();
            let works = self.find_turns(waiter.limit)?;
            if works.is_empty() {
                self.node.turn_waiters.push_front(waiter);
                break;
            }
            let of_fresh = fresh - self.node.fresh.len();
            served.push(Served {
                are_fresh: works.len() == of_fresh && works.iter().all(|work| work.event_count == 0),
                waiter,
                works,
            });
        }
        // Nor is anything lost if the fetch that an instance was started for is gone.
        for (instance, _) in self.node.fresh.drain(..) {
            self.node.mail.insert(instance);
        }
        // A candidate that no fetch took waits in the file.
        for instance in std::mem::take(&mut self.node.candidates) {
            set_ready(self.conn, instance, READY, self.now)?;
            self.node.scan.turns = true;
        }
        Ok(served)
    }

    /// Answers the fetch of turns that has waited longest with owned instances that were given timers.
    pub(crate) fn serve_fired(&mut self) -> Result<Option<Served>, StoreError> {
        self.node.turn_waiters.retain(|waiter| !waiter.reply.is_closed());
        let Some(limit) = self.node.turn_waiters.front().map(|waiter| waiter.limit) else {
            return Ok(None);
        };
        let mut works = Vec::new();
        while works.len() < limit
            && let Some(instance) = self.node.rung.pop_first()
        {
            self.node.mail.remove(&instance);
            works.extend(self.guard(instance, Self::owned_turn)?);
        }
        if works.is_empty() {
            return Ok(None);
        }
        let waiter = self.node.turn_waiters.pop_front();
        Ok(waiter.map(|waiter| Served {
            waiter,
            works,
            are_fresh: false,
        }))
    }

    fn find_mail(&mut self, limit: usize, works: &mut Vec<TurnWork>) -> Result<(), StoreError> {
        while works.len() < limit
            && let Some(instance) = self.node.mail.pop_first()
        {
            self.node.rung.remove(&instance);
            works.extend(self.guard(instance, Self::owned_turn)?);
        }
        Ok(())
    }

    fn find_turns(&mut self, limit: usize) -> Result<Vec<TurnWork>, StoreError> {
        let mut works = Vec::new();
        while works.len() < limit
            && let Some((instance, first)) = self.node.fresh.pop_front()
        {
            works.extend(self.fresh_turn(instance, first)?);
        }
        self.find_mail(limit, &mut works)?;
        while works.len() < limit
            && let Some(instance) = self.node.candidates.pop_front()
        {
            works.extend(self.guard(instance, Self::claim_turn)?);
        }
        if self.node.scan.turns && works.len() < limit {
            let wanted = limit - works.len();
            let sql = "SELECT i.id FROM node_offer o JOIN instance i ON i.code = o.code AND i.ready = 1
                       WHERE o.node = ?1 ORDER BY i.id LIMIT ?2";
            let found: Vec<i64> = rows(self.conn, sql, (self.node.row, as_limit(wanted)), |row| {
                row.get(0)
            })?;
            self.node.scan.turns = found.len() == wanted;
            for instance in found {
                works.extend(self.guard(instance, Self::claim_turn)?);
            }
        }
        if self.node.scan.blocked && works.len() < limit {
            self.find_blocked(limit, &mut works)?;
        }
        Ok(works)
    }

    /// Claims blocked instances that this build has not tried.
    fn find_blocked(&mut self, limit: usize, works: &mut Vec<TurnWork>) -> Result<(), StoreError> {
        let sql = "SELECT i.id FROM node_offer o JOIN instance i ON i.code = o.code AND i.blocked IS NOT NULL
                   WHERE o.node = ?1 AND i.owner IS NULL AND i.ended IS NULL ORDER BY i.id";
        let found: Vec<i64> = rows(self.conn, sql, [self.node.row], |row| row.get(0))?;
        let build = self.node.offer.build;
        for instance in found {
            if works.len() >= limit {
                return Ok(());
            }
            let tried = turn::tried_builds(self.conn, instance)?;
            if !tried.contains(&build) {
                let text = turn::with_build(tried, build);
                execute(
                    self.conn,
                    "UPDATE instance SET tried = ?2 WHERE id = ?1",
                    (instance, text),
                )?;
                works.extend(self.guard(instance, Self::claim_turn)?);
            }
        }
        self.node.scan.blocked = false;
        Ok(())
    }

    /// Shows an instance whose stored data is damaged as blocked, so that it cannot hold up the others.
    fn guard(
        &mut self,
        instance: i64,
        find: fn(&mut Self, i64) -> Result<Option<TurnWork>, StoreError>,
    ) -> Result<Option<TurnWork>, StoreError> {
        match find(self, instance) {
            // A failing disk concerns more than this instance.
            Err(error) if error.fatal().is_none() => {
                self.quarantine(instance, &error.into_hub())?;
                Ok(None)
            }
            found => found,
        }
    }

    fn quarantine(&mut self, instance: i64, error: &HubError) -> Result<(), StoreError> {
        tracing::error!(instance, %error, "an instance is blocked because its data is damaged");
        let report = BlockReport {
            reason: "undecodable".to_owned(),
            message: error.to_string(),
            step: None,
            place: None,
            since: self.now,
            build: self.node.offer.build,
        };
        let json = serde_json::to_string(&report);
        let json = json.map_err(|error| crate::error::corrupt(format!("a block report: {error}")))?;
        let tried = turn::with_build(turn::tried_builds(self.conn, instance)?, report.build);
        execute(
            self.conn,
            "UPDATE instance SET blocked = ?2, tried = ?3, owner = NULL, epoch = epoch + 1, ready = 0 WHERE id = ?1",
            (instance, json, tried),
        )?;
        self.node.lose(instance);
        Ok(())
    }

    /// Returns the first turn of an instance that was started for this node, without reading anything.
    fn fresh_turn(&mut self, instance: i64, event: Event) -> Result<Option<TurnWork>, StoreError> {
        // Something else was sent to it since, or it is gone already.
        if self.node.mail.remove(&instance) {
            return self.guard(instance, Self::owned_turn);
        }
        let Some(owned) = self.node.owned.get_mut(&instance) else {
            return Ok(None);
        };
        let Some((head, first)) = owned
            .known
            .as_ref()
            .and_then(|known| Some((known.head.clone(), known.head.first?)))
        else {
            return self.guard(instance, Self::owned_turn);
        };
        owned.after = first;
        let message = inbox::first_message(&head, first, event);
        self.work(&head, vec![message]).map(Some)
    }

    /// Returns the messages of an owned instance that were not handed out yet.
    fn owned_turn(&mut self, instance: i64) -> Result<Option<TurnWork>, StoreError> {
        let Some(owned) = self.node.owned.get(&instance) else {
            return Ok(None);
        };
        let after = owned.after;
        let (head, may_have_messages) = if let Some(known) = &owned.known {
            (Some(known.head.clone()), known.may_have.messages)
        } else {
            let head = Head::by_id(self.conn, instance)?;
            (head.filter(|head| head.owner == Some(self.node.row)), true)
        };
        let Some(head) = head else {
            self.node.lose(instance);
            return Ok(None);
        };
        let mut messages = if may_have_messages {
            inbox::read(self.conn, &head, after)?
        } else {
            inbox::read_first(self.conn, &head, after)?.into_iter().collect()
        };
        for message in fired::messages(self.node, &head, after) {
            insert(&mut messages, message);
        }
        if messages.is_empty() {
            return Ok(None);
        }
        let work = self.work(&head, messages)?;
        if let Some(owned) = self.node.owned.get_mut(&instance) {
            owned.after = last_receipt(&work).unwrap_or(after);
        }
        Ok(Some(work))
    }

    /// Makes the node the owner of an instance that has none.
    fn claim_turn(&mut self, instance: i64) -> Result<Option<TurnWork>, StoreError> {
        let head = Head::by_id(self.conn, instance)?;
        let Some(mut head) = head.filter(|head| head.owner.is_none() && head.is_due(self.now)) else {
            return Ok(None);
        };
        head.epoch += 1;
        let work = self.turn_work(&head, 0)?;
        if work.messages.is_empty() && !head.is_blocked {
            set_ready(self.conn, instance, IDLE, self.now)?;
            return Ok(None);
        }
        execute(
            self.conn,
            "UPDATE instance SET owner = ?2, epoch = ?3, ready = 0, ready_since = NULL WHERE id = ?1",
            (instance, self.node.row, head.epoch),
        )?;
        head.owner = Some(self.node.row);
        head.ready = IDLE;
        let owned = Owned::read(head, last_receipt(&work).unwrap_or(0));
        self.node.owned.insert(instance, owned);
        Ok(Some(work))
    }

    fn turn_work(&mut self, head: &Head, after: i64) -> Result<TurnWork, StoreError> {
        let messages = inbox::read(self.conn, head, after)?;
        self.work(head, messages)
    }

    fn work(&mut self, head: &Head, messages: Vec<Message>) -> Result<TurnWork, StoreError> {
        let code = self.codes.get(self.conn, head.code)?;
        Ok(TurnWork {
            instance: head.instance.clone(),
            execution: head.execution.clone(),
            name: code.name,
            version: code.version,
            event_count: u64::try_from(head.event_count).unwrap_or_default(),
            messages,
            session: Session::new(TurnToken {
                node: self.node.row,
                instance: head.id,
                epoch: head.epoch,
                name: head.instance.clone(),
            }),
        })
    }

    /// Answers waiting fetches of activities, longest waiting first.
    pub(crate) fn serve_activities(&mut self) -> Result<Vec<(ActivityWaiter, ActivityBatch)>, StoreError> {
        let mut served = Vec::new();
        let mut waiting = std::mem::take(&mut self.node.activity_waiters);
        while let Some(waiter) = waiting.pop_front() {
            if waiter.reply.is_closed() {
                continue;
            }
            let mut batch = ActivityBatch {
                run: Vec::new(),
                cancel: std::mem::take(&mut self.node.cancels),
            };
            self.find_activities(&waiter, &mut batch.run)?;
            if batch.run.is_empty() && batch.cancel.is_empty() {
                self.node.activity_waiters.push_back(waiter);
            } else {
                served.push((waiter, batch));
            }
        }
        Ok(served)
    }

    fn find_activities(
        &mut self,
        waiter: &ActivityWaiter,
        found: &mut Vec<ActivityWork>,
    ) -> Result<(), StoreError> {
        let mut demand = waiter.demand.clone();
        let is_wanted = |work: &mut ActivityWork| demand.take(&work.name);
        found.extend(self.node.returned.extract_if(.., is_wanted));
        if !self.node.scan.activities || waiter.demand.slots == 0 {
            return Ok(());
        }
        let sql =
            "SELECT o.code FROM node_offer o JOIN code c ON c.id = o.code WHERE o.node = ?1 AND c.kind = 1";
        let offered: Vec<i64> = rows(self.conn, sql, [self.node.row], |row| row.get(0))?;
        // What is left out for want of room may be wanted by the next fetch.
        let mut may_be_left = false;
        for number in offered {
            let code = self.codes.get(self.conn, number)?;
            let wanted = demand.room_for(&code.name);
            if wanted == 0 {
                may_be_left = true;
                continue;
            }
            let sql = "SELECT run, task FROM activity WHERE owner IS NULL AND code = ?1 ORDER BY run, task LIMIT ?2";
            let ready: Vec<(i64, i64)> = rows(self.conn, sql, (number, as_limit(wanted)), |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
            may_be_left |= ready.len() == wanted;
            for activity in ready {
                let Some(work) = self.claim_activity(activity, &code)? else {
                    continue;
                };
                demand.take(&work.name);
                found.push(work);
            }
        }
        self.node.scan.activities = may_be_left;
        Ok(())
    }

    fn claim_activity(
        &mut self,
        activity: (i64, i64),
        code: &crate::code::Code,
    ) -> Result<Option<ActivityWork>, StoreError> {
        let claimed = match activity::claim((self.conn, self.now), self.node.row, activity, code) {
            Err(error) if error.fatal().is_none() => {
                // It is owned by now, so that it is not read again and again; the next owner tries it.
                let error = error.into_hub();
                tracing::error!(%error, "an activity cannot be handed out");
                return Ok(None);
            }
            claimed => claimed?,
        };
        if let Some(limit) = claimed.as_ref().and_then(|work| work.heartbeat) {
            let deadline = self.now.saturating_add(limit);
            *self.next_due = Some(self.next_due.map_or(deadline, |known| known.min(deadline)));
        }
        if let Some(token) = claimed
            .as_ref()
            .and_then(|work| work.session.token::<ActivityToken>())
        {
            self.node.running.insert(activity, token.clone());
        }
        Ok(claimed)
    }
}

/// Puts a message among others by its number, which is larger than that of any that was carried over.
fn insert(messages: &mut Vec<Message>, message: Message) {
    let earlier = messages.iter().rposition(|other| other.receipt < message.receipt);
    messages.insert(earlier.map_or(0, |index| index + 1), message);
}

/// Returns the number of the last message that is handed out.
fn last_receipt(work: &TurnWork) -> Option<i64> {
    let receipts = work
        .messages
        .iter()
        .map(|message| message.receipt.0.cast_signed());
    receipts.max()
}

fn as_limit(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
