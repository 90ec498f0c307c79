//! States as bytes: the digest of what follows, then an Arrow IPC stream of one row whose columns are lists.
//!
//! Every list is a table of plain integers; what is named (measures, fields, codes of findings) has a table of its
//! own, and other tables refer to it by position.

mod read;
mod write;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow_ipc::CompressionType;
use arrow_ipc::reader::StreamReader;
use arrow_ipc::writer::{IpcWriteOptions, StreamWriter};
use sha2::{Digest as _, Sha256};

use super::PartialError;
use super::state::Partial;
use crate::cel::FieldPath;
use crate::contract::{Contract, Severity};

/// What the bytes begin with; the digit is the version of the layout.
const MAGIC: &[u8] = b"peelian state 2\n";

/// Length of the SHA-256 digest of what follows it.
const DIGEST: usize = 32;

/// The columns of every state.
static LAYOUT: LazyLock<Result<SchemaRef, String>> =
    LazyLock::new(|| Partial::default().batch().map(|batch| batch.schema()).map_err(|error| error.to_string()));

impl Partial {
    /// The state as bytes, for another machine of the same version.
    ///
    /// # Errors
    ///
    /// [`PartialError::NotAState`] for a state of more rows than a list of Arrow holds, 2³¹.
    pub fn to_bytes(&self) -> Result<Vec<u8>, PartialError> {
        let written = self.batch().and_then(|batch| {
            let packed = IpcWriteOptions::default().try_with_compression(Some(CompressionType::LZ4_FRAME))?;
            let mut writer = StreamWriter::try_new_with_options(Vec::new(), &batch.schema(), packed)?;
            writer.write(&batch)?;
            writer.finish()?;
            writer.into_inner()
        });
        let stream = written.map_err(|error| PartialError::NotAState(error.to_string()))?;
        Ok([MAGIC, &Sha256::digest(&stream), &stream].concat())
    }

    /// Reads the bytes of a state.
    ///
    /// # Errors
    ///
    /// [`PartialError::NotAState`] for bytes that are none, were changed, or have another layout.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PartialError> {
        let rest = bytes.strip_prefix(MAGIC).ok_or_else(|| not("another layout, or none"))?;
        let (digest, stream) = rest.split_at_checked(DIGEST).ok_or_else(|| not("they are cut short"))?;
        if digest != Sha256::digest(stream).as_slice() {
            return Err(not("they were changed on the way"));
        }
        // The decoder can panic on content that lies about itself.
        let batch =
            catch_unwind(AssertUnwindSafe(|| decoded(stream))).map_err(|_| not("they contradict themselves"))??;
        let layout = LAYOUT.as_ref().map_err(not)?;
        if batch.schema() != *layout || batch.num_rows() != 1 {
            return Err(not("the columns are others"));
        }
        read::Tables(batch).state().ok_or_else(|| not("what they refer to is not there"))
    }
}

fn decoded(stream: &[u8]) -> Result<RecordBatch, PartialError> {
    let refused = |error: ArrowError| not(error.to_string());
    let mut reader = StreamReader::try_new(stream, None).map_err(refused)?;
    reader.next().unwrap_or_else(|| Err(ArrowError::IpcError("no rows".to_owned()))).map_err(refused)
}

fn not(why: impl ToString) -> PartialError {
    PartialError::NotAState(why.to_string())
}

/// A field by its name: of the dataset's own rows `crime.flag_da`, of rows that others refer to `*crime.flag_da`.
fn name_of(path: &FieldPath) -> String {
    format!("{}{}.{}", if path.referenced { "*" } else { "" }, path.dataset, path.field)
}

fn field_named(name: &str) -> Option<FieldPath> {
    let (referenced, name) = name.strip_prefix('*').map_or((false, name), |name| (true, name));
    let (dataset, field) = name.split_once('.')?;
    let dataset = Contract::get().dataset(dataset)?;
    Some(FieldPath { dataset: &dataset.id, referenced, field: &dataset.field(field)?.name })
}

const SEVERITIES: [Severity; 3] = [Severity::Error, Severity::Warning, Severity::Info];

fn rank(severity: Severity) -> u8 {
    SEVERITIES.iter().zip(0..).find(|(known, _)| **known == severity).map_or(u8::MAX, |(_, rank)| rank)
}
