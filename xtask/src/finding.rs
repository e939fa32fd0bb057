//! What a rule found.

use std::fmt;

/// A place that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    file: String,
    line: usize,
    rule: &'static str,
    text: String,
}

impl Finding {
    /// Makes a finding at a line, counted from 1.
    pub(crate) fn new(rule: &'static str, file: &str, line: usize, text: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            line,
            rule,
            text: text.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            line,
            rule,
            text,
        } = self;
        write!(f, "{file}:{line}: {rule}: {text}")
    }
}
