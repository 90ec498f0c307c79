//! Sends the files of a release.

use std::sync::Arc;

use peelian::v1::{ExportReleaseRequest, ExportReleaseResponse};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;
use tracing::Instrument as _;

use super::{Parts, Releases};
use crate::error::Error;
use crate::limits::Limits;
use crate::publication::Publication;
use crate::release::{Life, State};
use crate::service::authority::Call;
use crate::service::released;

/// Bytes of one message.
const CHUNK_BYTES: usize = 256 << 10;

impl Releases {
    /// The files of a release that the caller may see, in the order of their names.
    pub(super) async fn export(
        &self,
        request: &ExportReleaseRequest,
        call: &Call,
    ) -> Result<Parts<ExportReleaseResponse>, Error> {
        let life = self.seen((&request.name, "name"), call)?;
        if life.state == State::Discarded {
            let name = format!("content of {}", request.name);
            return Err(Error::NotFound {
                name,
                advice: "the release was discarded, and its content deleted".to_owned(),
            });
        }
        let frozen = self.publication.frozen(&life).await?;
        released::may_see_all(&self.exchange.core, &life, &frozen, call)?;
        call.notes().at_position(life.drafted.ledger_position);
        call.notes().saw(released::values(&frozen.observations));
        drop(frozen);
        let (sender, receiver) = mpsc::channel(1);
        let sending = Sending { publication: Arc::clone(&self.publication), life, limits: self.limits, sender };
        tokio::spawn(sending.run().in_current_span());
        Ok(Box::pin(ReceiverStream::new(receiver)))
    }
}

/// An export under way.
struct Sending {
    publication: Arc<Publication>,
    life: Life,
    limits: Limits,
    sender: mpsc::Sender<Result<ExportReleaseResponse, Status>>,
}

impl Sending {
    /// Sends all files. If one cannot be sent, the stream ends with the error.
    async fn run(self) {
        if let Err(error) = self.send_all().await {
            // The reader may have left.
            _ = self.sender.send_timeout(Err(error.into()), self.limits.idle).await;
        }
    }

    async fn send_all(&self) -> Result<(), Error> {
        for name in Publication::exported_names(&self.life) {
            let bytes = self.publication.exported(&self.life, &name).await?;
            let empty = bytes.is_empty().then_some(&[][..]);
            for chunk in bytes.chunks(CHUNK_BYTES).chain(empty) {
                let part = ExportReleaseResponse { file: name.clone(), chunk: chunk.to_vec() };
                match self.sender.send_timeout(Ok(part), self.limits.idle).await {
                    Ok(()) => {}
                    Err(mpsc::error::SendTimeoutError::Closed(_)) => return Ok(()),
                    Err(mpsc::error::SendTimeoutError::Timeout(_)) => {
                        return Err(super::super::answer_stream::not_read(self.limits));
                    }
                }
            }
        }
        Ok(())
    }
}
