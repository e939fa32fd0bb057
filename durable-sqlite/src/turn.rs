//! The commit of a turn.

use std::collections::BTreeSet;

use durable_core::BuildId;
use durable_core::history::{CompletionStatus, Event, EventKind};
use durable_core::hub::{
    ActivityDemand, BlockReport, Commit, Committed, CustomStatus, InstanceStatus, NextExecution, Session,
    TurnCommit, TurnOutcome,
};

use crate::code::CodeKind;
use crate::error::{StoreError, conflict, corrupt, invalid};
use crate::instance::Head;
use crate::tx::{Tx, row};
use crate::{activity, ending, frame, history, inbox, outgoing, timer};

/// What a session of an instance stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TurnToken {
    pub(crate) node: i64,
    pub(crate) instance: i64,
    pub(crate) epoch: i64,
    /// For the texts of errors.
    pub(crate) name: durable_core::InstanceId,
}

impl TurnToken {
    pub(crate) fn of(session: &Session) -> Result<&Self, StoreError> {
        let token = session.token();
        token
            .ok_or_else(|| invalid("the session is not one of an instance of a SQLite hub".to_owned()).into())
    }

    /// Returns the instance, and refuses unless the session's node still owns it.
    pub(crate) fn check(&self, tx: &Tx<'_>) -> Result<Head, StoreError> {
        match tx.known(self.node, self.instance, self.epoch) {
            Some(known) => Ok(known.head.clone()),
            None => self.check_in(tx.conn),
        }
    }

    /// Reads the instance, and refuses unless the session's node still owns it.
    pub(crate) fn check_in(&self, conn: &rusqlite::Connection) -> Result<Head, StoreError> {
        let stale = |current| StoreError::Stale {
            what: format!("instance `{}`", self.name),
            held: self.epoch,
            current,
        };
        let head = Head::by_id(conn, self.instance)?.ok_or_else(|| stale(0))?;
        if head.owner == Some(self.node) && head.epoch == self.epoch {
            Ok(head)
        } else {
            Err(stale(head.epoch))
        }
    }
}

/// Applies one commit. Whatever it changed is rolled back if it is refused.
pub(crate) fn commit(tx: &mut Tx<'_>, commit: &Commit) -> Result<Committed, StoreError> {
    // The second of two completions may be refused after the first was written.
    if commit.completions.len() > 1 {
        tx.guard()?;
    }
    let turn = match &commit.turn {
        Some(turn) => Some(prepare(tx, turn)?),
        None => None,
    };
    for completion in &commit.completions {
        activity::complete(tx, completion)?;
    }
    match turn {
        Some(turn) => commit_turn(tx, turn),
        None => Ok(Committed::default()),
    }
}

/// A turn that its owner made on the history as it is, encoded.
struct Prepared<'a> {
    turn: &'a TurnCommit,
    head: Head,
    node: i64,
    events: Option<history::Encoded>,
    custom_status: Option<Vec<u8>>,
    activities: Vec<Vec<u8>>,
}

/// Does everything for which a turn can be refused before anything is written.
fn prepare<'a>(tx: &mut Tx<'_>, turn: &'a TurnCommit) -> Result<Prepared<'a>, StoreError> {
    let token = TurnToken::of(&turn.session)?;
    let head = token.check(tx)?;
    tx.effects.turns_unread += u64::from(tx.known(token.node, token.instance, token.epoch).is_some());
    if u64::try_from(head.event_count) != Ok(turn.base_event_count) {
        return Err(conflict(format!(
            "the history of `{}` has {} events, and the turn was made on {}",
            head.instance, head.event_count, turn.base_event_count
        ))
        .into());
    }
    let is_plain = match turn.outcome {
        TurnOutcome::Waiting => true,
        TurnOutcome::Ended(ref status) => tells(&turn.events, status),
        TurnOutcome::ContinuedAsNew(_) | TurnOutcome::Blocked(_) => false,
    };
    if !is_plain || !outgoing::is_certain(&turn.outgoing) || turn.version.is_some() {
        tx.guard()?;
    }
    let custom_status = match &turn.custom_status {
        CustomStatus::Set(payload) => {
            Some(frame::encode_payload(payload).map_err(|error| error.at(&head.instance, "custom status"))?)
        }
        CustomStatus::Unchanged => None,
    };
    let events = match turn.outcome {
        TurnOutcome::Waiting | TurnOutcome::Ended(_) => history::encode(tx, &head, &turn.events)?,
        TurnOutcome::ContinuedAsNew(_) | TurnOutcome::Blocked(_) => None,
    };
    Ok(Prepared {
        turn,
        node: token.node,
        events,
        custom_status,
        activities: outgoing::encode(&head, &turn.outgoing)?,
        head,
    })
}

