//! How the writer waits for the file while another process writes.

use std::time::{Duration, Instant};

use rusqlite::Connection;

/// The first pause before another try. About as long as a transaction without a sync.
const PAUSE_MIN: Duration = Duration::from_micros(100);

/// How often the pause is doubled. The longest is a few transactions long: a writer that sleeps while the file is free
/// keeps everyone waiting who asks it, and those who sleep less get the file before it again and again.
const DOUBLED_MAX: u32 = 4;

/// Lets a connection try again until `at_most` has passed.
///
/// SQLite's own busy timeout pauses for up to 100 ms, which is a hundred transactions.
pub(crate) fn wait_for_others(conn: &mut Connection, at_most: Duration) -> rusqlite::Result<()> {
    let mut begin = Instant::now();
    conn.busy_handler(Some(move |tries: i32| {
        if tries == 0 {
            begin = Instant::now();
        }
        let goes_on = begin.elapsed() < at_most;
        if goes_on {
            std::thread::sleep(pause(tries));
        }
        goes_on
    }))
}

/// Returns how long to wait after so many tries in vain.
fn pause(tries: i32) -> Duration {
    let doubled = u32::try_from(tries).unwrap_or_default().min(DOUBLED_MAX);
    PAUSE_MIN * 2_u32.pow(doubled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_never_longer_than_a_few_transactions() {
        let pauses: Vec<u128> = [0, 1, 2, 3, 4, 5, 1000, i32::MAX]
            .into_iter()
            .map(|tries| pause(tries).as_micros())
            .collect();
        assert_eq!(pauses, [100, 200, 400, 800, 1600, 1600, 1600, 1600]);
    }
}
