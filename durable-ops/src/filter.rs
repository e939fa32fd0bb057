//! Which instances are meant: the filters of `list` and `purge`.

use clap::Args;
use durable_core::hub::{InstanceQuery, InstanceStatus};
use durable_core::{RecordedVersion, Timestamp, WireName};

use crate::moment::{self, Moment};

/// Every filter that is given must match; one that is given several times matches any of its values.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Filters")]
pub(crate) struct Filter {
    /// Only this orchestrator; may be repeated
    #[arg(long, value_name = "NAME", value_parser = wire_name)]
    name: Vec<WireName>,
    /// Only this version; may be repeated
    #[arg(long, value_name = "N")]
    version: Vec<String>,
    /// Only this state: pending, running, suspended, completed, failed, canceled or terminated; may be repeated
    #[arg(long, value_name = "STATE", value_parser = status, value_delimiter = ',')]
    status: Vec<InstanceStatus>,
    /// Only with this tag; may be repeated, and then all must be there
    #[arg(long, value_name = "KEY=VALUE", value_parser = tag)]
    tag: Vec<(String, String)>,
    /// Only ids that start with this
    #[arg(long, value_name = "TEXT")]
    id_prefix: Option<String>,
    /// Only started at or after this moment: `2026-11-21`, `2026-11-21T14:30Z` (UTC), or `2h` for two hours ago
    #[arg(long, value_name = "TIME", value_parser = moment::parse)]
    started_after: Option<Moment>,
    /// Only started before this moment
    #[arg(long, value_name = "TIME", value_parser = moment::parse)]
    started_before: Option<Moment>,
    /// Only ended at or after this moment
    #[arg(long, value_name = "TIME", value_parser = moment::parse)]
    ended_after: Option<Moment>,
    /// Only ended before this moment
    #[arg(long, value_name = "TIME", value_parser = moment::parse)]
    ended_before: Option<Moment>,
}

impl Filter {
    /// Returns whether it matches everything.
    pub(crate) fn is_empty(&self) -> bool {
        self.name.is_empty()
            && self.version.is_empty()
            && self.status.is_empty()
            && self.tag.is_empty()
            && self.id_prefix.is_none()
            && [
                self.started_after,
                self.started_before,
                self.ended_after,
                self.ended_before,
            ]
            .iter()
            .all(Option::is_none)
    }

    /// Returns the states that are asked for; none if any will do.
    pub(crate) fn statuses(&self) -> &[InstanceStatus] {
        &self.status
    }

    /// Returns what the hub is asked.
    pub(crate) fn query(&self, now: Timestamp) -> InstanceQuery {
        let before = |moment: Option<Moment>| moment.map(|moment| moment.before(now));
        InstanceQuery {
            names: self.name.clone(),
            versions: self.version.iter().cloned().map(RecordedVersion::from).collect(),
            statuses: self.status.clone(),
            tags: self.tag.iter().cloned().collect(),
            created_from: before(self.started_after),
            created_before: before(self.started_before),
            ended_from: before(self.ended_after),
            ended_before: before(self.ended_before),
            id_prefix: self.id_prefix.clone(),
            ..InstanceQuery::default()
        }
    }
}

/// Parses an orchestrator's name.
pub(crate) fn wire_name(text: &str) -> Result<WireName, String> {
    WireName::new(text).map_err(|error| error.to_string())
}

/// Parses a state, in any case.
pub(crate) fn status(text: &str) -> Result<InstanceStatus, String> {
    let found = InstanceStatus::ALL
        .into_iter()
        .find(|status| status.to_string().eq_ignore_ascii_case(text));
    found.ok_or_else(|| {
        let all = InstanceStatus::ALL.map(|status| status.to_string().to_lowercase());
        format!("there is no such state; there are {}", all.join(", "))
    })
}

/// Parses a tag.
pub(crate) fn tag(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("a tag is written `key=value`".to_owned()),
    }
}
