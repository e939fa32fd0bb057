//! What differs between what was released and what a binary has.

use std::fmt;

use super::{Entry, Form, Key, Lock, LockedCall, Manifest};
use crate::schema::{Schema, SchemaChange};

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Of which version.
    pub key: Key,
    /// What it is.
    pub what: What,
}

/// What differs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum What {
    /// The code has it, and it is not released.
    Unreleased,
    /// It was released, and the code does not have it.
    Missing,
    /// The body was edited.
    Body,
    /// A call stands for another function or version than at the release.
    Callee {
        /// What was released.
        released: LockedCall,
        /// What stands there now.
        now: LockedCall,
    },
    /// A deterministic function changed, or is called no more.
    Helper(String),
    /// The recorded form of a payload changed.
    Schema {
        /// `input`, `output` or `error`.
        payload: &'static str,
        /// What that means for recorded values.
        change: SchemaChange,
        /// Why: both forms.
        released: Box<Form>,
        /// The form of now.
        now: Box<Form>,
    },
    /// A payload had a known form, and its type lost `DurableSchema`.
    SchemaLost(&'static str),
    /// A payload's form was not known at the release, and is now.
    SchemaGained(&'static str),
}

impl Difference {
    /// Returns whether running instances are safe all the same.
    pub fn is_harmless(&self) -> bool {
        match &self.what {
            What::Unreleased | What::SchemaGained(_) => true,
            What::Schema { change, .. } => *change != SchemaChange::Breaking,
            What::Missing | What::Body | What::Callee { .. } | What::Helper(_) | What::SchemaLost(_) => false,
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.key, self.what)
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreleased => f.write_str("not released yet"),
            Self::Missing => f.write_str("released, and not in this binary"),
            Self::Body => f.write_str("its body was edited since its release"),
            Self::Callee { released, now } => {
                write!(f, "it was released calling {released}, and now calls {now}")
            }
            Self::Helper(name) => write!(f, "the deterministic function `{name}` changed since the release"),
            Self::SchemaLost(payload) => write!(f, "the type of its {payload} lost its schema"),
            Self::SchemaGained(payload) => write!(f, "the type of its {payload} has a schema now"),
            Self::Schema {
                payload,
                change,
                released,
                now,
            } => {
                let change = match change {
                    SchemaChange::None => "described otherwise",
                    SchemaChange::Compatible => "compatible",
                    SchemaChange::Breaking => "breaking",
                };
                let of = |form: &Form| {
                    form.schema
                        .as_ref()
                        .map_or_else(|| "unknown".to_owned(), Schema::to_string)
                };
                write!(
                    f,
                    "its {payload} changed ({change}): from {} to {}",
                    of(released),
                    of(now)
                )
            }
        }
    }
}

impl Lock {
    /// Compares what was released with what a package of a binary has now; with all of it, if no package is named.
    ///
    /// What was released here and is in another package of the binary now is compared as well: moving a function is no
    /// way around its lock.
    pub fn compare(&self, manifest: &Manifest, package: Option<&str>) -> Vec<Difference> {
        let mut found = Vec::new();
        for function in &manifest.functions {
            let whats = match self.get(&function.key) {
                Some(released) => released.compare(&function.entry()),
                None if function.is_of(package) => vec![What::Unreleased],
                None => continue,
            };
            let key = &function.key;
            found.extend(whats.into_iter().map(|what| Difference {
                key: key.clone(),
                what,
            }));
        }
        let has = |key: &Key| manifest.functions.iter().any(|function| function.key == *key);
        let missing = self.entries.keys().filter(|key| !has(key));
        found.extend(missing.map(|key| Difference {
            key: key.clone(),
            what: What::Missing,
        }));
        found.sort_by(|a, b| a.key.cmp(&b.key));
        found
    }
}

impl Entry {
    /// Lists what of a released version is otherwise now.
    pub fn compare(&self, now: &Self) -> Vec<What> {
        let mut found = Vec::new();
        if self.body != now.body {
            found.push(What::Body);
        }
        found.extend(self.compare_calls(&now.calls));
        for helper in &self.helpers {
            if !now.helpers.contains(helper) {
                found.push(What::Helper(helper.name.clone()));
            }
        }
        let payloads = [
            ("input", &self.input, &now.input),
            ("output", &self.output, &now.output),
            ("error", &self.error, &now.error),
        ];
        found.extend(
            payloads
                .into_iter()
                .filter_map(|(payload, old, new)| schema(payload, old, new)),
        );
        found
    }

    /// Compares the calls by their places. With another number of them, the body is another one too.
    pub(crate) fn compare_calls(&self, now: &[LockedCall]) -> Vec<What> {
        let pairs = self.calls.iter().zip(now);
        let differ = pairs.filter(|(released, now)| released != now);
        differ
            .map(|(released, now)| What::Callee {
                released: released.clone(),
                now: now.clone(),
            })
            .collect()
    }
}

fn schema(payload: &'static str, released: &Form, now: &Form) -> Option<What> {
    match (released.fingerprint, now.fingerprint) {
        (None, None) => None,
        (Some(_), None) => Some(What::SchemaLost(payload)),
        (None, Some(_)) => Some(What::SchemaGained(payload)),
        (Some(old), Some(new)) if old == new => None,
        (Some(_), Some(_)) => {
            let change = match (&released.schema, &now.schema) {
                // Schemas say less than fingerprints in places: `#[serde(with)]`, for example.
                (Some(old), Some(new)) => match old.change_to(new) {
                    SchemaChange::None => SchemaChange::Breaking,
                    change => change,
                },
                (Some(_) | None, Some(_) | None) => SchemaChange::Breaking,
            };
            Some(What::Schema {
                payload,
                change,
                released: Box::new(released.clone()),
                now: Box::new(now.clone()),
            })
        }
    }
}
