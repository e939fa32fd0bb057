//! The stretches of the indexes that a listing is put together from.

use durable_core::hub::InstanceQuery;
use rusqlite::{CachedStatement, Rows, params};

use super::place::{Order, Span};
use crate::error::StoreError;

/// The statement of a stretch, for either order. A place is compared as a whole, so that a page begins in the index where
/// the one before has ended.
macro_rules! stretch {
    (oldest first, $select:literal, $created:literal, $id:literal, $also:literal) => {
        concat!(
            $select,
            " AND (",
            $created,
            ", ",
            $id,
            ") > (?3, ?4) AND ",
            $created,
            " < ?5",
            $also,
            " ORDER BY ",
            $created,
            ", ",
            $id
        )
    };
    (newest first, $select:literal, $created:literal, $id:literal, $also:literal) => {
        concat!(
            $select,
            " AND (",
            $created,
            ", ",
            $id,
            ") < (?3, ?4) AND ",
            $created,
            " >= ?5",
            $also,
            " ORDER BY ",
            $created,
            " DESC, ",
            $id,
            " DESC"
        )
    };
}

/// The statements of one kind of stretch, in both orders.
macro_rules! both_orders {
    ($select:literal, $created:literal, $id:literal, $also:literal) => {
        [
            stretch!(oldest first, $select, $created, $id, $also),
            stretch!(newest first, $select, $created, $id, $also),
        ]
    };
}

/// One function in one state.
pub(super) const STRETCH: [&str; 2] = both_orders!(
    "SELECT created, id FROM instance INDEXED BY instance_listing WHERE code = ?1 AND status = ?2",
    "created",
    "id",
    ""
);

/// The same, of those that ended between two moments. No index knows when: it is read of each one.
pub(super) const ENDED: [&str; 2] = both_orders!(
    "SELECT created, id FROM instance INDEXED BY instance_listing WHERE code = ?1 AND status = ?2",
    "created",
    "id",
    " AND created + ended >= ?6 AND created + ended < ?7"
);

/// The same, of those that have a tag. Of each, two indexes are read, and no row.
pub(super) const STRETCH_TAGGED: [&str; 2] = both_orders!(
    "SELECT i.created, i.id FROM instance i INDEXED BY instance_listing WHERE i.code = ?1 AND i.status = ?2",
    "i.created",
    "i.id",
    " AND EXISTS (SELECT 1 FROM tag
          WHERE tag.name = ?6 AND tag.value = ?7 AND tag.created = i.created AND tag.instance = i.id)"
);

/// The instances with a tag.
pub(super) const TAGGED: [&str; 2] = both_orders!(
    "SELECT created, instance FROM tag WHERE name = ?1 AND value = ?2",
    "created",
    "instance",
    ""
);

/// What one statement is to read.
#[derive(Clone, Copy)]
pub(super) enum Bounds<'a> {
    /// A function and a state.
    Stretch(i64, i64),
    /// The same, and between which moments it ended.
    Ended(i64, i64, i64, i64),
    /// The same, with a tag and its value.
    StretchTagged(i64, i64, &'a str, &'a str),
    /// A tag and its value.
    Tag(&'a str, &'a str),
}

impl Bounds<'_> {
    pub(super) fn sql(self, order: Order) -> &'static str {
        let [oldest_first, newest_first] = match self {
            Self::Stretch(..) => STRETCH,
            Self::Ended(..) => ENDED,
            Self::StretchTagged(..) => STRETCH_TAGGED,
            Self::Tag(..) => TAGGED,
        };
        match order {
            Order::OldestFirst => oldest_first,
            Order::NewestFirst => newest_first,
        }
    }

    /// Returns whether all that is read matches the query.
    pub(super) fn say_all_of(self, query: &InstanceQuery, only_ended: bool) -> bool {
        let of_these = match self {
            Self::Stretch(..) | Self::Ended(..) => query.tags.is_empty(),
            Self::StretchTagged(..) => query.tags.len() == 1,
            Self::Tag(..) => query.tags.len() == 1 && super::is_any(query, only_ended),
        };
        of_these && query.id_prefix.is_none() && query.blocked.is_none() && query.stalled.is_none()
    }

    pub(super) fn read<'s>(
        self,
        statement: &'s mut CachedStatement<'_>,
        span: Span,
    ) -> Result<Rows<'s>, StoreError> {
        let (created, id, end) = (span.after.created, span.after.id, span.end);
        Ok(match self {
            Self::Stretch(code, status) => statement.query(params![code, status, created, id, end])?,
            Self::Ended(code, status, from, until) => {
                statement.query(params![code, status, created, id, end, from, until])?
            }
            Self::StretchTagged(code, status, name, value) => {
                statement.query(params![code, status, created, id, end, name, value])?
            }
            Self::Tag(name, value) => statement.query(params![name, value, created, id, end])?,
        })
    }
}
