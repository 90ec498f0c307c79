//! Observations as tables with the columns of the files, a part at a time.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use peelian_core::Core;
use peelian_core::engine::{Observation, to_arrow};

use super::columns::{CODE, COLUMNS, DIMENSION, REVISED_FROM};
use super::error::{ExportError, named};
use super::summary::own_caveats;

/// Number of observations in a part: some tens of megabytes.
pub(super) const PART: usize = 65_536;

/// Letter of an observation that is free for publication, of SDMX `CL_CONF_STATUS`.
const FREE: &str = "F";

/// A part of a release.
pub(super) struct Part<'r> {
    /// Its observations.
    pub(super) observations: &'r [Observation],
    /// The same as a table.
    pub(super) table: RecordBatch,
}

/// The schema of all parts.
pub(super) fn schema() -> Result<SchemaRef, ExportError> {
    Ok(table(&[]).map_err(refused)?.schema())
}

/// The parts of a release, in their order.
pub(super) fn parts<'r>(
    core: &Core,
    observations: &'r [Observation],
) -> impl Iterator<Item = Result<Part<'r>, ExportError>> {
    observations.chunks(PART).map(move |observations| {
        let published: Result<Vec<_>, _> = observations.iter().map(|found| published(core, found)).collect();
        Ok(Part { observations, table: table(&published?).map_err(refused)? })
    })
}

fn refused(error: ArrowError) -> ExportError {
    ExportError::refused("the table of observations")(&error)
}

/// An observation as the files have it. What its measure says of all of them is in the metadata, and not in each row.
fn published(core: &Core, found: &Observation) -> Result<Observation, ExportError> {
    check(found)?;
    let unknown = || ExportError::Unknown { measure: found.measure.to_string(), version: found.version };
    let definition = core.catalogue.get(&found.measure).ok_or_else(unknown)?;
    if definition.version != found.version {
        return Err(unknown());
    }
    let own = own_caveats(definition, found).cloned().collect();
    Ok(Observation {
        caveats: own,
        comparisons: Vec::new(),
        components: Vec::new(),
        companions: Vec::new(),
        ..found.clone()
    })
}

/// Refuses a number that must not be published, or that no file can have.
fn check(found: &Observation) -> Result<(), ExportError> {
    let interval = found.interval.as_ref();
    let numbers = [
        ("value", found.result.ok()),
        ("numerator", found.numerator),
        ("denominator", found.denominator),
        ("lower limit", interval.map(|interval| interval.lower)),
        ("upper limit", interval.map(|interval| interval.upper)),
        ("effective number of respondents", found.effective_n),
    ];
    if let Some((number, _)) = numbers.iter().find(|(_, number)| number.is_some_and(|number| !number.is_finite())) {
        return Err(ExportError::NotFinite { observation: named(found), number });
    }
    // A denominator alone tells nothing of what is counted in it.
    let telling = match found.result {
        Ok(_) if found.conf_status == FREE => return Ok(()),
        Ok(_) => &numbers[..1],
        Err(_) => &[numbers[1], numbers[3], numbers[4]],
    };
    match telling.iter().find(|(_, number)| number.is_some()) {
        Some((number, _)) => Err(ExportError::NotWithheld { observation: named(found), number }),
        None => Ok(()),
    }
}

/// Core's table, with the columns of the files.
fn table(observations: &[Observation]) -> Result<RecordBatch, ArrowError> {
    let all = to_arrow(observations)?;
    let mut fields = Vec::with_capacity(COLUMNS.len());
    let mut columns: Vec<ArrayRef> = Vec::with_capacity(COLUMNS.len());
    for column in COLUMNS {
        let (field, values) = match column.name {
            DIMENSION => (text(DIMENSION), joined(observations, |found, at| &found.breakdown[at].dimension)),
            CODE => (text(CODE), joined(observations, |found, at| &found.breakdown[at].code)),
            REVISED_FROM => (Field::new(REVISED_FROM, DataType::Float64, true), revised_from(observations)),
            name => {
                let at = all.schema_ref().index_of(name)?;
                (all.schema_ref().field(at).clone(), Arc::clone(all.column(at)))
            }
        };
        fields.push(field);
        columns.push(values);
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
}

/// What was published before. An observation of a release has no other alternatives.
fn revised_from(observations: &[Observation]) -> ArrayRef {
    let before = |found: &Observation| found.alternatives.first().and_then(|one| one.result.ok());
    Arc::new(observations.iter().map(before).collect::<Float64Array>())
}

fn text(name: &str) -> Field {
    Field::new(name, DataType::Utf8, false)
}

/// A text of each dimension of a breakdown. A crossed breakdown has several, joined by semicolons.
fn joined(observations: &[Observation], of: impl Fn(&Observation, usize) -> &str) -> ArrayRef {
    let one = |found: &Observation| {
        let parts: Vec<_> = (0..found.breakdown.len()).map(|at| of(found, at)).collect();
        Some(parts.join(";"))
    };
    Arc::new(observations.iter().map(one).collect::<StringArray>())
}
