//! Mutants that answer, purge and change wrongly.

use super::*;

/// What is wrong, the case that catches it, and the defect.
pub(super) const MUTANTS: &[Mutant] = &[
    (
        "claims what it is not",
        "store::the_declared_capabilities_are_the_expected_ones",
        Defect {
            capabilities: |it| it.with_persistence(),
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
        "ignores the page size",
        "query::pages_list_everything_once",
        query!(|it| it.page_size = None),
    ),
    (
        "lists the oldest first whatever is asked",
        "query::the_newest_come_first",
        query!(|it| it.newest_first = false),
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
    (
        "rewinds only what has a history",
        "amend::a_rewind_may_begin_before_the_first_turn",
        Defect::ignoring(Ignored::EmptyRewind),
    ),
    (
        "shows one execution's history for another's",
        "query::only_the_current_execution_has_a_history",
        Defect::ignoring(Ignored::WhoseHistory),
    ),
];
