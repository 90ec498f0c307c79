//! The labels of codes in answers: of measures and of breakdowns, as the catalogue of this program has them.

use std::collections::BTreeMap;

use peelian::v1::Observation;
use peelian_core::Core;
use peelian_core::measure::Definition;

/// The title of the measure of an observation; its identifier if this program does not know the measure.
pub(crate) fn measure<'c>(core: &'c Core, seen: &'c Observation) -> &'c str {
    definition(core, seen).map_or(seen.measure.as_str(), |known| &known.title)
}

/// The labels of the breakdown: `Female;18 to 24`. A code without a label stands for itself.
pub(crate) fn breakdown(core: &Core, seen: &Observation) -> String {
    let definition = definition(core, seen);
    let label = |(field, code): (&String, &String)| {
        let codes = definition?.breakdown(field)?.codes(&core.reference)?;
        codes.into_iter().find(|known| known.code == *code).map(|known| known.label)
    };
    let sorted: BTreeMap<&String, &String> = seen.breakdown.iter().collect();
    let labels = sorted.into_iter().map(|(field, code)| label((field, code)).unwrap_or_else(|| code.clone()));
    labels.collect::<Vec<_>>().join(";")
}

fn definition<'c>(core: &'c Core, seen: &Observation) -> Option<&'c Definition> {
    core.catalogue.get(&format!("{}@{}", seen.measure, seen.measure_version)).map(AsRef::as_ref)
}
