//! Pseudonyms of persons, made before records leave the program that holds the names.

use std::ffi::c_char;
use std::fs::File;
use std::io::Read as _;
use std::ptr::null;

use peelian_core::pseudonym::{Keyring as Keys, LinkageKey};
use zeroize::Zeroizing;

use crate::error::{Error, Outcome, Status};
use crate::guard::{attempt, make};
use crate::pointer::{Array, In, Out, Owned, Text};
use crate::texts::Texts;
use crate::views::Views;

/// Bytes of a pseudonym as text: 64 hexadecimal digits and their NUL.
pub const PSEUDONYM_SIZE: usize = 65;

/// A linkage key, without its secret. It belongs to its keyring. No text is NULL.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Identifier: "victims-2017.0123abcd". Records have it beside each pseudonym, in the field linkage_key_id.
    pub id: *const c_char,
    /// Name that people gave to the key: "victims-2017".
    pub name: *const c_char,
    /// Linkage domain: whose pseudonyms may be linked, "police-victim".
    pub domain: *const c_char,
    /// Identity: the parts that identify a person, with the version of their rules, "name-birth-v1".
    pub identity: *const c_char,
    /// Parts of the identity, in the order in which peelian_pseudonymise() takes them: "forename", "surname",
    /// "date_of_birth".
    pub parts: *const *const c_char,
    /// Number of parts.
    pub part_count: usize,
}

/// The linkage keys of one file. Free it with peelian_keyring_free(), which overwrites its secrets. Any number of threads
/// may use it at the same time.
pub struct Keyring {
    keys: Keys,
    views: Views<Key>,
    #[expect(dead_code, reason = "the views point into it")]
    parts: Vec<Vec<*const c_char>>,
    #[expect(dead_code, reason = "the views point into it")]
    texts: Texts,
}

impl Keyring {
    fn parse(text: &str) -> Outcome<Self> {
        let keys = Keys::parse(text)?;
        let mut texts = Texts::default();
        let part_names = |key: &LinkageKey| key.identity().parts().iter().map(|part| texts.keep(part.id())).collect();
        let parts: Vec<Vec<*const c_char>> = keys.keys().iter().map(part_names).collect();
        let view = |(key, parts): (&LinkageKey, &Vec<*const c_char>)| Key {
            id: texts.keep(key.id()),
            name: texts.keep(key.name()),
            domain: texts.keep(key.domain().id()),
            identity: texts.keep(key.identity().id()),
            parts: parts.as_ptr(),
            part_count: parts.len(),
        };
        let views = keys.keys().iter().zip(&parts).map(view).collect::<Vec<_>>().into();
        Ok(Self { keys, views, parts, texts })
    }
}

/// Reads a file of linkage keys, in the format of docs/pseudonyms.md. The path is UTF-8.
///
/// PEELIAN_STATUS_IO if the file cannot be read; PEELIAN_STATUS_INVALID_ARGUMENT if it does not have this format. The
/// message has the line, and no part of a secret.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_keyring_read(
    path: Text<'_>,
    out: Out<'_, *mut Keyring>,
    error: Out<'_, *mut Error>,
) -> Status {
    make(out, error, || {
        let path = path.get("path")?;
        let bytes = read(path).map_err(|error| Error::new(Status::Io, format!("{path}: {error}")))?;
        let text = std::str::from_utf8(&bytes).map_err(|_| Error::argument(format!("{path} is not UTF-8")))?;
        Keyring::parse(text)
    })
}

/// Reads a file into a buffer that has its final size. A buffer that grows leaves copies of the secrets in memory.
fn read(path: &str) -> std::io::Result<Zeroizing<Vec<u8>>> {
    let mut file = File::open(path)?;
    let length = usize::try_from(file.metadata()?.len()).map_err(std::io::Error::other)?;
    let mut bytes = Zeroizing::new(vec![0; length]);
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Reads linkage keys from the `length` bytes of such a file, for programs that store the file elsewhere. The caller
/// overwrites its own copy of the bytes.
///
/// PEELIAN_STATUS_INVALID_ARGUMENT if the bytes do not have the format.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_keyring_parse(
    bytes: Array<'_, u8>,
    length: usize,
    out: Out<'_, *mut Keyring>,
    error: Out<'_, *mut Error>,
) -> Status {
    make(out, error, || {
        // SAFETY: `length` is the number of bytes.
        let bytes = unsafe { bytes.slice(length, "bytes") }?;
        Keyring::parse(std::str::from_utf8(bytes).map_err(|_| Error::argument("bytes are not UTF-8"))?)
    })
}

/// The number of keys; 0 for NULL.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_keyring_count(keyring: In<'_, Keyring>) -> usize {
    keyring.view().map_or(0, |keyring| keyring.views.len())
}

/// A key, from 0, in the order of the file; NULL beyond the last. It belongs to the keyring.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_keyring_get(keyring: In<'_, Keyring>, index: usize) -> *const Key {
    keyring.view().map_or(null(), |keyring| keyring.views.get(index))
}

/// Makes the pseudonym of one person: HMAC-SHA-256 of the parts, each in its normal form. `values` has `count` texts in
/// the form in which the program holds them, in the order of the parts of the key. A value that is not known is NULL.
/// `key` is the name or the identifier of a key. With NULL the keyring must have one key, which is used. `out` has room
/// for `size` bytes, at least PEELIAN_PSEUDONYM_SIZE, and gets 64 hexadecimal digits and a NUL.
///
/// The library overwrites the copies that it makes of the values. The program overwrites its own.
///
/// PEELIAN_STATUS_REFUSED if the values do not identify a person. Such a row has no pseudonym. The message names the part,
/// and never its value. PEELIAN_STATUS_INVALID_ARGUMENT if there is no such key, or the number of values is not the number
/// of its parts.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_pseudonymise(
    keyring: In<'_, Keyring>,
    key: Text<'_>,
    values: Array<'_, Text<'_>>,
    count: usize,
    out: Out<'_, c_char>,
    size: usize,
    error: Out<'_, *mut Error>,
) -> Status {
    attempt(error, || {
        // SAFETY: `size` is the number of bytes that `out` has room for.
        let out = unsafe { out.slice(size, "out") }?;
        if size < PSEUDONYM_SIZE {
            return Err(Error::argument(format!("out has {size} bytes, and a pseudonym needs {PSEUDONYM_SIZE}")));
        }
        // SAFETY: `count` is the number of values.
        let values = unsafe { values.slice(count, "values") }?;
        let (keyring, key) = (keyring.get("keyring")?, key.optional("key")?);
        let pseudonym = pseudonym(keyring.keys.key(key)?, values)?;
        for (place, byte) in out.iter_mut().zip(pseudonym.bytes().chain([0])) {
            place.write(c_char::from_ne_bytes([byte]));
        }
        Ok(())
    })
}

fn pseudonym(key: &LinkageKey, values: &[Text<'_>]) -> Outcome<String> {
    let wanted = key.identity().parts().len();
    if values.len() != wanted {
        return Err(Error::argument(format!("{} takes {wanted} values, not {}", key.identity().id(), values.len())));
    }
    let texts: Vec<Option<&str>> =
        values.iter().map(|value| Ok(value.optional("a value")?)).collect::<Outcome<_>>()?;
    let made = key.pseudonym(&texts);
    Ok(made.map_err(|error| Error::new(Status::Refused, error.to_string()))?.to_string())
}

/// Frees a keyring and overwrites its secrets. Does nothing for NULL.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_keyring_free(keyring: Owned<Keyring>) {
    keyring.free();
}
