//! Rows of every dataset, as a partner could send them, and what intake must do with any content.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use jiff::civil::date;
use peelian_core::Core;
use peelian_core::contract::{Contract, Dataset, Field, Kind, Presence};
use peelian_core::intake::{Checked, Declared, Findings, Intake, IntakeError, Limits, Mode, NothingHeld};
use peelian_fuzz::Target;

pub(crate) static CORE: LazyLock<Arc<Core>> = LazyLock::new(|| Arc::new(Core::from_seeds().unwrap()));

/// Most rows, and most bytes, of content that is fuzzed.
pub(crate) const LIMITS: Limits =
    Limits { max_rows: 50_000, max_bytes: 4 << 20, max_findings_kept: 100, judge_errors: true };

/// Two names of a person, which nothing may repeat.
pub(crate) const PERSON: &str = "Xquvtl Zwrbnok";

/// Rows that are known to be valid.
const VALID: [(&str, &str); 3] = [
    (
        "crime",
        "crime_ref,record_status,recorded_at,committed_from,ho_class,victim_based,offence_borough,flag_da,flag_cse,\
         flag_csa,flag_hba,flag_fm,flag_fgm,knife_use,gun_use\n\
         01/1234/17,active,2017-02-03,2017-02-01,8N,true,E09000028,no,no,no,no,no,no,none,none\n\
         01/1235/17,active,2017-02-05,2017-02-01,5D,true,E09000007,no,no,no,no,no,no,injured,none\n",
    ),
    (
        "local_priority",
        "borough,valid_from,priority_1,priority_2\nE09000028,2017-04-01,robbery_personal,burglary_residential\n",
    ),
    ("istv_attendance", "site_code,arrival_at,assault_method\nRJ121,2017-02-03T23:15:00,03\n"),
];

pub(crate) fn datasets() -> &'static [Dataset] {
    Contract::get().datasets()
}

/// Files with the header of a dataset: one without rows, those that are known to be valid, and some rows that have a value
/// in every required field, or in every field.
pub(crate) fn files(dataset: &Dataset) -> Vec<String> {
    let header = peelian_core::intake::csv_header(dataset) + "\n";
    let known = VALID.iter().filter(|(id, _)| *id == dataset.id).map(|(_, text)| (*text).to_owned());
    let made = [Presence::Required, Presence::Conditional, Presence::Optional].map(|most| {
        let rows: Vec<String> = (0..3).map(|row| values(dataset, row, most).join(",")).collect();
        format!("{}{}\n", header, rows.join("\n"))
    });
    known.chain(made).chain([header.clone()]).collect()
}

/// The values of a row, in the order of the header. Fields that are needed less than `most` are empty.
pub(crate) fn values(dataset: &Dataset, row: usize, most: Presence) -> Vec<String> {
    let given = |field: &&Field| match field.presence() {
        Presence::Required => true,
        Presence::Conditional => most != Presence::Required,
        Presence::Optional => most == Presence::Optional,
    };
    dataset.submitted().map(|field| if given(&field) { value(field, row) } else { String::new() }).collect()
}

/// A valid value of a field.
pub(crate) fn value(field: &Field, row: usize) -> String {
    match &field.kind {
        Kind::Key => format!("r{row}"),
        Kind::Pseudonym => format!("{:064x}", row + 1),
        Kind::Date => format!("2017-02-0{}", 1 + row % 9),
        Kind::Timestamp => format!("2017-02-0{}T10:30:00", 1 + row % 9),
        Kind::Weight => "1.25".to_owned(),
        Kind::Number => "12.5".to_owned(),
        Kind::Text => "a note".to_owned(),
        Kind::Code(set) => nth(set.codes().iter().filter(|code| code.number > 0).map(|code| &*code.code), row),
        Kind::Set(set) => nth(set.codes().iter().filter(|code| code.number > 0).map(|code| &*code.code), row),
        Kind::Flag => nth(["yes", "no"].into_iter(), row),
        Kind::Integer(most) => (row % (usize::from(*most) + 1)).to_string(),
        Kind::OpenCode(list) => nth(CORE.reference.codes.list(list).unwrap().iter().map(|code| code.code()), row),
        Kind::Area => nth(["E09000028", "E09000007", "E09000022"].into_iter(), row),
        Kind::Period => "2017-02".to_owned(),
    }
}

fn nth<'t>(texts: impl Iterator<Item = &'t str>, row: usize) -> String {
    let texts: Vec<&str> = texts.collect();
    texts.get(row % texts.len().max(1)).map(|text| (*text).to_owned()).unwrap_or_default()
}

