//! Fences: new instances held back while a deployment is under way.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::name::{NameError, WireName, check_length, refuse, text_newtype};
use crate::time::Timestamp;
use crate::version::{RecordedVersion, Version};

/// The name of a fence, chosen by whoever puts it up.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FenceId(Arc<str>);

impl FenceId {
    /// Parses the name of a fence: 1 to 128 printable bytes.
    pub fn new(text: &str) -> Result<Self, NameError> {
        let what = "name of a fence";
        check_length(what, text, 128)?;
        let bad = text.char_indices().find(|&(_, c)| c.is_control());
        refuse(what, text, bad, "printable characters")?;
        Ok(Self(text.into()))
    }

    /// Returns the name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

text_newtype!(FenceId);

/// Which orchestrators a fence covers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FencedCode {
    /// The orchestrator's name.
    pub name: WireName,
    /// Its version; `None` for all of them.
    pub version: Option<Version>,
}

impl fmt::Display for FencedCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.version {
            Some(version) => write!(f, "{}@{version}", self.name),
            None => fmt::Display::fmt(&self.name, f),
        }
    }
}

/// Starts that are refused for a while: nothing new begins between a look at what runs and the deployment that follows it.
///
/// It holds back what clients begin, by a start or a rewind. Sub-orchestrations and executions that continue as new belong
/// to instances that run already, and are let pass.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fence {
    /// Its name.
    pub id: FenceId,
    /// What it covers; everything if empty.
    pub codes: Vec<FencedCode>,
    /// Why, for whoever is refused.
    pub reason: String,
    /// When it falls by itself, so that a gate that dies holds nothing back for ever.
    pub until: Timestamp,
}

impl Fence {
    /// Returns whether it holds such a start back now.
    ///
    /// A start without a version may turn out to be of any, so it is covered by the name alone.
    pub fn covers(&self, name: &WireName, version: &RecordedVersion, now: Timestamp) -> bool {
        let covered = |code: &FencedCode| {
            let same = match (code.version, version) {
                (None, _) | (_, RecordedVersion::Blank) => true,
                (Some(fenced), RecordedVersion::Known(version)) => fenced == *version,
                (Some(_), RecordedVersion::Foreign(_)) => false,
            };
            code.name == *name && same
        };
        self.until > now && (self.codes.is_empty() || self.codes.iter().any(covered))
    }
}

/// Says what is held back, why and until when.
impl fmt::Display for Fence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the fence `{}` holds back new instances until {}",
            self.id, self.until
        )?;
        if self.reason.is_empty() {
            Ok(())
        } else {
            write!(f, ": {}", self.reason)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fence(codes: &[(&str, Option<&str>)]) -> Fence {
        let code = |&(name, version): &(&str, Option<&str>)| FencedCode {
            name: WireName::new(name).unwrap(),
            version: version.map(|version| Version::new(version).unwrap()),
        };
        Fence {
            id: FenceId::new("deploy").unwrap(),
            codes: codes.iter().map(code).collect(),
            reason: String::new(),
            until: Timestamp::from_micros(10),
        }
    }

    fn covers(fence: &Fence, name: &str, version: &str, now: i64) -> bool {
        let (name, version) = (
            WireName::new(name).unwrap(),
            RecordedVersion::from(version.to_owned()),
        );
        fence.covers(&name, &version, Timestamp::from_micros(now))
    }

    #[test]
    fn a_fence_covers_everything_a_name_or_a_version() {
        let all = fence(&[]);
        assert!(covers(&all, "a", "1", 9) && covers(&all, "b", "vNext", 9));
        let name = fence(&[("a", None)]);
        assert!(covers(&name, "a", "1", 9) && covers(&name, "a", "7.1", 9) && !covers(&name, "b", "1", 9));
        let version = fence(&[("a", Some("1")), ("b", None)]);
        assert!(
            covers(&version, "a", "1.0", 9)
                && !covers(&version, "a", "2", 9)
                && covers(&version, "b", "2", 9)
        );
        assert!(covers(&version, "a", "", 9), "it may turn out to be version 1");
        assert!(!covers(&version, "a", "vNext", 9));
    }

    #[test]
    fn a_fence_falls_at_its_time() {
        assert!(covers(&fence(&[]), "a", "1", 9));
        assert!(!covers(&fence(&[]), "a", "1", 10));
    }
}
