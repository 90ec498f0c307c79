//! Published files, each checked against a second, simpler pass over the same file.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "published counts are small whole numbers"
)]

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::reference::Reference;
use crate::sources::{Converted, Source, SourceFindingCode, differences};
use crate::workbook::{Expected, sheet_as_text};

/// The unpacked bytes of a file; `None`, with a note, if the files are not available.
fn bytes(name: &str) -> Option<Vec<u8>> {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data").join(name);
    let Ok(packed) = std::fs::read(&path) else {
        eprintln!("skipped for want of {name}");
        return None;
    };
    if name.ends_with(".xlsx") {
        let sheet = sheet_as_text(&packed, Some("GOR-Data-Totals"), Expected::Published);
        return Some(sheet.unwrap());
    }
    if !name.ends_with(".gz") {
        return Some(packed);
    }
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(packed.as_slice()).read_to_end(&mut unpacked).unwrap();
    Some(unpacked)
}

/// The name that the publisher gave a file, where a reader needs it.
fn as_published(name: &str) -> &str {
    if name == "met-stop-search-2022-12.csv" { "2022-12-metropolitan-stop-and-search.csv" } else { name }
}

fn convert(name: &str, expected: Source) -> Option<(Converted, Vec<u8>)> {
    let bytes = bytes(name)?;
    assert_eq!(Source::detect(&bytes), Some(expected), "{name}");
    let converted = expected.read(as_published(name), &bytes, &Reference::from_seeds().unwrap()).unwrap();
    assert_eq!(converted.totals.figures, converted.figures().count() as u64);
    let mut keys = std::collections::BTreeSet::new();
    for row in converted.figures() {
        let key = (&row.measure, &row.area, &row.period, &row.breakdown);
        assert!(keys.insert(key), "{name}: two figures for {key:?}");
        assert!(row.numerator.is_some() || row.value.is_some() || row.suppressed == Some(true));
    }
    Some((converted, bytes))
}

fn lines(bytes: &[u8]) -> (Vec<String>, Vec<Vec<String>>) {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
    let mut rows = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect::<Vec<_>>());
    let header = rows.next().unwrap();
    (header, rows.collect())
}

fn at(header: &[String], name: &str) -> usize {
    header.iter().position(|column| column == name).unwrap()
}

/// Sum of the numerators of a measure; `None` means any area or period.
fn sum(converted: &Converted, measure: &str, breakdown: &str, keep: impl Fn(&str, &str) -> bool) -> u64 {
    let rows = converted.figures().filter(|row| row.measure == measure && row.breakdown == breakdown);
    let kept = rows.filter(|row| keep(&row.area, &row.period));
    kept.map(|row| row.numerator.unwrap()).sum::<f64>() as u64
}

fn findings(converted: &Converted, code: SourceFindingCode) -> Vec<&str> {
    converted.findings.iter().filter(|f| f.code == code).map(|f| f.message.as_str()).collect()
}

#[test]
fn crime_by_borough_adds_up_to_the_columns_of_the_file() {
    for (name, months) in
        [("mps-crime-borough-historical-release-2026.csv", 168), ("mps-crime-borough-recent-release-2026-04.csv", 24)]
    {
        let Some((converted, bytes)) = convert(name, Source::MpsCrimeBorough) else { return };
        let (header, rows) = lines(&bytes);
        assert_eq!(header.len() - 3, months);
        for (column, month) in header.iter().enumerate().skip(3) {
            let period = format!("{}-{}", &month[..4], &month[4..]);
            let in_file: u64 =
                rows.iter().filter(|row| row[1] != "NFIB").map(|row| row[column].parse::<u64>().unwrap()).sum();
            assert_eq!(sum(&converted, "recorded-crime-volume", "", |_, p| p == period), in_file, "{period}");
        }
        // Rape in Southwark in twelve months, from one row of the file.
        let row = rows.iter().find(|row| row[1] == "RAPE" && row[2] == "Southwark").unwrap();
        let in_file: u64 = row[3..15].iter().map(|cell| cell.parse::<u64>().unwrap()).sum();
        let first = format!("{}-{}", &header[3][..4], &header[3][4..]);
        let last = format!("{}-{}", &header[14][..4], &header[14][4..]);
        let twelve = |area: &str, period: &str| area == "E09000028" && *first <= *period && *period <= *last;
        assert_eq!(sum(&converted, "recorded-crime-volume", "mps_class=rape", twelve), in_file);
        // No figure is for London itself: the exchange adds up boroughs and bins.
        assert!(converted.figures().all(|row| row.area != "E23000001" && row.area != "E12000007"));
        assert!(converted.figures().any(|row| row.area == "PSEUDO-UNKNOWN"));
    }
}

