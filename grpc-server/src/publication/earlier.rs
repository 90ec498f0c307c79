//! What earlier releases published of the cells of a new one.

use std::collections::{HashMap, HashSet};

use peelian::v1::observation::Result as Outcome;
use peelian::v1::{self, Observation};
use peelian_core::release::{EarlierFigure, RevisionSize};

use super::Publication;
use crate::error::Error;
use crate::release::{Cell, Life, cell};
use crate::resource_name;

impl Publication {
    /// For each observation, what the latest of some releases that has its cell published of it. A release that withheld the
    /// cell published nothing of it. `published` are the releases in the order of their publication.
    pub(super) fn earlier_figures(
        &self,
        published: &[&Life],
        observations: &[Observation],
    ) -> Result<Vec<Option<EarlierFigure>>, Error> {
        let mut found = vec![None; observations.len()];
        let measures: HashSet<&str> = observations.iter().map(|one| &*one.measure).collect();
        let shares_any = |life: &&&Life| life.drafted.measures.iter().any(|measure| measures.contains(&**measure));
        for life in published.iter().rev().filter(shares_any) {
            let earlier = self.folders.observations(&life.id, &life.drafted.files)?;
            let known: HashMap<Cell<'_>, &Observation> = earlier.iter().map(|one| (cell(one), one)).collect();
            for (found, one) in found.iter_mut().zip(observations).filter(|(found, _)| found.is_none()) {
                *found = known.get(&cell(one)).map(|earlier| figure(life, earlier));
            }
        }
        Ok(found.into_iter().map(Option::flatten).collect())
    }
}

/// What a release published of a cell; `None` if it has no value.
fn figure(life: &Life, observation: &Observation) -> Option<EarlierFigure> {
    let Some(Outcome::Value(value)) = observation.result else { return None };
    Some(EarlierFigure {
        agency: life.maker().agency.into(),
        release: resource_name::release(&life.id).into(),
        value,
        numerator: observation.numerator,
        provisional: observation.marker.split(' ').any(|one| one == "[p]"),
    })
}

/// How large revisions are, as a message.
pub(super) fn message(size: &RevisionSize) -> v1::RevisionSize {
    let number = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    v1::RevisionSize {
        measure: size.measure.to_string(),
        basis: v1::Basis::from(size.basis).into(),
        area_level: size.level.id().to_owned(),
        period_kind: size.period_kind.code().to_owned(),
        compared: number(size.compared),
        revised: number(size.revised),
        corrected: number(size.corrected),
        mean: size.mean,
        mean_absolute: size.mean_absolute,
        relative: size.relative,
    }
}
