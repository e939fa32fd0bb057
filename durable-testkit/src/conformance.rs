//! The conformance suite: the numbered obligations of `docs/hub-contract.md`, as cases that every hub runs.
//!
//! A hub supplies a [`Setup`] and gets one test per case:
//!
//! ```text
//! durable_testkit::conformance_tests!(MySetup::new());
//! ```
//!
//! A case drives the hub through the contract only. Time is a [`ManualClock`](crate::ManualClock), so nothing sleeps; that
//! something does *not* happen is seen by starting something that must, and finding nothing beside it.

mod activity;
mod amend;
mod blocked;
mod build;
mod children;
mod commit;
mod continue_as_new;
mod events;
mod fence;
mod fencing;
mod fetch;
mod heartbeat;
mod import;
mod outside;
mod purge;
mod query;
mod setup;
mod stage;
mod start;
mod store;
mod terminate;
mod timer;
mod versions;

use std::pin::Pin;
use std::sync::mpsc;
use std::time::Duration;

pub use setup::{CaseError, CaseResult, Opening, Setup};
pub use stage::Stage;

/// How long a case may take by the machine's own clock. One that waits for what never comes fails by its name.
pub const CASE_TIME: Duration = Duration::from_secs(30);

/// A numbered case.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    /// Its number in `docs/hub-contract.md`.
    pub id: &'static str,
    /// The group it belongs to.
    pub theme: &'static str,
    /// What it states.
    pub name: &'static str,
    run: fn(&mut Stage) -> Pin<Box<dyn Future<Output = CaseResult> + '_>>,
}

impl Case {
    /// Returns the case with a number.
    pub fn find(id: &str) -> Option<&'static Self> {
        CASES.iter().find(|case| case.id == id)
    }

    /// Judges a hub. `time` is how long the case may take by the machine's own clock.
    ///
    /// It runs on a thread of its own, so that a hub that blocks its thread is told like one that never wakes.
    pub fn judge(&self, setup: impl Setup, time: Duration) -> CaseResult {
        let run = self.run;
        let (answer, answered) = mpsc::channel();
        let thread = std::thread::Builder::new().name(self.id.to_owned());
        let spawned = thread.spawn(move || {
            let result = on_a_runtime(run, Box::new(setup));
            // Nobody listens any more when the time is over.
            let _ = answer.send(result);
        });
        spawned.map_err(|error| CaseError::new(format!("cannot start a thread: {error}")))?;
        match answered.recv_timeout(time) {
            Ok(result) => result,
            Err(mpsc::RecvTimeoutError::Timeout) => Err(CaseError::new(format!(
                "nothing happened for {time:?}: something never came"
            ))),
            Err(mpsc::RecvTimeoutError::Disconnected) => Err(CaseError::new("the hub panicked")),
        }
    }
}

fn on_a_runtime(
    run: fn(&mut Stage) -> Pin<Box<dyn Future<Output = CaseResult> + '_>>,
    setup: Box<dyn Setup>,
) -> CaseResult {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build();
    let runtime = runtime.map_err(|error| CaseError::new(format!("cannot build a runtime: {error}")))?;
    runtime.block_on(async {
        let mut stage = Stage::new(setup).await?;
        run(&mut stage).await
    })
}

/// Runs one case as a test.
///
/// # Panics
///
/// With the case's number and what went wrong, if the hub does not pass it.
#[expect(clippy::panic, reason = "a test fails by a panic")]
pub fn check(id: &str, setup: impl Setup) {
    let Some(case) = Case::find(id) else {
        panic!("there is no case {id}");
    };
    let time = setup.case_time();
    if let Err(error) = case.judge(setup, time) {
        panic!("{} {}::{}: {error}", case.id, case.theme, case.name);
    }
}

/// The one table of cases. The registry and the tests of every hub are made from it, so that none can miss one.
macro_rules! cases {
    ($d:tt $($theme:ident { $($id:literal $name:ident,)* })*) => {
        /// Every case, by number.
        pub const CASES: &[Case] = &[$($(
            Case {
                id: $id,
                theme: stringify!($theme),
                name: stringify!($name),
                run: |stage| Box::pin($theme::$name(stage)),
            },
        )*)*];

        /// Makes one test per conformance case. The argument makes the [`Setup`](crate::conformance::Setup).
        #[macro_export]
        macro_rules! conformance_tests {
            ($d setup:expr) => {$(
                mod $theme {
                    #[allow(unused_imports, reason = "the set-up may need nothing from the file")]
                    use super::*;
                    $(
                        #[test]
                        fn $name() {
                            $d crate::conformance::check($id, $d setup);
                        }
                    )*
                }
            )*};
        }
    };
}

