//! What is known of submissions beyond the contract: who may speak for the rows, whether figures can be figures of their
//! measures, and which reports are expected.
//!
//! An exchange runs them on everything that it receives. An agency can run the same checks in its own process before it
//! submits.

mod calendar;
mod columns;
mod figures;
mod numbers;
mod past;
mod quantity;
mod remit;
mod series;

pub use calendar::{
    ExpectedReport, ReceivedReport, ReportSelection, ReportStatus, expected_reports, reported_places, reports_by_rows,
};
pub(crate) use calendar::{completed, due, expected_of};
pub use figures::FigureCheck;
pub use past::PastCheck;
pub use remit::{RemitCheck, RemitError, check_agency, check_period};
pub use series::HeldFigures;

use crate::contract::{Field, Kind};
use crate::reference::{AreaId, Reference};

/// Identifier of the dataset of figures that agencies computed.
pub const FIGURES: &str = "published_figure";

/// The area of each code of a field, in the order of the codes: areas, or a list of codes that are areas (hospital sites).
fn areas_of_codes(reference: &Reference, field: &Field) -> Vec<Option<AreaId>> {
    match &field.kind {
        Kind::OpenCode(list) => reference.areas_of_list(list),
        _ => reference.areas.iter().map(|(id, _)| Some(id)).collect(),
    }
}

#[cfg(test)]
mod tests;
