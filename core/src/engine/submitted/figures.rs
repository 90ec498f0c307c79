//! Figures that agencies computed and submitted.

use std::collections::BTreeSet;
use std::sync::Arc;

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use crate::Core;
use crate::column::Column;
use crate::engine::found::RevisionStatus;
use crate::engine::query::BreakdownAxes;
use crate::engine::rows::snapshot::{Segment, Snapshot};
use crate::estimate::whole_number;
use crate::period::{Month, Period};
use crate::reference::AreaId;

/// The dataset of figures that agencies computed.
pub(crate) const FIGURES: &str = "published_figure";

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

/// One figure.
#[derive(Clone, Debug)]
pub(crate) struct Figure {
    /// As submitted: `sex=female`; empty for all.
    pub(crate) breakdown: Box<str>,
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

/// The columns of a batch of figures.
struct Columns<'a> {
    measure: &'a [u16],
    area: &'a [u16],
    period: &'a [u32],
    status: &'a [u8],
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

    /// Keeps a figure; of two for the same cell the one that was extracted later answers, and of two extracted at the
    /// same time the one submitted later.
    fn put(&mut self, measure: usize, area: AreaId, period: Period, figure: Figure) {
        let (first, last) = self.spans.get(&measure).copied().unwrap_or((period.first(), period.last()));
        self.spans.insert(measure, (first.min(period.first()), last.max(period.last())));
        let texts = self.texts.entry(measure).or_default();
        if !texts.contains(&figure.breakdown) {
            texts.insert(figure.breakdown.clone());
        }
        let known = self.figures.entry((measure, area, period)).or_default();
        match known.iter_mut().find(|known| known.breakdown == figure.breakdown) {
            Some(known) if known.extract_micros <= figure.extract_micros => *known = figure,
            Some(_) => {}
            None => known.push(figure),
        }
    }

    /// The figure of one cell as it was submitted.
    pub(crate) fn find(&self, measure: &str, area: AreaId, period: Period, breakdown: &str) -> Option<&Figure> {
        let measure = *self.measures.get(measure)?;
        let figures = self.figures.get(&(measure, area, period))?;
        figures.iter().find(|figure| *figure.breakdown == *breakdown)
    }

    /// First and last month of a measure's figures; `None` where there are none.
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

/// The codes of the open list of measures, in the order of their numbers: every name that the catalogue knows.
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

/// The agency and its publication.
fn named_source(segment: &Segment, publication: &str) -> Arc<str> {
    match publication {
        "" => Arc::clone(&segment.agency),
        publication => format!("{}: {publication}", segment.agency).into(),
    }
}

/// A breakdown as figures state it: dimension=code, joined by semicolons in alphabetical order.
pub(crate) fn breakdown_text(axes: &BreakdownAxes, cell: usize) -> String {
    let mut parts: Vec<String> =
        axes.values(cell).iter().map(|value| format!("{}={}", value.dimension, value.code)).collect();
    parts.sort_unstable();
    parts.join(";")
}
