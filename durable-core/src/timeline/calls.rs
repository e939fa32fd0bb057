//! Calls with options: which attempts belong together, and which timers are theirs.
//!
//! A history does not say so: the engine knows from the code. It says what the options were (the marker `RetryPolicy`, before
//! the first attempt), how limits get their task ids (`docs/history-format.md`, section 3), and each attempt repeats name,
//! version and input of the one before. Two equal calls at the same time cannot be told apart, and need not be.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use super::item::Attempt;
use crate::history::Marker;
use crate::id::TaskId;
use crate::name::WireName;
use crate::payload::Payload;
use crate::retry::RetryPolicy;
use crate::time::Timestamp;
use crate::version::RecordedVersion;

/// What may differ between two calls.
pub(super) type Callee = (WireName, RecordedVersion, Payload);

/// The calls with options that a history has so far.
#[derive(Debug, Default)]
pub(super) struct Calls {
    /// Options that were recorded, until their first attempt comes.
    recorded: BTreeMap<TaskId, Options>,
    known: Vec<Call>,
    /// The timers that are limits.
    limits: BTreeMap<TaskId, Limited>,
}

/// What a limit ends.
#[derive(Debug, Clone, Copy)]
enum Limited {
    /// One attempt.
    Attempt(TaskId),
    /// The call at this place, whichever attempt it has come to.
    Call(usize),
}

#[derive(Debug, Clone, Default)]
struct Options {
    policy: Option<RetryPolicy>,
    attempt_timeout: bool,
    total_timeout: bool,
}

#[derive(Debug)]
struct Call {
    callee: Callee,
    options: Options,
    attempt: u32,
    /// The attempt of now.
    task: TaskId,
    /// Whether that one failed, and nothing has followed yet.
    failed: bool,
    /// Whether the pause behind that one was found.
    paused: bool,
}

/// What a timer is for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum TimerUse {
    /// The code set it.
    Own,
    /// It limits attempts.
    Limit,
    /// It is the pause before an attempt of this name.
    Pause { name: WireName, attempt: u32 },
}

impl Calls {
    /// Notes the options of a call. What cannot be read is of a later release, and is left out.
    pub(super) fn options(&mut self, marker: &Marker) {
        let Some((task, data)) = marker.task.zip(serde_json::from_str::<Value>(&marker.data).ok()) else {
            return;
        };
        let given = |name: &str| data.get(name).is_some_and(|value| !value.is_null());
        let policy = data.get("policy").cloned();
        let options = Options {
            policy: policy
                .and_then(|policy| serde_json::from_value(policy).ok())
                .flatten(),
            attempt_timeout: given("attempt_timeout"),
            total_timeout: given("total_timeout"),
        };
        self.recorded.insert(task, options);
    }

    /// Notes a call, and returns which attempt it is, if it may be tried again.
    pub(super) fn called(&mut self, task: TaskId, callee: Callee) -> Option<Attempt> {
        let after = |task: TaskId| TaskId(task.0.saturating_add(1));
        if let Some(options) = self.recorded.remove(&task) {
            let mut next = after(task);
            if options.attempt_timeout {
                self.limits.insert(next, Limited::Attempt(task));
                next = after(next);
            }
            if options.total_timeout {
                self.limits.insert(next, Limited::Call(self.known.len()));
            }
            self.known.push(Call {
                callee,
                options,
                attempt: 1,
                task,
                failed: false,
                paused: false,
            });
        } else {
            let call = self
                .known
                .iter_mut()
                .find(|call| call.failed && call.callee == callee)?;
            call.attempt += 1;
            (call.task, call.failed, call.paused) = (task, false, false);
            if call.options.attempt_timeout {
                self.limits.insert(after(task), Limited::Attempt(task));
            }
        }
        let call = self.known.iter().find(|call| call.task == task)?;
        let most = call.options.policy.as_ref()?.max_attempts;
        Some(Attempt {
            number: call.attempt,
            most,
        })
    }

    /// Notes that an attempt failed.
    pub(super) fn failed(&mut self, task: TaskId) {
        if let Some(call) = self.known.iter_mut().find(|call| call.task == task) {
            call.failed = true;
        }
    }

    /// Returns what a timer is for that is set at a moment.
    pub(super) fn timer(&mut self, task: TaskId, now: Timestamp, fire_at: Timestamp) -> TimerUse {
        if self.limits.contains_key(&task) {
            return TimerUse::Limit;
        }
        let pause = fire_at.saturating_since(now);
        let fits = |call: &&mut Call| call.failed && !call.paused && is_pause(call, pause);
        match self.known.iter_mut().find(fits) {
            Some(call) => {
                call.paused = true;
                TimerUse::Pause {
                    name: call.callee.0.clone(),
                    attempt: call.attempt + 1,
                }
            }
            None => TimerUse::Own,
        }
    }

