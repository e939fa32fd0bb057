//! Which instances match a query, in the order of a listing: by time of start, then by number.
//!
//! Each pair of a function and a state is a stretch of an index that is in this order already. The stretches that a query
//! asks for are read side by side, and the earliest of their heads is next. Those who have a tag are such a stretch, too, and
//! what is little by its nature is collected first (`few`). What the index does not say is looked up for each instance in its
//! turn, so that nothing is looked up behind the end of the page.

mod few;

use durable_core::Timestamp;
use durable_core::hub::{HubError, InstanceQuery, InstanceStatus, PageToken};
use rusqlite::{CachedStatement, Connection, Row, Rows, named_params, params};

use crate::error::{StoreError, invalid};
use crate::instance::status_number;
use crate::record::stalled_since;
use crate::tx::rows;

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

    /// Returns the token of the page after this place.
    pub(crate) fn token(self) -> PageToken {
        PageToken(format!("{}.{}", self.created, self.id))
    }

    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            created: row.get(0)?,
            id: row.get(1)?,
        })
    }

    fn of_token(token: &PageToken) -> Result<Self, HubError> {
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

/// One function in one state.
const STRETCH: &str = "SELECT created, id FROM instance INDEXED BY instance_listing
     WHERE code = ?1 AND status = ?2 AND (created, id) > (?3, ?4) AND created < ?5 ORDER BY created, id";

/// The same, of those that ended between two moments. No index knows when: it is read of each one.
const ENDED: &str = "SELECT created, id FROM instance INDEXED BY instance_listing
     WHERE code = ?1 AND status = ?2 AND (created, id) > (?3, ?4) AND created < ?5
       AND created + ended >= ?6 AND created + ended < ?7 ORDER BY created, id";

/// The instances with a tag.
const TAGGED: &str = "SELECT created, instance FROM tag
     WHERE name = ?1 AND value = ?2 AND (created, instance) > (?3, ?4) AND created < ?5 ORDER BY created, instance";

/// The functions that a query names.
const CODES: &str = "SELECT id FROM code
     WHERE kind = 0 AND (?1 IS NULL OR name IN (SELECT value FROM json_each(?1)))
       AND (?2 IS NULL OR version IN (SELECT value FROM json_each(?2)))";

/// Returns the instances that match, at most so many of them.
pub(crate) fn matching(
    conn: &Connection,
    query: &InstanceQuery,
    now: Timestamp,
    limit: usize,
    only_ended: bool,
) -> Result<Vec<Place>, StoreError> {
    let filter = Filter::of(query, only_ended)?;
    let (after, before) = span(query)?;
    let collected = few::candidates(conn, query, now)?;
    let bounds = match &collected {
        Some(_) => Vec::new(),
        None => bounds(conn, query, &filter)?,
    };
    let looks_up = collected.is_some() || bounds.iter().any(|own| !own.say_all_of(query, only_ended));
    let statements = bounds.iter().map(|own| conn.prepare_cached(own.sql()));
    let mut statements = statements.collect::<rusqlite::Result<Vec<_>>>()?;
    let mut heads = Vec::new();
    if let Some(collected) = &collected {
        let from = collected.partition_point(|place| *place <= after);
        heads.extend(Head::of(Rest::Collected(collected[from..].iter()))?);
    }
    for (statement, bounds) in statements.iter_mut().zip(&bounds) {
        heads.extend(Head::of(Rest::Rows(bounds.read(statement, after, before)?))?);
    }
    let mut found = Vec::new();
    while found.len() < limit
        && let Some(first) = (0..heads.len()).min_by_key(|at| heads[*at].place)
    {
        let place = heads[first].place;
        if !heads[first].advance()? {
            heads.swap_remove(first);
        }
        if !looks_up || filter.takes(conn, query, now, place.id)? {
            found.push(place);
        }
    }
    Ok(found)
}

/// Returns behind which place a query begins, and before which moment of start it ends.
fn span(query: &InstanceQuery) -> Result<(Place, i64), HubError> {
    let after = query.after.as_ref().map(Place::of_token).transpose()?;
    let from = query.created_from.map(|from| Place {
        created: from.as_micros(),
        id: i64::MIN,
    });
    let before = query.created_before.map_or(i64::MAX, Timestamp::as_micros);
    Ok((after.max(from).unwrap_or(Place::FIRST), before))
}

/// Returns the states that a query asks for, each once.
fn wanted(query: &InstanceQuery, only_ended: bool) -> impl Iterator<Item = InstanceStatus> {
    let only_ended = only_ended || query.ended_from.is_some() || query.ended_before.is_some();
    InstanceStatus::ALL.into_iter().filter(move |status| {
        (query.statuses.is_empty() || query.statuses.contains(status)) && (!only_ended || status.is_ended())
    })
}

/// Returns what is to be read: those who have a tag, or each function in each state, if that is not much.
fn bounds<'a>(
    conn: &Connection,
    query: &'a InstanceQuery,
    filter: &Filter,
) -> Result<Vec<Bounds<'a>>, StoreError> {
    let codes: Vec<i64> = rows(conn, CODES, (&filter.names, &filter.versions), |row| row.get(0))?;
    let statuses: Vec<i64> = wanted(query, filter.only_ended).map(status_number).collect();
    let pairs = codes
        .iter()
        .flat_map(|code| statuses.iter().map(|status| (*code, *status)));
    let stretches: Vec<(i64, i64)> = pairs.collect();
    if let Some((name, value)) = query.tags.first_key_value()
        && !few::are_few(conn, &stretches)?
    {
        return Ok(vec![Bounds::Tag(name, value)]);
    }
    let ended = query.ended_from.is_some() || query.ended_before.is_some();
    let bounds = stretches.into_iter().map(|(code, status)| {
        if ended {
            let from = query.ended_from.map_or(i64::MIN, Timestamp::as_micros);
            let before = query.ended_before.map_or(i64::MAX, Timestamp::as_micros);
            Bounds::Ended(code, status, from, before)
        } else {
            Bounds::Stretch(code, status)
        }
    });
    Ok(bounds.collect())
}

