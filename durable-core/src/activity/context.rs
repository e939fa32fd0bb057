//! The context of an activity.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{CancelToken, StateMap};
use crate::failure::Failure;
use crate::function::{ActivityFunction, Handle};
use crate::hub::{ActivityKey, CompletionToken, HubErrorKind, Session, WorkerHub};
use crate::id::{ExecutionId, InstanceId, TaskId};
use crate::name::WireName;
use crate::payload::{Payload, PayloadError};
use crate::version::RecordedVersion;

/// What is known of one run of an activity.
#[derive(Debug, Clone)]
pub struct ActivityInfo {
    /// The identity of the task: stable over retries after a crash.
    pub key: ActivityKey,
    /// The activity's name.
    pub name: WireName,
    /// The activity's version.
    pub version: RecordedVersion,
    /// Which attempt of the call this is, from 1.
    pub attempt: u32,
    /// How often this very task was handed out before.
    pub deliveries: u32,
    /// How long it may run without a [heartbeat](ActivityContext::heartbeat) before it counts as lost.
    pub heartbeat: Option<Duration>,
    /// What an earlier run of this task reported last.
    pub progress: Option<Payload>,
}

impl ActivityInfo {
    /// Makes the information of a first run of an activity, for [`ActivityContext::for_test`].
    ///
    /// # Panics
    ///
    /// If the wire name is malformed, which the macros exclude.
    #[expect(clippy::expect_used, reason = "documented: this is for tests")]
    pub fn for_test<F, H>(_activity: H) -> Self
    where
        H: Handle<F::Context, F>,
        F: ActivityFunction,
    {
        let id = "constants are well-formed";
        Self {
            key: ActivityKey {
                instance: InstanceId::new("test").expect(id),
                execution: ExecutionId::new("test").expect(id),
                task: TaskId(0),
            },
            name: WireName::new(F::NAME).expect("the macros check wire names"),
            version: RecordedVersion::Known(F::VERSION),
            attempt: 1,
            deliveries: 0,
            heartbeat: F::call_options().heartbeat,
            progress: None,
        }
    }
}

/// The worker's side of a context.
#[derive(Debug, Clone)]
pub(crate) struct ActivityHost {
    pub(crate) node: Arc<dyn WorkerHub>,
    pub(crate) session: Session,
    pub(crate) completes_later: Arc<AtomicBool>,
}

/// Handed to an activity's body. Cheap to clone.
///
/// ```
/// # use durable_core::{ActivityContext, Failure};
/// # struct Bank;
/// # impl Bank { async fn charge(&self, _: u64, _: String) -> Result<String, Failure> { Ok(String::new()) } }
/// // With `#[activity]` on it:
/// async fn charge(ctx: ActivityContext, cents: u64) -> Result<String, Failure> {
///     ctx.state::<Bank>().charge(cents, ctx.idempotency_key()).await
/// }
/// ```
#[derive(Clone)]
pub struct ActivityContext {
    info: Arc<ActivityInfo>,
    states: Arc<StateMap>,
    cancel: CancelToken,
    host: Option<ActivityHost>,
}

/// Returned by [`ActivityContext::completes_later`]: the activity's own return value will be ignored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompletesLater {
    /// What the outside needs to complete the activity.
    pub token: CompletionToken,
}

impl ActivityContext {
    pub(crate) fn new(
        info: ActivityInfo,
        states: Arc<StateMap>,
        cancel: CancelToken,
        host: ActivityHost,
    ) -> Self {
        Self {
            info: Arc::new(info),
            states,
            cancel,
            host: Some(host),
        }
    }

