//! Every limit that a caller can meet, each once, with the reason for its size.
//!
//! [`Limits`] are those that an operator can set. The constants are part of the contract or of the exchange's rules.
//! Sizes of pages are in [`peelian::page_size`], because clients need them too.

use std::time::Duration;

use peelian_core::engine::{MAX_MEASURES, MAX_OBSERVATIONS};
use peelian_core::intake;

/// Longest identifier of an agency or a collection, in characters. AIP-122 recommends the form of a label of a domain
/// name (RFC 1034) for identifiers in resource names.
pub(crate) const LONGEST_IDENTIFIER: usize = 63;
/// Longest reason of a withdrawal, in characters: a paragraph. It is kept for good.
pub(crate) const LONGEST_WITHDRAWAL_REASON: usize = 1_000;
/// A source's clock may be ahead of the exchange's by this much, so that a wrong time zone does not refuse an
/// extract.
pub(crate) const LARGEST_CLOCK_LEAD: Duration = Duration::from_secs(24 * 3_600);
/// A deletion of more than this percentage of the rows held for the period must be expected. A month's return rarely
/// loses a fifth of its rows; half a file, or the file of another month, loses more.
pub(crate) const MASS_DELETION_PERCENT: u64 = 20;
/// Findings in a receipt, as the contract states. A person can read so many; ListFindings gives all that are kept.
pub(crate) const FINDINGS_IN_RECEIPT: usize = 100;
/// Findings in the details of a refusal: the first of them show what is wrong, and a status must stay small.
pub(crate) const FINDINGS_IN_REFUSAL: usize = 20;
/// Longest text of a finding in the details of a refusal, in bytes of a header.
pub(crate) const LONGEST_FINDING_IN_REFUSAL: usize = 300;
/// Longest message of a status, and longest text of its details, in bytes of a header. A status travels in a header of
/// HTTP/2, and a header above 16 KB could break the connection.
pub(crate) const LONGEST_STATUS_MESSAGE: usize = 2_000;

/// Largest message that a server accepts: one chunk of a submission, as large as gRPC accepts by default.
const MESSAGE_BYTES: usize = 4 << 20;
/// Submissions that one agency may have under way: a few datasets at the same time.
const SUBMISSIONS_PER_AGENCY: usize = 4;
/// Calls under way on one connection: many more than one client needs, but they bound the memory of a connection.
const CALLS_PER_CONNECTION: u32 = 128;
/// Longest wait for the next message of a submission: a client that reads a file sends one every few milliseconds.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);
/// Longest call: the largest submission over a slow connection takes minutes.
const CALL_TIMEOUT: Duration = Duration::from_secs(15 * 60);
/// Longest wait for calls under way when the server is told to stop.
const STOP_TIMEOUT: Duration = Duration::from_secs(60);

/// Limits that an operator can set.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Largest message in bytes.
    pub(crate) message_bytes: usize,
    /// Most rows of a submission.
    pub(crate) rows: usize,
    /// Most bytes of a submission.
    pub(crate) bytes: usize,
    /// Most submissions that one agency may have under way.
    pub(crate) submissions_per_agency: usize,
    /// Most calls under way on one connection.
    pub(crate) calls_per_connection: u32,
    /// Most measures of a query.
    pub(crate) query_measures: usize,
    /// Most observations of a query.
    pub(crate) query_observations: usize,
    /// Longest wait for the next message of a submission.
    pub(crate) idle: Duration,
    /// Longest call.
    pub(crate) call: Duration,
    /// Longest wait for calls under way when the server is told to stop.
    pub(crate) stop: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let intake = intake::Limits::default();
        Self {
            message_bytes: MESSAGE_BYTES,
            rows: intake.max_rows,
            bytes: intake.max_bytes,
            submissions_per_agency: SUBMISSIONS_PER_AGENCY,
            calls_per_connection: CALLS_PER_CONNECTION,
            query_measures: MAX_MEASURES,
            query_observations: MAX_OBSERVATIONS,
            idle: IDLE_TIMEOUT,
            call: CALL_TIMEOUT,
            stop: STOP_TIMEOUT,
        }
    }
}
