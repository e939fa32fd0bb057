//! What `/metrics` shows: of the hub, of the server, and of the program that it is part of.
//!
//! [`ALL`] is the table of what the server measures itself; `docs/observability.md` shows it. Labels are names, versions and
//! routes, never ids, and there are [at most so many](NAMES_MAX) names and versions. The engine's own counters are those of
//! the process that works, so they are shown where the routes are mounted in such a program: see [`Exposition`].

mod collect;
mod exposition;
mod figures;
mod requests;
mod table;
mod text;

pub use collect::NAMES_MAX;
pub use exposition::Exposition;
pub(crate) use exposition::expose;
pub(crate) use figures::Figures;
pub(crate) use requests::Requests;
pub use table::ALL;
