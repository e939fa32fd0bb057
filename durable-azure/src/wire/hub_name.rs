//! The name of a task hub.

use std::fmt;
use std::sync::Arc;

/// The fewest characters a hub's name may have.
pub const HUB_NAME_MIN: usize = 3;

/// The most characters a hub's name may have: what is appended to it must fit into the names of queues, tables and
/// containers.
pub const HUB_NAME_MAX: usize = 45;

/// The name of a task hub on Azure Storage: an ASCII letter, then letters and digits, 3 to 45 in all.
///
/// It is a part of the names of all queues, tables and containers. Most of these know no case, so two hubs whose names
/// differ in case only are one.
///
/// ```
/// use durable_azure::HubName;
/// assert!(HubName::new("Orders").is_ok());
/// assert_eq!(
///     HubName::new("my-hub").unwrap_err().to_string(),
///     "the hub name `my-hub` has '-' at byte 2; allowed: an ASCII letter, then letters and digits"
/// );
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct HubName(Arc<str>);

/// Why a text is not the name of a hub.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HubNameError {
    /// It is too short or too long.
    #[error("the hub name `{text}` has {len} characters; it needs {HUB_NAME_MIN} to {HUB_NAME_MAX}")]
    Length {
        /// The text, cut if it is long.
        text: String,
        /// How many characters it has.
        len: usize,
    },
    /// It has a character that Azure does not take.
    #[error(
        "the hub name `{text}` has {found:?} at byte {at}; allowed: an ASCII letter, then letters and digits"
    )]
    BadCharacter {
        /// The text.
        text: String,
        /// The character.
        found: char,
        /// Where it stands, in bytes.
        at: usize,
    },
}

impl HubName {
    /// Parses a hub's name.
    pub fn new(text: &str) -> Result<Self, HubNameError> {
        let len = text.chars().count();
        if !(HUB_NAME_MIN..=HUB_NAME_MAX).contains(&len) {
            return Err(HubNameError::Length {
                text: text.chars().take(HUB_NAME_MAX).collect(),
                len,
            });
        }
        let allowed = |at: usize, c: char| c.is_ascii_alphabetic() || (at > 0 && c.is_ascii_digit());
        match text.char_indices().find(|&(at, c)| !allowed(at, c)) {
            None => Ok(Self(text.into())),
            Some((at, found)) => Err(HubNameError::BadCharacter {
                text: text.to_owned(),
                found,
                at,
            }),
        }
    }

    /// Returns the name that Azure Functions gives the hub of an app that names none, from the name of its site.
    ///
    /// What is no letter or digit is left out, a leading digit gets a `t` before it, what is too long is cut, what is
    /// too short gets `Hub` behind it, and nothing becomes `DefaultTaskHub`. Without a site (`None`) it is `TestHubName`.
    /// Functions refuses a slot that is not for production and names no hub; that is left to the caller.
    ///
    /// Letters beyond ASCII are left out too: Functions keeps them, and then cannot make its tables.
    #[must_use]
    pub fn functions_default(site: Option<&str>) -> Self {
        let Some(site) = site else {
            return Self("TestHubName".into());
        };
        let mut name: String = site.chars().filter(char::is_ascii_alphanumeric).collect();
        if name.is_empty() {
            return Self("DefaultTaskHub".into());
        }
        if name.starts_with(|c: char| c.is_ascii_digit()) {
            name.insert(0, 't');
        }
        name.truncate(HUB_NAME_MAX);
        if name.len() < HUB_NAME_MIN {
            name.push_str("Hub");
        }
        Self(name.into())
    }

    /// Returns the name as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for HubName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for HubName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.0)
    }
}

impl std::str::FromStr for HubName {
    type Err = HubNameError;

    fn from_str(text: &str) -> Result<Self, HubNameError> {
        Self::new(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_3_to_45_letters_and_digits_and_begins_with_a_letter() {
        for good in ["abc", "Orders2", &"x".repeat(45)] {
            assert_eq!(HubName::new(good).unwrap().as_str(), good);
        }
        for (bad, why) in [
            ("", "the hub name `` has 0 characters; it needs 3 to 45"),
            ("ab", "the hub name `ab` has 2 characters; it needs 3 to 45"),
            (
                "2be",
                "the hub name `2be` has '2' at byte 0; allowed: an ASCII letter, then letters and digits",
            ),
            (
                "möbel",
                "the hub name `möbel` has 'ö' at byte 1; allowed: an ASCII letter, then letters and digits",
            ),
        ] {
            assert_eq!(HubName::new(bad).unwrap_err().to_string(), why);
        }
        assert!(matches!(
            HubName::new(&"x".repeat(46)),
            Err(HubNameError::Length { len: 46, .. })
        ));
    }

    #[test]
    fn the_default_of_functions_is_made_from_the_site() {
        for (site, name) in [
            (None, "TestHubName"),
            (Some("my-shop.eu"), "myshopeu"),
            (Some("4you"), "t4you"),
            (Some("a"), "aHub"),
            (Some("-_-"), "DefaultTaskHub"),
            (Some("möbel"), "mbel"),
        ] {
            let made = HubName::functions_default(site);
            assert_eq!(made.as_str(), name);
            assert!(HubName::new(made.as_str()).is_ok());
        }
        let long = HubName::functions_default(Some(&"7".repeat(60)));
        assert_eq!(long.as_str(), format!("t{}", "7".repeat(44)));
    }
}
