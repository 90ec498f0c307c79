//! Values from submitted figures: an agency's own, or the sums that may be made of them.

use std::cell::RefCell;
use std::collections::HashSet;
use std::sync::Arc;

use jiff::civil::Date;

use super::compute::Asked;
use super::data::Data;
use super::figures::{Figure, breakdown_text};
use super::measured::Measured;
use super::observation::{Completeness, MissingReason};
use super::stages::{lost, whole_number};
use super::state::State;
use crate::measure::{Definition, Design, Funnel, ValueKind};
use crate::period::{Period, PeriodKind};
use crate::reference::{AreaId, Coverage as London, Level};

/// The breakdown of a stage of a funnel.
fn at_stage(breakdown: &str, stage: &str) -> String {
    let mut parts: Vec<String> = breakdown.split(';').filter(|part| !part.is_empty()).map(str::to_owned).collect();
    parts.push(format!("stage={stage}"));
    parts.sort_unstable();
    parts.join(";")
}

impl Data {
    /// The value that agencies submitted for a cell: their own figure, or where measures add up, the sum of theirs.
    pub(super) fn submitted(&self, asked: Asked<'_>) -> Measured {
        if self.figures.span(&asked.definition.id).is_none() {
            return Measured::missing(MissingReason::NotSubmitted);
        }
        let breakdown = breakdown_text(asked.dims, asked.cell);
        if let Design::Funnel(funnel) = &asked.definition.design {
            return self.submitted_funnel(asked, funnel, &breakdown);
        }
        Sum::new(self, asked.definition, &breakdown).value(asked.area, asked.period)
    }

    /// How many figures of each submission make up the submitted value of a cell.
    pub(super) fn figure_rows(&self, asked: Asked<'_>) -> Vec<u64> {
        let breakdown = breakdown_text(asked.dims, asked.cell);
        let mut rows = vec![0; self.snapshot.segments("published_figure").len()];
        let mut used = HashSet::new();
        match &asked.definition.design {
            Design::Funnel(funnel) => {
                for step in &funnel.steps {
                    self.gather_figures(asked, &at_stage(&breakdown, &step.id), &mut used);
                }
            }
            _ => self.gather_figures(asked, &breakdown, &mut used),
        }
        for segment in used.iter().filter_map(|cell| Some(self.figure_at(asked, cell)?.segment)) {
            rows[segment] += 1;
        }
        rows
    }

    fn gather_figures(&self, asked: Asked<'_>, breakdown: &str, used: &mut HashSet<(AreaId, Period, String)>) {
        let found = RefCell::new(Vec::new());
        let sum = Sum { read: Some(&found), ..Sum::new(self, asked.definition, breakdown) };
        let whole = sum.value(asked.area, asked.period);
        if whole.state.is_ok() {
            used.extend(found.into_inner().into_iter().map(|(area, period)| (area, period, breakdown.to_owned())));
        }
    }

    fn figure_at(&self, asked: Asked<'_>, (area, period, breakdown): &(AreaId, Period, String)) -> Option<&Figure> {
        self.figures.find(&asked.definition.id, *area, *period, breakdown)
    }

    fn submitted_funnel(&self, asked: Asked<'_>, funnel: &Funnel, breakdown: &str) -> Measured {
        let mut whole = Measured::missing(MissingReason::NotSubmitted);
        for step in &funnel.steps {
            let breakdown = at_stage(breakdown, &step.id);
            let found = Sum::new(self, asked.definition, &breakdown).value(asked.area, asked.period);
            whole.stages.push(match found.state {
                Ok(State::Count(count)) => Some(whole_number(count)),
                _ => None,
            });
            if found.state.is_ok() {
                whole.completeness = found.completeness;
                whole.join(found);
            }
        }
        whole.state = lost(&whole.stages, funnel.has_one_unit());
        whole
    }
}

/// One measure and breakdown, summed.
struct Sum<'a> {
    data: &'a Data,
    definition: &'a Definition,
    breakdown: &'a str,
    /// What the figures are: of a funnel's stages counts, whatever the measure's own value is.
    kind: ValueKind,
    /// Where the figures read are noted, if anyone asks.
    read: Option<&'a RefCell<Vec<(AreaId, Period)>>>,
}

impl<'a> Sum<'a> {
    fn new(data: &'a Data, definition: &'a Definition, breakdown: &'a str) -> Self {
        let kind = match definition.design {
            Design::Funnel(_) => ValueKind::Count,
            _ => definition.value_kind,
        };
        Self { data, definition, breakdown, kind, read: None }
    }

    fn value(&self, area: AreaId, period: Period) -> Measured {
        if let Some(figure) = self.data.figures.find(&self.definition.id, area, period, self.breakdown) {
            if let Some(read) = self.read {
                read.borrow_mut().push((area, period));
            }
            return self.stated(figure, area, period);
        }
        let counted = self.kind == ValueKind::Count;
        let mut best = Measured::missing(MissingReason::NotSubmitted);
        best.completeness.expected = 1;
        if counted && self.definition.additive_periods && period.kind() != PeriodKind::Month {
            best = self.over_months(area, period);
        }
        if best.state.is_err() && counted && self.definition.additive_areas {
            let summed = self.over_areas(area, period);
            if let Some(summed) = summed.filter(|summed| summed.state.is_ok() || best.completeness.received == 0) {
                best = summed;
            }
        }
        best
    }

