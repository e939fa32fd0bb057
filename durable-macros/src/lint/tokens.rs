//! Paths and macro calls in tokens that are no expressions: the arguments of macros with a syntax of their own.

use proc_macro2::{Delimiter, Group, Ident, Spacing, TokenStream, TokenTree};
use quote::ToTokens;

use super::imports::text;

/// What stands in the tokens.
#[derive(Debug)]
pub(super) enum Piece {
    /// A path or a name, which is called if an argument list follows.
    Path {
        segments: Vec<String>,
        tokens: TokenStream,
        absolute: bool,
        called: bool,
    },
    /// A call of a macro.
    Macro {
        segments: Vec<String>,
        tokens: TokenStream,
        args: Group,
    },
}

/// Calls `found` for each path and each macro call, at every depth. Names behind a dot are methods and are left out.
pub(super) fn scan(tokens: TokenStream, found: &mut impl FnMut(Piece)) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut at = 0;
    let mut behind_dot = false;
    while let Some(token) = tokens.get(at) {
        match token {
            TokenTree::Ident(_) if !behind_dot => {
                at = scan_path(&tokens, at, found);
                continue;
            }
            TokenTree::Group(group) => scan(group.stream(), found),
            TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
        // `..` is a range, and no method follows it.
        let dot = is_punct(Some(token), '.');
        behind_dot = dot && !(at > 0 && is_punct(tokens.get(at - 1), '.'));
        at += 1;
    }
}

/// Reads the path that begins at an identifier, and returns the place behind it.
fn scan_path(tokens: &[TokenTree], start: usize, found: &mut impl FnMut(Piece)) -> usize {
    let mut idents: Vec<&Ident> = Vec::new();
    let mut at = start;
    while let Some(TokenTree::Ident(ident)) = tokens.get(at) {
        idents.push(ident);
        at += 1;
        if !is_colons(tokens, at) || !matches!(tokens.get(at + 2), Some(TokenTree::Ident(_))) {
            break;
        }
        at += 2;
    }
    let segments = idents.into_iter().map(text).collect();
    let path: TokenStream = tokens[start..at].iter().map(ToTokens::to_token_stream).collect();
    let absolute = start >= 2 && is_colons(tokens, start - 2);
    match (tokens.get(at), tokens.get(at + 1)) {
        (bang @ Some(TokenTree::Punct(_)), Some(TokenTree::Group(args))) if is_punct(bang, '!') => {
            let args = args.clone();
            found(Piece::Macro {
                segments,
                tokens: path,
                args,
            });
            at + 2
        }
        (next, _) => {
            let called =
                matches!(next, Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis);
            found(Piece::Path {
                segments,
                tokens: path,
                absolute,
                called,
            });
            at
        }
    }
}

fn is_colons(tokens: &[TokenTree], at: usize) -> bool {
    matches!(tokens.get(at), Some(TokenTree::Punct(first)) if first.as_char() == ':' && first.spacing() == Spacing::Joint)
        && is_punct(tokens.get(at + 1), ':')
}

fn is_punct(token: Option<&TokenTree>, wanted: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == wanted)
}
