//! What became of the reports that are expected: the share that was received, or received on time, and the median delay.

use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;

use super::{Design, ExpectedReports, Formula, Input, Inputs, OfReports, Reader, Selection};
use crate::contract::{Contract, Dataset};
use crate::estimate::{
    self, Comparable, Estimated, IntervalRule, MissingReason, Rule, Unavailable, ValueKind, count_to_f64,
};
use crate::measure_file::{DefinitionError, Table, Text};
use crate::stats::median::median;

/// The design's name in a measure's file: the value of `design.kind`.
pub(super) const KIND: &str = "reports_received";

/// The reports received, or received on time, as a share of those that the register of agencies expects; or the median number
/// of days after the end of their period in which they were received. The register is complete, so the value has no interval.
#[derive(Debug)]
struct ReportsReceived {
    reports: ExpectedReports,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReportsReceivedTable {
    /// Datasets whose reports are counted; empty for every dataset that has a calendar.
    datasets: Spanned<Vec<Text>>,
    #[serde(default)]
    result: ResultTable,
}

/// What is told of the reports.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ResultTable {
    #[default]
    Received,
    OnTime,
    MedianDays,
}

/// Reads the table `design` of a measure's file.
pub(super) fn read(table: Table<'_>, reader: &Reader<'_>) -> Result<Arc<dyn Design>, DefinitionError> {
    let fields = reader.fields;
    let written: ReportsReceivedTable = fields.checker().read(table)?;
    let register = &fields.checker().reference.register;
    let has_calendar = |dataset: &&'static Dataset| {
        let mut remits = register.agencies_for(&dataset.id).flat_map(|agency| agency.remits_for(&dataset.id));
        remits.any(|remit| remit.calendar.is_some())
    };
    let named = written.datasets.get_ref();
    let datasets: Vec<&'static Dataset> = if named.is_empty() {
        Contract::get().datasets().iter().filter(has_calendar).collect()
    } else {
        named.iter().map(|dataset| fields.dataset(dataset)).collect::<Result<_, _>>()?
    };
    match datasets.iter().find(|dataset| !has_calendar(dataset)) {
        Some(dataset) => {
            let reason = format!("no agency is expected to report on {} at set times", dataset.id);
            fields.checker().fault(written.datasets.span().start, reason)
        }
        None => {
            let of = match written.result {
                ResultTable::Received => OfReports::Received,
                ResultTable::OnTime => OfReports::OnTime,
                ResultTable::MedianDays => OfReports::Days,
            };
            Ok(Arc::new(ReportsReceived { reports: ExpectedReports { datasets, of } }))
        }
    }
}

impl Design for ReportsReceived {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn value_kinds(&self) -> &'static [ValueKind] {
        match self.reports.of {
            OfReports::Received | OfReports::OnTime => &[ValueKind::Proportion],
            OfReports::Days => &[ValueKind::Days],
        }
    }

    fn intervals(&self) -> &'static [IntervalRule] {
        &[IntervalRule::None]
    }

    fn formula(&self) -> Formula {
        match self.reports.of {
            OfReports::Received => Formula {
                value: "r / R",
                symbols: "R is the number of reports that the register of agencies expects, and r the number of them \
                    that were received.",
            },
            OfReports::OnTime => Formula {
                value: "t / R",
                symbols: "R is the number of reports that the register of agencies expects, and t the number of them \
                    whose whole period was received by the day on which it was due.",
            },
            OfReports::Days => Formula {
                value: "median of d",
                symbols: "d is the number of days from the last day of a period to the day on which the whole period was \
                    received first, of each report that the register of agencies expects and that was received.",
            },
        }
    }

    fn inputs(&self) -> Vec<Input> {
        vec![Input::Reports(self.reports.clone())]
    }

    fn selections(&self) -> Vec<Selection> {
        Vec::new()
    }

    fn estimate(&self, inputs: &Inputs, rule: Rule) -> Result<Estimated, Unavailable> {
        let found = match self.reports.of {
            OfReports::Received | OfReports::OnTime => {
                let (received, expected) = inputs.register(0)?;
                estimate::share(received.into(), expected.into(), rule)?
            }
            OfReports::Days => {
                let days = inputs.histogram(0)?;
                let value = median(days, rule.confidence).map_err(|_| MissingReason::ZeroDenominator)?.value;
                let denominator = Some(count_to_f64(days.values().sum()));
                Estimated { value, denominator, ..Estimated::default() }
            }
        };
        // Every report is counted, so there is nothing to test.
        Ok(Estimated { comparable: Comparable::Not, ..found })
    }
}
