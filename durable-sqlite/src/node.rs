//! Nodes: workers that have joined, as rows of the file and as the writer of this process knows its own.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use durable_core::history::Event;
use durable_core::hub::{
    ActivityBatch, ActivityDemand, ActivityKey, ActivityWork, CodeKey, TurnWork, WorkerOffer,
};
use durable_core::{RecordedVersion, Timestamp, WireName, WorkerId};
use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::activity::ActivityToken;
use crate::code::CodeKind;
use crate::delivery::Delivery;
use crate::error::{StoreError, conflict, corrupt};
use crate::known::{Fresh, Known, Owned};
use crate::renewal::Renewal;
use crate::tx::{Effects, Tx, execute, row, rows};

/// The number of a joined worker within this process. It stays the same when the node's row must be made anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct NodeKey(pub(crate) u64);

/// The workers that joined through this hub and neither left nor were dropped.
#[derive(Debug, Default)]
pub(crate) struct Nodes {
    pub(crate) all: BTreeMap<NodeKey, LocalNode>,
}

/// A joined worker of this process.
#[derive(Debug)]
pub(crate) struct LocalNode {
    /// The number of its row, which is its epoch.
    pub(crate) row: i64,
    pub(crate) offer: WorkerOffer,
    /// The instances it owns.
    pub(crate) owned: HashMap<i64, Owned>,
    /// Instances that it owns since their start in the present transaction, each with its first event.
    pub(crate) fresh: VecDeque<(i64, Event)>,
    /// Owned instances that may have messages not yet handed out.
    pub(crate) mail: BTreeSet<i64>,
    /// Such of them as were given timers since they were last handed out.
    pub(crate) rung: BTreeSet<i64>,
    /// Instances without an owner that this node is to claim in the present transaction.
    pub(crate) candidates: VecDeque<i64>,
    pub(crate) turn_waiters: VecDeque<TurnWaiter>,
    pub(crate) activity_waiters: VecDeque<ActivityWaiter>,
    /// Activities it owns whose delivery was dropped.
    pub(crate) returned: Vec<ActivityWork>,
    pub(crate) running: HashMap<(i64, i64), ActivityToken>,
    pub(crate) cancels: Vec<ActivityKey>,
    /// Where the file may hold work that has not been looked at.
    pub(crate) scan: Scan,
    /// It was given a timer, and has lost the instance before a turn took it.
    pub(crate) has_lost_timers: bool,
    /// Its lease is not renewed, as if its process stood still.
    pub(crate) is_paused: bool,
    /// Stopped by the worker when it ends without leaving.
    renewal: Renewal,
}

/// What may be found by looking.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scan {
    pub(crate) turns: bool,
    pub(crate) blocked: bool,
    pub(crate) activities: bool,
}

/// A fetch of turns that waits.
#[derive(Debug)]
pub(crate) struct TurnWaiter {
    pub(crate) limit: usize,
    pub(crate) reply: oneshot::Sender<Delivery<Vec<TurnWork>>>,
}

/// A fetch of activities that waits.
#[derive(Debug)]
pub(crate) struct ActivityWaiter {
    pub(crate) demand: ActivityDemand,
    pub(crate) reply: oneshot::Sender<Delivery<ActivityBatch>>,
}

impl Scan {
    pub(crate) const EVERYTHING: Self = Self {
        turns: true,
        blocked: true,
        activities: true,
    };
}

/// Instead of the number of a row that is gone and not to be made anew.
const NO_ROW: i64 = 0;

impl Nodes {
    pub(crate) fn pause(&mut self, worker: &WorkerId) {
        for node in self.all.values_mut().filter(|node| node.offer.worker == *worker) {
            node.is_paused = true;
        }
    }

    /// Notes that paused nodes have lost their rows.
    pub(crate) fn drop_rows(&mut self, dismissed: &[i64]) {
        for node in self.all.values_mut().filter(|node| dismissed.contains(&node.row)) {
            node.rejoined(NO_ROW);
        }
    }

    pub(crate) fn by_row(&self, row: i64) -> Option<&LocalNode> {
        self.all.values().find(|node| node.row == row)
    }

    pub(crate) fn by_row_mut(&mut self, row: i64) -> Option<&mut LocalNode> {
        self.all.values_mut().find(|node| node.row == row)
    }
}

impl LocalNode {
    pub(crate) fn new(row: i64, offer: WorkerOffer, renewal: Renewal) -> Self {
        Self {
            row,
            offer,
            owned: HashMap::new(),
            fresh: VecDeque::new(),
            mail: BTreeSet::new(),
            rung: BTreeSet::new(),
            candidates: VecDeque::new(),
            turn_waiters: VecDeque::new(),
            activity_waiters: VecDeque::new(),
            returned: Vec::new(),
            running: HashMap::new(),
            cancels: Vec::new(),
            scan: Scan::EVERYTHING,
            has_lost_timers: false,
            is_paused: false,
            renewal,
        }
    }

