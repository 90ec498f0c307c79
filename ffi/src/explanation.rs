//! How one value came about.

use std::collections::HashMap;
use std::ffi::c_char;
use std::ptr::null;

use peelian::v1;

use crate::error::{Error, Outcome};
use crate::pointer::{free, optional_text, text, view};
use crate::texts::Texts;
use crate::views::Views;

/// One step of the selection of records. It belongs to its explanation.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// Population: "initial_population", "denominator", "denominator_exclusion", "numerator"; for a funnel the stage.
    pub population: *const c_char,
    /// Expression over the fields of the dataset.
    pub expression: *const c_char,
    /// Records left after the step.
    pub remaining: u64,
    /// Records that the step removed.
    pub removed: u64,
}

/// A submission that a value is based on. It belongs to its explanation.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Contribution {
    /// Name of the submission.
    pub submission: *const c_char,
    /// SHA-256 of its content, in hexadecimal.
    pub content_sha256: *const c_char,
    /// Dataset.
    pub dataset: *const c_char,
    /// Rows of it in force in the area and the period.
    pub rows: u64,
    /// Whether it is synthetic.
    pub synthetic: bool,
}

/// How one value came about. It belongs to its explanation.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ExplanationDetails {
    /// Measure, with its variant.
    pub measure: *const c_char,
    /// Version of the definition in force.
    pub measure_version: u32,
    /// Question that the measure answers.
    pub question: *const c_char,
    /// Submitted figure less computed value; NaN where there are not both.
    pub difference: f64,
    /// Steps by which records were selected, in their order.
    pub steps: *const *const Step,
    /// How many there are.
    pub step_count: usize,
    /// Submissions that contributed.
    pub contributions: *const *const Contribution,
    /// How many there are.
    pub contribution_count: usize,
}

/// How one value came about. Free it with peelian_explanation_free(). Any number of threads may read it at once.
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
    /// The explanation as the contract has it.
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

/// The value that is to be explained.
pub(crate) struct Cell {
    pub(crate) measure: String,
    pub(crate) area: String,
    pub(crate) period: String,
    pub(crate) breakdown: HashMap<String, String>,
}

/// Reads what is to be explained.
///
/// # Safety
///
/// As [`text`].
pub(crate) unsafe fn cell(
    measure: *const c_char,
    area: *const c_char,
    period: *const c_char,
    breakdown: *const c_char,
) -> Outcome<Cell> {
    // SAFETY: the same promise.
    let text = |pointer, name| unsafe { text(pointer, name) };
    // SAFETY: the same promise.
    let parts = unsafe { optional_text(breakdown, "breakdown") }?.unwrap_or_default();
    let part = |part: &str| {
        let named = part.split_once('=').map(|(name, code)| (name.to_owned(), code.to_owned()));
        named.ok_or_else(|| Error::argument("breakdown is not of the form dimension=code;dimension=code"))
    };
    Ok(Cell {
        measure: text(measure, "measure")?.to_owned(),
        area: text(area, "area")?.to_owned(),
        period: text(period, "period")?.to_owned(),
        breakdown: parts.split(';').filter(|part| !part.is_empty()).map(part).collect::<Outcome<_>>()?,
    })
}

/// What an explanation says; NULL for NULL. It belongs to it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_explanation_get(explanation: *const Explanation) -> *const ExplanationDetails {
    // SAFETY: the conventions of the header.
    unsafe { view(explanation) }.map_or(null(), |explanation| &raw const explanation.details)
}

/// Frees an explanation with its details. NULL is left alone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peelian_explanation_free(explanation: *mut Explanation) {
    // SAFETY: the conventions of the header.
    unsafe { free(explanation) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_explanation_holds_what_it_points_to() {
        let step = |remaining| v1::PopulationStep { remaining, ..v1::PopulationStep::default() };
        let told = v1::ExplainObservationResponse { steps: vec![step(9), step(4)], ..Default::default() };
        let held = Box::into_raw(Box::new(Explanation::new(&told)));
        // SAFETY: `held` is an explanation, freed once.
        unsafe {
            let details = &*peelian_explanation_get(held);
            assert_eq!((details.step_count, (**details.steps.add(1)).remaining), (2, 4));
            assert!(details.difference.is_nan());
            peelian_explanation_free(held);
        }
    }

    #[test]
    fn a_breakdown_is_read() {
        // SAFETY: texts that end with NUL.
        let read = |breakdown: &std::ffi::CStr| unsafe {
            cell(c"m".as_ptr(), c"a".as_ptr(), c"p".as_ptr(), breakdown.as_ptr())
        };
        assert_eq!(read(c"sex=female;age_band=18_24").map(|cell| cell.breakdown.len()).ok(), Some(2));
        assert!(read(c"sex").is_err());
    }
}
