//! `metadata.json`: the release, and of each measure its definition and its quality.

use peelian::v1;
use peelian_core::design::Formula;
use peelian_core::measure::Definition;
use peelian_core::release::RevisionSize;
use peelian_core::stats::Method;
use peelian_core::wire;
use serde_json::{Value, json};

use super::error::ExportError;
use super::notation::SHORTHAND;
use super::summary::{Measured, Quality};
use super::{Described, VERSION};

/// Name of the file.
pub(super) const NAME: &str = "metadata.json";

/// A measure of the release: its definition as the catalogue answers it, and its quality.
pub(super) struct Documented<'r> {
    /// The definition.
    pub(super) definition: &'r Definition,
    /// The definition as the catalogue answers it.
    pub(super) answered: v1::Measure,
    /// The quality.
    pub(super) quality: Quality<'r>,
    /// How large the revisions of its totals are.
    pub(super) revisions: Vec<&'r RevisionSize>,
}

impl<'r> Documented<'r> {
    pub(super) fn of(measured: &Measured<'r>, revisions: &'r [RevisionSize]) -> Self {
        let definition = measured.definition;
        let revisions = revisions.iter().filter(|size| size.measure == definition.id).collect();
        Self { definition, answered: wire::measure(definition), quality: measured.quality(), revisions }
    }

    /// The direction that is better.
    pub(super) fn polarity(&self) -> String {
        let name = self.answered.polarity().as_str_name();
        name.trim_start_matches("POLARITY_").to_lowercase()
    }

    /// The populations that the definition states, in its order.
    pub(super) fn populations(&self) -> Vec<(String, String)> {
        let is_stated = |(name, expression): &(String, String)| match expression.as_str() {
            "true" => name == "initial_population",
            "false" | "!(true)" => false,
            _ => true,
        };
        let selections = self.definition.design.selections().into_iter();
        selections.map(|one| (one.name, one.expression)).filter(is_stated).collect()
    }

    /// How the value is computed.
    pub(super) fn formula(&self) -> Formula {
        self.definition.design.formula()
    }

    /// The publications of the methods of the interval.
    pub(super) fn citations(&self) -> Vec<&'static str> {
        self.definition.interval.methods().iter().map(|method: &Method| method.citation()).collect()
    }
}

/// The file.
pub(super) fn metadata(described: &Described<'_>, measures: &[Documented<'_>]) -> Result<Vec<u8>, ExportError> {
    let shorthand: Vec<Value> =
        SHORTHAND.iter().map(|(mark, meaning)| json!({ "mark": mark, "meaning": meaning })).collect();
    let all = json!({
        "release": release(described),
        "shorthand": shorthand,
        "measures": measures.iter().map(measure).collect::<Vec<_>>(),
    });
    let mut bytes = serde_json::to_vec_pretty(&all).map_err(|error| ExportError::refused(NAME)(&error))?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// What is known of the release itself.
pub(super) fn release(described: &Described<'_>) -> Value {
    json!({
        "id": described.id,
        "title": described.title,
        "ledger_position": described.ledger_position,
        "profile": described.profile,
        "supersedes": described.supersedes,
        "reason": described.reason,
        "version": VERSION,
    })
}

fn measure(measure: &Documented<'_>) -> Value {
    let (answered, definition) = (&measure.answered, measure.definition);
    let formula = measure.formula();
    let populations = measure.populations().into_iter();
    let sources = definition.sources.iter();
    json!({
        "measure": &*definition.id,
        "version": answered.version,
        "title": answered.title,
        "question": answered.question,
        "theme": definition.theme,
        "plan_reference": answered.plan_reference,
        "unit": answered.unit,
        "value_kind": definition.value_kind.id(),
        "polarity": measure.polarity(),
        "reporting_increase_wanted": answered.reporting_increase_wanted,
        "rate_basis": answered.rate_basis,
        "geo_basis": answered.geo_basis,
        "design": answered.design,
        "dataset": answered.dataset,
        "date_field": answered.date_field,
        "area_field": answered.area_field,
        "populations": populations.map(|(name, expression)| json!({ "name": name, "expression": expression })).collect::<Vec<_>>(),
        "formula": formula.value,
        "symbols": formula.symbols,
        "interval": definition.interval.formula(),
        "interval_sources": measure.citations(),
        "disclosure": answered.disclosure,
        "authority": answered.authority,
        "companions": answered.companions,
        "sources": sources.map(|source| json!({ "text": source.text, "standing": source.standing })).collect::<Vec<_>>(),
        "caveats": answered.caveats,
        "quality": measure.quality,
        "revisions": measure.revisions.iter().map(|size| revision(size)).collect::<Vec<_>>(),
    })
}

fn revision(size: &RevisionSize) -> Value {
    json!({
        "basis": size.basis.id(),
        "area_level": size.level.id(),
        "period_kind": size.period_kind.code(),
        "compared": size.compared,
        "revised": size.revised,
        "corrected": size.corrected,
        "mean": size.mean,
        "mean_absolute": size.mean_absolute,
        "relative": size.relative,
    })
}
