//! The rows in force of each dataset, with the fields of the rows to which they refer.

use std::num::NonZeroUsize;
use std::sync::{Arc, OnceLock};

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::snapshot::{Segment, Snapshot};
use crate::cel::FieldPath;
use crate::column::{Column, MISSING_DATE, combine_keys, value_bits};
use crate::contract::{Contract, Dataset, Kind};
use crate::engine::cache::Cache;
use crate::intake::{derive, sources_of};
use crate::parallel;
use crate::reference::Reference;

/// The number that stands for no row.
pub(crate) const NO_ROW: u32 = u32::MAX;

/// The rows in force of every dataset of one snapshot.
#[derive(Debug)]
pub(crate) struct Rows {
    snapshot: Arc<Snapshot>,
    /// A table for each dataset, made when it is read first: a submission makes a snapshot, and few datasets are read before
    /// the next one.
    tables: Vec<OnceLock<Table>>,
    reference: Reference,
    threads: NonZeroUsize,
}

/// The rows in force of one dataset.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) dataset: &'static Dataset,
    pub(crate) parts: Vec<Part>,
    keys: OnceLock<Keys>,
}

/// The rows of one submission.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) segment: Arc<Segment>,
    /// Number of the part's first row within the dataset.
    pub(crate) first: u32,
    gathered: Cache<FieldPath, Column>,
    links: Cache<&'static str, Links>,
}

/// For each row, the row of the other dataset to which it refers.
#[derive(Debug)]
pub(crate) struct Links {
    /// Number of the row within the other dataset, or [`NO_ROW`].
    rows: Vec<u32>,
    /// Rows that count and refer to a row that counts.
    pub(crate) selected: Arc<[u64]>,
    /// Rows that count and refer to none.
    pub(crate) orphans: u64,
}

/// The row of each key. It is split by key, so that several threads can fill it.
#[derive(Debug)]
struct Keys(Vec<HashMap<u64, u32, FixedState>>);

impl Links {
    /// Number of the row within the other dataset to which a row refers; `None` if there is none.
    pub(crate) fn row(&self, row: usize) -> Option<usize> {
        let number = self.rows.get(row).filter(|number| **number != NO_ROW);
        number.and_then(|number| usize::try_from(*number).ok())
    }
}

impl Keys {
    fn new(table: &Table, threads: NonZeroUsize) -> Self {
        let fields: Vec<&str> = table.dataset.options.key.iter().map(String::as_str).collect();
        let share = |remainder: usize| {
            let mut index = HashMap::default();
            for part in &table.parts {
                let keys = part.keys(&fields);
                for (row, number) in (0..part.segment.batch.rows()).zip(part.first..) {
                    let key = keys.get(row);
                    if Self::share_of(key, threads) == remainder && part.segment.selects(row) {
                        index.entry(key).or_insert(number);
                    }
                }
            }
            index
        };
        Self(parallel::map(threads.get(), 1, threads, |range| share(range.start)))
    }

    fn share_of(key: u64, threads: NonZeroUsize) -> usize {
        usize::try_from(key % threads.get() as u64).unwrap_or(0)
    }

    fn find(&self, key: u64) -> u32 {
        let share = key % self.0.len().max(1) as u64;
        let index = usize::try_from(share).ok().and_then(|share| self.0.get(share));
        index.and_then(|index| index.get(&key)).copied().unwrap_or(NO_ROW)
    }
}

/// The keys of a part's rows.
enum RowKeys<'a> {
    Single(&'a [u64]),
    Combined(Vec<u64>),
}

impl RowKeys<'_> {
    fn get(&self, row: usize) -> u64 {
        match self {
            Self::Single(keys) => keys[row],
            Self::Combined(keys) => keys[row],
        }
    }
}

