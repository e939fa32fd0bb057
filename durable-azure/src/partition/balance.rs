//! Evening out: which rows a node with too few takes from nodes with too many (the specification's section 3.3).

use super::pass::View;
use super::row::PartitionRow;

/// How the rows are spread over the nodes, each counted for the node that has it or will have it.
#[derive(Debug, Default)]
pub(super) struct Counted {
    /// Owned without another in line, or waited for.
    pub(super) mine: usize,
    /// The others and their queues, both in the order in which they were found.
    others: Vec<(String, Vec<String>)>,
}

impl Counted {
    pub(super) fn add(&mut self, owner: &str, queue: &str) {
        match self.others.iter_mut().find(|(name, _)| name == owner) {
            Some((_, queues)) => queues.push(queue.to_owned()),
            None => self.others.push((owner.to_owned(), vec![queue.to_owned()])),
        }
    }
}

/// Returns the rows to steal, as they are to be written, in order.
///
/// The share is rounded down, so a node that has its share still takes one from a node that has two more: in the end no
/// two differ by more than one.
pub(super) fn balance(rows: &[PartitionRow], counted: &Counted, view: &View<'_>) -> Vec<PartitionRow> {
    let mut steals = Vec::new();
    let share = rows.len() / (counted.others.len() + 1);
    let mut mine = counted.mine;
    for (_, queues) in &counted.others {
        let Some(missing) = share.checked_sub(mine) else {
            break;
        };
        let excess = queues.len().saturating_sub(share);
        let wanted = if missing == 0 && excess > 1 { 1 } else { missing };
        let stolen = rows
            .iter()
            .filter(|row| queues.contains(&row.queue) && !is_resting(row, view))
            .take(wanted.min(excess));
        for row in stolen {
            mine += 1;
            steals.push(PartitionRow {
                next_owner: Some(view.me.to_owned()),
                ..row.clone()
            });
        }
    }
    steals
}

/// Returns whether this node has given the queue away of late, for the sake of work that it cannot do.
fn is_resting(row: &PartitionRow, view: &View<'_>) -> bool {
    view.resting
        .get(&row.queue)
        .is_some_and(|until| view.now < *until)
}
