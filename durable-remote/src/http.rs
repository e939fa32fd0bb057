//! One request, one answer, over HTTP/1.1. The only file of this crate that knows the HTTP library.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::Bytes;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use hyper::{Method, Uri};
use hyper_rustls::{ConfigBuilderExt as _, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::{ClientConfig, RootCertStore};

use crate::address::{Address, Key};

/// How long the other side may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection is kept for the next request: shorter than the server keeps its side of it.
const IDLE_TIMEOUT: Duration = Duration::from_secs(4);
/// How many connections are kept.
const IDLE_MAX: usize = 16;
/// The most bytes that are read of an answer: a page of records, each with several payloads.
const ANSWER_MAX: usize = 256 * 1024 * 1024;

/// What is done at a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Get,
    Post,
    Delete,
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        })
    }
}

/// An answer, whatever it says.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) body: Bytes,
}

/// Why there is no answer. None of the texts has an address in it.
#[derive(Debug)]
pub(crate) enum NoAnswer {
    /// Nothing was sent.
    NoConnection(String),
    /// Something may have been sent.
    Broken(String),
    /// Nothing came for this time.
    Silent(Duration),
    /// The answer is longer than the limit.
    TooLarge,
    /// It is no request in HTTP.
    Unsendable,
}

/// A client of one server, with a pool of connections. Its futures need a tokio runtime.
pub(crate) struct Http {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    address: Address,
    /// Marked as sensitive, so that the library shows it nowhere.
    key: Option<HeaderValue>,
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl Http {
    /// Makes a client. The certificates that the machine trusts are read only if the connection is to be secure; then no
    /// other is made.
    pub(crate) fn new(address: Address, key: Option<&Key>) -> Result<Self, String> {
        // Named, since a program may have linked others.
        let config = ClientConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?;
        let config = if address.is_secure() {
            config.with_native_roots().map_err(|error| error.to_string())?
        } else {
            config.with_root_certificates(RootCertStore::empty())
        };
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_nodelay(true);
        http.set_connect_timeout(Some(CONNECT_TIMEOUT));
        let builder = HttpsConnectorBuilder::new().with_tls_config(config.with_no_client_auth());
        let builder = if address.is_secure() {
            builder.https_only()
        } else {
            builder.https_or_http()
        };
        let client = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(IDLE_TIMEOUT)
            .pool_max_idle_per_host(IDLE_MAX)
            .pool_timer(TokioTimer::new())
            .build(builder.enable_http1().wrap_connector(http));
        let key = key.map(|key| HeaderValue::from_str(key.reveal())).transpose();
        let mut key = key.map_err(|_| "the key is no header".to_owned())?;
        if let Some(key) = &mut key {
            key.set_sensitive(true);
        }
        Ok(Self { client, address, key })
    }

    /// Returns where the server is, for people.
    pub(crate) fn place(&self) -> &str {
        self.address.base()
    }

    /// Sends one request, and reads its answer within a time.
    pub(crate) async fn exchange(
        &self,
        verb: Verb,
        path: &str,
        body: Option<&[u8]>,
        time: Duration,
    ) -> Result<Answer, NoAnswer> {
        let request = self.request(verb, path, body).ok_or(NoAnswer::Unsendable)?;
        let answered = tokio::time::timeout(time, self.answered(request)).await;
        answered.unwrap_or(Err(NoAnswer::Silent(time)))
    }

    async fn answered(&self, request: hyper::Request<Full<Bytes>>) -> Result<Answer, NoAnswer> {
        let response = self.client.request(request).await.map_err(|error| {
            if error.is_connect() {
                NoAnswer::NoConnection(cause(&error))
            } else {
                NoAnswer::Broken(cause(&error))
            }
        })?;
        let (head, body) = response.into_parts();
        let body = Limited::new(body, ANSWER_MAX).collect().await.map_err(|error| {
            if error.is::<LengthLimitError>() {
                NoAnswer::TooLarge
            } else {
                NoAnswer::Broken(cause(error.as_ref()))
            }
        })?;
        let seconds = head
            .headers
            .get(RETRY_AFTER)
            .and_then(|value| value.to_str().ok()?.parse().ok());
        Ok(Answer {
            status: head.status.as_u16(),
            retry_after: seconds.map(Duration::from_secs),
            body: body.to_bytes(),
        })
    }

    fn request(&self, verb: Verb, path: &str, body: Option<&[u8]>) -> Option<hyper::Request<Full<Bytes>>> {
        let bytes = Bytes::copy_from_slice(body.unwrap_or_default());
        let length = bytes.len();
        let mut request = hyper::Request::new(Full::new(bytes));
        *request.method_mut() = match verb {
            Verb::Get => Method::GET,
            Verb::Post => Method::POST,
            Verb::Delete => Method::DELETE,
        };
        *request.uri_mut() = self.address.of(path).parse::<Uri>().ok()?;
        let headers = request.headers_mut();
        if body.is_some() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        if verb == Verb::Post {
            headers.insert(CONTENT_LENGTH, length.into());
        }
        if let Some(key) = &self.key {
            headers.insert("x-functions-key", key.clone());
        }
        Some(request)
    }
}

/// Words what is at the bottom of an error of the library: the machine's own error, if there is one.
fn cause(error: &(dyn Error + 'static)) -> String {
    let mut last = error;
    while let Some(next) = last.source() {
        last = next;
    }
    match last.downcast_ref::<std::io::Error>() {
        Some(error) if error.raw_os_error().is_some() => error.kind().to_string(),
        Some(_) | None => last.to_string(),
    }
}
