//! Reads a state from its tables.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{ArrayRef, ArrowPrimitiveType, AsArray as _, RecordBatch};
use arrow::datatypes::{Int32Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type};

use super::{SEVERITIES, field_named};
use crate::contract::Contract;
use crate::engine::counts::{
    CountKey, CountStates, CubeCell, Field as Column, HistogramCell, LinkedCell, LinkedState, TallyState,
    VictimEvent, WeightedCell,
};
use crate::engine::partial::state::{Followed, Partial, Received};
use crate::period::date_of_days;
use crate::stats::survey::WeightedSums;

/// A count of a state is below this. So no sum over the areas, months and cells of a query overflows, and no cell of real
/// records has as many.
const MOST_OF_A_CELL: u64 = 1 << 32;

/// The tables of a state. Their layout has been checked.
pub(super) struct Tables(pub(super) RecordBatch);

impl Tables {
    fn column(&self, table: &str, column: &str) -> Option<ArrayRef> {
        let rows = self.0.column_by_name(table)?.as_list_opt::<i32>()?.value(0);
        rows.as_struct_opt()?.column_by_name(column).cloned()
    }

    fn numbers<T: ArrowPrimitiveType>(&self, table: &str, column: &str) -> Option<Vec<T::Native>> {
        Some(self.column(table, column)?.as_primitive_opt::<T>()?.values().to_vec())
    }

    fn u32s(&self, table: &str, column: &str) -> Option<Vec<u32>> {
        self.numbers::<UInt32Type>(table, column)
    }

    fn u64s(&self, table: &str, column: &str) -> Option<Vec<u64>> {
        self.numbers::<UInt64Type>(table, column)
    }

    /// Numbers of rows; `None` if one cannot be.
    fn counted(&self, table: &str, column: &str) -> Option<Vec<u64>> {
        self.u64s(table, column).filter(|counts| counts.iter().all(|count| *count < MOST_OF_A_CELL))
    }

    fn i32s(&self, table: &str, column: &str) -> Option<Vec<i32>> {
        self.numbers::<Int32Type>(table, column)
    }

    fn texts(&self, table: &str, column: &str) -> Option<Vec<String>> {
        let column = self.column(table, column)?;
        Some(column.as_string_opt::<i32>()?.iter().map(|text| text.unwrap_or("").to_owned()).collect())
    }

    /// The state; `None` if a table refers to a position that another table does not have.
    pub(super) fn state(&self) -> Option<Partial> {
        let about = self.u64s("about", "number")?;
        let [bucket, buckets, digest, sent, counted] = *about.as_slice() else { return None };
        let bucket = (u32::try_from(bucket).ok()?, u32::try_from(buckets).ok()?);
        let keys = self.keys()?;
        let columns = self.columns()?;
        Some(Partial {
            digest,
            bucket: Some(bucket).filter(|(_, buckets)| *buckets > 0),
            counts: CountStates {
                tallies: self.counts(&keys)?,
                linked: self.repeats(&keys)?,
                weighted: self.respondents(&keys)?,
                histograms: self.histograms(&keys)?,
                months: self.months(&columns)?,
                areas: self.seen(&columns)?,
            },
            persons: self.persons(&keys)?,
            sent,
            counted,
            received: self.received()?,
        })
    }

    fn keys(&self) -> Option<Vec<CountKey>> {
        let measures = self.texts("keys", "measure")?.into_iter();
        let numbers = self.u32s("keys", "version")?.into_iter().zip(self.u32s("keys", "part")?);
        let levels = self.numbers::<UInt8Type>("keys", "level")?.into_iter();
        let all = measures.zip(numbers).zip(levels.zip(self.texts("keys", "breakdown")?));
        let key = |((measure, (version, input)), (level, fields)): ((String, (u32, u32)), (u8, String))| {
            let axes = fields.split_whitespace().map(field_named).collect::<Option<_>>()?;
            Some(CountKey { measure: measure.into(), version, input: wide(input)?, level, axes })
        };
        all.map(key).collect()
    }

    fn columns(&self) -> Option<Vec<Column>> {
        let all = self.texts("columns", "dataset")?.into_iter().zip(self.texts("columns", "field")?);
        let column = |(dataset, field): (String, String)| {
            Some((Contract::get().dataset(&dataset)?.id.as_str(), field_named(&field)?))
        };
        all.map(column).collect()
    }

