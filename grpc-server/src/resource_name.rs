//! Resource names: `agencies/{id}/submissions/{ulid}`, `datasets/{id}` (AIP-122).

use crate::limits::LONGEST_IDENTIFIER;

/// Characters of a ULID.
const ULID_LENGTH: usize = 26;

/// Name of a submission.
pub(crate) fn submission(agency: &str, ulid: &str) -> String {
    format!("agencies/{agency}/submissions/{ulid}")
}

/// The agency and the identifier in the name of a submission.
pub(crate) fn parse_submission(name: &str) -> Option<(&str, &str)> {
    let (agency, ulid) = name.strip_prefix("agencies/")?.split_once("/submissions/")?;
    (is_id(agency) && ulid.len() == ULID_LENGTH && ulid.bytes().all(|byte| byte.is_ascii_alphanumeric()))
        .then_some((agency, ulid))
}

/// Name of a release.
pub(crate) fn release(id: &str) -> String {
    format!("releases/{id}")
}

/// Whether a text is the identifier of a release: a lower-case letter or a digit, then lower-case letters, digits and hyphens, at
/// most [`LONGEST_IDENTIFIER`] characters in all.
pub(crate) fn is_release_id(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    text.len() <= LONGEST_IDENTIFIER
        && text.bytes().next().is_some_and(plain)
        && text.bytes().all(|byte| plain(byte) || byte == b'-')
}

/// The identifier in a name such as `datasets/crime`.
pub(crate) fn parse<'n>(collection: &str, name: &'n str) -> Option<&'n str> {
    let id = name.strip_prefix(collection)?.strip_prefix('/')?;
    (!id.is_empty() && !id.contains('/')).then_some(id)
}

/// Whether a text is an identifier: a lower-case letter, then lower-case letters, digits and hyphens, at most
/// [`LONGEST_IDENTIFIER`] characters in all.
pub(crate) fn is_id(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    text.len() <= LONGEST_IDENTIFIER
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_written_can_be_read() {
        let name = submission("mps", "01ARZ3NDEKTSV4RRFFQ69G5FAV");
        assert_eq!(parse_submission(&name), Some(("mps", "01ARZ3NDEKTSV4RRFFQ69G5FAV")));
        assert_eq!(parse_submission("agencies/mps/submissions/short"), None);
        assert_eq!(parse("datasets", "datasets/crime"), Some("crime"));
        assert_eq!(parse("datasets", "datasets/"), None);
        assert!(is_release_id("2017-03") && is_release_id("plan") && release("plan") == "releases/plan");
        assert!(["", "-a", "A", "a/b", "..", "a.b"].iter().all(|text| !is_release_id(text)));
        assert!(is_id("city-of-london") && !is_id("Mps") && !is_id("1st") && !is_id(""));
    }
}
