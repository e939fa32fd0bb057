//! Orchestrators: what an orchestrator's body is given.

/// Handed to an orchestrator's body.
#[derive(Debug, Clone)]
pub struct OrchestrationContext(());
