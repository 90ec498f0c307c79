//! Drafts a mapping from a file. A person checks it: nothing is mapped by itself.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::ApplyError;
use super::date_format::{DateFormat, has_one_meaning};
use crate::contract::{Dataset, Field, Kind};
use crate::intake::{Identifier, identifier_in, in_column_name, nearest_field, unreadable};
use crate::reference::Reference;
use crate::text_table::{Row, Sink, TextTable, trimmed};

/// Most different values of a column that are looked at.
const MOST_VALUES: usize = 200;
/// Most values and codes of a field that are listed.
const MOST_LISTED: usize = 30;

/// Drafts a mapping of a table of text to a dataset, as TOML with comments. It lists the columns, the values that the exchange
/// does not read where it expects codes, areas or dates, and the required fields that the file does not have. Values of
/// personal fields and direct identifiers are not listed.
///
/// # Errors
///
/// [`ApplyError::NotATable`].
///
/// ```
/// use peelian_core::contract::Contract;
/// use peelian_core::mapping::draft;
/// use peelian_core::reference::Reference;
///
/// let dataset = Contract::get().known_dataset("local_priority")?;
/// let draft = draft(dataset, b"Boroughs,Valid from,Notes\nHackney,01/04/2017,x\n", &Reference::from_seeds()?)?;
/// assert!(draft.contains("\"Boroughs\" = \"borough\""));
/// assert!(draft.contains("\"Notes\" = \"\""));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn draft(dataset: &'static Dataset, file: &[u8], reference: &Reference) -> Result<String, ApplyError> {
    let mut seen = Seen { dataset, columns: Vec::new() };
    let mut table = TextTable::new();
    table.push(file, &mut seen)?;
    table.finish(&mut seen)?;
    let mut text =
        format!("# A draft of a mapping to {}. Check each line; take off a # to use a line.\n", dataset.id);
    columns(&seen, &mut text);
    values(&seen, reference, &mut text);
    formats(&seen, &mut text);
    constants(&seen, &mut text);
    Ok(text)
}

/// The columns of a file, each with its field and some of its values.
struct Seen {
    dataset: &'static Dataset,
    columns: Vec<Column>,
}

struct Column {
    heading: String,
    kind: Option<Identifier>,
    /// The field, and whether only its name is near.
    field: Option<(&'static Field, bool)>,
    values: BTreeSet<String>,
}

impl Sink for Seen {
    type Error = ApplyError;
    type Part = ();

    fn known_headings(&self, cells: &[&str]) -> usize {
        cells.iter().filter(|cell| self.dataset.position_of_heading(cell).is_some()).count()
    }

    fn header(&mut self, headings: &[&str], _: u64) -> Result<(), ApplyError> {
        let mut taken: BTreeSet<&str> = BTreeSet::new();
        for heading in headings {
            let kind = identifier_in(heading).or_else(|| in_column_name(heading));
            let known = self.dataset.position_of_heading(heading).and_then(|at| self.dataset.fields.get(at));
            let near = || nearest_field(self.dataset, heading).and_then(|name| self.dataset.field(name));
            let field = known.map(|field| (field, false)).or_else(|| near().map(|field| (field, true)));
            let field = field.filter(|(field, _)| kind.is_none() && field.derivation.is_none());
            let field = field.filter(|(field, _)| taken.insert(&field.name));
            self.columns.push(Column { heading: (*heading).to_owned(), kind, field, values: BTreeSet::new() });
        }
        Ok(())
    }

