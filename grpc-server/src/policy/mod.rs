//! Who may do what: data-sharing agreements as policies (Cedar), one file for each.
//!
//! Nothing is allowed unless an agreement in force allows it. The seeds have model agreements, and an operator's folder adds
//! to them or takes their place. Everything is checked before it is used, so there is no moment without valid policies: files
//! with a fault leave the former policies in force.

mod action;
mod agreement;
mod denial;
mod effect;
mod fault;
mod file;
#[cfg(test)]
mod fuzz;
mod roles;
mod rules;
#[cfg(test)]
mod tests;
mod visible;
mod world;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use cedar_policy::{Decision, PolicySet};
use jiff::civil::Date;
use peelian_core::Core;
use peelian_core::reference::AreaId;

pub(crate) use action::{Action, Resource};
pub(crate) use agreement::{Agreement, agreement_of};
pub(crate) use denial::Denial;
use denial::Refused;
pub(crate) use fault::Fault;
pub(crate) use roles::Roles;
pub(crate) use rules::Subject;
use rules::{Rules, decide};
use visible::Decisions;
pub(crate) use visible::Shown;
use world::{Type, World, uid};

/// The policies of an exchange.
pub(crate) struct Policies {
    folder: Option<PathBuf>,
    in_force: ArcSwap<InForce>,
}

/// The policies that are in force on a day.
pub(crate) struct InForce {
    rules: Arc<Rules>,
    day: Date,
    policies: PolicySet,
    decisions: Decisions,
}

/// The policies that allowed something: `mps/submits-its-own`.
pub(crate) type Allowed = Vec<String>;

impl Policies {
    /// The policies of the seeds and of an operator's folder.
    ///
    /// # Errors
    ///
    /// The first fault, with its file and line: a syntax error, an entity that does not exist, a policy that the schema
    /// forbids or that never allows anything, an agreement that does not state what it is.
    pub(crate) fn read(core: &Arc<Core>, folder: Option<&Path>, day: Date) -> Result<Self, Fault> {
        let schema = peelian_seeds::policy_schema();
        let world = World::new(core, &schema.text).map_err(|reason| Fault { file: schema.path, line: 1, reason })?;
        let world = Arc::new(world);
        let rules = Arc::new(Rules::read(&world, folder)?);
        let in_force = ArcSwap::from_pointee(InForce::new(rules, day));
        Ok(Self { folder: folder.map(Path::to_owned), in_force })
    }

    /// Reads the files again. Answers whether they have changed. If there is a fault, the former policies stay in force.
    ///
    /// # Errors
    ///
    /// As for [`Self::read`].
    pub(crate) fn read_again(&self) -> Result<bool, Fault> {
        let now = self.in_force.load();
        let Some(rules) = now.rules.read_again(self.folder.as_deref())? else { return Ok(false) };
        self.in_force.store(Arc::new(InForce::new(Arc::new(rules), now.day)));
        Ok(true)
    }

    /// The policies in force on a day.
    pub(crate) fn on(&self, day: Date) -> Arc<InForce> {
        let now = self.in_force.load_full();
        if now.day == day {
            return now;
        }
        let next = Arc::new(InForce::new(Arc::clone(&now.rules), day));
        // If the files were read again in the meantime, those policies stay, and the next call has their day.
        self.in_force.compare_and_swap(&now, Arc::clone(&next));
        next
    }
}

impl InForce {
    fn new(rules: Arc<Rules>, day: Date) -> Self {
        let policies = rules.in_force_on(day);
        Self { rules, day, policies, decisions: Decisions::new() }
    }

