//! What is known of submissions beyond the contract: who may speak for the rows, whether figures can be figures of their
//! measures, and which reports are expected.
//!
//! An exchange runs them on everything that it receives. An agency can run the same checks in its own process before it
//! submits.

mod calendar;
mod figures;
mod numbers;
mod remit;

pub use calendar::{ExpectedReport, ReceivedReport, ReportSelection, ReportStatus, expected_reports};
pub use figures::FigureCheck;
pub use remit::{RemitCheck, RemitError, check_agency};

/// Identifier of the dataset of figures that agencies computed.
pub(crate) const FIGURES: &str = "published_figure";

#[cfg(test)]
mod tests;
