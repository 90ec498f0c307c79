//! Repeat victimisation: the kernel's counts by month and area, and the guards around them.

use super::ComputeError;
use super::compute::{Asked, real};
use super::cube::{cell_of, members};
use super::data::{CubeKey, Data};
use super::dims::{Dim, Dims};
use super::measured::Measured;
use super::months::MonthCodes;
use super::observation::MissingReason;
use super::place::Base;
use super::program::Program;
use super::rows::Table;
use super::state::State;
use crate::cel::{FieldPath, Predicate};
use crate::column::{Column, MISSING_DATE};
use crate::kernel::{self, Batch, MonthSpan, NONE, RepeatVariant, RollingWindow, Victimisations};
use crate::measure::{RepeatResult, RepeatRule, RepeatShare, Window};
use crate::period::{Month, Period};
use crate::reference::{AreaId, Areas, Level};

/// Months before the period in which an earlier crime may lie.
const LOOK_BACK: i32 = 12;

/// Above this share of victims who cannot be linked, a caveat is added.
const UNLINKABLE_CAVEAT: f64 = 0.1;

/// Repeats and subjects by month, area and cell; nothing adds up but over months of a share that is pooled.
#[derive(Debug)]
pub(super) struct RepeatCube {
    areas: Vec<AreaId>,
    first: i32,
    months: usize,
    cells: usize,
    /// Repeats and all, by month, area and cell.
    values: Vec<(u64, u64)>,
    /// For each month the smallest and largest identifier of the keys of its pseudonyms.
    keys: Vec<Option<(u64, u64)>>,
}

/// The columns of all parts as the kernel takes them, one after the other.
#[derive(Default)]
struct Joined {
    person: Vec<u64>,
    date: Vec<i32>,
    crime: Vec<u64>,
    incident: Vec<u64>,
    key: Vec<u64>,
    marks: Vec<u8>,
    area: Vec<u16>,
    month: Vec<u16>,
    /// Combination of the codes of the dimensions of which a row has one, or [`NONE`].
    single: Vec<u32>,
    /// Number of such combinations.
    cells: u32,
    same: Option<Vec<u16>>,
}

impl Data {
    /// The share, or number, of repeats in a cell.
    pub(super) fn repeated(&self, asked: Asked<'_>, repeat: &RepeatShare) -> Result<Measured, ComputeError> {
        let areas = &self.core.reference.areas;
        let level = areas.get(asked.area).level();
        let at = Level::ALL.iter().position(|known| *known == level).and_then(|at| u8::try_from(at).ok());
        let key = CubeKey::new(asked.definition, 0, at.unwrap_or(u8::MAX), asked.dims);
        let cube = self.repeats.get(&key, || RepeatCube::new(self, repeat, level, asked.dims));
        let cube = Result::as_ref(&cube).map_err(Clone::clone)?;
        let Some(place) = cube.areas.iter().position(|area| *area == asked.area) else {
            return Ok(Measured::missing(MissingReason::NotApplicable));
        };
        let within_period = repeat.rule == RepeatRule::PersonsTwoPlusInWindow;
        let before = if within_period { 0 } else { LOOK_BACK };
        let placed = repeat.placed();
        let reports = self.reports(placed, asked.area, asked.period, before);
        let earlier = Period::rolling_year(asked.period.first().plus(-1));
        let look_back = before == 0 || self.reports(placed, asked.area, earlier, 0).complete;
        let state = if !reports.complete {
            Err(MissingReason::NotSubmitted)
        } else if !look_back {
            Err(MissingReason::IncompleteLookback)
        } else if cube.mixes_keys(asked.period.first().plus(-before), asked.period.last()) {
            Err(MissingReason::MixedLinkageKeys)
        } else {
            let (repeats, all) = cube.find(repeat.rule, asked.period, place, asked.cell);
            Ok(match repeat.result {
                RepeatResult::Share => State::Share { numerator: real(repeats), denominator: real(all) },
                RepeatResult::Number => State::Count(real(repeats)),
            })
        };
        let mut measured = reports.measured(state);
        self.note_unlinkable(&mut measured, asked, repeat)?;
        Ok(measured)
    }

    /// Reports the share of qualifying victims who cannot be linked.
    fn note_unlinkable(
        &self,
        measured: &mut Measured,
        asked: Asked<'_>,
        repeat: &RepeatShare,
    ) -> Result<(), ComputeError> {
        let all = &repeat.qualifying;
        let predicates = || vec![all.clone(), all.and(&repeat.linkable)];
        let counts = self.tallied(asked, 1, repeat.placed(), predicates, |_, tally| {
            Ok(State::Share { numerator: real(tally[0] - tally[1]), denominator: real(tally[0]) })
        })?;
        if let Ok(State::Share { numerator, denominator }) = counts.state
            && denominator > 0.0
        {
            let share = numerator / denominator;
            measured.completeness.records_missing_share = Some(share);
            if share > UNLINKABLE_CAVEAT {
                measured.caveat(
                    "More than one victim in ten cannot be linked and is left out, above and below the line.",
                );
            }
        }
        for caveat in counts.caveats {
            measured.caveat(caveat);
        }
        Ok(())
    }
}

