//! The operations of the three services, and how many requests of each were sent.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What can be asked of the services, one per kind of request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    CreateQueue,
    DeleteQueue,
    QueueLength,
    PutMessage,
    GetMessages,
    UpdateMessage,
    DeleteMessage,
    CreateTable,
    DeleteTable,
    InsertEntity,
    ReplaceEntity,
    MergeEntity,
    InsertOrMergeEntity,
    InsertOrReplaceEntity,
    GetEntity,
    DeleteEntity,
    QueryEntities,
    EntityTransaction,
    CreateContainer,
    DeleteContainer,
    ContainerExists,
    PutBlob,
    GetBlob,
    DeleteBlob,
    ListBlobs,
    AcquireLease,
    RenewLease,
    ChangeLease,
    ReleaseLease,
    ServiceStats,
}

impl Operation {
    pub(crate) const ALL: [Self; 30] = [
        Self::CreateQueue,
        Self::DeleteQueue,
        Self::QueueLength,
        Self::PutMessage,
        Self::GetMessages,
        Self::UpdateMessage,
        Self::DeleteMessage,
        Self::CreateTable,
        Self::DeleteTable,
        Self::InsertEntity,
        Self::ReplaceEntity,
        Self::MergeEntity,
        Self::InsertOrMergeEntity,
        Self::InsertOrReplaceEntity,
        Self::GetEntity,
        Self::DeleteEntity,
        Self::QueryEntities,
        Self::EntityTransaction,
        Self::CreateContainer,
        Self::DeleteContainer,
        Self::ContainerExists,
        Self::PutBlob,
        Self::GetBlob,
        Self::DeleteBlob,
        Self::ListBlobs,
        Self::AcquireLease,
        Self::RenewLease,
        Self::ChangeLease,
        Self::ReleaseLease,
        Self::ServiceStats,
    ];

    /// Returns its name in errors and counts.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::CreateQueue => "create queue",
            Self::DeleteQueue => "delete queue",
            Self::QueueLength => "queue length",
            Self::PutMessage => "put message",
            Self::GetMessages => "get messages",
            Self::UpdateMessage => "update message",
            Self::DeleteMessage => "delete message",
            Self::CreateTable => "create table",
            Self::DeleteTable => "delete table",
            Self::InsertEntity => "insert entity",
            Self::ReplaceEntity => "replace entity",
            Self::MergeEntity => "merge entity",
            Self::InsertOrMergeEntity => "insert or merge entity",
            Self::InsertOrReplaceEntity => "insert or replace entity",
            Self::GetEntity => "get entity",
            Self::DeleteEntity => "delete entity",
            Self::QueryEntities => "query entities",
            Self::EntityTransaction => "entity transaction",
            Self::CreateContainer => "create container",
            Self::DeleteContainer => "delete container",
            Self::ContainerExists => "container exists",
            Self::PutBlob => "put blob",
            Self::GetBlob => "get blob",
            Self::DeleteBlob => "delete blob",
            Self::ListBlobs => "list blobs",
            Self::AcquireLease => "acquire lease",
            Self::RenewLease => "renew lease",
            Self::ChangeLease => "change lease",
            Self::ReleaseLease => "release lease",
            Self::ServiceStats => "service stats",
        }
    }
}

/// How many requests were sent, by kind, since the account was opened. Cheap to clone and to read; every attempt counts,
/// since every attempt is paid for.
#[derive(Debug, Clone, Default)]
pub struct Operations(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    sent: [AtomicU64; Operation::ALL.len()],
    again: AtomicU64,
}

/// One line of [`Operations::counts`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OperationCount {
    /// The kind of request, such as `put message`.
    pub operation: &'static str,
    /// How many were sent.
    pub requests: u64,
}

impl Operations {
    pub(crate) fn count(&self, operation: Operation) {
        self.0.sent[operation as usize].fetch_add(1, Relaxed);
    }

    pub(crate) fn count_again(&self) {
        self.0.again.fetch_add(1, Relaxed);
    }

    /// Returns the kinds of which there were any.
    pub fn counts(&self) -> Vec<OperationCount> {
        let counts = Operation::ALL.iter().map(|&operation| OperationCount {
            operation: operation.name(),
            requests: self.0.sent[operation as usize].load(Relaxed),
        });
        counts.filter(|count| count.requests > 0).collect()
    }

    /// Returns how many requests there were.
    pub fn total(&self) -> u64 {
        self.0.sent.iter().map(|count| count.load(Relaxed)).sum()
    }

    /// Returns how many of them were sent again after one that failed.
    pub fn retries(&self) -> u64 {
        self.0.again.load(Relaxed)
    }
}
