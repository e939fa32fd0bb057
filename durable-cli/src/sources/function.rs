//! Durable functions, as their attributes describe them.

use std::ops::Range;

use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, ExprLit, ItemFn, Lit, LitStr, Meta, Token};

use super::file::SourceFile;
use super::module::ModuleId;
use crate::version::Version;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FunctionId(pub(crate) usize);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FunctionKind {
    Orchestrator,
    Activity,
}

impl FunctionKind {
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Orchestrator => "orchestrator",
            Self::Activity => "activity",
        }
    }
}

/// One version of a durable function.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) kind: FunctionKind,
    pub(crate) module: ModuleId,
    /// The function's own name.
    pub(crate) ident: String,
    /// The wire name.
    pub(crate) name: String,
    pub(crate) version: Version,
    /// The version as it is written.
    pub(crate) version_text: String,
    pub(crate) superseded: bool,
    pub(crate) item: ItemFn,
    pub(crate) attribute: Attribute,
    /// All of it, from the first attribute on.
    pub(crate) range: Range<usize>,
    pub(crate) name_range: Range<usize>,
}

impl Function {
    /// Reads an item that one of the two attributes makes durable.
    pub(crate) fn read(
        item: &ItemFn,
        kind: FunctionKind,
        attribute: &Attribute,
        module: ModuleId,
        file: &SourceFile,
    ) -> Self {
        let keys = keys(attribute);
        let ident = item.sig.ident.to_string().trim_start_matches("r#").to_owned();
        let text = |key: &str| {
            keys.iter()
                .find_map(|meta| literal(meta, key))
                .map(|text| text.value())
        };
        let version_text = text("version").unwrap_or_else(|| "1".to_owned());
        Self {
            kind,
            module,
            name: text("name").unwrap_or_else(|| ident.clone()),
            ident,
            version: Version::parse(&version_text).unwrap_or(Version::ONE),
            version_text,
            superseded: keys
                .iter()
                .any(|meta| meta.path().is_ident("superseded") && !is_false(meta)),
            item: item.clone(),
            attribute: attribute.clone(),
            range: file.range(item),
            name_range: file.range(&item.sig.ident),
        }
    }

    /// Returns the function and version as `checkout@1`.
    pub(crate) fn key(&self) -> String {
        format!("{}@{}", self.name, self.version)
    }

    /// Returns the name of the handle that is pinned to this version.
    pub(crate) fn pinned(&self) -> String {
        self.version.pinned(&self.ident)
    }

    /// Returns the literal of `version = "…"`.
    pub(crate) fn version_literal(&self) -> Option<LitStr> {
        keys(&self.attribute)
            .iter()
            .find_map(|meta| literal(meta, "version"))
    }

    /// Returns the last key of the attribute.
    pub(crate) fn last_key(&self) -> Option<Meta> {
        keys(&self.attribute).into_iter().last()
    }
}

/// Returns what is written between the parentheses of an attribute; nothing if it is malformed.
fn keys(attribute: &Attribute) -> Vec<Meta> {
    let Meta::List(list) = &attribute.meta else {
        return Vec::new();
    };
    let parser = Punctuated::<Meta, Token![,]>::parse_terminated;
    list.parse_args_with(parser)
        .map(|keys| keys.into_iter().collect())
        .unwrap_or_default()
}

fn literal(meta: &Meta, key: &str) -> Option<LitStr> {
    match meta {
        Meta::NameValue(pair) if pair.path.is_ident(key) => match &pair.value {
            Expr::Lit(ExprLit {
                lit: Lit::Str(text), ..
            }) => Some(text.clone()),
            _ => None,
        },
        _ => None,
    }
}

fn is_false(meta: &Meta) -> bool {
    let Meta::NameValue(pair) = meta else { return false };
    matches!(&pair.value, Expr::Lit(ExprLit { lit: Lit::Bool(value), .. }) if !value.value)
}
