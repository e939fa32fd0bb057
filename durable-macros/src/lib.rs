//! The attribute and derive macros of `durable`. Applications use them through that crate, whose page documents them.
//!
//! Every macro runs the same way: parse, model, check, expand. All errors are collected and reported together, each on
//! the user's own tokens; expansion itself cannot fail.

#![forbid(unsafe_code)]

mod args;
mod body;
mod deterministic;
mod entry;
mod errors;
mod fingerprint;
mod function;
mod lint;
mod lock;
mod message;
mod migrate;
mod package;
mod paths;
mod schema;
mod text;

#[cfg(test)]
mod tests;

use proc_macro::TokenStream;

use crate::function::Kind;

/// Makes an `async fn` an orchestrator. See `durable::orchestrator`.
#[proc_macro_attribute]
pub fn orchestrator(args: TokenStream, item: TokenStream) -> TokenStream {
    function::run(Kind::Orchestrator, args.into(), &item.into()).into()
}

/// Makes a function an activity. See `durable::activity`.
#[proc_macro_attribute]
pub fn activity(args: TokenStream, item: TokenStream) -> TokenStream {
    function::run(Kind::Activity, args.into(), &item.into()).into()
}

/// Makes a function a helper of orchestrators. See `durable::deterministic`.
#[proc_macro_attribute]
pub fn deterministic(args: TokenStream, item: TokenStream) -> TokenStream {
    deterministic::run(args.into(), &item.into()).into()
}

/// Watches over the package's `durable.lock`. See `durable::lock`.
#[doc(hidden)]
#[proc_macro]
pub fn lock_file(input: TokenStream) -> TokenStream {
    lock::run(input.into(), &lock::Source::of_package()).into()
}

/// Runs an `async fn main`. See `durable::main`.
#[proc_macro_attribute]
pub fn main(args: TokenStream, item: TokenStream) -> TokenStream {
    entry::run(args.into(), &item.into()).into()
}

/// Makes a function the way from an old input type to a new one. See `durable::migrate`.
#[proc_macro_attribute]
pub fn migrate(args: TokenStream, item: TokenStream) -> TokenStream {
    migrate::run(args.into(), &item.into()).into()
}

/// Says why a statement of a deterministic function is harmless. See `durable::allow_nondeterminism`.
#[proc_macro_attribute]
pub fn allow_nondeterminism(_args: TokenStream, item: TokenStream) -> TokenStream {
    lint::misplaced_allow(&item.into()).into()
}

/// Derives the fingerprint and description of a recorded form. See `durable::DurableSchema`.
#[proc_macro_derive(DurableSchema, attributes(durable))]
pub fn derive_durable_schema(item: TokenStream) -> TokenStream {
    schema::run(item.into()).into()
}
