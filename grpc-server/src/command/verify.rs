//! `peelian-server verify`.

use std::error::Error;
use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;
use peelian_commands::table::plain;

use crate::config::DEFAULT_DATA_DIR;
use crate::store::{Damage, Part, SqliteStore, Store as _, StoredEntry};
use crate::{publication, resource_name, server};

/// Compares everything that an exchange has stored with its checksums.
///
/// The exchange must not be served at the same time. If the data directory is of an earlier version, it is brought to
/// this version first, as a start of the server does. The exit code is 0 if nothing is damaged, and 3 otherwise.
#[derive(Args, Debug)]
pub(crate) struct Verify {
    /// Directory of the data.
    #[arg(long, env = "PEELIAN_DATA_DIR", value_name = "DIR", default_value = DEFAULT_DATA_DIR)]
    data_dir: PathBuf,
}

impl Verify {
    /// Verifies, and prints what is damaged.
    pub(super) fn run(self) -> Result<(), Box<dyn Error>> {
        let found = server::run(async {
            let store = SqliteStore::open(&self.data_dir).await?;
            let found = (store.verify().await, publication::verify(&store, &self.data_dir).await);
            store.close().await;
            Ok((found.0?, found.1?))
        })?;
        let (found, (releases, damaged)) = found;
        let mut out = std::io::stdout();
        if !found.damaged.is_empty() {
            let mut table = plain(&["Submission", "Dataset", "Period", "Damaged"]);
            found.damaged.iter().for_each(|damage| _ = table.add_row(row(damage)));
            writeln!(out, "{table}")?;
        }
        for fault in &found.structure {
            writeln!(out, "database: {fault}")?;
        }
        for fault in &damaged {
            writeln!(out, "{fault}")?;
        }
        writeln!(
            out,
            "{} submissions were checked, {} entries are damaged.",
            found.submissions,
            found.damaged.len()
        )?;
        if releases > 0 {
            writeln!(out, "{releases} releases were checked, {} of their files are damaged.", damaged.len())?;
        }
        if found.damaged.is_empty() && found.structure.is_empty() && damaged.is_empty() {
            return Ok(());
        }
        Err("the data directory is damaged: restore it from a backup. A server that runs on it gives no value that needs \
             damaged rows"
            .into())
    }
}

/// The line of a damaged entry.
fn row(damage: &Damage) -> [String; 4] {
    let parts = damage.parts.iter().map(|part| Part::name(*part)).collect::<Vec<_>>().join(", ");
    match &damage.entry {
        StoredEntry::Submission(envelope) => [
            resource_name::submission(&envelope.agency, &envelope.ulid),
            envelope.dataset.clone(),
            format!("{} to {}", envelope.first, envelope.last),
            parts,
        ],
        StoredEntry::Withdrawal(withdrawal) => {
            [format!("the withdrawal at position {}", withdrawal.position), String::new(), String::new(), parts]
        }
    }
}
