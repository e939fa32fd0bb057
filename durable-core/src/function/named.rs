//! What names an orchestrator where only its name is wanted.

use std::marker::PhantomData;

use super::{Handle, OrchestratorFunction};
use crate::name::{NameError, WireName};

/// What names an orchestrator: its handle, or its wire name as a text.
///
/// `Way` tells the implementations apart, and is inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not name an orchestrator",
    label = "this is neither the handle of an orchestrator nor a wire name",
    note = "pass the handle without calling it, or the wire name as a text: `\"checkout\"`"
)]
pub trait NamesOrchestrator<Way> {
    /// Returns the wire name.
    fn to_wire_name(&self) -> Result<WireName, NameError>;
}

/// Named by its handle.
#[derive(Debug)]
pub struct ByHandle<F>(PhantomData<fn() -> F>);

/// Named by its wire name.
#[derive(Debug)]
pub struct ByName;

/// Named by a text, which may be malformed.
#[derive(Debug)]
pub struct ByText;

impl<H, F> NamesOrchestrator<ByHandle<F>> for H
where
    H: Handle<F::Context, F>,
    F: OrchestratorFunction,
{
    fn to_wire_name(&self) -> Result<WireName, NameError> {
        WireName::new(F::NAME)
    }
}

impl NamesOrchestrator<ByName> for &WireName {
    fn to_wire_name(&self) -> Result<WireName, NameError> {
        Ok((*self).clone())
    }
}

impl NamesOrchestrator<ByText> for &str {
    fn to_wire_name(&self) -> Result<WireName, NameError> {
        WireName::new(self)
    }
}
