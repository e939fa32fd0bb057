//! Places in a listing, and the part of one that a query asks for.

use std::cmp::Ordering;

use durable_core::Timestamp;
use durable_core::hub::{HubError, InstanceQuery, PageToken};
use rusqlite::Row;

use crate::error::invalid;

/// Where an instance stands in a listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) created: i64,
    pub(crate) id: i64,
}

impl Place {
    /// Before every instance.
    const FIRST: Self = Self {
        created: i64::MIN,
        id: i64::MIN,
    };

    /// Behind every instance.
    const LAST: Self = Self {
        created: i64::MAX,
        id: i64::MAX,
    };

    /// Before all that were started at a moment.
    fn at(moment: Timestamp) -> Self {
        Self {
            created: moment.as_micros(),
            id: i64::MIN,
        }
    }

    /// Returns the token of the page after this place.
    pub(crate) fn token(self) -> PageToken {
        PageToken(format!("{}.{}", self.created, self.id))
    }

    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            created: row.get(0)?,
            id: row.get(1)?,
        })
    }

    pub(super) fn of_token(token: &PageToken) -> Result<Self, HubError> {
        let parts = token.0.split_once('.');
        let place = parts.and_then(|(created, id)| {
            Some(Self {
                created: created.parse().ok()?,
                id: id.parse().ok()?,
            })
        });
        place.ok_or_else(|| invalid(format!("`{}` is not a page token of this hub", token.0)))
    }
}

/// In which order a listing goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    OldestFirst,
    NewestFirst,
}

impl Order {
    pub(super) fn of(query: &InstanceQuery) -> Self {
        if query.newest_first {
            Self::NewestFirst
        } else {
            Self::OldestFirst
        }
    }

    /// Compares two places: the lesser comes first.
    pub(super) fn compare(self, a: Place, b: Place) -> Ordering {
        match self {
            Self::OldestFirst => a.cmp(&b),
            Self::NewestFirst => b.cmp(&a),
        }
    }
}

/// The part of a listing that a query asks for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    pub(super) order: Order,
    /// Behind this place, in the order of the listing.
    pub(super) after: Place,
    /// Up to a moment of start: exclusive with the oldest first, inclusive with the newest first.
    pub(super) end: i64,
}

impl Span {
    pub(super) fn of(query: &InstanceQuery) -> Result<Self, HubError> {
        let token = query.after.as_ref().map(Place::of_token).transpose()?;
        let (from, before) = (query.created_from, query.created_before);
        let order = Order::of(query);
        let (after, end) = match order {
            Order::OldestFirst => (
                token.max(from.map(Place::at)).unwrap_or(Place::FIRST),
                before.map_or(i64::MAX, Timestamp::as_micros),
            ),
            Order::NewestFirst => (
                token
                    .into_iter()
                    .chain(before.map(Place::at))
                    .min()
                    .unwrap_or(Place::LAST),
                from.map_or(i64::MIN, Timestamp::as_micros),
            ),
        };
        Ok(Self { order, after, end })
    }
}
