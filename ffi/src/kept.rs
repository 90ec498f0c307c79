//! What views point to: texts, and lists of texts and of other views.

use std::any::Any;
use std::ffi::c_char;

use crate::texts::Texts;
use crate::views::Views;

/// The texts and lists that views point to.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    texts: Texts,
    lists: Vec<Box<dyn Any>>,
}

/// An array of pointers, and its length.
pub(crate) type List<T> = (*const *const T, usize);

impl Kept {
    /// A text.
    pub(crate) fn text(&mut self, text: &str) -> *const c_char {
        self.texts.keep(text)
    }

    /// Views of items.
    pub(crate) fn list<T: 'static>(&mut self, items: Vec<T>) -> List<T> {
        let views = Views::from(items);
        let list = (views.array(), views.len());
        self.lists.push(Box::new(views));
        list
    }

    /// Texts.
    pub(crate) fn texts(&mut self, texts: &[String]) -> List<c_char> {
        let texts: Vec<*const c_char> = texts.iter().map(|text| self.text(text)).collect();
        let list = (texts.as_ptr(), texts.len());
        self.lists.push(Box::new(texts));
        list
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::CStr;

    use super::*;

    #[test]
    fn lists_stay_where_they_are() {
        let mut kept = Kept::default();
        let (names, name_count) = kept.texts(&["a".to_owned(), "b".to_owned()]);
        let (numbers, number_count) = kept.list(vec![7_u64, 8]);
        let (none, none_count) = kept.texts(&[]);
        let moved = Box::new(kept);
        // SAFETY: `moved` holds the lists.
        unsafe {
            assert_eq!((CStr::from_ptr(*names.add(1)), name_count), (c"b", 2));
            assert_eq!((**numbers.add(1), number_count), (8, 2));
        }
        assert!(!none.is_null() && none_count == 0);
        drop(moved);
    }
}
