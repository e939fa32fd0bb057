//! What a server warns of while it runs, as lines on the standard error: nobody waits for its result, who would see an error.

use std::fmt::{Debug, Write as _};

use durable_core::{Clock as _, SystemClock};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use crate::{clean, output};

/// Makes what writes events of the levels `WARN` and `ERROR`. The commands that answer and end say what is wrong by their
/// error.
pub(crate) fn warnings<S>() -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    Warnings.with_filter(LevelFilter::WARN)
}

struct Warnings;

impl<S: Subscriber> Layer<S> for Warnings {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
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
