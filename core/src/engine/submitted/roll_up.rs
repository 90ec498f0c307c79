//! Values from submitted figures: an agency's own figure, or a sum of figures if the measure allows it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;

use super::figures::{Before, Figure, Figures, Numbers, breakdown_text};
use crate::design::{Input, InputState, Inputs, MAX_TALLY};
use crate::engine::coverage::{CITY, Completeness};
use crate::engine::found::Found;
use crate::engine::query::CellRequest;
use crate::engine::rows::RowStore;
use crate::engine::rows::snapshot::SubmissionId;
use crate::estimate::{MissingReason, State, ValueKind, whole_number};
use crate::measure::Definition;
use crate::period::{Period, PeriodKind};
use crate::reference::{AreaId, Coverage as London, Level};

/// The content of the figures for a cell.
#[derive(Clone, Debug)]
pub(crate) enum Stated {
    /// The value.
    Value(State),
    /// A count for each of the design's first inputs.
    Parts(Inputs),
}

/// The value that agencies submitted for a cell: an agency's own figure or, if the values of the measure add up, a sum
/// of figures.
pub(crate) fn submitted(rows: &RowStore, figures: &Figures, cell: CellRequest<'_>) -> Found<Stated> {
    if !cell.is_offered(&rows.core.reference.areas) {
        return Found::missing(MissingReason::NotApplicable);
    }
    if figures.span(&cell.definition.id).is_none() {
        return Found::missing(MissingReason::NotSubmitted);
    }
    let breakdown = breakdown_text(cell.axes, cell.cell);
    let parts = cell.definition.design.figure_parts();
    if !parts.is_empty() {
        return submitted_parts(rows, figures, cell, &breakdown, &parts);
    }
    let roll_up = FigureRollUp::new(rows, figures, cell, &breakdown);
    let mut found = roll_up.told(roll_up.value(cell.area, cell.period));
    if cell.source.is_some() && is_suppressed(figures, cell) {
        found.result = Err(MissingReason::Suppressed);
    }
    let result = found.result.map(Stated::Value);
    found.with(result)
}

/// Whether the authoritative figure of a cell is suppressed. It must not be read from another answer for the cell.
pub(crate) fn is_suppressed(figures: &Figures, cell: CellRequest<'_>) -> bool {
    if figures.span(&cell.definition.id).is_none() {
        return false;
    }
    let breakdown = breakdown_text(cell.axes, cell.cell);
    let mut figures = figures.of_cell(&cell.definition.id, (cell.area, cell.period), &breakdown, None);
    figures.any(|figure| figure.suppressed && figure.is_authoritative())
}

/// A figure of a cell that is not the one from which its value is made.
pub(crate) struct Other {
    pub(crate) agency: Arc<str>,
    pub(crate) source: Arc<str>,
    pub(crate) synthetic: bool,
    pub(crate) content: Result<State, MissingReason>,
}

impl Other {
    fn new(figure: &Figure, content: Result<State, MissingReason>) -> Self {
        let (agency, source) = (Arc::clone(&figure.agency), Arc::clone(&figure.source));
        Self { agency, source, synthetic: figure.synthetic, content }
    }
}

