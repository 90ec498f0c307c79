//! The text of a token: `plt_ID_SECRET`.

use std::fmt;

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::record::SecretHash;

/// Beginning of every token. Programs that search for lost secrets find it by this.
const PREFIX: &str = "plt_";
/// Random bytes of a secret: 256 bits cannot be guessed, so a fast hash of them is enough.
const SECRET_BYTES: usize = 32;
/// Random bytes of an identifier, which is no secret.
const ID_BYTES: usize = 6;

/// A token as a caller presents it.
#[derive(Clone)]
pub(crate) struct Presented {
    id: String,
    secret: Zeroizing<String>,
}

impl Presented {
    /// A new token, from random bytes of the operating system.
    ///
    /// # Errors
    ///
    /// If the system gives none.
    pub(crate) fn generate() -> Result<Self, getrandom::Error> {
        Ok(Self { id: random::<ID_BYTES>()?.to_string(), secret: random::<SECRET_BYTES>()? })
    }

    /// Reads a token; `None` if the text has another form.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (id, secret) = text.strip_prefix(PREFIX)?.split_once('_')?;
        let hexadecimal = |text: &str, bytes: usize| {
            text.len() == 2 * bytes && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        };
        (hexadecimal(id, ID_BYTES) && hexadecimal(secret, SECRET_BYTES))
            .then(|| Self { id: id.to_owned(), secret: Zeroizing::new(secret.to_owned()) })
    }

    /// Its identifier.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// The hash by which it is known.
    pub(crate) fn hash(&self) -> SecretHash {
        SecretHash(Sha256::digest(self.secret.as_bytes()).into())
    }

    /// Whether it is the token with this hash. The time of the comparison does not depend on how much is equal.
    pub(crate) fn has(&self, hash: &SecretHash) -> bool {
        self.hash().0.ct_eq(&hash.0).into()
    }

    /// The text that is given to the caller, once.
    pub(crate) fn text(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{PREFIX}{}_{}", self.id, self.secret.as_str()))
    }
}

impl fmt::Debug for Presented {
    /// Shows nothing of the secret.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{PREFIX}{}_…", self.id)
    }
}

/// So many random bytes, in hexadecimal digits.
fn random<const BYTES: usize>() -> Result<Zeroizing<String>, getrandom::Error> {
    let mut bytes = Zeroizing::new([0_u8; BYTES]);
    getrandom::fill(bytes.as_mut_slice())?;
    let mut text = Zeroizing::new(String::with_capacity(2 * BYTES));
    for byte in bytes.iter() {
        for digit in [byte >> 4, byte & 0x0f] {
            text.extend(char::from_digit(digit.into(), 16));
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_as_it_is_written() {
        let token = Presented::generate().unwrap();
        let text = token.text();
        assert_eq!(text.len(), 4 + 12 + 1 + 64);
        let read = Presented::read(&text).unwrap();
        assert_eq!(read.id(), token.id());
        assert!(read.has(&token.hash()));
        assert!(!Presented::generate().unwrap().has(&token.hash()));
    }

    #[test]
    fn another_form_is_no_token() {
        let text = Presented::generate().unwrap().text();
        for wrong in [
            "",
            "plt_",
            "plt__",
            &text[1..],
            &text[..text.len() - 1],
            &text.to_uppercase(),
            &format!("{} ", text.as_str()),
        ] {
            assert!(Presented::read(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn nothing_shows_the_secret() {
        let token = Presented::generate().unwrap();
        let shown = format!("{token:?} {:?}", token.hash());
        assert!(shown.contains(token.id()) && !shown.contains(token.secret.as_str()), "{shown}");
    }
}
