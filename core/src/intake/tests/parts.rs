//! The same rows and findings, however a text is divided and on any number of threads.

use super::*;
use proptest::prelude::*;

/// Rows with every kind of fault, note and form, so many that a text has several parts.
fn mixed(rows: usize, odd: impl Fn(usize) -> usize) -> String {
    let mut text = format!("{CRIME_HEADER},suspect_count,committed_to,incident_ref\n");
    for row in 0..rows {
        let (day, reference) = (row % 28 + 1, format!("01/{row:07}/17"));
        let mut cells = [
            reference.as_str(),
            "active",
            &format!("2017-02-{day:02}"),
            "2017-02-01",
            "8N",
            "true",
            "E09000028",
            "no",
            "no",
            "no",
            "no",
            "no",
            "no",
            "none",
            "none",
            "",
            "2",
            "",
            &format!("CAD{row:09}"),
        ]
        .map(str::to_owned);
        match odd(row) {
            0 => cells[4] = "no such class".to_owned(),
            1 => cells[13] = "threatend".to_owned(),
            2 => cells[2] = "2017-02-30".to_owned(),
            3 => cells[17] = format!("{day:02}/02/2017"),
            4 => cells[6] = " southwark ".to_owned(),
            5 => cells[0] = "01/0000001/17".to_owned(),
            6 => cells[15] = "race;religion".to_owned(),
            7 => cells[16] = "251".to_owned(),
            8 => cells[5].clear(),
            9 => cells[18] = "\"a \"\"quoted\"\" reference\nin two lines, that goes on\"".to_owned(),
            10 => cells[18] = "\"in, quotes\"".to_owned(),
            11 => cells[17] = "unknown".to_owned(),
            12 => cells[4] = "one cell more,than headings".to_owned(),
            13 => cells[0] = format!("\n\n{reference}"),
            14 => cells[18] = "\u{a0}été\u{a0}".to_owned(),
            15 => cells[7] = "maybe".to_owned(),
            16 => text += &format!("{CRIME_HEADER},suspect_count,committed_to,incident_ref\n"),
            _ => {}
        }
        text += &cells.join(",");
        text += if row % 7 == 3 { "\r\n" } else { "\n" };
    }
    text + "\nSource: made up\n"
}

fn read(text: &str, piece: usize, threads: usize) -> Checked {
    let limits = Limits { max_findings_kept: 7, judge_errors: false, ..Limits::default() };
    let intake = Intake::new(&REFERENCE, dataset("crime"), declared(), limits).unwrap();
    let mut intake = intake.with_threads(NonZeroUsize::new(threads).unwrap());
    text.as_bytes().chunks(piece).for_each(|piece| intake.push_csv(piece).unwrap());
    intake.finish(&NothingHeld).unwrap()
}

#[track_caller]
fn same(one: &Checked, other: &Checked) {
    assert_eq!(one.findings.kept(), other.findings.kept());
    assert_eq!(one.findings.counts(), other.findings.counts());
    assert!(one.batch.columns() == other.batch.columns() && one.keys == other.keys);
    assert_eq!((one.received, one.rejected, one.span), (other.received, other.rejected, other.span));
}

#[test]
fn a_text_is_the_same_in_any_parts() {
    for every in [1, 3, 100, 1_000] {
        let text = mixed(7_000, |row| if row % every == 0 { row / every % 17 } else { 99 });
        // Pieces below the size from which plain rows are looked for: every row is read by itself.
        let one_by_one = read(&text, 1_000, 1);
        assert!(one_by_one.received > 6_500 && one_by_one.findings.counts().len() > 3);
        for (piece, threads) in [(text.len(), 1), (text.len(), 2), (text.len(), 5), (300_001, 3), (10_007, 1)] {
            same(&read(&text, piece, threads), &one_by_one);
        }
    }
}

#[test]
fn refusals_are_the_same_in_any_parts() {
    let refused = |text: &str, limits: Limits, piece: usize, threads: usize| {
        let intake = Intake::new(&REFERENCE, dataset("crime"), declared(), limits).unwrap();
        let mut intake = intake.with_threads(NonZeroUsize::new(threads).unwrap());
        let pushed = text.as_bytes().chunks(piece).try_for_each(|piece| intake.push_csv(piece));
        pushed.and_then(|()| intake.finish(&NothingHeld).map(|_| ())).unwrap_err().to_string()
    };
    let text = mixed(6_000, |_| 99);
    let at_most = |max_rows| Limits { max_rows, ..Limits::default() };
    // Numbers of rows, and a column without a heading that has a value in one row.
    let numbered = |line: &str, row: usize, cell: &str| {
        let line =
            line.replacen("record_status,", "record_status,,", 1).replacen("active,", &format!("active,{cell},"), 1);
        if row == 0 { format!(",{line}\n") } else { format!("{row},{line}\n") }
    };
    let lines = || text.lines().take(6_000).enumerate();
    let value: String = lines().map(|(row, line)| numbered(line, row, if row == 4_000 { "x" } else { "" })).collect();
    let label = lines().map(|(row, line)| numbered(line, row, "")).collect::<String>().replace("\n4000,", "\nx,");
    for (text, limits) in [
        (&text, at_most(5_000)),
        (&value, at_most(1_000_000)),
        (&value, at_most(5_000)),
        (&value, at_most(3_000)),
        (&label, at_most(1_000_000)),
    ] {
        let expected = refused(text, limits, 1_000, 1);
        for (piece, threads) in [(text.len(), 1), (text.len(), 4), (100_000, 2)] {
            assert_eq!(refused(text, limits, piece, threads), expected);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn oddities_may_be_anywhere(odd in prop::collection::vec(0_usize..40, 1..50), rows in 2_000_usize..4_000, piece in 1_usize..600_000) {
        let text = mixed(rows, |row| odd[row % odd.len()]);
        same(&read(&text, piece.max(5_000), 2), &read(&text, 1_000, 1));
    }
}
