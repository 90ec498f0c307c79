//! `validate`.

use std::collections::BTreeSet;
use std::error::Error;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::available_parallelism;

use clap::Args;
use jiff::civil::Date;
use peelian::v1::Finding;
use peelian_core::Core;
use peelian_core::contract::{Contract, Severity};
use peelian_core::engine::{Local, LocalError, LocalRows};
use peelian_core::intake::{Findings, IntakeError};
use peelian_core::wire;
use serde_json::{Map, Value, json};

use crate::Failure;
use crate::arguments::{days, pair};
use crate::findings::{About, FindingsArguments, Form, refusal};
use crate::input_file::{self, Reading, Rows};

/// Checks a file as the exchange does. Nothing is sent.
///
/// The exit code is 1 if rows with errors would be left out, and 3 if the whole file would be refused.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub struct Validate {
    /// File: .csv, .xlsx, .xls, .ods, .arrow, .feather or .parquet. Each may be compressed (.gz).
    file: PathBuf,

    /// Dataset of the rows.
    #[arg(long, short, value_name = "ID")]
    dataset: String,

    /// File of rows that this file refers to: crime=crimes.csv. Repeat the option for several datasets.
    #[arg(long = "with", value_name = "DATASET=FILE", value_parser = pair)]
    referenced: Vec<(String, String)>,

    /// Agency that would submit. Rows outside its remit are errors.
    #[arg(long, value_name = "ID")]
    agency: Option<String>,

    /// Period that the rows cover: 2017-02, a range, or 2017-02-01..2017-02-14. Rows outside it are errors.
    #[arg(long, short, value_name = "PERIOD", value_parser = days)]
    period: Option<(Date, Date)>,

    #[command(flatten)]
    reading: Reading,

    #[command(flatten)]
    findings: FindingsArguments,
}

const EXAMPLES: &str = "\
Examples:
  A month of attendances, in a spreadsheet:
    PROGRAM validate attendances.xlsx --dataset istv_attendance --agency nhs-rj1 --period 2017-02

  Victims, whose crimes are in another file:
    PROGRAM validate victims.csv --dataset crime_victim --with crime=crimes.csv

  For a workflow of GitHub:
    PROGRAM validate figures.csv --dataset published_figure --format github";

impl Validate {
    /// Checks the file and prints what was found.
    pub(crate) fn run(self) -> Result<(), Box<dyn Error>> {
        let outcome = self.check();
        let error = match outcome {
            Ok(checked) => return self.tell(checked),
            Err(error) => error,
        };
        let refused = match error.downcast_ref::<LocalError>() {
            Some(LocalError::Intake { error: refused, .. }) => refused,
            Some(LocalError::Remit(refused)) => return self.refused(refused.known().code, error),
            _ => return self.refused("", error),
        };
        let code = refused.known().code;
        if let IntakeError::TooManyErrors { findings, received, rejected, .. } = refused {
            let counts = Counts { received: *received, rejected: *rejected, findings };
            self.write(&counts, Some(&refusal(code, error.to_string())))?;
            return Err(error);
        }
        self.refused(code, error)
    }

    fn check(&self) -> Result<(u64, u64, Findings), Box<dyn Error>> {
        let core = Arc::new(Core::from_seeds()?);
        let known = |id: &str| Contract::get().known_dataset(id);
        let threads = available_parallelism().unwrap_or(NonZeroUsize::MIN);
        let mut local = Local::new(&core).with_threads(threads);
        let others: Vec<(&String, Rows)> = self
            .referenced
            .iter()
            .map(|(dataset, file)| {
                let file = PathBuf::from(file);
                let rows = Reading::default().rows(&file, input_file::read(&file)?, known(dataset)?)?;
                Ok::<_, Box<dyn Error>>((dataset, rows))
            })
            .collect::<Result<_, _>>()?;
        local.add_all(others.iter().map(|(dataset, rows)| LocalRows::new(dataset, rows.local())).collect())?;
        let rows = self.reading.rows(&self.file, input_file::read(&self.file)?, known(&self.dataset)?)?;
        let rows = LocalRows {
            covers: self.period,
            agency: self.agency.as_deref(),
            ..LocalRows::new(&self.dataset, rows.local())
        };
        let checked = local.check(rows)?;
        Ok((checked.received, checked.rejected, checked.findings))
    }

    fn tell(&self, (received, rejected, findings): (u64, u64, Findings)) -> Result<(), Box<dyn Error>> {
        self.write(&Counts { received, rejected, findings: &findings }, None)?;
        if received == 0 {
            let told = "the file has no rows, and an exchange refuses it: if nothing happened in the period, `submit --nil-return` \
                        says so";
            return Err(Failure::Refused(told.to_owned()).into());
        }
        if rejected > 0 { Err(Failure::LeftOut { received, rejected }.into()) } else { Ok(()) }
    }

    /// Writes a refusal in the form of a program. The error itself goes on to the caller.
    fn refused(&self, code: &str, error: Box<dyn Error>) -> Result<(), Box<dyn Error>> {
        if self.findings.format != Form::Table {
            let findings = Findings::default();
            let counts = Counts { received: 0, rejected: 0, findings: &findings };
            self.write(&counts, Some(&refusal(code, error.to_string())))?;
        }
        Err(error)
    }

    /// The datasets that rows with findings refer to, and whose rows were not given.
    fn not_given(&self, findings: &Findings) -> BTreeSet<&'static str> {
        let fields = Contract::get().dataset(&self.dataset).map_or(&[][..], |dataset| &dataset.fields[..]);
        let found = |name: &str| findings.kept().iter().any(|finding| finding.field == name);
        let referred = fields.iter().filter(|field| found(&field.name)).filter_map(|field| field.references());
        referred.filter(|dataset| !self.referenced.iter().any(|(given, _)| given == dataset)).collect()
    }

    fn write(&self, counts: &Counts<'_>, refused: Option<&Finding>) -> Result<(), Box<dyn Error>> {
        let kept: Vec<Finding> = counts.findings.kept().iter().map(wire::finding).collect();
        let total = |severity| counts.findings.total(severity);
        let facts = [
            ("dataset", json!(self.dataset)),
            ("received", json!(counts.received)),
            ("rejected", json!(counts.rejected)),
            ("errors", json!(total(Severity::Error))),
            ("warnings", json!(total(Severity::Warning))),
            ("infos", json!(total(Severity::Info))),
        ];
        let facts: Map<String, Value> = facts.into_iter().map(|(name, fact)| (name.to_owned(), fact)).collect();
        let told = format!(
            "{} rows: {} with errors, {} warnings",
            counts.received,
            counts.rejected,
            total(Severity::Warning)
        );
        let mut lines = if refused.is_some() { Vec::new() } else { vec![told] };
        lines.extend(self.not_given(counts.findings).into_iter().map(|dataset| {
            format!("Rows of {dataset} were not given: --with {dataset}=FILE checks the references to them.")
        }));
        Ok(self.findings.write(About { file: Some(&self.file), facts, lines }, &kept, refused)?)
    }
}

/// What was found in the rows.
struct Counts<'f> {
    received: u64,
    rejected: u64,
    findings: &'f Findings,
}
