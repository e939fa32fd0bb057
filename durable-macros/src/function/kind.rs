//! Orchestrator or activity.

/// Which of the two attributes stands on the function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Orchestrator,
    Activity,
}

impl Kind {
    /// Returns the attribute's name.
    pub(crate) fn macro_name(self) -> &'static str {
        match self {
            Self::Orchestrator => "orchestrator",
            Self::Activity => "activity",
        }
    }

    /// Returns the other attribute's name.
    pub(crate) fn other(self) -> &'static str {
        match self {
            Self::Orchestrator => Self::Activity.macro_name(),
            Self::Activity => Self::Orchestrator.macro_name(),
        }
    }

    pub(crate) fn with_article(self) -> &'static str {
        match self {
            Self::Orchestrator => "an orchestrator",
            Self::Activity => "an activity",
        }
    }

    /// Returns the name of its context's type.
    pub(crate) fn context(self) -> &'static str {
        match self {
            Self::Orchestrator => "OrchestrationContext",
            Self::Activity => "ActivityContext",
        }
    }

    /// Returns the name of the other's context's type.
    pub(crate) fn other_context(self) -> &'static str {
        match self {
            Self::Orchestrator => Self::Activity.context(),
            Self::Activity => Self::Orchestrator.context(),
        }
    }

    pub(crate) fn context_with_article(self) -> &'static str {
        match self {
            Self::Orchestrator => "an `OrchestrationContext`",
            Self::Activity => "an `ActivityContext`",
        }
    }
}
