//! The task that gets the lease and keeps it.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use durable_core::Clock;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::info::AppLeaseInfo;
use super::phase::{Answer, AppLeaseSettings, Attempt, Phase, attempt, taken};
use super::store::{AppLeaseError, AppLeaseStore};

/// An application's part in the app lease. It ends when it is dropped: the lease is not released, since other workers of
/// the application may hold it as well, but runs out by itself.
#[derive(Debug)]
pub(crate) struct AppLease {
    is_primary: watch::Receiver<bool>,
    /// Absent if the hub does without the lease.
    held: Option<Held>,
}

#[derive(Debug)]
struct Held {
    id: String,
    store: Arc<dyn AppLeaseStore>,
    at_once: UnboundedSender<()>,
    task: JoinHandle<()>,
}

/// Why an application could not be made primary.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MakePrimaryError {
    /// `useAppLease` is off: every application works.
    #[error("the hub is used without an app lease, so every application is primary")]
    NotUsed,
    #[error("the wish to be primary could not be stored")]
    Store(#[source] AppLeaseError),
}

impl AppLease {
    /// Starts to seek the lease under `id`, which the application's name gives, on the present tokio runtime.
    pub(crate) fn start(
        store: Arc<dyn AppLeaseStore>,
        id: impl Into<String>,
        clock: Arc<dyn Clock>,
        settings: AppLeaseSettings,
    ) -> Self {
        let id = id.into();
        let (role, is_primary) = watch::channel(false);
        let (at_once, asked) = unbounded_channel();
        let seeker = Seeker {
            id: id.clone(),
            phase: Phase::Seeking { next: clock.now() },
            store: store.clone(),
            clock,
            settings,
            role,
            is_named: false,
            asked,
        };
        let task = tokio::spawn(seeker.run());
        Self {
            is_primary,
            held: Some(Held {
                id,
                store,
                at_once,
                task,
            }),
        }
    }

    /// `useAppLease` is off: this application is always primary.
    pub(crate) fn unused() -> Self {
        Self {
            // A closed channel keeps its last value.
            is_primary: watch::channel(true).1,
            held: None,
        }
    }

    /// Returns whether the application may work on the hub, and tells of changes. Without the lease there are none: then
    /// `changed` fails at once.
    pub(crate) fn role(&self) -> watch::Receiver<bool> {
        self.is_primary.clone()
    }

    pub(crate) fn is_primary(&self) -> bool {
        *self.is_primary.borrow()
    }

    /// Takes the lease from the application that has it, which notices when it renews. Returns when the wish is stored;
    /// [`AppLease::role`] tells when it has come true.
    pub(crate) async fn make_primary(&self) -> Result<(), MakePrimaryError> {
        let held = self.held.as_ref().ok_or(MakePrimaryError::NotUsed)?;
        if self.is_primary() {
            return Ok(());
        }
        let wished = want(&*held.store, &held.id).await;
        wished.map_err(MakePrimaryError::Store)?;
        // The task ends with this handle, or with the runtime.
        let _ = held.at_once.send(());
        Ok(())
    }
}

impl Drop for AppLease {
    fn drop(&mut self) {
        if let Some(held) = &self.held {
            held.task.abort();
        }
    }
}

/// Writes into the info blob that the application with this lease id is to be primary.
async fn want(store: &dyn AppLeaseStore, id: &str) -> Result<(), AppLeaseError> {
    let info = store.info().await?;
    if info.is_wanted_by(id) {
        return Ok(());
    }
    let wish = AppLeaseInfo {
        desired_swap_id: Some(id.to_owned()),
        ..info
    };
    store.write_info(&wish).await
}

/// The task's own state.
#[derive(Debug)]
struct Seeker {
    id: String,
    store: Arc<dyn AppLeaseStore>,
    clock: Arc<dyn Clock>,
    settings: AppLeaseSettings,
    role: watch::Sender<bool>,
    phase: Phase,
    /// The info blob names this application as the owner. Without that another could not take the lease from it.
    is_named: bool,
    /// To be asked for at once.
    asked: UnboundedReceiver<()>,
}

