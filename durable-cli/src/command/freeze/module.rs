//! Keeping the old version in a child module of the function's own.

use proc_macro2::{TokenStream, TokenTree};
use syn::{VisRestricted, Visibility};

use super::pin::{self, Pins};
use super::{Report, attribute, copy};
use crate::edit::{Edit, Edits};
use crate::error::Error;
use crate::project::Project;
use crate::sources::{Function, FunctionKind, Meaning, Module, ModuleId, SourceFile, Sources};

/// The child module that a version is to be kept in.
pub(super) struct Place<'a> {
    pub(super) project: &'a Project,
    pub(super) sources: &'a Sources,
    pub(super) current: &'a Function,
    /// The module's name.
    pub(super) name: &'a str,
}

impl Place<'_> {
    /// Puts the kept version into the module, which sees all that the function's own module sees. `called` says
    /// whether others call it by its pinned name in the function's own module.
    pub(super) fn keep(&self, called: bool, edits: &mut Edits, report: &mut Report) -> Result<(), Error> {
        let (sources, current, name) = (self.sources, self.current, self.name);
        if syn::parse_str::<syn::Ident>(name).is_err() {
            return Err(Error::usage(
                format!("`{name}` is not the name of a module"),
                "give one name, such as `--to-module old`: the module is a child of the function's own",
            ));
        }
        let file = sources.file_of(current);
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
        match sources.module(current.module).children.get(name) {
            Some(&child) => self.append(child, &copy, &uses, edits, report)?,
            None => self.create(&copy, &uses, edits, report)?,
        }
        let by_path = pins
            .paths
            .iter()
            .any(|(_, _, id)| sources.same(sources.function(*id), current));
        self.publish(called || by_path, edits);
        Ok(())
    }

    /// Makes the module's file, and declares it.
    fn create(
        &self,
        copy: &str,
        uses: &[String],
        edits: &mut Edits,
        report: &mut Report,
    ) -> Result<(), Error> {
        let (parent, file) = (
            self.sources.module(self.current.module),
            self.sources.file_of(self.current),
        );
        let (name, newline) = (self.name, file.newline());
        let path = parent.dir.join(format!("{name}.rs"));
        let shown = self.project.shown(&path);
        if path.exists() {
            return Err(Error::usage(
                format!("{shown} exists, and is no module of this crate"),
                "choose another name for `--to-module`, or declare the module first",
            ));
        }
        let doc = "//! Versions that are kept for the instances that started on them.";
        let lines: Vec<&str> = [doc, "", "use super::*;"]
            .into_iter()
            .chain(uses.iter().map(String::as_str))
            .chain(["", copy, ""])
            .collect();
        report.kept.clone_from(&shown);
        edits.create(path, shown, lines.join(newline));
        let (at, line) = match declaration_place(parent, file) {
            Declared::Beside(at) => (at, format!("{newline}{}mod {name};", file.indent(at))),
            Declared::Behind(at) => (at, format!("{newline}{newline}{}mod {name};", file.indent(at))),
            Declared::Before(at) => (at, format!("mod {name};{newline}{newline}{}", file.indent(at))),
        };
        edits.push(parent.file, Edit::insert(at, line));
        Ok(())
    }

    /// Adds the copy to the end of a module that exists.
    fn append(
        &self,
        child: ModuleId,
        copy: &str,
        uses: &[String],
        edits: &mut Edits,
        report: &mut Report,
    ) -> Result<(), Error> {
        let module = self.sources.module(child);
        let file = &self.sources.files[module.file];
        if module.text != (0..file.text.len()) {
            return Err(Error::usage(
                format!(
                    "the module `{}` is written inline at {}",
                    self.name,
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
        let gap = newline.repeat(if file.text.ends_with('\n') { 1 } else { 2 });
        edits.push(
            module.file,
            Edit::insert(file.text.len(), format!("{gap}{copy}{newline}")),
        );
        report.kept.clone_from(&file.shown);
        Ok(())
    }

    /// Keeps the path of the pinned handle, where others may use it or do.
    fn publish(&self, used: bool, edits: &mut Edits) {
        let (current, file) = (self.current, self.sources.file_of(self.current));
        let (vis, pinned) = (&current.item.vis, current.pinned());
        if !used && !matches!(vis, Visibility::Public(_)) && !file.text.contains(&pinned) {
            return;
        }
        let vis = match vis {
            Visibility::Inherited => String::new(),
            Visibility::Public(_) | Visibility::Restricted(_) => format!("{} ", file.slice(vis)),
        };
        let (newline, indent) = (file.newline(), file.indent(current.range.start));
        let line = format!("{vis}use {}::{pinned};{newline}{newline}{indent}", self.name);
        let parent = self.sources.module(current.module).file;
        edits.push(parent, Edit::insert(current.range.start, line));
    }
}

/// Where a module is declared.
enum Declared {
    /// Behind other modules, one per line.
    Beside(usize),
    /// Behind something else, with an empty line between.
    Behind(usize),
    Before(usize),
}

/// Returns where to declare a module: behind the other `mod`s or the `use`s, and behind the macros, so that it sees
/// them.
fn declaration_place(parent: &Module, file: &SourceFile) -> Declared {
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
    let end = |at: usize| file.range(&parent.items[at]).end;
    match (last_macro.max(last_mod), last_use) {
        (Some(at), _) if last_mod == Some(at) => Declared::Beside(end(at)),
        (Some(at), _) | (None, Some(at)) => Declared::Behind(end(at)),
        (None, None) => Declared::Before(parent.items.first().map_or(0, |item| file.range(item).start)),
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
    let Some(first) = path.first() else {
        return "super::".to_owned();
    };
    let joined = format!("{}::", path.join("::"));
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
