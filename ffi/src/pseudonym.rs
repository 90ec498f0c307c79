//! Pseudonyms of persons, made before records leave the program that holds their names.

use std::ffi::c_char;
use std::fs::File;
use std::io::Read as _;
use std::ptr::null;

use peelian_core::pseudonym::{Keyring as Keys, KeyringError, LinkageKey};
use zeroize::Zeroizing;

use crate::error::{Error, Outcome, Status};
use crate::guard::{attempt, make};
use crate::pointer::{borrow, check, free, optional_text, slice, text, view};
use crate::texts::Texts;
use crate::views::Views;

/// Bytes of a pseudonym as text: 64 hexadecimal digits and their NUL.
pub const PSEUDONYM_SIZE: usize = 65;

/// A linkage key, without its secret. It belongs to its keyring. No text is NULL.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Identifier, which stands beside each pseudonym (linkage_key_id): "victims-2017.0123abcd".
    pub id: *const c_char,
    /// Name that people gave it: "victims-2017".
    pub name: *const c_char,
    /// Whose pseudonyms may meet: "police-victim".
    pub domain: *const c_char,
    /// What makes a person, with the version of its rules: "name-birth-v1".
    pub identity: *const c_char,
    /// Parts of that, in the order in which peelian_pseudonymise() takes them: "forename", "surname", "date_of_birth".
    pub parts: *const *const c_char,
    /// How many there are.
    pub part_count: usize,
}

/// The linkage keys of one file. Free it with peelian_keyring_free(), which overwrites its secrets. Any number of threads
/// may use it at once.
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

impl From<KeyringError> for Box<Error> {
    fn from(error: KeyringError) -> Self {
        Error::argument(error.to_string())
    }
}

/// Reads a file of linkage keys, in the format that docs/pseudonyms.md describes. The path is UTF-8.
///
/// PEELIAN_STATUS_IO if it cannot be read; PEELIAN_STATUS_INVALID_ARGUMENT if it is not such a file: the message has the
/// line, and no part of a secret.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_keyring_read(
    path: *const c_char,
    out: *mut *mut Keyring,
    error: *mut *mut Error,
) -> Status {
    let work = || {
        // SAFETY: the conventions of the header.
        let path = unsafe { text(path, "path") }?;
        let bytes = read(path).map_err(|error| Error::new(Status::Io, format!("{path}: {error}")))?;
        let text = std::str::from_utf8(&bytes).map_err(|_| Error::argument(format!("{path} is not UTF-8")))?;
        Keyring::parse(text)
    };
    // SAFETY: the conventions of the header.
    unsafe { make(out, error, work) }
}

/// Reads a file into room that is there already: a buffer that grows leaves copies of the secrets behind.
fn read(path: &str) -> std::io::Result<Zeroizing<Vec<u8>>> {
    let mut file = File::open(path)?;
    let length = usize::try_from(file.metadata()?.len()).map_err(std::io::Error::other)?;
    let mut bytes = Zeroizing::new(vec![0; length]);
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Reads linkage keys from the `length` bytes of such a file, for programs that keep it elsewhere. The caller overwrites
/// its own copy.
///
/// PEELIAN_STATUS_INVALID_ARGUMENT if they are not such a file.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_keyring_parse(
    bytes: *const u8,
    length: usize,
    out: *mut *mut Keyring,
    error: *mut *mut Error,
) -> Status {
    let work = || {
        // SAFETY: the conventions of the header.
        let bytes = unsafe { slice(bytes, length, "bytes") }?;
        Keyring::parse(std::str::from_utf8(bytes).map_err(|_| Error::argument("bytes are not UTF-8"))?)
    };
    // SAFETY: the conventions of the header.
    unsafe { make(out, error, work) }
}

/// How many keys there are; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_keyring_count(keyring: *const Keyring) -> usize {
    // SAFETY: the conventions of the header.
    unsafe { view(keyring) }.map_or(0, |keyring| keyring.views.len())
}

/// A key, from 0, in the order of the file; NULL beyond the last. It belongs to the keyring.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_keyring_get(keyring: *const Keyring, index: usize) -> *const Key {
    // SAFETY: the conventions of the header.
    unsafe { view(keyring) }.map_or(null(), |keyring| keyring.views.get(index))
}

/// Makes the pseudonym of one person: HMAC-SHA-256 of the parts, each written by its rules. `values` has `count` texts as
/// the program holds them, in the order of the key's parts, NULL where one is not known. `key` is the name or identifier of
/// a key; NULL takes the only one there is. `out` gets 64 hexadecimal digits and a NUL: `size` bytes, at least
/// PEELIAN_PSEUDONYM_SIZE.
///
/// The copies that the library makes of the values are overwritten; those of the program are its own to overwrite.
///
/// PEELIAN_STATUS_REFUSED if the values do not say who the person is: such a row goes without a pseudonym. The message
/// names the part, and never its value. PEELIAN_STATUS_INVALID_ARGUMENT if there is no such key, or the number of values
/// is not that of its parts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_pseudonymise(
    keyring: *const Keyring,
    key: *const c_char,
    values: *const *const c_char,
    count: usize,
    out: *mut c_char,
    size: usize,
    error: *mut *mut Error,
) -> Status {
    let work = || {
        check(out, "out")?;
        if size < PSEUDONYM_SIZE {
            return Err(Error::argument(format!("out has {size} bytes, and a pseudonym needs {PSEUDONYM_SIZE}")));
        }
        // SAFETY: the conventions of the header.
        let (keyring, key) = unsafe { (borrow(keyring, "keyring")?, optional_text(key, "key")?) };
        // SAFETY: the conventions of the header.
        let pseudonym = pseudonym(keyring.keys.key(key)?, unsafe { slice(values, count, "values") }?)?;
        // SAFETY: `out` has room for the digits and their NUL, which are all ASCII.
        unsafe {
            out.cast::<u8>().copy_from_nonoverlapping(pseudonym.as_ptr(), pseudonym.len());
            out.add(pseudonym.len()).write(0);
        }
        Ok(())
    };
    // SAFETY: the conventions of the header.
    unsafe { attempt(error, work) }
}

fn pseudonym(key: &LinkageKey, values: &[*const c_char]) -> Outcome<String> {
    let wanted = key.identity().parts().len();
    if values.len() != wanted {
        return Err(Error::argument(format!("{} takes {wanted} values, not {}", key.identity().id(), values.len())));
    }
    // SAFETY: the conventions of the header.
    let texts = values.iter().map(|value| unsafe { optional_text(*value, "a value") });
    let made = key.pseudonym(&texts.collect::<Outcome<Vec<_>>>()?);
    Ok(made.map_err(|error| Error::new(Status::Refused, error.to_string()))?.to_string())
}

/// Frees a keyring and overwrites its secrets. NULL is left alone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_keyring_free(keyring: *mut Keyring) {
    // SAFETY: the conventions of the header.
    unsafe { free(keyring) }
}
