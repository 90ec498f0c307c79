//! Figures that agencies computed and submitted.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use jiff::civil::Date;

use crate::Core;
use crate::column::{Column, MISSING_DATE, YES};
use crate::engine::found::RevisionStatus;
use crate::engine::query::BreakdownAxes;
use crate::engine::rows::snapshot::{Segment, Snapshot, SubmissionId};
use crate::estimate::whole_number;
use crate::period::{Month, Period, date_of_days};
use crate::reference::{AreaId, Role};
use crate::submission::FIGURES;

/// Submitted figures by measure, period and area.
///
/// The figures of one snapshot are made from those of the one before. They share the cells that have not changed, so a
/// submission costs what its own figures cost, however many are held.
#[derive(Clone, Debug, Default)]
pub(crate) struct Figures {
    /// Position of each definition by its identifier.
    measures: Arc<HashMap<Arc<str>, usize, FixedState>>,
    /// Position of the definition of each code of the open list of measures.
    codes: Arc<[Option<usize>]>,
    /// The figures of each definition.
    of_measure: Vec<Arc<OfMeasure>>,
}

/// The figures of one measure.
#[derive(Clone, Debug, Default)]
struct OfMeasure {
    periods: HashMap<Period, Arc<OfPeriod>, FixedState>,
    /// First and last month.
    span: Option<(Month, Month)>,
    /// How many figures of each period are not synthetic.
    real: BTreeMap<Period, usize>,
    /// How many figures have each breakdown.
    texts: BTreeMap<Box<str>, usize>,
}

/// The figures of one measure and one period.
type OfPeriod = HashMap<AreaId, Vec<Figure>, FixedState>;

/// Numbers of two codes of the status of a figure.
const PROVISIONAL: u8 = 1;
const REVISED: u8 = 3;

/// Rank of agencies whose kind the measure does not name.
const NOT_AUTHORITATIVE: usize = usize::MAX;

/// One figure.
#[derive(Clone, Debug)]
pub(crate) struct Figure {
    /// Breakdown as submitted: `sex=female`; empty for the total.
    pub(crate) breakdown: Box<str>,
    /// Agency that submitted it.
    pub(crate) agency: Arc<str>,
    /// Collection in which it was submitted.
    collection: Arc<str>,
    /// Place of the agency's kind among those whose figures are authoritative for the measure.
    pub(crate) rank: usize,
    /// Whether the agency suppressed it.
    pub(crate) suppressed: bool,
    pub(crate) numbers: Numbers,
    /// What it was before its last revision; `None` if it was never revised.
    pub(crate) before: Option<Box<Before>>,
    pub(crate) revision: RevisionStatus,
    pub(crate) source: Arc<str>,
    pub(crate) synthetic: bool,
    extract_micros: i64,
    /// Its submission.
    pub(crate) submission: SubmissionId,
    /// Its row among those of the submission.
    row: usize,
    /// Whether a later figure of the same agency and collection is for the same cell.
    superseded: bool,
}

/// The numbers of a figure. A suppressed figure has none.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Numbers {
    pub(crate) numerator: Option<f64>,
    pub(crate) denominator: Option<f64>,
    pub(crate) value: Option<f64>,
    pub(crate) base: Option<u64>,
}

/// A figure before its last revision.
#[derive(Clone, Debug)]
pub(crate) struct Before {
    pub(crate) numbers: Numbers,
    /// Day on which the release with these numbers was extracted.
    pub(crate) extracted: Date,
}

impl Numbers {
    /// Whether there are none, because the figure was suppressed.
    pub(crate) fn are_suppressed(&self) -> bool {
        [self.numerator, self.denominator, self.value].iter().all(Option::is_none)
    }
}

impl Figure {
    /// Whether the figure comes from an agency whose figures are authoritative.
    pub(crate) fn is_authoritative(&self) -> bool {
        self.rank != NOT_AUTHORITATIVE
    }

    /// Whether two figures of one cell are of the same agency and collection.
    fn is_of_same_source(&self, other: &Self) -> bool {
        (&self.breakdown, &self.agency, &self.collection) == (&other.breakdown, &other.agency, &other.collection)
    }

    /// Of two figures of one agency and collection for the same cell, the one that was extracted later counts. If both were
    /// extracted at the same time, the one that was submitted later counts.
    fn age(&self) -> (i64, SubmissionId, usize) {
        (self.extract_micros, self.submission, self.row)
    }

