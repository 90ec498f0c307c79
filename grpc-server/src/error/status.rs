//! Turns errors into gRPC statuses: a code, a reason and details as in google.rpc (AIP-193).

use std::collections::HashMap;

use peelian_core::contract::Severity;
use peelian_core::engine::{ComputeError, QueryError};
use peelian_core::intake::IntakeError;
use peelian_core::release::ReleaseError;
use peelian_core::submission::RemitError;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

use super::Error;
use crate::ledger::guard::Guard;
use crate::limits::{FINDINGS_IN_REFUSAL, LONGEST_FINDING_IN_REFUSAL, LONGEST_STATUS_MESSAGE};
use crate::release::{FolderError, Refused, SelectError};
use crate::store::StoreError;

/// Domain of every reason.
const DOMAIN: &str = "peelian";

/// Code, reason and details of a status.
struct Answer {
    code: Code,
    reason: &'static str,
    details: ErrorDetails,
}

impl Error {
    fn answer(&self) -> Answer {
        let mut details = ErrorDetails::new();
        let (code, reason) = match self {
            Self::Identity(refusal) if refusal.of_known_caller() => (Code::PermissionDenied, refusal.reason()),
            Self::Identity(refusal) => (Code::Unauthenticated, refusal.reason()),
            Self::Denied(_) => (Code::PermissionDenied, "NOT_AUTHORISED"),
            Self::NotRecorded(_) => (Code::Unavailable, "NOT_RECORDED"),
            Self::Invalid { field, description } => {
                details.add_bad_request_violation(*field, detail(description));
                (Code::InvalidArgument, "FIELD_INVALID")
            }
            Self::Exceeded(exceeded) => {
                details.add_bad_request_violation(exceeded.field.as_str(), detail(&exceeded.problem));
                (Code::InvalidArgument, "LIMIT_EXCEEDED")
            }
            Self::Identifier { field, .. } => {
                details.add_bad_request_violation(*field, self.to_string());
                (Code::InvalidArgument, "DIRECT_IDENTIFIER")
            }
            Self::Unreadable(_) => (Code::InvalidArgument, "MESSAGE_UNREADABLE"),
            Self::OutOfOrder(_) => (Code::InvalidArgument, "MESSAGES_OUT_OF_ORDER"),
            Self::NotFound { .. } => (Code::NotFound, "NOT_FOUND"),
            Self::RequestReused { .. } => (Code::AlreadyExists, "REQUEST_ID_REUSED"),
            Self::Withdrawn(_) => (Code::FailedPrecondition, "ALREADY_WITHDRAWN"),
            Self::WithdrawnSince(_) => (Code::FailedPrecondition, "WITHDRAWN_SINCE"),
            Self::Remit(error) => {
                details.add_bad_request_violation("header.agency", detail(error));
                match error {
                    RemitError::UnknownAgency { .. } => (Code::NotFound, "UNKNOWN_AGENCY"),
                    RemitError::OutsideRemit { .. } | RemitError::OutsideDays { .. } => {
                        (Code::PermissionDenied, "OUTSIDE_REMIT")
                    }
                }
            }
            Self::Intake(error) => return intake(error),
            Self::TooManyConflicts { .. } => (Code::InvalidArgument, "TOO_MANY_ERRORS"),
            Self::Guard(guard) => return guarded(guard),
            Self::Query(error) => return query(error),
            Self::Limit { reason, .. } => (Code::ResourceExhausted, *reason),
            Self::Busy(busy) => {
                details.set_retry_info(Some(busy.retry_after));
                (Code::ResourceExhausted, busy.reason)
            }
            Self::Late { reason, .. } => (Code::DeadlineExceeded, *reason),
            Self::Abandoned => (Code::Cancelled, "ABANDONED"),
            Self::Release(refused) => return refused_release(refused),
            Self::Select(error) => return select(error),
            Self::Making(ReleaseError::Nothing) => (Code::InvalidArgument, "FIELD_INVALID"),
            Self::Making(ReleaseError::Record(_)) | Self::Folder(FolderError::Damaged { .. }) => {
                (Code::DataLoss, "STORED_DATA_DAMAGED")
            }
            Self::NotStored(_) => (Code::ResourceExhausted, "STORE_FULL"),
            Self::Unsure(_) => (Code::Unavailable, "STORED_OR_NOT"),
            Self::Unsettled(_) => (Code::Unavailable, "STORE_FAILS"),
            Self::Clock(_) => (Code::Unavailable, "CLOCK_JUMPED"),
            Self::Store(StoreError::Damaged(_)) => (Code::DataLoss, "STORED_DATA_DAMAGED"),
            Self::Store(_)
            | Self::Payload(_)
            | Self::Defect(_)
            | Self::Making(_)
            | Self::Export(_)
            | Self::Folder(FolderError::Io { .. }) => (Code::Internal, "INTERNAL"),
        };
        Answer { code, reason, details }
    }

