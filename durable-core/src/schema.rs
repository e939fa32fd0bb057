//! The recorded form of a payload type: a fingerprint to compare, and a description to explain a difference with.
//!
//! `#[derive(DurableSchema)]` computes both from the fields and the serde attributes that change what is recorded.

mod change;
mod fingerprint;
mod impls;
mod text;

use serde::{Deserialize, Serialize};

pub use change::SchemaChange;
pub use fingerprint::Fingerprint;
pub use text::SchemaTextError;

/// A type whose recorded form is known at compile time.
///
/// Equal fingerprints mean that values of one type can be read as the other. The name of the type takes no part:
/// a renamed struct is recorded as before.
///
/// ```
/// use durable_core::schema::DurableSchema;
/// assert_eq!(<Box<u64>>::FINGERPRINT, u64::FINGERPRINT);
/// assert_ne!(u32::FINGERPRINT, u64::FINGERPRINT);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no durable schema",
    label = "its recorded form is not known",
    note = "add `#[derive(durable::DurableSchema)]` to it, or `#[durable(opaque)]` to the field [durable D0027]"
)]
pub trait DurableSchema {
    /// A hash of the recorded form.
    const FINGERPRINT: u64;

    /// Describes the recorded form, so that a difference can be explained.
    fn describe() -> Schema;
}

/// A recorded form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Schema {
    /// A number, text, truth value or character, by the name of its Rust type.
    Scalar(String),
    /// A value that may be absent.
    Optional(Box<Self>),
    /// Any number of values.
    Sequence(Box<Self>),
    /// A fixed number of values of one form.
    Array {
        /// The form of each.
        item: Box<Self>,
        /// How many there are.
        len: usize,
    },
    /// Values by key.
    Map {
        /// The form of a key.
        key: Box<Self>,
        /// The form of a value.
        value: Box<Self>,
    },
    /// A fixed number of values, each of its own form; none for the unit type.
    Tuple(Vec<Self>),
    /// Named fields.
    Struct(Vec<Field>),
    /// One of several variants.
    Enum {
        /// How the variant is told.
        tagging: Tagging,
        /// The variants.
        variants: Vec<Variant>,
    },
    /// A form that is not described, by a name for it.
    Opaque(String),
}

/// A named part of a recorded form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// The name as recorded.
    pub name: String,
    /// Its form.
    pub schema: Schema,
    /// Whether it may be left out: a record without it can be read.
    pub default: bool,
    /// Whether its own fields stand beside the others.
    pub flatten: bool,
}

/// One variant of an enum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant {
    /// The name as recorded.
    pub name: String,
    /// The form of what it holds.
    pub schema: Schema,
}

/// How a recorded enum tells its variants apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tagging {
    /// `{"Variant": ..}`.
    External,
    /// `{"tag": "Variant", ..}`.
    Internal {
        /// The name of the tag.
        tag: String,
    },
    /// `{"tag": "Variant", "content": ..}`.
    Adjacent {
        /// The name of the tag.
        tag: String,
        /// The name of the content.
        content: String,
    },
    /// The content alone.
    Untagged,
}

impl Schema {
    /// Makes the form of a scalar.
    pub fn scalar(name: &str) -> Self {
        Self::Scalar(name.to_owned())
    }

    /// Makes a form that is not described.
    pub fn opaque(name: &str) -> Self {
        Self::Opaque(name.to_owned())
    }

    /// Makes the form of a tuple.
    pub fn tuple(items: impl IntoIterator<Item = Self>) -> Self {
        Self::Tuple(items.into_iter().collect())
    }

    /// Makes the form of a struct.
    pub fn structure(fields: impl IntoIterator<Item = Field>) -> Self {
        Self::Struct(fields.into_iter().collect())
    }

    /// Makes the form of an enum.
    pub fn choice(tagging: Tagging, variants: impl IntoIterator<Item = Variant>) -> Self {
        Self::Enum {
            tagging,
            variants: variants.into_iter().collect(),
        }
    }
}

impl Field {
    /// Makes a field that must be present.
    pub fn new(name: &str, schema: Schema) -> Self {
        Self {
            name: name.to_owned(),
            schema,
            default: false,
            flatten: false,
        }
    }

    /// Says that the field may be left out.
    #[must_use]
    pub fn or_default(mut self) -> Self {
        self.default = true;
        self
    }

    /// Says that the field's own fields stand beside the others.
    #[must_use]
    pub fn flattened(mut self) -> Self {
        self.flatten = true;
        self
    }
}

impl Variant {
    /// Makes a variant.
    pub fn new(name: &str, schema: Schema) -> Self {
        Self {
            name: name.to_owned(),
            schema,
        }
    }
}

impl Tagging {
    /// Makes the internal form.
    pub fn internal(tag: &str) -> Self {
        Self::Internal { tag: tag.to_owned() }
    }

    /// Makes the adjacent form.
    pub fn adjacent(tag: &str, content: &str) -> Self {
        Self::Adjacent {
            tag: tag.to_owned(),
            content: content.to_owned(),
        }
    }
}
