//! `peelian-server keys`.

use std::error::Error;
use std::io::Write as _;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::clock::{Clock as _, SystemClock};
use crate::identity::{Authority, Pair, Role, Validity, is_exchange_name};
use crate::resource_name;

/// Makes certificates for tests: an authority, a server and agencies.
///
/// They are for tests. An operator uses their own authority, whose key is not on a machine of the exchange:
/// docs/identity.md says what its certificates must have. Files have the rights 0600, and none is overwritten.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Keys {
    #[command(subcommand)]
    command: KeysCommand,
}

const EXAMPLES: &str = "\
Example:
  peelian-server keys init --exchange-name exchange.test
  peelian-server keys server --name localhost --name 127.0.0.1
  peelian-server keys agency mps
  peelian-server serve --tls-certificate peelian-keys/server.pem --tls-key peelian-keys/server.key \\
    --client-ca peelian-keys/authority.pem --exchange-name exchange.test
  peelian-server query --server https://127.0.0.1:50829 --ca peelian-keys/authority.pem \\
    --certificate peelian-keys/mps.pem --key peelian-keys/mps.key -m knife-crime-offences";

#[derive(Debug, Subcommand)]
enum KeysCommand {
    /// Makes a test authority: authority.pem and authority.key.
    Init {
        /// Name of the exchange: lower-case letters, digits, dots, hyphens and underscores.
        #[arg(long, value_name = "NAME")]
        exchange_name: String,
        #[command(flatten)]
        common: Common,
    },
    /// Makes the certificate of a server: server.pem and server.key.
    Server {
        /// Host name or address by which clients connect. Repeat the option for several.
        #[arg(long = "name", required = true, value_name = "HOST")]
        names: Vec<String>,
        #[command(flatten)]
        common: Common,
    },
    /// Makes the certificate of an agency: AGENCY.pem and AGENCY.key, or AGENCY-ROLE.pem and AGENCY-ROLE.key.
    Agency {
        /// Identifier of the agency, as in the register: "mps".
        agency: String,
        /// Role of the holder: submitter, analyst, statistician, approver or administrator. Without it, the holder is
        /// submitter and analyst.
        #[arg(long)]
        role: Option<Role>,
        #[command(flatten)]
        common: Common,
    },
}

#[derive(Args, Debug)]
struct Common {
    /// Directory of the files.
    #[arg(long, value_name = "DIR", default_value = "peelian-keys")]
    dir: PathBuf,
    /// Days for which the certificate holds.
    #[arg(long, value_name = "DAYS", default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..=825))]
    days: u16,
}

impl Common {
    fn validity(&self) -> Validity {
        Validity { now_micros: SystemClock.now_micros(), days: self.days }
    }
}

impl Keys {
    /// Makes the files, and prints their names.
    pub(super) fn run(self) -> Result<(), Box<dyn Error>> {
        let (made, what) = match self.command {
            KeysCommand::Init { exchange_name, common } => {
                if !is_exchange_name(&exchange_name) {
                    return Err(
                        "--exchange-name: write lower-case letters, digits, dots, hyphens and underscores".into()
                    );
                }
                let made = Authority::create(&common.dir, &exchange_name, common.validity())?;
                (made, format!("the test authority of {exchange_name}"))
            }
            KeysCommand::Server { names, common } => {
                let made = Authority::open(&common.dir)?.server(&names, common.validity())?;
                (made, format!("a server at {}", names.join(", ")))
            }
            KeysCommand::Agency { agency, role, common } => {
                if !resource_name::is_id(&agency) {
                    return Err("state the agency's identifier, such as mps".into());
                }
                let authority = Authority::open(&common.dir)?;
                let made = authority.agency(&agency, role, common.validity())?;
                let role = role.map(|role| format!(" as {role}")).unwrap_or_default();
                (made, format!("{agency}{role} at {}", authority.exchange()))
            }
        };
        print(&made, &what)
    }
}

fn print(Pair { certificate, key }: &Pair, what: &str) -> Result<(), Box<dyn Error>> {
    writeln!(
        std::io::stdout(),
        "{} and {} are for {what}. They are for tests: for real data, use certificates of your own authority \
         (docs/identity.md).",
        certificate.display(),
        key.display()
    )?;
    Ok(())
}
