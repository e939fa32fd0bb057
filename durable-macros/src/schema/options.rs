//! The attributes that change a recorded form: serde's own, and `#[durable(..)]`.

use syn::meta::ParseNestedMeta;
use syn::{Attribute, Expr, LitStr, Path, Token, Type};

use super::case::Case;
use crate::errors::Errors;
use crate::message;

/// What the attributes of a type, variant or field say. Keys that do not belong there are serde's to refuse.
#[derive(Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a word that stands alone in an attribute"
)]
pub(super) struct Options {
    pub(super) rename: Option<String>,
    pub(super) rename_all: Option<Case>,
    pub(super) rename_all_fields: Option<Case>,
    pub(super) tag: Option<String>,
    pub(super) content: Option<String>,
    pub(super) untagged: bool,
    pub(super) transparent: bool,
    pub(super) default: bool,
    pub(super) flatten: bool,
    pub(super) skip: bool,
    /// `skip_serializing_if` and the like: the value may be missing from a record.
    pub(super) may_be_missing: bool,
    /// The functions that record the value instead of its type, and other texts that decide the form.
    pub(super) custom: Vec<String>,
    /// `into`, `from`, `try_from`: the type that is recorded instead.
    pub(super) proxy: Option<Type>,
    /// `#[durable(opaque)]`.
    pub(super) opaque: bool,
    /// `#[durable(crate = path)]`.
    pub(super) facade: Option<Path>,
}

impl Options {
    pub(super) fn read(attrs: &[Attribute], errors: &mut Errors) -> Self {
        let mut options = Self::default();
        for attr in attrs {
            if attr.path().is_ident("serde") {
                // What serde does not understand, serde reports.
                let _ = attr.parse_nested_meta(|meta| options.serde(&meta));
            } else if attr.path().is_ident("durable") {
                errors.take(attr.parse_nested_meta(|meta| options.durable(&meta)));
            }
        }
        options
    }

    fn serde(&mut self, meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
        let key = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
        match key.as_str() {
            "rename" => self.rename = written(meta)?,
            "rename_all" => self.rename_all = written(meta)?.and_then(|text| Case::parse(&text)),
            "rename_all_fields" => {
                self.rename_all_fields = written(meta)?.and_then(|text| Case::parse(&text));
            }

            "tag" => self.tag = Some(text(meta)?),
            "content" => self.content = Some(text(meta)?),
            "untagged" => self.untagged = true,
            "transparent" => self.transparent = true,
            "flatten" => self.flatten = true,
            "skip" | "skip_serializing" => self.skip = true,
            "default" => {
                self.default = true;
                ignore(meta)?;
            }
            "skip_serializing_if" => {
                self.may_be_missing = true;
                ignore(meta)?;
            }
            "with" | "serialize_with" => self.custom.push(text(meta)?),
            "into" => self.proxy = Some(meta.value()?.parse::<LitStr>()?.parse()?),
            // How records are read decides nothing about how they are written.
            _ => ignore(meta)?,
        }
        Ok(())
    }

    fn durable(&mut self, meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
        if meta.path.is_ident("opaque") {
            self.opaque = true;
        } else if meta.path.is_ident("crate") {
            self.facade = Some(meta.value()?.call(Path::parse_mod_style)?);
        } else {
            let key = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
            let message = message::unknown_key("#[durable(..)]", &key, None, &["opaque", "crate"]);
            let error = syn::Error::new_spanned(&meta.path, message);
            ignore(meta)?;
            return Err(error);
        }
        Ok(())
    }
}

fn text(meta: &ParseNestedMeta<'_>) -> syn::Result<String> {
    Ok(meta.value()?.parse::<LitStr>()?.value())
}

/// Reads `key = "text"`, or `text` of `key(serialize = "text", deserialize = "other")`.
fn written(meta: &ParseNestedMeta<'_>) -> syn::Result<Option<String>> {
    if meta.input.peek(Token![=]) {
        return text(meta).map(Some);
    }
    let mut found = None;
    meta.parse_nested_meta(|side| {
        let value = text(&side)?;
        if side.path.is_ident("serialize") {
            found = Some(value);
        }
        Ok(())
    })?;
    Ok(found)
}

/// Reads past the value of a key.
fn ignore(meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
    if meta.input.peek(Token![=]) {
        meta.value()?.parse::<Expr>()?;
    } else if meta.input.peek(syn::token::Paren) {
        let content;
        syn::parenthesized!(content in meta.input);
        content.parse::<proc_macro2::TokenStream>()?;
    }
    Ok(())
}