    /// Decides what a caller may do. Every agency that the register does not have is refused everything.
    ///
    /// # Errors
    ///
    /// Why it is refused, and the agreement that would be needed.
    pub(crate) fn decide(
        &self,
        subject: Subject<'_>,
        action: Action,
        resource: Resource<'_>,
    ) -> Result<Allowed, Denial> {
        let principal = (uid(Type::Agency, subject.agency), subject.roles);
        let decided = decide(&self.rules.world, &self.policies, principal, action, resource);
        if decided.decision() == Decision::Allow {
            let mut allowed: Allowed = decided.diagnostics().reason().map(ToString::to_string).collect();
            allowed.sort_unstable();
            return Ok(allowed);
        }
        let refused = Refused { rules: &self.rules, in_force: &self.policies, day: self.day, action, resource };
        Err(refused.denial(subject))
    }

    /// The policies that allow a caller to see the figures of a measure for an area. They are kept.
    ///
    /// # Errors
    ///
    /// Why it may not.
    pub(crate) fn allowed(
        &self,
        subject: Subject<'_>,
        action: Action,
        (measure, area): (&Arc<str>, AreaId),
    ) -> Result<Arc<Allowed>, Denial> {
        let code = self.rules.world.core.reference.areas.get(area).code();
        let decide = || self.decide(subject, action, Resource::Figures { measure, area: code });
        self.decisions.allowed(subject, action, (measure, area), decide)
    }

    /// What a caller may see of a measure. It holds for these policies, and is for [`Self::shows_of`].
    pub(crate) fn shown(&self, subject: Subject<'_>, action: Action, measure: &Arc<str>) -> Shown {
        self.decisions.shown(&self.rules.world, subject, action, measure)
    }

    /// Whether a caller may see the figures of a measure for an area.
    pub(crate) fn shows(&self, subject: Subject<'_>, action: Action, figures: (&Arc<str>, AreaId)) -> bool {
        self.shows_of(&self.shown(subject, action, figures.0), subject, action, figures)
    }

    /// The same, if it is known what the same caller may see of the same measure: many areas and periods are asked about.
    pub(crate) fn shows_of(
        &self,
        shown: &Shown,
        subject: Subject<'_>,
        action: Action,
        (measure, area): (&Arc<str>, AreaId),
    ) -> bool {
        let world = &self.rules.world;
        shown.shows(area, || {
            let resource = Resource::Figures { measure, area: world.core.reference.areas.get(area).code() };
            let principal = (uid(Type::Agency, subject.agency), subject.roles);
            decide(world, &self.policies, principal, action, resource).decision() == Decision::Allow
        })
    }

    /// All agreements, in the order of their identifiers, in force or not.
    pub(crate) fn agreements(&self) -> &[Agreement] {
        &self.rules.agreements
    }

    /// The day on which these policies are in force.
    pub(crate) fn day(&self) -> Date {
        self.day
    }

    /// Whether an agency is a party of an agreement. An agency that is not registered is a party of none.
    pub(crate) fn is_party(&self, agreement: &Agreement, agency: &str) -> bool {
        let registered = self.rules.world.core.reference.register.agency(agency);
        registered.is_some_and(|agency| agreement.has_party(&agency.id, &agency.kind.id))
    }

    /// The agreements in force of which an agency is a party.
    pub(crate) fn agreements_of<'p>(&'p self, agency: &'p str) -> impl Iterator<Item = &'p Agreement> {
        self.agreements().iter().filter(|agreement| agreement.holds_on(self.day) && self.is_party(agreement, agency))
    }

    /// What a caller may do, in words: each policy that allows it something, its actions, and its agreement.
    pub(crate) fn permissions(&self, subject: Subject<'_>) -> Vec<String> {
        let parties: Vec<&Agreement> = self.agreements_of(subject.agency).collect();
        let mut words = Vec::new();
        for policy in self.rules.policies() {
            let Some(agreement) = parties.iter().find(|agreement| agreement.has(policy.id())) else { continue };
            if effect::allows(&self.rules.world, &self.policies, policy, subject) {
                let actions: Vec<&str> = effect::actions_of(policy).map(Action::id).collect();
                let name = policy.annotation("id").unwrap_or_default().replace('-', " ");
                words.push(format!("{name}: {} (agreement {})", actions.join(", "), agreement.id));
            }
        }
        words
    }
}
