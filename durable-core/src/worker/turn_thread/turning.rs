//! How a resident's turn is made, and its history brought back to life before.

use super::TurnThread;
use crate::history::Event;
use crate::id::{ExecutionId, InstanceId};
use crate::metrics::{self, Level, Stopwatch};
use crate::replay::{CheckedExecution, TurnInput};
use crate::trace::table::{LOAD, TURN};
use crate::trace::{load_span, turn_span};
use crate::worker::code::{Found, find_code};
use crate::worker::resident::Resident;

impl TurnThread {
    /// Brings a history back to life, and makes the turn that waits.
    pub(super) fn load(&mut self, instance: &InstanceId, history: &[Event]) {
        let Some(resident) = self.residents.get_mut(instance) else {
            return;
        };
        let arrived = resident.mailbox.iter().map(|message| &message.event);
        resident
            .trace
            .learn(history.iter().chain(arrived), &resident.execution_id);
        resident.trace.recall(history);
        let code = match find_code(&self.shared, instance, resident) {
            Found::Code(code, _) => code,
            Found::Unresolved(halt) => return self.block(instance, &halt),
            Found::Mismatch => return self.refuse(instance, history),
        };
        let (execution, name) = (&resident.execution_id, &resident.name);
        let span = load_span(instance, execution, name, &code.version, history.len());
        resident.trace.adopt(&span, &LOAD, &resident.version);
        let checks = self.shared.determinism_checks;
        let loaded = span.in_scope(|| CheckedExecution::load(code, history, checks));
        count_replay(resident, history, loaded.is_ok());
        match loaded {
            Ok(execution) => {
                resident.execution = Some(execution);
                self.turn(instance);
            }
            Err(halt) => self.block(instance, &halt),
        }
    }

    pub(super) fn turn(&mut self, instance: &InstanceId) {
        let Some(resident) = self.residents.get_mut(instance) else {
            return;
        };
        let unexplained = resident.take_unexplained_results();
        if !unexplained.is_empty() {
            self.return_results(unexplained);
            return self.touch(instance.clone());
        }
        let resolved = match find_code(&self.shared, instance, resident) {
            Found::Code(_, resolved) => resolved,
            Found::Unresolved(halt) => return self.block(instance, &halt),
            Found::Mismatch => return self.give_up(instance, &"its version changed"),
        };
        let now = self.shared.clock.now();
        resident.try_again = false;
        resident.in_flight.append(&mut resident.results);
        let mut messages = std::mem::take(&mut resident.mailbox);
        messages.extend(resident.in_flight.iter().map(|result| result.to_incoming(now)));
        let draw = || ExecutionId::from_random(self.shared.entropy.draw());
        let next_execution = self.next_execution.get_or_insert_with(draw).clone();
        let Some(execution) = resident.execution.as_mut() else {
            return;
        };
        let base = resident.event_count;
        let arrived = messages.iter().map(|message| &message.event);
        resident.trace.learn(arrived, &resident.execution_id);
        let span = turn_span(
            instance,
            &resident.execution_id,
            &resident.name,
            &resident.version,
        );
        resident.trace.adopt(&span, &TURN, &resident.version);
        resident.turning = Some(Level::raised(&metrics::RUNNING_TURNS));
        let labels: [&dyn std::fmt::Display; 2] = [&resident.name, &resident.version];
        let clock = self.shared.clock.as_ref();
        let oldest = messages.iter().map(|message| message.event.at).min();
        Stopwatch::since(oldest).observe(clock, &metrics::TURN_LATENCY, &labels);
        let watch = Stopwatch::started(clock);
        let turned = span.in_scope(|| {
            execution.turn(TurnInput {
                now,
                messages,
                resolved,
                next_execution,
            })
        });
        watch.observe(clock, &metrics::TURN_DURATION, &labels);
        match turned {
            Ok(decision) => self.commit(instance, base, decision),
            Err(halt) => self.block(instance, &halt),
        }
    }
}

/// Counts the replay of a history; an execution that begins has none.
fn count_replay(resident: &Resident, history: &[Event], succeeded: bool) {
    if history.is_empty() {
        return;
    }
    let outcome = if succeeded { "replayed" } else { "blocked" };
    let (name, version) = (&resident.name, &resident.version);
    metrics::REPLAYS.count(&[name, version, &outcome]);
    let events = u64::try_from(history.len()).unwrap_or(u64::MAX);
    metrics::REPLAYED_EVENTS.add(events, &[name, version]);
}
