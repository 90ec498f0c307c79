//! The rows of victims in the form that the kernel of repeat victimisation needs.

use super::CountStore;
use crate::cel::{FieldPath, Predicate};
use crate::column::MISSING_DATE;
use crate::contract::Kind;
use crate::design::LinkedVictims;
use crate::engine::error::ComputeError;
use crate::engine::query::{BreakdownAxes, Members};
use crate::engine::rows::{MonthCodes, Program, Table, codes, keys, single_cells};
use crate::kernel::{self, Batch, Common, NONE, Victimisations};
use crate::period::MonthSpan;

/// The columns for the kernel. The parts follow each other.
#[derive(Default)]
pub(crate) struct VictimEvents {
    person: Vec<u64>,
    date: Vec<i32>,
    crime: Vec<u64>,
    incident: Vec<u64>,
    pub(crate) key: Vec<u64>,
    pub(crate) marks: Vec<u8>,
    area: Vec<u16>,
    pub(crate) month: Vec<u16>,
    /// Combination of the codes of the dimensions that are no sets, or [`NONE`].
    single: Vec<u32>,
    /// Number of these combinations.
    cells: u32,
    same: Option<Vec<u16>>,
}

/// One row of a victim that counts.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct VictimEvent {
    pub(crate) person: u64,
    /// Days since 1970-01-01.
    pub(crate) date: i32,
    pub(crate) crime: u64,
    pub(crate) incident: u64,
    /// Key with which the pseudonym was made.
    pub(crate) key: u64,
    /// See [`Victimisations::marks`].
    pub(crate) marks: u8,
    /// Code of the area.
    pub(crate) area: u16,
    /// Combination of the codes of the dimensions that are no sets.
    pub(crate) single: u32,
    /// The value that two crimes must have in common; 0 if there is no such condition.
    pub(crate) same: u16,
}

impl VictimEvents {
    pub(crate) fn new(
        store: &CountStore,
        table: &Table,
        victims: &LinkedVictims,
        months: &MonthCodes,
        axes: &BreakdownAxes,
        members: &Members,
    ) -> Result<Self, ComputeError> {
        let rows = &store.rows.rows;
        let known = if victims.alone { Predicate::always() } else { Predicate::present(victims.person) };
        let mut program = Program::new(&store.rows.core.reference);
        program.push(&known.and(&victims.linkable).and(&victims.index), members)?;
        program.push(&known.and(&victims.linkable).and(&victims.prior), &[])?;
        let mask = program.compile()?;
        let mut fields = program.fields();
        fields.extend([victims.rows.date, victims.rows.area]);
        let cells = u32::try_from(axes.single_count()).unwrap_or(u32::MAX);
        let mut events = Self { cells, same: victims.same.map(|_| Vec::new()), ..Self::default() };
        for (part, month_codes) in table.parts.iter().zip(&months.codes) {
            let held = program.columns(rows, part);
            let count = part.segment.batch.rows();
            let selection = rows.selection(part, &fields);
            let batch = Batch::new(count, held.borrowed(), selection.as_deref())?;
            events.marks.extend(mask.marks(&batch, rows.threads())?);
            let keys = |path| keys(&rows.column(part, path), count).into_owned();
            let crimes = keys(&victims.crime);
            let persons = keys(&victims.person);
            events.person.extend(persons.iter().zip(&crimes).map(|(person, crime)| match *person {
                // The complement: an incident can have the reference of another crime.
                0 if victims.alone => !crime,
                person => person,
            }));
            events.crime.extend(crimes);
            events.incident.extend(keys(&victims.incident));
            events.key.extend(victims.key_id.as_ref().map_or_else(|| vec![0; count], keys));
            let dates = rows.column(part, &victims.rows.date);
            events.date.extend(dates.as_i32().map_or_else(|| vec![MISSING_DATE; count], <[i32]>::to_vec));
            events.area.extend(codes(&rows.column(part, &victims.rows.area), count));
            events.month.extend(month_codes);
            if let (Some(same), Some(path)) = (&mut events.same, &victims.same) {
                same.extend(codes(&rows.column(part, path), count));
            }
            events.single.extend(single_cells(axes, rows, part));
        }
        Ok(events)
    }

    /// The rows that count, in the form in which all rows of a person are brought together.
    pub(crate) fn events(&self) -> impl Iterator<Item = VictimEvent> {
        let rows = (0..self.marks.len()).filter(|row| self.marks[*row] != 0 && self.date[*row] != MISSING_DATE);
        rows.map(|row| VictimEvent {
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
    pub(crate) fn of_events<'e>(
        rows: impl Iterator<Item = &'e VictimEvent>,
        victims: &LinkedVictims,
        axes: &BreakdownAxes,
        months: MonthSpan,
    ) -> Self {
        let cells = u32::try_from(axes.single_count()).unwrap_or(u32::MAX);
        let mut events = Self { cells, same: victims.same.map(|_| Vec::new()), ..Self::default() };
        for event in rows {
            events.person.push(event.person);
            events.date.push(event.date);
            events.crime.push(event.crime);
            events.incident.push(event.incident);
            events.key.push(event.key);
            events.marks.push(event.marks);
            events.area.push(event.area);
            events.month.push(months.code(event.date));
            events.single.push(event.single);
            if let Some(same) = &mut events.same {
                same.push(event.same);
            }
        }
        events
    }

    /// Counts one run of areas. The arguments are the area of each position, and the number of areas.
    pub(crate) fn count(
        &self,
        store: &CountStore,
        victims: &LinkedVictims,
        (places, areas): (&[u32], usize),
        months: MonthSpan,
    ) -> Result<kernel::RepeatCounts, ComputeError> {
        let index = store.rows.area_index(victims.rows.area);
        let cells = self.cells;
        let group = |(area, single): (&u16, &u32)| {
            let position = index.of_code.get(usize::from(*area)).copied().and_then(|at| usize::try_from(at).ok());
            match position.and_then(|at| places.get(at)) {
                Some(place) if *place != NONE && *single < cells => place * cells + single,
                _ => NONE,
            }
        };
        let groups: Vec<u32> = self.area.iter().zip(&self.single).map(group).collect();
        let areas = u32::try_from(areas).unwrap_or(u32::MAX);
        let rows = Victimisations {
            person: &self.person,
            date: &self.date,
            crime: &self.crime,
            incident: &self.incident,
            marks: &self.marks,
            group: &groups,
            same: victims.same.zip(self.same.as_deref()).map(|(path, same)| common(path, same)),
        };
        Ok(kernel::repeat(&rows, areas.saturating_mul(cells), months, victims.rule, store.rows.rows.threads())?)
    }
}

/// The value that crimes must have in common: the code of a field, or a member if the field is a set.
fn common(path: FieldPath, codes: &[u16]) -> Common<'_> {
    let codes = kernel::Column::U16(codes);
    match path.declared().map(|field| &field.kind) {
        Some(Kind::Set(_)) => Common::Member(codes),
        _ => Common::Code(codes),
    }
}
