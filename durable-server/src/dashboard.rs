//! The dashboard at `/`: a small page whose files are in the binary. What it shows and does, it asks of the routes that everyone
//! may ask, with the same keys; so it can do nothing that a key does not allow.
//!
//! The files are plain HTML, CSS and ES modules in the folder `dashboard`, as they are sent. They hold nothing of any hub, so
//! they are given to whoever reaches the server: the page then asks for a key.

mod cursor;
mod files;
mod guard;
mod payload;
mod record;
mod steps;
mod version_state;

pub(crate) use cursor::Cursor;
pub(crate) use files::{PLACE, find};
pub(crate) use guard::{asset, moved};
pub(crate) use record::{mark, row, whole};
pub(crate) use steps::{step, wait};
pub(crate) use version_state::{STATES, states};

use files::File;
