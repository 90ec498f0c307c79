//! Stop and search of data.police.uk.

use super::{Code, Converted, SourceError, codes, read, rows, says};

const NAME: &str = "2022-12-metropolitan-stop-and-search.csv";
const HEAD: &str = "Type,Date,Part of a policing operation,Policing operation,Latitude,Longitude,Gender,Age range,\
                    Self-defined ethnicity,Officer-defined ethnicity,Legislation,Object of search,Outcome,\
                    Outcome linked to object of search,Removal of more than just outer clothing\n";
const DRUGS: &str = "Misuse of Drugs Act 1971 (section 23),Controlled drugs";

/// A search of a man of 25 to 34 in central London.
fn search(date: &str, ethnicity: &str, power: &str, outcome: &str, linked: &str) -> String {
    format!(
        "Person search,{date},False,,51.509807,-0.131055,Male,25-34,{ethnicity},Black,{power},{outcome},{linked},\n"
    )
}

fn file(lines: &[String]) -> Converted {
    read(NAME, &(HEAD.to_owned() + &lines.concat())).unwrap()
}

/// The figures of a measure that are not zero.
fn of<'a>(rows: &'a [String], variant: &str) -> Vec<&'a str> {
    let start = format!("stop-search-disproportionality.{variant} E23000001 2022-12 ");
    rows.iter().filter_map(|row| row.strip_prefix(&start)).filter(|rest| !rest.ends_with(" 0")).collect()
}

#[test]
fn searches_are_counted_for_the_area_of_the_force() {
    let noon = "2022-12-07T12:00:00+00:00";
    let nothing = "A no further action disposal";
    let converted = file(&[
        search(noon, "White - Irish", DRUGS, "Arrest", "True"),
        search(noon, "Asian/Asian British - Chinese", DRUGS, nothing, "False"),
        search(noon, "Other ethnic group - Not stated", DRUGS, nothing, ""),
        format!("Vehicle search,{noon},False,,,,,,,,{DRUGS},{nothing},,\n"),
    ]);
    assert_eq!((converted.agency, converted.publications[0].dataset), ("police-uk", "published_figure"));
    let rows = rows(&converted);
    assert_eq!(
        of(&rows, "searches"),
        [
            " 3",
            "age_band=25-34 3",
            "ethnic_group=asian 1",
            "ethnic_group=not_stated 1",
            "ethnic_group=white 1",
            "search_object=controlled_drugs 3",
            "search_outcome=arrest 1",
            "search_outcome=no_further_action 2",
            "search_power=mda_s23 3",
            "sex=male 3",
        ]
    );
    assert_eq!(of(&rows, "vehicles"), [" 1"]);
    let share = |variant: &str, breakdown: &str| {
        let measure = format!("stop-search-disproportionality.{variant}");
        let row = converted.figures().find(|row| row.measure == measure && row.breakdown == breakdown);
        row.map(|row| (row.numerator, row.denominator))
    };
    assert_eq!(share("outcome-rate", ""), Some((Some(1.0), Some(3.0))));
    // Of one search it is not known whether the outcome is linked to the object.
    assert_eq!(share("find-rate", ""), Some((Some(1.0), Some(2.0))));
    assert_eq!(share("find-rate", "ethnic_group=white"), Some((Some(1.0), Some(1.0))));
    assert_eq!(share("find-rate", "ethnic_group=not_stated"), None);
    assert!(codes(&converted).contains(&Code::ZerosMade));
}

#[test]
fn equal_lines_are_different_searches() {
    let line = search("2022-12-07T12:00:00+00:00", "White - Irish", DRUGS, "Arrest", "");
    let converted = file(&[line.clone(), line.clone(), line]);
    assert_eq!(of(&rows(&converted), "searches")[0], " 3");
    assert!(says(&converted, "2 lines equal another line: counted"));
    assert!(says(&converted, "no search says whether its outcome is linked"));
}

#[test]
fn a_search_counts_in_the_month_of_its_local_date() {
    let line = |date: &str| HEAD.to_owned() + &search(date, "White - Irish", DRUGS, "Arrest", "");
    let june = |date: &str| read("2022-06-metropolitan-stop-and-search.csv", &line(date)).unwrap();
    // Half past midnight on 1 June, and on 1 July, in British Summer Time.
    assert_eq!(june("2022-05-31T23:30:00+00:00").totals.left_out, 0);
    let july = june("2022-06-30T23:30:00+00:00");
    assert_eq!(july.totals.left_out, 1);
    assert!(says(&july, "not of the month in the file's name"));
}

#[test]
fn a_place_outside_london_is_left_out_and_a_search_without_a_place_is_not() {
    let line = search("2022-12-07T12:00:00+00:00", "White - Irish", DRUGS, "Arrest", "");
    let oxford = line.replace("51.509807,-0.131055", "51.745717,-1.236226");
    let nowhere = line.replace("51.509807,-0.131055", ",");
    let converted = file(&[line, oxford, nowhere]);
    assert_eq!(of(&rows(&converted), "searches")[0], " 2");
    assert!(says(&converted, "1 lines lie outside London"));
}

#[test]
fn the_name_of_the_file_says_who_searched() {
    let text = HEAD.to_owned() + &search("2022-12-07T12:00:00+00:00", "White - Irish", DRUGS, "Arrest", "");
    for name in ["2022-12-city-of-london-stop-and-search.csv", "stop-search.csv", "metropolitan-stop-and-search.csv"]
    {
        let error = read(name, &text).unwrap_err();
        assert!(matches!(error, SourceError::NoForce(_)), "{error}");
        assert!(error.to_string().contains("YYYY-MM-metropolitan-stop-and-search.csv"), "{error}");
    }
}

#[test]
fn texts_in_no_list_count_in_totals_only() {
    let noon = "2022-12-07T12:00:00+00:00";
    let converted = file(&[
        search(noon, "Martian", DRUGS, "Article found - Detailed outcome unavailable", ""),
        search(noon, "", "Hunting Act 2004 (section 8),", "Suspect arrested", ""),
        search(noon, "Black or Black British - Caribbean (B1)", "Terrorism Act 2000 (section 44),", "Arrest", ""),
    ]);
    let rows = rows(&converted);
    let searches = of(&rows, "searches");
    assert_eq!(searches[0], " 2");
    assert!(searches.contains(&"search_outcome=arrest 1") && searches.contains(&"search_power=other 1"));
    assert!(searches.iter().all(|row| !row.starts_with("ethnic_group")));
    assert!(says(&converted, "`Self-defined ethnicity` `Martian` is in no list"));
    assert!(says(&converted, "1 lines have no `Object of search`"));
    // A share needs the outcomes of all searches.
    assert!(of(&rows, "outcome-rate").is_empty());
    assert!(says(&converted, "1 searches have no known outcome"));
    assert_eq!(converted.totals.left_out, 1);
}
