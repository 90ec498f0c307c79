//! Accepts a submission whose content was received: checks it against the rows held, plans it, applies the guards,
//! stores it and makes its receipt.

use std::collections::BTreeSet;
use std::sync::Arc;

use peelian::hex::hex;
use peelian::v1::SubmissionReceipt;
use peelian_core::Core;
use peelian_core::intake::{Checked, Intake, Mode};
use peelian_core::reference::Reference;
use peelian_core::submission::{FigureCheck, HeldFigures, PastCheck, RemitCheck, check_agency};
use prost::Message as _;
use ulid::Ulid;

use super::content::Content;
use super::findings::{LedgerFindings, SubmissionFindings};
use super::header::Header;
use crate::error::Error;
use crate::exchange::{Exchange, Turn};
use crate::ledger::{LedgerState, Plan, References, Submitted, chosen, guard, keep_previous, plan_submission};
use crate::service::instant;
use crate::store::{Envelope, LeftOutRows, NewSubmission, StoreError, payload};
use crate::task::{Awaited, blocking};

/// A mebibyte.
const MIB: usize = 1 << 20;

/// Accepts a submission.
///
/// # Errors
///
/// If the intake or a guard refuses it, if nobody waits for the receipt when its turn comes, or if it cannot be stored.
/// Then nothing has changed.
pub(super) async fn accept(
    exchange: Arc<Exchange>,
    header: Header,
    content: Content,
    awaited: Awaited,
) -> Result<SubmissionReceipt, Error> {
    let turn = exchange.turn().await?;
    if !awaited.holds() {
        return Err(Error::Abandoned);
    }
    if !header.message.dry_run
        && let Some(receipt) = earlier_receipt(&exchange, &turn, &header, &content.sha256).await?
    {
        return Ok(receipt);
    }
    let accepted_micros = exchange.next_instant(&turn)?;
    let (core, held_bytes) = (Arc::clone(&exchange.core), exchange.held_bytes);
    let (turn, prepared) = blocking(move || {
        let mut turn = turn;
        let prepared = Preparation { header: &header, sha256: content.sha256, accepted_micros, held_bytes }
            .prepare(&mut turn, content.intake, &core)
            .and_then(|prepared| prepared.encode(&header, &core.reference));
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

/// The receipt of the same request, if the request was accepted before.
async fn earlier_receipt(
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
    if before.damaged {
        // Its receipt would say that the rows are there.
        return Err(Error::Store(StoreError::Damaged(format!("the rows of {}", before.name))));
    }
    let stored = exchange.store.submission(&before.envelope.agency, &before.envelope.ulid).await?;
    let stored = stored.ok_or_else(|| Error::Defect(format!("{} is not stored", before.name)))?;
    if stored.header != header.encoded() {
        return Err(reused("header"));
    }
    if stored.withdrawal.is_some() {
        // Its receipt would say that the rows count.
        return Err(Error::WithdrawnSince(before.name.to_string()));
    }
    let receipt = SubmissionReceipt::decode(stored.receipt.as_slice())
        .map_err(|error| Error::Defect(format!("the receipt of {}: {error}", before.name)))?;
    Ok(Some(SubmissionReceipt { replayed: true, ..receipt }))
}

/// A submission before its rows are checked.
struct Preparation<'h> {
    header: &'h Header,
    sha256: [u8; 32],
    accepted_micros: i64,
    /// Most bytes that the rows in force may take.
    held_bytes: usize,
}

/// A submission that passed all checks.
struct Prepared {
    submitted: Submitted,
    plan: Plan,
    findings: SubmissionFindings,
    receipt: SubmissionReceipt,
}

/// A submission with its encoding for the store. A dry run has none.
struct Ready {
    submitted: Submitted,
    plan: Plan,
    stored: Option<NewSubmission>,
    receipt: SubmissionReceipt,
}

impl Preparation<'_> {
    fn prepare(&self, turn: &mut Turn, intake: Intake, core: &Core) -> Result<Prepared, Error> {
        let agency = check_agency(&core.reference.register, &self.header.message.agency, self.header.dataset)?;
        let (figures, remit) = (FigureCheck::new(core), RemitCheck::new(agency));
        let past = PastCheck::new(core, self.held_figures(&turn.state));
        let held = References::of(&mut turn.state, self.header.dataset);
        let checked = intake.finish_with(&held, &[&figures, &past, &remit])?;
        self.check_rows(&checked)?;
        let Checked { batch, received, rejected, findings, left_out, .. } = checked;
        let rows_left_out = left_out.as_ref().map(LeftOutRows::of);
        let envelope = self.envelope(turn.next_position());
        let submitted = Submitted::new(envelope, Arc::new(batch), rows_left_out, &core.reference);
        let mut submitted = keep_previous(&mut turn.state, submitted);
        let mut plan = plan_submission(&mut turn.state, &submitted);
        let conflicts = std::mem::take(&mut plan.conflicts);
        let rejected = rejected.saturating_add(count(conflicts.len()));
        if !conflicts.is_empty() {
            self.check_share(received, rejected, conflicts.len())?;
            let left_out: BTreeSet<usize> = conflicts.iter().map(|conflict| conflict.row).collect();
            let kept: Vec<usize> = (0..submitted.batch.rows()).filter(|row| !left_out.contains(row)).collect();
            let (envelope, batch) = (submitted.head.envelope.clone(), Arc::new(chosen(&submitted.batch, &kept)));
            submitted = Submitted::new(envelope, batch, submitted.left_out, &core.reference);
            plan = plan_submission(&mut turn.state, &submitted);
        }
        self.check_memory(&turn.state, &submitted, &plan)?;
        guard::check(&turn.standing, &submitted.head, &plan, &self.header.expectation())?;
        // The number of each row that is kept, among the rows as received.
        let numbers: Vec<u64> = (1..)
            .zip(0..)
            .filter(|(_, row)| !findings.is_rejected(*row))
            .map(|(n, _)| n)
            .take(usize::try_from(received).unwrap_or(usize::MAX))
            .collect();
        let number_left_out = |at: usize| left_out.as_ref()?.numbers.get(at).copied();
        let ledger = LedgerFindings {
            conflicts: &conflicts,
            keeping: plan.keeping.iter().filter_map(|(at, rows)| Some((number_left_out(*at)?, *rows))).collect(),
            elsewhere: turn.state.held_elsewhere(&submitted),
        };
        let number = |row: usize| numbers.get(row).copied().unwrap_or(0);
        let findings = SubmissionFindings::new(&findings, &ledger, number);
        let receipt = self.receipt(turn, &submitted, &plan, &findings, (received, rejected));
        Ok(Prepared { submitted, plan, findings, receipt })
    }

    /// The figures with which new figures are compared. A deletion has none.
    fn held_figures(&self, state: &LedgerState) -> HeldFigures {
        match self.header.mode {
            Mode::Delete => HeldFigures::default(),
            Mode::ReplacePeriod | Mode::Merge => {
                let message = &self.header.message;
                state.held_figures(&message.agency, &message.collection)
            }
        }
    }

    /// Refuses a nil return with rows, and any other submission without rows.
    fn check_rows(&self, checked: &Checked) -> Result<(), Error> {
        let nil = self.header.message.nil_return;
        match checked.received {
            0 if !nil => Err(Error::invalid(
                "header.nil_return",
                "the submission has no rows: if nothing happened in the period, say so with nil_return (--nil-return)",
            )),
            1.. if nil => Err(Error::invalid("header.nil_return", "a nil return has no rows")),
            _ => Ok(()),
        }
    }

    /// Refuses too large a share of rows with errors, as the intake does, once the conflicts are known.
    fn check_share(&self, received: u64, rejected: u64, elsewhere: usize) -> Result<(), Error> {
        #[expect(clippy::cast_precision_loss, reason = "a share of at most millions of rows")]
        let percent = rejected as f64 * 100.0 / received as f64;
        if percent > self.header.dataset.reject_above_percent() {
            return Err(Error::TooManyConflicts { received, rejected, elsewhere });
        }
        Ok(())
    }

    /// Refuses rows for which there is no room in memory.
    fn check_memory(&self, state: &LedgerState, submitted: &Submitted, plan: &Plan) -> Result<(), Error> {
        let most = self.held_bytes;
        match state.bytes_after(submitted, plan) {
            Some(bytes) if bytes > most => Err(Error::Limit {
                reason: "TOO_MANY_ROWS_HELD",
                message: format!(
                    "with these rows, the rows in force would take {} MiB of memory, and the exchange has {} MiB for them; \
                     nothing was stored: withdraw what is no longer needed, or ask the operator of the exchange to raise \
                     memory or max_held_bytes",
                    bytes.div_ceil(MIB),
                    most / MIB
                ),
            }),
            _ => Ok(()),
        }
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
            left_out: false,
        }
    }

    fn receipt(
        &self,
        turn: &Turn,
        submitted: &Submitted,
        plan: &Plan,
        findings: &SubmissionFindings,
        (received, rejected): (u64, u64),
    ) -> SubmissionReceipt {
        let dry_run = self.header.message.dry_run;
        let position = submitted.head.position();
        let superseded = turn.standing.in_force(&submitted.head).map(|before| before.name.to_string());
        SubmissionReceipt {
            submission: if dry_run { String::new() } else { submitted.head.name.to_string() },
            received,
            created: plan.counts.created,
            updated: plan.counts.updated,
            unchanged: plan.counts.unchanged,
            rejected,
            deleted_by_replacement: plan.counts.deleted_by_replacement,
            findings: Some(findings.counts),
            first_findings: findings.first(),
            content_sha256: hex(&self.sha256),
            ledger_position: if dry_run { position - 1 } else { position },
            accepted_at: (!dry_run).then(|| instant::timestamp(self.accepted_micros)),
            dry_run,
            superseded: superseded.unwrap_or_default(),
            deleted: plan.counts.deleted,
            not_held: plan.counts.not_held,
            request_id: self.header.message.request_id.clone(),
            replayed: false,
        }
    }
}

impl Prepared {
    fn encode(self, header: &Header, reference: &Reference) -> Result<Ready, Error> {
        let Self { submitted, plan, findings, receipt } = self;
        let stored = if header.message.dry_run {
            None
        } else {
            Some(NewSubmission {
                envelope: submitted.head.envelope.clone(),
                header: header.encoded(),
                receipt: receipt.encode_to_vec(),
                payload: payload::encode(&submitted.batch, reference)?,
                left_out: match &submitted.left_out {
                    Some(rows) => payload::encode_left_out(rows, reference)?,
                    None => Vec::new(),
                },
                findings: findings.blocks(),
            })
        };
        Ok(Ready { submitted, plan, stored, receipt })
    }
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