/// Words that mean something in rows: names of fields, codes, edges of numbers, dates, and what identifies a person.
pub(crate) fn words(dataset: &Dataset) -> Vec<Vec<u8>> {
    let mut words: Vec<String> = dataset.fields.iter().map(|field| field.name.clone()).collect();
    for field in &dataset.fields {
        words.extend((0..3).map(|row| value(field, row)));
    }
    let others = [
        "\"",
        "\"\"",
        ",",
        ";",
        "\t",
        "|",
        "\n",
        "\r\n",
        "\r",
        "sep=;\n",
        "\u{feff}",
        "name",
        "Postcode",
        "NHS number",
        "943 476 5919",
        "SW1A 1AA",
        "QQ 12 34 56 C",
        "4111 1111 1111 1111",
        "1e309",
        "-0",
        "NaN",
        "2017-02-30",
        "9999-12-31",
        "0000-01-01",
        "2017-02-03T25:61:00Z",
        "E09000099",
        "E09000028",
        PERSON,
        "=1+1",
        "1,5",
        "1.000,5",
    ];
    words.extend(others.map(str::to_owned));
    let mut words: Vec<Vec<u8>> = words.into_iter().map(String::into_bytes).collect();
    words.extend([vec![0xff, 0xfe], vec![0xfe, 0xff], vec![0x80], vec![0], vec![0xe9], b"PK\x03\x04".to_vec()]);
    words
}

/// An intake for one month.
pub(crate) fn intake(dataset: &'static Dataset, mode: Mode) -> Result<Intake, IntakeError> {
    let declared = Declared {
        period_first: date(2017, 2, 1),
        period_last: date(2017, 2, 28),
        extract_date: date(2017, 3, 10),
        mode,
    };
    Intake::new(&CORE.reference, dataset, declared, LIMITS)
}

/// The mode of a number.
pub(crate) fn mode(number: usize) -> Mode {
    Mode::ALL.get(number % Mode::ALL.len()).copied().unwrap_or(Mode::ReplacePeriod)
}

/// What is compared of two outcomes of the same content.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Told {
    Checked { received: u64, rejected: u64, keys: Vec<u64>, findings: BTreeMap<&'static str, u64> },
    Refused { code: &'static str, message: String },
}

impl Told {
    /// The outcome for the target.
    pub(crate) fn outcome(&self) -> String {
        match self {
            Self::Checked { rejected: 0, .. } => Target::ACCEPTED.to_owned(),
            Self::Checked { .. } => "rows left out".to_owned(),
            Self::Refused { code, .. } => (*code).to_owned(),
        }
    }
}

/// Reads content, and checks what is always true of the outcome.
pub(crate) fn told(
    intake: Result<Intake, IntakeError>,
    push: impl FnOnce(&mut Intake) -> Result<(), IntakeError>,
) -> Told {
    let checked = intake.and_then(|mut intake| {
        push(&mut intake)?;
        intake.finish(&NothingHeld)
    });
    match checked {
        Ok(checked) => told_of_rows(&checked),
        Err(error) => {
            if let IntakeError::TooManyErrors { received, findings, .. } = &error {
                check_findings(findings, *received);
            }
            let message = error.to_string();
            assert!(!message.is_empty() && !tells_of_person(&message), "{message}");
            Told::Refused { code: error.known().code, message }
        }
    }
}

fn told_of_rows(checked: &Checked) -> Told {
    let Checked { batch, keys, received, rejected, findings, .. } = checked;
    check_findings(findings, *received);
    assert_eq!(u64::try_from(batch.rows()).unwrap(), received - rejected);
    assert!(keys.is_empty() || keys.len() == batch.rows());
    assert!(batch.columns().iter().all(|column| column.len() == batch.rows()));
    let findings = findings.counts().iter().map(|(code, count)| (*code, count.total)).collect();
    Told::Checked { received: *received, rejected: *rejected, keys: keys.clone(), findings }
}

/// Every finding has its place and its advice, and repeats no name.
fn check_findings(findings: &Findings, received: u64) {
    for finding in findings.kept() {
        assert!(finding.row <= received, "{finding:?}");
        assert!(finding.code.starts_with("PEEL-") && !finding.message.is_empty(), "{finding:?}");
        assert!(!tells_of_person(&finding.value) && !tells_of_person(&finding.message), "{finding:?}");
    }
}

fn tells_of_person(text: &str) -> bool {
    text.contains(PERSON)
}
