//! Releases as messages of the contract.

use peelian::v1;

use super::super::instant::timestamp;
use crate::release::{Event, Life, MANIFEST, Numbers, Principal, State, StatedPlan, What, exported_hash};
use crate::resource_name;

/// A release without its observations. It tells nothing that only a reviewer may know.
pub(super) fn release(life: &Life) -> v1::Release {
    let drafted = &life.drafted;
    let event = |number: Option<u64>| life.events.iter().find(|event| Some(event.number) == number);
    let (made, published) = (life.events.first(), event(life.published));
    let approved = life.approved.as_ref();
    let is_there = life.state != State::Discarded;
    v1::Release {
        name: resource_name::release(&life.id),
        title: drafted.title.clone(),
        created_at: made.map(|event| timestamp(event.at_micros)),
        ledger_position: drafted.ledger_position,
        state: state(life.state).into(),
        created_by: made.map(|event| agency(&event.by)).unwrap_or_default(),
        approved_at: approved.map(|approval| timestamp(approval.at_micros)),
        approved_by: approved.map(|approval| agency(&approval.by)).unwrap_or_default(),
        embargo_until: approved.and_then(|approval| approval.embargo_micros).map(timestamp),
        published_at: published.map(|event| timestamp(event.at_micros)),
        published_by: published.map(|event| agency(&event.by)).unwrap_or_default(),
        plan: Some(plan(&drafted.plan)),
        summary: Some(summary(&drafted.summary)),
        supersedes: drafted.supersedes.as_deref().map(resource_name::release).unwrap_or_default(),
        reason: drafted.reason.clone(),
        manifest_sha256: if is_there { exported_hash(&drafted.files, MANIFEST).to_owned() } else { String::new() },
        approval_by_unidentified: life.is_approved_by_unidentified(),
        superseded_by: life.superseded_by.as_deref().map(resource_name::release).unwrap_or_default(),
        events: life.events.iter().map(|event| told(life, event)).collect(),
        software_version: drafted.software_version.clone(),
    }
}

fn state(state: State) -> v1::ReleaseState {
    match state {
        State::Draft => v1::ReleaseState::Draft,
        State::Approved => v1::ReleaseState::Approved,
        State::Published => v1::ReleaseState::Published,
        State::Superseded => v1::ReleaseState::Superseded,
        State::Discarded => v1::ReleaseState::Discarded,
    }
}

/// The name of an agency; empty if nobody identified the caller. The credentials stay in the exchange.
fn agency(by: &Principal) -> String {
    if by.agency.is_empty() { String::new() } else { format!("agencies/{}", by.agency) }
}

/// An event as the release tells it: what put another release into its place superseded it.
fn told(life: &Life, event: &Event) -> v1::ReleaseEvent {
    let (kind, reason) = match &event.what {
        _ if event.release != life.id => ("superseded", format!("by {}", resource_name::release(&event.release))),
        What::Drafted(_) => ("drafted", String::new()),
        What::Approved { .. } => ("approved", String::new()),
        What::Published => ("published", String::new()),
        What::Discarded { reason } => ("discarded", reason.clone()),
        What::Restored { reason } => ("restored", reason.clone()),
    };
    v1::ReleaseEvent {
        number: event.number,
        at: Some(timestamp(event.at_micros)),
        kind: kind.to_owned(),
        by: agency(&event.by),
        reason,
    }
}

fn plan(stated: &StatedPlan) -> v1::ReleasePlan {
    v1::ReleasePlan {
        measures: stated.measures.clone(),
        areas: stated.areas.clone(),
        periods: stated.periods.clone(),
        breakdowns: stated.breakdowns.clone(),
        each_breakdown: stated.each_breakdown,
        profile: stated.profile.clone(),
    }
}

fn summary(numbers: &Numbers) -> v1::ReleaseSummary {
    v1::ReleaseSummary {
        observations: numbers.observations,
        withheld: numbers.withheld,
        cells: numbers.cells,
        primary: numbers.primary,
        secondary: numbers.secondary,
        further: numbers.further,
        systems: numbers.systems,
        largest_component: numbers.largest_component,
    }
}
