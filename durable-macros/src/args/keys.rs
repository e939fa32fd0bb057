//! Checks the keys of an attribute before `darling` reads it, so that every slip gets our own words.

use std::collections::BTreeSet;

use darling::FromMeta;
use darling::ast::NestedMeta;
use proc_macro2::TokenStream;

use crate::errors::Errors;
use crate::message;

/// The keys that an attribute takes.
pub(crate) struct Grammar {
    /// What errors call it: `#[activity]`, `retry(..)`.
    pub(crate) name: &'static str,
    /// The keys.
    pub(crate) keys: &'static [&'static str],
    /// Keys that belong to another attribute only, and that attribute.
    pub(crate) foreign: &'static [(&'static str, &'static str)],
}

impl Grammar {
    /// Reads the tokens between the parentheses. What is wrong is left out of the result.
    pub(crate) fn read<T: FromMeta + Default>(&self, tokens: TokenStream, errors: &mut Errors) -> T {
        let Some(metas) = errors.take(NestedMeta::parse_meta_list(tokens)) else {
            return T::default();
        };
        let mut seen = BTreeSet::new();
        let known: Vec<NestedMeta> = metas
            .into_iter()
            .filter(|meta| self.accepts(meta, &mut seen, errors))
            .collect();
        match T::from_list(&known) {
            Ok(args) => args,
            Err(error) => {
                errors.add(error.into());
                T::default()
            }
        }
    }

    fn accepts(&self, meta: &NestedMeta, seen: &mut BTreeSet<String>, errors: &mut Errors) -> bool {
        let NestedMeta::Meta(meta) = meta else {
            errors.push(meta, &message::not_a_key(self.name));
            return false;
        };
        let path = meta.path();
        let key = path.get_ident().map(ToString::to_string).unwrap_or_default();
        if let Some((_, other)) = self.foreign.iter().find(|(foreign, _)| *foreign == key) {
            errors.push(path, &message::foreign_key(self.name, &key, other));
        } else if !self.keys.contains(&key.as_str()) {
            let shown = quote::quote!(#path).to_string();
            let near = nearest(&key, self.keys);
            errors.push(path, &message::unknown_key(self.name, &shown, near, self.keys));
        } else if seen.insert(key.clone()) {
            return true;
        } else {
            errors.push(path, &message::duplicate_key(&key));
        }
        false
    }
}

/// Returns the word most like `key`, if it is like enough to be meant.
pub(crate) fn nearest<'a>(key: &str, words: &[&'a str]) -> Option<&'a str> {
    let close = words.iter().map(|&word| (distance(key, word), word)).min()?;
    let (edits, word) = close;
    (edits <= word.len().div_ceil(3)).then_some(word)
}

/// Returns how many letters must be inserted, removed or replaced to turn one word into the other.
fn distance(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.chars().count()).collect();
    for (at, letter) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = at + 1;
        for (column, other) in to.chars().enumerate() {
            let replaced = diagonal + usize::from(letter != other);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised() {
        let words = ["version", "name", "superseded", "retry"];
        assert_eq!(nearest("verson", &words), Some("version"));
        assert_eq!(nearest("supersede", &words), Some("superseded"));
        assert_eq!(nearest("colour", &words), None);
    }
}
