//! Which instances match a query, in the order of a listing: by time of start, then by number, or the
//! other way round.
//!
//! Each pair of a function and a state is a stretch of an index that is in this order already. The stretches that a query
//! asks for are read side by side, and the first of their heads is next. Those who have a tag are such a stretch, too, and
//! what is little by its nature is collected first (`few`). What the index does not say is looked up for each instance in its
//! turn, so that nothing is looked up behind the end of the page.

mod bounds;
mod few;
mod place;

use durable_core::Timestamp;
use durable_core::hub::{HubError, InstanceQuery, InstanceStatus};
use rusqlite::{Connection, Rows, named_params};

use self::bounds::Bounds;
pub(crate) use self::place::Place;
use self::place::Span;
use crate::error::{StoreError, invalid};
use crate::instance::status_number;
use crate::record::stalled_since;
use crate::tx::rows;

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
    let span = Span::of(query)?;
    let collected = few::candidates(conn, query, now, span.order)?;
    let bounds = match &collected {
        Some(_) => Vec::new(),
        None => bounds(conn, query, &filter)?,
    };
    let looks_up = collected.is_some() || bounds.iter().any(|own| !own.say_all_of(query, only_ended));
    let statements = bounds.iter().map(|own| conn.prepare_cached(own.sql(span.order)));
    let mut statements = statements.collect::<rusqlite::Result<Vec<_>>>()?;
    let mut heads = Vec::new();
    if let Some(collected) = &collected {
        let from = collected.partition_point(|place| span.order.compare(*place, span.after).is_le());
        heads.extend(Head::of(Rest::Collected(collected[from..].iter()))?);
    }
    for (statement, bounds) in statements.iter_mut().zip(&bounds) {
        heads.extend(Head::of(Rest::Rows(bounds.read(statement, span)?))?);
    }
    let mut found = Vec::new();
    while found.len() < limit
        && let Some(first) =
            (0..heads.len()).min_by(|a, b| span.order.compare(heads[*a].place, heads[*b].place))
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

/// Returns the states that a query asks for, each once.
fn wanted(query: &InstanceQuery, only_ended: bool) -> impl Iterator<Item = InstanceStatus> {
    let only_ended = only_ended || query.ended_from.is_some() || query.ended_before.is_some();
    InstanceStatus::ALL.into_iter().filter(move |status| {
        (query.statuses.is_empty() || query.statuses.contains(status)) && (!only_ended || status.is_ended())
    })
}

/// Returns what is to be read: those who have a tag, or each function in each state, whichever are fewer.
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
    let tag = query
        .tags
        .first_key_value()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    if let Some((name, value)) = tag
        && (is_any(query, filter.only_ended) || few::has_fewer(conn, (name, value), &stretches)?)
    {
        return Ok(vec![Bounds::Tag(name, value)]);
    }
    let ended = query.ended_from.is_some() || query.ended_before.is_some();
    let bounds = stretches.into_iter().map(|(code, status)| match tag {
        _ if ended => {
            let from = query.ended_from.map_or(i64::MIN, Timestamp::as_micros);
            let before = query.ended_before.map_or(i64::MAX, Timestamp::as_micros);
            Bounds::Ended(code, status, from, before)
        }
        Some((name, value)) => Bounds::StretchTagged(code, status, name, value),
        None => Bounds::Stretch(code, status),
    });
    Ok(bounds.collect())
}

/// Returns whether a query takes every function in every state.
fn is_any(query: &InstanceQuery, only_ended: bool) -> bool {
    let of_state = only_ended || query.ended_from.is_some() || query.ended_before.is_some();
    !of_state && query.statuses.is_empty() && query.names.is_empty() && query.versions.is_empty()
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
            place: Place { created: 0, id: 0 },
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
