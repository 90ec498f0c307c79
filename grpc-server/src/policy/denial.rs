//! Why something is refused, and what would allow it.

use cedar_policy::{Decision, PolicySet};
use jiff::civil::Date;

use super::action::{Action, Resource};
use super::agreement::Agreement;
use super::roles::Roles;
use super::rules::{Rules, Subject, decide};
use super::world::{Type, uid};
use crate::identity::Role;

/// Why something is refused.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("agencies/{agency} may not {does} {to}: {why}")]
pub(crate) struct Denial {
    agency: String,
    does: &'static str,
    to: String,
    why: String,
    /// The agreements that would allow it.
    pub(crate) needed: Vec<String>,
}

/// What is refused.
pub(super) struct Refused<'a> {
    pub(super) rules: &'a Rules,
    /// The policies in force on the day.
    pub(super) in_force: &'a PolicySet,
    pub(super) day: Date,
    pub(super) action: Action,
    pub(super) resource: Resource<'a>,
}

impl Refused<'_> {
    /// The refusal, with its reason.
    pub(super) fn denial(&self, subject: Subject<'_>) -> Denial {
        let (why, needed) = self.reason(subject);
        let needed = needed.into_iter().map(|agreement| agreement.id.clone()).collect();
        let (does, to) = (self.action.words(), self.resource.words());
        Denial { agency: subject.agency.to_owned(), does, to, why, needed }
    }

    fn reason(&self, subject: Subject<'_>) -> (String, Vec<&Agreement>) {
        if self.rules.world.core.reference.register.agency(subject.agency).is_none() {
            return ("the register of this exchange has no such agency".to_owned(), Vec::new());
        }
        let with = |roles| self.is_allowed(self.in_force, subject.agency, roles);
        if with(Roles::of(Role::ALL)) {
            let enough = Role::ALL.into_iter().filter(|role| with(Roles::of([*role]))).map(Role::id);
            let enough = enough.collect::<Vec<_>>().join(" or ");
            return (format!("it takes the role {enough}, and the caller has {}", said(subject.roles)), Vec::new());
        }
        let at_another_time = |(_, policies): &(&Agreement, &PolicySet)| {
            self.is_allowed(policies, subject.agency, Roles::of(Role::ALL))
        };
        if let Some((agreement, _)) = self.rules.each().find(at_another_time) {
            let Agreement { id, start, expiry, .. } = agreement;
            let why = match *start > self.day {
                true => format!("the agreement `{id}` begins on {start}"),
                false => format!("the agreement `{id}` ended on {expiry}"),
            };
            return (why, vec![agreement]);
        }
        // What an agreement of the caller's own allows to another of its parties is of no use to the caller.
        let kind = self.rules.world.core.reference.register.agency(subject.agency).map(|agency| &*agency.kind.id);
        let of_others = self.rules.each().filter(|(agreement, policies)| {
            !agreement.has_party(subject.agency, kind.unwrap_or_default())
                && self.is_allowed_to_a_party(agreement, policies)
        });
        let of_others: Vec<&Agreement> = of_others.map(|(agreement, _)| agreement).collect();
        if of_others.is_empty() {
            return ("no agreement allows it to anyone".to_owned(), of_others);
        }
        let named =
            |agreement: &&Agreement| format!("`{}` (parties: {})", agreement.id, agreement.parties.join(", "));
        let named: Vec<String> = of_others.iter().map(named).collect();
        (format!("it would need to be a party of {}", named.join(" or ")), of_others)
    }

    fn is_allowed(&self, policies: &PolicySet, agency: &str, roles: Roles) -> bool {
        let principal = (uid(Type::Agency, agency), roles);
        decide(&self.rules.world, policies, principal, self.action, self.resource).decision() == Decision::Allow
    }

    /// Whether an agreement allows this to any of its parties.
    fn is_allowed_to_a_party(&self, agreement: &Agreement, policies: &PolicySet) -> bool {
        let agencies = self.rules.world.core.reference.register.agencies();
        agencies
            .filter(|agency| agreement.has_party(&agency.id, &agency.kind.id))
            .any(|agency| self.is_allowed(policies, &agency.id, Roles::of(Role::ALL)))
    }
}

fn said(roles: Roles) -> String {
    let roles = roles.to_string();
    if roles.is_empty() { "no role".to_owned() } else { roles }
}
