//! Writes the tables of a state.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::{
    Array as _, ArrayRef, ArrowPrimitiveType, ListArray, PrimitiveArray, RecordBatch, StringArray, StructArray,
};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{Field, Int32Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type};
use arrow::error::ArrowError;
use jiff::civil::Date;

use super::{name_of, rank};
use crate::engine::counts::{
    CountKey, Field as Column, HistogramCell, LinkedState, TallyState, VictimEvent, WeightedCell,
};
use crate::engine::partial::state::{Followed, Partial};
use crate::period::days_of_date;
use crate::stats::survey::WeightedSums;

impl Partial {
    /// The state as a row of lists.
    pub(super) fn batch(&self) -> Result<RecordBatch, ArrowError> {
        let mut tables = Tables::default();
        let (bucket, buckets) = self.bucket.unwrap_or((0, 0));
        let about = [u64::from(bucket), u64::from(buckets), self.digest, self.sent, self.counted];
        tables.add("about", [("number", numbers::<UInt64Type>(about))])?;
        tables.counts(self)?;
        tables.repeats(self)?;
        tables.respondents(self)?;
        tables.histograms(self)?;
        tables.victims(self)?;
        tables.places(self)?;
        tables.received(self)?;
        tables.names()?;
        RecordBatch::try_from_iter(tables.lists)
    }
}

/// The tables so far, and the names to which they refer by position.
#[derive(Default)]
struct Tables<'a> {
    lists: Vec<(&'static str, ArrayRef)>,
    keys: Vec<&'a CountKey>,
    columns: Vec<Column>,
}

impl<'a> Tables<'a> {
    /// Adds a table of named columns.
    fn add<const N: usize>(&mut self, name: &'static str, columns: [(&str, ArrayRef); N]) -> Result<(), ArrowError> {
        let columns =
            columns.map(|(name, array)| (Arc::new(Field::new(name, array.data_type().clone(), false)), array));
        let rows = StructArray::from(Vec::from(columns));
        let length = i32::try_from(rows.len()).map_err(|_| ArrowError::OffsetOverflowError(rows.len()))?;
        let row = Arc::new(Field::new("row", rows.data_type().clone(), false));
        let list = ListArray::try_new(row, OffsetBuffer::new(vec![0, length].into()), Arc::new(rows), None)?;
        self.lists.push((name, Arc::new(list)));
        Ok(())
    }

    fn key(&mut self, key: &'a CountKey) -> u32 {
        self.keys.push(key);
        narrow(self.keys.len() - 1)
    }

    fn column(&mut self, column: &Column) -> u32 {
        self.columns.push(*column);
        narrow(self.columns.len() - 1)
    }

    fn counts(&mut self, state: &'a Partial) -> Result<(), ArrowError> {
        let cubes: Vec<(u32, &TallyState)> =
            state.counts.tallies.iter().map(|(key, counts)| (self.key(key), counts)).collect();
        self.add(
            "cubes",
            [
                ("key", numbers::<UInt32Type>(cubes.iter().map(|(key, _)| *key))),
                ("orphans", numbers::<UInt64Type>(cubes.iter().map(|(_, counts)| counts.orphans))),
                ("linked", numbers::<UInt64Type>(cubes.iter().map(|(_, counts)| counts.linked))),
            ],
        )?;
        let counts = || cubes.iter().flat_map(|(key, cube)| cube.values.iter().map(move |(at, n)| (*key, at, *n)));
        self.add(
            "counts",
            [
                ("key", numbers::<UInt32Type>(counts().map(|(key, ..)| key))),
                ("area", numbers::<UInt32Type>(counts().map(|(_, at, _)| at.area))),
                ("month", numbers::<Int32Type>(counts().map(|(_, at, _)| at.month))),
                ("cell", numbers::<UInt32Type>(counts().map(|(_, at, _)| at.cell))),
                ("predicate", numbers::<UInt32Type>(counts().map(|(_, at, _)| at.bit))),
                ("count", numbers::<UInt64Type>(counts().map(|(.., count)| count))),
            ],
        )
    }

    fn repeats(&mut self, state: &'a Partial) -> Result<(), ArrowError> {
        let cubes: Vec<(u32, &LinkedState)> =
            state.counts.linked.iter().map(|(key, found)| (self.key(key), found)).collect();
        self.add("repeat_cubes", [("key", numbers::<UInt32Type>(cubes.iter().map(|(key, _)| *key)))])?;
        let counts = || cubes.iter().flat_map(|(key, cube)| cube.values.iter().map(move |(at, n)| (*key, at, *n)));
        self.add(
            "repeats",
            [
                ("key", numbers::<UInt32Type>(counts().map(|(key, ..)| key))),
                ("area", numbers::<UInt32Type>(counts().map(|(_, at, _)| narrow(at.area)))),
                ("month", numbers::<Int32Type>(counts().map(|(_, at, _)| at.month))),
                ("cell", numbers::<UInt32Type>(counts().map(|(_, at, _)| narrow(at.cell)))),
                ("repeats", numbers::<UInt64Type>(counts().map(|(.., (repeats, _))| repeats))),
                ("all", numbers::<UInt64Type>(counts().map(|(.., (_, all))| all))),
            ],
        )?;
        let linked =
            || cubes.iter().flat_map(|(key, cube)| cube.keys.iter().map(move |(month, by)| (*key, *month, *by)));
        self.add(
            "linkage_keys",
            [
                ("key", numbers::<UInt32Type>(linked().map(|(key, ..)| key))),
                ("month", numbers::<Int32Type>(linked().map(|(_, month, _)| month))),
                ("linkage_key", numbers::<UInt64Type>(linked().map(|(.., by)| by))),
            ],
        )
    }

