//! The position of an area in a funnel around London's value.

use super::Comparison;
use crate::engine::query::CellRequest;
use crate::estimate::{Comparable, Estimated};
use crate::stats::StatsError;
use crate::stats::funnel::{
    CONTROL, Significance, proportion_limits, proportion_significance, rate_limits, rate_significance,
};

/// Places an area among the limits around London's value, for an area of its size.
pub(super) fn place(cell: CellRequest<'_>, comparable: Comparable, london: &Estimated, comparison: &mut Comparison) {
    let multiplier = cell.definition.value_kind.multiplier().unwrap_or(1.0);
    let placed = match comparable {
        Comparable::Share(share) => proportion_significance(share, london.value)
            .and_then(|place| Ok((place, Some(proportion_limits(london.value, share.denominator(), 1.0, CONTROL)?)))),
        Comparable::Rate(rate) => {
            let (events, exposure) = (rate.events(), rate.exposure());
            let limits = match rate_limits(events, london.value, CONTROL) {
                Ok(found) => Ok(Some(found.limits)),
                // Without an event the limits have no place on the axis of events.
                Err(StatsError::ZeroCount(_)) => Ok(None),
                Err(error) => Err(error),
            };
            rate_significance(events, exposure, london.value, multiplier).and_then(|place| Ok((place, limits?)))
        }
        Comparable::Difference(_) | Comparable::Not => {
            comparison.note = "There is no funnel for a value of this kind.".to_owned();
            return;
        }
    };
    match placed {
        Ok((place, limits)) => {
            comparison.verdict = word(place);
            comparison.interval = limits;
        }
        Err(error) => comparison.note = format!("No position: {error}."),
    }
}

fn word(place: Significance) -> &'static str {
    match place {
        Significance::LowControl => "below the 99.8% limits",
        Significance::LowWarning => "below the 95% limits",
        Significance::NotSignificant => "within the limits",
        Significance::HighWarning => "above the 95% limits",
        Significance::HighControl => "above the 99.8% limits",
    }
}
