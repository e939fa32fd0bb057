//! The conformance suite catches broken hubs: each mutant below fails the case that is named with it.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

#[path = "mutants/defect.rs"]
mod defect;
#[path = "mutants/hub.rs"]
mod hub;
#[path = "mutants/table.rs"]
mod table;

use std::time::Duration;

use durable_testkit::conformance::{CASES, Case};

use self::defect::Defect;
use self::hub::Broken;
use self::table::mutants;

/// A mutant may well hang; that is a failure too, and need not be waited for long.
const TIME: Duration = Duration::from_secs(3);

fn case(name: &str) -> &'static Case {
    let found = CASES
        .iter()
        .find(|case| format!("{}::{}", case.theme, case.name) == name);
    found.unwrap_or_else(|| panic!("there is no case `{name}`"))
}

#[test]
fn every_mutant_is_caught() {
    // At once, because those that hang are waited for.
    let survivors: Vec<&str> = std::thread::scope(|scope| {
        let judged = mutants().map(|(what, name, defect)| {
            scope.spawn(|| {
                case(name)
                    .judge(Broken::new(*defect), TIME)
                    .is_ok()
                    .then_some(*what)
            })
        });
        let judged: Vec<_> = judged.collect();
        judged
            .into_iter()
            .filter_map(|thread| thread.join().unwrap())
            .collect()
    });
    assert!(survivors.is_empty(), "the suite lets them pass: {survivors:#?}");
}

#[test]
fn the_wrapper_without_a_defect_passes_every_case() {
    let failed: Vec<String> = CASES
        .iter()
        .filter_map(|case| {
            let error = case
                .judge(Broken::new(Defect::NONE), Duration::from_secs(30))
                .err()?;
            Some(format!("{} {}: {error}", case.id, case.name))
        })
        .collect();
    assert!(failed.is_empty(), "{failed:#?}");
}
