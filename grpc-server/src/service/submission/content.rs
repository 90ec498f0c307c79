//! The content of a submission: read, hashed and decoded while it arrives.
//!
//! The hash is SHA-256 of the bytes as received. For CSV and Arrow that is the hash of the file, wherever it was cut.
//! For typed records it is the hash of the chunks' messages one after another, each in the plain encoding of its
//! fields in order; such a concatenation is itself one message with all rows, so that neither here does the cutting
//! matter.

use peelian::Record;
use peelian::v1::submit_request::Part;
use peelian_core::intake::{Intake, IntakeError};
use prost::Message;
use sha2::{Digest as _, Sha256};

use crate::error::Error;

/// Content on its way in.
pub(super) struct Content {
    intake: Intake,
    hash: Sha256,
    buffer: Vec<u8>,
    bytes: usize,
    max_bytes: usize,
}

/// Content that has arrived, not yet checked across rows.
pub(super) struct Arrived {
    /// The rows.
    pub(super) intake: Intake,
    /// SHA-256 of the content.
    pub(super) sha256: [u8; 32],
}

impl Content {
    /// Begins.
    pub(super) fn new(intake: Intake, max_bytes: usize) -> Self {
        Self { intake, hash: Sha256::new(), buffer: Vec::new(), bytes: 0, max_bytes }
    }

    /// Takes a chunk.
    ///
    /// # Errors
    ///
    /// A header, content that cannot be read, or too much of it.
    pub(super) fn push(&mut self, part: Part) -> Result<(), Error> {
        match part {
            Part::Header(_) => Err(Error::OutOfOrder("only the first message is a header")),
            Part::Csv(bytes) => {
                self.hash.update(&bytes);
                Ok(self.intake.push_csv(&bytes)?)
            }
            Part::ArrowIpc(bytes) => {
                self.hash.update(&bytes);
                Ok(self.intake.push_arrow(&bytes)?)
            }
            Part::Crimes(chunk) => self.rows(&chunk, &chunk.rows),
            Part::CrimeVictims(chunk) => self.rows(&chunk, &chunk.rows),
            Part::CrimeOutcomes(chunk) => self.rows(&chunk, &chunk.rows),
            Part::VictimSurveyResponses(chunk) => self.rows(&chunk, &chunk.rows),
            Part::PublicAttitudeResponses(chunk) => self.rows(&chunk, &chunk.rows),
            Part::IstvAttendances(chunk) => self.rows(&chunk, &chunk.rows),
            Part::CpsDefendantOutcomes(chunk) => self.rows(&chunk, &chunk.rows),
            Part::TrialListings(chunk) => self.rows(&chunk, &chunk.rows),
            Part::ProbationCohorts(chunk) => self.rows(&chunk, &chunk.rows),
            Part::ProvenReoffences(chunk) => self.rows(&chunk, &chunk.rows),
            Part::LocalPriorities(chunk) => self.rows(&chunk, &chunk.rows),
            Part::PublishedFigures(chunk) => self.rows(&chunk, &chunk.rows),
        }
    }

    fn rows<R: Record>(&mut self, chunk: &impl Message, rows: &[R]) -> Result<(), Error> {
        self.buffer.clear();
        chunk.encode(&mut self.buffer).map_err(|error| Error::Broken(error.to_string()))?;
        self.bytes = self.bytes.saturating_add(self.buffer.len());
        if self.bytes > self.max_bytes {
            return Err(IntakeError::TooManyBytes { limit: self.max_bytes }.into());
        }
        self.hash.update(&self.buffer);
        Ok(self.intake.push_rows(rows)?)
    }

    /// All chunks have arrived.
    pub(super) fn finish(self) -> Arrived {
        Arrived { intake: self.intake, sha256: self.hash.finalize().into() }
    }
}
