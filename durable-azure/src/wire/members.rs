//! Reading the members of an object, with errors that name them.

use durable_core::history::Tags;
use durable_core::{NameError, Payload, RecordedVersion, Timestamp};

use super::json::{Json, Object};
use super::payload::{read_arguments, read_payload};
use super::time::fine_of;
use super::{WireError, read_version};
use crate::value::Ticks;

/// An object that is read, and what it is for errors. A member that is missing is as one that is null.
#[derive(Clone, Copy)]
pub(super) struct Members<'a> {
    what: &'a str,
    object: &'a Object,
}

impl<'a> Members<'a> {
    pub(super) fn new(what: &'a str, object: &'a Object) -> Self {
        Self { what, object }
    }

    fn get(self, name: &str) -> Option<&'a Json> {
        self.object.get(name).filter(|value| **value != Json::Null)
    }

    fn kind(self, name: &str, expected: &'static str) -> WireError {
        WireError::Kind {
            what: self.what.to_owned(),
            member: name.to_owned(),
            expected,
        }
    }

    pub(super) fn missing(self, name: &str) -> WireError {
        WireError::Missing {
            what: self.what.to_owned(),
            member: name.to_owned(),
        }
    }

    pub(super) fn unknown(self, found: impl Into<String>) -> WireError {
        WireError::Unknown {
            what: self.what.to_owned(),
            found: found.into(),
        }
    }

    pub(super) fn text(self, name: &str) -> Result<Option<&'a str>, WireError> {
        match self.get(name) {
            None => Ok(None),
            Some(Json::Text(text)) => Ok(Some(text)),
            Some(_) => Err(self.kind(name, "a text")),
        }
    }

    /// Reads a text that .NET may leave null.
    pub(super) fn text_or_empty(self, name: &str) -> Result<String, WireError> {
        Ok(self.text(name)?.unwrap_or_default().to_owned())
    }

    /// Reads a name or an id.
    pub(super) fn name<T: for<'t> TryFrom<&'t str, Error = NameError>>(
        self,
        name: &str,
    ) -> Result<T, WireError> {
        self.optional_name(name)?.ok_or_else(|| self.missing(name))
    }

    pub(super) fn optional_name<T: for<'t> TryFrom<&'t str, Error = NameError>>(
        self,
        name: &str,
    ) -> Result<Option<T>, WireError> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        let read = T::try_from(text).map_err(|source| WireError::Name {
            what: self.what.to_owned(),
            member: name.to_owned(),
            source,
        });
        read.map(Some)
    }

    pub(super) fn version(self, name: &str) -> Result<RecordedVersion, WireError> {
        Ok(read_version(self.text(name)?))
    }

    pub(super) fn payload(self, name: &str) -> Result<Payload, WireError> {
        read_payload(self.text(name)?).map_err(|source| self.unfit(name, source))
    }

    pub(super) fn arguments(self, name: &str) -> Result<Payload, WireError> {
        read_arguments(self.text(name)?).map_err(|source| self.unfit(name, source))
    }

    fn unfit(self, name: &str, source: durable_core::PayloadError) -> WireError {
        WireError::Payload {
            what: self.what.to_owned(),
            member: name.to_owned(),
            source,
        }
    }

    pub(super) fn flag(self, name: &str) -> Result<bool, WireError> {
        match self.get(name) {
            None => Ok(false),
            Some(Json::Bool(flag)) => Ok(*flag),
            Some(_) => Err(self.kind(name, "true or false")),
        }
    }

    pub(super) fn int(self, name: &str) -> Result<Option<i64>, WireError> {
        match self.get(name) {
            None => Ok(None),
            Some(Json::Number(number)) => {
                let number = number.as_i64().ok_or_else(|| self.kind(name, "an integer"))?;
                Ok(Some(number))
            }
            Some(_) => Err(self.kind(name, "an integer")),
        }
    }

    /// Reads an integer that fits another type.
    pub(super) fn small<T: TryFrom<i64>>(self, name: &str) -> Result<Option<T>, WireError> {
        let Some(value) = self.int(name)? else {
            return Ok(None);
        };
        let small = T::try_from(value).map_err(|_| WireError::Range {
            what: self.what.to_owned(),
            member: name.to_owned(),
            value,
        });
        small.map(Some)
    }

    /// Reads the number of a task; one that is missing is 0, as in .NET.
    pub(super) fn task(self, name: &str) -> Result<durable_core::TaskId, WireError> {
        Ok(durable_core::TaskId(self.small(name)?.unwrap_or_default()))
    }

    pub(super) fn ticks(self, name: &str) -> Result<Option<Ticks>, WireError> {
        let ticks = match self.get(name) {
            None => return Ok(None),
            Some(Json::Time(ticks)) => Some(*ticks),
            Some(Json::Text(text)) => Ticks::parse(text),
            Some(_) => None,
        };
        ticks.map(Some).ok_or_else(|| self.kind(name, "a moment"))
    }

    /// Reads a moment, exactly if it is one that .NET cannot write.
    pub(super) fn optional_time(self, name: &str) -> Result<Option<Timestamp>, WireError> {
        if let Some(micros) = self.int(&exact_name(name))? {
            return Ok(Some(Timestamp::from_micros(micros)));
        }
        Ok(self.ticks(name)?.map(Timestamp::from))
    }

    /// Returns what a moment has below a microsecond, in steps of 100 ns.
    pub(super) fn fine(self, name: &str) -> Result<u8, WireError> {
        if self.int(&exact_name(name))?.is_some() {
            return Ok(0);
        }
        Ok(self.ticks(name)?.map_or(0, fine_of))
    }

    /// Reads a moment; one that is missing is the first of .NET's calendar.
    pub(super) fn time(self, name: &str) -> Result<Timestamp, WireError> {
        Ok(self.optional_time(name)?.unwrap_or(Timestamp::from(Ticks::MIN)))
    }

    pub(super) fn object(self, name: &str) -> Result<Option<&'a Object>, WireError> {
        match self.get(name) {
            None => Ok(None),
            Some(Json::Object(object)) => Ok(Some(object)),
            Some(_) => Err(self.kind(name, "an object")),
        }
    }

    /// Reads an object of texts. A value that is null is an empty text.
    pub(super) fn tags(self, name: &str) -> Result<Option<Tags>, WireError> {
        let Some(object) = self.object(name)? else {
            return Ok(None);
        };
        let mut tags = Tags::new();
        for (key, value) in &object.members {
            let text = match value {
                Json::Text(text) => text.clone(),
                Json::Null => String::new(),
                _ => return Err(self.kind(name, "an object of texts")),
            };
            tags.insert(key.clone(), text);
        }
        Ok(Some(tags))
    }
}

/// Returns the member that holds the core's count of a moment that cannot be stored.
pub(super) fn exact_name(name: &str) -> String {
    format!("Durable{name}Micros")
}
