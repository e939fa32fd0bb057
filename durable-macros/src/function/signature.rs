//! The function's signature: what a durable function may look like.

mod types;

use quote::{ToTokens, format_ident, quote};
use syn::ext::IdentExt;
use syn::{FnArg, Ident, ItemFn, Pat, PatType, ReturnType, Safety, Type, parse_quote};

use self::types::Shape;
use super::{Kind, Options};
use crate::errors::Errors;
use crate::message;
use crate::paths::Private;

/// A signature, checked.
#[derive(Debug)]
pub(crate) struct Signature {
    pub(crate) ident: Ident,
    pub(crate) context: Param,
    /// `(): ()` if the function takes none.
    pub(crate) input: Param,
    pub(crate) output: Output,
}

/// A parameter.
#[derive(Debug)]
pub(crate) struct Param {
    /// What handles call it.
    pub(crate) name: Ident,
    /// The user's pattern.
    pub(crate) pat: Pat,
    pub(crate) ty: Type,
}

/// The return type.
#[derive(Debug)]
pub(crate) enum Output {
    /// A `Result` with both types written out.
    Result {
        whole: Box<Type>,
        value: Box<Type>,
        error: Box<Type>,
    },
    /// Another path; a trait finds value and error, so that aliases of `Result` are welcome.
    Alias(Box<Type>),
    /// Missing or no `Result`; an error has been reported.
    Refused,
}

impl Signature {
    /// Reads the signature. Returns nothing if no handle can be made of it.
    pub(crate) fn read(
        kind: Kind,
        function: &ItemFn,
        options: &Options,
        private: &Private,
        errors: &mut Errors,
    ) -> Option<Self> {
        let sig = &function.sig;
        check_asyncness(kind, function, options, errors);
        let plain = check_qualifiers(kind, function, errors);
        let mut params = sig.inputs.iter();
        let (context, input) = match params.next() {
            Some(FnArg::Receiver(receiver)) => {
                errors.push(receiver, &message::method(kind));
                return None;
            }
            Some(FnArg::Typed(first)) => read_params((kind, private), first, params.next(), errors),
            None => {
                let parens = sig.paren_token.span.join();
                let message = message::missing_context(kind);
                errors.add(syn::Error::new(parens, message));
                (default_context(kind, private), None)
            }
        };
        for surplus in params {
            errors.push(surplus, &message::too_many_parameters());
        }
        let output = read_output(kind, function, errors);
        plain.then(|| Self {
            ident: sig.ident.clone(),
            context,
            input: input.unwrap_or_else(|| Param {
                name: format_ident!("input"),
                pat: parse_quote!(()),
                ty: parse_quote!(()),
            }),
            output,
        })
    }
}

fn check_asyncness(kind: Kind, function: &ItemFn, options: &Options, errors: &mut Errors) {
    match (&function.sig.asyncness, options.blocking) {
        (None, false) => errors.push(function.sig.fn_token, &message::not_async(kind)),
        (Some(asyncness), true) => errors.push(asyncness, &message::blocking_async()),
        (None, true) | (Some(_), false) => {}
    }
}

