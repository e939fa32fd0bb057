//! A progress bar, for a person who waits.

use std::io::{IsTerminal as _, Write as _, stderr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use durable_core::replay_check::{Progress, ProgressFn};

/// How often it is drawn at most.
const PAUSE: Duration = Duration::from_millis(100);

const WIDTH: u64 = 30;

/// Draws on standard error; nothing if that is no terminal.
pub(super) fn bar() -> Option<ProgressFn> {
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    if dumb || !stderr().is_terminal() {
        return None;
    }
    let next = Mutex::new(Instant::now() + PAUSE);
    Some(ProgressFn::new(move |progress| {
        let mut next = next.lock().unwrap_or_else(PoisonError::into_inner);
        if Instant::now() >= *next {
            *next = Instant::now() + PAUSE;
            // Nobody reads it if it cannot be written.
            let _ = write!(stderr(), "\r\x1b[2K{}", drawn(progress));
        }
    }))
}

/// Removes the bar.
pub(super) fn clear(bar: Option<&ProgressFn>) {
    if bar.is_some() {
        let _ = write!(stderr(), "\r\x1b[2K");
    }
}

fn drawn(progress: Progress) -> String {
    let (done, found) = (progress.done, progress.found);
    let Some(total) = progress.total else {
        return format!("{done} checked, {found} found");
    };
    // More may have started since they were counted.
    let total = total.max(done).max(1);
    let filled = done * WIDTH / total;
    let bar: String = (0..WIDTH).map(|at| if at < filled { '=' } else { ' ' }).collect();
    format!("[{bar}] {done}/{total}, {found} found")
}
