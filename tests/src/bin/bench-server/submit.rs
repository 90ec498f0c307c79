//! Submissions: from rows in the client's memory to a durable acknowledgement.

use std::error::Error;
use std::mem;
use std::path::Path;
use std::time::{Duration, Instant};

use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use arrow::ipc::writer::StreamWriter;
use peelian::records::v1::Crime;
use peelian::v1::submission_service_client::SubmissionServiceClient;
use peelian::v1::submit_request::Part;
use peelian::v1::{CrimeRecords, SubmissionHeader, SubmissionMode, SubmitRequest};
use serde_json::json;

use crate::rows::{self, WINDOW};
use crate::server::{Connection, Guard, Server};

/// Rows of a message of typed records: about half of the limit of a message.
const ROWS_PER_MESSAGE: usize = 16_384;
/// Rows of a batch of Arrow.
const ROWS_PER_BATCH: usize = 65_536;
/// Bytes of a message of Arrow.
const BYTES_PER_MESSAGE: usize = 3 << 20;

/// Prints the best of `runs` of each encoding, each to a server with an empty ledger.
pub(crate) async fn run(program: &Path, dir: &Path, count: u32, runs: u32) -> Result<(), Box<dyn Error>> {
    let crimes = rows::crimes(0, count);
    let table = rows::arrow(&crimes)?;
    let (mut typed_seconds, mut arrow_seconds) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        let messages = typed(&crimes);
        typed_seconds.push(timed((program, dir), Guard::Loopback, count, messages.into_iter()).await?);
        arrow_seconds.push(timed((program, dir), Guard::Loopback, count, Chunks::new(&table)?).await?);
    }
    for (figure, seconds) in [("submit.typed", typed_seconds), ("submit.arrow", arrow_seconds)] {
        let seconds: Vec<f64> = seconds.iter().map(Duration::as_secs_f64).collect();
        println!("{}", json!({"figure": figure, "rows": count, "seconds": seconds}));
    }
    Ok(())
}

/// How long the submission takes, to a server with an empty ledger.
pub(crate) async fn timed(
    (program, dir): (&Path, &Path),
    guard: Guard,
    count: u32,
    parts: impl Iterator<Item = SubmitRequest> + Send + 'static,
) -> Result<Duration, Box<dyn Error>> {
    let server = Server::start(program, dir, guard)?;
    let channel = server.connect().await?;
    let start = Instant::now();
    submit(channel, count, parts).await?;
    Ok(start.elapsed())
}

/// Submits the parts as the crimes of the whole window.
pub(crate) async fn submit(
    channel: Connection,
    count: u32,
    parts: impl Iterator<Item = SubmitRequest> + Send + 'static,
) -> Result<(), Box<dyn Error>> {
    let header = SubmissionHeader {
        request_id: "6b1f7a52-3a52-4f57-9c5e-0c8d6f6f2f10".into(),
        dataset: "crime".into(),
        period_start_inclusive: WINDOW.0.into(),
        period_end_inclusive: WINDOW.1.into(),
        mode: SubmissionMode::ReplacePeriod.into(),
        extract_instant: Some("2017-01-02T09:00:00Z".parse()?),
        agency: "mps".into(),
        synthetic: true,
        ..SubmissionHeader::default()
    };
    let header = SubmitRequest { part: Some(Part::Header(header)) };
    let messages = tokio_stream::iter(std::iter::once(header).chain(parts));
    let receipt =
        SubmissionServiceClient::new(channel).submit(messages).await?.into_inner().receipt.unwrap_or_default();
    if receipt.created == u64::from(count) {
        Ok(())
    } else {
        Err(format!("not every row was kept: {receipt:?}").into())
    }
}

/// Messages of typed records.
pub(crate) fn typed(crimes: &[Crime]) -> Vec<SubmitRequest> {
    let message = |rows: &[Crime]| SubmitRequest { part: Some(Part::Crimes(CrimeRecords { rows: rows.to_vec() })) };
    crimes.chunks(ROWS_PER_MESSAGE).map(message).collect()
}

/// Messages of one Arrow IPC stream, written as they are sent.
struct Chunks {
    batches: std::vec::IntoIter<RecordBatch>,
    writer: StreamWriter<Vec<u8>>,
    written: std::vec::IntoIter<Vec<u8>>,
    finished: bool,
}

impl Chunks {
    fn new(table: &RecordBatch) -> Result<Self, ArrowError> {
        let rows = table.num_rows();
        let batches: Vec<_> = (0..rows)
            .step_by(ROWS_PER_BATCH)
            .map(|start| table.slice(start, ROWS_PER_BATCH.min(rows - start)))
            .collect();
        let writer = StreamWriter::try_new(Vec::new(), &table.schema())?;
        Ok(Self { batches: batches.into_iter(), writer, written: Vec::new().into_iter(), finished: false })
    }

    /// Writes the next batch, or the end of the stream.
    fn write(&mut self) -> Result<(), ArrowError> {
        match self.batches.next() {
            Some(batch) => self.writer.write(&batch)?,
            None => {
                self.writer.finish()?;
                self.finished = true;
            }
        }
        let bytes = mem::take(self.writer.get_mut());
        self.written = bytes.chunks(BYTES_PER_MESSAGE).map(<[u8]>::to_vec).collect::<Vec<_>>().into_iter();
        Ok(())
    }
}

impl Iterator for Chunks {
    type Item = SubmitRequest;

    fn next(&mut self) -> Option<SubmitRequest> {
        loop {
            if let Some(bytes) = self.written.next() {
                return Some(SubmitRequest { part: Some(Part::ArrowIpc(bytes)) });
            }
            if self.finished {
                return None;
            }
            self.write().expect("a table in memory is written to memory");
        }
    }
}
