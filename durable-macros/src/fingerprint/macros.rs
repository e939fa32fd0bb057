//! The arguments of macros: those of the standard library are expressions.

use proc_macro2::{TokenStream, TokenTree};
use quote::quote;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Expr, Macro, Pat, Token};

use super::source::Source;

/// The arguments of a macro.
pub(super) enum Arguments {
    /// Expressions; those of a formatting macro may have names.
    Expressions { list: Vec<Expr>, formats: bool },
    /// Those of `matches!`.
    Matches {
        subject: Box<Expr>,
        pattern: Box<Pat>,
        guard: Option<Box<Expr>>,
    },
    /// Whatever the macro makes of them.
    Unknown,
}

const FORMATTING: [&str; 17] = [
    "assert",
    "assert_eq",
    "assert_ne",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "eprint",
    "eprintln",
    "format",
    "format_args",
    "panic",
    "print",
    "println",
    "todo",
    "unimplemented",
    "unreachable",
    "write",
];

/// Returns whether the arguments of a macro of this name are expressions.
pub(super) fn is_known(name: &str) -> bool {
    matches!(name, "vec" | "matches" | "writeln") || FORMATTING.contains(&name)
}

pub(super) fn arguments(source: &Source, call: &Macro) -> Arguments {
    let last = call.path.segments.last();
    let name = last
        .and_then(|segment| source.name(&segment.ident))
        .map_or("", |(_, name)| name);
    if !is_known(name) {
        return Arguments::Unknown;
    }
    let tokens = call.tokens.clone();
    let parsed = match name {
        "matches" => matches.parse2(tokens),
        "vec" => vec(&tokens),
        _ => list(tokens).map(|list| Arguments::Expressions { list, formats: true }),
    };
    parsed.unwrap_or(Arguments::Unknown)
}

fn list(tokens: TokenStream) -> syn::Result<Vec<Expr>> {
    let parser = Punctuated::<Expr, Token![,]>::parse_terminated;
    Ok(parser.parse2(tokens)?.into_iter().collect())
}

fn vec(tokens: &TokenStream) -> syn::Result<Arguments> {
    let list = match syn::parse2::<Expr>(quote!([#tokens]))? {
        Expr::Repeat(repeat) => vec![*repeat.expr, *repeat.len],
        Expr::Array(array) => array.elems.into_iter().collect(),
        other => vec![other],
    };
    Ok(Arguments::Expressions { list, formats: false })
}

fn matches(input: ParseStream<'_>) -> syn::Result<Arguments> {
    let subject = input.parse()?;
    input.parse::<Token![,]>()?;
    let pattern = Box::new(Pat::parse_multi_with_leading_vert(input)?);
    let guard = if input.peek(Token![if]) {
        input.parse::<Token![if]>()?;
        Some(input.parse()?)
    } else {
        None
    };
    input.parse::<Option<Token![,]>>()?;
    Ok(Arguments::Matches {
        subject,
        pattern,
        guard,
    })
}

/// The identifiers and literals among tokens, at any depth.
pub(super) fn leaves(tokens: TokenStream, found: &mut dyn FnMut(&TokenTree)) {
    for token in tokens {
        match &token {
            TokenTree::Group(group) => leaves(group.stream(), found),
            TokenTree::Ident(_) | TokenTree::Literal(_) | TokenTree::Punct(_) => found(&token),
        }
    }
}

/// Returns the names that a format text captures, with the place of each in the text as written.
pub(super) fn captures(text: &str) -> Vec<(std::ops::Range<usize>, &str)> {
    let mut found = Vec::new();
    let mut rest = 0;
    while let Some(open) = text[rest..].find('{').map(|at| rest + at) {
        rest = open + 1;
        if text[rest..].starts_with('{') {
            rest += 1;
            continue;
        }
        // `\u{e9}` is a character.
        if text[..open].ends_with("\\u") {
            continue;
        }
        let end = text[rest..].find('}').map_or(text.len(), |at| rest + at);
        let inside = &text[rest..end];
        let name = inside.split(':').next().unwrap_or_default().trim_end();
        if is_name(name) {
            found.push((rest..rest + name.len(), name));
        }
        rest = end;
    }
    found
}

fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    let first = chars.next().is_some_and(|c| c.is_alphabetic() || c == '_');
    first && chars.all(|c| c.is_alphanumeric() || c == '_')
}
