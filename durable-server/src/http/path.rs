//! Paths, and the patterns of routes.

use percent_encoding::percent_decode_str;

use crate::refusal::Refusal;

/// Splits a path into its parts and decodes them: an escaped `/` stays within its part. A `/` at the end says nothing.
pub(crate) fn segments(path: &str) -> Result<Vec<String>, Refusal> {
    let path = path.strip_prefix('/').unwrap_or(path);
    let path = path.strip_suffix('/').unwrap_or(path);
    path.split('/')
        .map(|part| {
            let decoded = percent_decode_str(part).decode_utf8();
            let bad = |_| Refusal::bad(format!("the part `{part}` of the path is no UTF-8"));
            decoded.map(std::borrow::Cow::into_owned).map_err(bad)
        })
        .collect()
}

/// The pattern of a route: words, which match whatever their case, and `{names}` of what stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pattern(pub(crate) &'static str);

impl Pattern {
    /// Returns the names with what stands at their places, if the path is of this pattern.
    pub(crate) fn matches(self, segments: &[String]) -> Option<Vec<(&'static str, String)>> {
        let parts = self.0.trim_start_matches('/').split('/');
        if parts.clone().count() != segments.len() {
            return None;
        }
        let mut found = Vec::new();
        for (part, segment) in parts.zip(segments) {
            match name_of(part) {
                Some(name) => found.push((name, segment.clone())),
                None if part.eq_ignore_ascii_case(segment) => {}
                None => return None,
            }
        }
        Some(found)
    }

    /// Returns the names, in order.
    pub(crate) fn names(self) -> impl Iterator<Item = &'static str> {
        self.0.split('/').filter_map(name_of)
    }
}

fn name_of(part: &'static str) -> Option<&'static str> {
    part.strip_prefix('{')?.strip_suffix('}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_match_whatever_their_case_and_escapes_stay_in_their_part() {
        let pattern = Pattern("/a/instances/{instanceId}/raiseEvent/{eventName}");
        let found = |path: &str| pattern.matches(&segments(path).unwrap());
        let expected = vec![
            ("instanceId", "x/y".to_owned()),
            ("eventName", "Go On".to_owned()),
        ];
        assert_eq!(found("/A/Instances/x%2Fy/raiseevent/Go%20On/"), Some(expected));
        assert_eq!(found("/a/instances/x/raiseEvent"), None);
        assert!(segments("/a/%ff").is_err());
    }
}
