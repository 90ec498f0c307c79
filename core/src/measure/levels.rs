//! Checks the periods offered at each level of area.

use std::collections::BTreeMap;

use super::check::Checker;
use super::raw::RawDefinition;
use super::{DefinitionError, Design, Disclosure, Place, Subjects};
use crate::cel::FieldPath;
use crate::period::PeriodKind;
use crate::reference::Level;

/// The periods offered, each at a level that the design can place its rows at.
pub(super) fn periods(
    raw: &RawDefinition,
    design: &Design,
    checker: &Checker<'_>,
) -> Result<BTreeMap<Level, Vec<PeriodKind>>, DefinitionError> {
    let mut periods = BTreeMap::new();
    for (name, codes) in &raw.periods {
        let Some(level) = Level::from_id(name.get_ref()) else {
            return checker.at(name, format!("{} is no level of area", name.get_ref()));
        };
        if matches!(raw.disclosure, Disclosure::Sensitive | Disclosure::Survey) && level == Level::Ward {
            return checker.at(name, format!("{} is not published below the borough", raw.disclosure.id()));
        }
        if !reachable(design, level) {
            return checker.at(name, format!("no field of the design places a row at the level {}", level.id()));
        }
        let mut kinds = Vec::with_capacity(codes.len());
        for code in codes {
            match PeriodKind::from_code(code.get_ref()) {
                Some(kind) => kinds.push(kind),
                None => {
                    let problem = format!("{} is no kind of period: use M, Q, R12, CY or FY", code.get_ref());
                    return checker.at(code, problem);
                }
            }
        }
        periods.insert(level, kinds);
    }
    if periods.is_empty() { checker.at(&raw.measure, "no period is offered at any level") } else { Ok(periods) }
}

/// Whether a design can give values at a level: a field places its rows there, or below.
fn reachable(design: &Design, level: Level) -> bool {
    let at = |subjects: &Subjects| places(&subjects.place, level);
    // Publishers give national comparators, and bins that are no borough, for measures of any design.
    if matches!(level, Level::Nation | Level::Pseudo) {
        return true;
    }
    match design {
        Design::Count(population) | Design::Proportion(population) => places(&population.place, level),
        Design::Rate { population, .. } => places(&population.place, level),
        Design::WeightedProportion { population, weights, .. } => {
            places(&population.place, level) && weights.contains_key(&level)
        }
        Design::RepeatShare(share) => places(&share.place, level),
        Design::Funnel(funnel) => funnel.steps.iter().any(|step| at(&step.subjects)),
        Design::Ratio { numerator, denominator } => at(numerator) && at(denominator),
        Design::Completeness(_) => matches!(level, Level::London | Level::HospitalSite),
        Design::Gap(_) | Design::SubmittedOnly => true,
    }
}

fn places(place: &Place, level: Level) -> bool {
    let levels: &[Level] = match level_of(&place.area) {
        Some(Level::Borough) => &[Level::Borough, Level::Bcu, Level::London],
        Some(Level::CpsArea) => &[Level::CpsArea, Level::London],
        Some(Level::Court) => &[Level::Court, Level::Lcjb, Level::London],
        Some(Level::HospitalSite) | None => &[Level::HospitalSite, Level::London],
        Some(_) => &[Level::London],
    };
    levels.contains(&level) || level == Level::Ward && place.ward.is_some()
}

/// Level of the areas that a field holds; `None` for a code of an open list, which are hospital sites.
fn level_of(path: &FieldPath) -> Option<Level> {
    let field = path.declared()?;
    Level::from_id(&field.options.area_level)
}
