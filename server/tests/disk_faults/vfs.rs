//! SQLite's way to the disk with faults in it: every write, sync and truncation of a database file can fail.
//!
//! The default VFS is copied and each file that it opens gets a table of methods in which three are ours. They do what
//! the original does, or fail as it would.

#![allow(unsafe_code, reason = "SQLite's interface to the operating system is one of C function pointers")]

use std::ffi::{c_char, c_int, c_void};
use std::sync::Once;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use libsqlite3_sys as ffi;

/// What a fault is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The disk reports an error; nothing is written.
    InputOutput,
    /// Half of the bytes are written, then there is no room.
    Short,
    /// There is no room; nothing is written.
    Full,
}

impl Kind {
    pub const ALL: [Self; 3] = [Self::InputOutput, Self::Short, Self::Full];
}

static CALLS: AtomicU64 = AtomicU64::new(0);
static FIRST: AtomicU64 = AtomicU64::new(u64::MAX);
static COUNT: AtomicU64 = AtomicU64::new(0);
static KIND: AtomicU8 = AtomicU8::new(0);

/// Counts from 0 again and lets so many calls fail, beginning with the `first`.
pub fn arm(first: u64, count: u64, kind: Kind) {
    let number = Kind::ALL.iter().position(|known| *known == kind).unwrap();
    KIND.store(number as u8, Ordering::SeqCst);
    COUNT.store(count, Ordering::SeqCst);
    CALLS.store(0, Ordering::SeqCst);
    FIRST.store(first, Ordering::SeqCst);
}

/// Lets everything go well; answers with the calls since [`arm`].
pub fn disarm() -> u64 {
    FIRST.store(u64::MAX, Ordering::SeqCst);
    CALLS.load(Ordering::SeqCst)
}

/// The fault of this call, if it is to fail.
fn fault() -> Option<Kind> {
    let (call, first) = (CALLS.fetch_add(1, Ordering::SeqCst), FIRST.load(Ordering::SeqCst));
    let fails = call >= first && call - first < COUNT.load(Ordering::SeqCst);
    fails.then(|| Kind::ALL[KIND.load(Ordering::SeqCst) as usize])
}

/// A table of methods, with the one that it was made of behind it.
#[repr(C)]
struct Patched {
    methods: ffi::sqlite3_io_methods,
    original: ffi::sqlite3_io_methods,
}

/// The original methods of an open file.
///
/// # Safety
/// `file` was opened by [`open`].
unsafe fn original<'a>(file: *mut ffi::sqlite3_file) -> &'a ffi::sqlite3_io_methods {
    // SAFETY: `open` has set the table, which lives as long as the process.
    unsafe { &(*(*file).pMethods.cast::<Patched>()).original }
}

unsafe extern "C" fn write(file: *mut ffi::sqlite3_file, bytes: *const c_void, count: c_int, at: i64) -> c_int {
    // SAFETY: SQLite calls this with what it would call the original with.
    let write = |count| unsafe { original(file).xWrite.unwrap()(file, bytes, count, at) };
    match fault() {
        None => write(count),
        Some(Kind::InputOutput) => ffi::SQLITE_IOERR_WRITE,
        Some(Kind::Full) => ffi::SQLITE_FULL,
        Some(Kind::Short) => {
            write(count / 2);
            ffi::SQLITE_FULL
        }
    }
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, size: i64) -> c_int {
    match fault() {
        // SAFETY: as in `write`.
        None => unsafe { original(file).xTruncate.unwrap()(file, size) },
        Some(_) => ffi::SQLITE_IOERR_TRUNCATE,
    }
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, flags: c_int) -> c_int {
    match fault() {
        // SAFETY: as in `write`.
        None => unsafe { original(file).xSync.unwrap()(file, flags) },
        Some(_) => ffi::SQLITE_IOERR_FSYNC,
    }
}

static mut DEFAULT: *mut ffi::sqlite3_vfs = std::ptr::null_mut();

unsafe extern "C" fn open(
    vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    given: *mut c_int,
) -> c_int {
    // SAFETY: `install` has set the default before this could be called; the copy has all that it reads of it.
    unsafe {
        let opened = (*DEFAULT).xOpen.unwrap()(vfs, name, file, flags, given);
        if opened == ffi::SQLITE_OK && !(*file).pMethods.is_null() {
            let original = *(*file).pMethods;
            let methods = ffi::sqlite3_io_methods {
                xWrite: Some(write),
                xTruncate: Some(truncate),
                xSync: Some(sync),
                ..original
            };
            // A few bytes a file, for the life of a test.
            (*file).pMethods = &raw const Box::leak(Box::new(Patched { methods, original })).methods;
        }
        opened
    }
}

/// Lets every database that this process opens from now on use it.
pub fn install() {
    static ONCE: Once = Once::new();
    // SAFETY: nothing has opened a database yet, and the copy lives as long as the process.
    ONCE.call_once(|| unsafe {
        assert_eq!(ffi::sqlite3_initialize(), ffi::SQLITE_OK);
        DEFAULT = ffi::sqlite3_vfs_find(std::ptr::null());
        let copy = ffi::sqlite3_vfs { zName: c"faulty".as_ptr(), xOpen: Some(open), ..*DEFAULT };
        assert_eq!(ffi::sqlite3_vfs_register(Box::leak(Box::new(copy)), 1), ffi::SQLITE_OK);
    });
}
