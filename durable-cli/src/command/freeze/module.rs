//! Keeping the old version in a child module of the function's own.

use proc_macro2::{TokenStream, TokenTree};
use syn::{VisRestricted, Visibility};

use super::pin::{self, Pins};
use super::{Report, attribute, copy};
use crate::edit::{Edit, Edits};
use crate::error::Error;
use crate::project::Project;
use crate::sources::{Function, FunctionKind, Meaning, Module, ModuleId, SourceFile, Sources};

/// Puts the kept version into a child module, which sees all that the function's own module sees.
pub(super) fn keep_there(
    sources: &Sources,
    current: &Function,
    name: &str,
    project: &Project,
    edits: &mut Edits,
    report: &mut Report,
) -> Result<(), Error> {
    if syn::parse_str::<syn::Ident>(name).is_err() {
        return Err(Error::usage(
            format!("`{name}` is not the name of a module"),
            "give one name, such as `--to-module old`: the module is a child of the function's own",
        ));
    }
    let parent = sources.module(current.module);
    let file = &sources.files[parent.file];
    let mut pins = Pins::default();
    if current.kind == FunctionKind::Orchestrator {
        pins = pin::pins(sources, current, |_| true, report);
    }
    let uses = uses(sources, current.module, &mut pins);
    for (file, edit) in pin::imports(sources, current.module, &pins, report) {
        edits.push(file, edit);
    }
    pins.body.extend(attribute::kept(current, file));
    pins.body.extend(visibility(&current.item.vis, file, current));
    adjust(current, file, &mut pins.body);
    let copy = copy(&file.text, &current.range, &pins.body);
    place(sources, current, name, project, &copy, &uses, edits, report)?;
    publish(current, parent, file, name, edits);
    Ok(())
}

/// Writes the copy into the module's file, which is made and declared if it is missing.
#[expect(
    clippy::too_many_arguments,
    reason = "the last step of one function, split for its length"
)]
fn place(
    sources: &Sources,
    current: &Function,
    name: &str,
    project: &Project,
    copy: &str,
    uses: &[String],
    edits: &mut Edits,
    report: &mut Report,
) -> Result<(), Error> {
    let parent = sources.module(current.module);
    let file = &sources.files[parent.file];
    let newline = file.newline();
    if let Some(&child) = parent.children.get(name) {
        return append(sources, child, name, copy, uses, edits, report);
    }
    let path = parent.dir.join(format!("{name}.rs"));
    if path.exists() {
        return Err(Error::usage(
            format!("{} exists, and is no module of this crate", project.shown(&path)),
            "choose another name for `--to-module`, or declare the module first",
        ));
    }
    let mut text = format!(
        "//! Versions that are kept for the instances that started on them.{newline}{newline}use super::*;{newline}"
    );
    for line in uses {
        text.push_str(line);
        text.push_str(newline);
    }
    text.push_str(&format!("{newline}{copy}{newline}"));
    report.kept = project.shown(&path);
    edits.create(path.clone(), project.shown(&path), text);
    let (at, before, after) = declaration_place(parent, file);
    let indent = file.indent(at).to_owned();
    let line = if before {
        format!("{newline}{indent}mod {name};")
    } else {
        format!("mod {name};{newline}{newline}{indent}")
    };
    debug_assert!(after || before);
    edits.push(parent.file, Edit::insert(at, line));
    Ok(())
}

/// Adds the copy to the end of a module that exists.
fn append(
    sources: &Sources,
    child: ModuleId,
    name: &str,
    copy: &str,
    uses: &[String],
    edits: &mut Edits,
    report: &mut Report,
) -> Result<(), Error> {
    let module = sources.module(child);
    let file = &sources.files[module.file];
    if module.text != (0..file.text.len()) {
        return Err(Error::usage(
            format!(
                "the module `{name}` is written inline at {}",
                file.place(module.text.start)
            ),
            "choose a module with a file of its own, or a new name",
        ));
    }
    let newline = file.newline();
    let sees_parent = module
        .imports
        .iter()
        .any(|import| import.alias.is_none() && import.path == ["super"]);
    let mut lines: Vec<&str> = Vec::new();
    if !sees_parent {
        lines.push("use super::*;");
    }
    lines.extend(
        uses.iter()
            .map(String::as_str)
            .filter(|line| !file.text.contains(line)),
    );
    if !lines.is_empty() {
        let at = module
            .items
            .first()
            .map_or(file.text.len(), |item| file.range(item).start);
        edits.push(
            module.file,
            Edit::insert(at, format!("{}{newline}", lines.join(newline))),
        );
    }
    let gap = if file.text.ends_with('\n') {
        newline.to_owned()
    } else {
        newline.repeat(2)
    };
    edits.push(
        module.file,
        Edit::insert(file.text.len(), format!("{gap}{copy}{newline}")),
    );
    report.kept.clone_from(&file.shown);
    Ok(())
}

