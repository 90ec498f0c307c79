//! `metadata.html`: what `metadata.json` has, for people.

use peelian_core::measure::Definition;
use peelian_core::release::RevisionSize;

use super::{Cell, facts, index, link, list, page, table};
use crate::export::describe::Documented;
use crate::export::markup::{element, text};
use crate::export::notation::SHORTHAND;
use crate::export::summary::Quality;
use crate::export::{Described, VERSION};

/// Name of the file.
pub(in crate::export) const NAME: &str = "metadata.html";

/// The place of a measure in the page.
pub(super) fn place(definition: &Definition) -> String {
    format!("{NAME}#{}", definition.id)
}

/// The page.
pub(in crate::export) fn metadata(described: &Described<'_>, measures: &[Documented<'_>]) -> Vec<u8> {
    let title = format!("{}: definitions, methods and quality", described.title);
    let mut about = index::about(described);
    about.push(("Computed by", format!("Peelian {VERSION}")));
    let contents: String =
        measures.iter().map(|one| element("li", &[], &link(&place(one.definition), &one.definition.title))).collect();
    let shorthand: Vec<Vec<Cell>> = SHORTHAND
        .iter()
        .map(|(mark, meaning)| vec![Cell::Text((*mark).to_owned()), Cell::Text((*meaning).to_owned())])
        .collect();
    let sections: String = measures.iter().map(section).collect();
    let body = [
        text("h1", &title),
        element("p", &[], &link(index::NAME, "Back to the release")),
        facts(&about),
        table("Shorthand", &["Mark", "Meaning"], &shorthand),
        text("h2", "Measures"),
        element("ul", &[], &contents),
        sections,
    ];
    page(&title, &body.join("\n"))
}

fn section(measure: &Documented<'_>) -> String {
    let definition = measure.definition;
    let parts = [
        element("h2", &[("id", &definition.id)], &crate::export::markup::escaped(&definition.title)),
        text("p", &definition.question),
        facts(&reading(measure)),
        text("h3", "Definition"),
        populations(measure),
        facts(&methods(measure)),
        with_head("Sources of the definition", list(measure.answered.sources.iter().map(String::as_str))),
        with_head("Caveats", list(definition.caveats.iter().map(|caveat| &**caveat))),
        with_head("Read with", list(definition.companions.iter().map(String::as_str))),
        text("h3", "Quality"),
        facts(&quality(&measure.quality)),
        revisions(measure),
        with_head("Breaks of the series", list(measure.quality.breaks.iter().copied())),
        with_head("Caveats of single values", list(measure.quality.caveats.iter().copied())),
    ];
    parts.join("\n")
}

/// A part of a section; nothing if it is empty.
fn with_head(head: &str, inner: String) -> String {
    if inner.is_empty() { inner } else { format!("{}{inner}", text("h3", head)) }
}

/// How to read a value.
fn reading(measure: &Documented<'_>) -> Vec<(&'static str, String)> {
    let answered = &measure.answered;
    let reports = if answered.reporting_increase_wanted { "A rise in reports is wanted." } else { "" };
    vec![
        ("Measure", measure.definition.id.to_string()),
        ("Version of the definition", answered.version.to_string()),
        ("Theme", measure.definition.theme.clone()),
        ("In the plan", answered.plan_reference.clone()),
        ("Unit", answered.unit.clone()),
        ("Kind of value", words(measure.definition.value_kind.id())),
        ("Direction", words(&measure.polarity())),
        ("Reports", reports.to_owned()),
        ("Area", words(&answered.geo_basis)),
        ("Rate", words(&answered.rate_basis)),
        ("Disclosure class", answered.disclosure.clone()),
        ("Authority", answered.authority.iter().map(|kind| words(kind)).collect::<Vec<_>>().join(", ")),
    ]
}

/// A name of the contract in words.
fn words(name: &str) -> String {
    name.replace('_', " ")
}

fn populations(measure: &Documented<'_>) -> String {
    let row = |(name, expression): (String, String)| {
        vec![Cell::Text(words(&name)), Cell::Markup(text("code", &expression))]
    };
    let rows: Vec<_> = measure.populations().into_iter().map(row).collect();
    if rows.is_empty() { String::new() } else { table("Populations", &["Population", "Rows"], &rows) }
}

/// How large the revisions of the totals are; empty if no earlier release published any.
fn revisions(measure: &Documented<'_>) -> String {
    let row = |size: &&RevisionSize| {
        let relative = size.relative.map_or(String::new(), |share| format!("{:.2}%", share * 100.0));
        let numbers = [
            size.compared.to_string(),
            size.revised.to_string(),
            size.corrected.to_string(),
            format!("{:.4}", size.mean),
            format!("{:.4}", size.mean_absolute),
            relative,
        ];
        let texts = [words(size.level.id()), size.period_kind.code().to_owned(), words(size.basis.id())];
        texts.into_iter().map(Cell::Text).chain(numbers.into_iter().map(Cell::Number)).collect()
    };
    let rows: Vec<_> = measure.revisions.iter().map(row).collect();
    let heads =
        ["Areas", "Periods", "Basis", "Compared", "Revised", "Corrected", "Mean", "Mean without sign", "Relative"];
    if rows.is_empty() {
        String::new()
    } else {
        table("Revisions of totals that were published before", &heads, &rows)
    }
}

fn methods(measure: &Documented<'_>) -> Vec<(&'static str, String)> {
    let (answered, formula) = (&measure.answered, measure.formula());
    vec![
        ("Rows", answered.dataset.clone()),
        ("Placed in a period by", answered.date_field.clone()),
        ("Placed in an area by", answered.area_field.clone()),
        ("Formula", formula.value.to_owned()),
        ("Symbols", formula.symbols.to_owned()),
        ("Interval", measure.definition.interval.formula().to_owned()),
        ("Source of the interval", measure.citations().join("; ")),
    ]
}

fn quality(quality: &Quality<'_>) -> Vec<(&'static str, String)> {
    let other = quality.without_value.iter().map(|(reason, number)| format!("{}: {number}", words(reason)));
    let days = quality.first_day.as_ref().zip(quality.last_day.as_ref());
    vec![
        ("Observations", quality.observations.to_string()),
        ("With a value", quality.with_value.to_string()),
        ("Withheld", quality.withheld.to_string()),
        ("Without a value for another reason", other.collect::<Vec<_>>().join("; ")),
        (
            "With every report that was expected",
            format!("{} of {}", quality.with_all_reports, quality.with_expected_reports),
        ),
        ("Provisional", quality.provisional.to_string()),
        ("Revised", quality.revised.to_string()),
        ("From synthetic data", quality.synthetic.to_string()),
        ("Days", days.map(|(first, last)| format!("{first} to {last}")).unwrap_or_default()),
        ("Sources", quality.sources.iter().copied().collect::<Vec<_>>().join("; ")),
    ]
}
