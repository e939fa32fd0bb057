//! Which requests a fault meets.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::operation::{Call, Operation};
use crate::account::Service;

/// Which requests a fault meets: those of all its parts. A rule looks at the account itself, unless it says
/// [`Rule::at_secondary`].
#[derive(Debug, Clone)]
pub struct Rule {
    service: Option<Service>,
    operation: Option<Operation>,
    target: Option<String>,
    body: Option<String>,
    secondary: bool,
    when: When,
}

/// Which of the requests that match.
#[derive(Debug, Clone, Copy)]
enum When {
    Always,
    First(u64),
    Nth(u64),
    Every(u64),
    Chance { seed: u64, below: u64 },
}

impl Rule {
    /// Every request.
    pub fn any() -> Self {
        Self {
            service: None,
            operation: None,
            target: None,
            body: None,
            secondary: false,
            when: When::Always,
        }
    }

    /// The requests of one operation.
    pub fn on(operation: Operation) -> Self {
        Self {
            operation: Some(operation),
            ..Self::any()
        }
    }

    /// Only those of this service.
    #[must_use]
    pub fn of(mut self, service: Service) -> Self {
        self.service = Some(service);
        self
    }

    /// Only those whose path, after the account's name and unescaped, contains the text: a queue's name, a table's, a key.
    #[must_use]
    pub fn at(mut self, text: &str) -> Self {
        self.target = Some(text.to_owned());
        self
    }

    /// Only those whose body contains the text: of a transaction, the table's name and the entities.
    #[must_use]
    pub fn saying(mut self, text: &str) -> Self {
        self.body = Some(text.to_owned());
        self
    }

    /// Requests to where the account is replicated to, instead of those to the account.
    #[must_use]
    pub fn at_secondary(mut self) -> Self {
        self.secondary = true;
        self
    }

    /// Only the n-th of them, counted from 1.
    #[must_use]
    pub fn nth(mut self, n: u64) -> Self {
        self.when = When::Nth(n);
        self
    }

    /// Only the first n of them.
    #[must_use]
    pub fn first(mut self, n: u64) -> Self {
        self.when = When::First(n);
        self
    }

    /// Every n-th of them.
    #[must_use]
    pub fn every(mut self, n: u64) -> Self {
        self.when = When::Every(n);
        self
    }

    /// Each of them with this probability, between 0 and 1. With the same seed, the same of them.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a probability is no exact number, and a cast keeps it in its bounds"
    )]
    pub fn chance(mut self, probability: f64, seed: u64) -> Self {
        let below = (probability * u64::MAX as f64) as u64;
        self.when = When::Chance { seed, below };
        self
    }

    fn matches(&self, call: &Call, body: &[u8]) -> bool {
        self.secondary == call.secondary
            && self.service.is_none_or(|service| service == call.service)
            && self.operation.is_none_or(|operation| operation == call.operation)
            && self.target.as_ref().is_none_or(|text| call.target.contains(text))
            && self
                .body
                .as_ref()
                .is_none_or(|text| contains(body, text.as_bytes()))
    }
}

impl When {
    /// Returns whether the n-th match is met.
    fn meets(self, n: u64) -> bool {
        match self {
            Self::Always => true,
            Self::First(first) => n <= first,
            Self::Nth(nth) => n == nth,
            Self::Every(every) => n.is_multiple_of(every),
            Self::Chance { seed, below } => mixed(seed, n) < below,
        }
    }
}

