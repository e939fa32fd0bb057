//! What of a turn is to be committed, and what of an instance for which none can be made.

use super::{TurnThread, asker_of};
use crate::decision::{CustomStatus, TurnOutcome};
use crate::history::Event;
use crate::hub::{ActivityDemand, Commit, TurnCommit};
use crate::id::InstanceId;
use crate::metrics::{self, TurnTally};
use crate::replay::{Decision, Halt};
use crate::worker::committer::Waiting;
use crate::worker::mismatch;
use crate::worker::resident::{After, LocalResult, Phase};

impl TurnThread {
    pub(super) fn commit(&mut self, instance: &InstanceId, base: u64, mut decision: Decision) {
        let Some(resident) = self.residents.get_mut(instance) else {
            return;
        };
        resident.trace.stamp(&mut decision);
        resident.event_count = base + u64::try_from(decision.events.len()).unwrap_or(u64::MAX);
        if let Some(version) = &decision.version {
            resident.version.clone_from(version);
        }
        if matches!(decision.outcome, TurnOutcome::ContinuedAsNew(_)) {
            self.next_execution = None;
        }
        resident.tally = TurnTally::of(&decision.outcome, &decision.events);
        let now = || self.shared.clock.now();
        resident.trace.decided(&decision, &resident.version, now);
        resident.after = match decision.outcome {
            TurnOutcome::Waiting => After::Stay,
            TurnOutcome::Ended(_) | TurnOutcome::ContinuedAsNew(_) | TurnOutcome::Blocked(_) => After::Leave,
        };
        let reserved = self.shared.activities.reserve(&decision.outgoing);
        let turn = TurnCommit {
            session: resident.session.clone(),
            consumed: decision.consumed,
            base_event_count: base,
            events: decision.events,
            outgoing: decision.outgoing,
            custom_status: decision.custom_status,
            version: decision.version,
            suspended: decision.suspended,
            // Another worker may be the only one that has the next execution's version.
            release: matches!(decision.outcome, TurnOutcome::ContinuedAsNew(_)),
            outcome: decision.outcome,
            eager: reserved.as_ref().map(|it| it.demand()).unwrap_or_default(),
        };
        let completions = resident
            .in_flight
            .iter()
            .map(|result| result.to_completion(true))
            .collect();
        resident.phase = Phase::Committing;
        let commit = Commit {
            completions,
            turn: Some(turn),
        };
        let asker = asker_of(instance, resident);
        self.commits.push(commit);
        self.waiting.push(Waiting::Turn { asker, reserved });
    }

    /// Shows the instance as blocked. Nothing is appended, and no message is consumed.
    pub(super) fn block(&mut self, instance: &InstanceId, halt: &Halt) {
        let Some(resident) = self.residents.get_mut(instance) else {
            return;
        };
        tracing::error!(%instance, name = %resident.name, version = %resident.version, reason = %halt.reason,
            "the instance is blocked: {halt}");
        let report = halt.to_report(self.shared.clock.now(), self.shared.build);
        let turn = TurnCommit {
            session: resident.session.clone(),
            consumed: Vec::new(),
            base_event_count: resident.event_count,
            events: Vec::new(),
            outgoing: Vec::new(),
            custom_status: CustomStatus::Unchanged,
            version: None,
            suspended: false,
            outcome: TurnOutcome::Blocked(Box::new(report)),
            eager: ActivityDemand::default(),
            release: true,
        };
        resident.tally = TurnTally::of(&turn.outcome, &[]);
        // Results of local activities reach the inbox, where they wait with everything else.
        let results = resident.take_results();
        let completions = results.iter().map(|result| result.to_completion(false)).collect();
        resident.in_flight = results;
        resident.execution = None;
        resident.mailbox.clear();
        resident.phase = Phase::Committing;
        resident.after = After::Leave;
        let commit = Commit {
            completions,
            turn: Some(turn),
        };
        let asker = asker_of(instance, resident);
        self.commits.push(commit);
        self.waiting.push(Waiting::Turn {
            asker,
            reserved: None,
        });
    }

    /// Deals with an instance whose version this worker does not run.
    pub(super) fn refuse(&mut self, instance: &InstanceId, history: &[Event]) {
        let fails = self.shared.fails_mismatched;
        if let Some(resident) = self.residents.get(instance) {
            let outcome = if fails { "failed" } else { "left" };
            metrics::MISMATCHES.count(&[&resident.name, &resident.version, &outcome]);
        }
        if !fails {
            return self.give_up(instance, &"this worker does not run its version");
        }
        let Some(resident) = self.residents.get_mut(instance) else {
            return;
        };
        let messages = std::mem::take(&mut resident.mailbox);
        let (name, version) = (resident.name.to_string(), resident.version.to_string());
        let base = resident.event_count;
        let decision = mismatch::fail(&name, &version, messages, history, self.shared.clock.now());
        self.commit(instance, base, decision);
    }

    /// Sends results by way of the inbox, since no turn of this thread carries them now.
    pub(super) fn return_results(&mut self, results: Vec<LocalResult>) {
        for result in results {
            self.commits.push(Commit {
                completions: vec![result.to_completion(false)],
                turn: None,
            });
            self.waiting.push(Waiting::Result(result));
        }
    }
}
