//! Limits on what the fields of a request may hold, read from the contract.
//!
//! The encoded message is walked once, and nothing is built from it. So a request of a few bytes that stands for
//! millions of elements costs what its bytes cost.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use peelian::annotations::v1::Limit;
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};

use super::read;

/// A field of a request that holds more than it may.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct LimitExceeded {
    /// The field: `query.areas`.
    pub field: String,
    /// What is too much, and what is allowed.
    pub problem: String,
}

/// The limits of the fields of one message, by their numbers.
pub(super) type MessageLimits = BTreeMap<u32, FieldLimit>;

/// The limit of one field.
#[derive(Clone, Debug)]
pub(super) struct FieldLimit {
    pub(super) name: String,
    /// `None` if the field has no limit of its own.
    pub(super) limit: Option<Limit>,
    /// Message of the field's values; `None` for other values.
    pub(super) message: Option<String>,
    /// Whether the field holds several values.
    pub(super) repeated: bool,
    /// Whether the values are texts.
    pub(super) text: bool,
}

static LIMITS: LazyLock<BTreeMap<String, MessageLimits>> =
    LazyLock::new(|| read::limits(peelian::DESCRIPTOR_SET).unwrap_or_default());

/// Checks that no field of an encoded message holds more than the contract allows. `message` is its full name.
///
/// # Errors
///
/// [`LimitExceeded`] for the first field that holds too much, or the same element twice. Bytes that are no message of
/// the contract have no limits.
///
/// ```
/// use peelian::v1::Query;
/// use peelian_core::contract::check_limits;
/// use prost::Message as _;
///
/// let query = Query { breakdown: (0..9).map(|n| n.to_string()).collect(), ..Query::default() };
/// let refused = check_limits("peelian.v1.Query", &query.encode_to_vec()).unwrap_err();
/// assert_eq!(refused.to_string(), "breakdown: it has more than 8 elements");
/// let query = Query { breakdown: vec!["sex".to_owned(); 2], ..Query::default() };
/// let refused = check_limits("peelian.v1.Query", &query.encode_to_vec()).unwrap_err();
/// assert_eq!(refused.to_string(), "breakdown: it has an element twice");
/// ```
pub fn check_limits(message: &str, bytes: &[u8]) -> Result<(), LimitExceeded> {
    walk(message, "", bytes)
}

/// The values of one field so far.
#[derive(Default)]
struct Seen<'b> {
    items: u64,
    values: BTreeSet<&'b [u8]>,
    numbers: BTreeSet<u64>,
}

fn walk(message: &str, path: &str, mut bytes: &[u8]) -> Result<(), LimitExceeded> {
    let Some(fields) = LIMITS.get(message) else { return Ok(()) };
    let mut seen: BTreeMap<u32, Seen<'_>> = BTreeMap::new();
    while !bytes.is_empty() {
        let Ok((number, wire_type)) = decode_key(&mut bytes) else { return Ok(()) };
        let Some(field) = fields.get(&number) else {
            if skip_field(wire_type, number, &mut bytes, DecodeContext::default()).is_err() {
                return Ok(());
            }
            continue;
        };
        let seen = seen.entry(number).or_default();
        let path = if path.is_empty() { field.name.clone() } else { format!("{path}.{}", field.name) };
        match wire_type {
            WireType::LengthDelimited => {
                let Some(value) = value(&mut bytes) else { return Ok(()) };
                match &field.message {
                    Some(inner) => walk(inner, &path, value)?,
                    None if field.repeated && !field.text => numbers(field, &path, value, seen)?,
                    None => text(field, &path, value, seen)?,
                }
                if field.message.is_some() {
                    count(field, &path, seen)?;
                }
            }
            WireType::Varint => {
                let Ok(number) = decode_varint(&mut bytes) else { return Ok(()) };
                if field.repeated {
                    once(field, &path, seen.numbers.insert(number))?;
                    count(field, &path, seen)?;
                }
            }
            _ => {
                if skip_field(wire_type, number, &mut bytes, DecodeContext::default()).is_err() {
                    return Ok(());
                }
                count(field, &path, seen)?;
            }
        }
    }
    Ok(())
}

/// The bytes of a value whose length comes first.
fn value<'b>(bytes: &mut &'b [u8]) -> Option<&'b [u8]> {
    let length = usize::try_from(decode_varint(bytes).ok()?).ok()?;
    let (value, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(value)
}

fn text<'b>(field: &FieldLimit, path: &str, value: &'b [u8], seen: &mut Seen<'b>) -> Result<(), LimitExceeded> {
    let most = field.limit.as_ref().map_or(0, |limit| limit.length);
    if most > 0 && value.len() > usize::try_from(most).unwrap_or(usize::MAX) {
        return Err(exceeded(path, format!("it has more than {most} bytes")));
    }
    if field.repeated {
        count(field, path, seen)?;
        once(field, path, seen.values.insert(value))?;
    }
    Ok(())
}

