//! Collects findings, and decides which count.

use proc_macro2::Span;
use quote::ToTokens;
use syn::{Attribute, ExprPath, Macro, Type};

use super::imports::{Imports, Resolved, segments};
use super::macros::{self, MacroKind};
use super::tokens::Piece;
use super::warning::Warning;
use super::{Place, Topic, format, paths, tokens};
use crate::errors::Errors;
use crate::message::{self, Message};

/// The state of a check.
pub(super) struct Linter<'a> {
    place: Place,
    pub(super) errors: &'a mut Errors,
    warnings: Vec<Warning>,
    pub(super) imports: Imports,
    /// The attributes `allow_nondeterminism` around the visit, each with whether it was needed.
    allows: Vec<bool>,
    /// How many closures around the visit run once, with a recorded result.
    pub(super) recorded: usize,
    /// How many macros' arguments and items the visit is in, where `.await`s are not rewritten.
    pub(super) apart: usize,
    /// How many `unsafe` blocks the visit is in.
    pub(super) unsafely: usize,
    /// How many errors were found.
    pub(super) found: usize,
}

impl<'a> Linter<'a> {
    pub(super) fn new(place: Place, errors: &'a mut Errors) -> Self {
        Self {
            place,
            errors,
            warnings: Vec::new(),
            imports: Imports::default(),
            allows: Vec::new(),
            recorded: 0,
            apart: 0,
            unsafely: 0,
            found: 0,
        }
    }

    pub(super) fn into_warnings(self) -> Vec<Warning> {
        self.warnings
    }

    /// Reports a finding. An error underlines all of `tokens`; a warning can only underline the token at `span`.
    pub(super) fn report(&mut self, topic: Topic, tokens: impl ToTokens, span: Span) {
        if self.is_excused(topic) {
            return;
        }
        let message = message::lint(topic, self.place.what);
        self.say(topic, message, tokens, span);
    }

    fn say(&mut self, topic: Topic, message: Message, tokens: impl ToTokens, span: Span) {
        if self.is_error(topic) {
            self.found += 1;
            self.errors.push(tokens, &message);
        } else {
            self.warnings.push(Warning { span, message });
        }
    }

    /// Returns whether a finding does not count here.
    fn is_excused(&mut self, topic: Topic) -> bool {
        if self.recorded > 0 && happens_once(topic) {
            return true;
        }
        if let Some(needed) = self.allows.last_mut() {
            *needed = true;
            return true;
        }
        false
    }

    /// Notes that the `allow_nondeterminism` around the visit may be needed for what is not seen here.
    pub(super) fn allow_may_be_needed(&mut self) {
        if let Some(needed) = self.allows.last_mut() {
            *needed = true;
        }
    }

    /// Visits what an `allow_nondeterminism` covers, if there is one.
    pub(super) fn within(&mut self, allow: Option<Attribute>, visit: impl FnOnce(&mut Self)) {
        let Some(allow) = allow else {
            visit(self);
            return;
        };
        self.allows.push(false);
        visit(self);
        if self.allows.pop() == Some(false) {
            let last = allow.path().segments.last();
            let span = last.map_or_else(|| allow.pound_token.span, |last| last.ident.span());
            let message = message::allow_unused();
            self.warnings.push(Warning { span, message });
        }
    }

    /// Checks a path in an expression.
    pub(super) fn path(&mut self, path: &ExprPath, called: bool) {
        let all = segments(&path.path);
        let (names, absolute) = match &path.qself {
            None => (all, path.path.leading_colon.is_some()),
            Some(qself) => match &*qself.ty {
                Type::Path(ty) => {
                    let names = [&segments(&ty.path), &all[qself.position..]].concat();
                    (names, ty.path.leading_colon.is_some())
                }
                _ => return,
            },
        };
        let span = path.path.segments.last().map(|last| last.ident.span());
        let span = span.unwrap_or_else(Span::call_site);
        self.names(&names, absolute, called, path, span);
    }

