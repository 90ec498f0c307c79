//! What every function of the interface does first and last.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::{Error, Outcome, Status};
use crate::pointer::check;

/// Runs `work`; says how it ended, and puts the error where the caller wants it. A panic becomes
/// [`Status::Internal`].
///
/// # Safety
///
/// `error` is NULL, misaligned, or valid for writing a pointer.
pub(crate) unsafe fn attempt(error: *mut *mut Error, work: impl FnOnce() -> Outcome<()>) -> Status {
    let failure = match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(())) => return Status::Ok,
        Ok(Err(failure)) => failure,
        Err(panic) => Error::panic(panic.as_ref()),
    };
    let status = failure.status();
    if !error.is_null() && error.is_aligned() {
        // SAFETY: neither NULL nor misaligned, and valid for writing by this function's contract.
        unsafe { error.write(Box::into_raw(failure)) };
    }
    status
}

/// Runs `work` and, if it succeeds, writes its result to `out`.
///
/// # Safety
///
/// As [`attempt`], and `out` is NULL, misaligned, or valid for writing one `T`.
pub(crate) unsafe fn write<T>(out: *mut T, error: *mut *mut Error, work: impl FnOnce() -> Outcome<T>) -> Status {
    let work = || {
        check(out, "out")?;
        let done = work()?;
        // SAFETY: neither NULL nor misaligned, and valid for writing by this function's contract.
        unsafe { out.write(done) };
        Ok(())
    };
    // SAFETY: the same promise.
    unsafe { attempt(error, work) }
}

/// Runs `work` and, if it succeeds, writes a handle to its result to `out`. The caller frees it.
///
/// # Safety
///
/// As [`write`].
pub(crate) unsafe fn make<T>(out: *mut *mut T, error: *mut *mut Error, work: impl FnOnce() -> Outcome<T>) -> Status {
    // SAFETY: the same promise.
    unsafe { write(out, error, || work().map(|made| Box::into_raw(Box::new(made)))) }
}

/// Runs `work` and, if it succeeds and the caller wants it, writes a handle to its result to `out`.
///
/// # Safety
///
/// As [`write`].
pub(crate) unsafe fn make_if_wanted<T>(
    out: *mut *mut T,
    error: *mut *mut Error,
    work: impl FnOnce() -> Outcome<T>,
) -> Status {
    if out.is_null() {
        // SAFETY: the same promise.
        return unsafe { attempt(error, || work().map(drop)) };
    }
    // SAFETY: the same promise.
    unsafe { make(out, error, work) }
}

#[cfg(test)]
mod tests {
    use std::ptr::null_mut;

    use super::*;
    use crate::pointer::free;

    #[test]
    fn a_panic_does_not_cross() {
        let (mut out, mut error) = (7, null_mut());
        // SAFETY: both are local variables, and the error is freed once.
        unsafe {
            let status = write(&raw mut out, &raw mut error, || panic!("a fault"));
            assert_eq!((status, out), (Status::Internal, 7));
            assert!((*error).message().contains("a fault"));
            free(error);
        }
    }

    #[test]
    fn nothing_is_written_on_failure() {
        let mut out = 7;
        // SAFETY: `out` is a local variable, and NULL is allowed.
        let status = unsafe { write(&raw mut out, null_mut(), || Err(Error::argument("no"))) };
        assert_eq!((status, out), (Status::InvalidArgument, 7));
    }

    #[test]
    fn null_is_refused_before_any_work() {
        let mut error = null_mut();
        // SAFETY: NULL is allowed; `error` is a local variable, and freed once.
        unsafe {
            let status = write::<i32>(null_mut(), &raw mut error, || panic!("not called"));
            assert_eq!(status, Status::InvalidArgument);
            assert_eq!((*error).message(), "out is NULL");
            free(error);
            assert_eq!(make_if_wanted(null_mut(), null_mut(), || Ok(String::from("dropped"))), Status::Ok);
        }
    }

    #[test]
    fn a_misaligned_error_is_left_alone() {
        let mut space = [null_mut::<Error>(); 2];
        let odd = (&raw mut space).cast::<u8>().wrapping_add(1).cast::<*mut Error>();
        // SAFETY: misaligned pointers are allowed.
        let status = unsafe { attempt(odd, || Err(Error::argument("no"))) };
        assert_eq!((status, space), (Status::InvalidArgument, [null_mut(); 2]));
    }
}
