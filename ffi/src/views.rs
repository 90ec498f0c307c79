//! Lists that a view points to.

/// Items at fixed addresses, and the array of pointers through which C reads them.
#[derive(Debug)]
pub(crate) struct Views<T> {
    items: Vec<T>,
    pointers: Vec<*const T>,
}

impl<T> From<Vec<T>> for Views<T> {
    fn from(items: Vec<T>) -> Self {
        let pointers = items.iter().map(std::ptr::from_ref).collect();
        Self { items, pointers }
    }
}

impl<T> Views<T> {
    /// The array of pointers.
    pub(crate) fn array(&self) -> *const *const T {
        self.pointers.as_ptr()
    }

    /// The items.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.items.iter()
    }

    /// An item; NULL beyond the last.
    pub(crate) fn get(&self, index: usize) -> *const T {
        self.items.get(index).map_or(std::ptr::null(), std::ptr::from_ref)
    }

    /// The number of items.
    pub(crate) fn len(&self) -> usize {
        self.pointers.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_stay_where_they_are() {
        let views = Views::from(vec![String::from("first"), String::from("second")]);
        let (array, len) = (views.array(), views.len());
        let moved = Box::new(views);
        // SAFETY: `moved` holds the array and its two items.
        let second = unsafe { &**array.add(1) };
        assert_eq!((second.as_str(), len), ("second", 2));
        assert_eq!(moved.get(1), std::ptr::from_ref(second));
        assert!(moved.get(2).is_null());
        assert_eq!(moved.iter().count(), 2);
    }
}
