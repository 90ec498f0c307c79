//! Where the column builders report faults of values.

use crate::contract::{Field, Kind};
use crate::reference::Reference;

use super::faults::Faults;
use super::findings::{Findings, Place};
use super::nearest_codes;
use super::readers::Fault;
use super::registry as known;
use super::row_set::RowSet;

/// Where a column builder reports faults of values.
pub(super) struct Context<'a> {
    pub(super) told: Told<'a>,
    pub(super) field: &'static Field,
    /// Rows with a missing value that needs no further finding.
    pub(super) settled: &'a mut RowSet,
    /// Rows with a mark of suppression in place of a number.
    pub(super) suppressed: &'a mut RowSet,
}

/// Where it is told what a value has.
pub(super) enum Told<'a> {
    /// At once.
    Findings(&'a mut Findings),
    /// When the rows before are known.
    Faults(&'a mut Faults),
}

impl Context<'_> {
    /// Reports that a value cannot be read.
    pub(super) fn fault(&mut self, fault: Fault, row: usize, value: impl FnOnce() -> String) {
        if fault.code == known::SUPPRESSED.code {
            self.suppressed.set(row);
        } else {
            self.settled.set(row);
        }
        let field = self.field;
        match &mut self.told {
            Told::Findings(findings) => findings.raise_fault(fault, Place::field(row, field), value),
            Told::Faults(faults) => faults.add(fault, row, field, value, false),
        }
    }

    /// Tells something of a value that was read.
    pub(super) fn note(&mut self, note: Fault, row: usize, value: impl FnOnce() -> String) {
        let field = self.field;
        match &mut self.told {
            Told::Findings(findings) => findings.raise(note, Place::field(row, field), value, String::new),
            Told::Faults(faults) => faults.add(note, row, field, value, true),
        }
    }
}

impl Findings {
    /// Raises that a value cannot be read, with the values that its field accepts.
    pub(super) fn raise_fault(&mut self, fault: Fault, place: Place, value: impl FnOnce() -> String) {
        self.raise_told(fault, place, value, |value, reference| {
            place.field.map_or_else(String::new, |field| hint(fault, field, value, reference))
        });
    }
}

/// The values that the field accepts, if the advice of the finding does not say.
fn hint(fault: Fault, field: &Field, value: &str, reference: Option<&Reference>) -> String {
    let options = &field.options;
    match (fault.code, &field.kind) {
        (code, _) if code == known::SUPPRESSED.code => String::new(),
        (_, Kind::Code(_) | Kind::Set(_) | Kind::OpenCode(_)) => nearest_codes::told(field, value, reference),
        (_, Kind::Area) if !options.area_level.is_empty() => format!("The level is {}.", options.area_level),
        (_, Kind::Integer(max)) => format!("It lies between {} and {max}.", options.min.unwrap_or(0.0)),
        (_, Kind::Number) => match (options.min, options.max) {
            (Some(min), Some(max)) => format!("It lies between {min} and {max}."),
            (Some(min), None) => format!("It is at least {min}."),
            (None, Some(max)) => format!("It is at most {max}."),
            (None, None) => String::new(),
        },
        (_, Kind::Text | Kind::Key) if fault.code == known::TOO_LONG.code => {
            format!("At most {} characters are allowed.", field.max_length())
        }
        _ => String::new(),
    }
}
