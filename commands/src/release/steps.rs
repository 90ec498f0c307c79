//! `release approve`, `publish`, `discard` and `restore`: the steps in the life of a release.

use clap::Args;
use peelian::client::{approve_release, discard_release, publish_release, release_name, restore_release};
use peelian::v1::{ApproveReleaseRequest, DiscardReleaseRequest, RestoreReleaseRequest};

use super::shown::{self, Output};
use crate::{Failure, ServerArgument};

/// Approves a draft that another person made.
///
/// It is refused if a count cannot be protected, if the release was made with the same credentials, or if another release was
/// published since: `release review` says so before.
#[derive(Args, Debug)]
pub struct Approve {
    /// Identifier of the release.
    #[arg(value_name = "ID")]
    id: String,

    /// Instant before which it cannot be published, for example 2017-04-20T08:30:00Z.
    #[arg(long, value_name = "INSTANT")]
    embargo: Option<jiff::Timestamp>,

    #[command(flatten)]
    output: Output,

    #[command(flatten)]
    server: ServerArgument,
}

impl Approve {
    /// Approves the release, and prints what it is now.
    pub(super) async fn run(self) -> Result<(), Failure> {
        let embargo_until =
            self.embargo.map(|at| prost_types::Timestamp { seconds: at.as_second(), nanos: at.subsec_nanosecond() });
        let request = ApproveReleaseRequest { name: release_name(&self.id), embargo_until };
        let connection = self.server.connect().await?;
        shown::print(&approve_release(&connection, request).await?, self.output)
    }
}

/// Publishes an approved release. It takes the place of the one that it supersedes.
#[derive(Args, Debug)]
pub struct Publish {
    /// Identifier of the release.
    #[arg(value_name = "ID")]
    id: String,

    #[command(flatten)]
    output: Output,

    #[command(flatten)]
    server: ServerArgument,
}

impl Publish {
    /// Publishes the release, and prints what it is now.
    pub(super) async fn run(self) -> Result<(), Failure> {
        let connection = self.server.connect().await?;
        shown::print(&publish_release(&connection, &release_name(&self.id)).await?, self.output)
    }
}

/// Discards a release that was not published. Its content is deleted, and its history is kept.
#[derive(Args, Debug)]
pub struct Discard {
    /// Identifier of the release.
    #[arg(value_name = "ID")]
    id: String,

    /// Why.
    #[arg(long, value_name = "TEXT")]
    reason: String,

    #[command(flatten)]
    output: Output,

    #[command(flatten)]
    server: ServerArgument,
}

impl Discard {
    /// Discards the release, and prints what it is now.
    pub(super) async fn run(self) -> Result<(), Failure> {
        let request = DiscardReleaseRequest { name: release_name(&self.id), reason: self.reason };
        let connection = self.server.connect().await?;
        shown::print(&discard_release(&connection, request).await?, self.output)
    }
}

/// Puts a superseded release into the place of the one that superseded it.
#[derive(Args, Debug)]
pub struct Restore {
    /// Identifier of the superseded release.
    #[arg(value_name = "ID")]
    id: String,

    /// Why. Readers see it.
    #[arg(long, value_name = "TEXT")]
    reason: String,

    #[command(flatten)]
    output: Output,

    #[command(flatten)]
    server: ServerArgument,
}

impl Restore {
    /// Restores the release, and prints what it is now.
    pub(super) async fn run(self) -> Result<(), Failure> {
        let request = RestoreReleaseRequest { name: release_name(&self.id), reason: self.reason };
        let connection = self.server.connect().await?;
        shown::print(&restore_release(&connection, request).await?, self.output)
    }
}
