//! W3C trace contexts: <https://www.w3.org/TR/trace-context/>.

use std::fmt;
use std::num::{NonZeroU64, NonZeroU128};

use crate::history::TraceContext;

/// The most bytes of a `tracestate` that are passed on: what the specification asks for.
const STATE_MAX: usize = 512;

/// The most members of a `tracestate`.
const MEMBERS_MAX: usize = 32;

/// The bit of the flags that says that the caller may have recorded the trace.
const SAMPLED: u8 = 1;

/// The id of a trace: 16 bytes, not all zero. Shown as 32 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TraceId(pub NonZeroU128);

/// The id of a span: 8 bytes, not all zero. Shown as 16 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpanId(pub NonZeroU64);

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// A span as others name it: what the headers `traceparent` and `tracestate` say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpanContext {
    /// The trace.
    pub trace: TraceId,
    /// The span.
    pub span: SpanId,
    /// Whether the trace is recorded.
    pub sampled: bool,
    /// What tracing systems tell each other.
    pub state: Option<String>,
}

impl SpanContext {
    /// Reads a context. `None` if its `traceparent` is malformed: it is ignored then, and nothing fails. A `tracestate`
    /// that is malformed or too long is left out.
    ///
    /// ```
    /// use durable_core::history::TraceContext;
    /// use durable_core::trace::SpanContext;
    ///
    /// let sent = TraceContext {
    ///     traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned(),
    ///     tracestate: None,
    /// };
    /// assert!(SpanContext::read(&sent).unwrap().sampled);
    /// ```
    pub fn read(context: &TraceContext) -> Option<Self> {
        let (trace, span, flags) = parse_parent(&context.traceparent)?;
        let state = context.tracestate.as_deref().filter(|state| is_state(state));
        Some(Self {
            trace,
            span,
            sampled: flags & SAMPLED != 0,
            state: state.map(str::to_owned),
        })
    }

    /// Writes it as it is stored and sent.
    pub fn write(&self) -> TraceContext {
        let flags = u8::from(self.sampled) * SAMPLED;
        TraceContext {
            traceparent: format!("00-{}-{}-{flags:02x}", self.trace, self.span),
            tracestate: self.state.clone(),
        }
    }
}

/// Reads `version-trace-span-flags`. A later version may add fields behind these.
fn parse_parent(text: &str) -> Option<(TraceId, SpanId, u8)> {
    let mut fields = text.splitn(5, '-');
    let version = hex(fields.next()?, 2)?;
    let trace = NonZeroU128::new(hex(fields.next()?, 32)?)?;
    let span = NonZeroU64::new(u64::try_from(hex(fields.next()?, 16)?).ok()?)?;
    let flags = u8::try_from(hex(fields.next()?, 2)?).ok()?;
    let has_more = fields.next().is_some();
    let is_known = version != 0xff && (version != 0 || !has_more);
    is_known.then_some((TraceId(trace), SpanId(span), flags))
}

/// Reads exactly so many hexadecimal digits, none of them a capital letter.
fn hex(text: &str, digits: usize) -> Option<u128> {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let well_formed = text.len() == digits && text.bytes().all(is_digit);
    well_formed.then(|| u128::from_str_radix(text, 16).ok()).flatten()
}

fn is_state(text: &str) -> bool {
    let mut members = 0;
    let fits = |member: &str| {
        let member = member.trim_matches([' ', '\t']);
        members += usize::from(!member.is_empty());
        member.is_empty()
            || member
                .split_once('=')
                .is_some_and(|(key, value)| is_key(key) && is_value(value))
    };
    text.len() <= STATE_MAX && text.split(',').all(fits) && (1..=MEMBERS_MAX).contains(&members)
}

fn is_key(key: &str) -> bool {
    let is_allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'*' | b'/' | b'@');
    let begins = key
        .bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    begins && key.len() <= 256 && key.bytes().all(is_allowed)
}

fn is_value(value: &str) -> bool {
    let is_allowed = |byte: u8| matches!(byte, b' '..=b'~') && byte != b',' && byte != b'=';
    !value.is_empty() && value.len() <= 256 && value.bytes().all(is_allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(traceparent: &str, tracestate: Option<&str>) -> Option<SpanContext> {
        SpanContext::read(&TraceContext {
            traceparent: traceparent.to_owned(),
            tracestate: tracestate.map(str::to_owned),
        })
    }

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_context_comes_back_as_it_was_written() {
        for (text, sampled) in [(GOOD, true), (&GOOD.replace("-01", "-00"), false)] {
            let context = read(text, Some("vendor=1,other=a b")).unwrap();
            assert_eq!(context.sampled, sampled);
            let written = context.write();
            assert_eq!(
                (written.traceparent.as_str(), written.tracestate.as_deref()),
                (text, Some("vendor=1,other=a b"))
            );
            assert_eq!(SpanContext::read(&written), Some(context));
        }
    }

    #[test]
    fn what_the_specification_calls_malformed_is_ignored() {
        for bad in [
            "",
            "00",
            "x",
            "00-1-2-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-4bf92f3577b34da6a3ce929d0e0e473+-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473\u{e9}-00f067aa0ba902b7-01",
        ] {
            assert_eq!(read(bad, None), None, "{bad:?}");
        }
    }

    #[test]
    fn a_later_version_may_say_more_and_unknown_flags_are_left_out() {
        let later = format!("01-{}-more", &GOOD[3..]);
        assert_eq!(read(&later, None), read(GOOD, None));
        let flags = GOOD.replace("-01", "-03");
        assert_eq!(read(&flags, None).unwrap().write().traceparent, GOOD);
    }

    #[test]
    fn a_malformed_state_is_left_out_and_the_rest_is_kept() {
        let many = vec!["a=1"; 33].join(",");
        let long = format!("a={}", "x".repeat(600));
        for bad in [
            "",
            ",",
            "no equals sign",
            "A=1",
            "a=\u{1}",
            "a=1=2",
            "=1",
            &many,
            &long,
        ] {
            let context = read(GOOD, Some(bad)).unwrap();
            assert_eq!(context.state, None, "{bad:?}");
        }
        for good in ["a=1", "a=1, b@c=2", "0/x=y,,z=1"] {
            assert_eq!(read(GOOD, Some(good)).unwrap().state.as_deref(), Some(good));
        }
    }
}
