//! `peelian-server audit`.

use std::collections::VecDeque;
use std::error::Error;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use peelian_commands::{ListColumn, Listed};

use crate::audit::{Call, Event, FOLDER, Known, Record, records, verify};
use crate::config::DEFAULT_DATA_DIR;

/// Verifies, lists or exports the audit log: who did what, whether it was allowed, and what came of it.
///
/// The server may run at the same time.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Audit {
    #[command(subcommand)]
    command: Command,

    /// Directory of the data.
    #[arg(long, env = "PEELIAN_DATA_DIR", value_name = "DIR", default_value = DEFAULT_DATA_DIR, global = true)]
    data_dir: PathBuf,
}

const EXAMPLES: &str = "\
Examples:
  Check that nothing was changed, dropped, added or cut:
    peelian-server audit verify

  Check also that the log goes as far as a line of the server's log says (\"audit log signed\"):
    peelian-server audit verify --last 1842:9f2c...e1

  Who was refused what:
    peelian-server audit list --denied

  Everything as lines of JSON, for another system:
    peelian-server audit export > audit.jsonl";

#[derive(Debug, Subcommand)]
enum Command {
    /// Checks the chain of hashes, the signatures and the end of the log. The exit code is 0 if all hold, and 3 otherwise.
    Verify {
        /// Public key that the operator noted when the exchange was made, or the file with it. Without it, the key beside the
        /// log is used.
        #[arg(long, value_name = "HEX|FILE", value_parser = public_key)]
        key: Option<String>,

        /// Number and hash of a record: `last` in a line "audit log signed" of the server's log.
        #[arg(long, value_name = "N:HASH", value_parser = number_and_hash)]
        last: Option<(u64, String)>,
    },
    /// Prints the latest calls.
    List {
        /// Only calls of this agency.
        #[arg(long, value_name = "ID")]
        agency: Option<String>,

        /// Only calls that were denied.
        #[arg(long)]
        denied: bool,

        /// Largest number of calls.
        #[arg(long, value_name = "NUMBER", default_value_t = 50)]
        limit: usize,

        #[command(flatten)]
        listed: Listed,
    },
    /// Prints all records.
    Export {
        /// Format of the output.
        #[arg(long, default_value = "jsonl")]
        format: Format,
    },
}

/// A format.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// Lines of JSON, as they are stored.
    Jsonl,
    /// CSV of the calls, with a header.
    Csv,
}

/// A public key: 64 hexadecimal digits, or a file that has them.
fn public_key(text: &str) -> Result<String, String> {
    let read = std::fs::read_to_string(text).unwrap_or_else(|_| text.to_owned());
    let key = read.trim();
    let is_key = key.len() == 64 && key.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_key {
        Ok(key.to_ascii_lowercase())
    } else {
        Err("write the 64 digits of the key, or a file that has them".to_owned())
    }
}

fn number_and_hash(text: &str) -> Result<(u64, String), String> {
    let wrong = || "write NUMBER:HASH, as `last` in the server's log".to_owned();
    let (number, hash) = text.split_once(':').ok_or_else(wrong)?;
    Ok((number.parse().map_err(|_| wrong())?, hash.to_owned()))
}

