//! Names that are stored and sent: of functions, events and task hubs.
//!
//! A name is parsed once, at the edge, so everything behind it can rely on its shape.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The most bytes a function's wire name may have.
pub const WIRE_NAME_MAX: usize = 128;

/// The most bytes an external event's name may have.
pub const EVENT_NAME_MAX: usize = 200;

/// Why a text is not a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// The text is empty.
    #[error("the {what} is empty")]
    Empty {
        /// What was being named.
        what: &'static str,
    },
    /// The text is longer than the hubs can store.
    #[error("the {what} `{text}` has {len} bytes; at most {max} are allowed")]
    TooLong {
        /// What was being named.
        what: &'static str,
        /// The offending text.
        text: String,
        /// Its length in bytes.
        len: usize,
        /// The limit in bytes.
        max: usize,
    },
    /// The text has a character the hubs cannot store.
    #[error("the {what} `{text}` has {found:?} at byte {at}; allowed: {allowed}")]
    BadCharacter {
        /// What was being named.
        what: &'static str,
        /// The offending text.
        text: String,
        /// The character found.
        found: char,
        /// Its byte offset.
        at: usize,
        /// The rule.
        allowed: &'static str,
    },
}

/// The wire name of an orchestrator or activity: `[A-Za-z_][A-Za-z0-9_.-]{0,127}`.
///
/// It identifies the function in histories and queues, so it never depends on a module path:
/// code can move without breaking running instances.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WireName(Arc<str>);

impl WireName {
    const ALLOWED: &'static str = "a letter or `_`, then letters, digits, `_`, `.` and `-`";

    /// Parses a wire name.
    pub fn new(text: &str) -> Result<Self, NameError> {
        let what = "function name";
        check_length(what, text, WIRE_NAME_MAX)?;
        let bad = text.char_indices().find(|&(at, c)| {
            let first = c.is_ascii_alphabetic() || c == '_';
            !(first || (at > 0 && (c.is_ascii_digit() || c == '.' || c == '-')))
        });
        refuse(what, text, bad, Self::ALLOWED)?;
        Ok(Self(text.into()))
    }

    /// Stands in where a malformed name has been refused already.
    pub(crate) fn placeholder() -> Self {
        Self("_".into())
    }

    /// Returns the name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The name of an external event: any printable text without control characters.
///
/// Names that start with `@` are reserved for the engine.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EventName(Arc<str>);

impl EventName {
    const ALLOWED: &'static str = "printable characters, not starting with `@`";

    /// Parses an event name.
    pub fn new(text: &str) -> Result<Self, NameError> {
        let what = "event name";
        check_length(what, text, EVENT_NAME_MAX)?;
        let bad = text
            .char_indices()
            .find(|&(at, c)| c.is_control() || (at == 0 && c == '@'));
        refuse(what, text, bad, Self::ALLOWED)?;
        Ok(Self(text.into()))
    }

    /// Returns the name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

pub(crate) fn check_length(what: &'static str, text: &str, max: usize) -> Result<(), NameError> {
    if text.is_empty() {
        return Err(NameError::Empty { what });
    }
    if text.len() > max {
        let shown: String = text.chars().take(64).collect();
        return Err(NameError::TooLong {
            what,
            text: format!("{shown}…"),
            len: text.len(),
            max,
        });
    }
    Ok(())
}

pub(crate) fn refuse(
    what: &'static str,
    text: &str,
    bad: Option<(usize, char)>,
    allowed: &'static str,
) -> Result<(), NameError> {
    match bad {
        None => Ok(()),
        Some((at, found)) => Err(NameError::BadCharacter {
            what,
            text: text.to_owned(),
            found,
            at,
            allowed,
        }),
    }
}

macro_rules! text_newtype {
    ($($name:ident),* $(,)?) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", self.as_str())
            }
        }
        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }
        impl std::str::FromStr for $name {
            type Err = $crate::name::NameError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::new(text)
            }
        }
        impl TryFrom<String> for $name {
            type Error = $crate::name::NameError;
            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::new(&text)
            }
        }
        impl TryFrom<&str> for $name {
            type Error = $crate::name::NameError;
            fn try_from(text: &str) -> Result<Self, Self::Error> {
                Self::new(text)
            }
        }
        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.as_str().to_owned()
            }
        }
    )*};
}
pub(crate) use text_newtype;

text_newtype!(WireName, EventName);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_too_long_tells_by_how_much() {
        let long = "a".repeat(WIRE_NAME_MAX + 1);
        assert_eq!(
            WireName::new(&long).unwrap_err().to_string(),
            format!(
                "the function name `{}…` has 129 bytes; at most 128 are allowed",
                &long[..64]
            )
        );
    }

    #[test]
    fn a_wire_name_starts_with_a_letter_or_underscore() {
        assert!(WireName::new("checkout").is_ok());
        assert!(WireName::new("_a.b-c9").is_ok());
        let refused = WireName::new("9lives").unwrap_err().to_string();
        assert_eq!(
            refused,
            "the function name `9lives` has '9' at byte 0; allowed: a letter or `_`, then letters, digits, `_`, `.` and `-`"
        );
        assert_eq!(
            WireName::new("").unwrap_err().to_string(),
            "the function name is empty"
        );
    }

    #[test]
    fn a_wire_name_has_at_most_128_bytes() {
        assert!(WireName::new(&"a".repeat(128)).is_ok());
        assert!(matches!(
            WireName::new(&"a".repeat(129)),
            Err(NameError::TooLong {
                len: 129,
                max: 128,
                ..
            })
        ));
    }

    #[test]
    fn an_event_name_may_have_spaces_but_no_control_characters() {
        assert!(EventName::new("order approved").is_ok());
        assert!(EventName::new("a\nb").is_err());
        assert!(EventName::new("@cancel").is_err());
    }
}