/// What one statement is to read.
#[derive(Clone, Copy)]
enum Bounds<'a> {
    /// A function and a state.
    Stretch(i64, i64),
    /// The same, and between which moments it ended.
    Ended(i64, i64, i64, i64),
    /// A tag and its value.
    Tag(&'a str, &'a str),
}

impl Bounds<'_> {
    fn sql(self) -> &'static str {
        match self {
            Self::Stretch(..) => STRETCH,
            Self::Ended(..) => ENDED,
            Self::Tag(..) => TAGGED,
        }
    }

    /// Returns whether all that is read matches the query.
    fn say_all_of(self, query: &InstanceQuery, only_ended: bool) -> bool {
        let of_these = match self {
            Self::Stretch(..) | Self::Ended(..) => query.tags.is_empty(),
            Self::Tag(..) => {
                let of_state = only_ended || query.ended_from.is_some() || query.ended_before.is_some();
                let of_code = !query.names.is_empty() || !query.versions.is_empty();
                query.tags.len() == 1 && !of_state && !of_code && query.statuses.is_empty()
            }
        };
        of_these && query.id_prefix.is_none() && query.blocked.is_none() && query.stalled.is_none()
    }

    fn read<'s>(
        self,
        statement: &'s mut CachedStatement<'_>,
        after: Place,
        before: i64,
    ) -> Result<Rows<'s>, StoreError> {
        let (created, id) = (after.created, after.id);
        Ok(match self {
            Self::Stretch(code, status) => statement.query(params![code, status, created, id, before])?,
            Self::Ended(code, status, from, until) => {
                statement.query(params![code, status, created, id, before, from, until])?
            }
            Self::Tag(name, value) => statement.query(params![name, value, created, id, before])?,
        })
    }
}

/// What is left of the candidates.
enum Rest<'a> {
    Rows(Rows<'a>),
    Collected(std::slice::Iter<'a, Place>),
}

/// What is next in a stretch.
struct Head<'a> {
    rest: Rest<'a>,
    place: Place,
}

impl<'a> Head<'a> {
    /// Returns nothing if the stretch is empty.
    fn of(rest: Rest<'a>) -> Result<Option<Self>, StoreError> {
        let mut head = Self {
            rest,
            place: Place::FIRST,
        };
        Ok(head.advance()?.then_some(head))
    }

