//! The share of expected reports that were received.

use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;

use super::{Design, Formula, Input, Inputs, Reader, Selection};
use crate::contract::{Contract, Dataset};
use crate::estimate::{self, Comparable, Estimated, IntervalRule, Rule, Unavailable, ValueKind};
use crate::measure_file::{DefinitionError, Table, Text};

/// The design's name in a measure's file: the value of `design.kind`.
pub(super) const KIND: &str = "reports_received";

/// The reports received, as a share of those that the register of agencies expects. The register is complete, so the value
/// has no interval.
#[derive(Debug)]
struct ReportsReceived {
    datasets: Vec<&'static Dataset>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReportsReceivedTable {
    /// Datasets whose reports are counted; empty for every dataset that has a calendar.
    datasets: Spanned<Vec<Text>>,
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
        None => Ok(Arc::new(ReportsReceived { datasets })),
    }
}

impl Design for ReportsReceived {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn value_kinds(&self) -> &'static [ValueKind] {
        &[ValueKind::Proportion]
    }

    fn intervals(&self) -> &'static [IntervalRule] {
        &[IntervalRule::None]
    }

    fn formula(&self) -> Formula {
        Formula {
            value: "r / R",
            symbols: "R is the number of reports that the register of agencies expects, and r the number of them \
                that were received.",
        }
    }

    fn inputs(&self) -> Vec<Input> {
        vec![Input::Reports(self.datasets.clone())]
    }

    fn selections(&self) -> Vec<Selection> {
        Vec::new()
    }

    fn estimate(&self, inputs: &Inputs, rule: Rule) -> Result<Estimated, Unavailable> {
        let (received, expected) = inputs.register(0)?;
        let share = estimate::share(received.into(), expected.into(), rule)?;
        // Every report is counted, so there is nothing to test.
        Ok(Estimated { comparable: Comparable::Not, ..share })
    }
}
