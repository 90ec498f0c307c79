//! Rules, and what must not change a result.

use super::*;

#[test]
fn a_cell_that_must_be_published_can_make_a_table_unsafe() {
    let mut table = two_way(&[("a", "x", 2), ("a", "y", 9), ("b", "x", 7), ("b", "y", 30)]);
    let policy = Policy { width: 1, ..Policy::small_counts(4) };
    assert_eq!(protect(&table, &policy).unwrap().summary.verdict, Verdict::Safe);
    for codes in [["a", "y"], ["a", "Total"]] {
        table.set_use(&codes, Use::Keep).unwrap();
    }
    let found = protect(&table, &policy).unwrap();
    assert_eq!(found.summary.verdict, Verdict::Unsafe(vec![vec!["a".to_owned(), "x".to_owned()]]));
    assert_eq!(attack(&table, &policy, &found).recoverable, [["a", "x"]]);
}

#[test]
fn a_withheld_cell_has_no_value() {
    let mut table = two_way(&[("a", "x", 20), ("a", "y", 9), ("b", "x", 7), ("b", "y", 30)]);
    table.set_use(&["a", "x"], Use::Withhold).unwrap();
    let found = protect(&table, &Policy::small_counts(4)).unwrap();
    assert_eq!(found.cells[0].status, Status::SetByAgency);
    assert!(attack(&table, &Policy::small_counts(4), &found).recoverable.is_empty());
}

#[test]
fn a_cell_of_two_hierarchies_is_protected_in_both() {
    // Boroughs add up to counties and to groups of size. Every equation alone leaves two cells unknown.
    let area = Dimension::new("area", ["a", "b", "c", "d"]).unwrap();
    let area = area.hierarchy([("a", "east"), ("b", "east"), ("c", "west"), ("d", "west")]).unwrap();
    let area = area.hierarchy([("a", "large"), ("c", "large"), ("b", "small"), ("d", "small")]).unwrap();
    let mut table = Table::new(vec![area.total("all").unwrap()]).unwrap();
    for (code, count) in [("a", 3), ("b", 12), ("c", 20), ("d", 9)] {
        table.add(&[code], count).unwrap();
    }
    let policy = Policy { width: 1, ..Policy::small_counts(4) };
    let found = protect(&table, &policy).unwrap();
    assert!(attack(&table, &policy, &found).is_safe());
    let naive = protect_with(&table, &policy, Steps::NONE).unwrap();
    assert!(!attack(&table, &policy, &naive).is_safe());
}

#[test]
fn flags_are_inequalities() {
    let strand = Dimension::flags("strand", "any", ["race", "faith"]).unwrap();
    let area = Dimension::new("area", ["a", "b"]).unwrap().total("both").unwrap();
    let mut table = Table::new(vec![area, strand]).unwrap();
    for (area, strand, count) in
        [("a", "any", 2), ("a", "race", 2), ("a", "faith", 0), ("b", "any", 12), ("b", "race", 8), ("b", "faith", 5)]
    {
        table.add(&[area, strand], count).unwrap();
    }
    let policy = Policy { width: 1, ..Policy::small_counts(4) };
    let found = protect(&table, &policy).unwrap();
    assert_eq!(found.summary.cells, 9);
    assert!(attack(&table, &policy, &found).is_safe(), "{found:?} {:?}", attack(&table, &policy, &found));
    // If the flags were a sum, 2 + 0 = 2 would tell nothing new. As inequalities, race is between 2 - 0 and 2.
    let cell = found.cells.iter().find(|cell| cell.codes == ["a", "race"]).unwrap();
    assert_eq!(cell.status, Status::SmallCount);
}

#[test]
fn a_dominated_cell_lies_below_its_protection_level() {
    let area = Dimension::new("area", ["a", "b", "c"]).unwrap().total("all").unwrap();
    let mut table = Table::new(vec![area]).unwrap();
    let rows = [
        ("a", 1, 900),
        ("a", 2, 60),
        ("a", 3, 10),
        ("b", 4, 300),
        ("b", 5, 280),
        ("b", 6, 250),
        ("c", 7, 500),
        ("c", 8, 450),
        ("c", 9, 400),
    ];
    for (area, contributor, value) in rows {
        table.contribute(&[area], Contribution { contributor, value }).unwrap();
    }
    let dominance = Some(Dominance::P { p: 10.0 });
    let policy = Policy { dominance, width: 1, ..Policy::small_counts(0) };
    let found = protect(&table, &policy).unwrap();
    assert_eq!(suppressed(&found), ["a O", "b S"]);
    // The upper protection level is 10% of 900 less the rest of 10: 80.
    let interval = found.cells[0].interval.unwrap();
    assert!(interval.high >= 970 + 80, "{interval:?}");
    assert!(attack(&table, &policy, &found).is_safe());
}

