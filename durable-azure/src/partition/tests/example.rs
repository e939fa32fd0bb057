//! Rows and passes in short: node `me`, moments as seconds from [`NOW`].

use std::collections::BTreeMap;
use std::time::Duration;

use durable_core::Timestamp;

use crate::partition::pass::{Action, Course, Held, Pass, Step, View, pass};
use crate::partition::{PartitionRow, PartitionSettings};
use crate::value::Ticks;

pub(super) const NOW: Timestamp = Timestamp::from_micros(1_767_225_600_000_000);

/// The moment so many seconds after [`NOW`], or before it.
pub(super) fn at(second: i64) -> Timestamp {
    Timestamp::from_micros(NOW.as_micros() + second * 1_000_000)
}

/// A row that `current` claimed a minute ago and renewed five seconds ago. `-` is nobody.
pub(super) fn row(queue: &str, current: &str, next: &str) -> PartitionRow {
    let owner = |name: &str| (name != "-").then(|| name.to_owned());
    PartitionRow {
        etag: format!("etag of {queue}"),
        current_owner: owner(current),
        next_owner: owner(next),
        owned_since: Some(at(-60).into()),
        last_renewal: Some(at(-5).into()),
        expires_at: Some(at(25).into()),
        ..PartitionRow::new(queue)
    }
}

pub(super) fn new_row(queue: &str) -> PartitionRow {
    PartitionRow {
        etag: format!("etag of {queue}"),
        ..PartitionRow::new(queue)
    }
}

pub(super) fn draining(row: PartitionRow) -> PartitionRow {
    PartitionRow {
        is_draining: true,
        ..row
    }
}

pub(super) fn expiring(row: PartitionRow, second: i64) -> PartitionRow {
    PartitionRow {
        expires_at: Some(at(second).into()),
        ..row
    }
}

/// A node named `me`, at [`NOW`].
#[derive(Debug, Clone, Default)]
pub(super) struct Node {
    is_leaving: bool,
    held: BTreeMap<String, Held>,
    offers: BTreeMap<String, String>,
    resting: BTreeMap<String, Timestamp>,
}

impl Node {
    pub(super) fn listening(mut self, queue: &str) -> Self {
        self.held.insert(queue.to_owned(), Held::Listening);
        self
    }

    pub(super) fn draining(mut self, queue: &str, since: i64) -> Self {
        let held = Held::Draining {
            since: at(since),
            is_over: false,
        };
        self.held.insert(queue.to_owned(), held);
        self
    }

    pub(super) fn drained(mut self, queue: &str) -> Self {
        let held = Held::Draining {
            since: at(-1),
            is_over: true,
        };
        self.held.insert(queue.to_owned(), held);
        self
    }

    pub(super) fn leaving(mut self) -> Self {
        self.is_leaving = true;
        self
    }

    pub(super) fn offering(mut self, queue: &str, to: &str) -> Self {
        self.offers.insert(queue.to_owned(), to.to_owned());
        self
    }

    pub(super) fn resting(mut self, queue: &str, until: i64) -> Self {
        self.resting.insert(queue.to_owned(), at(until));
        self
    }

    pub(super) fn pass(&self, rows: &[PartitionRow]) -> Pass {
        let course = if self.is_leaving {
            Course::Leaving
        } else {
            Course::Working
        };
        pass(
            rows,
            &View {
                me: "me",
                now: NOW,
                course,
                held: &self.held,
                offers: &self.offers,
                resting: &self.resting,
                settings: &PartitionSettings {
                    offer_after: Duration::from_mins(1),
                    ..PartitionSettings::default()
                },
            },
        )
    }

    /// What becomes of a single row.
    pub(super) fn step(&self, row: PartitionRow) -> String {
        let pass = self.pass(&[row]);
        assert_eq!(pass.steals, []);
        show(&pass.steps[0])
    }

    /// The queues that the balance takes, from nodes that own what `spread` says.
    pub(super) fn steals(&self, spread: &[(&str, &str)]) -> Vec<String> {
        let rows: Vec<PartitionRow> = spread
            .iter()
            .map(|(queue, owner)| row(queue, owner, "-"))
            .collect();
        let pass = self.pass(&rows);
        for steal in &pass.steals {
            let read = rows.iter().find(|row| row.queue == steal.queue).unwrap();
            let expected = PartitionRow {
                next_owner: Some("me".to_owned()),
                ..read.clone()
            };
            assert_eq!(*steal, expected, "nothing else changes");
        }
        pass.steals.into_iter().map(|row| row.queue).collect()
    }
}

/// A step as a short text: what is done, then the row that is written.
pub(super) fn show(step: &Step) -> String {
    let lost = if step.is_lost { "lost; " } else { "" };
    let action = match &step.action {
        Action::Nothing => "nothing".to_owned(),
        Action::Keep(row) => format!("keep {}", show_row(row)),
        Action::Drain(row) => format!("drain {}", show_row(row)),
        Action::Release(row) => format!("release {}", show_row(row)),
        Action::Steal(row) => format!("steal {}", show_row(row)),
    };
    format!("{lost}{action}")
}

fn show_row(row: &PartitionRow) -> String {
    assert_eq!(
        row.etag,
        format!("etag of {}", row.queue),
        "the etag that was read"
    );
    let owner = |name: &Option<String>| name.clone().unwrap_or_else(|| "-".to_owned());
    let second = |time: Option<Ticks>| match time {
        None => "-".to_owned(),
        Some(ticks) => ((Timestamp::from(ticks).as_micros() - NOW.as_micros()) / 1_000_000).to_string(),
    };
    format!(
        "{}/{} {}..{}..{}{}",
        owner(&row.current_owner),
        owner(&row.next_owner),
        second(row.owned_since),
        second(row.last_renewal),
        second(row.expires_at),
        if row.is_draining { " draining" } else { "" }
    )
}