/// Numbers that are packed in one value.
fn numbers(field: &FieldLimit, path: &str, mut value: &[u8], seen: &mut Seen<'_>) -> Result<(), LimitExceeded> {
    while !value.is_empty() {
        let Ok(number) = decode_varint(&mut value) else { return Ok(()) };
        count(field, path, seen)?;
        once(field, path, seen.numbers.insert(number))?;
    }
    Ok(())
}

fn count(field: &FieldLimit, path: &str, seen: &mut Seen<'_>) -> Result<(), LimitExceeded> {
    seen.items += 1;
    let most = field.limit.as_ref().map_or(0, |limit| limit.items);
    if most > 0 && seen.items > u64::from(most) {
        return Err(exceeded(path, format!("it has more than {most} elements")));
    }
    Ok(())
}

fn once(field: &FieldLimit, path: &str, new: bool) -> Result<(), LimitExceeded> {
    let distinct = field.limit.as_ref().is_some_and(|limit| limit.distinct);
    if distinct && !new { Err(exceeded(path, "it has an element twice".to_owned())) } else { Ok(()) }
}

fn exceeded(path: &str, problem: String) -> LimitExceeded {
    LimitExceeded { field: path.to_owned(), problem }
}

/// The limit of one field, as the contract states it.
#[derive(Clone, Copy, Debug)]
pub struct StatedLimit {
    /// Full name of the message.
    pub message: &'static str,
    /// Name of the field.
    pub field: &'static str,
    /// The limit. A number that is 0 limits nothing.
    pub limit: Limit,
}

/// All limits that the contract states, in the order of messages and fields.
pub fn stated_limits() -> impl Iterator<Item = StatedLimit> {
    let of_message = |(message, fields): (&'static String, &'static MessageLimits)| {
        let stated =
            |field: &'static FieldLimit| Some(StatedLimit { message, field: &field.name, limit: field.limit? });
        fields.values().filter_map(stated)
    };
    LIMITS.iter().flat_map(of_message)
}

/// The limits of the messages of the contract, by their full names.
#[cfg(test)]
fn all() -> &'static BTreeMap<String, MessageLimits> {
    &LIMITS
}

#[cfg(test)]
mod tests {
    use peelian::v1::{ListReportsRequest, Query, QueryObservationsRequest};
    use proptest::prelude::*;
    use prost::Message as _;

    use super::*;

    fn refused(query: Query) -> String {
        let request = QueryObservationsRequest { query: Some(query), ..QueryObservationsRequest::default() };
        let checked = check_limits("peelian.v1.QueryObservationsRequest", &request.encode_to_vec());
        checked.map_or_else(|error| error.to_string(), |()| String::new())
    }

    #[test]
    fn one_below_at_and_above_a_limit() {
        let measures =
            |count: usize| Query { measures: (0..count).map(|n| format!("m{n}")).collect(), ..Query::default() };
        assert_eq!(refused(measures(100)), "");
        assert_eq!(refused(measures(101)), "query.measures: it has more than 100 elements");
        let long = |length: usize| Query { measures: vec!["m".repeat(length)], ..Query::default() };
        assert_eq!(refused(long(200)), "");
        assert_eq!(refused(long(201)), "query.measures: it has more than 200 bytes");
        let many = Query { comparisons: vec![3; 3_500_000], ..Query::default() };
        assert_eq!(refused(many), "query.comparisons: it has an element twice");
        let periods = Query { periods: vec!["1900-01..2199-12".to_owned(); 150_000], ..Query::default() };
        assert_eq!(refused(periods), "query.periods: it has an element twice");
    }

    /// A text or a list without a limit would be a way to make the server build anything.
    #[test]
    fn every_text_and_every_list_of_a_request_has_a_limit() {
        let requests = all().iter().filter(|(name, _)| {
            name.starts_with("peelian.v1.")
                && (name.ends_with("Request") || name.ends_with("Query") || name.ends_with("Header"))
        });
        let mut checked = 0;
        for (name, fields) in requests {
            for field in fields.values().filter(|field| field.repeated || field.text) {
                let limit = field.limit.unwrap_or_default();
                assert!(!field.repeated || limit.items > 0, "{name}.{} has no limit of its elements", field.name);
                assert!(!field.text || limit.length > 0, "{name}.{} has no limit of its length", field.name);
                checked += 1;
            }
        }
        assert!(checked > 40, "{checked}");
    }

    proptest! {
        #[test]
        fn no_bytes_stop_the_walk(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            _ = check_limits("peelian.v1.QueryObservationsRequest", &bytes);
        }

        #[test]
        fn what_is_within_the_limits_is_accepted(agency in "[a-z]{0,64}", period in "[0-9-]{0,50}") {
            let request = ListReportsRequest { agency, period, ..ListReportsRequest::default() };
            prop_assert_eq!(check_limits("peelian.v1.ListReportsRequest", &request.encode_to_vec()), Ok(()));
        }
    }
}