    /// The order of the figures of one cell: the authoritative agency first, real figures before synthetic ones, the latest
    /// extract before earlier ones.
    fn order(&self) -> (usize, bool, &str, Reverse<i64>, &str) {
        (self.rank, self.synthetic, &self.agency, Reverse(self.extract_micros), &self.collection)
    }
}

/// The columns of a batch of figures.
struct Columns<'a> {
    measure: &'a [u16],
    area: &'a [u16],
    period: &'a [u32],
    status: &'a [u8],
    suppressed: &'a [u8],
    breakdown: &'a Column,
    source: &'a Column,
    numbers: [&'a [f64]; 4],
    /// Numerator, denominator and value before the last revision, and the day on which they were extracted.
    before: Option<([&'a [f64]; 3], &'a [i32])>,
}

impl<'a> Columns<'a> {
    fn of(segment: &'a Segment) -> Option<Self> {
        let column = |name| segment.batch.column(name);
        let number = |name| column(name).and_then(Column::as_f64);
        Some(Self {
            measure: column("measure")?.as_u16()?,
            area: column("area")?.as_u16()?,
            period: column("period")?.as_u32()?,
            status: column("status")?.as_u8()?,
            suppressed: column("suppressed")?.as_u8()?,
            breakdown: column("breakdown")?,
            source: column("source")?,
            numbers: [number("numerator")?, number("denominator")?, number("value")?, number("unweighted_base")?],
            before: [number("numerator_before"), number("denominator_before"), number("value_before")]
                .into_iter()
                .collect::<Option<Vec<_>>>()
                .and_then(|numbers| <[&[f64]; 3]>::try_from(numbers).ok())
                .zip(column("extracted_before").and_then(Column::as_i32)),
        })
    }

    fn numbers(&self, row: usize) -> Numbers {
        let [numerator, denominator, value, base] = self.numbers.map(|numbers| stated(numbers[row]));
        Numbers { numerator, denominator, value, base: base.map(whole_number) }
    }

    /// What a figure was before its last revision. The number of respondents before is not kept.
    fn before(&self, row: usize) -> Option<Before> {
        let (numbers, days) = self.before?;
        let day = Some(days[row]).filter(|day| *day != MISSING_DATE)?;
        let [numerator, denominator, value] = numbers.map(|numbers| stated(numbers[row]));
        let base = self.numbers(row).base;
        Some(Before { numbers: Numbers { numerator, denominator, value, base }, extracted: date_of_days(day)? })
    }
}

impl Figures {
    pub(crate) fn new(core: &Core, snapshot: &Snapshot) -> Self {
        Self::default().after(core, &Snapshot::default(), snapshot)
    }

    /// The figures of the snapshot `now`, if these are those of the snapshot `before`.
    pub(crate) fn after(&self, core: &Core, before: &Snapshot, now: &Snapshot) -> Self {
        let (before, now) = (before.segments(FIGURES), now.segments(FIGURES));
        let mut figures = self.clone();
        if figures.codes.is_empty() && !now.is_empty() {
            figures.index(core);
        }
        for segment in before {
            figures.change(core, segment, counterpart(segment, now), Self::remove);
        }
        for segment in now {
            figures.change(core, segment, counterpart(segment, before), Self::put);
        }
        figures
    }

    /// Gives each definition its position.
    fn index(&mut self, core: &Core) {
        let mut measures = HashMap::default();
        let codes = measure_codes(core).map(|code| {
            let id = core.catalogue.get(code).map(|found| found.id.clone());
            let next = measures.len();
            id.map(|id| *measures.entry(id).or_insert(next))
        });
        self.codes = codes.collect();
        self.of_measure = vec![Arc::default(); measures.len()];
        self.measures = Arc::new(measures);
    }

    /// Puts the figures of a segment, or removes them, apart from those that its counterpart in the other snapshot has too.
    fn change(
        &mut self,
        core: &Core,
        segment: &Segment,
        other: Option<&Segment>,
        change: fn(&mut Self, usize, AreaId, Period, Figure),
    ) {
        let selection = |segment: &Segment| segment.selected.as_ref().map(Arc::as_ptr);
        if other.is_some_and(|other| selection(other) == selection(segment)) {
            return;
        }
        let Some(columns) = Columns::of(segment) else { return };
        let ranks = self.ranks(core, &segment.agency);
        let codes = Arc::clone(&self.codes);
        let mut texts: HashMap<&str, Arc<str>, FixedState> = HashMap::default();
        let changed = |row: &usize| segment.selects(*row) && !other.is_some_and(|other| other.selects(*row));
        for row in (0..segment.batch.rows()).filter(changed) {
            let measure = usize::from(columns.measure[row]).checked_sub(1).and_then(|at| codes.get(at)).copied();
            let area = columns.area[row].checked_sub(1).and_then(|at| core.reference.areas.by_index(at));
            let (Some(Some(measure)), Some(area), Some(period)) =
                (measure, area, Period::from_code(columns.period[row]))
            else {
                continue;
            };
            let before = columns.before(row);
            let source = text_of(columns.source, row);
            let source = texts.entry(source).or_insert_with(|| named_source(segment, source));
            let figure = Figure {
                breakdown: text_of(columns.breakdown, row).into(),
                agency: Arc::clone(&segment.agency),
                collection: Arc::clone(&segment.collection),
                rank: ranks.get(measure).copied().unwrap_or(NOT_AUTHORITATIVE),
                suppressed: columns.suppressed[row] == YES,
                numbers: columns.numbers(row),
                revision: RevisionStatus {
                    provisional: columns.status[row] == PROVISIONAL,
                    revised: columns.status[row] == REVISED || before.is_some(),
                },
                before: before.map(Box::new),
                source: Arc::clone(source),
                synthetic: segment.synthetic,
                extract_micros: segment.extract_micros,
                submission: segment.submission,
                row,
                superseded: false,
            };
            change(self, measure, area, period, figure);
        }
    }

    /// For each measure, the rank of an agency. The caller's own figures, of no registered agency, come first.
    fn ranks(&self, core: &Core, agency: &str) -> Vec<usize> {
        let register = &core.reference.register;
        let Some(registered) = register.agency(agency) else { return vec![0; self.measures.len()] };
        let mut ranks = vec![NOT_AUTHORITATIVE; self.measures.len()];
        if register.role(agency, FIGURES) == Some(Role::Primary) {
            for (id, position) in &*self.measures {
                let definition = core.catalogue.get(id);
                let rank = definition.and_then(|definition| definition.authority_rank(&registered.kind.id));
                ranks[*position] = rank.unwrap_or(NOT_AUTHORITATIVE);
            }
        }
        ranks
    }

    /// Adds a figure. Figures of different agencies or collections are all kept, the authoritative one first.
    fn put(&mut self, measure: usize, area: AreaId, period: Period, figure: Figure) {
        let Some(of_measure) = self.of_measure.get_mut(measure).map(Arc::make_mut) else { return };
        let (first, last) = of_measure.span.unwrap_or((period.first(), period.last()));
        of_measure.span = Some((first.min(period.first()), last.max(period.last())));
        if !figure.synthetic {
            *of_measure.real.entry(period).or_default() += 1;
        }
        match of_measure.texts.get_mut(&figure.breakdown) {
            Some(count) => *count += 1,
            None => _ = of_measure.texts.insert(figure.breakdown.clone(), 1),
        }
        let cell = Arc::make_mut(of_measure.periods.entry(period).or_default()).entry(area).or_default();
        cell.push(figure);
        settle(cell);
    }

    /// Removes a figure that was added.
    fn remove(&mut self, measure: usize, area: AreaId, period: Period, figure: Figure) {
        let Some(of_measure) = self.of_measure.get_mut(measure).map(Arc::make_mut) else { return };
        let Some(of_period) = of_measure.periods.get_mut(&period).map(Arc::make_mut) else { return };
        let Some(cell) = of_period.get_mut(&area) else { return };
        cell.retain(|known| known.age() != figure.age());
        settle(cell);
        if cell.is_empty() {
            of_period.remove(&area);
        }
        if of_period.is_empty() {
            of_measure.periods.remove(&period);
            let firsts = of_measure.periods.keys().map(|period| period.first()).min();
            of_measure.span = firsts.zip(of_measure.periods.keys().map(|period| period.last()).max());
        }
        if let Some(count) = of_measure.real.get_mut(&period).filter(|_| !figure.synthetic) {
            *count -= 1;
            if *count == 0 {
                of_measure.real.remove(&period);
            }
        }
        if let Some(count) = of_measure.texts.get_mut(&figure.breakdown) {
            *count -= 1;
            if *count == 0 {
                of_measure.texts.remove(&figure.breakdown);
            }
        }
    }

    /// The figures of a measure.
    fn of(&self, measure: &str) -> Option<&OfMeasure> {
        self.of_measure.get(*self.measures.get(measure)?).map(|found| &**found)
    }

    /// The figures of one cell, the authoritative one first. If `source` names an agency, only its own.
    pub(crate) fn of_cell<'f, 'b>(
        &'f self,
        measure: &str,
        (area, period): (AreaId, Period),
        breakdown: &'b str,
        source: Option<&'b str>,
    ) -> impl Iterator<Item = &'f Figure> + use<'f, 'b> {
        let figures = self.of(measure).and_then(|found| found.periods.get(&period)?.get(&area));
        let counts = move |figure: &&Figure| !figure.superseded && *figure.breakdown == *breakdown;
        figures
            .into_iter()
            .flatten()
            .filter(counts)
            .filter(move |figure| source.is_none_or(|source| *figure.agency == *source))
    }

    /// First and last month of a measure's figures; `None` if there are none.
    pub(crate) fn span(&self, measure: &str) -> Option<(Month, Month)> {
        self.of(measure)?.span
    }

    /// First and last month of a measure's figures that are not synthetic; `None` if there are none.
    pub(crate) fn real_span(&self, measure: &str) -> Option<(Month, Month)> {
        let real = &self.of(measure)?.real;
        real.keys().map(|period| period.first()).min().zip(real.keys().map(|period| period.last()).max())
    }

    /// The breakdowns of a measure's figures, each once.
    pub(crate) fn breakdowns(&self, measure: &str) -> Vec<&str> {
        self.of(measure).map_or_else(Vec::new, |found| found.texts.keys().map(|text| &**text).collect())
    }

    /// Whether any figure of a measure has this breakdown.
    pub(crate) fn uses(&self, measure: &str, breakdown: &str) -> bool {
        self.of(measure).is_some_and(|found| found.texts.contains_key(breakdown))
    }
}