    /// Returns whether its lease is to be renewed. Asked after the clock was read, so that no lease reaches on from a
    /// moment at which its worker was gone.
    pub(crate) fn is_renewed(&self) -> bool {
        !self.is_paused && !self.renewal.is_stopped()
    }

    /// Returns whether the node may be given work: a paused one that lost its row may not.
    pub(crate) fn is_live(&self) -> bool {
        self.row != NO_ROW
    }

    /// Starts again under another row, after others took what it owned.
    pub(crate) fn rejoined(&mut self, row: i64) {
        self.cancels
            .extend(self.running.drain().map(|(_, token)| token.key));
        self.row = row;
        self.owned.clear();
        self.fresh.clear();
        self.mail.clear();
        self.rung.clear();
        self.returned.clear();
        self.scan = Scan::EVERYTHING;
    }

    /// Takes an instance over that was started for it.
    pub(crate) fn take_fresh(&mut self, fresh: Fresh) {
        let id = fresh.head.id;
        self.fresh.push_back((id, fresh.first));
        let known = Known::new(fresh.head, fresh.started, fresh.is_small);
        self.owned.insert(
            id,
            Owned {
                after: 0,
                known: Some(Box::new(known)),
                fired: BTreeMap::new(),
            },
        );
    }

    /// Notes what an operation has added to the instances that it owns, and removed.
    pub(crate) fn learn(&mut self, effects: &Effects) {
        let mut with = |instance: &i64, note: &dyn Fn(&mut Known)| {
            if let Some(known) = self
                .owned
                .get_mut(instance)
                .and_then(|owned| owned.known.as_mut())
            {
                note(known);
            }
        };
        for instance in &effects.touched {
            with(instance, &|known| known.may_have.messages = true);
        }
        for instance in &effects.custom_statuses {
            with(instance, &|known| known.may_have.custom_status = true);
        }
        for instance in &effects.timers {
            with(instance, &|known| known.may_have.timers = true);
        }
        for (instance, task) in &effects.ordered {
            with(instance, &|known| {
                if let Some(tasks) = &mut known.activities {
                    tasks.insert(*task);
                }
            });
        }
        for (instance, task) in &effects.removed {
            with(instance, &|known| {
                if let Some(tasks) = &mut known.activities {
                    tasks.remove(task);
                }
            });
        }
    }

    /// Forgets what it knows of the instances that it owns: another process has written.
    pub(crate) fn forget(&mut self) {
        for owned in self.owned.values_mut() {
            owned.known = None;
        }
    }

    /// Returns whether the node runs turns of instances of that name and version.
    pub(crate) fn takes(&self, name: &WireName, version: &RecordedVersion) -> bool {
        let orchestrators = &self.offer.orchestrators;
        offers(orchestrators, name, version)
            || (self.offer.takes_mismatched && orchestrators.iter().any(|offered| offered.name == *name))
    }

    pub(crate) fn runs(&self, name: &WireName, version: &RecordedVersion) -> bool {
        offers(&self.offer.activities, name, version)
    }
}

/// Returns whether the code is offered. For a blank version, which the first turn resolves, the name suffices.
fn offers(offered: &[CodeKey], name: &WireName, version: &RecordedVersion) -> bool {
    let mut of_name = offered.iter().filter(|key| key.name == *name);
    match version {
        RecordedVersion::Blank => of_name.next().is_some(),
        RecordedVersion::Known(version) => of_name.any(|key| key.version == *version),
        RecordedVersion::Foreign(_) => false,
    }
}

/// Writes the row of a worker that joins, and returns its number. A row of the same worker that another process
/// left behind is fenced; a worker that has joined in this process already is refused.
pub(crate) fn join(
    tx: &mut Tx<'_>,
    offer: &WorkerOffer,
    expires: Timestamp,
    socket: Option<&str>,
) -> Result<i64, StoreError> {
    if tx
        .nodes
        .all
        .values()
        .any(|node| node.is_live() && node.offer.worker == offer.worker)
    {
        return Err(conflict(format!("the worker `{}` has joined already", offer.worker)).into());
    }
    let sql = "SELECT id FROM node WHERE worker = ?1";
    if let Some(earlier) = tx.row(sql, [offer.worker.as_str()], |row| row.get(0))? {
        dismiss(tx, earlier)?;
    }
    insert(tx, offer, expires, socket)
}

