//! `durable.lock`, as the macros read it: what was released of each version. Only a command writes it.

mod cache;
mod check;
mod file;
mod parse;

pub(crate) use check::{Checks, Written, check};
pub(crate) use file::{Source, run};

#[cfg(test)]
mod tests;
