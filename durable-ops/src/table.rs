//! Tables of text: columns as wide as their widest cell, the last one as long as it likes.

use durable_core::hub::InstanceStatus;

/// A table that is filled row by row.
#[derive(Debug)]
pub(crate) struct Table {
    rows: Vec<Vec<Cell>>,
    /// The columns that hold numbers, which stand at the right.
    right: Vec<usize>,
}

/// A cell: its text, and the escape sequence of its colour if it has one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cell {
    text: String,
    colour: Option<&'static str>,
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self {
            text: text.into(),
            colour: None,
        }
    }
}

impl Cell {
    /// A state, in its colour.
    pub(crate) fn status(status: InstanceStatus) -> Self {
        Self::from(status.to_string()).coloured(colour(status))
    }

    pub(crate) fn coloured(mut self, colour: &'static str) -> Self {
        self.colour = Some(colour);
        self
    }
}

pub(crate) const RED: &str = "\x1b[31m";
pub(crate) const GREEN: &str = "\x1b[32m";
pub(crate) const YELLOW: &str = "\x1b[33m";
pub(crate) const BOLD: &str = "\x1b[1m";
const BLUE: &str = "\x1b[34m";
const RESET: &str = "\x1b[0m";

/// Returns the colour of a state.
pub(crate) fn colour(status: InstanceStatus) -> &'static str {
    match status {
        InstanceStatus::Pending | InstanceStatus::Running => BLUE,
        InstanceStatus::Suspended | InstanceStatus::Canceled => YELLOW,
        InstanceStatus::Completed => GREEN,
        InstanceStatus::Failed | InstanceStatus::Terminated => RED,
    }
}

/// Puts a text into a colour.
pub(crate) fn paint(colour: &str, text: &str) -> String {
    format!("{colour}{text}{RESET}")
}

impl Table {
    /// Begins a table with its heads.
    pub(crate) fn new<const N: usize>(heads: [&str; N]) -> Self {
        let heads = heads.map(|head| Cell::from(head).coloured(BOLD));
        Self {
            rows: vec![heads.into()],
            right: Vec::new(),
        }
    }

    /// Says which columns stand at the right.
    pub(crate) fn right(mut self, columns: impl IntoIterator<Item = usize>) -> Self {
        self.right.extend(columns);
        self
    }

    pub(crate) fn push<const N: usize>(&mut self, row: [Cell; N]) {
        self.rows.push(row.into());
    }

    /// Returns the lines.
    pub(crate) fn text(&self) -> String {
        let columns = self.rows.first().map_or(0, Vec::len);
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.text.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let lines: Vec<String> = self.rows.iter().map(|row| self.line(row, &widths)).collect();
        lines.join("\n")
    }

    fn line(&self, row: &[Cell], widths: &[usize]) -> String {
        let mut line = String::new();
        for (column, (cell, width)) in row.iter().zip(widths).enumerate() {
            if column > 0 {
                line.push_str("  ");
            }
            let padding = " ".repeat(width.saturating_sub(cell.text.chars().count()));
            let text = cell
                .colour
                .map_or_else(|| cell.text.clone(), |colour| paint(colour, &cell.text));
            if self.right.contains(&column) {
                line = line + &padding + &text;
            } else {
                line = line + &text + &padding;
            }
        }
        line.truncate(line.trim_end().len());
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_whatever_their_colours() {
        let mut table = Table::new(["ID", "N", "STATUS"]).right([1]);
        table.push(["ä".into(), "7".into(), Cell::status(InstanceStatus::Failed)]);
        table.push([
            "long".into(),
            "10".into(),
            Cell::status(InstanceStatus::Completed),
        ]);
        let text = anstream::adapter::strip_str(&table.text()).to_string();
        assert_eq!(text, "ID     N  STATUS\nä      7  Failed\nlong  10  Completed");
    }
}
