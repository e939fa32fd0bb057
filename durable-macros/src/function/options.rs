//! What the attribute says.

mod retry;

pub(crate) use retry::Retry;

use proc_macro2::TokenStream;
use syn::ext::IdentExt;
use syn::{ItemFn, LitStr, Path};

use super::Kind;
use crate::args::{self, FunctionArgs, Given, Grammar};
use crate::errors::Errors;
use crate::message;
use crate::text::{self, Version};

/// The attribute's meaning.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) version: Version,
    /// The wire name.
    pub(crate) name: String,
    pub(crate) superseded: bool,
    pub(crate) upgrade_latest: bool,
    /// Whether the body may call only what is known to be deterministic; nothing if the package decides.
    pub(crate) strict: Option<bool>,
    pub(crate) retry: Option<Retry>,
    /// In milliseconds, as are all durations here.
    pub(crate) attempt_timeout: Option<u64>,
    pub(crate) total_timeout: Option<u64>,
    pub(crate) heartbeat: Option<u64>,
    pub(crate) blocking: bool,
    pub(crate) max_concurrent: Option<u32>,
    pub(crate) facade: Option<Path>,
}

const ORCHESTRATOR: Grammar = Grammar {
    name: "#[orchestrator]",
    keys: &[
        "version",
        "name",
        "superseded",
        "upgrade",
        "retry",
        "timeout",
        "strict",
        "crate",
    ],
    foreign: &[
        ("total_timeout", "activity"),
        ("heartbeat", "activity"),
        ("blocking", "activity"),
        ("max_concurrent", "activity"),
    ],
};

const ACTIVITY: Grammar = Grammar {
    name: "#[activity]",
    keys: &[
        "version",
        "name",
        "superseded",
        "retry",
        "timeout",
        "total_timeout",
        "heartbeat",
        "blocking",
        "max_concurrent",
        "crate",
    ],
    foreign: &[("upgrade", "orchestrator"), ("strict", "orchestrator")],
};

impl Options {
    /// Reads the attribute; what is wrong is replaced by its default.
    pub(crate) fn read(kind: Kind, tokens: TokenStream, function: &ItemFn, errors: &mut Errors) -> Self {
        let grammar = match kind {
            Kind::Orchestrator => ORCHESTRATOR,
            Kind::Activity => ACTIVITY,
        };
        let args: FunctionArgs = grammar.read(tokens, errors);
        let timeout = read(args.timeout.as_ref(), errors, |given, errors| {
            args::duration(given, "timeout = \"30s\"", errors)
        });
        let total_timeout = read(args.total_timeout.as_ref(), errors, |given, errors| {
            args::duration(given, "total_timeout = \"5m\"", errors)
        });
        let (attempt_timeout, total_timeout) = match kind {
            Kind::Orchestrator => (None, timeout),
            Kind::Activity => (timeout, total_timeout),
        };
        if let (Some(attempt), Some(total)) = (attempt_timeout, total_timeout)
            && attempt > total
        {
            let message = message::contradiction(
                "one attempt may take longer than all attempts together",
                "make `total_timeout` at least as long as `timeout`, or remove it",
            );
            errors.push(&args.total_timeout, &message);
        }
        Self {
            version: read(args.version.as_ref(), errors, version).unwrap_or(Version::ONE),
            name: wire_name(args.name.as_ref(), function, errors),
            superseded: args::flag(args.superseded.as_ref(), errors),
            upgrade_latest: read(args.upgrade.as_ref(), errors, upgrade).is_some(),
            strict: args::switch(args.strict.as_ref(), errors),
            retry: read(args.retry.as_ref(), errors, Retry::read),
            attempt_timeout,
            total_timeout,
            heartbeat: read(args.heartbeat.as_ref(), errors, |given, errors| {
                args::duration(given, "heartbeat = \"30s\"", errors)
            }),
            blocking: args::flag(args.blocking.as_ref(), errors),
            max_concurrent: read(args.max_concurrent.as_ref(), errors, |given, errors| {
                args::number(given, "max_concurrent = 4", errors)
            }),
            facade: read(args.facade.as_ref(), errors, args::path),
        }
    }

    /// Returns whether it says anything about every call.
    pub(crate) fn has_call_options(&self) -> bool {
        self.retry.is_some()
            || self.attempt_timeout.is_some()
            || self.total_timeout.is_some()
            || self.heartbeat.is_some()
    }
}

/// Applies a reader to a key that was given.
pub(super) fn read<T>(
    given: Option<&Given>,
    errors: &mut Errors,
    reader: impl FnOnce(&Given, &mut Errors) -> Option<T>,
) -> Option<T> {
    given.and_then(|given| reader(given, errors))
}

fn version(given: &Given, errors: &mut Errors) -> Option<Version> {
    let literal = args::text(given, "version = \"2\"", errors)?;
    let text = literal.value();
    Version::parse(&text)
        .map_err(|why| errors.push(&literal, &message::malformed_version(&text, why)))
        .ok()
}

fn upgrade(given: &Given, errors: &mut Errors) -> Option<LitStr> {
    let example = "upgrade = \"latest\"";
    let literal = args::text(given, example, errors)?;
    if literal.value() == "latest" {
        return Some(literal);
    }
    errors.push(&literal, &message::wrong_value("upgrade", example));
    None
}

fn wire_name(given: Option<&Given>, function: &ItemFn, errors: &mut Errors) -> String {
    let ident = &function.sig.ident;
    let own = ident.unraw().to_string();
    let Some(given) = given else {
        if let Err(why) = text::check_wire_name(&own) {
            errors.push(ident, &message::malformed_name(&own, &why));
        }
        return own;
    };
    let Some(literal) = args::text(given, "name = \"checkout\"", errors) else {
        return own;
    };
    let name = literal.value();
    match text::check_wire_name(&name) {
        Ok(()) => name,
        Err(why) => {
            errors.push(&literal, &message::malformed_name(&name, &why));
            own
        }
    }
}