    /// Returns whether there is a next one.
    fn advance(&mut self) -> Result<bool, StoreError> {
        let next = match &mut self.rest {
            Rest::Rows(rows) => rows.next()?.map(Place::read).transpose()?,
            Rest::Collected(places) => places.next().copied(),
        };
        self.place = next.unwrap_or(self.place);
        Ok(next.is_some())
    }
}

/// The lists of a query, as a statement takes them.
pub(crate) struct Filter {
    names: Option<String>,
    versions: Option<String>,
    statuses: Option<String>,
    tags: String,
    only_ended: bool,
}

impl Filter {
    pub(crate) fn of(query: &InstanceQuery, only_ended: bool) -> Result<Self, StoreError> {
        let statuses: Vec<i64> = query.statuses.iter().copied().map(status_number).collect();
        Ok(Self {
            names: list_json(&query.names)?,
            versions: list_json(&query.versions)?,
            statuses: list_json(&statuses)?,
            tags: json(&query.tags)?,
            only_ended,
        })
    }

    /// Returns whether one instance matches.
    pub(crate) fn takes(
        &self,
        conn: &Connection,
        query: &InstanceQuery,
        now: Timestamp,
        id: i64,
    ) -> Result<bool, StoreError> {
        // `?1` comes first, so that the fragment about stalled instances finds the present moment there.
        const SQL: &str = concat!(
            "SELECT 1 FROM instance i JOIN code c ON c.id = i.code
             WHERE ?1 IS NOT NULL AND i.id = :id
               AND (:names IS NULL OR c.name IN (SELECT value FROM json_each(:names)))
               AND (:versions IS NULL OR c.version IN (SELECT value FROM json_each(:versions)))
               AND (:statuses IS NULL OR i.status IN (SELECT value FROM json_each(:statuses)))
               AND (:created_from IS NULL OR i.created >= :created_from)
               AND (:created_before IS NULL OR i.created < :created_before)
               AND (:ended_from IS NULL OR i.created + i.ended >= :ended_from)
               AND (:ended_before IS NULL OR i.created + i.ended < :ended_before)
               AND (:prefix IS NULL OR :prefix =
                    substr(iif(typeof(i.text_id) = 'blob', lower(hex(i.text_id)), i.text_id), 1, length(:prefix)))
               AND (:blocked IS NULL OR (i.blocked IS NOT NULL) = :blocked)
               AND (NOT :only_ended OR i.ended IS NOT NULL)
               AND NOT EXISTS (SELECT 1 FROM json_each(:tags) wanted WHERE NOT EXISTS
                       (SELECT 1 FROM tag WHERE tag.name = wanted.key AND tag.value = wanted.value
                         AND tag.created = i.created AND tag.instance = i.id))
               AND (:stalled IS NULL OR ((",
            stalled_since!(),
            ") IS NOT NULL) = :stalled)"
        );
        let mut statement = conn.prepare_cached(SQL)?;
        let params = named_params! {
            ":id": id,
            ":names": self.names,
            ":versions": self.versions,
            ":statuses": self.statuses,
            ":created_from": query.created_from.map(Timestamp::as_micros),
            ":created_before": query.created_before.map(Timestamp::as_micros),
            ":ended_from": query.ended_from.map(Timestamp::as_micros),
            ":ended_before": query.ended_before.map(Timestamp::as_micros),
            ":prefix": query.id_prefix,
            ":blocked": query.blocked,
            ":only_ended": self.only_ended,
            ":tags": self.tags,
            ":stalled": query.stalled,
        };
        for (name, value) in params {
            if let Some(at) = statement.parameter_index(name)? {
                statement.raw_bind_parameter(at, value)?;
            }
        }
        statement.raw_bind_parameter(1, now.as_micros())?;
        Ok(statement.raw_query().next()?.is_some())
    }
}

/// Returns a list as JSON, or nothing if it is empty and so matches everything.
fn list_json<T: serde::Serialize>(list: &[T]) -> Result<Option<String>, HubError> {
    if list.is_empty() {
        Ok(None)
    } else {
        json(&list).map(Some)
    }
}

fn json<T: serde::Serialize>(value: &T) -> Result<String, HubError> {
    serde_json::to_string(value).map_err(|error| invalid(format!("a filter of the query: {error}")))
}

#[cfg(test)]
mod tests;
