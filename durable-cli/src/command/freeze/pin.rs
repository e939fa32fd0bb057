//! Rewriting plain handles into pinned ones: `charge` into `charge_v1`.

use super::Report;
use crate::edit::Edit;
use crate::sources::{Bound, Function, FunctionId, Import, Meaning, ModuleId, Position, Sources, Use, walk};

/// What is rewritten in one function.
#[derive(Debug, Default)]
pub(super) struct Pins {
    /// Edits of the function itself.
    pub(super) body: Vec<Edit>,
    /// Names of the function's module that stand alone in the body, and what they are: their pinned names are needed.
    pub(super) names: Vec<(String, FunctionId)>,
    /// Modules that a path in the body goes through, with the name that it takes from them.
    pub(super) paths: Vec<(ModuleId, String, FunctionId)>,
}

/// Rewrites the plain handles in a function's body, of those functions that are wanted.
pub(super) fn pins(
    sources: &Sources,
    function: &Function,
    wanted: impl Fn(&Function) -> bool,
    report: &mut Report,
) -> Pins {
    let file = sources.file_of(function);
    let walked = walk(&function.item, file);
    let mut pins = Pins::default();
    for one in &walked.uses {
        let (path, absolute) = full_path(one);
        match sources.resolve(function.module, &path, absolute) {
            Meaning::Plain(id) if wanted(sources.function(id)) => {
                pin(sources, function, one, id, &mut pins, report);
            }
            Meaning::Unknown if one.position == Position::Handle => report.notes.push(format!(
                "not rewritten: `{}` at {}: its source was not read; if it is a plain handle, write the pinned one",
                one.path.join("::"),
                file.place(one.last.start)
            )),
            _ => {}
        }
    }
    for call in &walked.opaque {
        let hidden = tokens(call.tokens.clone()).into_iter().filter(|name| {
            matches!(sources.resolve(function.module, std::slice::from_ref(name), false),
                Meaning::Plain(id) if wanted(sources.function(id)))
        });
        for name in hidden {
            report.notes.push(format!(
                "not rewritten: `{name}` inside a macro at {}; write the pinned handle by hand",
                file.place(file.range(&call.path).start)
            ));
        }
    }
    pins
}

fn pin(
    sources: &Sources,
    function: &Function,
    one: &Use,
    id: FunctionId,
    pins: &mut Pins,
    report: &mut Report,
) {
    let target = sources.function(id);
    let (name, pinned) = (one.path.last().cloned().unwrap_or_default(), target.pinned());
    let alias = (one.path.len() == 1)
        .then(|| existing_alias(sources, function.module, id))
        .flatten();
    let written = alias.as_deref().unwrap_or(&pinned);
    let text = match one.position {
        Position::Shorthand => format!("{name}: {written}"),
        Position::Handle | Position::Callee | Position::Value => written.to_owned(),
    };
    pins.body.push(Edit::replace(one.last.clone(), text));
    report.pinned(&name, written);
    match (&one.bound, one.path.as_slice()) {
        (Bound::Import(import), [_]) => {
            // Nothing else in this body means the plain one.
            pins.body.push(Edit::replace(import.leaf.clone(), pinned));
            through(sources, function.module, &import.path, import.absolute, id, pins);
        }
        (Bound::Outside, [name]) if alias.is_none() => pins.names.push((name.clone(), id)),
        (Bound::Outside, [_]) => {}
        (_, _) => {
            let (path, absolute) = full_path(one);
            through(sources, function.module, &path, absolute, id, pins);
        }
    }
}

/// Notes the module that the last name of a path is taken from.
fn through(
    sources: &Sources,
    at: ModuleId,
    path: &[String],
    absolute: bool,
    id: FunctionId,
    pins: &mut Pins,
) {
    let Some((last, front)) = path.split_last() else {
        return;
    };
    if let Meaning::Module(module) = sources.resolve(at, front, absolute) {
        pins.paths.push((module, last.clone(), id));
    }
}

