//! Findings: as a table for people, and as JSON, CSV and annotations of GitHub for programs.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use clap::{Args, ValueEnum};
use peelian::v1::{Finding, FindingScope};
use peelian_core::contract::Severity;
use peelian_core::wire::{scope_text, severity_text};
use serde_json::{Map, Value, json};

use crate::output::Destination;
use crate::table;

/// Faults that the table shows, unless all are asked for.
const SHOWN: usize = 30;

/// A form of findings.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Form {
    /// A table for people.
    Table,
    /// CSV: a line for each finding.
    Csv,
    /// JSON.
    Json,
    /// Annotations of a workflow of GitHub.
    Github,
}

/// How findings are written.
#[derive(Args, Debug)]
pub(crate) struct FindingsArguments {
    /// Show every finding in the table. The other forms always have all.
    #[arg(long)]
    pub(crate) all: bool,

    /// Form of the findings.
    #[arg(long, short, default_value = "table")]
    pub(crate) format: Form,

    #[command(flatten)]
    pub(crate) to: Destination,
}

/// What the findings are about: the file, and facts such as numbers of rows.
#[derive(Debug)]
pub(crate) struct About<'a> {
    /// The file; `None` if the rows are not in one.
    pub(crate) file: Option<&'a Path>,
    /// Facts for the form JSON.
    pub(crate) facts: Map<String, Value>,
    /// Lines below the table.
    pub(crate) lines: Vec<String>,
}

impl FindingsArguments {
    /// Whether the first findings are not enough.
    pub(crate) fn needs_all(&self) -> bool {
        self.all || self.format != Form::Table
    }

    /// Writes findings. In every form but the table, a refusal of all rows is a finding too, so that a program has one list to
    /// read.
    pub(crate) fn write(&self, about: About<'_>, findings: &[Finding], refusal: Option<&Finding>) -> io::Result<()> {
        let all = || refusal.into_iter().chain(findings);
        match self.format {
            Form::Table => {
                let table = (!findings.is_empty()).then(|| text(findings, self.all, self.to.is_standard()));
                let parts: Vec<String> = table.into_iter().chain(about.lines).collect();
                if parts.is_empty() { Ok(()) } else { self.to.write(&parts.join("\n")) }
            }
            Form::Json => {
                let mut facts = about.facts;
                if let Some(file) = about.file {
                    facts.insert("file".to_owned(), file.display().to_string().into());
                }
                facts.insert("refusal".to_owned(), refusal.map_or("", |refusal| refusal.message.as_str()).into());
                facts.insert("findings".to_owned(), all().map(object).collect());
                self.to.write_json(&Value::Object(facts))
            }
            Form::Csv => self.to.write_csv(HEADINGS, all().map(record)),
            Form::Github => {
                let found: Vec<Finding> = all().cloned().collect();
                let mut out = self.to.open()?;
                for line in annotations(about.file, &found) {
                    writeln!(out, "{line}")?;
                }
                out.flush()
            }
        }
    }
}

/// The refusal of all rows as a finding.
pub(crate) fn refusal(code: &str, message: String) -> Finding {
    Finding {
        code: code.to_owned(),
        severity: Severity::Error.into(),
        scope: FindingScope::Batch.into(),
        message,
        ..Finding::default()
    }
}

/// Findings with one fault: the first of them, and the places of all.
struct Group<'f> {
    first: &'f Finding,
    places: Vec<String>,
}

impl Group<'_> {
    /// The first places, and the number of others.
    fn places(&self) -> String {
        const MOST: usize = 3;
        let named = self.places.iter().take(MOST).filter(|place| !place.is_empty());
        let first = named.map(String::as_str).collect::<Vec<_>>().join(", ");
        match self.places.len().saturating_sub(MOST) {
            0 => first,
            more => format!("{first} and {more} more"),
        }
    }
}

fn grouped(findings: &[Finding]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut known: BTreeMap<(&str, i32, &str, &str, &str), usize> = BTreeMap::new();
    for finding in findings {
        let Finding { code, severity, field, value, message, .. } = finding;
        let at = *known.entry((code, *severity, field, value, message)).or_insert(groups.len());
        match groups.get_mut(at) {
            Some(group) => group.places.push(place(finding)),
            None => groups.push(Group { first: finding, places: vec![place(finding)] }),
        }
    }
    groups
}

/// Findings as a table, those with one fault together. The worst come first if not all are shown.
fn text(findings: &[Finding], everything: bool, on_terminal: bool) -> String {
    let mut groups = grouped(findings);
    if !everything && groups.len() > SHOWN {
        // Errors have the smallest number.
        groups.sort_by_key(|group| (group.first.severity, group.first.row));
        groups.truncate(SHOWN);
    }
    let place = if groups.iter().any(|group| group.first.line > 0) { "Cell" } else { "Row" };
    let row = |group: &Group<'_>| {
        let Finding { code, field, value, message, .. } = group.first;
        let severity = severity_text(group.first.severity()).to_owned();
        [code.clone(), severity, group.places(), field.clone(), value.clone(), message.clone()]
    };
    let columns = ["Code", "Severity", place, "Field", "Value", "What to do"].map(|name| (name, false));
    let table = table::listed(columns, &groups.iter().map(row).collect::<Vec<_>>(), on_terminal);
    let told: usize = groups.iter().map(|group| group.places.len()).sum();
    let more = findings.len().saturating_sub(told);
    if more == 0 { table } else { format!("{table}\nand {more} more: --all shows them") }
}

