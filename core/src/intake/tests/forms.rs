//! Values in the forms of people, spreadsheets and databases.

use super::*;

const ISTV: &str = "reporting_period_start,reporting_period_end,site_code,arrival_at,assault_at,assault_method,\
                    assault_location_type,assault_borough";

/// The values of a column, in the spelling of a file.
fn shown(checked: &Checked, field: &str) -> Vec<String> {
    let column = checked.batch.column(field).unwrap();
    let field = checked.batch.dataset().field(field).unwrap();
    (0..checked.batch.rows()).map(|row| show(field, column, row, &REFERENCE)).collect()
}

fn istv(rows: &[&str]) -> Result<Checked, IntakeError> {
    csv("istv_attendance", &format!("{ISTV}\n{}\n", rows.join("\n")))
}

fn figures(header: &str, rows: &[&str]) -> Result<Checked, IntakeError> {
    csv("published_figure", &format!("{header}\n{}\n", rows.join("\n")))
}

#[test]
fn marks_of_a_missing_value_are_missing() {
    for mark in ["NA", "N/A", "NULL", "-", "#N/A", "nan", "\u{a0}NA\u{a0}"] {
        let checked =
            csv("crime", &crime(&[("hour_band", mark), ("incident_ref", mark), ("flag_hate", mark)])).unwrap();
        assert_eq!(codes(&checked.findings), [], "{mark}");
        assert_eq!([shown(&checked, "hour_band"), shown(&checked, "flag_hate")], [[""], [""]], "{mark}");
        assert_eq!(checked.batch.column("incident_ref").and_then(Column::as_u64), Some(&[0][..]), "{mark}");
        let required = findings(csv("crime", &crime(&[("crime_ref", mark), ("recorded_at", mark)])));
        assert!(
            codes(&required).contains(&("PEEL-5001", 1, "recorded_at")),
            "{mark}: a required value is not missing"
        );
        assert!(codes(&required).contains(&("PEEL-5001", 1, "crime_ref")), "{mark}");
    }
    let checked = figures(
        "measure,area,period,breakdown,numerator,denominator,status,source",
        &["knife-crime-offences,E09000028,2017-02,NA,10,NA,final,x"],
    )
    .unwrap();
    assert_eq!(
        (shown(&checked, "breakdown"), shown(&checked, "denominator")),
        (vec![String::new()], vec![String::new()])
    );
}

#[test]
fn a_mark_of_suppression_is_neither_missing_nor_zero() {
    let checked = figures(
        "measure,area,period,numerator,status,source",
        &["knife-crime-offences,E09000028,2017-02,[c],final,x"],
    )
    .unwrap();
    assert_eq!(
        (shown(&checked, "numerator"), shown(&checked, "suppressed")),
        (vec![String::new()], vec!["true".to_owned()])
    );
}

#[test]
fn numbers_are_read_as_people_write_them() {
    for (written, number) in [("21.0", "21"), ("1,306", "1306"), ("12", "12"), (" 7 ", "7"), ("\u{a0}8", "8")] {
        let row = format!("knife-crime-offences,E09000028,2017-02,\"{written}\",final,x");
        let checked = figures("measure,area,period,numerator,status,source", &[&row]).unwrap();
        assert_eq!(shown(&checked, "numerator"), [number], "{written}");
    }
    let checked =
        csv("crime", &crime(&[("hour_band", "21.0"), ("victim_based", "1.0"), ("ho_class", "39.0")])).unwrap();
    assert_eq!([shown(&checked, "hour_band"), shown(&checked, "ho_class")], [["21"], ["39"]]);
    let fault = findings(csv("crime", &crime(&[("hour_band", "21.5")])));
    assert_eq!(codes(&fault), [("PEEL-5007", 1, "hour_band")]);
}

#[test]
fn zeros_that_a_spreadsheet_took_off_are_put_back() {
    let checked = istv(&["2017-02-01,2017-02-28,RJZ01,2017-02-10,2017-02-10,3,1.0,E09000028"]).unwrap();
    assert_eq!([shown(&checked, "assault_method"), shown(&checked, "assault_location_type")], [["03"], ["01"]]);
    let fault = findings(istv(&["2017-02-01,2017-02-28,RJZ01,2017-02-10,2017-02-10,33,1,E09000028"]));
    assert_eq!(codes(&fault), [("PEEL-5009", 1, "assault_method")]);
}

