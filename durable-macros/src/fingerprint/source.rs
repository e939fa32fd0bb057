//! The tokens of a function, with a number for each identifier and text.

use proc_macro2::{Delimiter, Group, Ident, Literal, Spacing, TokenStream, TokenTree};

/// A token. Invisible groups, which macros leave around their arguments, are dissolved.
#[derive(Debug)]
pub(super) enum Node {
    /// An identifier or keyword, by its number.
    Ident(usize),
    /// A literal, by its number.
    Literal(usize),
    /// A character of an operator; `joint` if the next belongs to the same.
    Punct { char: char, joint: bool },
    /// A group with visible delimiters.
    Group(Delimiter, Vec<Node>),
}

/// The tokens of a function.
#[derive(Debug, Default)]
pub(super) struct Source {
    pub(super) nodes: Vec<Node>,
    /// The same tokens, with each identifier's number in its name and each text's number in its place, so that a
    /// parser's result can be traced back to them.
    pub(super) numbered: TokenStream,
    /// What is written, by number.
    texts: Vec<String>,
}

/// Returns whether a parser knows the word. Such words are never local variables, and keep their names.
#[rustfmt::skip]
pub(super) fn is_keyword(text: &str) -> bool {
    matches!(
        text,
        "as" | "async" | "await" | "become" | "box" | "break" | "const" | "continue" | "crate" | "do" | "dyn" | "else" | "enum" | "extern" | "false" | "final" | "fn" | "for" | "gen" | "if" | "impl" | "in" | "let" | "loop" | "macro" | "match" | "mod" | "move" | "mut" | "override" | "priv" | "pub" | "ref" | "return" | "self" | "Self" | "static" | "struct" | "super" | "trait" | "true" | "try" | "type" | "typeof" | "unsafe" | "unsized" | "use" | "virtual" | "where" | "while" | "yield" | "abstract" | "auto" | "builtin" | "default" | "macro_rules" | "raw" | "safe" | "union" | "_"
    )
}

impl Source {
    pub(super) fn read(tokens: TokenStream) -> Self {
        let mut source = Self::default();
        let mut nodes = Vec::new();
        source.numbered = source.level(tokens, &mut nodes);
        source.nodes = nodes;
        source
    }

    fn level(&mut self, tokens: TokenStream, nodes: &mut Vec<Node>) -> TokenStream {
        let numbered = tokens.into_iter().map(|token| match token {
            TokenTree::Ident(ident) => {
                let text = ident.to_string();
                let number = self.number(&text);
                nodes.push(Node::Ident(number));
                TokenTree::Ident(numbered_ident(&ident, &text, number))
            }
            TokenTree::Literal(literal) => {
                let text = literal.to_string();
                let number = self.number(&text);
                nodes.push(Node::Literal(number));
                if !text.starts_with('"') && !text.starts_with("r\"") && !text.starts_with("r#") {
                    return TokenTree::Literal(literal);
                }
                let mut standin = Literal::string(&number.to_string());
                standin.set_span(literal.span());
                TokenTree::Literal(standin)
            }
            TokenTree::Punct(punct) => {
                nodes.push(Node::Punct {
                    char: punct.as_char(),
                    joint: punct.spacing() == Spacing::Joint,
                });
                TokenTree::Punct(punct)
            }
            TokenTree::Group(group) => TokenTree::Group(self.group(&group, nodes)),
        });
        numbered.collect()
    }

    fn group(&mut self, group: &Group, nodes: &mut Vec<Node>) -> Group {
        let mut numbered = if group.delimiter() == Delimiter::None {
            Group::new(Delimiter::None, self.level(group.stream(), nodes))
        } else {
            let mut inner = Vec::new();
            let numbered = Group::new(group.delimiter(), self.level(group.stream(), &mut inner));
            nodes.push(Node::Group(group.delimiter(), inner));
            numbered
        };
        numbered.set_span(group.span());
        numbered
    }

    fn number(&mut self, text: &str) -> usize {
        self.texts.push(text.to_owned());
        self.texts.len() - 1
    }

    /// Returns what is written.
    pub(super) fn text(&self, number: usize) -> &str {
        self.texts.get(number).map_or("", String::as_str)
    }

    /// Returns the number and the name of an identifier; nothing for keywords.
    pub(super) fn name(&self, ident: &Ident) -> Option<(usize, &str)> {
        let text = ident.to_string();
        let number = text.rsplit_once("__")?.1.parse().ok()?;
        let written = self.texts.get(number)?;
        Some((number, written.strip_prefix("r#").unwrap_or(written)))
    }

    /// Returns the number of a text.
    pub(super) fn literal(&self, literal: &syn::LitStr) -> Option<usize> {
        let number = literal.value().parse().ok()?;
        self.texts.get(number).map(|_| number)
    }

    /// Returns tokens as they were written.
    pub(super) fn restore(&self, tokens: TokenStream) -> TokenStream {
        let restored = tokens.into_iter().map(|token| match token {
            TokenTree::Ident(ident) => TokenTree::Ident(self.restored(&ident)),
            TokenTree::Group(group) => {
                let mut restored = Group::new(group.delimiter(), self.restore(group.stream()));
                restored.set_span(group.span());
                TokenTree::Group(restored)
            }
            other @ (TokenTree::Punct(_) | TokenTree::Literal(_)) => other,
        });
        restored.collect()
    }

    fn restored(&self, ident: &Ident) -> Ident {
        match self.name(ident) {
            Some((number, name)) if self.text(number).starts_with("r#") => Ident::new_raw(name, ident.span()),
            Some((_, name)) => Ident::new(name, ident.span()),
            None => ident.clone(),
        }
    }
}

fn numbered_ident(ident: &Ident, text: &str, number: usize) -> Ident {
    // `$crate` is one identifier, and a keyword.
    if is_keyword(text) || text == "static" || text.starts_with('$') {
        return ident.clone();
    }
    let name = text.strip_prefix("r#").unwrap_or(text);
    Ident::new(&format!("{name}__{number}"), ident.span())
}
