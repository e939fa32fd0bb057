//! What a request asks for.

use crate::account::{ACCOUNT_NAME, Service};
use crate::http::Request;
use crate::rest::unescape;

/// An operation of a storage service, under the name that its reference has.
#[expect(missing_docs, reason = "the names are those of the services' reference")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Operation {
    CreateContainer,
    DeleteContainer,
    GetContainer,
    LeaseContainer,
    ListBlobs,
    PutBlob,
    GetBlob,
    DeleteBlob,
    LeaseBlob,
    CreateQueue,
    DeleteQueue,
    GetQueue,
    PutMessage,
    GetMessages,
    PeekMessages,
    ClearMessages,
    UpdateMessage,
    DeleteMessage,
    CreateTable,
    DeleteTable,
    ListTables,
    InsertEntity,
    /// With a condition; without one it is [`Operation::InsertOrReplaceEntity`].
    ReplaceEntity,
    /// With a condition; without one it is [`Operation::InsertOrMergeEntity`].
    MergeEntity,
    InsertOrReplaceEntity,
    InsertOrMergeEntity,
    GetEntity,
    DeleteEntity,
    QueryEntities,
    /// An entity group transaction.
    Batch,
    /// When the account was last replicated.
    ServiceStatistics,
    /// Any other that changes nothing.
    OtherRead,
    /// Any other.
    OtherWrite,
}

impl Operation {
    /// Returns whether it changes what is stored, so that it is refused where the account is replicated to. Taking
    /// messages makes them invisible.
    pub fn is_write(self) -> bool {
        match self {
            Self::GetContainer
            | Self::ListBlobs
            | Self::GetBlob
            | Self::GetQueue
            | Self::PeekMessages
            | Self::ListTables
            | Self::GetEntity
            | Self::QueryEntities
            | Self::ServiceStatistics
            | Self::OtherRead => false,
            Self::CreateContainer
            | Self::DeleteContainer
            | Self::LeaseContainer
            | Self::PutBlob
            | Self::DeleteBlob
            | Self::LeaseBlob
            | Self::CreateQueue
            | Self::DeleteQueue
            | Self::PutMessage
            | Self::GetMessages
            | Self::ClearMessages
            | Self::UpdateMessage
            | Self::DeleteMessage
            | Self::CreateTable
            | Self::DeleteTable
            | Self::InsertEntity
            | Self::ReplaceEntity
            | Self::MergeEntity
            | Self::InsertOrReplaceEntity
            | Self::InsertOrMergeEntity
            | Self::DeleteEntity
            | Self::Batch
            | Self::OtherWrite => true,
        }
    }
}

/// A request as the rules see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) service: Service,
    pub(super) operation: Operation,
    pub(super) secondary: bool,
    /// The path after the account's name, unescaped: `/orders-control-02/messages`.
    pub(super) target: String,
}

impl Call {
    pub(super) fn of(service: Service, request: &Request) -> Self {
        let path = request.path().trim_start_matches('/');
        let (account, rest) = path.split_once('/').unwrap_or((path, ""));
        let target = unescape(rest);
        let operation = match service {
            Service::Blob => blob(request, rest),
            Service::Queue => queue(request, rest),
            Service::Table => table(request, &target),
        };
        Self {
            service,
            operation: operation.unwrap_or_else(|| other(request)),
            secondary: account.strip_prefix(ACCOUNT_NAME) == Some("-secondary"),
            target: format!("/{target}"),
        }
    }
}

fn other(request: &Request) -> Operation {
    match request.method.as_str() {
        "GET" | "HEAD" => Operation::OtherRead,
        _ => Operation::OtherWrite,
    }
}

fn is_statistics(request: &Request) -> bool {
    request.parameter("restype") == Some("service") && request.parameter("comp") == Some("stats")
}

