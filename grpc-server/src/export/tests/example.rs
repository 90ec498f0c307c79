//! A release with every kind of observation, made by hand.

use std::borrow::Cow;
use std::sync::Arc;

use peelian_core::Core;
use peelian_core::engine::{Alternative, Basis, BreakdownValue, Completeness, MissingReason, Observation};
use peelian_core::period::Period;
use peelian_core::release::{Record, Release, Summary};
use peelian_core::stats::{Interval, Method};

/// An ordinary observation.
pub(super) fn observation(core: &Core, measure: &str, area: &str, period: &str, value: f64) -> Observation {
    let definition = core.catalogue.get(measure).unwrap();
    let place = core.reference.areas.get(core.reference.areas.by_code(area).unwrap());
    Observation {
        measure: Arc::clone(&definition.id),
        version: definition.version,
        title: Arc::clone(&definition.title),
        area: place.code().into(),
        area_name: place.name().into(),
        period: period.parse::<Period>().unwrap(),
        breakdown: Vec::new(),
        basis: Basis::ComputedFromRecords,
        synthetic: false,
        result: Ok(value),
        numerator: None,
        denominator: None,
        unit: Arc::clone(&definition.unit),
        value_kind: definition.value_kind,
        interval: None,
        unweighted_base: None,
        effective_n: None,
        obs_status: "A",
        conf_status: "F",
        marker: Cow::Borrowed(""),
        polarity: definition.polarity,
        reporting_increase_wanted: definition.reporting_increase_wanted,
        comparisons: Vec::new(),
        completeness: Completeness { expected: 12, received: 11, records_missing_share: None },
        caveats: definition.caveats.clone(),
        breaks: Vec::new(),
        ledger_position: 42,
        release: Arc::default(),
        sources: vec!["mps".into()],
        components: Vec::new(),
        alternatives: Vec::new(),
        companions: Vec::new(),
    }
}

/// The same without a value.
pub(super) fn without(mut found: Observation, reason: MissingReason) -> Observation {
    found.result = Err(reason);
    found.obs_status = "O";
    found.conf_status = if reason == MissingReason::Suppressed { "C" } else { "F" };
    found.marker = Cow::Borrowed(reason.marker());
    found
}

fn broken_down(mut found: Observation, dimension: &str, code: &str, label: &str) -> Observation {
    let value = BreakdownValue { dimension: dimension.into(), code: code.into(), label: label.into() };
    found.breakdown.push(value);
    found
}

/// London and three boroughs, one of which is withheld, in every kind of period; a share with its interval, figures of an
/// agency, labels that could do harm, and every marker.
pub(super) fn example(core: &Core) -> Release {
    let count = |area, period, value| observation(core, "knife-crime-offences", area, period, value);
    let share = |period, value| observation(core, "public-good-job-local", "E09000028", period, value);
    let mut low = share("2016/17-Q2", 2.0 / 3.0);
    low.interval = Some(Interval { lower: 0.1 + 0.2, upper: 0.9, confidence: 0.95, method: Method::WeightedWilson });
    (low.numerator, low.denominator, low.unweighted_base, low.effective_n) =
        (Some(26.7), Some(40.0), Some(40), Some(1.0 / 3.0));
    (low.obs_status, low.marker) = ("U", Cow::Borrowed("[low] [p]"));
    low.breaks = vec!["2016-08-01: Another questionnaire".into()];
    let mut revised = count("E09000028", "2017-02", 0.0);
    (revised.obs_status, revised.marker, revised.synthetic) = ("R", Cow::Borrowed("[r]"), true);
    revised.alternatives.push(Alternative {
        agency: "mopac".into(),
        source: "releases/2016-example".into(),
        result: Ok(5.0),
        numerator: None,
        denominator: None,
        difference: Some(5.0),
        synthetic: true,
    });
    revised.caveats.push("The exchange holds a month less, \"as told\",\nsince May".into());
    let mut figure = broken_down(count("E23000001", "CY2016", 1e21), "crime_group", "=1+1", "=HYPERLINK(\"x\")");
    (figure.basis, figure.sources) = (Basis::SubmittedFigure, vec!["@mps: <Dashboard>; 2018, table 1".into()]);
    let withheld = without(count("E09000033", "2017-02", 0.0), MissingReason::Suppressed);
    let observations = vec![
        count("E23000001", "2017-02", 1_234.0),
        revised,
        withheld.clone(),
        count("E23000001", "R12-2017-02", 12_345.0),
        count("E23000001", "R12-2017-03", 12_346.0),
        count("E23000001", "2016/17", 12_347.0),
        figure,
        broken_down(count("E09000028", "2017-02", 7.0), "crime_group", "other_theft", "Other theft"),
        broken_down(withheld, "crime_group", "other_theft", "Other theft"),
        low,
        without(share("2016/17-Q3", 0.0), MissingReason::BaseTooSmall),
        without(share("2016/17-Q4", 0.0), MissingReason::NotSubmitted),
        observation(core, "knife-crime-offences.rate", "E23000001", "CY2016", 5e-324),
    ];
    let summary = Summary { observations: observations.len(), withheld: 2, suppressed_sum: 5, ..Summary::default() };
    Release { observations, withheld: Vec::new(), summary, record: Record::default() }
}

/// A release of so many observations, in which every tenth is withheld.
pub(super) fn large(core: &Core, observations: usize) -> Release {
    let ids: Vec<_> = core.catalogue.iter().map(|definition| definition.id.to_string()).take(80).collect();
    let areas: Vec<_> = core.reference.areas.iter().map(|(_, area)| area.code().to_owned()).collect();
    let months: Vec<_> =
        (2010..2020).flat_map(|year| (1..=12).map(move |month| format!("{year}-{month:02}"))).collect();
    let one = |at: usize| {
        let (rest, month) = (at / months.len(), &months[at % months.len()]);
        let (area, id) = (&areas[rest % areas.len()], &ids[(rest / areas.len()) % ids.len()]);
        let value = peelian_core::estimate::count_to_f64(u64::try_from(at).unwrap()) / 7.0;
        let mut found = observation(core, id, area, month, value);
        found.interval =
            Some(Interval { lower: value * 0.9, upper: value * 1.1, confidence: 0.95, method: Method::Byar });
        if at.is_multiple_of(10) {
            found.interval = None;
            return without(found, MissingReason::Suppressed);
        }
        found
    };
    let observations: Vec<_> = (0..observations).map(one).collect();
    Release { observations, withheld: Vec::new(), summary: Summary::default(), record: Record::default() }
}
