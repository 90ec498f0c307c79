//! Why a store fails.

/// Why a store fails.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// Another server uses the data directory.
    #[error("the data directory {0} is in use by another server: stop that server, or choose another directory")]
    InUse(String),
    /// The data directory cannot be used.
    #[error("the data directory {path}: {source}")]
    Directory {
        /// The directory.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The tables cannot be migrated to this version.
    #[error("the tables of the data directory: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// The disk is full.
    #[error("the disk is full: {0}")]
    Full(sqlx::Error),
    /// The server does not write to the files that have the names of its database.
    #[error(
        "{0} was moved, deleted or replaced while the server runs: put back the file that was there, or stop the server \
         and restore the data directory from a backup"
    )]
    Moved(String),
    /// The stored data are not as they were written.
    #[error("the stored data are damaged: {0}")]
    Damaged(String),
    /// The database fails.
    #[error("the database: {0}")]
    Database(sqlx::Error),
}

/// Result code of SQLite for a full disk: <https://www.sqlite.org/rescode.html#full>.
const SQLITE_FULL: &str = "13";

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let full = matches!(&error, sqlx::Error::Database(inner) if inner.code().as_deref() == Some(SQLITE_FULL));
        if full { Self::Full(error) } else { Self::Database(error) }
    }
}
