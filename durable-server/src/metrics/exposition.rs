//! The whole text.

use std::fmt;
use std::sync::Arc;

use super::figures::Latest;
use super::requests::Requests;
use super::text::Text;

/// What the program measures in which the routes are mounted, as a text in Prometheus' format.
///
/// The program installs a recorder for the crate `metrics`, which counts what its workers do, and shows it here as well:
///
/// ```ignore
/// let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().install_recorder()?;
/// durable::metrics::describe();
/// let mut settings = Settings::open();
/// settings.exposition = Some(Exposition::new(move || recorder.render()));
/// ```
#[derive(Clone)]
pub struct Exposition(Arc<dyn Fn() -> String + Send + Sync>);

impl Exposition {
    /// Makes it from what renders the text. It is called for every request, and must not wait.
    pub fn new(render: impl Fn() -> String + Send + Sync + 'static) -> Self {
        Self(Arc::new(render))
    }
}

impl fmt::Debug for Exposition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Exposition")
    }
}

/// Makes the text: of the hub, of the server, and of the program.
pub(crate) fn expose(figures: &Latest, requests: &Requests, own: Option<&Exposition>) -> String {
    let mut text = Text::default();
    figures.write(&mut text);
    requests.write(&mut text);
    let mut text = text.finish();
    if let Some(Exposition(render)) = own {
        text.push_str(&render());
    }
    text
}
