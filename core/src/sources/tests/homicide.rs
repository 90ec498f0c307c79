//! Victims of homicide.

use super::{Code, SourceError, codes, read, rows};

const HEAD: &str = "Homicide ID,Count of Victims,Age Group,Sex,Method of Killing,Domestic Abuse,Recorded Date,Homicide Offence Type,\
                    Solved Status,Borough,Officer Observed Ethnicity\n";

fn line(number: &str, age: &str, recorded: &str, borough: &str) -> String {
    format!("H,{number},{age},Male,Knife or Sharp Implement,0,{recorded},Murder,Solved,{borough},White\n")
}

fn file(name: &str) -> super::Converted {
    let text = [
        line("1", "13 to 19", "01-Jan-03", "Southwark"),
        line("2", "25 to 34", "01-Jan-03", "Southwark"),
        line("1", "", "2003-02-01", "Camden"),
        line("1", "13 to 19", "01-Mar-03", "Camden"),
    ];
    read(name, &(HEAD.to_owned() + &text.concat())).unwrap()
}

#[test]
fn every_month_and_borough_that_the_file_covers_has_a_figure() {
    let converted = file("Homicide victims 2003-04-14.csv");
    assert_eq!(converted.released.map(|day| day.to_string()).as_deref(), Some("2003-04-14"));
    // 32 boroughs, three months, all victims and teenage ones.
    assert_eq!((converted.totals.figures, converted.totals.zeros), (32 * 3 * 2, 32 * 3 * 2 - 5));
    let found = rows(&converted);
    for expected in [
        "homicide-victims.all E09000028 2003-01  3",
        "homicide-victims.teenage E09000028 2003-01  1",
        "homicide-victims.all E09000007 2003-02  1",
        "homicide-victims.teenage E09000007 2003-02  0",
        "homicide-victims.teenage E09000007 2003-03  1",
        "homicide-victims.all E09000028 2003-03  0",
    ] {
        assert!(found.iter().any(|row| row == expected), "{expected}");
    }
}

#[test]
fn the_last_month_is_left_out_if_it_may_not_have_been_over() {
    for name in ["homicide.csv", "homicide 2003-03-31.csv"] {
        let converted = file(name);
        assert!(converted.figures().all(|row| row.period != "2003-03"), "{name}");
        assert!(codes(&converted).contains(&Code::IncompletePeriod), "{name}");
    }
}

#[test]
fn odd_groups_days_and_boroughs_are_refused() {
    let one = |age: &str, recorded: &str, borough: &str| {
        read("h.csv", &(HEAD.to_owned() + &line("1", age, recorded, borough))).err()
    };
    assert!(matches!(one("Teenager", "01-Jan-03", "Camden"), Some(SourceError::Value { line: 2, .. })));
    assert!(matches!(one("13 to 19", "Jan-03", "Camden"), Some(SourceError::Value { line: 2, .. })));
    assert!(matches!(one("13 to 19", "01-Jan-69", "Camden"), Some(SourceError::Value { line: 2, .. })));
    assert!(matches!(one("13 to 19", "01-Jan-03", "Camdem"), Some(SourceError::UnknownArea { line: 2, .. })));
}
