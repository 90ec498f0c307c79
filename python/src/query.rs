//! Questions from Python.

use std::collections::HashMap;

use peelian::v1::{
    Basis, ComparisonKind, CreateReleaseRequest, ExplainObservationRequest, ListReportsRequest, Query,
};
use peelian_core::engine::ComparisonKind as Compared;
use pyo3::prelude::*;

use crate::arguments::{named, unknown};
use crate::errors::Failure;

/// An instant: seconds since 1970-01-01T00:00:00Z and nanoseconds.
pub(crate) type Instant = (i64, i32);

/// The parts of a query, from a dictionary.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct QueryArguments {
    measures: Vec<String>,
    areas: Vec<String>,
    periods: Vec<String>,
    by: Vec<String>,
    comparisons: Vec<String>,
    reference_group: String,
    as_of: Option<Instant>,
    basis: String,
    source: String,
    confidence: f64,
    allow_break: bool,
    companions: bool,
    profile: String,
    baseline: String,
    release: String,
}

impl QueryArguments {
    /// The contract's query.
    pub(crate) fn into_wire(self) -> Result<Query, Failure> {
        let comparison = |name: &String| {
            named("COMPARISON_KIND", name, ComparisonKind::from_str_name)
                .map(i32::from)
                .ok_or_else(|| unknown("comparison", name, &Compared::ALL.map(Compared::id).join(", ")))
        };
        let basis = match self.basis.as_str() {
            "" => Basis::Unspecified,
            name => named("BASIS", name, Basis::from_str_name)
                .ok_or_else(|| unknown("basis", name, "submitted_figure, computed_from_records"))?,
        };
        Ok(Query {
            comparisons: self.comparisons.iter().map(comparison).collect::<Result<_, _>>()?,
            measures: self.measures,
            areas: self.areas,
            periods: self.periods,
            breakdown: self.by,
            reference_group: self.reference_group,
            as_of: self.as_of.map(timestamp),
            release: self.release,
            basis: basis.into(),
            source: self.source,
            confidence: self.confidence,
            allow_break: self.allow_break,
            without_companions: !self.companions,
            profile: self.profile,
            baseline: self.baseline,
            ..Query::default()
        })
    }
}

/// The parts of a request to explain one value, from a dictionary.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct ExplainArguments {
    measure: String,
    area: String,
    period: String,
    breakdown: HashMap<String, String>,
    as_of: Option<Instant>,
}

impl ExplainArguments {
    /// The contract's request.
    pub(crate) fn into_wire(self) -> ExplainObservationRequest {
        let Self { measure, area, period, breakdown, as_of } = self;
        ExplainObservationRequest { measure, area, period, breakdown, as_of: as_of.map(timestamp) }
    }
}

/// The selection of expected reports, from a dictionary.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct ReportArguments {
    agency: String,
    dataset: String,
    area: String,
    period: String,
    overdue: bool,
}

impl ReportArguments {
    /// The contract's request.
    pub(crate) fn into_wire(self) -> ListReportsRequest {
        let Self { agency, dataset, area, period, overdue: overdue_only } = self;
        ListReportsRequest { agency, dataset, area, period, overdue_only, ..ListReportsRequest::default() }
    }
}

/// What a release shall be, from a dictionary.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct ReleaseArguments {
    id: String,
    title: String,
    measures: Vec<String>,
    profile: String,
    areas: Vec<String>,
    periods: Vec<String>,
    by: Vec<String>,
    each_breakdown: bool,
    all_measures: bool,
    supersedes: String,
    reason: String,
    at_position: u64,
}

impl ReleaseArguments {
    /// The contract's request.
    pub(crate) fn into_wire(self) -> CreateReleaseRequest {
        CreateReleaseRequest {
            release_id: self.id,
            title: self.title,
            measures: self.measures,
            profile: self.profile,
            areas: self.areas,
            periods: self.periods,
            breakdowns: self.by,
            each_breakdown: self.each_breakdown,
            supersedes: self.supersedes,
            reason: self.reason,
            ledger_position: self.at_position,
            all_measures: self.all_measures,
        }
    }
}

/// An instant of the contract.
pub(crate) fn timestamp((seconds, nanos): Instant) -> prost_types::Timestamp {
    prost_types::Timestamp { seconds, nanos }
}
