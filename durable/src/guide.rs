//! The code of the guide: every block of it is compiled, and run where it can be, as a documentation test.

#[doc = include_str!("../../docs/guide.md")]
mod start {}

#[doc = include_str!("../../docs/guide/01-replay.md")]
mod replay {}

#[doc = include_str!("../../docs/guide/02-activities.md")]
mod activities {}

#[doc = include_str!("../../docs/guide/03-orchestrators.md")]
mod orchestrators {}

#[doc = include_str!("../../docs/guide/04-client.md")]
mod client {}

#[doc = include_str!("../../docs/guide/05-versions.md")]
mod versions {}

#[doc = include_str!("../../docs/guide/06-workers.md")]
mod workers {}

#[doc = include_str!("../../docs/guide/07-testing.md")]
mod testing {}

#[doc = include_str!("../../docs/guide/08-observability.md")]
mod observability {}
