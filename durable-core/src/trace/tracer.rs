//! The way to what exports spans.

use std::fmt;
use std::sync::OnceLock;

use tracing::Span;

use super::{SpanContext, SpanId, TimerSpan, TraceId};
use crate::history::CompletionStatus;
use crate::id::{ExecutionId, InstanceId};
use crate::name::WireName;
use crate::time::Timestamp;
use crate::version::RecordedVersion;

/// Ties spans of the crate `tracing` to contexts that cross processes. One is [installed](install) for the whole process.
///
/// Its methods are called on the threads that make turns, and must not wait.
pub trait Tracer: Send + Sync + fmt::Debug + 'static {
    /// Makes a span the child of a context. Called before the span is entered.
    fn adopt(&self, span: &Span, parent: &SpanContext);

    /// Returns the context of a span; `None` if it is not one that is exported.
    fn context_of(&self, span: &Span) -> Option<SpanContext>;

    /// Returns whether a trace is recorded that begins with an orchestration, since no client began it.
    fn samples(&self, trace: TraceId) -> bool;

    /// Exports the span of an execution that has ended. Only called for one that is sampled.
    fn export(&self, span: &EndedSpan);

    /// Exports the span of a timer that has fired. Only called for one that is sampled.
    fn export_timer(&self, span: &TimerSpan);
}

/// The span of an execution, from its start to its end.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct EndedSpan {
    /// The span's own context.
    pub context: SpanContext,
    /// Its parent's; `None` if it begins its trace.
    pub parent: Option<SpanContext>,
    /// When the execution was started.
    pub started: Timestamp,
    /// When it ended.
    pub ended: Timestamp,
    /// The orchestrator's name.
    pub name: WireName,
    /// The version in force at the end.
    pub version: RecordedVersion,
    /// The instance.
    pub instance: InstanceId,
    /// The execution.
    pub execution: ExecutionId,
    /// How it ended; `None` if it continued as new.
    pub status: Option<CompletionStatus>,
}

impl EndedSpan {
    pub(crate) fn of(
        context: SpanContext,
        instance: InstanceId,
        execution: ExecutionId,
        name: WireName,
    ) -> Self {
        let never = Timestamp::from_micros(0);
        Self {
            context,
            parent: None,
            started: never,
            ended: never,
            name,
            version: RecordedVersion::Blank,
            instance,
            execution,
            status: None,
        }
    }

    /// Returns the span's name as it is exported.
    pub fn exported_name(&self) -> String {
        super::SpanName(super::table::ORCHESTRATION.span, &self.name, &self.version).to_string()
    }

    /// Returns how the execution ended, in the words of [`STATUS`](super::names::STATUS).
    pub fn status_name(&self) -> &'static str {
        match self.status {
            Some(CompletionStatus::Completed(_)) => "Completed",
            Some(CompletionStatus::Failed(_)) => "Failed",
            Some(CompletionStatus::Canceled(_)) => "Canceled",
            Some(CompletionStatus::Terminated(_)) => "Terminated",
            None => "ContinuedAsNew",
        }
    }

    /// Returns the text of the error that it ended with, if it did.
    pub fn error(&self) -> Option<&str> {
        match &self.status {
            Some(CompletionStatus::Failed(failure) | CompletionStatus::Canceled(failure)) => {
                Some(&failure.message)
            }
            Some(CompletionStatus::Terminated(reason)) => Some(reason),
            Some(CompletionStatus::Completed(_)) | None => None,
        }
    }
}

/// The process has a tracer already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a tracer is installed already: there is one for the whole process")]
pub struct AlreadyInstalled;

static INSTALLED: OnceLock<Box<dyn Tracer>> = OnceLock::new();

/// Installs the process's tracer, for good.
///
/// # Errors
///
/// If there is one already.
pub fn install(tracer: impl Tracer) -> Result<(), AlreadyInstalled> {
    INSTALLED.set(Box::new(tracer)).map_err(|_| AlreadyInstalled)
}

/// Returns the process's tracer, if it has one.
#[inline]
pub(crate) fn installed() -> Option<&'static dyn Tracer> {
    INSTALLED.get().map(Box::as_ref)
}

/// A span id from a number that is hardly ever 0.
pub(crate) fn span_id(bits: u64) -> SpanId {
    SpanId(std::num::NonZeroU64::new(bits).unwrap_or(std::num::NonZeroU64::MIN))
}

/// Likewise a trace id.
pub(crate) fn trace_id(bits: u128) -> TraceId {
    TraceId(std::num::NonZeroU128::new(bits).unwrap_or(std::num::NonZeroU128::MIN))
}
