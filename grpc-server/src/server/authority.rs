//! The policies and the audit log of a server, and their upkeep.

use std::error::Error as StdError;
use std::sync::Arc;
use std::time::Duration;

use peelian_core::Core;

use crate::audit::{self, AuditLog};
use crate::clock::{Clock as _, SystemClock, london_day};
use crate::config::Config;
use crate::exchange::Exchange;
use crate::policy::Policies;
use crate::service::Authority;
use crate::task::blocking;

/// Wait between two looks at the files of policies.
const POLICIES_READ_EVERY: Duration = Duration::from_secs(2);

/// The policies in force, checked. A fault stops the start.
pub(super) fn policies(config: &Config, core: &Arc<Core>) -> Result<Arc<Policies>, Box<dyn StdError>> {
    let today = london_day(SystemClock.now_micros());
    Ok(Arc::new(Policies::read(core, config.policies.as_deref(), today)?))
}

/// The audit log of an exchange.
pub(super) fn audit(config: &Config, exchange: &Exchange) -> Result<Arc<AuditLog>, Box<dyn StdError>> {
    let folder = config.data_dir.join(audit::FOLDER);
    let position = exchange.live().engine.snapshot().position;
    let opened = AuditLog::open(&folder, position, config.audited, Arc::new(SystemClock));
    if !config.audited {
        tracing::warn!("calls are not recorded: this is for measurements");
    }
    let told = |error| format!("the audit log in {} cannot be opened: {error}", folder.display());
    Ok(Arc::new(opened.map_err(told)?))
}

/// What decides over calls.
pub(super) fn authority(exchange: &Arc<Exchange>, policies: &Arc<Policies>, audit: &Arc<AuditLog>) -> Arc<Authority> {
    Arc::new(Authority::new(Arc::clone(exchange), Arc::clone(policies), Arc::clone(audit)))
}

/// Reads the policies again when their files change. Never returns.
pub(super) async fn keep_policies(policies: Arc<Policies>) {
    let mut fault = None;
    loop {
        tokio::time::sleep(POLICIES_READ_EVERY).await;
        let read = Arc::clone(&policies);
        let Ok(read) = blocking(move || read.read_again()).await else { continue };
        match read {
            Ok(true) => tracing::info!("the policies have changed and are in force"),
            Ok(false) => {}
            Err(found) => {
                let found = found.to_string();
                if fault.as_ref() != Some(&found) {
                    tracing::error!(fault = found, "the policies have a fault, and the former ones stay in force");
                }
                fault = Some(found);
                continue;
            }
        }
        fault = None;
    }
}
