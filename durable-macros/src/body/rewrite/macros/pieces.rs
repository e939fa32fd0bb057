//! Macros with a syntax of their own, as `json!({ "paid": ctx.call(charge, order).await? })`.
//!
//! What is known of such a macro is that its arguments hold expressions between commas, perhaps behind a key. An
//! expression that awaits is found and rewritten where it stands; everything else is left as it was written.

use proc_macro2::{Group, Spacing, TokenStream, TokenTree};
use quote::ToTokens;
use syn::Expr;
use syn::visit_mut::VisitMut;

use super::super::Rewriter;
use super::mentions_await;

/// Rewrites the expressions that await; nothing if one of them is not found.
pub(super) fn visit(rewriter: &mut Rewriter<'_>, tokens: TokenStream) -> Option<TokenStream> {
    let mut rewritten = TokenStream::new();
    let mut piece: Vec<TokenTree> = Vec::new();
    for token in tokens {
        if is_punct(&token, ',') || is_punct(&token, ';') {
            rewritten.extend(visit_piece(rewriter, &std::mem::take(&mut piece))?);
            rewritten.extend([token]);
        } else {
            piece.push(token);
        }
    }
    rewritten.extend(visit_piece(rewriter, &piece)?);
    Some(rewritten)
}

/// Rewrites what stands between two commas.
fn visit_piece(rewriter: &mut Rewriter<'_>, piece: &[TokenTree]) -> Option<TokenStream> {
    let all: TokenStream = piece.iter().cloned().collect();
    if !mentions_await(&all) {
        return Some(all);
    }
    if let Some(rewritten) = visit_value(rewriter, piece) {
        return Some(rewritten);
    }
    let start = value(piece);
    let (key, value) = piece.split_at(start);
    let key: TokenStream = key.iter().cloned().collect();
    if mentions_await(&key) {
        return None;
    }
    Some([key, visit_value(rewriter, value)?].into_iter().collect())
}

/// Rewrites an expression, or what a group holds.
fn visit_value(rewriter: &mut Rewriter<'_>, value: &[TokenTree]) -> Option<TokenStream> {
    visit_group(rewriter, value).or_else(|| visit_expr(rewriter, value.iter().cloned().collect()))
}

/// Rewrites what a single group holds, unless it is an expression as it stands.
fn visit_group(rewriter: &mut Rewriter<'_>, piece: &[TokenTree]) -> Option<TokenStream> {
    let [TokenTree::Group(group)] = piece else {
        return None;
    };
    if let Some(rewritten) = visit_expr(rewriter, group.to_token_stream()) {
        return Some(rewritten);
    }
    let mut inside = Group::new(group.delimiter(), visit(rewriter, group.stream())?);
    inside.set_span(group.span());
    Some(TokenTree::Group(inside).into())
}

fn visit_expr(rewriter: &mut Rewriter<'_>, tokens: TokenStream) -> Option<TokenStream> {
    let mut expr: Expr = syn::parse2(tokens).ok()?;
    rewriter.visit_expr_mut(&mut expr);
    Some(expr.into_token_stream())
}

/// Returns where the value begins, behind `key:`, `key =>` or, in the macros of `tracing`, `key = %`; 0 if nothing
/// stands before it.
fn value(piece: &[TokenTree]) -> usize {
    let sigil = |at: &usize| {
        piece
            .get(*at)
            .is_some_and(|token| is_punct(token, '%') || is_punct(token, '?'))
    };
    let start = behind_key(piece);
    if sigil(&start) { start + 1 } else { start }
}

fn behind_key(piece: &[TokenTree]) -> usize {
    let ends_key = |at: &usize| {
        let before = at.checked_sub(1).and_then(|before| piece.get(before));
        let joined = |token: Option<&TokenTree>, wanted| {
            token.is_some_and(|token| is_punct(token, wanted) && is_joint(token))
        };
        match &piece[*at] {
            token if is_punct(token, ':') => !is_joint(token) && !joined(before, ':'),
            token if is_punct(token, '=') => !is_joint(token) && !before.is_some_and(is_joint),
            token if is_punct(token, '>') => joined(before, '='),
            _ => false,
        }
    };
    (0..piece.len()).find(ends_key).map_or(0, |at| at + 1)
}

fn is_punct(token: &TokenTree, wanted: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == wanted)
}

fn is_joint(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.spacing() == Spacing::Joint)
}
