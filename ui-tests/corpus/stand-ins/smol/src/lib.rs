//! Stands in for `smol`.

use std::time::Duration;

pub struct Timer;

impl Timer {
    pub fn after(_duration: Duration) -> std::future::Ready<()> {
        std::future::ready(())
    }
}

pub fn spawn<F: Future>(future: F) -> F {
    future
}

pub fn unblock<T>(work: impl FnOnce() -> T) -> std::future::Ready<T> {
    std::future::ready(work())
}

pub fn block_on<F: Future>(_future: F) {}

pub mod fs {
    pub async fn read_to_string(_path: &str) -> std::io::Result<String> {
        Ok(String::new())
    }
}
