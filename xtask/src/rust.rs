//! Reading Rust well enough for rules about it: code without comments and texts, and the paths in it.

mod blank;
mod paths;

pub(crate) use blank::code_of;
pub(crate) use paths::{UsedPath, used_paths};

/// Returns code up to where its unit tests begin.
pub(crate) fn before_tests(code: &str) -> &str {
    code.find("#[cfg(test)]\nmod ").map_or(code, |end| &code[..end])
}

/// Returns the identifiers of code, with their lines counted from 1.
pub(crate) fn identifiers(code: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..).zip(code.lines()).flat_map(|(number, line)| {
        let words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
        words
            .filter(|word| !word.is_empty())
            .map(move |word| (number, word))
    })
}
