//! The attribute of the version that is kept, and of the one that is opened.

use std::ops::Range;

use syn::Meta;

use crate::edit::Edit;
use crate::sources::{Function, SourceFile};

/// Says that the version is superseded, and writes its number out.
pub(super) fn kept(current: &Function, file: &SourceFile) -> Vec<Edit> {
    let version = format!("version = \"{}\"", current.version_text);
    let Some(last) = current.last_key() else {
        return vec![Edit::replace(
            no_keys(current, file),
            format!("({version}, superseded)"),
        )];
    };
    let mut edits = Vec::new();
    if current.version_literal().is_none() {
        edits.push(Edit::insert(first_key(current, file), format!("{version}, ")));
    }
    edits.push(Edit::insert(file.range(&last).end, ", superseded"));
    edits
}

/// Gives the version another number.
pub(super) fn opened(current: &Function, file: &SourceFile, version: &str) -> Vec<Edit> {
    if let Some(literal) = current.version_literal() {
        return vec![Edit::replace(file.range(&literal), format!("\"{version}\""))];
    }
    let version = format!("version = \"{version}\"");
    vec![match current.last_key() {
        Some(_) => Edit::insert(first_key(current, file), format!("{version}, ")),
        None => Edit::replace(no_keys(current, file), format!("({version})")),
    }]
}

/// Returns the place for the parentheses of an attribute without keys, or its empty ones.
fn no_keys(current: &Function, file: &SourceFile) -> Range<usize> {
    let start = file.range(current.attribute.path()).end;
    match &current.attribute.meta {
        Meta::List(_) => start..file.range(&current.attribute.meta).end,
        Meta::Path(_) | Meta::NameValue(_) => start..start,
    }
}

fn first_key(current: &Function, file: &SourceFile) -> usize {
    match &current.attribute.meta {
        Meta::List(list) => file.range(&list.tokens).start,
        meta @ (Meta::Path(_) | Meta::NameValue(_)) => file.range(meta).end,
    }
}
