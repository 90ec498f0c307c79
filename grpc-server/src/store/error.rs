//! Why a store fails.

/// Why a store fails.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// The directory has no store.
    #[error(
        "{0} has no exchange: state the directory of the exchange that you mean, restore it from a backup if it was here, or \
         make a new one with `peelian-server init --data-dir {0}`"
    )]
    NotInitialised(String),
    /// The directory has a store already.
    #[error(
        "{0} has an exchange already: serve it with `peelian-server serve --data-dir {0}`, or choose another directory"
    )]
    Initialised(String),
    /// The directory has what is left of an exchange.
    #[error(
        "{directory} has {what} of an exchange, and not its ledger: restore ledger.sqlite3 from a backup, or choose another \
         directory for a new exchange"
    )]
    Remains {
        /// The directory.
        directory: String,
        /// What is there.
        what: String,
    },
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

/// Result codes of SQLite: <https://www.sqlite.org/rescode.html>.
const SQLITE_CORRUPT: i32 = 11;
const SQLITE_FULL: i32 = 13;
const SQLITE_NOTADB: i32 = 26;
/// The bits of an extended result code that are the primary one.
const PRIMARY: i32 = 0xff;

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let code = match &error {
            sqlx::Error::Database(inner) => inner.code().and_then(|code| code.parse::<i32>().ok()),
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => Some(SQLITE_CORRUPT),
            _ => None,
        };
        match code.map(|code| code & PRIMARY) {
            Some(SQLITE_FULL) => Self::Full(error),
            Some(SQLITE_CORRUPT | SQLITE_NOTADB) => Self::Damaged(error.to_string()),
            _ => Self::Database(error),
        }
    }
}
