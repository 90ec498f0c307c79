//! The types of the pointers that the exported functions take.
//!
//! Each type is a pointer of C together with a promise about it. A C program gives the promise when it calls: the head of
//! the header states it. Rust code gives it when it makes a value of the type. So this file is the only place that turns
//! an argument into a reference, and the functions that take these types need no unsafe code for it.
//!
//! `tests/header.rs` gives cbindgen the plain pointers in place of these types.

use std::ffi::{CStr, c_char};
use std::fmt;
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Why an argument cannot be used. The message names the argument.
#[derive(Debug)]
pub(crate) struct BadArgument(String);

impl fmt::Display for BadArgument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a function reads: `const T *`.
///
/// The promise: the pointer is NULL or misaligned, or it is valid for reading a `T` for `'a` and nobody writes the `T`
/// during that time.
#[repr(transparent)]
#[derive(Debug)]
pub struct In<'a, T>(*const T, PhantomData<&'a T>);

/// What a function changes: `T *`.
///
/// The promise: the pointer is NULL or misaligned, or it is valid for reading and writing a `T` for `'a` and nobody else
/// uses the `T` during that time.
#[repr(transparent)]
#[derive(Debug)]
pub struct InOut<'a, T>(*mut T, PhantomData<&'a mut T>);

/// Where a function puts an output: `T *`. The `T` there is not read.
///
/// The promise: the pointer is NULL or misaligned, or it is valid for writing a `T` for `'a` and nobody else uses that
/// place during that time.
#[repr(transparent)]
#[derive(Debug)]
pub struct Out<'a, T>(*mut T, PhantomData<&'a mut T>);

/// A text: `const char *`.
///
/// The promise: the pointer is NULL, or it is valid for reading up to the first NUL for `'a` and nobody writes the text
/// during that time.
#[repr(transparent)]
#[derive(Debug)]
pub struct Text<'a>(*const c_char, PhantomData<&'a c_char>);

/// The first item of an array, `const T *`. Another argument has the length of the array.
///
/// The promise: the pointer is NULL or misaligned, or it is valid for reading as many `T` as the other argument says, for
/// `'a`, and nobody writes them during that time.
#[repr(transparent)]
#[derive(Debug)]
pub struct Array<'a, T>(*const T, PhantomData<&'a [T]>);

/// What a function reads, as an item of an array of `T *`. C does not convert such an array to an array of `const T *`.
///
/// The promise is that of [`In`].
#[repr(transparent)]
#[derive(Debug)]
pub struct Item<'a, T>(*mut T, PhantomData<&'a T>);

/// An object that the caller gives back: `T *`.
///
/// The promise: the pointer is NULL or misaligned, or [`Box::into_raw`] made it and nobody uses it from now on.
#[repr(transparent)]
#[derive(Debug)]
pub struct Owned<T>(*mut T);

impl<'a, T> In<'a, T> {
    /// The `T`.
    pub(crate) fn get(&self, name: &str) -> Result<&'a T, BadArgument> {
        check(self.0, name)?;
        // SAFETY: the pointer is neither NULL nor misaligned, so the promise of the type makes it valid.
        Ok(unsafe { &*self.0 })
    }

    /// The `T`, where it may be left out.
    pub(crate) fn optional(&self, name: &str) -> Result<Option<&'a T>, BadArgument> {
        if self.0.is_null() { Ok(None) } else { self.get(name).map(Some) }
    }

    /// The `T`; `None` for a pointer that is NULL or misaligned. For functions that return no error.
    pub(crate) fn view(&self) -> Option<&'a T> {
        self.get("").ok()
    }
}

impl<'a, T> Item<'a, T> {
    /// The `T`.
    pub(crate) fn get(&self, name: &str) -> Result<&'a T, BadArgument> {
        In(self.0, PhantomData).get(name)
    }
}

impl<'a, T> InOut<'a, T> {
    /// The `T`.
    pub(crate) fn get(self, name: &str) -> Result<&'a mut T, BadArgument> {
        check(self.0, name)?;
        // SAFETY: the pointer is neither NULL nor misaligned, so the promise of the type makes it valid.
        Ok(unsafe { &mut *self.0 })
    }

    /// The `T`, where it may be left out.
    pub(crate) fn optional(self, name: &str) -> Result<Option<&'a mut T>, BadArgument> {
        if self.0.is_null() { Ok(None) } else { self.get(name).map(Some) }
    }
}