impl Audit {
    /// Runs the command.
    pub(super) fn run(self) -> Result<(), Box<dyn Error>> {
        let folder = self.data_dir.join(FOLDER);
        let told = |error: std::io::Error| format!("the audit log in {} cannot be read: {error}", folder.display());
        let mut out = BufWriter::new(std::io::stdout().lock());
        match self.command {
            Command::Verify { key, last } => {
                let found = verify(&folder, &Known { key, last }).map_err(told)?;
                for fault in &found.faults {
                    writeln!(out, "line {}: {}", fault.line, fault.what)?;
                }
                let (n, hash) = found.last.unwrap_or_default();
                writeln!(
                    out,
                    "{} records were checked with the key {}. The last is {n}:{hash}",
                    found.records, found.key
                )?;
                out.flush()?;
                match found.faults.len() {
                    0 => Ok(()),
                    faults => Err(format!("the audit log is not as it was written: {faults} faults").into()),
                }
            }
            Command::List { agency, denied, limit, listed } => {
                let chosen = |call: &Call| {
                    agency.as_ref().is_none_or(|agency| *agency == call.agency) && (!denied || is_denied(call))
                };
                let latest = latest(records(&folder).map_err(told)?, chosen, limit)?;
                let rows: Vec<_> = latest.iter().filter_map(row).collect();
                Ok(listed.print(COLUMNS, &rows, || serde_json::to_value(&latest))?)
            }
            Command::Export { format: Format::Jsonl } => {
                for record in records(&folder).map_err(told)? {
                    serde_json::to_writer(&mut out, &record?)?;
                    writeln!(out)?;
                }
                Ok(out.flush()?)
            }
            Command::Export { format: Format::Csv } => export_csv(records(&folder).map_err(told)?, &mut out),
        }
    }
}

/// Whether a call was denied: by the policies, because its caller is not known, or because of a remit or a scope.
fn is_denied(call: &Call) -> bool {
    call.decision == "denied" || ["UNAUTHENTICATED", "PERMISSION_DENIED"].contains(&call.outcome.as_str())
}

/// The latest records of the chosen calls.
fn latest(
    records: impl Iterator<Item = std::io::Result<Record>>,
    chosen: impl Fn(&Call) -> bool,
    limit: usize,
) -> std::io::Result<VecDeque<Record>> {
    let mut latest = VecDeque::new();
    for record in records {
        let record = record?;
        if matches!(&record.event, Event::Call(call) if chosen(call)) {
            latest.push_back(record);
        }
        if latest.len() > limit {
            latest.pop_front();
        }
    }
    Ok(latest)
}

const COLUMNS: [ListColumn; 8] = [
    ListColumn::numbers("No", "n"),
    ListColumn::texts("At", "at"),
    ListColumn::texts("Agency", "agency"),
    ListColumn::texts("Method", "method"),
    ListColumn::texts("About", "about"),
    ListColumn::texts("Decision", "decision"),
    ListColumn::texts("Outcome", "outcome"),
    ListColumn::numbers("Values", "cells"),
];

/// The row of a call in a list.
fn row(record: &Record) -> Option<[String; COLUMNS.len()]> {
    let Record { n, at, event: Event::Call(call), .. } = record else { return None };
    let agency = if call.agency.is_empty() { call.credential.as_str() } else { call.agency.as_str() };
    Some([
        n.to_string(),
        at.get(..19).unwrap_or(at).to_owned(),
        agency.to_owned(),
        call.method.rsplit('/').next().unwrap_or_default().to_owned(),
        call.about.join(" "),
        call.decision.clone(),
        if call.reason.is_empty() { call.outcome.clone() } else { call.reason.clone() },
        call.cells.map_or_else(String::new, |cells| cells.to_string()),
    ])
}

fn export_csv(
    records: impl Iterator<Item = std::io::Result<Record>>,
    out: &mut impl Write,
) -> Result<(), Box<dyn Error>> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record([
        "n",
        "at",
        "call",
        "agency",
        "roles",
        "credential",
        "method",
        "about",
        "decision",
        "policies",
        "outcome",
        "reason",
        "position",
        "cells",
    ])?;
    let number = |number: Option<u64>| number.map_or_else(String::new, |number| number.to_string());
    for record in records {
        let Record { n, at, event: Event::Call(call), .. } = record? else { continue };
        csv.write_record([
            n.to_string(),
            at,
            call.call,
            call.agency,
            call.roles,
            call.credential,
            call.method,
            call.about.join(" "),
            call.decision,
            call.policies.join(" "),
            call.outcome,
            call.reason,
            number(call.position),
            number(call.cells),
        ])?;
    }
    Ok(csv.flush()?)
}
