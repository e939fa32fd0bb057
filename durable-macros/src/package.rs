//! What the package's `Cargo.toml` says of all its functions, under `[package.metadata.durable]`.

mod manifest;

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{Stmt, parse_quote};

use self::manifest::Setting;
use crate::args;
use crate::errors::Errors;
use crate::message::{self, Message};
use crate::paths::Private;

/// The table that cargo leaves to us.
const TABLE: [&str; 3] = ["package", "metadata", "durable"];

/// The keys of the table.
const KEYS: [&str; 1] = ["strict"];

/// The settings of a package.
#[derive(Debug, Default)]
pub(crate) struct Package {
    /// Whether functions that say nothing of it are strict.
    strict: bool,
    problems: Vec<Message>,
    /// Whether there is a file to watch.
    exists: bool,
}

/// Makes the compiler look at the file again when it changes: for cargo alone, a change of `package.metadata` is none.
#[derive(Debug, Default)]
pub(crate) struct Tracked(Option<Private>);

impl ToTokens for Tracked {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Some(private) = &self.0 else { return };
        tokens.extend(quote!(const _: &[u8] = #private::manifest!();));
    }
}

impl Tracked {
    /// Returns it as a statement, which costs the compiler less than an item.
    pub(crate) fn statement(&self) -> Option<TokenStream> {
        let private = self.0.as_ref()?;
        Some(quote!(let _ = #private::manifest!();))
    }

    /// Returns it as an item of a body.
    pub(crate) fn to_stmt(&self) -> Option<Stmt> {
        self.0.is_some().then(|| parse_quote!(#self))
    }
}

impl Package {
    /// Reads the settings of the package that is compiled; without a package, or without its file, nothing is set.
    pub(crate) fn of_compilation() -> Self {
        match std::env::var_os("CARGO_MANIFEST_DIR") {
            Some(root) => Self::at(&PathBuf::from(root).join("Cargo.toml")),
            None => Self::default(),
        }
    }

    fn at(file: &Path) -> Self {
        match std::fs::read_to_string(file) {
            Ok(text) => Self::read(&text),
            Err(error) if error.kind() == ErrorKind::NotFound => Self::default(),
            Err(error) => Self {
                problems: vec![message::manifest_unreadable(&error.to_string())],
                ..Self::default()
            },
        }
    }

    fn read(text: &str) -> Self {
        let mut package = Self {
            exists: true,
            ..Self::default()
        };
        for setting in manifest::below(text, &TABLE) {
            package.take(&setting);
        }
        package
    }

    fn take(&mut self, Setting { path, value, line }: &Setting<'_>) {
        let problem = match (path.as_slice(), *value) {
            (["strict"], "true") => {
                self.strict = true;
                return;
            }
            (["strict"], "false") => return,
            (["strict"], value) => message::package_value(*line, "strict", value),
            ([], _) => message::package_table(*line),
            (path, _) => {
                let key = path.join(".");
                message::package_key(*line, &key, args::nearest(&key, &KEYS), &KEYS)
            }
        };
        self.problems.push(problem);
    }

    /// Returns whether a function is strict that says this of itself, and what watches over the file if it decides.
    pub(crate) fn is_strict(
        &self,
        given: Option<bool>,
        private: &Private,
        errors: &mut Errors,
    ) -> (bool, Tracked) {
        for problem in &self.problems {
            errors.add(syn::Error::new(Span::call_site(), problem));
        }
        match given {
            Some(strict) if self.problems.is_empty() => (strict, Tracked::default()),
            given => {
                let tracked = Tracked(self.exists.then(|| private.clone()));
                (given.unwrap_or(self.strict), tracked)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> (bool, Vec<String>) {
        let package = Package::read(text);
        let problems = package.problems.iter().map(|message| {
            let text = message.to_string();
            text.lines().take(2).collect::<Vec<_>>().join("; ")
        });
        (package.strict, problems.collect())
    }

    #[test]
    fn a_package_may_be_strict() {
        let table = "[package]\nname = \"shop\"\n\n[package.metadata.durable]\n";
        assert_eq!(said(table), (false, vec![]));
        assert_eq!(said(&format!("{table}strict = true\n")), (true, vec![]));
        assert_eq!(said(&format!("{table}strict = false\n")), (false, vec![]));
    }

    #[test]
    fn a_slip_names_file_line_key_and_value() {
        let slips = "[package.metadata.durable]\nstrict = \"yes\"\nstict = true\ncolour.of = { lock = 1 }\n";
        assert_eq!(
            said(slips).1,
            [
                "`strict = \"yes\"` in `Cargo.toml`, line 2, under `[package.metadata.durable]`: this is not a value of \
                 `strict`; help: write `strict = true`, or `strict = false`",
                "`[package.metadata.durable]` in `Cargo.toml` has no `stict`, line 3; help: did you mean `strict`?",
                "`[package.metadata.durable]` in `Cargo.toml` has no `colour.of.lock`, line 4; help: it takes `strict`",
            ]
        );
        assert_eq!(
            said("[package.metadata]\ndurable = true\n").1,
            [
                "`package.metadata.durable` in `Cargo.toml`, line 2, is not a table; help: write \
                 `[package.metadata.durable]`, and below it `strict = true`"
            ]
        );
    }

    #[test]
    fn what_a_function_says_of_itself_counts() {
        let private = Private::new(None);
        let package = Package::read("package.metadata.durable.strict = true");
        let mut errors = Errors::new();
        let mut strict = |given| package.is_strict(given, &private, &mut errors).0;
        assert!(strict(None) && strict(Some(true)) && !strict(Some(false)));
        assert!(errors.is_empty());
    }

    #[test]
    fn a_file_that_cannot_be_read_is_an_error_and_a_missing_one_is_none() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        assert_eq!(Package::at(&here.join("nothing.toml")).problems.len(), 0);
        let problems = Package::at(here).problems;
        assert!(
            problems[0]
                .to_string()
                .starts_with("`Cargo.toml` cannot be read: "),
            "{problems:?}"
        );
    }
}
