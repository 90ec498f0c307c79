//! The file of keys.
//!
//! ```toml
//! format = 1
//!
//! [[key]]
//! name = "victims-2017"
//! domain = "police-victim"
//! identity = "name-birth-v1"
//! created_on = "2017-04-01"
//! check = "1f0c2b7e"
//! secret = "64 hexadecimal digits"
//! ```

use jiff::civil::Date;
use toml::Spanned;
use toml::de::{DeTable, DeValue};
use zeroize::Zeroizing;

use super::key::{Domain, KeyError, LinkageKey};
use super::{Identity, wiped};

/// Version of the format.
const FORMAT: &str = "1";

/// The first lines of a file of keys.
const HEADING: &str = "\
# Linkage keys of Peelian. SECRET: whoever has this file can find out whose record is whose.
# Keep it with the pseudonymisation authority, readable by nobody else; never send it with data.
format = 1
";

/// The fields of a key, in their order in the file.
const FIELDS: [&str; 6] = ["name", "domain", "identity", "created_on", "check", "secret"];

/// Why a file of keys was refused. No message contains a part of a secret. The only values of the file in a message are names
/// of keys.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum KeyringError {
    /// The file is not TOML.
    #[error("line {line}: not written as TOML")]
    Syntax {
        /// Line, from 1.
        line: usize,
    },
    /// The file does not have `format = 1`.
    #[error("the file must say `format = 1`: other formats are not read")]
    Format,
    /// The file has no key.
    #[error("the file has no [[key]]")]
    Empty,
    /// The file has something that is not part of the format.
    #[error("line {line}: not a part of the format; a [[key]] has name, domain, identity, created_on, check, secret")]
    Unknown {
        /// Line, from 1.
        line: usize,
    },
    /// A key lacks a field, or the field is not a text.
    #[error("the key of line {line} has no {field}, or it is not a text in quotation marks")]
    Lacks {
        /// Line of the key, from 1.
        line: usize,
        /// The field.
        field: &'static str,
    },
    /// A field has a value that is not allowed.
    #[error("line {line}: {field} must be {expected}")]
    Value {
        /// Line, from 1.
        line: usize,
        /// The field.
        field: &'static str,
        /// The values that are allowed.
        expected: String,
    },
    /// A key is not fit for use.
    #[error("the key of line {line}: {source}")]
    Key {
        /// Line of the key, from 1.
        line: usize,
        /// The reason.
        source: KeyError,
    },
    /// The check value does not fit: a digit of the secret was lost, or the name, the domain or the identity was changed by
    /// hand.
    #[error(
        "the check value of key `{name}` does not fit: its secret, name, domain or identity was changed; restore the \
         file from its backup"
    )]
    Check {
        /// Name of the key.
        name: String,
    },
    /// Two keys have the same name.
    #[error("two keys are named `{name}`")]
    SameName {
        /// The name.
        name: String,
    },
    /// Two keys have the same secret.
    #[error("the keys `{first}` and `{second}` have the same secret: each needs its own")]
    SameSecret {
        /// The first key.
        first: String,
        /// The second key.
        second: String,
    },
    /// There is no such key.
    #[error("there is no key `{name}`; the file has {}", known.join(", "))]
    NoSuchKey {
        /// The name requested.
        name: String,
        /// The names there are.
        known: Vec<String>,
    },
    /// No key was named, and there are several.
    #[error("say which key: the file has {}", known.join(", "))]
    SayWhich {
        /// The names there are.
        known: Vec<String>,
    },
}

/// The keys of one file, of any domains, with earlier keys beside new keys.
#[derive(Debug, Default)]
pub struct Keyring {
    keys: Vec<LinkageKey>,
}

impl Keyring {
    /// Reads a file of keys. The caller overwrites the text when it is done with it.
    ///
    /// # Errors
    ///
    /// [`KeyringError`] for the first fault. A file with a fault is refused as a whole.
    pub fn parse(text: &str) -> Result<Self, KeyringError> {
        let line = |at: usize| text.get(..at).unwrap_or_default().matches('\n').count() + 1;
        // Only the line of a fault is reported: the message of the parser quotes the line, and this may be the secret.
        let document = DeTable::parse(text)
            .map_err(|error| KeyringError::Syntax { line: line(error.span().map_or(0, |s| s.start)) })?;
        let mut found = None;
        let mut format = false;
        for (name, value) in document.get_ref() {
            match (name.get_ref().as_ref(), value.get_ref()) {
                ("format", DeValue::Integer(version)) => format = version.as_str() == FORMAT,
                ("format", _) => return Err(KeyringError::Format),
                ("key", DeValue::Array(keys)) => found = Some(keys),
                _ => return Err(KeyringError::Unknown { line: line(name.span().start) }),
            }
        }
        if !format {
            return Err(KeyringError::Format);
        }
        let mut ring = Self::default();
        for entry in found.into_iter().flat_map(|keys| keys.iter()) {
            let at = line(entry.span().start);
            let DeValue::Table(table) = entry.get_ref() else { return Err(KeyringError::Unknown { line: at }) };
            ring.add(Entry { table, at, line: &line }.key()?)?;
        }
        if ring.keys.is_empty() { Err(KeyringError::Empty) } else { Ok(ring) }
    }