    /// Returns the attempt that a timer limits, or for a limit of the whole call its attempt of now.
    pub(super) fn limited_by(&self, timer: TaskId) -> Option<TaskId> {
        match *self.limits.get(&timer)? {
            Limited::Attempt(task) => Some(task),
            Limited::Call(place) => self.known.get(place).map(|call| call.task),
        }
    }
}

/// Returns whether the policy may draw such a pause behind the attempt.
fn is_pause(call: &Call, pause: Duration) -> bool {
    let Some(policy) = &call.options.policy else {
        return false;
    };
    // Moments are stored in microseconds.
    let slack = Duration::from_micros(2);
    let (most, least) = (
        policy.delay_after(call.attempt, 0.0),
        policy.delay_after(call.attempt, 1.0),
    );
    (least.saturating_sub(slack)..=most + slack).contains(&pause)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::MarkerKind;

    const SECOND: Duration = Duration::from_secs(1);

    fn options(task: u32, total: bool) -> Marker {
        let data = serde_json::json!({
            "policy": RetryPolicy::exponential(3, SECOND..SECOND * 60).jitter(0.5),
            "attempt_timeout": {"secs": 5, "nanos": 0},
            "total_timeout": total.then_some(serde_json::json!({"secs": 60, "nanos": 0})),
            "seed": 7,
        });
        Marker {
            kind: MarkerKind::RetryPolicy,
            version: 1,
            task: Some(TaskId(task)),
            data: data.to_string(),
        }
    }

    fn callee(input: u64) -> Callee {
        let name = WireName::new("charge").unwrap();
        (
            name,
            RecordedVersion::from("1".to_owned()),
            Payload::encode(&input).unwrap(),
        )
    }

    fn attempt(number: u32) -> Attempt {
        Attempt {
            number,
            most: Some(3),
        }
    }

    #[test]
    fn attempts_of_two_calls_are_told_apart_by_their_input() {
        let mut calls = Calls::default();
        for (task, input) in [(0, 1), (2, 2)] {
            calls.options(&options(task, false));
            assert_eq!(calls.called(TaskId(task), callee(input)), Some(attempt(1)));
        }
        calls.failed(TaskId(0));
        calls.failed(TaskId(2));
        assert_eq!(calls.called(TaskId(6), callee(2)), Some(attempt(2)));
        assert_eq!(calls.called(TaskId(8), callee(1)), Some(attempt(2)));
        assert_eq!(
            calls.called(TaskId(10), callee(1)),
            None,
            "nothing has failed that it could follow"
        );
    }

    #[test]
    fn limits_belong_to_an_attempt_or_to_the_whole_call() {
        let mut calls = Calls::default();
        calls.options(&options(0, true));
        calls.called(TaskId(0), callee(1));
        assert_eq!(calls.limited_by(TaskId(1)), Some(TaskId(0)));
        assert_eq!(calls.limited_by(TaskId(2)), Some(TaskId(0)));
        calls.failed(TaskId(0));
        calls.called(TaskId(4), callee(1));
        assert_eq!(
            calls.limited_by(TaskId(1)),
            Some(TaskId(0)),
            "that of the first attempt"
        );
        assert_eq!(calls.limited_by(TaskId(5)), Some(TaskId(4)));
        assert_eq!(calls.limited_by(TaskId(2)), Some(TaskId(4)), "the whole call's");
        assert_eq!(calls.limited_by(TaskId(3)), None);
    }

    #[test]
    fn a_pause_is_a_timer_that_the_policy_may_have_drawn() {
        let mut calls = Calls::default();
        calls.options(&options(0, false));
        calls.called(TaskId(0), callee(1));
        let now = Timestamp::from_micros(0);
        let pause = |calls: &mut Calls, task, span| calls.timer(TaskId(task), now, now + span);
        assert_eq!(pause(&mut calls, 1, SECOND * 5), TimerUse::Limit);
        assert_eq!(pause(&mut calls, 2, SECOND), TimerUse::Own, "nothing has failed");
        calls.failed(TaskId(0));
        assert_eq!(pause(&mut calls, 3, SECOND * 2), TimerUse::Own, "too long");
        let name = WireName::new("charge").unwrap();
        assert_eq!(
            pause(&mut calls, 4, SECOND * 3 / 4),
            TimerUse::Pause { name, attempt: 2 }
        );
        assert_eq!(pause(&mut calls, 5, SECOND), TimerUse::Own, "there is one pause");
    }
}
