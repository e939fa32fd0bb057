//! One request to the writer that changes the file, with the answer it waits for.

use durable_core::hub::{HubError, HubErrorKind};
use tokio::sync::oneshot;

use crate::error::StoreError;
use crate::tx::Tx;

/// How an operation went.
#[derive(Debug)]
pub(crate) enum Step {
    /// It is part of the transaction.
    Accepted,
    /// It must be rolled back; the others are not concerned.
    Refused,
    /// The transaction is lost, and with it all of its operations.
    Fatal(String),
}

/// A request that runs in the writer's transaction.
pub(crate) trait Operation: Send {
    /// Runs it and keeps the outcome.
    fn run(&mut self, tx: &mut Tx<'_>) -> Step;

    /// Answers with the outcome, after the transaction was stored.
    fn answer(self: Box<Self>);

    /// Answers that the transaction was not stored.
    fn fail(self: Box<Self>, kind: HubErrorKind, message: &str);
}

/// An operation made of a function.
pub(crate) struct Call<F, T> {
    work: Option<F>,
    outcome: Option<Result<T, StoreError>>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<F, T> Call<F, T>
where
    F: FnOnce(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    T: Send + 'static,
{
    pub(crate) fn prepare(work: F) -> (Box<dyn Operation>, oneshot::Receiver<Result<T, StoreError>>) {
        let (reply, answer) = oneshot::channel();
        let call = Self {
            work: Some(work),
            outcome: None,
            reply,
        };
        (Box::new(call), answer)
    }
}

impl<F, T> Operation for Call<F, T>
where
    F: FnOnce(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    T: Send + 'static,
{
    fn run(&mut self, tx: &mut Tx<'_>) -> Step {
        let Some(work) = self.work.take() else {
            return Step::Refused;
        };
        let outcome = work(tx);
        let step = match &outcome {
            Ok(_) => Step::Accepted,
            Err(error) => error
                .fatal()
                .map_or(Step::Refused, |error| Step::Fatal(error.to_string())),
        };
        self.outcome = Some(outcome);
        step
    }

    fn answer(self: Box<Self>) {
        if let Some(outcome) = self.outcome {
            // Whoever asked may be gone; what was stored is stored.
            let _ = self.reply.send(outcome);
        }
    }

    fn fail(self: Box<Self>, kind: HubErrorKind, message: &str) {
        let _ = self.reply.send(Err(HubError::new(kind, message).into()));
    }
}
