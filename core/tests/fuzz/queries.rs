//! Queries with all their fields, from the encoded request to the page of the answer, on a small ledger.

use std::num::NonZeroUsize;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use peelian::v1::{self as wire, QueryObservationsRequest};
use peelian_core::contract::{Presence, check_limits};
use peelian_core::engine::{
    ComputeError, CountCache, Engine, ExplainRequest, Local, LocalContent, LocalRows, Observation, Place, Query,
    QueryError,
};
use peelian_fuzz::{Driver, Limits, Target, ValueGenerator, below, one_of};
use prost::Message as _;

use crate::samples::{CORE, datasets, value};

/// Most observations of a page that are looked at.
const PAGE: usize = 40;

/// Bytes of the counts of all queries.
const COUNTS: usize = 32 << 20;

/// A request, and the place in its answer from which a second page is asked for.
#[derive(Clone, Debug)]
struct Asked {
    request: QueryObservationsRequest,
    size: usize,
}

/// What queries are made of.
struct Queries {
    measures: Vec<String>,
    profiles: Vec<String>,
    agencies: Vec<String>,
    breakdowns: Vec<String>,
}

const AREAS: [&str; 11] = [
    "E09000028",
    "E12000007",
    "E23000001",
    "E09000001",
    "borough",
    "ward",
    "london",
    "force",
    "Southwark",
    "K04000001",
    "bcu",
];

const PERIODS: [&str; 13] = [
    "2017-02",
    "2016-01..2017-12",
    "R12-2017-02",
    "CY2016",
    "2016/17",
    "2016/17-Q2",
    "latest:24",
    "latest:8:R12",
    "latest:1:longest",
    "R12-2015-01..R12-2017-12",
    "latest:4294967295",
    "2015-01..2015-03",
    "CY2015..CY2017",
];

/// What is no area, or none of London.
const NO_AREAS: [&str; 5] = ["E05000001", "E09000099", "E92000001", "region", "lsoa"];

/// What is no period, or one far away.
const NO_PERIODS: [&str; 16] = [
    "1900-01..2199-12",
    "9999-12",
    "0001-01",
    "2017-13",
    "latest:0",
    "latest:4294967296",
    "latest:-1",
    "latest:1:X",
    "2017-02..2016-02",
    "2016/18",
    "CY0000",
    "R12-0001-01",
    "2199-12..2199-12",
    "R24-2017-02",
    "2017-02..CY2016",
    "..",
];

const EDGES: [&str; 12] =
    ["", " ", "x", "é", "\0", "=", "@", "..", "a=b", "ethnic_group=white", "@99999999999", "releases/x"];

impl Queries {
    fn new() -> Self {
        let mut breakdowns: Vec<String> = CORE
            .catalogue
            .iter()
            .flat_map(|definition| definition.breakdowns.iter().map(|breakdown| breakdown.name.clone()))
            .collect();
        breakdowns.sort();
        breakdowns.dedup();
        Self {
            measures: CORE.catalogue.ids().map(str::to_owned).collect(),
            profiles: CORE.profiles.iter().map(|profile| profile.id.clone()).collect(),
            agencies: ["mps", "mopac", "southwark", "city-of-london-police", "local"].map(str::to_owned).to_vec(),
            breakdowns,
        }
    }

    /// Breakdowns of the first measure, or those of others if the request is odd.
    fn breakdown<D: Driver>(&self, driver: &mut D, odd: bool, measures: &[String]) -> Option<Vec<String>> {
        let first = measures.first().and_then(|measure| CORE.catalogue.get(measure));
        let own: Vec<String> =
            first.iter().flat_map(|found| found.breakdowns.iter().map(|breakdown| breakdown.name.clone())).collect();
        let from = if odd { &self.breakdowns } else { &own };
        texts(driver, odd, from, &[], &[0, 0, 1, 1, 2, 3, 8, 9])
    }
}

/// Several texts. Only odd requests have some that are not valid, or the same twice.
fn texts<D: Driver>(
    driver: &mut D,
    odd: bool,
    valid: &[impl AsRef<str>],
    others: &[&str],
    counts: &[usize],
) -> Option<Vec<String>> {
    let mut found = Vec::new();
    for _ in 0..*one_of(driver, counts)?? {
        let Some(one) = one_of(driver, valid)? else { break };
        let one = one.as_ref().to_owned();
        found.push(if odd { changed(driver, one, others)? } else { one });
    }
    if !odd {
        found.sort();
        found.dedup();
    }
    Some(found)
}