#[test]
fn a_class_that_ended_has_no_zeros() {
    let Some((converted, _)) = convert("mps-crime-borough-historical-release-2026.csv", Source::MpsCrimeBorough)
    else {
        return;
    };
    let of = |class: &str, period: &str| {
        let breakdown = format!("mps_class={class}");
        converted.figures().filter(|row| row.breakdown == breakdown && row.period == period).count()
    };
    assert_eq!(of("burglary_domestic", "2023-03"), 34);
    assert_eq!(of("burglary_domestic", "2024-01"), 0);
    assert_eq!(of("burglary_residential_home", "2017-01"), 0);
    assert_eq!(of("major_burglary", "2024-01"), 34);
    // One area of 34 has no homicide row in 14 years. This means zero, because the file leaves such rows out.
    assert_eq!(of("homicide", "2017-01"), 34);
    assert!(!findings(&converted, SourceFindingCode::ZerosMade).is_empty());
    assert!(findings(&converted, SourceFindingCode::ClassChange).iter().any(|m| m.contains("Burglary domestic")));
}

#[test]
fn the_dashboard_gives_southwark_and_london_as_a_plain_pass_does() {
    let Some((converted, bytes)) = convert("mps-dashboard-2021-2025-borough.csv.gz", Source::MpsDashboard) else {
        return;
    };
    let (header, rows) = lines(&bytes);
    let [month, area, subtype, measure, count] =
        ["month_year", "borough_snt", "crime_subtype", "measure", "count"].map(|name| at(&header, name));
    let plain = |wanted: (&str, &str), keep: &dyn Fn(&str, &str) -> bool| -> u64 {
        rows.iter()
            .filter(|row| row[subtype].eq_ignore_ascii_case(wanted.0) && row[measure] == wanted.1)
            .filter(|row| keep(&row[area], &row[month]))
            .map(|row| row[count].parse::<u64>().unwrap())
            .sum()
    };
    let twelve = |day: &str| ("2024-08-01"..="2025-07-01").contains(&day);
    let southwark = plain(("Knife Crime", "Offences"), &|area, day| area == "Southwark" && twelve(day));
    let months = |period: &str| ("2024-08"..="2025-07").contains(&period);
    assert_eq!(sum(&converted, "knife-crime-offences", "", |area, p| area == "E09000028" && months(p)), southwark);
    for (wanted, measure, breakdown) in [
        (("Knife Crime", "Offences"), "knife-crime-offences", ""),
        (("Knife Crime", "Positive Outcomes"), "knife-crime-positive-outcomes", ""),
        (("Hate crime", "Offences"), "hate-crime-reports", ""),
        (("Racist Crime", "Offences"), "hate-crime-reports", "hate_strand=race"),
        (("Domestic Abuse violence with injury", "Offences"), "domestic-abuse-reports.violence-with-injury", ""),
        (("Gun Crime Personal Robbery", "Positive Outcomes"), "gun-crime-positive-outcomes.personal-robbery", ""),
        (("TNO Victim Based", "Offences"), "recorded-crime-volume.victim-based", ""),
    ] {
        let all = plain(wanted, &|_, _| true);
        assert!(all > 0, "{wanted:?}");
        assert_eq!(sum(&converted, measure, breakdown, |_, _| true), all, "{wanted:?}");
    }
}

