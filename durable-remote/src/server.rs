//! The server: calls it, tries again where that is right, and reads its answers.
//!
//! Calls run on a thread of their own, so that whoever waits for them needs no runtime; one that nobody waits for any more is
//! given up.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use durable_core::hub::{HubError, HubErrorKind};
use serde::de::DeserializeOwned;
use tokio::runtime::Runtime;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use crate::call::{Call, Repeat};
use crate::http::{Answer, Http, NoAnswer};
use crate::refusal::refused;

/// The most calls at once, those that wait left aside.
const AT_ONCE: usize = 16;

/// No try of a call begins later than this after its first.
const LAST_TRY: Duration = Duration::from_secs(45);

/// The longest pause that a server may ask for.
const PAUSE_MAX: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(crate) struct Server {
    http: Http,
    room: Semaphore,
    read_only: bool,
    /// `None` once it is being dropped.
    runtime: Option<Runtime>,
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may be dropped by a task, where a runtime must not be waited for.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// A task that ends when nobody waits for it any more.
struct Abandoned<T>(JoinHandle<T>);

impl<T> Drop for Abandoned<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl<T> Future for Abandoned<T> {
    type Output = Result<T, HubError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let ended = |_| HubError::new(HubErrorKind::Closed, "the calls of the server were ended");
        Pin::new(&mut self.0).poll(cx).map_err(ended)
    }
}

/// Why a try came to nothing.
struct Failed {
    error: HubError,
    /// Whether another try is right, whatever the call is.
    certainly_not_done: bool,
    /// Whether another try may help.
    may_help: bool,
    pause: Duration,
}

impl Server {
    pub(crate) fn new(http: Http, read_only: bool) -> Result<Self, HubError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("durable-remote")
            .enable_all()
            .build();
        let failed = |error: std::io::Error| {
            let text = format!("the thread for calls of the server could not be started: {error}");
            HubError::new(HubErrorKind::Closed, text)
        };
        Ok(Self {
            http,
            room: Semaphore::new(AT_ONCE),
            read_only,
            runtime: Some(runtime.map_err(failed)?),
        })
    }

    /// Returns where it is, for people.
    pub(crate) fn place(&self) -> &str {
        self.http.place()
    }

    /// Makes a call, and reads the answer.
    pub(crate) async fn ask<T: DeserializeOwned>(self: &Arc<Self>, call: Call) -> Result<T, HubError> {
        let route = call.route;
        let answer = self.call(call).await?;
        serde_json::from_slice(&answer.body).map_err(|error| {
            let text = format!(
                "the answer of the server at `{}` to `{route}` is of another form than this release reads: {error}",
                self.place()
            );
            HubError::new(HubErrorKind::Corrupt, text)
        })
    }

    /// Makes a call whose answer says nothing but that it is done.
    pub(crate) async fn tell(self: &Arc<Self>, call: Call) -> Result<(), HubError> {
        self.call(call).await.map(drop)
    }

    /// Waits.
    pub(crate) async fn pause(self: &Arc<Self>, time: Duration) -> Result<(), HubError> {
        self.run(tokio_sleep(time)).await
    }

    async fn call(self: &Arc<Self>, call: Call) -> Result<Answer, HubError> {
        if call.changes && self.read_only {
            let text = format!("the hub at `{}` is open for reading only", self.place());
            return Err(HubError::new(HubErrorKind::Invalid, text));
        }
        let this = Arc::clone(self);
        self.run(async move { this.tries(&call).await }).await?
    }

    /// Runs something on the thread of the calls, until it ends or nobody waits for it.
    async fn run<T: Send + 'static>(
        &self,
        task: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, HubError> {
        let Some(runtime) = &self.runtime else {
            return Err(HubError::new(
                HubErrorKind::Closed,
                "the calls of the server were ended",
            ));
        };
        Abandoned(runtime.spawn(task)).await
    }

    async fn tries(&self, call: &Call) -> Result<Answer, HubError> {
        let begun = Instant::now();
        let mut pauses = call.repeat.pauses().iter();
        loop {
            let failed = match self.once(call).await {
                Ok(answer) => return Ok(answer),
                Err(failed) => failed,
            };
            let (again, late) = match call.repeat {
                Repeat::Never => (failed.certainly_not_done, begun.elapsed() > LAST_TRY),
                Repeat::Freely => (failed.may_help, begun.elapsed() > LAST_TRY),
                Repeat::Patiently => (failed.may_help, false),
            };
            match pauses.next() {
                Some(pause) if again && !late => tokio::time::sleep(failed.pause.max(*pause)).await,
                Some(_) | None => return Err(failed.error),
            }
        }
    }

    async fn once(&self, call: &Call) -> Result<Answer, Failed> {
        // What waits would keep the rest from being done. The room is never closed.
        let _room = match call.repeat {
            Repeat::Patiently => None,
            Repeat::Never | Repeat::Freely => self.room.acquire().await.ok(),
        };
        let exchanged = self
            .http
            .exchange(call.verb, &call.path, call.body.as_deref(), call.time);
        match exchanged.await {
            Ok(answer) if (200..300).contains(&answer.status) => Ok(answer),
            Ok(answer) => {
                let error = refused(self.place(), call, answer.status, &answer.body);
                Err(Failed {
                    may_help: matches!(answer.status, 408 | 429 | 502 | 503 | 504)
                        && error.kind() == HubErrorKind::Unavailable,
                    error,
                    certainly_not_done: false,
                    pause: answer.retry_after.unwrap_or_default().min(PAUSE_MAX),
                })
            }
            Err(why) => Err(self.unanswered(call, &why)),
        }
    }

    fn unanswered(&self, call: &Call, why: &NoAnswer) -> Failed {
        let place = self.place();
        let unsure = if call.changes {
            "; whether it was done is told by what it concerns"
        } else {
            ""
        };
        let (kind, text) = match why {
            NoAnswer::NoConnection(cause) => (
                HubErrorKind::Unavailable,
                format!("there is no connection to the server at `{place}`: {cause}"),
            ),
            NoAnswer::Broken(cause) => (
                HubErrorKind::Unavailable,
                format!("the connection to the server at `{place}` broke: {cause}{unsure}"),
            ),
            NoAnswer::Silent(time) => (
                HubErrorKind::Unavailable,
                format!(
                    "the server at `{place}` did not answer in {} seconds{unsure}",
                    time.as_secs()
                ),
            ),
            NoAnswer::TooLarge => (
                HubErrorKind::Invalid,
                format!("the answer of the server at `{place}` is too large: ask for less"),
            ),
            NoAnswer::Unsendable => (
                HubErrorKind::Invalid,
                format!("the request to the server at `{place}` is none in HTTP"),
            ),
        };
        Failed {
            error: HubError::new(kind, text),
            certainly_not_done: matches!(why, NoAnswer::NoConnection(_)),
            may_help: kind == HubErrorKind::Unavailable,
            pause: Duration::ZERO,
        }
    }
}

async fn tokio_sleep(time: Duration) {
    tokio::time::sleep(time).await;
}