impl RepeatShare {
    /// How the rows are placed.
    pub(super) fn placed(&self) -> super::data::Placed<'_> {
        super::data::Placed { dataset: self.dataset, date: self.date, place: &self.place }
    }
}

impl RepeatCube {
    fn new(data: &Data, repeat: &RepeatShare, level: Level, dims: &Dims) -> Result<Self, ComputeError> {
        let table = data.table(repeat.dataset)?;
        let areas = &data.core.reference.areas;
        let base = data.base(repeat.place.area);
        let months = data.months(table, repeat.date);
        let level_areas: Vec<AreaId> = areas.at_level(level).collect();
        let cells = dims.cells();
        let mut cube = Self {
            values: vec![(0, 0); level_areas.len() * months.count * cells],
            areas: level_areas,
            first: months.first,
            months: months.count,
            cells,
            keys: vec![None; months.count],
        };
        if months.count == 0 {
            return Ok(cube);
        }
        let runs: Vec<Vec<usize>> = match level {
            // The two Londons overlap: each is counted by itself.
            Level::London => (0..cube.areas.len()).map(|place| vec![place]).collect(),
            _ => vec![(0..cube.areas.len()).collect()],
        };
        let sets: Vec<&Dim> = dims.0.iter().filter(|dim| dim.multi_valued).collect();
        let combinations: usize = sets.iter().map(|dim| dim.codes.len()).product();
        for combination in 0..combinations {
            let members = members(&sets, combination);
            let joined = Joined::new(data, table, repeat, &months, dims, &members)?;
            cube.note_keys(&joined);
            for run in &runs {
                let counts = joined.count(data, repeat, &cube.places(areas, &base, run), cube.months, cube.first)?;
                cube.add(&counts, run, dims, &members);
            }
        }
        Ok(cube)
    }

    /// For each month and position of the base, which area of the run it lies in.
    fn places(&self, areas: &Areas, base: &Base, run: &[usize]) -> Vec<Vec<u32>> {
        let of_month = |month: i32| {
            let end = Month::from_index(month).last_day();
            let mut places = vec![NONE; base.areas.len()];
            for (group, place) in (0..).zip(run) {
                let area = self.areas[*place];
                if areas.get(area).validity().contains(end) {
                    base.within(areas, area, end).iter().for_each(|at| places[*at] = group);
                }
            }
            places
        };
        let months = i32::try_from(self.months).unwrap_or(0);
        (self.first..self.first + months).map(of_month).collect()
    }

    fn note_keys(&mut self, joined: &Joined) {
        let marked = joined.marks.iter().zip(&joined.month).zip(&joined.key).filter(|((marks, _), _)| **marks != 0);
        for ((_, month), key) in marked.filter(|(_, key)| **key != 0) {
            if let Some(keys) = usize::from(*month).checked_sub(1).and_then(|month| self.keys.get_mut(month)) {
                let (low, high) = keys.unwrap_or((*key, *key));
                *keys = Some((low.min(*key), high.max(*key)));
            }
        }
    }

    /// Whether pseudonyms of different keys meet in these months.
    fn mixes_keys(&self, first: Month, last: Month) -> bool {
        let position = |month: i32| usize::try_from(month - self.first).unwrap_or(0).min(self.months);
        let keys = &self.keys[position(first.index())..position(last.index() + 1)];
        let low = keys.iter().flatten().map(|(low, _)| low).min();
        let high = keys.iter().flatten().map(|(_, high)| high).max();
        low != high
    }

    fn add(&mut self, counts: &kernel::RepeatCounts, run: &[usize], dims: &Dims, members: &[(FieldPath, usize)]) {
        let single = dims.single_count();
        let cells: Vec<usize> = (0..single).map(|at| cell_of(dims, at, members)).collect();
        for month in 0..self.months {
            for (group, place) in run.iter().enumerate() {
                for (at, cell) in cells.iter().enumerate() {
                    let from = (month * run.len() + group) * single + at;
                    let to = (month * self.areas.len() + place) * self.cells + cell;
                    self.values[to] = (counts.numerator[from], counts.denominator[from]);
                }
            }
        }
    }

    /// Repeats and all of a period: those of its months pooled, or of the 12 months that end with it.
    fn find(&self, rule: RepeatRule, period: Period, place: usize, cell: usize) -> (u64, u64) {
        let first = if rule == RepeatRule::PersonsTwoPlusInWindow { period.last() } else { period.first() };
        let months = first.index()..=period.last().index();
        let found = months.filter_map(|month| {
            let month = usize::try_from(month - self.first).ok().filter(|month| *month < self.months)?;
            self.values.get((month * self.areas.len() + place) * self.cells + cell)
        });
        found.fold((0, 0), |(repeats, all), (numerator, denominator)| (repeats + numerator, all + denominator))
    }
}