impl<'a, T> Out<'a, T> {
    /// The place of the output.
    pub(crate) fn get(self, name: &str) -> Result<&'a mut MaybeUninit<T>, BadArgument> {
        check(self.0, name)?;
        // SAFETY: the pointer is neither NULL nor misaligned, so the promise of the type makes it valid for writing.
        // `MaybeUninit<T>` has the layout of `T`.
        Ok(unsafe { &mut *self.0.cast() })
    }

    /// The place of the output, where it may be left out.
    pub(crate) fn optional(self, name: &str) -> Result<Option<&'a mut MaybeUninit<T>>, BadArgument> {
        if self.0.is_null() { Ok(None) } else { self.get(name).map(Some) }
    }

    /// The places of an array of outputs.
    ///
    /// # Safety
    ///
    /// The promise of the type holds for `length` items.
    pub(crate) unsafe fn slice(self, length: usize, name: &str) -> Result<&'a mut [MaybeUninit<T>], BadArgument> {
        check(self.0, name)?;
        check_length::<T>(length, name)?;
        // SAFETY: the pointer is neither NULL nor misaligned, so the promise of the type makes it valid for writing. The
        // array is not too long. `MaybeUninit<T>` has the layout of `T`.
        Ok(unsafe { std::slice::from_raw_parts_mut(self.0.cast(), length) })
    }

    /// The places of an array of outputs, where it may be left out.
    ///
    /// # Safety
    ///
    /// As [`Out::slice`].
    pub(crate) unsafe fn optional_slice(
        self,
        length: usize,
        name: &str,
    ) -> Result<Option<&'a mut [MaybeUninit<T>]>, BadArgument> {
        // SAFETY: the promise is the same.
        if self.0.is_null() { Ok(None) } else { unsafe { self.slice(length, name) }.map(Some) }
    }
}

impl<'a> Text<'a> {
    /// The text.
    pub(crate) fn get(&self, name: &str) -> Result<&'a str, BadArgument> {
        check(self.0, name)?;
        // SAFETY: the pointer is not NULL, so the promise of the type makes it valid.
        let text = unsafe { CStr::from_ptr(self.0) };
        text.to_str().map_err(|error| BadArgument(format!("{name} is not UTF-8: {error}")))
    }

    /// The text, where it may be left out.
    pub(crate) fn optional(&self, name: &str) -> Result<Option<&'a str>, BadArgument> {
        if self.0.is_null() { Ok(None) } else { self.get(name).map(Some) }
    }
}

impl<'a, T> Array<'a, T> {
    /// The items. An array without items may be NULL.
    ///
    /// # Safety
    ///
    /// `length` is the other argument of which the promise of the type speaks.
    pub(crate) unsafe fn slice(&self, length: usize, name: &str) -> Result<&'a [T], BadArgument> {
        if length == 0 {
            return Ok(&[]);
        }
        check(self.0, name)?;
        check_length::<T>(length, name)?;
        // SAFETY: the pointer is neither NULL nor misaligned, so the promise of the type makes it valid. The array is not
        // too long.
        Ok(unsafe { std::slice::from_raw_parts(self.0, length) })
    }

    /// The items, where the array may be left out.
    ///
    /// # Safety
    ///
    /// As [`Array::slice`].
    pub(crate) unsafe fn optional_slice(&self, length: usize, name: &str) -> Result<Option<&'a [T]>, BadArgument> {
        // SAFETY: the promise is the same.
        if self.0.is_null() { Ok(None) } else { unsafe { self.slice(length, name) }.map(Some) }
    }
}

impl<T> Owned<T> {
    /// Drops the object. Leaves a pointer that is NULL or misaligned alone.
    pub(crate) fn free(self) {
        if check(self.0, "").is_ok() {
            // SAFETY: the pointer is neither NULL nor misaligned, so the promise of the type makes the object ours.
            let drop = || drop(unsafe { Box::from_raw(self.0) });
            // A destructor that panics must not unwind into C.
            let _ = catch_unwind(AssertUnwindSafe(drop));
        }
    }
}

/// Refuses a pointer that is NULL or misaligned.
fn check<T>(pointer: *const T, name: &str) -> Result<(), BadArgument> {
    if pointer.is_null() {
        Err(BadArgument(format!("{name} is NULL")))
    } else if !pointer.is_aligned() {
        Err(BadArgument(format!("{name} is misaligned: it must be a multiple of {}", align_of::<T>())))
    } else {
        Ok(())
    }
}

/// Refuses an array that is larger than an object can be.
fn check_length<T>(length: usize, name: &str) -> Result<(), BadArgument> {
    let bytes = length.checked_mul(size_of::<T>()).and_then(|bytes| isize::try_from(bytes).ok());
    match bytes {
        Some(_) => Ok(()),
        None => Err(BadArgument(format!("the length of {name} is more than memory can hold"))),
    }
}

