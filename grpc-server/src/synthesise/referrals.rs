//! Synthesises referrals to the National Referral Mechanism.

use peelian::records::v1::{
    AgeAtExploitation, Exploitation, ExploitationLocation, FirstResponder, GroundsDecision, NationalityGroup,
    NrmReferral, Sex, Tri,
};
use peelian_core::period::{Month, Period};

use super::calibration::Facts;
use super::dates::date;
use super::distributions::BOROUGHS;
use super::random::Random;

/// Referrals by the Metropolitan Police in a year. Police and Crime Plan 2017-2021, lines 397-99: 278 in 2015 and just
/// over 1,000 in 2016. London Assembly (2020): 187 in 2013 and 2,346 in 2018. The others are made up.
const REFERRALS: [(i32, usize); 6] =
    [(2013, 187), (2014, 230), (2015, 278), (2016, 1_001), (2017, 1_600), (2018, 2_346)];
/// One referral, as a number of referrals in a year and of millionths of London: a month has a twelfth.
const WHOLE: usize = 12 * 1_000_000;
/// The borough of the authority that decides, for a referral whose borough is not known.
const WESTMINSTER: &str = "E09000033";

/// Synthesises referrals. Who is referred, and how the referrals are decided, is made up.
pub(super) struct Referrals {
    random: Random,
    /// The last day of the data: later decisions are not known.
    end: i32,
    left: usize,
    number: usize,
}

impl Referrals {
    pub(super) fn new(seed: u64, end: i32) -> Self {
        // A half, so that the number of a year is rounded and not cut off.
        Self { random: Random::new(seed, "nrm_referral"), end, left: WHOLE / 2, number: 0 }
    }

    /// The referrals of a quarter, and notifications without consent. A quarter has at least one referral by the
    /// Metropolitan Police, so that its return is not empty.
    pub(super) fn quarter(&mut self, quarter: Period, per_million: usize, facts: &mut Facts) -> Vec<NrmReferral> {
        let mut rows: Vec<_> = quarter.months().flat_map(|month| self.month(month, per_million, facts)).collect();
        if rows.is_empty() {
            facts.referral(quarter.first().year());
            rows.push(self.referral(quarter.first(), FirstResponder::Mps, false));
        }
        rows
    }

    fn month(&mut self, month: Month, per_million: usize, facts: &mut Facts) -> Vec<NrmReferral> {
        let year = REFERRALS.iter().rev().find(|(year, _)| *year <= month.year()).or(REFERRALS.first());
        let volume = year.map_or(0, |(_, referrals)| *referrals) * per_million + self.left;
        self.left = volume % WHOLE;
        let mut rows = Vec::new();
        for _ in 0..volume / WHOLE {
            facts.referral(month.year());
            rows.push(self.referral(month, FirstResponder::Mps, false));
            if self.random.chance(80, 100) {
                let responder = self.other_responder();
                rows.push(self.referral(month, responder, false));
            }
            if self.random.chance(15, 100) {
                rows.push(self.referral(month, FirstResponder::Mps, true));
            }
        }
        rows
    }

    fn other_responder(&mut self) -> FirstResponder {
        let responders = [
            (FirstResponder::LocalAuthority, 38),
            (FirstResponder::Ukvi, 20),
            (FirstResponder::BorderForce, 6),
            (FirstResponder::ImmigrationEnforcement, 5),
            (FirstResponder::Nca, 4),
            (FirstResponder::OtherPolice, 6),
            (FirstResponder::Glaa, 1),
            (FirstResponder::SalvationArmy, 12),
            (FirstResponder::NgoOther, 8),
        ];
        self.random.weighted(&responders, FirstResponder::LocalAuthority)
    }

    fn referral(&mut self, month: Month, responder: FirstResponder, notification: bool) -> NrmReferral {
        self.number += 1;
        let random = &mut self.random;
        let received = random.between(month.first_day_number(), month.plus(1).first_day_number() - 1);
        let in_london = responder == FirstResponder::Mps || random.chance(75, 100);
        let borough = random.pick(&BOROUGHS.each_ref()).map_or(WESTMINSTER, |borough| borough.code);
        let mut row = NrmReferral {
            referral_ref: format!("N{:07}", self.number),
            received_date: date(received),
            responder_in_london: Some(in_london),
            borough: if random.chance(5, 100) { WESTMINSTER } else { borough }.to_owned(),
            duty_to_notify: Some(notification),
            ..NrmReferral::default()
        };
        row.set_first_responder(responder);
        let places = [
            (ExploitationLocation::UkLondon, 60),
            (ExploitationLocation::UkOther, 12),
            (ExploitationLocation::Overseas, 18),
            (ExploitationLocation::Unknown, 10),
        ];
        let place = random.weighted(&places, ExploitationLocation::Unknown);
        // A referral from outside London is in the file because of where the exploitation took place.
        row.set_location(if in_london { place } else { ExploitationLocation::UkLondon });
        self.person(&mut row, notification);
        if !notification {
            self.decide(&mut row, received);
        }
        row
    }

    /// Sets what is recorded of the potential victim. Only adults can refuse a referral.
    fn person(&mut self, row: &mut NrmReferral, notification: bool) {
        let random = &mut self.random;
        let minor = !notification && random.chance(40, 100);
        row.set_adult_minor_at_exploitation(if minor { AgeAtExploitation::Minor } else { AgeAtExploitation::Adult });
        row.set_sex(if random.chance(58, 100) { Sex::Male } else { Sex::Female });
        let nationalities = [
            (NationalityGroup::Uk, 25),
            (NationalityGroup::Eea, 20),
            (NationalityGroup::Other, 53),
            (NationalityGroup::Unknown, 2),
        ];
        row.set_nationality_group(random.weighted(&nationalities, NationalityGroup::Unknown));
        let types = [
            (Exploitation::Labour, 48),
            (Exploitation::Sexual, 33),
            (Exploitation::Domestic, 12),
            (Exploitation::Unknown, 7),
        ];
        let first = random.weighted(&types, Exploitation::Unknown);
        row.exploitation = vec![first.into()];
        if first == Exploitation::Labour && random.chance(10, 100) {
            row.exploitation.push(Exploitation::Domestic.into());
        }
        let lines = minor && first == Exploitation::Labour && random.chance(40, 100);
        row.set_county_lines(if lines { Tri::Yes } else { Tri::No });
    }

    /// Sets the decisions that are made by the end of the data.
    fn decide(&mut self, row: &mut NrmReferral, received: i32) {
        let random = &mut self.random;
        row.set_rg_result(GroundsDecision::Pending);
        row.set_cg_result(GroundsDecision::Pending);
        let reasonable = received + random.between(3, 30);
        let positive = random.chance(82, 100);
        let conclusive = reasonable + random.between(60, 600);
        let confirmed = random.chance(61, 100);
        if reasonable > self.end {
            return;
        }
        row.rg_date = date(reasonable);
        row.set_rg_result(decision(positive));
        if positive && conclusive <= self.end {
            row.cg_date = date(conclusive);
            row.set_cg_result(decision(confirmed));
        } else if !positive {
            row.set_cg_result(GroundsDecision::Unspecified);
        }
    }
}

fn decision(positive: bool) -> GroundsDecision {
    if positive { GroundsDecision::Positive } else { GroundsDecision::Negative }
}
