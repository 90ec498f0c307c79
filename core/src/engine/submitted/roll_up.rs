//! Values from submitted figures: an agency's own, or the sums that may be made of them.

use std::cell::RefCell;
use std::collections::HashSet;
use std::sync::Arc;

use jiff::civil::Date;

use super::{Figure, Figures, breakdown_text};
use crate::design::{Input, InputState, Inputs, MAX_TALLY};
use crate::engine::coverage::{CITY, Completeness};
use crate::engine::found::Found;
use crate::engine::query::CellRequest;
use crate::engine::rows::RowStore;
use crate::estimate::{MissingReason, State, ValueKind, whole_number};
use crate::measure::Definition;
use crate::period::{Period, PeriodKind};
use crate::reference::{AreaId, Coverage as London, Level};

/// What figures state about a cell.
#[derive(Clone, Debug)]
pub(crate) enum Stated {
    /// The value.
    Value(State),
    /// A count for each of the design's first inputs.
    Parts(Inputs),
}

/// A figure's place: area, period and breakdown.
type Place = (AreaId, Period, String);

/// The value that agencies submitted for a cell: their own figure, or where measures add up, the sum of theirs.
pub(crate) fn submitted(rows: &RowStore, figures: &Figures, cell: CellRequest<'_>) -> Found<Stated> {
    if figures.span(&cell.definition.id).is_none() {
        return Found::missing(MissingReason::NotSubmitted);
    }
    let breakdown = breakdown_text(cell.axes, cell.cell);
    let parts = cell.definition.design.figure_parts();
    if !parts.is_empty() {
        return submitted_parts(rows, figures, cell, &breakdown, &parts);
    }
    let found = FigureRollUp::new(rows, figures, cell.definition, &breakdown).value(cell.area, cell.period);
    let result = found.result.map(Stated::Value);
    found.with(result)
}

/// How many figures of each submission make up the submitted value of a cell.
pub(crate) fn figures_used(rows: &RowStore, figures: &Figures, cell: CellRequest<'_>) -> Vec<u64> {
    let breakdown = breakdown_text(cell.axes, cell.cell);
    let parts = cell.definition.design.figure_parts();
    let mut used: HashSet<Place> = HashSet::new();
    let mut gather = |breakdown: &str| {
        let read = RefCell::new(Vec::new());
        let roll_up =
            FigureRollUp { read: Some(&read), ..FigureRollUp::new(rows, figures, cell.definition, breakdown) };
        if roll_up.value(cell.area, cell.period).result.is_ok() {
            used.extend(read.into_inner().into_iter().map(|(area, period)| (area, period, breakdown.to_owned())));
        }
    };
    if parts.is_empty() {
        gather(&breakdown);
    }
    for part in &parts {
        gather(&with_part(&breakdown, part));
    }
    let mut counts = vec![0; rows.snapshot.segments(super::FIGURES).len()];
    for (area, period, breakdown) in &used {
        if let Some(figure) = figures.find(&cell.definition.id, *area, *period, breakdown) {
            counts[figure.segment] += 1;
        }
    }
    counts
}

/// The count of each part, as agencies submitted it.
fn submitted_parts(
    rows: &RowStore,
    figures: &Figures,
    cell: CellRequest<'_>,
    breakdown: &str,
    parts: &[String],
) -> Found<Stated> {
    let mut whole: Found<()> = Found::missing(MissingReason::NotSubmitted);
    let mut states = Vec::with_capacity(parts.len());
    for part in parts {
        let breakdown = with_part(breakdown, part);
        let found = FigureRollUp::new(rows, figures, cell.definition, &breakdown).value(cell.area, cell.period);
        states.push(found.result.and_then(State::count).map(|count| {
            let mut counts = [0; MAX_TALLY];
            counts[0] = whole_number(count);
            InputState::Tally(counts)
        }));
        if found.result.is_ok() {
            whole.completeness = found.completeness;
            whole.join(found);
        }
    }
    whole.with(Ok(Stated::Parts(states.into_iter().collect())))
}

