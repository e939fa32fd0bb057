//! What an app tells when it cannot start.

#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

use durable::prelude::*;

struct Bank;

#[activity]
async fn pay(ctx: ActivityContext) -> Result<(), Failure> {
    let _bank = ctx.state::<Bank>();
    Ok(())
}

/// A worker that refuses to start used to leave its app waiting for results that nobody makes.
#[test]
fn an_app_does_not_start_if_its_worker_refuses() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let refused = runtime
        .block_on(App::new(durable_testkit::MemoryHub::default()).start())
        .unwrap_err();
    let text = refused.to_string();
    assert!(text.starts_with("activity `pay` at durable/tests/"), "{text}");
    assert!(
        text.ends_with(
            "asks for shared state of type `start_up::Bank`, which was not given; add `.state(..)`"
        ),
        "{text}"
    );
}
