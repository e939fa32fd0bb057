//! Paths that may name deterministic functions: `price` in `price(&order)` and in `items.iter().map(price)`.

use quote::ToTokens;
use syn::{ExprPath, Path, PathArguments};

use super::super::CalleePath;
use super::Resolver;

/// Functions that need no import, and types in whose place a module could stand.
const NO_HELPERS: [&str; 25] = [
    "align_of",
    "align_of_val",
    "bool",
    "char",
    "drop",
    "f32",
    "f64",
    "i128",
    "i16",
    "i32",
    "i64",
    "i8",
    "isize",
    "size_of",
    "size_of_val",
    "str",
    "u128",
    "u16",
    "u32",
    "u64",
    "u8",
    "usize",
    "std",
    "core",
    "alloc",
];

impl Resolver<'_> {
    /// Takes a path as that of a helper, if it can be the path of a function outside the body.
    pub(super) fn helper(&mut self, expr: &ExprPath) {
        if self.hidden || expr.qself.is_some() || !expr.attrs.is_empty() {
            return;
        }
        let mut path = expr.path.clone();
        for segment in &mut path.segments {
            segment.arguments = PathArguments::None;
        }
        if !self.may_be_function(&path) {
            return;
        }
        let Some(imports) = self.imports(&path) else {
            return;
        };
        // What only a glob of the body's own brings may be hidden from an import by what stands outside.
        let first = path.segments.first().map(|segment| &segment.ident);
        let named = |ident| {
            self.source
                .name(ident)
                .is_some_and(|(_, name)| self.names.imports_name(name))
        };
        if !imports.is_empty() && !first.is_some_and(named) {
            return;
        }
        let restored = self.source.restore(path.to_token_stream());
        let text = restored.to_string().replace(' ', "");
        if self.helpers.iter().any(|known| known.text == text) {
            return;
        }
        if let Ok(path) = syn::parse2::<Path>(restored) {
            self.helpers.push(CalleePath { path, imports, text });
        }
    }

    /// Returns whether names are written as those of modules and of a function.
    fn may_be_function(&self, path: &Path) -> bool {
        let mut segments = path.segments.iter().enumerate();
        segments.all(|(at, segment)| {
            let Some((_, name)) = self.source.name(&segment.ident) else {
                // `crate`, `self` and `super` lead to modules; `self` alone is a value, and `Self` a type.
                return path.segments.len() > 1 && segment.ident != "Self";
            };
            let is_excluded = at == 0 && (NO_HELPERS.contains(&name) || name.starts_with("c_"));
            !is_excluded && !name.starts_with(char::is_uppercase) && name.contains(char::is_lowercase)
        })
    }
}
