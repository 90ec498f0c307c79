//! From arrived content to a receipt: checked against what is held, planned, guarded, stored.

use std::sync::Arc;

use peelian::v1::SubmissionReceipt;
use peelian_core::intake::{Checked, Intake};
use peelian_core::reference::Reference;
use prost::Message as _;
use ulid::Ulid;

use super::content::Arrived;
use super::findings::Found;
use super::header::Header;
use crate::error::Error;
use crate::exchange::{Exchange, Turn, blocking};
use crate::ledger::{Conflict, Plan, Submitted, guard, keep};
use crate::service::convert;
use crate::store::{Envelope, NewSubmission, payload};

/// Takes in what has arrived.
///
/// # Errors
///
/// If the content is refused, a guard refuses it, or it cannot be stored. Then nothing has changed.
pub(super) async fn accept(
    exchange: Arc<Exchange>,
    header: Header,
    arrived: Arrived,
) -> Result<SubmissionReceipt, Error> {
    let turn = exchange.turn().await?;
    if !header.message.dry_run
        && let Some(receipt) = replayed(&exchange, &turn, &header, &arrived.sha256).await?
    {
        return Ok(receipt);
    }
    let accepted_micros = exchange.next_instant(&turn);
    let reference = exchange.core.reference.clone();
    let (turn, prepared) = blocking(move || {
        let mut turn = turn;
        let prepared = Preparation { header: &header, sha256: arrived.sha256, accepted_micros }
            .prepare(&mut turn, arrived.intake)
            .and_then(|prepared| prepared.encode(&header, &reference));
        (turn, prepared)
    })
    .await?;
    let Ready { submitted, plan, stored, receipt } = prepared?;
    if let Some(stored) = stored {
        exchange.commit(turn, submitted, plan, stored).await?;
        tracing::info!(
            submission = receipt.submission,
            received = receipt.received,
            rejected = receipt.rejected,
            position = receipt.ledger_position,
            "submission accepted"
        );
    }
    Ok(receipt)
}

/// The receipt of the same request, if it was accepted before.
async fn replayed(
    exchange: &Exchange,
    turn: &Turn,
    header: &Header,
    sha256: &[u8; 32],
) -> Result<Option<SubmissionReceipt>, Error> {
    let Some(before) = turn.request(&header.message.agency, &header.message.request_id) else { return Ok(None) };
    let reused = |differs| Error::RequestReused { submission: before.name.to_string(), differs };
    if before.envelope.content_sha256 != *sha256 {
        return Err(reused("content"));
    }
    let stored = exchange.store.submission(&before.envelope.agency, &before.envelope.ulid).await?;
    let stored = stored.ok_or_else(|| Error::Broken(format!("{} is not stored", before.name)))?;
    if stored.header != header.encoded() {
        return Err(reused("header"));
    }
    let receipt = SubmissionReceipt::decode(stored.receipt.as_slice())
        .map_err(|error| Error::Broken(format!("the receipt of {}: {error}", before.name)))?;
    Ok(Some(receipt))
}

/// What is known of a submission before its rows are checked.
struct Preparation<'h> {
    header: &'h Header,
    sha256: [u8; 32],
    accepted_micros: i64,
}

/// A submission that may be stored.
struct Prepared {
    submitted: Arc<Submitted>,
    plan: Plan,
    found: Found,
    receipt: SubmissionReceipt,
}

/// A submission encoded for the store; not for a dry run.
struct Ready {
    submitted: Arc<Submitted>,
    plan: Plan,
    stored: Option<NewSubmission>,
    receipt: SubmissionReceipt,
}