/// The figures of a cell that are not those from which its value is made, and what the one from which it is made was before its
/// last revision.
pub(crate) fn alternatives(rows: &RowStore, figures: &Figures, cell: CellRequest<'_>) -> Vec<Other> {
    let has_figures = cell.is_offered(&rows.core.reference.areas) && figures.span(&cell.definition.id).is_some();
    if !has_figures || !cell.definition.design.figure_parts().is_empty() {
        return Vec::new();
    }
    let breakdown = breakdown_text(cell.axes, cell.cell);
    let everyone = CellRequest { source: None, ..cell };
    let all: Vec<&Figure> =
        figures.of_cell(&cell.definition.id, (cell.area, cell.period), &breakdown, None).collect();
    // Most cells have no figure, or the authoritative one alone. Then nothing needs to be added up.
    let answers = |figure: &Figure| figure.is_authoritative() && figure.before.is_none() && cell.source.is_none();
    if all.is_empty() || (all.len() == 1 && all.iter().all(|figure| answers(figure))) {
        return Vec::new();
    }
    let used = FigureRollUp::new(rows, figures, cell, &breakdown).value(cell.area, cell.period).used;
    let roll_up = FigureRollUp::new(rows, figures, everyone, &breakdown);
    let is_used = |figure: &Figure| used.iter().any(|used| std::ptr::eq(used.figure, figure));
    // A suppressed figure must not be read from another agency's.
    let suppressed = all.iter().any(|figure| figure.suppressed);
    let content = |figure: &Figure| match suppressed {
        true => Err(MissingReason::Suppressed),
        false => roll_up.stated(figure, cell.area, cell.period).found.result,
    };
    let mut others = Vec::new();
    for figure in all {
        if !is_used(figure) {
            others.push(Other::new(figure, content(figure)));
        } else if let Some(before) = figure.before.as_ref().filter(|_| !suppressed) {
            others.push(roll_up.before(figure, before, cell));
        }
    }
    others
}

/// For each submission, the number of its figures from which the submitted value of a cell is made.
pub(crate) fn figures_used(rows: &RowStore, figures: &Figures, cell: CellRequest<'_>) -> BTreeMap<SubmissionId, u64> {
    let breakdown = breakdown_text(cell.axes, cell.cell);
    let parts = cell.definition.design.figure_parts();
    let breakdowns: Vec<String> = match parts.as_slice() {
        [] => vec![breakdown],
        parts => parts.iter().map(|part| with_part(&breakdown, part)).collect(),
    };
    let mut counts = BTreeMap::new();
    if !cell.is_offered(&rows.core.reference.areas) {
        return counts;
    }
    for breakdown in &breakdowns {
        let rolled = FigureRollUp::new(rows, figures, cell, breakdown).value(cell.area, cell.period);
        let mut used: Vec<Used<'_>> = if rolled.found.result.is_ok() { rolled.used } else { Vec::new() };
        used.sort_by_key(|used| (used.area, used.period));
        used.dedup_by_key(|used| (used.area, used.period));
        used.iter().for_each(|used| *counts.entry(used.figure.submission).or_default() += 1);
    }
    counts
}

/// The submitted count of each part.
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
        let roll_up = FigureRollUp::new(rows, figures, cell, &breakdown);
        let found = roll_up.told(roll_up.value(cell.area, cell.period));
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

/// A figure from which a value is made.
#[derive(Clone, Copy, Debug)]
struct Used<'f> {
    area: AreaId,
    period: Period,
    figure: &'f Figure,
}

/// A value, and the figures from which it is made.
struct Rolled<'f> {
    found: Found<State>,
    used: Vec<Used<'f>>,
}

impl Rolled<'_> {
    fn missing() -> Self {
        let mut found = Found::missing(MissingReason::NotSubmitted);
        found.completeness.expected = 1;
        Self { found, used: Vec::new() }
    }

    /// Whether the value is known, or known to be suppressed.
    fn is_stated(&self) -> bool {
        matches!(self.found.result, Ok(_) | Err(MissingReason::Suppressed))
    }

    /// Whether every figure is that of an authoritative agency.
    fn is_authoritative(&self) -> bool {
        self.used.iter().all(|used| used.figure.is_authoritative())
    }
}

/// The roll-up of the figures of one measure and breakdown.
struct FigureRollUp<'a, 'f> {
    rows: &'a RowStore,
    figures: &'f Figures,
    definition: &'a Definition,
    breakdown: &'a str,
    /// Agency whose own figures are asked for.
    source: Option<&'a str>,
    /// Kind of value of a figure. A part is always a count, for any kind of measure.
    kind: ValueKind,
}

