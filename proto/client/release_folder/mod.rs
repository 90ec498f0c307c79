//! The folder of a release: how a client writes it, and how anybody checks it without an exchange.

mod manifest;
mod verify;
mod write;

pub use manifest::{FORM, Input, Listed, MANIFEST, Manifest, Protection, SIGNATURE};
pub use verify::{Fault, Verified, VerifyError, verify};
pub use write::{FolderError, export_to};
