//! What a request that is not done is answered with.

use std::time::Duration;

use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use durable_core::client::ClientError;
use durable_core::hub::{HubError, HubErrorKind};
use durable_core::{NameError, PayloadError};
use serde_json::json;

use crate::answer::json_response;

/// What a request that is not done is answered with: a status, and a body that says why.
///
/// As JSON: `{"error": …, "message": …, "help": …}`, where `error` is for programs and `help`, if there is one, says what
/// to do next.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    error: &'static str,
    message: String,
    help: Option<String>,
    /// The kind of the hub's own error, for programs that use the hub through this server.
    kind: Option<&'static str>,
    /// Boxed, since few have one and every result has room for it.
    header: Option<Box<(HeaderName, HeaderValue)>>,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, error: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            error,
            message: message.into(),
            help: None,
            kind: None,
            header: None,
        }
    }

    /// The request is malformed.
    pub(crate) fn bad(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "badRequest", message)
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "notFound", message)
    }

    pub(crate) fn conflict(message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "conflict", message)
    }

    /// The instance has ended, so what was asked for comes too late.
    pub(crate) fn gone(message: impl Into<String>) -> Self {
        Self::new(StatusCode::GONE, "ended", message)
    }

    /// Nobody knows who asks.
    pub(crate) fn unauthorized(message: impl Into<String>) -> Self {
        let refusal = Self::new(StatusCode::UNAUTHORIZED, "unauthorized", message);
        refusal.with_header(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
    }

    /// The hub refuses, and whoever asks is a program that knows the kinds of its errors.
    pub(crate) fn of_kind(error: HubError) -> Self {
        let kind = error.kind().name();
        Self {
            kind: Some(kind),
            ..error.into()
        }
    }

    /// Whoever asks may not.
    pub(crate) fn forbidden(error: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, error, message)
    }

    pub(crate) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(crate) fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.header = Some(Box::new((name, value)));
        self
    }

    pub(crate) fn retry_after(self, time: Duration) -> Self {
        self.with_header(RETRY_AFTER, HeaderValue::from(time.as_secs().max(1)))
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut body = json!({"error": self.error, "message": self.message});
        if let Some(object) = body.as_object_mut() {
            object.extend(self.help.map(|help| ("help".to_owned(), help.into())));
            object.extend(self.kind.map(|kind| ("kind".to_owned(), kind.into())));
        }
        let mut response = json_response(self.status, &body);
        if let Some(header) = self.header {
            let (name, value) = *header;
            response.headers_mut().insert(name, value);
        }
        response
    }
}

impl From<NameError> for Refusal {
    fn from(error: NameError) -> Self {
        Self::bad(error.to_string())
    }
}

impl From<PayloadError> for Refusal {
    fn from(error: PayloadError) -> Self {
        match error {
            PayloadError::TooLarge { .. } => {
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, "tooLarge", error.to_string())
            }
            _ => Self::bad(error.to_string()),
        }
    }
}

impl From<HubError> for Refusal {
    fn from(error: HubError) -> Self {
        let text = error.to_string();
        match error.kind() {
            HubErrorKind::NotFound => Self::not_found(text),
            HubErrorKind::Conflict => Self::conflict(text),
            HubErrorKind::Invalid => Self::bad(text),
            HubErrorKind::Unavailable => Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", text)
                .retry_after(Duration::from_secs(5)),
            HubErrorKind::Closed => Self::new(StatusCode::SERVICE_UNAVAILABLE, "closed", text),
            HubErrorKind::Unsupported => Self::new(StatusCode::NOT_IMPLEMENTED, "unsupported", text),
            // What is stored is damaged, or of a kind that this release does not know.
            _ => Self::internal(&text),
        }
    }
}

impl From<ClientError> for Refusal {
    fn from(error: ClientError) -> Self {
        let text = error.to_string();
        match error {
            ClientError::Hub(error) => error.into(),
            ClientError::Name(error) => error.into(),
            ClientError::Payload(error) => error.into(),
            ClientError::Unencodable { .. } | ClientError::Policy(_) => Self::bad(text),
            ClientError::AlreadyExists(record) => Self::new(
                StatusCode::CONFLICT,
                "instanceExists",
                format!("instance `{}` exists and is {}", record.instance, record.status),
            )
            .with_help("choose another id, or wait until it has ended or terminate it"),
            ClientError::Fenced(_) => Self::new(StatusCode::CONFLICT, "fenced", text)
                .with_help("a deployment is under way: try again when it is over")
                .retry_after(Duration::from_secs(30)),
            ClientError::NotFound(_) | ClientError::NoExecution { .. } => Self::not_found(text),
            ClientError::WrongState { .. } | ClientError::TrialReplay { .. } => Self::conflict(text),
            _ => Self::internal(&text),
        }
    }
}

impl Refusal {
    /// It is the server's fault. The reason goes to the log: it may tell of places that are none of the caller's business.
    pub(crate) fn internal(reason: &str) -> Self {
        tracing::error!(reason, "a request could not be answered");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "the server could not answer; its log says why",
        )
    }
}
