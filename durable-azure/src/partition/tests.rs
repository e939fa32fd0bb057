//! The rules as tables, the task on a clock of the test, and many nodes under faults.

mod azurite;
mod example;
mod manager;
mod offers;
mod row;
mod rules;
mod share;
mod simulation;
mod table;
mod world;
