//! What is noted of a call while it is answered.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::record::Call;
use crate::identity::Caller;

/// Most things that a record names of each kind.
const NAMED: usize = 100;

/// The notes of a call. They are in the extensions of its request.
#[derive(Debug, Default)]
pub(crate) struct Notes(Mutex<Noted>);

#[derive(Debug, Default)]
struct Noted {
    call: Call,
    recorded: bool,
}

impl Notes {
    /// Notes of a call with an identifier and a method.
    pub(crate) fn new(call: String, method: String) -> Self {
        Self(Mutex::new(Noted { call: Call { call, method, ..Call::default() }, recorded: false }))
    }

    /// Notes who calls.
    pub(crate) fn caller(&self, caller: &Caller) {
        let roles: Vec<&str> = caller.roles.iter().map(|role| role.id()).collect();
        let mut noted = self.noted();
        noted.call.agency = caller.agency.as_deref().unwrap_or_default().to_owned();
        noted.call.roles = roles.join(", ");
        noted.call.credential = caller.via.to_string();
    }

    /// Notes a token that is refused. Its holder has its secret, and cannot be said to be its agency any more.
    pub(crate) fn refused_token(&self, id: &str) {
        self.noted().call.credential = format!("token {id}");
    }

    /// Notes what the call is about: names and codes that exist, and no text of the caller.
    pub(crate) fn about<'t>(&self, names: impl IntoIterator<Item = &'t str>) {
        let mut names = names.into_iter();
        let mut noted = self.noted();
        noted.call.about.extend(names.by_ref().take(NAMED).map(str::to_owned));
        let more = names.count();
        if more > 0 {
            noted.call.about.push(format!("and {more} more"));
        }
    }

    /// Notes a decision: the policies that allowed it, or `None` if it was denied.
    pub(crate) fn decided(&self, policies: Option<&[String]>) {
        let mut noted = self.noted();
        noted.call.decision = if policies.is_some() { "allowed" } else { "denied" }.to_owned();
        for policy in policies.unwrap_or_default() {
            if !noted.call.policies.contains(policy) {
                noted.call.policies.push(policy.clone());
            }
        }
    }

    /// Notes the position of the ledger.
    pub(crate) fn at_position(&self, position: u64) {
        self.noted().call.position = Some(position);
    }

    /// Notes that the caller saw values.
    pub(crate) fn saw(&self, cells: usize) {
        let cells = u64::try_from(cells).unwrap_or(u64::MAX);
        let seen = &mut self.noted().call.cells;
        *seen = Some(seen.unwrap_or(0).saturating_add(cells));
    }

    /// The call as a record has it, with its outcome.
    pub(crate) fn ended(&self, outcome: &str, reason: &str) -> Call {
        let noted = self.noted();
        Call { outcome: outcome.to_owned(), reason: reason.to_owned(), ..noted.call.clone() }
    }

    /// Notes that the call was recorded before its answer.
    pub(crate) fn recorded(&self) {
        self.noted().recorded = true;
    }

    /// Whether the call was recorded before its answer.
    pub(crate) fn is_recorded(&self) -> bool {
        self.noted().recorded
    }

    fn noted(&self) -> MutexGuard<'_, Noted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