impl<'a, 'f> FigureRollUp<'a, 'f> {
    fn new(rows: &'a RowStore, figures: &'f Figures, cell: CellRequest<'a>, breakdown: &'a str) -> Self {
        let definition = cell.definition;
        let in_parts = !definition.design.figure_parts().is_empty();
        let kind = if in_parts { ValueKind::Count } else { definition.value_kind };
        Self { rows, figures, definition, breakdown, source: cell.source, kind }
    }

    /// The authoritative value: an agency's own figure, or a sum of figures. A figure of another agency is used only if
    /// there is no authoritative one.
    fn value(&self, area: AreaId, period: Period) -> Rolled<'f> {
        let mut figures = self.figures.of_cell(&self.definition.id, (area, period), self.breakdown, self.source);
        let figure = figures.next();
        if let Some(figure) = figure.filter(|figure| figure.is_authoritative() || self.source.is_some()) {
            return self.stated(figure, area, period);
        }
        let summed = self.summed(area, period);
        match figure {
            Some(figure) if !(summed.is_stated() && summed.is_authoritative()) => self.stated(figure, area, period),
            _ => summed,
        }
    }

    /// The sum over months or, if that is missing, over areas.
    fn summed(&self, area: AreaId, period: Period) -> Rolled<'f> {
        let counted = self.kind == ValueKind::Count;
        let mut best = Rolled::missing();
        if counted && self.definition.additive_periods && period.kind() != PeriodKind::Month {
            best = self.over_months(area, period);
        }
        if !best.is_stated() && counted && self.definition.additive_areas {
            let summed = self.over_areas(area, period);
            let better = |summed: &Rolled<'_>| summed.is_stated() || best.found.completeness.received == 0;
            if let Some(summed) = summed.filter(better) {
                best = summed;
            }
        }
        best
    }

    /// The content of an agency's figure.
    fn stated(&self, figure: &'f Figure, area: AreaId, period: Period) -> Rolled<'f> {
        let mut found = Found::missing(MissingReason::NotApplicable);
        found.completeness = Completeness::of(1, 1);
        found.synthetic = figure.synthetic;
        found.sources = vec![Arc::clone(&figure.source)];
        found.revision = figure.revision;
        let state = self.state(figure.numbers, area, period);
        found.result = match figure.suppressed {
            true => Err(MissingReason::Suppressed),
            false => state.ok_or(MissingReason::NotApplicable),
        };
        Rolled { found, used: vec![Used { area, period, figure }] }
    }

    /// A figure as it was before its last revision.
    fn before(&self, figure: &Figure, before: &Before, cell: CellRequest<'_>) -> Other {
        let content = match before.numbers.are_suppressed() {
            true => Err(MissingReason::Suppressed),
            false => self.state(before.numbers, cell.area, cell.period).ok_or(MissingReason::NotApplicable),
        };
        let source = format!("{}, as extracted on {}", figure.source, before.extracted).into();
        Other { source, ..Other::new(figure, content) }
    }

    fn state(&self, numbers: Numbers, area: AreaId, period: Period) -> Option<State> {
        let (numerator, denominator) = (numbers.numerator, numbers.denominator);
        // Figures are checked when they are submitted. A share above 1 in an old ledger is no value all the same.
        let share = |value: &f64| (0.0..=1.0).contains(value);
        match self.kind {
            ValueKind::Count => numerator.or(numbers.value).map(State::Count),
            ValueKind::Proportion => match (numerator.zip(denominator), numbers.base) {
                (Some((above, below)), _) if above > below => None,
                // These are weighted numbers of a survey. The number of respondents decides the precision.
                (Some((above, below)), Some(base)) if below > 0.0 => {
                    Some(State::StatedShare { value: above / below, base: Some(base) })
                }
                (Some((numerator, denominator)), _) => Some(State::Share { numerator, denominator }),
                (None, base) => numbers.value.filter(share).map(|value| State::StatedShare { value, base }),
            },
            ValueKind::Ratio => match numerator.zip(denominator) {
                Some((numerator, denominator)) => Some(State::Ratio { numerator, denominator }),
                None => numbers.value.map(State::Stated),
            },
            ValueKind::RatePer1k | ValueKind::RatePer10k | ValueKind::RatePer100k => {
                self.stated_rate(numbers, area, period)
            }
            ValueKind::PercentagePoints
            | ValueKind::Days
            | ValueKind::RatePer100
            | ValueKind::Index
            | ValueKind::Score => numbers.value.map(State::Stated),
        }
    }

    /// Says which figures are not those of the authoritative agency, and which agencies are added up.
    fn told(&self, rolled: Rolled<'_>) -> Found<State> {
        let Rolled { mut found, used } = rolled;
        if found.result.is_err() {
            return found;
        }
        tell_revisions(&mut found, &used);
        if self.source.is_some() {
            return found;
        }
        let all = used.len();
        let lesser: Vec<&Used<'_>> = used.iter().filter(|used| !used.figure.is_authoritative()).collect();
        let kinds = self.definition.authority.iter().filter_map(|kind| self.rows.core.reference.register.kind(kind));
        let kinds: Vec<&str> = kinds.map(|kind| kind.label.as_str()).collect();
        if !lesser.is_empty() {
            let names = self.names(lesser.iter().copied());
            let authority = format!("not of the authoritative source ({})", kinds.join(", "));
            found.caveat(match all {
                1 => format!("This is a figure of {names}, {authority}."),
                _ => format!("{} of {all} figures are of {names}, {authority}.", lesser.len()),
            });
        } else if let Some(months) = self.mixed(&used) {
            found.caveat(format!("Figures of several agencies are added up: {months}."));
        }
        // Of a sum, the figures of the first source are the complete part.
        let first = used.iter().map(|used| used.figure.rank).min();
        let from_first = used.iter().filter(|used| Some(used.figure.rank) == first).count();
        if from_first < all {
            let records_missing_share = found.completeness.records_missing_share;
            found.completeness = Completeness { records_missing_share, ..Completeness::of(all, from_first) };
        }
        found
    }

    /// The agencies of a sum, with their numbers of figures, if one area has figures of several agencies.
    fn mixed(&self, used: &[Used<'_>]) -> Option<String> {
        let mut of_area: BTreeMap<AreaId, BTreeSet<&str>> = BTreeMap::new();
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for used in used {
            of_area.entry(used.area).or_default().insert(&used.figure.agency);
            *counts.entry(&used.figure.agency).or_default() += 1;
        }
        if of_area.values().all(|agencies| agencies.len() < 2) {
            return None;
        }
        let told = counts.iter().map(|(agency, count)| format!("{} ({count} of {})", self.name(agency), used.len()));
        Some(told.collect::<Vec<_>>().join(", "))
    }

    fn names<'u>(&self, used: impl Iterator<Item = &'u Used<'u>>) -> String {
        let agencies: BTreeSet<&str> = used.map(|used| &*used.figure.agency).collect();
        agencies.into_iter().map(|agency| self.name(agency)).collect::<Vec<_>>().join(", ")
    }

    /// The name of an agency for people.
    fn name<'n>(&'n self, agency: &'n str) -> &'n str {
        self.rows.core.reference.register.agency(agency).map_or(agency, |agency| &*agency.name)
    }

    fn stated_rate(&self, numbers: Numbers, area: AreaId, period: Period) -> Option<State> {
        let per = self.definition.inputs.iter().find_map(|input| match input {
            Input::Residents(residents) => Some(residents),
            _ => None,
        });
        let residents = || self.rows.residents(area, period, per?).map(|(count, _)| f64::from(count));
        let residents = numbers.denominator.or_else(residents);
        match numbers.numerator.zip(residents).zip(self.kind.multiplier()) {
            Some(((events, residents), multiplier)) => Some(State::Rate { events, residents, multiplier }),
            None => numbers.value.map(State::Stated),
        }
    }

    /// The sum over the months of a period. If a month is missing, the sum is missing.
    fn over_months(&self, area: AreaId, period: Period) -> Rolled<'f> {
        let months: Vec<Rolled<'f>> = period.months().map(|month| self.value(area, Period::month(month))).collect();
        add_up(months)
    }

    /// The sum over the areas that make up an area; `None` if it is not made of areas.
    fn over_areas(&self, area: AreaId, period: Period) -> Option<Rolled<'f>> {
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

    /// The sum over the 32 boroughs and the bins outside them. All boroughs must have a figure; bins need none.
    fn police_area(&self, area: AreaId, period: Period, day: Date) -> Rolled<'f> {
        let boroughs = self.rows.members(area, Level::Borough, day);
        let mut parts: Vec<Rolled<'f>> = boroughs.iter().map(|borough| self.value(*borough, period)).collect();
        let bins = self.rows.members(area, Level::Pseudo, day);
        let bins = bins.iter().map(|bin| self.bin(*bin, period)).filter(|bin| bin.found.completeness.received > 0);
        parts.extend(bins);
        add_up(parts)
    }

    /// The figure of a bin outside the boroughs. It is published only for months in which it is not empty.
    fn bin(&self, bin: AreaId, period: Period) -> Rolled<'f> {
        let measured = self.value(bin, period);
        if measured.is_stated() || period.kind() == PeriodKind::Month {
            return measured;
        }
        let months = period.months().map(|month| self.value(bin, Period::month(month)));
        let present: Vec<Rolled<'f>> = months.filter(Rolled::is_stated).collect();
        if present.is_empty() { measured } else { add_up(present) }
    }

    /// The sum of the police area and the City of London, if the City's figure was submitted.
    fn greater_london(&self, mps: AreaId, period: Period) -> Rolled<'f> {
        let police = self.value(mps, period);
        let city = self.rows.core.reference.areas.by_code(CITY);
        let city = city.map(|city| self.value(city, period)).filter(Rolled::is_stated);
        match city {
            Some(city) if police.is_stated() => add_up(vec![police, city]),
            _ => {
                let mut police = police;
                if police.found.result.is_ok() {
                    police.found.caveat("The City of London is not included: nothing was submitted for it.");
                }
                police
            }
        }
    }
}

