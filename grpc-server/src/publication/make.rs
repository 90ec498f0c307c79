//! Makes a release: computes it, protects it, and freezes it.

use std::sync::Arc;

use peelian::hex::hex;
use peelian::v1::{Observation, WithheldObservation};
use peelian_core::engine::{Engine, MissingReason, QueryError};
use peelian_core::release::{Plan, Record, Release, RevisionSize, make};

use super::earlier::message;
use super::{Publication, room};
use crate::error::Error;
use crate::export::{self, Described, ExportFile, MadeFrom};
use crate::ledger::{Entry, not_withdrawn};
use crate::release::{Content, Drafted, Event, Life, MANIFEST, Numbers, Principal, StatedPlan, What, exported_hash};
use crate::resource_name;
use crate::task::{Waiter, blocking, to_completion};

/// What a release shall be.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    /// Identifier.
    pub(crate) id: String,
    /// Title.
    pub(crate) title: String,
    /// Which observations it has, as the request states it.
    pub(crate) stated: StatedPlan,
    /// The same, as it is computed.
    pub(crate) plan: Plan,
    /// Identifiers of its measures without versions.
    pub(crate) measures: Vec<String>,
    /// Identifier of the release whose place it takes.
    pub(crate) supersedes: Option<String>,
    /// Why it takes that place.
    pub(crate) reason: String,
    /// Position of the ledger that it is computed from; 0 means the present one.
    pub(crate) ledger_position: u64,
    /// SHA-256 of the request, in hexadecimal digits.
    pub(crate) request_sha256: String,
}

/// A release that was made and is not frozen yet.
struct Made {
    drafted: Drafted,
    content: Content,
}

impl Publication {
    /// Makes a release. If the caller leaves before it is computed, the work stops and nothing is stored. If the same caller has
    /// made it with the same request before, it is answered as it is.
    ///
    /// # Errors
    ///
    /// [`Error::Release`] or [`Error::Making`] if it is refused; any other error if the exchange fails.
    pub(crate) async fn make(self: &Arc<Self>, order: Order, by: Principal) -> Result<Life, Error> {
        let _making = self.making.acquire().await.map_err(|_| Error::Abandoned)?;
        if let Some(life) = self.made_before(&order, &by)? {
            return Ok(life);
        }
        let made = self.compute(&order).await?;
        let all = Arc::clone(self);
        to_completion(async move { all.freeze(order, made, by).await }).await
    }

    fn made_before(&self, order: &Order, by: &Principal) -> Result<Option<Life>, Error> {
        let book = self.book();
        let before = book.may_draft(&order.id, by, &order.request_sha256, order.supersedes.as_deref())?;
        Ok(before.cloned())
    }

    /// Computes a release on a thread for heavy work. Only this future waits for it: if it is dropped, the work stops.
    async fn compute(self: &Arc<Self>, order: &Order) -> Result<Made, Error> {
        let engine = match order.ledger_position {
            0 => Arc::clone(&self.exchange.live().engine),
            position => {
                let last = self.exchange.live().engine.snapshot().position;
                if position > last {
                    let advice = format!("the ledger ends at position {last}");
                    return Err(Error::NotFound { name: format!("position {position} of the ledger"), advice });
                }
                self.exchange.engine_at_position(position).await?
            }
        };
        let caller = Waiter::default();
        let (waiting, all, order) = (caller.awaited(), Arc::clone(self), order.clone());
        let made = blocking(move || all.made(&order, &engine, &|| waiting.holds())).await?;
        drop(caller);
        made
    }

    fn made(&self, order: &Order, engine: &Engine, awaited: &(dyn Fn() -> bool + Sync)) -> Result<Made, Error> {
        let book = self.book();
        let published = book.ever_published();
        let release_bytes = self.limits.release_bytes;
        let most = room::most_cells(release_bytes, &published)?;
        let record = |life: &&Life| {
            let bytes = self.folders.record(&life.id, &life.drafted.files)?;
            Ok::<_, Error>(Record::from_bytes(&bytes)?)
        };
        let earlier = published.iter().map(record).collect::<Result<Vec<_>, _>>()?;
        let made = make(engine, &order.plan, most, &earlier, awaited);
        let mut release = made.map_err(|error| room::refused(error, release_bytes))?;
        check_withheld(&release)?;
        if release.observations.len() > self.limits.query_observations {
            return Err(QueryError::TooManyObservations(release.observations.len()).into());
        }
        let position = engine.snapshot().position;
        let name = resource_name::release(&order.id);
        let frozen = |release: &Release| -> Vec<Observation> {
            let one = |one| Observation { release: name.clone(), ..Observation::from(one) };
            release.observations.iter().map(one).collect()
        };
        let earlier = self.earlier_figures(&published, &frozen(&release))?;
        let revisions = release.revise(&self.exchange.core, &earlier);
        let content = Content {
            observations: frozen(&release),
            withheld: withheld(&release),
            revisions: revisions.iter().map(message).collect(),
            record: release.record.to_bytes(),
            files: self.exported_files(order, position, &published, (&release, &revisions))?,
        };
        let drafted = Drafted {
            title: order.title.clone(),
            plan: order.stated.clone(),
            measures: order.measures.clone(),
            ledger_position: position,
            supersedes: order.supersedes.clone(),
            reason: order.reason.clone(),
            protected_against: published.iter().map(|life| life.id.clone()).collect(),
            summary: Numbers::from(&release.summary),
            software_version: env!("CARGO_PKG_VERSION").to_owned(),
            request_sha256: order.request_sha256.clone(),
            files: Vec::new(),
        };
        Ok(Made { drafted, content })
    }

