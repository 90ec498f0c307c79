//! `peelian-server release verify`.

use std::error::Error;
use std::fs;
use std::path::PathBuf;

use clap::Args;

use crate::export::{VerifyError, verify};

/// Checks that the folder of a release is as it was published.
///
/// It needs no server and no network. The exit code is 0 if every file is there, none was added or changed, and the signature
/// holds; otherwise it is 1, and each difference is printed.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Verify {
    /// Folder of the release.
    #[arg(value_name = "DIR")]
    folder: PathBuf,

    /// File with the public key of the publisher, from another place than the folder. Without it, the key that the manifest
    /// names is used and printed.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  Check a release with the key that its publisher has made known:
    peelian-server release verify 2017-q2 --key release-signing.key.pub";

impl Verify {
    /// Runs the command.
    pub(super) fn run(self) -> Result<(), Box<dyn Error>> {
        let key = match &self.key {
            Some(path) => {
                let read = fs::read_to_string(path);
                Some(read.map_err(|error| format!("the key {} cannot be read: {error}", path.display()))?)
            }
            None => None,
        };
        let checked = match verify(&self.folder, key.as_deref()) {
            Ok(checked) => checked,
            Err(VerifyError::Edited(faults)) => {
                for fault in &faults {
                    println!("{fault}");
                }
                return Err(format!("the release is not as it was published: {} differences", faults.len()).into());
            }
            Err(error) => return Err(error.into()),
        };
        let whose = if key.is_some() {
            "It is signed with the key that was given"
        } else {
            "Compare the key with the one that the publisher has made known. It is signed with"
        };
        println!(
            "Release {} is as it was published: {} files. {whose}: {}",
            checked.release, checked.files, checked.public_key
        );
        Ok(())
    }
}
