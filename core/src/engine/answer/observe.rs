//! From an estimate to an observation: labels, status letters, markers, breaks.

use std::borrow::Cow;
use std::sync::Arc;

use super::answered::Answered;
use super::confidential::is_disclosive;
use super::{Data, Observation};
use crate::engine::found::RevisionStatus;
use crate::engine::query::{Basis, BreakdownValue, CellRequest};
use crate::estimate::{Comparable, Estimated, MissingReason};
use crate::reference::{Level, SeriesBreak};

/// SDMX CL_CONF_STATUS: primary confidentiality, because a count or a base is small.
const PRIMARY: &str = "A";

/// Makes an observation from an estimate. Also returns the form in which it can be compared.
pub(crate) fn observe(
    data: &Data,
    cell: CellRequest<'_>,
    basis: Basis,
    answered: Answered,
) -> (Observation, Comparable) {
    let definition = cell.definition;
    let Answered { found, estimated, components, mut alternatives, is_lost: _ } = answered;
    let (result, estimated) = match estimated {
        Ok(estimated) => (Ok(estimated.value), estimated),
        Err(unavailable) => (Err(unavailable.reason), Estimated { base: unavailable.base, ..Estimated::default() }),
    };
    for alternative in &mut alternatives {
        alternative.difference = alternative.result.ok().zip(result.ok()).map(|(other, value)| other - value);
    }
    let breakdown = cell.axes.values(cell.cell);
    let level = data.core().reference.areas.get(cell.area).level();
    let breaks = breaks(data, cell, level, &breakdown);
    let more = estimated.caveat.map(Arc::from);
    let caveats = definition.caveats.iter().cloned().chain(found.caveats).chain(more).collect();
    let (code, name) = data.core().reference.areas.get(cell.area).labels();
    let status = Status {
        missing: result.err(),
        low: result.is_ok() && estimated.has_low_base(),
        broken: !breaks.is_empty(),
        revision: found.revision,
    };
    let mut observation = Observation {
        measure: Arc::clone(&definition.id),
        version: definition.version,
        title: Arc::clone(&definition.title),
        area: code,
        area_name: name,
        period: cell.period,
        breakdown,
        basis,
        synthetic: found.synthetic,
        result,
        numerator: estimated.numerator,
        denominator: estimated.denominator,
        unit: Arc::clone(&definition.unit),
        value_kind: definition.value_kind,
        interval: estimated.interval,
        unweighted_base: estimated.base,
        effective_n: estimated.effective_n,
        obs_status: status.letter(),
        conf_status: status.confidentiality(),
        marker: status.markers(),
        polarity: definition.polarity,
        reporting_increase_wanted: definition.reporting_increase_wanted,
        comparisons: Vec::new(),
        completeness: found.completeness,
        caveats,
        breaks,
        ledger_position: data.snapshot().position,
        release: Arc::default(),
        sources: found.sources,
        components,
        alternatives,
        companions: Vec::new(),
    };
    if is_disclosive(definition, level, &observation) {
        observation.conf_status = PRIMARY;
    }
    (observation, estimated.comparable)
}

/// Breaks on the first day of the period or within it.
fn breaks(data: &Data, cell: CellRequest<'_>, level: Level, breakdown: &[BreakdownValue]) -> Vec<Arc<str>> {
    let start = cell.period.start_date();
    let before = start.yesterday().unwrap_or(start);
    let between = || data.core().reference.breaks.between(&cell.definition.id, level, before, cell.period.end_date());
    let text = |found: &SeriesBreak| -> Arc<str> { format!("{}: {}", found.date, found.text).into() };
    let of_all = data.breaks.get(&(Arc::clone(&cell.definition.id), level, cell.period), || {
        between().filter(|found| found.breakdowns.is_empty()).map(text).collect()
    });
    let group = || breakdown.iter().map(|value| (value.dimension.as_str(), value.code.as_str()));
    let of_group = between().filter(|found| !found.breakdowns.is_empty() && found.divides(group()));
    let of_group = of_group.filter(|_| !breakdown.is_empty()).map(text);
    of_all.iter().cloned().chain(of_group).collect()
}

/// The facts from which the status letters and the markers follow.
struct Status {
    missing: Option<MissingReason>,
    low: bool,
    broken: bool,
    revision: RevisionStatus,
}

impl Status {
    fn letter(&self) -> &'static str {
        match self {
            Self { missing: Some(_), .. } => "O",
            Self { low: true, .. } => "U",
            Self { broken: true, .. } => "B",
            Self { revision: RevisionStatus { provisional: true, .. }, .. } => "P",
            Self { revision: RevisionStatus { revised: true, .. }, .. } => "R",
            _ => "A",
        }
    }

    fn confidentiality(&self) -> &'static str {
        match self.missing {
            Some(MissingReason::Suppressed | MissingReason::BaseTooSmall) => PRIMARY,
            _ => "F",
        }
    }

    fn markers(&self) -> Cow<'static, str> {
        let present = self.missing.is_none();
        let markers = [
            (!present, self.missing.map_or("", MissingReason::marker)),
            (self.low, "[low]"),
            (self.broken && present, "[b]"),
            (present && self.revision.provisional, "[p]"),
            (present && self.revision.revised, "[r]"),
        ];
        let mut chosen = markers.into_iter().filter(|(applies, _)| *applies).map(|(_, marker)| marker);
        let first = Cow::Borrowed(chosen.next().unwrap_or(""));
        chosen.fold(first, |joined, marker| format!("{joined} {marker}").into())
    }
}
