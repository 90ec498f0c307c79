//! The cell with which a cell is compared.

use crate::engine::answer::Data;
use crate::engine::query::{CellRequest, ComparisonKind, Query};
use crate::estimate::ValueKind;
use crate::measure::Definition;
use crate::period::Period;
use crate::reference::{AreaId, Coverage as London, Level};

/// Why the number of an area is not compared with the number of a larger one.
const NUMBERS: &str = "The number of an area is not compared with that of a larger area: ask for a rate or a share.";

/// The cell that is compared with, its name, and a note.
pub(super) struct Other<'a> {
    pub(super) cell: CellRequest<'a>,
    pub(super) against: String,
    pub(super) note: &'static str,
}

impl<'a> Other<'a> {
    /// The cell that a cell is compared with, or why there is none.
    pub(super) fn new(
        data: &Data,
        query: &Query,
        cell: CellRequest<'a>,
        kind: ComparisonKind,
    ) -> Result<Self, &'static str> {
        match kind {
            ComparisonKind::PreviousWindow if cell.period.kind().is_year() => {
                Ok(Self::at_period(cell, cell.period.previous_window()))
            }
            ComparisonKind::PreviousWindow => Err(
                "A month or quarter is not compared with the one before, because seasons differ: ask for the same period \
                 last year.",
            ),
            ComparisonKind::SamePeriodLastYear => Ok(Self::at_period(cell, cell.period.same_period_last_year())),
            ComparisonKind::London | ComparisonKind::Funnel => Self::london(data, cell),
            ComparisonKind::Nation => Self::nation(data, cell),
            ComparisonKind::ReferenceGroup => reference_group(query, cell),
            ComparisonKind::Baseline => baseline(query, cell),
            ComparisonKind::Trend | ComparisonKind::ProcessControl => Err("A series is compared with itself."),
        }
    }

    fn at_period(cell: CellRequest<'a>, period: Period) -> Self {
        Other { cell: CellRequest { period, ..cell }, against: period.to_string(), note: "" }
    }

    fn london(data: &Data, cell: CellRequest<'a>) -> Result<Self, &'static str> {
        let areas = &data.core().reference.areas;
        if areas.get(cell.area).level() == Level::London {
            return Err("This is London.");
        }
        if is_number(cell.definition) {
            return Err(NUMBERS);
        }
        let day = cell.period.end_date();
        let holds = |coverage| areas.london(coverage).filter(|london| areas.is_within(cell.area, *london, day));
        let london =
            holds(London::Mps32).or_else(|| holds(London::Gl33)).ok_or("The area does not lie in London.")?;
        Ok(Self::at_area(data, cell, london, "London includes the area, so the test is cautious."))
    }

    fn nation(data: &Data, cell: CellRequest<'a>) -> Result<Self, &'static str> {
        let areas = &data.core().reference.areas;
        if areas.get(cell.area).level() == Level::Nation {
            return Err("This is the nation.");
        }
        if is_number(cell.definition) {
            return Err(NUMBERS);
        }
        let nation = areas.at_level(Level::Nation).next().ok_or("No nation is known.")?;
        if !cell.definition.offers(Level::Nation, cell.period.kind()) {
            return Err("The measure has no figure of England and Wales for such a period.");
        }
        Ok(Self::at_area(data, cell, nation, "England and Wales includes the area, so the test is cautious."))
    }

    fn at_area(data: &Data, cell: CellRequest<'a>, area: AreaId, note: &'static str) -> Self {
        let against = data.core().reference.areas.get(area).code().to_owned();
        Other { cell: CellRequest { area, ..cell }, against, note }
    }
}

/// Whether the values of a measure are numbers of units, which grow with the size of an area.
pub(super) fn is_number(definition: &Definition) -> bool {
    definition.value_kind == ValueKind::Count
}

fn baseline<'a>(query: &Query, cell: CellRequest<'a>) -> Result<Other<'a>, &'static str> {
    let baseline = query.baseline.ok_or("No baseline was named.")?;
    let period = cell.period;
    if baseline.kind().months() != period.kind().months() {
        return Err("The baseline is not as long as the period.");
    }
    if baseline == period {
        return Err("This is the baseline.");
    }
    if baseline.first() <= period.last() && period.first() <= baseline.last() {
        return Err("The period overlaps the baseline.");
    }
    if !period.kind().is_year() && (baseline.first().index() - period.first().index()) % 12 != 0 {
        return Err("A month or quarter is compared with the same one of another year, because seasons differ.");
    }
    Ok(Other::at_period(cell, baseline))
}

fn reference_group<'a>(query: &Query, cell: CellRequest<'a>) -> Result<Other<'a>, &'static str> {
    let (dimension, code) = query.reference_group.as_ref().ok_or("No reference group was named.")?;
    let reference = with_code(cell, dimension, code).ok_or("The reference group is not part of the breakdown.")?;
    if reference.cell == cell.cell {
        return Err("This is the reference group.");
    }
    let several = cell.axes.iter().any(|axis| axis.name == *dimension && axis.multi_valued);
    let note = match (is_number(cell.definition), several) {
        (_, true) => "One subject can belong to both groups, so the test is only indicative.",
        (true, _) => "Numbers, not rates: the groups differ in size.",
        _ => "",
    };
    Ok(Other { cell: reference, against: format!("{dimension}={code}"), note })
}

/// The cell with another code in one dimension of the breakdown.
pub(super) fn with_code<'a>(cell: CellRequest<'a>, dimension: &str, code: &str) -> Option<CellRequest<'a>> {
    let own = cell.axes.codes(cell.cell);
    let codes: Vec<&str> = cell
        .axes
        .iter()
        .zip(&own)
        .map(|(axis, own)| if axis.name == *dimension { code } else { own.code.as_str() })
        .collect();
    Some(CellRequest { cell: cell.axes.cell(&codes)?, ..cell })
}
