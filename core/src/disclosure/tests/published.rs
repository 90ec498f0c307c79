//! Published tables.

use super::*;

/// The fictitious table z1 of the R package SSBtools: exactly 3 primary and 3 secondary cells where counts to 3 are small.
#[test]
fn z1_needs_three_secondary_cells() {
    let Some(rows) = vectors("sdc_dataset_z1.csv") else { return };
    let rows: Vec<_> = rows.iter().map(|row| (&*row[0], &*row[1], row[2].parse().unwrap())).collect();
    let table = two_way(&rows);
    for reasons_published in [false, true] {
        let policy = Policy { reasons_published, ..Policy::small_counts(3) };
        let found = protect(&table, &policy).unwrap();
        assert_eq!((found.summary.primary, found.summary.secondary, found.summary.further), (3, 3, 0));
        assert_eq!(found.summary.verdict, Verdict::Safe);
        assert!(attack(&table, &policy, &found).is_safe());
    }
}

/// The borough table of the best published exact method: 9,450 linked cells, 3,158 primary, 1,426 secondary.
#[test]
fn a_borough_table_needs_fewer_secondary_cells_than_the_best_method() {
    let Some(table) = borough_table() else { return };
    let steps = Steps { intervals: false, ..Steps::ALL };
    let found = protect_with(&table, &Policy::small_counts(4), steps).unwrap();
    assert_eq!((found.summary.cells, found.summary.primary), (9_450, 3_158));
    assert_eq!(found.summary.sum, 289_464 * 3 * 4 * 2 / 24);
    assert!(found.summary.secondary <= 1_426, "{} secondary cells", found.summary.secondary);
    assert_eq!(found.summary.verdict, Verdict::Safe);
}

/// Boroughs, boroughs of a command and London, by month, quarter, year and both years, and by code.
fn borough_table() -> Option<Table> {
    let rows = vectors("sdc_london_1.csv")?;
    let codes = |at: usize| rows.iter().map(|row| row[at].clone()).collect::<BTreeSet<_>>();
    let quarter = |month: &str| format!("{}Q{}", &month[..4], month[5..].parse::<u32>().unwrap().div_ceil(3));
    let area = Dimension::new("area", codes(0)).unwrap();
    let area = area.hierarchy(rows.iter().map(|row| (row[0].clone(), row[1].clone()))).unwrap();
    let months = codes(2);
    let month = Dimension::new("month", months.clone()).unwrap();
    let month = month.hierarchy(months.iter().map(|month| (month.clone(), quarter(month)))).unwrap();
    let month = month.hierarchy(months.iter().map(|month| (month.clone(), month[..4].to_owned()))).unwrap();
    let code = Dimension::new("code", codes(3)).unwrap().total("all").unwrap();
    let mut table = Table::new(vec![area.total("London").unwrap(), month.total("both").unwrap(), code]).unwrap();
    for row in &rows {
        table.add(&[&row[0], &row[2], &row[3]], row[4].parse().unwrap()).unwrap();
    }
    Some(table)
}

/// The tables of the SDC Handbook and of the R package sdcTable, with the interval of every suppressed cell.
#[test]
fn published_intervals_are_found() {
    let Some(rows) = vectors("sdc_tables_with_intervals.csv") else { return };
    let names: BTreeSet<&str> = rows.iter().map(|row| &*row[0]).collect();
    assert_eq!(names.len(), 3);
    for name in names {
        let rows: Vec<_> = rows.iter().filter(|row| row[0] == name).collect();
        let codes = |at: usize| rows.iter().map(move |row| row[at].clone()).filter(|code| code != "Total");
        let dimension = |name, at| {
            let codes: BTreeSet<_> = codes(at).collect();
            Dimension::new(name, codes).unwrap().total("Total").unwrap()
        };
        let cell = |row: &&Vec<String>| PublishedCell {
            codes: vec![row[1].clone(), row[2].clone()],
            value: (row[4] == "PUBLISHED").then(|| row[3].parse().unwrap()),
            status: match &*row[4] {
                "PUBLISHED" => Status::Free,
                "PRIMARY" => Status::SmallCount,
                _ => Status::Secondary,
            },
        };
        let cells: Vec<_> = rows.iter().map(cell).collect();
        let knowledge = Knowledge {
            max_n: 0,
            zeros_published: false,
            reasons_published: false,
            rounding: 1,
            width: 1,
            unpublished: 0,
        };
        let found = audit(&[dimension("row", 1), dimension("column", 2)], &cells, &[], knowledge).unwrap();
        let hidden = rows.iter().filter(|row| row[4] != "PUBLISHED");
        for (enclosed, row) in found.enclosed.iter().zip(hidden) {
            let interval = [enclosed.interval.low, enclosed.interval.high];
            let expected = [&row[5], &row[6]].map(|end| end.trim_end_matches(".0").parse::<i64>().unwrap());
            assert_eq!((interval, enclosed.exact), (expected, true), "{name} {:?}", enclosed.codes);
        }
        assert_eq!(found.recoverable.len(), usize::from(name == "sdctable_4x4_exact_leak"), "{name}");
    }
}

/// Two suppressed cells that add up to 2 are both 1 where zeros are published.
#[test]
fn two_ones_are_not_given_away_by_their_sum() {
    let Some(rows) = vectors("sdc_singleton_and_zero_tables.csv") else { return };
    let rows: Vec<_> = rows.iter().map(|row| (&*row[1], &*row[2], row[3].parse().unwrap())).collect();
    let table = two_way(&rows);
    let policy = Policy { width: 1, ..Policy::small_counts(4) };
    let only = |singletons| Steps { singletons, intervals: false, ..Steps::ALL };
    let found = protect_with(&table, &policy, only(true)).unwrap();
    assert!(attack(&table, &policy, &found).recoverable.is_empty());
    let without = protect_with(&table, &policy, only(false)).unwrap();
    assert!(!attack(&table, &policy, &without).recoverable.is_empty(), "{:?}", suppressed(&without));
}

/// The SDC Handbook's group: all 6 married persons work full time.
#[test]
fn a_whole_group_is_not_disclosed() {
    let Some(rows) = vectors("sdc_group_disclosure_cases.csv") else { return };
    let mut cells = Vec::new();
    for row in &rows {
        cells.push((&*row[1], "full_time", row[2].parse().unwrap()));
        cells.push((&*row[1], "part_time", row[3].parse().unwrap()));
    }
    let table = two_way(&cells);
    let group = Some(GroupRule { k: 0, dimension: "column".to_owned() });
    let policy = Policy { group, width: 1, zeros_published: false, ..Policy::small_counts(0) };
    let found = protect(&table, &policy).unwrap();
    let by_group: Vec<_> = found.cells.iter().filter(|cell| cell.reason == Some(Reason::Group)).collect();
    assert_eq!(by_group.len(), 1);
    assert_eq!(by_group[0].codes, ["Married", "full_time"]);
    assert!(attack(&table, &policy, &found).is_safe());
}
