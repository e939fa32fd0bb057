//! Limits of what one request may cost.

use std::time::Duration;

/// Limits of what one request may cost. Change the fields that differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The most bytes of a body. A hub takes no payload of more than 16 MiB.
    pub body: usize,
    /// The most bytes of path and query.
    pub address: usize,
    /// The most bytes of all headers. Kept by [`Server`](crate::Server); elsewhere it is the outer server's.
    pub headers: usize,
    /// The most instances of one page; more are never returned, whatever `top` says.
    pub page: usize,
    /// The most instances of one tree.
    pub tree: usize,
    /// The longest that headers may take to come. Kept by [`Server`](crate::Server).
    pub header_time: Duration,
    /// The longest that a body may take to come.
    pub body_time: Duration,
    /// The longest that a request may take, what it waits for left aside.
    pub time: Duration,
    /// The longest that a start waits for its end, whatever `timeout` says.
    pub wait: Duration,
    /// The most connections at once; further ones wait. Kept by [`Server`](crate::Server).
    pub connections: usize,
    /// The longest that a fence may be put up for by one request.
    pub fence: Duration,
    /// For how long `/metrics` shows what it once asked of the hub. Where asking takes long, it is twenty times as long as
    /// that, so that a hub spends at most a twentieth of its time on it.
    pub figures: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 4 * 1024 * 1024,
            address: 8 * 1024,
            headers: 32 * 1024,
            page: 1_000,
            tree: 1_000,
            header_time: Duration::from_secs(10),
            body_time: Duration::from_secs(30),
            time: Duration::from_secs(30),
            wait: Duration::from_secs(230),
            connections: 1_024,
            fence: Duration::from_hours(24),
            figures: Duration::from_secs(5),
        }
    }
}
