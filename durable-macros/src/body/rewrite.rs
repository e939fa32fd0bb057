//! Rewrites a body so that the compiler refuses by type what cannot be replayed.
//!
//! Every `E.await` becomes an await of `awaitable(E)`, which takes durable futures only; every `async` block becomes such
//! a future; what is iterated is asked whether it comes in the order of a hash table; and in strict code, every function
//! that is called is asked whether it is deterministic. Generated tokens are located where an error shall point.

mod build;
mod continuation;
mod iteration;
mod macros;
mod order;
mod purity;
mod scope;
mod sorting;
mod strict;

use proc_macro2::Ident;
use quote::{ToTokens, quote};
use syn::visit_mut::{self, VisitMut};
use syn::{
    AngleBracketedGenericArguments, Arm, Attribute, Block, Expr, ExprAwait, ExprCall, ExprClosure, ExprConst,
    ExprForLoop, ExprLet, ExprMethodCall, ExprRepeat, Item, Local, Macro, Pat, PatIdent, Stmt, StmtMacro,
    Type, parse_quote,
};

use self::order::{Order, Use};
use self::scope::Scope;
use self::strict::Calls;
use crate::errors::Errors;
use crate::lint;
use crate::message;
use crate::paths::Private;

pub(crate) use self::continuation::Continuation;

/// Whose body is rewritten.
pub(crate) struct Subject<'a> {
    /// What it is, with its article: "an orchestrator".
    pub(crate) what: &'static str,
    /// How an orchestrator continues as new.
    pub(crate) continuation: Option<Continuation<'a>>,
    /// Whether only what is known to be deterministic may be called.
    pub(crate) strict: bool,
    /// The patterns of the parameters, and their types.
    pub(crate) params: Vec<(&'a Pat, &'a Type)>,
    /// The type that a deterministic function returns.
    pub(crate) returns: Option<&'a Type>,
    pub(crate) private: &'a Private,
}

impl Subject<'_> {
    /// Returns what the lints are told of it.
    pub(super) fn lint_place(&self) -> lint::Place {
        lint::Place {
            what: self.what,
            strict: self.strict,
        }
    }
}

