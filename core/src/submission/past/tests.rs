use std::sync::Arc;

use jiff::civil::date;

use super::*;
use crate::column::Batch;
use crate::contract::Contract;
use crate::intake::{Checked, Declared, Finding, Intake, Limits, Mode, NothingHeld};

const HEADER: &str = "measure,area,period,breakdown,numerator,denominator,value,status,source\n";

fn checked(core: &Core, rows: &str, held: HeldFigures) -> Checked {
    let dataset = Contract::get().dataset(FIGURES).unwrap();
    let (period_first, period_last) = (date(2010, 1, 1), date(2030, 1, 1));
    let declared = Declared { period_first, period_last, extract_date: period_last, mode: Mode::ReplacePeriod };
    let mut intake = Intake::new(&core.reference, dataset, declared, Limits::default()).unwrap();
    intake.push_csv(format!("{HEADER}{rows}").as_bytes()).unwrap();
    intake.finish_with(&NothingHeld, &[&PastCheck::new(core, held)]).unwrap()
}

/// The findings about rows, when others are held.
fn findings(held: &str, rows: &str) -> Vec<Finding> {
    let core = Core::from_seeds().unwrap();
    let mut figures = HeldFigures::default();
    let batch: Arc<Batch> = Arc::new(checked(&core, held, HeldFigures::default()).batch);
    figures.add(batch, |_| true);
    let checked = checked(&core, rows, figures);
    assert_eq!(checked.rejected, 0, "these are warnings");
    checked.findings.kept().to_vec()
}

/// Prosecutions of one month by principal offence: convictions of completed prosecutions.
fn prosecutions(month: &str, more: u32) -> String {
    let offences = ["burglary", "drugs", "fraud", "person", "robbery", "sexual", "theft"];
    let row = |(convicted, offence): (u32, &str)| {
        let (convicted, all) = (convicted + more, convicted + 80 + more);
        format!(
            "cps-conviction-rate.all,E12000007,{month},principal_offence={offence},{convicted},{all},,final,made up\n"
        )
    };
    (211..).step_by(37).zip(offences).map(row).collect()
}

#[test]
fn a_month_that_is_the_one_of_a_year_before_is_named() {
    let held = (1..=12).map(|month| prosecutions(&format!("2015-{month:02}"), month * 3)).collect::<String>();
    // The file of March 2016 is that of March 2015.
    let [found] = &findings(&held, &prosecutions("2016-03", 9))[..] else { panic!("one warning") };
    assert_eq!((found.code, found.row, found.field, found.value.as_str()), ("PEEL-6013", 1, "period", "2016-03"));
    assert_eq!(
        found.message,
        "All 7 figures of 2016-03 equal those of 2015-03. Check whether the file is that of its period; if it is the file of \
         the other one, get the right one and replace the period."
    );
    // Figures of its own, and the same month again.
    assert_eq!(findings(&held, &prosecutions("2016-03", 10)), []);
    assert_eq!(findings(&held, &prosecutions("2015-03", 9)), []);
    // One figure that differs is enough.
    let other = prosecutions("2016-03", 9).replace(",220,300,", ",221,300,");
    assert!(findings(&held, &other).iter().all(|found| found.code != "PEEL-6013"));
}

#[test]
fn of_two_equal_months_of_one_file_the_later_is_told() {
    let rows = [prosecutions("2016-02", 5), prosecutions("2016-03", 5), prosecutions("2016-04", 6)].concat();
    let [found] = &findings("", &rows)[..] else { panic!("one warning") };
    assert_eq!((found.code, found.row), ("PEEL-6013", 8));
    assert!(found.message.contains("2016-03 equal those of 2016-02"), "{}", found.message);
}

#[test]
fn small_numbers_are_equal_by_chance() {
    let month = |month: &str| -> String {
        let borough =
            |(borough, count)| format!("gun-lethal-discharges,E0900000{borough},{month},,{count},,,final,made up\n");
        (2..=9).zip([0, 1, 0, 0, 2, 0, 1, 0]).map(borough).collect()
    };
    assert_eq!(findings(&month("2016-03"), &month("2016-04")), []);
}

#[test]
fn a_lost_digit_is_told_with_the_range_of_the_series() {
    let share = |month: u32, value: &str| {
        format!("public-good-job-local,E09000028,R12-2016-{month:02},,,,{value},final,made up\n")
    };
    let held =
        [(3, "0.68"), (6, "0.7"), (9, "0.71"), (12, "0.69")].map(|(month, value)| share(month, value)).concat();
    let next = |value: &str| format!("public-good-job-local,E09000028,R12-2017-03,,,,{value},final,made up\n");
    let [found] = &findings(&held, &next("0.07"))[..] else { panic!("one warning") };
    assert_eq!((found.code, found.row, found.field, found.value.as_str()), ("PEEL-6014", 1, "value", "0.07"));
    let told =
        "It is 0.07. The other 4 figures of its series, R12-2016-03 to R12-2016-12, lie between 0.68 and 0.71. Check";
    assert!(found.message.starts_with(told), "{}", found.message);
    assert_eq!(findings(&held, &next("0.7")), []);
    // Another borough, another breakdown and another kind of period are other series.
    assert_eq!(findings(&held, &next("0.07").replace("E09000028", "E09000022")), []);
    assert_eq!(findings(&held, &next("0.07").replace("2017-03,,", "2017-03,sex=female,")), []);
    // What the file itself says takes the place of what is held.
    let corrected = held.replace("0.69", "0.07") + &next("0.7");
    assert_eq!(findings(&corrected, &(share(12, "0.69") + &next("0.7"))), []);
}

#[test]
fn a_wrong_figure_is_found_within_its_own_file() {
    let rows: String = (1..=9)
        .map(|month| {
            let count = if month == 4 { 120_000 } else { 1_200 + month };
            format!("knife-crime-offences,E09000028,2016-{month:02},,{count},,,final,made up\n")
        })
        .collect();
    let [found] = &findings("", &rows)[..] else { panic!("one warning") };
    assert_eq!((found.code, found.row, found.field), ("PEEL-6014", 4, "numerator"));
    assert!(found.message.contains("The other 8 figures of its series, 2016-01 to 2016-09"), "{}", found.message);
}
