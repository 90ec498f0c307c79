//! Every reason that a refusal can have: `google.rpc.ErrorInfo.reason`, with the domain `peelian`.

/// A reason: its name, the code of the status, and what it means.
pub(crate) struct Reason {
    pub(crate) name: &'static str,
    pub(crate) code: &'static str,
    pub(crate) meaning: &'static str,
}

macro_rules! reasons {
    ($($name:ident $code:ident $meaning:literal;)*) => {
        /// Every reason, in the order of their names.
        pub(crate) const REASONS: &[Reason] =
            &[$(Reason { name: stringify!($name), code: stringify!($code), meaning: $meaning }),*];
    };
}

reasons! {
    ABANDONED CANCELLED "The caller left before the answer was there. Nothing was stored.";
    ALREADY_WITHDRAWN FAILED_PRECONDITION "The submission was withdrawn before.";
    APPROVAL_BY_MAKER FAILED_PRECONDITION "Who made a release does not approve it.";
    APPROVED_OTHERWISE FAILED_PRECONDITION "The release was approved before, with another embargo.";
    CERTIFICATE_EXPIRED UNAUTHENTICATED "The certificate of the caller has expired.";
    CERTIFICATE_NAMES_SEVERAL UNAUTHENTICATED "The certificate names several agencies.";
    CERTIFICATE_OF_ANOTHER_EXCHANGE UNAUTHENTICATED "The certificate is for another exchange.";
    CERTIFICATE_REVOKED UNAUTHENTICATED "The certificate of the caller is revoked.";
    CERTIFICATE_WITHOUT_AGENCY UNAUTHENTICATED "The certificate names no agency.";
    CLOCK_JUMPED UNAVAILABLE "The clock of the exchange is wrong. Nothing was stored.";
    CONTENT_UNREADABLE INVALID_ARGUMENT "The rows cannot be read. The metadata name the finding.";
    CREDENTIALS_DISAGREE UNAUTHENTICATED "The certificate and the token are of different agencies.";
    CREDENTIALS_MISSING UNAUTHENTICATED "The exchange requires a certificate or a token.";
    CREDENTIALS_UNREADABLE UNAUTHENTICATED "The token has not the form of one.";
    DELETE_COUNT_DIFFERS FAILED_PRECONDITION "The submission removes another number of rows than it states.";
    DIRECT_IDENTIFIER INVALID_ARGUMENT "The content has names, addresses or numbers of persons. Nothing of it was kept.";
    EMBARGO FAILED_PRECONDITION "The embargo of the release has not ended.";
    EMBARGO_OVER FAILED_PRECONDITION "The embargo would end in the past.";
    EXPANDS_TOO_FAR RESOURCE_EXHAUSTED "The compressed content expands to more than is read.";
    FIELD_INVALID INVALID_ARGUMENT "A field of the request is wrong. The violations name it.";
    IDLE_TOO_LONG DEADLINE_EXCEEDED "Nothing of the request arrived for too long.";
    INTERNAL INTERNAL "The exchange failed. Tell its operator the identifier of the call.";
    LIMIT_EXCEEDED INVALID_ARGUMENT "A field has too many elements or bytes, or an element twice.";
    MASS_DELETE FAILED_PRECONDITION "The submission removes more than a fifth of the rows held: state how many it is meant to remove.";
    MESSAGES_OUT_OF_ORDER INVALID_ARGUMENT "The messages of a submission come in another order: the header, then one kind of content.";
    MESSAGE_TOO_LARGE RESOURCE_EXHAUSTED "A message is larger than the exchange reads.";
    MESSAGE_UNREADABLE INVALID_ARGUMENT "The bytes of a message are not those of the contract.";
    NOT_AUTHORISED PERMISSION_DENIED "No agreement allows it. The metadata name those that would.";
    NOT_COMPUTED INTERNAL "The answer could not be computed. Tell the operator.";
    NOT_FOUND NOT_FOUND "There is nothing of this name.";
    NOT_IN_RELEASE NOT_FOUND "The release has no such measure, area or period.";
    NOT_READ DEADLINE_EXCEEDED "The caller did not read its answer for too long.";
    NOT_RECORDED UNAVAILABLE "The audit log cannot record the call at present. Nothing was stored.";
    NO_DATA NOT_FOUND "No data are held for the measure.";
    OUTSIDE_REMIT PERMISSION_DENIED "The agency has no remit for the dataset, or not on these days.";
    PERIOD_NOT_HELD NOT_FOUND "No data are held for the period. The metadata name the first and the last that are.";
    RELEASE_EXISTS ALREADY_EXISTS "A release of this identifier exists, with another content.";
    RELEASE_NOT_IN_FORCE FAILED_PRECONDITION "The release that would be superseded is not in force.";
    RELEASE_NOT_PROTECTED FAILED_PRECONDITION "A count of the release cannot be protected.";
    RELEASE_OUTDATED FAILED_PRECONDITION "Another release was published since, against which this one is not protected.";
    RELEASE_STATE FAILED_PRECONDITION "The release is in a state in which this step is not possible.";
    RELEASE_TOO_LARGE RESOURCE_EXHAUSTED "The release needs more memory than there is for making one. Make several of its parts.";
    REQUEST_ID_REUSED ALREADY_EXISTS "The request_id was used for a submission with another content.";
    STALE_EXTRACT FAILED_PRECONDITION "A later extract of the same data is in force.";
    STORED_DATA_DAMAGED DATA_LOSS "What the exchange stored of this is damaged.";
    STORED_OR_NOT UNAVAILABLE "It is not known whether the write was stored. Send it again: it counts once.";
    STORE_FAILS UNAVAILABLE "The exchange cannot write at present. Nothing was stored.";
    STORE_FULL RESOURCE_EXHAUSTED "The disk of the exchange is full. Nothing was stored.";
    SUPERSEDES_ANOTHER FAILED_PRECONDITION "Another submission is in force than the one that is stated.";
    TOKEN_EXPIRED UNAUTHENTICATED "The token has expired.";
    TOKEN_NOT_YET_VALID UNAUTHENTICATED "The token is not valid yet.";
    TOKEN_OVER_PLAINTEXT UNAUTHENTICATED "The token was sent without encryption. Have it revoked.";
    TOKEN_REVOKED UNAUTHENTICATED "The token is revoked.";
    TOKEN_SCOPE PERMISSION_DENIED "The token is not for this method or this dataset.";
    TOKEN_UNKNOWN UNAUTHENTICATED "The exchange does not know the token.";
    TOO_MANY_ANSWERS RESOURCE_EXHAUSTED "Answers that callers have not taken yet fill their memory. Ask again later.";
    TOO_MANY_BYTES RESOURCE_EXHAUSTED "The content is larger than a submission may be. Send it in several periods.";
    TOO_MANY_BYTES_IN_ALL RESOURCE_EXHAUSTED "Submissions under way fill their memory. Send it again later.";
    TOO_MANY_COUNTS RESOURCE_EXHAUSTED "The counts of the question need too much memory. Ask for less.";
    TOO_MANY_ERRORS INVALID_ARGUMENT "Too many rows have errors. The violations show the first.";
    TOO_MANY_MEASURES RESOURCE_EXHAUSTED "The question names too many measures.";
    TOO_MANY_OBSERVATIONS RESOURCE_EXHAUSTED "The answer would have too many observations. Ask for less.";
    TOO_MANY_PAST_ROWS RESOURCE_EXHAUSTED "The rows of an earlier instant need too much memory.";
    TOO_MANY_ROWS RESOURCE_EXHAUSTED "The content has more rows than a submission may have. Send it in several periods.";
    TOO_MANY_ROWS_HELD RESOURCE_EXHAUSTED "The rows in force would need too much memory.";
    TOO_MANY_SUBMISSIONS RESOURCE_EXHAUSTED "The agency has too many submissions under way.";
    TOO_MANY_SUBMISSIONS_IN_ALL RESOURCE_EXHAUSTED "Too many submissions are under way.";
    TOO_SLOW DEADLINE_EXCEEDED "The request arrived too slowly.";
    UNKNOWN_AGENCY NOT_FOUND "The register has no such agency.";
    UNKNOWN_AREA NOT_FOUND "There is no such area. The message has the nearest.";
    UNKNOWN_MEASURE NOT_FOUND "There is no such measure. The message has the nearest.";
    UNKNOWN_PROFILE NOT_FOUND "There is no such profile. The message has them all.";
    WITHDRAWN_SINCE FAILED_PRECONDITION "The same submission was received before and was withdrawn: nothing of it counts.";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The files that give a refusal its reason.
    const SOURCES: [&str; 11] = [
        include_str!("status.rs"),
        include_str!("typed.rs"),
        include_str!("../identity/refusal.rs"),
        include_str!("../release/refused.rs"),
        include_str!("../server/pace.rs"),
        include_str!("../exchange/loader.rs"),
        include_str!("../publication/room.rs"),
        include_str!("../service/answer_stream.rs"),
        include_str!("../service/answer_room.rs"),
        include_str!("../service/submission/accept.rs"),
        include_str!("../service/submission/admission.rs"),
    ];

    #[test]
    fn every_reason_is_listed_and_no_other() {
        let quoted = SOURCES.iter().flat_map(|source| source.split('"').skip(1).step_by(2));
        let is_name =
            |text: &&str| text.len() > 6 && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
        let given: BTreeSet<&str> = quoted.filter(is_name).collect();
        let listed: BTreeSet<&str> = REASONS.iter().map(|reason| reason.name).collect();
        assert_eq!(given, listed);
        assert!(REASONS.is_sorted_by_key(|reason| reason.name));
    }
}
