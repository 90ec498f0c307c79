//! Profiles: named, ordered lists of measures. One query answers a profile. They are data, in `seeds/profiles`.

use std::collections::{BTreeMap, BTreeSet};

use peelian_seeds::SeedFile;
use serde::Deserialize;

use super::table::SourceTable;
use super::{Catalogue, Source};
use crate::measure_file::{DefinitionError, Text, fault, parse_fault};
use crate::period::Period;

/// A named, ordered list of measures.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Identifier, from the name of the file: `children-and-young-people`.
    pub id: String,
    /// Title.
    pub title: String,
    /// Whom it is for, and what to know before using it.
    pub description: String,
    /// Lines of the plan from which it comes.
    pub plan_reference: String,
    /// Identifiers of the measures with their variants, in their order.
    pub measures: Vec<String>,
    /// The period that values are compared with; `None` if there is none.
    pub baseline: Option<Period>,
    /// Sources of its parts.
    pub sources: Vec<Source>,
}

/// All profiles, in the order of their identifiers.
#[derive(Clone, Debug)]
pub struct Profiles(BTreeMap<String, Profile>);

/// The form of a file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProfileTable {
    title: String,
    description: String,
    plan_reference: String,
    measures: Vec<Text>,
    baseline: Option<Text>,
    sources: Vec<SourceTable>,
}

impl Profiles {
    /// Loads all profiles. Each measure is looked up in the catalogue.
    ///
    /// # Errors
    ///
    /// The first fault, with its file and line.
    pub fn load(files: &[SeedFile], catalogue: &Catalogue) -> Result<Self, DefinitionError> {
        let profiles = files.iter().map(|file| Ok((file.stem().to_owned(), read(file, catalogue)?)));
        profiles.collect::<Result<_, _>>().map(Self)
    }

    /// The profile with an identifier.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Profile> {
        self.0.get(id)
    }

    /// All profiles, in the order of their identifiers.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Profile> {
        self.0.values()
    }
}

fn read(file: &SeedFile, catalogue: &Catalogue) -> Result<Profile, DefinitionError> {
    let table: ProfileTable = toml::from_str(&file.text).map_err(|error| parse_fault(file, &error))?;
    let refused = |text: &Text, reason: String| fault(file, text.span().start, reason);
    let mut seen = BTreeSet::new();
    let mut measures = Vec::with_capacity(table.measures.len());
    for text in &table.measures {
        let id = text.get_ref();
        let measure = catalogue.get(id).ok_or_else(|| refused(text, format!("there is no measure {id}")))?;
        if !seen.insert(&measure.id) {
            return Err(refused(text, format!("{} is listed twice", measure.id)));
        }
        measures.push(measure.id.to_string());
    }
    let period = |text: Text| text.get_ref().parse().map_err(|error| refused(&text, format!("{error}")));
    Ok(Profile {
        id: file.stem().to_owned(),
        title: table.title,
        description: table.description,
        plan_reference: table.plan_reference,
        measures,
        baseline: table.baseline.map(period).transpose()?,
        sources: table.sources.into_iter().map(Into::into).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Core;
    use crate::engine::MAX_MEASURES;

    fn loaded(text: &str) -> Result<Profiles, String> {
        let file = SeedFile { path: "profiles/page.toml".to_owned(), text: text.to_owned().into() };
        let core = Core::from_seeds().unwrap();
        Profiles::load(&[file], &core.catalogue).map_err(|error| error.to_string())
    }

    const HEAD: &str = "title = \"T\"\ndescription = \"D\"\nplan_reference = \"\"\nsources = []\n";

    fn with(rest: &str) -> Result<Profiles, String> {
        loaded(&format!("{HEAD}{rest}"))
    }

    #[test]
    fn a_profile_names_the_variants_of_its_measures() {
        let profiles = with("baseline = \"2011/12\"\nmeasures = [\"repeat-victim-share\"]").unwrap();
        let page = profiles.get("page").unwrap();
        assert_eq!(page.measures, ["repeat-victim-share.victims-prior-12m"]);
        assert_eq!(page.baseline, "2011/12".parse().ok());
    }

    #[test]
    fn faults_are_told_with_their_line() {
        for (text, told) in [
            ("measures = [\"no-such\"]", "profiles/page.toml:5: there is no measure no-such"),
            (
                "measures = [\n\"repeat-victim-share\",\n\"repeat-victim-share.victims-prior-12m\"]",
                "profiles/page.toml:7: repeat-victim-share.victims-prior-12m is listed twice",
            ),
            ("measures = []\nbaseline = \"2011-13\"", "profiles/page.toml:6: "),
            ("measures = []\ntarget = 20", "profiles/page.toml:6: unknown field `target`"),
        ] {
            let error = with(text).unwrap_err();
            assert!(error.starts_with(told), "{error}");
        }
    }

    /// The five sections of the plan have a page each, on which every measure of the section stands in one variant at least.
    #[test]
    fn every_section_of_the_plan_has_a_profile_with_all_its_measures() {
        let core = Core::from_seeds().unwrap();
        for section in [
            "better-police-service",
            "better-criminal-justice-service",
            "children-and-young-people",
            "violence-against-women-and-girls",
            "hatred-and-intolerance",
        ] {
            let profile = core.profiles.get(section).unwrap();
            let on_page: BTreeSet<&str> = profile
                .measures
                .iter()
                .map(|id| core.catalogue.get(id).unwrap())
                .map(|found| found.measure.as_str())
                .collect();
            let of_section = core.catalogue.iter().filter(|found| found.theme == profile.title);
            let missing: BTreeSet<&str> =
                of_section.map(|found| found.measure.as_str()).filter(|id| !on_page.contains(id)).collect();
            assert!(missing.is_empty(), "{section}: {missing:?}");
        }
        for profile in core.profiles.iter() {
            assert!(!profile.measures.is_empty() && profile.measures.len() <= MAX_MEASURES, "{}", profile.id);
        }
    }
}
