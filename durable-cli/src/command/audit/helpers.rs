//! What orchestrators and `#[deterministic]` functions call by name.

use syn::ItemFn;

use super::Entry;
use crate::sources::{
    Bound, FunctionKind, Meaning, ModuleId, Position, SourceFile, Sources, Use, Walk, walk,
};

#[derive(Debug, Default)]
pub(super) struct Calls {
    pub(super) unmarked: Vec<Entry>,
    pub(super) unknown: Vec<Entry>,
    pub(super) macros: Vec<Entry>,
}

/// Macros whose arguments say all that there is to see, or that the lints of the macros know.
const KNOWN_MACROS: [&str; 27] = [
    "assert",
    "assert_eq",
    "assert_ne",
    "concat",
    "debug",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "error",
    "format",
    "format_args",
    "info",
    "json",
    "matches",
    "panic",
    "pin",
    "stringify",
    "todo",
    "trace",
    "unimplemented",
    "unreachable",
    "vec",
    "warn",
    "write",
    "writeln",
    "event",
    "span",
];

/// Crates whose functions need no mark: what of them is nondeterministic, the lints know.
const PURE_CRATES: [&str; 4] = ["std", "core", "alloc", "durable"];

/// Finds the calls of every function that must replay.
pub(super) fn of(sources: &Sources) -> Calls {
    let mut calls = Calls::default();
    let orchestrators = sources
        .own_functions()
        .filter(|function| function.kind == FunctionKind::Orchestrator);
    for function in orchestrators {
        look(
            sources,
            function.module,
            &function.item,
            &function.key(),
            &mut calls,
        );
    }
    for (at, module) in sources.modules.iter().enumerate() {
        if !sources.crates[module.krate].own {
            continue;
        }
        for item in &module.items {
            if let syn::Item::Fn(item) = item
                && is_deterministic(item)
            {
                let name = item.sig.ident.to_string();
                look(sources, ModuleId(at), item, &name, &mut calls);
            }
        }
    }
    calls
}

fn is_deterministic(item: &ItemFn) -> bool {
    let mut last = item.attrs.iter().filter_map(|attr| attr.path().segments.last());
    last.any(|segment| segment.ident == "deterministic")
}

fn look(sources: &Sources, at: ModuleId, item: &ItemFn, holder: &str, calls: &mut Calls) {
    let file = &sources.files[sources.module(at).file];
    let Walk { uses, macros, .. } = walk(item, file);
    for one in uses.iter().filter(|one| one.position == Position::Callee) {
        let entry = |what: String| entry(file, one.last.start, what, holder);
        match meaning(sources, at, one) {
            Some(Meaning::Function(helper)) if !helper.deterministic => {
                calls.unmarked.push(entry(one.path.join("::")));
            }
            Some(Meaning::Unknown) => calls.unknown.push(entry(one.path.join("::"))),
            _ => {}
        }
    }
    for call in macros {
        let name = call
            .path
            .segments
            .last()
            .map(|segment| segment.ident.to_string())
            .unwrap_or_default();
        if !KNOWN_MACROS.contains(&name.as_str()) {
            let start = file.range(&call.path).start;
            calls.macros.push(entry(file, start, format!("{name}!"), holder));
        }
    }
}

/// Returns what is called; nothing for what is no free function: variants, tuple structs, functions of types.
fn meaning(sources: &Sources, at: ModuleId, one: &Use) -> Option<Meaning> {
    let path: Vec<String> = match &one.bound {
        Bound::Outside => one.path.clone(),
        Bound::Import(import) => import
            .path
            .iter()
            .chain(one.path.iter().skip(1))
            .cloned()
            .collect(),
    };
    if path.iter().any(|name| name.starts_with(char::is_uppercase)) {
        return None;
    }
    let meaning = sources.resolve(at, &path, one.absolute);
    let pure = |path: &[String]| {
        path.first()
            .is_some_and(|name| PURE_CRATES.contains(&name.as_str()))
    };
    if meaning == Meaning::Unknown && (pure(&path) || pure(&sources.spelled_out(at, &path))) {
        return None;
    }
    Some(meaning)
}

fn entry(file: &SourceFile, start: usize, what: String, holder: &str) -> Entry {
    Entry {
        file: file.shown.clone(),
        line: file.line_column(start).0,
        what,
        note: format!("in {holder}"),
    }
}
