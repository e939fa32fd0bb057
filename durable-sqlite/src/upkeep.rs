//! What the writer does besides requests: timers, leases, and changes that other processes made.

use std::time::Duration;

use durable_core::Timestamp;
use durable_core::hub::WorkerOffer;

use crate::error::StoreError;
use crate::fired::TimerPlace;
use crate::node::{self, LocalNode, NodeKey, Scan};
use crate::renewal::Renewal;
use crate::timer;
use crate::tx::rows;
use crate::writer::{Batch, Writer};

impl Writer {
    /// Looks whether another process has written since, and if so at everything that this may concern.
    pub(crate) fn notice_others(&mut self, now: Timestamp, batch: &mut Batch) -> Result<(), StoreError> {
        let version = read_data_version(&self.conn)?;
        if self.data_version.replace(version) == Some(version) {
            return Ok(());
        }
        self.unpublished = true;
        self.sequence.forget();
        self.fences.forget();
        for node in self.nodes.all.values_mut() {
            node.forget();
        }
        self.neighbours.load(&self.conn)?;
        self.timers_seen = TimerPlace::START;
        self.next_due = timer::next_due(&self.conn, self.timers_seen)?;
        self.rejoin_lost(now, batch)?;
        // Looks at the leases of others once, and so learns when the next of them runs out.
        self.next_expiry = Some(Timestamp::from_micros(0));
        for node in self.nodes.all.values_mut() {
            let sql = "SELECT id FROM instance WHERE owner = ?1 AND ready = 2";
            let mail: Vec<i64> = rows(&self.conn, sql, [node.row], |row| row.get(0))?;
            for instance in mail {
                crate::tx::execute(
                    &self.conn,
                    "UPDATE instance SET ready = 0 WHERE id = ?1",
                    [instance],
                )?;
                node.mail.insert(instance);
            }
            for activity in lost_activities(&self.conn, node)? {
                let token = node.running.remove(&activity);
                node.cancels.extend(token.map(|token| token.key));
            }
            node.scan = Scan::EVERYTHING;
        }
        Ok(())
    }

    /// Returns whether another process has written, or those who wait for it were not told yet.
    pub(crate) fn others_wrote(&self) -> bool {
        // An error shows again, and is dealt with, in the transaction.
        self.unpublished || read_data_version(&self.conn).ok() != self.data_version
    }

    /// Gives a new row to each node whose row others removed because its lease had run out.
    fn rejoin_lost(&mut self, now: Timestamp, batch: &mut Batch) -> Result<(), StoreError> {
        let mut lost = Vec::new();
        for (key, node) in &self.nodes.all {
            if node.is_renewed() && !node::exists(&self.conn, node.row)? {
                lost.push((*key, node.offer.clone()));
            }
        }
        for (key, offer) in lost {
            tracing::warn!(worker = %offer.worker, "the lease ran out; the worker joins again and owns nothing");
            let expires = now.saturating_add(self.options.lease);
            let socket = self.neighbours.own_socket().map(str::to_owned);
            let (row, effects) = self.with_tx(now, |tx| node::insert(tx, &offer, expires, socket.as_deref()));
            self.absorb(effects, batch);
            if let Some(node) = self.nodes.all.get_mut(&key) {
                node.rejoined(row?);
            }
        }
        Ok(())
    }

    /// Renews leases, takes over from nodes that are gone, and fires timers, each when its time has come.
    pub(crate) fn upkeep(&mut self, now: Timestamp, batch: &mut Batch) -> Result<(), StoreError> {
        if self.renew_at.is_some_and(|at| at <= now) {
            let expires = now.saturating_add(self.options.lease);
            for node in self.nodes.all.values_mut().filter(|node| node.is_renewed()) {
                node::renew(&self.conn, node.row, expires)?;
                for instance in lost_instances(&self.conn, node)? {
                    node.lose(instance);
                }
            }
            self.neighbours.renew(&self.conn, expires)?;
            self.renew_at = Some(self.next_renewal(now));
        }
        let is_expiry = self.next_expiry.is_some_and(|at| at <= now) || self.neighbours.any_died();
        if is_expiry && !self.nodes.all.is_empty() {
            let died = self.neighbours.died();
            let (next, effects) = self.with_tx(now, |tx| node::dismiss_expired(tx, &died));
            self.absorb(effects, batch);
            let (next, dismissed) = next?;
            self.next_expiry = next;
            self.take_over(&dismissed);
            self.neighbours.dismiss_expired(&self.conn, now)?;
            self.neighbours.forget_died();
        }
        self.fire_due(now, batch)
    }

    /// Notes that nodes were dismissed, be they of this process: what they had been given is fired for the next owner.
    fn take_over(&mut self, dismissed: &[i64]) {
        self.nodes.drop_rows(dismissed);
        if !dismissed.is_empty() {
            self.recall();
        }
    }

    /// Fires what is due without waiting for the rest of the transaction, and hands it to those who wait for it: their
    /// turns are made while the writer goes on.
    pub(crate) fn fire_early(&mut self, now: Timestamp, batch: &mut Batch) -> Result<(), StoreError> {
        if self.next_due.is_some_and(|due| due <= now) {
            self.fire_due(now, batch)?;
        }
        self.hand_out_fired(now)
    }

