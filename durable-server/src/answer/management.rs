//! The addresses of one instance, as the answer to a start has them.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::auth::Operation;

/// What an address's part may hold as it is.
const PART: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// Makes the addresses of instances.
pub(crate) struct Addresses<'a> {
    /// Scheme, host, and the path before the routes.
    pub(crate) base: &'a str,
    pub(crate) hub: &'a str,
    pub(crate) connection: &'a str,
    /// Makes the `code` with which an instance's operation may be asked for, if the asker is given one.
    pub(crate) code: &'a dyn Fn(&str, Operation) -> Option<String>,
}

impl Addresses<'_> {
    /// Makes the body of the answer to a start: `{"id": …, "statusQueryGetUri": …, …}`.
    pub(crate) fn check_status(&self, instance: &str) -> Value {
        let of = |operation, tail: &str, query: &str| self.of(instance, operation, tail, query);
        json!({
            "id": instance,
            "statusQueryGetUri": self.status(instance),
            "sendEventPostUri": of(Operation::RaiseEvent, "/raiseEvent/{eventName}", ""),
            "terminatePostUri": of(Operation::Terminate, "/terminate", "reason={text}&"),
            "purgeHistoryDeleteUri": of(Operation::Purge, "", ""),
            "restartPostUri": of(Operation::Restart, "/restart", ""),
            "suspendPostUri": of(Operation::Suspend, "/suspend", "reason={text}&"),
            "resumePostUri": of(Operation::Resume, "/resume", "reason={text}&"),
        })
    }

    /// Makes the address at which the status is asked for.
    pub(crate) fn status(&self, instance: &str) -> String {
        self.of(instance, Operation::Read, "", "")
    }

    fn of(&self, instance: &str, operation: Operation, tail: &str, query: &str) -> String {
        let Self {
            base,
            hub,
            connection,
            ..
        } = self;
        let id = part(instance);
        let mut address = format!(
            "{base}{path}/instances/{id}{tail}?{query}taskHub={hub}&connection={connection}",
            path = crate::route::BASE,
            hub = part(hub),
            connection = part(connection),
        );
        if let Some(code) = (self.code)(instance, operation) {
            address.push_str("&code=");
            address.push_str(&part(&code));
        }
        address
    }
}

/// Escapes a text so that it is one part of a path or a query.
pub(crate) fn part(text: &str) -> String {
    utf8_percent_encode(text, PART).to_string()
}
