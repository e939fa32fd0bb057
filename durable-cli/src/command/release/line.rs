//! `durable::lock!();` at the crate roots that have durable functions.

use std::ops::Range;

use syn::spanned::Spanned as _;
use syn::{Item, Path};

use crate::edit::{Edit, Edits};
use crate::locks::Locks;
use crate::sources::{SourceCrate, SourceFile, Sources};

/// What became of the lines.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// The files that got one.
    pub(super) added: Vec<String>,
    /// What is left to the user.
    pub(super) notes: Vec<String>,
}

/// Adds the line to each root that lacks it.
pub(super) fn add(sources: &Sources, locks: &Locks, edits: &mut Edits) -> Lines {
    let mut lines = Lines::default();
    for lock in locks.0.iter().filter(|lock| !lock.told.functions.is_empty()) {
        let of_package = |krate: &&(usize, &SourceCrate)| krate.1.package == lock.package.name;
        let crates: Vec<(usize, &SourceCrate)> = sources.crates.iter().enumerate().collect();
        let with_functions: Vec<&SourceCrate> = crates
            .iter()
            .filter(of_package)
            .filter(|(at, _)| has_functions(sources, *at))
            .map(|(_, krate)| *krate)
            .collect();
        let watched = crates
            .iter()
            .filter(of_package)
            .any(|(_, krate)| has_line(sources, krate));
        if with_functions.is_empty() && !watched {
            lines.notes.push(format!(
                "no function of package {} was found in its sources: add `durable::lock!();` to its crate root yourself",
                lock.package.name
            ));
        }
        for krate in with_functions {
            let root = sources.module(krate.root);
            let file = &sources.files[root.file];
            // A root may belong to several programs.
            if !has_line(sources, krate) && !lines.added.contains(&file.shown) {
                edits.push(root.file, insertion(file, &krate.facade));
                lines.added.push(file.shown.clone());
            }
        }
    }
    lines
}

fn has_functions(sources: &Sources, krate: usize) -> bool {
    sources
        .modules
        .iter()
        .any(|module| module.krate == krate && !module.functions.is_empty())
}

fn has_line(sources: &Sources, krate: &SourceCrate) -> bool {
    let root = sources.module(krate.root);
    root.items.iter().any(|item| match item {
        Item::Macro(item) => is_lock(&item.mac.path, &krate.facade),
        _ => false,
    })
}

/// Returns whether a path is that of the facade's macro; imported, it is one word.
fn is_lock(path: &Path, facade: &str) -> bool {
    let words: Vec<String> = path
        .segments
        .iter()
        .map(|segment| segment.ident.to_string())
        .collect();
    match words.as_slice() {
        [only] => only == "lock",
        [.., before, last] => last == "lock" && (before == facade || before == "durable"),
        [] => false,
    }
}

/// Puts the line below the imports and modules at the head of a file; else above its first item.
fn insertion(file: &SourceFile, facade: &str) -> Edit {
    let line = format!("{facade}::lock!();");
    let newline = file.newline();
    let head = file.ast.items.iter().take_while(|item| is_head(item)).last();
    let inner = file.ast.attrs.last();
    let after = head
        .map(|item| file.range(item))
        .or(inner.map(|attr| file.range(&attr.span())));
    if let Some(Range { end, .. }) = after {
        let rest = file.text[end..].find('\n').map_or(file.text.len(), |at| end + at);
        // Before the `\r` of a line that ends with both.
        let at = end + file.text[end..rest].trim_end_matches('\r').len();
        return Edit::insert(at, format!("{newline}{newline}{line}"));
    }
    let first = file
        .ast
        .items
        .first()
        .map_or(file.text.len(), |item| file.range(item).start);
    Edit::insert(
        above_comments(&file.text, first),
        format!("{line}{newline}{newline}"),
    )
}

fn is_head(item: &Item) -> bool {
    match item {
        Item::Use(_) | Item::ExternCrate(_) => true,
        Item::Mod(item) => item.content.is_none(),
        _ => false,
    }
}

/// Comments directly above an item stay with it.
fn above_comments(text: &str, item: usize) -> usize {
    let line_start = |at: usize| text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let mut start = line_start(item);
    while start > 0 {
        let above = line_start(start - 1);
        if !text[above..start].trim_start().starts_with("//") {
            break;
        }
        start = above;
    }
    start
}
