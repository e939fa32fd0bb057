//! The dashboard in a real Chromium, with orchestrators that run. What a person does and sees is in `browser/scenarios`, a
//! script for each test; here are the hubs that they look at.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by a panic"
)]

mod bulk;
mod demo;
mod drive;
mod shop;
mod tour;

use durable_server::Scope;

use drive::{Hub, Seen, scenario};

#[test]
fn the_list_is_filtered_and_shows_what_changes() {
    scenario("list", Hub::Demo, Seen::Open);
}

#[test]
fn a_timeline_shows_retries_timers_events_and_children() {
    scenario("timeline", Hub::Demo, Seen::Open);
}

#[test]
fn a_failed_instance_is_found_rewound_and_finishes() {
    scenario("rewind", Hub::Demo, Seen::Open);
}

#[test]
fn actions_ask_first_and_do_what_they_say() {
    scenario("actions", Hub::Demo, Seen::Open);
}

#[test]
fn versions_tell_which_may_be_deleted() {
    scenario("versions", Hub::Demo, Seen::Open);
}

#[test]
fn a_key_is_asked_for_kept_out_of_addresses_and_limits_what_is_offered() {
    scenario(
        "keys",
        Hub::Demo,
        Seen::Keys(&[
            ("READ_KEY", &[Scope::Read]),
            ("ALL_KEY", &Scope::ALL),
            ("EVENT_KEY", &[Scope::Event]),
        ]),
    );
}

#[test]
fn the_keyboard_reaches_everything() {
    scenario("keyboard", Hub::Demo, Seen::Open);
}

#[test]
fn it_is_dark_or_light_and_its_contrast_holds() {
    scenario("themes", Hub::Demo, Seen::Open);
}

#[test]
fn hostile_ids_and_payloads_are_shown_as_text() {
    scenario("hostile", Hub::Demo, Seen::Open);
}

#[test]
fn ten_thousand_instances_stay_usable() {
    scenario("many-instances", Hub::ManyInstances, Seen::Open);
}

#[test]
fn ten_thousand_events_stay_usable() {
    scenario("many-events", Hub::ManyEvents, Seen::Open);
}

#[test]
fn a_page_in_the_background_asks_nothing() {
    scenario("background", Hub::Demo, Seen::Open);
}

#[test]
fn a_server_that_answers_slowly_is_asked_seldom() {
    scenario("slow", Hub::Demo, Seen::Open);
}

/// Makes the pictures of the documentation, into the folder that `DURABLE_SCREENSHOTS` names below the workspace.
#[test]
fn pictures_are_made_where_they_are_asked_for() {
    scenario("pictures", Hub::Demo, Seen::Open);
}
