//! The frame of every exported function that can fail: it catches panics and returns a status.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::{Error, Outcome, Status};
use crate::pointer::Out;

/// Runs `work`, returns its status, and gives the caller the error if the caller wants it. A panic becomes
/// [`Status::Internal`].
pub(crate) fn attempt(error: Out<'_, *mut Error>, work: impl FnOnce() -> Outcome<()>) -> Status {
    let failure = match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(())) => return Status::Ok,
        Ok(Err(failure)) => failure,
        Err(panic) => Error::panic(panic.as_ref()),
    };
    let status = failure.status();
    if let Ok(error) = error.get("error") {
        error.write(Box::into_raw(failure));
    }
    status
}

/// Runs `work` and, if it succeeds, writes its result to `out`.
pub(crate) fn write<T>(out: Out<'_, T>, error: Out<'_, *mut Error>, work: impl FnOnce() -> Outcome<T>) -> Status {
    attempt(error, || {
        let out = out.get("out")?;
        out.write(work()?);
        Ok(())
    })
}

/// Runs `work` and, if it succeeds, writes a pointer to its result to `out`. The caller frees the result.
pub(crate) fn make<T>(out: Out<'_, *mut T>, error: Out<'_, *mut Error>, work: impl FnOnce() -> Outcome<T>) -> Status {
    write(out, error, || work().map(|made| Box::into_raw(Box::new(made))))
}

/// Runs `work` and, if it succeeds and `out` is not NULL, writes a pointer to its result to `out`.
pub(crate) fn make_if_wanted<T>(
    out: Out<'_, *mut T>,
    error: Out<'_, *mut Error>,
    work: impl FnOnce() -> Outcome<T>,
) -> Status {
    attempt(error, || {
        let out = out.optional("out")?;
        let made = work()?;
        if let Some(out) = out {
            out.write(Box::into_raw(Box::new(made)));
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use std::ptr::null_mut;

    use super::*;

    /// Takes an error back from a caller.
    fn taken(error: *mut Error) -> Box<Error> {
        // SAFETY: `attempt` made the error, and it is freed once.
        unsafe { Box::from_raw(error) }
    }

    #[test]
    fn a_panic_does_not_cross() {
        let (mut out, mut error) = (7, null_mut());
        let status = write(Out::from(&mut out), Out::from(&mut error), || panic!("a fault"));
        assert_eq!((status, out), (Status::Internal, 7));
        assert!(taken(error).message().contains("a fault"));
    }

    #[test]
    fn nothing_is_written_on_failure() {
        let mut out = 7;
        let status = write(Out::from(&mut out), Out::NULL, || Err(Error::argument("no")));
        assert_eq!((status, out), (Status::InvalidArgument, 7));
    }

    #[test]
    fn null_is_refused_before_any_work() {
        let mut error = null_mut();
        let status = write::<i32>(Out::NULL, Out::from(&mut error), || panic!("not called"));
        assert_eq!(status, Status::InvalidArgument);
        assert_eq!(taken(error).message(), "out is NULL");
        assert_eq!(make_if_wanted(Out::NULL, Out::NULL, || Ok(String::from("dropped"))), Status::Ok);
    }

    #[test]
    fn a_misaligned_error_is_left_alone() {
        let mut space = [null_mut::<Error>(); 2];
        let status = attempt(Out::misaligned(&mut space), || Err(Error::argument("no")));
        assert_eq!((status, space), (Status::InvalidArgument, [null_mut(); 2]));
    }
}
