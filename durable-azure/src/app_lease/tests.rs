//! The decisions as tables, and the task on a clock of the test.

mod azurite;
mod info;
mod phase;
mod store;
mod task;
