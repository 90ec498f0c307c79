//! Small files with one fault each.

use proptest::strategy::Strategy as _;

use super::{Code, Source, SourceError, codes, read, rows};
use crate::reference::Reference;

const CRIME: &str = "MajorText,MinorText,BoroughName,202403,202404\r\n";
const DASHBOARD: &str = "month_year,area_type,borough_snt,area_name,area_code,crime_type,crime_subtype,measure,\
                         financial_year,fy_fyindex,count,refresh_date,sheet\n";
const SURVEY: &str = "Date,Survey,Borough,Measure,Proportion,MPS,,\n";

fn dashboard(line: &str) -> String {
    let [month, area, code, kind, subtype, measure, count, refreshed] =
        line.split('|').collect::<Vec<_>>().try_into().unwrap();
    format!("{month},Borough,{area},{area},{code},{kind},{subtype},{measure},fy,1,{count},{refreshed},s\n")
}

#[test]
fn absent_lines_of_crime_by_borough_are_zero_in_the_areas_of_the_file() {
    let text = format!(
        "{CRIME}ROBBERY,ROBBERY OF PERSONAL PROPERTY,Barking & Dagenham,3,4\r\nSEXUAL OFFENCES,RAPE,Unknown,1,0\r\n"
    );
    let converted = read("mps.csv", &text).unwrap();
    assert_eq!(converted.totals.zeros, 4);
    let rows = rows(&converted);
    assert!(rows.contains(&"recorded-crime-volume E09000002 2024-03 mps_class=rape 0".to_owned()));
    assert!(rows.contains(&"recorded-crime-volume PSEUDO-UNKNOWN 2024-03  1".to_owned()));
    assert!(rows.contains(&"recorded-crime-volume E09000002 2024-04 mps_class=major_robbery 4".to_owned()));
    assert_eq!(converted.publications[0].first.to_string(), "2024-03");
    assert_eq!(converted.publications[0].last.to_string(), "2024-04");
    // The 31 absent boroughs are missing, and not zero.
    assert!(codes(&converted).contains(&Code::Missing));
}

#[test]
fn unknown_areas_refuse_and_unknown_classes_are_reported() {
    let text = format!("{CRIME}SEXUAL OFFENCES,RAPE,Southwerk,1,0\r\n");
    let error = read("mps.csv", &text).unwrap_err();
    assert!(error.to_string().contains("Southwark"), "{error}");
    let text = format!("{CRIME}SEXUAL OFFENCES,NEW CLASS,Southwark,1,2\r\n");
    let converted = read("mps.csv", &text).unwrap();
    assert!(codes(&converted).contains(&Code::UnknownSeries));
    assert_eq!(
        rows(&converted),
        [
            "recorded-crime-volume E09000028 2024-03  1",
            "recorded-crime-volume E09000028 2024-03 mps_class=major_sexual_offences 1",
            "recorded-crime-volume E09000028 2024-04  2",
            "recorded-crime-volume E09000028 2024-04 mps_class=major_sexual_offences 2",
        ]
    );
}

#[test]
fn national_fraud_is_in_no_total() {
    let text = format!("{CRIME}NFIB FRAUD,NFIB,Southwark,1,0\r\nSEXUAL OFFENCES,RAPE,Southwark,2,2\r\n");
    let converted = read("mps.csv", &text).unwrap();
    assert!(rows(&converted).contains(&"recorded-crime-volume E09000028 2024-03  2".to_owned()));
}

/// The bureau's fraud is in the files since February 2024. Before, there is no figure of it, and not 0.
#[test]
fn a_class_that_did_not_exist_yet_has_no_figure() {
    let rape = "SEXUAL OFFENCES,RAPE,Southwark,2,2";
    let text = format!("{CRIME}NFIB FRAUD,NFIB,Southwark,0,1\r\n{rape}\r\n")
        .replace("202403", "202401")
        .replace("202404", "202402");
    let rows = rows(&read("mps.csv", &text).unwrap());
    let fraud: Vec<&String> = rows.iter().filter(|row| row.contains("nfib")).collect();
    assert_eq!(fraud.len(), 2, "{rows:?}");
    assert!(fraud.iter().all(|row| row.contains(" 2024-02 ")), "{fraud:?}");
}

