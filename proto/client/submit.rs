//! Sends one submission.

use prost::Message as _;
use sha2::{Digest as _, Sha256};
use tokio_stream::StreamExt as _;

use super::{ClientError, Connection};
use crate::records::v1::PublishedFigure;
use crate::v1::submit_request::Part;
use crate::v1::{PublishedFigureRecords, SubmissionHeader, SubmissionMode, SubmissionReceipt, SubmitRequest};

/// Bytes of content in one message: well below the largest message that a server accepts, 4 MiB.
const CHUNK_BYTES: usize = 1 << 20;

/// Typed rows in one message: some hundred bytes each, so that the message stays about as large.
const CHUNK_ROWS: usize = 5_000;

/// Content of a submission.
#[derive(Clone, Debug)]
pub enum Content {
    /// A CSV file.
    Csv(Vec<u8>),
    /// An Arrow IPC stream.
    Arrow(Vec<u8>),
    /// Figures as typed rows.
    Figures(Vec<PublishedFigure>),
    /// A nil return: nothing happened in the period.
    Nil,
}

impl Content {
    fn parts(self) -> Vec<Part> {
        let chunks = |bytes: Vec<u8>, part: fn(Vec<u8>) -> Part| {
            bytes.chunks(CHUNK_BYTES).map(|chunk| part(chunk.to_vec())).collect()
        };
        match self {
            Self::Csv(bytes) => chunks(bytes, Part::Csv),
            Self::Arrow(bytes) => chunks(bytes, Part::ArrowIpc),
            Self::Figures(rows) => rows
                .chunks(CHUNK_ROWS)
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
    /// What the submission does to the rows held.
    pub mode: SubmissionMode,
    /// When the data were extracted, in seconds since 1970-01-01T00:00:00Z.
    pub extracted: i64,
    /// Whether the rows are synthetic.
    pub synthetic: bool,
    /// Whether the server only checks and counts, and stores nothing.
    pub dry_run: bool,
    /// Number of rows that the submission is expected to remove.
    pub expected_delete_count: Option<u64>,
    /// Content.
    pub content: Content,
}

/// Sends a submission and returns its receipt. `progress` is called with the number of messages sent and the number
/// of all messages. If the future is dropped, the call is cancelled and the server stores nothing.
///
/// The request identifier is a hash of what is sent, so that the same submission sent again counts once.
///
/// # Errors
///
/// [`ClientError::Refused`] if the server refuses the submission; [`ClientError::Lost`] or [`ClientError::TimedOut`] if it
/// does not answer; [`ClientError::Incomplete`]. After a lost connection it is not known whether the server took the
/// submission: send it again.
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
    let sent = async {
        let response = connection.submissions().submit(messages).await?;
        response.into_inner().receipt.ok_or(ClientError::Incomplete("receipt"))
    };
    connection.submission(sent).await
}

impl Outgoing {
    /// The header without its request identifier, which is a hash of the header and the content.
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

/// A UUID that is a hash of what is sent (version 8, RFC 9562). The same command run again makes the same request,
/// which counts once.
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
