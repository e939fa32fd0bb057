//! What a request says, parsed once at the edge.

mod body;
mod call;
mod path;
mod query;

pub(crate) use body::{json_body, read_body, says_json};
pub(crate) use call::{Call, Shared};
pub(crate) use path::{Pattern, segments};
pub(crate) use query::Query;
