//! The query of an address.

use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

use crate::refusal::Refusal;

/// The parameters of a query. Names are compared whatever their case, as Durable Functions does; unknown ones are ignored.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub(crate) fn parse(text: &str) -> Self {
        Self(form_urlencoded::parse(text.as_bytes()).into_owned().collect())
    }

    /// Returns every value of a parameter.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let named = self
            .0
            .iter()
            .filter(move |(other, _)| other.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str())
    }

    /// Returns the first value of a parameter.
    pub(crate) fn first(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// Reads a parameter of some type; a blank one counts as missing.
    pub(crate) fn read<T: FromStr<Err: Display>>(&self, name: &str) -> Result<Option<T>, Refusal> {
        let Some(text) = self.first(name).map(str::trim).filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        let read = text.parse().map(Some);
        read.map_err(|error: T::Err| Refusal::bad(format!("the parameter `{name}`: {error}")))
    }

    /// Reads a switch, `true` or `false` in any case.
    pub(crate) fn switch(&self, name: &str, default: bool) -> Result<bool, Refusal> {
        match self
            .first(name)
            .map(|text| text.trim().to_ascii_lowercase())
            .as_deref()
        {
            None | Some("") => Ok(default),
            Some("true") => Ok(true),
            Some("false") => Ok(false),
            Some(_) => Err(Refusal::bad(format!(
                "the parameter `{name}` is neither `true` nor `false`"
            ))),
        }
    }

    /// Reads a span of time in seconds, which may have a fraction.
    pub(crate) fn seconds(&self, name: &str) -> Result<Option<Duration>, Refusal> {
        let refused = || Refusal::bad(format!("the parameter `{name}` is no number of seconds"));
        let seconds: Option<f64> = self.read(name).map_err(|_| refused())?;
        let span = seconds.map(|seconds| Duration::try_from_secs_f64(seconds).map_err(|_| refused()));
        span.transpose()
    }

    /// Reads a list: values with commas between them, or repeated.
    pub(crate) fn list(&self, name: &str) -> Vec<String> {
        let parts = self.all(name).flat_map(|value| value.split(','));
        parts
            .map(|part| part.trim().to_owned())
            .filter(|part| !part.is_empty())
            .collect()
    }

    /// Writes the query again without one parameter.
    pub(crate) fn without(&self, name: &str) -> String {
        let mut writer = form_urlencoded::Serializer::new(String::new());
        for (other, value) in &self.0 {
            if !other.eq_ignore_ascii_case(name) {
                writer.append_pair(other, value);
            }
        }
        writer.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_found_whatever_their_case_and_lists_have_both_forms() {
        let query = Query::parse("RuntimeStatus=Running,%20Pending&runtimestatus=Failed&top=5&x=1");
        assert_eq!(query.list("runtimeStatus"), ["Running", "Pending", "Failed"]);
        assert_eq!(query.read::<u32>("Top").unwrap(), Some(5));
        assert_eq!(query.without("RUNTIMESTATUS"), "top=5&x=1");
    }

    #[test]
    fn malformed_values_are_refused_and_blank_ones_are_missing() {
        for bad in [
            "timeout=NaN",
            "timeout=-1",
            "timeout=inf",
            "timeout=1e300",
            "timeout=x",
        ] {
            assert!(Query::parse(bad).seconds("timeout").is_err(), "{bad}");
        }
        assert_eq!(
            Query::parse("timeout=0.5").seconds("timeout").unwrap(),
            Some(Duration::from_millis(500))
        );
        assert_eq!(Query::parse("timeout=").seconds("timeout").unwrap(), None);
        assert!(Query::parse("showInput=yes").switch("showInput", true).is_err());
        assert!(!Query::parse("showInput=False").switch("showInput", true).unwrap());
    }
}
