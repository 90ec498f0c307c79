//! Makes, keeps and publishes releases.
//!
//! What has happened to releases is kept in the store of the ledger, and their content in folders beside it. Steps take turns:
//! each is decided by the rules of [`crate::release`], stored, and only then acknowledged.

mod earlier;
mod frozen;
mod make;
mod room;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use arc_swap::ArcSwap;
use tokio::sync::{Semaphore, watch};

use crate::error::Error;
use crate::exchange::Exchange;
use crate::export::signing_key;
use crate::limits::Limits;
use crate::release::{
    Book, Event, FolderError, Folders, Frozen, Life, Principal, Refused, State, Step, Tidied, What,
};
use crate::signing::Key;
use crate::store::{Store, StoreError, StoredReleaseEvent};
use crate::task::{blocking, to_completion};
pub(crate) use make::Order;

/// The releases of an exchange.
pub(crate) struct Publication {
    exchange: Arc<Exchange>,
    folders: Folders,
    key: Key,
    limits: Limits,
    book: ArcSwap<Book>,
    turn: tokio::sync::Mutex<Turn>,
    /// One release is made at a time: each needs a processor core, which queries need too.
    making: Semaphore,
    /// The content of releases that were read lately, the last one first.
    kept: Mutex<Vec<Arc<Frozen>>>,
    news: watch::Sender<News>,
}

/// The turn of one step.
#[derive(Debug, Default)]
struct Turn {
    /// True while it is not known whether the last event was stored.
    unsure: bool,
}

/// What those who follow releases wait for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct News {
    /// Number of the last event.
    pub(crate) number: u64,
    /// Whether the exchange stops.
    pub(crate) ended: bool,
}

impl Publication {
    /// Opens the releases of an exchange in its data directory. Removes what is left of releases that were never made.
    ///
    /// # Errors
    ///
    /// If the events or the folder cannot be read.
    pub(crate) async fn open(exchange: Arc<Exchange>, data_dir: &Path, limits: Limits) -> Result<Self, Error> {
        let failed = |error| StoreError::Directory { path: data_dir.display().to_string(), source: error };
        let folders = Folders::open(data_dir).map_err(failed)?;
        let key = signing_key(data_dir).map_err(failed)?;
        let book = read(&*exchange.store).await?;
        let discarded: BTreeMap<&str, bool> =
            book.latest_first().into_iter().map(|life| (&*life.id, life.state == State::Discarded)).collect();
        let Tidied { removed, set_aside } = folders.tidy(&discarded).map_err(failed)?;
        if removed > 0 {
            tracing::warn!(
                removed,
                "folders of releases that were not made to the end, or were discarded, are removed"
            );
        }
        if !set_aside.is_empty() {
            tracing::warn!(
                releases = ?set_aside,
                "releases that were published are not in the ledger, so it is not the latest one: their folders are set aside, \
                 with the ending .unknown"
            );
        }
        folders.note_published(&ever_published(&book)).map_err(failed)?;
        let news = watch::Sender::new(News { number: book.number(), ended: false });
        Ok(Self {
            exchange,
            folders,
            key,
            limits,
            book: ArcSwap::from_pointee(book),
            turn: tokio::sync::Mutex::default(),
            making: Semaphore::new(1),
            kept: Mutex::default(),
            news,
        })
    }

    /// All releases as they are now.
    pub(crate) fn book(&self) -> Arc<Book> {
        self.book.load_full()
    }

    /// Tells when something happens to a release.
    pub(crate) fn news(&self) -> watch::Receiver<News> {
        self.news.subscribe()
    }

    /// Ends the calls that follow releases, because the exchange stops.
    pub(crate) fn stop(&self) {
        self.news.send_modify(|news| news.ended = true);
    }

    /// Takes a step in the life of a release. It is finished even if the caller leaves. `decide` gets the present instant.
    ///
    /// # Errors
    ///
    /// [`Error::Release`] if the step is refused; [`Error::NotStored`] or [`Error::Unsure`] if it cannot be stored.
    pub(crate) async fn step(
        self: &Arc<Self>,
        id: String,
        by: Principal,
        decide: impl FnOnce(&Book, &Life, i64) -> Result<Step, Refused> + Send + 'static,
    ) -> Result<Life, Error> {
        let all = Arc::clone(self);
        to_completion(async move {
            let mut turn = all.turn().await?;
            let book = all.book();
            let life = book.get(&id).ok_or_else(|| not_found(&id))?;
            let now = all.now(&book)?;
            match decide(&book, life, now)? {
                Step::Before => Ok(life.clone()),
                Step::New(what) => {
                    let discarded = matches!(what, What::Discarded { .. });
                    let life =
                        all.append(&mut turn, Event { number: 0, at_micros: now, release: id, by, what }).await?;
                    if discarded {
                        all.forget(&life);
                    }
                    Ok(life)
                }
            }
        })
        .await
    }

