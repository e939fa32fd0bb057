//! Code that still names a version.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};

use super::remove::imports_of;
use crate::project::{Project, uses_durable};
use crate::sources::{Function, Sources};

/// Returns where the pinned handle is named, apart from imports that go with it.
pub(super) fn still_named(project: &Project, sources: &Sources, function: &Function) -> Vec<String> {
    let pinned = function.pinned();
    let own = &sources.file_of(function).path;
    let imports = imports_of(sources, function);
    let mut found = Vec::new();
    for path in source_files(project) {
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        // An import may have given it another name in this file.
        let in_file = imports
            .iter()
            .filter(|(file, _)| sources.files[*file].path == path);
        let (leaves, mut names): (Vec<Range<usize>>, Vec<String>) = in_file
            .map(|(_, import)| (import.leaf.clone(), import.alias.clone().unwrap_or_default()))
            .unzip();
        names.push(pinned.clone());
        for at in places(&text, &names) {
            let itself = path == *own && function.range.contains(&at);
            if !itself && !leaves.iter().any(|leaf| leaf.contains(&at)) {
                let line = text[..at].matches('\n').count() + 1;
                let place = format!("{}:{line}", project.shown(&path));
                found.push(format!(
                    "`{pinned}` is named at {place}{}",
                    holder(sources, &path, at)
                ));
            }
        }
    }
    found.dedup();
    found
}

/// Returns the durable function that a place is in.
fn holder(sources: &Sources, path: &Path, at: usize) -> String {
    let holder = sources
        .own_functions()
        .find(|function| sources.file_of(function).path == path && function.range.contains(&at));
    holder
        .map(|function| format!(", in {}", function.key()))
        .unwrap_or_default()
}

/// Returns the sources of all packages of the workspace that use `durable`, with their tests and examples.
fn source_files(project: &Project) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let members = project
        .members()
        .into_iter()
        .filter(|package| uses_durable(package));
    for dir in members.filter_map(|package| package.manifest_path.parent()) {
        collect(dir.as_std_path(), &project.target_dir(), &mut files);
    }
    files.sort_unstable();
    files.dedup();
    files
}

fn collect(dir: &Path, target: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(dir) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        if path.is_dir() && !hidden && path != target {
            collect(&path, target, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path.canonicalize().unwrap_or(path));
        }
    }
}

/// Returns where names stand in the code: not in comments and texts.
fn places(text: &str, names: &[String]) -> Vec<usize> {
    if !names.iter().any(|name| text.contains(name.as_str())) {
        return Vec::new();
    }
    let mut found = Vec::new();
    if let Ok(stream) = text.parse::<TokenStream>() {
        find(stream, names, &mut found);
    }
    found
}

/// Finds names among tokens, in macros as well.
pub(super) fn find(stream: TokenStream, names: &[String], found: &mut Vec<usize>) {
    for tree in stream {
        match tree {
            TokenTree::Ident(ident) if names.iter().any(|name| ident == name) => {
                found.push(ident.span().byte_range().start);
            }
            TokenTree::Group(group) => find(group.stream(), names, found),
            TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}
