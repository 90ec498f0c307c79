//! Measures.

use std::ffi::c_char;
use std::ptr::null;

use peelian::v1;
use peelian_core::measure::ValueKind;
use peelian_core::{Core, wire};

use super::catalogue;
use crate::kept::Kept;
use crate::pointer::Text;
use crate::seeds::core;

/// The definition of one measure. It belongs to the library. No text is NULL.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Measure {
    /// Identifier, with the variant: "repeat-victim-share.victims-prior-12m".
    pub id: *const c_char,
    /// Version of the definition.
    pub version: u32,
    /// Title.
    pub title: *const c_char,
    /// Question that the measure answers.
    pub question: *const c_char,
    /// What is counted: "crime", "person", "respondent".
    pub unit: *const c_char,
    /// Design: "count", "rate", "proportion".
    pub design: *const c_char,
    /// Kind of value: "count", "proportion", "percentage_points", "rate_per_100", "rate_per_1k", "rate_per_10k",
    /// "rate_per_100k", "ratio", "index", "score", "days".
    pub value_kind: *const c_char,
    /// Dataset that the measure is computed from; empty where only submitted figures exist.
    pub dataset: *const c_char,
    /// Which direction is better: "higher_is_better", "lower_is_better" or "neutral".
    pub polarity: *const c_char,
    /// Whether the plan wants more victims to report, so that an increase alone is not worse.
    pub reporting_increase_wanted: bool,
    /// Whether the values of parts add up to the value of the whole.
    pub additive: bool,
    /// What the area is the place of: "location_of_offence", "respondent_residence".
    pub geo_basis: *const c_char,
    /// Disclosure rule that a release applies: "D-SENS".
    pub disclosure: *const c_char,
    /// Method of the interval.
    pub interval_method: *const c_char,
    /// Lines of the plan that the measure is taken from.
    pub plan_reference: *const c_char,
    /// Dimensions by which values can be broken down.
    pub breakdowns: *const *const c_char,
    /// Number of dimensions.
    pub breakdown_count: usize,
    /// Kinds of period offered: "M", "Q", "R12", "CY", "FY".
    pub periods: *const *const c_char,
    /// Number of kinds of period.
    pub period_count: usize,
    /// Caveats: what to know before using the values.
    pub caveats: *const *const c_char,
    /// Number of caveats.
    pub caveat_count: usize,
    /// Sources of the definition, each with its status.
    pub sources: *const *const c_char,
    /// Number of sources.
    pub source_count: usize,
    /// Kinds of agency whose own figures are authoritative, "police", the first before the others. Figures of other kinds
    /// are alternatives: see peelian_result_alternative_get().
    pub authority: *const *const c_char,
    /// Number of kinds of agency.
    pub authority_count: usize,
    /// Measures to read with this one. For a contextual measure, answers have their values: see
    /// peelian_result_companion_get().
    pub companions: *const *const c_char,
    /// Number of companions.
    pub companion_count: usize,
}

/// Views of all measures.
pub(super) fn all(core: &Core, kept: &mut Kept) -> Vec<Measure> {
    let measures = core.catalogue.iter().map(|definition| measure(&definition.id, &wire::measure(definition), kept));
    measures.collect()
}

fn measure(id: &str, found: &v1::Measure, kept: &mut Kept) -> Measure {
    let (breakdowns, breakdown_count) = kept.texts(&found.breakdowns);
    let (periods, period_count) = kept.texts(&found.periods);
    let (caveats, caveat_count) = kept.texts(&found.caveats);
    let (sources, source_count) = kept.texts(&found.sources);
    let (authority, authority_count) = kept.texts(&found.authority);
    let (companions, companion_count) = kept.texts(&found.companions);
    let polarity = found.polarity().as_str_name().trim_start_matches("POLARITY_").to_ascii_lowercase();
    Measure {
        id: kept.text(id),
        version: found.version,
        title: kept.text(&found.title),
        question: kept.text(&found.question),
        unit: kept.text(&found.unit),
        design: kept.text(&found.design),
        value_kind: kept.text(wire::value_kind(found.value_kind()).map_or("", ValueKind::id)),
        dataset: kept.text(&found.dataset),
        polarity: kept.text(&polarity),
        reporting_increase_wanted: found.reporting_increase_wanted,
        additive: found.additive,
        geo_basis: kept.text(&found.geo_basis),
        disclosure: kept.text(&found.disclosure),
        interval_method: kept.text(&found.interval_method),
        plan_reference: kept.text(&found.plan_reference),
        breakdowns,
        breakdown_count,
        periods,
        period_count,
        caveats,
        caveat_count,
        sources,
        source_count,
        authority,
        authority_count,
        companions,
        companion_count,
    }
}

/// The number of measures.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_measure_count() -> usize {
    catalogue().map_or(0, |catalogue| catalogue.measures.len())
}

/// A measure, from 0, in the order of their identifiers; NULL beyond the last. It belongs to the library.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_measure_get(index: usize) -> *const Measure {
    catalogue().map_or(null(), |catalogue| catalogue.measures.get(index))
}

/// The measure with an identifier, in the form that a query takes. An identifier without a variant,
/// "repeat-victim-share", means the default variant. NULL if there is no such measure, or `id` is NULL or not UTF-8. It
/// belongs to the library.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_measure_find(id: Text<'_>) -> *const Measure {
    let place = || {
        let found = core().ok()?.catalogue.get(id.get("id").ok()?)?;
        core().ok()?.catalogue.iter().position(|definition| definition.id == found.id)
    };
    place().map_or(null(), |index| peelian_measure_get(index))
}
