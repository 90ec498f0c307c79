//! Compiles clauses to lookups.

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::{Clause, Lane, Lookup, MAX_MEASURES, Step, Term};
use crate::kernel::joint::{Joint, MAX_JOINT, Slots};
use crate::kernel::slots::MAX_EDGES;

/// Joint codes that one lookup table may have. At 2 bytes each, 16 KiB stay in a first-level cache beside a block.
const TABLE_LIMIT: usize = 1 << 13;

/// Packs clauses into as few lookups as their columns allow.
pub(super) fn steps<T: Lane>(measures: usize, clauses: &[Clause]) -> Vec<Step<T>> {
    let known = u64::MAX.checked_shr(u32::try_from(MAX_MEASURES - measures).unwrap_or(0)).unwrap_or(0);
    // All bits start as ones. This clause without columns clears the bits beyond the measures.
    let bounds = Clause { concerned: !known, terms: Vec::new() };
    let clauses: Vec<Clause> = clauses.iter().map(merged).collect();
    let sources = sources(&clauses);
    let mut packs: Vec<Pack<'_>> = Vec::new();
    let mut steps = Vec::new();
    for clause in std::iter::once(&bounds).chain(&clauses) {
        let own = Pack::of(clause, &sources);
        if own.sources.len() > 1 && own.size() > TABLE_LIMIT {
            let terms = clause.terms.iter().map(Lookup::of_term).collect();
            steps.push(Step::Any { exempt: T::truncate(!clause.concerned), terms });
            continue;
        }
        let merged = packs.iter().map(|pack| pack.with(&own)).enumerate();
        match merged.filter(|(_, pack)| pack.size() <= TABLE_LIMIT).min_by_key(|(_, pack)| pack.size()) {
            Some((position, pack)) => packs[position] = pack,
            None => packs.push(own),
        }
    }
    packs.iter().map(|pack| Step::Fused(pack.lookup())).chain(steps).collect()
}

/// The clause with one term for each column: alternatives over one column are merged.
fn merged(clause: &Clause) -> Clause {
    let mut terms: Vec<Term> = Vec::with_capacity(clause.terms.len());
    for term in &clause.terms {
        let Some(known) = terms.iter_mut().find(|known| known.column == term.column) else {
            terms.push(term.clone());
            continue;
        };
        known.table.resize(known.table.len().max(term.table.len()), 0);
        known.table.iter_mut().zip(&term.table).for_each(|(any, entry)| *any |= entry);
    }
    Clause { concerned: clause.concerned, terms }
}

/// A column that clauses refer to, and the slots of its codes.
struct Source {
    column: usize,
    slots: Slots,
    /// A code for each slot.
    codes: Vec<usize>,
}

/// The columns of the clauses, in ascending order.
pub(super) fn columns(clauses: &[Clause]) -> Vec<usize> {
    let mut columns: Vec<usize> =
        clauses.iter().flat_map(|clause| clause.terms.iter().map(|term| term.column)).collect();
    columns.sort_unstable();
    columns.dedup();
    columns
}

/// The slots of the columns of the clauses. Codes that are equal for every term share a slot, if there are few enough runs of
/// equal codes. For the eight columns of twelve measures, 97,200 joint codes become 1,152, and these fit one table.
fn sources(clauses: &[Clause]) -> Vec<Source> {
    let source = |column| {
        let tables: Vec<&[u64]> = clauses
            .iter()
            .flat_map(|clause| &clause.terms)
            .filter(|term| term.column == column)
            .map(|term| term.table.as_slice())
            .collect();
        let len = tables.iter().map(|table| table.len()).max().unwrap_or(0);
        let len = len.min(MAX_JOINT);
        let looked_up = || Source::in_table(column, &tables, len);
        Source::in_runs(column, &tables, len).or_else(looked_up).unwrap_or_else(|| Source::in_range(column, len))
    };
    columns(clauses).into_iter().map(source).collect()
}

impl Source {
    fn in_range(column: usize, len: usize) -> Self {
        let slots = Slots::Range { low: 0, len };
        let codes = (0..slots.size()).collect();
        Self { column, slots, codes }
    }

    /// Slots for equal entries of the tables, looked up. `None` if there are more than a quarter as many slots as codes. Codes
    /// `len..` are in no table.
    fn in_table(column: usize, tables: &[&[u64]], len: usize) -> Option<Self> {
        let mut by_entries: HashMap<Vec<u64>, u8, FixedState> = HashMap::default();
        let (mut slots, mut codes) = (full_table::<u8>(), Vec::new());
        for (code, slot) in slots.iter_mut().enumerate().take(len + 1) {
            let entries = tables.iter().map(|table| table.get(code).copied().unwrap_or(0)).collect();
            let next = u8::try_from(codes.len()).ok()?;
            *slot = *by_entries.entry(entries).or_insert_with(|| {
                codes.push(code);
                next
            });
        }
        let beyond = slots.get(len).copied().unwrap_or(0);
        slots.iter_mut().skip(len).for_each(|slot| *slot = beyond);
        let size = codes.len();
        (size * 4 <= len).then_some(Self { column, slots: Slots::Table { slots, size }, codes })
    }