/// A text, or something else in its place.
fn changed<D: Driver>(driver: &mut D, text: String, others: &[&str]) -> Option<String> {
    Some(match below(driver, 8)? {
        0 => format!("{text}{}", one_of(driver, &EDGES)??),
        1 => (*one_of(driver, &EDGES)??).to_owned(),
        2 => "x".repeat(*one_of(driver, &[49, 51, 63, 65, 99, 101, 199, 201, 100_000])??),
        3 => text.to_uppercase(),
        4 => one_of(driver, others)?.map_or(text, |other| (*other).to_owned()),
        _ => text,
    })
}

/// A text, mostly none.
fn seldom<D: Driver>(driver: &mut D, odd: bool, from: &[impl AsRef<str>]) -> Option<String> {
    let few = texts(driver, odd, from, &[], &[0, 0, 0, 0, 0, 0, 1])?;
    Some(few.into_iter().next().unwrap_or_default())
}

impl ValueGenerator for Queries {
    type Output = Asked;

    fn generate<D: Driver>(&self, driver: &mut D) -> Option<Asked> {
        let odd = below(driver, 4)? == 0;
        let counts = [1, 1, 1, 1, 1, 2, 3, 8, usize::from(!odd)];
        let measures = texts(driver, odd, &self.measures, &[], &counts)?;
        let kinds: &[i32] = if odd { &[0, 1, 9, 10, -1, i32::MAX] } else { &[1, 2, 3, 5, 6, 7, 8] };
        let mut comparisons = Vec::new();
        for _ in 0..*one_of(driver, &[0, 0, 0, 1, 2, 9])?? {
            comparisons.push(*one_of(driver, kinds)??);
        }
        if !odd {
            comparisons.sort_unstable();
            comparisons.dedup();
        }
        let levels: &[f64] =
            if odd { &[1.0, -1.0, 1e-300, f64::NAN, f64::INFINITY] } else { &[0.0, 0.0, 0.95, 0.998, 0.5] };
        let query = wire::Query {
            breakdown: self.breakdown(driver, odd, &measures)?,
            areas: texts(driver, odd, &AREAS, &NO_AREAS, &counts)?,
            periods: texts(driver, odd, &PERIODS, &NO_PERIODS, &counts)?,
            comparisons,
            reference_group: seldom(driver, odd, &["ethnic_group=white", "sex=female"])?,
            as_of: None,
            release: seldom(driver, odd, &["releases/2017-03"])?,
            basis: *one_of(driver, if odd { &[0, 1, 2, 3, -1] } else { &[0, 0, 0, 1, 2] })??,
            confidence: *one_of(driver, levels)??,
            allow_break: driver.produce()?,
            source: if odd { seldom(driver, odd, &self.agencies)? } else { String::new() },
            without_companions: driver.produce()?,
            profile: if odd { seldom(driver, odd, &self.profiles)? } else { String::new() },
            baseline: seldom(driver, odd, &["2011/12", "CY2015", "2015-03"])?,
            all_measures: below(driver, 60)? == 0,
            measures,
        };
        let request = QueryObservationsRequest { query: Some(query), page_size: 0, page_token: String::new() };
        Some(Asked { request, size: 1 + below(driver, PAGE)? })
    }
}

/// An engine over some rows of every dataset.
fn engine() -> Engine {
    let mut local = Local::new(&CORE);
    let mut rows: Vec<(&str, String)> = Vec::new();
    for dataset in datasets() {
        let mut file = peelian_core::intake::csv_header(dataset) + "\n";
        for row in 0..60 {
            let cells: Vec<String> = dataset
                .submitted()
                .map(|field| match field.presence() {
                    Presence::Optional if row % 2 == 0 => String::new(),
                    _ => value(field, row),
                })
                .collect();
            file.push_str(&cells.join(","));
            file.push('\n');
        }
        rows.push((&dataset.id, file));
    }
    for (dataset, file) in &rows {
        // Rows made up of valid values can still break rules across fields: then a dataset has no rows.
        let content = LocalContent::Csv(file.as_bytes());
        local.add(LocalRows { synthetic: true, ..LocalRows::new(dataset, content) }).ok();
    }
    let crimes = crimes();
    local.add(LocalRows { synthetic: true, ..LocalRows::new("crime", LocalContent::Csv(crimes.as_bytes())) }).ok();
    local.engine(NonZeroUsize::MIN).keeping_in(&Arc::new(CountCache::new(COUNTS)))
}

