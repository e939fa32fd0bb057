//! Where the account is replicated to: reads only, and possibly of a time that has passed.

use std::time::SystemTime;

use super::answer::{self, Answer};
use super::operation::{Call, Operation};
use crate::account::{Account, Service};
use crate::http::Response;

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Secondary {
    pub(super) last_sync: Option<SystemTime>,
    pub(super) replica: Option<Account>,
}

impl Secondary {
    /// The answer that the proxy gives by itself. The emulator would write.
    pub(super) fn answer(self, call: &Call) -> Option<Response> {
        if call.operation.is_write() {
            return Some(Answer::read_only().response(call));
        }
        self.last_sync
            .filter(|_| call.operation == Operation::ServiceStatistics)
            .map(answer::statistics)
    }

    /// Who answers the reads.
    pub(super) fn behind(self, call: &Call, account: Account) -> Account {
        match (call.service, self.replica) {
            (Service::Blob | Service::Table, Some(replica)) => replica,
            (Service::Queue, _) | (_, None) => account,
        }
    }
}