impl Joined {
    fn new(
        data: &Data,
        table: &Table,
        repeat: &RepeatShare,
        months: &MonthCodes,
        dims: &Dims,
        members: &[(FieldPath, usize)],
    ) -> Result<Self, ComputeError> {
        let rows = &data.rows;
        let known = Predicate::present(repeat.person);
        let mut program = Program::new(&data.core.reference);
        program.push(&known.and(&repeat.linkable).and(&repeat.index), members)?;
        program.push(&known.and(&repeat.linkable).and(&repeat.prior), &[])?;
        let mask = program.compile()?;
        let mut fields = program.fields();
        fields.extend([repeat.date, repeat.place.area]);
        let cells = u32::try_from(dims.single_count()).unwrap_or(u32::MAX);
        let mut joined = Self { cells, same: repeat.same.map(|_| Vec::new()), ..Self::default() };
        for (part, month_codes) in table.parts.iter().zip(&months.codes) {
            let held = program.columns(rows, part);
            let count = part.segment.batch.rows();
            let selection = rows.selection(part, &fields);
            let batch = Batch::new(count, held.borrowed(), selection.as_deref())?;
            joined.marks.extend(mask.marks(&batch, rows.threads())?);
            let keys = |path| keys(&rows.column(part, path), count);
            joined.person.extend(keys(&repeat.person));
            joined.crime.extend(keys(&repeat.crime));
            joined.incident.extend(keys(&repeat.incident));
            joined.key.extend(keys(&repeat.key_id));
            let dates = rows.column(part, &repeat.date);
            joined.date.extend(dates.as_i32().map_or_else(|| vec![MISSING_DATE; count], <[i32]>::to_vec));
            joined.area.extend(codes(&rows.column(part, &repeat.place.area), count));
            joined.month.extend(month_codes);
            if let (Some(same), Some(path)) = (&mut joined.same, &repeat.same) {
                same.extend(codes(&rows.column(part, path), count));
            }
            joined.single.extend(dims.single_cells(rows, part));
        }
        Ok(joined)
    }

    /// Counts one run of areas, given the area of each month and position.
    fn count(
        &self,
        data: &Data,
        repeat: &RepeatShare,
        places: &[Vec<u32>],
        months: usize,
        first: i32,
    ) -> Result<kernel::RepeatCounts, ComputeError> {
        let base = data.base(repeat.place.area);
        let cells = self.cells;
        let group = |((area, month), single): ((&u16, &u16), &u32)| {
            let position = base.of_code.get(usize::from(*area)).copied().and_then(|at| usize::try_from(at).ok());
            let places = usize::from(*month).checked_sub(1).and_then(|month| places.get(month));
            let place = places.zip(position).and_then(|(places, at)| places.get(at)).copied();
            match place {
                Some(place) if place != NONE && *single < cells => place * cells + single,
                _ => NONE,
            }
        };
        let groups: Vec<u32> = self.area.iter().zip(&self.month).zip(&self.single).map(group).collect();
        let areas = places.iter().flatten().filter(|place| **place != NONE).max().map_or(0, |last| last + 1);
        let rows = Victimisations {
            person: &self.person,
            date: &self.date,
            crime: &self.crime,
            incident: &self.incident,
            marks: &self.marks,
            group: &groups,
            same: self.same.as_deref().map(kernel::Column::U16),
        };
        let span = MonthSpan { first, count: u16::try_from(months).unwrap_or(u16::MAX) };
        Ok(kernel::repeat(&rows, areas.max(1) * cells, span, rule(repeat), data.rows.threads())?)
    }
}

/// The keys of a column, or none.
fn keys(column: &Column, rows: usize) -> Vec<u64> {
    column.as_u64().map_or_else(|| vec![0; rows], <[u64]>::to_vec)
}

/// The codes of a column in 16 bits, or none.
pub(super) fn codes(column: &Column, rows: usize) -> Vec<u16> {
    match column {
        Column::U8(codes) => codes.iter().map(|code| u16::from(*code)).collect(),
        Column::U16(codes) => codes.to_vec(),
        _ => vec![0; rows],
    }
}

fn rule(repeat: &RepeatShare) -> kernel::RepeatRule {
    let variant = match repeat.rule {
        RepeatRule::PersonsPriorWindow => RepeatVariant::PersonsPriorWindow,
        RepeatRule::PersonsRolling(Window::Months(months)) => {
            RepeatVariant::PersonsRolling(RollingWindow::CalendarMonths(months))
        }
        RepeatRule::PersonsRolling(Window::Days(days)) => RepeatVariant::PersonsRolling(RollingWindow::Days(days)),
        RepeatRule::OffencesPrior => RepeatVariant::OffencesPrior,
        RepeatRule::PersonsTwoPlusInWindow => RepeatVariant::PersonsTwoPlusInWindow,
    };
    kernel::RepeatRule { variant, require_distinct_incident: repeat.require_distinct_incident }
}