/// Returns whether the events say how the execution ended.
fn tells(events: &[Event], status: &CompletionStatus) -> bool {
    let is_told = |kind: &EventKind| matches!(kind, EventKind::ExecutionCompleted(told) if told == status);
    events.iter().any(|event| is_told(&event.kind))
}

fn commit_turn(tx: &mut Tx<'_>, prepared: Prepared<'_>) -> Result<Committed, StoreError> {
    let Prepared {
        turn,
        mut head,
        node,
        events,
        custom_status,
        activities,
    } = prepared;
    if let TurnOutcome::Blocked(report) = &turn.outcome {
        tx.effects.progress(&head.instance);
        block(tx, &mut head, report)?;
        return Ok(Committed::default());
    }
    inbox::consume(tx, &mut head, &turn.consumed)?;
    head.unblock(tx)?;
    set_version(tx, &mut head, turn)?;
    if let Some(bytes) = custom_status {
        tx.execute(
            "UPDATE instance SET custom_status = ?2 WHERE id = ?1",
            (head.id, bytes),
        )?;
        tx.effects.custom_statuses.push(head.id);
    }
    let eager = match turn.outcome {
        TurnOutcome::Waiting => turn.eager.clone(),
        TurnOutcome::Ended(_) | TurnOutcome::ContinuedAsNew(_) | TurnOutcome::Blocked(_) => {
            ActivityDemand::default()
        }
    };
    let activities = outgoing::send(tx, &head, (&turn.outgoing, &activities), node, eager)?;
    match &turn.outcome {
        TurnOutcome::Waiting | TurnOutcome::Blocked(_) => {
            tx.effects.progress(&head.instance);
            history::append_encoded(tx, &mut head, events)?;
            if head.event_count > 0 {
                head.status = running_status(turn.suspended);
            }
            head.save_turn(tx)?;
        }
        TurnOutcome::Ended(status) => {
            history::append_encoded(tx, &mut head, events)?;
            end(tx, &mut head, turn, status)?;
        }
        TurnOutcome::ContinuedAsNew(next) => {
            tx.effects.progress(&head.instance);
            continue_as_new(tx, &mut head, next, turn.suspended)?;
        }
    }
    if turn.release && head.owner.is_some() {
        release(tx, &mut head)?;
    }
    if head.owner == Some(node) {
        tx.effects.stored.push(head);
    }
    Ok(Committed { activities })
}

fn running_status(suspended: bool) -> InstanceStatus {
    if suspended {
        InstanceStatus::Suspended
    } else {
        InstanceStatus::Running
    }
}

/// Gives up the ownership: what was not consumed is handed out again.
pub(crate) fn release(tx: &mut Tx<'_>, head: &mut Head) -> Result<(), StoreError> {
    head.disown(tx);
    head.save_place(tx)?;
    tx.effects.touched.push(head.id);
    Ok(())
}

/// Moves the instance to the version that the turn resolved, and to another owner if this one does not offer it.
fn set_version(tx: &mut Tx<'_>, head: &mut Head, turn: &TurnCommit) -> Result<(), StoreError> {
    let Some(version) = &turn.version else {
        return Ok(());
    };
    let name = tx.code(head.code)?.name;
    let code = tx.intern(CodeKind::Orchestrator, &name, version)?;
    if code == head.code {
        return Ok(());
    }
    head.code = code;
    leave_if_unsuitable(tx, head)?;
    head.save_place(tx)
}

