//! Mutants that deal wrongly with activities.

use super::*;

/// What is wrong, the case that catches it, and the defect.
pub(super) const MUTANTS: &[Mutant] = &[
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
        turn!(|it| it.eager.slots = 100),
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
        "hands out more of a name than there is room for",
        "activity::no_more_of_a_name_than_there_is_room_for",
        Defect {
            demand: |mut it| {
                it.rooms.clear();
                it
            },
            ..NONE
        },
    ),
    (
        "dispatches more of a name than there is room for",
        "activity::no_more_of_a_name_than_there_is_room_for",
        turn!(|it| it.eager.rooms.clear()),
    ),
    (
        "takes results of a lease that has passed",
        "activity::an_activity_outlives_its_worker",
        Defect::ignoring(Ignored::ActivityEpoch),
    ),
    (
        "takes results of a worker that has given the activity back",
        "activity::an_abandoned_activity_is_handed_out_again",
        Defect::ignoring(Ignored::ActivityEpoch),
    ),
    (
        "waits for ever for a silent activity",
        "heartbeat::a_silent_activity_is_lost",
        outgoing!(|it| Some(with_limit(it, None))),
    ),
    (
        "loses every activity with a limit",
        "heartbeat::the_next_worker_has_the_whole_time",
        outgoing!(|it| Some(with_limit(it, Some(std::time::Duration::from_micros(1))))),
    ),
    (
        "does not count heartbeats",
        "heartbeat::a_heartbeat_begins_the_time_anew",
        Defect::ignoring(Ignored::SignOfLife),
    ),
    (
        "loses what is left to the outside",
        "heartbeat::an_activity_that_nobody_runs_is_not_silent",
        Defect::ignoring(Ignored::Park),
    ),
    (
        "hands out again what is left to the outside",
        "outside::a_parked_activity_waits_for_the_outside",
        Defect::ignoring(Ignored::Park),
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

fn with_limit(sent: Outgoing, limit: Option<std::time::Duration>) -> Outgoing {
    match sent {
        Outgoing::Activity(mut order) => {
            order.heartbeat = order.heartbeat.and(limit);
            Outgoing::Activity(order)
        }
        other => other,
    }
}
