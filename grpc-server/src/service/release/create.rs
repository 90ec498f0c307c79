//! Reads what a release shall be.

use std::collections::HashSet;

use peelian::hex::hex;
use peelian::v1::{CreateReleaseRequest, Query as WireQuery};
use peelian_core::Core;
use peelian_core::engine::{Query, QueryError};
use peelian_core::release::{Breakdowns, Plan};
use prost::Message as _;
use sha2::{Digest as _, Sha256};

use super::{parsed, stated};
use crate::error::Error;
use crate::publication::Order;
use crate::release::StatedPlan;
use crate::resource_name::is_release_id;

/// The order of a request.
///
/// # Errors
///
/// If a field is wrong. The text says what would be accepted.
pub(super) fn order(core: &Core, request: &CreateReleaseRequest) -> Result<Order, Error> {
    if !is_release_id(&request.release_id) {
        let form = "it must begin with a lower-case letter or a digit, and have lower-case letters, digits and hyphens, at \
                    most 63 characters in all";
        return Err(Error::invalid("release_id", form));
    }
    let title = stated("title", &request.title)?;
    let (supersedes, reason) = superseded(request)?;
    if request.all_measures && !(request.measures.is_empty() && request.profile.is_empty()) {
        return Err(Error::invalid(
            "measures",
            "leave measures and profile out, or all_measures: all means all of them",
        ));
    }
    let query = Query::from_wire(&selection(core, request), core)?;
    let measures = measures(core, request, &query);
    let breakdowns = breakdowns(core, request, &measures)?;
    let stated = StatedPlan {
        measures: measures.clone(),
        areas: request.areas.clone(),
        periods: request.periods.clone(),
        breakdowns: request.breakdowns.clone(),
        each_breakdown: request.each_breakdown,
        profile: request.profile.clone(),
    };
    Ok(Order {
        id: request.release_id.clone(),
        title,
        stated,
        plan: Plan { measures: measures.clone(), areas: query.areas, periods: query.periods, breakdowns },
        measures,
        supersedes,
        reason,
        ledger_position: request.ledger_position,
        request_sha256: hex(&Sha256::digest(request.encode_to_vec())),
    })
}

/// The measures of a release, each once.
fn measures(core: &Core, request: &CreateReleaseRequest, query: &Query) -> Vec<String> {
    if request.all_measures {
        return core.catalogue.iter().map(|definition| definition.id.to_string()).collect();
    }
    let mut seen = HashSet::new();
    let named = query.measures.iter().filter_map(|measure| core.catalogue.get(measure));
    named.map(|definition| definition.id.to_string()).filter(|id| seen.insert(id.clone())).collect()
}

/// The selection of a release as a query, which is checked as any query is. The first measure stands for all of them.
fn selection(core: &Core, request: &CreateReleaseRequest) -> WireQuery {
    let first = core.catalogue.iter().next().filter(|_| request.all_measures);
    WireQuery {
        measures: first.map_or_else(|| request.measures.clone(), |first| vec![first.id.to_string()]),
        profile: request.profile.clone(),
        areas: request.areas.clone(),
        periods: request.periods.clone(),
        ..WireQuery::default()
    }
}

/// The release whose place is taken, and why.
fn superseded(request: &CreateReleaseRequest) -> Result<(Option<String>, String), Error> {
    if request.supersedes.is_empty() {
        let without = "a reason is for a release that supersedes another: state supersedes, or leave it out";
        return match request.reason.is_empty() {
            true => Ok((None, String::new())),
            false => Err(Error::invalid("reason", without)),
        };
    }
    let id = parsed("supersedes", &request.supersedes)?;
    Ok((Some(id.to_owned()), stated("reason", &request.reason)?))
}

/// The breakdowns of the release. Each that is named must be offered by one of the measures.
fn breakdowns(core: &Core, request: &CreateReleaseRequest, measures: &[String]) -> Result<Breakdowns, Error> {
    if request.each_breakdown {
        return match request.breakdowns.is_empty() {
            true => Ok(Breakdowns::Each),
            false => Err(Error::invalid("breakdowns", "leave them out, or each_breakdown: each means all of them")),
        };
    }
    if request.breakdowns.is_empty() {
        return Ok(Breakdowns::None);
    }
    let definitions = measures.iter().filter_map(|measure| core.catalogue.get(measure));
    let offered: Vec<String> =
        definitions.flat_map(|definition| definition.breakdowns.iter().map(|one| one.name.clone())).collect();
    match request.breakdowns.iter().find(|name| !offered.contains(name)) {
        None => Ok(Breakdowns::Named(request.breakdowns.clone())),
        Some(breakdown) => {
            let mut seen = HashSet::new();
            let offered = offered.into_iter().filter(|name| seen.insert(name.clone())).collect();
            let measure = measures.join(", ");
            Err(Error::Query(QueryError::UnknownBreakdown { measure, breakdown: breakdown.clone(), offered }))
        }
    }
}