    fn counts(&self, keys: &[CountKey]) -> Option<BTreeMap<CountKey, TallyState>> {
        let mut cubes = BTreeMap::new();
        let links = self.counted("cubes", "orphans")?.into_iter().zip(self.counted("cubes", "linked")?);
        for (key, (orphans, linked)) in self.u32s("cubes", "key")?.into_iter().zip(links) {
            cubes.insert(keys.get(wide(key)?)?.clone(), TallyState { orphans, linked, ..TallyState::default() });
        }
        let areas = self.u32s("counts", "area")?.into_iter().zip(self.i32s("counts", "month")?);
        let cells = self.u32s("counts", "cell")?.into_iter().zip(self.u32s("counts", "predicate")?);
        let places = areas.zip(cells).zip(self.counted("counts", "count")?);
        for (key, (((area, month), (cell, bit)), count)) in self.u32s("counts", "key")?.into_iter().zip(places) {
            let cube = cubes.get_mut(keys.get(wide(key)?)?)?;
            cube.values.insert(CubeCell { area, month, cell, bit }, count);
        }
        Some(cubes)
    }

    fn repeats(&self, keys: &[CountKey]) -> Option<BTreeMap<CountKey, LinkedState>> {
        let mut cubes = BTreeMap::new();
        for key in self.u32s("repeat_cubes", "key")? {
            cubes.insert(keys.get(wide(key)?)?.clone(), LinkedState::default());
        }
        let places = self.u32s("repeats", "area")?.into_iter().zip(self.i32s("repeats", "month")?);
        let places = places.zip(self.u32s("repeats", "cell")?);
        let counts = self.counted("repeats", "repeats")?.into_iter().zip(self.counted("repeats", "all")?);
        for (key, (((area, month), cell), counts)) in self.u32s("repeats", "key")?.into_iter().zip(places.zip(counts))
        {
            let cube = cubes.get_mut(keys.get(wide(key)?)?)?;
            cube.values.insert(LinkedCell { area: wide(area)?, month, cell: wide(cell)? }, counts);
        }
        let linked = self.i32s("linkage_keys", "month")?.into_iter().zip(self.u64s("linkage_keys", "linkage_key")?);
        for (key, linked) in self.u32s("linkage_keys", "key")?.into_iter().zip(linked) {
            cubes.get_mut(keys.get(wide(key)?)?)?.keys.insert(linked);
        }
        Some(cubes)
    }

    fn respondents(&self, keys: &[CountKey]) -> Option<BTreeMap<CountKey, BTreeMap<WeightedCell, WeightedSums>>> {
        let mut surveys = BTreeMap::new();
        for key in self.u32s("survey_cubes", "key")? {
            surveys.insert(keys.get(wide(key)?)?.clone(), BTreeMap::new());
        }
        let of = |column| self.u32s("respondents", column);
        let months = self.i32s("respondents", "month")?;
        let u64s = |column: &str| self.u64s("respondents", column);
        let sums = |name: &str| {
            let halves = u64s(&format!("{name}_high"))?.into_iter().zip(u64s(&format!("{name}_low"))?);
            Some(halves.map(|(high, low)| u128::from(high) << 64 | u128::from(low)).collect::<Vec<_>>())
        };
        let (areas, cells, units, n) = (of("area")?, of("cell")?, u64s("unit")?, u64s("respondents")?);
        let (weights, squares, counted) = (sums("weights")?, sums("squares")?, sums("counted")?);
        for (row, key) in of("key")?.into_iter().enumerate() {
            let place = WeightedCell {
                area: wide(areas[row])?,
                month: months[row],
                cell: wide(cells[row])?,
                unit: units[row],
            };
            let sums = WeightedSums { n: n[row], sum_w: weights[row], sum_w2: squares[row], sum_wx: counted[row] };
            surveys.get_mut(keys.get(wide(key)?)?)?.insert(place, sums);
        }
        Some(surveys)
    }

