//! `durable.lock` in real packages: what `cargo check` says of edited releases, and what still passes.

mod lock {
    mod accepted;
    mod activities;
    mod callees;
    mod file;
    mod orchestrators;
    mod package;
    mod schemas;
    mod start;
}