    fn row(&mut self, row: Row<'_>) -> Result<(), ApplyError> {
        for (column, cell) in self.columns.iter_mut().zip(row.cells()) {
            let cell = trimmed(cell);
            let listed = column.field.is_some_and(|(field, _)| is_listed(field));
            if listed && !cell.is_empty() && column.values.len() < MOST_VALUES {
                column.values.insert(cell.to_owned());
            }
        }
        Ok(())
    }
}

/// Whether the values of a field are listed: codes, areas and dates of fields that are not personal.
fn is_listed(field: &Field) -> bool {
    let has_forms = matches!(
        field.kind,
        Kind::Code(_)
            | Kind::Set(_)
            | Kind::OpenCode(_)
            | Kind::Area
            | Kind::Flag
            | Kind::Date
            | Kind::Timestamp
            | Kind::Period
    );
    has_forms && !field.personal()
}

fn is_dated(field: &Field) -> bool {
    matches!(field.kind, Kind::Date | Kind::Timestamp | Kind::Period)
}

fn columns(seen: &Seen, text: &mut String) {
    text.push_str("\n[columns]\n");
    for column in seen.columns.iter().filter(|column| !column.heading.is_empty()) {
        let heading = quoted(&column.heading);
        let line = match (&column.kind, column.field) {
            (Some(kind), _) => format!("{heading} = \"\"  # a direct identifier ({kind}): never sent"),
            (None, Some((field, false))) => format!("{heading} = {}", quoted(&field.name)),
            (None, Some((field, true))) => {
                format!("{heading} = {}  # the nearest name: is it this?", quoted(&field.name))
            }
            (None, None) => format!("{heading} = \"\"  # no field is near: the column is left out"),
        };
        text.push_str(&line);
        text.push('\n');
    }
}

fn values(seen: &Seen, reference: &Reference, text: &mut String) {
    for (column, field) in fields(seen).filter(|(_, field)| !is_dated(field)) {
        let values: Vec<&str> = column.values.iter().map(String::as_str).collect();
        let unknown = unreadable(reference, seen.dataset, field, &values);
        if unknown.is_empty() {
            continue;
        }
        let codes = codes(field, reference);
        let _ = write!(
            text,
            "\n[values.{}]{}\n",
            field.name,
            if codes.is_empty() { String::new() } else { format!("  # {codes}") }
        );
        for value in unknown.iter().take(MOST_LISTED).filter(|value| identifier_in(value).is_none()) {
            let _ = writeln!(text, "# {} = \"\"", quoted(value));
        }
    }
}

/// Formats of dates that files have, the more usual ones first.
const FORMATS: [&str; 19] = [
    "%d/%m/%Y %H:%M",
    "%d/%m/%Y %H:%M:%S",
    "%d/%m/%Y %I:%M %p",
    "%d/%m/%Y",
    "%d/%m/%y %H:%M",
    "%d/%m/%y",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y %I:%M %p",
    "%m/%d/%Y",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y",
    "%Y%m%d",
    "%d%b%Y:%H:%M:%S",
    "%d%b%Y",
    "%d-%b-%y",
    "days since 1899-12-30",
    "%b-%y",
    "%b %Y",
    "%B %Y",
];

/// For each field of dates that are not in the form of the contract, the first format that reads all values, and the others that
/// do. Whether the day or the month comes first can be for a person to say.
fn formats(seen: &Seen, text: &mut String) {
    text.push_str("\n[formats]\n");
    for (column, field) in fields(seen).filter(|(_, field)| is_dated(field)) {
        let is_period = matches!(field.kind, Kind::Period);
        let others: Vec<&String> = column.values.iter().filter(|value| !has_one_meaning(value, is_period)).collect();
        // A format with a time also reads days alone, so it needs a time.
        let has_time = others.iter().any(|value| value.contains(':'));
        let reads_all = |format: &&&str| {
            (has_time || !format.contains(':'))
                && DateFormat::read(format)
                    .is_some_and(|format| others.iter().all(|value| format.apply(value, is_period).is_some()))
        };
        let mut found = FORMATS.iter().filter(reads_all);
        let Some(first) = found.next().filter(|_| !others.is_empty()) else { continue };
        let rest: Vec<&str> = found.copied().collect();
        let or = if rest.is_empty() { String::new() } else { format!("  # or {}", rest.join(", ")) };
        let since = if first.starts_with("days") {
            "  # of Excel; 1904-01-01 of an old Excel of the Mac, 1960-01-01 of SAS, 1970-01-01 of R"
        } else {
            ""
        };
        let _ = writeln!(text, "# {} = \"{first}\"{or}{since}", field.name);
    }
}

fn constants(seen: &Seen, text: &mut String) {
    text.push_str("\n[constants]\n");
    let has = |field: &Field| fields(seen).any(|(_, known)| known.name == field.name);
    for field in seen.dataset.submitted().filter(|field| field.required() && !has(field)) {
        let _ = writeln!(text, "# {} = \"\"  # required, and no column has it", field.name);
    }
}

fn fields(seen: &Seen) -> impl Iterator<Item = (&Column, &'static Field)> {
    seen.columns.iter().filter_map(|column| Some((column, column.field?.0)))
}

/// The codes of a field with their labels, if they are few enough for a line.
fn codes(field: &Field, reference: &Reference) -> String {
    let told: Vec<String> = match &field.kind {
        Kind::Code(codes) | Kind::Set(codes) => {
            codes.codes().iter().map(|code| format!("{} {}", code.code, code.label)).collect()
        }
        Kind::OpenCode(list) => {
            let list = reference.codes.list(list);
            list.into_iter()
                .flat_map(|list| list.iter().map(|entry| format!("{} {}", entry.code(), entry.label())))
                .collect()
        }
        _ => Vec::new(),
    };
    if told.len() > MOST_LISTED { String::new() } else { told.join(", ") }
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