/// Crimes of three years in several boroughs.
fn crimes() -> String {
    let mut file =
        "crime_ref,record_status,recorded_at,committed_from,ho_class,victim_based,offence_borough,flag_da,flag_cse,\
                    flag_csa,flag_hba,flag_fm,flag_fgm,knife_use,gun_use\n"
            .to_owned();
    for number in 0..600 {
        let (year, month, day) = (2015 + number % 3, 1 + number % 12, 1 + number % 28);
        let (class, borough) = (["8N", "34B", "39", "105A"][number % 4], 2 + number % 31);
        let (abuse, knife) = (["yes", "no"][number % 2], ["none", "injured", "threatened"][number % 3]);
        file.push_str(&format!(
            "c{number},active,{year}-{month:02}-{day:02},{year}-{month:02}-{day:02},{class},true,E090000{borough:02},{abuse},no,\
             no,no,no,no,{knife},none\n"
        ));
    }
    file
}

/// The kind of a refusal: the name of its variant.
fn kind(error: &QueryError) -> String {
    let told = format!("{error:?}");
    told.split(|letter: char| !letter.is_alphanumeric()).next().unwrap_or_default().to_owned()
}

/// A page of an answer, as a message.
fn page(
    engine: &Engine,
    query: &Query,
    from: Place,
    size: usize,
) -> Result<(Vec<Observation>, Option<Place>), QueryError> {
    let page = engine.query_page(query, from, size, &|| true)?;
    let observations: Vec<Observation> = page.observations.into_iter().map(|(_, observation)| observation).collect();
    assert!(observations.len() <= size);
    observations.iter().for_each(check);
    Ok((observations, page.next))
}

/// What is always true of an observation.
fn check(found: &Observation) {
    if let Ok(value) = found.result {
        assert!(value.is_finite(), "{found:?}");
        if let Some(interval) = found.interval {
            assert!(interval.lower <= interval.upper, "{found:?}");
            assert!(interval.lower <= value + 1e-9 && value <= interval.upper + 1e-9, "{found:?}");
        }
    }
    assert!(found.numerator.is_none_or(f64::is_finite) && found.denominator.is_none_or(f64::is_finite), "{found:?}");
    assert!(found.companions.iter().all(|companion| companion.companions.is_empty()), "{found:?}");
    assert!(wire::Observation::from(found).encoded_len() < 1 << 20);
}

/// A request is refused with its reason, or two pages are what one page of their size is, and the same each time.
#[test]
fn fuzz_queries() {
    let limits = Limits { memory: 128 << 20, time: Duration::from_secs(10) };
    let engine = AssertUnwindSafe(engine());
    Target::new("queries", limits).run(peelian_fuzz::check!(), Queries::new(), |asked: &Asked| {
        let engine: &Engine = &engine;
        let bytes = asked.request.encode_to_vec();
        if let Err(exceeded) = check_limits("peelian.v1.QueryObservationsRequest", &bytes) {
            assert!(exceeded.field.starts_with("query."), "{exceeded}");
            return "beyond a limit".to_owned();
        }
        let decoded = QueryObservationsRequest::decode(&*bytes).unwrap().query.unwrap();
        let answered = Query::from_wire(&decoded, &CORE).and_then(|query| {
            let (first, next) = page(engine, &query, Place::default(), asked.size)?;
            let both = match next {
                Some(next) => [first, page(engine, &query, next, asked.size)?.0].concat(),
                None => first,
            };
            let again = page(engine, &query, Place::default(), 2 * asked.size)?.0;
            let sent = |all: &[Observation]| all.iter().map(wire::Observation::from).collect::<Vec<_>>();
            assert_eq!(sent(&both), sent(&again));
            Ok(both)
        });
        match answered {
            Ok(observations) => {
                if let Some(first) = observations.first() {
                    explain(engine, first);
                }
                if observations.is_empty() { "empty".to_owned() } else { Target::ACCEPTED.to_owned() }
            }
            Err(error) => {
                let told = error.to_string();
                assert!(!told.is_empty() && told.len() < 20_000, "{told}");
                kind(&error)
            }
        }
    });
}

/// Every observation that is answered can be explained, if there is memory for it.
fn explain(engine: &Engine, found: &Observation) {
    let request = wire::ExplainObservationRequest {
        measure: format!("{}@{}", found.measure, found.version),
        area: found.area.to_string(),
        period: found.period.to_string(),
        breakdown: found.breakdown.iter().map(|value| (value.dimension.clone(), value.code.clone())).collect(),
        ..wire::ExplainObservationRequest::default()
    };
    let request = ExplainRequest::from_wire(request, &CORE).unwrap();
    // A submitted figure needs no counts, and its explanation does.
    match engine.explain_request(&request) {
        Ok(_) | Err(QueryError::Compute(ComputeError::TooManyCounts { .. })) => {}
        Err(error) => panic!("{error}: {found:?}"),
    }
}
