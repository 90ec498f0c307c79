//! Figures that agencies computed and submitted.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use crate::Core;
use crate::column::{Column, YES};
use crate::engine::found::RevisionStatus;
use crate::engine::query::BreakdownAxes;
use crate::engine::rows::snapshot::{Segment, Snapshot};
use crate::estimate::whole_number;
use crate::period::{Month, Period};
use crate::reference::{AreaId, Role};
use crate::submission::FIGURES;

/// Submitted figures by measure, area and period.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    /// Position of each definition by its identifier.
    measures: HashMap<Arc<str>, usize, FixedState>,
    figures: HashMap<(usize, AreaId, Period), Vec<Figure>, FixedState>,
    /// First and last month of each measure's figures.
    spans: HashMap<usize, (Month, Month), FixedState>,
    /// Breakdowns of each measure's figures.
    texts: HashMap<usize, BTreeSet<Box<str>>, FixedState>,
}

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
    pub(crate) numerator: Option<f64>,
    pub(crate) denominator: Option<f64>,
    pub(crate) value: Option<f64>,
    pub(crate) base: Option<u64>,
    pub(crate) revision: RevisionStatus,
    pub(crate) source: Arc<str>,
    pub(crate) synthetic: bool,
    extract_micros: i64,
    /// Position of the segment among those of the dataset.
    pub(crate) segment: usize,
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
        })
    }
}

impl Figures {
    pub(crate) fn new(core: &Core, snapshot: &Snapshot) -> Self {
        let mut figures = Self::default();
        let segments = snapshot.segments(FIGURES);
        if segments.is_empty() {
            return figures;
        }
        let codes: Vec<Option<usize>> = measure_codes(core)
            .map(|code| {
                let id = core.catalogue.get(code).map(|found| found.id.clone());
                let next = figures.measures.len();
                id.map(|id| *figures.measures.entry(id).or_insert(next))
            })
            .collect();
        for (number, segment) in segments.iter().enumerate() {
            figures.read(core, &codes, segment, number);
        }
        figures
    }

    fn read(&mut self, core: &Core, codes: &[Option<usize>], segment: &Segment, number: usize) {
        let Some(columns) = Columns::of(segment) else { return };
        let ranks = self.ranks(core, &segment.agency);
        let mut texts: HashMap<&str, Arc<str>, FixedState> = HashMap::default();
        for row in (0..segment.batch.rows()).filter(|row| segment.selects(*row)) {
            let measure = usize::from(columns.measure[row]).checked_sub(1).and_then(|at| codes.get(at)).copied();
            let area = columns.area[row].checked_sub(1).and_then(|at| core.reference.areas.by_index(at));
            let (Some(Some(measure)), Some(area), Some(period)) =
                (measure, area, Period::from_code(columns.period[row]))
            else {
                continue;
            };
            let [numerator, denominator, value, base] =
                columns.numbers.map(|numbers| Some(numbers[row]).filter(|number| !number.is_nan()));
            let source = text_of(columns.source, row);
            let source = texts.entry(source).or_insert_with(|| named_source(segment, source));
            let figure = Figure {
                breakdown: text_of(columns.breakdown, row).into(),
                agency: Arc::clone(&segment.agency),
                collection: Arc::clone(&segment.collection),
                rank: ranks.get(measure).copied().unwrap_or(NOT_AUTHORITATIVE),
                suppressed: columns.suppressed[row] == YES,
                numerator,
                denominator,
                value,
                base: base.map(whole_number),
                revision: match columns.status[row] {
                    1 => RevisionStatus::Provisional,
                    3 => RevisionStatus::Revised,
                    _ => RevisionStatus::Final,
                },
                source: Arc::clone(source),
                synthetic: segment.synthetic,
                extract_micros: segment.extract_micros,
                segment: number,
            };
            self.put(measure, area, period, figure);
        }
    }

    /// For each measure, the rank of an agency. The caller's own figures, of no registered agency, come first.
    fn ranks(&self, core: &Core, agency: &str) -> Vec<usize> {
        let register = &core.reference.register;
        let Some(registered) = register.agency(agency) else { return vec![0; self.measures.len()] };
        let mut ranks = vec![NOT_AUTHORITATIVE; self.measures.len()];
        if register.role(agency, FIGURES) == Some(Role::Primary) {
            for (id, position) in &self.measures {
                let definition = core.catalogue.get(id);
                let rank = definition.and_then(|definition| definition.authority_rank(&registered.kind.id));
                ranks[*position] = rank.unwrap_or(NOT_AUTHORITATIVE);
            }
        }
        ranks
    }

    /// Keeps a figure. Of two figures of one agency and collection for the same cell, the one that was extracted later is
    /// kept. If both were extracted at the same time, the one that was submitted later is kept. Figures of different
    /// agencies or collections are all kept, the authoritative one first.
    fn put(&mut self, measure: usize, area: AreaId, period: Period, figure: Figure) {
        let (first, last) = self.spans.get(&measure).copied().unwrap_or((period.first(), period.last()));
        self.spans.insert(measure, (first.min(period.first()), last.max(period.last())));
        let texts = self.texts.entry(measure).or_default();
        if !texts.contains(&figure.breakdown) {
            texts.insert(figure.breakdown.clone());
        }
        let known = self.figures.entry((measure, area, period)).or_default();
        match known.iter_mut().find(|known| known.is_of_same_source(&figure)) {
            Some(known) if known.extract_micros <= figure.extract_micros => *known = figure,
            Some(_) => return,
            None => known.push(figure),
        }
        known.sort_by(|a, b| a.order().cmp(&b.order()));
    }

    /// The figures of one cell, the authoritative one first. If `source` names an agency, only its own.
    pub(crate) fn of_cell<'f, 'b>(
        &'f self,
        measure: &str,
        (area, period): (AreaId, Period),
        breakdown: &'b str,
        source: Option<&'b str>,
    ) -> impl Iterator<Item = &'f Figure> + use<'f, 'b> {
        let figures = self.measures.get(measure).and_then(|measure| self.figures.get(&(*measure, area, period)));
        let figures = figures.into_iter().flatten().filter(move |figure| *figure.breakdown == *breakdown);
        figures.filter(move |figure| source.is_none_or(|source| *figure.agency == *source))
    }

    /// First and last month of a measure's figures; `None` if there are none.
    pub(crate) fn span(&self, measure: &str) -> Option<(Month, Month)> {
        self.spans.get(self.measures.get(measure)?).copied()
    }

    /// The breakdowns of a measure's figures, each once.
    pub(crate) fn breakdowns(&self, measure: &str) -> Vec<&str> {
        let known = self.measures.get(measure).and_then(|measure| self.texts.get(measure));
        known.map_or_else(Vec::new, |texts| texts.iter().map(|text| &**text).collect())
    }

    /// Whether any figure of a measure has this breakdown.
    pub(crate) fn uses(&self, measure: &str, breakdown: &str) -> bool {
        let known = self.measures.get(measure).and_then(|measure| self.texts.get(measure));
        known.is_some_and(|texts| texts.contains(breakdown))
    }
}

/// The codes of the open list of measures, in the order of their numbers. They are all names that the catalogue knows.
fn measure_codes(core: &Core) -> Box<dyn Iterator<Item = &str> + '_> {
    match core.reference.codes.list("measure") {
        Some(list) => Box::new(list.iter().map(|entry| entry.code())),
        None => Box::new(core.catalogue.ids()),
    }
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
