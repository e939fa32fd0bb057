//! Filters of queries, in the language of Azure tables (`OData`).

use durable_core::hub::InstanceStatus;

use super::instance::{CONTINUED_AS_NEW, status_text};
use super::time::held_by_tables;
use super::{SENTINEL, escape};
use crate::value::Ticks;

/// Conditions that must all hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Filter(Vec<String>);

impl Filter {
    /// Keeps instances: the table has one row of each.
    pub(crate) fn instances() -> Self {
        Self::default()
    }

    /// Keeps those started at or after a moment.
    #[must_use]
    pub(crate) fn created_from(self, at: Ticks) -> Self {
        self.and(format!("CreatedTime ge datetime'{}'", held_by_tables(at)))
    }

    /// Keeps those started before a moment.
    #[must_use]
    pub(crate) fn created_before(self, at: Ticks) -> Self {
        self.and(format!("CreatedTime lt datetime'{}'", held_by_tables(at)))
    }

    /// Keeps those in one of several states. None of them means that any will do. One that the framework has continued as
    /// new is running.
    #[must_use]
    pub(crate) fn statuses(self, statuses: &[InstanceStatus]) -> Self {
        let continued = statuses
            .contains(&InstanceStatus::Running)
            .then_some(CONTINUED_AS_NEW);
        let texts = statuses.iter().map(|status| status_text(*status));
        self.any_of("RuntimeStatus", texts.chain(continued))
    }

    /// Keeps those in which a column has one of several texts. None of them means that any will do.
    #[must_use]
    pub(crate) fn any_of<'a>(self, column: &str, texts: impl Iterator<Item = &'a str>) -> Self {
        let texts: Vec<String> = texts
            .map(|text| format!("{column} eq {}", quoted(text)))
            .collect();
        if texts.is_empty() {
            return self;
        }
        self.and(texts.join(" or "))
    }

    /// Keeps those of one hub, in a tracking store that several share.
    #[must_use]
    pub(crate) fn hub(self, hub: &str) -> Self {
        self.and(format!("TaskHubName eq {}", quoted(hub)))
    }

    /// Keeps those whose id begins with a text. An empty one keeps all.
    #[must_use]
    pub(crate) fn id_prefix(self, prefix: &str) -> Self {
        let from = escape(prefix);
        let Some(to) = successor(&from) else {
            return self;
        };
        let filter = self.and(format!("PartitionKey ge {}", quoted(&from)));
        filter.and(format!("PartitionKey lt {}", quoted(&to)))
    }

    /// Leaves out entities, whose ids begin with `@`.
    #[must_use]
    pub(crate) fn without_entities(self) -> Self {
        self.and("PartitionKey lt '@' or PartitionKey ge 'A'".to_owned())
    }

    /// Keeps one instance.
    #[must_use]
    pub(crate) fn instance(self, instance: &str) -> Self {
        self.and(format!("PartitionKey eq {}", quoted(&escape(instance))))
    }

    /// Keeps the rows of one execution in a history, and the sentinel.
    #[must_use]
    pub(crate) fn execution(self, execution: &str) -> Self {
        self.and(format!(
            "RowKey eq '{SENTINEL}' or ExecutionId eq {}",
            quoted(execution)
        ))
    }

    fn and(mut self, condition: String) -> Self {
        self.0.push(condition);
        self
    }

    /// Writes the filter. Without conditions it is that of all instances.
    pub(crate) fn text(&self) -> String {
        if self.0.is_empty() {
            return "RowKey eq ''".to_owned();
        }
        let conditions: Vec<String> = self.0.iter().map(|one| format!("({one})")).collect();
        conditions.join(" and ")
    }
}

/// Writes a text as a literal: what is a quote in it is doubled.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Returns the least text that is greater than every text with a prefix, in the order of UTF-16, which is that of the
/// service; `None` if there is none.
fn successor(prefix: &str) -> Option<String> {
    let mut chars: Vec<char> = prefix.chars().collect();
    while let Some(last) = chars.pop() {
        let next = match last {
            // The first of the characters that are written as two units.
            '\u{d7ff}' => Some('\u{10000}'),
            // The greatest unit.
            '\u{ffff}' => None,
            _ => char::from_u32(u32::from(last) + 1),
        };
        if let Some(next) = next {
            chars.push(next);
            return Some(chars.into_iter().collect());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn conditions_are_joined_each_in_parentheses() {
        let at = Ticks::parse("2026-06-24T10:00:00.1234567Z").unwrap();
        let filter = Filter::instances()
            .created_from(at)
            .created_before(at)
            .statuses(&[InstanceStatus::Running, InstanceStatus::Pending])
            .hub("Orders")
            .id_prefix("order-")
            .without_entities();
        assert_eq!(
            filter.text(),
            "(CreatedTime ge datetime'2026-06-24T10:00:00.1234567Z') \
             and (CreatedTime lt datetime'2026-06-24T10:00:00.1234567Z') \
             and (RuntimeStatus eq 'Running' or RuntimeStatus eq 'Pending' or RuntimeStatus eq 'ContinuedAsNew') \
             and (TaskHubName eq 'Orders') \
             and (PartitionKey ge 'order-') and (PartitionKey lt 'order.') \
             and (PartitionKey lt '@' or PartitionKey ge 'A')"
        );
    }

    #[test]
    fn without_conditions_all_instances_are_listed() {
        let filter = Filter::instances().id_prefix("").statuses(&[]);
        assert_eq!(filter.text(), "RowKey eq ''");
    }

    #[test]
    fn a_quote_is_doubled_and_a_key_escaped() {
        let filter = Filter::default().instance("o'brien/7").execution("it's");
        assert_eq!(
            filter.text(),
            "(PartitionKey eq 'o''brien^07') and (RowKey eq 'sentinel' or ExecutionId eq 'it''s')"
        );
        let at = Ticks::parse("2026-06-24T10:00:00Z").unwrap();
        assert_eq!(
            Filter::default().created_before(at).text(),
            "(CreatedTime lt datetime'2026-06-24T10:00:00Z')"
        );
    }

    proptest! {
        #[test]
        fn the_end_of_a_prefix_is_right_behind_all_that_begin_with_it(
            prefix in "[ -~\u{d7fe}\u{d7ff}\u{e000}\u{fffe}\u{10000}🦀]{1,3}",
            rest in any::<String>(),
            other in "[ -~\u{d7fe}\u{d7ff}\u{e000}\u{fffe}\u{ffff}\u{10000}🦀]{0,4}",
        ) {
            let units = |text: &str| text.encode_utf16().collect::<Vec<_>>();
            let (from, to) = (units(&prefix), units(&successor(&prefix).unwrap()));
            let longer = units(&[prefix.as_str(), &rest].concat());
            prop_assert!(longer >= from && longer < to);
            let within = units(&other) >= from && units(&other) < to;
            prop_assert_eq!(within, other.starts_with(&prefix));
        }
    }
}
