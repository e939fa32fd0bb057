//! A server in front of a hub, on a thread of its own.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    reason = "each test binary uses its part of it; a test fails by a panic"
)]

pub(crate) mod scripted;

use std::net::SocketAddr;
use std::sync::Arc;

use durable_core::client::Client;
use durable_core::hub::TaskHub;
use durable_server::{Server, Settings};
use tokio::runtime::Runtime;

/// A server that runs until it is dropped; then no handle of its hub is left.
pub(crate) struct Serving {
    pub(crate) address: SocketAddr,
    runtime: Option<Runtime>,
}

impl Serving {
    pub(crate) fn of(hub: Arc<dyn TaskHub>, settings: Settings) -> Self {
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
            address: receiver.recv().unwrap(),
            runtime: Some(runtime),
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let runtime = self.runtime.take();
        // A runtime ends its tasks when it is dropped, which a runtime's own thread may not wait for.
        std::thread::spawn(move || drop(runtime)).join().unwrap();
    }
}

pub(crate) fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        tokio::time::timeout(std::time::Duration::from_mins(1), test)
            .await
            .expect("the test must end")
    })
}
