//! For tests: an account whose answers are written down, in virtual time.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use durable_core::Timestamp;
use durable_core::random::Entropy;
use durable_testkit::ManualClock;
use hyper::HeaderMap;
use tokio::runtime::Handle;

use super::account::Account;
use super::exchange::{Answer, Exchange, ExchangeError, ExchangeFuture, Wire};
use super::retry::RetrySettings;
use super::storage::Storage;

/// What happens to a request.
pub(crate) enum Step {
    Answer(Answer),
    NoConnection,
    Broken,
    /// There is never an answer.
    Silence,
    TooLarge,
}

/// A request that was sent.
#[derive(Clone)]
pub(crate) struct Sent {
    pub(crate) method: String,
    pub(crate) address: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
}

impl Sent {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(other, _)| *other == name);
        found.map(|(_, value)| value.as_str())
    }
}

#[derive(Default)]
pub(crate) struct Script {
    steps: Mutex<VecDeque<Step>>,
    sent: Mutex<Vec<Sent>>,
}

impl std::fmt::Debug for Script {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Script")
    }
}

impl Script {
    /// Returns what was sent until now.
    pub(crate) fn sent(&self) -> Vec<Sent> {
        self.sent.lock().unwrap().clone()
    }

    pub(crate) fn addresses(&self) -> Vec<String> {
        self.sent().into_iter().map(|sent| sent.address).collect()
    }
}

impl Exchange for Script {
    fn exchange(&self, wire: Wire) -> ExchangeFuture<'_> {
        self.sent.lock().unwrap().push(Sent {
            method: wire.method.to_string(),
            address: wire.address,
            headers: wire.headers,
            body: String::from_utf8_lossy(&wire.body).into_owned(),
        });
        let step = self.steps.lock().unwrap().pop_front();
        Box::pin(async move {
            match step.expect("a request too many") {
                Step::Answer(answer) => Ok(answer),
                Step::NoConnection => Err(ExchangeError::NoConnection("refused by the test".into())),
                Step::Broken => Err(ExchangeError::Broken("broken by the test".into())),
                Step::TooLarge => Err(ExchangeError::TooLarge),
                Step::Silence => std::future::pending().await,
            }
        })
    }
}

/// Draws the greatest number: pauses are as long as they can be.
#[derive(Debug)]
struct Highest;

impl Entropy for Highest {
    fn draw(&self) -> u128 {
        u128::MAX
    }
}

/// 2026-11-21T01:43:00Z.
pub(crate) const NOW: i64 = 1_795_225_380_000_000;

/// Opens an account that answers so, one request after the other.
pub(crate) fn account(account: &Account, steps: impl IntoIterator<Item = Step>) -> (Storage, Arc<Script>) {
    patient(account, RetrySettings::default(), steps)
}

/// As [`account`], with other settings.
pub(crate) fn patient(
    account: &Account,
    settings: RetrySettings,
    steps: impl IntoIterator<Item = Step>,
) -> (Storage, Arc<Script>) {
    let script = Arc::new(Script::default());
    script.steps.lock().unwrap().extend(steps);
    let clock = ManualClock::starting_at(Timestamp::from_micros(NOW));
    let storage = Storage::assemble(
        account,
        settings,
        Arc::clone(&script) as Arc<dyn Exchange>,
        (Arc::new(clock), Arc::new(Highest)),
        Handle::current(),
    );
    (storage, script)
}

/// Opens the emulator.
pub(crate) fn emulator(steps: impl IntoIterator<Item = Step>) -> (Storage, Arc<Script>) {
    let emulator = Account::from_connection_string("UseDevelopmentStorage=true").unwrap();
    account(&emulator, steps)
}

pub(crate) fn answer(status: u16, headers: &[(&'static str, &str)], body: &str) -> Step {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.insert(*name, value.parse().unwrap());
    }
    Step::Answer(Answer {
        status,
        headers: map,
        body: body.to_owned().into(),
    })
}

/// An answer with nothing but its status and the service's code.
pub(crate) fn refusal(status: u16, code: &str) -> Step {
    answer(status, &[("x-ms-error-code", code)], "")
}
