//! The file system as SQLite sees it: a table of C functions, each of which asks the system's own.
//!
//! What the functions here rely on, because SQLite promises it for every `sqlite3_vfs`: the pointers it passes are valid
//! for the call, names end with a zero and are null only for temporary files, and a file's memory is as large as
//! `szOsFile` says, aligned for pointers, and handed to `xOpen` before any other function of the file.
#![allow(unsafe_code, reason = "SQLite takes a file system as a table of C functions")]

mod file;

use std::ffi::{CStr, OsStr, c_char, c_int};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::ptr;

use rusqlite::ffi;

use crate::counts::Kind;
use crate::disk::LEDGER;
use crate::error::DiskError;

/// The name of the disk, as C reads it.
const NAME: &CStr = c"durable-testdisk";

/// Registers the file system, or makes it the default if it is registered already.
pub(crate) fn register(as_default: bool) -> Result<(), DiskError> {
    // SAFETY: the name ends with a zero; the functions of SQLite may be called from any thread.
    let ours = unsafe { ffi::sqlite3_vfs_find(NAME.as_ptr()) };
    let vfs = if ours.is_null() {
        // SAFETY: null asks for the default.
        let system = unsafe { ffi::sqlite3_vfs_find(ptr::null()) };
        if system.is_null() {
            return Err(DiskError::NoSystem);
        }
        // SQLite keeps the pointer until the process ends, and so does this.
        Box::into_raw(Box::new(table(system)))
    } else if as_default {
        ours
    } else {
        return Ok(());
    };
    // SAFETY: the table lives for ever, and its functions keep the contract of the module.
    match unsafe { ffi::sqlite3_vfs_register(vfs, c_int::from(as_default)) } {
        ffi::SQLITE_OK => Ok(()),
        code => Err(DiskError::Refused(code)),
    }
}

fn table(system: *mut ffi::sqlite3_vfs) -> ffi::sqlite3_vfs {
    // SAFETY: SQLite returned the pointer, and never frees what it points to.
    let (size, name_max) = unsafe { ((*system).szOsFile, (*system).mxPathname) };
    ffi::sqlite3_vfs {
        // Without the functions of version 3, which replace system calls.
        iVersion: 2,
        szOsFile: file::OWN_BYTES + size,
        mxPathname: name_max,
        pNext: ptr::null_mut(),
        zName: NAME.as_ptr(),
        pAppData: system.cast(),
        xOpen: Some(open),
        xDelete: Some(delete),
        xAccess: Some(access),
        xFullPathname: Some(full_pathname),
        // No extension is loaded through this disk.
        xDlOpen: None,
        xDlError: None,
        xDlSym: None,
        xDlClose: None,
        xRandomness: Some(randomness),
        xSleep: Some(sleep),
        xCurrentTime: Some(current_time),
        xGetLastError: Some(last_error),
        xCurrentTimeInt64: Some(current_time_int64),
        xSetSystemCall: None,
        xGetSystemCall: None,
        xNextSystemCall: None,
    }
}

/// Returns the system's own file system.
///
/// # Safety
///
/// `vfs` points to a table made by [`table`].
unsafe fn system_of(vfs: *mut ffi::sqlite3_vfs) -> *mut ffi::sqlite3_vfs {
    // SAFETY: `table` put the pointer there.
    unsafe { (*vfs).pAppData.cast() }
}

/// Asks the system's own function of the same name.
macro_rules! ask {
    ($vfs:expr, $function:ident, $($argument:expr),*) => {{
        // SAFETY: SQLite calls with the table that it was given.
        let system = unsafe { system_of($vfs) };
        // SAFETY: the pointer came from SQLite.
        match unsafe { (*system).$function } {
            // SAFETY: the arguments are those of the caller, whose contract is the same.
            Some(function) => unsafe { function(system, $($argument),*) },
            None => ffi::SQLITE_ERROR.into(),
        }
    }};
}

unsafe extern "C" fn open(
    vfs: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    opened: *mut ffi::sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    // SAFETY: the name is null or ends with a zero.
    let path = (!name.is_null()).then(|| unsafe { path(name) });
    let creates = flags & ffi::SQLITE_OPEN_CREATE != 0;
    let record = path.map(|path| LEDGER.opening(path, kind(flags), creates));
    // SAFETY: SQLite gives as much memory as `szOsFile` asks for.
    unsafe { file::prepare(opened, record, creates) };
    // SAFETY: the memory was just prepared.
    let inner = unsafe { file::inner(opened) };
    let code = ask!(vfs, xOpen, name, inner, flags, out_flags);
    // SAFETY: both files are prepared; the system's is open if the code says so.
    unsafe { file::opened(opened, code) };
    code
}

unsafe extern "C" fn delete(vfs: *mut ffi::sqlite3_vfs, name: *const c_char, sync_folder: c_int) -> c_int {
    let code = ask!(vfs, xDelete, name, sync_folder);
    if code == ffi::SQLITE_OK {
        // SAFETY: the name of a file to delete is not null.
        LEDGER.removed(unsafe { path(name) }, sync_folder != 0);
    }
    code
}

unsafe extern "C" fn access(
    vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    ask!(vfs, xAccess, name, flags, out)
}

unsafe extern "C" fn full_pathname(
    vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    bytes: c_int,
    out: *mut c_char,
) -> c_int {
    ask!(vfs, xFullPathname, name, bytes, out)
}

unsafe extern "C" fn randomness(vfs: *mut ffi::sqlite3_vfs, bytes: c_int, out: *mut c_char) -> c_int {
    ask!(vfs, xRandomness, bytes, out)
}

unsafe extern "C" fn sleep(vfs: *mut ffi::sqlite3_vfs, microseconds: c_int) -> c_int {
    ask!(vfs, xSleep, microseconds)
}

unsafe extern "C" fn current_time(vfs: *mut ffi::sqlite3_vfs, out: *mut f64) -> c_int {
    ask!(vfs, xCurrentTime, out)
}

unsafe extern "C" fn last_error(vfs: *mut ffi::sqlite3_vfs, bytes: c_int, out: *mut c_char) -> c_int {
    ask!(vfs, xGetLastError, bytes, out)
}

unsafe extern "C" fn current_time_int64(vfs: *mut ffi::sqlite3_vfs, out: *mut ffi::sqlite3_int64) -> c_int {
    ask!(vfs, xCurrentTimeInt64, out)
}

/// Returns the path that a name stands for.
///
/// # Safety
///
/// The name is not null, ends with a zero, and outlives what is returned.
unsafe fn path<'a>(name: *const c_char) -> &'a Path {
    // SAFETY: the caller's contract.
    let name = unsafe { CStr::from_ptr(name) };
    Path::new(OsStr::from_bytes(name.to_bytes()))
}

fn kind(flags: c_int) -> Kind {
    if flags & ffi::SQLITE_OPEN_MAIN_DB != 0 {
        Kind::Database
    } else if flags & ffi::SQLITE_OPEN_WAL != 0 {
        Kind::Log
    } else if flags & ffi::SQLITE_OPEN_MAIN_JOURNAL != 0 {
        Kind::Journal
    } else {
        Kind::Other
    }
}
