//! How the program keeps memory.

/// Buffers of this size or more are given back to the system when they are freed, in bytes. A million parameters are
/// four times as much.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const LARGE_BYTES: libc::c_int = 1 << 20;

/// Has the allocator give large buffers back as soon as they are freed. glibc's does so at first only: once one was freed
/// it takes the next from a heap of the thread, and what a merge takes then grows with the number of its updates.
/// Allocators other than glibc's are left as they are.
/// Called before the process has a second thread: what the other threads have been given by then would not follow it. Says
/// whether the allocator took it.
pub(crate) fn give_large_buffers_back() -> bool {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: the function takes two numbers, and sets one of the allocator's under the allocator's own lock.
    #[allow(unsafe_code, reason = "no other door to the allocator's settings from inside the program")]
    let taken = unsafe { libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE_BYTES) };
    #[cfg(not(all(target_os = "linux", target_env = "gnu")))]
    let taken = 1;
    taken != 0
}
