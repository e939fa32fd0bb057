//! The canonical order of a function's tokens, and its hash.
//!
//! Everything here is fixed for ever: fingerprints are compared with those that earlier releases wrote down. A change
//! needs a new algorithm, `fp2`, beside it.

use std::collections::HashMap;

use proc_macro2::Delimiter;

use super::macros::{captures, is_known};
use super::scope::Mark;
use super::source::{Node, Source, is_keyword};

/// Attributes that neither the compiler nor replay takes as code.
const INERT: [&str; 7] = ["doc", "allow", "expect", "warn", "deny", "forbid", "rustfmt"];

/// Hashes the patterns of the parameters, and the body.
pub(super) fn of_function(source: &Source, marks: &HashMap<usize, Mark>) -> Option<u64> {
    let nodes = &source.nodes;
    let word = |node: &Node| match node {
        Node::Ident(number) => Some(source.text(*number)),
        Node::Literal(_) | Node::Punct { .. } | Node::Group(..) => None,
    };
    let begin = nodes.iter().position(|node| word(node) == Some("fn"))?;
    let parameters = nodes[begin..]
        .iter()
        .find_map(|node| group(node, Delimiter::Parenthesis))?;
    let body = nodes.last().and_then(|node| group(node, Delimiter::Brace))?;
    let mut writer = Writer {
        source,
        marks,
        out: Vec::new(),
    };
    for pattern in patterns(parameters) {
        writer.level(pattern, false, false);
        writer.out.push(Event::Close);
    }
    writer.level(body, false, false);
    Some(fnv(&writer.out))
}

fn group(node: &Node, wanted: Delimiter) -> Option<&[Node]> {
    match node {
        Node::Group(delimiter, inner) if *delimiter == wanted => Some(inner),
        Node::Group(..) | Node::Ident(_) | Node::Literal(_) | Node::Punct { .. } => None,
    }
}

/// Returns what stands before the colon of each parameter.
fn patterns(parameters: &[Node]) -> impl Iterator<Item = &[Node]> {
    let mut depth = 0_i32;
    let mut separators = Vec::new();
    for (at, node) in parameters.iter().enumerate() {
        match node {
            Node::Punct { char: '<', .. } => depth += 1,
            Node::Punct { char: '>', .. } if !is_punct(parameters, at.wrapping_sub(1), '-') => depth -= 1,
            Node::Punct { char: ',', .. } if depth == 0 => separators.push(at),
            Node::Punct { .. } | Node::Ident(_) | Node::Literal(_) | Node::Group(..) => {}
        }
    }
    let begins = std::iter::once(0).chain(separators.clone().into_iter().map(|at| at + 1));
    let ends = separators.into_iter().chain([parameters.len()]);
    begins
        .zip(ends)
        .map(|(begin, end)| &parameters[begin..end])
        .filter(|one| !one.is_empty())
        .map(|one| {
            let colon = (0..one.len()).find(|&at| {
                is_punct(one, at, ':')
                    && !is_punct(one, at + 1, ':')
                    && !is_punct(one, at.wrapping_sub(1), ':')
            });
            &one[..colon.unwrap_or(one.len())]
        })
}

fn is_punct(nodes: &[Node], at: usize, wanted: char) -> bool {
    matches!(nodes.get(at), Some(Node::Punct { char, .. }) if *char == wanted)
}

/// A piece of the canonical order.
#[derive(Debug, PartialEq)]
enum Event {
    Ident(String),
    Literal(String),
    Punct(char),
    /// `&&`, which differs from `& &`.
    And,
    Open(char),
    Close,
    Local(u32),
    Callee,
}

struct Writer<'a> {
    source: &'a Source,
    marks: &'a HashMap<usize, Mark>,
    out: Vec<Event>,
}