fn blob(request: &Request, rest: &str) -> Option<Operation> {
    if is_statistics(request) {
        return Some(Operation::ServiceStatistics);
    }
    let container = request.parameter("restype") == Some("container");
    if !container && !rest.contains('/') {
        return None;
    }
    let found = match (request.method.as_str(), request.parameter("comp"), container) {
        ("PUT", Some("lease"), true) => Operation::LeaseContainer,
        ("PUT", Some("lease"), false) => Operation::LeaseBlob,
        ("GET", Some("list"), true) => Operation::ListBlobs,
        ("PUT", None, true) => Operation::CreateContainer,
        ("PUT", None, false) => Operation::PutBlob,
        ("GET" | "HEAD", None, true) => Operation::GetContainer,
        ("GET" | "HEAD", None, false) => Operation::GetBlob,
        ("DELETE", None, true) => Operation::DeleteContainer,
        ("DELETE", None, false) => Operation::DeleteBlob,
        _ => return None,
    };
    Some(found)
}

fn queue(request: &Request, rest: &str) -> Option<Operation> {
    if is_statistics(request) {
        return Some(Operation::ServiceStatistics);
    }
    let peek = request.parameter("peekonly") == Some("true");
    let found = match (
        request.method.as_str(),
        rest.split_once('/').map(|(_, what)| what),
    ) {
        ("PUT", None) => Operation::CreateQueue,
        ("DELETE", None) => Operation::DeleteQueue,
        ("GET" | "HEAD", None) if request.parameter("comp") == Some("metadata") => Operation::GetQueue,
        ("POST", Some("messages")) => Operation::PutMessage,
        ("GET", Some("messages")) if peek => Operation::PeekMessages,
        ("GET", Some("messages")) => Operation::GetMessages,
        ("DELETE", Some("messages")) => Operation::ClearMessages,
        ("PUT", Some(_)) => Operation::UpdateMessage,
        ("DELETE", Some(_)) => Operation::DeleteMessage,
        _ => return None,
    };
    Some(found)
}

