//! What every function of the interface does first and last.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// How a call ended (`peelian_status`). Numbers are never used again for something else.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Done: the outputs are written.
    Ok = 0,
    /// An argument is NULL or out of its range: nothing is written.
    InvalidArgument = 1,
    /// A fault of the library: nothing is written.
    Internal = 2,
}

/// Runs `work` and, if it succeeds, writes its result to `out`. A panic becomes [`Status::Internal`].
///
/// # Safety
///
/// `out` is NULL, or valid for writing one `T`.
pub(crate) unsafe fn write_result<T>(out: *mut T, work: impl FnOnce() -> Result<T, Status>) -> Status {
    if out.is_null() {
        return Status::InvalidArgument;
    }
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(value)) => {
            // SAFETY: not NULL, and valid for writing by this function's contract.
            unsafe { out.write(value) };
            Status::Ok
        }
        Ok(Err(status)) => status,
        Err(_) => Status::Internal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_does_not_cross() {
        let mut out = 7;
        // SAFETY: `out` is a local variable.
        let status = unsafe { write_result(&raw mut out, || panic!("a fault")) };
        assert_eq!((status, out), (Status::Internal, 7));
    }

    #[test]
    fn nothing_is_written_on_failure() {
        let mut out = 7;
        // SAFETY: `out` is a local variable.
        let status = unsafe { write_result(&raw mut out, || Err(Status::InvalidArgument)) };
        assert_eq!((status, out), (Status::InvalidArgument, 7));
    }

    #[test]
    fn null_is_refused() {
        // SAFETY: NULL is allowed.
        let status = unsafe { write_result(std::ptr::null_mut(), || Ok(1)) };
        assert_eq!(status, Status::InvalidArgument);
    }
}