#[test]
fn the_hate_total_is_the_publishers_and_not_the_sum_of_strands() {
    let Some((converted, _)) = convert("mps-dashboard-2021-2025-borough.csv.gz", Source::MpsDashboard) else {
        return;
    };
    let total = sum(&converted, "hate-crime-reports", "", |_, _| true);
    let strand = |code: &str| sum(&converted, "hate-crime-reports", &format!("hate_strand={code}"), |_, _| true);
    let strands: u64 =
        ["race", "religion", "sexual_orientation", "disability", "transgender"].map(strand).iter().sum();
    assert_eq!(total, 95_668);
    assert!(strands > total, "{strands} {total}");
    let either = sum(&converted, "hate-crime-reports.race-or-religion", "", |_, _| true);
    assert!(either < strand("race") + strand("religion") && either > strand("race"));
    // One figure of `Other / NK` has several lines. Absent lines are zeros only if the series has a line.
    assert!(!findings(&converted, SourceFindingCode::Combined).is_empty());
    let zeros = converted.figures().filter(|row| row.numerator == Some(0.0)).count() as u64;
    assert_eq!(zeros, converted.totals.zeros);
    let transgender = |row: &&peelian::records::v1::PublishedFigure| {
        row.measure == "hate-crime-positive-outcomes" && row.breakdown == "hate_strand=transgender"
    };
    assert!(converted.figures().filter(transgender).all(|row| row.period != "2025-07"));
}

#[test]
fn the_table_of_2018_to_2020_reads_as_it_is_meant() {
    let name = "mps-tno-knife-da-borough-2018-2020.csv";
    let Some((converted, bytes)) = convert(name, Source::MpsTno) else { return };
    let (header, rows) = lines(&bytes);
    let all = |column: &str| -> u64 {
        let column = at(&header, column);
        rows.iter().map(|row| row[column].parse::<u64>().unwrap()).sum()
    };
    assert_eq!(sum(&converted, "knife-crime-offences", "", |_, _| true), all("Knife Crime Offs"));
    assert_eq!(sum(&converted, "domestic-abuse-reports", "", |_, _| true), all("Domestic Abuse Hate Crime Offs"));
    assert!(converted.figures().all(|row| !row.measure.starts_with("hate")));
    let knife = at(&header, "Knife Crime Offs");
    let southwark: u64 = rows
        .iter()
        .filter(|row| row[0] == "Southwark" && row[1].starts_with("2019"))
        .map(|row| row[knife].parse::<u64>().unwrap())
        .sum();
    let read = sum(&converted, "knife-crime-offences", "", |area, p| area == "E09000028" && p.starts_with("2019"));
    assert_eq!(read, southwark);
    // The column "19 Possession of Weapons" has other counts than possession of weapons.
    let majors: u64 = header.iter().filter(|name| name.as_bytes()[0].is_ascii_digit()).map(|name| all(name)).sum();
    assert!(majors > all("TNO Offs"));
    assert!(converted.figures().all(|row| row.breakdown != "mps_class=major_possession_of_weapons"));
    assert_eq!(findings(&converted, SourceFindingCode::UnknownSeries).len(), 2);
}

#[test]
fn residential_burglary_is_one_class_in_both_police_files() {
    let name = "mps-tno-knife-da-borough-2018-2020.csv";
    let Some((table, _)) = convert(name, Source::MpsTno) else { return };
    let name = "mps-crime-borough-historical-release-2026.csv";
    let Some((release, _)) = convert(name, Source::MpsCrimeBorough) else { return };
    let of_2018 = |_: &str, period: &str| period.starts_with("2018");
    let first = sum(&table, "recorded-crime-volume.first-release", "mps_class=burglary_domestic", of_2018);
    let later = sum(&release, "recorded-crime-volume", "mps_class=burglary_domestic", of_2018);
    assert!(first.abs_diff(later) < 20, "{first} {later}");
}

