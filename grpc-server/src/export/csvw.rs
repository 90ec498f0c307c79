//! `observations.csv-metadata.json`: what the columns of `observations.csv` are, as CSV on the Web.
//!
//! Source: W3C Recommendation "Metadata Vocabulary for Tabular Data", 17 December 2015.

use arrow::datatypes::{DataType, Field, SchemaRef};
use serde_json::{Value, json};

use super::columns::{COLUMNS, Column, KEY};
use super::error::ExportError;
use super::{Described, tidy};

/// Name of the file: readers look for it beside the table.
pub(super) const NAME: &str = "observations.csv-metadata.json";

/// The file.
pub(super) fn metadata(described: &Described<'_>, schema: &SchemaRef) -> Result<Vec<u8>, ExportError> {
    let columns: Vec<Value> =
        COLUMNS.iter().zip(schema.fields()).map(|(column, field)| described_column(column, field)).collect();
    let table = json!({
        "@context": ["http://www.w3.org/ns/csvw", { "@language": "en" }],
        "url": tidy::NAME,
        "dc:title": described.title,
        "dc:identifier": described.id,
        "dialect": { "encoding": "utf-8", "header": true },
        "tableSchema": { "columns": columns, "primaryKey": KEY },
    });
    let mut bytes = serde_json::to_vec_pretty(&table).map_err(|error| ExportError::refused(NAME)(&error))?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn described_column(column: &Column, field: &Field) -> Value {
    let mut described = json!({
        "name": column.name,
        "titles": [column.name, column.title],
        "dc:description": column.about,
        "datatype": datatype(field.data_type()),
    });
    if field.data_type() == &DataType::Utf8 && !field.is_nullable() {
        // An empty text is no missing value: the total has an empty breakdown, and an ordinary value an empty marker.
        described["null"] = json!([]);
    }
    described["required"] = json!(!field.is_nullable());
    described
}

/// The datatype of a column.
fn datatype(of: &DataType) -> Value {
    match of {
        DataType::Float64 => json!("double"),
        DataType::UInt32 => json!("unsignedInt"),
        DataType::UInt64 => json!("unsignedLong"),
        DataType::Boolean => json!("boolean"),
        DataType::Date32 => json!({ "base": "date", "format": "yyyy-MM-dd" }),
        _ => json!("string"),
    }
}
