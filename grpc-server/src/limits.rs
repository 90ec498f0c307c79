//! Every limit that a caller can meet, each once: its size, the reason for it, and the error that states it.
//!
//! [`Limits`] are those that an operator can set, and [`SETTINGS`] describes them. Flags, variables of the environment,
//! names in the configuration file, their help and `docs/limits.md` are all made from it. The constants, which
//! [`FIXED`] describes, are part of the contract or of the exchange's rules. Limits of single fields are in the contract
//! itself. Sizes of pages are in [`peelian::page_size`], because clients need them too.
//!
//! The memory of the process is divided here, too: see [`SHARES`].

use std::time::Duration;

use peelian_core::engine::{MAX_MEASURES, MAX_OBSERVATIONS};
use peelian_core::intake;

use crate::memory;

/// A limit that an operator can set.
#[derive(Debug)]
pub(crate) struct Setting {
    /// Its name in a configuration file. The flag has hyphens, the variable of the environment is `PEELIAN_` and the
    /// name in capitals.
    pub(crate) name: &'static str,
    /// Unit: `BYTES`.
    pub(crate) unit: &'static str,
    /// The default.
    pub(crate) default: Preset,
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

/// The default of a limit.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Preset {
    /// A number.
    Is(fn() -> u64),
    /// So many of the [`SHARES`] of the memory that is divided.
    Shares(fn() -> u64),
    /// A number, but not more than so many shares.
    AtMost(fn() -> u64, u64),
    /// So many quarters of the memory that the system gives.
    QuartersOfSystem(fn() -> u64),
}

/// Memory of the program itself: its code, the reference data, the definitions of measures, the heads of submissions. The
/// rest of `memory` is divided.
const PROGRAM_BYTES: u64 = 128 << 20;

/// The memory that is divided has so many shares. Those that no limit has are for what calls need for a moment, and for what
/// the allocator keeps.
const SHARES: u64 = 17;

/// Name of the setting of the memory that is divided.
pub(crate) const MEMORY: &str = "memory";

/// Least memory of the process: that of the program, and as much again.
const LEAST_MEMORY: u64 = 2 * PROGRAM_BYTES;

impl Preset {
    /// The default where the process may use so much memory.
    fn number(self, memory: u64) -> u64 {
        let share = memory.saturating_sub(PROGRAM_BYTES) / SHARES;
        match self {
            Self::Is(number) => number(),
            Self::Shares(shares) => shares().saturating_mul(share),
            Self::AtMost(number, shares) => number().min(shares.saturating_mul(share)),
            Self::QuartersOfSystem(quarters) => (memory::given() / 4).saturating_mul(quarters()).max(LEAST_MEMORY),
        }
    }
}

