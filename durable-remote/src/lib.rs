//! A task hub behind a server: the client's side of the hub contract, over the HTTP management API.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use durable_core::client::Client;
//! use durable_remote::RemoteHub;
//!
//! let hub = RemoteHub::at("https://ops.example.com/shop")?.key("dk_…")?.open().await?;
//! let client = Client::without_code(std::sync::Arc::new(hub));
//! let order = client.instance("order-42")?.status().await?;
//! # Ok(())
//! # }
//! ```
//!
//! Whatever a client does with a hub works as on the hub itself, and errors keep their kinds. Only workers cannot join: they
//! need the hub. The routes are those under `/durable/hub/v1` of `durable-server`; `docs/http-api.md` lists them.
//!
//! # What is sent again
//!
//! What was not sent because there was no connection is sent again, whatever it is. What may have been done is sent again only
//! where that changes nothing: what is asked, a start (its execution id makes it one), an import, and a fence that is put up.
//! Everything else ends with an error of the kind `Unavailable`, and what it concerns tells whether it was done.
//!
//! # Trust
//!
//! `https` trusts the certificates that the machine trusts; `SSL_CERT_FILE` names others. A key goes in a header, never in an
//! address, and is in no error. Redirects are not followed, so that a key reaches nobody but the server that was named.

#![forbid(unsafe_code)]

mod address;
mod call;
mod clock;
mod http;
mod hub;
mod operations;
mod options;
mod queries;
mod refusal;
mod server;
mod waiting;

pub use address::AddressError;
pub use hub::RemoteHub;
pub use options::{KEY_VARIABLE, RemoteOptions};
