//! A file as SQLite sees it: the system's own behind it, and what the disk knows of it beside it.

use std::ffi::{c_int, c_void};
use std::ptr;
use std::sync::Arc;

use rusqlite::ffi;

use crate::counts::Kind;
use crate::disk::LEDGER;
use crate::ledger::Record;

/// A file of this disk. The system's own follows it in memory.
#[repr(C)]
struct File {
    /// First, because SQLite sees nothing else.
    base: ffi::sqlite3_file,
    /// What is known of the file; `None` for a temporary file, whose loss nobody mourns.
    record: Option<Arc<Record>>,
    /// Whether the next sync is the first one of a log or journal, with which the system's file system syncs the folder.
    syncs_folder: bool,
}

/// The memory that a file needs beside that of the system's.
pub(super) const OWN_BYTES: c_int = {
    let bytes = size_of::<File>();
    assert!(bytes < 256 && bytes.is_multiple_of(align_of::<u64>()));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_possible_wrap,
        reason = "asserted to be small"
    )]
    {
        bytes as c_int
    }
};

/// The functions of a file. Version 2: with shared memory, which a log needs, and without files mapped to memory, which
/// would be written behind the disk's back.
static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

/// Makes a file that is not open yet.
///
/// # Safety
///
/// `file` is memory of at least [`OWN_BYTES`] and what the system needs, aligned for pointers.
pub(super) unsafe fn prepare(file: *mut ffi::sqlite3_file, record: Option<Arc<Record>>, creates: bool) {
    let is_journal = record
        .as_ref()
        .is_some_and(|record| matches!(record.kind(), Kind::Log | Kind::Journal));
    let prepared = File {
        base: ffi::sqlite3_file {
            pMethods: ptr::null(),
        },
        record,
        syncs_folder: is_journal && creates,
    };
    // SAFETY: the caller's contract; the memory holds nothing that would have to be dropped.
    unsafe { file.cast::<File>().write(prepared) };
    // SAFETY: the system's file begins where this one ends.
    unsafe { (*inner(file)).pMethods = ptr::null() };
}

/// Completes the opening of a prepared file. If the system did not open it, SQLite will not close it.
///
/// # Safety
///
/// `file` was prepared, and the system has answered with `code`.
pub(super) unsafe fn opened(file: *mut ffi::sqlite3_file, code: c_int) {
    // SAFETY: the caller's contract.
    let (ours, inner) = unsafe { (&mut *file.cast::<File>(), &*inner(file)) };
    if code == ffi::SQLITE_OK || !inner.pMethods.is_null() {
        // With methods, SQLite closes the file even if it could not be opened.
        ours.base.pMethods = &raw const METHODS;
    } else {
        ours.record = None;
    }
}

/// Returns the system's file.
///
/// # Safety
///
/// `file` is memory of at least [`OWN_BYTES`] and what the system needs.
pub(super) unsafe fn inner(file: *mut ffi::sqlite3_file) -> *mut ffi::sqlite3_file {
    // SAFETY: `szOsFile` asks for the memory of both.
    unsafe { file.cast::<File>().add(1).cast() }
}

/// Returns what is known of a file that is open.
///
/// # Safety
///
/// `file` was prepared and is not closed.
unsafe fn record<'a>(file: *mut ffi::sqlite3_file) -> Option<&'a Record> {
    // SAFETY: the caller's contract.
    unsafe { (*file.cast::<File>()).record.as_deref() }
}

/// Asks the system's own function of the same name.
macro_rules! ask {
    ($file:expr, $method:ident $(, $argument:expr)*) => {{
        // SAFETY: SQLite calls with a file that it has opened.
        let inner = unsafe { inner($file) };
        // SAFETY: the system's file is open.
        match unsafe { (*(*inner).pMethods).$method } {
            // SAFETY: the arguments are those of the caller, whose contract is the same.
            Some(method) => unsafe { method(inner $(, $argument)*) },
            None => ffi::SQLITE_IOERR,
        }
    }};
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    let code = ask!(file, xClose);
    // SAFETY: the file was prepared, and SQLite does not use it again, whatever the code.
    unsafe { ptr::drop_in_place(file.cast::<File>()) };
    code
}