    fn fire_due(&mut self, now: Timestamp, batch: &mut Batch) -> Result<(), StoreError> {
        self.recall_timers();
        if self.next_due.is_some_and(|due| due <= now) {
            // Another process fires what is due by way of the inbox, and would do so with what is handed out here.
            let (from, may_direct) = (self.timers_seen, self.neighbours.are_none());
            let (fired, effects) = self.with_tx(now, |tx| timer::fire_due(tx, from, may_direct));
            self.absorb(effects, batch);
            self.timers_seen = fired?;
            let (lost, effects) = self.with_tx(now, crate::activity::lose_silent);
            self.absorb(effects, batch);
            lost?;
            self.next_due = timer::next_due(&self.conn, self.timers_seen)?;
        }
        Ok(())
    }

    /// Looks at all timers again if a node has lost an instance with timers that it had been given.
    pub(crate) fn recall_timers(&mut self) {
        let mut has_lost = false;
        for node in self.nodes.all.values_mut() {
            has_lost |= std::mem::take(&mut node.has_lost_timers);
        }
        if has_lost {
            self.recall();
        }
    }

    fn recall(&mut self) {
        self.timers_seen = TimerPlace::START;
        self.next_due = Some(Timestamp::from_micros(0));
    }

    fn next_renewal(&self, now: Timestamp) -> Timestamp {
        now.saturating_add((self.options.lease / 3).max(Duration::from_millis(1)))
    }

    pub(crate) fn join(
        &mut self,
        offer: WorkerOffer,
        renewal: Renewal,
        now: Timestamp,
        batch: &mut Batch,
    ) -> Result<NodeKey, StoreError> {
        let expires = now.saturating_add(self.options.lease);
        let socket = self.neighbours.own_socket().map(str::to_owned);
        let (row, effects) = self.with_tx(now, |tx| node::join(tx, &offer, expires, socket.as_deref()));
        self.absorb(effects, batch);
        let row = row?;
        self.last_node_key += 1;
        let key = NodeKey(self.last_node_key);
        self.nodes.all.insert(key, LocalNode::new(row, offer, renewal));
        if self.renew_at.is_none() {
            self.renew_at = Some(self.next_renewal(now));
        }
        let died = self.neighbours.died();
        let (next, effects) = self.with_tx(now, |tx| node::dismiss_expired(tx, &died));
        self.absorb(effects, batch);
        let (next, dismissed) = next?;
        self.next_expiry = next;
        self.take_over(&dismissed);
        Ok(key)
    }

    /// Releases everything that a node owns and removes it.
    pub(crate) fn leave(
        &mut self,
        key: NodeKey,
        now: Timestamp,
        batch: &mut Batch,
    ) -> Result<(), StoreError> {
        let Some(node) = self.nodes.all.remove(&key) else {
            return Ok(());
        };
        let (left, effects) = self.with_tx(now, |tx| node::dismiss(tx, node.row));
        self.absorb(effects, batch);
        self.recall();
        left
    }

    /// Lets other processes ring this one.
    pub(crate) fn listen(
        &mut self,
        socket: String,
        now: Timestamp,
        batch: &mut Batch,
    ) -> Result<(), StoreError> {
        let expires = now.saturating_add(self.options.lease);
        let (id, _) = self.with_tx(now, draw);
        self.neighbours.register(&self.conn, id?, socket, expires)?;
        if self.renew_at.is_none() {
            self.renew_at = Some(self.next_renewal(now));
        }
        batch.ring = true;
        Ok(())
    }
}

fn draw(tx: &mut crate::tx::Tx<'_>) -> Result<i64, StoreError> {
    tx.draw()
}

/// Changes whenever another connection has written to the file.
pub(crate) fn read_data_version(conn: &rusqlite::Connection) -> Result<i64, StoreError> {
    Ok(conn
        .prepare_cached("PRAGMA data_version")?
        .query_row([], |row| row.get(0))?)
}

/// Returns the instances that a node believes to own and that another process took from it or ended.
fn lost_instances(conn: &rusqlite::Connection, node: &LocalNode) -> Result<Vec<i64>, StoreError> {
    let mut lost = Vec::new();
    let uncertain = node.owned.iter().filter(|(_, owned)| owned.known.is_none());
    for (instance, _) in uncertain {
        let sql = "SELECT owner FROM instance WHERE id = ?1";
        let owner: Option<i64> = crate::tx::row(conn, sql, [instance], |row| row.get(0))?.flatten();
        if owner != Some(node.row) {
            lost.push(*instance);
        }
    }
    Ok(lost)
}

/// Returns the activities that a node runs and that are not wanted any more.
fn lost_activities(conn: &rusqlite::Connection, node: &LocalNode) -> Result<Vec<(i64, i64)>, StoreError> {
    let mut lost = Vec::new();
    for (activity, token) in &node.running {
        if !token.holds(conn)? {
            lost.push(*activity);
        }
    }
    Ok(lost)
}
