//! Variables of the environment.

use crate::error::OtelError;

/// A variable that is set to something.
#[derive(Debug)]
pub(crate) struct Variable {
    name: String,
    value: String,
}

impl Variable {
    /// Reads a variable. An empty one counts as none, as the specification has it.
    pub(crate) fn read(read: impl Fn(&str) -> Option<String>, name: &str) -> Option<Self> {
        let value = read(name)?.trim().to_owned();
        let name = name.to_owned();
        (!value.is_empty()).then_some(Self { name, value })
    }

    /// Reads what holds for traces, or else for everything that is exported.
    pub(crate) fn of_traces(read: impl Fn(&str) -> Option<String>, name: &str) -> Option<Self> {
        let own = Self::read(&read, &format!("OTEL_EXPORTER_OTLP_TRACES_{name}"));
        own.or_else(|| Self::read(&read, &format!("OTEL_EXPORTER_OTLP_{name}")))
    }

    pub(crate) fn value(&self) -> &str {
        &self.value
    }

    /// Reads a whole number.
    pub(crate) fn number(&self, least: u64, wanted: &'static str) -> Result<u64, OtelError> {
        let number = self.value.parse().ok().filter(|number| *number >= least);
        number.ok_or_else(|| self.refused(wanted))
    }

    /// Says what it could be instead.
    pub(crate) fn refused(&self, wanted: &'static str) -> OtelError {
        OtelError::Setting {
            variable: self.name.clone(),
            value: self.value.clone(),
            wanted,
        }
    }

    /// Checks a list of headers, `name=value`. The library would leave out what is none.
    pub(crate) fn check_headers(&self) -> Result<(), OtelError> {
        let is_name = |name: &str| {
            !name.is_empty()
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
        };
        let is_pair = |part: &str| {
            part.split_once('=').is_some_and(|(name, value)| {
                let is_plain = value.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\t'));
                is_name(name.trim()) && !value.trim().is_empty() && is_plain
            })
        };
        match self.value.split_terminator(',').position(|part| !is_pair(part)) {
            None => Ok(()),
            Some(index) => Err(OtelError::Header {
                variable: self.name.clone(),
                part: index + 1,
            }),
        }
    }
}