    /// Now, but later than all events before.
    fn now(&self, book: &Book) -> Result<i64, Error> {
        let now = self.exchange.sure_now_micros()?;
        Ok(book.last_micros().map_or(now, |last| now.max(last.saturating_add(1))))
    }

    /// Waits for the turn to take a step. If it is not known whether the last event was stored, this is settled first.
    async fn turn(&self) -> Result<tokio::sync::MutexGuard<'_, Turn>, Error> {
        let mut turn = self.turn.lock().await;
        if turn.unsure {
            self.exchange.store.settle().await.map_err(Error::Unsettled)?;
            self.show(read(&*self.exchange.store).await?);
            turn.unsure = false;
        }
        Ok(turn)
    }

    /// Stores an event, and shows it. Its number is the next one.
    async fn append(&self, turn: &mut Turn, event: Event) -> Result<Life, Error> {
        let mut book = Book::clone(&self.book());
        let before = ever_published(&book);
        let event = Event { number: book.number() + 1, ..event };
        let stored = encoded(&event)?;
        turn.unsure = true;
        match self.exchange.store.append_release_event(&stored).await {
            Ok(()) => turn.unsure = false,
            Err(error @ StoreError::Full(_)) => {
                turn.unsure = false;
                return Err(Error::NotStored(error));
            }
            Err(error) => return Err(Error::Unsure(error)),
        }
        let id = event.release.clone();
        book.add(Arc::new(event));
        let life = book.get(&id).cloned().ok_or_else(|| Error::Defect("an event has no release".to_owned()))?;
        let published = ever_published(&book);
        self.show(book);
        if published != before {
            let folders = self.folders.clone();
            if let Ok(Err(error)) = blocking(move || folders.note_published(&published)).await {
                // The next start writes it again.
                tracing::warn!(%error, "the list of releases that were published cannot be written");
            }
        }
        Ok(life)
    }

    /// Shows the releases to readers.
    fn show(&self, book: Book) {
        let number = book.number();
        self.book.store(Arc::new(book));
        self.news.send_modify(|news| news.number = number);
    }
}

/// The error for a release that is not there, or that the caller may not see.
pub(crate) fn not_found(id: &str) -> Error {
    Error::NotFound {
        name: format!("releases/{id}"),
        advice: "the list of releases has those that you may see".to_owned(),
    }
}

/// Compares the content of all releases with its hashes. Answers the number of releases, and what is damaged.
///
/// # Errors
///
/// If the events cannot be read.
pub(crate) async fn verify(store: &dyn Store, data_dir: &Path) -> Result<(usize, Vec<FolderError>), Error> {
    let failed = |error| StoreError::Directory { path: data_dir.display().to_string(), source: error };
    let (book, folders) = (read(store).await?, Folders::open(data_dir).map_err(failed)?);
    let there = book.latest_first().into_iter().filter(|life| life.state != State::Discarded);
    let checked: Vec<Vec<FolderError>> = there.map(|life| folders.verify(&life.id, &life.drafted.files)).collect();
    Ok((checked.len(), checked.into_iter().flatten().collect()))
}

/// The releases as the store has them.
async fn read(store: &dyn Store) -> Result<Book, Error> {
    let stored = store.release_events().await?;
    let events = stored.iter().map(decoded).collect::<Result<Vec<_>, _>>()?;
    Ok(Book::of(events.into_iter().map(Arc::new)))
}

/// An event without its number, instant and release, as it is stored.
#[derive(serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    by: Principal,
    what: What,
}

fn encoded(event: &Event) -> Result<StoredReleaseEvent, Error> {
    let stored = Stored { by: event.by.clone(), what: event.what.clone() };
    let bytes = serde_json::to_vec(&stored).map_err(|error| Error::Defect(error.to_string()))?;
    let Event { number, at_micros, .. } = *event;
    Ok(StoredReleaseEvent { number, at_micros, release: event.release.clone(), event: bytes })
}

fn decoded(stored: &StoredReleaseEvent) -> Result<Event, StoreError> {
    let damaged = |_| StoreError::Damaged(format!("event {} of the releases cannot be read", stored.number));
    let Stored { by, what } = serde_json::from_slice(&stored.event).map_err(damaged)?;
    let StoredReleaseEvent { number, at_micros, .. } = *stored;
    Ok(Event { number, at_micros, release: stored.release.clone(), by, what })
}

/// The identifiers of all releases that were ever published.
fn ever_published(book: &Book) -> Vec<String> {
    book.ever_published().iter().map(|life| life.id.to_string()).collect()
}
