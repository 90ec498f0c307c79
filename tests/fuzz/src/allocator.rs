//! The allocator of programs that are fuzzed: the system's, which counts what each thread has.
//!
//! An input that takes far more than it may would stop the machine before it could be told. So an allocation beyond the
//! largest amount says which input is under way, and aborts.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

#[global_allocator]
static COUNTING: Counting = Counting;

struct Counting;

thread_local! {
    /// Bytes that this thread has allocated and not freed. It is below zero if it frees what others have allocated.
    static HELD: Cell<isize> = const { Cell::new(0) };
    /// The most of it since it was last looked at.
    static PEAK: Cell<isize> = const { Cell::new(0) };
    /// The bytes from which on the process aborts.
    static MOST: Cell<isize> = const { Cell::new(isize::MAX) };
    /// What tells the input under way.
    static TELL: Cell<Option<fn()>> = const { Cell::new(None) };
}

/// Counts what the work needs, in bytes beyond what this thread has now. Beyond `most`, the process calls `tell` and aborts.
pub(crate) fn counted<T>(most: usize, tell: fn(), work: impl FnOnce() -> T) -> (T, usize) {
    let before = HELD.get();
    PEAK.set(before);
    TELL.set(Some(tell));
    MOST.set(before.saturating_add_unsigned(most));
    let done = work();
    uncounted();
    (done, usize::try_from(PEAK.get() - before).unwrap_or(0))
}

/// Stops the limit, because the work has ended.
pub(crate) fn uncounted() {
    MOST.set(isize::MAX);
}

fn took(bytes: usize) {
    let held = HELD.get().saturating_add_unsigned(bytes);
    HELD.set(held);
    PEAK.set(PEAK.get().max(held));
    if held > MOST.get() {
        // To tell it needs memory, too.
        uncounted();
        eprintln!("an allocation of {bytes} bytes goes far beyond the memory that an input may take");
        if let Some(tell) = TELL.get() {
            tell();
        }
        std::process::abort();
    }
}

fn gave(bytes: usize) {
    HELD.set(HELD.get().saturating_sub_unsigned(bytes));
}

#[expect(unsafe_code, reason = "only an unsafe trait can count allocations")]
// SAFETY: each call is that of the system's allocator with the same arguments.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        took(layout.size());
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        took(layout.size());
        // SAFETY: as the caller promises.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        gave(layout.size());
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        gave(layout.size());
        took(size);
        // SAFETY: as the caller promises.
        unsafe { System.realloc(pointer, layout, size) }
    }
}
