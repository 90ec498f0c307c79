//! Arrow's string views: the length of a text, followed by the text itself if it has at most twelve bytes, and otherwise by its
//! location.
//!
//! Source: <https://arrow.apache.org/docs/format/Columnar.html#variable-size-binary-view-layout>.

use std::borrow::Cow;
use std::ops::Range;

use arrow::array::{Array, GenericStringArray, OffsetSizeTrait, StringViewArray};
use arrow::buffer::{Buffer, NullBuffer};

use crate::text_table::{Cells, MOST_ROWS};

/// Most bytes of text inside a view.
const LONGEST: usize = 12;

/// Bytes of the length.
const LENGTH: usize = 4;

/// Rows whose views are read together.
pub(super) const ROWS_AT_ONCE: usize = MOST_ROWS;

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

/// Texts, as views. An array need not have been checked.
pub(super) trait Views {
    /// Number of texts.
    fn rows(&self) -> usize;

    /// The rows without a text, if any is null.
    fn nulls(&self) -> Option<&NullBuffer>;

    /// The views of some rows, written to `room` if necessary. The view of a text that is not short has no meaning.
    fn views<'a>(&'a self, rows: Range<usize>, room: &'a mut [u128; ROWS_AT_ONCE]) -> &'a [u128];

    /// The text of a row; `None` if the array is invalid.
    fn text(&self, row: usize) -> Option<Cow<'_, str>>;
}

impl Views for StringViewArray {
    fn rows(&self) -> usize {
        self.len()
    }

    fn nulls(&self) -> Option<&NullBuffer> {
        Array::nulls(self)
    }

    fn views<'a>(&'a self, rows: Range<usize>, _: &'a mut [u128; ROWS_AT_ONCE]) -> &'a [u128] {
        StringViewArray::views(self).get(rows).unwrap_or_default()
    }

    fn text(&self, row: usize) -> Option<Cow<'_, str>> {
        text(*StringViewArray::views(self).get(row)?, self.data_buffers())
    }
}

impl<O: OffsetSizeTrait> Views for GenericStringArray<O> {
    fn rows(&self) -> usize {
        self.len()
    }

    fn nulls(&self) -> Option<&NullBuffer> {
        Array::nulls(self)
    }

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

impl Views for Cells<'_> {
    fn rows(&self) -> usize {
        self.len()
    }

    fn nulls(&self) -> Option<&NullBuffer> {
        None
    }

    fn views<'a>(&'a self, rows: Range<usize>, room: &'a mut [u128; ROWS_AT_ONCE]) -> &'a [u128] {
        let room = room.get_mut(..rows.len()).unwrap_or_default();
        let text = self.text();
        for (view, (start, end)) in room.iter_mut().zip(self.places(rows.start)) {
            *view = of_bytes(text, start, end).unwrap_or(LONG);
        }
        room
    }

    fn text(&self, row: usize) -> Option<Cow<'_, str>> {
        Some(self.get(row).into())
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

/// The view of the text at `start..end` of some bytes, if the text is short.
#[inline]
pub(super) fn of_bytes(bytes: &[u8], start: usize, end: usize) -> Option<u128> {
    let len = end.checked_sub(start).filter(|len| *len <= LONGEST)?;
    if len == 0 {
        return Some(0);
    }
    let rest = bytes.get(start..)?;
    let word = rest.first_chunk().map_or_else(|| filled_up(rest), |word| u128::from_le_bytes(*word));
    let text = word & LETTERS.get(len)?;
    Some(text << (8 * LENGTH) | len as u128)
}

/// Less than sixteen bytes as a number, filled up with zeros.
#[cold]
fn filled_up(bytes: &[u8]) -> u128 {
    let mut word = [0; 16];
    word.iter_mut().zip(bytes).for_each(|(byte, known)| *byte = *known);
    u128::from_le_bytes(word)
}

/// The bytes of the text of a view if it has ten, as a day has: the first eight, and the last two.
#[inline]
pub(super) fn ten_bytes(view: u128) -> Option<([u8; 8], [u8; 2])> {
    let bytes = view.to_le_bytes();
    let ([10, 0, 0, 0], text) = bytes.split_first_chunk()? else { return None };
    let (first, rest) = text.split_first_chunk()?;
    Some((*first, *rest.first_chunk()?))
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
                let made = of_bytes(plain.value_data(), ends[row], ends[row + 1]);
                prop_assert_eq!(made, is_short(&view).then_some(view));
                let ten = ten_bytes(view).map(|(first, last)| [&first[..], &last].concat());
                prop_assert_eq!(ten, (text.len() == 10).then(|| text.clone().into_bytes()));
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