/// Rewrites a body.
pub(super) fn rewrite(block: &mut Block, subject: &Subject<'_>, errors: &mut Errors) {
    let mut rewriter = Rewriter {
        subject,
        private: subject.private,
        errors,
        scope: Scope::new(&subject.params, block),
        calls: Calls::default(),
        moves: false,
        allowed: false,
        probes: false,
        tail: subject
            .returns
            .map_or(Use::Unknown, |ty| Use::As(Box::new(ty.clone()))),
        used: Use::Unknown,
        order: Order::Matters,
    };
    rewriter.visit_block_mut(block);
    let Rewriter { calls, probes, .. } = rewriter;
    let private = subject.private;
    let mut stmts: Vec<Stmt> = Vec::new();
    if probes {
        stmts.push(parse_quote!(#[allow(unused_imports)] use #private::KnownOrder as _;));
    }
    stmts.extend(
        calls
            .into_checks(private)
            .map(|check| Stmt::Item(Item::Verbatim(check))),
    );
    block.stmts.splice(..0, stmts);
}

struct Rewriter<'a> {
    subject: &'a Subject<'a>,
    private: &'a Private,
    errors: &'a mut Errors,
    scope: Scope,
    /// The functions that strict code calls.
    calls: Calls,
    /// Whether a method further out in the chain under visit is `.on(..)`.
    moves: bool,
    /// Whether `#[allow_nondeterminism]` stands on the code under visit.
    allowed: bool,
    /// Whether something iterated was wrapped.
    probes: bool,
    /// What the value of the next block is for.
    tail: Use,
    /// What the value of the next expression is for.
    used: Use,
    /// Whether the order can be seen of what the next expression yields.
    order: Order,
}

impl Rewriter<'_> {
    fn visit_method(&mut self, expr: &mut Expr, order: Order, used: &Use) {
        let Expr::MethodCall(call) = expr else { return };
        self.visit_attributes_mut(&mut call.attrs);
        let order = order::of_receiver(call, order, used, &self.scope);
        let continues = call.method == "continue_as_new" && call.args.len() == 1 && !self.moves;
        self.visit_chain(call, &order);
        if continues && let Some(continuation) = &self.subject.continuation {
            continuation.tie(expr, self.private);
        } else if iteration::is_iterating(call) && !call.args.iter().any(iteration::is_answered) {
            self.probe_for(&order, expr);
        }
    }

    fn visit_chain(&mut self, call: &mut ExprMethodCall, order: &Order) {
        let moves = std::mem::take(&mut self.moves) || call.method == "on";
        // What a side effect computes is recorded: it may do as it likes.
        let recorded = call.method == "side_effect";
        let order_of_arguments = self.order_of_arguments(call, order);
        for arg in &mut call.args {
            self.scoped(|this| {
                this.allowed |= recorded;
                this.order = order_of_arguments.clone();
                this.visit_expr_mut(arg);
            });
        }
        if iteration::takes_iterables(&call.method) {
            call.args
                .iter_mut()
                .for_each(|arg| self.probe_once(&order_of_arguments, arg));
        }
        self.probe_extension(call);
        self.moves = moves && matches!(*call.receiver, Expr::MethodCall(_));
        self.order = order.clone();
        self.visit_expr_mut(&mut call.receiver);
        self.moves = false;
    }

    /// Returns whether the order can be seen of what the arguments yield, or the closures among them.
    fn order_of_arguments(&self, call: &ExprMethodCall, order: &Order) -> Order {
        let handed_on = ["chain", "flat_map"].iter().any(|name| call.method == name);
        if handed_on {
            return order.clone();
        }
        let extends = call.method == "extend" && iteration::is_place(&call.receiver);
        if extends && call.args.iter().all(|arg| order::is_pure(arg, &self.scope)) {
            return Order::Onto(call.receiver.clone());
        }
        Order::Matters
    }

    /// Asks of what an expression is iterated, unless it has been asked already.
    fn probe_once(&mut self, order: &Order, expr: &mut Expr) {
        if !iteration::is_probed(expr) {
            self.probe_for(order, expr);
        }
    }

    /// Asks of what a list is extended with.
    fn probe_extension(&mut self, call: &mut ExprMethodCall) {
        if call.method != "extend" || self.allowed || !iteration::is_place(&call.receiver) {
            return;
        }
        if let Some(arg) = call.args.first_mut()
            && !iteration::is_probed(arg)
        {
            self.probes = true;
            iteration::probe_onto(arg, &call.receiver, self.private);
        }
    }

    fn probe_for(&mut self, order: &Order, expr: &mut Expr) {
        if !self.allowed {
            self.probes |= !matches!(order, Order::Free);
            iteration::probe_for(order, expr, self.private);
        }
    }

    fn visit_async(&mut self, expr: &mut Expr) {
        let Expr::Async(block) = expr else { return };
        visit_mut::visit_expr_async_mut(self, block);
        let span = block.async_token.span;
        build::wrap(expr, |inner| build::call(self.private, "block", span, inner));
    }

    fn visit_closure(&mut self, closure: &mut ExprClosure) {
        if let Some(asyncness) = &closure.asyncness {
            let (begin, inputs, end) = (&closure.inputs_begin, &closure.inputs, &closure.inputs_end);
            self.errors
                .push(quote!(#asyncness #begin #inputs #end), &message::async_closure());
        }
        let outer = self.scope.enter();
        let order = std::mem::take(&mut self.order);
        self.visit_attributes_mut(&mut closure.attrs);
        for input in &mut closure.inputs {
            self.visit_pat_mut(input);
        }
        self.order = order;
        self.visit_expr_mut(&mut closure.body);
        self.scope.leave(outer);
    }

    fn visit_for_loop(&mut self, each: &mut ExprForLoop) {
        self.visit_attributes_mut(&mut each.attrs);
        self.visit_expr_mut(&mut each.expr);
        self.probe_once(&Order::Matters, &mut each.expr);
        let outer = self.scope.enter();
        self.visit_pat_mut(&mut each.pat);
        self.visit_block_mut(&mut each.body);
        self.scope.leave(outer);
    }

    fn visit_call(&mut self, expr: &mut Expr, used: &Use) {
        let Expr::Call(call) = expr else { return };
        let reported = lint::take_mark(&mut call.attrs);
        self.visit_parts(call, used);
        if iteration::is_iterating_by_path(call) {
            self.probe_for(&Order::Matters, expr);
        } else if reported {
            let span = call.paren_token.span.open();
            build::wrap(expr, |inner| build::call(self.private, "block", span, inner));
        }
    }

    fn visit_parts(&mut self, call: &mut ExprCall, used: &Use) {
        self.visit_attributes_mut(&mut call.attrs);
        match &mut *call.func {
            Expr::Path(path) => {
                if self.checks_names() {
                    self.calls.add_call(path, &self.scope);
                }
            }
            other => self.visit_expr_mut(other),
        }
        let order = if order::is_free_from_iter(call, used, &self.scope) {
            Order::Free
        } else {
            Order::Matters
        };
        for arg in &mut call.args {
            self.order = order.clone();
            self.visit_expr_mut(arg);
        }
        if iteration::takes_in_order(call) {
            call.args.iter_mut().for_each(|arg| self.probe_once(&order, arg));
        }
    }

    fn checks_names(&self) -> bool {
        self.subject.strict && !self.allowed
    }

    /// Visits what belongs to one node, on which `#[allow_nondeterminism]` may stand.
    fn scoped(&mut self, visit: impl FnOnce(&mut Self)) {
        let allowed = self.allowed;
        visit(self);
        self.allowed = allowed;
    }
}

impl VisitMut for Rewriter<'_> {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        if !matches!(expr, Expr::MethodCall(_)) {
            self.moves = false;
        }
        let order = std::mem::take(&mut self.order);
        let used = std::mem::take(&mut self.used);
        self.scoped(|this| match expr {
            Expr::MethodCall(_) => this.visit_method(expr, order, &used),
            Expr::Paren(inner) => {
                this.visit_attributes_mut(&mut inner.attrs);
                (this.order, this.used) = (order, used);
                this.visit_expr_mut(&mut inner.expr);
            }
            Expr::Async(_) => this.visit_async(expr),
            Expr::Closure(closure) => {
                this.order = order;
                this.visit_closure(closure);
            }
            Expr::ForLoop(each) => this.visit_for_loop(each),
            Expr::Call(_) => this.visit_call(expr, &used),
            Expr::Path(path) if this.checks_names() => this.calls.add_name(path, &this.scope),
            other => visit_mut::visit_expr_mut(this, other),
        });
    }

    fn visit_expr_await_mut(&mut self, awaited: &mut ExprAwait) {
        let reported = lint::take_mark(&mut awaited.attrs);
        visit_mut::visit_expr_await_mut(self, awaited);
        if reported {
            return;
        }
        let span = awaited.await_token.span;
        build::wrap(&mut awaited.base, |future| {
            build::await_call(self.private, "awaitable", span, future)
        });
    }

    // What is bound is not in scope yet in the expression that it is bound to.
    fn visit_local_mut(&mut self, local: &mut Local) {
        let used = std::mem::take(&mut self.used);
        self.scoped(|this| {
            this.visit_attributes_mut(&mut local.attrs);
            if let Some(init) = &mut local.init {
                this.used = used;
                this.visit_local_init_mut(init);
            }
            this.visit_pat_mut(&mut local.pat);
        });
    }

    fn visit_expr_let_mut(&mut self, condition: &mut ExprLet) {
        self.visit_expr_mut(&mut condition.expr);
        self.visit_pat_mut(&mut condition.pat);
    }

    fn visit_block_mut(&mut self, block: &mut Block) {
        let outer = self.scope.enter();
        let tail = std::mem::take(&mut self.tail);
        for at in 0..block.stmts.len() {
            let (until, behind) = block.stmts.split_at_mut(at + 1);
            let Some(stmt) = until.last_mut() else { continue };
            self.used = match stmt {
                Stmt::Local(local) => sorting::used_as(local, behind, &self.scope),
                Stmt::Expr(_, None) if behind.is_empty() => tail.clone(),
                Stmt::Expr(..) | Stmt::Item(_) | Stmt::Macro(_) => Use::Unknown,
            };
            self.visit_stmt_mut(stmt);
        }
        self.scope.leave(outer);
    }

    fn visit_arm_mut(&mut self, arm: &mut Arm) {
        let outer = self.scope.enter();
        visit_mut::visit_arm_mut(self, arm);
        self.scope.leave(outer);
    }

    fn visit_pat_ident_mut(&mut self, pat: &mut PatIdent) {
        self.scope.bind(&pat.ident);
        visit_mut::visit_pat_ident_mut(self, pat);
    }

    fn visit_stmt_macro_mut(&mut self, stmt: &mut StmtMacro) {
        self.scoped(|this| visit_mut::visit_stmt_macro_mut(this, stmt));
    }

    fn visit_macro_mut(&mut self, call: &mut Macro) {
        macros::visit(self, call);
    }

    fn visit_attributes_mut(&mut self, attrs: &mut Vec<Attribute>) {
        self.allowed |= lint::take_allowed(attrs);
    }

    /// A function inside the body is not the orchestrator's. A macro that is defined there is unfolded in it, however.
    fn visit_item_mut(&mut self, item: &mut Item) {
        if let Item::Macro(defined) = item
            && macros::mentions_await(&defined.mac.tokens)
        {
            self.errors.push(
                head(&defined.mac, defined.ident.as_ref()),
                &message::opaque_await(),
            );
        }
    }

    // Constants are computed by the compiler, and cannot call what is generated here.
    fn visit_expr_const_mut(&mut self, _: &mut ExprConst) {}

    fn visit_expr_repeat_mut(&mut self, repeat: &mut ExprRepeat) {
        self.visit_expr_mut(&mut repeat.expr);
    }

    fn visit_type_mut(&mut self, _: &mut Type) {}

    fn visit_angle_bracketed_generic_arguments_mut(&mut self, _: &mut AngleBracketedGenericArguments) {}
}

/// Returns the tokens of a macro call that name it.
fn head(call: &Macro, defined: Option<&Ident>) -> impl ToTokens {
    let (path, bang) = (&call.path, &call.bang_token);
    quote!(#path #bang #defined)
}
