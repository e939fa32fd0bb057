//! The way to the installed recorder.

use ::metrics::Label;

use super::{Metric, MetricKind, Values};

fn labels(metric: &Metric, values: Values<'_>) -> Vec<Label> {
    let pairs = metric.labels.iter().zip(values);
    pairs
        .map(|(name, value)| Label::new(*name, value.to_string()))
        .collect()
}

pub(super) fn add(metric: &Metric, number: u64, values: Values<'_>) {
    ::metrics::counter!(metric.name, labels(metric, values)).increment(number);
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of things in memory are far below 2^52"
)]
pub(super) fn set(metric: &Metric, value: u64, values: Values<'_>) {
    ::metrics::gauge!(metric.name, labels(metric, values)).set(value as f64);
}

pub(super) fn raise(metric: &Metric) {
    ::metrics::gauge!(metric.name).increment(1.0);
}

pub(super) fn lower(metric: &Metric) {
    ::metrics::gauge!(metric.name).decrement(1.0);
}

pub(super) fn observe(metric: &Metric, value: f64, values: Values<'_>) {
    ::metrics::histogram!(metric.name, labels(metric, values)).record(value);
}

pub(super) fn describe(metric: &Metric) {
    match metric.kind {
        MetricKind::Counter => ::metrics::describe_counter!(metric.name, metric.meaning),
        MetricKind::Gauge => ::metrics::describe_gauge!(metric.name, metric.meaning),
        MetricKind::Histogram => ::metrics::describe_histogram!(metric.name, metric.meaning),
    }
}
