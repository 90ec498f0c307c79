//! Answers queries from releases.

use std::collections::HashSet;
use std::sync::Arc;

use peelian::v1::alternative::Result as OtherOutcome;
use peelian::v1::observation::Result as Outcome;
use peelian::v1::{self, MissingReason};
use peelian_core::Core;
use peelian_core::engine::{Observation, Page, Place, Query, Visibility};
use prost::Message as _;
use prost_types::Timestamp;

use super::answer_stream::Pages;
use super::authority::Call;
use super::instant;
use crate::error::Error;
use crate::policy::{Action, Resource};
use crate::publication::Publication;
use crate::release::{Book, Frozen, Life, SelectError, check};
use crate::resource_name;
use crate::task::blocking;

/// A query of releases, with what the caller may see of it.
pub(super) struct ReleasedQuery {
    /// The query.
    pub(super) query: Query,
    /// Measures that it names itself. Those of its profile are answered as far as a release has them.
    pub(super) named: Vec<String>,
}

/// For each measure of a query, in its order, the release that answers.
pub(super) type Chosen = Vec<(String, Life)>;

/// The releases at an instant; as they are now if none is stated.
///
/// # Errors
///
/// If the instant is none.
pub(super) fn book(publication: &Publication, as_of: Option<&Timestamp>) -> Result<Arc<Book>, Error> {
    let book = publication.book();
    as_of.map_or(Ok(Arc::clone(&book)), |instant| Ok(Arc::new(book.at(instant::as_of(instant)?))))
}

/// For each measure of a query, the release in force that has it and came into force last; `None` if no release has any of them.
///
/// # Errors
///
/// If a release has one of the measures, and none has another that the query names.
pub(super) fn in_force(core: &Core, book: &Book, asked: &ReleasedQuery) -> Result<Option<Chosen>, Error> {
    let releases = book.in_force();
    let of = |measure: &String| {
        let id = core.catalogue.get(measure).map_or(measure.as_str(), |definition| &*definition.id);
        let life = releases.iter().find(|life| life.drafted.measures.iter().any(|has| has == id));
        (measure.clone(), life.map(|life| Life::clone(life)))
    };
    let found: Vec<(String, Option<Life>)> = asked.query.measures.iter().map(of).collect();
    if found.iter().all(|(_, life)| life.is_none()) {
        return Ok(None);
    }
    let one = |(measure, life): (String, Option<Life>)| match life {
        Some(life) => Some(Ok((measure, life))),
        None if !asked.named.contains(&measure) => None,
        None => Some(Err(Error::NotFound {
            name: format!("release in force with figures of {measure}"),
            advice: "the list of releases has the measures of each".to_owned(),
        })),
    };
    found.into_iter().filter_map(one).collect::<Result<_, _>>().map(Some)
}

/// Checks that the caller may see every figure of a release. One that was never published is seen by whoever may review it.
///
/// # Errors
///
/// [`Error::Denied`], or [`Error::Identity`] if its credentials are for other datasets.
pub(super) fn may_see_all(core: &Core, life: &Life, frozen: &Frozen, call: &Call) -> Result<(), Error> {
    if !life.is_public() {
        call.may(Action::Review, Resource::Releases)?;
        return may_use_all(core, &life.drafted.measures, call);
    }
    let mut seen = HashSet::new();
    for one in &frozen.observations {
        if seen.insert((one.measure.as_str(), one.area.as_str())) {
            call.may_see_released(core, &one.measure, &one.area)?;
        }
    }
    Ok(())
}

/// Checks that the credentials of the caller are for all measures of a release.
///
/// # Errors
///
/// [`Error::Identity`].
pub(super) fn may_use_all(core: &Core, measures: &[String], call: &Call) -> Result<(), Error> {
    let mut definitions = measures.iter().filter_map(|measure| core.catalogue.get(measure));
    definitions.try_for_each(|definition| call.check_scope(definition))
}

/// Number of values that a reader of observations sees: their own, and those of other agencies.
pub(super) fn values(observations: &[v1::Observation]) -> usize {
    let of = |one: &v1::Observation| {
        let others = one.alternatives.iter().filter(|other| matches!(other.result, Some(OtherOutcome::Value(_))));
        usize::from(matches!(one.result, Some(Outcome::Value(_)))) + others.count()
    };
    observations.iter().map(of).sum()
}

/// The answer to a query from releases.
pub(super) struct Answer {
    core: Arc<Core>,
    visibility: Visibility,
    /// The places of the observations, in the order of the query's measures, with the content of their releases.
    places: Vec<(Arc<Frozen>, usize)>,
    /// Names of the releases, each once.
    pub(super) releases: Vec<String>,
    /// The latest position of the ledger that one of the releases was computed from.
    pub(super) ledger_position: u64,
}

