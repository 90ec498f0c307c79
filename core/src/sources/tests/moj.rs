//! Tables of the Ministry of Justice.

use super::{Code, SourceError, codes, read, rows, says};

const REOFFENDING: &str = "year_ending,age,index_offence,proportion\n";

#[test]
fn shares_of_all_offenders_are_figures_of_reoffending() {
    let text = format!(
        "{REOFFENDING}2017-03-31,adult,robbery,0.27\n2017-03-31,adult,all adult offenders,0.2875\n\
         2017-03-31,juvenile,all juvenile offenders,0.4125\n"
    );
    let converted = read("reoffending.csv", &text).unwrap();
    assert_eq!(
        rows(&converted),
        [
            "reoffending-binary-rate.adult K04000001 2016/17  0.2875",
            "youth-reoffending-binary-rate K04000001 2016/17  0.4125",
        ]
    );
    assert_eq!(converted.totals.left_out, 1);
    assert!(says(&converted, "1 lines are of one group of index offences"));
    for (from, to) in [("2017-03-31", "2017-12-31"), ("0.2875", "28.75"), ("juvenile,", "child,")] {
        let error = read("reoffending.csv", &text.replace(from, to)).unwrap_err();
        assert!(matches!(error, SourceError::Value { .. }), "{error}");
    }
    let twice = text.replace("robbery", "all adult offenders");
    assert!(matches!(read("reoffending.csv", &twice), Err(SourceError::Conflict { line: 3, earlier: 2, .. })));
}

/// The columns of the pivot table, with means and medians of one line.
fn pivot(mean_of_all: &str) -> String {
    let stages = [
        "offence to charge",
        "charge to first listing",
        "first listing to completion at magistrates' court",
        "sending to Crown Court to main hearing",
        "main hearing to completion",
        "offence to completion",
    ];
    let mut text = "Row Labels,Defendants".to_owned();
    for statistic in ["Mean", "Median"] {
        stages.iter().for_each(|stage| text += &format!(",{statistic} {stage} (days)"));
    }
    text + &format!(
        "\nRobbery,\"4,610\",1,1,1,1,1,5,1,1,1,1,1,5\n\
         All Crown Court cases,\"71,597\",351.73,27.08,7.88,121.02,47.08,{mean_of_all},43,16,0,77,9,250.5\n"
    )
}

#[test]
fn durations_of_the_crown_court_are_figures_of_each_stage() {
    let text = pivot("554.79");
    let converted = read("prosecution-times-2018.csv", &text).unwrap();
    let rows = rows(&converted);
    for row in [
        "court-timeliness.mean-offence-to-completion K04000001 CY2018 court_type=crown 554.79",
        "court-timeliness.offence-to-completion K04000001 CY2018 court_type=crown 250.5",
        "court-timeliness.sending-to-main-hearing K04000001 CY2018 court_type=crown 77",
        // No other court has this stage.
        "court-timeliness.sending-to-main-hearing K04000001 CY2018  77",
    ] {
        assert!(rows.contains(&row.to_owned()), "{rows:#?}");
    }
    // Ten statistics of the Crown Court, and four of them for all courts.
    assert_eq!(rows.len(), 14);
    assert!(rows.iter().all(|row| !row.contains("first-listing-to-completion")));
    assert!(!codes(&converted).contains(&Code::Inconsistent));
    assert_eq!(converted.totals.left_out, 1);
    // The same columns as a program renames them.
    let (head, lines) = text.split_once('\n').unwrap();
    let renamed = head.replace("Row Labels", "offence").to_lowercase();
    let renamed = renamed.replace("' ", " ").replace(" (days)", " days").replace(' ', "_");
    let again = read("prosecution-times-2018.csv", &format!("{renamed}\n{lines}")).unwrap();
    assert_eq!(again.publications, converted.publications);
}

#[test]
fn means_that_do_not_add_up_are_reported() {
    let converted = read("prosecution-times-2018.csv", &pivot("560")).unwrap();
    assert!(codes(&converted).contains(&Code::Inconsistent));
    assert!(says(&converted, "the means of stages add up to 554.79 days, and the mean of the whole is 560.00"));
}

#[test]
fn the_year_of_durations_is_in_the_files_name() {
    for name in ["prosecution-times.csv", "prosecution-times-2017-2018.csv"] {
        assert!(matches!(read(name, &pivot("554.79")), Err(SourceError::NoYear(_))), "{name}");
    }
}