#[test]
fn the_attitude_survey_says_the_same_of_london_in_both_files() {
    let Some((boroughs, bytes)) = convert("mopac-pas-borough-2014-2023.csv", Source::MopacPasBorough) else { return };
    let Some((london, _)) = convert("mopac-pas-mps-2014-2023.csv", Source::MopacPasMps) else { return };
    assert_eq!(boroughs.totals.lines, 9_312);
    assert_eq!(boroughs.totals.figures, 9_312);
    assert_eq!(boroughs.stated.len(), 291);
    assert_eq!(differences(&boroughs.stated, london.figures()), []);
    let value = |converted: &Converted, measure: &str, area: &str, period: &str| {
        let mut rows = converted.figures().filter(|row| row.measure == measure);
        rows.find(|row| row.area == area && row.period == period).and_then(|row| row.value)
    };
    // The 68 per cent of March 2017 in the plan; Westminster and Richmond in every spelling.
    assert_eq!(value(&london, "public-good-job-local", "E23000001", "R12-2017-03"), Some(0.68));
    for area in ["E09000027", "E09000033"] {
        assert_eq!(boroughs.figures().filter(|row| row.area == area).count(), 291);
    }
    assert!(boroughs.figures().all(|row| row.unweighted_base.is_none() && row.numerator.is_none()));
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.contains("31/12/2014,PAS,Barnet,\"\"\"Good Job\"\" local\",\"0,67\""));
    assert_eq!(value(&boroughs, "public-good-job-local", "E09000003", "R12-2014-12"), Some(0.67));
    assert!(!findings(&boroughs, SourceFindingCode::StrayCells).is_empty());
}

#[test]
fn home_office_bases_are_kept_apart() {
    let Some((converted, bytes)) = convert("ho-crime-outcomes-met-2018-19.csv", Source::HomeOfficeOutcomes) else {
        return;
    };
    let (header, rows) = lines(&bytes);
    let [force, outcome] = ["force_name", "outcome_type"].map(|name| at(&header, name));
    for (column, measure) in [
        ("force_outcomes_for_offences_recorded_in_quarter", "crime-outcomes.cohort"),
        ("force_outcomes_recorded_in_quarter", "crime-outcomes.period"),
    ] {
        let column = at(&header, column);
        let plain: f64 = rows
            .iter()
            .filter(|row| row[force] == "Metropolitan Police" && row[outcome] == "16")
            .map(|row| row[column].parse::<f64>().unwrap_or(0.0))
            .sum();
        let read = sum(&converted, measure, "outcome_code=16", |area, _| area == "E23000001");
        assert_eq!(read, plain as u64, "{measure}");
    }
    assert_eq!(sum(&converted, "crime-outcomes.cohort", "", |area, _| area == "E23000001"), 862_720);
    assert!(converted.figures().all(|row| !(row.measure.ends_with(".period") && row.breakdown.contains("NYA"))));
    let rates = converted.figures().filter(|row| row.measure == "crime-outcome-rate.cohort");
    let mut whole: BTreeMap<(String, String), (f64, f64)> = BTreeMap::new();
    for row in rates.filter(|row| row.breakdown.starts_with("outcome_code")) {
        let cell = whole.entry((row.area.clone(), row.period.clone())).or_default();
        *cell = (cell.0 + row.numerator.unwrap(), row.denominator.unwrap());
    }
    assert!(whole.values().all(|(outcomes, offences)| outcomes.total_cmp(offences).is_eq()));
    assert_eq!(findings(&converted, SourceFindingCode::Negative).len(), 1);
}