impl Preparation<'_> {
    fn prepare(&self, turn: &mut Turn, intake: Intake) -> Result<Prepared, Error> {
        let checked = intake.finish(&turn.fold.referenced(self.header.dataset))?;
        self.check_rows(&checked)?;
        let Checked { batch, received, rejected, findings, .. } = checked;
        let mut submitted = Submitted::new(self.envelope(turn.next_position()), Arc::new(batch));
        let mut plan = Plan::new(&mut turn.fold, &submitted);
        let conflicts = std::mem::take(&mut plan.conflicts);
        let rejected = rejected.saturating_add(count(conflicts.len()));
        if !conflicts.is_empty() {
            self.check_share(received, rejected, conflicts.len())?;
            let mut kept = vec![true; submitted.batch.rows()];
            conflicts.iter().for_each(|conflict: &Conflict| kept[conflict.row] = false);
            submitted = Submitted::new(submitted.envelope, Arc::new(keep(&submitted.batch, &kept)));
            plan = Plan::new(&mut turn.fold, &submitted);
        }
        guard::check(&turn.entries, &submitted, &plan, &self.header.expectation())?;
        submitted.envelope.rows = count(submitted.batch.rows());
        let numbers: Vec<u64> = (1..)
            .zip(0..)
            .filter(|(_, row)| !findings.is_rejected(*row))
            .map(|(n, _)| n)
            .take(usize::try_from(received).unwrap_or(usize::MAX))
            .collect();
        let found = Found::new(&findings, &conflicts, |row| numbers.get(row).copied().unwrap_or(0));
        let receipt = self.receipt(turn, &submitted, &plan, &found, (received, rejected));
        Ok(Prepared { submitted: Arc::new(submitted), plan, found, receipt })
    }

    /// A nil return has no rows, and only a nil return has none.
    fn check_rows(&self, checked: &Checked) -> Result<(), Error> {
        let nil = self.header.message.nil_return;
        match checked.received {
            0 if !nil => Err(Error::invalid(
                "header.nil_return",
                "the submission has no rows: if nothing happened, say so with nil_return",
            )),
            1.. if nil => Err(Error::invalid("header.nil_return", "a nil return has no rows")),
            _ => Ok(()),
        }
    }

    fn check_share(&self, received: u64, rejected: u64, elsewhere: usize) -> Result<(), Error> {
        #[expect(clippy::cast_precision_loss, reason = "a share of at most millions of rows")]
        let percent = rejected as f64 * 100.0 / received as f64;
        if percent > self.header.dataset.reject_above_percent() {
            return Err(Error::TooManyConflicts { received, rejected, elsewhere });
        }
        Ok(())
    }

    fn envelope(&self, position: u64) -> Envelope {
        let message = &self.header.message;
        Envelope {
            position,
            accepted_micros: self.accepted_micros,
            ulid: Ulid::generate().to_string(),
            agency: message.agency.clone(),
            dataset: message.dataset.clone(),
            collection: message.collection.clone(),
            mode: self.header.mode,
            first: self.header.first,
            last: self.header.last,
            extract_micros: self.header.extract_micros,
            request_id: message.request_id.clone(),
            content_sha256: self.sha256,
            synthetic: message.synthetic,
            rows: 0,
        }
    }

    fn receipt(
        &self,
        turn: &Turn,
        submitted: &Submitted,
        plan: &Plan,
        found: &Found,
        (received, rejected): (u64, u64),
    ) -> SubmissionReceipt {
        let dry_run = self.header.message.dry_run;
        let position = submitted.envelope.position;
        let superseded = guard::in_force(&turn.entries, submitted).map(|before| before.name.to_string());
        SubmissionReceipt {
            submission: if dry_run { String::new() } else { submitted.name.to_string() },
            received,
            created: plan.counts.created,
            updated: plan.counts.updated,
            unchanged: plan.counts.unchanged,
            rejected,
            deleted_by_replacement: plan.counts.deleted_by_replacement,
            findings: Some(found.counts),
            first_findings: found.first(),
            content_sha256: convert::hex(&self.sha256),
            ledger_position: if dry_run { position - 1 } else { position },
            accepted_at: (!dry_run).then(|| convert::timestamp(self.accepted_micros)),
            dry_run,
            superseded: superseded.unwrap_or_default(),
        }
    }
}

impl Prepared {
    fn encode(self, header: &Header, reference: &Reference) -> Result<Ready, Error> {
        let Self { submitted, plan, found, receipt } = self;
        let stored = if header.message.dry_run {
            None
        } else {
            Some(NewSubmission {
                envelope: submitted.envelope.clone(),
                header: header.encoded(),
                receipt: receipt.encode_to_vec(),
                payload: payload::encode(&submitted.batch, reference)?,
                findings: found.blocks(),
            })
        };
        Ok(Ready { submitted, plan, stored, receipt })
    }
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
