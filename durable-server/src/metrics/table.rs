//! The table: every metric of the server.

use durable_core::metrics::{Metric, MetricKind};

const BY_CODE: &[&str] = &["name", "version"];

const fn gauge(name: &'static str, labels: &'static [&'static str], meaning: &'static str) -> Metric {
    Metric::new(name, MetricKind::Gauge, labels, meaning)
}

pub(super) static UP: Metric = gauge(
    "durable_hub_up",
    &[],
    "1 if the hub answered when it was last asked, else 0.",
);
pub(super) static AGE: Metric = gauge(
    "durable_hub_figures_age_seconds",
    &[],
    "How old the figures of the hub are: they are asked for every few seconds at most.",
);
pub(super) static TIME: Metric = gauge(
    "durable_hub_figures_seconds",
    &[],
    "How long the hub took to answer when it was last asked.",
);
pub(super) static INSTANCES: Metric = gauge(
    "durable_hub_instances",
    &["name", "version", "state"],
    "Instances: `pending`, `running`, `waiting`, `suspended`, `blocked`, `failed`, `ended`.",
);
pub(super) static STALLED: Metric = gauge(
    "durable_hub_stalled_instances",
    BY_CODE,
    "Instances that have not ended and whose version no live worker offers.",
);
pub(super) static DRAINING: Metric = gauge(
    "durable_hub_draining_instances",
    BY_CODE,
    "Instances that have not ended, of a version of which live workers offer a newer one.",
);
pub(super) static OLDEST: Metric = gauge(
    "durable_hub_oldest_seconds",
    BY_CODE,
    "The age of the oldest instance that has not ended. Left out if all have.",
);
pub(super) static OLDEST_PENDING: Metric = gauge(
    "durable_hub_oldest_pending_seconds",
    &[],
    "How long the oldest instance waits for its first turn; 0 if none does. Left out by hubs that do not list by time.",
);
pub(super) static WORKERS: Metric = gauge("durable_hub_workers", &[], "Workers that are alive.");
pub(super) static OFFERS: Metric = gauge(
    "durable_hub_offers",
    BY_CODE,
    "Live workers that offer the version.",
);
pub(super) static FENCES: Metric = gauge("durable_hub_fences", &[], "Fences that are up.");
pub(super) static REQUESTS: Metric = Metric::new(
    "durable_http_requests_total",
    MetricKind::Counter,
    &["method", "route", "status"],
    "Requests that were answered, by the class of the status: `2xx`, `3xx`, `4xx`, `5xx`. What fits no route has none.",
);
pub(super) static REQUEST_TIME: Metric = Metric::new(
    "durable_http_request_duration_seconds",
    MetricKind::Histogram,
    &["method", "route"],
    "How long requests took until their answer was made.",
);

/// Every metric of the server.
pub static ALL: &[&Metric] = &[
    &UP,
    &AGE,
    &TIME,
    &INSTANCES,
    &STALLED,
    &DRAINING,
    &OLDEST,
    &OLDEST_PENDING,
    &WORKERS,
    &OFFERS,
    &FENCES,
    &REQUESTS,
    &REQUEST_TIME,
];
