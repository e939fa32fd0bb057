//! An opened account, from which clients are made.

use std::sync::Arc;
use std::time::Duration;

use durable_core::random::{Entropy, SystemEntropy};
use durable_core::{Clock, SystemClock};
use hyper::Method;
use tokio::runtime::Handle;

use super::account::{Account, AccountError};
use super::blob::BlobClient;
use super::credential::Right;
use super::date;
use super::endpoint::Endpoint;
use super::entered::Entered;
use super::error::{StorageError, StorageErrorKind};
use super::exchange::{Exchange, HyperExchange};
use super::operation::{Operation, Operations};
use super::pipeline::{Pipeline, Route};
use super::queue::QueueClient;
use super::request::{Place, Request, Response};
use super::retry::RetrySettings;
use super::table::TableClient;
use super::xml;
use crate::value::Ticks;

/// The services of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    Blob,
    Queue,
    Table,
}

impl Service {
    const ALL: [Self; 3] = [Self::Blob, Self::Queue, Self::Table];

    fn name(self) -> &'static str {
        match self {
            Self::Blob => "blob",
            Self::Queue => "queue",
            Self::Table => "table",
        }
    }

    fn endpoint_name(self) -> &'static str {
        match self {
            Self::Blob => "BlobEndpoint",
            Self::Queue => "QueueEndpoint",
            Self::Table => "TableEndpoint",
        }
    }
}

/// An opened account. Cheap to clone; its clients share connections.
///
/// Its futures, and those of its clients, may be polled on any thread, also outside of tokio: they enter the runtime in
/// which the account was opened, which must live as long.
#[derive(Debug, Clone)]
pub(crate) struct Storage(Sender);

/// How clients send: the account, and the way that was chosen for their requests.
#[derive(Debug, Clone)]
pub(super) struct Sender {
    pipeline: Arc<Pipeline>,
    runtime: Handle,
    route: Route,
}

impl Storage {
    /// Opens the account: checks what can be checked without asking it. Nothing is sent.
    ///
    /// Must be called within a tokio runtime with its I/O and timers switched on.
    pub(crate) fn open(account: &Account, retry: RetrySettings) -> Result<Self, AccountError> {
        let runtime = Handle::try_current().map_err(|_| AccountError::NoRuntime)?;
        let endpoints = [&account.primary, &account.secondary];
        let all = || {
            Service::ALL
                .into_iter()
                .flat_map(|service| endpoints.map(|at| (service, at.of(service))))
        };
        if matches!(account.credential.0, Right::Token(_)) {
            let is_open =
                |endpoint: Option<&Endpoint>| endpoint.is_some_and(|endpoint| !endpoint.is_secure());
            if let Some((service, _)) = all().find(|(_, endpoint)| is_open(*endpoint)) {
                return Err(AccountError::TokenNeedsHttps {
                    name: service.endpoint_name(),
                });
            }
        }
        let secure = all().any(|(_, endpoint)| endpoint.is_some_and(Endpoint::is_secure));
        let exchange = Arc::new(HyperExchange::new(runtime.clone(), secure)?);
        Ok(Self::assemble(
            account,
            retry,
            exchange,
            (Arc::new(SystemClock), Arc::new(SystemEntropy)),
            runtime,
        ))
    }

    pub(super) fn assemble(
        account: &Account,
        retry: RetrySettings,
        exchange: Arc<dyn Exchange>,
        (clock, entropy): (Arc<dyn Clock>, Arc<dyn Entropy>),
        runtime: Handle,
    ) -> Self {
        Self(Sender {
            pipeline: Arc::new(Pipeline::new(account.clone(), retry, exchange, clock, entropy)),
            runtime,
            route: Route::default(),
        })
    }

    pub(crate) fn queue(&self, name: &str) -> QueueClient {
        QueueClient::new(self.0.clone(), name)
    }

    pub(crate) fn table(&self, name: &str) -> TableClient {
        TableClient::new(self.0.clone(), name)
    }

    /// Returns the client of a container and what is in it.
    pub(crate) fn container(&self, name: &str) -> BlobClient {
        BlobClient::new(self.0.clone(), name)
    }

    /// Returns how many requests were sent.
    pub(crate) fn operations(&self) -> &Operations {
        &self.0.pipeline.operations
    }

    /// Returns up to when writes of `service` are certain to be at the secondary; `None` if it has not said so yet.
    /// Fails with `Invalid` if the account has no secondary.
    pub(crate) async fn last_sync_time(&self, service: Service) -> Result<Option<Ticks>, StorageError> {
        let target = format!("the {} service", service.name());
        let mut request = Request::new(
            Operation::ServiceStats,
            service,
            Method::GET,
            "/".to_owned(),
            target,
        )
        .query("restype", "service")
        .query("comp", "stats");
        if self.0.pipeline.account.secondary.of(service).is_none() {
            let detail = "the account has no secondary";
            return Err(StorageError::new(&request, StorageErrorKind::Invalid, detail));
        }
        // Only the secondary knows.
        request.only = Some(Place::Secondary);
        let answer = self.0.send(&request).await?.answer;
        let malformed = || StorageError::malformed(&request, "no statistics of a replication");
        let root = xml::parse(&answer.body).map_err(|_| malformed())?;
        let replication = root.child("GeoReplication").ok_or_else(malformed)?;
        match replication.text_of("LastSyncTime").map(str::trim) {
            None | Some("") => Ok(None),
            Some(text) => date::parse(text).map(Some).ok_or_else(malformed),
        }
    }
}

impl Sender {
    /// Sends a request until it is answered, refused or given up.
    pub(super) async fn send(&self, request: &Request) -> Result<Response, StorageError> {
        Entered::new(self.runtime.clone(), self.pipeline.send(request, self.route)).await
    }

    pub(super) fn within(&self, total: Duration) -> Self {
        let mut other = self.clone();
        other.route.total = Some(total);
        other
    }

    pub(super) fn or_secondary(&self) -> Self {
        let mut other = self.clone();
        other.route.either = true;
        other
    }

    /// Returns the same way without the secondary: what is written, or read to decide about a write, is the primary's.
    pub(super) fn primary(&self) -> Self {
        let mut other = self.clone();
        other.route.either = false;
        other
    }

    /// Returns whether the account is named in the path of a service's address, as emulators have it.
    pub(super) fn is_path_style(&self, service: Service) -> bool {
        let endpoint = self.pipeline.account.primary.of(service);
        endpoint.is_some_and(|endpoint| !endpoint.path().is_empty())
    }

    /// Returns the address of a service, without a slash at its end; empty if it has none.
    pub(super) fn address(&self, service: Service) -> String {
        let endpoint = self.pipeline.account.primary.of(service);
        endpoint.map(Endpoint::to_string).unwrap_or_default()
    }
}
