//! Receipts of submissions as text and as JSON.

use peelian::v1::SubmissionReceipt;
use serde_json::{Map, Value};

use crate::{json, table};

/// What became of the rows, in lines for people.
pub(crate) fn lines(title: &str, receipt: &SubmissionReceipt) -> Vec<String> {
    let what = if receipt.dry_run { "dry run, nothing written" } else { receipt.submission.as_str() };
    let deletes = receipt.deleted + receipt.not_held > 0;
    let parts = [
        (receipt.created, "created", !deletes),
        (receipt.updated, "updated", !deletes),
        (receipt.unchanged, "unchanged", !deletes),
        (receipt.deleted, "deleted", deletes),
        (receipt.not_held, "not held", deletes),
        (receipt.rejected, "rejected", true),
    ];
    let parts = parts.into_iter().filter(|(.., shown)| *shown);
    let sum = parts.map(|(rows, what, _)| format!("{} {what}", table::whole(rows))).collect::<Vec<_>>().join(" + ");
    let replaced = match receipt.deleted_by_replacement {
        0 => String::new(),
        rows => format!("; {} deleted by replacement", table::whole(rows)),
    };
    let mut lines =
        vec![format!("{title}: {what}"), format!("  {} received = {sum}{replaced}", table::whole(receipt.received))];
    if receipt.replayed {
        lines.push("  The exchange had received this submission before. This is the receipt of then.".to_owned());
    }
    if !receipt.superseded.is_empty() {
        lines.push(format!("  in place of {}", receipt.superseded));
    }
    lines.push(format!("  request {}", receipt.request_id));
    lines
}

/// The fields of a receipt, without its findings.
pub(crate) fn facts(receipt: &SubmissionReceipt) -> Result<Map<String, Value>, serde_json::Error> {
    let mut facts = match json::of("peelian.v1.SubmissionReceipt", receipt)? {
        Value::Object(facts) => facts,
        _ => Map::new(),
    };
    facts.remove("first_findings");
    facts.remove("findings");
    let counts = receipt.findings.unwrap_or_default();
    for (name, count) in [("errors", counts.errors), ("warnings", counts.warnings), ("infos", counts.infos)] {
        facts.insert(name.to_owned(), count.into());
    }
    Ok(facts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_tells_what_became_of_the_rows() {
        let stored = SubmissionReceipt {
            submission: "agencies/mps/submissions/1".to_owned(),
            received: 1_200,
            created: 1_199,
            rejected: 1,
            request_id: "a-b".to_owned(),
            ..SubmissionReceipt::default()
        };
        let told = lines("mps crime", &stored);
        assert_eq!(told[0], "mps crime: agencies/mps/submissions/1");
        assert_eq!(told[1], "  1,200 received = 1,199 created + 0 updated + 0 unchanged + 1 rejected");
        assert_eq!(told.last().map(String::as_str), Some("  request a-b"));
        let again = SubmissionReceipt { replayed: true, ..stored.clone() };
        assert!(lines("mps crime", &again)[2].contains("before"));
        let deletion = SubmissionReceipt { received: 3, created: 0, rejected: 0, deleted: 2, not_held: 1, ..stored };
        assert_eq!(lines("mps crime", &deletion)[1], "  3 received = 2 deleted + 1 not held + 0 rejected");
    }
}
