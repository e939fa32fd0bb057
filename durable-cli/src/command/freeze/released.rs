//! A function that was edited since its release: what is kept is what was released, as git has it.

use std::path::Path;

use quote::ToTokens as _;
use syn::{Item, ItemFn};

use super::{attribute, copy};
use crate::args::Select;
use crate::error::Error;
use crate::git;
use crate::locks::stanza_of;
use crate::project::Project;
use crate::sources::{Function, FunctionKind, SourceFile, Sources};

/// The sources with what was released in the place of the edit.
pub(super) struct Edited {
    pub(super) sources: Sources,
    /// The function as it was edited, with the number of the version that is opened.
    pub(super) opened: String,
    /// The commit in which it was released.
    pub(super) commit: String,
}

/// Finds what was released of a function, if it is locked and was edited since.
pub(super) fn find(
    project: &Project,
    select: &Select,
    sources: &Sources,
    current: &Function,
    version: &str,
) -> Result<Option<Edited>, Error> {
    let Some((commit, text)) = released(project, sources, current) else {
        return Ok(None);
    };
    let file = sources.file_of(current);
    let whole = [
        &file.text[..current.range.start],
        &text,
        &file.text[current.range.end..],
    ]
    .concat();
    let overlaid = Sources::read_with(project, select.bin.as_deref(), Some((&file.path, whole.as_str())))?;
    let edits = attribute::opened(current, file, version);
    Ok(Some(Edited {
        sources: overlaid,
        opened: copy(&file.text, &current.range, &edits),
        commit,
    }))
}

/// Returns the released text of a function and the commit that has it; nothing if the function is the same.
fn released(project: &Project, sources: &Sources, current: &Function) -> Option<(String, String)> {
    if current.kind != FunctionKind::Orchestrator {
        return None;
    }
    let dir = project.dir();
    let lock = std::fs::read_to_string(dir.join("durable.lock")).ok()?;
    let stanza = stanza_of(&lock, &current.name, current.version)?;
    let body = stanza.lines().find(|line| line.starts_with("  body "))?;
    let commit = git::first_with(&dir, body.trim(), "durable.lock")?;
    let file = sources.file_of(current);
    let old = git::show(&dir, &commit, &file.path)?;
    let old = SourceFile::of(&file.path, file.shown.clone(), old).ok()?;
    let item = find_item(&old.ast.items, current, &old)?;
    let own = &current.item;
    let same = item.sig.to_token_stream().to_string() == own.sig.to_token_stream().to_string()
        && item.block.to_token_stream().to_string() == own.block.to_token_stream().to_string();
    (!same).then(|| (commit, old.slice(item).to_owned()))
}

fn find_item<'a>(items: &'a [Item], current: &Function, file: &SourceFile) -> Option<&'a ItemFn> {
    items.iter().find_map(|item| match item {
        Item::Fn(item) => is_it(item, current, file).then_some(item),
        Item::Mod(item) => find_item(&item.content.as_ref()?.1, current, file),
        _ => None,
    })
}

fn is_it(item: &ItemFn, current: &Function, file: &SourceFile) -> bool {
    let wanted = current.attribute.path();
    let attribute = item.attrs.iter().find(|attr| attr.path() == wanted);
    attribute.is_some_and(|attribute| {
        let found = Function::read(item, current.kind, attribute, current.module, file);
        found.name == current.name && found.version == current.version
    })
}

/// The file on the disk has the edit.
pub(super) fn on_disk(changes: &mut [crate::edit::Change], file: &Path, text: &str) {
    for change in changes.iter_mut().filter(|change| change.path() == file) {
        change.before = Some(text.to_owned());
    }
}
