//! `peelian-server token`.

use std::collections::BTreeSet;
use std::error::Error;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use jiff::{SignedDuration, Timestamp};
use peelian::DESCRIPTOR_SET;
use peelian_commands::{ListColumn, Listed};
use peelian_core::contract::Contract;
use prost::Message as _;
use prost_types::FileDescriptorSet;
use serde_json::Value;

use crate::clock::{Clock as _, SystemClock};
use crate::config::DEFAULT_DATA_DIR;
use crate::identity::{Presented, Role, Standing, Token, TokenFile};
use crate::private;
use crate::server::load_core;

/// Makes, lists, rotates and revokes tokens, by which agencies are known.
///
/// A token is a secret: who has it is the agency. It is shown once, when it is made, and the exchange keeps a hash of it.
/// A server that runs learns of every change with its next call, without a restart.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct TokenCommand {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  A token with which the Metropolitan Police Service submits crimes for 90 days:
    peelian-server token create --agency mps --role submitter --dataset crime --out mps.token

  A new one in its place, while both hold for a week:
    peelian-server token rotate 3f0c5e9ab1d2 --out mps-new.token

  Refuse it from the next call on:
    peelian-server token revoke 3f0c5e9ab1d2";

#[derive(Debug, Subcommand)]
enum Command {
    /// Makes a token, and prints it to standard output.
    Create(Box<Create>),
    /// Lists the tokens. It shows no secret, because the exchange has none.
    List {
        #[command(flatten)]
        listed: Listed,
        #[command(flatten)]
        data: Data,
    },
    /// Makes a token in the place of another, for the same agency, roles and scope. The old one holds for a while longer.
    Rotate {
        /// Identifier of the old token.
        id: String,
        /// Hours for which both hold.
        #[arg(long, value_name = "HOURS", default_value_t = 168, value_parser = clap::value_parser!(u16).range(0..=2_160))]
        overlap_hours: u16,
        #[command(flatten)]
        new: New,
        #[command(flatten)]
        data: Data,
    },
    /// Revokes a token. It is refused from the next call on.
    Revoke {
        /// Identifier of the token.
        id: String,
        #[command(flatten)]
        data: Data,
    },
}

#[derive(Args, Debug)]
struct Create {
    /// Identifier of the agency, as in the register: "mps".
    #[arg(long, value_name = "ID")]
    agency: String,
    /// Role of the holder: submitter, analyst, statistician, approver or administrator. Repeat the option for several.
    /// Without it, the holder is submitter and analyst.
    #[arg(long = "role", value_name = "ROLE")]
    roles: Vec<Role>,
    /// Dataset that may be submitted with the token. Repeat the option for several. Without it, all.
    #[arg(long = "dataset", value_name = "ID")]
    datasets: Vec<String>,
    /// Method or service that the token may be used for: peelian.v1.SubmissionService/Submit, peelian.v1.CatalogueService.
    /// Repeat the option for several. Without it, all.
    #[arg(long = "method", value_name = "METHOD")]
    methods: Vec<String>,
    /// Instant from which the token holds, for example 2026-05-01T09:00:00Z. Without it, now.
    #[arg(long, value_name = "INSTANT")]
    not_before: Option<Timestamp>,
    #[command(flatten)]
    new: New,
    /// File of agencies, as for `peelian-server serve`.
    #[arg(long, env = "PEELIAN_AGENCIES", value_name = "FILE")]
    agencies: Option<PathBuf>,
    #[command(flatten)]
    data: Data,
}