impl Setting {
    /// The default for people, in the largest unit in which it is a whole number.
    pub(crate) fn stated_default(&self) -> String {
        let size = |number: u64| match self.unit {
            "BYTES" if number > 0 && number.is_multiple_of(1 << 30) => format!("{} GiB", number >> 30),
            "BYTES" if number > 0 && number.is_multiple_of(1 << 20) => format!("{} MiB", number >> 20),
            "N" => number.to_string(),
            unit => format!("{number} {}", unit.to_lowercase()),
        };
        match self.default {
            Preset::Is(number) => size(number()),
            Preset::Shares(shares) => format!("{}/{SHARES} of the divided memory", shares()),
            Preset::AtMost(number, shares) => {
                format!("{}, at most {shares}/{SHARES} of the divided memory", size(number()))
            }
            Preset::QuartersOfSystem(quarters) => format!("{}/4 of what the system gives", quarters()),
        }
    }
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
    ($($field:ident: $type:ty, $name:literal, $unit:literal, $preset:ident($default:expr $(, $shares:literal)?),
        least $least:literal, $what:literal, $why:literal, $error:literal;)*) => {
        /// Limits that an operator can set.
        #[derive(Clone, Copy, Debug)]
        pub(crate) struct Limits {
            $(#[doc = $what] pub(crate) $field: $type,)*
        }

        impl Limits {
            /// The defaults where the process may use so much memory.
            pub(crate) fn of_memory(bytes: u64) -> Self {
                let of = |preset: Preset| preset.number(bytes);
                Self { memory: bytes, ..Self { $($field: <$type>::of(of(Preset::$preset(|| $default $(, $shares)?))),)* } }
            }
        }

        /// The limits that an operator can set.
        pub(crate) const SETTINGS: &[Setting] = &[$(Setting {
            name: $name,
            unit: $unit,
            default: Preset::$preset(|| $default $(, $shares)?),
            least: $least,
            what: $what,
            why: $why,
            error: $error,
            set: |limits, number| limits.$field = <$type>::of(number),
        },)*];
    };
}

settings! {
    memory: u64, "memory", "BYTES", QuartersOfSystem(3), least 268_435_456,
        "Memory of the whole process. 128 MiB of it are for the program itself. The rest is divided: the limits of the parts \
         have shares of it as their defaults.",
        "Three quarters of what the machine, its control group or its resource limit gives. The rest is for other programs \
         and for the files that the system keeps in memory.",
        "that of the part";
    held_bytes: usize, "max_held_bytes", "BYTES", Shares(6), least 1_048_576,
        "Most memory for the rows in force, with what is derived from them. A submission that would take more is refused \
         before it is stored. A server that starts with more says so and answers queries.",
        "The largest part: every query reads them.",
        "RESOURCE_EXHAUSTED, TOO_MANY_ROWS_HELD";
    message_bytes: usize, "max_message_bytes", "BYTES", Is(4 << 20), least 1,
        "Largest message. A chunk of a submission is one message.",
        "As large as gRPC accepts by default.",
        "RESOURCE_EXHAUSTED, MESSAGE_TOO_LARGE";
    rows: usize, "max_rows", "ROWS", Is(count(intake::Limits::default().max_rows)), least 1,
        "Largest number of rows in a submission.",
        "A year of the largest dataset.",
        "RESOURCE_EXHAUSTED, TOO_MANY_ROWS";
    bytes: usize, "max_bytes", "BYTES", AtMost(count(intake::Limits::default().max_bytes), 3), least 1,
        "Largest content of a submission, as received and as expanded.",
        "Room for the largest number of rows. A submission is in memory until it is stored, so it is not more than all \
         submissions under way may have.",
        "RESOURCE_EXHAUSTED, TOO_MANY_BYTES or EXPANDS_TOO_FAR";
    submissions_per_agency: usize, "max_submissions_per_agency", "N", Is(4), least 1,
        "Largest number of submissions that one agency may have under way. Further ones are refused.",
        "A few datasets at the same time.",
        "RESOURCE_EXHAUSTED, TOO_MANY_SUBMISSIONS";
    submissions: usize, "max_submissions", "N", Is(64), least 1,
        "Largest number of submissions that all agencies together may have under way. Further ones are refused.",
        "Sixteen agencies with as many as each may have. Where callers need no identity, they state their agency themselves, \
         so the limit for each agency alone bounds nothing.",
        "RESOURCE_EXHAUSTED, TOO_MANY_SUBMISSIONS_IN_ALL";
    calls: usize, "max_calls", "N", Is(4_096), least 1,
        "Largest number of calls that all callers together may have under way. Further ones are refused.",
        "Many more than are answered at the same time: the rest wait for their turn, and take some memory.",
        "RESOURCE_EXHAUSTED, TOO_MANY_CALLS_IN_ALL";
    calls_per_agency: usize, "max_calls_per_agency", "N", Is(256), least 1,
        "Largest number of calls that one agency may have under way. Further ones are refused.",
        "Two connections full of calls. One agency leaves room for fifteen others.",
        "RESOURCE_EXHAUSTED, TOO_MANY_CALLS";
    calls_per_minute: u64, "max_calls_per_minute", "N", Is(30_000), least 1,
        "Most calls that one agency may make in a minute. They come back evenly.",
        "Five hundred a second: half of what one core answers of the shortest queries.",
        "RESOURCE_EXHAUSTED, TOO_MANY_CALLS_A_MINUTE";
    bytes_per_hour: u64, "max_bytes_per_hour", "BYTES", Is(16 << 30), least 1,
        "Most bytes that one agency may send and receive in an hour. They come back evenly. A call that began is finished, and \
         its bytes count.",
        "Every dataset of ten years at once, and the answers of the largest queries all day.",
        "RESOURCE_EXHAUSTED, TOO_MANY_BYTES_AN_HOUR";
    rows_per_hour: u64, "max_rows_per_hour", "ROWS", Is(50_000_000), least 1,
        "Most rows that one agency may submit in an hour. They come back evenly. A submission that began is finished, and its \
         rows count.",
        "Every dataset of ten years at once.",
        "RESOURCE_EXHAUSTED, TOO_MANY_ROWS_AN_HOUR";
    connections: usize, "max_connections", "N", Is(1_024), least 1,
        "Largest number of open connections. Further ones are closed at once.",
        "Thirty for each of the agencies of the register that call every day, and less than the files that a process may \
         usually have open.",
        "the connection is closed";
    connections_per_agency: usize, "max_connections_per_agency", "N", Is(64), least 1,
        "Largest number of open connections on which one agency makes calls. Calls on further ones are refused.",
        "A program needs one, whatever it asks.",
        "RESOURCE_EXHAUSTED, TOO_MANY_CONNECTIONS";
    bytes_under_way: usize, "max_bytes_under_way", "BYTES", Shares(3), least 1,
        "Largest content of all submissions under way together, as received or as its rows take in memory, whichever is \
         more. A chunk beyond it is refused with its submission.",
        "Several of the usual submissions at the same time.",
        "RESOURCE_EXHAUSTED, TOO_MANY_BYTES_IN_ALL";
    calls_per_connection: u32, "max_calls_per_connection", "N", Is(128), least 1,
        "Largest number of calls under way on one connection. Further ones wait.",
        "Many more than one client needs, but they bound the memory of a connection.",
        "none: they wait";
    query_measures: usize, "max_query_measures", "N", Is(count(MAX_MEASURES)), least 1,
        "Largest number of measures in a query.",
        "All measures of the plan with their variants.",
        "RESOURCE_EXHAUSTED, TOO_MANY_MEASURES";
    query_observations: usize, "max_query_observations", "N", Is(count(MAX_OBSERVATIONS)), least 1,
        "Largest number of observations in an answer.",
        "Every ward and month of ten years for ten measures.",
        "RESOURCE_EXHAUSTED, TOO_MANY_OBSERVATIONS";
    count_bytes: usize, "max_count_bytes", "BYTES", Shares(3), least 1_048_576,
        "Most memory for the counts of records from which queries are answered. Counts that were not asked for lately make \
         room for others. A query whose counts need more than a quarter of it is refused.",
        "The counts of the usual queries over London's records of ten years take 100 MiB.",
        "RESOURCE_EXHAUSTED, TOO_MANY_COUNTS";
    past_loads: usize, "max_past_loads", "N", Is(1), least 1,
        "Largest number of earlier states of the ledger that are put together at the same time for queries of an instant. \
         Further ones wait.",
        "Each needs a processor core, which queries of the present need too.",
        "none: they wait";
    past_states: usize, "max_past_states", "N", Is(4), least 1,
        "Largest number of earlier states of the ledger that are kept for further queries.",
        "Rows that are no longer in force and counts need much memory. A few states are enough for callers that page \
         through one answer.",
        "none: the state is put together again";
    past_bytes: usize, "max_past_bytes", "BYTES", Shares(2), least 1_048_576,
        "Most memory for the rows of earlier states that are not in force now. The states asked for least lately make room \
         for others. A state that needs more is refused.",
        "A third of what the rows in force may take.",
        "RESOURCE_EXHAUSTED, TOO_MANY_PAST_ROWS";
    answer_bytes: usize, "max_answer_bytes", "BYTES", Shares(1), least 1_048_576,
        "Most memory for the pages of answers that their callers have not taken yet. A page beyond it is refused if it is \
         larger than 64 KiB.",
        "Hundreds of pages of the usual size. Small ones are always answered, so that callers who do not read hold up nobody.",
        "RESOURCE_EXHAUSTED, TOO_MANY_ANSWERS";
    release_bytes: usize, "max_release_bytes", "BYTES", Shares(1), least 1_048_576,
        "Most memory for making a release, with what is known of those that were published before. Releases are made one at a \
         time. One that would need more is refused before it is computed.",
        "An observation takes 6 KiB: with 8 GiB of memory, there is room for 60,000 of them.",
        "RESOURCE_EXHAUSTED, RELEASE_TOO_LARGE";
    idle: Duration, "idle_timeout", "SECONDS", Is(30), least 1,
        "Longest wait for a caller: for the next bytes of a request, and until it takes the next part of an answer.",
        "A client that reads a file sends bytes every few milliseconds.",
        "DEADLINE_EXCEEDED, IDLE_TOO_LONG or NOT_READ";
    bytes_per_second: u64, "min_bytes_per_second", "BYTES", Is(1_024), least 1,
        "Slowest request. All waits for the bytes of a request together may take as long as one wait may take, and one \
         second more for each so many bytes.",
        "A tenth of a slow mobile line. A caller that sends a byte now and then is never idle, but never finishes.",
        "DEADLINE_EXCEEDED, TOO_SLOW";
    call: Duration, "call_timeout", "SECONDS", Is(15 * 60), least 1,
        "Longest time that a call may take until its answer begins. A later deadline of the call does not extend it.",
        "The largest submission over a slow connection takes minutes.",
        "CANCELLED";
    keepalive_interval: Duration, "keepalive_interval", "SECONDS", Is(30), least 1,
        "Time without traffic on a connection after which the client is asked whether it is still there (PING of HTTP/2).",
        "Soon enough that a client that lost its power does not hold its calls for long.",
        "none";
    keepalive_timeout: Duration, "keepalive_timeout", "SECONDS", Is(20), least 1,
        "Longest wait for the answer to that question. Then the connection is closed.",
        "Longer than any delay of a network that works.",
        "the connection is closed";
    stop: Duration, "stop_timeout", "SECONDS", Is(60), least 0,
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
    LARGEST_HEADERS: u32 = 16 << 10, "{} bytes",
        "Largest list of headers of a request.",
        "The default of HTTP/2 libraries. A token and a deadline take less than 200.",
        "the call is refused by HTTP/2 (431)";
    MOST_RESETS: usize = 20, "{} streams",
        "Most streams that a client may have reset before the server has looked at them.",
        "Such a client makes work and waits for nothing (CVE-2023-44487).",
        "the connection is closed";
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
    FINDINGS_IN_REFUSAL: usize = 15, "{} findings",
        "Findings in the details of a refusal.",
        "The first of them show what is wrong. A client of gRPC's own library refuses some statuses above 8 KB, at random.",
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

/// The memory of the process if no other is set.
pub(crate) fn default_memory() -> u64 {
    SETTINGS.iter().find(|setting| setting.name == MEMORY).map_or(LEAST_MEMORY, |setting| setting.default.number(0))
}

impl Limits {
    /// The memory of all parts together, with that of the program.
    pub(crate) fn memory_of_parts(&self) -> u64 {
        let Self { held_bytes, count_bytes, bytes_under_way, past_bytes, answer_bytes, release_bytes, .. } = *self;
        let parts = [held_bytes, count_bytes, bytes_under_way, past_bytes, answer_bytes, release_bytes];
        parts.into_iter().map(count).fold(PROGRAM_BYTES, u64::saturating_add)
    }
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_fit_into_the_memory() {
        for memory in [LEAST_MEMORY, 512 << 20, 3 << 30, 18 << 30, 1 << 40] {
            let limits = Limits::of_memory(memory);
            let parts = limits.memory_of_parts();
            assert!(parts <= memory && parts > memory / 2, "{parts} of {memory}");
            assert!(limits.bytes <= limits.bytes_under_way);
            assert!(limits.bytes <= intake::Limits::default().max_bytes);
        }
        assert!(default_memory() >= LEAST_MEMORY);
    }

    #[test]
    fn memory_has_no_lower_default_than_may_be_set() {
        let memory = SETTINGS.iter().find(|setting| setting.name == MEMORY).unwrap();
        assert_eq!(memory.least, LEAST_MEMORY);
    }
}
