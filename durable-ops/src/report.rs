//! What a server reports while it runs: warnings on the standard error, and spans by OTLP if the environment says whereto.

use durable_otel::{Exporting, OtelError};
use tokio::sync::oneshot;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::error::Error;
use crate::{log, output};

/// The reports of this process, from their begin to their end.
#[derive(Debug)]
pub(crate) struct Reports {
    /// `None` if no spans are exported, or no longer.
    exporting: Option<Exporting>,
}

impl Reports {
    /// Begins to report.
    ///
    /// # Errors
    ///
    /// If a variable of OpenTelemetry says what it cannot, or asks for what is not there.
    pub(crate) fn begin() -> Result<Self, Error> {
        let exporting = Exporting::from_env().map_err(|error| refused(&error))?;
        let spans = exporting.as_ref().map(Exporting::layer);
        let subscriber = tracing_subscriber::registry().with(spans).with(log::warnings());
        // Refused only if there is one already, and this process makes no other.
        let _ = subscriber.try_init();
        Ok(Self { exporting })
    }

    /// Sends the spans that were not sent yet. Once it is dropped, nothing is waited for.
    pub(crate) async fn end(mut self) {
        let (done, ended) = oneshot::channel();
        if !shut_down(self.exporting.take(), done) {
            return;
        }
        if let Ok(Err(error)) = ended.await {
            output::note(error);
        }
    }
}

impl Drop for Reports {
    fn drop(&mut self) {
        // The export would wait for its end where it is dropped, and whoever has no time for that drops it here.
        shut_down(self.exporting.take(), oneshot::channel().0);
    }
}

/// Ends an export on a thread of its own, since it waits, and a runtime would wait for a thread of its. Returns whether there is
/// anything to wait for.
fn shut_down(exporting: Option<Exporting>, done: oneshot::Sender<Result<(), OtelError>>) -> bool {
    let Some(exporting) = exporting else {
        return false;
    };
    let end = move || {
        // It may be that nobody waits any more.
        let _ = done.send(exporting.shut_down());
    };
    std::thread::Builder::new()
        .name("durable-reports".to_owned())
        .spawn(end)
        .is_ok()
}

fn refused(error: &OtelError) -> Error {
    match error {
        OtelError::Setting { .. } | OtelError::Header { .. } | OtelError::Build(_) => Error::usage(
            error.to_string(),
            "set the variable as OpenTelemetry documents it; spans are exported if OTEL_EXPORTER_OTLP_ENDPOINT is set, and \
             OTEL_TRACES_EXPORTER=none switches that off",
        ),
        // Whatever else hinders the export; reasons of later releases have their text.
        _ => Error::failed(
            error.to_string(),
            "OTEL_TRACES_EXPORTER=none serves without an export of spans",
        ),
    }
}
