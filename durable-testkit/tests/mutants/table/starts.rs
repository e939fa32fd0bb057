//! Mutants that start instances wrongly.

use durable_core::hub::IdReuse;

use super::*;

/// What is wrong, the case that catches it, and the defect.
pub(super) const MUTANTS: &[Mutant] = &[
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
];
