//! Synthesises completed court cases.

use peelian::records::v1::{CourtCase, CourtType, OffenceType, Plea, Remand, Sex, Tri};
use peelian_core::period::Month;

use super::calibration::Facts;
use super::courts::{CROWN, MAGISTRATES};
use super::dates::date;
use super::random::Random;

/// Defendants whose cases are completed in London in a month. Ministry of Justice, criminal court statistics: 69,928 in
/// the second quarter of 2010.
const DEFENDANTS: usize = 23_300;

/// Synthesises completed cases. The days between their stages are made up. Their means come to those that the Police and
/// Crime Plan 2017-2021 states in lines 2988-91: nearly 170 days in a magistrates' court, more than 500 in the Crown Court.
pub(super) struct CourtCases {
    random: Random,
    left: usize,
    number: usize,
}

impl CourtCases {
    pub(super) fn new(seed: u64) -> Self {
        Self { random: Random::new(seed, "court_case"), left: 0, number: 0 }
    }

    /// The offences of the defendants whose cases are completed in a month.
    pub(super) fn month(&mut self, month: Month, per_million: usize, facts: &mut Facts) -> Vec<CourtCase> {
        let volume = DEFENDANTS * per_million + self.left;
        self.left = volume % 1_000_000;
        (0..volume / 1_000_000).flat_map(|_| self.defendant(month, facts)).collect()
    }

    /// The offence of a defendant that is counted, and at times another one beside it.
    fn defendant(&mut self, month: Month, facts: &mut Facts) -> Vec<CourtCase> {
        self.number += 1;
        let selected = self.offence(month, facts);
        let has_another = self.random.chance(10, 100);
        let another = has_another.then(|| CourtCase {
            offence_seq: Some(2),
            is_selected: Some(false),
            offence_date: selected.charge_date.clone(),
            ..selected.clone()
        });
        std::iter::once(selected).chain(another).collect()
    }

    fn offence(&mut self, month: Month, facts: &mut Facts) -> CourtCase {
        let random = &mut self.random;
        let crown = random.chance(12, 100);
        let completed = random.between(month.first_day_number(), month.plus(1).first_day_number() - 1);
        let (heard, sent) = if crown {
            let heard = completed - random.between(0, 60);
            (Some(heard), Some(heard - random.between(60, 494)))
        } else {
            (None, None)
        };
        // Most cases in a magistrates' court end at the first listing.
        let adjourned = crown || random.chance(45, 100);
        let listed = sent.unwrap_or(completed) - if adjourned { random.between(0, 90) } else { 0 };
        let charged = listed - random.between(10, 45);
        let offence = charged
            - match random.weighted(&[("soon", 28), ("later", 42), ("late", 30)], "soon") {
                "soon" => random.between(0, 40),
                "later" => random.between(40, 130),
                _ => random.between(130, 400),
            };
        let mut row = CourtCase {
            case_ref: format!("M{:07}", self.number),
            defendant_seq: Some(1),
            offence_seq: Some(1),
            is_selected: Some(true),
            court_code: random.pick(if crown { &CROWN } else { &MAGISTRATES }).unwrap_or_default().to_owned(),
            offence_date: date(offence),
            charge_date: date(charged),
            first_listing_date: date(listed),
            sent_to_crown_date: sent.map(date).unwrap_or_default(),
            main_hearing_date: heard.map(date).unwrap_or_default(),
            completion_date: date(completed),
            ..CourtCase::default()
        };
        let tri = |yes: bool| if yes { Tri::Yes } else { Tri::No };
        row.set_court_type(if crown { CourtType::Crown } else { CourtType::Magistrates });
        row.set_offence_type(match random.weighted(&[("motoring", 35), ("other", 30), ("either", 30)], "other") {
            _ if crown && random.chance(50, 100) => OffenceType::Indictable,
            _ if crown => OffenceType::EitherWay,
            "motoring" => OffenceType::SummaryMotoring,
            "either" => OffenceType::EitherWay,
            _ => OffenceType::SummaryOther,
        });
        row.set_plea(match random.weighted(&[("guilty", 65), ("not", 25), ("none", 10)], "guilty") {
            "guilty" => Plea::Guilty,
            "not" => Plea::NotGuilty,
            _ => Plea::None,
        });
        row.set_remand(match random.weighted(&[("bail", 40), ("custody", 10), ("none", 50)], "bail") {
            "bail" => Remand::Bail,
            "custody" => Remand::Custody,
            _ => Remand::NotRemanded,
        });
        row.set_breach(tri(random.chance(3, 100)));
        // Breaches are not in the series.
        if row.breach() == Tri::No {
            facts.completed_case(row.court_type(), completed - offence);
        }
        row.set_flag_da(tri(random.chance(8, 100)));
        row.set_flag_so(tri(random.chance(3, 100)));
        row.set_defendant_sex(if random.chance(85, 100) { Sex::Male } else { Sex::Female });
        row
    }
}
