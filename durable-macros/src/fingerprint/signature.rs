//! The types of a deterministic function: nothing else compares them.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{FnArg, Signature};

/// Adds the generics and the types of the parameters and of the result to the hash of the text.
///
/// Fixed for ever, as `hash` is.
pub(super) fn mix(text: u64, signature: &Signature) -> u64 {
    let mut canonical = String::new();
    let mut part = |tokens: TokenStream| {
        write(tokens, Delimiter::None, &mut canonical);
        canonical.push('\n');
    };
    for parameter in &signature.generics.params {
        part(parameter.to_token_stream());
    }
    for parameter in &signature.inputs {
        match parameter {
            FnArg::Typed(parameter) => part(parameter.ty.to_token_stream()),
            FnArg::Receiver(receiver) => part(receiver.to_token_stream()),
        }
    }
    part(signature.output.to_token_stream());
    part(signature.generics.where_clause.to_token_stream());
    part(signature.asyncness.to_token_stream());
    fnv(text, canonical.as_bytes())
}

/// Writes tokens with one space after each that is a word, and without the commas that rustfmt adds.
fn write(tokens: TokenStream, inside: Delimiter, out: &mut String) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
    let commas = tokens.iter().filter(|token| is_comma(token)).count();
    // That of `(u8,)` makes the tuple.
    let keeps_last = inside == Delimiter::Parenthesis && commas == 1;
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Ident(_) | TokenTree::Literal(_) => {
                out.push_str(&token.to_string());
                out.push(' ');
            }
            TokenTree::Punct(punct) => {
                let superfluous = match tokens.get(at + 1) {
                    None => !keeps_last,
                    Some(TokenTree::Punct(next)) => next.as_char() == '>',
                    Some(_) => false,
                };
                if punct.as_char() == ',' && superfluous {
                    continue;
                }
                out.push(punct.as_char());
                // `'a` is one word.
                if punct.spacing() == Spacing::Alone {
                    out.push(' ');
                }
            }
            TokenTree::Group(group) => {
                let [open, close] = match group.delimiter() {
                    Delimiter::Parenthesis => ["(", ")"],
                    Delimiter::Bracket => ["[", "]"],
                    Delimiter::Brace => ["{", "}"],
                    Delimiter::None => ["", ""],
                };
                out.push_str(open);
                write(group.stream(), group.delimiter(), out);
                out.push_str(close);
            }
        }
    }
}

/// Continues an FNV-1a hash of 64 bits.
fn fnv(hash: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(hash, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
