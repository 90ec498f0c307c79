//! Several columns read as one.
//!
//! Columns of few codes are fused into one joint code, `sum(slot * stride)`, so that one table lookup replaces one per
//! column. The sum is plain 16-bit arithmetic over slices ([`super::slots`]); lookups are not vectorised, so each one
//! saved counts.

use std::ops::Range;

use super::column::Column;
use super::mask::BLOCK;
use super::slots::{add_edges, add_edges_in_bytes, add_looked_up, add_range, add_scaled};

/// Columns fused into one code below `size`.
#[derive(Debug, Clone)]
pub(super) struct Joint {
    parts: Vec<Part>,
    /// Consecutive parts that are read together.
    runs: Vec<Run>,
    size: usize,
}

/// Consecutive parts whose slots multiply to at most 256: where their columns are bytes, they are added up in bytes, of
/// which a vector holds twice as many, and become part of the joint code once.
#[derive(Debug, Clone)]
struct Run {
    parts: Range<usize>,
    size: usize,
}

/// One column's part in a joint code.
#[derive(Debug, Clone)]
struct Part {
    column: usize,
    slots: Slots,
    stride: u16,
    /// The edges as bytes; those beyond the last byte are never reached.
    edges: Vec<u8>,
    /// The steps of these edges, times the stride within the run (modulo 256).
    steps_in_run: Vec<u8>,
}

/// Which slot each code of a column takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Slots {
    /// Codes `low..low + len` have a slot each; every other code shares the last.
    Range {
        /// The first code with a slot of its own.
        low: usize,
        /// How many have one.
        len: usize,
    },
    /// Code 0 has slot 0; from each edge on, up to the next, the slot is a step further (modulo 256). Edges ascend, and
    /// there are at most [`MAX_EDGES`](super::slots::MAX_EDGES).
    Edges {
        /// The codes at which the slot changes.
        edges: Vec<u16>,
        /// By how much, for each edge.
        steps: Vec<u8>,
        /// Number of slots.
        size: usize,
    },
    /// A slot for each code, looked up: for codes that few things tell apart, in no order.
    Table {
        /// The slot of every 16-bit code, so that no lookup need be checked.
        slots: Box<[u8; MAX_JOINT]>,
        /// Number of slots.
        size: usize,
    },
}

/// A joint code has 16 bits.
pub(super) const MAX_JOINT: usize = 1 << 16;

/// Slots of a run: what a byte holds.
const MAX_RUN: usize = 1 << 8;

impl Slots {
    /// How many there are.
    pub(super) fn size(&self) -> usize {
        match self {
            // One for all other codes, unless every 16-bit code is known.
            Self::Range { len, .. } => (len + 1).min(MAX_JOINT),
            Self::Edges { size, .. } | Self::Table { size, .. } => *size,
        }
    }

    /// Slots that count in a run. A range or a table has a run of its own, as it has no steps that a stride could be put
    /// into: it counts more than a run holds, so that not even a column of one slot joins it.
    fn run_size(&self) -> usize {
        match self {
            Self::Range { .. } | Self::Table { .. } => MAX_RUN + 1,
            Self::Edges { size, .. } => *size,
        }
    }

    /// The edges that a byte reaches, and their steps times `stride` (modulo 256).
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
    /// Fuses columns whose slots multiply to at most [`MAX_JOINT`].
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

    /// Calls `visit` for each joint code in turn with the slots of its parts, in the order given to `new`.
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

/// Adds the parts of a run in bytes; `false` if some column is wider, or there are more rows than a block has.
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
            // Reckoned in bytes, twice as many to a vector, unless a code would wrap round into the range.
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

    /// Bytes whose known codes reach to the last: rare, so it need not be fast.
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
