//! The table: every metric there is.

use super::{Metric, MetricKind};

/// Starts that the hub answered, a repeated one each time: `started`, `existing` (the id was taken, and may be), `refused`, `fenced`.
pub static STARTS: Metric = Metric {
    name: "durable_starts_total",
    kind: MetricKind::Counter,
    labels: &["name", "version", "outcome"],
    meaning: "Starts that the hub answered, a repeated one each time: `started`, `existing` (the id was taken, and may be), `refused`, `fenced`.",
};

/// What clients told instances (`event`, `cancel`, `terminate`, `suspend`, `resume`): `accepted`, `refused`.
pub static SIGNALS: Metric = Metric {
    name: "durable_signals_total",
    kind: MetricKind::Counter,
    labels: &["signal", "outcome"],
    meaning: "What clients told instances (`event`, `cancel`, `terminate`, `suspend`, `resume`): `accepted`, `refused`.",
};

/// Accepted turns: `waiting`, `completed`, `failed`, `canceled`, `terminated`, `continued_as_new`, `blocked`.
pub static TURNS: Metric = Metric {
    name: "durable_turns_total",
    kind: MetricKind::Counter,
    labels: &["name", "version", "outcome"],
    meaning: "Accepted turns: `waiting`, `completed`, `failed`, `canceled`, `terminated`, `continued_as_new`, `blocked`.",
};

/// Turns that the hub did not accept: `stale` (another worker has taken over), `hub` (it failed). They are made again.
pub static TURN_COMMITS_REFUSED: Metric = Metric {
    name: "durable_turn_commits_refused_total",
    kind: MetricKind::Counter,
    labels: &["name", "version", "reason"],
    meaning: "Turns that the hub did not accept: `stale` (another worker has taken over), `hub` (it failed). They are made again.",
};

/// Histories that were replayed to bring an execution into memory: `replayed`, `blocked`.
pub static REPLAYS: Metric = Metric {
    name: "durable_replays_total",
    kind: MetricKind::Counter,
    labels: &["name", "version", "outcome"],
    meaning: "Histories that were replayed to bring an execution into memory: `replayed`, `blocked`.",
};

/// Events of these histories.
pub static REPLAYED_EVENTS: Metric = Metric {
    name: "durable_replayed_events_total",
    kind: MetricKind::Counter,
    labels: &["name", "version"],
    meaning: "Events of these histories.",
};

/// Turns that blocked their instance: `nondeterminism`, `panic`, `undecodable`, `misuse`, `version`, `unreadable`.
pub static BLOCKED: Metric = Metric {
    name: "durable_blocked_total",
    kind: MetricKind::Counter,
    labels: &["name", "version", "reason"],
    meaning: "Turns that blocked their instance: `nondeterminism`, `panic`, `undecodable`, `misuse`, `version`, `unreadable`.",
};

/// Instances whose version this worker does not run: `left` for another worker, `failed`.
pub static MISMATCHES: Metric = Metric {
    name: "durable_version_mismatches_total",
    kind: MetricKind::Counter,
    labels: &["name", "version", "outcome"],
    meaning: "Instances whose version this worker does not run: `left` for another worker, `failed`.",
};

/// External events that reached a history.
pub static EVENTS_RECEIVED: Metric = Metric {
    name: "durable_events_received_total",
    kind: MetricKind::Counter,
    labels: &["name", "version"],
    meaning: "External events that reached a history.",
};

/// Durable timers that fired, those of retries and timeouts included.
pub static TIMERS_FIRED: Metric = Metric {
    name: "durable_timers_fired_total",
    kind: MetricKind::Counter,
    labels: &["name", "version"],
    meaning: "Durable timers that fired, those of retries and timeouts included.",
};

/// Activities whose code began.
pub static ACTIVITIES_STARTED: Metric = Metric {
    name: "durable_activities_started_total",
    kind: MetricKind::Counter,
    labels: &["name", "version"],
    meaning: "Activities whose code began.",
};

/// Activities that returned a value, or were left to be completed from outside.
pub static ACTIVITIES_COMPLETED: Metric = Metric {
    name: "durable_activities_completed_total",
    kind: MetricKind::Counter,
    labels: &["name", "version"],
    meaning: "Activities that returned a value, or were left to be completed from outside.",
};

/// Activities that returned an error or panicked.
pub static ACTIVITIES_FAILED: Metric = Metric {
    name: "durable_activities_failed_total",
    kind: MetricKind::Counter,
    labels: &["name", "version"],
    meaning: "Activities that returned an error or panicked.",
};

