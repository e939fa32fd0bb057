//! What the compiler reported.

use serde_json::Value;

/// A report, by what does not depend on the compiler's wording.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    pub(crate) file: String,
    pub(crate) line: usize,
    /// The rule, or the compiler's own words if it names none of ours.
    pub(crate) rule: String,
}

/// Reads cargo's messages.
pub(crate) fn findings(json_lines: &str) -> Vec<Finding> {
    json_lines
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["reason"] == "compiler-message")
        .filter_map(|message| finding(&message["message"]))
        .collect()
}

fn finding(message: &Value) -> Option<Finding> {
    let spans = message["spans"].as_array()?;
    // Summaries, such as how many errors there were, are about no place.
    let span = spans.iter().find(|span| span["is_primary"] == true)?;
    // The text as it is shown holds the source line too, and so its marker.
    let own = message["message"].as_str().unwrap_or_default();
    let notes = message["children"].as_array().into_iter().flatten();
    let mut texts = std::iter::once(own).chain(notes.filter_map(|note| note["message"].as_str()));
    Some(Finding {
        file: span["file_name"].as_str()?.to_owned(),
        line: usize::try_from(span["line_start"].as_u64()?).ok()?,
        rule: texts.find_map(rule).unwrap_or_else(|| own.to_owned()),
    })
}

/// Returns the first rule id in a text: a `D` and four digits.
pub(crate) fn rule(text: &str) -> Option<String> {
    text.split(|c: char| !c.is_ascii_alphanumeric())
        .find(|word| {
            word.strip_prefix('D')
                .is_some_and(|digits| digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit()))
        })
        .map(str::to_owned)
}
