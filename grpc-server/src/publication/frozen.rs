//! Reads the frozen content of releases.

use std::sync::{Arc, PoisonError};

use peelian::v1::{RevisionSize, WithheldObservation};

use super::Publication;
use crate::error::Error;
use crate::release::{Frozen, Life, exported_names};
use crate::task::blocking;

/// Number of releases whose content is kept in memory after it was read: the one in force, and those that it is compared with.
const KEPT: usize = 4;

impl Publication {
    /// The observations of a release.
    ///
    /// # Errors
    ///
    /// [`Error::Folder`] if they cannot be read or are damaged.
    pub(crate) async fn frozen(self: &Arc<Self>, life: &Life) -> Result<Arc<Frozen>, Error> {
        if let Some(kept) = self.kept(&life.id) {
            return Ok(kept);
        }
        let (all, life) = (Arc::clone(self), life.clone());
        let frozen = blocking(move || {
            let observations = all.folders.observations(&life.id, &life.drafted.files)?;
            Ok::<_, Error>(Arc::new(Frozen::new(life.id, observations)))
        })
        .await??;
        self.keep(&frozen);
        Ok(frozen)
    }

    /// Why observations of a release are withheld.
    ///
    /// # Errors
    ///
    /// [`Error::Folder`] if this cannot be read or is damaged.
    pub(crate) async fn withheld(self: &Arc<Self>, life: &Life) -> Result<Vec<WithheldObservation>, Error> {
        let (all, life) = (Arc::clone(self), life.clone());
        Ok(blocking(move || all.folders.withheld(&life.id, &life.drafted.files)).await??)
    }

    /// How large the revisions of a release are.
    ///
    /// # Errors
    ///
    /// [`Error::Folder`] if this cannot be read or is damaged.
    pub(crate) async fn revisions(self: &Arc<Self>, life: &Life) -> Result<Vec<RevisionSize>, Error> {
        let (all, life) = (Arc::clone(self), life.clone());
        Ok(blocking(move || all.folders.revisions(&life.id, &life.drafted.files)).await??)
    }

    /// An exported file of a release.
    ///
    /// # Errors
    ///
    /// [`Error::Folder`] if it cannot be read or is damaged.
    pub(crate) async fn exported(self: &Arc<Self>, life: &Life, name: &str) -> Result<Vec<u8>, Error> {
        let (all, life, name) = (Arc::clone(self), life.clone(), name.to_owned());
        Ok(blocking(move || all.folders.exported(&life.id, &name, &life.drafted.files)).await??)
    }

    /// Names of the exported files of a release, in order.
    pub(crate) fn exported_names(life: &Life) -> Vec<String> {
        exported_names(&life.drafted.files).map(str::to_owned).collect()
    }

    /// Removes the content of a release that was discarded. If this fails, the next start does it.
    pub(super) fn forget(&self, life: &Life) {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).retain(|kept| kept.release != life.id);
        if let Err(error) = self.folders.remove(&life.id) {
            tracing::warn!(%error, "the content of a discarded release is removed at the next start");
        }
    }

    fn kept(&self, id: &str) -> Option<Arc<Frozen>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().find(|frozen| frozen.release == id).cloned()
    }

    fn keep(&self, frozen: &Arc<Frozen>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|other| other.release != frozen.release);
        kept.insert(0, Arc::clone(frozen));
        kept.truncate(KEPT);
    }
}
