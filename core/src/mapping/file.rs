//! Reads the file of a mapping. An error names the line.

use strsim::levenshtein;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::date_format::DateFormat;
use super::{Column, Mapping, MappingError};
use crate::contract::{Dataset, Field, Kind};
use crate::text_table::heading_key;

const TABLES: [&str; 4] = ["columns", "values", "formats", "constants"];

/// A name and a text, each with its place.
type Pair<'f> = (Spanned<String>, Spanned<DeValue<'f>>);

impl Mapping {
    /// Reads a mapping for the rows of a dataset.
    ///
    /// # Errors
    ///
    /// [`MappingError`] for a text that is not TOML, a table that a mapping does not have, a field that the dataset does not
    /// have, a field that is mapped twice, a format that is none, or a format of a field without dates.
    pub fn read(text: &str, dataset: &'static Dataset) -> Result<Self, MappingError> {
        let file = File { text, dataset };
        let root = DeTable::parse(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            file.fault(at, error.message().replace('\n', "; "))
        })?;
        let mut mapping = Self {
            dataset,
            columns: Vec::new(),
            values: std::collections::BTreeMap::new(),
            formats: std::collections::BTreeMap::new(),
            constants: std::collections::BTreeMap::new(),
        };
        for (name, value) in root.into_inner() {
            let at = name.span().start;
            match name.get_ref().as_ref() {
                "columns" => mapping.columns = file.columns(value)?,
                "values" => {
                    for (field, values) in file.table(value)? {
                        let known = file.field(&field)?;
                        let mut codes = std::collections::BTreeMap::new();
                        for (from, to) in file.table(values)? {
                            codes.insert(from.get_ref().to_lowercase(), file.text_of(&to)?);
                        }
                        mapping.values.insert(&known.name, codes);
                    }
                }
                "formats" => {
                    for (field, format) in file.table(value)? {
                        let (name, format) = file.format(&field, &format)?;
                        mapping.formats.insert(name, format);
                    }
                }
                "constants" => {
                    for (field, constant) in file.table(value)? {
                        let known = file.field(&field)?;
                        mapping.constants.insert(&known.name, file.text_of(&constant)?);
                        if mapping.columns.iter().any(|column| column.field == Some(known.name.as_str())) {
                            return Err(file.fault(
                                field.span().start,
                                format!("`{}` is a column and a constant: leave one of the two out", known.name),
                            ));
                        }
                    }
                }
                other => {
                    let tables = TABLES.join("], [");
                    return Err(file.fault(at, format!("there is no table [{other}]; the tables are [{tables}]")));
                }
            }
        }
        Ok(mapping)
    }
}

struct File<'f> {
    text: &'f str,
    dataset: &'static Dataset,
}

impl File<'_> {
    fn fault(&self, at: usize, reason: String) -> MappingError {
        let before = self.text.as_bytes().iter().take(at);
        MappingError { line: 1 + before.filter(|byte| **byte == b'\n').count(), reason }
    }

    fn columns(&self, value: Spanned<DeValue<'_>>) -> Result<Vec<Column>, MappingError> {
        let mut columns: Vec<Column> = Vec::new();
        for (heading, field) in self.table(value)? {
            let at = field.span().start;
            let name = self.text_of(&field)?;
            let field = if name.is_empty() { None } else { Some(self.field(&Spanned::new(at..at, name))?) };
            let field = field.map(|field| field.name.as_str());
            if let Some(field) = field.filter(|field| columns.iter().any(|column| column.field == Some(field))) {
                return Err(self.fault(at, format!("two columns are `{field}`: leave one out with \"\"")));
            }
            let start = heading.span().start;
            let line = self.fault(start, String::new()).line;
            columns.push(Column { heading: heading.into_inner(), line, field });
        }
        Ok(columns)
    }

    fn format(
        &self,
        field: &Spanned<String>,
        format: &Spanned<DeValue<'_>>,
    ) -> Result<(&'static str, DateFormat), MappingError> {
        let known = self.field(field)?;
        if !matches!(known.kind, Kind::Date | Kind::Timestamp | Kind::Period) {
            let kind = known.kind.name();
            return Err(
                self.fault(field.span().start, format!("`{}` is a {kind} and has no format of dates", known.name))
            );
        }
        let text = self.text_of(format)?;
        let read = DateFormat::read(&text).ok_or_else(|| {
            let reason = format!(
                "`{text}` is no format: write the signs of strptime, as in %d/%m/%Y %H:%M, or `days since 1899-12-30`"
            );
            self.fault(format.span().start, reason)
        })?;
        Ok((&known.name, read))
    }

    fn table<'f>(&self, value: Spanned<DeValue<'f>>) -> Result<Vec<Pair<'f>>, MappingError> {
        let at = value.span().start;
        let DeValue::Table(table) = value.into_inner() else {
            return Err(self.fault(at, "this must be a table".to_owned()));
        };
        let pair = |(name, value): (Spanned<_>, _)| {
            let span = name.span();
            let name: std::borrow::Cow<'_, str> = name.into_inner();
            (Spanned::new(span, name.into_owned()), value)
        };
        let mut pairs: Vec<Pair<'f>> = table.into_iter().map(pair).collect();
        pairs.sort_by_key(|(name, _)| name.span().start);
        Ok(pairs)
    }

    fn text_of(&self, value: &Spanned<DeValue<'_>>) -> Result<String, MappingError> {
        match value.get_ref() {
            DeValue::String(text) => Ok(text.to_string()),
            _ => Err(self.fault(value.span().start, "this must be a text in quotes".to_owned())),
        }
    }

    /// The field with a name. A derived field is never submitted.
    fn field(&self, name: &Spanned<String>) -> Result<&'static Field, MappingError> {
        let text = name.get_ref();
        let field = self.dataset.position_of_heading(text).and_then(|position| self.dataset.fields.get(position));
        if let Some(field) = field.filter(|field| field.derivation.is_none()) {
            return Ok(field);
        }
        let key = heading_key(text);
        let names = self.dataset.submitted().map(|field| (levenshtein(&key, &heading_key(&field.name)), &field.name));
        let nearest = names.min().map(|(_, name)| format!("; the nearest is `{name}`")).unwrap_or_default();
        let reason = format!("{} has no field `{text}` that is submitted{nearest}", self.dataset.id);
        Err(self.fault(name.span().start, reason))
    }
}
