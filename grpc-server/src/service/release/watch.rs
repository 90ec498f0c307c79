//! Follows releases as they are published.

use std::sync::Arc;

use peelian::v1::WatchReleasesResponse;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

use super::{Parts, message};
use crate::publication::Publication;
use crate::release::{Life, What};

/// Releases that wait for a reader. A reader that does not read keeps nothing else from happening.
const WAITING: usize = 16;

/// Each release when it is published or restored, from now on. The stream ends when the exchange stops.
pub(super) fn follow(publication: &Arc<Publication>) -> Parts<WatchReleasesResponse> {
    let (sender, receiver) = mpsc::channel(WAITING);
    let mut news = publication.news();
    let mut last = news.borrow_and_update().number;
    let publication = Arc::clone(publication);
    tokio::spawn(async move {
        loop {
            let now = *news.borrow_and_update();
            for life in since(&publication, last) {
                let told = WatchReleasesResponse { release: Some(message::release(&life)) };
                if sender.send(Ok::<_, Status>(told)).await.is_err() {
                    return;
                }
            }
            last = now.number;
            if now.ended {
                return;
            }
            tokio::select! {
                () = sender.closed() => return,
                changed = news.changed() => if changed.is_err() { return },
            }
        }
    });
    Box::pin(ReceiverStream::new(receiver))
}

/// The releases that came into force after the event with a number, in that order, as they are now.
fn since(publication: &Publication, number: u64) -> Vec<Life> {
    let book = publication.book();
    let later = book.events_after(number);
    let into_force = later.filter(|event| matches!(event.what, What::Published | What::Restored { .. }));
    into_force.filter_map(|event| book.get(&event.release).cloned()).collect()
}