/// What is said of a new token.
#[derive(Args, Debug)]
struct New {
    /// Days after which the token no longer holds.
    #[arg(long, value_name = "DAYS", default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..=366))]
    days: u16,
    /// Write the token to this file, which only you can read, and not to standard output. The file must not exist.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Args, Debug)]
struct Data {
    /// Directory of the data.
    #[arg(long, env = "PEELIAN_DATA_DIR", value_name = "DIR", default_value = DEFAULT_DATA_DIR)]
    data_dir: PathBuf,
}

impl TokenCommand {
    /// Runs the command.
    pub(super) fn run(self) -> Result<(), Box<dyn Error>> {
        let now = Timestamp::from_microsecond(SystemClock.now_micros())?;
        match self.command {
            Command::Create(create) => create.run(now),
            Command::List { listed, data } => list(&TokenFile::open(&data.data_dir)?, &listed, now),
            Command::Rotate { id, overlap_hours, new, data } => {
                rotate(TokenFile::open(&data.data_dir)?, &id, overlap_hours, &new, now)
            }
            Command::Revoke { id, data } => revoke(TokenFile::open(&data.data_dir)?, &id, now),
        }
    }
}

impl Create {
    fn run(self, now: Timestamp) -> Result<(), Box<dyn Error>> {
        let core = load_core(self.agencies.as_deref())?;
        if core.reference.register.agency(&self.agency).is_none() {
            return Err(format!("there is no agency {:?}: `peelian agencies` lists them", self.agency).into());
        }
        for dataset in &self.datasets {
            Contract::get().known_dataset(dataset)?;
        }
        check_methods(&self.methods)?;
        let from = self.not_before.unwrap_or(now);
        let (roles, methods) = (roles(self.roles), self.methods.into_iter().collect());
        let token = |presented: &Presented| Token {
            id: presented.id().to_owned(),
            secret_sha256: presented.hash(),
            agency: self.agency,
            roles,
            datasets: self.datasets.into_iter().collect(),
            methods,
            created: now,
            not_before: from,
            expires: from + days(self.new.days),
            rotated_with: None,
            revoked_at: None,
        };
        let mut file = TokenFile::open(&self.data.data_dir)?;
        let presented = new_token(&file)?;
        file.add(token(&presented));
        store_and_give(&file, &presented, self.new.out.as_deref())
    }
}

fn rotate(
    mut file: TokenFile,
    id: &str,
    overlap_hours: u16,
    new: &New,
    now: Timestamp,
) -> Result<(), Box<dyn Error>> {
    let presented = new_token(&file)?;
    let old = file.find(id).ok_or_else(|| unknown(id))?;
    if let Some(other) = &old.rotated_with {
        return Err(format!("the token {id} was rotated before: {other} has taken its place").into());
    }
    if matches!(old.standing(now), Standing::Revoked | Standing::Expired) {
        return Err(format!("the token {id} is {}: make a new one with `token create`", old.standing(now)).into());
    }
    let successor = Token {
        id: presented.id().to_owned(),
        secret_sha256: presented.hash(),
        created: now,
        not_before: now,
        expires: now + days(new.days),
        ..old.clone()
    };
    old.rotated_with = Some(successor.id.clone());
    old.expires = old.expires.min(now + SignedDuration::from_hours(overlap_hours.into()));
    file.add(successor);
    store_and_give(&file, &presented, new.out.as_deref())
}

fn revoke(mut file: TokenFile, id: &str, now: Timestamp) -> Result<(), Box<dyn Error>> {
    let token = file.find(id).ok_or_else(|| unknown(id))?;
    if let Some(before) = token.revoked_at {
        return Err(format!("the token {id} was revoked at {before}").into());
    }
    token.revoked_at = Some(now);
    file.store()?;
    writeln!(std::io::stdout(), "the token {id} is revoked: it is refused from the next call on")?;
    Ok(())
}

const COLUMNS: [ListColumn; 8] = [
    ListColumn::texts("Token", "id"),
    ListColumn::texts("Agency", "agency"),
    ListColumn::texts("Roles", "roles"),
    ListColumn::texts("Scope", "scope"),
    ListColumn::texts("From", "not_before"),
    ListColumn::texts("Until", "expires"),
    ListColumn::texts("Standing", "standing"),
    ListColumn::texts("In its place", "rotated_with"),
];

fn list(file: &TokenFile, listed: &Listed, now: Timestamp) -> Result<(), Box<dyn Error>> {
    let rows: Vec<_> = file.tokens().iter().map(|token| row(token, now)).collect();
    listed.print(COLUMNS, &rows, || file.tokens().iter().map(|token| in_json(token, now)).collect())?;
    Ok(())
}

fn row(token: &Token, now: Timestamp) -> [String; COLUMNS.len()] {
    let roles: Vec<_> = token.roles.iter().map(|role| role.id()).collect();
    let scope: Vec<_> = token.datasets.iter().chain(&token.methods).map(String::as_str).collect();
    [
        token.id.clone(),
        token.agency.clone(),
        roles.join(", "),
        if scope.is_empty() { "everything".to_owned() } else { scope.join(", ") },
        token.not_before.to_string(),
        token.expires.to_string(),
        token.standing(now).to_string(),
        token.rotated_with.clone().unwrap_or_default(),
    ]
}

/// A token as it is stored, without the hash of its secret, and whether it holds.
fn in_json(token: &Token, now: Timestamp) -> serde_json::Result<Value> {
    let mut told = serde_json::to_value(token)?;
    if let Some(fields) = told.as_object_mut() {
        fields.remove("secret_sha256");
        fields.insert("standing".to_owned(), token.standing(now).to_string().into());
    }
    Ok(told)
}

fn unknown(id: &str) -> String {
    format!("there is no token {id:?}: `peelian-server token list` lists them")
}

fn roles(stated: Vec<Role>) -> BTreeSet<Role> {
    if stated.is_empty() { Role::USUAL.into_iter().collect() } else { stated.into_iter().collect() }
}

fn days(days: u16) -> SignedDuration {
    SignedDuration::from_hours(24 * i64::from(days))
}

/// A token whose identifier no other has.
fn new_token(file: &TokenFile) -> Result<Presented, Box<dyn Error>> {
    loop {
        let presented = Presented::generate()?;
        if file.tokens().iter().all(|token| token.id != presented.id()) {
            return Ok(presented);
        }
    }
}

/// Stores the tokens, and gives the new one to the operator: it does not exist if the operator does not get it.
fn store_and_give(file: &TokenFile, presented: &Presented, out: Option<&Path>) -> Result<(), Box<dyn Error>> {
    let text = presented.text();
    let Some(path) = out else {
        file.store()?;
        writeln!(std::io::stdout(), "{}", text.as_str())?;
        eprintln!("This is the token {}. It is not shown again.", presented.id());
        return Ok(());
    };
    private::create(path, text.as_bytes()).map_err(|error| format!("{}: {error}", path.display()))?;
    if let Err(error) = file.store() {
        std::fs::remove_file(path).ok();
        return Err(error.into());
    }
    writeln!(std::io::stdout(), "the token {} is in {}", presented.id(), path.display())?;
    Ok(())
}

/// Checks that the contract has each of these methods or services.
fn check_methods(stated: &[String]) -> Result<(), Box<dyn Error>> {
    let contract = FileDescriptorSet::decode(DESCRIPTOR_SET)?;
    let mut known = BTreeSet::new();
    for file in &contract.file {
        for service in &file.service {
            let service_name = format!("{}.{}", file.package(), service.name());
            known.extend(service.method.iter().map(|method| format!("{service_name}/{}", method.name())));
            known.insert(service_name);
        }
    }
    match stated.iter().find(|stated| !known.contains(*stated)) {
        None => Ok(()),
        Some(wrong) => {
            let known: Vec<_> = known.into_iter().collect();
            Err(format!("there is no method {wrong:?}: the contract has {}", known.join(", ")).into())
        }
    }
}