unsafe extern "C" fn read(file: *mut ffi::sqlite3_file, to: *mut c_void, bytes: c_int, at: i64) -> c_int {
    ask!(file, xRead, to, bytes, at)
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    from: *const c_void,
    bytes: c_int,
    at: i64,
) -> c_int {
    let code = ask!(file, xWrite, from, bytes, at);
    // SAFETY: the file is open.
    if let Some(record) = unsafe { record(file) }
        && code == ffi::SQLITE_OK
        && let (Ok(bytes), Ok(at)) = (usize::try_from(bytes), usize::try_from(at))
    {
        // SAFETY: SQLite hands that many bytes.
        record.wrote(at, unsafe { std::slice::from_raw_parts(from.cast(), bytes) });
    }
    code
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, length: i64) -> c_int {
    let code = ask!(file, xTruncate, length);
    // SAFETY: the file is open.
    if let Some(record) = unsafe { record(file) }
        && code == ffi::SQLITE_OK
        && let Ok(length) = usize::try_from(length)
    {
        record.truncated(length);
    }
    code
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, flags: c_int) -> c_int {
    // SAFETY: the file is open.
    let record = unsafe { record(file) };
    let latest = record.map(Record::syncing);
    let code = ask!(file, xSync, flags);
    // SAFETY: the file is open, and SQLite uses it from one thread at a time.
    let with_folder = unsafe { std::mem::take(&mut (*file.cast::<File>()).syncs_folder) };
    let delay = LEDGER.delay();
    if !delay.is_zero() {
        std::thread::sleep(delay * if with_folder { 2 } else { 1 });
    }
    if let Some((record, latest)) = record.zip(latest)
        && code == ffi::SQLITE_OK
    {
        record.synced(latest, with_folder);
    }
    code
}

unsafe extern "C" fn file_size(file: *mut ffi::sqlite3_file, out: *mut i64) -> c_int {
    ask!(file, xFileSize, out)
}

unsafe extern "C" fn lock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    ask!(file, xLock, level)
}

unsafe extern "C" fn unlock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    ask!(file, xUnlock, level)
}

unsafe extern "C" fn check_reserved_lock(file: *mut ffi::sqlite3_file, out: *mut c_int) -> c_int {
    ask!(file, xCheckReservedLock, out)
}

unsafe extern "C" fn file_control(
    file: *mut ffi::sqlite3_file,
    operation: c_int,
    argument: *mut c_void,
) -> c_int {
    ask!(file, xFileControl, operation, argument)
}

unsafe extern "C" fn sector_size(file: *mut ffi::sqlite3_file) -> c_int {
    ask!(file, xSectorSize)
}

unsafe extern "C" fn device_characteristics(file: *mut ffi::sqlite3_file) -> c_int {
    ask!(file, xDeviceCharacteristics)
}

unsafe extern "C" fn shm_map(
    file: *mut ffi::sqlite3_file,
    page: c_int,
    bytes: c_int,
    extend: c_int,
    out: *mut *mut c_void,
) -> c_int {
    ask!(file, xShmMap, page, bytes, extend, out)
}

unsafe extern "C" fn shm_lock(file: *mut ffi::sqlite3_file, offset: c_int, n: c_int, flags: c_int) -> c_int {
    ask!(file, xShmLock, offset, n, flags)
}

unsafe extern "C" fn shm_barrier(file: *mut ffi::sqlite3_file) {
    // SAFETY: SQLite calls with a file that it has opened.
    let inner = unsafe { inner(file) };
    // SAFETY: the system's file is open.
    if let Some(barrier) = unsafe { (*(*inner).pMethods).xShmBarrier } {
        // SAFETY: as above.
        unsafe { barrier(inner) };
    }
}

unsafe extern "C" fn shm_unmap(file: *mut ffi::sqlite3_file, delete: c_int) -> c_int {
    ask!(file, xShmUnmap, delete)
}
