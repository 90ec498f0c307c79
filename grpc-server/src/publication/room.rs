//! Memory for making a release. It is known before anything is computed: a release has as many cells as its plan, and the
//! records of those before it have as many counts as was written when they were made.

use peelian_core::release::ReleaseError;

use crate::error::Error;
use crate::release::Life;

/// Memory of a cell while a release is made: its observations in every form that is written, and its counts. Releases of 657,
/// 3,942 and 15,768 observations took 5.5, 4.0 and 2.9 KiB for each; `test_memory.py` compares this with what one takes.
const BYTES_OF_CELL: usize = 6 << 10;

/// Memory of a count of an earlier release while its record is read and compared.
const BYTES_OF_EARLIER_COUNT: usize = 512;

/// Most cells of a release for which there is room beside the records of those that were published before.
///
/// # Errors
///
/// If these alone take all of it.
pub(super) fn most_cells(release_bytes: usize, published: &[&Life]) -> Result<usize, Error> {
    let counts = published.iter().map(|life| usize::try_from(life.drafted.summary.cells).unwrap_or(usize::MAX));
    let earlier = counts.fold(0, usize::saturating_add).saturating_mul(BYTES_OF_EARLIER_COUNT);
    match release_bytes.saturating_sub(earlier) / BYTES_OF_CELL {
        0 => Err(too_large("what is known of earlier releases takes all", release_bytes)),
        most => Ok(most),
    }
}

/// The error of a release that could not be made.
pub(super) fn refused(error: ReleaseError, release_bytes: usize) -> Error {
    match error {
        ReleaseError::TooManyCells { most } => too_large(
            &format!("the release has more than the {most} observations for which there is room in"),
            release_bytes,
        ),
        error => error.into(),
    }
}

fn too_large(why: &str, release_bytes: usize) -> Error {
    Error::Limit {
        reason: "RELEASE_TOO_LARGE",
        message: format!(
            "{why} the {} MiB of memory that the exchange has for making a release: make several releases of parts of it, or ask \
             the operator of the exchange to raise memory or max_release_bytes",
            release_bytes >> 20
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    #[test]
    fn a_release_that_needs_more_memory_is_told_how_much_there_is() {
        assert_eq!(most_cells(10 * BYTES_OF_CELL, &[]).unwrap(), 10);
        let refused = [refused(ReleaseError::TooManyCells { most: 10 }, 24 << 20), most_cells(0, &[]).unwrap_err()];
        for error in refused {
            assert!(matches!(error, Error::Limit { reason: "RELEASE_TOO_LARGE", .. }), "{error}");
            assert!(error.to_string().contains("max_release_bytes"), "{error}");
        }
        assert!(!matches!(super::refused(ReleaseError::Nothing, 1), Error::Limit { .. }));
    }
}