/// The contributor of a cell knows its value, so the sum of two such cells would tell the other one.
#[test]
fn what_a_contributor_knows_gives_no_other_away() {
    let area = Dimension::new("area", ["a", "b", "d", "e"]).unwrap();
    let area = area.group("d and e", &["d".to_owned(), "e".to_owned()]).unwrap().total("all").unwrap();
    let mut table = Table::new(vec![area]).unwrap();
    let rows =
        [("a", 1, 50), ("b", 2, 60), ("d", 3, 90), ("d", 4, 5), ("d", 5, 1), ("e", 6, 95), ("e", 7, 5), ("e", 8, 2)];
    for (area, contributor, value) in rows {
        table.contribute(&[area], Contribution { contributor, value }).unwrap();
    }
    let policy = Policy { dominance: Some(Dominance::P { p: 10.0 }), width: 1, ..Policy::small_counts(0) };
    let found = protect(&table, &policy).unwrap();
    let published = |codes: &str| found.cells.iter().any(|cell| cell.codes == [codes] && cell.value.is_some());
    assert!(!(published("all") && published("d and e")), "{:?}", suppressed(&found));
}

#[test]
fn a_small_base_is_suppressed() {
    let part = Dimension::new("part", ["numerator", "complement"]).unwrap().total("denominator").unwrap();
    let area = Dimension::new("area", ["a", "b", "c"]).unwrap().total("all").unwrap();
    let mut table = Table::new(vec![area, part]).unwrap();
    for (area, numerator, complement) in [("a", 6, 7), ("b", 30, 40), ("c", 25, 61)] {
        table.add(&[area, "numerator"], numerator).unwrap();
        table.add(&[area, "complement"], complement).unwrap();
    }
    let base = BaseRule { dimension: "part".to_owned(), code: "denominator".to_owned(), least: 30 };
    let policy = Policy { base: Some(base), width: 1, ..Policy::small_counts(4) };
    let found = protect(&table, &policy).unwrap();
    let cell = found.cells.iter().find(|cell| cell.codes == ["a", "denominator"]).unwrap();
    assert_eq!((cell.value, cell.reason), (None, Some(Reason::SmallBase)));
    assert!(attack(&table, &policy, &found).is_safe());
}

#[test]
fn what_was_published_stays_known_and_what_was_suppressed_stays_protected() {
    let rows = [("a", "x", 6), ("a", "y", 9), ("b", "x", 7), ("b", "y", 30)];
    let mut table = two_way(&rows);
    let policy = Policy { width: 1, ..Policy::small_counts(4) };
    assert_eq!(protect(&table, &policy).unwrap().summary.primary, 0);
    // Then, a/x was 3 and suppressed with three others. Their totals were published, and three cases came since.
    let key = |row: &str, column: &str| vec![row.to_owned(), column.to_owned()];
    let mut earlier = Earlier { revised: [(key("a", "x"), 3)].into(), ..Earlier::default() };
    for (row, column) in [("a", "x"), ("a", "y"), ("b", "x"), ("b", "y")] {
        earlier.cells.insert(key(row, column), false);
    }
    for (row, column) in [("a", "Total"), ("b", "Total"), ("Total", "x"), ("Total", "y"), ("Total", "Total")] {
        earlier.cells.insert(key(row, column), true);
    }
    table.add_earlier(earlier).unwrap();
    for reasons_published in [false, true] {
        let found = protect(&table, &Policy { reasons_published, ..policy.clone() }).unwrap();
        assert_eq!(found.summary.verdict, Verdict::Safe);
        // Publishing a/x and a/Total now would give away the earlier a/x, because a/y did not change.
        let is_free = |row: &str, column: &str| {
            found.cells.iter().any(|cell| cell.codes == [row, column] && cell.status == Status::Free)
        };
        assert!(!is_free("a", "y"), "it was suppressed, and it is the same count");
        assert!(!(is_free("a", "x") && is_free("a", "Total")), "their difference is a/y, and so the earlier a/x");
    }
}

#[test]
fn the_order_of_rows_changes_nothing() {
    let rows = [("a", "x", 2), ("a", "y", 9), ("b", "x", 7), ("b", "y", 30), ("c", "x", 1), ("c", "y", 5)];
    let mut reversed = rows;
    reversed.reverse();
    let policy = Policy::small_counts(4);
    assert_eq!(protect(&two_way(&rows), &policy).unwrap(), protect(&two_way(&reversed), &policy).unwrap());
}

