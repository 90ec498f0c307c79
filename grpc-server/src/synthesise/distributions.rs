//! The distributions of the synthetic records, with their sources.
//!
//! Volumes by month and borough: Metropolitan Police Service, recorded crime by borough, 2016. Knife crime by
//! borough: the same publisher's offences by borough, 2018. Good job by borough: MOPAC Public Attitude Survey, 12
//! months to September 2016. The mixes of classes follow the 2016 release; everything else is made up.

use peelian::records::v1::OutcomeCode;

/// Recorded crime in London in each month of 2016, January first.
pub(super) const VOLUMES: [usize; 12] =
    [60_824, 58_697, 61_370, 60_719, 66_342, 64_430, 68_023, 64_924, 63_859, 65_865, 63_477, 64_870];

/// A borough: code, recorded crime in 2016, knife crime in 2018, and the percentage who say good job.
pub(super) struct Borough {
    pub(super) code: &'static str,
    pub(super) crimes: u32,
    pub(super) knife: u32,
    pub(super) good_job: usize,
    /// Whether the borough is in the southern area of the Crown Prosecution Service in London.
    pub(super) south: bool,
}

const fn borough(code: &'static str, crimes: u32, knife: u32, good_job: usize, south: bool) -> Borough {
    Borough { code, crimes, knife, good_job, south }
}

/// The 32 boroughs of the Metropolitan Police area, in order of code.
pub(super) const BOROUGHS: [Borough; 32] = [
    borough("E09000002", 17_247, 384, 77, false),
    borough("E09000003", 25_203, 375, 66, false),
    borough("E09000004", 13_186, 199, 73, true),
    borough("E09000005", 27_264, 708, 62, false),
    borough("E09000006", 20_612, 254, 69, true),
    borough("E09000007", 29_761, 542, 72, false),
    borough("E09000008", 29_508, 530, 59, true),
    borough("E09000009", 27_745, 473, 66, false),
    borough("E09000010", 23_053, 616, 58, false),
    borough("E09000011", 23_299, 413, 71, true),
    borough("E09000012", 28_933, 617, 68, false),
    borough("E09000013", 20_532, 400, 82, false),
    borough("E09000014", 27_805, 747, 60, false),
    borough("E09000015", 13_441, 241, 63, false),
    borough("E09000016", 17_250, 337, 73, false),
    borough("E09000017", 24_987, 315, 56, false),
    borough("E09000018", 22_811, 350, 65, false),
    borough("E09000019", 27_545, 618, 68, false),
    borough("E09000020", 19_891, 312, 80, false),
    borough("E09000021", 10_222, 134, 77, true),
    borough("E09000022", 34_990, 581, 69, true),
    borough("E09000023", 24_566, 575, 68, true),
    borough("E09000024", 13_027, 216, 66, true),
    borough("E09000025", 30_762, 669, 75, false),
    borough("E09000026", 20_043, 450, 70, false),
    borough("E09000027", 11_342, 138, 79, true),
    borough("E09000028", 32_375, 782, 74, true),
    borough("E09000029", 10_948, 168, 70, true),
    borough("E09000030", 29_993, 740, 72, false),
    borough("E09000031", 21_242, 482, 72, false),
    borough("E09000032", 24_318, 433, 73, true),
    borough("E09000033", 49_182, 885, 79, false),
];

/// Offence classes of crimes that are neither domestic abuse, knife crime nor hate crime.
pub(super) const CLASSES: [(&str, u32); 42] = [
    ("49", 1250),
    ("40", 60),
    ("105A", 500),
    ("8L", 200),
    ("8R", 150),
    ("8N", 480),
    ("5D", 40),
    ("58C", 380),
    ("58A", 150),
    ("58D", 180),
    ("58B", 50),
    ("45", 680),
    ("46", 620),
    ("28A", 570),
    ("30A", 330),
    ("92E", 380),
    ("92D", 100),
    ("92A", 52),
    ("39", 470),
    ("9A", 330),
    ("48", 340),
    ("34B", 190),
    ("34A", 12),
    ("44", 240),
    ("99", 60),
    ("54", 30),
    ("126", 150),
    ("20A", 90),
    ("17A", 15),
    ("88E", 30),
    ("71", 6),
    ("19C", 60),
    ("19F", 6),
    ("10C", 30),
    ("10D", 45),
    ("56B", 29),
    ("66", 85),
    ("3B", 40),
    ("104", 60),
    ("36", 15),
    ("37.2", 12),
    ("1", 1),
];