    /// The files of the release's folder, with the manifest and its signature. A release of which counts cannot be protected has
    /// none: it is never published, and its draft shows which counts they are.
    fn exported_files(
        &self,
        order: &Order,
        position: u64,
        published: &[&Life],
        (release, revisions): (&Release, &[RevisionSize]),
    ) -> Result<Vec<(String, Vec<u8>)>, Error> {
        if !release.summary.is_safe() {
            return Ok(Vec::new());
        }
        let given = |text: &str| -> Option<String> { (!text.is_empty()).then(|| text.to_owned()) };
        let (profile, reason) = (given(&order.stated.profile), given(&order.reason));
        let described = Described {
            id: &order.id,
            title: &order.title,
            ledger_position: position,
            profile: profile.as_deref(),
            supersedes: order.supersedes.as_deref(),
            reason: reason.as_deref(),
            revisions,
        };
        let mut files = export::files(&self.exchange.core, &described, release)?;
        let agencies = self.exchange.core.reference.register.operator_sha256();
        let made_from = MadeFrom { submissions: self.inputs(position), releases: manifests(published), agencies };
        let manifest = export::manifest(&self.key, &described, &files, made_from, &release.summary)?;
        files.extend(manifest);
        Ok(files.into_iter().map(|ExportFile { name, bytes, .. }| (name, bytes)).collect())
    }

    /// The submissions in the ledger at a position that were not withdrawn by then: their names, and the hashes of their content.
    fn inputs(&self, position: u64) -> Vec<(String, String)> {
        let live = self.exchange.live();
        let known = live.entries.partition_point(|entry: &Entry| entry.position() <= position);
        let entries = live.entries.get(..known).unwrap_or_default();
        let input = |envelope: &crate::store::Envelope| {
            (resource_name::submission(&envelope.agency, &envelope.ulid), hex(&envelope.content_sha256))
        };
        not_withdrawn(entries).map(|head| input(&head.envelope)).collect()
    }

    /// Stores a release: its content first, then the event that it was made.
    async fn freeze(self: Arc<Self>, order: Order, made: Made, by: Principal) -> Result<Life, Error> {
        let mut turn = self.turn().await?;
        if let Some(life) = self.made_before(&order, &by)? {
            return Ok(life);
        }
        let Made { drafted, content } = made;
        let (all, id) = (Arc::clone(&self), order.id.clone());
        let files = blocking(move || all.folders.write(&id, &content)).await??;
        let what = What::Drafted(Box::new(Drafted { files, ..drafted }));
        let at_micros = self.now(&self.book())?;
        self.append(&mut turn, Event { number: 0, at_micros, release: order.id, by, what }).await
    }
}

/// The names of releases with the hashes of their manifests.
fn manifests(published: &[&Life]) -> Vec<(String, String)> {
    let hash = |life: &&Life| exported_hash(&life.drafted.files, MANIFEST).to_owned();
    published.iter().map(|life| (resource_name::release(&life.id), hash(life))).collect()
}

/// Checks that no observation that is withheld has a value: it must never be stored as if it could be published.
fn check_withheld(release: &Release) -> Result<(), Error> {
    let observation = |at: usize| release.observations.get(at);
    let withheld = release.withheld.iter().map(|withheld| observation(withheld.observation));
    match withheld.into_iter().all(|one| one.is_some_and(|one| one.result == Err(MissingReason::Suppressed))) {
        true => Ok(()),
        false => Err(Error::Defect("a release has the value of an observation that is withheld".to_owned())),
    }
}

/// Why observations are withheld, in the order of the release.
fn withheld(release: &Release) -> Vec<WithheldObservation> {
    let explained = release.withheld.iter().filter_map(|withheld| {
        let one = release.observations.get(withheld.observation)?;
        Some(WithheldObservation {
            measure: one.measure.to_string(),
            area: one.area.to_string(),
            area_name: one.area_name.to_string(),
            period: one.period.to_string(),
            breakdown: one.breakdown.iter().map(|value| (value.dimension.clone(), value.code.clone())).collect(),
            reason: withheld.reason.name().to_owned(),
            low: withheld.interval.map(|interval| interval.low),
            high: withheld.interval.map(|interval| interval.high),
        })
    });
    explained.collect()
}
