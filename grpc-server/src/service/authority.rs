//! Decides what a call may do, by the data-sharing agreements in force, and notes it for the audit log.

use std::collections::HashMap;
use std::sync::Arc;

use peelian_core::Core;
use peelian_core::design::datasets;
use peelian_core::engine::{AreaSelection, Query, Visibility};
use peelian_core::measure::Definition;
use peelian_core::reference::AreaId;
use peelian_core::submission::FIGURES;
use tonic::Request;

use crate::admission::Admitted;
use crate::audit::{AuditLog, Notes};
use crate::clock::london_day;
use crate::error::Error;
use crate::exchange::Exchange;
use crate::identity::{Caller, Refusal, Scope, Via};
use crate::policy::{Action, InForce, Policies, Resource, Roles, Shown, Subject};

/// What allows everything to a program on the machine of the exchange, if the operator requires no identity.
const LOOPBACK: &str = "loopback";

/// Decides what calls may do.
pub(crate) struct Authority {
    exchange: Arc<Exchange>,
    policies: Arc<Policies>,
    audit: Arc<AuditLog>,
}

/// A call: who makes it, and the policies that hold for it.
pub(crate) struct Call {
    caller: Caller,
    policies: Arc<InForce>,
    audit: Arc<AuditLog>,
    notes: Arc<Notes>,
    admitted: Arc<Admitted>,
}

impl Authority {
    /// The authority of an exchange.
    pub(crate) fn new(exchange: Arc<Exchange>, policies: Arc<Policies>, audit: Arc<AuditLog>) -> Self {
        Self { exchange, policies, audit }
    }

    /// The call of a request.
    ///
    /// # Errors
    ///
    /// If the server did not say who calls, which is a defect.
    pub(crate) fn call<M>(&self, request: &Request<M>) -> Result<Call, Error> {
        let said = request.extensions();
        let (Some(caller), Some(notes), Some(admitted)) =
            (said.get::<Caller>(), said.get::<Arc<Notes>>(), said.get::<Arc<Admitted>>())
        else {
            return Err(Error::Defect("a call came without its caller".to_owned()));
        };
        Ok(Call {
            caller: caller.clone(),
            policies: self.policies.on(london_day(self.exchange.now_micros())),
            audit: Arc::clone(&self.audit),
            notes: Arc::clone(notes),
            admitted: Arc::clone(admitted),
        })
    }

    /// Checks that a call may read what is public: the catalogue.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`].
    pub(crate) fn may_read_catalogue<M>(&self, request: &Request<M>) -> Result<(), Error> {
        self.call(request)?.may(Action::ReadCatalogue, Resource::Exchange)
    }
}

impl Call {
    /// Identifier of the caller's agency; empty if nobody identified it.
    pub(crate) fn agency(&self) -> &str {
        self.caller.agency.as_deref().unwrap_or_default()
    }

    /// How the caller was identified.
    pub(crate) fn via(&self) -> &Via {
        &self.caller.via
    }

    /// What the credentials of the caller may be used for.
    pub(crate) fn scope(&self) -> &Scope {
        &self.caller.scope
    }

    /// The roles of the caller.
    pub(crate) fn roles(&self) -> Roles {
        Roles::of(self.caller.roles.iter().copied())
    }

    /// The policies that hold for the call.
    pub(crate) fn policies(&self) -> &Arc<InForce> {
        &self.policies
    }

    /// The notes of the call.
    pub(crate) fn notes(&self) -> &Arc<Notes> {
        &self.notes
    }

    /// Counts rows that the caller has submitted.
    pub(crate) fn used_rows(&self, rows: u64) {
        self.admitted.used_rows(rows);
    }

