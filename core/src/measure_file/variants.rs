//! Expands a file into its variants. A variant is the file with the keys of the variant laid over it.

use peelian_seeds::SeedFile;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{fault, parse_fault};
use super::{DefinitionError, Table};

/// A file expanded into definitions.
pub(crate) struct Expanded<'f> {
    /// One entry for each definition.
    pub(crate) variants: Vec<Variant<'f>>,
    /// Shorter identifiers, each with the full identifier that it stands for.
    pub(crate) aliases: Vec<(String, String)>,
}

/// The tables of one definition.
pub(crate) struct Variant<'f> {
    /// Name of the variant; `None` for the file itself.
    pub(crate) name: Option<String>,
    /// The table without `design`.
    pub(crate) table: Table<'f>,
    /// The table `design`.
    pub(crate) design: Table<'f>,
}

/// Named tables that are laid over the file, and the name of the default.
struct Choice<'f> {
    default: Option<String>,
    entries: Vec<(String, DeTable<'f>)>,
}

/// Expands a file.
///
/// A file without variants is one definition. A file with `variants` and no `default_variant` is a definition itself,
/// and each variant is one more. With a `default_variant`, only the variants are definitions, and the measure's own
/// identifier stands for the default. Entries of `across` are crossed with the variants, and their name comes first.
pub(crate) fn expand(file: &SeedFile) -> Result<Expanded<'_>, DefinitionError> {
    let mut root = DeTable::parse(&file.text).map_err(|error| parse_fault(file, &error))?;
    let span = root.span();
    let table = root.get_mut();
    let across = choice(file, table, "across", "default_across")?;
    let variants = choice(file, table, "variants", "default_variant")?;
    let measure = match table.get("measure").and_then(|value| value.get_ref().as_str()) {
        Some(measure) if measure == file.stem() => measure.to_owned(),
        _ => return Err(fault(file, 0, format!("measure must be the file's name, {}", file.stem()))),
    };

    let mut expanded = Expanded { variants: Vec::new(), aliases: Vec::new() };
    for (outer, over_outer) in across.with_base() {
        for (inner, over_inner) in variants.with_base() {
            let mut merged = table.clone();
            [over_outer, over_inner].into_iter().flatten().for_each(|over| lay_over(&mut merged, over));
            let name = joined(outer, inner);
            expanded.variants.push(variant(file, name, Spanned::new(span.clone(), merged))?);
        }
    }
    let id = |outer: Option<&str>, inner: Option<&str>| match joined(outer, inner) {
        Some(variant) => format!("{measure}.{variant}"),
        None => measure.clone(),
    };
    if let Some(inner) = variants.default.as_deref() {
        for (outer, _) in across.with_base() {
            expanded.aliases.push((id(outer, None), id(outer, Some(inner))));
        }
    }
    if let Some(outer) = across.default.as_deref() {
        expanded.aliases.push((id(None, None), id(Some(outer), variants.default.as_deref())));
    }
    Ok(expanded)
}

impl<'f> Choice<'f> {
    /// All entries. If there is no default, the file itself comes first.
    fn with_base(&self) -> impl Iterator<Item = (Option<&str>, Option<&DeTable<'f>>)> {
        let base = self.default.is_none().then_some((None, None));
        base.into_iter().chain(self.entries.iter().map(|(name, over)| (Some(name.as_str()), Some(over))))
    }
}

fn joined(outer: Option<&str>, inner: Option<&str>) -> Option<String> {
    let parts: Vec<_> = [outer, inner].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join("."))
}

fn choice<'f>(
    file: &SeedFile,
    table: &mut DeTable<'f>,
    key: &str,
    default: &str,
) -> Result<Choice<'f>, DefinitionError> {
    let default = match table.remove(default) {
        None => None,
        Some(value) => match value.get_ref().as_str() {
            Some(name) => Some(name.to_owned()),
            None => return Err(fault(file, value.span().start, format!("{default} must be a text"))),
        },
    };
    let mut entries = Vec::new();
    if let Some(value) = table.remove(key) {
        let at = value.span().start;
        for (name, over) in as_table(file, value, key)?.into_inner() {
            let name_at = name.span().start;
            let name = name.into_inner().into_owned();
            let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
            if name.is_empty() || !name.bytes().all(plain) {
                return Err(fault(file, name_at, format!("{name} is no identifier: use a-z, 0-9, - and _")));
            }
            let over = as_table(file, over, &name)?.into_inner();
            if !over.contains_key("label") {
                return Err(fault(file, name_at, format!("{name} has no label")));
            }
            entries.push((name, over));
        }
        if entries.is_empty() {
            return Err(fault(file, at, format!("{key} is empty")));
        }
    }
    Ok(Choice { default, entries })
}

fn variant<'f>(file: &SeedFile, name: Option<String>, mut table: Table<'f>) -> Result<Variant<'f>, DefinitionError> {
    let design = table.get_mut().remove("design").ok_or_else(|| fault(file, 0, "there is no design".to_owned()))?;
    Ok(Variant { name, design: as_table(file, design, "design")?, table })
}

fn as_table<'f>(file: &SeedFile, value: Spanned<DeValue<'f>>, key: &str) -> Result<Table<'f>, DefinitionError> {
    let span = value.span();
    match value.into_inner() {
        DeValue::Table(table) => Ok(Spanned::new(span, table)),
        _ => Err(fault(file, span.start, format!("{key} must be a table"))),
    }
}

/// Lays the keys of `over` over those of `base`. Tables are merged key by key. Labels and further caveats add up.
fn lay_over<'f>(base: &mut DeTable<'f>, over: &DeTable<'f>) {
    for (key, value) in over {
        let name: &str = key.get_ref();
        match (base.get_mut(name).map(Spanned::get_mut), value.get_ref()) {
            (Some(DeValue::Table(base)), DeValue::Table(over)) if !whole(name, over) => {
                lay_over(base, over);
            }
            (Some(DeValue::Array(base)), DeValue::Array(over)) if name == "further_caveats" => {
                over.iter().for_each(|caveat| base.push(caveat.clone()));
            }
            (Some(DeValue::String(base)), DeValue::String(over)) if name == "label" => {
                *base = format!("{base}, {over}").into();
            }
            (Some(_), _) => {
                base.remove(name);
                base.insert(key.clone(), value.clone());
            }
            (None, _) => {
                base.insert(key.clone(), value.clone());
            }
        }
    }
}

/// Whether a table replaces the whole table below it. This applies to the periods offered, to a group, and to a design with a
/// kind.
fn whole(name: &str, over: &DeTable<'_>) -> bool {
    ["periods", "group", "reference", "comparison"].contains(&name) || name == "design" && over.contains_key("kind")
}
