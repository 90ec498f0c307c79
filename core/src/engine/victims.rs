//! The rows of victims as the kernel of repeat victimisation takes them.

use super::ComputeError;
use super::data::Data;
use super::dims::Dims;
use super::months::{MonthCodes, MonthSpan as Months};
use super::program::Program;
use super::rows::Table;
use crate::cel::{FieldPath, Predicate};
use crate::column::{Column, MISSING_DATE};
use crate::contract::Kind;
use crate::kernel::{self, Batch, Common, NONE, RepeatVariant, RollingWindow, Victimisations};
use crate::measure::{RepeatRule, RepeatShare, Window};
use crate::period::MonthSpan;

/// The columns of all parts as the kernel takes them, one after the other.
#[derive(Default)]
pub(super) struct Joined {
    person: Vec<u64>,
    date: Vec<i32>,
    crime: Vec<u64>,
    incident: Vec<u64>,
    pub(super) key: Vec<u64>,
    pub(super) marks: Vec<u8>,
    area: Vec<u16>,
    pub(super) month: Vec<u16>,
    /// Combination of the codes of the dimensions of which a row has one, or [`NONE`].
    single: Vec<u32>,
    /// Number of such combinations.
    cells: u32,
    same: Option<Vec<u16>>,
}

/// One row of a victim that counts.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Event {
    pub(super) person: u64,
    /// Days since 1970-01-01.
    pub(super) date: i32,
    pub(super) crime: u64,
    pub(super) incident: u64,
    /// Key that the pseudonym was made with.
    pub(super) key: u64,
    /// See [`Victimisations::marks`].
    pub(super) marks: u8,
    /// Code of the area.
    pub(super) area: u16,
    /// Combination of the codes of the dimensions of which a row has one.
    pub(super) single: u32,
    /// What two crimes must have in common; 0 where nothing is asked.
    pub(super) same: u16,
}

impl Joined {
    pub(super) fn new(
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

    /// The rows that count, as they are brought together with others of the same persons.
    pub(super) fn events(&self) -> impl Iterator<Item = Event> {
        let rows = (0..self.marks.len()).filter(|row| self.marks[*row] != 0 && self.date[*row] != MISSING_DATE);
        rows.map(|row| Event {
            person: self.person[row],
            date: self.date[row],
            crime: self.crime[row],
            incident: self.incident[row],
            key: self.key[row],
            marks: self.marks[row],
            area: self.area[row],
            single: self.single[row],
            same: self.same.as_ref().map_or(0, |same| same[row]),
        })
    }

    /// The rows that were brought together.
    pub(super) fn of_events<'e>(
        events: impl Iterator<Item = &'e Event>,
        repeat: &RepeatShare,
        dims: &Dims,
        months: Months,
    ) -> Self {
        let cells = u32::try_from(dims.single_count()).unwrap_or(u32::MAX);
        let mut joined = Self { cells, same: repeat.same.map(|_| Vec::new()), ..Self::default() };
        for event in events {
            joined.person.push(event.person);
            joined.date.push(event.date);
            joined.crime.push(event.crime);
            joined.incident.push(event.incident);
            joined.key.push(event.key);
            joined.marks.push(event.marks);
            joined.area.push(event.area);
            joined.month.push(months.code(event.date));
            joined.single.push(event.single);
            if let Some(same) = &mut joined.same {
                same.push(event.same);
            }
        }
        joined
    }

    /// Counts one run of areas, given for each month the area of each position, and how many areas there are.
    pub(super) fn count(
        &self,
        data: &Data,
        repeat: &RepeatShare,
        (places, areas): (&[Vec<u32>], usize),
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
        let areas = u32::try_from(areas).unwrap_or(u32::MAX);
        let rows = Victimisations {
            person: &self.person,
            date: &self.date,
            crime: &self.crime,
            incident: &self.incident,
            marks: &self.marks,
            group: &groups,
            same: repeat.same.zip(self.same.as_deref()).map(|(path, same)| common(path, same)),
        };
        let span = MonthSpan { first, count: places.len() };
        Ok(kernel::repeat(&rows, areas.saturating_mul(cells), span, rule(repeat), data.rows.threads())?)
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

/// What crimes must have in common: the code of a field, or some member where it is a set.
fn common(path: FieldPath, codes: &[u16]) -> Common<'_> {
    let codes = kernel::Column::U16(codes);
    match path.declared().map(|field| &field.kind) {
        Some(Kind::Set(_)) => Common::Member(codes),
        _ => Common::Code(codes),
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
