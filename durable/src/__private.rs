//! What generated code names. Not part of the public interface: contents may change between releases.

pub use durable_core::__private::*;

/// Marks an async block of an orchestrator as one that awaits only durable futures.
pub fn block<F: Future>(future: F) -> F {
    future
}

/// Runs the body of `#[durable::main]`.
///
/// # Panics
///
/// If the operating system refuses the threads of the runtime.
pub fn run_main<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("the operating system provides threads for the runtime")
        .block_on(future)
}
