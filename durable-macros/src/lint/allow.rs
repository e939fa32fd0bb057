//! `#[allow_nondeterminism(reason = "..")]`: what one site says of itself.

use syn::{Attribute, Expr, Item, LitStr, Stmt};

use crate::errors::Errors;
use crate::message;

/// The attribute's name.
const NAME: &str = "allow_nondeterminism";

/// Takes the attribute off, if it is there. What is missing in it is an error; it counts nevertheless.
pub(super) fn take(attrs: &mut Vec<Attribute>, errors: &mut Errors) -> Option<Attribute> {
    let at = attrs.iter().position(is_allow)?;
    let attr = attrs.remove(at);
    if !has_reason(&attr) {
        errors.push(&attr, &message::allow_without_reason());
    }
    Some(attr)
}

/// Takes the attribute off a statement.
///
/// The parser gives the attributes before `a = b` and `a + b` to the `a`; before a statement they mean all of it.
pub(super) fn take_from_stmt(stmt: &mut Stmt, errors: &mut Errors) -> Option<Attribute> {
    match stmt {
        Stmt::Local(local) => take(&mut local.attrs, errors),
        Stmt::Macro(call) => take(&mut call.attrs, errors),
        Stmt::Item(item) => take(attrs_of_item(item)?, errors),
        Stmt::Expr(expr, _) => take_from_leftmost(expr, errors),
    }
}

fn take_from_leftmost(expr: &mut Expr, errors: &mut Errors) -> Option<Attribute> {
    if let Some(attr) = take_from_expr(expr, errors) {
        return Some(attr);
    }
    match expr {
        Expr::Assign(expr) => take_from_leftmost(&mut expr.left, errors),
        Expr::Binary(expr) => take_from_leftmost(&mut expr.left, errors),
        Expr::Cast(expr) => take_from_leftmost(&mut expr.expr, errors),
        Expr::Range(expr) => take_from_leftmost(expr.start.as_mut()?, errors),
        _ => None,
    }
}

/// Takes the attribute off an expression.
pub(super) fn take_from_expr(expr: &mut Expr, errors: &mut Errors) -> Option<Attribute> {
    take(attrs_of_expr(expr)?, errors)
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
