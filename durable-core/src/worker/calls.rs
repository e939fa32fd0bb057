//! What a turn thread asks of the hub: it waits for the answers itself, so that they come straight from the hub.
//!
//! A turn thread is a small executor. It polls the hub's futures, and whoever completes one wakes the thread by a message,
//! like everything else that it is told. No task of the async runtime stands between a thread and the hub.

use std::collections::HashMap;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::task::{Context, Poll, Wake, Waker};

use tokio::runtime::Handle;

use super::turn_thread::ToThread;

/// The number of a call within its thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct CallId(u64);

/// Something asked of the hub, with what it is answered.
type Call<A> = Pin<Box<dyn Future<Output = A> + Send>>;

/// The calls that a thread waits for.
pub(super) struct Calls<A> {
    runtime: Handle,
    thread: Sender<ToThread>,
    open: HashMap<CallId, (Call<A>, Arc<Bell>)>,
    last: u64,
}

impl<A> Calls<A> {
    pub(super) fn new(runtime: Handle, thread: Sender<ToThread>) -> Self {
        Self {
            runtime,
            thread,
            open: HashMap::new(),
            last: 0,
        }
    }

    /// Begins a call: the hub has it when this returns. Returns the answer if it is there at once.
    pub(super) fn begin(&mut self, call: impl Future<Output = A> + Send + 'static) -> Option<A> {
        self.last += 1;
        let id = CallId(self.last);
        let bell = Arc::new(Bell {
            call: id,
            thread: self.thread.clone(),
            rung: AtomicBool::new(false),
        });
        self.poll(id, Box::pin(call), bell)
    }

    /// Goes on with a call whose bell has rung, and returns the answer if it is there.
    pub(super) fn go_on(&mut self, id: CallId) -> Option<A> {
        // It may have been answered before its bell rang.
        let (call, bell) = self.open.remove(&id)?;
        self.poll(id, call, bell)
    }

    fn poll(&mut self, id: CallId, mut call: Call<A>, bell: Arc<Bell>) -> Option<A> {
        // Before the poll: whoever rings from now on has something new to tell.
        bell.rung.store(false, Ordering::SeqCst);
        let waker = Waker::from(Arc::clone(&bell));
        // A hub may use the runtime, unlike an orchestrator, which is polled outside of it.
        let _inside = self.runtime.enter();
        match call.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(answer) => Some(answer),
            Poll::Pending => {
                self.open.insert(id, (call, bell));
                None
            }
        }
    }
}

impl<A> fmt::Debug for Calls<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Calls({} open)", self.open.len())
    }
}

/// Tells a thread that one of its calls can go on.
struct Bell {
    call: CallId,
    thread: Sender<ToThread>,
    /// Whether the thread has been told and has not looked yet.
    rung: AtomicBool,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.rung.swap(true, Ordering::SeqCst) {
            // A thread that has ended waits for nothing any more.
            drop(self.thread.send(ToThread::Rung(self.call)));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, channel};
    use std::time::Duration;

    use tokio::sync::oneshot;

    use super::*;

    fn calls() -> (tokio::runtime::Runtime, Calls<u32>, Receiver<ToThread>) {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_time().build().unwrap();
        let (thread, inbox) = channel();
        let calls = Calls::new(runtime.handle().clone(), thread);
        (runtime, calls, inbox)
    }

    fn rung(inbox: &Receiver<ToThread>) -> CallId {
        match inbox.recv_timeout(Duration::from_secs(10)) {
            Ok(ToThread::Rung(call)) => call,
            other => panic!("the bell must ring: {other:?}"),
        }
    }

    #[test]
    fn an_answer_wakes_the_thread_by_one_message_whoever_gives_it() {
        let (_runtime, mut calls, inbox) = calls();
        let (give, answer) = oneshot::channel();
        assert_eq!(calls.begin(async { answer.await.unwrap() }), None);
        assert!(inbox.try_recv().is_err(), "nothing has happened yet");
        std::thread::spawn(move || give.send(7).unwrap()).join().unwrap();
        let call = rung(&inbox);
        assert_eq!(calls.go_on(call), Some(7));
        assert!(inbox.try_recv().is_err(), "one message");
        assert_eq!(calls.go_on(call), None, "it was answered once");
    }

    #[test]
    fn an_answer_that_is_there_needs_no_message() {
        let (_runtime, mut calls, inbox) = calls();
        assert_eq!(calls.begin(async { 7 }), Some(7));
        assert!(inbox.try_recv().is_err());
    }

    #[test]
    fn a_call_may_use_the_runtime_and_the_thread_between_calls_may_not() {
        let (runtime, mut calls, inbox) = calls();
        let (stop, stopped) = oneshot::channel::<()>();
        let driver = std::thread::spawn(move || runtime.block_on(async { drop(stopped.await) }));
        let sleeps = async {
            tokio::time::sleep(Duration::from_millis(1)).await;
            tokio::spawn(async { 7 }).await.unwrap()
        };
        let mut answer = calls.begin(sleeps);
        while answer.is_none() {
            assert!(
                Handle::try_current().is_err(),
                "an orchestrator polled now has no runtime"
            );
            answer = calls.go_on(rung(&inbox));
        }
        assert_eq!(answer, Some(7));
        drop(stop);
        driver.join().unwrap();
    }

    #[test]
    fn a_call_that_wakes_itself_while_it_is_polled_is_polled_again() {
        let (_runtime, mut calls, inbox) = calls();
        let mut polls = 0;
        let stubborn = std::future::poll_fn(move |cx| {
            polls += 1;
            cx.waker().wake_by_ref();
            cx.waker().wake_by_ref();
            if polls == 3 {
                Poll::Ready(polls)
            } else {
                Poll::Pending
            }
        });
        assert_eq!(calls.begin(stubborn), None);
        let call = rung(&inbox);
        assert!(
            inbox.try_recv().is_err(),
            "two wakes before a look are one message"
        );
        assert_eq!(calls.go_on(call), None);
        assert_eq!(calls.go_on(rung(&inbox)), Some(3));
    }
}
