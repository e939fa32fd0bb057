//! Starting many instances.

use super::{Client, ClientError, Run, Start};
use crate::function::DurableFunction;

/// The most starts that are under way at once: a bound on the memory of one request, and a group that one write to the
/// disk takes.
const GROUP_MAX: usize = 1_000;

impl Client {
    /// Starts many instances of one orchestrator, and answers for each at its place.
    ///
    /// They are sent in groups, so that hundreds share one write to the disk. Each start is one by itself: if one is
    /// refused, or its id is taken, the others are not concerned. The next group is made when the one before is stored, so
    /// that any number can be started in little memory, at the pace of the disk.
    ///
    /// ```
    #[doc = include_str!("../docs/handles.md")]
    /// # use durable_core::client::{Client, ClientError};
    /// # async fn example(client: &Client) -> Result<(), Failure> {
    /// let starts = (0..10_000_u64).map(|n| client.start(checkout, n).id(format!("order-{n}")));
    /// for run in client.start_many(starts).await {
    ///     match run {
    ///         Ok(run) => println!("{} runs", run.id()),
    ///         Err(ClientError::AlreadyExists(record)) => println!("{} was there before", record.instance),
    ///         Err(error) => return Err(error.into()),
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves what was sent: some may have been started, and the rest is not.
    pub async fn start_many<F, S>(&self, starts: S) -> Vec<Result<Run<F>, ClientError>>
    where
        F: DurableFunction,
        S: IntoIterator<Item = Start<F>, IntoIter: Send>,
    {
        let mut starts = starts.into_iter();
        let mut runs = Vec::with_capacity(starts.size_hint().0);
        loop {
            let group: Vec<_> = starts.by_ref().take(GROUP_MAX).map(Start::prepare).collect();
            if group.is_empty() {
                return runs;
            }
            let mut requests = Vec::with_capacity(group.len());
            let mut sent = Vec::with_capacity(group.len());
            for prepared in group {
                sent.push(prepared.map(|(sent, request)| {
                    requests.push(request);
                    sent
                }));
            }
            let mut outcomes = self.hub.start_many(requests).await.into_iter();
            for sent in sent {
                runs.push(sent.and_then(|sent| match outcomes.next() {
                    Some(outcome) => sent.answered(self.clone(), outcome?),
                    None => Err(unanswered()),
                }));
            }
        }
    }
}

fn unanswered() -> ClientError {
    use crate::hub::{HubError, HubErrorKind};
    HubError::new(
        HubErrorKind::Invalid,
        "the hub answered fewer starts than it was given",
    )
    .into()
}
