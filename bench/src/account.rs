//! The storage account that is measured, and what is asked of it.

use std::collections::BTreeMap;

use durable::Failure;
use durable::azure::{CONNECTION_VARIABLE, OperationCount, Operations};
use serde::Serialize;

use crate::measurement::{count, round};

/// Returns the connection string in the environment, or that of an emulator, which is started for all runs.
pub(crate) fn connection() -> durable::Result<String> {
    if let Ok(text) = std::env::var(CONNECTION_VARIABLE) {
        return Ok(text);
    }
    let emulator = durable_testazure::shared()?;
    let emulator =
        emulator.ok_or_else(|| Failure::new("the emulator is switched off, and no account is named"))?;
    Ok(emulator.connection_string())
}

/// How many requests of each kind a piece of work took, and of all kinds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct OperationsEach(BTreeMap<&'static str, f64>);

impl OperationsEach {
    /// Divides what has come since `before` by the pieces.
    pub(crate) fn of(before: &[OperationCount], now: &Operations, pieces: usize) -> Self {
        let earlier = |operation| {
            before
                .iter()
                .find(|it| it.operation == operation)
                .map_or(0, |it| it.requests)
        };
        let mut each = BTreeMap::new();
        let mut all = 0;
        for OperationCount { operation, requests } in now.counts() {
            let since = requests.saturating_sub(earlier(operation));
            all += since;
            if since > 0 {
                each.insert(operation, per_piece(since, pieces));
            }
        }
        each.insert("all", per_piece(all, pieces));
        Self(each)
    }
}

fn per_piece(requests: u64, pieces: usize) -> f64 {
    round(
        count(usize::try_from(requests).unwrap_or(usize::MAX)) / count(pieces),
        2,
    )
}
