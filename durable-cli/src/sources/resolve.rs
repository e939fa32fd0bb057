//! What a path means: through modules, imports, re-exports and globs, by names alone.

use super::Sources;
use super::function::{Function, FunctionId};
use super::module::{Item, ModuleId};

/// How many imports may lead to another import before it is given up.
const DEPTH_MAX: usize = 16;

/// The functions of the prelude of `durable`.
const PRELUDE: [&str; 4] = ["days", "hours", "minutes", "seconds"];

/// What a path stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// The plain handle of the function whose current version this is.
    Plain(FunctionId),
    /// The handle that is pinned to this version.
    Pinned(FunctionId),
    /// A function that is not durable.
    Function(Item),
    Module(ModuleId),
    /// Nothing whose source was read.
    Unknown,
}

impl Sources {
    /// Looks a path up in a module.
    pub(crate) fn resolve(&self, at: ModuleId, path: &[String], absolute: bool) -> Meaning {
        self.lookup(at, path, absolute, 0)
    }

    /// Returns a path with the import that its first name comes from written out. A name that only the prelude of
    /// `durable` can have brought is one of `durable`.
    pub(crate) fn spelled_out(&self, at: ModuleId, path: &[String]) -> Vec<String> {
        let module = self.module(at);
        let Some((first, rest)) = path.split_first() else {
            return Vec::new();
        };
        let named = module
            .imports
            .iter()
            .find(|import| import.alias.as_ref() == Some(first));
        let front = match named {
            Some(import) => import.path.clone(),
            None if PRELUDE.contains(&first.as_str()) => vec!["durable".to_owned(), first.clone()],
            None => vec![first.clone()],
        };
        front.into_iter().chain(rest.iter().cloned()).collect()
    }

    fn lookup(&self, at: ModuleId, path: &[String], absolute: bool, depth: usize) -> Meaning {
        let Some((first, rest)) = path.split_first() else {
            return Meaning::Module(at);
        };
        if depth > DEPTH_MAX {
            return Meaning::Unknown;
        }
        let krate = &self.crates[self.module(at).krate];
        let start = match first.as_str() {
            "crate" => Meaning::Module(krate.root),
            "self" => Meaning::Module(at),
            "super" => self.module(at).parent.map_or(Meaning::Unknown, Meaning::Module),
            name if absolute => self.extern_crate(at, name),
            name => match self.name(at, name, depth) {
                Meaning::Unknown => self.extern_crate(at, name),
                found => found,
            },
        };
        self.descend(start, rest, depth)
    }

    fn descend(&self, start: Meaning, rest: &[String], depth: usize) -> Meaning {
        let mut meaning = start;
        for (at, name) in rest.iter().enumerate() {
            let Meaning::Module(module) = meaning else {
                return Meaning::Unknown;
            };
            meaning = match name.as_str() {
                "super" if at < rest.len() => self
                    .module(module)
                    .parent
                    .map_or(Meaning::Unknown, Meaning::Module),
                name => self.name(module, name, depth + 1),
            };
        }
        meaning
    }

    fn extern_crate(&self, at: ModuleId, name: &str) -> Meaning {
        let krate = &self.crates[self.module(at).krate];
        let found = krate.externs.get(name);
        found.map_or(Meaning::Unknown, |&krate| {
            Meaning::Module(self.crates[krate].root)
        })
    }

    /// Looks a name up that a module declares or imports.
    fn name(&self, at: ModuleId, name: &str, depth: usize) -> Meaning {
        let module = self.module(at);
        if let Some(found) = self.handle(&module.functions, name) {
            return found;
        }
        if let Some(item) = module.plain.get(name) {
            return Meaning::Function(*item);
        }
        if let Some(child) = module.children.get(name) {
            return Meaning::Module(*child);
        }
        if depth > DEPTH_MAX {
            return Meaning::Unknown;
        }
        let (named, globs): (Vec<_>, Vec<_>) =
            module.imports.iter().partition(|import| import.alias.is_some());
        for import in named
            .into_iter()
            .filter(|import| import.alias.as_deref() == Some(name))
        {
            // `use charge::charge` would look itself up for ever; the depth ends it.
            let found = self.lookup(at, &import.path, import.absolute, depth + 1);
            if found != Meaning::Unknown {
                return found;
            }
        }
        for glob in globs {
            if let Meaning::Module(module) = self.lookup(at, &glob.path, glob.absolute, depth + DEPTH_MAX / 4)
                && module != at
            {
                let found = self.name(module, name, depth + DEPTH_MAX / 4);
                if found != Meaning::Unknown {
                    return found;
                }
            }
        }
        Meaning::Unknown
    }

    fn handle(&self, functions: &[FunctionId], name: &str) -> Option<Meaning> {
        let find =
            |test: &dyn Fn(&Function) -> bool| functions.iter().copied().find(|&id| test(self.function(id)));
        let plain = find(&|function| function.ident == name && !function.superseded);
        plain
            .map(Meaning::Plain)
            .or_else(|| find(&|function| function.pinned() == name).map(Meaning::Pinned))
    }
}