    /// Writes the file of keys. The text contains the secrets, and is overwritten when it is dropped.
    #[must_use]
    pub fn format(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(512 * (self.keys.len() + 1)));
        wiped::push_str(&mut text, HEADING);
        for key in &self.keys {
            wiped::push_str(&mut text, "\n[[key]]\n");
            let created_on = key.created_on().to_string();
            let values = [key.name(), key.domain().id(), key.identity().id(), &created_on, key.check()];
            for (field, value) in FIELDS.iter().zip(values) {
                [*field, " = \"", value, "\"\n"].iter().for_each(|piece| wiped::push_str(&mut text, piece));
            }
            wiped::push_str(&mut text, "secret = \"");
            for byte in key.secret().iter() {
                for digit in [byte >> 4, byte & 15] {
                    wiped::push(&mut text, char::from_digit(digit.into(), 16).unwrap_or('0'));
                }
            }
            wiped::push_str(&mut text, "\"\n");
        }
        text
    }

    /// Adds a key.
    ///
    /// # Errors
    ///
    /// [`KeyringError::SameName`] and [`KeyringError::SameSecret`].
    pub fn add(&mut self, key: LinkageKey) -> Result<(), KeyringError> {
        for known in &self.keys {
            if known.name() == key.name() {
                return Err(KeyringError::SameName { name: key.name().to_owned() });
            }
            if known.secret() == key.secret() {
                return Err(KeyringError::SameSecret {
                    first: known.name().to_owned(),
                    second: key.name().to_owned(),
                });
            }
        }
        self.keys.push(key);
        Ok(())
    }

    /// The keys, in the order of the file.
    #[must_use]
    pub fn keys(&self) -> &[LinkageKey] {
        &self.keys
    }

    /// The key with a name or identifier, or the only key. If there are several keys, one must be named: pseudonyms of the wrong
    /// key would not link with the months before, and nothing would show it.
    ///
    /// # Errors
    ///
    /// [`KeyringError::NoSuchKey`] and [`KeyringError::SayWhich`], with the names in the file.
    pub fn key(&self, name: Option<&str>) -> Result<&LinkageKey, KeyringError> {
        let known = || self.keys.iter().map(|key| key.name().to_owned()).collect();
        match (name, self.keys.as_slice()) {
            (None, [only]) => Ok(only),
            (None, _) => Err(KeyringError::SayWhich { known: known() }),
            (Some(name), keys) => keys
                .iter()
                .find(|key| key.name() == name || key.id() == name)
                .ok_or_else(|| KeyringError::NoSuchKey { name: name.to_owned(), known: known() }),
        }
    }
}

/// One `[[key]]` of a file.
struct Entry<'a> {
    table: &'a DeTable<'a>,
    at: usize,
    line: &'a dyn Fn(usize) -> usize,
}

impl<'a> Entry<'a> {
    fn key(&self) -> Result<LinkageKey, KeyringError> {
        if let Some((name, _)) = self.table.iter().find(|(name, _)| !FIELDS.contains(&name.get_ref().as_ref())) {
            return Err(KeyringError::Unknown { line: (self.line)(name.span().start) });
        }
        let one_of = |names: &[&str]| format!("one of {}", names.join(", "));
        let domain = |id: &str| Domain::from_id(id).ok_or_else(|| one_of(&Domain::ALL.map(Domain::id)));
        let identity = |id: &str| Identity::from_id(id).ok_or_else(|| one_of(&Identity::ALL.map(Identity::id)));
        let date = |text: &str| text.parse::<Date>().map_err(|_| "a date, as 2017-04-01".to_owned());
        let bytes = |text: &str| bytes(text).ok_or_else(|| "64 hexadecimal digits".to_owned());
        let name = self.text("name")?.0;
        let (domain, identity) = (self.read("domain", domain)?, self.read("identity", identity)?);
        let secret = self.read("secret", bytes)?;
        let key = LinkageKey::new(name, domain, identity, self.read("created_on", date)?, &secret)
            .map_err(|source| KeyringError::Key { line: self.at, source })?;
        if self.text("check")?.0 == key.check() {
            Ok(key)
        } else {
            Err(KeyringError::Check { name: name.to_owned() })
        }
    }

    /// The text of a field, and its line.
    fn text(&self, field: &'static str) -> Result<(&'a str, usize), KeyringError> {
        let value: Option<&Spanned<DeValue<'_>>> = self.table.get(field);
        match value.map(|value| (value.get_ref(), value.span())) {
            Some((DeValue::String(text), span)) => Ok((text.as_ref(), (self.line)(span.start))),
            _ => Err(KeyringError::Lacks { line: self.at, field }),
        }
    }

    fn read<T>(&self, field: &'static str, read: impl Fn(&str) -> Result<T, String>) -> Result<T, KeyringError> {
        let (text, line) = self.text(field)?;
        read(text).map_err(|expected| KeyringError::Value { line, field, expected })
    }
}

/// The bytes of hexadecimal digits. The key checks their number.
fn bytes(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let digits = text.as_bytes();
    if digits.len() % 2 == 1 {
        return None;
    }
    // Filled in place: a vector that grows leaves a copy behind.
    let mut bytes = Zeroizing::new(vec![0; digits.len() / 2]);
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        for digit in pair {
            *byte = *byte << 4 | u8::try_from(char::from(*digit).to_digit(16)?).ok()?;
        }
    }
    Some(bytes)
}
