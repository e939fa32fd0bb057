//! What a deterministic function may look like.

use quote::{ToTokens, quote};
use syn::{Attribute, Safety, Signature};

use crate::errors::Errors;
use crate::function::Kind;
use crate::message;

/// Reports what makes a function more than a plain one, and returns whether anything does.
pub(super) fn check(attrs: &[Attribute], sig: &Signature, errors: &mut Errors) -> bool {
    let mut found = Errors::new();
    check_qualifiers(sig, &mut found);
    for attr in attrs {
        let kind = [Kind::Orchestrator, Kind::Activity]
            .into_iter()
            .find(|kind| is_named(attr, kind.macro_name()));
        if let Some(kind) = kind {
            found.push(attr, &contradiction(kind));
        }
    }
    let refused = !found.is_empty();
    errors.append(found);
    refused
}

fn check_qualifiers(sig: &Signature, errors: &mut Errors) {
    let mut refuse = |tokens: &dyn ToTokens, problem: &str, help: &str| {
        errors.push(quote!(#tokens), &message::deterministic_shape(problem, help));
    };
    if let Some(token) = &sig.constness {
        let problem = "a deterministic function cannot be `const`";
        refuse(
            token,
            problem,
            "remove `const`, or the attribute: outside strict code a `const fn` may be called as it is",
        );
    }
    if let Safety::Unsafe(_) | Safety::Safe(_) = &sig.safety {
        let problem = "a deterministic function cannot be `unsafe`";
        refuse(&sig.safety, problem, "do what is unsafe in an `#[activity]`");
    }
    if let Some(abi) = &sig.abi {
        refuse(
            abi,
            "a deterministic function cannot be `extern`",
            "remove `extern`",
        );
    }
    if let Some(variadic) = &sig.variadic {
        refuse(
            variadic,
            "a deterministic function cannot be variadic",
            "remove the `...`",
        );
    }
}

/// Reports `#[deterministic]` on a function that is an orchestrator or an activity, and takes it away.
pub(crate) fn refuse_beside(kind: Kind, attrs: &mut Vec<Attribute>, errors: &mut Errors) {
    attrs.retain(|attr| {
        let both = is_named(attr, "deterministic");
        if both {
            errors.push(attr, &contradiction(kind));
        }
        !both
    });
}

fn contradiction(kind: Kind) -> message::Message {
    let (problem, help) = match kind {
        Kind::Orchestrator => (
            "a function cannot be both `#[orchestrator]` and `#[deterministic]`",
            "remove `#[deterministic]`: an orchestrator's body is checked anyway",
        ),
        Kind::Activity => (
            "a function cannot be both `#[activity]` and `#[deterministic]`",
            "remove one: orchestrators call a deterministic function directly, and an activity by `ctx.call`",
        ),
    };
    message::deterministic_shape(problem, help)
}

fn is_named(attr: &Attribute, name: &str) -> bool {
    let last = attr.path().segments.last();
    last.is_some_and(|last| last.ident == name)
}