impl Answer {
    /// The answer of the chosen releases.
    ///
    /// # Errors
    ///
    /// [`Error::Select`] if a release cannot answer; [`Error::Folder`] if it cannot be read.
    pub(super) async fn new(
        core: &Arc<Core>,
        publication: &Arc<Publication>,
        asked: ReleasedQuery,
        chosen: Chosen,
    ) -> Result<Self, Error> {
        let ReleasedQuery { query, named } = asked;
        check(&query)?;
        let mut releases: Vec<String> = Vec::new();
        let mut contents = Vec::with_capacity(chosen.len());
        let mut ledger_position = 0;
        for (measure, life) in chosen {
            let name = resource_name::release(&life.id);
            if !releases.contains(&name) {
                releases.push(name);
            }
            ledger_position = life.drafted.ledger_position.max(ledger_position);
            contents.push((measure, publication.frozen(&life).await?));
        }
        let core = Arc::clone(core);
        blocking(move || {
            let places = places(&core, &query, &named, &contents)?;
            Ok(Self { core, visibility: query.visibility, places, releases, ledger_position })
        })
        .await?
    }

    /// Number of observations.
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// The observations of a page that fit into so many bytes, but at least one, and the place of the next.
    pub(super) fn page(&self, from: usize, size: usize, bytes: usize) -> (Vec<v1::Observation>, Option<usize>) {
        let mut page: Vec<v1::Observation> = Vec::new();
        let mut used = 0;
        for (frozen, at) in self.places.iter().skip(from).take(size) {
            let Some(found) = frozen.observations.get(*at) else { break };
            let one = self.seen(found);
            used += one.encoded_len();
            if used > bytes && !page.is_empty() {
                break;
            }
            page.push(one);
        }
        let next = from + page.len();
        (page, (next < self.places.len()).then_some(next))
    }

    /// An observation as the reader sees it: without anything that is known of it, if it may not be seen.
    fn seen(&self, found: &v1::Observation) -> v1::Observation {
        let area = self.core.reference.areas.by_code(&found.area);
        let shown = match (self.core.catalogue.get(&found.measure), area) {
            (Some(definition), Some(area)) => self.visibility.shows(definition, area),
            // What the exchange does not know any more, no agreement can allow.
            _ => self.visibility == Visibility::default(),
        };
        if shown {
            return found.clone();
        }
        v1::Observation {
            result: Some(Outcome::Missing(MissingReason::NotAuthorised.into())),
            numerator: None,
            denominator: None,
            interval: None,
            unweighted_base: None,
            effective_n: None,
            synthetic: false,
            obs_status: "O".to_owned(),
            conf_status: "F".to_owned(),
            marker: peelian_core::engine::MissingReason::NotAuthorised.marker().to_owned(),
            completeness: None,
            caveats: Vec::new(),
            sources: Vec::new(),
            components: Vec::new(),
            alternatives: Vec::new(),
            ..found.clone()
        }
    }
}

/// The places of the observations that answer a query, each once. A measure of its profile that a release does not have, or not for
/// these areas and periods, is left out, unless there is no other.
fn places(
    core: &Core,
    query: &Query,
    named: &[String],
    contents: &[(String, Arc<Frozen>)],
) -> Result<Vec<(Arc<Frozen>, usize)>, SelectError> {
    let (mut seen, mut places, mut left_out) = (HashSet::new(), Vec::new(), None);
    for (measure, frozen) in contents {
        match frozen.select(core, query, measure) {
            Ok(found) => {
                let new = found.into_iter().filter(|at| seen.insert((Arc::as_ptr(frozen), *at)));
                places.extend(new.map(|at| (Arc::clone(frozen), at)));
            }
            Err(error @ SelectError::Query(_)) => return Err(error),
            Err(error) if named.contains(measure) => return Err(error),
            Err(error) => left_out = left_out.or(Some(error)),
        }
    }
    match left_out {
        Some(error) if places.is_empty() => Err(error),
        _ => Ok(places),
    }
}

impl Pages for Answer {
    fn page(&self, from: Place, size: usize, _: &(dyn Fn() -> bool + Sync)) -> Result<Page, Error> {
        let (page, next) = Self::page(self, from.cell, size, usize::MAX);
        let read = |(at, one): (usize, &v1::Observation)| {
            let unknown = || Error::Defect("an observation of a release cannot be read".to_owned());
            let observation = Observation::released(one, &self.core).ok_or_else(unknown)?;
            Ok((Place { cell: from.cell + at, observation: 0 }, observation))
        };
        let observations = page.iter().enumerate().map(read).collect::<Result<_, Error>>()?;
        Ok(Page { observations, next: next.map(|cell| Place { cell, observation: 0 }) })
    }
}