#[test]
fn a_month_that_was_not_over_is_left_out() {
    let text = format!("{CRIME}SEXUAL OFFENCES,RAPE,Southwark,2,1\r\n");
    let converted = read("mps-release-2024-04.csv", &text).unwrap();
    assert!(codes(&converted).contains(&Code::IncompletePeriod));
    assert!(converted.figures().all(|row| row.period == "2024-03"));

    let text = DASHBOARD.to_owned()
        + &dashboard("2025-06-01|Barnet|E09000003|Knife Crime|Knife Crime|Offences|31|2025-07-15")
        + &dashboard("2025-07-01|Barnet|E09000003|Knife Crime|Knife Crime|Offences|12|2025-07-15");
    let converted = read("dashboard.csv", &text).unwrap();
    assert!(codes(&converted).contains(&Code::IncompletePeriod));
    assert_eq!(rows(&converted), ["knife-crime-offences E09000003 2025-06  31"]);
}

#[test]
fn repetitions_count_once_and_contradictions_refuse() {
    let row = "SEXUAL OFFENCES,RAPE,Southwark,2,1\r\n";
    let converted = read("mps.csv", &format!("{CRIME}{row}{row}")).unwrap();
    assert!(codes(&converted).contains(&Code::RepeatedLine));
    assert!(rows(&converted).contains(&"recorded-crime-volume E09000028 2024-03  2".to_owned()));
    let other = format!("{CRIME}{row}SEXUAL OFFENCES,rape,SOUTHWARK,9,1\r\n");
    assert!(matches!(read("mps.csv", &other), Err(SourceError::Conflict { line: 3, earlier: 2, .. })));

    let line = |count: &str, subtype: &str| {
        dashboard(&format!("2025-06-01|Barnet|E09000003|Gun Crime|{subtype}|Offences|{count}|2025-08-02"))
    };
    let twice = DASHBOARD.to_owned() + &line("4", "Gun Crime") + &line("4", "GUN CRIME");
    let converted = read("dashboard.csv", &twice).unwrap();
    assert_eq!(rows(&converted), ["gun-crime-offences E09000003 2025-06  4"]);
    assert_eq!(converted.totals.left_out, 1);
    let contradiction = DASHBOARD.to_owned() + &line("4", "Gun Crime") + &line("5", "Gun crime");
    assert!(matches!(read("dashboard.csv", &contradiction), Err(SourceError::Conflict { .. })));
}

#[test]
fn a_month_under_two_names_refuses() {
    let twice = "MajorText,MinorText,BoroughName,202404,2024-04\nSEXUAL OFFENCES,RAPE,Barnet,1,1\n";
    assert!(matches!(read("mps.csv", twice), Err(SourceError::Column { .. })));

    let reference = Reference::from_seeds().unwrap();
    let london = reference.areas.by_code("E23000001").unwrap();
    let day = crate::period::Month::from_index(600).first_day();
    let mut text = CRIME.to_owned();
    for (n, id) in reference.areas.members(london, crate::reference::Level::Borough, day).into_iter().enumerate() {
        let name = reference.areas.get(id).name();
        text +=
            &format!("SEXUAL OFFENCES,RAPE,{name},{n},{n}\r\nROBBERY,ROBBERY OF PERSONAL PROPERTY,{name},7,7\r\n");
    }
    let error = read("mps.csv", &text).unwrap_err();
    assert!(matches!(error, SourceError::RepeatedPeriod { .. }), "{error}");
}

#[test]
fn subtypes_are_known_whatever_their_case_and_crime_type() {
    let text = DASHBOARD.to_owned()
        + &dashboard("2025-06-01|Barnet|E09000003|Gun Crime|Lethal Barrel Discharge|Positive Outcomes|1|2025-08-02")
        + &dashboard(
            "2025-06-01|Barnet|E09000003|Domestic Abuse|DOMESTIC ABUSE VIOLENCE WITH INJURY|Offences|9|2025-08-02",
        )
        + &dashboard("2025-06-01|Other / NK||Domestic Abuse|Domestic Abuse|Offences|2|2025-08-02")
        + &dashboard("2025-06-01|Barnet|E09000003|Fraud|Courier Fraud|Offences|2|2025-08-02");
    let converted = read("dashboard.csv", &text).unwrap();
    let rows = rows(&converted);
    assert!(rows.contains(&"gun-lethal-discharge-positive-outcomes E09000003 2025-06  1".to_owned()));
    assert!(rows.contains(&"domestic-abuse-reports.violence-with-injury E09000003 2025-06  9".to_owned()));
    assert!(rows.contains(&"domestic-abuse-reports PSEUDO-OTHER 2025-06  2".to_owned()));
    assert!(codes(&converted).contains(&Code::UnknownSeries));
    let wrong_code =
        DASHBOARD.to_owned() + &dashboard("2025-06-01|Barnet|E09000004|Gun Crime|Gun Crime|Offences|1|2025-08-02");
    assert!(matches!(read("dashboard.csv", &wrong_code), Err(SourceError::UnknownArea { .. })));
}

