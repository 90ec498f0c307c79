//! The allocator of the GNU C library: what it keeps of memory that was freed. Other allocators are left alone.

/// Lets threads share as many heaps as the machine has cores. By default there are eight times as many, and each keeps what
/// was freed in it. Call it before threads allocate.
pub(crate) fn share_heaps() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
        let heaps = i32::try_from(cores).unwrap_or(i32::MAX);
        #[expect(unsafe_code, reason = "only the C library can set this")]
        // SAFETY: mallopt takes two numbers, and any thread may call it at any time.
        let set = unsafe { libc::mallopt(libc::M_ARENA_MAX, heaps) };
        if set != 1 {
            tracing::warn!("the allocator has as many heaps as it likes: freed memory may stay with the process");
        }
    }
}

/// Gives memory that was freed back to the system. It takes milliseconds, in which other threads may wait for memory.
pub(crate) fn give_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        #[expect(unsafe_code, reason = "only the C library can do this")]
        // SAFETY: malloc_trim takes a number and touches only memory that is free, and any thread may call it at any time.
        unsafe {
            libc::malloc_trim(0);
        }
    }
}
