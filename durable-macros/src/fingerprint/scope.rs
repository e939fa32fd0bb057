//! Which names are local, and which paths stand in the place of a handle.

mod callee;
mod helper;
mod names;

use std::collections::HashMap;

use proc_macro2::{Ident, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Block, Expr, FnArg, Item, ItemFn, Lifetime, Local, Macro, Pat, Signature, Stmt};

use self::names::{Entry, Names};
use super::CalleePath;
use super::cfg;
use super::macros::{self, Arguments};
use super::source::Source;

/// What an identifier or a text is, if it is not just itself.
#[derive(Debug)]
pub(super) enum Mark {
    /// A local variable or a label.
    Local(u32),
    /// A field and the local variable of its name, as in `Order { id }`.
    Shorthand(u32),
    /// Given to a macro that may take it by its name: the name counts, and the variables that it may stand for.
    Named(Vec<u32>),
    /// A format text, with the variable of each capture.
    Captures(Vec<Option<u32>>),
    /// The last identifier of a path in the place of a handle, with the number of tokens before it.
    Callee { before: usize },
}

/// What was found.
pub(super) struct Scopes {
    /// By the number of an identifier or text.
    pub(super) marks: HashMap<usize, Mark>,
    pub(super) callees: Vec<CalleePath>,
    pub(super) helpers: Vec<CalleePath>,
}

pub(super) fn resolve(source: &Source, function: &ItemFn) -> Scopes {
    let mut resolver = Resolver {
        source,
        names: Names::default(),
        marks: HashMap::new(),
        callees: Vec::new(),
        helpers: Vec::new(),
        next: 0,
        hidden: false,
    };
    resolver.function(&function.sig, &function.block);
    Scopes {
        marks: resolver.marks,
        callees: resolver.callees,
        helpers: resolver.helpers,
    }
}

struct Resolver<'a> {
    source: &'a Source,
    names: Names,
    marks: HashMap<usize, Mark>,
    callees: Vec<CalleePath>,
    helpers: Vec<CalleePath>,
    /// The number of the next local variable or label.
    next: u32,
    /// Whether what is visited may not be compiled, or stands where other names hold, so that no path of it can be
    /// named outside.
    hidden: bool,
}

impl Resolver<'_> {
    fn function(&mut self, signature: &Signature, block: &Block) {
        self.names.enter(true);
        for input in &signature.inputs {
            if let FnArg::Typed(parameter) = input {
                self.bind(&parameter.pat);
            }
        }
        self.visit_block(block);
        self.names.leave();
    }

    /// Makes the names of a pattern local. Alternatives bind the same variables.
    fn bind(&mut self, pattern: &Pat) {
        let mut binder = Binder {
            found: Vec::new(),
            source: self.source,
        };
        binder.visit_pat(pattern);
        let mut known: HashMap<String, u32> = HashMap::new();
        for (number, name, shorthand) in binder.found {
            let local = *known.entry(name.clone()).or_insert_with(|| {
                self.next += 1;
                self.next
            });
            let mark = if shorthand {
                Mark::Shorthand(local)
            } else {
                Mark::Local(local)
            };
            self.marks.insert(number, mark);
            self.names.add(name, Entry::Local(local));
        }
    }

    fn label(&mut self, label: Option<&syn::Label>) {
        if let Some(label) = label
            && let Some((number, name)) = self.source.name(&label.name.ident)
        {
            self.next += 1;
            self.marks.insert(number, Mark::Local(self.next));
            self.names.add(format!("'{name}"), Entry::Local(self.next));
        }
    }

    fn use_of(&mut self, ident: &Ident) {
        if let Some((number, name)) = self.source.name(ident)
            && let Some(local) = self.names.local(name)
        {
            self.marks.insert(number, Mark::Local(local));
        }
    }

    /// Visits the argument of a formatting macro, whose text may capture variables.
    fn format_argument(&mut self, argument: &Expr, named: &[String]) {
        match argument {
            // `name = value`: the name is not a variable.
            Expr::Assign(assign) if matches!(*assign.left, Expr::Path(_)) => self.visit_expr(&assign.right),
            Expr::Lit(syn::ExprLit {
                lit: syn::Lit::Str(text),
                ..
            }) => {
                if let Some(number) = self.source.literal(text) {
                    let captures = macros::captures(self.source.text(number));
                    let locals = captures.iter().map(|(_, name)| {
                        let own = named.iter().any(|named| named == name);
                        if own { None } else { self.names.local(name) }
                    });
                    let locals = locals.collect();
                    self.marks.insert(number, Mark::Captures(locals));
                }
            }
            other => self.visit_expr(other),
        }
    }

    fn argument_name(&self, argument: &Expr) -> Option<String> {
        let Expr::Assign(assign) = argument else {
            return None;
        };
        let Expr::Path(path) = &*assign.left else {
            return None;
        };
        self.source
            .name(path.path.get_ident()?)
            .map(|(_, name)| name.to_owned())
    }

    /// Reads what a macro of unknown meaning is given: names count by themselves, and as what they may stand for.
    fn unknown_macro(&mut self, call: &Macro, is_statement: bool) {
        let mut given = Vec::new();
        macros::leaves(call.tokens.clone(), &mut |token| match token {
            TokenTree::Ident(ident) => {
                if let Some((number, name)) = self.source.name(ident) {
                    given.push((number, name.to_owned()));
                }
            }
            TokenTree::Literal(literal) => {
                let text = syn::parse2::<syn::LitStr>(TokenTree::from(literal.clone()).into());
                let number = text.ok().and_then(|text| self.source.literal(&text));
                if let Some(number) = number {
                    let captures = macros::captures(self.source.text(number));
                    given.extend(captures.into_iter().map(|(_, name)| (number, name.to_owned())));
                }
            }
            TokenTree::Punct(_) | TokenTree::Group(_) => {}
        });
        for (number, name) in given {
            if let Some(local) = self.names.local(&name) {
                match self
                    .marks
                    .entry(number)
                    .or_insert_with(|| Mark::Named(Vec::new()))
                {
                    Mark::Named(locals) => locals.push(local),
                    Mark::Local(_) | Mark::Shorthand(_) | Mark::Captures(_) | Mark::Callee { .. } => {}
                }
            }
            if is_statement {
                self.names.doubt(name);
            }
        }
    }

    fn nested<R>(&mut self, visit: impl FnOnce(&mut Self) -> R) -> R {
        self.names.enter(false);
        let result = visit(self);
        self.names.leave();
        result
    }
}