/// Returns where to declare a module, and whether that is behind an item or before one: behind the other `mod`s, the
/// `use`s or the macros, whatever comes last, so that the module sees the macros.
fn declaration_place(parent: &Module, file: &SourceFile) -> (usize, bool, bool) {
    let last_macro = parent
        .items
        .iter()
        .rposition(|item| matches!(item, syn::Item::Macro(_)));
    let last_mod = parent
        .items
        .iter()
        .rposition(|item| matches!(item, syn::Item::Mod(module) if module.content.is_none()));
    let uses = parent
        .items
        .iter()
        .take_while(|item| matches!(item, syn::Item::Use(_) | syn::Item::ExternCrate(_)));
    let last_use = uses.count().checked_sub(1);
    match last_macro.max(last_mod.or(last_use)) {
        Some(at) => (file.range(&parent.items[at]).end, true, false),
        None => (
            parent.items.first().map_or(0, |item| file.range(item).start),
            false,
            true,
        ),
    }
}

/// Returns the `use`s that the child needs besides `super::*`: pinned names that the parent would import by name.
fn uses(sources: &Sources, parent: ModuleId, pins: &mut Pins) -> Vec<String> {
    let module = sources.module(parent);
    let mut lines = Vec::new();
    let mut rest = Vec::new();
    for (name, id) in std::mem::take(&mut pins.names) {
        let import = module.imports.iter().find(|import| {
            import.alias.as_deref() == Some(name.as_str())
                && sources.resolve(parent, &import.path, import.absolute) == Meaning::Plain(id)
        });
        let pinned = sources.function(id).pinned();
        let Some(import) = import else {
            rest.push((name, id));
            continue;
        };
        if let Some((last, front)) = import.path.split_last() {
            let path = from_child(sources, parent, front, import.absolute);
            let line = format!("use {path}{pinned};");
            if !lines.contains(&line) {
                lines.push(line);
            }
            if let Meaning::Module(module) = sources.resolve(parent, front, import.absolute) {
                pins.paths.push((module, last.clone(), id));
            }
        }
    }
    pins.names = rest;
    lines.sort_unstable();
    lines
}

/// Returns a path of the parent as its child has to write it, with `::` behind it.
fn from_child(sources: &Sources, parent: ModuleId, path: &[String], absolute: bool) -> String {
    let joined: String = path.iter().map(|name| format!("{name}::")).collect();
    let Some(first) = path.first() else {
        return "super::".to_owned();
    };
    match first.as_str() {
        _ if absolute => format!("::{joined}"),
        "crate" => joined,
        "self" => joined.replacen("self::", "super::", 1),
        "super" => format!("super::{joined}"),
        name => {
            let module = sources.module(parent);
            let own = module.children.contains_key(name)
                || module
                    .imports
                    .iter()
                    .any(|import| import.alias.as_deref() == Some(name));
            if own { format!("super::{joined}") } else { joined }
        }
    }
}

/// Makes the copy visible to the parent at least.
fn visibility(vis: &Visibility, file: &SourceFile, current: &Function) -> Option<Edit> {
    match vis {
        Visibility::Public(_) => None,
        Visibility::Inherited => {
            let signature = file.range(&current.item.sig);
            Some(Edit::insert(signature.start, "pub(super) "))
        }
        Visibility::Restricted(restricted) => {
            restricted_to(restricted).map(|text| Edit::replace(file.range(vis), text))
        }
    }
}

fn restricted_to(restricted: &VisRestricted) -> Option<&'static str> {
    if restricted.path.is_ident("self") {
        Some("pub(super)")
    } else if restricted.path.is_ident("super") {
        Some("pub(in super::super)")
    } else {
        None
    }
}

/// Paths that start with `self` or `super` are seen from one module further down.
fn adjust(current: &Function, file: &SourceFile, edits: &mut Vec<Edit>) {
    let block = &current.item.block;
    let signature = &current.item.sig;
    for stream in [
        quote::ToTokens::to_token_stream(signature),
        quote::ToTokens::to_token_stream(block),
    ] {
        adjust_tokens(stream, file, edits);
    }
}

fn adjust_tokens(stream: TokenStream, file: &SourceFile, edits: &mut Vec<Edit>) {
    let trees: Vec<TokenTree> = stream.into_iter().collect();
    let colon = |at: usize| matches!(trees.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == ':');
    for (at, tree) in trees.iter().enumerate() {
        match tree {
            TokenTree::Group(group) => adjust_tokens(group.stream(), file, edits),
            TokenTree::Ident(ident)
                if colon(at + 1) && colon(at + 2) && !(at > 1 && colon(at - 1) && colon(at - 2)) =>
            {
                let range = file.range(ident);
                if ident == "self" {
                    edits.push(Edit::replace(range, "super"));
                } else if ident == "super" {
                    edits.push(Edit::insert(range.start, "super::"));
                }
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

/// Keeps the path of the pinned handle, where others may use it.
fn publish(current: &Function, parent: &Module, file: &SourceFile, name: &str, edits: &mut Edits) {
    let pinned = current.pinned();
    let vis = &current.item.vis;
    let public = matches!(vis, Visibility::Public(_));
    if !public && !file.text.contains(&pinned) {
        return;
    }
    let vis = if matches!(vis, Visibility::Inherited) {
        String::new()
    } else {
        format!("{} ", file.slice(vis))
    };
    let newline = file.newline();
    let indent = file.indent(current.range.start);
    let line = format!("{vis}use {name}::{pinned};{newline}{newline}{indent}");
    edits.push(parent.file, Edit::insert(current.range.start, line));
}
