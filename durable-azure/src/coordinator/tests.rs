//! The coordinator by itself.