#[test]
fn prosecutions_count_the_administratively_finalised_once() {
    let mut months = 0;
    for (year, month) in (1..=12).map(|month| (2014, month)).chain((1..=9).map(|month| (2015, month))) {
        let name = format!("cps-case-outcomes/{year}-{month:02}.csv");
        let Some((converted, _)) = convert(&name, Source::CpsCaseOutcomes) else { return };
        assert_eq!(findings(&converted, SourceFindingCode::Inconsistent), Vec::<&str>::new(), "{name}");
        assert_eq!(converted.figures().count(), 2 * 13);
        months += 1;
    }
    assert_eq!(months, 21);
    let (converted, _) = convert("cps-case-outcomes/2014-01.csv", Source::CpsCaseOutcomes).unwrap();
    let of = |breakdown: &str| {
        let mut rows = converted.figures().filter(|row| row.area == "CPS-METROPOLITAN-AND-CITY");
        let row = rows.find(|row| row.breakdown == breakdown).unwrap();
        (row.numerator.unwrap() as u64, row.denominator.unwrap() as u64)
    };
    // 1,306 convictions and 549 unsuccessful outcomes for offences against the person.
    assert_eq!(of("principal_offence_category=person"), (1306, 1855));
    let parts: Vec<(u64, u64)> = converted
        .figures()
        .filter(|row| row.area == "CPS-METROPOLITAN-AND-CITY" && !row.breakdown.is_empty())
        .map(|row| (row.numerator.unwrap() as u64, row.denominator.unwrap() as u64))
        .collect();
    let (convictions, completed) = of("");
    assert_eq!(convictions, parts.iter().map(|part| part.0).sum::<u64>());
    // 261 were finalised administratively.
    assert_eq!(completed, parts.iter().map(|part| part.1).sum::<u64>() + 261);
}

#[test]
fn prosecutions_are_read_under_the_name_of_their_publisher() {
    let Some(bytes) = bytes("cps-case-outcomes/2014-01.csv") else { return };
    let reference = Reference::from_seeds().unwrap();
    let read = |name: &str| Source::CpsCaseOutcomes.read(name, &bytes, &reference);
    let converted = read("principal_offence_category_january_2014.csv").unwrap();
    assert!(converted.figures().all(|row| row.period == "2014-01"));
    assert!(read("principal_offence_category.csv").is_err());
}

#[test]
fn street_crime_is_in_the_borough_where_it_happened() {
    let name = "city-of-london-street/2022-07-city-of-london-street.csv";
    let Some((converted, _)) = convert(name, Source::PoliceUkStreet) else { return };
    let all = |measure: &str| -> u64 { sum(&converted, measure, "force=city-of-london", |_, _| true) };
    // 786 lines, 78 without a location; 75 are antisocial behaviour, which is not a crime.
    assert_eq!(all("police-uk-crimes") + all("police-uk-asb-incidents"), 786 - 78);
    let tower_hamlets = |area: &str, _: &str| area == "E09000030";
    let there = sum(&converted, "police-uk-crimes", "force=city-of-london", tower_hamlets)
        + sum(&converted, "police-uk-asb-incidents", "force=city-of-london", tower_hamlets);
    assert_eq!(there, 20);
    assert_eq!(converted.totals.left_out, 78);
    assert!(converted.figures().all(|row| row.area.starts_with("E09")));
}

#[test]
fn outcomes_count_crimes_and_not_suspects() {
    let Some((converted, _)) = convert("met-outcomes-all-2019-05.csv", Source::PoliceUkOutcomes) else { return };
    assert_eq!(converted.totals.lines, 10_723);
    let counted: u64 = converted.figures().map(|row| row.numerator.unwrap() as u64).sum();
    assert_eq!(counted + converted.totals.left_out, 10_723);
    // Slough, Sevenoaks and others lie outside London.
    assert!(findings(&converted, SourceFindingCode::OutsideScope).iter().any(|m| m.contains("outside London")));
}

#[test]
fn a_year_of_crimes_leaves_antisocial_behaviour_out() {
    let name = "police-uk-outcomes-met-annual-2012-2016.csv";
    let Some((converted, _)) = convert(name, Source::PoliceUkOutcomesAnnual) else { return };
    let of_2016 = |area: &str, period: &str| area == "E23000001" && period == "CY2016";
    assert_eq!(sum(&converted, "police-uk-last-outcomes", "", of_2016), 994_529 - 239_142);
    assert_eq!(sum(&converted, "police-uk-asb-incidents", "", of_2016), 239_142);
    assert!(findings(&converted, SourceFindingCode::ClassChange).iter().any(|m| m.contains("`violent_crime`")));
}

