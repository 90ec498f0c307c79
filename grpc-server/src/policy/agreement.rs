//! A data-sharing agreement: one file of policies.
//!
//! The annotations of its first policy state what the agreement is: `agreement` (its title), `purpose`, `gateway` (the legal
//! gateway), `parties` (agencies or kinds of agency), `start` and `expiry` (its first and last day). Every policy has an
//! `id`, and allows something to one of the parties.

use std::collections::BTreeSet;

use cedar_policy::{Effect, Policy, PolicyId, PrincipalConstraint};
use jiff::civil::Date;

use super::fault::Fault;
use super::file::PolicyFile;
use super::world::PUBLIC;

/// A data-sharing agreement.
#[derive(Clone, Debug)]
pub(crate) struct Agreement {
    /// Identifier: the name of its file without extension.
    pub(crate) id: String,
    /// Title.
    pub(crate) title: String,
    /// What the data are shared for.
    pub(crate) purpose: String,
    /// The law that allows it.
    pub(crate) gateway: String,
    /// Agencies and kinds of agency, in the order of the file.
    pub(crate) parties: Vec<String>,
    /// First day.
    pub(crate) start: Date,
    /// Last day.
    pub(crate) expiry: Date,
    /// The file.
    pub(crate) text: String,
}

impl Agreement {
    /// Whether the agreement is in force on a day.
    pub(crate) fn holds_on(&self, day: Date) -> bool {
        self.start <= day && day <= self.expiry
    }

    /// Reads the agreement of a file from its policies, which are not empty.
    pub(super) fn read(file: &PolicyFile, policies: &[Policy]) -> Result<Self, Fault> {
        let stated = |name: &'static str| {
            let found = policies.iter().filter_map(|policy| policy.annotation(name)).map(str::trim);
            match found.collect::<Vec<_>>().as_slice() {
                [text] if !text.is_empty() => Ok((*text).to_owned()),
                [_] => Err(file.fault_at(&format!("@{name}"), format!("@{name} is empty"))),
                [] => Err(file.fault(format!("the first policy has no @{name}"))),
                [..] => {
                    Err(file.fault_at(&format!("@{name}"), format!("@{name} is stated once, by the first policy")))
                }
            }
        };
        let day = |name: &'static str| {
            let text = stated(name)?;
            let wrong = || file.fault_at(&format!("@{name}"), format!("@{name} is not a date YYYY-MM-DD"));
            text.parse::<Date>().map_err(|_| wrong())
        };
        let agreement = Self {
            id: file.id.clone(),
            title: stated("agreement")?,
            purpose: stated("purpose")?,
            gateway: stated("gateway")?,
            parties: stated("parties")?.split(',').map(|party| party.trim().to_owned()).collect(),
            start: day("start")?,
            expiry: day("expiry")?,
            text: file.text.clone(),
        };
        if agreement.expiry < agreement.start {
            return Err(file.fault_at("@expiry", "@expiry is before @start".to_owned()));
        }
        agreement.check_parties(file, policies)?;
        Ok(agreement)
    }

    /// Every policy allows something to a party, and every party is allowed something.
    fn check_parties(&self, file: &PolicyFile, policies: &[Policy]) -> Result<(), Fault> {
        let mut named = BTreeSet::new();
        for policy in policies {
            let at = |reason: String| file.fault_of(policy, reason);
            if policy.effect() == Effect::Forbid {
                return Err(at("an agreement allows; what it does not allow is refused anyway".to_owned()));
            }
            let party = match policy.principal_constraint() {
                PrincipalConstraint::Eq(uid) | PrincipalConstraint::In(uid) => uid.id().unescaped().to_owned(),
                _ => {
                    return Err(
                        at("the principal must be one of the parties: `principal in Kind::\"…\"`".to_owned()),
                    );
                }
            };
            if !self.parties.contains(&party) {
                return Err(at(format!("`{party}` is not one of the @parties")));
            }
            named.insert(party);
        }
        match self.parties.iter().find(|party| !named.contains(*party)) {
            Some(party) => Err(file.fault_at("@parties", format!("no policy allows anything to `{party}`"))),
            None => Ok(()),
        }
    }

    /// Whether an agency of a kind is a party.
    pub(super) fn has_party(&self, agency: &str, kind: &str) -> bool {
        self.parties.iter().any(|party| party == agency || party == kind || party == PUBLIC)
    }

    /// Whether a policy is one of this agreement's.
    pub(super) fn has(&self, policy: &PolicyId) -> bool {
        agreement_of(policy.as_ref()) == self.id
    }
}

/// The agreement of a policy: `mps` of `mps/sees-london`.
pub(crate) fn agreement_of(policy: &str) -> &str {
    policy.split_once('/').map_or(policy, |(agreement, _)| agreement)
}