    fn respondents(&mut self, state: &'a Partial) -> Result<(), ArrowError> {
        let surveys: Vec<(u32, &BTreeMap<WeightedCell, WeightedSums>)> =
            state.counts.weighted.iter().map(|(key, sums)| (self.key(key), sums)).collect();
        self.add("survey_cubes", [("key", numbers::<UInt32Type>(surveys.iter().map(|(key, _)| *key)))])?;
        let sums = || surveys.iter().flat_map(|(key, sums)| sums.iter().map(move |(at, of)| (*key, *at, *of)));
        self.add(
            "respondents",
            [
                ("key", numbers::<UInt32Type>(sums().map(|(key, ..)| key))),
                ("area", numbers::<UInt32Type>(sums().map(|(_, at, _)| narrow(at.area)))),
                ("month", numbers::<Int32Type>(sums().map(|(_, at, _)| at.month))),
                ("cell", numbers::<UInt32Type>(sums().map(|(_, at, _)| narrow(at.cell)))),
                ("unit", numbers::<UInt64Type>(sums().map(|(_, at, _)| at.unit))),
                ("respondents", numbers::<UInt64Type>(sums().map(|(.., of)| of.n))),
                ("weights_high", numbers::<UInt64Type>(sums().map(|(.., of)| halves(of.sum_w).0))),
                ("weights_low", numbers::<UInt64Type>(sums().map(|(.., of)| halves(of.sum_w).1))),
                ("squares_high", numbers::<UInt64Type>(sums().map(|(.., of)| halves(of.sum_w2).0))),
                ("squares_low", numbers::<UInt64Type>(sums().map(|(.., of)| halves(of.sum_w2).1))),
                ("counted_high", numbers::<UInt64Type>(sums().map(|(.., of)| halves(of.sum_wx).0))),
                ("counted_low", numbers::<UInt64Type>(sums().map(|(.., of)| halves(of.sum_wx).1))),
            ],
        )
    }

    fn histograms(&mut self, state: &'a Partial) -> Result<(), ArrowError> {
        let cubes: Vec<(u32, &BTreeMap<HistogramCell, u64>)> =
            state.counts.histograms.iter().map(|(key, counts)| (self.key(key), counts)).collect();
        self.add("histogram_cubes", [("key", numbers::<UInt32Type>(cubes.iter().map(|(key, _)| *key)))])?;
        let counts = || cubes.iter().flat_map(|(key, counts)| counts.iter().map(move |(at, n)| (*key, at, *n)));
        self.add(
            "histograms",
            [
                ("key", numbers::<UInt32Type>(counts().map(|(key, ..)| key))),
                ("area", numbers::<UInt32Type>(counts().map(|(_, at, _)| at.area))),
                ("month", numbers::<Int32Type>(counts().map(|(_, at, _)| at.month))),
                ("cell", numbers::<UInt32Type>(counts().map(|(_, at, _)| at.cell))),
                ("value", numbers::<Int32Type>(counts().map(|(_, at, _)| at.value))),
                ("count", numbers::<UInt64Type>(counts().map(|(.., count)| count))),
            ],
        )
    }

    fn victims(&mut self, state: &'a Partial) -> Result<(), ArrowError> {
        let followed = state.persons.iter().map(|(followed, events)| (self.key(&followed.measure), followed, events));
        let followed: Vec<(u32, &Followed, &Vec<VictimEvent>)> = followed.collect();
        self.add(
            "followed",
            [
                ("key", numbers::<UInt32Type>(followed.iter().map(|(key, ..)| *key))),
                ("combination", numbers::<UInt32Type>(followed.iter().map(|(_, of, _)| narrow(of.combination)))),
            ],
        )?;
        let numbered = || (0_u32..).zip(&followed);
        let events = || numbered().flat_map(|(of, (.., events))| events.iter().map(move |event| (of, event)));
        self.add(
            "victims",
            [
                ("followed", numbers::<UInt32Type>(events().map(|(of, _)| of))),
                ("person", numbers::<UInt64Type>(events().map(|(_, event)| event.person))),
                ("date", numbers::<Int32Type>(events().map(|(_, event)| event.date))),
                ("crime", numbers::<UInt64Type>(events().map(|(_, event)| event.crime))),
                ("incident", numbers::<UInt64Type>(events().map(|(_, event)| event.incident))),
                ("linkage_key", numbers::<UInt64Type>(events().map(|(_, event)| event.key))),
                ("marks", numbers::<UInt8Type>(events().map(|(_, event)| event.marks))),
                ("area", numbers::<UInt16Type>(events().map(|(_, event)| event.area))),
                ("cell", numbers::<UInt32Type>(events().map(|(_, event)| event.single))),
                ("common", numbers::<UInt16Type>(events().map(|(_, event)| event.same))),
            ],
        )
    }

