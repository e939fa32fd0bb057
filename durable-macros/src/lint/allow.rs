//! `#[allow_nondeterminism(reason = "..")]`: what one site says of itself.

use syn::{Attribute, Expr, Item, LitStr, Stmt, parse_quote};

use super::mark;
use crate::errors::Errors;
use crate::message;

/// The attribute's name.
const NAME: &str = "allow_nondeterminism";

/// What takes its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Instead {
    /// Nothing: nobody looks at what it stood on again.
    Nothing,
    /// The mark for the rewriting.
    Mark,
    /// The mark, and the same for clippy, which `cargo durable lint` runs. Only on statements: the compiler takes no
    /// such attribute on other expressions.
    MarkAndClippy,
}

/// Takes the attribute off, if it is there. What is missing in it is an error; it counts nevertheless.
pub(super) fn take(attrs: &mut Vec<Attribute>, instead: Instead, errors: &mut Errors) -> Option<Attribute> {
    let at = attrs.iter().position(is_allow)?;
    let attr = attrs.remove(at);
    if !has_reason(&attr) {
        errors.push(&attr, &message::allow_without_reason());
    }
    if instead != Instead::Nothing {
        mark::allow(attrs);
    }
    if instead == Instead::MarkAndClippy {
        attrs.push(parse_quote! {
            #[allow(
                clippy::disallowed_methods,
                clippy::disallowed_types,
                clippy::disallowed_macros,
                clippy::iter_over_hash_type
            )]
        });
    }
    Some(attr)
}

/// Takes the attribute off a statement.
///
/// The parser gives the attributes before `a = b` and `a + b` to the `a`; before a statement they mean all of it.
pub(super) fn take_from_stmt(stmt: &mut Stmt, instead: Instead, errors: &mut Errors) -> Option<Attribute> {
    let for_clippy = match instead {
        Instead::Nothing => Instead::Nothing,
        Instead::Mark | Instead::MarkAndClippy => Instead::MarkAndClippy,
    };
    match stmt {
        Stmt::Local(local) => take(&mut local.attrs, for_clippy, errors),
        Stmt::Macro(call) => take(&mut call.attrs, for_clippy, errors),
        Stmt::Item(item) => take(attrs_of_item(item)?, Instead::Nothing, errors),
        // The value of a block is an expression to the compiler.
        Stmt::Expr(expr, None) => take_from_leftmost(expr, instead, errors),
        Stmt::Expr(expr, Some(_)) => take_from_leftmost(expr, for_clippy, errors),
    }
}

fn take_from_leftmost(expr: &mut Expr, instead: Instead, errors: &mut Errors) -> Option<Attribute> {
    if let Some(attr) = take_from_expr(expr, instead, errors) {
        return Some(attr);
    }
    // What is marked is only a part of the statement, where the compiler takes no attribute of clippy's.
    let instead = match instead {
        Instead::Nothing => Instead::Nothing,
        Instead::Mark | Instead::MarkAndClippy => Instead::Mark,
    };
    match expr {
        Expr::Assign(expr) => take_from_leftmost(&mut expr.left, instead, errors),
        Expr::Binary(expr) => take_from_leftmost(&mut expr.left, instead, errors),
        Expr::Cast(expr) => take_from_leftmost(&mut expr.expr, instead, errors),
        Expr::Range(expr) => take_from_leftmost(expr.start.as_mut()?, instead, errors),
        _ => None,
    }
}

/// Takes the attribute off an expression.
pub(super) fn take_from_expr(expr: &mut Expr, instead: Instead, errors: &mut Errors) -> Option<Attribute> {
    take(attrs_of_expr(expr)?, instead, errors)
}

fn is_allow(attr: &Attribute) -> bool {
    attr.path().segments.last().is_some_and(|last| last.ident == NAME)
}

fn has_reason(attr: &Attribute) -> bool {
    let mut reason = None;
    let parsed = attr.parse_nested_meta(|meta| {
        if !meta.path.is_ident("reason") || reason.is_some() {
            return Err(meta.error("only `reason` belongs here, once"));
        }
        reason = Some(meta.value()?.parse::<LitStr>()?.value());
        Ok(())
    });
    parsed.is_ok() && reason.is_some_and(|reason| !reason.trim().is_empty())
}

fn attrs_of_item(item: &mut Item) -> Option<&mut Vec<Attribute>> {
    match item {
        Item::Const(item) => Some(&mut item.attrs),
        Item::Fn(item) => Some(&mut item.attrs),
        Item::Impl(item) => Some(&mut item.attrs),
        Item::Macro(item) => Some(&mut item.attrs),
        Item::Mod(item) => Some(&mut item.attrs),
        Item::Static(item) => Some(&mut item.attrs),
        Item::Trait(item) => Some(&mut item.attrs),
        Item::Use(item) => Some(&mut item.attrs),
        _ => None,
    }
}

macro_rules! attrs_of {
    ($expr:expr => $($variant:ident)*) => {
        match $expr {
            $(Expr::$variant(expr) => Some(&mut expr.attrs),)*
            _ => None,
        }
    };
}

fn attrs_of_expr(expr: &mut Expr) -> Option<&mut Vec<Attribute>> {
    attrs_of!(expr =>
        Array Assign Async Await Binary Block Break Call Cast Closure Const Continue Field ForLoop Group If Index
        Infer Let Lit Loop Macro Match MethodCall Paren Path Range RawAddr Reference Repeat Return Struct Try TryBlock
        Tuple Unary Unsafe While Yield)
}
