//! Several columns read as one.
//!
//! Columns of few codes are fused into one joint code, `sum(code * stride)`, so that one table lookup replaces one per
//! column. The sum is plain 16-bit arithmetic over slices, which the compiler vectorises; lookups are not vectorised
//! on a baseline x86-64, so each one saved counts.

use super::column::Column;

/// One column's part in a joint code: codes `low..low + len` keep their place, every other code shares the last slot.
#[derive(Debug, Clone, Copy)]
struct Part {
    column: usize,
    low: u16,
    len: u16,
    stride: u16,
}

/// Columns fused into one code below `size`.
#[derive(Debug, Clone)]
pub(super) struct Joint {
    parts: Vec<Part>,
    size: usize,
}

/// A joint code has 16 bits.
pub(super) const MAX_JOINT: usize = 1 << 16;

/// Slots that a column with `len` known codes takes: one more for all the others, unless every 16-bit code is known.
pub(super) fn slots(len: usize) -> usize {
    (len + 1).min(MAX_JOINT)
}

impl Joint {
    /// Fuses columns given as `(column, low, len)`, whose slots multiply to at most [`MAX_JOINT`].
    pub(super) fn new(columns: &[(usize, usize, usize)]) -> Self {
        let mut size = 1;
        let narrow = |number: usize| u16::try_from(number).unwrap_or(u16::MAX);
        let parts = columns.iter().map(|&(column, low, len)| {
            let stride = size;
            size *= slots(len);
            Part { column, low: narrow(low), len: narrow(slots(len) - 1), stride: narrow(stride) }
        });
        Self { parts: parts.collect(), size }
    }

    /// Number of joint codes.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// The slots of each part, in the order given to `new`, that a joint code stands for.
    pub(super) fn slots_of(&self, joint: usize) -> impl Iterator<Item = usize> + '_ {
        self.parts.iter().map(move |part| {
            let (stride, slots) = (usize::from(part.stride), usize::from(part.len) + 1);
            joint / stride % slots
        })
    }

    /// Writes the joint codes of the rows from `start` on.
    pub(super) fn codes(&self, columns: &[Column<'_>], start: usize, out: &mut [u16]) {
        out.fill(0);
        for part in &self.parts {
            match columns[part.column] {
                Column::U8(codes) => part.add_u8(&codes[start..start + out.len()], out),
                Column::U16(codes) => part.add_u16(&codes[start..start + out.len()], out),
            }
        }
    }
}

impl Part {
    // Codes below `low` wrap round to a high number, which `min` sends to the last slot with the other strangers: `low
    // + len` is at most 65,536. The sum stays below `size`, which is at most 65,536.

    fn add_u8(&self, codes: &[u8], out: &mut [u16]) {
        for (slot, &code) in out.iter_mut().zip(codes) {
            let place = u16::from(code).wrapping_sub(self.low).min(self.len);
            *slot = slot.wrapping_add(place.wrapping_mul(self.stride));
        }
    }

    fn add_u16(&self, codes: &[u16], out: &mut [u16]) {
        for (slot, &code) in out.iter_mut().zip(codes) {
            let place = code.wrapping_sub(self.low).min(self.len);
            *slot = slot.wrapping_add(place.wrapping_mul(self.stride));
        }
    }
}
