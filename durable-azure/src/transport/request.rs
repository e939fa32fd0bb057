//! A request before it is signed, and its answer.

use hyper::Method;
use hyper::body::Bytes;

use super::exchange::Answer;
use super::operation::Operation;
use super::refusal::Words;
use super::storage::Service;

/// The most bytes of an answer that has no payload of the caller's.
pub(super) const SMALL: usize = 64 * 1024;

/// What is asked of a service, wherever the service is. It may hold a pop receipt, so it cannot be shown.
pub(super) struct Request {
    pub(super) operation: Operation,
    pub(super) service: Service,
    pub(super) method: Method,
    /// The path behind that of the endpoint, encoded, with a slash at its beginning.
    pub(super) path: String,
    /// The parameters, not encoded. Their names need no encoding.
    pub(super) query: Vec<(&'static str, String)>,
    /// The headers; names in lower case.
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Bytes,
    /// What errors call the resource.
    pub(super) target: String,
    /// The most bytes that are read of an answer.
    pub(super) limit: usize,
    /// Finds the failure that an answer of success tells of: its status, and what the service says.
    pub(super) failure_in: fn(&Answer) -> Option<(u16, Words)>,
    /// A place that must answer, and no other.
    pub(super) only: Option<Place>,
}

/// Who answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Primary,
    Secondary,
}

/// An answer of success.
#[derive(Debug)]
pub(super) struct Response {
    pub(super) answer: Answer,
    pub(super) place: Place,
}

impl Request {
    pub(super) fn new(
        operation: Operation,
        service: Service,
        method: Method,
        path: String,
        target: String,
    ) -> Self {
        Self {
            operation,
            service,
            method,
            path,
            query: Vec::new(),
            headers: Vec::new(),
            body: Bytes::new(),
            target,
            limit: SMALL,
            failure_in: |_| None,
            only: None,
        }
    }

    pub(super) fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    pub(super) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(super) fn body(mut self, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        self.headers.push(("content-type", content_type.to_owned()));
        self.body = body.into();
        self
    }

    pub(super) fn limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }
}
