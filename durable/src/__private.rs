//! What generated code names. Not part of the public interface: contents may change between releases.

use std::pin::{Pin, pin};

pub use durable_core::__private::*;
pub use durable_core::orchestration::{Block, DurableFuture, block};
pub use durable_macros::lock_file;

/// Runs a program's async `main` on a multi-threaded runtime.
///
/// Blocking tasks that still run when it returns are left behind: a blocking activity cannot be stopped, and one that
/// outlasted the grace of a shutdown must not keep the process alive.
///
/// # Panics
///
/// If the operating system refuses the threads of the runtime.
#[expect(clippy::expect_used, reason = "a runtime blocks until the future is ready")]
pub fn run_main<F: Future>(main: F) -> F::Output {
    let mut result = None;
    let stored = async { result = Some(main.await) };
    block_on(pin!(stored));
    result.expect("a runtime blocks until the future is ready")
}

/// Knows nothing of the program's types, so that the runtime's code is compiled with this crate instead of in each build
/// of the program.
#[expect(
    clippy::expect_used,
    reason = "documented: a program without a runtime has nothing to go on with"
)]
fn block_on(main: Pin<&mut dyn Future<Output = ()>>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.expect("the runtime's threads must start");
    runtime.block_on(main);
    runtime.shutdown_background();
}
