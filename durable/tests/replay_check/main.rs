//! The check before a deployment, and the export of histories.

#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

#[cfg(test)]
mod edits;
#[cfg(test)]
mod files;
#[cfg(test)]
mod many;
#[cfg(test)]
mod meanwhile;
#[cfg(test)]
mod releases;
#[cfg(test)]
#[path = "../support/mod.rs"]
mod support;
