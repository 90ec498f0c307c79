//! Several columns read as one.
//!
//! Columns of few codes are fused into one joint code, `sum(slot * stride)`. One table lookup then replaces one lookup for
//! each column. The sum is plain 16-bit arithmetic over slices ([`super::slots`]). Lookups are not vectorised, so fewer of
//! them save time.

use std::ops::Range;

use super::column::{BLOCK, Column};
use super::slots::{add_edges, add_edges_in_bytes, add_looked_up, add_range, add_scaled};

/// Columns fused into one code below `size`.
#[derive(Debug, Clone)]
pub(super) struct Joint {
    parts: Vec<Part>,
    /// Consecutive parts that are read together.
    runs: Vec<Run>,
    size: usize,
}

/// Consecutive parts whose numbers of slots multiply to at most 256. If their columns are bytes, their slots are added up in
/// bytes, because a vector holds twice as many bytes. The sum is then added to the joint code once.
#[derive(Debug, Clone)]
struct Run {
    parts: Range<usize>,
    size: usize,
}

/// The part of one column in a joint code.
#[derive(Debug, Clone)]
struct Part {
    column: usize,
    slots: Slots,
    stride: u16,
    /// The edges as bytes. Edges above the largest byte are left out, because no byte reaches them.
    edges: Vec<u8>,
    /// The steps of these edges, times the stride within the run (modulo 256).
    steps_in_run: Vec<u8>,
}

/// The slot of each code of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Slots {
    /// Codes `low..low + len` have a slot each. All other codes share the last slot.
    Range {
        /// The first code with a slot of its own.
        low: usize,
        /// Number of these codes.
        len: usize,
    },
    /// Code 0 has slot 0. At each edge the slot changes by a step (modulo 256), up to the next edge. Edges are in ascending
    /// order, and there are at most [`MAX_EDGES`](super::slots::MAX_EDGES).
    Edges {
        /// The codes at which the slot changes.
        edges: Vec<u16>,
        /// The change at each edge.
        steps: Vec<u8>,
        /// Number of slots.
        size: usize,
    },
    /// A slot for each code, looked up in a table: for codes that make few slots, but too many runs.
    Table {
        /// The slot of every 16-bit code, so that no lookup needs a bounds check.
        slots: Box<[u8; MAX_JOINT]>,
        /// Number of slots.
        size: usize,
    },
}

/// A joint code has 16 bits.
pub(super) const MAX_JOINT: usize = 1 << 16;

/// Most slots of a run: the values of a byte.
const MAX_RUN: usize = 1 << 8;

impl Slots {
    /// Number of slots.
    pub(super) fn size(&self) -> usize {
        match self {
            // One slot for all other codes, unless every 16-bit code has its own.
            Self::Range { len, .. } => (len + 1).min(MAX_JOINT),
            Self::Edges { size, .. } | Self::Table { size, .. } => *size,
        }
    }

    /// Number of slots for the limit of a run. A range or a table has no steps to multiply by a stride, so it needs a run of
    /// its own: its number is above the limit, so that not even a column of one slot joins it.
    fn run_size(&self) -> usize {
        match self {
            Self::Range { .. } | Self::Table { .. } => MAX_RUN + 1,
            Self::Edges { size, .. } => *size,
        }
    }

    /// The edges up to the largest byte, and their steps times `stride` (modulo 256).
    fn in_bytes(&self, stride: usize) -> (Vec<u8>, Vec<u8>) {
        let stride = u8::try_from(stride).unwrap_or(0);
        match self {
            Self::Range { .. } | Self::Table { .. } => (Vec::new(), Vec::new()),
            Self::Edges { edges, steps, .. } => {
                let edges = edges.iter().map_while(|edge| u8::try_from(*edge).ok());
                edges.zip(steps.iter().map(|step| step.wrapping_mul(stride))).unzip()
            }
        }
    }
}

