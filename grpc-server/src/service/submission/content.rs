//! Decodes and hashes the content of a submission while it arrives.
//!
//! The hash is SHA-256 of the bytes as received. For CSV and Arrow it is the hash of the file, however the file was
//! cut into chunks. For typed records it is the hash of the concatenated messages of the chunks, each encoded with
//! its fields in order. Concatenated protobuf messages are one message with all rows, so the cutting does not matter
//! here either.

use std::sync::Arc;

use peelian::Record;
use peelian::v1::submit_request::Part;
use peelian_core::intake::{Intake, IntakeError};
use prost::Message;
use sha2::{Digest as _, Sha256};

use super::admission::Admitted;
use crate::error::Error;

/// Decodes the content of one submission.
pub(super) struct ContentDecoder {
    intake: Intake,
    hash: Sha256,
    buffer: Vec<u8>,
    /// Bytes received.
    bytes: usize,
    /// Bytes that are counted among those of all submissions.
    counted: usize,
    max_bytes: usize,
    admitted: Arc<Admitted>,
}

/// Content that was received and decoded, but not yet checked across rows.
pub(super) struct Content {
    /// The rows.
    pub(super) intake: Intake,
    /// SHA-256 of the content.
    pub(super) sha256: [u8; 32],
}

impl ContentDecoder {
    /// A decoder that has received nothing yet.
    pub(super) fn new(intake: Intake, max_bytes: usize, admitted: Arc<Admitted>) -> Self {
        Self { intake, hash: Sha256::new(), buffer: Vec::new(), bytes: 0, counted: 0, max_bytes, admitted }
    }

    /// Decodes chunks on a thread for blocking work.
    ///
    /// # Errors
    ///
    /// If a chunk is a header, if it cannot be decoded, or if the content of this submission or of all submissions
    /// under way is too large.
    pub(super) async fn decode(mut self, parts: Vec<Part>) -> Result<Self, Error> {
        let admitted = Arc::clone(&self.admitted);
        let decoding = admitted.decoding().blocking(move || {
            for part in parts {
                self.push(part)?;
                self.hold(self.intake.bytes())?;
            }
            Ok(self)
        });
        decoding.await?
    }

    fn push(&mut self, part: Part) -> Result<(), Error> {
        match part {
            Part::Header(_) => Err(Error::OutOfOrder("only the first message may be a header")),
            Part::Csv(bytes) => {
                self.receive(bytes.len())?;
                self.hash.update(&bytes);
                Ok(self.intake.push_csv(&bytes)?)
            }
            Part::ArrowIpc(bytes) => {
                self.receive(bytes.len())?;
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
            Part::CourtCases(chunk) => self.rows(&chunk, &chunk.rows),
            Part::TrialListings(chunk) => self.rows(&chunk, &chunk.rows),
            Part::ProbationCohorts(chunk) => self.rows(&chunk, &chunk.rows),
            Part::ProvenReoffences(chunk) => self.rows(&chunk, &chunk.rows),
            Part::LocalPriorities(chunk) => self.rows(&chunk, &chunk.rows),
            Part::PublishedFigures(chunk) => self.rows(&chunk, &chunk.rows),
            Part::NrmReferrals(chunk) => self.rows(&chunk, &chunk.rows),
            Part::FirstTimeEntrants(chunk) => self.rows(&chunk, &chunk.rows),
            Part::VictimsCodeEvents(chunk) => self.rows(&chunk, &chunk.rows),
            Part::StopSearches(chunk) => self.rows(&chunk, &chunk.rows),
            Part::CjsSurveyResponses(chunk) => self.rows(&chunk, &chunk.rows),
            Part::StaffSurveyResponses(chunk) => self.rows(&chunk, &chunk.rows),
            Part::WorkforceSnapshots(chunk) => self.rows(&chunk, &chunk.rows),
            Part::WorkforceFlows(chunk) => self.rows(&chunk, &chunk.rows),
            Part::WardOfficers(chunk) => self.rows(&chunk, &chunk.rows),
            Part::AsbIncidents(chunk) => self.rows(&chunk, &chunk.rows),
            Part::CourtStocks(chunk) => self.rows(&chunk, &chunk.rows),
            Part::AreaProfiles(chunk) => self.rows(&chunk, &chunk.rows),
        }
    }

    /// Counts further bytes of a file.
    fn receive(&mut self, bytes: usize) -> Result<(), Error> {
        self.bytes = self.bytes.saturating_add(bytes);
        self.hold(self.bytes)
    }

    /// Counts the content among that of all submissions: as it was received, or as it is in memory, whichever is more.
    fn hold(&mut self, bytes: usize) -> Result<(), Error> {
        let more = bytes.saturating_sub(self.counted);
        self.admitted.hold(more)?;
        self.counted += more;
        Ok(())
    }

    fn rows<R: Record>(&mut self, chunk: &impl Message, rows: &[R]) -> Result<(), Error> {
        self.buffer.clear();
        chunk.encode(&mut self.buffer).map_err(|error| Error::Defect(error.to_string()))?;
        self.bytes = self.bytes.saturating_add(self.buffer.len());
        if self.bytes > self.max_bytes {
            return Err(IntakeError::TooManyBytes { limit: self.max_bytes }.into());
        }
        self.hold(self.bytes)?;
        self.hash.update(&self.buffer);
        Ok(self.intake.push_rows(rows)?)
    }

    /// The content, after all chunks.
    pub(super) fn finish(self) -> Content {
        Content { intake: self.intake, sha256: self.hash.finalize().into() }
    }
}
