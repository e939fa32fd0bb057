//! A hub with a worker that follows a script, and requests of the server.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    reason = "each test binary uses its part of it; a test fails by a panic"
)]

pub(crate) mod script;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request};
use durable_core::client::Client;
use durable_core::hub::TaskHub;
use durable_server::{KeyFile, SecretFile, Settings, router};
use durable_sqlite::SqliteHub;
use durable_testkit::MemoryHub;
use serde_json::Value;
use tower::ServiceExt;

pub(crate) const HOST: &str = "localhost:7071";

/// Which hub is served.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Memory,
    Sqlite,
}

pub(crate) const KINDS: [Kind; 2] = [Kind::Memory, Kind::Sqlite];

/// A hub, a server before it, and a folder for files.
pub(crate) struct World {
    pub(crate) hub: Arc<dyn TaskHub>,
    pub(crate) router: Router,
    pub(crate) folder: tempfile::TempDir,
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl World {
    pub(crate) fn open(kind: Kind) -> Self {
        Self::with(kind, |_| Settings::open())
    }

    /// Makes a server of the settings that are made with a folder.
    pub(crate) fn with(kind: Kind, settings: impl FnOnce(&std::path::Path) -> Settings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let hub: Arc<dyn TaskHub> = match kind {
            Kind::Memory => Arc::new(MemoryHub::default()),
            Kind::Sqlite => Arc::new(SqliteHub::at(folder.path().join("hub.db")).open().unwrap()),
        };
        let settings = settings(folder.path());
        let router = router(Client::without_code(Arc::clone(&hub)), settings);
        Self { hub, router, folder }
    }

    pub(crate) fn client(&self) -> Client {
        Client::without_code(Arc::clone(&self.hub))
    }

    pub(crate) async fn ask(&self, method: &str, path: &str) -> Reply {
        self.send(method, path, &[], Vec::new()).await
    }

    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Reply {
        let mut request = Request::builder().method(method).uri(path);
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            request = request.header("host", HOST);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.request(request.body(Body::from(body)).unwrap()).await
    }

    pub(crate) async fn request(&self, request: Request<Body>) -> Reply {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        Reply {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: to_bytes(body, usize::MAX).await.unwrap().into(),
        }
    }
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

/// The files of keys and secrets in a folder.
pub(crate) fn files(folder: &std::path::Path) -> (KeyFile, SecretFile) {
    let keys = KeyFile::open(folder.join("keys.json")).unwrap();
    let secrets = SecretFile::open_or_make(folder.join("secrets.json")).unwrap();
    (keys, secrets)
}

pub(crate) fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        tokio::time::timeout(Duration::from_mins(2), test)
            .await
            .expect("the test must end")
    })
}
