//! Findings about rows that were counted in partitions.

use peelian::v1::Finding;

use super::finding::severity as severity_name;
use crate::engine::partial::Tally;
use crate::intake::REGISTRY;

impl Tally {
    /// One finding for each code, about all rows: rows are not numbered across partitions.
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        let found = self.findings.iter().map(|(code, (severity, total))| {
            let known = REGISTRY.iter().find(|known| known.code == code);
            Finding {
                code: code.clone(),
                severity: severity_name(*severity).to_owned(),
                scope: "BATCH".to_owned(),
                rule: known.map_or("A rule of the contract.", |known| known.rule).to_owned(),
                message: format!("Found {total} times in all partitions: check a part of the rows to see which."),
                ..Finding::default()
            }
        });
        found.collect()
    }
}