#[test]
fn searches_of_a_month_are_those_of_the_file() {
    let name = "met-stop-search-2022-12.csv";
    let Some((converted, bytes)) = convert(name, Source::PoliceUkStopSearch) else { return };
    let (header, rows) = lines(&bytes);
    let [kind, outcome, latitude] = ["Type", "Outcome", "Latitude"].map(|name| at(&header, name));
    let of = |variant: &str, breakdown: &str| {
        sum(&converted, &format!("stop-search-disproportionality.{variant}"), breakdown, |_, _| true)
    };
    let vehicles = rows.iter().filter(|row| row[kind] == "Vehicle search").count() as u64;
    assert_eq!(of("vehicles", ""), vehicles);
    // One search of a person has a place in Oxford.
    assert_eq!(rows.iter().filter(|row| row[latitude] == "51.745717").count(), 1);
    assert_eq!(of("searches", "") + vehicles + 1, rows.len() as u64);
    assert_eq!(converted.totals.left_out, 1);
    let persons = rows.iter().filter(|row| row[kind] != "Vehicle search" && row[latitude] != "51.745717");
    let with_outcome = persons.filter(|row| row[outcome] != "A no further action disposal").count() as u64;
    assert_eq!(of("outcome-rate", ""), with_outcome);
    // The groups divide all searches, because each line states an ethnicity or says that it is not stated.
    let groups = ["white", "mixed", "asian", "black", "other", "not_stated"];
    let groups = groups.map(|group| of("searches", &format!("ethnic_group={group}")));
    assert_eq!(groups.iter().sum::<u64>(), of("searches", ""));
    assert_eq!((groups[0], groups[3]), (1846, 1153));
    assert!(converted.figures().all(|row| row.area == "E23000001" && row.period == "2022-12"));
    assert!(findings(&converted, SourceFindingCode::UnknownSeries).is_empty());
}

#[test]
fn reoffending_of_england_and_wales_is_that_of_all_offenders() {
    let name = "moj-reoffending-rates-2007-2017.csv";
    let Some((converted, _)) = convert(name, Source::MojReoffending) else { return };
    assert_eq!((converted.totals.lines, converted.totals.figures), (308, 22));
    let of_2017 = |measure: &str| {
        let row = converted.figures().find(|row| row.measure == measure && row.period == "2016/17");
        row.and_then(|row| row.value).map(|share| format!("{share:.4}"))
    };
    assert_eq!(of_2017("youth-reoffending-binary-rate").as_deref(), Some("0.4094"));
    assert!(of_2017("reoffending-binary-rate.adult").is_some());
    assert!(converted.figures().all(|row| row.area == "K04000001"));
}

#[test]
fn the_crown_court_needs_as_long_as_the_ministry_says() {
    let name = "moj-prosecution-times-2018.csv";
    let Some((converted, _)) = convert(name, Source::MojTimeliness) else { return };
    let days = |measure: &str| {
        let row = converted.figures().find(|row| row.measure == measure && row.breakdown == "court_type=crown");
        row.and_then(|row| row.value).map(|days| format!("{days:.2}"))
    };
    assert_eq!(days("court-timeliness.mean-offence-to-completion").as_deref(), Some("554.78"));
    assert_eq!(days("court-timeliness.offence-to-completion").as_deref(), Some("250.00"));
    assert_eq!(converted.totals.left_out, 20);
    assert!(findings(&converted, SourceFindingCode::Inconsistent).is_empty());
}

