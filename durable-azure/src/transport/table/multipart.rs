//! Entity-group transactions as the service takes and answers them: `multipart/mixed`, each part a request or an answer
//! of its own. Lines end with CR LF.

use std::fmt::Write as _;

use super::super::percent;
use super::entity;
use super::{IfMatch, TableOp, row_path};

/// No line of a part can be the boundary: the bodies are JSON, in which a line break is written as an escape.
const BATCH: &str = "batch_durable";
const CHANGES: &str = "changeset_durable";

pub(super) const CONTENT_TYPE: &str = "multipart/mixed; boundary=batch_durable";

/// Writes the body of a transaction at `address`, the endpoint without a slash at its end; nothing if an etag cannot stand
/// in a header.
pub(super) fn write(address: &str, table: &str, operations: &[TableOp]) -> Option<String> {
    let mut out = format!("--{BATCH}\r\nContent-Type: multipart/mixed; boundary={CHANGES}\r\n\r\n");
    for operation in operations {
        let _ = write!(
            out,
            "--{CHANGES}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
        );
        write_operation(&mut out, address, table, operation)?;
    }
    let _ = write!(out, "--{CHANGES}--\r\n\r\n--{BATCH}--\r\n");
    Some(out)
}

fn write_operation(out: &mut String, address: &str, table: &str, operation: &TableOp) -> Option<()> {
    let (method, row, condition) = match operation {
        TableOp::Insert(row) => ("POST", Some(row), None),
        TableOp::Replace(row, condition) => ("PUT", Some(row), Some(condition)),
        TableOp::Merge(row, condition) => ("MERGE", Some(row), Some(condition)),
        TableOp::InsertOrReplace(row) => ("PUT", Some(row), None),
        TableOp::InsertOrMerge(row) => ("MERGE", Some(row), None),
        TableOp::Delete { condition, .. } => ("DELETE", None, Some(condition)),
    };
    let path = if matches!(operation, TableOp::Insert(_)) {
        format!("/{}", percent::encode(table))
    } else {
        let (partition_key, row_key) = operation.keys();
        row_path(table, partition_key, row_key)
    };
    let _ = write!(out, "{method} {address}{path} HTTP/1.1\r\n");
    if let Some(condition) = condition {
        let _ = write!(out, "If-Match: {}\r\n", condition.header()?);
    }
    let _ = write!(
        out,
        "Accept: application/json;odata=minimalmetadata\r\nDataServiceVersion: 3.0;\r\n"
    );
    match row {
        None => out.push_str("\r\n"),
        Some(row) => {
            let body = entity::write(row);
            let _ = write!(
                out,
                "Prefer: return-no-content\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}\r\n",
                body.len()
            );
        }
    }
    Some(())
}

impl IfMatch {
    /// Returns the value of the header; nothing if it would be none.
    pub(super) fn header(&self) -> Option<&str> {
        match self {
            Self::Any => Some("*"),
            Self::Etag(etag) => {
                let is_value = !etag.is_empty() && etag.bytes().all(|byte| matches!(byte, b' '..=b'~'));
                is_value.then_some(etag)
            }
        }
    }
}

/// An answer to one operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part<'a> {
    pub(super) status: u16,
    pub(super) etag: Option<&'a str>,
    pub(super) body: &'a str,
}

/// Finds the answers in the body of an answer. Whatever stands around them is skipped: an answer begins with its status
/// line, and ends with the next boundary. (Azurite writes a stray boundary into some.)
pub(super) fn parts(body: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = body;
    while let Some(line) = take_line(&mut rest) {
        let Some(status) = status_of(line) else {
            continue;
        };
        let mut etag = None;
        while let Some(header) = take_line(&mut rest).filter(|line| !line.is_empty()) {
            if let Some((name, value)) = header.split_once(':')
                && name.trim().eq_ignore_ascii_case("etag")
            {
                etag = Some(value.trim());
            }
        }
        let (body, after) = rest.split_at(boundary(rest).unwrap_or(rest.len()));
        rest = after;
        parts.push(Part {
            status,
            etag,
            body: body.trim(),
        });
    }
    parts
}

/// Returns where the next line begins that begins as a boundary does.
fn boundary(text: &str) -> Option<usize> {
    if text.starts_with("--") {
        return Some(0);
    }
    text.find("\n--").map(|at| at + 1)
}

fn take_line<'a>(rest: &mut &'a str) -> Option<&'a str> {
    if rest.is_empty() {
        return None;
    }
    let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
    *rest = after;
    Some(line.strip_suffix('\r').unwrap_or(line))
}

/// Reads `HTTP/1.1 204 No Content`.
fn status_of(line: &str) -> Option<u16> {
    let status = line.strip_prefix("HTTP/1.1 ")?.get(..3)?;
    status.parse().ok().filter(|status| (100..600).contains(status))
}

/// Reads which operation an error is about, from its message: `7:The update condition ..`.
pub(super) fn index_of(message: &str) -> Option<usize> {
    message.split_once(':')?.0.parse().ok()
}

#[cfg(test)]
mod tests;
