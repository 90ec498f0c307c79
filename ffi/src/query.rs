//! What is asked for.

use std::ffi::c_char;

use peelian::v1;
use peelian_core::engine;

use crate::error::{Error, Outcome, Status};
use crate::guard::{attempt, make};
use crate::local::core;
use crate::pointer::{borrow_mut, free, text};

/// A selection of values: measures, areas and periods. Free it with peelian_query_free(). One thread at a time may
/// change it; any number may ask with it.
#[derive(Debug)]
pub struct Query(v1::Query);

impl Query {
    /// The query as the contract has it.
    pub(crate) fn wire(&self) -> &v1::Query {
        &self.0
    }

    /// The query as the core has it.
    pub(crate) fn read(&self) -> Outcome<engine::Query> {
        Ok(engine::Query::from_wire(&self.0, core()?)?)
    }
}

/// Begins a query that names nothing yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_query_new(out: *mut *mut Query, error: *mut *mut Error) -> Status {
    // SAFETY: the conventions of the header.
    unsafe { make(out, error, || Ok(Query(v1::Query::default()))) }
}

/// # Safety
///
/// As [`borrow_mut`] and [`text`].
unsafe fn change(
    query: *mut Query,
    value: *const c_char,
    error: *mut *mut Error,
    change: impl FnOnce(&mut v1::Query, &str) -> Outcome<()>,
) -> Status {
    let work = || {
        // SAFETY: the same promise.
        let (query, value) = unsafe { (borrow_mut(query, "query")?, text(value, "the text")?) };
        change(&mut query.0, value)
    };
    // SAFETY: the same promise.
    unsafe { attempt(error, work) }
}

/// # Safety
///
/// As [`change`].
unsafe fn add(
    query: *mut Query,
    value: *const c_char,
    error: *mut *mut Error,
    add: impl FnOnce(&mut v1::Query, String),
) -> Status {
    let one = |query: &mut v1::Query, text: &str| {
        add(query, text.to_owned());
        Ok(())
    };
    // SAFETY: the same promise.
    unsafe { change(query, value, error, one) }
}

/// # Safety
///
/// As [`borrow_mut`].
unsafe fn set(query: *mut Query, error: *mut *mut Error, set: impl FnOnce(&mut v1::Query)) -> Status {
    // SAFETY: the same promise.
    unsafe { attempt(error, || borrow_mut(query, "query").map(|query| set(&mut query.0))) }
}

/// Adds a measure by its identifier, with its variant and, if wanted, its version: "repeat-victim-share.victims-prior-12m@1".
/// At most 100. Whether there is such a measure is found when the query is asked.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_query_add_measure(
    query: *mut Query,
    measure: *const c_char,
    error: *mut *mut Error,
) -> Status {
    // SAFETY: the conventions of the header.
    unsafe { add(query, measure, error, |query, text| query.measures.push(text)) }
}

/// Adds an area by its code, "E09000028", or a level: "borough" means all boroughs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_query_add_area(
    query: *mut Query,
    area: *const c_char,
    error: *mut *mut Error,
) -> Status {
    // SAFETY: the conventions of the header.
    unsafe { add(query, area, error, |query, text| query.areas.push(text)) }
}

/// Adds a period: "2017-02", "2016/17-Q2", "R12-2017-02" (12 months to February), "CY2016", "2016/17"; a range
/// "2016-01..2016-12"; or "latest:24" for the latest 24 months, "latest:8:R12" for another kind.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_query_add_period(
    query: *mut Query,
    period: *const c_char,
    error: *mut *mut Error,
) -> Status {
    // SAFETY: the conventions of the header.
    unsafe { add(query, period, error, |query, text| query.periods.push(text)) }
}

/// Breaks the values down by a dimension that the measure offers: "sex". Without any, the total is given.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_query_add_breakdown(
    query: *mut Query,
    dimension: *const c_char,
    error: *mut *mut Error,
) -> Status {
    // SAFETY: the conventions of the header.
    unsafe { add(query, dimension, error, |query, text| query.breakdown.push(text)) }
}

/// Compares each value with another: "previous_window", "same_period_last_year", "london" or "reference_group", which
/// needs peelian_query_set_reference_group().
///
/// PEELIAN_STATUS_INVALID_ARGUMENT for another text.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_query_add_comparison(
    query: *mut Query,
    comparison: *const c_char,
    error: *mut *mut Error,
) -> Status {
    let add = |query: &mut v1::Query, text: &str| {
        let kind = v1::ComparisonKind::from_str_name(&in_the_contract("COMPARISON_KIND", text));
        let kind = kind.ok_or_else(|| Error::argument(format!("{text} is not a comparison")))?;
        query.comparisons.push(kind.into());
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { change(query, comparison, error, add) }
}

/// Sets the group that "reference_group" compares with, as dimension=code: "ethnic_group=white".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_query_set_reference_group(
    query: *mut Query,
    group: *const c_char,
    error: *mut *mut Error,
) -> Status {
    // SAFETY: the conventions of the header.
    unsafe { add(query, group, error, |query, text| query.reference_group = text) }
}

/// Asks for one basis only: "submitted_figure" or "computed_from_records". By default both answer.
///
/// PEELIAN_STATUS_INVALID_ARGUMENT for another text.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_query_set_basis(
    query: *mut Query,
    basis: *const c_char,
    error: *mut *mut Error,
) -> Status {
    let set = |query: &mut v1::Query, text: &str| {
        let basis = v1::Basis::from_str_name(&in_the_contract("BASIS", text));
        query.basis = basis.ok_or_else(|| Error::argument(format!("{text} is not a basis")))?.into();
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { change(query, basis, error, set) }
}

/// The name of an enum's value in the contract; of the one that says nothing, no name.
pub(crate) fn in_the_contract(prefix: &str, text: &str) -> String {
    if text == "unspecified" { String::new() } else { format!("{prefix}_{}", text.to_ascii_uppercase()) }
}

/// Sets the confidence level of the intervals, between 0 and 1. It is 0.95 by default.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_query_set_confidence(
    query: *mut Query,
    confidence: f64,
    error: *mut *mut Error,
) -> Status {
    // SAFETY: the conventions of the header.
    unsafe { set(query, error, |query| query.confidence = confidence) }
}

/// Whether changes are computed across a declared break in a series. They are not by default.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_query_set_allow_break(
    query: *mut Query,
    allow: bool,
    error: *mut *mut Error,
) -> Status {
    // SAFETY: the conventions of the header.
    unsafe { set(query, error, |query| query.allow_break = allow) }
}

/// Reads the exchange's ledger as it was at an instant, in seconds since 1970-01-01T00:00:00Z; by default as it is now.
/// Local records have no past: there it changes nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_query_set_as_of(query: *mut Query, seconds: i64, error: *mut *mut Error) -> Status {
    let instant = Some(prost_types::Timestamp { seconds, nanos: 0 });
    // SAFETY: the conventions of the header.
    unsafe { set(query, error, |query| query.as_of = instant) }
}

/// Frees a query. NULL is left alone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_query_free(query: *mut Query) {
    // SAFETY: the conventions of the header.
    unsafe { free(query) }
}