    /// The text for the caller. A failure of the exchange itself does not reveal its details.
    fn text(&self) -> String {
        match self {
            Self::NotStored(_) => "the disk of the exchange is full and nothing was stored: tell its operator, then send \
                                   the request again"
                .to_owned(),
            Self::Unsure(_) => "the exchange could not finish the write, and it is not known whether it was stored: send \
                                the request again with the same request_id; it counts once"
                .to_owned(),
            Self::NotRecorded(_) => "the exchange cannot record this call in its audit log at present: tell its operator, then \
                                     send the request again with the same request_id; it counts once"
                .to_owned(),
            Self::Unsettled(_) => "the exchange cannot write at present and stored nothing of this request; everything \
                                   that it acknowledged is kept: send the request again later with the same request_id"
                .to_owned(),
            Self::Clock(_) => "the clock of the exchange is wrong and nothing was stored: tell its operator, then send the \
                               request again with the same request_id"
                .to_owned(),
            Self::Store(StoreError::Damaged(_)) => {
                "what the exchange stored of this is damaged: tell its operator the time of this call; to submit the same \
                 data once more, use a new request_id, which a later extract instant gives"
                    .to_owned()
            }
            Self::Making(ReleaseError::Record(_)) | Self::Folder(FolderError::Damaged { .. }) => {
                "what the exchange stored of a release is damaged: tell its operator the time of this call".to_owned()
            }
            Self::Making(ReleaseError::Disclosure(_)) | Self::Export(_) | Self::Folder(FolderError::Io { .. }) => {
                "the exchange failed and nothing was stored: tell its operator the time of this call".to_owned()
            }
            Self::Query(QueryError::Compute(error)) if !matches!(error, ComputeError::TooManyCounts { .. }) => {
                "the exchange could not compute the answer: ask for less, and tell its operator".to_owned()
            }
            Self::Store(_) | Self::Payload(_) | Self::Defect(_) => {
                "the exchange failed and nothing was stored: send the request again with the same request_id; if it \
                 fails again, tell the operator of the exchange the time and the request_id"
                    .to_owned()
            }
            other => shortened(other.to_string(), LONGEST_STATUS_MESSAGE),
        }
    }

