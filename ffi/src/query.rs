//! Queries: the selection of values that a program asks for.

use peelian::client::release_name;
use peelian::v1;
use peelian_core::engine;

use crate::error::{Error, Outcome, Status};
use crate::guard::{attempt, make};
use crate::pointer::{InOut, Out, Owned, Text};
use crate::seeds::core;

/// A selection of values: measures, areas and periods. Free it with peelian_query_free(). One thread at a time may
/// change it. Any number of threads may ask with it at the same time.
#[derive(Debug)]
pub struct Query(v1::Query);

impl Query {
    /// The query as a message of the contract.
    pub(crate) fn wire(&self) -> &v1::Query {
        &self.0
    }

    /// The query as a type of the core.
    pub(crate) fn read(&self) -> Outcome<engine::Query> {
        Ok(engine::Query::from_wire(&self.0, core()?)?)
    }
}

/// Makes a query that is empty.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_query_new(out: Out<'_, *mut Query>, error: Out<'_, *mut Error>) -> Status {
    make(out, error, || Ok(Query(v1::Query::default())))
}

/// Changes a query by a text, which may be refused.
fn change(
    query: InOut<'_, Query>,
    text: Text<'_>,
    error: Out<'_, *mut Error>,
    change: impl FnOnce(&mut v1::Query, &str) -> Outcome<()>,
) -> Status {
    attempt(error, || change(&mut query.get("query")?.0, text.get("the text")?))
}

/// Changes a query by a text, which the exchange or the core checks when the query is asked.
fn add(
    query: InOut<'_, Query>,
    text: Text<'_>,
    error: Out<'_, *mut Error>,
    add: impl FnOnce(&mut v1::Query, String),
) -> Status {
    change(query, text, error, |query, text| {
        add(query, text.to_owned());
        Ok(())
    })
}

/// Changes a query.
fn set(query: InOut<'_, Query>, error: Out<'_, *mut Error>, set: impl FnOnce(&mut v1::Query)) -> Status {
    attempt(error, || {
        set(&mut query.get("query")?.0);
        Ok(())
    })
}

/// Adds a measure by its identifier. The identifier has the variant and may have the version:
/// "repeat-victim-share.victims-prior-12m@1". A query may have 100 measures. Whether the measure exists is checked when
/// the query is asked.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_query_add_measure(
    query: InOut<'_, Query>,
    measure: Text<'_>,
    error: Out<'_, *mut Error>,
) -> Status {
    add(query, measure, error, |query, text| query.measures.push(text))
}

/// Adds an area by its code, "E09000028", or all areas of a level: "borough" means all boroughs.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_query_add_area(
    query: InOut<'_, Query>,
    area: Text<'_>,
    error: Out<'_, *mut Error>,
) -> Status {
    add(query, area, error, |query, text| query.areas.push(text))
}

/// Adds a period: "2017-02", "2016/17-Q2", "R12-2017-02" (12 months to February), "CY2016", "2016/17"; a range
/// "2016-01..2016-12"; or "latest:24" for the latest 24 months, "latest:8:R12" for another kind of period.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_query_add_period(
    query: InOut<'_, Query>,
    period: Text<'_>,
    error: Out<'_, *mut Error>,
) -> Status {
    add(query, period, error, |query, text| query.periods.push(text))
}

/// Breaks the values down by a dimension that the measure offers: "sex". A query without a breakdown gets the total.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_query_add_breakdown(
    query: InOut<'_, Query>,
    dimension: Text<'_>,
    error: Out<'_, *mut Error>,
) -> Status {
    add(query, dimension, error, |query, text| query.breakdown.push(text))
}

/// Compares each value with another value, or with the series before it: "previous_window", "same_period_last_year", "london",
/// "reference_group", "nation" (England and Wales), "funnel" (position around London's value), "trend" (five years),
/// "process_control" (at most 24 months or quarters) or "baseline". "reference_group" needs
/// peelian_query_set_reference_group(), and "baseline" needs peelian_query_set_baseline() or a profile that has one.
///
/// PEELIAN_STATUS_INVALID_ARGUMENT for another text.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_query_add_comparison(
    query: InOut<'_, Query>,
    comparison: Text<'_>,
    error: Out<'_, *mut Error>,
) -> Status {
    change(query, comparison, error, |query, text| {
        let kind = v1::ComparisonKind::from_str_name(&in_the_contract("COMPARISON_KIND", text));
        let kind = kind.ok_or_else(|| Error::argument(format!("{text} is not a comparison")))?;
        query.comparisons.push(kind.into());
        Ok(())
    })
}

