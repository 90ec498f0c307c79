//! Figures are checked as strictly as records: against the definition of their measure.

use std::sync::Arc;

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use crate::Core;
use crate::contract::Kind;
use crate::intake::registry as known;
use crate::intake::{CheckedRows, Known, Raise, RowCheck};
use crate::measure::Definition;
use crate::period::{Period, PeriodKind};
use crate::reference::Level;

use super::FIGURES;
use super::columns::{Columns, NUMBERS};

/// Checks the rows of `published_figure`: the measure offers the level, the period and the breakdown, and the numbers can
/// be its numbers. It checks nothing in rows of other datasets.
#[derive(Debug)]
pub struct FigureCheck<'c> {
    core: &'c Core,
}

impl<'c> FigureCheck<'c> {
    /// The check with the measures of a core.
    #[must_use]
    pub const fn new(core: &'c Core) -> Self {
        Self { core }
    }
}

/// A fault: the finding, the field, and what is wrong.
pub(super) type Fault = (&'static Known, &'static str, String);

impl RowCheck for FigureCheck<'_> {
    fn check(&self, rows: &CheckedRows<'_>, raise: &mut Raise<'_>) {
        if rows.dataset().id != FIGURES {
            return;
        }
        let Some(columns) = Columns::of(|name| rows.column(name)) else { return };
        let definitions = definitions(self.core, rows);
        // Many rows have the same breakdown.
        let mut breakdowns: HashMap<(u16, &str), Option<Fault>, FixedState> = HashMap::default();
        let mut without_parts: Vec<usize> = Vec::new();
        for row in 0..rows.rows() {
            let code = columns.measure[row];
            let definition = usize::from(code).checked_sub(1).and_then(|code| definitions.get(code)?.as_ref());
            let Some(definition) = definition else { continue };
            let mut report = |fault: Option<Fault>| {
                if let Some((known, field, detail)) = fault {
                    raise(known, row, field, &|| detail.clone());
                }
            };
            report(self.place(rows, definition, columns.area[row], columns.period[row]));
            let breakdown = columns.breakdown(row);
            if !rows.is_settled("breakdown", row) {
                let fault =
                    breakdowns.entry((code, breakdown)).or_insert_with(|| self.breakdown(definition, breakdown));
                report(fault.clone());
            }
            if !columns.is_suppressed(row) && !NUMBERS.iter().any(|field| rows.is_settled(field, row)) {
                for fault in columns.numbers(row).faults(definition) {
                    match fault.0.code {
                        code if code == known::NO_PARTS.code => without_parts.push(row),
                        _ => report(Some(fault)),
                    }
                }
            }
        }
        // A publication has the parts of all its values, or of none: one finding says it of all.
        if let Some(first) = without_parts.first() {
            let detail = || match without_parts.len() {
                1 => "1 figure has a value alone.".to_owned(),
                all => format!("{all} figures have a value alone; this is the first."),
            };
            raise(&known::NO_PARTS, *first, "value", &detail);
        }
    }
}

impl FigureCheck<'_> {
    /// Whether the measure is offered at the level of the area and for the kind of period.
    fn place(&self, rows: &CheckedRows<'_>, definition: &Definition, area: u16, period: u32) -> Option<Fault> {
        let areas = &rows.reference().areas;
        let level = areas.get(areas.by_index(area.checked_sub(1)?)?).level();
        let kind = Period::from_code(period)?.kind();
        let Some(kinds) = definition.periods.get(&level) else {
            let levels: Vec<&str> = definition.periods.keys().map(|level| level.id()).collect();
            let detail = format!(
                "{} is not offered at the level {}; its levels are {}.",
                definition.id,
                level.id(),
                levels.join(", ")
            );
            return Some((&known::LEVEL_NOT_OFFERED, "area", detail));
        };
        if kinds.contains(&kind) { None } else { Some(period_not_offered(definition, level, kinds)) }
    }

    /// Whether the measure has the dimensions of a breakdown and their codes.
    fn breakdown(&self, definition: &Definition, text: &str) -> Option<Fault> {
        let parts = definition.design.figure_parts();
        let mut stated: Vec<&str> = text.split(';').filter(|part| !part.is_empty()).collect();
        if !stated.is_sorted() {
            let detail = "The dimensions are not in alphabetical order.".to_owned();
            return Some((&known::BREAKDOWN_NOT_OFFERED, "breakdown", detail));
        }
        if !parts.is_empty() {
            let before = stated.len();
            stated.retain(|stated| !parts.iter().any(|part| part == stated));
            if stated.len() + 1 != before {
                let detail = format!("A figure of {} states one of {}.", definition.id, parts.join(", "));
                return Some((&known::BREAKDOWN_NOT_OFFERED, "breakdown", detail));
            }
        }
        let mut before = "";
        for (name, code) in stated.iter().filter_map(|part| part.split_once('=')) {
            let Some(breakdown) = definition.breakdown(name).filter(|_| name != before) else {
                let known: Vec<&str> = definition.breakdowns.iter().map(|known| known.name.as_str()).collect();
                let detail = match known.as_slice() {
                    [] => format!("{} has no breakdowns.", definition.id),
                    known => format!("The dimensions of {} are {}.", definition.id, known.join(", ")),
                };
                return Some((&known::BREAKDOWN_NOT_OFFERED, "breakdown", detail));
            };
            before = name;
            if let Some(codes) =
                breakdown.codes(&self.core.reference).filter(|codes| !codes.iter().any(|c| c.code == code))
            {
                return Some((&known::BREAKDOWN_CODE, "breakdown", codes_of(name, &codes)));
            }
        }
        None
    }
}

/// The definition of each code of the list of measures.
pub(super) fn definitions(core: &Core, rows: &CheckedRows<'_>) -> Vec<Option<Arc<Definition>>> {
    let Some(Kind::OpenCode(list)) = rows.dataset().field("measure").map(|field| &field.kind) else {
        return Vec::new();
    };
    let list = rows.reference().codes.list(list);
    let find = |id: &str| core.catalogue.get(id).map(Arc::clone);
    list.map_or_else(Vec::new, |list| list.iter().map(|entry| find(entry.code())).collect())
}

fn period_not_offered(definition: &Definition, level: Level, kinds: &[PeriodKind]) -> Fault {
    let kinds: Vec<&str> = kinds.iter().map(|kind| kind.code()).collect();
    let detail = format!("At the level {}, {} is offered for {}.", level.id(), definition.id, kinds.join(", "));
    (&known::PERIOD_NOT_OFFERED, "period", detail)
}

fn codes_of(name: &str, codes: &[crate::measure::BreakdownCode]) -> String {
    const MOST: usize = 12;
    let mut shown: Vec<&str> = codes.iter().take(MOST).map(|code| code.code.as_str()).collect();
    if shown.len() < codes.len() {
        shown.push("...");
    }
    format!("The codes of {name} are {}.", shown.join(", "))
}