#[test]
fn survey_dates_commas_and_percentages() {
    let good = format!("{SURVEY}31/3/2017,PAS,City of Westminster,\"\"\"Good Job\"\" local\",\"0,7\",\"0,68\",,\n");
    let converted = read("pas.csv", &good).unwrap();
    assert_eq!(rows(&converted), ["public-good-job-local E09000033 R12-2017-03  0.7"]);
    assert_eq!(converted.stated[0].value, Some(0.68));
    for (from, to) in [("31/3/2017", "31/4/2017"), ("31/3/2017", "30/3/2017"), ("\"0,7\"", "70%"), ("\"0,7\"", "70")]
    {
        let text = good.replace(from, to);
        assert!(matches!(read("pas.csv", &text), Err(SourceError::Value { .. })), "{to}");
    }
    let spelled = format!(
        "{SURVEY}31/3/2017,PAS,Richmond upon Thames,Trust MPS,\"0,7\",\"0,68\",,\n\
                           31/03/2017,PAS,Richmond Upon Thames,Trust MPS,\"0,70\",\"0,68\",,\n"
    );
    assert_eq!(read("pas.csv", &spelled).unwrap().totals.left_out, 1);
    let unequal = spelled.replace("\"0,70\"", "\"0,71\"");
    assert!(matches!(read("pas.csv", &unequal), Err(SourceError::Conflict { .. })));
    let column = spelled.replacen("0,68", "0,69", 1).replacen("Richmond upon", "Kingston upon", 1);
    assert!(codes(&read("pas.csv", &column).unwrap()).contains(&Code::Inconsistent));
}

#[test]
fn the_month_of_case_outcomes_is_in_the_files_name() {
    let offences = [
        "Homicide",
        "Offences Against The Person",
        "Sexual Offences",
        "Burglary",
        "Robbery",
        "Theft And Handling",
        "Fraud And Forgery",
        "Criminal Damage",
        "Drugs Offences",
        "Public Order Offences",
        "All Other Offences (excluding Motoring)",
        "Motoring Offences",
    ];
    let mut header = String::new();
    let mut line = "Metropolitan and City".to_owned();
    for name in offences {
        header += &format!(
            ",Number of {name} Convictions,Percentage of {name} Convictions,Number of {name} Unsuccessful,\
             Percentage of {name} Unsuccessful"
        );
        line += ",\"1,306\",70.4%,549,29.6%";
    }
    header += ",Number of Admin Finalised Unsuccessful,Percentage of L Motoring Offences Unsuccessful";
    line += ",10,100.0%";
    let text = format!("{header}\n{line}\n");
    let converted = read("2015-09.csv", &text).unwrap();
    assert_eq!(
        converted.figures().next().map(|row| (row.numerator, row.denominator)),
        Some((Some(15_672.0), Some(22_270.0)))
    );
    assert!(!codes(&converted).contains(&Code::Inconsistent));
    assert!(matches!(read("september.csv", &text), Err(SourceError::NoPeriod(_))));
    let wrong = text.replacen("70.4%", "71.4%", 1);
    assert!(codes(&read("2015-09.csv", &wrong).unwrap()).contains(&Code::Inconsistent));
}