#[test]
fn first_time_entrants_are_those_of_the_youth_justice_board() {
    let name = "dfe-lait-youth-offending-la.csv";
    let Some((converted, _)) = convert(name, Source::DfeYouthOffending) else { return };
    // 33 authorities and London in nine years, without eleven rates that the file does not give.
    assert_eq!(converted.totals.figures, 34 * 9 - 11);
    let rate = |area: &str, period: &str| {
        let row = converted.figures().find(|row| row.area == area && row.period == period);
        row.and_then(|row| row.value).map(|rate| rate.to_string())
    };
    assert_eq!(rate("E12000007", "CY2016").as_deref(), Some("412"));
    assert_eq!(rate("E09000028", "CY2024").as_deref(), Some("196"));
    // Nine rates of the City, and one each of Kensington and Chelsea and of another borough, are not given.
    assert_eq!(rate("E09000001", "CY2016"), None);
    assert!(converted.figures().all(|row| row.numerator.is_none()));
}

#[test]
fn admissions_of_ten_years_are_those_of_the_sheet() {
    let name = "hes-knife-assault-admissions-2012-2022.xlsx";
    let Some((converted, _)) = convert(name, Source::NhsSharpObjectAdmissions) else { return };
    let admissions = |period: &str| {
        converted
            .figures()
            .find(|row| row.period == period)
            .and_then(|row| row.numerator)
            .map(|count| count.to_string())
    };
    // The total of 2021/22 is called that of 2020/21.
    assert_eq!(converted.totals.figures, 10 * 13 - 1);
    assert_eq!(findings(&converted, SourceFindingCode::Inconsistent).len(), 1);
    assert_eq!(admissions("2012-04").as_deref(), Some("65"));
    assert_eq!(admissions("2012/13").as_deref(), Some("930"));
    // The months of a year are rounded, and so is their sum: each by at most 2.5.
    for year in 2012..2021 {
        let whole: f64 = admissions(&format!("{year}/{}", (year + 1) % 100)).unwrap().parse().unwrap();
        let months = (4..16).map(|month| format!("{}-{:02}", year + month / 13, (month - 1) % 12 + 1));
        let sum: f64 = months.map(|month| admissions(&month).unwrap().parse::<f64>().unwrap()).sum();
        assert!((sum - whole).abs() <= 2.5 * 13.0, "{year}: {sum} and {whole}");
    }
}

#[test]
fn perceptions_in_the_crime_survey_are_those_of_london_and_the_nation() {
    let name = "csew-police-cjs-perception-2018.csv.gz";
    let Some((converted, _)) = convert(name, Source::OnsCrimeSurveyPerceptions) else { return };
    // Eleven questions of everyone, women and men, in two areas.
    assert_eq!(converted.totals.figures, 11 * 3 * 2);
    let share = |measure: &str, area: &str| {
        let mut rows = converted.figures().filter(|row| row.breakdown.is_empty());
        let row = rows.find(|row| row.measure == measure && row.area == area).unwrap();
        (row.value.map(|value| format!("{value:.4}")).unwrap(), row.unweighted_base)
    };
    assert_eq!(share("csew-police-perception.good-job", "E12000007"), ("0.5864".to_owned(), Some(3864.0)));
    assert_eq!(share("csew-police-perception.confidence", "K04000001").0, "0.7568");
    assert!(converted.figures().all(|row| row.period == "R12-2018-12"));
}

