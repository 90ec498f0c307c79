//! Comparisons, components, alternatives and companions as columns of lists of structures.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Float64Array, ListArray, StringArray, StructArray, UInt64Array};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, Fields};

use super::table::breakdown;
use super::{Alternative, Comparison, Observation};
use crate::estimate::{Component, MissingReason};
use crate::stats::Interval;

/// A field of a structure: its name, its values, and whether values may be missing.
type ListField = (&'static str, ArrayRef, bool);

/// All comparisons of each observation. The names are those of the contract.
pub(super) fn comparisons(observations: &[Observation]) -> ArrayRef {
    listed(
        observations,
        |found| found.comparisons.as_slice(),
        |all: &[&Comparison]| {
            let mut parts = vec![
                text("kind", all, |found| found.kind.id()),
                text("against", all, |found| &found.against),
                number("against_value", all, |found| found.against_value),
                number("change", all, |found| found.change.map(|(change, _)| change)),
                text("change_kind", all, |found| found.change.map_or("", |(_, kind)| kind.id())),
                text("verdict", all, |found| found.verdict),
                text("note", all, |found| &found.note),
                number("smallest_clear_change", all, |found| found.smallest_clear_change),
                number("adjusted_p_value", all, |found| found.adjusted_p_value),
                whole("comparisons_in_answer", all, |found| u64::try_from(found.comparisons_in_answer).ok()),
            ];
            parts.extend(interval(all, |found| found.interval));
            parts
        },
    )
}

/// The components of each observation.
pub(super) fn components(observations: &[Observation]) -> ArrayRef {
    listed(
        observations,
        |found| found.components.as_slice(),
        |all: &[&Component]| {
            let changes = all.iter().map(|part| Some(part.unit_change)).collect::<BooleanArray>();
            let mut parts = vec![
                text("kind", all, |part| part.kind.id()),
                text("code", all, |part| &part.code),
                text("label", all, |part| &part.label),
                text("unit", all, |part| &part.unit),
                whole("count", all, |part| part.count),
                number("value", all, |part| part.value),
                whole("unweighted_base", all, |part| part.unweighted_base),
                number("effective_n", all, |part| part.effective_n),
                ("unit_change", Arc::new(changes) as ArrayRef, false),
            ];
            parts.extend(interval(all, |part| part.interval));
            parts
        },
    )
}

/// The alternatives of each observation.
pub(super) fn alternatives(observations: &[Observation]) -> ArrayRef {
    listed(
        observations,
        |found| found.alternatives.as_slice(),
        |all: &[&Alternative]| {
            let missing = all.iter().map(|other| other.result.err().map(MissingReason::id)).collect::<StringArray>();
            let synthetic = all.iter().map(|other| Some(other.synthetic)).collect::<BooleanArray>();
            vec![
                text("agency", all, |other| &other.agency),
                text("source", all, |other| &other.source),
                number("value", all, |other| other.result.ok()),
                ("missing", Arc::new(missing) as ArrayRef, true),
                number("numerator", all, |other| other.numerator),
                number("denominator", all, |other| other.denominator),
                number("difference", all, |other| other.difference),
                ("synthetic", Arc::new(synthetic) as ArrayRef, false),
            ]
        },
    )
}

/// The companions of each observation.
pub(super) fn companions(observations: &[Observation]) -> ArrayRef {
    listed(
        observations,
        |found| found.companions.as_slice(),
        |all: &[&Observation]| {
            let missing = all.iter().map(|other| other.result.err().map(MissingReason::id)).collect::<StringArray>();
            let synthetic = all.iter().map(|other| Some(other.synthetic)).collect::<BooleanArray>();
            let written = |name: &'static str, of: &dyn Fn(&Observation) -> String| -> ListField {
                (name, Arc::new(all.iter().map(|item| Some(of(item))).collect::<StringArray>()), false)
            };
            let mut parts = vec![
                text("measure", all, |other| &other.measure),
                text("measure_label", all, |other| &other.title),
                written("period", &|other| other.period.to_string()),
                written("breakdown", &breakdown),
                text("basis", all, |other| other.basis.id()),
                ("synthetic", Arc::new(synthetic) as ArrayRef, false),
                number("value", all, |other| other.result.ok()),
                ("missing", Arc::new(missing) as ArrayRef, true),
                text("marker", all, |other| &other.marker),
                text("value_kind", all, |other| other.value_kind.id()),
                text("unit", all, |other| &other.unit),
                number("numerator", all, |other| other.numerator),
                number("denominator", all, |other| other.denominator),
                written("sources", &|other| other.sources.join("; ")),
                written("caveats", &|other| other.caveats.join("; ")),
            ];
            parts.extend(interval(all, |other| other.interval));
            parts
        },
    )
}

/// A list for each observation. `items` finds its elements, and `parts` makes the fields of all structures.
fn listed<'o, T: 'o>(
    observations: &'o [Observation],
    items: impl Fn(&'o Observation) -> &'o [T],
    parts: impl Fn(&[&'o T]) -> Vec<ListField>,
) -> ArrayRef {
    let all: Vec<&T> = observations.iter().flat_map(&items).collect();
    let (fields, columns): (Vec<Field>, Vec<ArrayRef>) = parts(&all)
        .into_iter()
        .map(|(name, column, nullable)| (Field::new(name, column.data_type().clone(), nullable), column))
        .unzip();
    let fields = Fields::from(fields);
    let item = Arc::new(Field::new("item", DataType::Struct(fields.clone()), false));
    let offsets = OffsetBuffer::from_lengths(observations.iter().map(|found| items(found).len()));
    Arc::new(ListArray::new(item, offsets, Arc::new(StructArray::new(fields, columns, None)), None))
}

fn text<T>(name: &'static str, all: &[&T], of: impl Fn(&T) -> &str) -> ListField {
    (name, Arc::new(all.iter().map(|item| Some(of(item))).collect::<StringArray>()), false)
}

fn number<T>(name: &'static str, all: &[&T], of: impl Fn(&T) -> Option<f64>) -> ListField {
    (name, Arc::new(all.iter().map(|item| of(item)).collect::<Float64Array>()), true)
}

fn whole<T>(name: &'static str, all: &[&T], of: impl Fn(&T) -> Option<u64>) -> ListField {
    (name, Arc::new(all.iter().map(|item| of(item)).collect::<UInt64Array>()), true)
}

fn interval<T>(all: &[&T], of: impl Fn(&T) -> Option<Interval>) -> [ListField; 4] {
    let method = |item: &&T| of(item).map(|interval| interval.method.id());
    [
        number("lower", all, |item| of(item).map(|interval| interval.lower)),
        number("upper", all, |item| of(item).map(|interval| interval.upper)),
        number("confidence", all, |item| of(item).map(|interval| interval.confidence)),
        ("method", Arc::new(all.iter().map(method).collect::<StringArray>()), true),
    ]
}
