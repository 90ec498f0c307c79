//! Names.

use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

use super::Unusable;
use crate::pseudonym::wiped;

/// Titles that are written before a name.
const TITLES: &[&str] = &["MR", "MRS", "MS", "MISS", "MX", "DR", "PROF", "REV", "SIR"];

/// Suffixes that distinguish a father from a son; the date of birth does that better.
const SUFFIXES: &[&str] = &["JR", "JNR", "SR", "SNR", "II", "III"];

/// Beginnings of surnames with two spellings: the long spelling is replaced by the short one.
const BEGINNINGS: &[(&str, &str)] = &[("MAC", "MC"), ("SAINT", "ST")];

/// Number of letters that must follow a beginning: `Mack` and `Macey` are other names.
const LETTERS_AFTER: usize = 3;

/// Entries for an unknown name. A person who really has such a name gets no pseudonym, and counts as a person who cannot be
/// linked. This is better than a link with all unknown persons.
const PLACEHOLDERS: &str = "ANON ANONYMOUS BABY BABYBOY BABYGIRL FEMALE MALE NK NONAME NONE NOTAPPLICABLE NOTDISCLOSED \
    NOTGIVEN NOTKNOWN NOTRECORDED NOTSTATED NOTSUPPLIED NULL REDACTED REFUSED TBA TBC TEST UNK UNKNOWN UNKNOWNFEMALE \
    UNKNOWNMALE VICTIM WITHHELD XX XXX XXXX";

/// A forename: only letters, in capitals, without accents and titles.
pub(in crate::pseudonym) fn forename(raw: &str) -> Result<Zeroizing<String>, Unusable> {
    let name = joined(&words(raw)?, &[]);
    let name = named(name, raw)?;
    if name.chars().count() == 1 { Err(Unusable::Initial) } else { Ok(name) }
}

/// A surname: the same, without suffixes such as `JR`, and with `Mac` and `Saint` shortened.
pub(in crate::pseudonym) fn surname(raw: &str) -> Result<Zeroizing<String>, Unusable> {
    let name = joined(&words(raw)?, SUFFIXES);
    let begun = BEGINNINGS.iter().find_map(|(long, short)| Some((name.strip_prefix(long)?, short)));
    let name = match begun {
        Some((rest, short)) if rest.chars().count() >= LETTERS_AFTER => {
            let mut shortened = Zeroizing::new(String::with_capacity(name.len()));
            wiped::push_str(&mut shortened, short);
            wiped::push_str(&mut shortened, rest);
            shortened
        }
        _ => name,
    };
    named(name, raw)
}

fn named(name: Zeroizing<String>, raw: &str) -> Result<Zeroizing<String>, Unusable> {
    if name.is_empty() {
        Err(Unusable::Missing)
    } else if PLACEHOLDERS.split(' ').any(|known| known == name.as_str()) || raw.trim().eq_ignore_ascii_case("n/a") {
        Err(Unusable::Placeholder)
    } else {
        Ok(name)
    }
}

/// The words of a name, separated by spaces, in capitals and without accents. Text in brackets, such as a former or a familiar
/// name, is left out.
fn words(raw: &str) -> Result<Zeroizing<String>, Unusable> {
    let mut words = Zeroizing::new(String::with_capacity(raw.len() + 8));
    let mut brackets = 0_u32;
    for letter in raw.nfkd() {
        match letter {
            '(' | '[' => brackets += 1,
            ')' | ']' => brackets = brackets.saturating_sub(1),
            _ if brackets > 0 || is_accent(letter) => {}
            _ if letter.is_numeric() || letter == '@' => return Err(Unusable::NotAName),
            _ if letter.is_alphabetic() && !is_sign(letter) => capitals(&mut words, letter),
            _ if words.ends_with(' ') => {}
            _ => wiped::push(&mut words, ' '),
        }
    }
    Ok(words)
}

/// Combining accents of decomposed letters. Vowel signs of other scripts are not accents: without them one name would become
/// another.
fn is_accent(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36f}')
}

/// Characters that Unicode counts as letters: the apostrophes in Hawaiian, Arabic or Ukrainian names.
fn is_sign(letter: char) -> bool {
    matches!(letter, '\u{2b0}'..='\u{2ff}')
}

/// Appends a letter in capitals. Letters with a stroke and ligatures have no combining accent, so they are replaced here.
fn capitals(words: &mut Zeroizing<String>, letter: char) {
    let plain = match letter {
        'Æ' | 'æ' => "AE",
        'Ð' | 'ð' | 'Đ' | 'đ' => "D",
        'Ħ' | 'ħ' => "H",
        'Ł' | 'ł' => "L",
        'Ø' | 'ø' => "O",
        'Œ' | 'œ' => "OE",
        'ẞ' => "SS",
        'Þ' | 'þ' => "TH",
        'Ŧ' | 'ŧ' => "T",
        _ => return letter.to_uppercase().for_each(|capital| wiped::push(words, capital)),
    };
    wiped::push_str(words, plain);
}

/// The words without spaces, without titles before them and suffixes after them. At least one word is kept.
fn joined(words: &str, suffixes: &[&str]) -> Zeroizing<String> {
    let mut words: Vec<&str> = words.split(' ').filter(|word| !word.is_empty()).collect();
    let titles = words.iter().take_while(|word| TITLES.contains(word)).count();
    words.drain(..titles.min(words.len().saturating_sub(1)));
    while words.len() > 1 && words.last().is_some_and(|word| suffixes.contains(word)) {
        words.pop();
    }
    let mut joined = Zeroizing::new(String::with_capacity(64));
    words.iter().for_each(|word| wiped::push_str(&mut joined, word));
    joined
}