/// The breakdown of the figure that states a part.
fn with_part(breakdown: &str, part: &str) -> String {
    let mut parts: Vec<&str> = breakdown.split(';').filter(|part| !part.is_empty()).collect();
    parts.push(part);
    parts.sort_unstable();
    parts.join(";")
}

/// The figures of one measure and breakdown, added up.
struct FigureRollUp<'a> {
    rows: &'a RowStore,
    figures: &'a Figures,
    definition: &'a Definition,
    breakdown: &'a str,
    /// What a figure states: of a part its count, whatever the value of the measure is.
    kind: ValueKind,
    /// Where the figures read are noted, if anyone asks.
    read: Option<&'a RefCell<Vec<(AreaId, Period)>>>,
}

impl<'a> FigureRollUp<'a> {
    fn new(rows: &'a RowStore, figures: &'a Figures, definition: &'a Definition, breakdown: &'a str) -> Self {
        let in_parts = !definition.design.figure_parts().is_empty();
        let kind = if in_parts { ValueKind::Count } else { definition.value_kind };
        Self { rows, figures, definition, breakdown, kind, read: None }
    }

    fn value(&self, area: AreaId, period: Period) -> Found<State> {
        if let Some(figure) = self.figures.find(&self.definition.id, area, period, self.breakdown) {
            if let Some(read) = self.read {
                read.borrow_mut().push((area, period));
            }
            return self.stated(figure, area, period);
        }
        let counted = self.kind == ValueKind::Count;
        let mut best = Found::missing(MissingReason::NotSubmitted);
        best.completeness.expected = 1;
        if counted && self.definition.additive_periods && period.kind() != PeriodKind::Month {
            best = self.over_months(area, period);
        }
        if best.result.is_err() && counted && self.definition.additive_areas {
            let summed = self.over_areas(area, period);
            if let Some(summed) = summed.filter(|summed| summed.result.is_ok() || best.completeness.received == 0) {
                best = summed;
            }
        }
        best
    }

    /// The figure as an agency stated it.
    fn stated(&self, figure: &Figure, area: AreaId, period: Period) -> Found<State> {
        let mut measured = Found::missing(MissingReason::NotApplicable);
        measured.completeness = Completeness { expected: 1, received: 1, records_missing_share: None };
        measured.synthetic = figure.synthetic;
        measured.sources = vec![Arc::clone(&figure.source)];
        measured.revision = figure.revision;
        let (numerator, denominator) = (figure.numerator, figure.denominator);
        let state = match self.kind {
            ValueKind::Count => numerator.or(figure.value).map(State::Count),
            ValueKind::Proportion => match (numerator.zip(denominator), figure.base) {
                // Weighted numbers of a survey: the respondents decide how precise they are.
                (Some((above, below)), Some(base)) if below > 0.0 => {
                    Some(State::StatedShare { value: above / below, base: Some(base) })
                }
                (Some((numerator, denominator)), _) => Some(State::Share { numerator, denominator }),
                (None, base) => figure.value.map(|value| State::StatedShare { value, base }),
            },
            ValueKind::Ratio => match numerator.zip(denominator) {
                Some((numerator, denominator)) => Some(State::Ratio { numerator, denominator }),
                None => figure.value.map(State::Stated),
            },
            ValueKind::RatePer1k | ValueKind::RatePer100k => self.stated_rate(figure, area, period),
            ValueKind::PercentagePoints | ValueKind::Days => figure.value.map(State::Stated),
        };
        measured.result = state.ok_or(MissingReason::NotApplicable);
        measured
    }

