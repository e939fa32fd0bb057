//! The text of a lock.

use std::fmt;

use super::{Entry, Form, Lock};

const HEADER: &str = "# Released versions of durable functions, written by `cargo durable`. Commit this file; do not edit it.\n\
    # What the lines mean: docs/durable-lock.md\n\
    format 1\n";

impl fmt::Display for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HEADER)?;
        for (key, entry) in &self.entries {
            write!(f, "\n{key}\n{entry}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(body) = self.body {
            writeln!(f, "  body {body}")?;
        }
        writeln!(f, "  input {}", self.input)?;
        writeln!(f, "  output {}", self.output)?;
        writeln!(f, "  error {}", self.error)?;
        for call in &self.calls {
            writeln!(f, "  call {call}")?;
        }
        for helper in &self.helpers {
            writeln!(f, "  helper {} {}", helper.name, helper.fingerprint)?;
        }
        for accepted in &self.accepted {
            writeln!(f, "  accepted {} {}", accepted.date, accepted.reason)?;
        }
        Ok(())
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.fingerprint, &self.schema) {
            (None, _) => f.write_str("-"),
            (Some(fingerprint), None) => write!(f, "{fingerprint:016x}"),
            (Some(fingerprint), Some(schema)) => write!(f, "{fingerprint:016x} {schema}"),
        }
    }
}
