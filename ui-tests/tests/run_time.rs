//! What no earlier layer sees is caught in the turn that does it: the corpus's cases for run time, run.

#![forbid(unsafe_code)]
#![deny(warnings)]
#![allow(missing_docs, reason = "a test")]

#[allow(dead_code, reason = "other tests use the rest")]
mod corpus {
    pub(super) mod marker;
    pub(super) mod report;
}

#[allow(clippy::pedantic, reason = "as in a user's program, which sets no such lint")]
#[path = "../corpus/src/run.rs"]
mod run;

use std::path::Path;

use corpus::marker;
use durable::DeterminismChecks;
use durable::testkit::{RunningTest, TestApp};

/// Runs each of the orchestrators until it is blocked, and returns why.
macro_rules! blocked {
    ($app:expr, $($orchestrator:ident),+ $(,)?) => {
        vec![$({
            let run = $app.start(run::$orchestrator, ()).await.expect("it starts");
            let stopped = run.wait_until(|record| record.blocked.is_some() || record.status.is_ended());
            let record = stopped.await.expect("it can be read");
            let reason = record.blocked.map_or("not blocked".to_owned(), |report| report.reason.to_string());
            (stringify!($orchestrator).to_owned(), reason)
        }),+]
    };
}

#[test]
fn each_case_for_run_time_is_blocked_with_its_reason() {
    let wanted = wanted();
    let app = TestApp::new().expect("the functions fit together");
    let found: Vec<(String, String)> = app
        .options(|options| options.determinism_checks = DeterminismChecks::ShadowAndReplay)
        .run(all);
    assert_eq!(found, wanted);
}

/// Returns the orchestrators and the reasons that the markers say.
fn wanted() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let cases = marker::cases(&folder, "run");
    cases
        .into_iter()
        .map(|case| (case.function.clone(), case.rules().join(" ")))
        .collect()
}

async fn all(app: &RunningTest) -> Vec<(String, String)> {
    blocked!(
        app,
        in_method,
        in_helper,
        behind_trait,
        in_default,
        in_generic,
        static_behind_function,
        decides,
        debug_of_map,
        set_behind_function,
        set_extended,
        retained,
        hasher,
        hidden_timer,
        hidden_channel,
        hidden_nothing,
        hidden_yield,
    )
}
