//! Loads the ledger when the exchange begins: what is in force, and what came after it was kept which rows these are.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use peelian_core::contract::Contract;
use peelian_core::period::Month;
use peelian_core::reference::{AreaId, Reference};

use super::loader::{Loader, heads_by_position};
use crate::error::Error;
use crate::ledger::{Entry, Head, LedgerState, family, needed};
use crate::store::payload::PayloadError;
use crate::store::{InForce, KeptInForce, RowsInForce, Store, StoreError, StoredEntry};
use crate::task::blocking;

/// The entries of a ledger and its rows in force.
pub(super) struct Loaded {
    pub(super) entries: Vec<Entry>,
    pub(super) state: LedgerState,
    /// Position up to which the store has kept which rows are in force; 0 if it has kept nothing that can be used.
    pub(super) kept: u64,
}

/// Loads the ledger: what is in force, as far as the store has kept it, and all later entries. If the store has kept
/// nothing, or if something of it is damaged, it reads every submission.
///
/// # Errors
///
/// If the store cannot be read, or if stored rows cannot be decoded.
pub(super) async fn load(store: &Arc<dyn Store>, reference: &Reference) -> Result<Loaded, Error> {
    let mut entries = load_entries(store).await?;
    let loader = Loader::new(store, reference).at_start();
    if let Some((kept, in_force)) = what_is_kept(store, &entries, reference).await? {
        let put = put_places(&mut entries, kept, in_force.places, reference);
        let held = if put { held(&entries, kept, in_force.rows) } else { None };
        let state = match held {
            Some(held) => restore(&loader, &mut entries, kept, held).await?,
            None => None,
        };
        if let Some(state) = state {
            return Ok(Loaded { entries, state, kept });
        }
        tracing::warn!("what is in force must be found out again: every submission is read");
    }
    let folded = loader.whole(&entries, &|| true).await?;
    let folded = folded.ok_or_else(|| Error::Defect("the ledger was not loaded".to_owned()))?;
    folded.tell(&mut entries);
    Ok(Loaded { entries, state: folded.state, kept: 0 })
}

/// Reads every entry of the ledger, without rows.
async fn load_entries(store: &Arc<dyn Store>) -> Result<Vec<Entry>, Error> {
    let entry = |entry| match entry {
        StoredEntry::Withdrawal(withdrawal) => Ok(Entry::Withdrawal(withdrawal)),
        StoredEntry::Submission(envelope) => {
            let known = Contract::get().dataset(&envelope.dataset);
            let dataset = known.ok_or_else(|| PayloadError::Dataset(envelope.dataset.clone()))?;
            Ok(Entry::Submission(Arc::new(Head::new(envelope, dataset))))
        }
    };
    store.entries().await?.into_iter().map(entry).collect()
}

/// What the store has kept, with its position; `None` if nothing can be used.
async fn what_is_kept(
    store: &Arc<dyn Store>,
    entries: &[Entry],
    reference: &Reference,
) -> Result<Option<(u64, InForce)>, Error> {
    let KeptInForce { position, content } = match store.in_force().await {
        Ok(Some(kept)) => kept,
        Ok(None) => return Ok(None),
        Err(StoreError::Damaged(damage)) => {
            tracing::warn!(damage, "it is not known which rows are in force: every submission is read");
            return Ok(None);
        }
        Err(error) => return Err(error.into()),
    };
    let known = entries.last().is_some_and(|last| position <= last.position());
    let in_force = InForce::decode(&content, reference).filter(|_| known);
    if in_force.is_none() {
        tracing::info!("another version has kept which rows are in force: every submission is read");
    }
    Ok(in_force.map(|in_force| (position, in_force)))
}

/// The submissions whose rows in force are those that were kept: not those of datasets of which a submission was withdrawn
/// since, because others of their rows can have come into force. `None` if one is not known.
fn held(entries: &[Entry], kept: u64, rows: Vec<RowsInForce>) -> Option<Vec<(Arc<Head>, RowsInForce)>> {
    let (changed, heads) = (changed_since(entries, kept), heads_by_position(entries));
    let mut held = Vec::with_capacity(rows.len());
    for rows in rows {
        let head = *heads.get(&rows.submission)?;
        if !changed.contains(head.dataset.id.as_str()) {
            held.push((Arc::clone(head), rows));
        }
    }
    Some(held)
}

/// The state from the rows that are held and the entries after them; `None` if rows are damaged.
async fn restore(
    loader: &Loader,
    entries: &mut [Entry],
    kept: u64,
    held: Vec<(Arc<Head>, RowsInForce)>,
) -> Result<Option<LedgerState>, Error> {
    let Some(segments) = loader.restored(held).await? else { return Ok(None) };
    let changed = changed_since(entries, kept);
    let mut chosen = needed(entries);
    for (chosen, entry) in chosen.iter_mut().zip(&*entries) {
        let is_changed = entry.head().is_some_and(|head| changed.contains(head.dataset.id.as_str()));
        *chosen = entry.position() > kept || (*chosen && is_changed);
    }
    let reference = loader.reference.clone();
    let state = blocking(move || LedgerState::restored(reference, segments)).await?;
    let folded = loader.fold(state, entries, &chosen, &|| true).await?;
    let Some(folded) = folded.filter(|folded| !folded.is_damaged()) else { return Ok(None) };
    folded.tell(entries);
    Ok(Some(folded.state))
}

/// The datasets of which rows can have come into force again, because submissions were withdrawn after a position.
fn changed_since(entries: &[Entry], position: u64) -> BTreeSet<&'static str> {
    let later = entries.iter().filter(|entry| entry.position() > position);
    let withdrawn: HashSet<u64> = later.filter_map(Entry::withdraws).filter(|of| *of <= position).collect();
    let heads = entries.iter().filter_map(Entry::head).filter(|head| withdrawn.contains(&head.position()));
    heads.flat_map(|head| family(head.dataset)).collect()
}

/// Puts the places of the submissions up to a position into their heads. False if one that has places has none here: then
/// the register has changed.
fn put_places(
    entries: &mut [Entry],
    position: u64,
    places: Vec<(u64, Vec<(AreaId, Month)>)>,
    reference: &Reference,
) -> bool {
    let mut places: HashMap<u64, _> = places.into_iter().collect();
    for entry in entries.iter_mut().filter(|entry| entry.position() <= position) {
        let Entry::Submission(head) = entry else { continue };
        match places.remove(&head.position()) {
            Some(places) => *head = Arc::new(Head { places: places.into(), ..(**head).clone() }),
            None if head.has_places(reference) => return false,
            None => {}
        }
    }
    true
}
