//! The instances of a hub, page by page, each with its history.

use std::collections::VecDeque;

use crate::hub::{
    HubError, HubErrorKind, InstanceQuery, InstanceRecord, InstanceStatus, LoadedHistory, TaskHub,
};
use crate::replay_check::Selection;
use crate::version::RecordedVersion;

/// How many records are held at a time.
const PAGE: usize = 200;

/// How often an instance that keeps going on to its next execution is looked at.
const LOOKS_MAX: usize = 5;

/// A listing under way.
pub(crate) struct Listing<'a> {
    hub: &'a dyn TaskHub,
    query: InstanceQuery,
    page: VecDeque<InstanceRecord>,
    ended: bool,
}

/// What was read of an instance.
pub(crate) enum Read {
    /// The instance and the history of its current execution.
    Instance(Box<InstanceRecord>, LoadedHistory),
    /// What is stored of it cannot be read.
    Unreadable(Box<InstanceRecord>, HubError),
    /// It was removed, has left the chosen states, or went on faster than it could be read.
    Gone,
}

impl<'a> Listing<'a> {
    pub(crate) fn new(hub: &'a dyn TaskHub, selection: &Selection, statuses: Vec<InstanceStatus>) -> Self {
        // What starts from now on would let a busy hub be listed for ever.
        let now = hub.clock().now();
        let query = InstanceQuery {
            names: selection.names.clone(),
            versions: selection
                .versions
                .iter()
                .map(|&own| RecordedVersion::Known(own))
                .collect(),
            statuses,
            created_before: Some(now.saturating_add(std::time::Duration::from_micros(1))),
            id_prefix: selection.id_prefix.clone(),
            page_size: Some(PAGE),
            ..InstanceQuery::default()
        };
        Self {
            hub,
            query,
            page: VecDeque::new(),
            ended: false,
        }
    }

    /// Returns the next instance.
    pub(crate) async fn next(&mut self) -> Result<Option<InstanceRecord>, HubError> {
        while self.page.is_empty() && !self.ended {
            let page = self.hub.query(self.query.clone()).await?;
            self.ended = page.next.is_none();
            self.query.after = page.next;
            self.page = page.items.into();
        }
        Ok(self.page.pop_front())
    }

    /// Reads the history of a listed instance; of its present execution, if it went on since.
    pub(crate) async fn read(&self, mut record: InstanceRecord) -> Result<Read, HubError> {
        for _ in 0..LOOKS_MAX {
            match self.hub.history(&record.instance, Some(&record.execution)).await {
                Ok(Some(history)) => return Ok(Read::Instance(Box::new(record), history)),
                Ok(None) => {}
                Err(error) if is_of_content(error.kind()) => {
                    return Ok(Read::Unreadable(Box::new(record), error));
                }
                Err(error) => return Err(error),
            }
            match self.hub.get(&record.instance).await? {
                Some(present) if self.query.statuses.contains(&present.status) => record = present,
                Some(_) | None => return Ok(Read::Gone),
            }
        }
        Ok(Read::Gone)
    }
}

/// Returns whether the error is about what is stored, and not about reaching it.
fn is_of_content(kind: HubErrorKind) -> bool {
    match kind {
        HubErrorKind::Corrupt | HubErrorKind::Invalid => true,
        HubErrorKind::Unavailable
        | HubErrorKind::NotFound
        | HubErrorKind::Conflict
        | HubErrorKind::Closed
        | HubErrorKind::Unsupported
        | HubErrorKind::Denied => false,
    }
}
