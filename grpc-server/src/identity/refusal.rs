//! Why a caller is refused before its call is looked at.

/// Why a caller is refused. No text quotes a secret.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum Refusal {
    /// There is a header with credentials of another form.
    #[error("the credentials cannot be read: send the header `authorization: Bearer plt_ID_SECRET` once")]
    CredentialsUnreadable,
    /// The token may not be used for this method.
    #[error("this token may not be used for {method}: ask the operator of the exchange for a token with that scope")]
    MethodOutsideScope {
        /// The method.
        method: String,
    },
    /// The token may not be used for this dataset.
    #[error(
        "this token may not be used for the dataset {dataset}: ask the operator of the exchange for a token with \
             that scope"
    )]
    DatasetOutsideScope {
        /// The dataset.
        dataset: String,
    },
}

impl Refusal {
    /// The reason in the details of the status.
    pub(crate) fn reason(&self) -> &'static str {
        match self {
            Self::CredentialsUnreadable => "CREDENTIALS_UNREADABLE",
            Self::MethodOutsideScope { .. } | Self::DatasetOutsideScope { .. } => "TOKEN_SCOPE",
        }
    }

    /// Whether the caller is known, and only its credentials do not cover the call.
    pub(crate) fn of_known_caller(&self) -> bool {
        matches!(self, Self::MethodOutsideScope { .. } | Self::DatasetOutsideScope { .. })
    }
}