impl Joint {
    /// Fuses columns. Their numbers of slots multiply to at most [`MAX_JOINT`].
    pub(super) fn new(columns: impl IntoIterator<Item = (usize, Slots)>) -> Self {
        let mut size = 1;
        let mut parts: Vec<Part> = Vec::new();
        let mut runs: Vec<Run> = Vec::new();
        for (column, slots) in columns {
            let at = parts.len();
            let joins = |run: &mut Run| run.size * slots.run_size() <= MAX_RUN;
            let before = runs.pop_if(joins).unwrap_or(Run { parts: at..at, size: 1 });
            let (edges, steps_in_run) = slots.in_bytes(before.size);
            runs.push(Run { parts: before.parts.start..at + 1, size: before.size * slots.run_size() });
            let stride = narrow(size);
            size *= slots.size();
            parts.push(Part { column, slots, stride, edges, steps_in_run });
        }
        Self { parts, runs, size }
    }

    /// Number of joint codes.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// Calls `visit` for each joint code in ascending order, with the slots of its parts in the order given to `new`.
    pub(super) fn each_code(&self, mut visit: impl FnMut(usize, &[usize])) {
        let mut slots = vec![0; self.parts.len()];
        for code in 0..self.size {
            visit(code, &slots);
            // Counts up like an odometer: the first part varies fastest.
            for (slot, part) in slots.iter_mut().zip(&self.parts) {
                *slot += 1;
                if *slot < part.slots.size() {
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
        for parts in self.runs.iter().map(|run| &self.parts[run.parts.clone()]) {
            if parts.len() > 1 && add_run(parts, columns, rows.clone(), out) {
                continue;
            }
            for part in parts {
                match columns[part.column] {
                    Column::U8(codes) => part.add_bytes(&codes[rows.clone()], out),
                    Column::U16(codes) => part.add_wide(&codes[rows.clone()], out),
                }
            }
        }
    }
}

/// Adds the parts of a run in bytes. `false` if a column is wider, or if there are more rows than a block has.
fn add_run(parts: &[Part], columns: &[Column<'_>], rows: Range<usize>, out: &mut [u16]) -> bool {
    let narrow = |part: &Part| matches!(columns[part.column], Column::U8(_));
    let mut sums = [0_u8; BLOCK];
    let (Some(sums), Some(first)) = (sums.get_mut(..out.len()), parts.first()) else { return false };
    if !parts.iter().all(narrow) {
        return false;
    }
    for part in parts {
        if let Column::U8(codes) = columns[part.column] {
            add_edges_in_bytes(&codes[rows.clone()], &part.edges, &part.steps_in_run, sums);
        }
    }
    add_scaled(sums, first.stride, out);
    true
}

impl Part {
    fn add_bytes(&self, codes: &[u8], out: &mut [u16]) {
        match &self.slots {
            // Computed in bytes, because a vector holds twice as many, unless a code would wrap round into the range.
            Slots::Range { low, len } => match (u8::try_from(*low), u8::try_from(low + len)) {
                (Ok(low), Ok(end)) => add_range(codes, low, end - low, self.stride, out),
                _ => self.add_widened(codes, *low, out),
            },
            Slots::Edges { steps, .. } => {
                add_edges(codes, &self.edges, &steps[..self.edges.len()], self.stride, out);
            }
            Slots::Table { slots, .. } => add_looked_up(codes, slots, self.stride, out),
        }
    }

    fn add_wide(&self, codes: &[u16], out: &mut [u16]) {
        match &self.slots {
            Slots::Range { low, .. } => {
                add_range(codes, narrow(*low), narrow(self.slots.size() - 1), self.stride, out);
            }
            Slots::Edges { edges, steps, .. } => add_edges(codes, edges, steps, self.stride, out),
            Slots::Table { slots, .. } => add_looked_up(codes, slots, self.stride, out),
        }
    }

    /// Bytes whose range reaches to the largest code: rare, so the loop need not be fast.
    fn add_widened(&self, codes: &[u8], low: usize, out: &mut [u16]) {
        let (low, last) = (narrow(low), narrow(self.slots.size() - 1));
        for (sum, &code) in out.iter_mut().zip(codes) {
            let slot = u16::from(code).wrapping_sub(low).min(last);
            *sum = sum.wrapping_add(slot.wrapping_mul(self.stride));
        }
    }
}

fn narrow(number: usize) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}
