//! `peelian-server demo`.

use std::error::Error;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use peelian::client::Connection;
use peelian_commands::DEFAULT_ADDRESS;

use super::init::new_exchange;
use crate::config::{Config, Settings, address};
use crate::demo::{load, release, report};
use crate::server::{Server, StopSignal};
use crate::store::StoreError;
use crate::{server, telemetry};

/// Demonstrates the exchange with published figures and synthetic records.
///
/// It starts a server, submits the figures and the records to it, prints a report of its answers, and makes a release of
/// them. Then it continues to serve, and prints commands to try.
///
/// The figures are real: the Metropolitan Police Service recorded them, and the Mayor's Office for Policing and Crime
/// surveyed them. The records are SYNTHETIC, and every answer made from them says so. If the command is run again,
/// the same data count once.
#[derive(Args, Debug)]
pub(crate) struct Demo {
    /// Print the report and stop.
    #[arg(long)]
    once: bool,

    /// Directory of the demonstration's data, which is not the directory of `serve`.
    #[arg(long, value_name = "DIR", default_value = "peelian-demo")]
    data_dir: PathBuf,

    /// Address to listen on. With --once, any free port of this machine.
    #[arg(long, value_name = "HOST:PORT", value_parser = address)]
    listen: Option<SocketAddr>,

    /// Volume of the synthetic records, in thousandths of London's.
    #[arg(long, value_name = "THOUSANDTHS", default_value_t = 50)]
    scale: u32,

    /// What is logged to standard error: a level, or levels by module.
    #[arg(long, env = "PEELIAN_LOG", value_name = "FILTER", default_value = "warn")]
    log: String,
}

impl Demo {
    /// Runs the demonstration.
    pub(super) fn run(self) -> Result<(), Box<dyn Error>> {
        let any_port = self.once.then(|| SocketAddr::new(DEFAULT_ADDRESS.ip(), 0));
        let settings = Settings::of(self.listen.or(any_port), self.data_dir.clone(), self.log.clone());
        let config = Config::from_settings(settings)?;
        telemetry::start(&config.log)?;
        server::run(async {
            let mut out = std::io::stdout();
            // The demonstration is run again on the same data.
            match new_exchange(&config.data_dir).await {
                Ok(()) | Err(StoreError::Initialised(_)) => {}
                Err(error) => return Err(error.into()),
            }
            let server = Server::start(config).await?;
            let address = server.address().to_string();
            writeln!(
                out,
                "Peelian {} is serving on {address}; its data are in {}",
                env!("CARGO_PKG_VERSION"),
                self.data_dir.display()
            )?;
            // The server is in this process, and a whole London can take longer than a call usually may.
            let connection = Connection::open(&address).await?.with_timeout(Duration::ZERO);
            load::submit_all(&connection, &self.data_dir, self.scale, &mut out).await?;
            report::print(&connection, &mut out).await?;
            release::publish(&connection, &self.data_dir, &mut out).await?;
            if !self.once {
                writeln!(out, "{}", commands_to_try(&address))?;
                out.flush()?;
                StopSignal::catch()?.received().await;
            }
            server.stop().await
        })
    }
}

/// Commands to try in another terminal.
fn commands_to_try(address: &str) -> String {
    format!(
        "
The server runs on {address} until Ctrl-C. In another terminal, try:

  cargo run --release -- query --server {address} -m knife-crime-offences -a E09000028 -p latest:24
  cargo run --release -- explain --server {address} -m repeat-victim-share -p 2017-02
  cargo run --release -- query --server {address} -m repeat-victim-share -p 2017-02 -b sex --format csv"
    )
}
