//! States as bytes: a digest of the rest, then an Arrow IPC stream with one row whose columns are lists.
//!
//! Every list is a table of plain integers. Names (of measures, fields and codes of findings) have their own tables,
//! and other tables refer to them by position.

mod read;
mod write;

use std::sync::LazyLock;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow_ipc::CompressionType;
use arrow_ipc::writer::{IpcWriteOptions, StreamWriter};
use sha2::{Digest as _, Sha256};

use super::PartialError;
use super::state::Partial;
use crate::cel::FieldPath;
use crate::contract::{Contract, Severity};
use crate::intake::all_batches;

/// The first bytes. The digit is the version of the layout.
const MAGIC: &[u8] = b"peelian state 2\n";

/// Length in bytes of the SHA-256 digest of the rest.
const DIGEST: usize = 32;

/// The columns of every state.
static LAYOUT: LazyLock<Result<SchemaRef, String>> =
    LazyLock::new(|| Partial::default().batch().map(|batch| batch.schema()).map_err(|error| error.to_string()));

impl Partial {
    /// The state as bytes, for another machine of the same version.
    ///
    /// # Errors
    ///
    /// [`PartialError::NotAState`] if the state has more rows than a list of Arrow holds, 2³¹.
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
    /// [`PartialError::NotAState`] if the bytes are not a state, were changed, or have another layout.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PartialError> {
        let rest = bytes.strip_prefix(MAGIC).ok_or_else(|| not("another layout, or none"))?;
        let (digest, stream) = rest.split_at_checked(DIGEST).ok_or_else(|| not("they are cut short"))?;
        if digest != Sha256::digest(stream).as_slice() {
            return Err(not("they were changed on the way"));
        }
        let batch = decoded(stream)?;
        let layout = LAYOUT.as_ref().map_err(not)?;
        if batch.schema() != *layout || batch.num_rows() != 1 {
            return Err(not("the columns are others"));
        }
        read::Tables(batch).state().ok_or_else(|| not("what they refer to is not there"))
    }
}

/// The one batch of a stream. LZ4 makes no content larger than 255 times.
fn decoded(stream: &[u8]) -> Result<RecordBatch, PartialError> {
    let batches = all_batches(stream, stream.len().saturating_mul(256)).map_err(not)?;
    let [batch] = batches.as_slice() else { return Err(not("it has several parts")) };
    Ok(batch.clone())
}

fn not(why: impl ToString) -> PartialError {
    PartialError::NotAState(why.to_string())
}

/// Name of a field. `crime.flag_da` is a field of the dataset's own rows, and `*crime.flag_da` a field of referenced
/// rows.
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
