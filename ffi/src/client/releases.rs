//! Calls about releases.

use std::path::Path;

use peelian::client::release_folder::export_to;
use peelian::client::{self, release_name};

use super::Client;
use crate::error::{Error, Status};
use crate::guard::{attempt, make};
use crate::pointer::{In, Out, Text};
use crate::release::Releases;

/// Asks an exchange for the releases that the caller may see, the latest first. peelian_query_set_release() chooses one of them for
/// a query.
///
/// The statuses are as for peelian_client_query().
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_client_releases(
    client: In<'_, Client>,
    out: Out<'_, *mut Releases>,
    error: Out<'_, *mut Error>,
) -> Status {
    make(out, error, || {
        let client = client.get("client")?;
        Ok(Releases::new(&client.ask(async |connection| client::releases(connection).await)?))
    })
}

/// Asks an exchange for one release, by its identifier, "2017-03". The list has this release alone.
///
/// PEELIAN_STATUS_EXCHANGE if there is no such release, or the caller may not see it. Other statuses are as for
/// peelian_client_query().
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_client_release(
    client: In<'_, Client>,
    release: Text<'_>,
    out: Out<'_, *mut Releases>,
    error: Out<'_, *mut Error>,
) -> Status {
    make(out, error, || {
        let (client, name) = (client.get("client")?, release_name(release.get("release")?));
        Ok(Releases::new(&[client.ask(async |connection| client::get_release(connection, &name).await)?]))
    })
}

/// Writes the files of a release to a new folder: its observations as CSV, Parquet, Arrow and SDMX, a workbook, the definitions,
/// and a signed manifest with the hash of every file. Folders above it are made. peelian_release_verify() checks it.
///
/// Nothing is overwritten, and a folder that cannot be written whole is removed. `files` may be NULL. Otherwise it gets the number
/// of files. The call may take as long as a submission.
///
/// PEELIAN_STATUS_IO if the folder is there already or cannot be written; PEELIAN_STATUS_EXCHANGE if there is no such release, or
/// the caller may not see all of it. Other statuses are as for peelian_client_query().
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_client_export_release(
    client: In<'_, Client>,
    release: Text<'_>,
    folder: Text<'_>,
    files: Out<'_, usize>,
    error: Out<'_, *mut Error>,
) -> Status {
    attempt(error, || {
        let files = files.optional("files")?;
        let (client, name) = (client.get("client")?, release_name(release.get("release")?));
        let folder = Path::new(folder.get("folder")?);
        let written = client.ask(async |connection| export_to(connection, &name, folder).await)?;
        if let Some(files) = files {
            files.write(written.len());
        }
        Ok(())
    })
}
