//! Errors of the exchange, and the one place where they become gRPC statuses.
//!
//! What the caller reads and what the log says are two texts. The caller's says what to do; neither quotes a value of a
//! record.

use std::collections::HashMap;

use peelian_core::contract::Severity;
use peelian_core::engine::QueryError;
use peelian_core::intake::IntakeError;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

use crate::ledger::guard::Guard;
use crate::store::StoreError;
use crate::store::payload::PayloadError;

/// Domain of every reason.
const DOMAIN: &str = "peelian";
/// A status travels in a header: longer texts could break the connection.
const LONGEST_MESSAGE: usize = 2_000;
/// Findings named in the details of a refusal.
const FINDINGS_SHOWN: usize = 20;

/// Why a call fails.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A field of the request is wrong.
    #[error("{field}: {description}")]
    Invalid {
        /// The field: `header.dataset`.
        field: &'static str,
        /// What is wrong and what to do.
        description: String,
    },
    /// The messages of a stream are not in order.
    #[error("{0}")]
    OutOfOrder(&'static str),
    /// There is no such thing.
    #[error("there is no {name}: {advice}")]
    NotFound {
        /// Its name.
        name: String,
        /// What to do.
        advice: String,
    },
    /// The request identifier was used for something else.
    #[error(
        "the request_id was used for {submission}, which has another {differs}: use a new request_id for a new submission"
    )]
    RequestReused {
        /// The submission.
        submission: String,
        /// What differs: content or header.
        differs: &'static str,
    },
    /// It was withdrawn before.
    #[error("{0} was withdrawn before")]
    Withdrawn(String),
    /// The content is refused.
    #[error(transparent)]
    Intake(#[from] IntakeError),
    /// The content is refused for rows that are held elsewhere.
    #[error(
        "{rejected} of {received} rows have errors, {elsewhere} of them for keys that are held in another period or \
         collection: move such rows with MERGE"
    )]
    TooManyConflicts {
        /// Rows received.
        received: u64,
        /// Rows with errors.
        rejected: u64,
        /// Rows whose keys are held elsewhere.
        elsewhere: usize,
    },
    /// A guard refuses it.
    #[error(transparent)]
    Guard(#[from] Guard),
    /// A question that cannot be answered.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// A limit of the exchange.
    #[error("{message}")]
    Limit {
        /// Reason.
        reason: &'static str,
        /// What is too much, and what to do.
        message: String,
    },
    /// The caller was silent for too long.
    #[error("no message for {0} seconds: the submission was given up and nothing was stored")]
    Idle(u64),
    /// The exchange does not do this yet.
    #[error("{0}")]
    NotOffered(&'static str),
    /// The exchange is stopping, or must be started again.
    #[error("{0}")]
    Unavailable(&'static str),
    /// The store fails.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Stored rows cannot be written or read.
    #[error(transparent)]
    Payload(#[from] PayloadError),
    /// Something that cannot happen.
    #[error("{0}")]
    Broken(String),
}

/// What becomes of an error.
struct Answer {
    code: Code,
    reason: &'static str,
    details: ErrorDetails,
}

impl Error {
    /// A field of the request is wrong.
    pub(crate) fn invalid(field: &'static str, description: impl Into<String>) -> Self {
        Self::Invalid { field, description: description.into() }
    }

    fn answer(&self) -> Answer {
        let mut details = ErrorDetails::new();
        let (code, reason) = match self {
            Self::Invalid { field, description } => {
                details.add_bad_request_violation(*field, description.as_str());
                (Code::InvalidArgument, "FIELD_INVALID")
            }
            Self::OutOfOrder(_) => (Code::InvalidArgument, "MESSAGES_OUT_OF_ORDER"),
            Self::NotFound { .. } => (Code::NotFound, "NOT_FOUND"),
            Self::RequestReused { .. } => (Code::AlreadyExists, "REQUEST_ID_REUSED"),
            Self::Withdrawn(_) => (Code::FailedPrecondition, "ALREADY_WITHDRAWN"),
            Self::Intake(error) => return intake(error),
            Self::TooManyConflicts { .. } => (Code::InvalidArgument, "TOO_MANY_ERRORS"),
            Self::Guard(guard) => return guarded(guard),
            Self::Query(error) => return query(error),
            Self::Limit { reason, .. } => (Code::ResourceExhausted, *reason),
            Self::Idle(_) => (Code::DeadlineExceeded, "IDLE_TOO_LONG"),
            Self::NotOffered(_) => (Code::Unimplemented, "NOT_OFFERED_YET"),
            Self::Unavailable(_) => (Code::Unavailable, "UNAVAILABLE"),
            Self::Store(StoreError::Full(_)) => (Code::ResourceExhausted, "STORE_FULL"),
            Self::Store(_) | Self::Payload(_) | Self::Broken(_) => (Code::Internal, "INTERNAL"),
        };
        Answer { code, reason, details }
    }

    /// The text for the caller: an error of the exchange itself says nothing of its inside.
    fn text(&self) -> String {
        match self {
            Self::Store(StoreError::Full(_)) => {
                "the exchange has no room left and stored nothing: tell its operator, then send it again".to_owned()
            }
            Self::Query(QueryError::Compute(_)) => {
                "the exchange could not compute this: ask for less, and tell its operator".to_owned()
            }
            Self::Store(_) | Self::Payload(_) | Self::Broken(_) => {
                "the exchange failed and stored nothing: send it again with the same request_id; if it fails again, \
                 tell its operator the time and the request_id"
                    .to_owned()
            }
            other => shortened(other.to_string()),
        }
    }

    fn metadata(&self) -> HashMap<String, String> {
        let mut metadata = HashMap::new();
        let mut say = |name: &str, value: &dyn ToString| metadata.insert(name.to_owned(), value.to_string());
        match self {
            Self::RequestReused { submission, differs } => {
                say("submission", submission);
                say("differs", differs);
            }
            Self::NotFound { name, .. } => _ = say("name", name),
            Self::Intake(error) => _ = say("finding", &error.known().code),
            Self::Query(QueryError::PeriodOutside { period, measure, first, last }) => {
                say("period", period);
                say("measure", measure);
                say("first", first);
                say("last", last);
            }
            Self::Query(
                QueryError::UnknownMeasure { measure: name, .. }
                | QueryError::UnknownArea { area: name, .. }
                | QueryError::NoData { measure: name },
            ) => _ = say("name", name),
            Self::Guard(Guard::MassDelete { deletes, held }) => {
                say("deletes", deletes);
                say("held", held);
            }
            Self::Guard(Guard::DeleteCount { deletes, expected }) => {
                say("deletes", deletes);
                say("expected", expected);
            }
            Self::Guard(Guard::Stale { in_force }) => _ = say("in_force", in_force),
            Self::Guard(Guard::Supersedes { in_force, stated }) => {
                say("in_force", &in_force.as_deref().unwrap_or_default());
                say("stated", stated);
            }
            _ => {}
        }
        metadata
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        let Answer { code, reason, mut details } = error.answer();
        if code == Code::Internal || matches!(error, Error::Store(_)) {
            tracing::error!(reason, %error, "call failed");
        } else {
            tracing::info!(reason, code = ?code, "call refused");
        }
        details.set_error_info(reason, DOMAIN, error.metadata());
        Self::with_error_details(code, error.text(), details)
    }
}

fn intake(error: &IntakeError) -> Answer {
    let mut details = ErrorDetails::new();
    let (code, reason) = match error {
        IntakeError::TooManyRows { .. } => (Code::ResourceExhausted, "TOO_MANY_ROWS"),
        IntakeError::TooManyBytes { .. } => (Code::ResourceExhausted, "TOO_MANY_BYTES"),
        IntakeError::ExpandsTooFar { .. } => (Code::ResourceExhausted, "EXPANDS_TOO_FAR"),
        IntakeError::IdentifierColumn { .. } | IntakeError::IdentifierValues { .. } => {
            (Code::InvalidArgument, "DIRECT_IDENTIFIER")
        }
        IntakeError::TooManyErrors { findings, .. } => {
            let errors = findings.kept().iter().filter(|finding| finding.severity == Severity::Error);
            for finding in errors.take(FINDINGS_SHOWN) {
                let place = format!("rows[{}].{}", finding.row, finding.field);
                let text = format!("{} {}", finding.code, finding.message);
                details.add_bad_request_violation(place.trim_end_matches('.'), shortened_to(text, 300));
            }
            (Code::InvalidArgument, "TOO_MANY_ERRORS")
        }
        IntakeError::NoList { .. } => (Code::Internal, "INTERNAL"),
        _ => (Code::InvalidArgument, "CONTENT_UNREADABLE"),
    };
    Answer { code, reason, details }
}

fn query(error: &QueryError) -> Answer {
    let mut details = ErrorDetails::new();
    let (code, reason, field) = match error {
        QueryError::UnknownMeasure { .. } => (Code::NotFound, "UNKNOWN_MEASURE", None),
        QueryError::UnknownArea { .. } => (Code::NotFound, "UNKNOWN_AREA", None),
        QueryError::PeriodOutside { .. } => (Code::NotFound, "PERIOD_NOT_HELD", None),
        QueryError::NoData { .. } => (Code::NotFound, "NO_DATA", None),
        QueryError::TooManyMeasures(_) => (Code::ResourceExhausted, "TOO_MANY_MEASURES", None),
        QueryError::TooManyObservations(_) => (Code::ResourceExhausted, "TOO_MANY_OBSERVATIONS", None),
        QueryError::Abandoned => (Code::Cancelled, "ABANDONED", None),
        // An exchange reads whole rows; only a computation in its caller's process reads a part of them.
        QueryError::Compute(_) | QueryError::NotRead => (Code::Internal, "NOT_COMPUTED", None),
        QueryError::Period(_) => (Code::InvalidArgument, "FIELD_INVALID", Some("query.periods")),
        QueryError::UnknownBreakdown { .. } => (Code::InvalidArgument, "FIELD_INVALID", Some("query.breakdown")),
        QueryError::UnknownGroup { .. } | QueryError::NoReferenceGroup => {
            (Code::InvalidArgument, "FIELD_INVALID", Some("query.reference_group"))
        }
        QueryError::Confidence(_) => (Code::InvalidArgument, "FIELD_INVALID", Some("query.confidence")),
        QueryError::Nothing(_) | QueryError::UnknownValue(..) => {
            (Code::InvalidArgument, "FIELD_INVALID", Some("query"))
        }
    };
    if let Some(field) = field {
        details.add_bad_request_violation(field, error.to_string());
    }
    Answer { code, reason, details }
}

fn guarded(guard: &Guard) -> Answer {
    let (reason, subject) = match guard {
        Guard::Stale { .. } => ("STALE_EXTRACT", "header.extract_instant"),
        Guard::Supersedes { .. } => ("SUPERSEDES_ANOTHER", "header.supersedes"),
        Guard::MassDelete { .. } => ("MASS_DELETE", "header.expected_delete_count"),
        Guard::DeleteCount { .. } => ("DELETE_COUNT_DIFFERS", "header.expected_delete_count"),
    };
    let mut details = ErrorDetails::new();
    details.add_precondition_failure_violation(reason, subject, guard.to_string());
    Answer { code: Code::FailedPrecondition, reason, details }
}

fn shortened(text: String) -> String {
    shortened_to(text, LONGEST_MESSAGE)
}

fn shortened_to(mut text: String, longest: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(longest) {
        text.truncate(end);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_a_reason_in_upper_snake_case() {
        let errors = [
            Error::invalid("header.dataset", "there is no such dataset"),
            Error::Guard(Guard::MassDelete { deletes: 3, held: 4 }),
            Error::Intake(IntakeError::CutShort),
            Error::Broken("secret".to_owned()),
        ];
        for error in errors {
            let status = Status::from(error);
            let details = status.get_error_details();
            let info = details.error_info().unwrap();
            assert_eq!(info.domain, "peelian");
            assert!(info.reason.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_'), "{}", info.reason);
            assert!(!status.message().contains("secret"));
        }
    }

    #[test]
    fn a_guard_is_a_precondition_with_its_numbers() {
        let status = Status::from(Error::Guard(Guard::MassDelete { deletes: 3, held: 4 }));
        assert_eq!(status.code(), Code::FailedPrecondition);
        let details = status.get_error_details();
        assert_eq!(details.precondition_failure().unwrap().violations[0].r#type, "MASS_DELETE");
        assert_eq!(details.error_info().unwrap().metadata["deletes"], "3");
    }

    #[test]
    fn long_texts_are_cut() {
        let status = Status::from(Error::invalid("name", "é".repeat(5_000)));
        assert_eq!(status.message().chars().count(), LONGEST_MESSAGE + 1);
    }
}
