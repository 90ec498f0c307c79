//! Signatures (Ed25519) of an exchange, which anybody with its public key can check.

use ring::signature::{ED25519, UnparsedPublicKey};

use crate::hex::unhex;

/// Whether a signature of a message is of a public key. Both are hexadecimal digits.
///
/// ```
/// // A text that is no signature is of no key.
/// assert!(!peelian::client::is_signed("00", b"message", "no signature"));
/// ```
#[must_use]
pub fn is_signed(public_key: &str, message: &[u8], signature: &str) -> bool {
    let (Some(key), Some(signature)) = (unhex(public_key), unhex(signature)) else { return false };
    UnparsedPublicKey::new(&ED25519, key).verify(message, &signature).is_ok()
}
