//! The HTTP management API of durable functions.
//!
//! The routes of Durable Functions' management API, so that a client written for it works unchanged, and what a deployment
//! asks: counts by version, the status check, fences, workers, and the tree of an instance; and at `/` a dashboard. Works
//! through the hub contract, so every hub is served alike. `docs/http-api.md` and `docs/dashboard.md` are the reference.
//!
//! ```no_run
//! # use std::sync::Arc;
//! # use durable_core::{client::Client, hub::TaskHub};
//! # use durable_server::{KeyFile, SecretFile, Server, ServeError, Settings};
//! # async fn example(hub: Arc<dyn TaskHub>) -> Result<(), Box<dyn std::error::Error>> {
//! let settings = Settings::with_keys(KeyFile::open("keys.json")?, SecretFile::open_or_make("shop.secrets.json")?);
//! let server = Server::bind("0.0.0.0:7071".parse()?, Client::without_code(hub), settings).await?;
//! println!("http://{}", server.address());
//! server.run_until(std::future::pending()).await;
//! # Ok(())
//! # }
//! ```
//!
//! A request passes, in this order: `dispatch` (host and origin, route, credentials, hub, body, time) → one handler of
//! `routes` → `answer`. [`Route`]s are rows of one table; the `OpenAPI` document is made from it.

#![forbid(unsafe_code)]

mod answer;
mod auth;
mod dashboard;
mod dispatch;
mod http;
mod kept_counts;
mod limits;
pub mod metrics;
mod openapi;
mod refusal;
mod route;
mod routes;
mod server;
mod settings;
pub mod trace;

pub use auth::{
    Key, KeyChange, KeyChangeKind, KeyFile, KeyFileError, KeySide, KeyText, Operation, PrivateFileError,
    Scope, ScopeError, SecretFile,
};
pub use dispatch::router;
pub use limits::Limits;
pub use openapi::document as openapi_document;
pub use route::{Method, Route, table as routes};
pub use server::{ServeError, Server, serve};
pub use settings::{Access, Settings};
