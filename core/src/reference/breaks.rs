//! Breaks in series: days on which a definition, a system or a practice changed. Figures before and
//! after a break must not be compared unless the reader requests it.

use jiff::civil::Date;

use super::codes::{CodeLists, Entry};
use super::{Level, ReferenceError};

/// One break.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeriesBreak {
    /// Id, for example `connect-2024`.
    pub id: String,
    /// The first day on the new basis.
    pub date: Date,
    /// Datasets affected; `*` for all.
    pub datasets: Vec<String>,
    /// Measures affected: an id covers its variants, an asterisk at the end is a prefix.
    pub measures: Vec<String>,
    /// Levels of areas affected; empty for all.
    pub levels: Vec<Level>,
    /// Breakdowns affected, each as `field` or `field=code`; empty for the total and every breakdown.
    pub breakdowns: Vec<String>,
    /// Whether figures may be compared across the break, with the note.
    pub comparable_across: bool,
    /// Description of the change, for the reader.
    pub text: String,
    /// `V` verified, `K` professional knowledge, `P` decided in this project. `K` and `P` are unverified.
    pub provenance: String,
}

impl SeriesBreak {
    /// Whether the break concerns a measure, given its id with or without a variant
    /// (`repeat-victim-share` or `repeat-victim-share.victims-prior-12m`).
    #[must_use]
    pub fn affects(&self, measure: &str) -> bool {
        self.measures.iter().any(|pattern| {
            if let Some(prefix) = pattern.strip_suffix('*') {
                return measure.starts_with(prefix);
            }
            let rest = measure.strip_prefix(pattern.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    }

    /// Whether the break concerns areas of a level.
    #[must_use]
    pub fn reaches(&self, level: Level) -> bool {
        self.levels.is_empty() || self.levels.contains(&level)
    }

    /// Whether the break concerns a group: the codes of a breakdown by field, none for the total.
    pub fn divides<'g>(&self, group: impl IntoIterator<Item = (&'g str, &'g str)>) -> bool {
        let names = |pattern: &String, field: &str, code: &str| match pattern.split_once('=') {
            Some((named, value)) => named == field && value == code,
            None => pattern == field,
        };
        let mut group = group.into_iter();
        self.breakdowns.is_empty()
            || group.any(|(field, code)| self.breakdowns.iter().any(|pattern| names(pattern, field, code)))
    }

    /// Whether the break concerns a dataset.
    #[must_use]
    pub fn concerns(&self, dataset: &str) -> bool {
        self.datasets.iter().any(|d| d == "*" || d == dataset)
    }

    fn from_entry(entry: Entry<'_>) -> Result<Self, ReferenceError> {
        let fail = |reason: &str| ReferenceError {
            file: "codes/series_breaks.csv".to_owned(),
            line: entry.line(),
            reason: reason.to_owned(),
        };
        let words = |column| -> Vec<String> {
            let text = entry.attribute(column).unwrap_or("");
            text.split_whitespace().map(str::to_owned).collect()
        };
        let levels = words("levels").iter().map(|id| Level::from_id(id)).collect::<Option<Vec<_>>>();
        let date = entry.attribute("date").and_then(|text| text.parse().ok());
        let parsed = Self {
            id: entry.code().to_owned(),
            date: date.ok_or_else(|| fail("`date` is not a date YYYY-MM-DD"))?,
            datasets: words("datasets"),
            measures: words("measures"),
            levels: levels.ok_or_else(|| fail("`levels` has a level that does not exist"))?,
            breakdowns: words("breakdowns"),
            comparable_across: entry
                .flag("comparable_across")
                .ok_or_else(|| fail("`comparable_across` is not true or false"))?,
            text: entry.label().to_owned(),
            provenance: entry.attribute("provenance").unwrap_or("").to_owned(),
        };
        if parsed.datasets.is_empty() || parsed.measures.is_empty() {
            return Err(fail("`datasets` and `measures` must not be empty"));
        }
        Ok(parsed)
    }
}

/// Every break, in order of date.
#[derive(Debug)]
pub struct SeriesBreaks {
    breaks: Vec<SeriesBreak>,
}

impl SeriesBreaks {
    /// Reads the list `series_breaks`.
    ///
    /// # Errors
    /// A missing list, a bad date, or a break that concerns nothing.
    pub fn from_codes(codes: &CodeLists) -> Result<Self, ReferenceError> {
        let list = codes.list("series_breaks").ok_or_else(|| ReferenceError {
            file: "codes/series_breaks.csv".to_owned(),
            line: 1,
            reason: "the file is missing".to_owned(),
        })?;
        let breaks = list.iter().map(SeriesBreak::from_entry);
        let mut breaks = breaks.collect::<Result<Vec<_>, _>>()?;
        breaks.sort_by_key(|b| b.date);
        Ok(Self { breaks })
    }

    /// Every break, in order of date.
    pub fn iter(&self) -> impl Iterator<Item = &SeriesBreak> {
        self.breaks.iter()
    }

    /// The breaks of a measure in areas of a level, between the first day of the earlier figure and the last day of the later
    /// figure. A change must not be computed across them unless the caller allows it. Some divide only groups of a breakdown:
    /// see [`SeriesBreak::divides`].
    pub fn between(
        &self,
        measure: &str,
        level: Level,
        first_day: Date,
        last_day: Date,
    ) -> impl Iterator<Item = &SeriesBreak> {
        let within = move |found: &SeriesBreak| first_day < found.date && found.date <= last_day;
        self.breaks.iter().filter(move |found| within(found) && found.affects(measure) && found.reaches(level))
    }
}
