//! `retry(..)`.

use syn::punctuated::Punctuated;
use syn::{LitStr, Token};

use super::read;
use crate::args::{self, Given, Grammar, RetryArgs};
use crate::errors::Errors;
use crate::message;

/// A retry policy, with delays in milliseconds.
#[derive(Debug)]
pub(crate) struct Retry {
    /// The most attempts in all; no limit, if absent.
    pub(crate) max_attempts: Option<u32>,
    pub(crate) first_delay: u64,
    pub(crate) max_delay: u64,
    pub(crate) factor: f64,
    pub(crate) jitter: f64,
    pub(crate) non_retriable: Vec<LitStr>,
}

/// The delays of a policy that names none: from a second up to a minute.
const DEFAULT_DELAYS: (u64, u64) = (1_000, 60_000);

const EXAMPLE: &str = "retry(max_attempts = 5, backoff = \"1s..1m\")";

const RETRY: Grammar = Grammar {
    name: "retry(..)",
    keys: &["max_attempts", "backoff", "factor", "jitter", "non_retriable"],
    foreign: &[],
};

impl Retry {
    /// Reads `retry(..)`.
    pub(super) fn read(given: &Given, errors: &mut Errors) -> Option<Self> {
        let args: RetryArgs = RETRY.read(args::list(given, EXAMPLE, errors)?, errors);
        let delays = read(args.backoff.as_ref(), errors, backoff);
        let (first_delay, max_delay) = delays.unwrap_or(DEFAULT_DELAYS);
        let fixed = first_delay == max_delay;
        let factor = read(args.factor.as_ref(), errors, |given, errors| {
            args::ratio(
                given,
                "factor = 2.0",
                (1.0..=1000.0, "a number from 1.0 to 1000.0"),
                errors,
            )
        });
        if fixed && factor.is_some_and(|factor| factor > 1.0) {
            let message = message::contradiction(
                "the delay cannot grow: `backoff` is a single duration",
                "write a range, such as `backoff = \"1s..1m\"`, or remove `factor`",
            );
            errors.push(&args.factor, &message);
        }
        Some(Self {
            max_attempts: read(args.max_attempts.as_ref(), errors, |given, errors| {
                args::number(given, "max_attempts = 5", errors)
            }),
            first_delay,
            max_delay,
            factor: factor.unwrap_or(if fixed { 1.0 } else { 2.0 }),
            jitter: read(args.jitter.as_ref(), errors, |given, errors| {
                args::ratio(
                    given,
                    "jitter = 0.2",
                    (0.0..=1.0, "a number from 0.0 to 1.0"),
                    errors,
                )
            })
            .unwrap_or(0.0),
            non_retriable: read(args.non_retriable.as_ref(), errors, kinds).unwrap_or_default(),
        })
    }
}

/// Reads `"10s"` or `"1s..1m"`.
fn backoff(given: &Given, errors: &mut Errors) -> Option<(u64, u64)> {
    let literal = args::text(given, "backoff = \"1s..1m\"", errors)?;
    let text = literal.value();
    let Some((first, last)) = text.split_once("..") else {
        return args::duration_text(&literal, &text, errors).map(|delay| (delay, delay));
    };
    let first = args::duration_text(&literal, first, errors);
    let last = args::duration_text(&literal, last, errors);
    let (first, last) = (first?, last?);
    if first > last {
        let message = message::contradiction(
            "the first delay is longer than the last",
            "write the shorter duration first, such as `backoff = \"1s..1m\"`",
        );
        errors.push(&literal, &message);
        return None;
    }
    Some((first, last))
}

/// Reads `non_retriable("Declined", "ChargeError::Expired")`.
fn kinds(given: &Given, errors: &mut Errors) -> Option<Vec<LitStr>> {
    let example = "non_retriable(\"Declined\")";
    let tokens = args::list(given, example, errors)?;
    let parser = Punctuated::<LitStr, Token![,]>::parse_terminated;
    match syn::parse::Parser::parse2(parser, tokens) {
        Ok(kinds) if !kinds.is_empty() => Some(kinds.into_iter().collect()),
        _ => {
            errors.push(given, &message::wrong_value("non_retriable", example));
            None
        }
    }
}
