//! Requests, counted by their route.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::StatusCode;

use super::table::{REQUEST_TIME, REQUESTS};
use super::text::Text;
use crate::route::Route;

/// The bounds of the histogram, in seconds, with their texts: Prometheus' own.
const BOUNDS: [(f64, &str); 11] = [
    (0.005, "0.005"),
    (0.01, "0.01"),
    (0.025, "0.025"),
    (0.05, "0.05"),
    (0.1, "0.1"),
    (0.25, "0.25"),
    (0.5, "0.5"),
    (1.0, "1"),
    (2.5, "2.5"),
    (5.0, "5"),
    (10.0, "10"),
];

/// A method and a path of the table; empty for what fits no route.
type Key = (&'static str, &'static str);

#[derive(Debug, Default)]
struct Counted {
    by_class: BTreeMap<u16, u64>,
    by_bound: [u64; BOUNDS.len()],
    count: u64,
    seconds: f64,
}

/// What was answered. Has no more rows than the table of routes, and one.
#[derive(Debug, Default)]
pub(crate) struct Requests(Mutex<BTreeMap<Key, Counted>>);

/// One request that is being answered.
pub(crate) struct Watch<'a> {
    requests: &'a Requests,
    begun: Instant,
}

impl Requests {
    /// Begins to measure a request.
    pub(crate) fn begin(&self) -> Watch<'_> {
        Watch {
            requests: self,
            begun: Instant::now(),
        }
    }

    fn count(&self, key: Key, status: StatusCode, time: Duration) {
        // Additions only: a panic cannot leave the numbers broken.
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let counted = counted.entry(key).or_default();
        let seconds = time.as_secs_f64();
        *counted.by_class.entry(status.as_u16() / 100).or_default() += 1;
        for ((bound, _), below) in BOUNDS.iter().zip(&mut counted.by_bound) {
            *below += u64::from(seconds <= *bound);
        }
        counted.count += 1;
        counted.seconds += seconds;
    }

    pub(super) fn write(&self, text: &mut Text) {
        let counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        text.metric(&REQUESTS);
        for ((method, route), counted) in counted.iter() {
            for (class, count) in &counted.by_class {
                text.sample(&REQUESTS, &[method, route, &format!("{class}xx")], count);
            }
        }
        text.metric(&REQUEST_TIME);
        for ((method, route), counted) in counted.iter() {
            let labels = [*method, *route];
            for ((_, bound), below) in BOUNDS.iter().zip(&counted.by_bound) {
                text.part(&REQUEST_TIME, "_bucket", &labels, Some(bound), below);
            }
            text.part(&REQUEST_TIME, "_bucket", &labels, Some("+Inf"), counted.count);
            text.part(&REQUEST_TIME, "_sum", &labels, None, counted.seconds);
            text.part(&REQUEST_TIME, "_count", &labels, None, counted.count);
        }
    }
}

impl Watch<'_> {
    /// Counts the request. A route that was not found is none.
    pub(crate) fn end(self, route: Option<&'static Route>, status: StatusCode) {
        let key = route.map_or(("", ""), |route| (route.method.as_str(), route.path));
        self.requests.count(key, status, self.begun.elapsed());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_cumulative() {
        let requests = Requests::default();
        for millis in [5, 30, 20_000] {
            requests.count(("GET", "/a"), StatusCode::OK, Duration::from_millis(millis));
        }
        requests.count(("", ""), StatusCode::NOT_FOUND, Duration::ZERO);
        let mut text = Text::default();
        requests.write(&mut text);
        let text = text.finish();
        for line in [
            "durable_http_requests_total{method=\"GET\",route=\"/a\",status=\"2xx\"} 3",
            "durable_http_requests_total{method=\"\",route=\"\",status=\"4xx\"} 1",
            "durable_http_request_duration_seconds_bucket{method=\"GET\",route=\"/a\",le=\"0.005\"} 1",
            "durable_http_request_duration_seconds_bucket{method=\"GET\",route=\"/a\",le=\"0.05\"} 2",
            "durable_http_request_duration_seconds_bucket{method=\"GET\",route=\"/a\",le=\"10\"} 2",
            "durable_http_request_duration_seconds_bucket{method=\"GET\",route=\"/a\",le=\"+Inf\"} 3",
            "durable_http_request_duration_seconds_sum{method=\"GET\",route=\"/a\"} 20.035",
            "durable_http_request_duration_seconds_count{method=\"GET\",route=\"/a\"} 3",
        ] {
            assert!(text.lines().any(|own| own == line), "{line} is not in\n{text}");
        }
    }
}
