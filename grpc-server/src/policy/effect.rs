//! Whether a policy can allow anything.

use std::collections::{BTreeMap, BTreeSet};

use cedar_policy::{ActionConstraint, Decision, EntityUid, Policy, PolicySet, PrincipalConstraint};
use peelian_core::contract::Contract;
use peelian_core::reference::Level;

use super::action::{Action, Resource};
use super::roles::Roles;
use super::rules::{Subject, decide};
use super::world::{PUBLIC, Type, World, uid};
use crate::identity::Role;

/// Whether some agency, with all roles, is allowed something by a policy. A policy for a kind of which no agency is
/// registered yet is taken to have an effect.
pub(super) fn has_effect(world: &World, all: &PolicySet, policy: &Policy) -> bool {
    let parties = agencies_of(world, policy);
    let allowed = |agency: &String| allows(world, all, policy, Subject { agency, roles: Roles::of(Role::ALL) });
    parties.is_empty() || parties.iter().any(allowed)
}

/// Whether a caller is allowed something by a policy.
pub(super) fn allows(world: &World, all: &PolicySet, policy: &Policy, subject: Subject<'_>) -> bool {
    let principal = uid(Type::Agency, subject.agency);
    actions_of(policy).any(|action| {
        any_resource(world, (action, policy, subject.agency), |resource| {
            let decided = decide(world, all, (principal.clone(), subject.roles), action, resource);
            decided.decision() == Decision::Allow && decided.diagnostics().reason().any(|id| id == policy.id())
        })
    })
}

/// The agencies that a policy is for.
fn agencies_of(world: &World, policy: &Policy) -> Vec<String> {
    let (PrincipalConstraint::Eq(party) | PrincipalConstraint::In(party)) = policy.principal_constraint() else {
        return Vec::new();
    };
    let party = party.id().unescaped();
    let is_party = |id: &str, kind: &str| id == party || kind == party || party == PUBLIC;
    let agencies = world.core.reference.register.agencies();
    agencies.filter(|agency| is_party(&agency.id, &agency.kind.id)).map(|agency| agency.id.to_string()).collect()
}

/// The actions that a policy is for.
pub(super) fn actions_of(policy: &Policy) -> impl Iterator<Item = Action> {
    let constraint = policy.action_constraint();
    Action::ALL.into_iter().filter(move |action| match &constraint {
        ActionConstraint::Any => true,
        ActionConstraint::In(uids) => uids.contains(&uid(Type::Action, action.id())),
        ActionConstraint::Eq(only) => *only == uid(Type::Action, action.id()),
    })
}

/// Whether something holds for any resource of an action, among those that a policy can tell apart: what it names, what is
/// the agency's own, and one of each class and level.
fn any_resource(
    world: &World,
    (action, policy, agency): (Action, &Policy, &str),
    holds: impl Fn(Resource<'_>) -> bool,
) -> bool {
    match action {
        Action::Submit | Action::Withdraw | Action::ReadSubmission | Action::ReadFindings => {
            let named = named(policy, Type::Agency);
            Contract::get().datasets().iter().any(|dataset| {
                let submissions = |agency| holds(Resource::Submissions { dataset: dataset.id.as_str(), agency });
                submissions(agency) || named.iter().any(|other| submissions(other))
            })
        }
        Action::QueryLive | Action::QueryReleased | Action::Explain => {
            let (measures, areas) = (measures(world, policy), areas(world, policy, agency));
            measures.iter().any(|measure| areas.iter().any(|area| holds(Resource::Figures { measure, area })))
        }
        Action::Draft | Action::Review | Action::Approve | Action::Publish => holds(Resource::Releases),
        Action::ReadCatalogue | Action::ReadCoverage | Action::Administer => holds(Resource::Exchange),
    }
}

/// What a policy names of a type.
fn named(policy: &Policy, kind: Type) -> BTreeSet<String> {
    let of_kind = |entity: &EntityUid| entity.type_name() == uid(kind, "").type_name();
    let named = policy.entity_literals().into_iter().filter(of_kind);
    named.map(|entity| entity.id().unescaped().to_owned()).collect()
}

fn measures(world: &World, policy: &Policy) -> BTreeSet<String> {
    let mut classes = BTreeMap::new();
    for definition in world.core.catalogue.iter() {
        classes.entry(definition.disclosure.id()).or_insert_with(|| definition.id.to_string());
    }
    let mut measures = named(policy, Type::Measure);
    measures.extend(classes.into_values());
    measures
}

fn areas(world: &World, policy: &Policy, agency: &str) -> BTreeSet<String> {
    let all = &world.core.reference.areas;
    let own = world.core.reference.register.agency(agency).map(|agency| agency.remits.as_slice()).unwrap_or_default();
    let own = own.iter().flat_map(|remit| &remit.areas).map(|area| all.get(*area).code().to_owned());
    let levels = Level::ALL.into_iter().filter_map(|level| all.at_level(level).next());
    let levels = levels.map(|area| all.get(area).code().to_owned());
    named(policy, Type::Area).into_iter().chain(own).chain(levels).collect()
}