    fn histograms(&self, keys: &[CountKey]) -> Option<BTreeMap<CountKey, BTreeMap<HistogramCell, u64>>> {
        let mut histograms = BTreeMap::new();
        for key in self.u32s("histogram_cubes", "key")? {
            histograms.insert(keys.get(wide(key)?)?.clone(), BTreeMap::new());
        }
        let of = |column| self.u32s("histograms", column);
        let (areas, cells, counts) = (of("area")?, of("cell")?, self.counted("histograms", "count")?);
        let (months, values) = (self.i32s("histograms", "month")?, self.i32s("histograms", "value")?);
        for (row, key) in of("key")?.into_iter().enumerate() {
            let place = HistogramCell { area: areas[row], month: months[row], cell: cells[row], value: values[row] };
            histograms.get_mut(keys.get(wide(key)?)?)?.insert(place, counts[row]);
        }
        Some(histograms)
    }

    fn persons(&self, keys: &[CountKey]) -> Option<BTreeMap<Followed, Vec<VictimEvent>>> {
        let followed = self.u32s("followed", "key")?.into_iter().zip(self.u32s("followed", "combination")?);
        let followed = followed.map(|(key, combination)| {
            Some(Followed { measure: keys.get(wide(key)?)?.clone(), combination: wide(combination)? })
        });
        let followed = followed.collect::<Option<Vec<_>>>()?;
        let mut events: Vec<Vec<VictimEvent>> = vec![Vec::new(); followed.len()];
        let of = self.u32s("victims", "followed")?;
        let u64s = |column| self.u64s("victims", column);
        let u16s = |column| self.numbers::<UInt16Type>("victims", column);
        let (person, crime, incident, key) =
            (u64s("person")?, u64s("crime")?, u64s("incident")?, u64s("linkage_key")?);
        let (area, same) = (u16s("area")?, u16s("common")?);
        let (date, single) = (self.i32s("victims", "date")?, self.u32s("victims", "cell")?);
        let marks = self.numbers::<UInt8Type>("victims", "marks")?;
        for (row, of) in of.into_iter().enumerate() {
            events.get_mut(wide(of)?)?.push(VictimEvent {
                person: person[row],
                date: date[row],
                crime: crime[row],
                incident: incident[row],
                key: key[row],
                marks: marks[row],
                area: area[row],
                single: single[row],
                same: same[row],
            });
        }
        Some(followed.into_iter().zip(events).collect())
    }

    fn months(&self, columns: &[Column]) -> Option<BTreeMap<Column, (i32, i32)>> {
        let spans = self.i32s("months", "first")?.into_iter().zip(self.i32s("months", "last")?);
        let all = self.u32s("months", "column")?.into_iter().zip(spans);
        all.map(|(column, span)| Some((*columns.get(wide(column)?)?, span))).collect()
    }

    fn seen(&self, columns: &[Column]) -> Option<BTreeMap<Column, BTreeSet<usize>>> {
        let mut seen = BTreeMap::new();
        for column in self.u32s("placed", "column")? {
            seen.insert(*columns.get(wide(column)?)?, BTreeSet::new());
        }
        for (column, area) in self.u32s("areas", "column")?.into_iter().zip(self.u32s("areas", "area")?) {
            seen.get_mut(columns.get(wide(column)?)?)?.insert(wide(area)?);
        }
        Some(seen)
    }

    fn received(&self) -> Option<BTreeMap<&'static str, Received>> {
        let mut rows = Vec::new();
        let numbers = self.u64s("received", "received")?.into_iter().zip(self.u64s("received", "rejected")?);
        let days = self.i32s("received", "first")?.into_iter().zip(self.i32s("received", "last")?);
        for (dataset, ((received, rejected), (first, last))) in
            self.texts("received", "dataset")?.into_iter().zip(numbers.zip(days))
        {
            let covers = date_of_days(first).zip(date_of_days(last)).filter(|_| first != i32::MIN);
            let became = Received { received, rejected, covers, findings: BTreeMap::new() };
            rows.push((Contract::get().dataset(&dataset)?.id.as_str(), became));
        }
        let codes = self.texts("findings", "code")?.into_iter().zip(self.u64s("findings", "total")?);
        let codes = codes.zip(self.numbers::<UInt8Type>("findings", "severity")?);
        for (dataset, ((code, total), severity)) in self.u32s("findings", "dataset")?.into_iter().zip(codes) {
            let severity = *SEVERITIES.get(usize::from(severity))?;
            rows.get_mut(wide(dataset)?)?.1.findings.insert(code, (severity, total));
        }
        Some(rows.into_iter().collect())
    }
}

fn wide(position: u32) -> Option<usize> {
    usize::try_from(position).ok()
}
