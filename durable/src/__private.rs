//! What generated code names. Not part of the public interface: contents may change between releases.

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
#[expect(
    clippy::expect_used,
    reason = "documented: a program without a runtime has nothing to go on with"
)]
pub fn run_main<F: Future>(main: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.expect("the runtime's threads must start");
    let result = runtime.block_on(main);
    runtime.shutdown_background();
    result
}
