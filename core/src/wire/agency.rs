//! Conversion of agencies and their remits to the contract's messages.

use jiff::civil::Date;
use peelian::v1;

use crate::reference::{Agency, Areas, Remit};

/// Converts an agency with its remits to the contract's message.
#[must_use]
pub fn agency(areas: &Areas, agency: &Agency) -> v1::Agency {
    v1::Agency {
        name: format!("agencies/{}", agency.id),
        display_name: agency.name.to_string(),
        kind: agency.kind.id.to_string(),
        remits: agency.remits.iter().map(|one| remit(areas, one)).collect(),
    }
}

fn remit(areas: &Areas, remit: &Remit) -> v1::Remit {
    let day = |date: Option<Date>| date.map(|date| date.to_string()).unwrap_or_default();
    v1::Remit {
        dataset: format!("datasets/{}", remit.dataset),
        measures: remit.measures.clone(),
        areas: remit.areas.iter().map(|area| areas.get(*area).code().to_owned()).collect(),
        valid_from: day(remit.validity.from),
        valid_to: day(remit.validity.to),
        role: remit.role.id().to_owned(),
        covers: remit.covers.id().to_owned(),
        every: remit.calendar.map(|calendar| calendar.every.code().to_owned()).unwrap_or_default(),
        due_days: remit.calendar.map_or(0, |calendar| calendar.due_days),
        revised_months: remit.revised_months.into(),
    }
}
