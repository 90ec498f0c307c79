//! Hospital admissions for assault with a sharp object.

use super::{Code, SourceError, codes, read, rows, says};

const REGIONS: &str = ",,East Midlands,,London,,North East,,South West,,West Midlands\n";
const BELOW: &str = "Year,Month,FAEs,FCEs,FAEs,FCEs,FAEs,FCEs,FAEs,FCEs,FAEs\n";

#[test]
fn admissions_are_figures_of_londons_residents_by_month_and_year() {
    let text = format!(
        "\"Count of episodes, for 2021-22 (Provisional)\",,,,,,,,,,\n{REGIONS}{BELOW}\
         2012-13,April,15,15,65,70,20,20,15,15,25\n\
         ,January,35,35,*,*,25,25,15,15,20\n\
         2012-13 Total,,240,245,930,935,225,225,190,190,330\n\
         2013-14,April,15,15,80,80,15,15,10,10,25\n\
         \"Source: Hospital Episode Statistics (HES), NHS Digital\",,,,,,,,,,\n"
    );
    let converted = read("admissions.csv", &text).unwrap();
    assert_eq!(converted.agency, "nhs-digital");
    let told: Vec<_> = converted.figures().map(|row| (&*row.period, row.numerator, row.suppressed)).collect();
    // January of 2012-13 is that of 2013, and the publisher suppressed it.
    let expected = [
        ("2012-04", Some(65.0), None),
        ("2012/13", Some(930.0), None),
        ("2013-01", None, Some(true)),
        ("2013-04", Some(80.0), None),
    ];
    let mut sorted = told.clone();
    sorted.sort_by_key(|(period, ..)| *period);
    assert_eq!(sorted, expected);
    assert!(
        converted.figures().all(|row| row.area == "E12000007" && row.measure == "hospital-admissions-sharp-object")
    );
    assert_eq!((converted.totals.figures, converted.totals.left_out), (4, 1));
    assert!(codes(&converted).contains(&Code::OutsideScope));
    assert!(says(&converted, "1 lines are counts from 1 to 7"));
}

#[test]
fn other_sheets_and_repeated_months_are_refused() {
    let sexes = format!("{REGIONS},,Female,,Female,,Female,,Female,,Female\n{BELOW}");
    let refused = read("a.csv", &sexes);
    assert!(
        matches!(&refused, Err(SourceError::Column { column, .. }) if column == "FAEs below London"),
        "{refused:?}"
    );
    let line = "2012-13,April,15,15,65,70,20,20,15,15,25\n";
    let twice = read("a.csv", &format!("{REGIONS}{BELOW}{line}{line}"));
    assert!(matches!(twice, Err(SourceError::Conflict { line: 4, earlier: 3, .. })), "{twice:?}");
    let odd = read("a.csv", &format!("{REGIONS}{BELOW}2012-13,April,15,15,6O,70,20,20,15,15,25\n"));
    assert!(matches!(odd, Err(SourceError::Value { line: 3, .. })), "{odd:?}");
    // A total of another year than its months.
    let other =
        format!("{REGIONS}{BELOW}2012-13,April,15,15,65,70,20,20,15,15,25\n2011-12 Total,,1,1,2,2,3,3,4,4,5\n");
    let other = read("a.csv", &other).unwrap();
    assert_eq!(rows(&other), ["hospital-admissions-sharp-object E12000007 2012-04  65"]);
    assert!(codes(&other).contains(&Code::Inconsistent));
    // A year that does not follow on itself is none.
    let none = read("a.csv", &format!("{REGIONS}{BELOW}2012-14,April,15,15,65,70,20,20,15,15,25\n")).unwrap();
    assert!(rows(&none).is_empty());
}
