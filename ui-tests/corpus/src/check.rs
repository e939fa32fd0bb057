//! Caught by `cargo check`.

mod chance;
mod clocks;
mod crates;
mod foreign;
mod hashes;
mod helpers;
mod hidden;
mod machine;
mod mixed;
mod paths;
mod places;
mod strict;