impl Writer<'_> {
    /// Writes the tokens of one level. `raw` ones are a macro's, and mean what it makes of them; `tuple` keeps the comma
    /// of `(a,)`.
    fn level(&mut self, nodes: &[Node], raw: bool, tuple: bool) {
        let mut at = 0;
        while let Some(node) = nodes.get(at) {
            if !raw && let Some(length) = self.inert(&nodes[at..]) {
                at += length;
                continue;
            }
            match node {
                Node::Ident(number) => self.ident(*number),
                Node::Literal(number) => self.literal(*number),
                Node::Punct { char: ',', .. } if !raw && is_superfluous(nodes, at, tuple) => {}
                Node::Punct { char, joint } => {
                    let and = *char == '&' && *joint && is_punct(nodes, at + 1, '&');
                    self.out.push(if and { Event::And } else { Event::Punct(*char) });
                }
                Node::Group(delimiter, inner) => {
                    if !raw && *delimiter == Delimiter::Brace && is_arm(nodes, at) {
                        at += self.arm(inner, &nodes[at + 1..]);
                    } else {
                        self.group(*delimiter, inner, nodes, at, raw);
                    }
                }
            }
            at += 1;
        }
    }

    fn group(&mut self, delimiter: Delimiter, inner: &[Node], nodes: &[Node], at: usize, raw: bool) {
        if !raw && delimiter == Delimiter::Brace && is_closure_body(inner, nodes, at) {
            return self.level(inner, false, false);
        }
        let raw = raw || self.is_of_unknown_macro(nodes, at);
        let tuple = delimiter == Delimiter::Parenthesis && self.begins_a_tuple(nodes, at);
        self.out.push(Event::Open(match delimiter {
            Delimiter::Parenthesis => '(',
            Delimiter::Bracket => '[',
            Delimiter::Brace => '{',
            Delimiter::None => ' ',
        }));
        self.level(inner, raw, tuple);
        self.out.push(Event::Close);
    }

    /// Writes the block of a match arm and the comma behind it, which rustfmt adds and removes: `{ a }` is `a,`. Returns
    /// how many tokens behind the block it took.
    fn arm(&mut self, inner: &[Node], rest: &[Node]) -> usize {
        if is_one_expression(inner) {
            self.level(inner, false, false);
        } else {
            self.out.push(Event::Open('{'));
            self.level(inner, false, false);
            self.out.push(Event::Close);
        }
        let comma = usize::from(is_punct(rest, 0, ','));
        if rest.len() > comma {
            self.out.push(Event::Punct(','));
        }
        comma
    }

    fn ident(&mut self, number: usize) {
        let text = self.source.text(number).to_owned();
        match self.marks.get(&number) {
            None | Some(Mark::Captures(_)) => self.out.push(Event::Ident(text)),
            Some(Mark::Local(local)) => self.out.push(Event::Local(*local)),
            Some(Mark::Shorthand(local)) => {
                let field = [Event::Ident(text), Event::Punct(':'), Event::Local(*local)];
                self.out.extend(field);
            }
            Some(Mark::Named(locals)) => {
                self.out.push(Event::Ident(text));
                self.out.extend(locals.iter().map(|local| Event::Local(*local)));
            }
            Some(Mark::Callee { before }) => {
                let kept = self.out.len().saturating_sub(*before);
                self.out.truncate(kept);
                self.out.push(Event::Callee);
            }
        }
    }

    fn literal(&mut self, number: usize) {
        let text = self.source.text(number);
        match self.marks.get(&number) {
            Some(Mark::Captures(locals)) => {
                let mut shown = String::new();
                let mut end = 0;
                for ((range, name), local) in captures(text).into_iter().zip(locals) {
                    shown.push_str(&text[end..range.start]);
                    match local {
                        Some(_) => shown.push('{'),
                        None => shown.push_str(name),
                    }
                    end = range.end;
                }
                shown.push_str(&text[end..]);
                self.out.push(Event::Literal(shown));
                self.out
                    .extend(locals.iter().flatten().map(|local| Event::Local(*local)));
            }
            Some(Mark::Named(locals)) => {
                self.out.push(Event::Literal(text.to_owned()));
                self.out.extend(locals.iter().map(|local| Event::Local(*local)));
            }
            None | Some(Mark::Local(_) | Mark::Shorthand(_) | Mark::Callee { .. }) => {
                self.out.push(Event::Literal(text.to_owned()));
            }
        }
    }

    /// Returns how many tokens an attribute takes that says nothing to replay.
    fn inert(&self, nodes: &[Node]) -> Option<usize> {
        if !is_punct(nodes, 0, '#') {
            return None;
        }
        let at = 1 + usize::from(is_punct(nodes, 1, '!'));
        match group(nodes.get(at)?, Delimiter::Bracket)?.first()? {
            Node::Ident(name) => INERT.contains(&self.source.text(*name)).then_some(at + 1),
            Node::Literal(_) | Node::Punct { .. } | Node::Group(..) => None,
        }
    }

    /// Returns whether a parenthesis does not hold the arguments of a call.
    fn begins_a_tuple(&self, nodes: &[Node], at: usize) -> bool {
        let Some(before) = at.checked_sub(1).and_then(|before| nodes.get(before)) else {
            return true;
        };
        match before {
            Node::Ident(number) => is_keyword(self.source.text(*number)),
            Node::Punct { char: '>', .. } => {
                let arrow = |char| is_punct(nodes, at.wrapping_sub(2), char);
                arrow('=') || arrow('-')
            }
            Node::Punct { char, .. } => *char != '!',
            Node::Group(delimiter, _) => *delimiter == Delimiter::Brace,
            Node::Literal(_) => true,
        }
    }

    /// Returns whether a group holds the arguments of a macro that may take them as anything.
    fn is_of_unknown_macro(&self, nodes: &[Node], at: usize) -> bool {
        let name = |back: usize| match at.checked_sub(back).and_then(|before| nodes.get(before)) {
            Some(Node::Ident(number)) => Some(self.source.text(*number)),
            Some(Node::Literal(_) | Node::Punct { .. } | Node::Group(..)) | None => None,
        };
        // `macro_rules! name { .. }`
        if name(3) == Some("macro_rules") {
            return true;
        }
        is_punct(nodes, at.wrapping_sub(1), '!')
            && name(2).is_some_and(|name| !is_known(name) && !is_keyword(name))
    }
}

