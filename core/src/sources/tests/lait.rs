//! Youth offending in the Local Authority Interactive Tool.

use super::{Code, SourceError, codes, read, rows, says};

const HEAD: &str = "Short Desc,Data item,Years,LA and Regions,Values,LA Number,Region\n";

#[test]
fn rates_of_entrants_are_figures_of_boroughs_and_london() {
    let text = format!(
        "{HEAD}FirstYJS,First Time entrants (rate),2016,Southwark,522,210.0,Inner London\n\
         FirstYJS,,2016,London,412,986.0,NA\n\
         FirstYJS,,2016,London (Inner),430,987.0,NA\n\
         FirstYJS,,2016,Barnsley,393,370.0,Yorkshire and The Humber\n\
         FirstYJS,,2016,City of London,-,201.0,Inner London\n\
         ReoffYO,,2016,Southwark,49.12,210.0,Inner London\n"
    );
    let converted = read("youth-offending.csv", &text).unwrap();
    assert_eq!(converted.agency, "yjb");
    let [london, southwark]: [String; 2] = rows(&converted).try_into().unwrap();
    assert_eq!(london, "first-time-entrants.pnc.rate E12000007 CY2016  412");
    assert_eq!(southwark, "first-time-entrants.pnc.rate E09000028 CY2016  522");
    assert_eq!(converted.totals.left_out, 4);
    assert!(says(&converted, "1 lines have no rate: suppressed or not available"));
    assert!(says(&converted, "of the series `ReoffYO` are left out: the publisher says both"));
}

#[test]
fn wrong_years_rates_and_names_refuse() {
    let line = |year: &str, area: &str, value: &str| {
        read("y.csv", &format!("{HEAD}FirstYJS,,{year},{area},{value},210.0,Inner London\n"))
    };
    assert!(line("2016", "Southwark", "522.5").is_ok());
    assert!(matches!(line("2016-17", "Southwark", "522"), Err(SourceError::Value { .. })));
    assert!(matches!(line("2016", "Southwark", "c"), Err(SourceError::Value { .. })));
    assert!(matches!(line("2016", "Southwerk", "522"), Err(SourceError::UnknownArea { .. })));
}

#[test]
fn a_repeated_rate_counts_once_and_another_rate_refuses() {
    let line = |value: &str| format!("FirstYJS,,2016,Southwark,{value},210.0,Inner London\n");
    let twice = read("y.csv", &(HEAD.to_owned() + &line("522") + &line("522"))).unwrap();
    assert!(codes(&twice).contains(&Code::RepeatedLine));
    assert_eq!(twice.totals.figures, 1);
    let other = read("y.csv", &(HEAD.to_owned() + &line("522") + &line("523")));
    assert!(matches!(other, Err(SourceError::Conflict { line: 3, earlier: 2, .. })));
}
