//! Texts as C reads them.

use std::collections::HashMap;
use std::ffi::{CString, c_char};

/// Texts that end with NUL, each held once. A pointer to one is valid for as long as this lives.
///
/// They are held as raw pointers: moving a `CString`, which owns its characters alone, would invalidate the pointers to
/// them.
#[derive(Debug, Default)]
pub(crate) struct Texts(HashMap<String, *mut c_char>);

impl Texts {
    /// The text, held here from now on.
    pub(crate) fn keep(&mut self, text: &str) -> *const c_char {
        if let Some(held) = self.0.get(text) {
            return *held;
        }
        let held = c_text(text).into_raw();
        self.0.insert(text.to_owned(), held);
        held
    }
}

impl Drop for Texts {
    fn drop(&mut self) {
        for text in self.0.values() {
            // SAFETY: it was made by `into_raw`, its length is as it was, and it is freed once.
            drop(unsafe { CString::from_raw(*text) });
        }
    }
}

/// A text with its NUL. A NUL within, which C would take for the end, becomes U+FFFD.
pub(crate) fn c_text(text: &str) -> CString {
    CString::new(text.replace('\0', "\u{fffd}")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::ffi::CStr;

    use super::*;

    #[test]
    fn texts_stay_where_they_are() {
        let mut texts = Texts::default();
        let pointers: Vec<_> = (0..100).map(|number| texts.keep(&number.to_string())).collect();
        assert_eq!(texts.keep("7"), pointers[7]);
        let moved = Box::new(texts);
        for (number, pointer) in pointers.into_iter().enumerate() {
            // SAFETY: `moved` holds it.
            assert_eq!(unsafe { CStr::from_ptr(pointer) }.to_str().unwrap(), number.to_string());
        }
        drop(moved);
    }

    #[test]
    fn a_text_is_not_cut_short() {
        assert_eq!(c_text("a\0b").to_str().unwrap(), "a\u{fffd}b");
    }
}
