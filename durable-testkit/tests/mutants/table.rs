//! The mutants, each with the case that must catch it.

use std::sync::atomic::{AtomicU64, Ordering};

use durable_core::BuildId;
use durable_core::hub::{
    Commit, CustomStatus, IdReuse, InstanceQuery, Outgoing, Signal, TurnCommit, TurnOutcome,
};

use crate::defect::{Defect, Ignored};

const NONE: Defect = Defect::NONE;

/// A defect of the commit, by what it does to the turn.
macro_rules! turn {
    ($change:expr) => {
        Defect {
            commit: |mut commit| {
                let change: fn(&mut TurnCommit) = $change;
                commit.turn.iter_mut().for_each(change);
                vec![commit]
            },
            ..NONE
        }
    };
}

/// A defect of the outbox: what it makes of one outgoing message.
macro_rules! outgoing {
    ($change:expr) => {
        turn!(|turn| {
            let change: fn(Outgoing) -> Option<Outgoing> = $change;
            turn.outgoing = std::mem::take(&mut turn.outgoing)
                .into_iter()
                .filter_map(change)
                .collect();
        })
    };
}

macro_rules! request {
    ($change:expr) => {
        Defect {
            start: |mut request| {
                let change: fn(&mut durable_core::hub::StartRequest) = $change;
                change(&mut request);
                request
            },
            ..NONE
        }
    };
}

macro_rules! query {
    ($change:expr) => {
        Defect {
            query: |mut query| {
                let change: fn(&mut InstanceQuery) = $change;
                change(&mut query);
                query
            },
            ..NONE
        }
    };
}

fn next_build() -> BuildId {
    static LAST: AtomicU64 = AtomicU64::new(1000);
    BuildId(LAST.fetch_add(1, Ordering::Relaxed))
}