/// Reports what makes the function more than a plain one, and returns whether handles can be made all the same.
fn check_qualifiers(kind: Kind, function: &ItemFn, errors: &mut Errors) -> bool {
    let sig = &function.sig;
    let mut refuse = |tokens: &dyn ToTokens, what: &str| {
        errors.push(quote!(#tokens), &message::qualified(kind, what));
    };
    let generic = !sig.generics.params.is_empty();
    if generic {
        refuse(&sig.generics, "be generic");
    }
    if let Some(clause) = &sig.generics.where_clause {
        refuse(clause, "have a `where` clause");
    }
    if let Some(token) = &sig.constness {
        refuse(token, "be `const`");
    }
    if let Safety::Unsafe(_) | Safety::Safe(_) = &sig.safety {
        refuse(&sig.safety, "be `unsafe`");
    }
    if let Some(abi) = &sig.abi {
        refuse(abi, "be `extern`");
    }
    if let Some(variadic) = &sig.variadic {
        refuse(variadic, "be variadic");
    }
    !generic && sig.variadic.is_none()
}

fn default_context(kind: Kind, private: &Private) -> Param {
    let ty = format_ident!("{}", kind.context());
    Param {
        name: format_ident!("ctx"),
        pat: parse_quote!(_),
        ty: parse_quote!(#private::#ty),
    }
}

fn read_params(
    (kind, private): (Kind, &Private),
    first: &PatType,
    second: Option<&FnArg>,
    errors: &mut Errors,
) -> (Param, Option<Param>) {
    let second = second.and_then(|arg| match arg {
        FnArg::Typed(param) => Some(param),
        FnArg::Receiver(_) => None,
    });
    if let Some(second) = second
        && types::is_named(&second.ty, kind.context())
        && !types::is_named(&first.ty, kind.context())
    {
        errors.push(second, &message::context_second(kind));
        return (
            param(second, "ctx", (*second.ty).clone()),
            Some(param(first, "input", (*first.ty).clone())),
        );
    }
    let context = param(first, "ctx", context_type((kind, private), first, errors));
    let input = second.map(|second| {
        let mut input = param(second, "input", input_type(second, errors));
        if input.name == context.name {
            input.name = format_ident!("durable_input");
        }
        input
    });
    (context, input)
}

fn param(written: &PatType, otherwise: &str, ty: Type) -> Param {
    Param {
        name: handle_name(&written.pat, otherwise),
        pat: (*written.pat).clone(),
        ty,
    }
}

fn context_type((kind, private): (Kind, &Private), first: &PatType, errors: &mut Errors) -> Type {
    match types::shape(&first.ty) {
        Shape::Reference(inner) if types::names_a_context(inner) => {
            errors.push(&first.ty, &message::context_by_reference(kind));
            inner.clone()
        }
        Shape::Path if types::is_named(&first.ty, kind.other_context()) => {
            errors.push(&first.ty, &message::wrong_context(kind));
            default_context(kind, private).ty
        }
        Shape::Path if !types::is_familiar(&first.ty) => (*first.ty).clone(),
        Shape::Path | Shape::Reference(_) | Shape::Other | Shape::Unnameable => {
            errors.push(first, &message::no_context(kind));
            default_context(kind, private).ty
        }
    }
}

fn input_type(second: &PatType, errors: &mut Errors) -> Type {
    match types::shape(&second.ty) {
        Shape::Reference(inner) => {
            let (owned, shown) = types::owned(inner);
            errors.push(&second.ty, &message::input_by_reference(shown));
            owned
        }
        Shape::Unnameable => {
            errors.push(&second.ty, &message::input_without_name());
            parse_quote!(())
        }
        Shape::Path | Shape::Other => (*second.ty).clone(),
    }
}

/// Returns what handles call a parameter: its own name without leading underscores, since handles do use it.
fn handle_name(pat: &Pat, otherwise: &str) -> Ident {
    match pat {
        Pat::Ident(pat) => {
            let own = pat.ident.unraw().to_string();
            let used = own.trim_start_matches('_');
            if used == own {
                pat.ident.clone()
            } else if used.is_empty() || used.starts_with(|c: char| c.is_ascii_digit()) {
                format_ident!("{otherwise}")
            } else {
                format_ident!("{used}", span = pat.ident.span())
            }
        }
        _ => format_ident!("{otherwise}"),
    }
}

fn read_output(kind: Kind, function: &ItemFn, errors: &mut Errors) -> Output {
    match &function.sig.output {
        ReturnType::Default => {
            let parens = function.sig.paren_token.span.join();
            errors.add(syn::Error::new(parens, message::no_result(kind)));
            Output::Refused
        }
        ReturnType::Type(_, ty) => match types::shape(ty) {
            Shape::Path if !types::is_familiar(ty) => types::output(ty),
            Shape::Path | Shape::Reference(_) | Shape::Other | Shape::Unnameable => {
                errors.push(ty, &message::no_result(kind));
                Output::Refused
            }
        },
    }
}