    /// Slots for equal entries of the tables, by edges. `None` if there are too many runs of equal codes. Codes `len..` are in
    /// no table.
    fn in_runs(column: usize, tables: &[&[u64]], len: usize) -> Option<Self> {
        let same =
            |a: usize, b: usize| tables.iter().all(|table| table.get(a).unwrap_or(&0) == table.get(b).unwrap_or(&0));
        let (mut edges, mut steps, mut codes, mut last) = (Vec::new(), Vec::new(), vec![0], 0_u8);
        for code in (1..=len).filter(|code| !same(code - 1, *code)) {
            let Ok(edge) = u16::try_from(code) else {
                // No 16-bit code is beyond the tables.
                continue;
            };
            if edges.len() == MAX_EDGES {
                return None;
            }
            let slot = codes.iter().position(|known| same(*known, code));
            let slot = slot.unwrap_or_else(|| {
                codes.push(code);
                codes.len() - 1
            });
            // There is at most one slot more than there are edges.
            let slot = u8::try_from(slot).unwrap_or(u8::MAX);
            edges.push(edge);
            steps.push(slot.wrapping_sub(last));
            last = slot;
        }
        let size = codes.len();
        Some(Self { column, slots: Slots::Edges { edges, steps, size }, codes })
    }
}

/// Clauses to be fused, and the columns they need.
#[derive(Clone)]
struct Pack<'a> {
    sources: Vec<&'a Source>,
    clauses: Vec<&'a Clause>,
}

impl<'a> Pack<'a> {
    fn of(clause: &'a Clause, all: &'a [Source]) -> Self {
        let mut pack = Self { sources: Vec::new(), clauses: vec![clause] };
        for term in &clause.terms {
            for source in all.iter().filter(|source| source.column == term.column) {
                pack.need(source);
            }
        }
        pack
    }

    fn need(&mut self, source: &'a Source) {
        if self.sources.iter().all(|known| known.column != source.column) {
            self.sources.push(source);
        }
    }

    fn with(&self, other: &Self) -> Self {
        let mut both = self.clone();
        both.clauses.extend(&other.clauses);
        for source in &other.sources {
            both.need(source);
        }
        both
    }

    fn size(&self) -> usize {
        self.sources.iter().fold(1, |size: usize, source| size.saturating_mul(source.slots.size()))
    }

    fn lookup<T: Lane>(&self) -> Lookup<T> {
        let columns = self.sources.iter().map(|source| (source.column, source.slots.clone()));
        // Most clauses have one term. Their conditions on one column are combined before columns are combined.
        let mut alone: Vec<Vec<u64>> = self.sources.iter().map(|source| vec![u64::MAX; source.codes.len()]).collect();
        let mut several = Vec::new();
        for clause in &self.clauses {
            let terms = clause.terms.iter().filter_map(|term| self.entries(term));
            let terms: Vec<(usize, Vec<u64>)> = terms.collect();
            match terms.as_slice() {
                [(source, entries)] => {
                    let masks = alone[*source].iter_mut().zip(entries);
                    masks.for_each(|(mask, entry)| *mask &= !clause.concerned | entry);
                }
                _ => several.push((!clause.concerned, terms)),
            }
        }
        Lookup::new(Joint::new(columns), |slots| {
            let mask = alone.iter().zip(slots).fold(u64::MAX, |mask, (masks, slot)| mask & masks[*slot]);
            several.iter().fold(mask, |mask, (exempt, terms)| {
                mask & terms.iter().fold(*exempt, |any, (source, entries)| any | entries[slots[*source]])
            })
        })
    }

    /// The position of the column of a term among the sources, and the measures that each slot satisfies.
    fn entries(&self, term: &Term) -> Option<(usize, Vec<u64>)> {
        let position = self.sources.iter().position(|source| source.column == term.column)?;
        let entry = |code: &usize| term.table.get(*code).copied().unwrap_or(0);
        Some((position, self.sources.get(position)?.codes.iter().map(entry).collect()))
    }
}

impl<T: Lane> Lookup<T> {
    fn of_term(term: &Term) -> Self {
        let len = term.table.len().min(MAX_JOINT);
        let joint = Joint::new([(term.column, Slots::Range { low: 0, len })]);
        Self::new(joint, |slots| term.table.get(slots[0]).copied().unwrap_or(0))
    }

    /// Tabulates `mask` over the joint codes of the columns.
    fn new(joint: Joint, mask: impl Fn(&[usize]) -> u64) -> Self {
        let mut table = full_table();
        joint.each_code(|code, slots| table[code] = T::truncate(mask(slots)));
        Self { joint, table }
    }
}

/// A table of zeros on the heap.
pub(in crate::kernel) fn full_table<T: Copy + Default>() -> Box<[T; MAX_JOINT]> {
    match vec![T::default(); MAX_JOINT].try_into() {
        Ok(table) => table,
        // Not reached: the vector has that length.
        Err(_) => Box::new([T::default(); MAX_JOINT]),
    }
}
