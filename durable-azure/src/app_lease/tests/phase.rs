//! What is decided.

use std::time::Duration;

use durable_core::Timestamp;

use crate::app_lease::phase::{Answer, Attempt, Phase, attempt, taken};
use crate::app_lease::{AppLeaseInfo, AppLeaseSettings};

fn info(owner: Option<&str>, desired: Option<&str>) -> AppLeaseInfo {
    AppLeaseInfo {
        owner_id: owner.map(str::to_owned),
        desired_swap_id: desired.map(str::to_owned),
    }
}

fn at(second: u64) -> Timestamp {
    Timestamp::from_micros(0) + Duration::from_secs(second)
}

#[test]
fn the_lease_is_changed_only_if_this_application_is_wanted_and_another_has_it() {
    let change = Attempt::ChangeFrom("a".to_owned());
    let cases = [
        (info(Some("a"), Some("me")), change),
        (info(Some("a"), Some("b")), Attempt::Acquire),
        (info(Some("a"), None), Attempt::Acquire),
        (info(None, Some("me")), Attempt::Acquire),
        (info(Some("me"), Some("me")), Attempt::Acquire),
        (info(None, None), Attempt::Acquire),
    ];
    for (info, expected) in cases {
        assert_eq!(attempt(&info, "me"), expected, "{info:?}");
    }
}

#[test]
fn who_takes_the_lease_names_itself_and_leaves_another_s_wish() {
    let cases = [
        (info(Some("a"), Some("me")), Some(info(Some("me"), None))),
        (info(Some("me"), Some("me")), Some(info(Some("me"), None))),
        (info(None, None), Some(info(Some("me"), None))),
        (info(Some("a"), Some("b")), Some(info(Some("me"), Some("b")))),
        (info(Some("me"), None), None),
        (info(Some("me"), Some("b")), None),
    ];
    for (info, expected) in cases {
        assert_eq!(taken(&info, "me"), expected, "{info:?}");
    }
}

#[test]
fn the_answer_decides_when_to_ask_again() {
    let (seeking, holding) = (
        Phase::Seeking { next: at(100) },
        Phase::Holding {
            next: at(100),
            until: at(130),
        },
    );
    // Asked at 100, answered at 102.
    let held = |next, until| Phase::Holding {
        next: at(next),
        until: at(until),
    };
    let cases = [
        (seeking, Answer::Granted, held(125, 160)),
        (holding, Answer::Granted, held(125, 160)),
        (seeking, Answer::Refused, Phase::Seeking { next: at(402) }),
        (holding, Answer::Refused, Phase::Seeking { next: at(102) }),
        (seeking, Answer::Unclear, Phase::Seeking { next: at(107) }),
        (holding, Answer::Unclear, held(107, 130)),
    ];
    for (phase, answer, expected) in cases {
        let after = phase.after(answer, at(100), at(102), &AppLeaseSettings::default());
        assert_eq!(after, expected, "{phase:?} {answer:?}");
    }
}

#[test]
fn a_lease_that_is_not_renewed_is_over_by_the_own_clock() {
    let holding = Phase::Holding {
        next: at(150),
        until: at(130),
    };
    assert_eq!(holding.next(), at(130));
    assert_eq!(holding.lapse(at(129)), holding);
    assert_eq!(holding.lapse(at(130)), Phase::Seeking { next: at(130) });
    let seeking = Phase::Seeking { next: at(200) };
    assert_eq!(seeking.lapse(at(300)), seeking);
}
