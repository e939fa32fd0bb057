//! Mutants that hand out, own and commit turns wrongly.

use std::sync::atomic::{AtomicU64, Ordering};

use durable_core::BuildId;
use durable_core::hub::{Commit, CustomStatus, Signal, TurnOutcome};

use super::*;

/// What is wrong, the case that catches it, and the defect.
pub(super) const MUTANTS: &[Mutant] = &[
    (
        "delivers twice",
        "fetch::a_message_is_handed_out_once",
        Defect {
            turns: |mut turns| {
                for turn in &mut turns {
                    turn.messages.extend(turn.messages.clone());
                }
                turns
            },
            ..NONE
        },
    ),
    (
        "delivers in the wrong order",
        "fetch::messages_come_oldest_first",
        Defect {
            turns: |mut turns| {
                for turn in &mut turns {
                    turn.messages.reverse();
                }
                turns
            },
            ..NONE
        },
    ),
    (
        "polls",
        "fetch::a_fetch_is_ended_by_a_start",
        Defect::ignoring(Ignored::Notification),
    ),
    (
        "does not tell ownerships apart",
        "fencing::a_session_ends_with_its_ownership",
        Defect::ignoring(Ignored::NewOwnership),
    ),
    (
        "takes each fetch for an ownership",
        "fetch::a_message_is_handed_out_once",
        Defect::ignoring(Ignored::SameOwnership),
    ),
    (
        "keeps what was released",
        "fetch::a_released_instance_is_handed_out_again",
        Defect::ignoring(Ignored::Release),
    ),
    (
        "keeps what a turn released",
        "fetch::a_turn_can_release",
        turn!(|it| it.release = false),
    ),
    (
        "keeps what a leaving worker had",
        "fetch::leaving_gives_up_everything",
        Defect::ignoring(Ignored::Leave),
    ),
    (
        "loses the last event",
        "fetch::loading_returns_what_was_committed",
        Defect {
            history: |mut history| {
                history.events.pop();
                history
            },
            ..NONE
        },
    ),
    (
        "consumes too much",
        "commit::only_what_was_consumed_is_gone",
        turn!(|it| it.consumed.extend((0..99).map(durable_core::hub::MessageReceipt))),
    ),
    (
        "consumes nothing",
        "commit::only_what_was_consumed_is_gone",
        turn!(|it| it.consumed.clear()),
    ),
    (
        "does not look at the event count",
        "commit::a_turn_on_another_history_is_refused",
        Defect::ignoring(Ignored::EventCount),
    ),
    (
        "loses raised events",
        "commit::messages_between_instances_arrive",
        outgoing!(|it| (!matches!(it, Outgoing::Raise { .. })).then_some(it)),
    ),
    (
        "forgets the custom status",
        "commit::a_turn_appends_and_shows",
        turn!(|it| it.custom_status = CustomStatus::Unchanged),
    ),
    (
        "forgets the version",
        "commit::a_resolved_version_is_recorded",
        turn!(|it| it.version = None),
    ),
    (
        "lets fenced owners commit",
        "fencing::a_fenced_owner_cannot_commit",
        Defect::ignoring(Ignored::Epoch),
    ),
    (
        "lets old sessions commit",
        "fencing::a_session_ends_with_its_ownership",
        Defect::ignoring(Ignored::Epoch),
    ),
    (
        "never ends a lease",
        "fencing::a_fetch_is_ended_by_a_takeover",
        Defect::ignoring(Ignored::LeaseEnd),
    ),
    (
        "ends leases early",
        "fencing::a_lease_holds_until_it_runs_out",
        Defect::ignoring(Ignored::LeaseLength),
    ),
    (
        "renews leases whatever the worker says",
        "fencing::a_lease_that_is_renewed_no_more_runs_out",
        Defect::ignoring(Ignored::RenewalStop),
    ),
    (
        "commits by halves",
        "fencing::one_stale_part_refuses_the_whole_commit",
        Defect {
            commit: |commit| {
                let Commit { completions, turn } = commit;
                let halves = completions.into_iter().map(|it| Commit {
                    completions: vec![it],
                    turn: None,
                });
                halves
                    .chain(turn.map(|turn| Commit {
                        completions: Vec::new(),
                        turn: Some(turn),
                    }))
                    .collect()
            },
            ..NONE
        },
    ),
    (
        "fires timers at once",
        "timer::a_timer_fires_when_it_is_due",
        outgoing!(|it| Some(match it {
            Outgoing::Timer { task, .. } => Outgoing::Timer {
                task,
                fire_at: durable_core::Timestamp::from_micros(0)
            },
            other => other,
        })),
    ),
    (
        "loses timers",
        "timer::a_timer_outlives_its_worker",
        outgoing!(|it| (!matches!(it, Outgoing::Timer { .. })).then_some(it)),
    ),
    (
        "forgets requests to suspend",
        "events::suspension_follows_the_turns",
        Defect {
            signal: |it| (!matches!(it, Signal::Suspend { .. })).then_some(it),
            ..NONE
        },
    ),
    (
        "does not show suspension",
        "events::suspension_follows_the_turns",
        turn!(|it| it.suspended = false),
    ),
    (
        "treats a blocked turn as a turn",
        "blocked::a_blocked_turn_loses_nothing",
        turn!(|it| if let TurnOutcome::Blocked(_) = it.outcome {
            it.outcome = TurnOutcome::Waiting;
        }),
    ),
    (
        "lets every worker try a blocked instance",
        "blocked::a_blocked_instance_is_left_alone",
        Defect {
            offer: |mut it| {
                it.build = next_build();
                it
            },
            ..NONE
        },
    ),
    (
        "tries a blocked instance never again",
        "blocked::each_new_build_gets_one_try",
        Defect {
            offer: |mut it| {
                it.build = BuildId(1);
                it
            },
            ..NONE
        },
    ),
    (
        "does not lift a block",
        "blocked::resuming_lifts_the_block",
        Defect {
            signal: |it| {
                Some(match it {
                    Signal::Resume { reason } => Signal::Suspend { reason },
                    other => other,
                })
            },
            ..NONE
        },
    ),
    (
        "hands out any version",
        "versions::a_worker_gets_the_versions_it_offers",
        Defect {
            offer: |mut it| {
                it.takes_mismatched = true;
                it
            },
            ..NONE
        },
    ),
    (
        "hides stalled instances",
        "versions::stalled_instances_are_shown_and_recover",
        Defect {
            record: |mut it| {
                it.stalled_since = None;
                it
            },
            ..NONE
        },
    ),
];

fn next_build() -> BuildId {
    static LAST: AtomicU64 = AtomicU64::new(1000);
    BuildId(LAST.fetch_add(1, Ordering::Relaxed))
}