#[test]
fn names_stand_for_codes() {
    let site = REFERENCE.codes.list("ods_site").unwrap().get("RJZ01").unwrap().label().to_owned();
    let rows = [
        format!("2017-02-01,2017-02-28,\"{site}\",2017-02-10,2017-02-10,03,01,Southwark"),
        "2017-02-01,2017-02-28,RJZ01,2017-02-10,2017-02-10,03,01,London Borough of Hackney".to_owned(),
        "2017-02-01,2017-02-28,RJZ01,2017-02-10,2017-02-10,03,01,WESTMINSTER".to_owned(),
    ];
    let checked = istv(&rows.each_ref().map(String::as_str)).unwrap();
    assert_eq!(shown(&checked, "site_code"), ["RJZ01"; 3]);
    assert_eq!(shown(&checked, "assault_borough"), ["E09000028", "E09000012", "E09000033"]);
    let fault = findings(csv("crime", &crime(&[("offence_borough", "London")])));
    assert_eq!(codes(&fault), [("PEEL-5012", 1, "offence_borough")]);
}

#[test]
fn local_times_are_the_clock_of_london() {
    let row = |at: &str| format!("2017-02-01,2017-02-28,RJZ01,{at},2017-02-01,03,01,");
    for (written, minute) in [
        ("2017-02-10T23:15:00", "2017-02-10T23:15"),
        ("2017-02-10 01:05", "2017-02-10T01:05"),
        ("2017-02-10 01:05:00.000", "2017-02-10T01:05"),
        ("2017-02-10T01:05:00+00:00", "2017-02-10T01:05"),
        ("10-Feb-2017 9:05", "2017-02-10T09:05"),
    ] {
        let checked = istv(&[&row(written)]).unwrap();
        assert_eq!(
            (codes(&checked.findings), shown(&checked, "arrival_at")),
            (vec![], vec![minute.to_owned()]),
            "{written}"
        );
    }
    let told = findings(istv(&[&row("2017-10-29 01:30")]));
    assert!(codes(&told).contains(&("PEEL-5023", 1, "arrival_at")));
    let told = findings(istv(&[&row("2017-03-26 01:30")]));
    assert!(codes(&told).contains(&("PEEL-5024", 1, "arrival_at")));
}

#[test]
fn a_date_with_midnight_is_a_date() {
    for written in
        ["2017-02-03 00:00:00", "2017-02-03T00:00:00", "2017-02-03 00:00:00.000", "3-Feb-2017", "2017/02/03"]
    {
        let checked = csv("crime", &crime(&[("recorded_at", written)])).unwrap();
        assert_eq!(
            (codes(&checked.findings), shown(&checked, "recorded_at")),
            (vec![], vec!["2017-02-03".to_owned()]),
            "{written}"
        );
    }
}

#[test]
fn a_number_of_days_is_told_as_such() {
    let told = findings(csv("crime", &crime(&[("recorded_at", "42769")])));
    assert_eq!(codes(&told), [("PEEL-5027", 1, "recorded_at")]);
    let row = "2017-02-01,2017-02-28,RJZ01,42767.96875,2017-02-01,03,01,";
    assert!(codes(&findings(istv(&[row]))).contains(&("PEEL-5027", 1, "arrival_at")));
    // Other numbers are no days: a year, a day without hyphens.
    for other in ["2017", "20170203", "4276x"] {
        let told = findings(csv("crime", &crime(&[("recorded_at", other)])));
        assert_eq!(codes(&told), [("PEEL-5003", 1, "recorded_at")], "{other}");
    }
}

