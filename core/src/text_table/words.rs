//! Texts without the space around them, and headings without regard to how they are written.

/// A text without space at its edges. Spaces that do not break or have no width are space too: they come with copies from
/// web pages and word processors.
pub(crate) fn trimmed(text: &str) -> &str {
    let text = text.trim_ascii();
    let is_plain = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii);
    if is_plain(text.as_bytes().first()) && is_plain(text.as_bytes().last()) {
        return text;
    }
    text.trim_matches(is_space)
}

fn is_space(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}')
}

/// The letters and digits of a heading in lower case: `Area Code`, `area_code` and `AREA-CODE` are one heading.
pub(crate) fn heading_key(heading: &str) -> String {
    heading.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Whether a heading is a name, without regard to case, spaces and punctuation.
pub(crate) fn is_heading(heading: &str, name: &str) -> bool {
    let letters = |text: &'_ str| {
        text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect::<Vec<_>>()
    };
    heading == name || letters(heading) == letters(name)
}

/// Whether a text is the name of a row with totals.
pub(crate) fn is_total(text: &str) -> bool {
    ["total", "totals", "grand total"].iter().any(|name| text.eq_ignore_ascii_case(name))
}

/// The letters under which a spreadsheet shows a column, from its index: 0 is `A`, 26 is `AA`.
pub(crate) fn column_letters(index: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = index + 1;
    while rest > 0 {
        rest -= 1;
        letters.push(char::from(b'A' + u8::try_from(rest % 26).unwrap_or(0)));
        rest /= 26;
    }
    letters.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_space_is_trimmed() {
        for text in ["x", " x\t", "\u{a0}x\u{a0}", "\u{feff} x\u{200b}", "\u{2007}\u{202f}x\r", "\u{3000}x\u{ad}"] {
            assert_eq!(trimmed(text), "x", "{text:?}");
        }
        assert_eq!(trimmed("\u{a0}\u{a0}"), "");
        assert_eq!(trimmed("é é"), "é é");
    }

    #[test]
    fn headings_are_compared_by_their_letters_and_digits() {
        for heading in ["Area Code", "area_code", "AREA-CODE", "Area.Code", "area\u{a0}code", "AreaCode"] {
            assert!(is_heading(heading, "area_code"), "{heading}");
        }
        assert!(!is_heading("area", "area_code"));
        assert_eq!(heading_key("SITE CODE (OF TREATMENT)"), "sitecodeoftreatment");
    }

    #[test]
    fn columns_have_the_letters_of_a_spreadsheet() {
        for (index, letters) in [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (701, "ZZ"), (702, "AAA")] {
            assert_eq!(column_letters(index), letters);
        }
    }
}
