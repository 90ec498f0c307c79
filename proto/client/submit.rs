//! Sends one submission.

use prost::Message as _;
use sha2::{Digest as _, Sha256};
use tokio_stream::StreamExt as _;

use super::{ClientError, Connection};
use crate::records::v1::PublishedFigure;
use crate::v1::submit_request::Part;
use crate::v1::{PublishedFigureRecords, SubmissionHeader, SubmissionMode, SubmissionReceipt, SubmitRequest};

/// Bytes of one message.
const CHUNK: usize = 1 << 20;

/// Rows of one message.
const ROWS: usize = 5_000;

/// What is submitted.
#[derive(Clone, Debug)]
pub enum Content {
    /// A CSV file.
    Csv(Vec<u8>),
    /// An Arrow IPC stream.
    Arrow(Vec<u8>),
    /// Figures.
    Figures(Vec<PublishedFigure>),
    /// Nothing happened in the period.
    Nil,
}

impl Content {
    fn parts(self) -> Vec<Part> {
        let chunks = |bytes: Vec<u8>, part: fn(Vec<u8>) -> Part| {
            bytes.chunks(CHUNK).map(|chunk| part(chunk.to_vec())).collect()
        };
        match self {
            Self::Csv(bytes) => chunks(bytes, Part::Csv),
            Self::Arrow(bytes) => chunks(bytes, Part::ArrowIpc),
            Self::Figures(rows) => rows
                .chunks(ROWS)
                .map(|rows| Part::PublishedFigures(PublishedFigureRecords { rows: rows.to_vec() }))
                .collect(),
            Self::Nil => Vec::new(),
        }
    }
}

/// A submission to be sent.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// Agency that submits.
    pub agency: String,
    /// Dataset.
    pub dataset: String,
    /// Collection within the dataset.
    pub collection: String,
    /// First day of the period: `2017-02-01`.
    pub first: String,
    /// Last day of the period.
    pub last: String,
    /// What it does to what is held.
    pub mode: SubmissionMode,
    /// When the data were extracted, in seconds since 1970.
    pub extracted: i64,
    /// Whether the rows are synthetic.
    pub synthetic: bool,
    /// Check and count only.
    pub dry_run: bool,
    /// Number of rows known to go.
    pub expected_delete_count: Option<u64>,
    /// The rows.
    pub content: Content,
}

/// Sends a submission and returns its receipt. `progress` is told the messages sent and how many there are. Dropping the
/// future cancels the call: the server then keeps nothing.
///
/// The request's identifier is made from what is sent, so that the same submission sent again counts once.
///
/// # Errors
///
/// [`ClientError::Refused`] where the server refuses the submission or a call fails.
pub async fn submit(
    connection: &Connection,
    outgoing: Outgoing,
    progress: impl Fn(usize, usize) + Send + 'static,
) -> Result<SubmissionReceipt, ClientError> {
    let mut header = outgoing.header();
    let parts: Vec<_> = outgoing.content.parts().into_iter().map(|part| SubmitRequest { part: Some(part) }).collect();
    header.request_id = request_id(&header, &parts);
    let all = parts.len();
    let counted = parts.into_iter().enumerate().map(move |(index, message)| {
        progress(index + 1, all);
        message
    });
    let first = SubmitRequest { part: Some(Part::Header(header)) };
    let messages = tokio_stream::once(first).chain(tokio_stream::iter(counted));
    let response = connection.submissions().submit(messages).await?;
    response.into_inner().receipt.ok_or(ClientError::Incomplete("receipt"))
}

impl Outgoing {
    /// The header, as yet without a request id.
    fn header(&self) -> SubmissionHeader {
        SubmissionHeader {
            request_id: String::new(),
            dataset: self.dataset.clone(),
            period_start_inclusive: self.first.clone(),
            period_end_inclusive: self.last.clone(),
            mode: self.mode.into(),
            extract_instant: Some(prost_types::Timestamp { seconds: self.extracted, nanos: 0 }),
            supersedes: String::new(),
            dry_run: self.dry_run,
            expected_delete_count: self.expected_delete_count,
            nil_return: matches!(self.content, Content::Nil),
            agency: self.agency.clone(),
            collection: self.collection.clone(),
            synthetic: self.synthetic,
        }
    }
}

/// A UUID made from what is sent (version 8, RFC 9562), so that the same command run again is the same request and
/// counts once.
fn request_id(header: &SubmissionHeader, parts: &[SubmitRequest]) -> String {
    let mut hash = Sha256::new_with_prefix(header.encode_to_vec());
    for part in parts {
        hash.update(part.encode_to_vec());
    }
    let mut id = [0_u8; 16];
    id.copy_from_slice(&hash.finalize()[..16]);
    id[6] = (id[6] & 0x0f) | 0x80;
    id[8] = (id[8] & 0x3f) | 0x80;
    let hex: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}
