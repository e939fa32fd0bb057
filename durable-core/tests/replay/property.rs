//! Random orchestrators, random environments, every crash point: what is decided is the same.

use proptest::prelude::*;

use durable_core::replay::Halt;

use crate::program::{Op, Program, interpreter, programs};
use crate::support::*;

/// The most turns of one run.
const TURNS_MAX: usize = 60;

/// How many turns are compared after each crash.
const TURNS_COMPARED: usize = 4;

/// What surrounds an instance: it answers orders when the schedule says so, late, twice or in another order.
struct Environment {
    pending: Vec<EventKind>,
    answered: Vec<EventKind>,
    schedule: std::vec::IntoIter<u8>,
    suspended: bool,
}

impl Environment {
    fn new(schedule: Vec<u8>) -> Self {
        Self {
            pending: Vec::new(),
            answered: Vec::new(),
            schedule: schedule.into_iter(),
            suspended: false,
        }
    }

    fn take_orders(&mut self, turn: &Turn) {
        self.suspended = turn.suspended;
        for sent in &turn.outgoing {
            match sent {
                Outgoing::Activity(order) => self.pending.push(ok(order.task.0, "done")),
                Outgoing::Timer { task, .. } => self.pending.push(fired(task.0)),
                Outgoing::StartChild(child) => {
                    let task = child.started.parent.as_ref().map(|parent| parent.task);
                    self.pending.extend(task.map(child_done));
                }
                // Cancelling is best effort: here the other side never listens, and answers all the same.
                Outgoing::CancelActivity(_)
                | Outgoing::CancelTimer(_)
                | Outgoing::CancelChild { .. }
                | Outgoing::CancelChildren { .. }
                | Outgoing::Send { .. }
                | Outgoing::Raise { .. } => {}
            }
        }
    }

    /// Returns the messages of the next turn.
    fn next_batch(&mut self) -> Vec<EventKind> {
        let Some(choice) = self.schedule.next() else {
            return self.drain();
        };
        let messages = 1 + usize::from(choice >> 6);
        (0..messages).map(|_| self.next_message()).collect()
    }

    fn next_message(&mut self) -> EventKind {
        let choice = self.schedule.next().unwrap_or(0);
        let pick = usize::from(choice >> 4);
        match choice % 16 {
            0 => event("e0", pick),
            1 => event("e1", pick),
            2 => suspend(),
            3 | 4 => resume(),
            5 if pick == 0 => terminate(),
            5 if pick < 4 => cancel("enough"),
            6 => self
                .answered
                .get(pick % self.answered.len().max(1))
                .cloned()
                .unwrap_or_else(resume),
            7 | 8 if !self.pending.is_empty() => fails(self.pending.remove(pick % self.pending.len())),
            _ if !self.pending.is_empty() => {
                let message = self.pending.remove(pick % self.pending.len());
                self.answered.push(message.clone());
                message
            }
            _ => event("e0", pick),
        }
    }

    /// Lets everything end.
    fn drain(&mut self) -> Vec<EventKind> {
        let mut all = if self.suspended {
            vec![resume()]
        } else {
            Vec::new()
        };
        all.append(&mut self.pending);
        all.extend([event("e0", 100), event("e1", 101)]);
        all
    }
}

fn child_done(task: TaskId) -> EventKind {
    EventKind::SubOrchestrationInstanceCompleted {
        task,
        result: Payload::unit(),
    }
}

fn fails(message: EventKind) -> EventKind {
    match message {
        EventKind::TaskCompleted { task, .. } => {
            let mut details = failure("busy");
            details.origin = FailureOrigin::Application;
            details.json = Some("\"Busy\"".into());
            failed(task.0, details)
        }
        EventKind::SubOrchestrationInstanceCompleted { task, .. } => {
            EventKind::SubOrchestrationInstanceFailed {
                task,
                failure: failure("child"),
            }
        }
        other => other,
    }
}

/// One execution of a run: how it began, and every turn with the messages it was given.
#[derive(Debug, PartialEq)]
struct Recorded {
    started: durable_core::history::ExecutionStarted,
    turns: Vec<(i64, Vec<Event>, Turn)>,
}

/// Runs a program without a crash.
fn run(program: &Program, schedule: Vec<u8>, still_clock: bool) -> Vec<Recorded> {
    run_checked(program, schedule, still_clock, DeterminismChecks::Off)
}

/// Runs a program without a crash, every turn as often as the checks want.
fn run_checked(
    program: &Program,
    schedule: Vec<u8>,
    still_clock: bool,
    checks: DeterminismChecks,
) -> Vec<Recorded> {
    let mut environment = Environment::new(schedule);
    let mut driver = Driver::new(interpreter(), program);
    driver.checks = checks;
    let mut executions = Vec::new();
    let mut turn = driver.begin();
    for _ in 0..TURNS_MAX {
        environment.take_orders(&turn);
        let next = turn.next().cloned();
        if let Some(next) = next {
            executions.push(finished(&mut driver));
            environment.pending.clear();
            environment.answered.clear();
            turn = driver.follow(&next);
        } else if matches!(turn.outcome, TurnOutcome::Waiting) {
            if still_clock {
                driver.clock -= 1_000_000;
            }
            turn = driver.deliver(environment.next_batch());
        } else {
            break;
        }
    }
    executions.push(finished(&mut driver));
    executions
}

/// Returns whether events have a step that is never the same.
fn counts(events: &[Event]) -> bool {
    events.iter().any(|event| match &event.kind {
        EventKind::TaskScheduled { input, .. } => {
            input.as_json().is_some_and(|json| json.contains("counted"))
        }
        _ => false,
    })
}

