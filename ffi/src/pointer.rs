//! From a caller's pointers to references, or to an error that names the argument.

use std::ffi::{CStr, c_char};

use crate::error::{Error, Outcome};

/// What a pointer points to.
///
/// # Safety
///
/// `pointer` is NULL or misaligned, or valid for reading a `T` for `'a`, which nobody writes meanwhile.
pub(crate) unsafe fn borrow<'a, T>(pointer: *const T, name: &str) -> Outcome<&'a T> {
    check(pointer, name)?;
    // SAFETY: neither NULL nor misaligned; the rest is this function's contract.
    Ok(unsafe { &*pointer })
}

/// What a pointer points to, to change it.
///
/// # Safety
///
/// `pointer` is NULL or misaligned, or valid for reading and writing a `T` for `'a`, which nobody else touches
/// meanwhile.
pub(crate) unsafe fn borrow_mut<'a, T>(pointer: *mut T, name: &str) -> Outcome<&'a mut T> {
    check(pointer, name)?;
    // SAFETY: neither NULL nor misaligned; the rest is this function's contract.
    Ok(unsafe { &mut *pointer })
}

/// A view's answer: `None` for NULL or a misaligned pointer. For functions that have no error to give.
///
/// # Safety
///
/// As [`borrow`].
pub(crate) unsafe fn view<'a, T>(pointer: *const T) -> Option<&'a T> {
    // SAFETY: the same promise.
    unsafe { borrow(pointer, "") }.ok()
}

/// A text.
///
/// # Safety
///
/// `pointer` is NULL, or valid for reading up to its NUL for `'a`.
pub(crate) unsafe fn text<'a>(pointer: *const c_char, name: &str) -> Outcome<&'a str> {
    check(pointer, name)?;
    // SAFETY: not NULL; the rest is this function's contract.
    let text = unsafe { CStr::from_ptr(pointer) };
    text.to_str().map_err(|error| Error::argument(format!("{name} is not UTF-8: {error}")))
}

/// A text that may be left out.
///
/// # Safety
///
/// As [`text`].
pub(crate) unsafe fn optional_text<'a>(pointer: *const c_char, name: &str) -> Outcome<Option<&'a str>> {
    if pointer.is_null() {
        return Ok(None);
    }
    // SAFETY: the same promise.
    unsafe { text(pointer, name) }.map(Some)
}

/// An array; NULL where it has nothing.
///
/// # Safety
///
/// `pointer` is NULL or misaligned, or valid for reading `length` items for `'a`, which nobody writes meanwhile.
pub(crate) unsafe fn slice<'a, T>(pointer: *const T, length: usize, name: &str) -> Outcome<&'a [T]> {
    if length == 0 {
        return Ok(&[]);
    }
    check(pointer, name)?;
    let bytes = length.checked_mul(size_of::<T>()).and_then(|bytes| isize::try_from(bytes).ok());
    if bytes.is_none() {
        return Err(Error::argument(format!("the length of {name} is more than memory can hold")));
    }
    // SAFETY: neither NULL nor misaligned, and short enough; the rest is this function's contract.
    Ok(unsafe { std::slice::from_raw_parts(pointer, length) })
}

/// Takes a handle back and drops it. NULL and misaligned pointers are left alone.
///
/// # Safety
///
/// `pointer` is NULL or misaligned, or was made by [`Box::into_raw`] and not freed since.
pub(crate) unsafe fn free<T>(pointer: *mut T) {
    if check(pointer, "").is_ok() {
        // A destructor that panics must not unwind into C.
        // SAFETY: this function's contract.
        let drop = || drop(unsafe { Box::from_raw(pointer) });
        let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(drop));
    }
}

/// Refuses NULL and misaligned pointers.
pub(crate) fn check<T>(pointer: *const T, name: &str) -> Outcome<()> {
    if pointer.is_null() {
        Err(Error::argument(format!("{name} is NULL")))
    } else if !pointer.is_aligned() {
        Err(Error::argument(format!("{name} is misaligned: it must be a multiple of {}", align_of::<T>())))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::ptr::null;

    use super::*;

    #[test]
    fn bad_pointers_are_named() {
        let numbers = [1_u64, 2];
        let odd = numbers.as_ptr().cast::<u8>().wrapping_add(1).cast::<u64>();
        // SAFETY: NULL and misaligned pointers are allowed; the others are to local variables.
        unsafe {
            assert_eq!(borrow::<u64>(null(), "rows").unwrap_err().message(), "rows is NULL");
            assert!(borrow(odd, "rows").unwrap_err().message().contains("misaligned"));
            assert_eq!(*borrow(numbers.as_ptr(), "rows").unwrap(), 1);
            assert_eq!(text(c"Southwark".as_ptr(), "area").unwrap(), "Southwark");
            assert!(text(c"\xff".as_ptr(), "area").unwrap_err().message().starts_with("area is not UTF-8"));
            assert_eq!(optional_text(null(), "area").unwrap(), None);
            assert_eq!(slice::<u8>(null(), 0, "csv").unwrap(), b"");
            assert!(slice::<u8>(null(), 1, "csv").is_err());
            assert!(slice(numbers.as_ptr(), usize::MAX / 4, "weights").is_err());
            assert!(slice(odd, 1, "weights").is_err());
            free::<String>(std::ptr::null_mut());
            free(Box::into_raw(Box::new(String::from("freed"))));
        }
    }
}
