//! The share of a register's sites that report.

use std::sync::Arc;

use serde::Deserialize;

use super::{Design, Formula, Input, Inputs, Reader, Register, RowBasis, Selection, Tally};
use crate::cel::Predicate;
use crate::contract::Kind;
use crate::estimate::{self, Estimated, IntervalRule, Rule, Unavailable, ValueKind};
use crate::measure_file::{DefinitionError, Table, Text};

/// The design's name in a measure's file: the value of `design.kind`.
pub(super) const KIND: &str = "completeness";

/// The site-months received, as a share of the site-months expected. The register is complete, so the value has no
/// interval.
#[derive(Debug)]
struct Completeness {
    list: String,
    rows: RowBasis,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CompletenessTable {
    register: Text,
    dataset: Text,
    date: Text,
    site: Text,
}

/// Reads the table `design` of a measure's file.
pub(super) fn read(table: Table<'_>, reader: &Reader<'_>) -> Result<Arc<dyn Design>, DefinitionError> {
    let fields = reader.fields;
    let written: CompletenessTable = fields.checker().read(table)?;
    let dataset = fields.dataset(&written.dataset)?;
    let list = written.register.get_ref();
    if fields.checker().reference.codes.list(list).is_none() {
        return fields.checker().at(&written.register, format!("there is no code list {list}"));
    }
    let of_register = |kind: &Kind| matches!(kind, Kind::OpenCode(known) if known == list);
    Ok(Arc::new(Completeness {
        list: list.clone(),
        rows: RowBasis {
            dataset,
            date: fields.date(dataset, &written.date)?,
            area: fields.field_of(dataset, &written.site, "code of the register", of_register)?,
            ward: None,
        },
    }))
}

impl Design for Completeness {
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
            value: "m / M",
            symbols: "M is the number of months of sites for which the register expects a report, and m the number \
                of them with at least one row.",
        }
    }

    fn inputs(&self) -> Vec<Input> {
        let reported = Tally::of(self.rows, vec![Predicate::always()]);
        vec![Input::Register(Register { list: self.list.clone(), reported })]
    }

    fn selections(&self) -> Vec<Selection> {
        Vec::new()
    }

    fn estimate(&self, inputs: &Inputs, rule: Rule) -> Result<Estimated, Unavailable> {
        let (received, expected) = inputs.register(0)?;
        estimate::share(received.into(), expected.into(), rule)
    }
}