    /// The figure as an agency stated it.
    fn stated(&self, figure: &Figure, area: AreaId, period: Period) -> Measured {
        let mut measured = Measured::missing(MissingReason::NotApplicable);
        measured.completeness = Completeness { expected: 1, received: 1, records_missing_share: None };
        measured.synthetic = figure.synthetic;
        measured.sources = vec![Arc::clone(&figure.source)];
        measured.settled = figure.settled;
        let (numerator, denominator) = (figure.numerator, figure.denominator);
        let state = match self.kind {
            ValueKind::Count => numerator.or(figure.value).map(State::Count),
            ValueKind::Proportion => match (numerator.zip(denominator), figure.base) {
                // Weighted numbers of a survey: the respondents decide how precise they are.
                (Some((above, below)), Some(base)) if below > 0.0 => {
                    Some(State::GivenShare { value: above / below, base: Some(base) })
                }
                (Some((numerator, denominator)), _) => Some(State::Share { numerator, denominator }),
                (None, base) => figure.value.map(|value| State::GivenShare { value, base }),
            },
            ValueKind::Ratio => match numerator.zip(denominator) {
                Some((numerator, denominator)) => Some(State::Ratio { numerator, denominator }),
                None => figure.value.map(State::Given),
            },
            ValueKind::RatePer1k => self.stated_rate(figure, 1_000.0, area, period),
            ValueKind::RatePer100k => self.stated_rate(figure, 100_000.0, area, period),
            ValueKind::PercentagePoints => figure.value.map(State::Given),
        };
        measured.state = state.ok_or(MissingReason::NotApplicable);
        measured
    }

    fn stated_rate(&self, figure: &Figure, multiplier: f64, area: AreaId, period: Period) -> Option<State> {
        let residents = figure.denominator.or_else(|| match &self.definition.design {
            Design::Rate { per, .. } => self.data.residents(area, period, *per).map(|(count, _)| f64::from(count)),
            _ => None,
        });
        match figure.numerator.zip(residents) {
            Some((events, residents)) => Some(State::Rate { events, residents, multiplier }),
            None => figure.value.map(State::Given),
        }
    }

    /// The sum over the months of a period; a month that is missing leaves the sum missing.
    fn over_months(&self, area: AreaId, period: Period) -> Measured {
        let months: Vec<Measured> = period.months().map(|month| self.value(area, Period::month(month))).collect();
        add_up(months)
    }

    /// The sum over the areas that make up an area; `None` where it is not made of areas.
    fn over_areas(&self, area: AreaId, period: Period) -> Option<Measured> {
        let areas = &self.data.core.reference.areas;
        let mps = areas.london(London::Mps32)?;
        let day = period.end_date();
        match areas.get(area).level() {
            Level::London if area == mps => Some(self.police_area(area, period, day)),
            Level::London => Some(self.greater_london(mps, period)),
            Level::Bcu if areas.get(area).validity().contains(day) => {
                let boroughs = self.data.members(area, Level::Borough, day);
                Some(add_up(boroughs.iter().map(|borough| self.value(*borough, period)).collect()))
            }
            _ => None,
        }
    }

    /// The 32 boroughs, all of which must be there, and whatever bins there are beside them.
    fn police_area(&self, area: AreaId, period: Period, day: Date) -> Measured {
        let boroughs = self.data.members(area, Level::Borough, day);
        let mut parts: Vec<Measured> = boroughs.iter().map(|borough| self.value(*borough, period)).collect();
        let bins = self.data.members(area, Level::Pseudo, day);
        let bins = bins.iter().map(|bin| self.bin(*bin, period)).filter(|bin| bin.completeness.received > 0);
        parts.extend(bins);
        add_up(parts)
    }

    /// A bin beside the boroughs: it is published for the months in which something fell into it.
    fn bin(&self, bin: AreaId, period: Period) -> Measured {
        let measured = self.value(bin, period);
        if measured.state.is_ok() || period.kind() == PeriodKind::Month {
            return measured;
        }
        let months = period.months().map(|month| self.value(bin, Period::month(month)));
        let present: Vec<Measured> = months.filter(|month| month.state.is_ok()).collect();
        if present.is_empty() { measured } else { add_up(present) }
    }

    /// The police area, and the City where it was submitted.
    fn greater_london(&self, mps: AreaId, period: Period) -> Measured {
        let police = self.value(mps, period);
        let city = self.data.core.reference.areas.by_code(super::covered::CITY);
        let city = city.map(|city| self.value(city, period)).filter(|city| city.state.is_ok());
        match city {
            Some(city) if police.state.is_ok() => add_up(vec![police, city]),
            _ => {
                let mut police = police;
                if police.state.is_ok() {
                    police.caveat("The City of London is not included: nothing was submitted for it.");
                }
                police
            }
        }
    }
}

/// The sum of parts, or missing where one is.
fn add_up(parts: Vec<Measured>) -> Measured {
    let expected = u32::try_from(parts.len()).unwrap_or(u32::MAX);
    let received = parts.iter().filter(|part| part.state.is_ok()).count();
    let completeness =
        Completeness { expected, received: u32::try_from(received).unwrap_or(u32::MAX), records_missing_share: None };
    let mut total = Measured::missing(MissingReason::NotSubmitted);
    let mut sum = 0.0;
    for part in parts {
        match part.state {
            Ok(State::Count(count)) => sum += count,
            Ok(_) => total.state = Err(MissingReason::NotApplicable),
            Err(_) => continue,
        }
        total.join(part);
    }
    total.completeness = completeness;
    if completeness.received == expected && expected > 0 {
        total.state = Ok(State::Count(sum));
    }
    total
}