/// Writes the row of a node.
pub(crate) fn insert(
    tx: &mut Tx<'_>,
    offer: &WorkerOffer,
    expires: Timestamp,
    socket: Option<&str>,
) -> Result<i64, StoreError> {
    let id = tx.draw()?;
    let json = |keys: &[CodeKey]| {
        serde_json::to_string(keys)
            .map_err(|error| corrupt(format!("the offer of `{}`: {error}", offer.worker)))
    };
    tx.execute(
        "INSERT INTO node (id, worker, build, takes_mismatched, expires, orchestrators, activities, socket)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        (
            id,
            offer.worker.as_str(),
            offer.build.0.cast_signed(),
            offer.takes_mismatched,
            expires.as_micros(),
            json(&offer.orchestrators)?,
            json(&offer.activities)?,
            socket,
        ),
    )?;
    let orchestrators = offer
        .orchestrators
        .iter()
        .map(|key| (CodeKind::Orchestrator, key));
    let activities = offer.activities.iter().map(|key| (CodeKind::Activity, key));
    for (kind, key) in orchestrators.chain(activities) {
        let code = tx.intern(kind, &key.name, &RecordedVersion::Known(key.version))?;
        tx.execute(
            "INSERT OR REPLACE INTO node_offer (node, code, exact) VALUES (?1, ?2, 1)",
            (id, code),
        )?;
    }
    tx.execute(
        "INSERT OR IGNORE INTO node_offer (node, code, exact)
         SELECT DISTINCT ?1, c.id, 0
         FROM node_offer o
         JOIN code offered ON offered.id = o.code
         JOIN code c ON c.kind = offered.kind AND c.name = offered.name
         WHERE o.node = ?1 AND o.exact = 1 AND (c.version = '' OR (c.kind = 0 AND ?2))",
        (id, offer.takes_mismatched),
    )?;
    tx.effects.ring = true;
    Ok(id)
}

/// Removes the row of a node: everything it owned is free, and its later commits are refused.
pub(crate) fn dismiss(tx: &mut Tx<'_>, node: i64) -> Result<(), StoreError> {
    let owned: Vec<i64> = rows(
        tx.conn,
        "SELECT id FROM instance WHERE owner = ?1",
        [node],
        |row| row.get(0),
    )?;
    tx.execute(
        "UPDATE instance SET owner = NULL, ready = 0 WHERE owner = ?1",
        [node],
    )?;
    let sql = "UPDATE activity SET owner = NULL, deadline = NULL WHERE owner = ?1 RETURNING code";
    let codes: BTreeSet<i64> = rows(tx.conn, sql, [node], |row| row.get(0))?
        .into_iter()
        .collect();
    tx.execute("DELETE FROM node_offer WHERE node = ?1", [node])?;
    tx.execute("DELETE FROM node WHERE id = ?1", [node])?;
    tx.effects.disowned.extend(&owned);
    tx.effects.touched.extend(owned);
    tx.effects.activities.extend(codes);
    Ok(())
}

/// Prolongs the lease of a node. Returns whether its row is still there.
pub(crate) fn renew(conn: &Connection, node: i64, expires: Timestamp) -> Result<bool, StoreError> {
    let sql = "UPDATE node SET expires = ?2 WHERE id = ?1";
    Ok(execute(conn, sql, (node, expires.as_micros()))? == 1)
}

/// Returns whether the row of a node is still there.
pub(crate) fn exists(conn: &Connection, node: i64) -> Result<bool, StoreError> {
    Ok(row(conn, "SELECT 1 FROM node WHERE id = ?1", [node], |_| Ok(()))?.is_some())
}

/// Dismisses the nodes of others whose lease has run out or whose process has died, and returns when the next lease of
/// another runs out, and who was dismissed.
pub(crate) fn dismiss_expired(
    tx: &mut Tx<'_>,
    has_died: impl Fn(&str) -> bool,
) -> Result<(Option<Timestamp>, Vec<i64>), StoreError> {
    let mut dismissed = Vec::new();
    let sql = "SELECT id, worker, expires, socket FROM node";
    let nodes: Vec<(i64, String, i64, Option<String>)> = rows(tx.conn, sql, [], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
    })?;
    let mut next = None;
    for (id, worker, expires, socket) in nodes {
        let expires = Timestamp::from_micros(expires);
        if tx.nodes.by_row(id).is_some_and(LocalNode::is_renewed) {
            continue;
        }
        if expires <= tx.now {
            tracing::warn!(%worker, %expires, "the lease of a worker ran out; what it owned is taken over");
            dismiss(tx, id)?;
            dismissed.push(id);
        } else if socket.is_some_and(|socket| has_died(&socket)) {
            tracing::warn!(%worker, "the process of a worker has died; what it owned is taken over");
            dismiss(tx, id)?;
            dismissed.push(id);
        } else {
            next = Some(next.map_or(expires, |known: Timestamp| known.min(expires)));
        }
    }
    Ok((next, dismissed))
}
