//! Walks over a body and shows the linter what may matter.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Arm, Attribute, Block, Expr, ExprAwait, ExprCall, ExprCast, ExprMethodCall, ExprPath, ExprUnsafe,
    FieldValue, Item, ItemStatic, Macro, Pat, StaticMutability, Stmt, Token, Type,
};

use super::allow::Instead;
use super::imports::Resolved;
use super::linter::Linter;
use super::table::{METHODS, SHARED_METHODS};
use super::{Topic, allow, loops, mark, paths};

/// Methods of the context that wait for several futures.
const WAITING: [&str; 4] = ["join", "join_all", "select", "select_all"];

/// Types of statics that change.
const CELLS: [&str; 9] = [
    "Mutex",
    "RwLock",
    "OnceLock",
    "OnceCell",
    "LazyLock",
    "Lazy",
    "Cell",
    "RefCell",
    "UnsafeCell",
];

/// Attributes of functions that are checked, or not, for themselves.
const DURABLE: [&str; 4] = ["orchestrator", "activity", "migrate", "deterministic"];

impl VisitMut for Linter<'_> {
    fn visit_block_mut(&mut self, block: &mut Block) {
        self.imports.enter(block);
        visit_mut::visit_block_mut(self, block);
        self.imports.leave();
    }

    fn visit_stmt_mut(&mut self, stmt: &mut Stmt) {
        let allow = allow::take_from_stmt(stmt, self.instead(), self.errors);
        self.within(allow, |linter| visit_mut::visit_stmt_mut(linter, stmt));
    }

    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        let allow = allow::take_from_expr(expr, self.instead(), self.errors);
        self.within(allow, |linter| linter.expr(expr));
    }

    fn visit_arm_mut(&mut self, arm: &mut Arm) {
        let allow = allow::take(&mut arm.attrs, self.instead(), self.errors);
        self.within(allow, |linter| visit_mut::visit_arm_mut(linter, arm));
    }

    fn visit_field_value_mut(&mut self, field: &mut FieldValue) {
        let allow = allow::take(&mut field.attrs, self.instead(), self.errors);
        self.within(allow, |linter| visit_mut::visit_field_value_mut(linter, field));
    }

    fn visit_attribute_mut(&mut self, attr: &mut Attribute) {
        if attr.path().is_ident("cfg") {
            self.report(Topic::Build, &*attr, attr.span());
        }
    }

    fn visit_macro_mut(&mut self, call: &mut Macro) {
        self.macro_call(call);
        self.apart += 1;
        let parser = Punctuated::<Expr, Token![,]>::parse_terminated;
        match call.parse_body_with(parser) {
            Ok(mut args) => {
                let before = args.clone();
                args.iter_mut().for_each(|arg| self.visit_expr_mut(arg));
                if args != before {
                    call.tokens = quote!(#args);
                }
            }
            Err(_) => self.scan(call.tokens.clone()),
        }
        self.apart -= 1;
    }

    /// A function inside the body is the body's own code; durable functions are checked for themselves.
    fn visit_item_mut(&mut self, item: &mut Item) {
        self.apart += 1;
        match item {
            Item::Use(_) => {}
            Item::Fn(function) if function.attrs.iter().any(is_durable) => {}
            Item::Macro(definition) if definition.mac.path.is_ident("macro_rules") => {
                self.scan(definition.mac.tokens.clone());
            }
            Item::Static(item) => {
                self.local_static(item);
                visit_mut::visit_item_static_mut(self, item);
            }
            item => visit_mut::visit_item_mut(self, item),
        }
        self.apart -= 1;
    }

    /// A constant in a pattern is no call.
    fn visit_pat_mut(&mut self, pat: &mut Pat) {
        if !matches!(pat, Pat::Path(_)) {
            visit_mut::visit_pat_mut(self, pat);
        }
    }

    /// Types do nothing.
    fn visit_type_mut(&mut self, _: &mut Type) {}
}

