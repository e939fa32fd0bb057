//! The side file in which workers note commits that were refused as stale.

use std::fmt::{self, Write as _};
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use tracing::field::{Field, Visit};
use tracing::span;
use tracing::{Event, Level, Metadata, Subscriber};

use crate::process::Place;

/// Set, it has workers write down too what becomes of each message of an Azure hub.
const TRACE_VARIABLE: &str = "DURABLE_KILL_TRACE";

/// What the text of a stale commit's error says.
const STALE: &str = "is no longer owned by this worker";

/// Writes warnings to files: refused commits to one, everything to another.
#[derive(Debug)]
pub(crate) struct RefusalLog {
    refusals: File,
    warnings: File,
    trace: Option<File>,
    spans: AtomicU64,
}

impl RefusalLog {
    pub(crate) fn new(place: &Place) -> Self {
        Self {
            refusals: append_to(&place.refusals()),
            warnings: append_to(&place.warnings()),
            trace: std::env::var_os(TRACE_VARIABLE).map(|_| append_to(&place.trace())),
            spans: AtomicU64::new(0),
        }
    }

    pub(crate) fn install(self) {
        tracing::subscriber::set_global_default(self).expect("nobody else listens in a worker process");
    }
}

fn append_to(path: &Path) -> File {
    let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
    file.expect("the run's directory must be writable")
}

impl Subscriber for RefusalLog {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= Level::WARN
            || (self.trace.is_some() && metadata.target().starts_with("durable_azure"))
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(self.spans.fetch_add(1, Ordering::Relaxed) + 1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = format!("{} {}", std::process::id(), event.metadata().level());
        event.record(&mut Line(&mut line));
        line.push('\n');
        if let Some(mut trace) = self.trace.as_ref() {
            let at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            let _ = trace.write_all(format!("{:.6} {line}", at.as_secs_f64()).as_bytes());
        }
        if *event.metadata().level() > Level::WARN {
            return;
        }
        let file = if line.contains(STALE) {
            &self.refusals
        } else {
            &self.warnings
        };
        // One write, whole lines. A test that cannot write its log fails by what is missing in it.
        let _ = (&*file).write_all(line.as_bytes());
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

struct Line<'a>(&'a mut String);

impl Visit for Line<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let text = format!("{value:?}").replace('\n', " ");
        // Writing to a string cannot fail.
        let _ = write!(self.0, " {}={text}", field.name());
    }
}
