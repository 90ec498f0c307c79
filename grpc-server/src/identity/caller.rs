//! A caller: its agency, its roles, and how it is known.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Refusal;

/// Who makes a call. Every call has one in the extensions of its request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Caller {
    /// Identifier of the agency, as in the register: "mps". `None` only for [`Via::Loopback`].
    pub(crate) agency: Option<Arc<str>>,
    /// Its roles.
    pub(crate) roles: BTreeSet<Role>,
    /// How it is known.
    pub(crate) via: Via,
    /// What its credentials may be used for.
    pub(crate) scope: Arc<Scope>,
}

/// What a caller is for its agency. What each role may do is a matter of policy.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Role {
    /// Sends records and figures.
    Submitter,
    /// Asks queries.
    Analyst,
    /// Works with what is not released yet.
    Statistician,
    /// Approves releases.
    Approver,
    /// Runs the exchange.
    Administrator,
}

/// How a caller is known.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Via {
    /// By the certificate of its connection.
    Certificate {
        /// SHA-256 of the certificate, in 64 hexadecimal digits.
        fingerprint: Arc<str>,
    },
    /// By a token.
    Token {
        /// Identifier of the token, which is no secret.
        id: Arc<str>,
    },
    /// By both, which agree.
    Both {
        /// SHA-256 of the certificate, in 64 hexadecimal digits.
        fingerprint: Arc<str>,
        /// Identifier of the token, which is no secret.
        id: Arc<str>,
    },
    /// It is nobody. Only a program on the machine of the exchange is served so, and only if the operator requires no
    /// identity.
    Loopback,
}

/// What credentials may be used for. An empty set allows everything.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Scope {
    /// Identifiers of the datasets that may be submitted, withdrawn and asked about: "crime".
    pub(crate) datasets: BTreeSet<String>,
    /// Methods of the contract: "peelian.v1.SubmissionService/Submit", or a whole service: "peelian.v1.SubmissionService".
    pub(crate) methods: BTreeSet<String>,
    /// Instant from which the token no longer holds; `None` without a token.
    pub(crate) expires: Option<Timestamp>,
}

impl Caller {
    /// The caller that nobody has identified. It may do everything, as a program on the machine of the exchange can.
    pub(crate) fn nobody() -> Self {
        Self {
            agency: None,
            roles: Role::ALL.into_iter().collect(),
            via: Via::Loopback,
            scope: Arc::new(Scope::default()),
        }
    }
}

impl Role {
    /// All roles.
    pub(crate) const ALL: [Self; 5] =
        [Self::Submitter, Self::Analyst, Self::Statistician, Self::Approver, Self::Administrator];

    /// Roles of a caller whose credentials state none.
    pub(crate) const USUAL: [Self; 2] = [Self::Submitter, Self::Analyst];

    /// Its identifier, as in the URI of a certificate: "submitter".
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Submitter => "submitter",
            Self::Analyst => "analyst",
            Self::Statistician => "statistician",
            Self::Approver => "approver",
            Self::Administrator => "administrator",
        }
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(id: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|role| role.id() == id).ok_or_else(|| {
            let known: Vec<_> = Self::ALL.into_iter().map(Self::id).collect();
            format!("there is no role {id:?}: the roles are {}", known.join(", "))
        })
    }
}

impl fmt::Display for Role {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.id())
    }
}

impl Via {
    /// Identifier of the token, if the caller has one.
    pub(crate) fn token(&self) -> Option<&str> {
        match self {
            Self::Token { id } | Self::Both { id, .. } => Some(id),
            Self::Certificate { .. } | Self::Loopback => None,
        }
    }
}

impl fmt::Display for Via {
    /// "certificate FINGERPRINT", "token ID", "certificate FINGERPRINT and token ID" or "loopback".
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Certificate { fingerprint } => write!(formatter, "certificate {fingerprint}"),
            Self::Token { id } => write!(formatter, "token {id}"),
            Self::Both { fingerprint, id } => write!(formatter, "certificate {fingerprint} and token {id}"),
            Self::Loopback => formatter.write_str("loopback"),
        }
    }
}

impl Scope {
    /// Whether the path of a call is within the scope: "/peelian.v1.SubmissionService/Submit".
    ///
    /// # Errors
    ///
    /// [`Refusal::MethodOutsideScope`].
    pub(crate) fn check_method(&self, path: &str) -> Result<(), Refusal> {
        let method = path.trim_start_matches('/');
        let service = method.split('/').next().unwrap_or_default();
        if self.methods.is_empty() || self.methods.contains(method) || self.methods.contains(service) {
            return Ok(());
        }
        Err(Refusal::MethodOutsideScope { method: method.to_owned() })
    }

    /// Whether a dataset is within the scope.
    ///
    /// # Errors
    ///
    /// [`Refusal::DatasetOutsideScope`].
    pub(crate) fn check_dataset(&self, dataset: &str) -> Result<(), Refusal> {
        if self.datasets.is_empty() || self.datasets.contains(dataset) {
            return Ok(());
        }
        Err(Refusal::DatasetOutsideScope { dataset: dataset.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_has_one_identifier() {
        for role in Role::ALL {
            assert_eq!(role.id().parse(), Ok(role));
        }
        assert!("Submitter".parse::<Role>().unwrap_err().contains("submitter, analyst"));
    }

    #[test]
    fn an_empty_scope_allows_everything_and_another_only_what_it_names() {
        let all = Scope::default();
        assert_eq!(all.check_method("/peelian.v1.SubmissionService/Submit"), Ok(()));
        assert_eq!(all.check_dataset("crime"), Ok(()));
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let some = Scope {
            datasets: set(&["crime"]),
            methods: set(&["peelian.v1.SubmissionService/Submit", "peelian.v1.AccessService"]),
            expires: None,
        };
        assert_eq!(some.check_method("/peelian.v1.SubmissionService/Submit"), Ok(()));
        assert_eq!(some.check_method("/peelian.v1.AccessService/WhoAmI"), Ok(()));
        assert!(some.check_method("/peelian.v1.SubmissionService/WithdrawSubmission").is_err());
        assert!(some.check_method("/peelian.v1.AccessServices/WhoAmI").is_err());
        assert_eq!(some.check_dataset("crime"), Ok(()));
        assert!(some.check_dataset("crimes").is_err());
    }
}
