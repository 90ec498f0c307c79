//! The questions, put to the kernel as the measures' definitions would put them.

use peelian_core::kernel::{
    Batch, Clause, Column, Counts, Dimension, GroupIndex, INDEX, KernelError, MaskProgram, NONE, PRIOR, RepeatCounts,
    RepeatRule, RepeatVariant, Term, Victimisations, count, repeat,
};
use peelian_core::period::MonthSpan;
use std::num::NonZeroUsize;

use crate::data::{BOROUGHS, FIRST_MONTH, MONTHS};

/// Columns of the crimes in the order in which the programs below refer to them.
const STATUS: usize = 0;
const CRIME_GROUP: usize = 1;
const DOMESTIC: usize = 2;
const HATE: usize = 3;
const ONLINE: usize = 4;
const KNIFE: usize = 5;
const GUN: usize = 6;
const INJURY: usize = 7;
const BOROUGH: usize = 8;
const MONTH: usize = 9;
const SEX: usize = 10;
const ETHNICITY: usize = 11;

const YES: &[usize] = &[1];
const NO: &[usize] = &[0];
const KNIFE_USED: &[usize] = &[1, 2, 3];
const INJURED: &[usize] = &[1, 2, 3, 4];

/// Each measure as the conditions that a crime must meet: the column's code is one of those listed.
const MEASURES: [&[(usize, &[usize])]; 12] = [
    &[(STATUS, NO)],
    &[(STATUS, NO), (KNIFE, KNIFE_USED)],
    &[(STATUS, NO), (KNIFE, YES), (INJURY, INJURED)],
    &[(STATUS, NO), (GUN, &[1, 2, 3, 4])],
    &[(STATUS, NO), (DOMESTIC, YES)],
    &[(STATUS, NO), (HATE, YES)],
    &[(STATUS, NO), (ONLINE, YES)],
    &[(STATUS, NO), (CRIME_GROUP, &[1])],
    &[(STATUS, NO), (CRIME_GROUP, &[1]), (DOMESTIC, YES)],
    &[(STATUS, NO), (KNIFE, YES), (INJURY, INJURED), (DOMESTIC, NO)],
    &[(STATUS, NO), (CRIME_GROUP, &[8])],
    &[(STATUS, NO), (CRIME_GROUP, &[4, 5])],
];

/// One clause per column: the measures that have a condition on it, and the codes that meet theirs.
fn clauses(measures: &[&[(usize, &[usize])]]) -> Vec<Clause> {
    let last = measures.iter().flat_map(|literals| literals.iter()).map(|(column, _)| *column).max().unwrap_or(0);
    let mut clauses = Vec::new();
    for column in 0..=last {
        let (mut concerned, mut table) = (0, Vec::new());
        for (measure, literals) in measures.iter().enumerate() {
            for &code in literals.iter().filter(|(at, _)| *at == column).flat_map(|(_, codes)| codes.iter()) {
                concerned |= 1 << measure;
                table.resize(table.len().max(code + 1), 0);
                table[code] |= 1 << measure;
            }
        }
        if concerned != 0 {
            clauses.push(Clause { concerned, terms: vec![Term { column, table }] });
        }
    }
    clauses
}

fn dimension(column: usize, first: u16, size: u32) -> Dimension {
    let table = std::iter::repeat_n(NONE, usize::from(first)).chain(0..size).collect();
    Dimension { column, table, size }
}

/// Twelve measures by borough and month, and by sex and ethnicity if `breakdown`.
pub(crate) fn counts(columns: &[Column<'_>], breakdown: bool, threads: NonZeroUsize) -> Result<Counts, KernelError> {
    let rows = columns.first().map_or(0, Column::len);
    let batch = Batch::new(rows, columns.to_vec(), None)?;
    let program = MaskProgram::new(MEASURES.len(), &clauses(&MEASURES))?;
    let mut dimensions =
        vec![dimension(BOROUGH, 1, u32::from(BOROUGHS)), dimension(MONTH, FIRST_MONTH, u32::from(MONTHS))];
    if breakdown {
        dimensions.extend([dimension(SEX, 0, 4), dimension(ETHNICITY, 0, 6)]);
    }
    let groups = GroupIndex::new(&dimensions)?;
    count(&program, &groups, &batch, threads)
}

/// Columns of the victims.
pub(crate) struct VictimColumns<'a> {
    pub(crate) person: &'a [u64],
    pub(crate) date: &'a [i32],
    pub(crate) crime: &'a [u64],
    pub(crate) incident: &'a [u64],
    pub(crate) qualifies: &'a [u8],
    pub(crate) borough: &'a [u8],
}

/// Months evaluated: all that have a full year before them.
pub(crate) const REPEAT_MONTHS: u16 = MONTHS - 12;

/// Repeat victims by month and borough: a qualifying crime in the 12 calendar months before the month.
pub(crate) fn repeats(victims: &VictimColumns<'_>, threads: NonZeroUsize) -> Result<RepeatCounts, KernelError> {
    let columns = vec![Column::U8(victims.qualifies), Column::U8(victims.borough)];
    let batch = Batch::new(victims.person.len(), columns, None)?;
    let both = u64::from(INDEX | PRIOR);
    let qualifies = Clause { concerned: both, terms: vec![Term { column: 0, table: vec![0, both] }] };
    let marks = MaskProgram::new(2, &[qualifies])?.marks(&batch, threads)?;
    let groups = GroupIndex::new(&[dimension(1, 1, u32::from(BOROUGHS))])?;
    let group = groups.rows(&batch, threads)?;
    let rows = Victimisations {
        person: victims.person,
        date: victims.date,
        crime: victims.crime,
        incident: victims.incident,
        marks: &marks,
        group: &group,
        same: None,
    };
    let rule = RepeatRule { variant: RepeatVariant::PersonsPriorWindow, require_distinct_incident: true };
    let months = MonthSpan { first: i32::from(FIRST_MONTH) + 12, count: usize::from(REPEAT_MONTHS) };
    repeat(&rows, groups.groups(), months, rule, threads)
}