/// Activities that began for the second attempt of a call or a later one.
pub static ACTIVITIES_RETRIED: Metric = Metric {
    name: "durable_activities_retried_total",
    kind: MetricKind::Counter,
    labels: &["name", "version"],
    meaning: "Activities that began for the second attempt of a call or a later one.",
};

/// Activities that began again because an earlier run was lost: its worker died or gave it back.
pub static ACTIVITIES_REDELIVERED: Metric = Metric {
    name: "durable_activities_redelivered_total",
    kind: MetricKind::Counter,
    labels: &["name", "version"],
    meaning: "Activities that began again because an earlier run was lost: its worker died or gave it back.",
};

/// How long a turn's code ran, its commit not included.
pub static TURN_DURATION: Metric = Metric {
    name: "durable_turn_duration_seconds",
    kind: MetricKind::Histogram,
    labels: &["name", "version"],
    meaning: "How long a turn's code ran, its commit not included.",
};

/// From the time of the oldest message of a turn to the turn.
pub static TURN_LATENCY: Metric = Metric {
    name: "durable_turn_latency_seconds",
    kind: MetricKind::Histogram,
    labels: &["name", "version"],
    meaning: "From the time of the oldest message of a turn to the turn.",
};

/// How long an activity's code ran: `completed`, `failed`.
pub static ACTIVITY_DURATION: Metric = Metric {
    name: "durable_activity_duration_seconds",
    kind: MetricKind::Histogram,
    labels: &["name", "version", "outcome"],
    meaning: "How long an activity's code ran: `completed`, `failed`.",
};

/// How long an activity that the worker has waited for a free slot.
pub static ACTIVITY_QUEUE: Metric = Metric {
    name: "durable_activity_queue_seconds",
    kind: MetricKind::Histogram,
    labels: &["name", "version"],
    meaning: "How long an activity that the worker has waited for a free slot.",
};

/// How many turns and results went to the hub in one batch.
pub static COMMIT_BATCH: Metric = Metric {
    name: "durable_commit_batch_size",
    kind: MetricKind::Histogram,
    labels: &[],
    meaning: "How many turns and results went to the hub in one batch.",
};

/// Executions that the worker holds, in memory or on their way.
pub static RESIDENT_EXECUTIONS: Metric = Metric {
    name: "durable_resident_executions",
    kind: MetricKind::Gauge,
    labels: &[],
    meaning: "Executions that the worker holds, in memory or on their way.",
};

/// Turns that are made or wait for their commit.
pub static RUNNING_TURNS: Metric = Metric {
    name: "durable_running_turns",
    kind: MetricKind::Gauge,
    labels: &[],
    meaning: "Turns that are made or wait for their commit.",
};

/// Activities whose code runs.
pub static RUNNING_ACTIVITIES: Metric = Metric {
    name: "durable_running_activities",
    kind: MetricKind::Gauge,
    labels: &[],
    meaning: "Activities whose code runs.",
};

/// Instances of the hub as of the last [`Client::measure`](crate::client::Client::measure): `pending`, `running`, `waiting`, `suspended`, `blocked`, `failed`.
pub static INSTANCES: Metric = Metric {
    name: "durable_instances",
    kind: MetricKind::Gauge,
    labels: &["name", "version", "state"],
    meaning: "Instances of the hub as of the last `Client::measure`: `pending`, `running`, `waiting`, `suspended`, `blocked`, `failed`.",
};

/// Those among them that have not ended and whose version no live worker offers.
pub static STALLED_INSTANCES: Metric = Metric {
    name: "durable_stalled_instances",
    kind: MetricKind::Gauge,
    labels: &["name", "version"],
    meaning: "Those among them that have not ended and whose version no live worker offers.",
};

/// Every metric.
pub static ALL: &[&Metric] = &[
    &STARTS,
    &SIGNALS,
    &TURNS,
    &TURN_COMMITS_REFUSED,
    &REPLAYS,
    &REPLAYED_EVENTS,
    &BLOCKED,
    &MISMATCHES,
    &EVENTS_RECEIVED,
    &TIMERS_FIRED,
    &ACTIVITIES_STARTED,
    &ACTIVITIES_COMPLETED,
    &ACTIVITIES_FAILED,
    &ACTIVITIES_RETRIED,
    &ACTIVITIES_REDELIVERED,
    &TURN_DURATION,
    &TURN_LATENCY,
    &ACTIVITY_DURATION,
    &ACTIVITY_QUEUE,
    &COMMIT_BATCH,
    &RESIDENT_EXECUTIONS,
    &RUNNING_TURNS,
    &RUNNING_ACTIVITIES,
    &INSTANCES,
    &STALLED_INSTANCES,
];
