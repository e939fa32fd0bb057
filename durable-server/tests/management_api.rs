//! The request and response pairs of the management API: each section of `tests/pairs` is a test, on every hub.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

use pairs::run_section;

#[path = "pairs/mod.rs"]
mod pairs;
#[path = "support/mod.rs"]
mod support;

/// Makes a test of each section, and one that finds sections without a test.
macro_rules! sections {
    ($file:ident: $($test:ident = $section:literal,)*) => {
        mod $file {
            const TEXT: &str = include_str!(concat!("pairs/", stringify!($file), ".txt"));
            $(#[test] fn $test() { super::run_section(TEXT, $section); })*

            #[test]
            fn every_section_is_a_test() {
                let sections: Vec<&str> = TEXT.lines().filter_map(|line| line.strip_prefix("## ")).collect();
                assert_eq!(sections, [$($section),*]);
            }
        }
    };
}

sections! { start:
    start_with_an_id = "start with an id",
    the_id_is_escaped_in_addresses = "the id is escaped in addresses",
    start_without_an_id_draws_one = "start without an id draws one",
    a_start_whose_function_has_no_worker_yet_is_taken = "a start whose function has no worker yet is taken",
    a_function_that_no_worker_has = "a function that no worker has",
    a_name_that_no_function_can_have = "a name that no function can have",
    bad_json = "bad JSON",
    bad_ids = "bad ids",
    wait_for_the_output = "wait for the output",
    wait_for_a_failure = "wait for a failure",
    wait_in_vain = "wait in vain",
    one_of_the_two_parameters_alone_does_not_wait = "one of the two parameters alone does not wait",
    timeout_shorter_than_pollinginterval = "timeout shorter than pollingInterval",
    times_that_are_none = "times that are none",
    a_version_our_extension = "a version, our extension",
    a_method_other_than_post = "a method other than POST",
    a_live_id = "a live id",
    an_ended_id_is_started_again = "an ended id is started again",
}

sections! { status:
    a_running_instance = "a running instance",
    a_pending_instance_has_no_history = "a pending instance has no history",
    a_completed_instance = "a completed instance",
    the_history_of_a_completed_instance = "the history of a completed instance",
    a_failed_instance = "a failed instance",
    an_unknown_instance = "an unknown instance",
    another_hub_s_instance = "another hub's instance",
    words_match_whatever_their_case = "words match whatever their case",
    switches_that_are_none = "switches that are none",
    unknown_routes_and_verbs = "unknown routes and verbs",
    unknown_parameters_are_ignored = "unknown parameters are ignored",
}

sections! { list:
    all_by_time_of_start = "all, by time of start",
    a_page_at_a_time = "a page at a time",
    filters_that_are_none = "filters that are none",
    purge_one = "purge one",
    one_that_has_not_ended_is_not_purged = "one that has not ended is not purged",
    purge_by_filter = "purge by filter",
}

sections! { lifecycle:
    raise_an_event = "raise an event",
    events_that_cannot_be_raised = "events that cannot be raised",
    cancel = "cancel",
    terminate = "terminate",
    suspend_and_resume = "suspend and resume",
    rewind = "rewind",
    restart = "restart",
    entities_are_not_there_yet = "entities are not there yet",
}

sections! { deployment:
    versions_and_workers = "versions and workers",
    the_status_check = "the status check",
    fences = "fences",
    fences_that_are_none = "fences that are none",
    the_tree_of_one = "the tree of one",
    a_wrong_method_outside_of_durable_functions_path = "a wrong method outside of Durable Functions' path",
}
