//! Taking a function out of a file, and the imports that go with it.

use std::collections::BTreeMap;
use std::ops::Range;

use proc_macro2::TokenStream;

use super::names::find;
use crate::edit::{Edit, Edits};
use crate::sources::{Function, FunctionId, Import, Meaning, SourceFile, Sources};

/// What goes.
#[derive(Debug)]
pub(super) struct Removal {
    pub(super) edits: Edits,
    /// The names whose imports go as well.
    pub(super) imports: Vec<String>,
}

/// Returns the edits that remove a function, the imports of it, and the imports of handles that only it used.
pub(super) fn edits(sources: &Sources, function: &Function) -> Removal {
    let module = sources.module(function.module);
    let file = &sources.files[module.file];
    let mut edits = Edits::default();
    edits.push(module.file, Edit::replace(lines_of(file, &function.range), ""));
    let mut gone: Vec<(usize, Import)> = imports_of(sources, function);
    gone.extend(used_only_by(sources, function).map(|import| (module.file, import.clone())));
    let mut imports: Vec<String> = gone
        .iter()
        .filter_map(|(_, import)| import.alias.clone())
        .collect();
    imports.sort_unstable();
    imports.dedup();
    for (file, range) in ranges(sources, gone) {
        edits.push(file, Edit::replace(range, ""));
    }
    Removal { edits, imports }
}

/// Returns all imports of a function's pinned handle, with the file of each.
pub(super) fn imports_of(sources: &Sources, function: &Function) -> Vec<(usize, Import)> {
    let mut found: Vec<(usize, Import)> = Vec::new();
    let same = |id: FunctionId| sources.same(sources.function(id), function);
    for (at, module) in sources.modules.iter().enumerate() {
        let at = crate::sources::ModuleId(at);
        for import in module.imports.iter().filter(|import| import.alias.is_some()) {
            let meaning = sources.resolve(at, &import.path, import.absolute);
            let known = found
                .iter()
                .any(|(file, own)| *file == module.file && own.leaf == import.leaf);
            if matches!(meaning, Meaning::Pinned(id) if same(id)) && !known {
                found.push((module.file, import.clone()));
            }
        }
    }
    found
}

/// Returns the imports of handles that nothing but the function uses in its file.
fn used_only_by<'a>(sources: &'a Sources, function: &'a Function) -> impl Iterator<Item = &'a Import> {
    let module = sources.module(function.module);
    let file = &sources.files[module.file];
    let tokens: TokenStream = file.text.parse().unwrap_or_default();
    module.imports.iter().filter(move |import| {
        let Some(alias) = &import.alias else { return false };
        let meaning = sources.resolve(function.module, &import.path, import.absolute);
        let handle = matches!(meaning, Meaning::Plain(_) | Meaning::Pinned(_));
        let mut uses = Vec::new();
        find(tokens.clone(), std::slice::from_ref(alias), &mut uses);
        let (inside, outside): (Vec<usize>, Vec<usize>) =
            uses.into_iter().partition(|at| function.range.contains(at));
        let elsewhere = outside.iter().any(|at| !import.leaf.contains(at));
        handle && !import.public && !inside.is_empty() && !elsewhere
    })
}

/// Returns the whole lines of an item: with comments that stand directly above it, and one empty line.
fn lines_of(file: &SourceFile, item: &Range<usize>) -> Range<usize> {
    let text = &file.text;
    let line_start = |at: usize| text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let mut start = line_start(item.start);
    while start > 0 {
        let above = line_start(start - 1);
        let line = text[above..start].trim();
        if !line.starts_with("//") || line.starts_with("//!") {
            break;
        }
        start = above;
    }
    let rest = text[item.end..].lines().next().unwrap_or_default();
    let ends_line = rest.trim().is_empty() || rest.trim().starts_with("//");
    if !ends_line || text[line_start(item.start)..item.start].trim() != "" {
        return item.clone();
    }
    let mut end = text[item.end..]
        .find('\n')
        .map_or(text.len(), |newline| item.end + newline + 1);
    let empty_above = text[..start]
        .trim_end_matches([' ', '\t', '\r'])
        .ends_with("\n\n")
        || text[..start].ends_with("\r\n\r\n")
        || start == 0;
    let next = text[end..].lines().next();
    if next.is_some_and(|line| line.trim().is_empty())
        && (empty_above || text[..start].trim_end().ends_with('{'))
    {
        end += text[end..].find('\n').map_or(0, |newline| newline + 1);
    } else if next.is_none() && empty_above {
        // Nothing follows: the empty line above goes instead.
        start = text[..start].trim_end().len() + file.newline().len();
    }
    start.min(end)..end
}

/// Returns what to cut out for each import, whole declarations where none of their names is left.
fn ranges(sources: &Sources, imports: Vec<(usize, Import)>) -> Vec<(usize, Range<usize>)> {
    let mut by_item: BTreeMap<(usize, usize), Vec<Import>> = BTreeMap::new();
    for (file, import) in imports {
        let leaves = by_item.entry((file, import.item.start)).or_default();
        if !leaves.iter().any(|own| own.leaf == import.leaf) {
            leaves.push(import);
        }
    }
    let mut ranges = Vec::new();
    for ((file, _), mut leaves) in by_item {
        let source = &sources.files[file];
        if leaves.first().is_some_and(|leaf| leaf.siblings == leaves.len()) {
            let item = &leaves[0].item;
            let end = item.end
                + source.text[item.end..]
                    .find('\n')
                    .map_or(0, |newline| newline + 1);
            let start = item.start - source.indent(item.start).len();
            ranges.push((file, start..end));
            continue;
        }
        leaves.sort_by_key(|import| import.leaf.start);
        let mut cut: Vec<Range<usize>> = Vec::new();
        for leaf in leaves {
            let next = with_comma(&source.text, &leaf.leaf);
            match cut.last_mut() {
                Some(last) if last.end >= next.start => last.end = last.end.max(next.end),
                _ => cut.push(next),
            }
        }
        ranges.extend(
            cut.into_iter()
                .map(|range| (file, without_end_comma(&source.text, range))),
        );
    }
    ranges
}

/// Returns a name in braces with one comma: the one behind it, else the one before it.
fn with_comma(text: &str, leaf: &Range<usize>) -> Range<usize> {
    let behind = &text[leaf.end..];
    let blanks = behind.len() - behind.trim_start().len();
    if behind[blanks..].starts_with(',') {
        let after = &behind[blanks + 1..];
        let more = after.len() - after.trim_start().len();
        // Before the closing brace the blanks stay.
        let more = if after[more..].starts_with('}') { 0 } else { more };
        return leaf.start..leaf.end + blanks + 1 + more;
    }
    let before = text[..leaf.start].trim_end();
    match before.strip_suffix(',') {
        Some(before) => before.len()..leaf.end,
        None => leaf.clone(),
    }
}

/// If the last names of a line in braces are cut out, the comma before them goes, too.
fn without_end_comma(text: &str, cut: Range<usize>) -> Range<usize> {
    let before = text[..cut.start].trim_end();
    let one_line = !text[before.len()..cut.end].contains('\n') && text[cut.end..].starts_with('}');
    match before.strip_suffix(',') {
        Some(kept) if one_line => kept.len()..cut.end,
        _ => cut,
    }
}
