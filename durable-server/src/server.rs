//! A server of its own.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use durable_core::client::Client;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::dispatch::router;
use crate::limits::Limits;
use crate::settings::{Access, Settings};

/// The most headers of one request.
const HEADERS_MAX: usize = 100;

/// The least buffer that the HTTP library takes.
const BUFFER_MIN: usize = 8 * 1024;

/// How long requests under way may take to end when the server is stopped.
const GRACE: Duration = Duration::from_secs(10);

/// Why a server could not be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// Others could reach it, and it would let them do everything.
    #[error(
        "{0} can be reached from other machines, and there are no keys: listen on 127.0.0.1, or make a key first"
    )]
    Open(SocketAddr),
    /// The address could not be taken.
    #[error("{address} cannot be listened on: {source}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
}

/// A server that has its address, and is not running yet.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    router: Router,
    limits: Limits,
}

impl Server {
    /// Takes an address; the port 0 stands for any that is free.
    ///
    /// # Errors
    ///
    /// If it can be reached from other machines and no key is needed, or there is none; and if it cannot be listened on.
    pub async fn bind(address: SocketAddr, client: Client, settings: Settings) -> Result<Self, ServeError> {
        let guarded = match &settings.access {
            Access::Open => false,
            Access::Keys { keys, .. } => !keys.is_empty(),
        };
        if !guarded && !address.ip().is_loopback() {
            return Err(ServeError::Open(address));
        }
        let failed = |source| ServeError::Bind { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let limits = settings.limits;
        Ok(Self {
            listener,
            address,
            limits,
            router: router(client, settings),
        })
    }

    /// Returns the address that it has.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until the future ends; what is under way then may end within ten seconds.
    pub async fn run_until(self, stop: impl Future<Output = ()>) {
        let graceful = GracefulShutdown::new();
        let room = Arc::new(Semaphore::new(self.limits.connections));
        tokio::pin!(stop);
        loop {
            let next = async {
                // A connection is taken only when there is room for it.
                let permit = Arc::clone(&room).acquire_owned().await;
                (permit, self.listener.accept().await)
            };
            match select(&mut stop, next).await {
                Some((Ok(permit), Ok((stream, _)))) => self.connect(stream, permit, &graceful),
                // Of the process or of a connection that is gone already; neither is better for being asked at once.
                Some((_, Err(error))) => {
                    tracing::warn!(%error, "a connection could not be taken");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                // Stopped. What gives room is never closed.
                None | Some((Err(_), Ok(_))) => break,
            }
        }
        if tokio::time::timeout(GRACE, graceful.shutdown()).await.is_err() {
            tracing::warn!("requests were cut off: they did not end in {GRACE:?}");
        }
    }

    fn connect(&self, stream: TcpStream, permit: OwnedSemaphorePermit, graceful: &GracefulShutdown) {
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.limits.header_time)
            .max_headers(HEADERS_MAX)
            .max_buf_size(self.limits.headers.max(BUFFER_MIN))
            .serve_connection(
                TokioIo::new(stream),
                TowerToHyperService::new(self.router.clone()),
            );
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
            drop(permit);
        });
    }
}

/// Waits for whichever comes first; `None` if it is the first.
async fn select<T>(
    stop: &mut (impl Future<Output = ()> + Unpin),
    next: impl Future<Output = T>,
) -> Option<T> {
    let mut next = std::pin::pin!(next);
    std::future::poll_fn(|cx| {
        if std::pin::Pin::new(&mut *stop).poll(cx).is_ready() {
            return std::task::Poll::Ready(None);
        }
        next.as_mut().poll(cx).map(Some)
    })
    .await
}

/// Listens on an address and serves for ever: `serve("127.0.0.1:7071".parse()?, client, Settings::open())`.
///
/// # Errors
///
/// As [`Server::bind`].
pub async fn serve(address: SocketAddr, client: Client, settings: Settings) -> Result<(), ServeError> {
    let server = Server::bind(address, client, settings).await?;
    server.run_until(std::future::pending()).await;
    Ok(())
}