/// The n-th number of the sequence `SplitMix64` of a seed.
fn mixed(seed: u64, n: u64) -> u64 {
    let mut bits = seed.wrapping_add(n.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

fn contains(body: &[u8], text: &[u8]) -> bool {
    text.is_empty() || body.windows(text.len()).any(|window| window == text)
}

/// A rule while it is in force. Dropped, it stays so.
#[derive(Debug, Clone)]
pub struct Injected(pub(super) Arc<Standing>);

impl Injected {
    /// How many requests it has met.
    pub fn struck(&self) -> u64 {
        self.0.struck.load(Ordering::SeqCst)
    }

    /// How many requests it has looked at that match, those that it let pass included.
    pub fn matched(&self) -> u64 {
        self.0.matched.load(Ordering::SeqCst)
    }

    /// Ends it. Requests that it holds or keeps silent stay so.
    pub fn remove(&self) {
        self.0.removed.store(true, Ordering::SeqCst);
    }
}

/// A rule and what it has counted.
#[derive(Debug)]
pub(super) struct Standing {
    rule: Rule,
    matched: AtomicU64,
    struck: AtomicU64,
    removed: AtomicBool,
}

impl Standing {
    pub(super) fn new(rule: Rule) -> Self {
        Self {
            rule,
            matched: AtomicU64::new(0),
            struck: AtomicU64::new(0),
            removed: AtomicBool::new(false),
        }
    }

    /// Returns whether it meets this request, and counts.
    pub(super) fn meets(&self, call: &Call, body: &[u8]) -> bool {
        if self.removed.load(Ordering::SeqCst) || !self.rule.matches(call, body) {
            return false;
        }
        let n = 1 + self.matched.fetch_add(1, Ordering::SeqCst);
        let met = self.rule.when.meets(n);
        self.struck.fetch_add(u64::from(met), Ordering::SeqCst);
        met
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call() -> Call {
        Call {
            service: Service::Queue,
            operation: Operation::PutMessage,
            secondary: false,
            target: "/orders-control-02/messages".to_owned(),
        }
    }

    /// Which of the first ten requests are met.
    fn met(rule: Rule) -> Vec<u64> {
        let standing = Standing::new(rule);
        (1..=10).filter(|_| standing.meets(&call(), b"hello")).collect()
    }

    #[test]
    fn a_rule_meets_what_all_its_parts_say() {
        let one = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
        assert_eq!(met(Rule::any()), one);
        assert_eq!(
            met(Rule::on(Operation::PutMessage)
                .of(Service::Queue)
                .at("control-02")
                .saying("ell")),
            one
        );
        assert!(met(Rule::on(Operation::GetMessages)).is_empty());
        assert!(met(Rule::any().of(Service::Table)).is_empty());
        assert!(met(Rule::any().at("control-03")).is_empty());
        assert!(met(Rule::any().saying("help")).is_empty());
        assert!(met(Rule::any().at_secondary()).is_empty());
    }

    #[test]
    fn a_rule_meets_the_first_the_nth_or_every_nth() {
        assert_eq!(met(Rule::any().first(3)), [1, 2, 3]);
        assert_eq!(met(Rule::any().nth(3)), [3]);
        assert_eq!(met(Rule::any().every(4)), [4, 8]);
    }

    #[test]
    fn chance_repeats_with_its_seed_and_is_as_often_as_it_says() {
        let of = |seed| {
            let standing = Standing::new(Rule::any().chance(0.25, seed));
            (0..4_000)
                .filter(|_| standing.meets(&call(), b""))
                .collect::<Vec<u64>>()
        };
        assert_eq!(of(7), of(7));
        assert_ne!(of(7), of(8));
        assert!((900..1_100).contains(&of(7).len()), "{}", of(7).len());
        assert!(met(Rule::any().chance(0.0, 1)).is_empty());
        assert_eq!(met(Rule::any().chance(1.0, 1)).len(), 10);
    }

    #[test]
    fn a_removed_rule_meets_nothing_and_keeps_its_count() {
        let injected = Injected(Arc::new(Standing::new(Rule::any().every(2))));
        for _ in 0..4 {
            injected.0.meets(&call(), b"");
        }
        injected.remove();
        assert!(!injected.0.meets(&call(), b""));
        assert_eq!((injected.matched(), injected.struck()), (4, 2));
    }
}
