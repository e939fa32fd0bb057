//! The way to the collector: HTTP/1.1, with the crates that the Azure hub uses as well.

use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{ConfigBuilderExt, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use rustls::{ClientConfig, RootCertStore};
use tokio::runtime::{Builder, Runtime};

use crate::error::OtelError;

/// The most bytes of an answer: a collector says how many spans it took.
const ANSWER_MAX: usize = 64 * 1024;

type Sending<'a> = Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'a>>;

/// Sends requests on a thread of its own: the library asks on one that has no runtime.
pub(crate) struct Sender {
    /// `None` only while it is dropped.
    runtime: Option<Runtime>,
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    timeout: Duration,
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sender")
    }
}

impl Sender {
    /// Makes a client. The machine's trusted certificates are read only if the connections are to be secure.
    pub(crate) fn new(is_secure: bool, timeout: Duration) -> Result<Self, OtelError> {
        let problem = |error: &dyn fmt::Display| OtelError::Sender(error.to_string());
        // Named, since a program may have linked others.
        let config = ClientConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .map_err(|error| problem(&error))?;
        let config = if is_secure {
            config.with_native_roots().map_err(|error| problem(&error))?
        } else {
            config.with_root_certificates(RootCertStore::empty())
        };
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_connect_timeout(Some(timeout));
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(config.with_no_client_auth())
            .https_or_http()
            .enable_http1()
            .wrap_connector(http);
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("durable-otel")
            .enable_all()
            .build();
        Ok(Self {
            runtime: Some(runtime.map_err(|error| problem(&error))?),
            client: Client::builder(TokioExecutor::new()).build(connector),
            timeout,
        })
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        // Dropped plainly, a runtime would wait, which it may not where another one runs.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl HttpClient for Sender {
    fn send_bytes<'life, 'result>(&'life self, request: Request<Bytes>) -> Sending<'result>
    where
        'life: 'result,
        Self: 'result,
    {
        let (client, timeout) = (self.client.clone(), self.timeout);
        let sending = async move {
            let answer = client.request(request.map(Full::new)).await?;
            let (parts, body) = answer.into_parts();
            let body = Limited::new(body, ANSWER_MAX).collect().await?.to_bytes();
            Ok::<_, HttpError>(Response::from_parts(parts, body))
        };
        let Some(runtime) = &self.runtime else {
            return Box::pin(async { Err("the sender has ended".into()) });
        };
        let sent = runtime.spawn(async move { tokio::time::timeout(timeout, sending).await });
        Box::pin(async move { sent.await?? })
    }
}
