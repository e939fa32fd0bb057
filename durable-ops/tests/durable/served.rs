//! A server before the hub of a test.

use std::path::Path;
use std::sync::Arc;

use durable::Client;
use durable::hub::TaskHub;
use durable::sqlite::SqliteHub;
use durable_server::{KeyFile, Scope, SecretFile, Server, Settings};
use tokio::runtime::Runtime;

/// A server that runs until it is dropped.
pub(crate) struct Served {
    pub(crate) url: String,
    /// A key with every scope.
    pub(crate) key: String,
    keys: KeyFile,
    runtime: Option<Runtime>,
}

impl Served {
    /// Starts a server before the hub in a folder.
    pub(crate) fn of(folder: &Path) -> Self {
        let hub: Arc<dyn TaskHub> = Arc::new(SqliteHub::at(folder.join("shop.db")).open().unwrap());
        let keys = KeyFile::open(folder.join("keys.json")).unwrap();
        let secrets = SecretFile::open_or_make(folder.join("secrets.json")).unwrap();
        let key = keys.add("all", Scope::ALL).unwrap().reveal().to_owned();
        let settings = Settings::with_keys(keys.clone(), secrets);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let (sender, receiver) = std::sync::mpsc::channel();
        runtime.spawn(async move {
            let client = Client::without_code(hub);
            let server = Server::bind("127.0.0.1:0".parse().unwrap(), client, settings);
            let server = server.await.unwrap();
            sender.send(server.address()).unwrap();
            server.run_until(std::future::pending()).await;
        });
        Self {
            url: format!("http://{}", receiver.recv().unwrap()),
            key,
            keys,
            runtime: Some(runtime),
        }
    }

    /// Makes a key with some scopes.
    pub(crate) fn key_for<const N: usize>(&self, name: &str, scopes: [Scope; N]) -> String {
        self.keys.add(name, scopes).unwrap().reveal().to_owned()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.runtime.take());
    }
}