/// Arguments from references, which keep the promises by their own rules.
#[cfg(test)]
mod from_references {
    use std::ptr::{null, null_mut};

    use super::*;

    impl<'a, T> From<&'a T> for In<'a, T> {
        fn from(value: &'a T) -> Self {
            Self(value, PhantomData)
        }
    }

    impl<T> In<'_, T> {
        pub(crate) const NULL: Self = Self(null(), PhantomData);
    }

    impl<'a, T> From<&'a mut T> for Out<'a, T> {
        fn from(place: &'a mut T) -> Self {
            Self(place, PhantomData)
        }
    }

    impl<'a, T> From<&'a mut T> for InOut<'a, T> {
        fn from(value: &'a mut T) -> Self {
            Self(value, PhantomData)
        }
    }

    impl<'a, T> Out<'a, T> {
        pub(crate) const NULL: Self = Self(null_mut(), PhantomData);

        /// A pointer that is misaligned for `T`, which is at least two bytes wide.
        pub(crate) fn misaligned(space: &'a mut [T; 2]) -> Self {
            Self(space.as_mut_ptr().wrapping_byte_add(1), PhantomData)
        }
    }

    impl<'a> From<&'a CStr> for Text<'a> {
        fn from(text: &'a CStr) -> Self {
            Self(text.as_ptr(), PhantomData)
        }
    }

    impl Text<'_> {
        pub(crate) const NULL: Self = Self(null(), PhantomData);
    }

    impl<'a, T> From<&'a [T]> for Array<'a, T> {
        fn from(items: &'a [T]) -> Self {
            Self(items.as_ptr(), PhantomData)
        }
    }

    impl<T> Array<'_, T> {
        pub(crate) const NULL: Self = Self(null(), PhantomData);
    }

    impl<T> From<Box<T>> for Owned<T> {
        fn from(object: Box<T>) -> Self {
            Self(Box::into_raw(object))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ptr::{null, null_mut};

    use super::*;

    fn refusal<T: fmt::Debug>(result: Result<T, BadArgument>) -> String {
        result.unwrap_err().to_string()
    }

    #[test]
    fn bad_pointers_are_named() {
        let numbers = [1_u64, 2];
        assert_eq!(refusal(In::<u64>::NULL.get("rows")), "rows is NULL");
        assert!(refusal(In(numbers.as_ptr().wrapping_byte_add(1), PhantomData).get("rows")).contains("misaligned"));
        assert_eq!(*In::from(&numbers[0]).get("rows").unwrap(), 1);
        assert!(In::<u64>::NULL.view().is_none() && In::<u64>::NULL.optional("rows").unwrap().is_none());
        assert_eq!(refusal(InOut::<u64>(null_mut(), PhantomData).get("rows")), "rows is NULL");
        assert_eq!(refusal(Out::<u64>::NULL.get("out")), "out is NULL");
    }

    #[test]
    fn texts_are_utf_8() {
        assert_eq!(Text::from(c"Southwark").get("area").unwrap(), "Southwark");
        assert!(refusal(Text::from(c"\xff").get("area")).starts_with("area is not UTF-8"));
        assert_eq!(Text::NULL.optional("area").unwrap(), None);
    }

    #[test]
    fn arrays_have_their_length() {
        let numbers = [1_u64, 2];
        let array = Array::from(&numbers[..]);
        // SAFETY: the lengths are no larger than that of the array, or are refused before anything is read.
        unsafe {
            assert_eq!(array.slice(2, "weights").unwrap(), numbers);
            assert_eq!(Array::<u8>(null(), PhantomData).slice(0, "csv").unwrap(), b"");
            assert_eq!(refusal(Array::<u8>(null(), PhantomData).slice(1, "csv")), "csv is NULL");
            assert!(refusal(array.slice(usize::MAX / 4, "weights")).contains("more than memory can hold"));
            let odd = Array(numbers.as_ptr().wrapping_byte_add(1), PhantomData);
            assert!(refusal(odd.slice(1, "weights")).contains("misaligned"));
        }
    }

    #[test]
    fn outputs_are_written() {
        let mut number = 1_u64;
        Out::from(&mut number).get("out").unwrap().write(2);
        assert_eq!(number, 2);
        // SAFETY: one item is one item.
        unsafe { Out::from(&mut number).optional_slice(1, "out") }.unwrap().unwrap()[0].write(3);
        assert_eq!(number, 3);
    }

    #[test]
    fn objects_are_freed() {
        Owned::<String>(null_mut()).free();
        Owned::from(Box::new(String::from("freed"))).free();
    }
}
