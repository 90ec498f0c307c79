//! Finds areas by name, in the spellings of publishers.

use strsim::levenshtein;

use super::area::Areas;
use super::id::AreaId;
use super::level::Level;

/// The area with a published name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolved {
    /// A real area.
    Area(AreaId),
    /// A bin beside the boroughs (airports, unknown, ...). It counts only in the total of the force.
    PseudoArea(AreaId),
}

impl Resolved {
    /// The area, real or not.
    #[must_use]
    pub const fn id(self) -> AreaId {
        match self {
            Self::Area(id) | Self::PseudoArea(id) => id,
        }
    }
}

/// A name that no area has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no area is called `{name}`; the nearest names are {}", nearest.join(", "))]
pub struct UnknownArea {
    /// What was given.
    pub name: String,
    /// Up to three names of areas, the most similar first.
    pub nearest: Vec<String>,
}

const TITLES: [&str; 5] =
    ["london borough of ", "royal borough of ", "royal london borough of ", "city and royal borough of ", "city of "];
const ENDINGS: [&str; 5] = [" london borough council", " borough council", " council", " borough", " bcu"];

impl Areas {
    /// The area with a name or a code.
    ///
    /// Differences in letter case, spacing and punctuation are ignored, and so are "&" for "and", "on"
    /// for "upon", titles such as "London Borough of" or "City of", endings such as "Council", and
    /// inverted names ("Westminster, City of"). Wards are found only by code, because boroughs have
    /// wards of the same name.
    ///
    /// # Errors
    /// [`UnknownArea`] with the nearest names.
    pub fn resolve_name(&self, name: &str) -> Result<Resolved, UnknownArea> {
        let found = self.by_code(name.trim()).or_else(|| self.by_name(name));
        let id = found.ok_or_else(|| UnknownArea { name: shown(name), nearest: self.nearest_names(name) })?;
        Ok(match self.get(id).level() {
            Level::Pseudo => Resolved::PseudoArea(id),
            _ => Resolved::Area(id),
        })
    }

    /// The area with a name, as [`Areas::resolve_name`] finds it; `None` for a name that no area has, and for a code.
    #[must_use]
    pub fn by_name(&self, name: &str) -> Option<AreaId> {
        if name.len() > LONGEST_COMPARED {
            return None;
        }

        let key = key(name);
        // The name with its title comes first: the City of London is not London.
        let forms = [key.as_str(), without_title(&key)];
        forms.iter().find_map(|form| self.names.get(*form).copied())
    }

    fn nearest_names(&self, name: &str) -> Vec<String> {
        if name.len() > LONGEST_COMPARED {
            return Vec::new();
        }
        let wanted = key(name);
        let names: Vec<(String, &str)> = self
            .iter()
            .filter(|(_, area)| area.level() != Level::Ward)
            .map(|(_, area)| (key(area.name()), area.name()))
            .collect();
        let found = nearest(without_title(&wanted), names.iter().map(|(key, _)| key.as_str()));
        let name_of = |key: &str| names.iter().find(|(known, _)| known == key).map(|(_, name)| (*name).to_owned());
        found.into_iter().filter_map(name_of).collect()
    }
}

/// Longest text for which similar names are looked up, in bytes. The cost grows with the length of the text.
const LONGEST_COMPARED: usize = 100;
/// Fewest letters of a text that is looked for within names.
const FEWEST_OF_PART: usize = 3;
/// Number of characters of an unknown name that an error repeats.
const LONGEST_SHOWN: usize = 100;

/// The three names that are most similar to a text, those first that contain it; none for a long text.
pub(crate) fn nearest<'n>(wanted: &str, names: impl Iterator<Item = &'n str>) -> Vec<&'n str> {
    if wanted.len() > LONGEST_COMPARED {
        return Vec::new();
    }
    let part = wanted.to_lowercase();
    let is_part = |name: &str| part.len() >= FEWEST_OF_PART && name.to_lowercase().contains(&part);
    let mut names: Vec<_> = names.map(|name| (!is_part(name), levenshtein(wanted, name), name)).collect();
    names.sort_unstable();
    names.into_iter().take(3).map(|(.., name)| name).collect()
}

/// An unknown name as an error repeats it: its beginning.
pub(crate) fn shown(name: &str) -> String {
    match name.char_indices().nth(LONGEST_SHOWN) {
        Some((end, _)) => format!("{}...", &name[..end]),
        None => name.to_owned(),
    }
}

/// The form under which a name is looked up.
pub(super) fn key(name: &str) -> String {
    let name = name.to_lowercase().replace('&', " and ");
    // "Westminster, City of" is "City of Westminster"; other commas are only punctuation.
    let name = match name.rsplit_once(',') {
        Some((place, title)) if title.trim_end().ends_with(" of") => format!("{title} {place}"),
        _ => name,
    };
    let letters = |c: char| match c {
        '\'' | '’' | '.' => None,
        c if c.is_alphanumeric() => Some(c),
        _ => Some(' '),
    };
    let spaced: String = name.chars().filter_map(letters).collect();
    let words = spaced.split_whitespace();
    let words = words.map(|word| if word == "on" { "upon" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

fn without_title(key: &str) -> &str {
    let key = ENDINGS.iter().find_map(|ending| key.strip_suffix(ending)).unwrap_or(key);
    TITLES.iter().find_map(|title| key.strip_prefix(title)).filter(|rest| *rest != "london").unwrap_or(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_looked_up_without_their_trimmings() {
        for (written, found) in [
            ("Kensington & Chelsea", "kensington and chelsea"),
            ("  KINGSTON-ON-THAMES ", "kingston upon thames"),
            ("Westminster, City of", "city of westminster"),
            ("St Thomas' Hospital", "st thomas hospital"),
            ("Other / NK", "other nk"),
        ] {
            assert_eq!(key(written), found);
        }
        assert_eq!(without_title("london borough of camden"), "camden");
        assert_eq!(without_title("camden council"), "camden");
        assert_eq!(without_title("city of london"), "city of london");
    }
}