/// Classes of domestic abuse with injury: actual and grievous bodily harm.
pub(super) const ABUSE_WITH_INJURY: [(&str, u32); 2] = [("8N", 93), ("5D", 7)];
/// Other classes of domestic abuse.
pub(super) const ABUSE_OTHER: [(&str, u32); 8] =
    [("105A", 430), ("8L", 210), ("58A", 90), ("58D", 60), ("3B", 60), ("8Q", 40), ("19C", 35), ("49", 45)];
/// Knife crime in which the victim was injured.
pub(super) const KNIFE_INJURED: [(&str, u32); 4] = [("5D", 440), ("8N", 300), ("34B", 240), ("1", 15)];
/// Other knife crime.
pub(super) const KNIFE_OTHER: [(&str, u32); 5] = [("34B", 620), ("34A", 70), ("3B", 220), ("8N", 70), ("19C", 15)];
/// Hate crime.
pub(super) const HATE: [(&str, u32); 6] =
    [("9B", 520), ("8M", 90), ("105B", 150), ("8P", 60), ("58J", 50), ("9A", 130)];
/// Gun crime.
pub(super) const GUN: [(&str, u32); 3] = [("34B", 620), ("34A", 160), ("5D", 220)];

/// Classes whose victim is an organisation.
pub(super) const ORGANISATIONS: [&str; 5] = ["46", "34A", "30A", "30C", "58B"];

/// Outcomes of investigations with their weights. [`OutcomeCode::NotYet`] means that there is no outcome yet.
pub(super) type Outcomes = [(OutcomeCode, u32)];

pub(super) const ABUSE_OUTCOMES: &Outcomes = &[
    (OutcomeCode::Charged, 17),
    (OutcomeCode::AdultCaution, 5),
    (OutcomeCode::CommunityResolution, 1),
    (OutcomeCode::EvidentialVictimDoesNotSupport, 42),
    (OutcomeCode::EvidentialVictimSupports, 20),
    (OutcomeCode::VictimDeclinesNoSuspect, 3),
    (OutcomeCode::NoSuspect, 4),
    (OutcomeCode::NotYet, 8),
];
pub(super) const HATE_SANCTIONS: &Outcomes =
    &[(OutcomeCode::Charged, 20), (OutcomeCode::AdultCaution, 4), (OutcomeCode::PenaltyNotice, 1)];
pub(super) const HATE_OTHER: &Outcomes = &[
    (OutcomeCode::CommunityResolution, 3),
    (OutcomeCode::EvidentialVictimDoesNotSupport, 18),
    (OutcomeCode::EvidentialVictimSupports, 14),
    (OutcomeCode::VictimDeclinesNoSuspect, 5),
    (OutcomeCode::NoSuspect, 32),
    (OutcomeCode::NotYet, 3),
];
pub(super) const VIOLENCE_OUTCOMES: &Outcomes = &[
    (OutcomeCode::Charged, 14),
    (OutcomeCode::AdultCaution, 4),
    (OutcomeCode::YouthCaution, 1),
    (OutcomeCode::CommunityResolution, 4),
    (OutcomeCode::EvidentialVictimDoesNotSupport, 25),
    (OutcomeCode::EvidentialVictimSupports, 17),
    (OutcomeCode::VictimDeclinesNoSuspect, 5),
    (OutcomeCode::NoSuspect, 25),
    (OutcomeCode::NotYet, 5),
];
pub(super) const RAPE_OUTCOMES: &Outcomes = &[
    (OutcomeCode::Charged, 8),
    (OutcomeCode::EvidentialVictimDoesNotSupport, 34),
    (OutcomeCode::EvidentialVictimSupports, 30),
    (OutcomeCode::VictimDeclinesNoSuspect, 9),
    (OutcomeCode::NoSuspect, 6),
    (OutcomeCode::NotYet, 13),
];
pub(super) const THEFT_OUTCOMES: &Outcomes = &[
    (OutcomeCode::Charged, 5),
    (OutcomeCode::AdultCaution, 1),
    (OutcomeCode::CommunityResolution, 1),
    (OutcomeCode::EvidentialVictimSupports, 5),
    (OutcomeCode::NoSuspect, 85),
    (OutcomeCode::NotYet, 3),
];
pub(super) const SOCIETY_OUTCOMES: &Outcomes = &[
    (OutcomeCode::Charged, 36),
    (OutcomeCode::AdultCaution, 15),
    (OutcomeCode::CannabisWarning, 18),
    (OutcomeCode::PenaltyNotice, 5),
    (OutcomeCode::CommunityResolution, 6),
    (OutcomeCode::EvidentialVictimSupports, 6),
    (OutcomeCode::NoSuspect, 10),
    (OutcomeCode::NotYet, 4),
];
