//! The paths that code uses, with grouped imports written out.

/// A path of at least two parts, such as `crate::hub::Message`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UsedPath {
    /// The line it starts on, counted from 1.
    pub(crate) line: usize,
    pub(crate) parts: Vec<String>,
}

impl UsedPath {
    /// Returns whether the path starts with these parts.
    pub(crate) fn starts_with(&self, parts: &[&str]) -> bool {
        self.parts.len() >= parts.len() && self.parts.iter().zip(parts).all(|(own, part)| own == part)
    }

    /// Returns whether one of the parts is this.
    pub(crate) fn has(&self, part: &str) -> bool {
        self.parts.iter().any(|own| own == part)
    }
}

/// Returns the paths in code that has no comments and texts.
pub(crate) fn used_paths(code: &str) -> Vec<UsedPath> {
    let tokens = tokens(code);
    let mut reader = Reader {
        tokens: &tokens,
        at: 0,
        found: Vec::new(),
    };
    while reader.at < tokens.len() {
        if matches!(reader.peek(), Some(Token::Word(_))) {
            reader.path(&[]);
        } else {
            reader.at += 1;
        }
    }
    reader.found
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token<'a> {
    Word(&'a str),
    Separator,
    Star,
    Open,
    Close,
    Comma,
    Other,
}

fn tokens(code: &str) -> Vec<(usize, Token<'_>)> {
    let mut tokens = Vec::new();
    for (number, line) in (1..).zip(code.lines()) {
        let mut rest = line;
        while let Some(c) = rest.chars().next() {
            let word = rest
                .find(|c: char| !c.is_alphanumeric() && c != '_')
                .unwrap_or(rest.len());
            let (token, length) = match c {
                _ if word > 0 => (Token::Word(&rest[..word]), word),
                ':' if rest.starts_with("::") => (Token::Separator, 2),
                '*' => (Token::Star, 1),
                '{' => (Token::Open, 1),
                '}' => (Token::Close, 1),
                ',' => (Token::Comma, 1),
                _ => (Token::Other, c.len_utf8()),
            };
            if !c.is_whitespace() {
                tokens.push((number, token));
            }
            rest = &rest[length..];
        }
    }
    tokens
}

struct Reader<'a> {
    tokens: &'a [(usize, Token<'a>)],
    at: usize,
    found: Vec<UsedPath>,
}

impl Reader<'_> {
    fn peek(&self) -> Option<Token<'_>> {
        self.tokens.get(self.at).map(|(_, token)| *token)
    }

    /// Reads a path that continues `before`, and the groups at its end.
    fn path(&mut self, before: &[String]) {
        let line = self.tokens[self.at].0;
        let mut parts = before.to_vec();
        loop {
            match self.peek() {
                Some(Token::Word(word)) => parts.push(word.to_owned()),
                Some(Token::Star) => parts.push("*".to_owned()),
                Some(Token::Open) if !parts.is_empty() => return self.group(&parts),
                _ => break,
            }
            self.at += 1;
            if self.peek() != Some(Token::Separator) {
                break;
            }
            self.at += 1;
        }
        if parts.len() > 1 {
            self.found.push(UsedPath { line, parts });
        }
    }

    /// Reads `{a, b::c, d::{e}}`.
    fn group(&mut self, before: &[String]) {
        self.at += 1;
        while let Some(token) = self.peek() {
            match token {
                Token::Close => {
                    self.at += 1;
                    return;
                }
                Token::Word(_) | Token::Star => self.path(before),
                Token::Open | Token::Separator | Token::Comma | Token::Other => self.at += 1,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(code: &str) -> Vec<String> {
        used_paths(code)
            .into_iter()
            .map(|path| format!("{} {}", path.line, path.parts.join("::")))
            .collect()
    }

    #[test]
    fn groups_are_written_out() {
        assert_eq!(
            paths("use crate::{\n    a,\n    b::{C, d::*},\n};\nuse x::y as z;"),
            ["2 crate::a", "3 crate::b::C", "3 crate::b::d::*", "5 x::y"]
        );
    }

    #[test]
    fn paths_in_expressions_are_found_and_bodies_are_no_groups() {
        assert_eq!(paths("fn f() { a::b(c); S { d: e::F } }"), ["1 a::b", "1 e::F"]);
        assert_eq!(paths("match x { A::B => {} }"), ["1 A::B"]);
        assert_eq!(paths("let x: Vec<u8> = y;"), Vec::<String>::new());
    }
}