/// Says how many figures were revised.
fn tell_revisions(found: &mut Found<State>, used: &[Used<'_>]) {
    let revised: Vec<&Before> = used.iter().filter_map(|used| used.figure.before.as_deref()).collect();
    let Some(latest) = revised.iter().map(|before| before.extracted).max() else { return };
    found.caveat(match used.len() {
        1 => format!("This figure was revised: it was another one in the release extracted on {latest}."),
        all => format!(
            "{} of {all} figures were revised, the last since the release extracted on {latest}.",
            revised.len()
        ),
    });
}

/// The sum of parts. If a part is missing or suppressed, the sum is.
fn add_up(parts: Vec<Rolled<'_>>) -> Rolled<'_> {
    let expected = parts.len();
    let received = parts.iter().filter(|part| part.is_stated()).count();
    let suppressed = parts.iter().filter(|part| part.found.result == Err(MissingReason::Suppressed)).count();
    let mut total = Rolled::missing();
    let mut sum = 0.0;
    for part in parts {
        match part.found.result {
            Ok(State::Count(count)) => sum += count,
            Ok(_) => total.found.result = Err(MissingReason::NotApplicable),
            Err(MissingReason::Suppressed) => {}
            Err(_) => continue,
        }
        total.used.extend(part.used);
        total.found.join(part.found);
    }
    total.found.completeness = Completeness::of(expected, received);
    if received == expected && expected > 0 {
        total.found.result = Ok(State::Count(sum));
    }
    if suppressed > 0 {
        total.found.caveat(format!("{suppressed} of {expected} figures that make up the value are suppressed."));
        if received == expected {
            total.found.result = Err(MissingReason::Suppressed);
        }
    }
    total
}
