//! JSON with its order: written to the byte as Newtonsoft.Json writes it, read with tolerance.
//!
//! `serde_json`'s own values keep no order of members and escape other characters, so messages are trees of this module.

mod read;
mod write;

pub(crate) use read::parse;
pub(crate) use write::Types;

use crate::value::Ticks;

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Json {
    /// Nothing.
    Null,
    /// True or false.
    Bool(bool),
    /// A number. Integers of 64 bits are kept exactly.
    Number(serde_json::Number),
    /// A text.
    Text(String),
    /// A moment; read back as text.
    Time(Ticks),
    /// A list.
    Array(Vec<Json>),
    /// An object.
    Object(Object),
}

/// An object: its `$type`, and its other members in order.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Object {
    /// The full name of the type, without the assembly.
    pub(crate) ty: Option<String>,
    /// The members.
    pub(crate) members: Vec<(String, Json)>,
}

impl Object {
    /// Makes an object without members.
    pub(crate) fn of_type(ty: impl Into<String>) -> Self {
        Self {
            ty: Some(ty.into()),
            members: Vec::new(),
        }
    }

    /// Adds a member.
    pub(crate) fn push(&mut self, name: &str, value: impl Into<Json>) {
        self.members.push((name.to_owned(), value.into()));
    }

    /// Returns a member. Names are compared exactly; the last of several wins, as in .NET.
    pub(crate) fn get(&self, name: &str) -> Option<&Json> {
        let mut found = self.members.iter().rev();
        found.find(|(member, _)| member == name).map(|(_, value)| value)
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Json {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<bool> for Json {
    fn from(flag: bool) -> Self {
        Self::Bool(flag)
    }
}

impl From<i32> for Json {
    fn from(number: i32) -> Self {
        Self::Number(number.into())
    }
}

impl From<i64> for Json {
    fn from(number: i64) -> Self {
        Self::Number(number.into())
    }
}

impl From<u32> for Json {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

impl From<Ticks> for Json {
    fn from(at: Ticks) -> Self {
        Self::Time(at)
    }
}

impl From<Object> for Json {
    fn from(object: Object) -> Self {
        Self::Object(object)
    }
}

impl<T: Into<Json>> From<Option<T>> for Json {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
