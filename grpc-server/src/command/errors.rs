//! `peelian-server errors`.

use std::error::Error;
use std::fmt::{self, Write as _};
use std::io::Write as _;

use clap::Args;
use peelian_core::contract::Contract;
use peelian_core::intake::REGISTRY;
use peelian_core::sources::SourceFindingCode;
use peelian_core::wire::severity_text;

use crate::error::REASONS;
use crate::service::CONFLICTS;

/// Prints every reason of a refusal and every code of a finding.
///
/// The output is Markdown. docs/errors.md has it.
#[derive(Args, Debug)]
#[command(after_long_help = "Example:\n  peelian-server errors > docs/errors.md")]
pub(crate) struct PrintErrors {}

const HEAD: &str = "\
# Reasons and codes

`peelian-server errors` prints this page from the program's own lists.

## Reasons of refusals

A call that is refused has a status of gRPC. Its details have a `google.rpc.ErrorInfo` with the domain `peelian` and one of these \
reasons, so that a program need not read the message. A reason keeps its meaning in every version.

| reason | code | meaning |
|---|---|---|
";

const FINDINGS_HEAD: &str = "
## Codes of findings

A finding in rows has a code, which keeps its meaning in every version and is never used for something else. The first digit says \
what it is about: 1 how the file is written, 2 who may submit, 3 what fits together, 4 the time, 5 values, 6 other rows, 7 persons. \
A row with an ERROR is left out; a submission with an ERROR of the scope BATCH is refused.

| code | severity | scope | rule | what to do |
|---|---|---|---|---|
";

const RULES_HEAD: &str = "
## Rules of datasets

The contract states them (`peelian.annotations.v1.Rule`).

| code | severity | dataset | what is wrong, and what to do |
|---|---|---|---|
";

const SOURCES_HEAD: &str = "
## Findings about files of publishers

`convert` and `submit --from-publisher` tell them. They refuse nothing.

| code | what it is about |
|---|---|
";

impl PrintErrors {
    /// Prints them.
    #[expect(clippy::unused_self, reason = "every command runs on its arguments")]
    pub(super) fn run(self) -> Result<(), Box<dyn Error>> {
        std::io::stdout().write_all(page()?.as_bytes())?;
        Ok(())
    }
}

/// The page.
fn page() -> Result<String, fmt::Error> {
    let mut page = HEAD.to_owned();
    for reason in REASONS {
        writeln!(page, "| `{}` | {} | {} |", reason.name, reason.code, reason.meaning)?;
    }
    page.push_str(FINDINGS_HEAD);
    let known = REGISTRY.iter().map(|known| {
        let scope = format!("{:?}", known.scope).to_uppercase();
        [known.code, severity_text(known.severity), &scope, known.rule, known.advice].map(str::to_owned)
    });
    let of_ledger =
        CONFLICTS.iter().map(|(code, rule, advice)| [code, "ERROR", "ROW", rule, advice].map(str::to_owned));
    let mut findings: Vec<[String; 5]> = known.chain(of_ledger).collect();
    findings.sort();
    for [code, severity, scope, rule, advice] in findings {
        writeln!(page, "| {code} | {severity} | {scope} | {rule} | {advice} |")?;
    }
    page.push_str(RULES_HEAD);
    for dataset in Contract::get().datasets() {
        for rule in &dataset.options.rules {
            let severity = severity_text(rule.severity());
            writeln!(page, "| {} | {severity} | `{}` | {} |", rule.code, dataset.id, rule.message)?;
        }
    }
    page.push_str(SOURCES_HEAD);
    for code in SourceFindingCode::ALL {
        writeln!(page, "| {} | {} |", code.code(), code.about())?;
    }
    Ok(page)
}
