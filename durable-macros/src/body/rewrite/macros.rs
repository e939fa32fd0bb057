//! Macro calls: their arguments are rewritten where they are expressions.

mod pieces;

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::visit_mut::VisitMut;
use syn::{Expr, LitStr, Macro, MacroDelimiter, Pat, Token};

use super::{Rewriter, head};
use crate::message;

/// What stands between the parentheses of a macro call.
enum Arguments {
    /// `a, b, c`
    List(Punctuated<Expr, Token![,]>),
    /// `value; count`
    Repeat(Expr, Token![;], Expr),
    /// `value, pattern if guard`
    Match {
        value: Expr,
        comma: Token![,],
        pattern: Pat,
        guard: Option<(Token![if], Expr)>,
        end: Option<Token![,]>,
    },
}

/// Visits the arguments of a macro call.
pub(super) fn visit(rewriter: &mut Rewriter<'_>, call: &mut Macro) {
    let name = call
        .path
        .segments
        .last()
        .map(|last| last.ident.to_string())
        .unwrap_or_default();
    if is_text(&name) {
        return;
    }
    let awaits = mentions_await(&call.tokens);
    if !awaits && !takes_expressions(&name) {
        return;
    }
    let Some(mut args) = parse(&name, &call.tokens) else {
        if awaits {
            match pieces::visit(rewriter, call.tokens.clone()) {
                Some(tokens) => call.tokens = tokens,
                None => rewriter.errors.push(head(call, None), &message::opaque_await()),
            }
        }
        return;
    };
    let before = args.to_token_stream().to_string();
    args.visit(rewriter);
    let after = args.to_token_stream();
    if after.to_string() != before {
        call.tokens = match &args {
            Arguments::List(list) if list.len() == 1 && matches!(&*name, "assert" | "debug_assert") => {
                // The macro would show the rewritten condition.
                let shown = as_written(call).unwrap_or(before);
                let shown = format!("assertion failed: {}", shown.trim().trim_end_matches(','));
                let text = LitStr::new(
                    &shown.replace('{', "{{").replace('}', "}}"),
                    proc_macro2::Span::mixed_site(),
                );
                let condition = &list[0];
                quote!(#condition, #text)
            }
            _ => after,
        };
    }
}

/// Returns the arguments of a macro call as the user wrote them, on one line; nothing if the source cannot be had.
fn as_written(call: &Macro) -> Option<String> {
    let delimiters = match &call.delimiter {
        MacroDelimiter::Paren(token) => token.span,
        MacroDelimiter::Brace(token) => token.span,
        MacroDelimiter::Bracket(token) => token.span,
    };
    let text = delimiters.join().source_text()?;
    let inner = text.get(1..text.len().checked_sub(1)?)?;
    let lines = inner.lines().map(str::trim).filter(|line| !line.is_empty());
    Some(lines.collect::<Vec<_>>().join(" "))
}

/// Returns whether the identifier `await` stands anywhere in the tokens.
pub(super) fn mentions_await(tokens: &TokenStream) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == "await",
        TokenTree::Group(group) => mentions_await(&group.stream()),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

fn parse(name: &str, tokens: &TokenStream) -> Option<Arguments> {
    let tokens = tokens.clone();
    match name {
        "matches" | "assert_matches" => parse_match.parse2(tokens).ok(),
        "vec" => parse_list
            .parse2(tokens.clone())
            .or_else(|_| parse_repeat.parse2(tokens))
            .ok(),
        _ => parse_list.parse2(tokens).ok(),
    }
}

fn parse_list(input: ParseStream<'_>) -> syn::Result<Arguments> {
    Punctuated::parse_terminated(input).map(Arguments::List)
}

fn parse_repeat(input: ParseStream<'_>) -> syn::Result<Arguments> {
    Ok(Arguments::Repeat(input.parse()?, input.parse()?, input.parse()?))
}

fn parse_match(input: ParseStream<'_>) -> syn::Result<Arguments> {
    let (value, comma) = (input.parse()?, input.parse()?);
    let pattern = Pat::parse_multi_with_leading_vert(input)?;
    let guard = match input.parse::<Option<Token![if]>>()? {
        Some(token) => Some((token, input.parse()?)),
        None => None,
    };
    Ok(Arguments::Match {
        value,
        comma,
        pattern,
        guard,
        end: input.parse()?,
    })
}

impl Arguments {
    fn visit(&mut self, rewriter: &mut Rewriter<'_>) {
        match self {
            Self::List(list) => list.iter_mut().for_each(|arg| rewriter.visit_expr_mut(arg)),
            Self::Repeat(value, _, count) => {
                rewriter.visit_expr_mut(value);
                rewriter.visit_expr_mut(count);
            }
            Self::Match {
                value,
                pattern,
                guard,
                ..
            } => {
                rewriter.visit_expr_mut(value);
                let outer = rewriter.scope.enter();
                rewriter.visit_pat_mut(pattern);
                if let Some((_, guard)) = guard {
                    rewriter.visit_expr_mut(guard);
                }
                rewriter.scope.leave(outer);
            }
        }
    }
}

impl ToTokens for Arguments {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::List(list) => list.to_tokens(tokens),
            Self::Repeat(value, semicolon, count) => tokens.extend(quote!(#value #semicolon #count)),
            Self::Match {
                value,
                comma,
                pattern,
                guard,
                end,
            } => {
                let guard = guard.as_ref().map(|(token, guard)| quote!(#token #guard));
                tokens.extend(quote!(#value #comma #pattern #guard #end));
            }
        }
    }
}

/// Returns whether it is a macro of the standard library that only looks at the tokens, and runs nothing.
fn is_text(name: &str) -> bool {
    matches!(name, "stringify" | "concat" | "compile_error" | "cfg")
}

/// Returns whether it is a macro of the standard library whose arguments are expressions.
fn takes_expressions(name: &str) -> bool {
    const NAMES: [&str; 22] = [
        "assert",
        "assert_eq",
        "assert_matches",
        "assert_ne",
        "dbg",
        "debug_assert",
        "debug_assert_eq",
        "debug_assert_ne",
        "eprint",
        "eprintln",
        "format",
        "format_args",
        "matches",
        "panic",
        "print",
        "println",
        "todo",
        "unimplemented",
        "unreachable",
        "vec",
        "write",
        "writeln",
    ];
    NAMES.contains(&name)
}
