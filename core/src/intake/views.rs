//! Arrow's string views: the length of a text, followed by the text itself if it has at most twelve bytes, and otherwise by its
//! location.
//!
//! Source: <https://arrow.apache.org/docs/format/Columnar.html#variable-size-binary-view-layout>.

use std::borrow::Cow;
use std::ops::Range;

use arrow::array::{Array, GenericStringArray, OffsetSizeTrait, StringViewArray};
use arrow::buffer::Buffer;

/// Most bytes of text inside a view.
const LONGEST: usize = 12;

/// Bytes of the length.
const LENGTH: usize = 4;

/// Rows whose views are read together.
pub(super) const ROWS_AT_ONCE: usize = 1024;

/// For each number of bytes, a mask of these bytes.
const LETTERS: [u128; LONGEST + 1] = {
    let mut letters = [0; LONGEST + 1];
    let mut bytes = 1;
    while bytes <= LONGEST {
        letters[bytes] = letters[bytes - 1] << 8 | 0xff;
        bytes += 1;
    }
    letters
};

/// A value in place of the view of a text that is not short.
const LONG: u128 = u128::MAX;

/// Texts, as views. The array need not have been checked.
pub(super) trait Views: Array {
    /// The views of some rows, written to `room` if necessary. The view of a text that is not short has no meaning.
    fn views<'a>(&'a self, rows: Range<usize>, room: &'a mut [u128; ROWS_AT_ONCE]) -> &'a [u128];

    /// The text of a row; `None` if the array is invalid.
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

/// The range of the text of a row.
fn bounds<O: OffsetSizeTrait>(texts: &GenericStringArray<O>, row: usize) -> Option<Range<usize>> {
    let offsets = texts.value_offsets();
    Some(offsets.get(row)?.as_usize()..offsets.get(row + 1)?.as_usize())
}

/// The four words of a view: the length and the first bytes of the text, and for a longer text its buffer and its offset.
fn words(view: u128) -> [usize; 4] {
    std::array::from_fn(|word| usize::try_from(view >> (32 * word) & u128::from(u32::MAX)).unwrap_or(usize::MAX))
}

/// Whether the view is of a short text. Different short texts have different views.
#[inline]
pub(super) fn is_short(view: &u128) -> bool {
    let [length, ..] = words(*view);
    length <= LONGEST
}

/// The view of the text at `start..end` of some bytes, if the text is short and enough bytes follow its start.
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

/// The text of a view that need not have been checked; `None` if the view is invalid.
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