#[test]
fn a_column_decides_whether_the_day_comes_first() {
    let file = |dates: [&str; 2]| {
        let row = |at: usize| CRIME_ROW.replace("01/1234/17", &format!("r{at}")).replace("2017-02-03", dates[at]);
        csv("crime", &format!("{CRIME_HEADER}\n{}\n{}\n", row(0), row(1)))
    };
    let checked = file(["02/02/2017", "28/02/2017"]).unwrap();
    assert_eq!(shown(&checked, "recorded_at"), ["2017-02-02", "2017-02-28"]);
    assert_eq!(codes(&checked.findings), [("PEEL-5026", 0, "recorded_at")]);
    assert!(checked.findings.kept()[0].message.contains("with the day first, as line 3 leaves no other reading"));
    assert_eq!(shown(&file(["02/02/2017", "2/28/2017"]).unwrap(), "recorded_at"), ["2017-02-02", "2017-02-28"]);
    for undecided in [["02/02/2017", "03/02/2017"], ["28/02/2017", "02/28/2017"]] {
        let told = findings(file(undecided));
        assert_eq!(codes(&told), [("PEEL-5025", 1, "recorded_at"), ("PEEL-5025", 2, "recorded_at")], "{undecided:?}");
        assert_eq!(told.kept()[0].value, "a date written 00/00/0000");
    }
    // A column that is decided has no day that the calendar lacks.
    let told = findings(file(["30/02/2017", "28/02/2017"]));
    assert_eq!(codes(&told), [("PEEL-5026", 0, "recorded_at"), ("PEEL-5003", 1, "recorded_at")]);
}

#[test]
fn headings_are_read_under_their_other_names() {
    let header = "REPORTING PERIOD START DATE,REPORTING PERIOD END DATE,SITE CODE (OF TREATMENT),\
                  ARRIVAL DATE AND TIME AT ACCIDENT AND EMERGENCY DEPARTMENT,ASSAULT DATE AND TIME,ASSAULT METHOD,\
                  ASSAULT LOCATION TYPE";
    let checked =
        csv("istv_attendance", &format!("{header}\n2017-02-01,2017-02-28,RJZ01,2017-02-10,2017-02-10,03,01\n"))
            .unwrap();
    assert_eq!((codes(&checked.findings), checked.batch.rows()), (vec![], 1));
    let spaced = CRIME_HEADER.replace('_', " ").to_uppercase();
    assert!(csv("crime", &format!("{spaced}\n{CRIME_ROW}\n")).is_ok());
}

#[test]
fn findings_name_the_cell_of_the_spreadsheet() {
    let text = format!(
        "A title,,\n\n{CRIME_HEADER}\n{CRIME_ROW}\n\n{}\n",
        CRIME_ROW.replace("01/1234/17", "r").replace("8N", "8Z9")
    );
    let told = findings(csv("crime", &text));
    let fault = told.kept().iter().find(|finding| finding.code == "PEEL-5010").unwrap();
    assert_eq!((fault.row, fault.line, fault.column.as_str()), (2, 6, "E"));
}

#[test]
fn a_table_in_memory_is_read_in_the_same_forms() {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, DictionaryArray, RecordBatch, StringArray, StringViewArray};
    use arrow::datatypes::Int32Type;

    let dates = ["28/02/2017", "2017-10-29 01:30", "NA", "01/02/2017"];
    let plain: ArrayRef = Arc::new(StringArray::from(dates.to_vec()));
    let views: ArrayRef = Arc::new(StringViewArray::from(dates.to_vec()));
    let dictionary: ArrayRef = Arc::new(dates.into_iter().collect::<DictionaryArray<Int32Type>>());
    for arrivals in [plain, views, dictionary] {
        let same = |text: &str| -> ArrayRef { Arc::new(StringArray::from(vec![text; 4])) };
        let batch = RecordBatch::try_from_iter([
            ("reporting_period_start", same("2017-02-01")),
            ("reporting_period_end", same("2017-02-28")),
            ("Site Code", same("RJZ01")),
            ("arrival_at", arrivals),
            ("assault_at", same("2017-02-01")),
            ("assault_method", same("3")),
            ("assault_location_type", same("01")),
        ])
        .unwrap();
        let mut intake = Intake::new(
            &REFERENCE,
            dataset("istv_attendance"),
            declared(),
            Limits { judge_errors: false, ..Limits::default() },
        )
        .unwrap();
        intake.push_batches(&[batch], NonZeroUsize::MIN).unwrap();
        let checked = intake.finish(&NothingHeld).unwrap();
        assert_eq!(shown(&checked, "arrival_at")[0], "2017-02-28T00:00");
        let told = codes(&checked.findings);
        for finding in [("PEEL-5026", 0, "arrival_at"), ("PEEL-5023", 2, "arrival_at")] {
            assert!(told.contains(&finding), "{told:?}");
        }
        assert!(!told.contains(&("PEEL-5025", 4, "arrival_at")));
    }
}
