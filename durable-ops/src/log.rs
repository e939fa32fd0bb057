//! What a server warns of while it runs, as lines on the standard error: nobody waits for its result, who would see an error.

use std::fmt::{Debug, Write as _};

use durable_core::{Clock as _, SystemClock};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use crate::{clean, output};

/// Writes warnings and errors from now on. The commands that answer and end say what is wrong by their error.
pub(crate) fn begin() {
    // Refused only if there is one already, which does the same.
    let _ = tracing::subscriber::set_global_default(Warnings);
}

/// Takes events of the levels `WARN` and `ERROR`, and no spans.
struct Warnings;

impl Subscriber for Warnings {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && *metadata.level() <= Level::WARN
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::WARN)
    }

    fn event(&self, event: &Event<'_>) {
        let metadata = event.metadata();
        let mut line = Line::default();
        event.record(&mut line);
        let Line { message, fields } = line;
        output::note(format_args!(
            "{} {} {}: {}{}",
            SystemClock.now(),
            metadata.level(),
            metadata.target(),
            clean::line(&message),
            clean::line(&fields)
        ));
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        // No span is enabled, so none is asked for.
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// The text of an event.
#[derive(Default)]
struct Line {
    message: String,
    /// Each as ` name=value`.
    fields: String,
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        // Writing into a string cannot fail.
        let _ = if field.name() == "message" {
            write!(self.message, "{value:?}")
        } else {
            write!(self.fields, " {}={value:?}", field.name())
        };
    }
}