/// What is wrong, the case that catches it, and the defect.
pub(crate) const MUTANTS: &[(&str, &str, Defect)] = &[
    (
        "claims what it is not",
        "store::the_declared_capabilities_are_the_expected_ones",
        Defect {
            capabilities: |it| it.with_persistence(),
            ..NONE
        },
    ),
    (
        "loses the event given with a start",
        "start::an_event_given_with_a_start_comes_behind_it",
        request!(|it| it.raise = None),
    ),
    (
        "replaces whatever has the id",
        "start::reject_refuses_every_taken_id",
        request!(|it| it.reuse = IdReuse::TerminateExisting),
    ),
    (
        "starts at once",
        "start::a_scheduled_start_waits_for_its_time",
        request!(|it| it.started.scheduled_start = None),
    ),
    (
        "forgets tags",
        "start::a_started_instance_is_visible_as_it_was_given",
        request!(|it| it.started.tags.clear()),
    ),
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
        "loses sent events",
        "children::a_result_reaches_the_parent",
        outgoing!(|it| (!matches!(it, Outgoing::Send { .. })).then_some(it)),
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
        "forgets the parent",
        "children::a_child_is_started_with_its_parent",
        outgoing!(|it| Some(match it {
            Outgoing::StartChild(mut child) => {
                child.started.parent = None;
                Outgoing::StartChild(child)
            }
            other => other,
        })),
    ),
    (
        "leaves unwanted children running",
        "children::an_unwanted_child_follows_its_policy",
        outgoing!(|it| (!matches!(it, Outgoing::CancelChild { .. })).then_some(it)),
    ),
    (
        "drops carried events",
        "continue_as_new::carried_messages_come_before_waiting_ones",
        turn!(|it| if let TurnOutcome::ContinuedAsNew(next) = &mut it.outcome {
            next.carried.clear();
        }),
    ),
    (
        "stays on the old version",
        "continue_as_new::the_next_execution_may_be_of_another_version",
        turn!(|it| if let TurnOutcome::ContinuedAsNew(next) = &mut it.outcome {
            next.started.version = durable_core::Version::ONE.into();
        }),
    ),
    (
        "leaves children of terminated parents",
        "terminate::terminating_may_take_the_children_along",
        Defect {
            recursive: |_| false,
            ..NONE
        },
    ),
    (
        "terminates all children",
        "terminate::terminating_follows_the_children_s_policies",
        Defect {
            recursive: |_| true,
            ..NONE
        },
    ),
    (
        "purges running trees",
        "purge::a_purge_may_take_the_children_along",
        Defect {
            recursive: |_| true,
            ..NONE
        },
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
    (
        "delivers applied results",
        "activity::an_applied_completion_is_not_delivered",
        completions(false),
    ),
    (
        "loses results",
        "activity::a_result_reaches_the_inbox",
        completions(true),
    ),
    (
        "dispatches more than there is room",
        "activity::eager_activities_are_owned_at_once",
        turn!(|it| it.eager_slots = 100),
    ),
    (
        "forgets what it has dispatched",
        "activity::eager_activities_are_owned_at_once",
        Defect {
            committed: |_| durable_core::hub::Committed::default(),
            ..NONE
        },
    ),
    (
        "keeps abandoned activities",
        "activity::an_abandoned_activity_is_handed_out_again",
        Defect::ignoring(Ignored::Abandon),
    ),
    (
        "loses progress",
        "activity::progress_survives_the_worker",
        Defect {
            progress: |_| None,
            ..NONE
        },
    ),
    (
        "does not cancel by fetch",
        "activity::a_cancelled_activity_is_stopped",
        Defect {
            batch: |mut it| {
                it.cancel.clear();
                it
            },
            ..NONE
        },
    ),
    (
        "does not cancel by heartbeat",
        "activity::a_cancelled_activity_is_stopped",
        Defect {
            heartbeat: |mut it| {
                it.cancelled = false;
                it
            },
            ..NONE
        },
    ),
    (
        "runs cancelled activities",
        "activity::a_cancelled_activity_is_stopped",
        outgoing!(|it| (!matches!(it, Outgoing::CancelActivity(_))).then_some(it)),
    ),
    (
        "forgets how often it ran",
        "activity::an_activity_outlives_its_worker",
        Defect {
            batch: |mut it| {
                it.run.iter_mut().for_each(|work| work.deliveries = 0);
                it
            },
            ..NONE
        },
    ),
    (
        "loses completions from outside",
        "outside::an_activity_is_completed_from_outside",
        Defect::ignoring(Ignored::OutsideCompletion),
    ),
    (
        "ignores the page size",
        "query::pages_list_everything_once",
        query!(|it| it.page_size = None),
    ),
    (
        "lists the first page for ever",
        "query::a_foreign_page_token_is_refused",
        query!(|it| it.after = None),
    ),
    (
        "ignores tags",
        "query::every_filter_filters",
        query!(|it| it.tags.clear()),
    ),
    (
        "ignores the end of the time range",
        "query::every_filter_filters",
        query!(|it| it.ended_before = None),
    ),
    (
        "takes only a prefix of the prefix",
        "query::a_prefix_is_literal",
        query!(|it| {
            it.id_prefix.as_mut().and_then(String::pop);
        }),
    ),
    (
        "does not wait for the end",
        "query::waiting_for_the_end",
        Defect::ignoring(Ignored::WaitForTheEnd),
    ),
    (
        "takes a generation for the end",
        "continue_as_new::waiting_goes_on_over_continue_as_new",
        Defect::ignoring(Ignored::WaitForTheEnd),
    ),
    (
        "purges without bound",
        "purge::a_purge_by_filter_goes_by_pages",
        query!(|it| it.page_size = None),
    ),
    (
        "purges what does not match",
        "purge::a_purge_by_filter_goes_by_pages",
        query!(|it| it.id_prefix = None),
    ),
    (
        "does not look where it amends",
        "amend::a_change_of_something_else_is_refused",
        Defect::ignoring(Ignored::AmendedPlace),
    ),
];

/// A defect of completions: whether each is taken for applied.
const fn completions(applied: bool) -> Defect {
    if applied {
        Defect {
            commit: |mut commit| {
                commit.completions.iter_mut().for_each(|it| it.applied = true);
                vec![commit]
            },
            ..NONE
        }
    } else {
        Defect {
            commit: |mut commit| {
                commit.completions.iter_mut().for_each(|it| it.applied = false);
                vec![commit]
            },
            ..NONE
        }
    }
}
