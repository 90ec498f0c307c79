//! Perceptions in the Crime Survey for England and Wales.

use super::{Code, SourceError, codes, read, rows, says};

const HEAD: &str = "year,quarter,measurement_var,measurement_level,measurement_type,geography,household_type,sex,age,\
                    characteristic_var,characteristic,estimate,standard_error,unweighted_count\n";

fn line(variable: &str, sex: &str, age: &str, of: &str, estimate: &str) -> String {
    format!("2018,4,{variable},Person,Perception,England and Wales,NA,{sex},{age},{of},{estimate},0.01,3864\n")
}

#[test]
fn shares_of_london_and_of_the_nation_are_figures() {
    let text = [
        line("ratpol3", "All adults", "16+", "Total,Total", "0.5817492536"),
        line("ratpol3", "All adults", "16+", "gor,London", "0.5863623362"),
        line("ratpol3", "Female", "16+", "gor,London", "0.6"),
        line("patt7", "All adults", "16+", "gor,London", "NA"),
        line("ratpol3", "All adults", "16+", "gor,Wales", "0.5"),
        line("ratpol3", "All adults", "16-24", "gor,London", "0.5"),
        line("catt2a", "All adults", "16+", "gor,London", "0.2"),
    ];
    let converted = read("csew.csv", &(HEAD.to_owned() + &text.concat())).unwrap();
    assert_eq!(converted.agency, "ons");
    let measure = "csew-police-perception.good-job";
    let expected = [
        format!("{measure} E12000007 R12-2018-12  0.5863623362"),
        format!("{measure} E12000007 R12-2018-12 sex=female 0.6"),
        format!("{measure} K04000001 R12-2018-12  0.5817492536"),
    ];
    let mut found = rows(&converted);
    found.sort();
    assert_eq!(found, expected);
    assert!(converted.figures().all(|row| row.unweighted_base == Some(3864.0)));
    assert_eq!(converted.totals.left_out, 4);
    assert!(codes(&converted).contains(&Code::Missing));
    assert!(says(&converted, "of the variable `catt2a` are left out: they are shares of other answers"));
}

#[test]
fn the_publishers_own_headings_are_read_too() {
    let head = "Year,Quarter,MeasurementVar,MeasurementLevel,MeasurementType,Geography,HouseholdType,Sex,Age,\
                CharacteristicVar,Characteristic,Estimate,StandardError,UnweightedCount\n";
    let converted =
        read("csew.csv", &(head.to_owned() + &line("patt3", "Male", "16+", "Total,Total", "0.5"))).unwrap();
    assert_eq!(rows(&converted), ["csew-police-perception.fair K04000001 R12-2018-12 sex=male 0.5"]);
}

#[test]
fn percentages_and_repetitions_are_refused() {
    let one = line("ratpol3", "All adults", "16+", "Total,Total", "58.2");
    assert!(matches!(read("c.csv", &(HEAD.to_owned() + &one)), Err(SourceError::Value { line: 2, .. })));
    let one = line("ratpol3", "All adults", "16+", "Total,Total", "0.58");
    let twice = read("c.csv", &(HEAD.to_owned() + &one + &one));
    assert!(matches!(twice, Err(SourceError::Conflict { line: 3, earlier: 2, .. })));
}