impl Seeker {
    async fn run(mut self) {
        loop {
            self.enter(self.phase.lapse(self.clock.now()));
            if self.clock.now() >= self.phase.next() {
                let sent = self.clock.now();
                let answer = self.ask().await;
                let now = self.clock.now();
                self.enter(self.phase.after(answer, sent, now, &self.settings).lapse(now));
                continue;
            }
            match self.wait().await {
                Wake::Time => {}
                Wake::Asked => self.hurry(),
                Wake::Dropped => return,
            }
        }
    }

    /// Changes the phase, and tells if the application's role changed with it.
    fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        let is_primary = phase.is_holding();
        let has_changed = self
            .role
            .send_if_modified(|role| std::mem::replace(role, is_primary) != is_primary);
        if has_changed {
            self.is_named &= is_primary;
            tracing::info!(id = self.id, is_primary, "the app lease");
        }
    }

    fn hurry(&mut self) {
        match self.phase {
            Phase::Seeking { .. } => {
                self.phase = Phase::Seeking {
                    next: self.clock.now(),
                }
            }
            Phase::Holding { .. } => {}
        }
    }

    /// Asks for the lease, or to have it for longer.
    async fn ask(&mut self) -> Answer {
        let granted = match self.phase {
            Phase::Seeking { .. } => self.acquire().await,
            Phase::Holding { .. } => self.store.renew(&self.id).await,
        };
        let granted = match granted {
            // A lease that was taken from another keeps that one's time.
            Ok(()) if !self.phase.is_holding() => self.store.renew(&self.id).await,
            other => other,
        };
        match granted {
            Ok(()) => {
                self.name().await;
                Answer::Granted
            }
            Err(AppLeaseError::Refused) => Answer::Refused,
            Err(AppLeaseError::Failed(error)) => {
                tracing::warn!(id = self.id, error, "the app lease could not be asked for");
                Answer::Unclear
            }
        }
    }

    async fn acquire(&self) -> Result<(), AppLeaseError> {
        let info = self.store.info().await?;
        match attempt(&info, &self.id) {
            Attempt::Acquire => {}
            Attempt::ChangeFrom(owner) => match self.store.change(&owner, &self.id).await {
                // The other has let it go, or a third has it.
                Err(AppLeaseError::Refused) => {}
                Err(failed @ AppLeaseError::Failed(_)) => return Err(failed),
                Ok(()) => return Ok(()),
            },
        }
        self.store.acquire(&self.id, self.settings.lease).await
    }

    /// Writes into the info blob that this application has the lease. If that fails, it is tried again with the next
    /// renewal; the lease itself is held all the same.
    async fn name(&mut self) {
        if self.is_named {
            return;
        }
        match self.try_to_name().await {
            Ok(()) => self.is_named = true,
            Err(error) => {
                tracing::warn!(id = self.id, %error, "the owner of the app lease could not be stored");
            }
        }
    }

    async fn try_to_name(&self) -> Result<(), AppLeaseError> {
        let info = self.store.info().await?;
        match taken(&info, &self.id) {
            Some(info) => self.store.write_info(&info).await,
            None => Ok(()),
        }
    }

    async fn wait(&mut self) -> Wake {
        let mut asked = pin!(self.asked.recv());
        let mut time = pin!(self.clock.sleep_until(self.phase.next()));
        poll_fn(|cx| match asked.as_mut().poll(cx) {
            Poll::Ready(Some(())) => Poll::Ready(Wake::Asked),
            Poll::Ready(None) => Poll::Ready(Wake::Dropped),
            Poll::Pending => time.as_mut().poll(cx).map(|()| Wake::Time),
        })
        .await
    }
}

/// Why the task goes on.
#[derive(Debug)]
enum Wake {
    Asked,
    Time,
    /// The handle is gone.
    Dropped,
}
