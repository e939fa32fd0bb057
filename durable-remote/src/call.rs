//! One call of a route: what is sent, and whether it may be sent again.

use std::time::Duration;

use durable_core::hub::wire::BASE;
use durable_core::hub::{HubError, HubErrorKind};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use crate::http::Verb;

/// How long the server may take, beside what it is asked to wait: longer than its own limit, so that it is the one to say so.
const TIME: Duration = Duration::from_secs(40);

/// What a part of an address may hold as it is.
const PART: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// Whether a call that may have been done is sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// Once more would be another: what it concerns tells whether it was done.
    Never,
    /// It only asks, or the contract makes its repetition the same call.
    Freely,
    /// Likewise, and whoever asks wants to wait: a server that is being restarted is waited for.
    Patiently,
}

impl Repeat {
    /// Returns the pauses before further tries.
    pub(crate) fn pauses(self) -> &'static [Duration] {
        const SHORT: [Duration; 2] = [Duration::from_millis(100), Duration::from_millis(500)];
        const LONG: [Duration; 5] = [
            Duration::from_millis(100),
            Duration::from_millis(500),
            Duration::from_secs(2),
            Duration::from_secs(5),
            Duration::from_secs(10),
        ];
        match self {
            Self::Never | Self::Freely => &SHORT,
            Self::Patiently => &LONG,
        }
    }
}

/// One call.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) verb: Verb,
    /// Path and query, behind the server's own path.
    pub(crate) path: String,
    /// The route, for people: without what may be somebody's data.
    pub(crate) route: &'static str,
    pub(crate) body: Option<Vec<u8>>,
    pub(crate) repeat: Repeat,
    /// Whether the call changes something.
    pub(crate) changes: bool,
    pub(crate) time: Duration,
}

impl Call {
    /// Makes a call that only asks. `{}` stands for `part` in the route.
    pub(crate) fn get(route: &'static str, part: &str) -> Self {
        Self {
            verb: Verb::Get,
            path: format!("{BASE}{}", route.replace("{}", &escaped(part))),
            route,
            body: None,
            repeat: Repeat::Freely,
            changes: false,
            time: TIME,
        }
    }

    /// Makes a call that changes something, and is not repeated.
    pub(crate) fn post(route: &'static str, part: &str) -> Self {
        Self {
            verb: Verb::Post,
            repeat: Repeat::Never,
            changes: true,
            ..Self::get(route, part)
        }
    }

    /// Makes a call that removes something, and is not repeated.
    pub(crate) fn delete(route: &'static str, part: &str) -> Self {
        Self {
            verb: Verb::Delete,
            ..Self::post(route, part)
        }
    }

    /// Adds a body.
    pub(crate) fn with<T: Serialize>(mut self, body: &T) -> Result<Self, HubError> {
        let bytes = serde_json::to_vec(body).map_err(|error| {
            HubError::new(
                HubErrorKind::Invalid,
                format!("the request has no JSON form: {error}"),
            )
        })?;
        self.body = Some(bytes);
        Ok(self)
    }

    /// Adds a parameter.
    pub(crate) fn parameter(mut self, name: &str, value: &str) -> Self {
        let separator = if self.path.contains('?') { '&' } else { '?' };
        self.path = format!("{}{separator}{name}={}", self.path, escaped(value));
        self
    }

    /// Says that a repetition is the same call.
    pub(crate) fn repeated(mut self) -> Self {
        self.repeat = Repeat::Freely;
        self
    }

    /// Says that it only asks, although it is sent with a body.
    pub(crate) fn asking(self) -> Self {
        Self {
            changes: false,
            ..self.repeated()
        }
    }

    /// Lets the server wait for so long.
    pub(crate) fn waiting(mut self, wait: Duration) -> Self {
        self.repeat = Repeat::Patiently;
        self.time = TIME + wait;
        let seconds = wait.as_secs_f64().to_string();
        self.parameter("timeout", &seconds)
    }
}

fn escaped(text: &str) -> String {
    utf8_percent_encode(text, PART).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_a_path_or_a_query_is_escaped() {
        let call = Call::get("/instances/{}/end", "a/b?c&d é").parameter("execution", "x&y=z");
        assert_eq!(
            call.path,
            "/durable/hub/v1/instances/a%2Fb%3Fc%26d%20%C3%A9/end?execution=x%26y%3Dz"
        );
        let call = call.waiting(Duration::from_millis(1_500));
        assert!(call.path.ends_with("&timeout=1.5"), "{}", call.path);
    }

    #[test]
    fn only_what_asks_or_is_idempotent_is_repeated() {
        assert_eq!(Call::get("", "").repeat, Repeat::Freely);
        assert_eq!(Call::post("", "").repeat, Repeat::Never);
        assert_eq!(Call::delete("", "").repeat, Repeat::Never);
        let start = Call::post("", "").repeated();
        assert!(start.changes && start.repeat == Repeat::Freely);
        let query = Call::post("", "").asking();
        assert!(!query.changes && query.repeat == Repeat::Freely);
    }
}
