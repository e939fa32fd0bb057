//! Which control queues a worker may listen to (section 3 of the specification, without balance).

use std::io;
use std::time::{Duration, SystemTime};

use super::hub::ForeignHub;
use super::row::put_date;
use crate::date;
use crate::tables::{self, Columns, text};

/// How long a claim holds without a renewal.
const LEASE: Duration = Duration::from_secs(30);

/// Looks at all rows once: claims what is free or has expired, renews what is `me`'s, and lets go of what somebody else
/// wants. Returns the queues that are `me`'s now.
pub(super) async fn pass(hub: &ForeignHub, me: &str) -> io::Result<Vec<String>> {
    let now = SystemTime::now();
    let mut mine = Vec::new();
    for row in hub.partition_rows().await? {
        let Some(next) = next(&row, me, now) else {
            continue;
        };
        let owned = text(&next, "CurrentOwner") == Some(me);
        if replace(hub, &row, &next).await? && owned {
            mine.extend(text(&row, "RowKey").map(str::to_owned));
        }
    }
    Ok(mine)
}

/// Gives back all that is `me`'s.
pub(super) async fn release(hub: &ForeignHub, me: &str) -> io::Result<()> {
    for row in hub.partition_rows().await? {
        if text(&row, "CurrentOwner") == Some(me) {
            replace(hub, &row, &released(&row)).await?;
        }
    }
    Ok(())
}

/// What becomes of a row. `None` if it is left as it is.
fn next(row: &Columns, me: &str, now: SystemTime) -> Option<Columns> {
    let (owner, thief) = (text(row, "CurrentOwner"), text(row, "NextOwner"));
    let expired = text(row, "ExpiresAt").is_some_and(|date| !date::is_before(&date::net(now), date));
    match (owner, thief) {
        (Some(owner), None) if owner == me && !expired => Some(renewed(row, now)),
        (Some(owner), Some(_)) if owner == me && !expired => Some(released(row)),
        (None, None) => Some(claimed(row, me, now)),
        (None, Some(thief)) if thief == me => Some(claimed(row, me, now)),
        _ if expired => Some(claimed(row, me, now)),
        _ => None,
    }
}

fn claimed(row: &Columns, me: &str, now: SystemTime) -> Columns {
    let mut next = renewed(row, now);
    next.remove("NextOwner");
    next.insert("CurrentOwner".to_owned(), me.into());
    put_date(&mut next, "OwnedSince", &date::net(now));
    next
}

fn renewed(row: &Columns, now: SystemTime) -> Columns {
    let mut next = row.clone();
    put_date(&mut next, "LastRenewal", &date::net(now));
    put_date(&mut next, "ExpiresAt", &date::net(now + LEASE));
    next.insert("IsDraining".to_owned(), false.into());
    next
}

fn released(row: &Columns) -> Columns {
    let mut next = row.clone();
    next.remove("CurrentOwner");
    next.insert("IsDraining".to_owned(), false.into());
    next
}

/// Writes a row if it is still what was read. Returns whether it was.
async fn replace(hub: &ForeignHub, row: &Columns, next: &Columns) -> io::Result<bool> {
    let mut next = next.clone();
    next.retain(|name, _| !name.starts_with("odata.") && !name.starts_with("Timestamp"));
    let path = tables::entity(
        &hub.partition_table(),
        "",
        text(row, "RowKey").unwrap_or_default(),
    );
    let body = serde_json::Value::Object(next).to_string();
    let replace =
        tables::ask_with("PUT", &path, &body).header("If-Match", text(row, "odata.etag").unwrap_or_default());
    Ok(tables::expect(replace.send(hub.account()).await?, &[204, 412])?.status == 204)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Owner and thief after a pass by `a` over a row of these, which expires in so many seconds.
    fn passed(owner: Option<&str>, thief: Option<&str>, expires: Option<i64>) -> Option<[Option<String>; 2]> {
        let now = SystemTime::now();
        let mut row = Columns::new();
        let columns = [("CurrentOwner", owner), ("NextOwner", thief)];
        row.extend(
            columns
                .into_iter()
                .filter_map(|(name, value)| Some((name.to_owned(), value?.into()))),
        );
        if let Some(seconds) = expires {
            let far = Duration::from_secs(seconds.unsigned_abs());
            let time = if seconds < 0 { now - far } else { now + far };
            put_date(&mut row, "ExpiresAt", &date::net(time));
        }
        let next = next(&row, "a", now)?;
        Some(["CurrentOwner", "NextOwner"].map(|name| text(&next, name).map(str::to_owned)))
    }

    #[test]
    fn what_is_free_or_expired_is_claimed_and_what_is_wanted_is_let_go() {
        let owned_by_a = Some([Some("a".to_owned()), None]);
        assert_eq!(passed(None, None, None), owned_by_a);
        assert_eq!(passed(Some("b"), None, Some(-1)), owned_by_a);
        assert_eq!(passed(Some("b"), Some("c"), Some(-1)), owned_by_a);
        assert_eq!(passed(None, Some("a"), Some(9)), owned_by_a);
        assert_eq!(passed(Some("a"), None, Some(9)), owned_by_a);
        assert_eq!(
            passed(Some("a"), Some("b"), Some(9)),
            Some([None, Some("b".to_owned())])
        );
        assert_eq!(passed(Some("b"), None, Some(9)), None);
        assert_eq!(passed(Some("b"), Some("a"), Some(9)), None);
        assert_eq!(passed(None, Some("b"), Some(9)), None);
    }
}
