//! One request, one answer, over HTTP/1.1. Only this file and `request.rs` would change with the HTTP library.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Bytes;
use hyper::header::{CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue};
use hyper::rt::Executor;
use hyper::{Method, Uri};
use hyper_rustls::{ConfigBuilderExt, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioTimer;
use rustls::{ClientConfig, RootCertStore};
use tokio::runtime::Handle;

use super::account::AccountError;

/// A request as it is sent.
pub(super) struct Wire {
    pub(super) method: Method,
    pub(super) address: String,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Bytes,
    /// The most bytes that are read of an answer of success.
    pub(super) limit: usize,
}

/// An answer, whatever it says.
#[derive(Clone)]
pub(crate) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// Answers may hold pop receipts, so they are not shown.
impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answer({}, {} bytes)", self.status, self.body.len())
    }
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// Why there is no answer. None of their texts has an address in it.
#[derive(Debug)]
pub(super) enum ExchangeError {
    /// Nothing was sent.
    NoConnection(Box<dyn Error + Send + Sync>),
    /// Something may have been sent.
    Broken(Box<dyn Error + Send + Sync>),
    /// The answer is longer than the limit.
    TooLarge,
    /// The request is none in HTTP: a header with a line break, for example.
    Unsendable,
}

pub(super) type ExchangeFuture<'a> = Pin<Box<dyn Future<Output = Result<Answer, ExchangeError>> + Send + 'a>>;

/// Sends one request and reads its answer. Knows no time limit.
pub(super) trait Exchange: fmt::Debug + Send + Sync {
    fn exchange(&self, wire: Wire) -> ExchangeFuture<'_>;
}

/// How long the other side may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection is kept for the next request: shorter than services keep theirs.
const IDLE_TIMEOUT: Duration = Duration::from_secs(20);
/// The most bytes of an answer that is an error.
const ERROR_LIMIT: usize = 64 * 1024;

/// hyper, with a pool of connections.
pub(super) struct HyperExchange(Client<HttpsConnector<HttpConnector>, Full<Bytes>>);

impl fmt::Debug for HyperExchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HyperExchange")
    }
}

impl HyperExchange {
    /// Makes a client whose connections are served by `runtime`. The machine's trusted certificates are read only if the
    /// connections are to be `secure`; others are not made then.
    pub(super) fn new(runtime: Handle, secure: bool) -> Result<Self, AccountError> {
        let problem = |error: &dyn fmt::Display| AccountError::Certificates(error.to_string());
        // Named, since a program may have linked others.
        let config = ClientConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .map_err(|error| problem(&error))?;
        let config = if secure {
            config.with_native_roots().map_err(|error| problem(&error))?
        } else {
            config.with_root_certificates(RootCertStore::empty())
        };
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_nodelay(true);
        http.set_connect_timeout(Some(CONNECT_TIMEOUT));
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(config.with_no_client_auth())
            .https_or_http()
            .enable_http1()
            .wrap_connector(http);
        let client = Client::builder(InRuntime(runtime))
            .pool_idle_timeout(IDLE_TIMEOUT)
            .pool_timer(TokioTimer::new())
            .build(connector);
        Ok(Self(client))
    }
}

impl Exchange for HyperExchange {
    fn exchange(&self, wire: Wire) -> ExchangeFuture<'_> {
        Box::pin(async move {
            let limit = wire.limit;
            let request = request(wire).ok_or(ExchangeError::Unsendable)?;
            let response = self.0.request(request).await.map_err(|error| {
                if error.is_connect() {
                    ExchangeError::NoConnection(error.into())
                } else {
                    ExchangeError::Broken(error.into())
                }
            })?;
            let (head, body) = response.into_parts();
            let limit = if head.status.is_success() {
                limit
            } else {
                ERROR_LIMIT
            };
            let body = Limited::new(body, limit).collect().await.map_err(|error| {
                if error.is::<LengthLimitError>() {
                    ExchangeError::TooLarge
                } else {
                    ExchangeError::Broken(error)
                }
            })?;
            Ok(Answer {
                status: head.status.as_u16(),
                headers: head.headers,
                body: body.to_bytes(),
            })
        })
    }
}

fn request(wire: Wire) -> Option<hyper::Request<Full<Bytes>>> {
    let length = wire.body.len();
    let mut request = hyper::Request::new(Full::new(wire.body));
    // The services ask for it even if it is nothing, and hyper leaves it out then.
    if length > 0 || matches!(wire.method, Method::PUT | Method::POST) {
        request.headers_mut().insert(CONTENT_LENGTH, length.into());
    }
    *request.method_mut() = wire.method;
    *request.uri_mut() = wire.address.parse::<Uri>().ok()?;
    for (name, value) in wire.headers {
        let mut value = HeaderValue::from_str(&value).ok()?;
        value.set_sensitive(name == "authorization");
        request.headers_mut().insert(HeaderName::from_static(name), value);
    }
    Some(request)
}

/// Runs what serves a connection in the runtime of the account, whoever asks for it.
#[derive(Debug, Clone)]
struct InRuntime(Handle);

impl<F> Executor<F> for InRuntime
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    fn execute(&self, future: F) {
        drop(self.0.spawn(future));
    }
}

#[cfg(test)]
mod tests;