impl Linter<'_> {
    /// Returns what takes the place of `#[allow_nondeterminism]` here.
    fn instead(&self) -> Instead {
        if self.apart == 0 {
            Instead::Mark
        } else {
            Instead::Nothing
        }
    }

    fn expr(&mut self, expr: &mut Expr) {
        let seen_by_others = match expr {
            Expr::Call(call) => !is_constructor(&call.func),
            Expr::MethodCall(_) | Expr::ForLoop(_) => true,
            _ => false,
        };
        if seen_by_others {
            // What it calls, and what it iterates, is for the compiler and for clippy to tell.
            self.allow_may_be_needed();
        }
        if let Some(span) = loops::endless(expr) {
            self.report(Topic::EndlessLoop, TokenStream::new(), span);
        }
        match expr {
            Expr::Path(path) => self.name(path),
            Expr::Unsafe(block) => self.unsafe_block(block),
            Expr::Call(call) => self.call(call),
            Expr::MethodCall(call) => self.method_call(call),
            Expr::Await(future) => self.awaited(future),
            Expr::Cast(cast) => {
                self.cast(cast);
                visit_mut::visit_expr_mut(self, expr);
            }
            Expr::RawAddr(address) => {
                self.report(Topic::Address, &*address, address.raw.span);
                visit_mut::visit_expr_mut(self, expr);
            }
            other => visit_mut::visit_expr_mut(self, other),
        }
    }

    fn call(&mut self, call: &mut ExprCall) {
        call.attrs
            .iter_mut()
            .for_each(|attr| self.visit_attribute_mut(attr));
        match &*call.func {
            Expr::Path(function) => self.path(function, true),
            _ => self.visit_expr_mut(&mut call.func),
        }
        call.args.iter_mut().for_each(|arg| self.visit_expr_mut(arg));
    }

    fn method_call(&mut self, call: &mut ExprMethodCall) {
        let before = self.found;
        call.attrs
            .iter_mut()
            .for_each(|attr| self.visit_attribute_mut(attr));
        self.visit_expr_mut(&mut call.receiver);
        if self.found == before {
            self.method(call);
        }
        // Both run once, and what they return is recorded.
        let once = usize::from(call.method == "side_effect" || call.method == "retry_if");
        let waits = WAITING.iter().any(|name| call.method == name);
        self.recorded += once;
        for arg in &mut call.args {
            if waits {
                self.waited_for(arg);
            } else {
                self.visit_expr_mut(arg);
            }
        }
        self.recorded -= once;
    }

    /// Checks a method by its name and by what it is called on, as far as that is plain.
    fn method(&mut self, call: &ExprMethodCall) {
        let (name, span) = (call.method.to_string(), call.method.span());
        let bare = call.args.is_empty();
        let receiver = match &*call.receiver {
            Expr::Path(path) if !self.is_own(path) => last_name(path),
            _ => None,
        };
        let receiver = receiver.as_deref().unwrap_or_default();
        if name == "elapsed" && bare && receiver == "UNIX_EPOCH" {
            self.report(Topic::Clock, call, span);
        } else if let Some(topic) = known_method(&name, call.args.len()) {
            self.report(topic, &call.method, span);
        } else if name == "poll" && call.args.len() == 1 && call.args.iter().all(is_task_context) {
            self.report(Topic::Poll, &call.method, span);
        } else if name == "with_timezone" && call.args.iter().any(|arg| self.is_local_zone(arg)) {
            self.report(Topic::TimeZone, call, span);
        } else if bare && paths::reads_clock(&name) && paths::looks_like_clock(receiver) {
            self.report(Topic::Clock, call, span);
        } else if SHARED_METHODS.contains(&name.as_str()) && self.is_in_static(&call.receiver) {
            self.report(Topic::SharedState, &call.receiver, call.receiver.span());
        }
    }

    /// Returns whether it is the zone of the machine, as the crate chrono calls it, imported by the module. What the
    /// body imports is found by its path.
    fn is_local_zone(&self, arg: &Expr) -> bool {
        match arg {
            Expr::Reference(reference) => self.is_local_zone(&reference.expr),
            Expr::Path(path) => {
                let name = ["Local".to_owned()];
                path.path.is_ident("Local")
                    && self.imports.resolve(&name, false) == Resolved::Path(name.to_vec())
            }
            _ => false,
        }
    }

    /// Returns whether it is a static by its name, or a field of one.
    fn is_in_static(&self, receiver: &Expr) -> bool {
        match inner(receiver) {
            Expr::Path(path) => !self.is_own(path) && last_name(path).is_some_and(|name| is_constant(&name)),
            Expr::Field(field) => self.is_in_static(&field.base),
            _ => false,
        }
    }

    /// Visits what a join or a select waits for. A future that is refused already shall not be refused by its type, too.
    fn waited_for(&mut self, arg: &mut Expr) {
        let elements = match arg {
            Expr::Tuple(tuple) => &mut tuple.elems,
            Expr::Array(array) => &mut array.elems,
            other => return self.visit_expr_mut(other),
        };
        for element in elements {
            let before = self.found;
            self.visit_expr_mut(element);
            if self.found > before
                && self.apart == 0
                && let Expr::Call(ExprCall { attrs, .. }) = element
            {
                mark::mark(attrs);
            }
        }
    }

    /// Checks what `unsafe` code uses: a static that is `mut` is used in no other.
    fn unsafe_block(&mut self, block: &mut ExprUnsafe) {
        self.unsafely += 1;
        visit_mut::visit_expr_unsafe_mut(self, block);
        self.unsafely -= 1;
    }

    /// Checks a name that is used as a value.
    fn name(&mut self, path: &ExprPath) {
        let is_static = self.unsafely > 0
            && last_name(path).is_some_and(|name| is_constant(&name))
            && path.path.segments.iter().rev().nth(1).is_none_or(|owner| {
                // A constant of a type, or a variant.
                !paths::is_type(&owner.ident.to_string())
            });
        if is_static && !self.is_own(path) {
            self.report(Topic::SharedState, path, path.span());
        } else {
            self.path(path, false);
        }
    }

    fn awaited(&mut self, future: &mut ExprAwait) {
        let before = self.found;
        visit_mut::visit_expr_await_mut(self, future);
        if self.found > before && self.apart == 0 {
            mark::mark(&mut future.attrs);
        }
    }

    /// Finds casts that make an address of a reference, or a number of a function.
    fn cast(&mut self, cast: &ExprCast) {
        let address = match &*cast.ty {
            Type::Ptr(_) => true,
            _ => matches!(inner(&cast.expr), Expr::Cast(from) if is_function_type(&from.ty)),
        };
        if address {
            self.report(Topic::Address, cast, cast.as_token.span);
        }
    }

    fn local_static(&mut self, item: &ItemStatic) {
        let changes = !matches!(item.mutability, StaticMutability::None)
            || names_any(item.ty.to_token_stream(), &|name| {
                CELLS.contains(&name) || name.starts_with("Atomic")
            });
        if changes {
            self.report(Topic::LocalStatic, &item.ident, item.ident.span());
        }
    }
}