impl<'ast> Visit<'ast> for Resolver<'_> {
    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        // The node that bears it ends the hiding.
        self.hidden |= cfg::decides(self.source, attribute);
    }

    fn visit_block(&mut self, block: &'ast Block) {
        self.nested(|this| {
            this.names.add_items(this.source, block);
            visit::visit_block(this, block);
        });
    }

    fn visit_stmt(&mut self, statement: &'ast Stmt) {
        let hidden = self.hidden;
        self.hidden |= cfg::hides_in(self.source, statement);
        match statement {
            Stmt::Macro(statement) => {
                for attribute in &statement.attrs {
                    self.visit_attribute(attribute);
                }
                match macros::arguments(self.source, &statement.mac) {
                    Arguments::Unknown => self.unknown_macro(&statement.mac, true),
                    Arguments::Expressions { .. } | Arguments::Matches { .. } => {
                        self.visit_macro(&statement.mac);
                    }
                }
            }
            other => visit::visit_stmt(self, other),
        }
        self.hidden = hidden;
    }

    fn visit_local(&mut self, local: &'ast Local) {
        for attribute in &local.attrs {
            self.visit_attribute(attribute);
        }
        // The value does not see the name.
        if let Some(init) = &local.init {
            self.visit_expr(&init.expr);
            if let Some((_, otherwise)) = &init.diverge {
                self.visit_expr(otherwise);
            }
        }
        self.bind(&local.pat);
    }

    fn visit_expr(&mut self, expr: &'ast Expr) {
        let hidden = self.hidden;
        match expr {
            Expr::If(conditional) => {
                self.nested(|this| {
                    for attribute in &conditional.attrs {
                        this.visit_attribute(attribute);
                    }
                    this.visit_expr(&conditional.cond);
                    this.visit_block(&conditional.then_branch);
                });
                if let Some((_, otherwise)) = &conditional.else_branch {
                    self.visit_expr(otherwise);
                }
            }
            Expr::Let(condition) => {
                self.visit_expr(&condition.expr);
                self.bind(&condition.pat);
            }
            Expr::While(repeated) => self.nested(|this| {
                for attribute in &repeated.attrs {
                    this.visit_attribute(attribute);
                }
                this.label(repeated.label.as_ref());
                this.visit_expr(&repeated.cond);
                this.visit_block(&repeated.body);
            }),
            Expr::ForLoop(repeated) => {
                for attribute in &repeated.attrs {
                    self.visit_attribute(attribute);
                }
                self.visit_expr(&repeated.expr);
                self.nested(|this| {
                    this.label(repeated.label.as_ref());
                    this.bind(&repeated.pat);
                    this.visit_block(&repeated.body);
                });
            }
            Expr::Loop(repeated) => self.nested(|this| {
                this.label(repeated.label.as_ref());
                visit::visit_expr_loop(this, repeated);
            }),
            Expr::Block(block) => self.nested(|this| {
                this.label(block.label.as_ref());
                visit::visit_expr_block(this, block);
            }),
            Expr::Closure(closure) => self.nested(|this| {
                for attribute in &closure.attrs {
                    this.visit_attribute(attribute);
                }
                for input in &closure.inputs {
                    this.bind(input);
                }
                this.visit_expr(&closure.body);
            }),
            Expr::MethodCall(call) => self.method_call(call),
            other => visit::visit_expr(self, other),
        }
        self.hidden = hidden;
    }

    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        let hidden = self.hidden;
        self.nested(|this| {
            for attribute in &arm.attrs {
                this.visit_attribute(attribute);
            }
            match &arm.pat {
                Pat::Guard(guarded) => {
                    this.bind(&guarded.pat);
                    this.visit_expr(&guarded.guard);
                }
                pattern => this.bind(pattern),
            }
            this.visit_expr(&arm.body);
        });
        self.hidden = hidden;
    }

    fn visit_field_value(&mut self, field: &'ast syn::FieldValue) {
        let hidden = self.hidden;
        visit::visit_field_value(self, field);
        self.hidden = hidden;
        if field.colon_token.is_none()
            && let syn::Member::Named(ident) = &field.member
            && let Some((number, name)) = self.source.name(ident)
            && let Some(local) = self.names.local(name)
        {
            self.marks.insert(number, Mark::Shorthand(local));
        }
    }

    fn visit_expr_path(&mut self, path: &'ast syn::ExprPath) {
        self.helper(path);
        if path.qself.is_none()
            && let Some(ident) = path.path.get_ident()
        {
            return self.use_of(ident);
        }
        visit::visit_expr_path(self, path);
    }

    fn visit_lifetime(&mut self, lifetime: &'ast Lifetime) {
        if let Some((number, name)) = self.source.name(&lifetime.ident)
            && !self.marks.contains_key(&number)
            && let Some(label) = self.names.local(&format!("'{name}"))
        {
            self.marks.insert(number, Mark::Local(label));
        }
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        match macros::arguments(self.source, call) {
            Arguments::Unknown => self.unknown_macro(call, false),
            Arguments::Expressions { list, formats: false } => {
                for one in &list {
                    self.visit_expr(one);
                }
            }
            Arguments::Expressions { list, formats: true } => {
                let named: Vec<String> = list.iter().filter_map(|one| self.argument_name(one)).collect();
                for one in &list {
                    self.format_argument(one, &named);
                }
            }
            Arguments::Matches {
                subject,
                pattern,
                guard,
            } => {
                self.visit_expr(&subject);
                self.nested(|this| {
                    this.bind(&pattern);
                    if let Some(guard) = &guard {
                        this.visit_expr(guard);
                    }
                });
            }
        }
    }

    fn visit_item(&mut self, item: &'ast Item) {
        let hidden = self.hidden;
        match item {
            // With an attribute, its text may be rewritten to something else.
            Item::Fn(function) if function.attrs.is_empty() && function.sig.generics.params.is_empty() => {
                self.function(&function.sig, &function.block);
            }
            Item::Fn(function) => {
                self.hidden = true;
                self.function(&function.sig, &function.block);
            }
            other => {
                self.hidden = true;
                self.names.enter(true);
                visit::visit_item(self, other);
                self.names.leave();
            }
        }
        self.hidden = hidden;
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.function(&function.sig, &function.block);
    }
}

