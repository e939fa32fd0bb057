//! A disk for tests of SQLite files: it counts what reaches it, it can be slow, and its power can fail.
//!
//! [`Disk::install`] puts a file system between SQLite and the system's own. Files that SQLite opens through it work as
//! ever, and the disk knows which writes have been followed by a sync. [`Disk::cut_power`] says what would be left of a
//! file if the power failed now: what was synced, and of the rest nothing, everything, or any part. The program goes on
//! undisturbed; what is left is written to another folder and opened there.
//!
//! ```
//! use durable_testdisk::{Disk, Survivors};
//! use rusqlite::Connection;
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = std::env::temp_dir().join(format!("durable-testdisk-doc-{}", std::process::id()));
//! # std::fs::create_dir_all(&folder)?;
//! let disk = Disk::install_as_default()?;
//! let file = folder.join("shop.db");
//! disk.watch(&file);
//! let shop = Connection::open(&file)?;
//! shop.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE tea (name TEXT)")?;
//! shop.execute("INSERT INTO tea VALUES ('Assam')", [])?;
//!
//! disk.cut_power(&file, Survivors::None);
//! let left = disk.restore(&file, &folder.join("later"))?;
//! let teas: i64 = Connection::open(left)?.query_row("SELECT count(*) FROM tea", [], |row| row.get(0))?;
//! assert_eq!(teas, 1);
//! # drop(shop);
//! # std::fs::remove_dir_all(folder)?;
//! # Ok(())
//! # }
//! ```
//!
//! [`Disk::film`] keeps what the disk has before each operation of a stretch, so that one run shows what any power failure
//! during it would leave: [`Film::left`].
//!
//! What is modelled: a write is on the disk for certain once a sync of its file that began after it has returned; until
//! then each of its sectors of 512 bytes may be there or not, independently. A file that was created, and one that was
//! removed without a sync of the folder, may be there or not. What is not modelled: sectors that hold neither the old nor
//! the new bytes, and files that were synced and are damaged later.
//!
//! # Unsafe code
//!
//! This is the one crate of the workspace with unsafe code. SQLite takes a file system as tables of C functions, and
//! rusqlite has no safe form of them. All of it is in the private module `vfs`, which keeps no state of its own.

#![deny(unsafe_code)]

mod counts;
mod disk;
mod error;
mod film;
mod image;
mod ledger;
mod random;
mod vfs;

pub use counts::{Counts, Kind, Traffic};
pub use disk::{Disk, NAME};
pub use error::DiskError;
pub use film::{Film, Left};
pub use image::Survivors;