impl Rows {
    pub(crate) fn new(reference: &Reference, snapshot: &Arc<Snapshot>, threads: NonZeroUsize) -> Self {
        let tables = Contract::get().datasets().iter().map(|_| OnceLock::new());
        Self { snapshot: Arc::clone(snapshot), tables: tables.collect(), reference: reference.clone(), threads }
    }

    /// The rows of a dataset. All datasets of the contract have a table.
    pub(crate) fn table(&self, dataset: &str) -> Option<&Table> {
        let mut tables = Contract::get().datasets().iter().zip(&self.tables);
        let (dataset, table) = tables.find(|(known, _)| known.id == dataset)?;
        Some(table.get_or_init(|| Table::new(dataset, self.snapshot.segments(&dataset.id))))
    }

    /// The column of a field for the rows of a part: an own field, or a field of the rows to which they refer.
    pub(crate) fn column(&self, part: &Part, path: &FieldPath) -> Arc<Column> {
        part.gathered.get(path, || {
            let found = if path.referenced { self.gather(part, path) } else { self.own(part, path.field) };
            // A field that is checked and then dropped has no values.
            found.unwrap_or_else(|| Column::U8(vec![0; part.segment.batch.rows()].into()))
        })
    }

    /// The column of a part's own field: the column that was kept, or one that is derived from other fields if only
    /// some fields are held.
    fn own(&self, part: &Part, field: &str) -> Option<Column> {
        let batch = &part.segment.batch;
        let kept = batch.column(field).cloned();
        kept.or_else(|| {
            let field = batch.dataset().field(field)?;
            let how = field.derivation.as_ref()?;
            let derived: Vec<(&str, Column)> =
                sources_of(how).into_iter().filter_map(|name| Some((name, self.own(part, name)?))).collect();
            let column = |name: &str| derived.iter().find(|(known, _)| *known == name).map(|(_, column)| column);
            Some(derive(batch.dataset(), field, how, batch.rows(), &self.reference, &column))
        })
    }

    /// Links of a part's rows to a dataset to which they refer.
    pub(crate) fn links(&self, part: &Part, other: &'static str) -> Arc<Links> {
        part.links.get(&other, || match self.table(other) {
            Some(table) => self.link(part, table),
            None => Links { rows: Vec::new(), selected: Arc::new([]), orphans: 0 },
        })
    }

    fn link(&self, part: &Part, other: &Table) -> Links {
        let keys = other.keys.get_or_init(|| Keys::new(other, self.threads));
        let dataset = part.segment.batch.dataset();
        let reference = dataset.reference_to(&other.dataset.id).map_or("", |field| field.name.as_str());
        let fields: Vec<&str> = match other.dataset.options.key.as_slice() {
            [_] => vec![reference],
            several => several.iter().map(String::as_str).collect(),
        };
        let own = part.keys(&fields);
        let count = part.segment.batch.rows();
        let mut selected = vec![0_u64; count.div_ceil(64)];
        let mut orphans = 0;
        let rows = (0..count).map(|row| {
            let found = keys.find(own.get(row));
            if part.segment.selects(row) {
                selected[row / 64] |= u64::from(found != NO_ROW) << (row % 64);
                orphans += u64::from(found == NO_ROW);
            }
            found
        });
        let rows = rows.collect();
        Links { rows, selected: selected.into(), orphans }
    }

