//! Lost reports: a value that needs rows of a damaged submission is not given.
//!
//! What the rows said is not known. Without them, a count would be too small, and a figure of another agency could take
//! the place of the one that is lost. So whatever the rows could have changed has no value, and a caveat says why.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::{Answered, Data};
use crate::contract::Dataset;
use crate::design::{Input, RowBasis};
use crate::engine::coverage::reporting_field;
use crate::engine::query::{Basis, CellRequest};
use crate::engine::rows::snapshot::Lost;
use crate::estimate::MissingReason;
use crate::measure::Definition;
use crate::period::{Month, Period};
use crate::reference::{AreaId, Remit};
use crate::submission::FIGURES;

/// Number of submissions that the caveats of a value name.
const NAMED: usize = 5;

impl Data {
    /// The answer, or none if it needs a report that is lost.
    pub(super) fn without_lost(&self, cell: CellRequest<'_>, basis: Basis, mut answered: Answered) -> Answered {
        if answered.reason() == Some(MissingReason::NotApplicable) {
            return answered;
        }
        let mut lost: BTreeMap<&str, (&str, Date, Date)> = BTreeMap::new();
        for report in self.snapshot().lost.iter().filter(|report| self.needs(cell, basis, report)) {
            let known = lost.entry(&report.name).or_insert((report.dataset, report.first, report.last));
            *known = (known.0, known.1.min(report.first), known.2.max(report.last));
        }
        if lost.is_empty() {
            return answered;
        }
        let completeness = &mut answered.found.completeness;
        completeness.expected = completeness.expected.max(1);
        completeness.received = completeness.received.min(completeness.expected - 1);
        for (name, (dataset, first, last)) in lost.iter().take(NAMED) {
            answered.found.caveat(format!(
                "The exchange has lost data that the value needs: the rows of {name} ({dataset}, {first} to {last}) are \
                 damaged."
            ));
        }
        if lost.len() > NAMED {
            answered.found.caveat(format!("The rows of {} more submissions are damaged.", lost.len() - NAMED));
        }
        answered.estimated = Err(MissingReason::NotSubmitted.into());
        answered.components.clear();
        answered.is_lost = true;
        answered
    }

    /// First and last month of the lost reports that a measure can need.
    pub(super) fn lost_spans(&self, definition: &Definition) -> impl Iterator<Item = (Month, Month)> {
        let read = self.rows_read(definition);
        let needed = move |report: &&Lost| {
            read.iter().any(|(dataset, _)| dataset.id == report.dataset)
                || (report.dataset == FIGURES && self.may_state(report, &definition.id))
        };
        self.snapshot().lost.iter().filter(needed).map(|report| (Month::of(report.first), Month::of(report.last)))
    }

    /// Whether rows of a lost report could be behind the value of a cell.
    fn needs(&self, cell: CellRequest<'_>, basis: Basis, lost: &Lost) -> bool {
        if basis == Basis::ComputedFromRecords {
            return self.counts_rows_of(cell.definition, cell, lost);
        }
        lost.dataset == FIGURES
            && overlaps(lost, cell.period, 0)
            && cell.source.is_none_or(|source| *lost.agency == *source)
            && self.may_state(lost, &cell.definition.id)
            && self.is_about(lost, cell.area, cell.period)
    }

    fn counts_rows_of(&self, definition: &Definition, cell: CellRequest<'_>, lost: &Lost) -> bool {
        definition.inputs.iter().any(|input| match (input, input.rows()) {
            (Input::Measure(other), _) => {
                let other = self.core().catalogue.get(&other.of);
                other.is_some_and(|other| self.counts_rows_of(other, cell, lost))
            }
            (_, Some(rows)) if rows.dataset.id == lost.dataset => {
                let in_time = !is_placed_by(rows) || overlaps(lost, cell.period, input.look_back());
                // Elsewhere, what happened in an area can be in the report of an agency of another area, and an
                // earlier crime counts wherever it happened.
                let anywhere = input.look_back() > 0 || rows.area.referenced || reporting_field(rows) != rows.area;
                in_time && (anywhere || self.is_about(lost, cell.area, cell.period))
            }
            // A row refers to another one that is as old or older. Events follow it.
            (_, Some(_)) => {
                lost.first <= cell.period.last().plus(input.look_ahead()).last_day()
                    && input.fields(true).into_iter().any(|path| path.dataset == lost.dataset)
            }
            (_, None) => false,
        })
    }

    /// The remits of the agency whose report is lost. `None` if it is not registered any more.
    fn remits<'d>(&'d self, lost: &'d Lost) -> Option<impl Iterator<Item = &'d Remit>> {
        let agency = self.core().reference.register.agency(&lost.agency);
        agency.map(|agency| agency.remits_for(lost.dataset))
    }

    /// Whether the lost figures can be those of a measure.
    fn may_state(&self, lost: &Lost, measure: &str) -> bool {
        self.remits(lost).is_none_or(|mut remits| remits.any(|remit| remit.allows_measure(measure)))
    }

    /// Whether a lost report can be about any part of an area.
    fn is_about(&self, lost: &Lost, area: AreaId, period: Period) -> bool {
        let areas = &self.core().reference.areas;
        let day = period.end_date();
        let about = |remit: &Remit| match remit.area_named(areas, &lost.collection) {
            Some(named) => areas.overlap(named, area, day),
            None => remit.areas.iter().any(|own| areas.overlap(*own, area, day)),
        };
        self.remits(lost).is_none_or(|mut remits| remits.any(about))
    }
}

/// Whether a lost report overlaps a period, or so many months before it.
fn overlaps(lost: &Lost, period: Period, months_before: i32) -> bool {
    lost.first <= period.end_date() && period.first().plus(-months_before).first_day() <= lost.last
}

/// Whether rows are counted in the month in which they were reported.
fn is_placed_by(rows: &RowBasis) -> bool {
    let Dataset { options, .. } = rows.dataset;
    let written = match rows.date.referenced {
        true => format!("{}.{}", rows.date.dataset, rows.date.field),
        false => rows.date.field.to_owned(),
    };
    options.period_fields.contains(&written)
}