fn table(request: &Request, target: &str) -> Option<Operation> {
    if is_statistics(request) {
        return Some(Operation::ServiceStatistics);
    }
    let (name, key) = target.split_once('(').unwrap_or((target, ""));
    let method = request.header("x-http-method").unwrap_or(&request.method);
    let conditional = request.header("if-match").is_some();
    let found = match (method, name, key) {
        ("POST", "$batch", _) => Operation::Batch,
        ("POST", "Tables", _) => Operation::CreateTable,
        ("GET", "Tables", _) => Operation::ListTables,
        ("DELETE", "Tables", _) => Operation::DeleteTable,
        ("POST", _, "") => Operation::InsertEntity,
        ("GET", _, "" | ")") => Operation::QueryEntities,
        ("GET", ..) => Operation::GetEntity,
        ("PUT", ..) if conditional => Operation::ReplaceEntity,
        ("PUT", ..) => Operation::InsertOrReplaceEntity,
        ("MERGE" | "PATCH", ..) if conditional => Operation::MergeEntity,
        ("MERGE" | "PATCH", ..) => Operation::InsertOrMergeEntity,
        ("DELETE", ..) => Operation::DeleteEntity,
        _ => return None,
    };
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(service: Service, method: &str, target: &str, header: Option<&str>) -> Call {
        let request = Request {
            method: method.to_owned(),
            target: target.to_owned(),
            headers: header
                .map(|name| (name.to_owned(), "*".to_owned()))
                .into_iter()
                .collect(),
            body: Vec::new(),
        };
        Call::of(service, &request)
    }

    /// Checks what each request is: method, path after the account, a header of it, and the operation.
    fn assert_known(service: Service, rows: &[(&str, &str, Option<&str>, Operation)]) {
        for (method, target, header, expected) in rows {
            let slash = if target.starts_with('?') { "" } else { "/" };
            let target = format!("/devstoreaccount1{slash}{target}");
            let found = call(service, method, &target, *header);
            assert_eq!(
                (found.operation, found.secondary),
                (*expected, false),
                "{method} {target}"
            );
        }
    }

    #[test]
    fn each_operation_of_blobs_is_known_by_its_request() {
        use Operation as O;
        let rows = [
            ("PUT", "c?restype=container", None, O::CreateContainer),
            ("DELETE", "c?restype=container", None, O::DeleteContainer),
            ("HEAD", "c?restype=container", None, O::GetContainer),
            ("PUT", "c?comp=lease&restype=container", None, O::LeaseContainer),
            (
                "GET",
                "c?restype=container&comp=list&prefix=a",
                None,
                O::ListBlobs,
            ),
            ("PUT", "c/b/d", None, O::PutBlob),
            ("GET", "c/b", None, O::GetBlob),
            ("DELETE", "c/b", None, O::DeleteBlob),
            ("PUT", "c/b?comp=lease", None, O::LeaseBlob),
            ("PUT", "c/b?comp=metadata", None, O::OtherWrite),
            ("GET", "?comp=list", None, O::OtherRead),
        ];
        assert_known(Service::Blob, &rows);
    }

    #[test]
    fn each_operation_of_queues_is_known_by_its_request() {
        use Operation as O;
        let rows = [
            ("PUT", "q", None, O::CreateQueue),
            ("DELETE", "q", None, O::DeleteQueue),
            ("GET", "q?comp=metadata", None, O::GetQueue),
            ("POST", "q/messages?messagettl=-1", None, O::PutMessage),
            ("GET", "q/messages?numofmessages=32", None, O::GetMessages),
            ("GET", "q/messages?peekonly=true", None, O::PeekMessages),
            ("DELETE", "q/messages", None, O::ClearMessages),
            ("PUT", "q/messages/1?popreceipt=x", None, O::UpdateMessage),
            ("DELETE", "q/messages/1?popreceipt=x", None, O::DeleteMessage),
            ("GET", "?restype=service&comp=stats", None, O::ServiceStatistics),
        ];
        assert_known(Service::Queue, &rows);
    }

    #[test]
    fn each_operation_of_tables_is_known_by_its_request() {
        use Operation as O;
        let rows = [
            ("POST", "Tables", None, O::CreateTable),
            ("DELETE", "Tables('t')", None, O::DeleteTable),
            ("GET", "Tables", None, O::ListTables),
            ("POST", "t", None, O::InsertEntity),
            (
                "PUT",
                "t(PartitionKey='',RowKey='a')",
                Some("If-Match"),
                O::ReplaceEntity,
            ),
            (
                "PUT",
                "t(PartitionKey='',RowKey='a')",
                None,
                O::InsertOrReplaceEntity,
            ),
            (
                "MERGE",
                "t(PartitionKey='',RowKey='a')",
                Some("if-match"),
                O::MergeEntity,
            ),
            (
                "PATCH",
                "t(PartitionKey='',RowKey='a')",
                None,
                O::InsertOrMergeEntity,
            ),
            ("GET", "t(PartitionKey='',RowKey='a')", None, O::GetEntity),
            (
                "DELETE",
                "t(PartitionKey='',RowKey='a')",
                Some("If-Match"),
                O::DeleteEntity,
            ),
            ("GET", "t()?$filter=x", None, O::QueryEntities),
            ("GET", "t", None, O::QueryEntities),
            ("POST", "$batch", None, O::Batch),
            ("POST", "%24batch", None, O::Batch),
        ];
        assert_known(Service::Table, &rows);
    }

    #[test]
    fn the_path_tells_which_end_and_what() {
        let found = call(
            Service::Table,
            "GET",
            "/devstoreaccount1-secondary/T(PartitionKey='a%20b',RowKey='')",
            None,
        );
        assert!(found.secondary);
        assert_eq!(found.target, "/T(PartitionKey='a b',RowKey='')");
    }
}