    fn stated_rate(&self, figure: &Figure, area: AreaId, period: Period) -> Option<State> {
        let per = self.definition.inputs.iter().find_map(|input| match input {
            Input::Residents(residents) => Some(*residents),
            _ => None,
        });
        let residents = || self.rows.residents(area, period, per?).map(|(count, _)| f64::from(count));
        let residents = figure.denominator.or_else(residents);
        match figure.numerator.zip(residents).zip(self.kind.multiplier()) {
            Some(((events, residents), multiplier)) => Some(State::Rate { events, residents, multiplier }),
            None => figure.value.map(State::Stated),
        }
    }

    /// The sum over the months of a period; a month that is missing leaves the sum missing.
    fn over_months(&self, area: AreaId, period: Period) -> Found<State> {
        let months: Vec<Found<State>> = period.months().map(|month| self.value(area, Period::month(month))).collect();
        add_up(months)
    }

    /// The sum over the areas that make up an area; `None` where it is not made of areas.
    fn over_areas(&self, area: AreaId, period: Period) -> Option<Found<State>> {
        let areas = &self.rows.core.reference.areas;
        let mps = areas.london(London::Mps32)?;
        let day = period.end_date();
        match areas.get(area).level() {
            Level::London if area == mps => Some(self.police_area(area, period, day)),
            Level::London => Some(self.greater_london(mps, period)),
            Level::Bcu if areas.get(area).validity().contains(day) => {
                let boroughs = self.rows.members(area, Level::Borough, day);
                Some(add_up(boroughs.iter().map(|borough| self.value(*borough, period)).collect()))
            }
            _ => None,
        }
    }

    /// The 32 boroughs, all of which must be there, and whatever bins there are beside them.
    fn police_area(&self, area: AreaId, period: Period, day: Date) -> Found<State> {
        let boroughs = self.rows.members(area, Level::Borough, day);
        let mut parts: Vec<Found<State>> = boroughs.iter().map(|borough| self.value(*borough, period)).collect();
        let bins = self.rows.members(area, Level::Pseudo, day);
        let bins = bins.iter().map(|bin| self.bin(*bin, period)).filter(|bin| bin.completeness.received > 0);
        parts.extend(bins);
        add_up(parts)
    }

    /// A bin beside the boroughs: it is published for the months in which something fell into it.
    fn bin(&self, bin: AreaId, period: Period) -> Found<State> {
        let measured = self.value(bin, period);
        if measured.result.is_ok() || period.kind() == PeriodKind::Month {
            return measured;
        }
        let months = period.months().map(|month| self.value(bin, Period::month(month)));
        let present: Vec<Found<State>> = months.filter(|month| month.result.is_ok()).collect();
        if present.is_empty() { measured } else { add_up(present) }
    }

    /// The police area, and the City where it was submitted.
    fn greater_london(&self, mps: AreaId, period: Period) -> Found<State> {
        let police = self.value(mps, period);
        let city = self.rows.core.reference.areas.by_code(CITY);
        let city = city.map(|city| self.value(city, period)).filter(|city| city.result.is_ok());
        match city {
            Some(city) if police.result.is_ok() => add_up(vec![police, city]),
            _ => {
                let mut police = police;
                if police.result.is_ok() {
                    police.caveat("The City of London is not included: nothing was submitted for it.");
                }
                police
            }
        }
    }
}

/// The sum of parts, or missing where one is.
fn add_up(parts: Vec<Found<State>>) -> Found<State> {
    let expected = u32::try_from(parts.len()).unwrap_or(u32::MAX);
    let received = parts.iter().filter(|part| part.result.is_ok()).count();
    let completeness =
        Completeness { expected, received: u32::try_from(received).unwrap_or(u32::MAX), records_missing_share: None };
    let mut total = Found::missing(MissingReason::NotSubmitted);
    let mut sum = 0.0;
    for part in parts {
        match part.result {
            Ok(State::Count(count)) => sum += count,
            Ok(_) => total.result = Err(MissingReason::NotApplicable),
            Err(_) => continue,
        }
        total.join(part);
    }
    total.completeness = completeness;
    if completeness.received == expected && expected > 0 {
        total.result = Ok(State::Count(sum));
    }
    total
}