/// The segment of the same rows in another snapshot.
fn counterpart<'s>(segment: &Segment, others: &'s [Arc<Segment>]) -> Option<&'s Segment> {
    let found = others.binary_search_by_key(&segment.submission, |other| other.submission).ok()?;
    others.get(found).map(Arc::as_ref).filter(|other| Arc::ptr_eq(&other.batch, &segment.batch))
}

/// Puts the figures of one cell into their order, and says which ones count.
fn settle(cell: &mut [Figure]) {
    for at in 0..cell.len() {
        let superseded = {
            let figure = &cell[at];
            cell.iter().any(|other| other.is_of_same_source(figure) && other.age() > figure.age())
        };
        cell[at].superseded = superseded;
    }
    cell.sort_by(|a, b| a.order().cmp(&b.order()));
}

/// The codes of the open list of measures, in the order of their numbers. They are all names that the catalogue knows.
fn measure_codes(core: &Core) -> Box<dyn Iterator<Item = &str> + '_> {
    match core.reference.codes.list("measure") {
        Some(list) => Box::new(list.iter().map(|entry| entry.code())),
        None => Box::new(core.catalogue.ids()),
    }
}

/// A number; `None` if it is missing.
fn stated(number: f64) -> Option<f64> {
    Some(number).filter(|number| !number.is_nan())
}

fn text_of(column: &Column, row: usize) -> &str {
    match column.as_text() {
        Some(texts) if !column.is_missing(row) => texts.value(row),
        _ => "",
    }
}

/// The name of a source: the agency and its publication.
fn named_source(segment: &Segment, publication: &str) -> Arc<str> {
    match publication {
        "" => Arc::clone(&segment.agency),
        publication => format!("{}: {publication}", segment.agency).into(),
    }
}

/// A breakdown in the form of figures: `dimension=code`, joined by semicolons in alphabetical order.
pub(crate) fn breakdown_text(axes: &BreakdownAxes, cell: usize) -> String {
    let mut parts: Vec<String> =
        axes.values(cell).iter().map(|value| format!("{}={}", value.dimension, value.code)).collect();
    parts.sort_unstable();
    parts.join(";")
}
