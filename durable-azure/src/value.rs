//! What a table holds: rows, their columns, and the times in them.

mod ticks;

pub(crate) use ticks::Ticks;

/// One column of one row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    String(String),
    Bool(bool),
    Int32(i32),
    Int64(i64),
    Double(f64),
    DateTime(Ticks),
    /// With dashes, as the service writes it.
    Guid(String),
    Binary(Vec<u8>),
}

/// One row of a table: its keys, its version if it was read, and its columns in the order in which they stand.
#[derive(Debug, Clone, PartialEq, Default)]
#[expect(clippy::struct_field_names, reason = "a row key is called so")]
pub(crate) struct Row {
    pub partition_key: String,
    pub row_key: String,
    pub etag: Option<String>,
    pub columns: Vec<(String, Value)>,
}

impl Row {
    pub(crate) fn new(partition_key: impl Into<String>, row_key: impl Into<String>) -> Self {
        Self {
            partition_key: partition_key.into(),
            row_key: row_key.into(),
            etag: None,
            columns: Vec::new(),
        }
    }

    /// Adds a column.
    pub(crate) fn push(&mut self, column: impl Into<String>, value: Value) {
        self.columns.push((column.into(), value));
    }

    /// Returns the column of that name; `None` if it is absent, which is how a table stores null.
    pub(crate) fn get(&self, column: &str) -> Option<&Value> {
        let found = self.columns.iter().find(|(name, _)| name == column);
        found.map(|(_, value)| value)
    }

    /// Returns a column that is text.
    pub(crate) fn text(&self, column: &str) -> Option<&str> {
        match self.get(column)? {
            Value::String(text) | Value::Guid(text) => Some(text),
            Value::Bool(_)
            | Value::Int32(_)
            | Value::Int64(_)
            | Value::Double(_)
            | Value::DateTime(_)
            | Value::Binary(_) => None,
        }
    }

    /// Returns a column that is a whole number, of 32 bits or 64.
    #[cfg(test)]
    pub(crate) fn int(&self, column: &str) -> Option<i64> {
        match self.get(column)? {
            Value::Int32(number) => Some(i64::from(*number)),
            Value::Int64(number) => Some(*number),
            Value::String(_)
            | Value::Bool(_)
            | Value::Double(_)
            | Value::DateTime(_)
            | Value::Guid(_)
            | Value::Binary(_) => None,
        }
    }

    /// Returns a column that is true or false.
    pub(crate) fn bool(&self, column: &str) -> Option<bool> {
        match self.get(column)? {
            Value::Bool(truth) => Some(*truth),
            Value::String(_)
            | Value::Int32(_)
            | Value::Int64(_)
            | Value::Double(_)
            | Value::DateTime(_)
            | Value::Guid(_)
            | Value::Binary(_) => None,
        }
    }

    /// Returns a column that is a moment.
    pub(crate) fn time(&self, column: &str) -> Option<Ticks> {
        match self.get(column)? {
            Value::DateTime(ticks) => Some(*ticks),
            Value::String(_)
            | Value::Bool(_)
            | Value::Int32(_)
            | Value::Int64(_)
            | Value::Double(_)
            | Value::Guid(_)
            | Value::Binary(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_found_by_name_and_kind() {
        let mut row = Row::new("order-1", "");
        row.columns
            .push(("Name".to_owned(), Value::String("A".to_owned())));
        row.columns.push(("Generation".to_owned(), Value::Int32(7)));
        row.columns.push(("IsPlayed".to_owned(), Value::Bool(true)));
        row.columns.push(("At".to_owned(), Value::DateTime(Ticks::MIN)));
        assert_eq!((row.text("Name"), row.text("Generation")), (Some("A"), None));
        assert_eq!((row.int("Generation"), row.int("Name")), (Some(7), None));
        assert_eq!((row.bool("IsPlayed"), row.bool("At")), (Some(true), None));
        assert_eq!((row.time("At"), row.time("Absent")), (Some(Ticks::MIN), None));
    }
}
