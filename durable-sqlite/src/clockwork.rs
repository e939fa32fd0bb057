//! Waking the writer when something is due by a clock that is not the machine's: for that one, it waits itself.

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
    /// Grows with each alarm that was served, so that each moment rings once.
    pub(crate) number: u64,
}

/// Waits and wakes until the writer is gone.
pub(crate) async fn serve(clock: Arc<dyn Clock>, mut alarms: watch::Receiver<Alarm>, writer: RequestSender) {
    let mut rung = None;
    loop {
        let alarm = alarms.borrow_and_update().clone();
        let at = alarm.at.filter(|_| rung != Some(alarm.number));
        let is_due = {
            let mut change = pin!(alarms.changed());
            let mut due = pin!(async {
                match at {
                    Some(at) => clock.sleep_until(at).await,
                    None => std::future::pending().await,
                }
            });
            std::future::poll_fn(|cx| {
                if let Poll::Ready(changed) = change.as_mut().poll(cx) {
                    return Poll::Ready(changed.map(|()| false));
                }
                due.as_mut().poll(cx).map(|()| Ok(true))
            })
            .await
        };
        match is_due {
            Ok(false) => {}
            Ok(true) if writer.send(Request::Tick).is_ok() => rung = Some(alarm.number),
            Ok(true) | Err(_) => return,
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