/// Finds the names that a pattern binds.
struct Binder<'a> {
    /// The number, the name, and whether it is a field's, too.
    found: Vec<(usize, String, bool)>,
    source: &'a Source,
}

impl Binder<'_> {
    fn add(&mut self, binding: &syn::PatIdent, shorthand: bool) {
        let Some((number, name)) = self.source.name(&binding.ident) else {
            return;
        };
        // `None` and `LIMIT` are not bound but compared with.
        let plain = binding.by_ref.is_none() && binding.mutability.is_none() && binding.subpat.is_none();
        if !(plain && !shorthand && name.starts_with(char::is_uppercase)) {
            self.found.push((number, name.to_owned(), shorthand));
        }
        if let Some((_, inner)) = &binding.subpat {
            self.visit_pat(inner);
        }
    }
}

impl<'ast> Visit<'ast> for Binder<'_> {
    fn visit_pat_ident(&mut self, binding: &'ast syn::PatIdent) {
        self.add(binding, false);
    }

    fn visit_field_pat(&mut self, field: &'ast syn::FieldPat) {
        match &*field.pat {
            Pat::Ident(binding) if field.colon_token.is_none() => self.add(binding, true),
            other => self.visit_pat(other),
        }
    }

    // Types, and the expressions in patterns, bind nothing.
    fn visit_type(&mut self, _: &'ast syn::Type) {}
    fn visit_expr(&mut self, _: &'ast Expr) {}
}