    fn places(&mut self, state: &'a Partial) -> Result<(), ArrowError> {
        let months: Vec<(u32, (i32, i32))> =
            state.counts.months.iter().map(|(column, span)| (self.column(column), *span)).collect();
        self.add(
            "months",
            [
                ("column", numbers::<UInt32Type>(months.iter().map(|(column, _)| *column))),
                ("first", numbers::<Int32Type>(months.iter().map(|(_, (first, _))| *first))),
                ("last", numbers::<Int32Type>(months.iter().map(|(_, (_, last))| *last))),
            ],
        )?;
        let seen: Vec<(u32, &BTreeSet<usize>)> =
            state.counts.areas.iter().map(|(column, areas)| (self.column(column), areas)).collect();
        self.add("placed", [("column", numbers::<UInt32Type>(seen.iter().map(|(column, _)| *column)))])?;
        let areas = || seen.iter().flat_map(|(column, areas)| areas.iter().map(move |area| (*column, *area)));
        self.add(
            "areas",
            [
                ("column", numbers::<UInt32Type>(areas().map(|(column, _)| column))),
                ("area", numbers::<UInt32Type>(areas().map(|(_, area)| narrow(area)))),
            ],
        )
    }

    fn received(&mut self, state: &Partial) -> Result<(), ArrowError> {
        let received = || state.received.iter();
        let day = |day: Option<Date>| day.map_or(i32::MIN, days_of_date);
        self.add(
            "received",
            [
                ("dataset", texts(received().map(|(dataset, _)| (*dataset).to_owned()))),
                ("received", numbers::<UInt64Type>(received().map(|(_, became)| became.received))),
                ("rejected", numbers::<UInt64Type>(received().map(|(_, became)| became.rejected))),
                ("first", numbers::<Int32Type>(received().map(|(_, became)| day(became.covers.map(|days| days.0))))),
                ("last", numbers::<Int32Type>(received().map(|(_, became)| day(became.covers.map(|days| days.1))))),
            ],
        )?;
        let numbered = || (0_u32..).zip(received());
        let found =
            || numbered().flat_map(|(of, (_, became))| became.findings.iter().map(move |(code, n)| (of, code, *n)));
        self.add(
            "findings",
            [
                ("dataset", numbers::<UInt32Type>(found().map(|(of, ..)| of))),
                ("code", texts(found().map(|(_, code, _)| code.clone()))),
                ("severity", numbers::<UInt8Type>(found().map(|(.., (severity, _))| rank(severity)))),
                ("total", numbers::<UInt64Type>(found().map(|(.., (_, total))| total))),
            ],
        )
    }

    /// Adds the tables of names.
    fn names(&mut self) -> Result<(), ArrowError> {
        let (keys, columns) = (std::mem::take(&mut self.keys), std::mem::take(&mut self.columns));
        let fields = |key: &CountKey| key.axes.iter().map(name_of).collect::<Vec<_>>().join(" ");
        self.add(
            "keys",
            [
                ("measure", texts(keys.iter().map(|key| key.measure.to_string()))),
                ("version", numbers::<UInt32Type>(keys.iter().map(|key| key.version))),
                ("part", numbers::<UInt32Type>(keys.iter().map(|key| narrow(key.input)))),
                ("level", numbers::<UInt8Type>(keys.iter().map(|key| key.level))),
                ("breakdown", texts(keys.iter().map(|key| fields(key)))),
            ],
        )?;
        self.add(
            "columns",
            [
                ("dataset", texts(columns.iter().map(|(dataset, _)| (*dataset).to_owned()))),
                ("field", texts(columns.iter().map(|(_, field)| name_of(field)))),
            ],
        )
    }
}

fn numbers<T: ArrowPrimitiveType>(values: impl IntoIterator<Item = T::Native>) -> ArrayRef {
    Arc::new(PrimitiveArray::<T>::from_iter_values(values))
}

fn texts(values: impl Iterator<Item = String>) -> ArrayRef {
    Arc::new(StringArray::from(values.collect::<Vec<_>>()))
}

/// The upper and the lower 64 bits of a sum.
fn halves(sum: u128) -> (u64, u64) {
    let low = u64::try_from(sum & u128::from(u64::MAX)).unwrap_or(u64::MAX);
    (u64::try_from(sum >> 64).unwrap_or(u64::MAX), low)
}

fn narrow(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}
