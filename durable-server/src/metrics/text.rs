//! Prometheus' text format, version 0.0.4: <https://prometheus.io/docs/instrumenting/exposition_formats/>.

use std::fmt::{Display, Write};

use durable_core::metrics::Metric;

/// A text in the making. Samples follow the metric that they are of.
#[derive(Debug, Default)]
pub(super) struct Text(String);

impl Text {
    /// Begins a metric.
    pub(super) fn metric(&mut self, metric: &Metric) {
        let (name, kind) = (metric.name, metric.kind);
        let meaning = escaped(metric.meaning, false);
        self.line(format_args!("# HELP {name} {meaning}\n# TYPE {name} {kind}"));
    }

    /// Adds a value, with the values of the metric's labels.
    pub(super) fn sample(&mut self, metric: &Metric, values: &[&str], value: impl Display) {
        self.part(metric, "", values, None, value);
    }

    /// Adds a value of a part of a histogram: `_bucket` with its bound, `_sum`, `_count`.
    pub(super) fn part(
        &mut self,
        metric: &Metric,
        part: &str,
        values: &[&str],
        bound: Option<&str>,
        value: impl Display,
    ) {
        let pairs = metric.labels.iter().copied().zip(values.iter().copied());
        let pairs = pairs.chain(bound.map(|bound| ("le", bound)));
        let labels: Vec<String> = pairs
            .map(|(label, value)| format!("{label}=\"{}\"", escaped(value, true)))
            .collect();
        let labels = if labels.is_empty() {
            String::new()
        } else {
            format!("{{{}}}", labels.join(","))
        };
        self.line(format_args!("{}{part}{labels} {value}", metric.name));
    }

    /// Adds a metric that has one value.
    pub(super) fn one(&mut self, metric: &Metric, value: impl Display) {
        self.metric(metric);
        self.sample(metric, &[], value);
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        // To a text it cannot fail.
        let _ = writeln!(self.0, "{line}");
    }

    pub(super) fn finish(self) -> String {
        self.0
    }
}

fn escaped(text: &str, is_quoted: bool) -> String {
    let text = text.replace('\\', "\\\\").replace('\n', "\\n");
    if is_quoted {
        text.replace('"', "\\\"")
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use durable_core::metrics::MetricKind;

    use super::*;

    #[test]
    fn values_of_labels_are_escaped() {
        let metric = Metric::new("m", MetricKind::Gauge, &["name", "version"], "A \\ and\na \"b\".");
        let mut text = Text::default();
        text.metric(&metric);
        text.sample(&metric, &["a\"b\\c\nd", ""], 1.5);
        assert_eq!(
            text.finish(),
            "# HELP m A \\\\ and\\na \"b\".\n# TYPE m gauge\nm{name=\"a\\\"b\\\\c\\nd\",version=\"\"} 1.5\n"
        );
    }
}
