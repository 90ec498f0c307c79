//! Texts in the form that C reads.

use std::collections::HashMap;
use std::ffi::{CString, c_char};

/// Texts that end with NUL, each held once. A pointer to a text is valid for the lifetime of this value.
///
/// The texts are held as raw pointers: a `CString` has sole access to its characters, so moving it would invalidate the
/// pointers to them.
#[derive(Debug, Default)]
pub(crate) struct Texts(HashMap<String, *mut c_char>);

impl Texts {
    /// A pointer to the text, which is held here from now on.
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
            // SAFETY: `into_raw` made the pointer, the length of the text has not changed, and it is freed once.
            drop(unsafe { CString::from_raw(*text) });
        }
    }
}

/// An instant as C reads it, "2017-04-20T08:30:00Z"; empty for none.
pub(crate) fn instant(at: Option<&prost_types::Timestamp>) -> String {
    let read = at.and_then(|at| jiff::Timestamp::new(at.seconds, at.nanos).ok());
    read.map(|at| at.to_string()).unwrap_or_default()
}

/// The identifier of a resource name: "mps" of "agencies/mps".
pub(crate) fn identifier(name: &str) -> &str {
    name.rsplit_once('/').map_or(name, |(_, identifier)| identifier)
}

/// The name of an enum's value as C reads it: "published" of "RELEASE_STATE_PUBLISHED". Empty if it is not stated.
pub(crate) fn value_name(name: &str, prefix: &str) -> String {
    let value = name.strip_prefix(prefix).unwrap_or(name).trim_start_matches('_').to_ascii_lowercase();
    if value == "unspecified" { String::new() } else { value }
}

/// A text that ends with NUL. C would take a NUL inside the text for its end, so U+FFFD replaces it.
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
    fn parts_of_messages_as_texts() {
        let at = prost_types::Timestamp { seconds: 1_492_677_000, nanos: 0 };
        assert_eq!((instant(Some(&at)).as_str(), instant(None).as_str()), ("2017-04-20T08:30:00Z", ""));
        assert_eq!((identifier("releases/2017-03"), identifier("mps"), identifier("")), ("2017-03", "mps", ""));
        assert_eq!(value_name("RELEASE_STATE_PUBLISHED", "RELEASE_STATE"), "published");
        assert_eq!(value_name("RELEASE_STATE_UNSPECIFIED", "RELEASE_STATE"), "");
    }

    #[test]
    fn a_text_is_not_cut_short() {
        assert_eq!(c_text("a\0b").to_str().unwrap(), "a\u{fffd}b");
    }
}
