//! Synthesises trial listings.

use peelian::records::v1::{CourtType, Tri, TrialListing, TrialOutcome};
use peelian_core::period::Month;

use super::calibration::Facts;
use super::dates::date;
use super::random::{Quota, Random};

/// Trials listed in London in a month.
const LISTINGS: usize = 2_100;

/// Codes of some magistrates' courts.
pub(super) const MAGISTRATES: [&str; 5] =
    ["MC-WESTMINSTER", "MC-HIGHBURY-CORNER", "MC-THAMES", "MC-CROYDON", "MC-CAMBERWELL-GREEN"];
/// Codes of some courts of the Crown Court.
pub(super) const CROWN: [&str; 5] =
    ["CC-SNARESBROOK", "CC-INNER-LONDON", "CC-SOUTHWARK", "CC-CROYDON", "CC-WOOD-GREEN"];

/// Synthesises trial listings. The shares of their outcomes hold in every block of listings.
pub(super) struct Trials {
    random: Random,
    effective: Quota,
    prosecution_ended: Quota,
    witness: Quota,
    left: usize,
    number: usize,
}

impl Trials {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            random: Random::new(seed, "trial_listing"),
            effective: Quota::new(50, 100),
            prosecution_ended: Quota::new(25, 100),
            witness: Quota::new(40, 100),
            left: 0,
            number: 0,
        }
    }

    /// The listings of a month.
    pub(super) fn month(&mut self, month: Month, per_million: usize, facts: &mut Facts) -> Vec<TrialListing> {
        let volume = LISTINGS * per_million + self.left;
        self.left = volume % 1_000_000;
        (0..volume / 1_000_000).map(|_| self.listing(month, facts)).collect()
    }

    fn listing(&mut self, month: Month, facts: &mut Facts) -> TrialListing {
        self.number += 1;
        let random = &mut self.random;
        let first = month.first_day_number();
        let crown = random.chance(20, 100);
        let court = random.pick(if crown { &CROWN } else { &MAGISTRATES }).unwrap_or_default();
        let mut row = TrialListing {
            listing_id: format!("L{:07}", self.number),
            case_ref: format!("T{:07}", self.number),
            court_code: court.to_owned(),
            listing_date: date(random.between(first, month.plus(1).first_day_number() - 1)),
            ..TrialListing::default()
        };
        row.set_court_type(if crown { CourtType::Crown } else { CourtType::Magistrates });
        row.set_flag_da(if random.chance(20, 100) { Tri::Yes } else { Tri::No });
        row.set_relisted(Tri::No);
        if random.chance(8, 100) {
            row.set_outcome(TrialOutcome::Vacated);
            return row;
        }
        let effective = self.effective.take(random);
        facts.share("g15", effective);
        if effective {
            row.set_outcome(TrialOutcome::Effective);
            return row;
        }
        let ended = self.prosecution_ended.take(random);
        facts.share("g16", ended);
        let reason = if ended {
            let witness = self.witness.take(random);
            facts.share("g17", witness);
            if witness { "I2" } else { random.pick(&["I1", "I3"]).unwrap_or("I1") }
        } else {
            random.weighted(
                &[("A", 44), ("C", 10), ("N3", 8), ("M2", 6), ("Q2", 8), ("S1", 12), ("W1", 7), ("W3", 5)],
                "A",
            )
        };
        let cracked = matches!(reason, "I1" | "I2" | "I3" | "A" | "C");
        row.set_outcome(if cracked { TrialOutcome::Cracked } else { TrialOutcome::Ineffective });
        row.set_relisted(if cracked { Tri::No } else { Tri::Yes });
        row.reason_code = reason.to_owned();
        row
    }
}