/// The cell of a finding in a spreadsheet, or its row.
fn place(finding: &Finding) -> String {
    match (finding.line, finding.row) {
        (0, 0) => String::new(),
        (0, row) => row.to_string(),
        (line, _) if finding.column.is_empty() => format!("line {line}"),
        (line, _) => format!("{}{line}", finding.column),
    }
}

const HEADINGS: [&str; 10] =
    ["code", "severity", "scope", "row", "field", "value", "rule", "message", "line", "column"];

fn record(finding: &Finding) -> [String; HEADINGS.len()] {
    [
        finding.code.clone(),
        severity_text(finding.severity()).to_owned(),
        scope_text(finding.scope()).to_owned(),
        finding.row.to_string(),
        finding.field.clone(),
        finding.value.clone(),
        finding.rule.clone(),
        finding.message.clone(),
        finding.line.to_string(),
        finding.column.clone(),
    ]
}

fn object(finding: &Finding) -> Value {
    let mut object: Map<String, Value> =
        HEADINGS.into_iter().map(str::to_owned).zip(record(finding).map(Value::String)).collect();
    object.insert("row".to_owned(), json!(finding.row));
    object.insert("line".to_owned(), json!(finding.line));
    Value::Object(object)
}

/// Findings as workflow commands, which GitHub shows beside the lines of a file:
/// <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>.
///
/// Findings with one fault are one annotation at the first place, because GitHub shows only the first ten of a step. The number
/// of the column is that of a spreadsheet: E is 5.
fn annotations(file: Option<&Path>, findings: &[Finding]) -> Vec<String> {
    let one = |group: &Group<'_>| {
        let first = group.first;
        let level = match first.severity() {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info | Severity::Unspecified => "notice",
        };
        let number = |number: u64| if number == 0 { String::new() } else { number.to_string() };
        let title = [first.code.as_str(), &first.field].into_iter().filter(|part| !part.is_empty());
        let about = [
            ("file", file.map(|file| file.display().to_string()).unwrap_or_default()),
            ("line", number(first.line)),
            ("col", number(column_number(&first.column))),
            ("title", title.collect::<Vec<_>>().join(" ")),
        ];
        let about = about.iter().filter(|(_, text)| !text.is_empty());
        let properties = about.map(|(name, text)| format!("{name}={}", property(text))).collect::<Vec<_>>().join(",");
        let value = if first.value.is_empty() { String::new() } else { format!("{}: ", first.value) };
        let more = match group.places.len() {
            1 => String::new(),
            times => format!(" ({times} times: {})", group.places()),
        };
        format!("::{level} {properties}::{}", data(&format!("{value}{}{more}", first.message)))
    };
    grouped(findings).iter().map(one).collect()
}

/// A text as the message of a workflow command: GitHub reads percent signs and ends of lines in their encoded form.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A text as a property of a workflow command, in which colons and commas are encoded too.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// The number of a column, from the letters of a spreadsheet: A is 1, AA is 27.
fn column_number(letters: &str) -> u64 {
    letters.bytes().fold(0, |number, letter| 26 * number + u64::from(letter.saturating_sub(b'A')) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(line: u64, message: &str) -> Finding {
        Finding {
            code: "PEEL-5011".to_owned(),
            severity: Severity::Error.into(),
            scope: FindingScope::Field.into(),
            row: line - 1,
            field: "area".to_owned(),
            value: "E09000099".to_owned(),
            message: message.to_owned(),
            line,
            column: "AA".to_owned(),
            ..Finding::default()
        }
    }

    #[test]
    fn findings_with_one_fault_are_told_together() {
        let found = [found(2, "No area."), found(3, "No area."), found(4, "Another.")];
        let table = text(&found, false, false);
        assert!(table.contains("AA2, AA3") && table.contains("AA4"), "{table}");
        let told = annotations(Some(Path::new("a, b%.csv")), &found);
        let title = "title=PEEL-5011 area::E09000099: No area. (2 times: AA2, AA3)";
        assert_eq!(told[0], format!("::error file=a%2C b%25.csv,line=2,col=27,{title}"));
        assert_eq!(told.len(), 2);
    }

    #[test]
    fn the_worst_are_shown_first_if_there_are_many() {
        let many: Vec<Finding> = (0..40)
            .map(|number| Finding { severity: Severity::Info.into(), ..found(number + 2, &number.to_string()) })
            .chain([found(99, "The error.")])
            .collect();
        let table = text(&many, false, false);
        assert!(table.contains("The error.") && table.contains("and 11 more: --all shows them"), "{table}");
        assert!(!text(&many, true, false).contains("--all"));
    }
}