    fn metadata(&self) -> HashMap<String, String> {
        let mut metadata = HashMap::new();
        let mut say = |name: &str, value: &dyn ToString| {
            metadata.insert(name.to_owned(), shortened(value.to_string(), LONGEST_FINDING_IN_REFUSAL))
        };
        match self {
            Self::RequestReused { submission, differs } => {
                say("submission", submission);
                say("differs", differs);
            }
            Self::NotFound { name, .. } => _ = say("name", name),
            Self::Denied(denial) => _ = say("agreements_needed", &denial.needed.join(", ")),
            Self::Remit(error) => _ = say("finding", &error.known().code),
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
                | QueryError::UnknownProfile { profile: name, .. }
                | QueryError::NoData { measure: name },
            ) => _ = say("name", name),
            Self::Release(Refused::Embargo { until_micros, .. }) => {
                if let Ok(until) = jiff::Timestamp::from_microsecond(*until_micros) {
                    say("embargo_until", &until);
                }
            }
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

fn refused_release(refused: &Refused) -> Answer {
    let mut details = ErrorDetails::new();
    let reason = refused.reason();
    let code = match refused {
        Refused::Exists(_) => Code::AlreadyExists,
        _ => {
            details.add_precondition_failure_violation(reason, "release", detail(refused));
            Code::FailedPrecondition
        }
    };
    Answer { code, reason, details }
}

fn select(error: &SelectError) -> Answer {
    let mut details = ErrorDetails::new();
    let (code, reason) = match error {
        SelectError::Query(error) => return query(error),
        SelectError::NotFrozen { field, .. } => {
            details.add_bad_request_violation(*field, detail(error));
            (Code::InvalidArgument, "FIELD_INVALID")
        }
        SelectError::Breakdown { .. } => {
            details.add_bad_request_violation("query.breakdown", detail(error));
            (Code::InvalidArgument, "FIELD_INVALID")
        }
        SelectError::Measure { .. } | SelectError::Area { .. } | SelectError::Period { .. } => {
            (Code::NotFound, "NOT_IN_RELEASE")
        }
    };
    Answer { code, reason, details }
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
            for finding in errors.take(FINDINGS_IN_REFUSAL) {
                let place = format!("rows[{}].{}", finding.row, finding.field);
                let cell = match finding.line {
                    0 => String::new(),
                    line if finding.column.is_empty() => format!(" line {line}:"),
                    line => format!(" {}{line}:", finding.column),
                };
                let text = format!("{}{cell} {}", finding.code, finding.message);
                details.add_bad_request_violation(
                    place.trim_end_matches('.'),
                    shortened(text, LONGEST_FINDING_IN_REFUSAL),
                );
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
        QueryError::UnknownProfile { .. } => (Code::NotFound, "UNKNOWN_PROFILE", None),
        QueryError::PeriodOutside { .. } => (Code::NotFound, "PERIOD_NOT_HELD", None),
        QueryError::NoData { .. } => (Code::NotFound, "NO_DATA", None),
        QueryError::TooManyMeasures(_) => (Code::ResourceExhausted, "TOO_MANY_MEASURES", None),
        QueryError::TooManyObservations(_) => (Code::ResourceExhausted, "TOO_MANY_OBSERVATIONS", None),
        QueryError::Compute(ComputeError::TooManyCounts { .. }) => (Code::ResourceExhausted, "TOO_MANY_COUNTS", None),
        QueryError::Abandoned => (Code::Cancelled, "ABANDONED", None),
        // An exchange reads whole rows. Only a computation in the caller's own process reads a part of their fields.
        QueryError::Compute(_) | QueryError::NotRead => (Code::Internal, "NOT_COMPUTED", None),
        QueryError::Period(_) => (Code::InvalidArgument, "FIELD_INVALID", Some("query.periods")),
        QueryError::UnknownBreakdown { .. } => (Code::InvalidArgument, "FIELD_INVALID", Some("query.breakdown")),
        QueryError::UnknownGroup { .. } | QueryError::NoReferenceGroup => {
            (Code::InvalidArgument, "FIELD_INVALID", Some("query.reference_group"))
        }
        QueryError::NoBaseline => (Code::InvalidArgument, "FIELD_INVALID", Some("query.baseline")),
        QueryError::Confidence(_) => (Code::InvalidArgument, "FIELD_INVALID", Some("query.confidence")),
        QueryError::UnknownSource(_) => (Code::NotFound, "UNKNOWN_AGENCY", None),
        QueryError::SourceOfRecords => (Code::InvalidArgument, "FIELD_INVALID", Some("query.source")),
        QueryError::Nothing(_) | QueryError::UnknownValue(..) => {
            (Code::InvalidArgument, "FIELD_INVALID", Some("query"))
        }
    };
    if let Some(field) = field {
        details.add_bad_request_violation(field, detail(error));
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
    details.add_precondition_failure_violation(reason, subject, detail(guard));
    Answer { code: Code::FailedPrecondition, reason, details }
}

/// A text in the details of a status. They travel in a header of HTTP/2 beside the message, so they are short too.
fn detail(text: &impl ToString) -> String {
    shortened(text.to_string(), LONGEST_STATUS_MESSAGE)
}

/// A text cut to so many bytes of a header. There, a character outside ASCII is written in percent encoding.
fn shortened(mut text: String, longest: usize) -> String {
    let mut bytes = 0;
    let over = text.char_indices().find(|(_, letter)| {
        bytes += if letter.is_ascii() { 1 } else { 3 * letter.len_utf8() };
        bytes > longest
    });
    if let Some((end, _)) = over {
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
            Error::Defect("secret".to_owned()),
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

    /// A header of HTTP/2 may have 16 KB, and details are encoded in four characters for three bytes.
    #[test]
    fn every_status_fits_a_header() {
        let long = || "é".repeat(100_000);
        let measure = || QueryError::UnknownMeasure { measure: long(), nearest: vec![long(), long()] };
        let errors = [
            Error::invalid("name", long()),
            Error::NotFound { name: long(), advice: long() },
            Error::Withdrawn(long()),
            Error::WithdrawnSince(long()),
            Error::RequestReused { submission: long(), differs: "content" },
            Error::Unreadable(long()),
            Error::Query(measure()),
            Error::Query(QueryError::UnknownBreakdown { measure: long(), breakdown: long(), offered: vec![long()] }),
            Error::Query(QueryError::UnknownSource(long())),
            Error::Remit(RemitError::UnknownAgency { agency: long(), nearest: Some(long()) }),
            Error::Intake(IntakeError::Arrow { reason: long() }),
            Error::Guard(Guard::Supersedes { in_force: Some(long().into()), stated: long() }),
        ];
        for (case, error) in errors.into_iter().enumerate() {
            let http = Status::from(error).into_http::<()>();
            let bytes: usize = http.headers().values().map(|value| value.as_bytes().len()).sum();
            assert!(bytes < 16_000, "case {case}: {bytes}");
        }
    }

    #[test]
    fn long_texts_are_cut() {
        let field = "name: ".len();
        let status = Status::from(Error::invalid("name", "é".repeat(5_000)));
        // Each é is six bytes of a header. The sign of the cut comes last.
        assert_eq!(status.message().chars().count(), field + (LONGEST_STATUS_MESSAGE - field) / 6 + 1);
        let status = Status::from(Error::invalid("name", "e".repeat(5_000)));
        assert_eq!(status.message().chars().count(), LONGEST_STATUS_MESSAGE + 1);
    }
}
