//! Tests only: what the macros accept, refuse, and say.

#![forbid(unsafe_code)]
