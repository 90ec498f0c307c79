//! Tests of protection, by the attacker that reads published tables alone.

mod attacked;
mod published;
mod rules;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::*;

/// The rows of a file of test vectors, or nothing if the vectors are not there.
fn vectors(name: &str) -> Option<Vec<Vec<String>>> {
    let folders = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|folder| folder.join("shared/vectors"));
    let Some(path) = folders.map(|folder| folder.join(name)).find(|path| path.exists()) else {
        eprintln!("skipped: there is no shared/vectors/{name}");
        return None;
    };
    let text = fs::read_to_string(path).unwrap();
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(text.as_bytes());
    Some(reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect())
}

/// A table of two dimensions with totals, from its rows.
fn two_way(rows: &[(&str, &str, u64)]) -> Table {
    let codes = |of: fn(&(&str, &str, u64)) -> String| rows.iter().map(of).collect::<BTreeSet<_>>();
    let row = Dimension::new("row", codes(|row| row.0.to_owned())).unwrap().total("Total").unwrap();
    let column = Dimension::new("column", codes(|row| row.1.to_owned())).unwrap().total("Total").unwrap();
    let mut table = Table::new(vec![row, column]).unwrap();
    for (row, column, count) in rows {
        table.add(&[row, column], *count).unwrap();
    }
    table
}

/// Attacks what was published of a protected table.
fn attack(table: &Table, policy: &Policy, protected: &Protected) -> Audit {
    let cell =
        |cell: &ProtectedCell| PublishedCell { codes: cell.codes.clone(), value: cell.value, status: cell.status };
    let cells: Vec<_> = protected.cells.iter().map(cell).collect();
    audit(&table.dimensions, &cells, &shares(protected), policy.knowledge()).unwrap()
}

/// The percentages that were published.
fn shares(protected: &Protected) -> Vec<PublishedShare> {
    let published = |one: &ProtectedShare| {
        let Share { numerator, denominator, decimals } = one.share.clone();
        one.value.map(|value| PublishedShare { numerator, denominator, value, decimals })
    };
    protected.shares.iter().filter_map(published).collect()
}

fn suppressed(protected: &Protected) -> Vec<String> {
    let suppressed = protected.cells.iter().filter(|cell| cell.status != Status::Free);
    suppressed.map(|cell| format!("{} {}", cell.codes.join("/"), cell.status.letter())).collect()
}
