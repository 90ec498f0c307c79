//! Several columns read as one.
//!
//! Columns of few codes are fused into one joint code, `sum(code * stride)`, so that one table lookup replaces one per
//! column. The sum is plain 16-bit arithmetic over slices, which the compiler vectorises; lookups are not vectorised
//! on a baseline x86-64, so each one saved counts.

use std::ops::Range;

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
            Part {
                column,
                low: narrow(low),
                len: narrow(slots(len) - 1),
                stride: narrow(stride),
            }
        });
        Self {
            parts: parts.collect(),
            size,
        }
    }

    /// Number of joint codes.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// Calls `visit` for each joint code in turn with the slots of its parts, in the order given to `new`.
    pub(super) fn each_code(&self, mut visit: impl FnMut(usize, &[usize])) {
        let mut slots = vec![0; self.parts.len()];
        for code in 0..self.size {
            visit(code, &slots);
            // Counts up like an odometer: the first part varies fastest.
            for (slot, part) in slots.iter_mut().zip(&self.parts) {
                *slot += 1;
                if *slot <= usize::from(part.len) {
                    break;
                }
                *slot = 0;
            }
        }
    }

    /// Writes the joint codes of the rows from `start` on.
    pub(super) fn codes(&self, columns: &[Column<'_>], start: usize, out: &mut [u16]) {
        out.fill(0);
        let rows = start..start + out.len();
        for parts in self.parts.chunks(2) {
            match (
                parts[0].bytes(columns),
                parts.get(1).and_then(|part| part.bytes(columns)),
            ) {
                (Some(a), Some(b)) => add_two(
                    &parts[0],
                    &a[rows.clone()],
                    &parts[1],
                    &b[rows.clone()],
                    out,
                ),
                _ => parts
                    .iter()
                    .for_each(|part| part.add(&columns[part.column], rows.clone(), out)),
            }
        }
    }
}

// Codes below `low` wrap round to a high number, which `min` sends to the last slot with the other strangers: `low +
// len` is at most the number of codes of the type that is reckoned in. The sum stays below the joint's size, which is at
// most 65,536.

impl Part {
    /// The column, if its places can be reckoned in bytes: twice as many to a vector.
    fn bytes<'a>(&self, columns: &[Column<'a>]) -> Option<&'a [u8]> {
        match columns[self.column] {
            Column::U8(codes) if self.low.saturating_add(self.len) <= u16::from(u8::MAX) => {
                Some(codes)
            }
            _ => None,
        }
    }

    fn byte_bounds(&self) -> (u8, u8) {
        (
            u8::try_from(self.low).unwrap_or(u8::MAX),
            u8::try_from(self.len).unwrap_or(u8::MAX),
        )
    }

    fn add(&self, column: &Column<'_>, rows: Range<usize>, out: &mut [u16]) {
        match column {
            Column::U8(codes) => self.add_codes(&codes[rows], out),
            Column::U16(codes) => self.add_codes(&codes[rows], out),
        }
    }

    fn add_codes<C: Copy + Into<u16>>(&self, codes: &[C], out: &mut [u16]) {
        for (slot, &code) in out.iter_mut().zip(codes) {
            let place = code.into().wrapping_sub(self.low).min(self.len);
            *slot = slot.wrapping_add(place.wrapping_mul(self.stride));
        }
    }
}

/// Adds two byte columns at once, which halves the traffic on `out`.
fn add_two(a: &Part, codes_a: &[u8], b: &Part, codes_b: &[u8], out: &mut [u16]) {
    let ((low_a, len_a), (low_b, len_b)) = (a.byte_bounds(), b.byte_bounds());
    for ((slot, &code_a), &code_b) in out.iter_mut().zip(codes_a).zip(codes_b) {
        let place_a = u16::from(code_a.wrapping_sub(low_a).min(len_a));
        let place_b = u16::from(code_b.wrapping_sub(low_b).min(len_b));
        let both = place_a
            .wrapping_mul(a.stride)
            .wrapping_add(place_b.wrapping_mul(b.stride));
        *slot = slot.wrapping_add(both);
    }
}
