//! The newest instances first, of hubs that list the oldest first.
//!
//! A hub lists in the order of the times of start and is asked for a span of them. So the newest are looked for in a span that
//! ends at the cursor and grows as long as too few are in it, and shrinks if too many are. Each look reads no more than a page.

use std::time::Duration;

use durable_core::Timestamp;
use durable_core::hub::{HubError, InstanceQuery, InstanceRecord, Page, PageToken, TaskHub};

/// By how much the clock of whoever started an instance may be ahead of the hub's.
const AHEAD: Duration = Duration::from_mins(5);

/// How far back the first look goes.
const FIRST_LOOK: Duration = Duration::from_mins(6);

/// By how much the next look goes further back, as long as no look has found too many.
const GROWTH: u32 = 8;

/// And after one has.
const SLOW_GROWTH: u32 = 2;

/// Where a listing goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cursor {
    /// Before this moment.
    Before(Timestamp),
    /// With further ones of this moment: as many as a page were started at once.
    Within(Timestamp, PageToken),
    /// Where a hub goes on that does not list by time.
    After(PageToken),
}

/// What was found.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) items: Vec<InstanceRecord>,
    pub(crate) next: Option<Cursor>,
}

impl Cursor {
    /// Writes it for an answer.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Before(moment) => format!("b{}", moment.as_micros()),
            Self::Within(moment, PageToken(token)) => format!("w{}.{token}", moment.as_micros()),
            Self::After(PageToken(token)) => format!("a{token}"),
        }
    }

    /// Reads what [`text`](Self::text) has written.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let moment = |text: &str| text.parse().ok().map(Timestamp::from_micros);
        let (kind, rest) = text.split_at_checked(1)?;
        match kind {
            "b" => moment(rest).map(Self::Before),
            "w" => {
                let (at, token) = rest.split_once('.')?;
                Some(Self::Within(moment(at)?, PageToken(token.to_owned())))
            }
            "a" => Some(Self::After(PageToken(rest.to_owned()))),
            _ => None,
        }
    }
}

/// Finds up to `count` instances, the newest first. Fewer do not mean that there are no more: `next` does.
pub(crate) async fn newest(
    hub: &dyn TaskHub,
    query: InstanceQuery,
    count: usize,
    cursor: Option<Cursor>,
) -> Result<Found, HubError> {
    let search = Search { hub, query, count };
    let end = match cursor {
        Some(Cursor::Within(moment, token)) => return search.same_moment(moment, Some(token)).await,
        Some(Cursor::Before(moment)) => moment,
        Some(Cursor::After(_)) | None => {
            let latest = hub.clock().now() + AHEAD;
            search
                .query
                .created_before
                .map_or(latest, |before| before.min(latest))
        }
    };
    search.before(end).await
}

struct Search<'a> {
    hub: &'a dyn TaskHub,
    query: InstanceQuery,
    count: usize,
}

impl Search<'_> {
    async fn before(&self, end: Timestamp) -> Result<Found, HubError> {
        let mut found = Found {
            items: Vec::new(),
            next: None,
        };
        // What is not there need not be looked for: the oldest one ends the search.
        let Some(oldest) = self.page(self.query.created_from, end, 1).await?.items.pop() else {
            return Ok(found);
        };
        let oldest = oldest.created_at;
        let (mut end, mut reach, mut growth) = (end, FIRST_LOOK, GROWTH);
        // Half a page will do: the last few would need more looks than they are worth.
        while end > oldest && found.items.len() * 2 < self.count {
            let wanted = self.count - found.items.len();
            let begin = back(end, reach).max(oldest);
            let page = self.page(Some(begin), end, wanted + 1).await?;
            if page.items.len() <= wanted {
                found.items.extend(page.items.into_iter().rev());
                (end, reach) = (begin, reach.saturating_mul(growth));
                continue;
            }
            growth = SLOW_GROWTH;
            let span = end.saturating_since(begin);
            if span > Duration::from_micros(1) {
                reach = span / 2;
            } else if found.items.is_empty() {
                // So many of one moment cannot be told apart by time.
                return self.same_moment(begin, None).await;
            } else {
                break;
            }
        }
        found.next = (end > oldest).then_some(Cursor::Before(end));
        Ok(found)
    }

    /// Those of one moment, in the order of the hub.
    async fn same_moment(&self, moment: Timestamp, after: Option<PageToken>) -> Result<Found, HubError> {
        let query = InstanceQuery {
            created_from: Some(moment),
            created_before: Some(moment + Duration::from_micros(1)),
            page_size: Some(self.count),
            after,
            ..self.query.clone()
        };
        let page = self.hub.query(query).await?;
        let next = match page.next {
            Some(token) => Cursor::Within(moment, token),
            None => Cursor::Before(moment),
        };
        Ok(Found {
            items: page.items,
            next: Some(next),
        })
    }

    async fn page(
        &self,
        from: Option<Timestamp>,
        before: Timestamp,
        size: usize,
    ) -> Result<Page<InstanceRecord>, HubError> {
        let query = InstanceQuery {
            created_from: from,
            created_before: Some(before),
            page_size: Some(size),
            ..self.query.clone()
        };
        self.hub.query(query).await
    }
}

fn back(moment: Timestamp, span: Duration) -> Timestamp {
    let micros = i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
    Timestamp::from_micros(moment.as_micros().saturating_sub(micros))
}
