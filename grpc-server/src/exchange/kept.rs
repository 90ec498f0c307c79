//! Keeps in the store which rows are in force, so that the next start reads no others.

use super::Exchange;
use super::writer::{Turn, Writer};
use crate::error::Error;
use crate::ledger::{Entry, not_withdrawn};
use crate::store::{InForce, KeptInForce};
use crate::task::blocking;

/// A start reads every submission after the position up to which it is kept what is in force. For each such submission it
/// takes about as long as for so many of its rows.
const ROWS_LIKE_A_SUBMISSION: u64 = 500;
/// What is in force is kept again when a start would have to read more than a share of it in addition: one part in so many.
const PARTS: u64 = 16;
/// So much in addition is never much.
const FEW_ROWS: u64 = 1 << 15;

/// When it is kept what is in force.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum When {
    /// If much has changed since.
    MuchChanged,
    /// If anything has changed since.
    AnyChanged,
}

impl Exchange {
    /// Keeps what is in force. If this fails, the next start takes longer, and nothing is lost.
    pub(super) async fn keep_in_force(&self, when: When) {
        let turn = std::sync::Arc::clone(&self.writer).lock_owned().await;
        if !turn.is_due(when) {
            return;
        }
        let kept = match self.in_force(turn).await {
            Ok(kept) => kept,
            Err(error) => {
                tracing::warn!(%error, "it could not be found out which rows are in force");
                return;
            }
        };
        let position = kept.position;
        match self.store.keep_in_force(kept).await {
            Ok(()) => self.writer.lock().await.kept = position,
            Err(error) => {
                tracing::warn!(%error, "the store could not keep which rows are in force; this is tried again later");
            }
        }
    }

    /// What is in force now.
    async fn in_force(&self, turn: Turn) -> Result<KeptInForce, Error> {
        let reference = self.core.reference.clone();
        blocking(move || {
            let heads = turn.entries.iter().filter_map(Entry::head);
            let places = heads.filter(|head| head.has_places(&reference));
            let in_force = InForce {
                rows: turn.state.in_force(),
                places: places.map(|head| (head.position(), head.places.to_vec())).collect(),
            };
            KeptInForce {
                position: turn.entries.last().map_or(0, Entry::position),
                content: in_force.encode(&reference),
            }
        })
        .await
    }
}

impl Writer {
    /// Whether it is to be kept now what is in force. It never is while a submission is damaged: then every start must read
    /// the whole history, which tells what is lost.
    fn is_due(&self, when: When) -> bool {
        let later = self.entries.partition_point(|entry| entry.position() <= self.kept);
        let later = self.entries.get(later..).unwrap_or_default();
        let rows = |entry: &Entry| entry.head().map_or(0, |head| head.envelope.rows) + ROWS_LIKE_A_SUBMISSION;
        let more: u64 = later.iter().map(rows).sum();
        let all = || u64::try_from(self.state.rows()).unwrap_or(u64::MAX);
        let is_much = match when {
            When::AnyChanged => more > 0,
            When::MuchChanged => more > FEW_ROWS && more > all() / PARTS,
        };
        is_much && !self.unsure && not_withdrawn(&self.entries).all(|head| !head.damaged)
    }
}