/// Returns what a method is by its name.
fn known_method(name: &str, arguments: usize) -> Option<Topic> {
    let found = METHODS
        .iter()
        .find(|(_, wanted, names)| *wanted == arguments && names.contains(&name));
    found.map(|(topic, ..)| *topic)
}

/// Returns whether it is what a future is polled with, by its name.
fn is_task_context(arg: &Expr) -> bool {
    match arg {
        Expr::Reference(reference) => reference.mutability.is_some() && is_task_context(&reference.expr),
        Expr::Path(path) => {
            last_name(path).is_some_and(|name| matches!(&*name, "cx" | "context" | "task_context"))
        }
        _ => false,
    }
}

fn is_durable(attr: &Attribute) -> bool {
    let last = attr.path().segments.last();
    last.is_some_and(|last| DURABLE.iter().any(|name| last.ident == name))
}

fn last_name(path: &ExprPath) -> Option<String> {
    path.path.segments.last().map(|last| last.ident.to_string())
}

/// Returns whether a name is written as those of constants and statics are.
fn is_constant(name: &str) -> bool {
    name.len() > 1
        && name.starts_with(|first: char| first.is_uppercase() || first == '_')
        && name
            .chars()
            .all(|c| c.is_uppercase() || c.is_numeric() || c == '_')
}

fn is_function_type(ty: &Type) -> bool {
    matches!(ty, Type::FnPtr(_))
}

fn inner(expr: &Expr) -> &Expr {
    match expr {
        Expr::Paren(expr) => inner(&expr.expr),
        expr => expr,
    }
}

fn names_any(tokens: TokenStream, wanted: &impl Fn(&str) -> bool) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => wanted(&ident.to_string()),
        TokenTree::Group(group) => names_any(group.stream(), wanted),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

/// Returns whether a call of this makes a value of a variant or a tuple struct, as far as its name tells.
fn is_constructor(func: &Expr) -> bool {
    let Expr::Path(path) = func else { return false };
    let last = path.path.segments.last();
    last.is_some_and(|last| last.ident.to_string().starts_with(char::is_uppercase))
}