/// Sets the group that "reference_group" compares with, as dimension=code: "ethnic_group=white".
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_query_set_reference_group(
    query: InOut<'_, Query>,
    group: Text<'_>,
    error: Out<'_, *mut Error>,
) -> Status {
    add(query, group, error, |query, text| query.reference_group = text)
}

/// Asks for values of one basis only: "submitted_figure" or "computed_from_records". By default the answer has both.
///
/// PEELIAN_STATUS_INVALID_ARGUMENT for another text.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_query_set_basis(
    query: InOut<'_, Query>,
    basis: Text<'_>,
    error: Out<'_, *mut Error>,
) -> Status {
    change(query, basis, error, |query, text| {
        let basis = v1::Basis::from_str_name(&in_the_contract("BASIS", text));
        query.basis = basis.ok_or_else(|| Error::argument(format!("{text} is not a basis")))?.into();
        Ok(())
    })
}

/// Asks for the own figures of one agency: "southwark". Values from records are then left out. By default the answer has
/// the figures of the authoritative source, and the values from records. Figures in this process are those of the agency
/// that peelian_records_set_agency() names. Whether the register has the agency is checked when the query is asked.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_query_set_source(
    query: InOut<'_, Query>,
    agency: Text<'_>,
    error: Out<'_, *mut Error>,
) -> Status {
    add(query, agency, error, |query, text| query.source = text)
}

/// The name of an enum's value in the contract. The value "unspecified" has no name here, so it is refused.
pub(crate) fn in_the_contract(prefix: &str, text: &str) -> String {
    if text == "unspecified" { String::new() } else { format!("{prefix}_{}", text.to_ascii_uppercase()) }
}

/// Sets the confidence level of the intervals, between 0 and 1. It is 0.95 by default.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_query_set_confidence(
    query: InOut<'_, Query>,
    confidence: f64,
    error: Out<'_, *mut Error>,
) -> Status {
    set(query, error, |query| query.confidence = confidence)
}

/// Sets whether changes are computed across a declared break in a series. By default they are not.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_query_set_allow_break(
    query: InOut<'_, Query>,
    allow: bool,
    error: Out<'_, *mut Error>,
) -> Status {
    set(query, error, |query| query.allow_break = allow)
}

/// Asks for the measures of a profile, before those of peelian_query_add_measure(): "children-and-young-people". Whether the
/// profile exists is checked when the query is asked.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_query_set_profile(
    query: InOut<'_, Query>,
    profile: Text<'_>,
    error: Out<'_, *mut Error>,
) -> Status {
    add(query, profile, error, |query, text| query.profile = text)
}

/// Sets the period that "baseline" compares with: "2011/12". By default it is the baseline of the profile.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_query_set_baseline(
    query: InOut<'_, Query>,
    period: Text<'_>,
    error: Out<'_, *mut Error>,
) -> Status {
    add(query, period, error, |query, text| query.baseline = text)
}

/// Sets whether the companions of contextual measures are answered with them: see peelian_result_companion_get(). By default
/// they are. Rows that are read for one query, as by peelian_compute(), have only what the named measures need: they give no
/// companions.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_query_set_companions(
    query: InOut<'_, Query>,
    companions: bool,
    error: Out<'_, *mut Error>,
) -> Status {
    set(query, error, |query| query.without_companions = !companions)
}

/// Reads the ledger of the exchange as it was at an instant, in seconds since 1970-01-01T00:00:00Z. By default it is read
/// as it is now. For a caller without live figures, it chooses the releases that were in force then. Local records have no past, so
/// this does not change their answers.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_query_set_as_of(
    query: InOut<'_, Query>,
    seconds: i64,
    error: Out<'_, *mut Error>,
) -> Status {
    let instant = Some(prost_types::Timestamp { seconds, nanos: 0 });
    set(query, error, |query| query.as_of = instant)
}

/// Reads one release of the exchange, by its identifier, "2017-03": its figures are frozen and protected. By default, and for the
/// empty text, the answer has live figures if an agreement gives the caller any of them, and else those of the releases in force.
/// The member `release` of each value says which it is. Not together with peelian_query_set_as_of(). Local records are no release,
/// so this does not change their answers.
///
/// Whether the release exists is checked when the query is asked.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_query_set_release(
    query: InOut<'_, Query>,
    release: Text<'_>,
    error: Out<'_, *mut Error>,
) -> Status {
    add(query, release, error, |query, text| query.release = release_name(&text))
}

/// Frees a query. Does nothing for NULL.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_query_free(query: Owned<Query>) {
    query.free();
}
