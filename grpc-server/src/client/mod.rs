//! The command line's side of the door: it speaks to a server over gRPC like any partner.

pub(crate) mod table;

use peelian::client::{ClientError, Connection};

/// Where a command finds its server.
#[derive(Debug, clap::Args)]
pub(crate) struct Target {
    /// Address of the server.
    #[arg(long, env = "PEELIAN_SERVER", value_name = "HOST:PORT", default_value = "127.0.0.1:50829")]
    server: String,
}

impl Target {
    /// Connects.
    pub(crate) async fn connect(&self) -> Result<Connection, ClientError> {
        Connection::open(&self.server).await
    }
}