/// The figures in the seeds are the figures of the published files.
#[test]
fn the_seeds_repeat_the_publishers() {
    let seeds: BTreeMap<String, String> =
        peelian_seeds::figures().into_iter().map(|file| (file.path, file.text.into_owned())).collect();
    let rows = |seed: &str| -> Vec<Vec<String>> { lines(seeds[&format!("figures/{seed}.csv")].as_bytes()).1 };
    for (seed, file, source) in [
        ("mps.crime-dashboard", "mps-dashboard-2021-2025-borough.csv.gz", Source::MpsDashboard),
        ("mps.crime-by-borough", "mps-crime-borough-recent-release-2026-04.csv", Source::MpsCrimeBorough),
        ("mopac.pas-borough", "mopac-pas-borough-2014-2023.csv", Source::MopacPasBorough),
        ("mopac.pas-london", "mopac-pas-mps-2014-2023.csv", Source::MopacPasMps),
    ] {
        let Some((converted, _)) = convert(file, source) else { return };
        let known: BTreeMap<[&str; 4], (Option<f64>, Option<f64>)> = converted
            .figures()
            .map(|row| ([&*row.measure, &*row.area, &*row.period, &*row.breakdown], (row.numerator, row.value)))
            .collect();
        assert!(rows(seed).len() > 90, "{seed}");
        for row in rows(seed) {
            let published = known[&[&*row[0], &*row[1], &*row[2], &*row[3]]];
            assert_eq!((row[4].parse().ok(), row[6].parse().ok()), published, "{row:?}");
        }
    }
    let Some((dashboard, _)) = convert("mps-dashboard-2021-2025-borough.csv.gz", Source::MpsDashboard) else {
        return;
    };
    for row in rows("mps.hate-strands") {
        let in_month = |_: &str, period: &str| period == row[2];
        assert_eq!(sum(&dashboard, &row[0], &row[3], in_month).to_string(), row[4], "{row:?}");
    }
}

/// The rows of the readers pass the checks of a submission.
#[test]
fn the_checks_accept_what_the_readers_make() {
    use crate::contract::Contract;
    use crate::intake::{Declared, Intake, Limits, Mode, NothingHeld};
    use crate::submission::FigureCheck;

    let core = crate::Core::from_seeds().unwrap();
    for (name, source) in [
        ("mps-crime-borough-recent-release-2026-04.csv", Source::MpsCrimeBorough),
        ("mps-dashboard-2021-2025-borough.csv.gz", Source::MpsDashboard),
        ("mps-tno-knife-da-borough-2018-2020.csv", Source::MpsTno),
        ("mopac-pas-borough-2014-2023.csv", Source::MopacPasBorough),
        ("mopac-pas-mps-2014-2023.csv", Source::MopacPasMps),
        ("ho-crime-outcomes-met-2018-19.csv", Source::HomeOfficeOutcomes),
        ("cps-case-outcomes/2014-01.csv", Source::CpsCaseOutcomes),
        ("city-of-london-street/2022-07-city-of-london-street.csv", Source::PoliceUkStreet),
        ("met-outcomes-all-2019-05.csv", Source::PoliceUkOutcomes),
        ("police-uk-outcomes-met-annual-2012-2016.csv", Source::PoliceUkOutcomesAnnual),
        ("met-stop-search-2022-12.csv", Source::PoliceUkStopSearch),
        ("moj-reoffending-rates-2007-2017.csv", Source::MojReoffending),
        ("moj-prosecution-times-2018.csv", Source::MojTimeliness),
        ("dfe-lait-youth-offending-la.csv", Source::DfeYouthOffending),
        ("hes-knife-assault-admissions-2012-2022.xlsx", Source::NhsSharpObjectAdmissions),
        ("csew-police-cjs-perception-2018.csv.gz", Source::OnsCrimeSurveyPerceptions),
    ] {
        let Some((converted, _)) = convert(name, source) else { return };
        for part in &converted.publications {
            let declared = Declared {
                period_first: part.first.first_day(),
                period_last: part.last.last_day(),
                extract_date: "2026-06-30".parse().unwrap(),
                mode: Mode::ReplacePeriod,
            };
            let dataset = Contract::get().dataset(part.dataset).unwrap();
            let mut intake = Intake::new(&core.reference, dataset, declared, Limits::default()).unwrap();
            intake.push_rows(&part.rows).unwrap();
            let checked = intake.finish_with(&NothingHeld, &[&FigureCheck::new(&core)]).unwrap();
            let kept: Vec<_> = checked.findings.kept().iter().take(3).collect();
            assert_eq!(checked.received, converted.totals.figures);
            assert_eq!(checked.rejected, 0, "{name}: {kept:#?}");
        }
    }
}