#[test]
fn every_layout_has_an_identifier_and_every_finding_a_code() {
    for source in Source::ALL {
        assert_eq!(Source::from_id(source.id()), Some(source));
    }
    let mut codes: Vec<&str> = Code::ALL.iter().map(|code| code.code()).collect();
    codes.dedup();
    assert_eq!(codes.len(), Code::ALL.len());
    assert_eq!(Source::detect(b"a,b\n1,2\n"), None);
    assert_eq!(Source::detect(b""), None);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    /// A reader returns a result for a file of any content, and does not panic.
    #[test]
    fn no_content_stops_a_reader(content in proptest::collection::vec(".{0,12}", 0..60), which in 0_usize..15) {
        let source = Source::ALL[which];
        let headings: Vec<&str> = source.marks().iter().map(|names| names[0]).collect();
        let mut text = headings.join(",") + "\n";
        for line in content.chunks(5) {
            text += &(line.join(",") + "\n");
        }
        let _ = source.read("2015-01-metropolitan.csv", text.as_bytes(), &Reference::from_seeds().unwrap());
    }

    /// The order of the lines changes no figure.
    #[test]
    fn the_order_of_lines_changes_nothing(order in proptest::sample::subsequence((0..6).collect::<Vec<_>>(), 6).prop_shuffle()) {
        let lines = [
            "SEXUAL OFFENCES,RAPE,Southwark,2,1",
            "SEXUAL OFFENCES,RAPE,Barnet,3,1",
            "SEXUAL OFFENCES,OTHER SEXUAL OFFENCES,Southwark,4,1",
            "ROBBERY,ROBBERY OF PERSONAL PROPERTY,Unknown,5,8",
            "ROBBERY,ROBBERY OF PERSONAL PROPERTY,Barnet,6,9",
            "NFIB FRAUD,NFIB,Barnet,1,1",
        ];
        let text = |order: &[usize]| CRIME.to_owned() + &order.iter().map(|n| format!("{}\r\n", lines[*n])).collect::<String>();
        let straight = read("mps.csv", &text(&[0, 1, 2, 3, 4, 5])).unwrap();
        let shuffled = read("mps.csv", &text(&order)).unwrap();
        proptest::prop_assert_eq!(straight.publications, shuffled.publications);
    }
}

/// A file of data.police.uk with a line for each force.
fn street(forces: &[&str]) -> String {
    let head = "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,\
                Last outcome category,Context\n";
    let line = |(number, force): (usize, &&str)| {
        format!("{number:064},2022-07,{force},{force},-0.09,51.5,On a street,E01000001,Name,Burglary,Unknown,\n")
    };
    forces.iter().enumerate().map(line).fold(head.to_owned(), |text, line| text + &line)
}

#[test]
fn each_force_has_a_collection_of_its_own() {
    let collection = |text: &str| read("2022-07-street.csv", text).unwrap().collection;
    let met = street(&["Metropolitan Police Service"]);
    let city = street(&["City of London Police", "City of London Police"]);
    assert_eq!(collection(&met), "street-crime-metropolitan");
    assert_eq!(collection(&city), "street-crime-city-of-london");
    let outcomes = |text: &str| text.replace("Crime type", "Outcome type");
    assert_eq!(collection(&outcomes(&met)), "outcomes-metropolitan");
    assert_eq!(collection(&outcomes(&city)), "outcomes-city-of-london");
}

#[test]
fn a_repeated_crime_counts_in_each_month_of_an_outcomes_file() {
    let head =
        "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Outcome type\n";
    let force = "City of London Police";
    let line = |(crime, month, outcome): (&str, &str, &str)| {
        format!("{crime:064},{month},{force},{force},-0.09,51.5,On a street,E01000001,Name,{outcome}\n")
    };
    let lines = [
        ("1", "2022-07", "Under investigation"),
        ("1", "2022-08", "Under investigation"),
        ("1", "2022-08", "Suspect charged"),
        // A second suspect.
        ("1", "2022-08", "Suspect charged"),
        ("2", "2022-08", "Suspect charged"),
    ];
    let converted = read("outcomes.csv", &(head.to_owned() + &lines.map(line).concat())).unwrap();
    let row = |rest: &str| format!("police-uk-outcomes E09000001 {rest}");
    assert_eq!(
        rows(&converted),
        [
            row("2022-07 force=city-of-london;outcome=under_investigation 1"),
            row("2022-08 force=city-of-london;outcome=suspect_charged 2"),
            row("2022-08 force=city-of-london;outcome=under_investigation 1"),
        ]
    );
    assert_eq!((converted.totals.lines, converted.totals.left_out), (5, 1));
    assert_eq!(codes(&converted), [Code::RepeatedLine]);
    let window = &converted.publications[0];
    assert_eq!((window.first.to_string(), window.last.to_string()), ("2022-07".to_owned(), "2022-08".to_owned()));
}

#[test]
fn the_files_of_two_forces_are_not_one_file() {
    let text = street(&["City of London Police", "City of London Police", "Metropolitan Police Service"]);
    assert_eq!(
        read("2022-07-street.csv", &text).unwrap_err().to_string(),
        "line 4 is reported by `Metropolitan Police Service`, and the first line by `City of London Police`: submit the \
         file of each force by itself"
    );
    let empty = read("2022-07-street.csv", &street(&[])).unwrap_err();
    assert_eq!(empty.to_string(), "the file has no lines below its header");
}
