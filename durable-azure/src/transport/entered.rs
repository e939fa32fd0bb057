//! Futures that need a tokio runtime, for those who have none: a worker's turn threads poll the hub outside of it.

use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::runtime::Handle;

/// A future that is polled, and dropped, inside of a runtime.
pub(super) struct Entered<'a, T> {
    runtime: Handle,
    /// Nothing once it has ended.
    future: Option<Pin<Box<dyn Future<Output = T> + Send + 'a>>>,
}

impl<'a, T> Entered<'a, T> {
    pub(super) fn new(runtime: Handle, future: impl Future<Output = T> + Send + 'a) -> Self {
        Self {
            runtime,
            future: Some(Box::pin(future)),
        }
    }
}

impl<T> Future for Entered<'_, T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let this = &mut *self;
        let _entered = this.runtime.enter();
        let Some(future) = &mut this.future else {
            return Poll::Pending;
        };
        let polled = future.as_mut().poll(cx);
        if polled.is_ready() {
            this.future = None;
        }
        polled
    }
}

impl<T> Drop for Entered<'_, T> {
    fn drop(&mut self) {
        let _entered = self.runtime.enter();
        self.future = None;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
    use std::task::{Wake, Waker};
    use std::thread::Thread;
    use std::time::Duration;

    use super::*;

    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    /// Polls to the end without any runtime.
    fn poll_on_this_thread<T>(mut future: Entered<'_, T>) -> T {
        let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
        loop {
            match Pin::new(&mut future).poll(&mut Context::from_waker(&waker)) {
                Poll::Ready(value) => return value,
                Poll::Pending => std::thread::park(),
            }
        }
    }

    #[test]
    fn a_thread_without_a_runtime_can_wait_for_its_timers_and_tasks() {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let future = Entered::new(runtime.handle().clone(), async {
            tokio::time::sleep(Duration::from_millis(1)).await;
            tokio::spawn(async { 7 }).await.unwrap()
        });
        assert_eq!(poll_on_this_thread(future), 7);
    }

    #[test]
    fn a_future_is_dropped_inside_of_the_runtime() {
        struct Probe(Arc<AtomicBool>);
        impl Drop for Probe {
            fn drop(&mut self) {
                self.0.store(Handle::try_current().is_ok(), Relaxed);
            }
        }
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let entered = Arc::new(AtomicBool::new(false));
        let probe = Probe(Arc::clone(&entered));
        drop(Entered::new(runtime.handle().clone(), async move {
            let _probe = probe;
        }));
        assert!(entered.load(Relaxed));
    }
}
