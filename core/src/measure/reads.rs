//! The fields that a design reads.

use super::{Completeness, Design, Gap, Place, Population, RepeatShare, Subjects};
use crate::cel::FieldPath;

impl Design {
    /// Every field by which rows are selected, placed in an area and a period, weighted or followed; some may repeat. A
    /// gap has its groups' field here, and everything else from the measure compared. `wards` says whether the ward of a row
    /// is needed beside its area.
    #[must_use]
    pub fn fields(&self, wards: bool) -> Vec<FieldPath> {
        match self {
            Self::Count(population) | Self::Proportion(population) | Self::Rate { population, .. } => {
                population.fields(wards)
            }
            Self::WeightedProportion { population, weights, psu } => {
                [population.fields(wards), weights.values().copied().chain(*psu).collect()].concat()
            }
            Self::RepeatShare(repeat) => repeat.fields(wards),
            Self::Funnel(funnel) => {
                let stages = funnel.steps.iter().map(|step| &step.subjects).chain(&funnel.pending);
                stages.flat_map(|stage| stage.fields(wards)).collect()
            }
            Self::Ratio { numerator, denominator } => [numerator.fields(wards), denominator.fields(wards)].concat(),
            Self::Gap(Gap { of: _, by, reference, comparison }) => {
                [vec![*by], reference.members.fields(), comparison.members.fields()].concat()
            }
            Self::Completeness(Completeness { register: _, dataset: _, date, site }) => vec![*date, *site],
            Self::SubmittedOnly => Vec::new(),
        }
    }
}

impl Place {
    fn fields(&self, wards: bool) -> impl Iterator<Item = FieldPath> {
        std::iter::once(self.area).chain(self.ward.filter(|_| wards))
    }
}

// Every field is named in these patterns, so that one which is added must be thought of here.

impl Population {
    fn fields(&self, wards: bool) -> Vec<FieldPath> {
        let Self {
            dataset: _,
            date,
            place,
            initial,
            denominator,
            denominator_exclusion,
            denominator_exception,
            numerator,
            numerator_exclusion,
        } = self;
        let predicates =
            [initial, denominator, denominator_exclusion, denominator_exception, numerator, numerator_exclusion];
        predicates.iter().flat_map(|predicate| predicate.fields()).chain([*date]).chain(place.fields(wards)).collect()
    }
}

impl Subjects {
    fn fields(&self, wards: bool) -> Vec<FieldPath> {
        let Self { dataset: _, date, place, population } = self;
        population.fields().into_iter().chain([*date]).chain(place.fields(wards)).collect()
    }
}

impl RepeatShare {
    fn fields(&self, wards: bool) -> Vec<FieldPath> {
        let Self {
            dataset: _,
            date,
            place,
            person,
            crime,
            incident,
            key_id,
            qualifying,
            linkable,
            index,
            prior,
            same,
            rule: _,
            require_distinct_incident: _,
            result: _,
        } = self;
        let predicates = [qualifying, linkable, index, prior].into_iter().flat_map(|predicate| predicate.fields());
        let own = [*date, *person, *crime, *incident, *key_id].into_iter().chain(*same);
        predicates.chain(own).chain(place.fields(wards)).collect()
    }
}
