//! `release verify`.

use std::fs;
use std::path::PathBuf;

use clap::Args;
use peelian::client::release_folder::{Fault, VerifyError, verify};
use serde_json::{Value, json};

use super::shown::Output;
use crate::{Failure, json};

/// Checks that the folder of a release is as it was published.
///
/// It needs no server and no network. The exit code is 0 if every file is there, none was added or changed, and the signature
/// holds; otherwise it is 3, and each difference is printed.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub struct Verify {
    /// Folder of the release.
    #[arg(value_name = "DIR")]
    folder: PathBuf,

    /// File with the public key of the publisher, from another place than the folder. Without it, the key that the manifest
    /// names is used and printed.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,

    #[command(flatten)]
    output: Output,
}

const EXAMPLES: &str = "\
Examples:
  Check a release with the key that its publisher has made known:
    PROGRAM release verify 2017-q2 --key release-signing.key.pub";

impl Verify {
    /// Checks the folder, and prints what it is or what differs.
    pub(super) fn run(self) -> Result<(), Failure> {
        let key = match &self.key {
            Some(path) => {
                let unreadable =
                    |error| Failure::Refused(format!("the key {} cannot be read: {error}", path.display()));
                Some(fs::read_to_string(path).map_err(unreadable)?)
            }
            None => None,
        };
        let checked = match verify(&self.folder, key.as_deref()) {
            Ok(checked) => checked,
            Err(VerifyError::Edited(faults)) => {
                self.print_faults(&faults)?;
                let told = format!("the release is not as it was made: {} differences", faults.len());
                return Err(Failure::Refused(told));
            }
            Err(error) => return Err(error.into()),
        };
        if self.output.json {
            let told = json!({
                "release": checked.release, "files": checked.files, "public_key": checked.public_key, "differences": [],
            });
            return Ok(json::print(&told)?);
        }
        let whose = if key.is_some() {
            "It is signed with the key that was given"
        } else {
            "Compare the key with the one that the publisher has made known. It is signed with"
        };
        println!(
            "Release {} is as it was made: {} files. {whose}: {}. Whether it is published, and who approved it, tells \
             `release show`.",
            checked.release, checked.files, checked.public_key
        );
        Ok(())
    }

    fn print_faults(&self, faults: &[Fault]) -> Result<(), Failure> {
        if self.output.json {
            let faults: Vec<Value> = faults.iter().map(|fault| fault.to_string().into()).collect();
            return Ok(json::print(&json!({ "differences": faults }))?);
        }
        for fault in faults {
            println!("{fault}");
        }
        Ok(())
    }
}
