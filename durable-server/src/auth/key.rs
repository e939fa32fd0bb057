//! Keys: what is handed out, and what is kept of it.

use std::collections::BTreeSet;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use durable_core::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

use super::Scope;

/// A key's text. Shown once, when it is made; what is stored is its hash.
pub struct KeyText(String);

impl KeyText {
    /// Draws a key: 256 random bits, so that no slow hash is needed against guessing.
    pub(super) fn draw() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        Ok(Self(format!("dk_{}", URL_SAFE_NO_PAD.encode(bytes))))
    }

    /// Returns the text. It is a secret: whoever has it may do what the key may.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for KeyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyText(..)")
    }
}

/// What is kept of a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// Its name, for people.
    pub name: String,
    /// What it allows.
    pub scopes: BTreeSet<Scope>,
    /// When it was made or changed last: the later one counts when files are brought together.
    pub changed: Timestamp,
    /// When it was made; `None` of keys that were made before this was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<Timestamp>,
    /// When it was given the text that it has, if that is not its first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotated: Option<Timestamp>,
    /// Whether it was removed. Its name stays, so that an older file does not bring it back.
    #[serde(default)]
    pub removed: bool,
    /// The hash of its text.
    pub(super) hash: KeyHash,
    /// The hash of the text that it had before it was rotated, and until when that is good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) before: Option<(KeyHash, Timestamp)>,
}

impl Key {
    /// Returns until when the text is good that it had before it was rotated; it may have passed.
    pub fn old_text_good_until(&self) -> Option<Timestamp> {
        self.before.as_ref().map(|(_, until)| *until)
    }

    /// Returns whether a text is this key's now. Takes the same time whatever is given.
    pub(super) fn is(&self, presented: &KeyHash, now: Timestamp) -> Choice {
        let good = Choice::from(u8::from(!self.removed));
        let mut same = self.hash.0.ct_eq(&presented.0);
        if let Some((before, until)) = &self.before {
            same |= before.0.ct_eq(&presented.0) & Choice::from(u8::from(now < *until));
        }
        same & good
    }
}

/// The SHA-256 of a key's text.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(super) struct KeyHash([u8; 32]);

impl KeyHash {
    pub(super) fn of(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }
}

impl fmt::Debug for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyHash(..)")
    }
}

impl From<KeyHash> for String {
    fn from(hash: KeyHash) -> Self {
        format!("sha256:{}", URL_SAFE_NO_PAD.encode(hash.0))
    }
}

impl TryFrom<String> for KeyHash {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let decoded = text
            .strip_prefix("sha256:")
            .and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
        let bytes = decoded.and_then(|bytes| bytes.try_into().ok());
        bytes
            .map(Self)
            .ok_or("a hash is `sha256:` and 43 characters of base64url")
    }
}
