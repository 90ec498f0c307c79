//! Seals: a SHA-256 of each part of an entry, by which damage is noticed when the part is read.

use sha2::{Digest as _, Sha256};

use super::entry::{Envelope, StoredEntry, Withdrawal};
use super::error::StoreError;
use super::in_force::KeptInForce;

/// A part of an entry that has its own seal.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Part {
    /// What the ledger needs to know apart from the rows.
    Entry,
    /// The header and the receipt.
    Messages,
    /// The rows.
    Payload,
    /// The rows that were left out.
    LeftOut,
    /// The findings.
    Findings,
}

impl Part {
    /// Its name for people.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Entry => "entry",
            Self::Messages => "header and receipt",
            Self::Payload => "rows",
            Self::LeftOut => "rows left out",
            Self::Findings => "findings",
        }
    }
}

/// A seal.
pub(super) type Seal = [u8; 32];

/// The seal of pieces. The length of each is part of it, so that no other division has the same seal.
pub(super) fn seal(pieces: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Seal {
    let mut hash = Sha256::new();
    for piece in pieces {
        let piece = piece.as_ref();
        hash.update(u64::try_from(piece.len()).unwrap_or(u64::MAX).to_le_bytes());
        hash.update(piece);
    }
    hash.finalize().into()
}

/// The seal of an entry without its rows and messages.
pub(super) fn seal_entry(entry: &StoredEntry) -> Seal {
    match entry {
        StoredEntry::Submission(envelope) => {
            let Envelope { position, accepted_micros, ulid, agency, dataset, collection, mode, .. } = envelope;
            let Envelope { first, last, extract_micros, request_id, content_sha256, synthetic, rows, .. } = envelope;
            let (first, last) = (first.to_string(), last.to_string());
            seal([
                &b"submission"[..],
                &position.to_le_bytes(),
                &accepted_micros.to_le_bytes(),
                ulid.as_bytes(),
                agency.as_bytes(),
                dataset.as_bytes(),
                collection.as_bytes(),
                mode.id().as_bytes(),
                first.as_bytes(),
                last.as_bytes(),
                &extract_micros.to_le_bytes(),
                request_id.as_bytes(),
                content_sha256,
                &[u8::from(*synthetic)],
                &rows.to_le_bytes(),
            ])
        }
        StoredEntry::Withdrawal(Withdrawal { position, accepted_micros, submission, reason }) => seal([
            &b"withdrawal"[..],
            &position.to_le_bytes(),
            &accepted_micros.to_le_bytes(),
            &submission.to_le_bytes(),
            reason.as_bytes(),
        ]),
    }
}

/// The seal of what is kept of the rows in force.
pub(super) fn seal_in_force(kept: &KeptInForce) -> Seal {
    seal([&b"in force"[..], &kept.position.to_le_bytes(), &kept.content])
}

/// Compares a part with its seal. Every part has one, so a seal that is not there is damage too.
///
/// # Errors
///
/// [`StoreError::Damaged`] if they do not agree.
pub(super) fn check(part: Part, position: u64, stored: Option<&[u8]>, found: &Seal) -> Result<(), StoreError> {
    if stored == Some(found.as_slice()) {
        return Ok(());
    }
    Err(StoreError::Damaged(format!(
        "{} of the entry at position {position}: the checksum differs",
        match part {
            Part::Entry => "the description",
            part => part.name(),
        }
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_tells_how_pieces_are_divided() {
        assert_ne!(seal([&b"ab"[..], b"c"]), seal([&b"a"[..], b"bc"]));
        assert_ne!(seal([&b""[..]]), seal(Vec::<Vec<u8>>::new()));
    }
}
