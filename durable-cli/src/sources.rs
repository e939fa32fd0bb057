//! The user's sources, read without the compiler: files, modules, durable functions, and what names mean.

mod file;
mod function;
mod import;
mod load;
mod module;
mod resolve;
mod walk;

pub(crate) use file::SourceFile;
pub(crate) use function::{Function, FunctionId, FunctionKind};
pub(crate) use import::Import;
pub(crate) use module::{Module, ModuleId};
pub(crate) use resolve::Meaning;
pub(crate) use walk::{Bound, Position, Use, Walk, walk};

use std::collections::BTreeMap;
use std::ops::Range;

use crate::error::Error;

/// All that was read.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    pub(crate) files: Vec<SourceFile>,
    pub(crate) crates: Vec<SourceCrate>,
    pub(crate) modules: Vec<Module>,
    pub(crate) functions: Vec<Function>,
}

/// A library or a binary.
#[derive(Debug)]
pub(crate) struct SourceCrate {
    pub(crate) root: ModuleId,
    /// Whether it belongs to the package that the command is about.
    pub(crate) own: bool,
    /// The name of its package.
    pub(crate) package: String,
    /// What the facade is called in its package.
    pub(crate) facade: String,
    /// The crates whose sources were read, by the names that it has for them.
    pub(crate) externs: BTreeMap<String, usize>,
}

impl Sources {
    pub(crate) fn module(&self, id: ModuleId) -> &Module {
        &self.modules[id.0]
    }

    pub(crate) fn function(&self, id: FunctionId) -> &Function {
        &self.functions[id.0]
    }

    pub(crate) fn file_of(&self, function: &Function) -> &SourceFile {
        &self.files[self.module(function.module).file]
    }

    /// Returns whether two functions are the same code: a file may belong to a library and to a program.
    pub(crate) fn same(&self, one: &Function, other: &Function) -> bool {
        one.range == other.range && self.module(one.module).file == self.module(other.module).file
    }

    /// Returns the files of the package itself, each once.
    pub(crate) fn own_files(&self) -> impl Iterator<Item = &SourceFile> {
        let own = |file: usize| {
            let mut modules = self.modules.iter().filter(|module| module.file == file);
            modules.any(|module| self.crates[module.krate].own)
        };
        let files = self.files.iter().enumerate();
        files.filter(move |(at, _)| own(*at)).map(|(_, file)| file)
    }

    /// Returns the durable functions of the package itself. A file that belongs to its library and to its program
    /// counts once.
    pub(crate) fn own_functions(&self) -> impl Iterator<Item = &Function> {
        let mut seen: Vec<(usize, Range<usize>)> = Vec::new();
        self.functions.iter().filter(move |function| {
            let place = (self.module(function.module).file, function.range.clone());
            let own = self.crates[self.module(function.module).krate].own;
            let new = own && !seen.contains(&place);
            if new {
                seen.push(place);
            }
            new
        })
    }

    /// Finds the version of a function that is not superseded, by its own or its wire name.
    pub(crate) fn current(&self, name: &str) -> Result<&Function, Error> {
        let all: Vec<&Function> = self.own_functions().collect();
        let named: Vec<&Function> = all
            .iter()
            .copied()
            .filter(|function| function.name == name || function.ident == name)
            .collect();
        if named.is_empty() {
            return Err(unknown(name, &all));
        }
        let current: Vec<&Function> = named
            .iter()
            .copied()
            .filter(|function| !function.superseded)
            .collect();
        match current.as_slice() {
            [] => Err(Error::usage(
                format!("every version of `{name}` is superseded: there is no current one"),
                "remove `superseded` from the version that new instances shall start on",
            )),
            [only] => Ok(only),
            several => Err(Error::usage(
                format!("several functions are the current `{name}`"),
                format!(
                    "write the wire name of the one you mean, or choose a program with `--bin`:\n{}",
                    self.places(several)
                ),
            )),
        }
    }

    fn places(&self, functions: &[&Function]) -> String {
        let lines: Vec<String> = functions
            .iter()
            .map(|function| format!("{} at {}", function.key(), self.place(function)))
            .collect();
        lines.join("\n")
    }

    /// Returns where a function is, for people.
    pub(crate) fn place(&self, function: &Function) -> String {
        self.file_of(function).place(function.name_range.start)
    }
}

/// Says which functions there are.
fn unknown(name: &str, all: &[&Function]) -> Error {
    let mut names: Vec<&str> = all.iter().map(|function| function.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let help = if names.is_empty() {
        "the package has no `#[orchestrator]` and no `#[activity]`; choose another package with `-p`"
            .to_owned()
    } else {
        format!("the package has: {}", names.join(", "))
    };
    Error::usage(format!("no durable function is called `{name}`"), help)
}
