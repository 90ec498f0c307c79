//! Explanations: how one value was computed.

use std::ffi::c_char;
use std::ptr::null;

use peelian::v1;

use crate::error::{Error, Outcome};
use crate::pointer::{In, Owned, Text};
use crate::texts::Texts;
use crate::views::Views;

/// One step of the selection of records. It belongs to its explanation.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// Population: "initial_population", "denominator", "denominator_exclusion", "numerator"; for a funnel the identifier
    /// of the stage.
    pub population: *const c_char,
    /// Expression over the fields of the dataset.
    pub expression: *const c_char,
    /// Records that remain after the step.
    pub remaining: u64,
    /// Records that the step removed.
    pub removed: u64,
}

/// A submission that contributed to a value. It belongs to its explanation.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Contribution {
    /// Name of the submission.
    pub submission: *const c_char,
    /// SHA-256 of its content, in hexadecimal.
    pub content_sha256: *const c_char,
    /// Dataset.
    pub dataset: *const c_char,
    /// Rows of the submission that are in force in the area and the period.
    pub rows: u64,
    /// Whether the submission is synthetic.
    pub synthetic: bool,
}

/// How one value was computed. It belongs to its explanation.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ExplanationDetails {
    /// Measure, with its variant.
    pub measure: *const c_char,
    /// Version of the definition in force.
    pub measure_version: u32,
    /// Question that the measure answers.
    pub question: *const c_char,
    /// Submitted figure minus computed value; NaN unless both exist.
    pub difference: f64,
    /// Steps by which records were selected, in order.
    pub steps: *const *const Step,
    /// Number of steps.
    pub step_count: usize,
    /// Submissions that contributed.
    pub contributions: *const *const Contribution,
    /// Number of contributions.
    pub contribution_count: usize,
}

/// How one value was computed. Free it with peelian_explanation_free(). Any number of threads may read it at the same
/// time.
#[derive(Debug)]
pub struct Explanation {
    details: ExplanationDetails,
    #[expect(dead_code, reason = "the details point into it")]
    steps: Views<Step>,
    #[expect(dead_code, reason = "the details point into it")]
    contributions: Views<Contribution>,
    #[expect(dead_code, reason = "the details point into it")]
    texts: Texts,
}

impl Explanation {
    /// An explanation from the message of the contract.
    pub(crate) fn new(told: &v1::ExplainObservationResponse) -> Self {
        let mut texts = Texts::default();
        let step = |step: &v1::PopulationStep| Step {
            population: texts.keep(&step.population),
            expression: texts.keep(&step.expression),
            remaining: step.remaining,
            removed: step.removed,
        };
        let steps = Views::from(told.steps.iter().map(step).collect::<Vec<_>>());
        let contribution = |part: &v1::ContributingSubmission| Contribution {
            submission: texts.keep(&part.submission),
            content_sha256: texts.keep(&part.content_sha256),
            dataset: texts.keep(&part.dataset),
            rows: part.rows,
            synthetic: part.synthetic,
        };
        let contributions = Views::from(told.submissions.iter().map(contribution).collect::<Vec<_>>());
        let nothing = v1::Measure::default();
        let measure = told.measure.as_ref().unwrap_or(&nothing);
        let details = ExplanationDetails {
            measure: texts.keep(measure.name.trim_start_matches("measures/")),
            measure_version: measure.version,
            question: texts.keep(&measure.question),
            difference: told.difference.unwrap_or(f64::NAN),
            steps: steps.array(),
            step_count: steps.len(),
            contributions: contributions.array(),
            contribution_count: contributions.len(),
        };
        Self { details, steps, contributions, texts }
    }
}

/// The request for an explanation, from the arguments that name the value.
pub(crate) fn request(
    measure: &Text<'_>,
    area: &Text<'_>,
    period: &Text<'_>,
    breakdown: &Text<'_>,
) -> Outcome<v1::ExplainObservationRequest> {
    let parts = breakdown.optional("breakdown")?.unwrap_or_default();
    let part = |part: &str| {
        let named = part.split_once('=').map(|(name, code)| (name.to_owned(), code.to_owned()));
        named.ok_or_else(|| Error::argument("breakdown is not of the form dimension=code;dimension=code"))
    };
    Ok(v1::ExplainObservationRequest {
        measure: measure.get("measure")?.to_owned(),
        area: area.get("area")?.to_owned(),
        period: period.get("period")?.to_owned(),
        breakdown: parts.split(';').filter(|part| !part.is_empty()).map(part).collect::<Outcome<_>>()?,
        as_of: None,
    })
}

/// The details of an explanation; NULL for NULL. They belong to the explanation.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_explanation_get(explanation: In<'_, Explanation>) -> *const ExplanationDetails {
    explanation.view().map_or(null(), |explanation| &raw const explanation.details)
}

/// Frees an explanation with its details. Does nothing for NULL.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_explanation_free(explanation: Owned<Explanation>) {
    explanation.free();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_explanation_holds_what_it_points_to() {
        let step = |remaining| v1::PopulationStep { remaining, ..v1::PopulationStep::default() };
        let told = v1::ExplainObservationResponse { steps: vec![step(9), step(4)], ..Default::default() };
        let held = Box::new(Explanation::new(&told));
        // SAFETY: `held` holds the details and the steps.
        unsafe {
            let details = &*peelian_explanation_get(In::from(&*held));
            assert_eq!((details.step_count, (**details.steps.add(1)).remaining), (2, 4));
            assert!(details.difference.is_nan());
        }
        peelian_explanation_free(Owned::from(held));
    }

    #[test]
    fn a_breakdown_is_read() {
        let [measure, area, period] = [c"m", c"a", c"p"].map(Text::from);
        let read = |breakdown| request(&measure, &area, &period, &breakdown).map(|request| request.breakdown.len());
        assert_eq!(read(Text::from(c"sex=female;age_band=18_24")).ok(), Some(2));
        assert_eq!(read(Text::NULL).ok(), Some(0));
        assert!(read(Text::from(c"sex")).is_err());
    }
}