/// Returns whether a comma says nothing: the last of a list, but for the one of `(a,)`.
fn is_superfluous(nodes: &[Node], at: usize, tuple: bool) -> bool {
    if is_punct(nodes, at + 1, '>') {
        return true;
    }
    let only = || {
        nodes
            .iter()
            .enumerate()
            .filter(|(at, _)| is_punct(nodes, *at, ','))
            .count()
            == 1
    };
    at + 1 == nodes.len() && !(tuple && only())
}

/// Returns whether a block is the body of a match arm.
fn is_arm(nodes: &[Node], at: usize) -> bool {
    let arrow = at >= 2 && is_punct(nodes, at - 2, '=') && is_punct(nodes, at - 1, '>');
    arrow && !is_punct(nodes, at + 1, '.') && !is_punct(nodes, at + 1, '?')
}

/// Returns whether the braces are the body of a closure that could stand without them.
fn is_closure_body(inner: &[Node], nodes: &[Node], at: usize) -> bool {
    let ends = match nodes.get(at + 1) {
        None | Some(Node::Punct { char: ',' | ';', .. }) => true,
        Some(Node::Punct { .. } | Node::Ident(_) | Node::Literal(_) | Node::Group(..)) => false,
    };
    at >= 1 && is_punct(nodes, at - 1, '|') && ends && is_one_expression(inner)
}

/// Returns whether a block would be the same without its braces: if it would not, it could not be written without them.
fn is_one_expression(inner: &[Node]) -> bool {
    !inner.is_empty() && (0..inner.len()).all(|at| !is_punct(inner, at, ';'))
}

/// Hashes by FNV-1a, each event with a tag and its length, so that none runs into the next.
fn fnv(events: &[Event]) -> u64 {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let mut hash = OFFSET;
    let mut write = |bytes: &[u8]| {
        for byte in bytes {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(PRIME);
        }
    };
    for event in events {
        let (tag, text) = match event {
            Event::Ident(text) => (b'i', text.clone()),
            Event::Literal(text) => (b'x', text.clone()),
            Event::Punct(char) => (b'p', char.to_string()),
            Event::And => (b'p', "&&".to_owned()),
            Event::Open(char) => (b'o', char.to_string()),
            Event::Close => (b'c', String::new()),
            Event::Local(number) => (b'l', number.to_string()),
            Event::Callee => (b'h', String::new()),
        };
        write(&[tag]);
        write(&(text.len() as u64).to_le_bytes());
        write(text.as_bytes());
    }
    hash
}
