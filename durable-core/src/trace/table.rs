//! The table of spans and attributes: what the code uses and `docs/observability.md` shows.

use super::names;

/// One kind of span: a line of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SpanKind {
    /// The name within `tracing`, for filters.
    pub span: &'static str,
    /// The name under which it is exported.
    pub exported: &'static str,
    /// OpenTelemetry's kind.
    pub kind: &'static str,
    /// Whose child it is.
    pub parent: &'static str,
    /// What it measures, for people.
    pub meaning: &'static str,
    /// The names of its attributes.
    pub attributes: &'static [&'static str],
}

impl SpanKind {
    /// Makes a line of another table, such as that of a server: the fields in their order.
    pub const fn new(
        (span, exported): (&'static str, &'static str),
        kind: &'static str,
        parent: &'static str,
        meaning: &'static str,
        attributes: &'static [&'static str],
    ) -> Self {
        Self {
            span,
            exported,
            kind,
            parent,
            meaning,
            attributes,
        }
    }
}

/// One attribute: a line of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attribute {
    /// The name.
    pub name: &'static str,
    /// What it says, for people.
    pub meaning: &'static str,
}

impl Attribute {
    /// Makes a line of another table.
    pub const fn new(name: &'static str, meaning: &'static str) -> Self {
        Self { name, meaning }
    }
}

/// A client starts an instance.
pub(crate) const START: SpanKind = SpanKind {
    span: "create_orchestration",
    exported: "create_orchestration:NAME@(VERSION)",
    kind: "producer",
    parent: "the caller's span",
    meaning: "A start, until the hub has answered.",
    attributes: &[
        names::TYPE,
        names::NAME,
        names::VERSION,
        names::INSTANCE,
        names::EXECUTION,
    ],
};

/// A client sends an event.
pub(crate) const RAISE: SpanKind = SpanKind {
    span: "orchestration_event",
    exported: "orchestration_event:NAME",
    kind: "producer",
    parent: "the caller's span",
    meaning: "An external event, until the hub has answered.",
    attributes: &[names::TYPE, names::NAME, names::TARGET],
};

/// An execution from its start to its end.
pub(crate) const ORCHESTRATION: SpanKind = SpanKind {
    span: "orchestration",
    exported: "orchestration:NAME@(VERSION)",
    kind: "server",
    parent: "the start, or the orchestration that called it",
    meaning: "An execution from its start to its end. Reported once, when the hub has accepted the end.",
    attributes: &[
        names::TYPE,
        names::NAME,
        names::VERSION,
        names::INSTANCE,
        names::EXECUTION,
        names::STATUS,
    ],
};

/// A turn.
pub(crate) const TURN: SpanKind = SpanKind {
    span: "turn",
    exported: "turn:NAME@(VERSION)",
    kind: "internal",
    parent: "the orchestration",
    meaning: "A turn of an orchestrator's code. What the code logs belongs to it.",
    attributes: &[
        names::TYPE,
        names::NAME,
        names::VERSION,
        names::INSTANCE,
        names::EXECUTION,
        names::REPLAYING,
    ],
};

/// A replay. At the level `debug`.
pub(crate) const LOAD: SpanKind = SpanKind {
    span: "load",
    exported: "load:NAME@(VERSION)",
    kind: "internal",
    parent: "the orchestration",
    meaning: "The replay of a history, or the making of a new execution; at the level `debug`. It repeats no other span.",
    attributes: &[
        names::TYPE,
        names::NAME,
        names::VERSION,
        names::INSTANCE,
        names::EXECUTION,
        names::REPLAYING,
        names::EVENTS,
    ],
};

/// A run of an activity.
pub(crate) const ACTIVITY: SpanKind = SpanKind {
    span: "activity",
    exported: "activity:NAME@(VERSION)",
    kind: "server",
    parent: "the orchestration that called it",
    meaning: "One run of an activity's code.",
    attributes: &[
        names::TYPE,
        names::NAME,
        names::VERSION,
        names::INSTANCE,
        names::EXECUTION,
        names::TASK,
        names::ATTEMPT,
        names::DELIVERIES,
    ],
};

/// A timer, over the turns between.
pub(crate) const TIMER: SpanKind = SpanKind {
    span: "timer",
    exported: "orchestration:NAME:timer",
    kind: "internal",
    parent: "the orchestration that created it",
    meaning: "A durable timer from its creation until it fired, those of retries and timeouts included. Reported once, when the hub \
              has accepted the turn that saw it fire.",
    attributes: &[
        names::TYPE,
        names::NAME,
        names::VERSION,
        names::INSTANCE,
        names::EXECUTION,
        names::TASK,
        names::FIRE_AT,
    ],
};

/// Every kind of span.
pub const SPANS: &[SpanKind] = &[START, RAISE, ORCHESTRATION, TURN, LOAD, ACTIVITY, TIMER];

/// Every attribute.
pub const ATTRIBUTES: &[Attribute] = &[
    Attribute::new(
        names::TYPE,
        "What the span is about: `orchestration`, `activity`, `event`, `timer`.",
    ),
    Attribute::new(
        names::NAME,
        "The name of the orchestrator, activity or event; of a timer, that of the orchestrator.",
    ),
    Attribute::new(
        names::VERSION,
        "Its version; nothing if the start left it to the worker.",
    ),
    Attribute::new(names::INSTANCE, "The instance."),
    Attribute::new(names::EXECUTION, "The execution."),
    Attribute::new(names::TASK, "The number of the task within its execution."),
    Attribute::new(names::FIRE_AT, "When a timer was to fire."),
    Attribute::new(
        names::STATUS,
        "How the execution ended: `Completed`, `Failed`, `Canceled`, `Terminated`, `ContinuedAsNew`.",
    ),
    Attribute::new(names::TARGET, "The instance that an event is sent to."),
    Attribute::new(names::ATTEMPT, "Which attempt of the call it is, from 1."),
    Attribute::new(
        names::DELIVERIES,
        "How often the attempt was handed out before, and its run lost.",
    ),
    Attribute::new(names::REPLAYING, "Whether recorded steps are repeated."),
    Attribute::new(names::EVENTS, "How many events are replayed."),
];