cases! { $
    start {
        "H-001" a_started_instance_is_visible_as_it_was_given,
        "H-002" the_same_request_starts_once,
        "H-003" a_repeated_start_is_recognised_after_the_end,
        "H-004" a_repeated_start_is_recognised_after_continuing_as_new,
        "H-005" reject_refuses_every_taken_id,
        "H-006" allow_if_ended_replaces_ended_instances_only,
        "H-007" use_existing_leaves_the_instance_as_it_is,
        "H-008" terminate_existing_replaces_and_fences,
        "H-009" an_event_given_with_a_start_comes_behind_it,
        "H-010" an_event_given_with_a_start_is_delivered_once,
        "H-011" an_event_for_an_ended_instance_is_refused,
        "H-012" a_scheduled_start_waits_for_its_time,
        "H-013" a_start_that_was_called_back_never_runs,
    }
    fetch {
        "H-021" a_fetch_is_ended_by_a_start,
        "H-022" a_fetch_is_ended_by_a_message,
        "H-023" messages_come_oldest_first,
        "H-024" a_message_is_handed_out_once,
        "H-025" an_owned_instance_stays_with_its_owner,
        "H-026" a_dropped_fetch_loses_nothing,
        "H-027" a_fetch_returns_at_most_its_limit,
        "H-028" two_workers_share_the_work,
        "H-029" a_released_instance_is_handed_out_again,
        "H-030" a_turn_can_release,
        "H-031" leaving_gives_up_everything,
        "H-032" loading_returns_what_was_committed,
    }
    commit {
        "H-041" a_turn_appends_and_shows,
        "H-042" only_what_was_consumed_is_gone,
        "H-043" a_turn_on_another_history_is_refused,
        "H-044" a_refused_turn_sends_nothing,
        "H-045" a_batch_is_answered_element_by_element,
        "H-046" a_message_without_a_receiver_is_dropped,
        "H-047" messages_between_instances_arrive,
        "H-048" an_end_is_final,
        "H-049" failures_are_shown,
        "H-050" a_resolved_version_is_recorded,
    }
    fencing {
        "H-061" a_fenced_owner_cannot_commit,
        "H-062" a_renewed_lease_does_not_run_out,
        "H-063" a_lease_holds_until_it_runs_out,
        "H-064" a_takeover_hands_out_everything_again,
        "H-065" a_fetch_is_ended_by_a_takeover,
        "H-066" a_session_ends_with_its_ownership,
        "H-067" a_late_release_changes_nothing,
        "H-068" one_stale_part_refuses_the_whole_commit,
        "H-069" a_lease_that_is_renewed_no_more_runs_out,
    }
    timer {
        "H-071" a_timer_fires_when_it_is_due,
        "H-072" a_timer_fires_once,
        "H-073" timers_come_in_the_order_of_their_times,
        "H-074" a_timer_outlives_its_worker,
        "H-075" a_timer_may_be_long,
        "H-076" a_timer_ends_with_its_execution,
    }
    events {
        "H-081" signals_need_a_live_receiver,
        "H-082" what_is_stored_comes_back_unchanged,
        "H-083" a_cancel_request_arrives_as_a_marker,
        "H-084" suspension_follows_the_turns,
        "H-085" a_thousand_messages_keep_their_order,
    }
    children {
        "H-091" a_child_is_started_with_its_parent,
        "H-092" a_result_reaches_the_parent,
        "H-093" a_taken_id_fails_the_call,
        "H-094" an_ended_instance_keeps_its_id,
        "H-095" an_unwanted_child_follows_its_policy,
        "H-096" a_stranger_cannot_be_cancelled,
        "H-097" children_follow_their_policies_when_the_code_is_gone,
    }
    continue_as_new {
        "H-101" carried_messages_come_before_waiting_ones,
        "H-102" the_record_shows_the_next_execution,
        "H-103" results_of_the_old_execution_are_dropped,
        "H-104" activities_of_the_old_execution_are_cancelled,
        "H-105" the_next_execution_may_be_of_another_version,
        "H-106" carried_messages_survive_a_takeover,
        "H-107" waiting_goes_on_over_continue_as_new,
    }
    terminate {
        "H-111" an_instance_is_terminated_at_once,
        "H-112" terminating_fences_the_owner,
        "H-113" terminating_drops_what_is_outstanding,
        "H-114" the_parent_of_a_terminated_child_is_told,
        "H-115" terminating_may_take_the_children_along,
        "H-116" terminating_follows_the_children_s_policies,
        "H-117" children_of_an_earlier_execution_are_left_alone,
    }
    blocked {
        "H-121" a_blocked_turn_loses_nothing,
        "H-122" a_blocked_instance_is_left_alone,
        "H-123" each_new_build_gets_one_try,
        "H-124" a_successful_turn_lifts_the_block,
        "H-125" resuming_lifts_the_block,
        "H-126" a_blocked_instance_can_be_terminated,
        "H-127" a_try_counts_even_if_it_comes_to_nothing,
    }
    versions {
        "H-131" a_worker_gets_the_versions_it_offers,
        "H-132" missing_parts_of_a_version_are_zero,
        "H-133" a_blank_version_needs_the_name_only,
        "H-134" mismatched_versions_go_to_who_takes_them,
        "H-135" stalled_instances_are_shown_and_recover,
        "H-136" only_live_workers_count,
        "H-137" workers_are_listed_with_their_offer,
        "H-138" instances_are_counted_by_version_and_state,
        "H-139" versions_are_counted_apart,
    }
    activity {
        "H-141" an_activity_comes_as_it_was_ordered,
        "H-142" a_worker_gets_the_activities_it_offers,
        "H-143" slots_and_saturation_are_respected,
        "H-144" a_result_reaches_the_inbox,
        "H-145" an_applied_completion_is_not_delivered,
        "H-146" eager_activities_are_owned_at_once,
        "H-147" without_slots_nothing_is_eager,
        "H-148" an_activity_outlives_its_worker,
        "H-149" an_abandoned_activity_is_handed_out_again,
        "H-150" progress_survives_the_worker,
        "H-151" a_cancelled_activity_is_stopped,
        "H-152" activities_end_with_their_execution,
        "H-153" a_dropped_activity_fetch_loses_nothing,
        "H-154" no_more_of_a_name_than_there_is_room_for,
    }
    heartbeat {
        "H-155" a_silent_activity_is_lost,
        "H-156" a_heartbeat_begins_the_time_anew,
        "H-157" an_activity_that_nobody_runs_is_not_silent,
        "H-158" the_next_worker_has_the_whole_time,
    }
    outside {
        "H-161" an_activity_is_completed_from_outside,
        "H-162" a_late_completion_is_not_found,
        "H-163" a_parked_activity_waits_for_the_outside,
    }
    query {
        "H-171" what_is_missing_is_none,
        "H-172" every_filter_filters,
        "H-173" a_prefix_is_literal,
        "H-174" pages_list_everything_once,
        "H-170" the_newest_come_first,
        "H-175" a_foreign_page_token_is_refused,
        "H-176" waiting_for_the_end,
        "H-177" waiting_for_a_state,
        "H-178" a_wait_does_not_go_over_to_another_instance,
        "H-179" the_owner_is_shown_while_it_lives,
        "H-180" only_the_current_execution_has_a_history,
    }
    purge {
        "H-181" an_ended_instance_is_purged,
        "H-182" a_running_instance_is_not_purged,
        "H-183" a_purge_may_take_the_children_along,
        "H-184" a_purge_by_filter_goes_by_pages,
    }
    amend {
        "H-191" a_move_fences_the_owner,
        "H-192" a_change_of_something_else_is_refused,
        "H-193" a_rewound_instance_goes_on,
        "H-194" only_an_ended_instance_is_rewound,
        "H-195" a_move_lifts_a_block,
        "H-196" a_rewound_parent_keeps_its_children,
        "H-197" a_rewind_may_begin_before_the_first_turn,
    }
    import {
        "H-211" an_imported_instance_is_as_it_was,
        "H-212" an_imported_instance_goes_on_when_resumed,
        "H-213" a_taken_id_is_not_imported,
        "H-214" an_imported_child_belongs_to_its_parent,
        "H-215" an_imported_end_is_final,
    }
    fence {
        "H-221" a_fenced_start_is_refused,
        "H-222" a_fence_falls,
        "H-223" what_was_there_before_the_fence_is_recognised,
        "H-224" what_runs_goes_on_behind_a_fence,
        "H-225" a_fenced_rewind_is_refused,
        "H-226" a_fence_holds_for_every_process,
    }
    store {
        "H-201" the_declared_capabilities_are_the_expected_ones,
        "H-202" what_was_acknowledged_survives_a_crash,
        "H-203" two_processes_share_one_hub,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// Reads the cases that the document names, each at the start of a line: the number in bold, the name as code.
    fn documented() -> BTreeMap<String, String> {
        let text = include_str!("../../docs/hub-contract.md");
        let lines = text.lines().filter_map(|line| line.strip_prefix("**H-"));
        let entries = lines.filter_map(|line| {
            let (number, rest) = line.split_once("** `")?;
            let (name, _) = rest.split_once('`')?;
            Some((format!("H-{number}"), name.to_owned()))
        });
        entries.collect()
    }

    #[test]
    fn every_case_is_documented_and_every_obligation_has_its_case() {
        let table: BTreeMap<String, String> = CASES
            .iter()
            .map(|case| (case.id.to_owned(), format!("{}::{}", case.theme, case.name)))
            .collect();
        assert_eq!(table.len(), CASES.len(), "a number is given twice");
        assert_eq!(table, documented());
    }
}
