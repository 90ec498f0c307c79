//! The subtypes of the dashboard, and their measures.

/// A measure and a breakdown.
pub(super) type Target = (&'static str, &'static str);

/// Subtype, its offences and its positive outcomes. Hate strands overlap. The publisher also has a row for racist and religious
/// crime together, in which a crime with both strands counts once. That row is a series of its own, and not a strand.
const SERIES: [(&str, Target, Option<Target>); 23] = [
    ("domestic abuse", ("domestic-abuse-reports", ""), Some(("domestic-abuse-positive-outcomes", ""))),
    (
        "domestic abuse violence with injury",
        ("domestic-abuse-reports.violence-with-injury", ""),
        Some(("domestic-abuse-positive-outcomes.violence-with-injury", "")),
    ),
    ("gun crime", ("gun-crime-offences", ""), Some(("gun-crime-positive-outcomes", ""))),
    (
        "gun crime personal robbery",
        ("gun-crime-offences.personal-robbery", ""),
        Some(("gun-crime-positive-outcomes.personal-robbery", "")),
    ),
    ("lethal barrel discharge", ("gun-lethal-discharges", ""), Some(("gun-lethal-discharge-positive-outcomes", ""))),
    ("hate crime", ("hate-crime-reports", ""), Some(("hate-crime-positive-outcomes", ""))),
    ("racist crime", hate("hate_strand=race"), Some(hate_outcomes("hate_strand=race"))),
    ("faith crime", hate("hate_strand=religion"), Some(hate_outcomes("hate_strand=religion"))),
    (
        "homophobic crime",
        hate("hate_strand=sexual_orientation"),
        Some(hate_outcomes("hate_strand=sexual_orientation")),
    ),
    ("disability crime", hate("hate_strand=disability"), Some(hate_outcomes("hate_strand=disability"))),
    ("transphobic crime", hate("hate_strand=transgender"), Some(hate_outcomes("hate_strand=transgender"))),
    ("antisemitic", hate("hate_strand=antisemitic"), Some(hate_outcomes("hate_strand=antisemitic"))),
    ("islamophobic crime", hate("hate_strand=islamophobic"), Some(hate_outcomes("hate_strand=islamophobic"))),
    (
        "racist and religious crime",
        ("hate-crime-reports.race-or-religion", ""),
        Some(("hate-crime-positive-outcomes.race-or-religion", "")),
    ),
    ("knife crime", ("knife-crime-offences", ""), Some(("knife-crime-positive-outcomes", ""))),
    (
        "knife crime with injury",
        ("knife-crime-offences.with-injury", ""),
        Some(("knife-crime-positive-outcomes.with-injury", "")),
    ),
    (
        "knife crime with injury (personal robbery)",
        ("knife-crime-offences.with-injury-personal-robbery", ""),
        Some(("knife-crime-positive-outcomes.with-injury-personal-robbery", "")),
    ),
    ("knife injury victims (1-24)", ("knife-injury-victims-under-25.including-domestic", ""), None),
    ("knife injury victims (non da 1-24)", ("knife-injury-victims-under-25", ""), None),
    (
        "robbery mobile phone",
        ("recorded-crime-volume.robbery-mobile-phone", ""),
        Some(("recorded-crime-positive-outcomes.robbery-mobile-phone", "")),
    ),
    (
        "theft person - mobile phone",
        ("recorded-crime-volume.theft-person-mobile-phone", ""),
        Some(("recorded-crime-positive-outcomes.theft-person-mobile-phone", "")),
    ),
    (
        "tno victim based",
        ("recorded-crime-volume.victim-based", ""),
        Some(("recorded-crime-positive-outcomes.victim-based", "")),
    ),
    (
        "tno non victim based",
        ("recorded-crime-volume.not-victim-based", ""),
        Some(("recorded-crime-positive-outcomes.not-victim-based", "")),
    ),
];

const fn hate(strand: &'static str) -> Target {
    ("hate-crime-reports", strand)
}

const fn hate_outcomes(strand: &'static str) -> Target {
    ("hate-crime-positive-outcomes", strand)
}

/// The series of a subtype and measure. The crime type is not used, because it varies.
pub(super) fn target(subtype: &str, measure: &str) -> Option<Target> {
    let (_, offences, outcomes) = SERIES.iter().find(|(name, ..)| name.eq_ignore_ascii_case(subtype))?;
    match measure.to_lowercase().as_str() {
        "offences" => Some(*offences),
        "positive outcomes" => *outcomes,
        _ => None,
    }
}
