//! The values behind keys. Each reader takes what was written and adds an error on exactly those tokens.

use darling::FromMeta;
use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Expr, ExprLit, ExprUnary, Lit, LitStr, Meta, Path, UnOp};

use crate::errors::Errors;
use crate::message;
use crate::text;

/// A key with what stands behind it, kept as written so that errors can point at it.
#[derive(Debug, Clone)]
pub(crate) struct Given(Meta);

impl FromMeta for Given {
    fn from_meta(meta: &Meta) -> darling::Result<Self> {
        Ok(Self(meta.clone()))
    }
}

impl ToTokens for Given {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.0.to_tokens(tokens);
    }
}

impl Given {
    fn key(&self) -> String {
        self.0
            .path()
            .get_ident()
            .map(ToString::to_string)
            .unwrap_or_default()
    }

    /// Returns the value of `key = value`.
    fn value(&self) -> Option<&Expr> {
        match &self.0 {
            Meta::NameValue(pair) => Some(&pair.value),
            Meta::Path(_) | Meta::List(_) => None,
        }
    }

    /// Underlines the value, or the whole if there is none.
    fn refuse(&self, errors: &mut Errors, example: &str) {
        let message = message::wrong_value(&self.key(), example);
        match self.value() {
            Some(value) => errors.push(value, &message),
            None => errors.push(&self.0, &message),
        }
    }
}

fn literal(expr: &Expr) -> Option<&Lit> {
    match expr {
        Expr::Lit(ExprLit { lit, .. }) => Some(lit),
        Expr::Group(group) => literal(&group.expr),
        _ => None,
    }
}

/// Reads `key = "text"`.
pub(crate) fn text(given: &Given, example: &str, errors: &mut Errors) -> Option<LitStr> {
    if let Some(Lit::Str(text)) = given.value().and_then(literal) {
        return Some(text.clone());
    }
    given.refuse(errors, example);
    None
}

/// Reads `key = "30s"` as milliseconds.
pub(crate) fn duration(given: &Given, example: &str, errors: &mut Errors) -> Option<u64> {
    let text = text(given, example, errors)?;
    duration_text(&text, &text.value(), errors)
}

/// Parses one duration out of the literal.
pub(crate) fn duration_text(literal: &LitStr, part: &str, errors: &mut Errors) -> Option<u64> {
    text::parse_duration(part)
        .map_err(|why| errors.push(literal, &message::malformed_duration(part, why)))
        .ok()
}

/// Reads a key that stands alone.
pub(crate) fn flag(given: Option<&Given>, errors: &mut Errors) -> bool {
    let Some(given) = given else { return false };
    if !matches!(given.0, Meta::Path(_)) {
        errors.push(given, &message::wrong_value(&given.key(), &given.key()));
    }
    true
}

/// Reads a key that stands alone, or `key = false`, where the package may say otherwise; nothing if it is not given.
pub(crate) fn switch(given: Option<&Given>, errors: &mut Errors) -> Option<bool> {
    let given = given?;
    match (&given.0, given.value().and_then(literal)) {
        (Meta::Path(_), _) => Some(true),
        (_, Some(Lit::Bool(value))) => Some(value.value),
        _ => {
            let key = given.key();
            given.refuse(errors, &format!("{key}`, or `{key} = false"));
            None
        }
    }
}

/// Reads `key = 5`, from 1.
pub(crate) fn number(given: &Given, example: &str, errors: &mut Errors) -> Option<u32> {
    let value = given.value();
    let range = message::out_of_range(&given.key(), "a whole number from 1 to 4294967295");
    match value.and_then(literal) {
        Some(Lit::Int(number)) => match number.base10_parse::<u32>() {
            Ok(number) if number > 0 => Some(number),
            _ => {
                errors.push(value, &range);
                None
            }
        },
        _ if is_negative(value) => {
            errors.push(value, &range);
            None
        }
        _ => {
            given.refuse(errors, example);
            None
        }
    }
}

/// Reads `key = 0.2`, which must lie in `range`.
pub(crate) fn ratio(
    given: &Given,
    example: &str,
    (range, range_text): (std::ops::RangeInclusive<f64>, &str),
    errors: &mut Errors,
) -> Option<f64> {
    let value = given.value();
    let number = match value.and_then(literal) {
        Some(Lit::Float(number)) => number.base10_parse::<f64>().ok(),
        Some(Lit::Int(number)) => number.base10_parse::<f64>().ok(),
        _ if is_negative(value) => Some(f64::NAN),
        _ => {
            given.refuse(errors, example);
            return None;
        }
    };
    let inside = number.filter(|number| range.contains(number));
    if inside.is_none() {
        errors.push(value, &message::out_of_range(&given.key(), range_text));
    }
    inside
}

fn is_negative(value: Option<&Expr>) -> bool {
    matches!(value, Some(Expr::Unary(ExprUnary { op: UnOp::Neg(_), .. })))
}

/// Reads `crate = path`.
pub(crate) fn path(given: &Given, errors: &mut Errors) -> Option<Path> {
    match given.value() {
        Some(Expr::Path(path)) if path.qself.is_none() => Some(path.path.clone()),
        _ => {
            given.refuse(errors, "crate = my_durable");
            None
        }
    }
}

/// Returns the tokens of `key(..)`.
pub(crate) fn list(given: &Given, example: &str, errors: &mut Errors) -> Option<TokenStream> {
    match &given.0 {
        Meta::List(list) => Some(list.tokens.clone()),
        Meta::Path(_) | Meta::NameValue(_) => {
            errors.push(given, &message::wrong_value(&given.key(), example));
            None
        }
    }
}
