//! All policies, checked, and the ones in force on a day.

use std::path::Path;
use std::sync::Arc;

use cedar_policy::{
    Authorizer, Decision, EntityUid, Policy, PolicyId, PolicySet, Request, Response, ValidationMode, Validator,
};
use jiff::civil::Date;

use super::action::{Action, Resource};
use super::agreement::{Agreement, agreement_of};
use super::fault::Fault;
use super::file::{PolicyFile, files};
use super::roles::Roles;
use super::world::{Type, World, set, uid};

/// The file of rules that restrict every agreement. It is no agreement itself.
const ROLES: &str = "roles";

/// Who asks.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Subject<'s> {
    /// Identifier of the agency.
    pub(crate) agency: &'s str,
    /// Roles of the caller in the agency.
    pub(crate) roles: Roles,
}

/// All policies of a set of files.
pub(super) struct Rules {
    pub(super) world: Arc<World>,
    files: Vec<PolicyFile>,
    pub(super) agreements: Vec<Agreement>,
    /// For each agreement, its policies with the rules on roles.
    sets: Vec<PolicySet>,
    /// The policies of all agreements, in force or not.
    policies: Vec<Policy>,
    /// The rules on roles.
    roles: Vec<Policy>,
}

impl Rules {
    /// Reads and checks the policies of the seeds and of an operator's folder.
    pub(super) fn read(world: &Arc<World>, folder: Option<&Path>) -> Result<Self, Fault> {
        Self::of_files(world, files(folder)?)
    }

    /// Reads and checks the policies again if the files have changed; `None` if they are the same.
    pub(super) fn read_again(&self, folder: Option<&Path>) -> Result<Option<Self>, Fault> {
        let files = files(folder)?;
        if files == self.files { Ok(None) } else { Self::of_files(&self.world, files).map(Some) }
    }

    pub(super) fn of_files(world: &Arc<World>, files: Vec<PolicyFile>) -> Result<Self, Fault> {
        let (mut agreements, mut policies, mut roles) = (Vec::new(), Vec::new(), Vec::new());
        for file in &files {
            let found = file.policies()?;
            for policy in &found {
                check_entities(world, file, policy)?;
            }
            if file.id == ROLES {
                roles = found;
            } else if !found.is_empty() {
                agreements.push(Agreement::read(file, &found)?);
                policies.extend(found);
            }
        }
        let mut rules = Self { world: Arc::clone(world), files, agreements, sets: Vec::new(), policies, roles };
        rules.sets = rules.agreements.iter().map(|own| rules.set(|other| other.id == own.id)).collect();
        rules.validate()?;
        rules.check_effects()?;
        Ok(rules)
    }

    /// The policies of all agreements, in force or not.
    pub(super) fn policies(&self) -> &[Policy] {
        &self.policies
    }

    /// Validates every policy strictly against the schema.
    fn validate(&self) -> Result<(), Fault> {
        let all = policy_set(self.policies.iter().chain(&self.roles));
        let result = Validator::new(self.world.schema.clone()).validate(&all, ValidationMode::Strict);
        let errors = result.validation_errors().map(|error| (error.policy_id(), error.to_string()));
        let warnings = result.validation_warnings().map(|warning| (warning.policy_id(), warning.to_string()));
        match errors.chain(warnings).next() {
            Some((policy, reason)) => Err(self.fault_of(policy, reason)),
            None => Ok(()),
        }
    }

    /// Checks that every policy of an agreement can allow something: no rule takes all of it away.
    fn check_effects(&self) -> Result<(), Fault> {
        let all = self.set(|_| true);
        for policy in &self.policies {
            if !super::effect::has_effect(&self.world, &all, policy) {
                let reason =
                    "the policy never allows anything: a rule on roles forbids it, or its condition never holds";
                return Err(self.fault_of(policy.id(), reason.to_owned()));
            }
        }
        Ok(())
    }

    fn fault_of(&self, id: &PolicyId, reason: String) -> Fault {
        let policy = self.policies.iter().chain(&self.roles).find(|policy| policy.id() == id);
        let file = agreement_of(id.as_ref());
        let file = self.files.iter().find(|known| known.id == file);
        match (file, policy) {
            (Some(file), Some(policy)) => file.fault_of(policy, reason),
            _ => Fault { file: id.to_string(), line: 1, reason },
        }
    }

    /// The rules on roles with the policies of some agreements.
    pub(super) fn set(&self, takes: impl Fn(&Agreement) -> bool) -> PolicySet {
        let taken: Vec<&Agreement> = self.agreements.iter().filter(|agreement| takes(agreement)).collect();
        let of_taken = |policy: &&Policy| taken.iter().any(|agreement| agreement.has(policy.id()));
        policy_set(self.policies.iter().filter(of_taken).chain(&self.roles))
    }

    /// Each agreement with its policies and the rules on roles.
    pub(super) fn each(&self) -> impl Iterator<Item = (&Agreement, &PolicySet)> {
        self.agreements.iter().zip(&self.sets)
    }

    /// The policies in force on a day.
    pub(super) fn in_force_on(&self, day: Date) -> PolicySet {
        self.set(|agreement| agreement.holds_on(day))
    }
}

/// Checks that every entity that a policy names exists.
fn check_entities(world: &World, file: &PolicyFile, policy: &Policy) -> Result<(), Fault> {
    match policy.entity_literals().into_iter().find(|uid| !world.knows(uid)) {
        Some(unknown) => Err(file.fault_of(policy, format!("there is no {unknown}"))),
        None => Ok(()),
    }
}

fn policy_set<'p>(policies: impl Iterator<Item = &'p Policy>) -> PolicySet {
    // Identifiers come once: they have the name of their file, and a file has each once.
    PolicySet::from_policies(policies.cloned()).unwrap_or_default()
}

/// Decides one request. `principal` exists.
pub(super) fn decide(
    world: &World,
    policies: &PolicySet,
    (principal, roles): (EntityUid, Roles),
    action: Action,
    resource: Resource<'_>,
) -> Response {
    let roles = set(roles.iter().map(|role| uid(Type::Role, role.id())));
    let action = uid(Type::Action, action.id());
    let request = Request::new(principal, action, resource.uid(), resource.context(roles), None);
    // Only validation against a schema can fail, and none is given: policies are validated, and requests are made here.
    request.map_or_else(
        |_| Response::new(Decision::Deny, Default::default(), Vec::new()),
        |request| Authorizer::new().is_authorized(&request, policies, &world.entities),
    )
}