    fn gather(&self, part: &Part, path: &FieldPath) -> Option<Column> {
        let other = self.table(path.dataset)?;
        let links = self.links(part, path.dataset);
        let own = FieldPath { referenced: false, ..*path };
        let sources: Vec<Arc<Column>> = other.parts.iter().map(|part| self.column(part, &own)).collect();
        let place = |row: u32| {
            let part = other.parts.partition_point(|part| part.first <= row).checked_sub(1)?;
            Some((part, usize::try_from(row - other.parts[part].first).ok()?))
        };
        macro_rules! gathered {
            ($form:ident, $as:ident, $missing:expr) => {{
                let slices: Vec<_> = sources.iter().map(|column| column.$as()).collect::<Option<_>>()?;
                let value = |&row: &u32| match place(row).filter(|_| row != NO_ROW) {
                    Some((part, row)) => slices[part][row],
                    None => $missing,
                };
                Some(Column::$form(links.rows.iter().map(value).collect::<Vec<_>>().into()))
            }};
        }
        match &**sources.first()? {
            Column::U8(_) => gathered!(U8, as_u8, 0),
            Column::U16(_) => gathered!(U16, as_u16, 0),
            Column::U32(_) => gathered!(U32, as_u32, 0),
            Column::I32(_) => gathered!(I32, as_i32, MISSING_DATE),
            Column::U64(_) => gathered!(U64, as_u64, 0),
            Column::F64(_) => gathered!(F64, as_f64, f64::NAN),
            // No measure reads a text of another row.
            Column::Text(_) => None,
        }
    }

    /// The rows of the part that count when these fields are read: the rows in force. If a field of another row is
    /// read, only rows that refer to a row in force. `None` if all rows count.
    pub(crate) fn selection(&self, part: &Part, paths: &[FieldPath]) -> Option<Arc<[u64]>> {
        match paths.iter().find(|path| path.referenced) {
            Some(path) => Some(Arc::clone(&self.links(part, path.dataset).selected)),
            None => part.segment.selected.clone(),
        }
    }

    /// Number of threads to use.
    pub(crate) fn threads(&self) -> NonZeroUsize {
        self.threads
    }
}

impl Table {
    fn new(dataset: &'static Dataset, segments: &[Arc<Segment>]) -> Self {
        let mut first = 0_u32;
        let parts = segments.iter().map(|segment| {
            let part = Part::new(Arc::clone(segment), first);
            first = first.saturating_add(u32::try_from(segment.batch.rows()).unwrap_or(NO_ROW));
            part
        });
        Self { dataset, parts: parts.collect(), keys: OnceLock::new() }
    }

    /// Number of rows, in force or not.
    pub(crate) fn rows(&self) -> usize {
        self.parts.iter().map(|part| part.segment.batch.rows()).sum()
    }

    /// Two numbers of rows in force when these fields are read: those that refer to no row in force, and those that
    /// refer to one. Both are 0 if no field of another row is read.
    pub(crate) fn linkage(&self, rows: &Rows, fields: &[FieldPath]) -> (u64, u64) {
        let Some(other) = fields.iter().find(|path| path.referenced).map(|path| path.dataset) else { return (0, 0) };
        self.parts.iter().fold((0, 0), |(orphans, linked), part| {
            let links = rows.links(part, other);
            let found: u64 = links.selected.iter().map(|word| u64::from(word.count_ones())).sum();
            (orphans + links.orphans, linked + found)
        })
    }
}

impl Part {
    fn new(segment: Arc<Segment>, first: u32) -> Self {
        Self { segment, first, gathered: Cache::default(), links: Cache::default() }
    }

    /// The key of each row, made of these fields.
    fn keys(&self, fields: &[&str]) -> RowKeys<'_> {
        let batch = &self.segment.batch;
        let identifies = |field: &str| {
            batch.dataset().field(field).is_some_and(|field| matches!(field.kind, Kind::Key | Kind::Pseudonym))
        };
        if let [field] = fields
            && identifies(field)
            && let Some(keys) = batch.column(field).and_then(Column::as_u64)
        {
            return RowKeys::Single(keys);
        }
        let columns: Vec<Option<&Column>> = fields.iter().map(|field| batch.column(field)).collect();
        let mut values = vec![0; fields.len()];
        let combined = (0..batch.rows()).map(|row| {
            for (value, column) in values.iter_mut().zip(&columns) {
                *value = column.map_or(0, |column| value_bits(column, row));
            }
            combine_keys(&values)
        });
        RowKeys::Combined(combined.collect())
    }
}
