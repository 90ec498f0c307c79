//! What later releases must know of a release.

use super::ReleaseError;

/// What later releases must know of a release: the counts behind its observations, and which of them were published. It is
/// secret.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record(Vec<u8>);

impl Record {
    /// The record as bytes, to be kept in the exchange.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.clone()
    }

    /// The record from its bytes.
    ///
    /// # Errors
    /// If the bytes are no record.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ReleaseError> {
        Ok(Self(bytes.to_vec()))
    }
}
