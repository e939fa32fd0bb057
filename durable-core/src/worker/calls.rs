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