fn leave_if_unsuitable(tx: &mut Tx<'_>, head: &mut Head) -> Result<(), StoreError> {
    let code = tx.code(head.code)?;
    let owner = head.owner.and_then(|owner| tx.nodes.by_row(owner));
    if owner.is_some_and(|node| !node.takes(&code.name, &code.version)) {
        head.disown(tx);
        tx.effects.touched.push(head.id);
    }
    Ok(())
}

fn end(
    tx: &mut Tx<'_>,
    head: &mut Head,
    turn: &TurnCommit,
    status: &CompletionStatus,
) -> Result<(), StoreError> {
    if !tells(&turn.events, status) {
        ending::store_outcome(tx, head, status)?;
    }
    ending::finish(tx, head, status)
}

/// Replaces the execution by the next: its history goes, and messages that are not for it in particular stay.
fn continue_as_new(
    tx: &mut Tx<'_>,
    head: &mut Head,
    next: &NextExecution,
    suspended: bool,
) -> Result<(), StoreError> {
    let started = &next.started;
    if started.instance != head.instance {
        return Err(invalid(format!(
            "instance `{}` cannot continue as instance `{}`",
            head.instance, started.instance
        ))
        .into());
    }
    history::remove(tx, head)?;
    ending::drop_execution(tx, head)?;
    let run = tx.draw()?;
    head.replace_execution(run, started.execution.clone());
    head.generation = started.generation;
    head.status = running_status(suspended);
    head.due = started.scheduled_start.filter(|due| *due > tx.now);
    let first = next.first_event(tx.now);
    ending::replace_started(tx, head, &first)?;
    inbox::post_started(tx, head)?;
    for event in &next.carried {
        inbox::post_carried(tx, head.id, event)?;
    }
    if let Some(due) = head.due {
        // Until then nobody owns it, so that nobody is handed its first event.
        timer::set_start(tx, head.run, head.id, due)?;
        head.disown(tx);
        head.save_place(tx)?;
    }
    let code = tx.intern(CodeKind::Orchestrator, &started.name, &started.version)?;
    if code != head.code {
        head.code = code;
        leave_if_unsuitable(tx, head)?;
        head.save_place(tx)?;
    }
    head.save_progress(tx)
}

/// Shows the instance as blocked. Nothing is consumed, and nobody owns it until it is tried again.
pub(crate) fn block(tx: &mut Tx<'_>, head: &mut Head, report: &BlockReport) -> Result<(), StoreError> {
    let failed = |error| corrupt(format!("the block report of `{}`: {error}", head.instance));
    let json = serde_json::to_string(report).map_err(failed)?;
    let tried = with_build(tried_builds(tx.conn, head.id)?, report.build);
    tx.execute(
        "UPDATE instance SET blocked = ?2, tried = ?3 WHERE id = ?1",
        (head.id, json, tried),
    )?;
    head.disown(tx);
    head.save_place(tx)?;
    head.save_progress(tx)?;
    tx.effects.touched.push(head.id);
    tx.effects.blocked = true;
    tx.effects.ring = true;
    Ok(())
}

/// Returns the builds that have tried a blocked instance.
pub(crate) fn tried_builds(
    conn: &rusqlite::Connection,
    instance: i64,
) -> Result<BTreeSet<BuildId>, StoreError> {
    let sql = "SELECT tried FROM instance WHERE id = ?1";
    let text: Option<String> = row(conn, sql, [instance], |row| row.get(0))?.flatten();
    let parse = |text: String| serde_json::from_str(&text);
    let failed = |error| {
        corrupt(format!(
            "the builds that tried instance number {instance}: {error}"
        ))
    };
    Ok(text.map(parse).transpose().map_err(failed)?.unwrap_or_default())
}

/// Returns the text for the builds that have tried, with one more.
pub(crate) fn with_build(mut tried: BTreeSet<BuildId>, build: BuildId) -> String {
    tried.insert(build);
    let numbers: Vec<String> = tried.into_iter().map(|build| build.0.to_string()).collect();
    format!("[{}]", numbers.join(","))
}