    fn names(&mut self, names: &[String], absolute: bool, called: bool, tokens: impl ToTokens, span: Span) {
        let Resolved::Path(path) = self.imports.resolve(names, absolute) else {
            return;
        };
        let found = match path.as_slice() {
            [name] if called || paths::is_type(name) => paths::judge_bare(name),
            [_] | [] => None,
            path => paths::judge(path),
        };
        let found = found.or_else(|| {
            let globs = (!absolute && path == names).then(|| self.imports.through_globs(names));
            globs
                .into_iter()
                .flatten()
                .find_map(|path| paths::judge_listed(&path))
        });
        let Some(topic) = found else { return };
        match names.first() {
            // Types of these names are many, and imports of the module are not seen.
            Some(ty) if topic == Topic::Io && paths::is_type(ty) && path == names => {
                if !self.is_excused(topic) {
                    let message = message::lint_by_name(topic, self.place.what, ty);
                    self.say(topic, message, tokens, span);
                }
            }
            _ => self.report(topic, tokens, span),
        }
    }

    /// Returns whether the body itself declares a name.
    pub(super) fn is_own(&self, path: &ExprPath) -> bool {
        self.imports.resolve(&segments(&path.path), false) == Resolved::Own
    }

    /// Checks the name of a macro, and the texts among its arguments.
    pub(super) fn macro_call(&mut self, call: &Macro) {
        let names = segments(&call.path);
        let span = call.path.segments.last().map(|last| last.ident.span());
        let span = span.unwrap_or_else(Span::call_site);
        if self.macro_name(&names, &call.path, span) == MacroKind::Formats {
            for text in format::addresses(&call.tokens) {
                self.report(Topic::Address, &text, text.span());
            }
        }
    }

    fn macro_name(&mut self, names: &[String], tokens: impl ToTokens, span: Span) -> MacroKind {
        let Resolved::Path(path) = self.imports.resolve(names, false) else {
            return MacroKind::Pure;
        };
        let kind = macros::kind(&path);
        let topic = match kind {
            MacroKind::Pure | MacroKind::Leaves | MacroKind::Formats => return kind,
            MacroKind::Refused(topic) => topic,
            MacroKind::Unknown => Topic::UnknownMacro,
        };
        self.report(topic, tokens, span);
        kind
    }

    /// Checks tokens that are no expressions.
    pub(super) fn scan(&mut self, opaque: proc_macro2::TokenStream) {
        tokens::scan(opaque, &mut |piece| self.piece(piece));
    }

    fn piece(&mut self, piece: Piece) {
        match piece {
            Piece::Path {
                segments,
                tokens,
                absolute,
                called,
            } => {
                let span = last_span(&tokens);
                self.names(&segments, absolute, called, tokens, span);
            }
            Piece::Macro {
                segments,
                tokens,
                args,
            } => {
                let span = last_span(&tokens);
                self.macro_name(&segments, tokens, span);
                self.scan(args.stream());
            }
        }
    }

    fn is_error(&self, topic: Topic) -> bool {
        match topic {
            Topic::Clock
            | Topic::TimeZone
            | Topic::Random
            | Topic::Id
            | Topic::Timer
            | Topic::Spawn
            | Topic::Block
            | Topic::Io
            | Topic::Environment
            | Topic::Select
            | Topic::Join
            | Topic::Poll
            | Topic::Unwind
            | Topic::Exit
            | Topic::Build => true,
            Topic::UnknownMacro => self.place.strict,
            Topic::Elapsed
            | Topic::Address
            | Topic::TypeName
            | Topic::LocalStatic
            | Topic::SharedState
            | Topic::Print
            | Topic::Log
            | Topic::EndlessLoop => false,
        }
    }
}

fn last_span(tokens: &proc_macro2::TokenStream) -> Span {
    let last = tokens.clone().into_iter().last();
    last.map_or_else(Span::call_site, |last| last.span())
}

/// Returns whether something is harmless in a closure that runs once, and whose result is recorded.
fn happens_once(topic: Topic) -> bool {
    match topic {
        Topic::Clock
        | Topic::Elapsed
        | Topic::TimeZone
        | Topic::Random
        | Topic::Id
        | Topic::Environment
        | Topic::UnknownMacro
        | Topic::Address
        | Topic::TypeName
        | Topic::LocalStatic
        | Topic::SharedState
        | Topic::Print
        | Topic::Log
        | Topic::Build => true,
        Topic::Timer
        | Topic::Spawn
        | Topic::Block
        | Topic::Io
        | Topic::Select
        | Topic::Join
        | Topic::Poll
        | Topic::Unwind
        | Topic::Exit
        | Topic::EndlessLoop => false,
    }
}