/// Returns the path of a name, with what a `use` inside the body makes of its start.
fn full_path(one: &Use) -> (Vec<String>, bool) {
    match &one.bound {
        Bound::Outside => (one.path.clone(), one.absolute),
        Bound::Import(import) => {
            let rest = one.path.iter().skip(1);
            (import.path.iter().chain(rest).cloned().collect(), import.absolute)
        }
    }
}

/// Returns another name under which the pinned handle is imported already.
fn existing_alias(sources: &Sources, at: ModuleId, id: FunctionId) -> Option<String> {
    let imports = &sources.module(at).imports;
    let found = imports.iter().find(|import| {
        import.alias.is_some() && sources.resolve(at, &import.path, import.absolute) == Meaning::Pinned(id)
    });
    found.and_then(|import| import.alias.clone())
}

/// Returns the edits of imports that the rewritten names need, with the file of each.
pub(super) fn imports(
    sources: &Sources,
    at: ModuleId,
    pins: &Pins,
    report: &mut Report,
) -> Vec<(usize, Edit)> {
    let names = pins.names.iter().map(|(name, id)| (at, name, *id));
    let paths = pins.paths.iter().map(|(module, name, id)| (*module, name, *id));
    let mut edits = Vec::new();
    for (module, name, id) in names.chain(paths) {
        match reach(sources, module, name, id, 0) {
            Some(needed) => edits.extend(needed),
            None => report.notes.push(format!(
                "add an import of `{}` beside that of `{name}`: it could not be added",
                sources.function(id).pinned()
            )),
        }
    }
    edits
}

/// Returns the edits that make a pinned handle known in a module that knows the plain one as `name`.
fn reach(
    sources: &Sources,
    at: ModuleId,
    name: &str,
    id: FunctionId,
    depth: usize,
) -> Option<Vec<(usize, Edit)>> {
    let pinned = sources.function(id).pinned();
    if sources.resolve(at, std::slice::from_ref(&pinned), false) == Meaning::Pinned(id)
        || is_in(sources, at, id)
    {
        return Some(Vec::new());
    }
    let module = sources.module(at);
    if depth > 8 || !sources.crates[module.krate].own {
        return None;
    }
    let file = &sources.files[module.file];
    for import in &module.imports {
        let path: Vec<String> = match &import.alias {
            Some(alias) if alias == name => import.path.clone(),
            Some(_) => continue,
            None => import.path.iter().cloned().chain([name.to_owned()]).collect(),
        };
        if sources.resolve(at, &path, import.absolute) != Meaning::Plain(id) {
            continue;
        }
        let (last, front) = path.split_last()?;
        let Meaning::Module(next) = sources.resolve(at, front, import.absolute) else {
            continue;
        };
        let mut edits = reach(sources, next, last, id, depth + 1)?;
        if import.alias.is_some() {
            edits.push((module.file, import_edit(import, &file.text, &pinned)));
        }
        return Some(edits);
    }
    None
}

/// Returns whether a module declares the current version, and with it the pinned handle.
fn is_in(sources: &Sources, at: ModuleId, id: FunctionId) -> bool {
    sources.module(at).functions.contains(&id)
}

/// Adds a name beside an imported one.
fn import_edit(import: &Import, text: &str, pinned: &str) -> Edit {
    if import.grouped {
        return Edit::insert(import.leaf.end, format!(", {pinned}"));
    }
    let leaf = &text[import.leaf.clone()];
    Edit::replace(import.leaf.clone(), format!("{{{leaf}, {pinned}}}"))
}

/// Returns the names in a stream of tokens.
fn tokens(stream: proc_macro2::TokenStream) -> Vec<String> {
    let mut names = Vec::new();
    for tree in stream {
        match tree {
            proc_macro2::TokenTree::Ident(ident) => names.push(ident.to_string()),
            proc_macro2::TokenTree::Group(group) => names.extend(tokens(group.stream())),
            proc_macro2::TokenTree::Punct(_) | proc_macro2::TokenTree::Literal(_) => {}
        }
    }
    names.sort_unstable();
    names.dedup();
    names
}
