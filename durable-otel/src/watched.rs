//! An exporter that says when it fails. Nobody waits for its answers, and the library keeps them to itself.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};

/// Logs the first failure of a row, and its end.
#[derive(Debug)]
pub(crate) struct Watched<E> {
    exporter: E,
    /// The spans that were lost since the last batch that was taken.
    lost: AtomicU64,
}

impl<E> Watched<E> {
    pub(crate) fn new(exporter: E) -> Self {
        Self {
            exporter,
            lost: AtomicU64::new(0),
        }
    }
}

impl<E: SpanExporter> SpanExporter for Watched<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = u64::try_from(batch.len()).unwrap_or(u64::MAX);
        let exported = self.exporter.export(batch).await;
        match &exported {
            Ok(()) => {
                let lost = self.lost.swap(0, Ordering::Relaxed);
                if lost > 0 {
                    tracing::warn!(lost, "spans are exported again");
                }
            }
            Err(error) => {
                if self.lost.fetch_add(spans, Ordering::Relaxed) == 0 {
                    tracing::warn!(%error, "spans cannot be exported, and are lost until they can");
                }
            }
        }
        exported
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::fmt::{Debug, Write as _};
    use std::sync::{Arc, Mutex};

    use opentelemetry::trace::{SpanContext, SpanId, SpanKind, Status};
    use opentelemetry_sdk::error::OTelSdkError;
    use opentelemetry_sdk::trace::{SpanEvents, SpanLinks};
    use tracing::field::{Field, Visit};
    use tracing_subscriber::layer::{Context, SubscriberExt};
    use tracing_subscriber::{Layer, Registry};

    use super::*;

    /// Takes a batch or not, in the order of the list.
    #[derive(Debug)]
    struct Scripted(Mutex<VecDeque<bool>>);

    impl SpanExporter for Scripted {
        async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
            if self.0.lock().unwrap().pop_front().unwrap() {
                Ok(())
            } else {
                Err(OTelSdkError::InternalFailure("nobody listens".to_owned()))
            }
        }
    }

    /// Keeps what is logged.
    #[derive(Default, Clone)]
    struct Kept(Arc<Mutex<Vec<String>>>);

    impl Layer<Registry> for Kept {
        fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, Registry>) {
            let mut line = Line::default();
            event.record(&mut line);
            self.0.lock().unwrap().push(line.0);
        }
    }

    #[derive(Default)]
    struct Line(String);

    impl Visit for Line {
        fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
            // Writing into a string cannot fail.
            let _ = write!(self.0, "{field}={value:?} ");
        }
    }

    fn span() -> SpanData {
        SpanData {
            span_context: SpanContext::empty_context(),
            parent_span_id: SpanId::INVALID,
            parent_span_is_remote: false,
            span_kind: SpanKind::Internal,
            name: "one".into(),
            start_time: std::time::UNIX_EPOCH,
            end_time: std::time::UNIX_EPOCH,
            attributes: Vec::new(),
            dropped_attributes_count: 0,
            events: SpanEvents::default(),
            links: SpanLinks::default(),
            status: Status::Unset,
            instrumentation_scope: opentelemetry::InstrumentationScope::default(),
        }
    }

    #[test]
    fn the_first_failure_of_a_row_is_told_and_its_end_with_what_was_lost() {
        let kept = Kept::default();
        let subscriber = tracing_subscriber::registry().with(kept.clone());
        let answers = [true, false, false, true, true, false].into();
        let watched = Watched::new(Scripted(Mutex::new(answers)));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        tracing::subscriber::with_default(subscriber, || {
            for spans in 1..=6 {
                // The result is the exporter's, which the script has.
                let _ = runtime.block_on(watched.export(vec![span(); spans]));
            }
        });
        let kept = kept.0.lock().unwrap();
        let begins = |line: &String| {
            line.contains("message=spans cannot be exported") && line.contains("nobody listens")
        };
        assert!(
            kept.len() == 3 && begins(&kept[0]) && begins(&kept[2]),
            "{kept:?}"
        );
        assert!(
            kept[1].contains("message=spans are exported again") && kept[1].contains("lost=5"),
            "{kept:?}"
        );
    }
}