    /// Makes a context for calling an activity directly in a unit test. Its heartbeats go nowhere.
    ///
    /// ```
    #[doc = include_str!("../docs/handles.md")]
    /// use durable_core::activity::{ActivityInfo, StateMap};
    /// # async fn test() -> Result<(), Failure> {
    /// let info = ActivityInfo { attempt: 2, ..ActivityInfo::for_test(charge) };
    /// let ctx = ActivityContext::for_test(info, StateMap::new().with("shared state"));
    /// let receipt: String = charge(ctx, 995).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn for_test(info: ActivityInfo, states: StateMap) -> Self {
        Self {
            info: Arc::new(info),
            states: Arc::new(states),
            cancel: CancelToken::new(),
            host: None,
        }
    }

    /// Returns what is known of this run.
    pub fn info(&self) -> &ActivityInfo {
        &self.info
    }

    /// Returns a text that is the same for every run of this task and different for every other task.
    ///
    /// Pass it to services that recognise repeated requests: an activity runs at least once, and may run again.
    pub fn idempotency_key(&self) -> String {
        self.info.key.to_string()
    }

    /// Returns shared state that was given to the app or worker.
    ///
    /// A call with the type written out, `ctx.state::<Bank>()`, is checked at start-up.
    ///
    /// ```
    /// # use durable_core::{ActivityContext, Failure};
    /// struct Limits {
    ///     largest_order: u64,
    /// }
    /// # async fn example(ctx: ActivityContext) -> Result<(), Failure> {
    /// let limit = ctx.state::<Limits>().largest_order;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// If no value of the type was given. The panic is a failure of the activity like any other.
    #[expect(
        clippy::panic,
        reason = "documented; start-up refuses a worker that lacks a state whose type is written out"
    )]
    pub fn state<T: Send + Sync + 'static>(&self) -> Arc<T> {
        match self.states.get::<T>() {
            Some(value) => value,
            None => panic!(
                "no shared state of type `{}`: add `.state(..)` to the app",
                std::any::type_name::<T>()
            ),
        }
    }

    /// Returns shared state, if a value of the type was given.
    pub fn try_state<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        self.states.get::<T>()
    }

    /// Returns the token that is cancelled when nobody waits for this activity any more.
    ///
    /// Select it with the work, by any means of the async runtime: an activity is ordinary async code.
    ///
    /// ```
    /// # use durable_core::{ActivityContext, Failure};
    /// # async fn example(ctx: ActivityContext) -> Result<(), Failure> {
    /// # async fn download() -> u64 { 0 }
    /// # use std::{future::{Future, poll_fn}, pin::pin, task::Poll};
    /// let token = ctx.cancel_token().clone();
    /// let (mut work, mut stop) = (pin!(download()), pin!(token.cancelled()));
    /// let bytes = poll_fn(|cx| match stop.as_mut().poll(cx) {
    ///     Poll::Ready(()) => Poll::Ready(None),
    ///     Poll::Pending => work.as_mut().poll(cx).map(Some),
    /// })
    /// .await;
    /// # Ok(())
    /// # }
    /// ```
    pub fn cancel_token(&self) -> &CancelToken {
        &self.cancel
    }

    /// Returns whether nobody waits for this activity any more.
    pub fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }

    /// Reports that the activity is alive, with progress that a later run of the same task can read.
    ///
    /// Returns once the report is stored. Fails if the activity was cancelled meanwhile. With a limit
    /// (`#[activity(heartbeat = "30s")]`), an activity that does not report for that long is cancelled and its attempt
    /// has failed.
    ///
    /// ```
    /// # use durable_core::{ActivityContext, Failure};
    /// # async fn example(ctx: ActivityContext) -> Result<(), Failure> {
    /// let first = ctx.progress::<u64>()?.unwrap_or(0);
    /// for row in first..10_000 {
    ///     // … import the row …
    ///     if row % 100 == 0 {
    ///         ctx.heartbeat(&row).await?;
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn heartbeat<P: Serialize>(&self, progress: &P) -> Result<(), Failure> {
        let progress = Payload::encode(progress)?;
        if let Some(host) = &self.host {
            let reply = host.node.heartbeat(&host.session, Some(progress)).await;
            // An activity that its worker no longer owns is not wanted here any more.
            if reply.as_ref().map_or_else(
                |error| error.kind() == HubErrorKind::NotFound,
                |reply| reply.cancelled,
            ) {
                self.cancel.cancel();
            }
            reply?;
        }
        if self.is_cancelled() {
            return Err(Failure::of_kind("Cancelled", "the activity was cancelled").non_retriable());
        }
        Ok(())
    }

    /// Returns what an earlier run of this task reported with its last heartbeat.
    pub fn progress<P: DeserializeOwned>(&self) -> Result<Option<P>, PayloadError> {
        self.info.progress.as_ref().map(Payload::decode).transpose()
    }

    /// Says that this activity is completed from outside, with the returned token, and not by its return value.
    ///
    /// The task stays open until `client.complete_activity(token, ..)`, its timeout, or its cancellation.
    ///
    /// ```
    /// # use durable_core::{ActivityContext, Failure, client::Client};
    /// async fn ask(ctx: ActivityContext, question: String) -> Result<bool, Failure> {
    ///     let token = ctx.completes_later().token.to_string();
    ///     println!("{question} Answer with the token {token}");
    ///     Ok(false) // ignored
    /// }
    ///
    /// async fn answered(client: &Client, token: &str, answer: bool) -> Result<(), Failure> {
    ///     Ok(client.complete_activity(&token.parse()?, &answer).await?)
    /// }
    /// ```
    pub fn completes_later(&self) -> CompletesLater {
        if let Some(host) = &self.host {
            host.completes_later.store(true, Ordering::SeqCst);
        }
        CompletesLater {
            token: CompletionToken(self.info.key.clone()),
        }
    }
}

impl fmt::Debug for ActivityContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ActivityContext")
            .field("key", &self.info.key)
            .field("name", &self.info.name)
            .finish_non_exhaustive()
    }
}
