//! Which functions are strict: by the package's `Cargo.toml`, or by their own attributes.

use serde::Serialize;
use serde_json::Value;
use syn::visit::{self, Visit};
use syn::{Attribute, Expr, ExprLit, Lit, Meta, Path, Token, punctuated::Punctuated};

use super::Entry;
use crate::error::Error;
use crate::project::Project;
use crate::sources::{SourceFile, Sources};

/// How strict a package is.
#[derive(Debug, Serialize)]
pub(super) struct Strictness {
    /// Whether `Cargo.toml` makes every function strict that does not say otherwise.
    pub(super) package: bool,
    /// How many orchestrators and `#[deterministic]` functions there are; an `impl` or a `trait` with the attribute
    /// counts as one.
    pub(super) functions: usize,
    /// How many of them are strict.
    pub(super) strict: usize,
    /// Those that say `strict = false`.
    pub(super) exempt: Vec<Entry>,
}

/// Reads the package's settings and the attributes of its functions.
pub(super) fn of(project: &Project, sources: &Sources) -> Result<Strictness, Error> {
    let mut found = Vec::new();
    for file in sources.own_files() {
        let mut finder = Finder {
            file,
            found: &mut found,
        };
        finder.visit_file(&file.ast);
    }
    // A file may belong to the library and to the program.
    found.sort();
    found.dedup();
    let package = by_package(&project.package().metadata, &project.shown_manifest())?;
    let strict = found.iter().filter(|(_, says)| says.unwrap_or(package)).count();
    Ok(Strictness {
        package,
        functions: found.len(),
        strict,
        exempt: found
            .into_iter()
            .filter_map(|(entry, says)| (says == Some(false)).then_some(entry))
            .collect(),
    })
}

/// Reads `package.metadata.durable`, as the macros do.
fn by_package(metadata: &Value, file: &str) -> Result<bool, Error> {
    let help = "write `[package.metadata.durable]`, and below it `strict = true` or `strict = false`";
    let wrong = |what: String| Err(Error::failed(what, help));
    let settings = match metadata.get("durable") {
        None => return Ok(false),
        Some(Value::Object(settings)) => settings,
        Some(other) => {
            return wrong(format!(
                "{file}: `package.metadata.durable` is {other}, and no table"
            ));
        }
    };
    if let Some(key) = settings.keys().find(|key| *key != "strict") {
        return wrong(format!("{file}: `[package.metadata.durable]` has no `{key}`"));
    }
    match settings.get("strict") {
        None => Ok(false),
        Some(Value::Bool(strict)) => Ok(*strict),
        Some(other) => wrong(format!(
            "{file}: `strict = {other}` under `[package.metadata.durable]`: this is not a value of `strict`"
        )),
    }
}

/// Finds the functions, each with what its attribute says of strictness.
struct Finder<'a> {
    file: &'a SourceFile,
    found: &'a mut Vec<(Entry, Option<bool>)>,
}

impl Finder<'_> {
    fn look(&mut self, attrs: &[Attribute], name: &str) {
        for attr in attrs {
            let last = attr.path().segments.last();
            let is = |name: &str| last.is_some_and(|segment| segment.ident == name);
            if is("orchestrator") || is("deterministic") {
                let entry = Entry {
                    file: self.file.shown.clone(),
                    line: self.file.line_column(self.file.range(attr).start).0,
                    what: "strict = false".to_owned(),
                    note: name.to_owned(),
                };
                self.found.push((entry, says(attr)));
            }
        }
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.look(&item.attrs, &item.sig.ident.to_string());
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.look(&item.attrs, &item.sig.ident.to_string());
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        self.look(&item.attrs, &item.sig.ident.to_string());
        visit::visit_trait_item_fn(self, item);
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        self.look(&item.attrs, &format!("impl {}", self.file.slice(&item.self_ty)));
        visit::visit_item_impl(self, item);
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        self.look(&item.attrs, &format!("trait {}", item.ident));
        visit::visit_item_trait(self, item);
    }
}

/// Returns what an attribute says of strictness.
fn says(attr: &Attribute) -> Option<bool> {
    let Meta::List(list) = &attr.meta else { return None };
    let parser = Punctuated::<Meta, Token![,]>::parse_terminated;
    let keys = list.parse_args_with(parser).ok()?;
    let is_strict = |path: &Path| path.is_ident("strict");
    keys.iter().find_map(|key| match key {
        Meta::Path(path) if is_strict(path) => Some(true),
        Meta::NameValue(pair) if is_strict(&pair.path) => match &pair.value {
            Expr::Lit(ExprLit {
                lit: Lit::Bool(value),
                ..
            }) => Some(value.value),
            _ => None,
        },
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::by_package;

    #[test]
    fn a_slip_names_file_key_and_value() {
        let read = |metadata| by_package(&metadata, "Cargo.toml").map_err(|error| error.to_string());
        assert_eq!(read(json!(null)), Ok(false));
        assert_eq!(
            read(json!({ "other": 1, "durable": { "strict": true } })),
            Ok(true)
        );
        assert_eq!(read(json!({ "durable": {} })), Ok(false));
        assert_eq!(
            read(json!({ "durable": 5 })),
            Err("Cargo.toml: `package.metadata.durable` is 5, and no table".to_owned())
        );
        assert_eq!(
            read(json!({ "durable": { "stict": true } })),
            Err("Cargo.toml: `[package.metadata.durable]` has no `stict`".to_owned())
        );
        assert_eq!(
            read(json!({ "durable": { "strict": "all" } })),
            Err(
                "Cargo.toml: `strict = \"all\"` under `[package.metadata.durable]`: this is not a value of `strict`"
                    .to_owned()
            )
        );
    }
}
