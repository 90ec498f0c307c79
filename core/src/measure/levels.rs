//! Checks the periods offered at each level of area.

use std::collections::BTreeMap;

use super::Disclosure;
use super::table::DefinitionTable;
use crate::design::{Input, reach};
use crate::measure_file::{Checker, DefinitionError};
use crate::period::PeriodKind;
use crate::reference::Level;

/// The periods offered, each at a level at which the design has a value.
pub(super) fn periods(
    raw: &DefinitionTable,
    inputs: &[Input],
    checker: &Checker<'_>,
) -> Result<BTreeMap<Level, Vec<PeriodKind>>, DefinitionError> {
    let mut periods = BTreeMap::new();
    for (name, codes) in &raw.periods {
        let Some(level) = Level::from_id(name.get_ref()) else {
            return checker.at(name, format!("{} is no level of area", name.get_ref()));
        };
        if matches!(raw.disclosure, Disclosure::Sensitive | Disclosure::Survey) && level == Level::Ward {
            return checker.at(name, format!("{} is not published below the borough", raw.disclosure.id()));
        }
        // Publishers give national comparators, and bins that are no borough, for measures of any design.
        if !matches!(level, Level::Nation | Level::Pseudo) && !reach(inputs, level) {
            return checker.at(name, format!("no field of the design places a row at the level {}", level.id()));
        }
        let mut kinds = Vec::with_capacity(codes.len());
        for code in codes {
            match PeriodKind::from_code(code.get_ref()) {
                Some(kind) => kinds.push(kind),
                None => {
                    let problem = format!("{} is no kind of period: use M, Q, R12, CY or FY", code.get_ref());
                    return checker.at(code, problem);
                }
            }
        }
        periods.insert(level, kinds);
    }
    if periods.is_empty() { checker.at(&raw.measure, "no period is offered at any level") } else { Ok(periods) }
}
