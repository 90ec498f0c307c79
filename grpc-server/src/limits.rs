//! Every limit that a caller can meet, each once: its size, the reason for it, and the error that states it.
//!
//! [`Limits`] are those that an operator can set, and [`SETTINGS`] describes them. Flags, variables of the environment,
//! names in the configuration file, their help and `docs/limits.md` are all made from it. The constants, which
//! [`FIXED`] describes, are part of the contract or of the exchange's rules. Limits of single fields are in the contract
//! itself. Sizes of pages are in [`peelian::page_size`], because clients need them too.

use std::time::Duration;

use peelian_core::engine::{MAX_MEASURES, MAX_OBSERVATIONS};
use peelian_core::intake;

/// A limit that an operator can set.
#[derive(Debug)]
pub(crate) struct Setting {
    /// Its name in a configuration file. The flag has hyphens, the variable of the environment is `PEELIAN_` and the
    /// name in capitals.
    pub(crate) name: &'static str,
    /// Unit: `BYTES`.
    pub(crate) unit: &'static str,
    /// The default.
    pub(crate) default: fn() -> u64,
    /// Smallest value that can be set.
    pub(crate) least: u64,
    /// What is limited.
    pub(crate) what: &'static str,
    /// Why the default has this size.
    pub(crate) why: &'static str,
    /// What a caller beyond the limit gets.
    pub(crate) error: &'static str,
    /// Sets it.
    pub(crate) set: fn(&mut Limits, u64),
}

/// A limit that nobody can set.
#[derive(Debug)]
pub(crate) struct Fixed {
    /// Its size with the unit.
    pub(crate) size: fn() -> String,
    /// What is limited.
    pub(crate) what: &'static str,
    /// Why it has this size.
    pub(crate) why: &'static str,
    /// What a caller beyond the limit gets.
    pub(crate) error: &'static str,
}

/// A number of a setting: a count, a size, or seconds.
trait Amount {
    /// The amount of a number. A number that is too large means no limit.
    fn of(number: u64) -> Self;
}

impl Amount for usize {
    fn of(number: u64) -> Self {
        Self::try_from(number).unwrap_or(Self::MAX)
    }
}

impl Amount for u32 {
    fn of(number: u64) -> Self {
        Self::try_from(number).unwrap_or(Self::MAX)
    }
}

impl Amount for u64 {
    fn of(number: u64) -> Self {
        number
    }
}

impl Amount for Duration {
    fn of(number: u64) -> Self {
        Self::from_secs(number)
    }
}