#[test]
fn faults_name_their_place() {
    let mut table = two_way(&[("a", "x", 2)]);
    let text = |result: Result<(), DisclosureError>| result.unwrap_err().to_string();
    assert_eq!(text(table.add(&["a", "z"], 1)), "dimension column has no code z");
    assert_eq!(text(table.add(&["a"], 1)), "row 1 has 1 codes, and the table has 2 dimensions");
    assert_eq!(
        text(table.add(&["a", "Total"], 1)),
        "row 1 has code Total of dimension column, which is a sum of other codes"
    );
    assert_eq!(text(table.publish(&["size"])), "the table has no dimension size");
    assert_eq!(text(table.add(&["a", "x"], LARGEST)), "the sum of cell a, x is too large");
    assert_eq!(Table::new(Vec::new()).unwrap_err(), DisclosureError::NoDimension);
}

#[test]
fn an_audit_refuses_what_contradicts_itself() {
    let area = [Dimension::new("area", ["a", "b"]).unwrap().total("all").unwrap()];
    let cell = |code: &str, value: Option<i64>| {
        let status = if value.is_none() { Status::SmallCount } else { Status::Free };
        PublishedCell { codes: vec![code.to_owned()], value, status }
    };
    let knowledge = Policy { reasons_published: true, width: 1, ..Policy::small_counts(4) }.knowledge();
    let text = |cells: &[PublishedCell]| audit(&area, cells, &[], knowledge).unwrap_err().to_string();
    let twice = [cell("a", Some(5)), cell("a", Some(5))];
    assert_eq!(text(&twice), "cell a is in the table twice");
    let wrong = PublishedCell { status: Status::Free, ..cell("a", None) };
    assert_eq!(text(&[wrong]), "cell a has status F, which does not fit its value");
    let impossible = [cell("a", None), cell("b", None), cell("all", Some(20))];
    assert_eq!(text(&impossible), "the published values around cell a contradict each other");
}

/// A percentage of exact counts beside rounded counts gives them away, and protection reckons with it.
#[test]
fn a_percentage_tells_more_than_rounded_counts() {
    let rows = [("a", "x", 3), ("a", "y", 47), ("b", "x", 16), ("b", "y", 84), ("c", "x", 22), ("c", "y", 31)];
    let table = two_way(&rows);
    let policy = Policy { rounding: Some(5), width: 1, ..Policy::small_counts(4) };
    let plain = protect(&table, &policy).unwrap();
    // An outsider who is told that x is 6.0% of all of a: 3 of 48 to 52, so 3 of 50.
    let told = PublishedShare {
        numerator: vec!["a".to_owned(), "x".to_owned()],
        denominator: vec!["a".to_owned(), "Total".to_owned()],
        value: 6.0,
        decimals: 1,
    };
    let cell =
        |cell: &ProtectedCell| PublishedCell { codes: cell.codes.clone(), value: cell.value, status: cell.status };
    let cells: Vec<_> = plain.cells.iter().map(cell).collect();
    let found = audit(&table.dimensions, &cells, &[told], policy.knowledge()).unwrap();
    assert_eq!(found.recoverable, [["a", "x"]]);
    // As a share of the table it is withheld with its numerator. Shares of published cells are published.
    let mut table = table;
    for (row, column) in [("a", "x"), ("a", "y"), ("b", "x")] {
        let [numerator, denominator] = [column, "Total"].map(|column| vec![row.to_owned(), column.to_owned()]);
        table.add_share(Share { numerator, denominator, decimals: 1 }).unwrap();
    }
    let safe = protect(&table, &policy).unwrap();
    assert_eq!(safe.summary.verdict, Verdict::Safe);
    assert_eq!(safe.shares[0].value, None);
    assert!(attack(&table, &policy, &safe).is_safe());
    // 47 of 50 is 94.0%, which leaves 3 of 50 for a/x. So it must not be published with the total of a.
    assert_eq!(safe.shares[1].value, None, "{:?}", safe.cells);
    let is_free = |codes: &Codes| safe.cells.iter().any(|cell| cell.codes == *codes && cell.status == Status::Free);
    for one in &safe.shares {
        assert_eq!(one.value.is_some(), is_free(&one.share.numerator) && is_free(&one.share.denominator));
    }
    let share = Share { numerator: Vec::new(), denominator: Vec::new(), decimals: 1 };
    assert_eq!(
        (share.of(16, 100), share.of(1, 3), share.of(1, 2000), share.of(1, 0)),
        (Some(160), Some(333), Some(1), None)
    );
}
