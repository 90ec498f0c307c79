//! Funnel plots: the limits for one area, and its position.

use std::ffi::{CStr, c_char};

use peelian_core::stats;
use peelian_core::stats::funnel::{
    Significance, proportion_limits, proportion_significance, rate_limits, rate_significance, ratio_limits,
};
use peelian_core::stats::proportion::Proportion;

use super::{Estimate, estimate};
use crate::error::{Error, Outcome, Status};
use crate::guard::write;
use crate::pointer::{Out, Text};

/// A kind of funnel.
enum Kind {
    Proportion,
    Ratio,
    Rate,
}

fn kind(name: &str) -> Outcome<Kind> {
    match name {
        "proportion" => Ok(Kind::Proportion),
        "ratio" => Ok(Kind::Ratio),
        "rate" => Ok(Kind::Rate),
        _ => Err(Error::argument(format!("{name} is not a kind of funnel: write proportion, ratio or rate"))),
    }
}

/// The limits of a funnel plot for one area (Spiegelhalter 2005). The value is the middle line, `baseline`.
///
/// `kind` is "proportion", with the denominator of the area as `size` and a baseline from 0 to 1; "ratio", with its observed
/// events as `size` and usually a baseline of 1; or "rate", with its events as `size` and the average rate as the baseline. The
/// limits are in the unit of the baseline. Use a `confidence` of 0.95 and of 0.998.
///
/// PEELIAN_STATUS_INVALID_ARGUMENT for another kind, a size or a baseline that is not possible, or a `confidence` that is
/// not between 0 and 1.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_funnel_limits(
    kind_of_funnel: Text<'_>,
    size: f64,
    baseline: f64,
    confidence: f64,
    out: Out<'_, Estimate>,
    error: Out<'_, *mut Error>,
) -> Status {
    let work = || {
        let limits = match kind(kind_of_funnel.get("kind_of_funnel")?)? {
            Kind::Proportion => proportion_limits(baseline, size, 1.0, confidence)?,
            Kind::Ratio => ratio_limits(size, baseline, confidence)?.limits,
            Kind::Rate => rate_limits(size, baseline, confidence)?.limits,
        };
        Ok(stats::Estimate::with_interval(baseline, limits))
    };
    estimate(out, error, work)
}

/// The position of one area against the 99.8% limits of a funnel plot, and then against the 95% limits: "Low (0.001)",
/// "Low (0.025)", "Not significant", "High (0.025)" or "High (0.001)". The text belongs to the library.
///
/// `kind_of_funnel` is "proportion", for `numerator` of `denominator`; "ratio", for observed events over expected ones; or
/// "rate", for events over exposure. The baseline is in the unit of `numerator / denominator`.
///
/// PEELIAN_STATUS_INVALID_ARGUMENT for another kind, or for numbers that are not possible.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_funnel_position(
    kind_of_funnel: Text<'_>,
    numerator: f64,
    denominator: f64,
    baseline: f64,
    out: Out<'_, *const c_char>,
    error: Out<'_, *mut Error>,
) -> Status {
    let work = || {
        let position = match kind(kind_of_funnel.get("kind_of_funnel")?)? {
            Kind::Proportion => proportion_significance(Proportion::new(numerator, denominator)?, baseline)?,
            Kind::Ratio | Kind::Rate => rate_significance(numerator, denominator, baseline, 1.0)?,
        };
        Ok(label(position).as_ptr())
    };
    write(out, error, work)
}

/// The label as C reads it.
fn label(position: Significance) -> &'static CStr {
    match position {
        Significance::LowControl => c"Low (0.001)",
        Significance::LowWarning => c"Low (0.025)",
        Significance::NotSignificant => c"Not significant",
        Significance::HighWarning => c"High (0.025)",
        Significance::HighControl => c"High (0.001)",
    }
}

#[cfg(test)]
mod tests {
    use std::ptr::null;

    use super::*;

    #[test]
    fn labels_are_those_of_the_core() {
        for position in [
            Significance::LowControl,
            Significance::LowWarning,
            Significance::NotSignificant,
            Significance::HighWarning,
            Significance::HighControl,
        ] {
            assert_eq!(label(position).to_str(), Ok(position.label()));
        }
    }

    #[test]
    fn an_area_has_limits_and_a_position() {
        let mut limits = Estimate::from(stats::Estimate { value: 0.0, interval: None });
        let proportion = || Text::from(c"proportion");
        let status =
            peelian_funnel_limits(proportion(), 30.0, 0.806_424_48, 0.998, Out::from(&mut limits), Out::NULL);
        assert_eq!(status, Status::Ok);
        assert!((limits.lower - 0.583_510_36).abs() < 2e-8);
        let mut position: *const c_char = null();
        let status = peelian_funnel_position(
            proportion(),
            18_365.462_1,
            29_277.0,
            0.806_424_48,
            Out::from(&mut position),
            Out::NULL,
        );
        assert_eq!(status, Status::Ok);
        // SAFETY: the text belongs to the library.
        assert_eq!(unsafe { CStr::from_ptr(position) }, c"Low (0.001)");
        let status =
            peelian_funnel_position(Text::from(c"median"), 1.0, 2.0, 0.5, Out::from(&mut position), Out::NULL);
        assert_eq!(status, Status::InvalidArgument);
    }
}
