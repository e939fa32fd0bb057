//! Errors as the storage services write them.

use std::time::{Duration, SystemTime};

use super::operation::{Call, Operation};
use crate::account::Service;
use crate::date;
use crate::http::Response;

/// An error that is answered in the place of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    status: u16,
    code: String,
    message: String,
    retry_after: Option<Duration>,
    failed: usize,
}

impl Answer {
    /// Any status with an error code of the services' reference.
    pub fn new(status: u16, code: &str) -> Self {
        Self {
            status,
            code: code.to_owned(),
            message: "Injected by a test.".to_owned(),
            retry_after: None,
            failed: 0,
        }
    }

    /// 503: the account or the partition is over its limits.
    pub fn server_busy() -> Self {
        Self::new(503, "ServerBusy")
    }

    /// 429: too many requests.
    pub fn too_many_requests() -> Self {
        Self::new(429, "TooManyRequests")
    }

    /// 500: the service failed.
    pub fn internal_error() -> Self {
        Self::new(500, "InternalError")
    }

    /// 409: an entity is there already. It fails the operation of a transaction that [`Answer::at_operation`] names.
    pub fn entity_exists() -> Self {
        Self::new(409, "EntityAlreadyExists")
    }

    /// 412: the etag is another. It fails the operation of a transaction that [`Answer::at_operation`] names.
    pub fn condition_not_met() -> Self {
        Self::new(412, "UpdateConditionNotSatisfied")
    }

    /// What is written to where the account is replicated to.
    pub(super) fn read_only() -> Self {
        Self {
            message: "Write operations are not allowed.".to_owned(),
            ..Self::new(403, "InsufficientAccountPermissions")
        }
    }

    /// Tells the client when to come again. The header has whole seconds.
    #[must_use]
    pub fn retry_after(mut self, pause: Duration) -> Self {
        self.retry_after = Some(pause);
        self
    }

    /// Of a transaction, which operation failed, counted from 0.
    #[must_use]
    pub fn at_operation(mut self, index: usize) -> Self {
        self.failed = index;
        self
    }

    /// Writes it as the service of the call does.
    pub(super) fn response(&self, call: &Call) -> Response {
        let (content, body) = if call.operation == Operation::Batch && self.is_of_one_operation() {
            return self.in_transaction();
        } else if call.service == Service::Table {
            (
                "application/json;odata=minimalmetadata;streaming=true;charset=utf-8",
                self.json(&self.message),
            )
        } else {
            ("application/xml", self.xml())
        };
        let mut headers = vec![
            ("Content-Type".to_owned(), content.to_owned()),
            ("x-ms-error-code".to_owned(), self.code.clone()),
        ];
        if let Some(pause) = self.retry_after {
            headers.push(("Retry-After".to_owned(), pause.as_secs().to_string()));
        }
        respond(self.status, headers, body)
    }

    /// A transaction that is throttled or denied is so as a whole. What an operation of it fails with is an answer within
    /// the answer.
    fn is_of_one_operation(&self) -> bool {
        matches!(self.status, 400 | 404 | 409 | 412 | 413)
    }

    fn in_transaction(&self) -> Response {
        let message = format!("{}:{}", self.failed, self.message);
        let body = [
            "--batchresponse_1",
            "Content-Type: multipart/mixed; boundary=changesetresponse_1",
            "",
            "--changesetresponse_1",
            "Content-Type: application/http",
            "Content-Transfer-Encoding: binary",
            "",
            &format!("HTTP/1.1 {} {}", self.status, reason(self.status)),
            "X-Content-Type-Options: nosniff",
            "Cache-Control: no-cache",
            "DataServiceVersion: 3.0;",
            "Content-Type: application/json;odata=minimalmetadata;streaming=true;charset=utf-8",
            "",
            &self.json(&message),
            "--changesetresponse_1--",
            "--batchresponse_1--",
            "",
        ];
        let content = "multipart/mixed; boundary=batchresponse_1".to_owned();
        respond(202, vec![("Content-Type".to_owned(), content)], body.join("\r\n"))
    }

    fn json(&self, message: &str) -> String {
        let (code, message) = (&self.code, serde_json::Value::from(message));
        format!(r#"{{"odata.error":{{"code":"{code}","message":{{"lang":"en-US","value":{message}}}}}}}"#)
    }

    fn xml(&self) -> String {
        let (code, message) = (&self.code, &self.message);
        format!(
            r#"<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code><Message>{message}</Message></Error>"#
        )
    }
}

/// The statistics of a service that was last replicated at this time.
pub(super) fn statistics(last_sync: SystemTime) -> Response {
    let time = date::http(last_sync);
    let body = format!(
        r#"<?xml version="1.0" encoding="utf-8"?><StorageServiceStats><GeoReplication><Status>live</Status><LastSyncTime>{time}</LastSyncTime></GeoReplication></StorageServiceStats>"#
    );
    respond(
        200,
        vec![("Content-Type".to_owned(), "application/xml".to_owned())],
        body,
    )
}

fn respond(status: u16, mut headers: Vec<(String, String)>, body: String) -> Response {
    headers.push(("Content-Length".to_owned(), body.len().to_string()));
    Response {
        status,
        reason: reason(status).to_owned(),
        headers,
        body: body.into_bytes(),
    }
}

/// A client may not look at it, so the others have none.
fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        202 => "Accepted",
        403 => "Forbidden",
        404 => "Not Found",
        409 => "Conflict",
        412 => "Precondition Failed",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        _ => "",
    }
}
