//! The names of attributes, as constants. [`table`](super::table) says what they mean.

/// What a span is about: `orchestration`, `activity`, `event`, `timer`.
pub const TYPE: &str = "durabletask.type";
/// The name of the orchestrator, activity or event; of a timer, that of the orchestrator.
pub const NAME: &str = "durabletask.task.name";
/// Its version.
pub const VERSION: &str = "durabletask.task.version";
/// The instance.
pub const INSTANCE: &str = "durabletask.task.instance_id";
/// The execution.
pub const EXECUTION: &str = "durabletask.task.execution_id";
/// The task's number within the execution.
pub const TASK: &str = "durabletask.task.task_id";
/// When a timer was to fire.
pub const FIRE_AT: &str = "durabletask.fire_at";
/// How the execution ended.
pub const STATUS: &str = "durabletask.task.status";
/// Who an event is sent to.
pub const TARGET: &str = "durabletask.event.target_instance_id";
/// Which attempt of the call it is.
pub const ATTEMPT: &str = "durable.attempt";
/// How often the attempt was handed out before.
pub const DELIVERIES: &str = "durable.deliveries";
/// Whether recorded steps are repeated.
pub const REPLAYING: &str = "durable.replaying";
/// How many events are replayed.
pub const EVENTS: &str = "durable.events";
