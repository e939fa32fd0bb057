//! Listing instances.

use super::{Client, ClientError};
use crate::function::NamesOrchestrator;
use crate::hub::{InstanceQuery, InstanceRecord, InstanceStatus, Page, PageToken, PurgeReport};
use crate::name::NameError;
use crate::time::Timestamp;
use crate::version::Version;

/// A listing in the making: every filter that is set must match; repeated ones match any.
///
/// ```
/// # use durable_core::{Failure, client::Client};
/// # async fn example(client: &Client) -> Result<(), Failure> {
/// let stuck = client.query().name("checkout").version("1".parse()?).blocked().all().await?;
///
/// let mut next = None;
/// loop {
///     let page = client.query().tag("shop", "north").live().page_size(50).page(next).await?;
///     for record in &page.items {
///         println!("{} {}", record.instance, record.status);
///     }
///     next = page.next;
///     if next.is_none() {
///         break;
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "nothing is listed until `page`, `all` or `purge` is awaited"]
pub struct Query {
    client: Client,
    filter: InstanceQuery,
    /// The first name that is none.
    bad_name: Option<NameError>,
}

impl Query {
    pub(super) fn new(client: Client) -> Self {
        Self {
            client,
            filter: InstanceQuery::default(),
            bad_name: None,
        }
    }

    /// Lists instances of this orchestrator, in every version: `.name(checkout)`, `.name("checkout")`.
    ///
    /// A text that is no name is an error of what is awaited in the end.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a handle is a function: passing it by value reads best"
    )]
    pub fn name<Way>(mut self, orchestrator: impl NamesOrchestrator<Way>) -> Self {
        match orchestrator.to_wire_name() {
            Ok(name) => self.filter.names.push(name),
            Err(error) => self.bad_name = self.bad_name.or(Some(error)),
        }
        self
    }

    /// Lists instances of this version.
    pub fn version(mut self, version: Version) -> Self {
        self.filter.versions.push(version.into());
        self
    }

    /// Lists instances in this state.
    pub fn status(mut self, status: InstanceStatus) -> Self {
        self.filter.statuses.push(status);
        self
    }

    /// Lists instances that have not ended.
    pub fn live(mut self) -> Self {
        self.filter.statuses.extend(
            InstanceStatus::ALL
                .into_iter()
                .filter(|status| !status.is_ended()),
        );
        self
    }

    /// Lists instances with this tag.
    pub fn tag(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.filter.tags.insert(name.into(), value.into());
        self
    }

    /// Lists instances whose id starts with this text.
    pub fn id_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.filter.id_prefix = Some(prefix.into());
        self
    }

    /// Lists instances that were started in this span of time.
    pub fn created(mut self, span: std::ops::Range<Timestamp>) -> Self {
        (self.filter.created_from, self.filter.created_before) = (Some(span.start), Some(span.end));
        self
    }

    /// Lists instances that ended in this span of time.
    pub fn ended(mut self, span: std::ops::Range<Timestamp>) -> Self {
        (self.filter.ended_from, self.filter.ended_before) = (Some(span.start), Some(span.end));
        self
    }

    /// Lists blocked instances only.
    pub fn blocked(mut self) -> Self {
        self.filter.blocked = Some(true);
        self
    }

    /// Lists stalled instances only: no live worker has their version.
    pub fn stalled(mut self) -> Self {
        self.filter.stalled = Some(true);
        self
    }

    /// Sets how many records a page has at most.
    pub fn page_size(mut self, records: usize) -> Self {
        self.filter.page_size = Some(records.max(1));
        self
    }

    /// Returns one page: the first, or the one that a token leads to.
    pub async fn page(&self, after: Option<PageToken>) -> Result<Page<InstanceRecord>, ClientError> {
        let mut filter = self.filter()?;
        filter.after = after;
        Ok(self.client.hub.query(filter).await?)
    }

    /// Returns all that match, page by page.
    pub async fn all(&self) -> Result<Vec<InstanceRecord>, ClientError> {
        let (mut records, mut after) = (Vec::new(), None);
        loop {
            let mut page = self.page(after).await?;
            records.append(&mut page.items);
            after = page.next;
            if after.is_none() {
                return Ok(records);
            }
        }
    }

    /// Removes all that match and have ended, with their histories.
    ///
    /// ```
    /// # use durable_core::{Failure, client::Client};
    /// # async fn example(client: &Client) -> Result<(), Failure> {
    /// # use durable_core::Timestamp;
    /// # let (long_ago, last_month) = (Timestamp::from_micros(0), Timestamp::from_micros(1));
    /// let report = client.query().ended(long_ago..last_month).purge().await?;
    /// println!("{} instances removed", report.purged);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn purge(&self) -> Result<PurgeReport, ClientError> {
        let filter = self.filter()?;
        let mut total = PurgeReport::default();
        while !total.complete {
            let part = self.client.hub.purge_matching(filter.clone()).await?;
            total.purged += part.purged;
            total.complete = part.complete || part.purged == 0;
        }
        Ok(total)
    }

    fn filter(&self) -> Result<InstanceQuery, ClientError> {
        match &self.bad_name {
            Some(error) => Err(error.clone().into()),
            None => Ok(self.filter.clone()),
        }
    }
}