    /// The caller as policies know it; `None` if nobody identified it, and it may do everything.
    pub(crate) fn subject(&self) -> Option<Subject<'_>> {
        (self.caller.via != Via::Loopback).then(|| Subject { agency: self.agency(), roles: self.roles() })
    }

    /// Why the caller's credentials are not for a dataset; `None` if they are.
    pub(crate) fn outside_scope(&self, dataset: &str) -> Option<Refusal> {
        self.caller.scope.check_dataset(dataset).err()
    }

    /// Checks that the credentials of the caller are for a measure.
    ///
    /// # Errors
    ///
    /// [`Error::Identity`] if they are for other datasets.
    pub(crate) fn check_scope(&self, definition: &Definition) -> Result<(), Error> {
        Ok(check_measure(self.scope(), definition)?)
    }

    /// What the credentials of the caller are for, of a query whose figures it may see otherwise.
    ///
    /// # Errors
    ///
    /// [`Error::Identity`] if they are for nothing of it.
    pub(crate) fn scope_of(&self, core: &Core, query: &Query) -> Result<Visibility, Error> {
        if self.scope().datasets.is_empty() {
            return Ok(Visibility::default());
        }
        let mut asked = query.measures.iter().filter_map(|id| core.catalogue.get(id));
        let first = asked.clone().next();
        if !asked.any(|definition| check_measure(self.scope(), definition).is_ok())
            && let Some(first) = first
        {
            self.check_scope(first)?;
        }
        let scope = Arc::clone(&self.caller.scope);
        Ok(Visibility::of(move |definition, _| check_measure(&scope, definition).is_ok()))
    }

    /// Checks that the caller may do something.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`], or [`Error::Identity`] if its credentials are for other datasets.
    pub(crate) fn may(&self, action: Action, resource: Resource<'_>) -> Result<(), Error> {
        if let Resource::Submissions { dataset, .. } = resource {
            self.caller.scope.check_dataset(dataset)?;
        }
        let Some(subject) = self.subject() else {
            self.notes.decided(Some(&[LOOPBACK.to_owned()]));
            return Ok(());
        };
        let decided = self.policies.decide(subject, action, resource);
        self.notes.decided(decided.as_deref().ok());
        decided.map(drop).map_err(Error::from)
    }

    /// Checks that the caller may see the released figures of a measure for an area.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`], or [`Error::Identity`] if its credentials are for other datasets.
    pub(crate) fn may_see_released(&self, core: &Core, measure: &str, area: &str) -> Result<(), Error> {
        let definition = core.catalogue.get(measure);
        if let Some(definition) = definition {
            self.check_scope(definition)?;
        }
        let known = definition.zip(core.reference.areas.by_code(area));
        let (Some(subject), Some((definition, area_id))) = (self.subject(), known) else {
            return self.may(Action::QueryReleased, Resource::Figures { measure, area });
        };
        let decided = self.policies.allowed(subject, Action::QueryReleased, (&definition.id, area_id));
        self.notes.decided(decided.as_ref().ok().map(|policies| policies.as_slice()));
        decided.map(drop).map_err(Error::from)
    }

    /// What the caller may see of a query's live figures, or of its released ones.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] if it may see nothing of it, or [`Error::Identity`] if its credentials are for nothing of it.
    pub(crate) fn visibility(&self, core: &Core, query: &Query, action: Action) -> Result<Visibility, Error> {
        let Some(subject) = self.subject() else {
            self.notes.decided(Some(&[LOOPBACK.to_owned()]));
            return Ok(Visibility::default());
        };
        let scope = self.scope_of(core, query)?;
        let shows = {
            let (policies, agency, roles) = (Arc::clone(&self.policies), self.agency().to_owned(), subject.roles);
            let scope = scope.clone();
            let measures =
                query.measures.iter().filter_map(|id| core.catalogue.get(id)).map(|definition| &definition.id);
            let shown: HashMap<Arc<str>, Shown> =
                measures.map(|id| (Arc::clone(id), policies.shown(subject, action, id))).collect();
            move |definition: &Definition, area: AreaId| {
                let (subject, figures) = (Subject { agency: &agency, roles }, (&definition.id, area));
                scope.shows(definition, area)
                    && match shown.get(&definition.id) {
                        Some(shown) => policies.shows_of(shown, subject, action, figures),
                        None => policies.shows(subject, action, figures),
                    }
            }
        };
        let mut pairs = pairs(core, query);
        let seen = pairs.clone().find(|(definition, area)| shows(definition, *area));
        let asked = seen.or_else(|| pairs.find(|(definition, area)| scope.shows(definition, *area)));
        if let Some((definition, area)) = asked {
            let decided = self.policies.allowed(subject, action, (&definition.id, area));
            self.notes.decided(decided.as_ref().ok().map(|policies| policies.as_slice()));
            decided?;
        }
        Ok(Visibility::of(shows))
    }

    /// Records the call before it is acknowledged. It is on the disk when this returns.
    ///
    /// # Errors
    ///
    /// [`Error::NotRecorded`].
    pub(crate) async fn record(&self, position: u64) -> Result<(), Error> {
        self.notes.at_position(position);
        self.audit.record_durably(self.notes.ended("OK", "")).await?;
        self.notes.recorded();
        Ok(())
    }
}

/// Checks that credentials are for a measure: for all datasets that its records are of, or for figures if it has no records.
fn check_measure(scope: &Scope, definition: &Definition) -> Result<(), Refusal> {
    if scope.datasets.is_empty() {
        return Ok(());
    }
    match datasets(&definition.inputs).as_slice() {
        [] => scope.check_dataset(FIGURES),
        records => records.iter().try_for_each(|dataset| scope.check_dataset(&dataset.id)),
    }
}

/// Each measure of a query with each of its areas. Measures that are not known are left out: the engine refuses them.
pub(crate) fn pairs<'q>(
    core: &'q Core,
    query: &'q Query,
) -> impl Iterator<Item = (&'q Definition, AreaId)> + Clone + 'q {
    let areas = move || {
        query.areas.iter().flat_map(|selection| match selection {
            AreaSelection::One(area) => vec![*area],
            AreaSelection::Level(level) => core.reference.areas.at_level(*level).collect(),
        })
    };
    let definitions = query.measures.iter().filter_map(|id| core.catalogue.get(id));
    definitions.flat_map(move |definition| areas().map(move |area| (&**definition, area)))
}
