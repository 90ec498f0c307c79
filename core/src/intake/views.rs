//! Arrow's views of texts: the length and, of a text of at most twelve bytes, the text itself; of a longer one, where it is.
//!
//! Source: <https://arrow.apache.org/docs/format/Columnar.html#variable-size-binary-view-layout>.

use std::borrow::Cow;
use std::ops::Range;

use arrow::array::{Array, GenericStringArray, OffsetSizeTrait, StringViewArray};
use arrow::buffer::Buffer;

/// Bytes of text that a view has room for.
const LONGEST: usize = 12;

/// Bytes of the length.
const LENGTH: usize = 4;

/// Rows whose views are looked at together.
pub(super) const ROWS_AT_ONCE: usize = 1024;

/// The bits of so many bytes.
const LETTERS: [u128; LONGEST + 1] = {
    let mut letters = [0; LONGEST + 1];
    let mut bytes = 1;
    while bytes <= LONGEST {
        letters[bytes] = letters[bytes - 1] << 8 | 0xff;
        bytes += 1;
    }
    letters
};

/// In place of the view of a text that is not short.
const LONG: u128 = u128::MAX;

/// Texts, as views. The array need not have been checked.
pub(super) trait Views: Array {
    /// The views of some rows, for which there is room. Those that are not short mean nothing.
    fn views<'a>(&'a self, rows: Range<usize>, room: &'a mut [u128; ROWS_AT_ONCE]) -> &'a [u128];

    /// The text of a row; none if the array is not what it must be.
    fn text(&self, row: usize) -> Option<Cow<'_, str>>;
}

impl Views for StringViewArray {
    fn views<'a>(&'a self, rows: Range<usize>, _: &'a mut [u128; ROWS_AT_ONCE]) -> &'a [u128] {
        StringViewArray::views(self).get(rows).unwrap_or_default()
    }

    fn text(&self, row: usize) -> Option<Cow<'_, str>> {
        text(*StringViewArray::views(self).get(row)?, self.data_buffers())
    }
}

impl<O: OffsetSizeTrait> Views for GenericStringArray<O> {
    fn views<'a>(&'a self, rows: Range<usize>, room: &'a mut [u128; ROWS_AT_ONCE]) -> &'a [u128] {
        let room = room.get_mut(..rows.len()).unwrap_or_default();
        let (bytes, ends) = (self.value_data(), self.value_offsets().get(rows.start..=rows.end).unwrap_or_default());
        room.fill(LONG);
        for (view, ends) in room.iter_mut().zip(ends.windows(2)) {
            let [start, end] = [0, 1].map(|at| ends.get(at).map_or(0, |end| end.as_usize()));
            *view = of_bytes(bytes, start, end).unwrap_or(LONG);
        }
        room
    }

    fn text(&self, row: usize) -> Option<Cow<'_, str>> {
        Some(str::from_utf8(self.value_data().get(bounds(self, row)?)?).ok()?.into())
    }
}

/// Where the text of a row is.
fn bounds<O: OffsetSizeTrait>(texts: &GenericStringArray<O>, row: usize) -> Option<Range<usize>> {
    let offsets = texts.value_offsets();
    Some(offsets.get(row)?.as_usize()..offsets.get(row + 1)?.as_usize())
}

/// The view's four words: the length, the first bytes of the text, and of a longer text its buffer and its place there.
fn words(view: u128) -> [usize; 4] {
    std::array::from_fn(|word| usize::try_from(view >> (32 * word) & u128::from(u32::MAX)).unwrap_or(usize::MAX))
}

/// Whether the view is of a short text: one that no other view is of.
#[inline]
pub(super) fn is_short(view: &u128) -> bool {
    let [length, ..] = words(*view);
    length <= LONGEST
}

/// The view of the text at `start..end` of some bytes, if it is short and does not end too near the last of them.
#[inline]
pub(super) fn of_bytes(bytes: &[u8], start: usize, end: usize) -> Option<u128> {
    let len = end.checked_sub(start).filter(|len| *len <= LONGEST)?;
    if len == 0 {
        return Some(0);
    }
    let word = bytes.get(start..)?.first_chunk::<16>()?;
    let text = u128::from_le_bytes(*word) & LETTERS.get(len)?;
    Some(text << (8 * LENGTH) | len as u128)
}

/// The text of a view, or none if the view is not what it must be: it need not have been checked.
fn text(view: u128, buffers: &[Buffer]) -> Option<Cow<'_, str>> {
    let [length, _, buffer, start] = words(view);
    if length <= LONGEST {
        let bytes = view.to_le_bytes();
        let text = bytes.get(LENGTH..LENGTH + length)?;
        return Some(str::from_utf8(text).ok()?.to_owned().into());
    }
    let text = buffers.get(buffer)?.get(start..start.checked_add(length)?)?;
    Some(str::from_utf8(text).ok()?.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{StringArray, StringViewArray};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn views_are_arrows(texts in prop::collection::vec("[a-zé]{0,16}", 1..40)) {
            let (plain, viewed) = (StringArray::from_iter_values(&texts), StringViewArray::from_iter_values(&texts));
            let ends: Vec<usize> = plain.value_offsets().iter().map(|offset| usize::try_from(*offset).unwrap()).collect();
            for (row, text) in texts.iter().enumerate() {
                let view = viewed.views()[row];
                let found = super::text(view, viewed.data_buffers());
                prop_assert_eq!(found.as_deref(), Some(text.as_str()));
                prop_assert_eq!(is_short(&view), text.len() <= LONGEST);
                if let Some(made) = of_bytes(plain.value_data(), ends[row], ends[row + 1]) {
                    prop_assert_eq!(made, view);
                }
            }
        }

        #[test]
        fn a_broken_view_is_no_text(view in any::<u128>(), bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let [length, _, buffer, start] = words(view);
            let buffers = [Buffer::from(bytes.clone())];
            let found = super::text(view, &buffers);
            if length > LONGEST && (buffer > 0 || start + length > bytes.len()) {
                prop_assert_eq!(found, None);
            }
        }
    }
}
