//! A measure with all its variants: one file of `seeds/measures`, and one page.

use std::collections::BTreeMap;
use std::sync::Arc;

use peelian_core::Core;
use peelian_core::measure::{Definition, Standing};

/// Most variants that a point names.
const NAMED: usize = 6;

/// All variants of one measure.
pub(super) struct Family {
    /// Identifier without a variant: `repeat-victim-share`.
    pub(super) id: String,
    /// The variant for which the identifier stands.
    pub(super) main: Arc<Definition>,
    /// All variants, in the order of their identifiers.
    pub(super) variants: Vec<Arc<Definition>>,
}

/// All measures, in the order of their identifiers.
pub(super) fn families(core: &Core) -> Vec<Family> {
    let mut by_id: BTreeMap<String, Vec<Arc<Definition>>> = BTreeMap::new();
    for definition in core.catalogue.iter() {
        by_id.entry(definition.measure.clone()).or_default().push(Arc::clone(definition));
    }
    let family = |(id, variants): (String, Vec<_>)| {
        let main = Arc::clone(core.catalogue.get(&id).unwrap());
        Family { id, main, variants }
    };
    by_id.into_iter().map(family).collect()
}

impl Family {
    /// Title without the label of a variant.
    pub(super) fn title(&self) -> &str {
        let title = &*self.main.title;
        if self.main.variant.is_none() { title } else { title.split_once(": ").map_or(title, |(title, _)| title) }
    }

    /// Label of a variant; for the file itself, that it has none.
    pub(super) fn label(&self, variant: &Definition) -> String {
        let label = variant.title.strip_prefix(self.title()).and_then(|rest| rest.strip_prefix(": "));
        label.unwrap_or("the measure without a variant").to_owned()
    }

    /// What the variants have, each once and in their order, with the variants that have it if some do not.
    pub(super) fn parts<'f, T: PartialEq>(&'f self, of: impl Fn(&'f Definition) -> Vec<T>) -> Vec<(T, String)> {
        let mut found: Vec<(T, Vec<&str>)> = Vec::new();
        // The main variant states the order.
        for variant in std::iter::once(&self.main).chain(&self.variants) {
            let name = variant.variant.as_deref().unwrap_or("without a variant");
            for part in of(variant) {
                match found.iter_mut().find(|(known, _)| *known == part) {
                    Some((_, names)) if names.contains(&name) => {}
                    Some((_, names)) => names.push(name),
                    None => found.push((part, vec![name])),
                }
            }
        }
        found.into_iter().map(|(part, names)| (part, self.only(&names))).collect()
    }

    /// The variants to which something applies; empty if it applies to all.
    fn only(&self, names: &[&str]) -> String {
        if names.len() == self.variants.len() {
            return String::new();
        }
        let shown: Vec<_> = names.iter().take(NAMED).map(|name| format!("`{name}`")).collect();
        match names.len().saturating_sub(NAMED) {
            0 => format!(" (only {})", shown.join(", ")),
            more => format!(" (only {} and {more} more)", shown.join(", ")),
        }
    }

    /// The statements of a standing, each with the variants to which it applies.
    pub(super) fn statements(&self, standing: Standing) -> Vec<(&str, String)> {
        let of = |source: &'_ &peelian_core::measure::Source| source.standing == standing;
        self.parts(|variant| variant.sources.iter().filter(of).map(|source| source.text.as_str()).collect())
    }
}
