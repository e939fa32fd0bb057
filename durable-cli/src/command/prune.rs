use crate::error::{Error, Exit};
pub(super) fn run(_args: &crate::args::Prune) -> Result<Exit, Error> {
    Ok(Exit::Ok)
}