macro_rules! settings {
    ($($field:ident: $type:ty, $name:literal, $unit:literal, $default:expr, least $least:literal,
        $what:literal, $why:literal, $error:literal;)*) => {
        /// Limits that an operator can set.
        #[derive(Clone, Copy, Debug)]
        pub(crate) struct Limits {
            $(#[doc = $what] pub(crate) $field: $type,)*
        }

        impl Default for Limits {
            fn default() -> Self {
                Self { $($field: <$type>::of($default),)* }
            }
        }

        /// The limits that an operator can set.
        pub(crate) const SETTINGS: &[Setting] = &[$(Setting {
            name: $name,
            unit: $unit,
            default: || $default,
            least: $least,
            what: $what,
            why: $why,
            error: $error,
            set: |limits, number| limits.$field = <$type>::of(number),
        },)*];
    };
}

settings! {
    message_bytes: usize, "max_message_bytes", "BYTES", 4 << 20, least 1,
        "Largest message. A chunk of a submission is one message.",
        "As large as gRPC accepts by default.",
        "RESOURCE_EXHAUSTED, MESSAGE_TOO_LARGE";
    rows: usize, "max_rows", "ROWS", count(intake::Limits::default().max_rows), least 1,
        "Largest number of rows in a submission.",
        "A year of the largest dataset.",
        "RESOURCE_EXHAUSTED, TOO_MANY_ROWS";
    bytes: usize, "max_bytes", "BYTES", count(intake::Limits::default().max_bytes), least 1,
        "Largest content of a submission, as received and as expanded.",
        "Room for the largest number of rows. A submission is in memory until it is stored.",
        "RESOURCE_EXHAUSTED, TOO_MANY_BYTES or EXPANDS_TOO_FAR";
    submissions_per_agency: usize, "max_submissions_per_agency", "N", 4, least 1,
        "Largest number of submissions that one agency may have under way. Further ones are refused.",
        "A few datasets at the same time.",
        "RESOURCE_EXHAUSTED, TOO_MANY_SUBMISSIONS";
    submissions: usize, "max_submissions", "N", 64, least 1,
        "Largest number of submissions that all agencies together may have under way. Further ones are refused.",
        "Sixteen agencies with as many as each may have. A caller states its agency itself, so the limit for each agency \
         alone bounds nothing.",
        "RESOURCE_EXHAUSTED, TOO_MANY_SUBMISSIONS_IN_ALL";
    bytes_under_way: usize, "max_bytes_under_way", "BYTES", 1 << 30, least 1,
        "Largest content of all submissions under way together. A chunk beyond it is refused with its submission.",
        "Two submissions of the largest size.",
        "RESOURCE_EXHAUSTED, TOO_MANY_BYTES_IN_ALL";
    calls_per_connection: u32, "max_calls_per_connection", "N", 128, least 1,
        "Largest number of calls under way on one connection. Further ones wait.",
        "Many more than one client needs, but they bound the memory of a connection.",
        "none: they wait";
    query_measures: usize, "max_query_measures", "N", count(MAX_MEASURES), least 1,
        "Largest number of measures in a query.",
        "All measures of the plan with their variants.",
        "RESOURCE_EXHAUSTED, TOO_MANY_MEASURES";
    query_observations: usize, "max_query_observations", "N", count(MAX_OBSERVATIONS), least 1,
        "Largest number of observations in an answer.",
        "Every ward and month of ten years for ten measures.",
        "RESOURCE_EXHAUSTED, TOO_MANY_OBSERVATIONS";
    count_bytes: usize, "max_count_bytes", "BYTES", 1 << 30, least 1_048_576,
        "Most memory for the counts of records from which queries are answered. Counts that were not asked for lately make \
         room for others. A query whose counts need more than a quarter of it is refused.",
        "The counts of the usual queries over London's records of ten years take a tenth of it.",
        "RESOURCE_EXHAUSTED, TOO_MANY_COUNTS";
    past_loads: usize, "max_past_loads", "N", 1, least 1,
        "Largest number of earlier states of the ledger that are put together at the same time for queries of an instant. \
         Further ones wait.",
        "Each needs a processor core, which queries of the present need too.",
        "none: they wait";
    past_states: usize, "max_past_states", "N", 4, least 1,
        "Largest number of earlier states of the ledger that are kept for further queries.",
        "Rows that are no longer in force and counts need much memory. A few states are enough for callers that page \
         through one answer.",
        "none: the state is put together again";
    idle: Duration, "idle_timeout", "SECONDS", 30, least 1,
        "Longest wait for a caller: for the next bytes of a request, and until it takes the next part of an answer.",
        "A client that reads a file sends bytes every few milliseconds.",
        "DEADLINE_EXCEEDED, IDLE_TOO_LONG or NOT_READ";
    bytes_per_second: u64, "min_bytes_per_second", "BYTES", 1_024, least 1,
        "Slowest request. All waits for the bytes of a request together may take as long as one wait may take, and one \
         second more for each so many bytes.",
        "A tenth of a slow mobile line. A caller that sends a byte now and then is never idle, but never finishes.",
        "DEADLINE_EXCEEDED, TOO_SLOW";
    call: Duration, "call_timeout", "SECONDS", 15 * 60, least 1,
        "Longest time that a call may take until its answer begins. A later deadline of the call does not extend it.",
        "The largest submission over a slow connection takes minutes.",
        "CANCELLED";
    keepalive_interval: Duration, "keepalive_interval", "SECONDS", 30, least 1,
        "Time without traffic on a connection after which the client is asked whether it is still there (PING of HTTP/2).",
        "Soon enough that a client that lost its power does not hold its calls for long.",
        "none";
    keepalive_timeout: Duration, "keepalive_timeout", "SECONDS", 20, least 1,
        "Longest wait for the answer to that question. Then the connection is closed.",
        "Longer than any delay of a network that works.",
        "the connection is closed";
    stop: Duration, "stop_timeout", "SECONDS", 60, least 0,
        "Longest wait for calls under way when the server is told to stop.",
        "A submission that was received is checked and stored in less.",
        "UNAVAILABLE: the connection is closed";
}

macro_rules! fixed {
    ($($name:ident: $type:ty = $value:expr, $size:literal, $what:literal, $why:literal, $error:literal;)*) => {
        $(#[doc = $what] #[doc = ""] #[doc = $why] pub(crate) const $name: $type = $value;)*

        /// The limits that nobody can set.
        pub(crate) const FIXED: &[Fixed] = &[$(Fixed {
            size: || format!($size, $value),
            what: $what,
            why: $why,
            error: $error,
        },)*];
    };
}

fixed! {
    LONGEST_IDENTIFIER: usize = 63, "{} characters",
        "Longest identifier of an agency or a collection.",
        "The form of a label of a domain name (RFC 1034), which AIP-122 recommends for identifiers in resource names.",
        "INVALID_ARGUMENT, FIELD_INVALID";
    LONGEST_WITHDRAWAL_REASON: usize = 1_000, "{} characters",
        "Longest reason of a withdrawal.",
        "A paragraph. It is kept for good.",
        "INVALID_ARGUMENT, FIELD_INVALID";
    LARGEST_CLOCK_LEAD: Duration = Duration::from_secs(24 * 3_600), "{:?}",
        "Time by which the instant of an extraction may be ahead of the exchange's clock.",
        "A wrong time zone does not refuse an extract.",
        "INVALID_ARGUMENT, FIELD_INVALID";
    MOST_MONTHS: usize = 240, "{} months",
        "Most months that a list of reports may span.",
        "Twenty years: more than any register of agencies goes back.",
        "INVALID_ARGUMENT, FIELD_INVALID";
    MASS_DELETION_PERCENT: u64 = 20, "{} %",
        "Share of the rows held for a period above which their deletion must be expected.",
        "A month's return rarely loses a fifth of its rows; half a file, or the file of another month, loses more.",
        "FAILED_PRECONDITION, MASS_DELETE";
    FINDINGS_IN_RECEIPT: usize = 100, "{} findings",
        "Findings in a receipt, as the contract states.",
        "A person can read so many. ListFindings gives all that are kept.",
        "none: the rest is left out";
    FINDINGS_IN_REFUSAL: usize = 20, "{} findings",
        "Findings in the details of a refusal.",
        "The first of them show what is wrong, and a status must stay small.",
        "none: the rest is left out";
    LONGEST_FINDING_IN_REFUSAL: usize = 300, "{} bytes of a header",
        "Longest text of a finding in the details of a refusal.",
        "A status must stay small.",
        "none: the text is cut";
    LONGEST_STATUS_MESSAGE: usize = 2_000, "{} bytes of a header",
        "Longest message of a status, and longest text of its details.",
        "A status travels in a header of HTTP/2, and a header above 16 KB could break the connection.",
        "none: the text is cut";
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
