//! `peelian-server serve`.

use std::error::Error;
use std::io::Write as _;

use clap::Args;

use crate::clock::{Clock as _, SystemClock};
use crate::config::{Config, Settings};
use crate::server::{Server, StopSignal};
use crate::store::{SqliteStore, Store as _};
use crate::{core_dumps, server, telemetry};

/// Serves the exchange until it is told to stop.
///
/// `peelian-server init` makes the exchange first. A directory without one is refused, so that a wrong or an empty
/// directory is noticed.
///
/// SIGTERM and Ctrl-C stop the server. Calls under way are finished first. When the server answers calls, it prints
/// its address to standard output as one line: "listening on HOST:PORT".
///
/// A setting comes from its flag, else from the environment, else from the configuration file, else it has its
/// default.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Serve {
    #[command(flatten)]
    settings: Settings,

    /// Say that the clock of this machine is right, although it is far from the last instant in the exchange.
    #[arg(long)]
    accept_clock_jump: bool,
}

const EXAMPLES: &str = "\
Examples:
  Make an exchange in ./peelian-data, once, and serve it on the default port:
    peelian-server init
    peelian-server serve

  Serve on a port that the system chooses, with the data in another directory:
    peelian-server serve --listen 127.0.0.1:0 --data-dir /var/lib/peelian

  The same with environment variables:
    PEELIAN_LISTEN=127.0.0.1:0 PEELIAN_DATA_DIR=/var/lib/peelian peelian-server serve

  The same with a file, peelian.toml, and --config peelian.toml:
    listen = \"127.0.0.1:0\"
    data_dir = \"/var/lib/peelian\"

  Serve other machines, with TLS and with agencies that are known by their certificates (docs/identity.md):
    peelian-server serve --listen 0.0.0.0:50829 --tls-certificate server.pem --tls-key server.key \\
      --client-ca authority.pem --exchange-name exchange.london

  List the services that the server offers:
    grpcurl -plaintext 127.0.0.1:50829 list";

impl Serve {
    /// Serves until a signal to stop arrives.
    pub(super) fn run(self) -> Result<(), Box<dyn Error>> {
        let config = Config::from_settings(self.settings)?;
        telemetry::start(&config.log)?;
        if config.allow_core_dumps {
            core_dumps::allow()?;
            tracing::warn!("core dumps are allowed: they hold keys and rows");
        }
        server::run(async {
            let mut stop = StopSignal::catch()?;
            if self.accept_clock_jump {
                let store = SqliteStore::open(&config.data_dir).await?;
                store.accept_clock(SystemClock.now_micros()).await?;
                store.close().await;
            }
            let server = tokio::select! {
                server = Server::start(config) => server?,
                () = stop.received() => return Ok(()),
            };
            let mut out = std::io::stdout();
            writeln!(out, "listening on {}", server.address())?;
            out.flush()?;
            stop.received().await;
            server.stop().await
        })
    }
}
