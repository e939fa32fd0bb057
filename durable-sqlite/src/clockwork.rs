//! Waking the writer when something is due, by the injected clock, and now and then to look for other processes.

use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use durable_core::{Clock, Timestamp};
use tokio::sync::watch;

use crate::changes::Changes;
use crate::writer::{Request, RequestSender};

/// When the writer wants to be woken.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Alarm {
    pub(crate) at: Option<Timestamp>,
    /// Whether anybody waits for what other processes do.
    pub(crate) is_active: bool,
    /// Grows with each alarm that was served, so that each moment rings once.
    pub(crate) number: u64,
}

/// Waits and wakes until the writer is gone.
pub(crate) async fn serve(
    clock: Arc<dyn Clock>,
    mut alarms: watch::Receiver<Alarm>,
    writer: RequestSender,
    look_every: Duration,
) {
    let mut rung = None;
    // Kept over the changes of the alarm, so that a busy writer cannot put the look off for ever.
    let mut next_look = tokio::time::Instant::now() + look_every;
    loop {
        let alarm = alarms.borrow_and_update().clone();
        let at = alarm.at.filter(|_| rung != Some(alarm.number));
        let request = {
            let mut change = pin!(alarms.changed());
            let mut due = pin!(async {
                match at {
                    Some(at) => clock.sleep_until(at).await,
                    None => std::future::pending().await,
                }
            });
            let mut look = pin!(async {
                if alarm.is_active {
                    tokio::time::sleep_until(next_look).await;
                } else {
                    std::future::pending::<()>().await;
                }
            });
            std::future::poll_fn(|cx| {
                if let Poll::Ready(changed) = change.as_mut().poll(cx) {
                    return Poll::Ready(changed.map(|()| None));
                }
                if due.as_mut().poll(cx).is_ready() {
                    return Poll::Ready(Ok(Some(Request::Tick)));
                }
                look.as_mut().poll(cx).map(|()| Ok(Some(Request::Look)))
            })
            .await
        };
        let Ok(request) = request else {
            return;
        };
        match request {
            Some(Request::Tick) => rung = Some(alarm.number),
            Some(_) => next_look = tokio::time::Instant::now() + look_every,
            None => {}
        }
        if request.is_some_and(|request| writer.send(request).is_err()) {
            return;
        }
    }
}

/// Wakes everyone who waits, now and then: a hub that is open for reading has no writer to tell of changes.
pub(crate) async fn watch_only(
    changes: Arc<Changes>,
    mut stopped: watch::Receiver<Alarm>,
    look_every: Duration,
) {
    loop {
        let mut stop = pin!(stopped.changed());
        let mut look = pin!(tokio::time::sleep(look_every));
        let goes_on = std::future::poll_fn(|cx| match stop.as_mut().poll(cx) {
            Poll::Ready(changed) => Poll::Ready(changed.is_ok()),
            Poll::Pending => look.as_mut().poll(cx).map(|()| true),
        })
        .await;
        if !goes_on {
            return;
        }
        changes.publish_all();
    }
}
