//! Activities replaced by closures.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use durable_core::__private::{ActivityRunner, Runner};
use durable_core::function::{ActivityFunction, FunctionKind};
use durable_core::registry::{ErasedActivity, Registration, Registry};
use durable_core::{ActivityContext, FailureDetails, FailureOrigin, Payload, RecordedVersion, Version};

type Answer = Arc<dyn Fn(&Payload) -> Result<Payload, FailureDetails> + Send + Sync>;

/// A replaced activity: tells how often it was called.
#[derive(Debug, Clone)]
pub struct Mocked(Arc<AtomicUsize>);

impl Mocked {
    /// Returns how often the activity was called so far.
    pub fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

/// The replaced activities of an app, by name and version. Shared state of the app's worker.
#[derive(Default)]
pub(super) struct Mocks(Mutex<BTreeMap<(String, Version), Answer>>);

impl Mocks {
    pub(super) fn add<F: ActivityFunction>(
        &self,
        answer: impl Fn(F::Input) -> Result<F::Output, F::Error> + Send + Sync + 'static,
    ) -> Mocked {
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&calls);
        let answer: Answer = Arc::new(move |input| {
            counted.fetch_add(1, Ordering::SeqCst);
            durable_core::__private::answer_mock::<F>(input, &answer)
        });
        self.map().insert((F::NAME.to_owned(), F::VERSION), answer);
        Mocked(calls)
    }

    /// Returns a registry in which the replaced activities run their closures.
    pub(super) fn apply(&self, registry: &Registry) -> Registry {
        let map = self.map();
        registry.with_rows_changed(|row| {
            let mocked =
                row.kind() == FunctionKind::Activity && map.contains_key(&(row.name.to_owned(), row.version));
            if mocked {
                Registration {
                    runner: Runner::Activity(ActivityRunner::Async(run_mock)),
                    states: &[],
                    ..row
                }
            } else {
                row
            }
        })
    }

    fn get(&self, name: &str, version: &RecordedVersion) -> Option<Answer> {
        self.map().get(&(name.to_owned(), version.known()?)).cloned()
    }

    fn map(&self) -> MutexGuard<'_, BTreeMap<(String, Version), Answer>> {
        // Single insertions: a panic cannot leave the map broken.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Mocks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.map().keys()).finish()
    }
}

/// The runner of every replaced activity: a registry's rows hold no closures, so it finds the closure by the name.
fn run_mock(ctx: ActivityContext, input: Payload) -> ErasedActivity {
    Box::pin(async move {
        let info = ctx.info();
        let answer = ctx
            .try_state::<Arc<Mocks>>()
            .and_then(|mocks| mocks.get(info.name.as_str(), &info.version));
        match answer {
            Some(answer) => answer(&input),
            None => Err(FailureDetails::new(
                FailureOrigin::Infrastructure,
                "MissingMock",
                "the mock is gone",
            )),
        }
    })
}