/// Runs a program of one execution with a shadow, until that stops it; returns the history until then.
fn stopped(program: &Program, schedule: Vec<u8>) -> (Vec<Event>, Option<Halt>) {
    let mut environment = Environment::new(schedule);
    let mut driver = Driver::new(interpreter(), program);
    driver.checks = DeterminismChecks::Shadow;
    let mut batch = vec![EventKind::ExecutionStarted(Box::new(driver.started.clone()))];
    for _ in 0..TURNS_MAX {
        match driver.try_deliver(batch) {
            Ok(turn) => environment.take_orders(&turn),
            Err(halt) => return (driver.history, Some(halt)),
        }
        batch = environment.next_batch();
    }
    (driver.history, None)
}

fn finished(driver: &mut Driver) -> Recorded {
    Recorded {
        started: driver.started.clone(),
        turns: std::mem::take(&mut driver.turns),
    }
}

/// Makes a driver that stands where the recorded execution stood before turn `at`, just loaded.
fn loaded(recorded: &Recorded, at: usize) -> Driver {
    let mut driver = Driver::new(interpreter(), ());
    driver.started = recorded.started.clone();
    driver.history = recorded
        .turns
        .iter()
        .take(at)
        .flat_map(|(_, _, turn)| turn.events.clone())
        .collect();
    driver
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn after_a_crash_at_any_point_the_decisions_are_those_of_the_uninterrupted_run(
        program in programs(),
        schedule in proptest::collection::vec(any::<u8>(), 0..80),
    ) {
        for recorded in run(&program, schedule, false) {
            for crash in 0..=recorded.turns.len() {
                let mut driver = loaded(&recorded, crash);
                prop_assert!(driver.load().is_ok(), "{:?}", driver.load());
                for (clock, messages, turn) in recorded.turns.iter().skip(crash).take(TURNS_COMPARED) {
                    driver.clock = *clock;
                    prop_assert_eq!(&driver.try_take(messages.clone()).unwrap(), turn, "after a crash at {}", crash);
                }
            }
        }
    }

    #[test]
    fn no_random_program_is_reported_by_its_shadow_or_a_replay_and_they_change_no_decision(
        program in programs(),
        schedule in proptest::collection::vec(any::<u8>(), 0..80),
    ) {
        let unchecked = run(&program, schedule.clone(), false);
        for checks in [DeterminismChecks::Shadow, DeterminismChecks::ShadowAndReplay] {
            prop_assert_eq!(&run_checked(&program, schedule.clone(), false, checks), &unchecked, "{}", checks);
        }
    }

    #[test]
    fn a_program_with_one_step_that_is_never_the_same_is_stopped_before_that_is_recorded(
        program in programs(),
        place in any::<proptest::sample::Index>(),
        schedule in proptest::collection::vec(any::<u8>(), 0..80),
    ) {
        let mut ops = program.ops;
        ops.insert(place.index(ops.len() + 1), Op::Counted);
        let program = Program { ops, generations: 0 };
        let unchecked = run(&program, schedule.clone(), false);
        let reached = unchecked.iter().flat_map(|recorded| &recorded.turns).find(|(_, _, turn)| counts(&turn.events));
        // Nothing stops a termination.
        let terminated = |turn: &Turn| matches!(turn.outcome, TurnOutcome::Ended(CompletionStatus::Terminated(_)));
        if reached.is_none_or(|(_, _, turn)| terminated(turn)) {
            return Ok(());
        }
        let (history, halt) = stopped(&program, schedule);
        prop_assert_eq!(halt.map(|halt| halt.reason), Some(HaltReason::Nondeterminism));
        prop_assert!(!counts(&history));
    }

    #[test]
    fn the_batching_of_messages_decides_nothing(
        program in programs(),
        schedule in proptest::collection::vec(any::<u8>(), 0..60),
        splits in proptest::collection::vec(1..6_usize, 1..20),
    ) {
        for recorded in run(&program, schedule, true) {
            let messages: Vec<Event> = recorded.turns.iter().flat_map(|(_, messages, _)| messages.clone()).collect();
            let clock = recorded.turns.first().unwrap().0;
            let play = |splits: &[usize], forgetful: bool| {
                let mut driver = loaded(&recorded, 0);
                (driver.clock, driver.forgetful) = (clock, forgetful);
                let mut splits = splits.iter().cycle();
                let mut left = messages.clone();
                let mut end = None;
                while !left.is_empty() {
                    let size = (*splits.next().unwrap()).min(left.len());
                    let turn = driver.try_take(left.drain(..size).collect()).unwrap();
                    end = (!matches!(turn.outcome, TurnOutcome::Waiting)).then_some(turn.outcome).or(end);
                    if end.is_some() {
                        break;
                    }
                }
                (decisions(&driver.history), end.map(without_the_unread))
            };
            let one_by_one = play(&[1], false);
            prop_assert_eq!(&one_by_one, &play(&splits, false));
            prop_assert_eq!(&one_by_one, &play(&splits, true));
            prop_assert_eq!(&one_by_one, &play(&[usize::MAX], false));
        }
    }
}

/// What is left unread depends on how much was delivered before the end.
fn without_the_unread(outcome: TurnOutcome) -> TurnOutcome {
    match outcome {
        TurnOutcome::ContinuedAsNew(mut next) => {
            next.carried.clear();
            TurnOutcome::ContinuedAsNew(next)
        }
        other => other,
    }
}
