//! The codes of a field, for a finding: with their labels, at most ten, and the nearest to the value first.

use strsim::levenshtein;

use crate::contract::{Field, Kind};
use crate::reference::Reference;

/// Most codes that are told.
const MOST: usize = 10;
/// Longest text that is compared with codes, in bytes: the cost grows with its length.
const LONGEST_COMPARED: usize = 64;

/// The codes that a field accepts, as a sentence; empty for a field without codes.
pub(super) fn told(field: &Field, value: &str, reference: Option<&Reference>) -> String {
    let mut codes: Vec<(&str, &str)> = match &field.kind {
        Kind::Code(codes) | Kind::Set(codes) => {
            codes.codes().iter().map(|code| (code.code.as_str(), code.label.as_str())).collect()
        }
        Kind::OpenCode(name) => {
            let list = reference.and_then(|reference| reference.codes.list(name));
            list.into_iter().flat_map(|list| list.iter().map(|entry| (entry.code(), entry.label()))).collect()
        }
        _ => return String::new(),
    };
    let all = codes.len();
    // The order of the codes must not say what a personal value is like.
    if all > MOST && !field.personal() && value.len() <= LONGEST_COMPARED {
        let value = value.to_lowercase();
        let distance = |text: &str| levenshtein(&value, &text.to_lowercase());
        codes.sort_by_cached_key(|(code, label)| distance(code).min(distance(label)));
    }
    codes.truncate(MOST);
    let codes: Vec<String> = codes.iter().map(|(code, label)| labelled(code, label)).collect();
    match (&field.kind, all > MOST) {
        (Kind::OpenCode(name), true) => format!("The nearest codes of the list {name} are {}.", codes.join(", ")),
        (_, true) => format!("The nearest codes are {}.", codes.join(", ")),
        (_, false) => format!("The codes are {}.", codes.join(", ")),
    }
}

fn labelled(code: &str, label: &str) -> String {
    if label.is_empty() || label.eq_ignore_ascii_case(code) { code.to_owned() } else { format!("{code} ({label})") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::Contract;

    #[test]
    fn at_most_ten_codes_are_told_and_the_nearest_first() {
        let reference = Reference::from_seeds().unwrap();
        let told = |dataset: &str, field: &str, value: &str| {
            let field = Contract::get().dataset(dataset).unwrap().field(field).unwrap();
            told(field, value, Some(&reference))
        };
        let methods = told("istv_attendance", "assault_method", "fire arm");
        assert!(methods.starts_with("The nearest codes are "), "{methods}");
        assert_eq!(methods.matches(", 0").count() + methods.matches(", 9").count(), MOST - 1, "{methods}");
        let classes = told("crime", "ho_class", "28Z");
        assert!(classes.starts_with("The nearest codes of the list ho_class are 28"), "{classes}");
        assert!(told("crime", "knife_use", "x").starts_with("The codes are none ("));
        assert_eq!(told("crime", "recorded_at", "x"), "");
    }
}
