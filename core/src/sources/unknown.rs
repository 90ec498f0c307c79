//! What is told of a file whose layout is not known.

use super::Source;
use super::sheet::{headings, is_one_of};

/// Layouts that are known and not read: their headings, what they are, and what to do.
const NOT_READ: [(&[&str], &str); 1] = [(
    &["Month_Year", "Offence Group", "Offence Subgroup", "Borough_SNT"],
    "it is the file of total notifiable offences (TNO) of the dashboard of the Metropolitan Police, whose counts are in the \
     crime by borough release: submit that, or the dashboard's file with the column `Crime Subtype`",
)];

/// Why the layout of a file is not known.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the headings belong to none of the known layouts: {0}")]
pub struct UnknownLayout(String);

impl Source {
    /// The layout of a file, by its headings without regard to case, spaces and punctuation.
    ///
    /// # Errors
    ///
    /// [`UnknownLayout`] names the nearest layout and the columns of it that are missing, or all layouts.
    pub fn identify(bytes: &[u8]) -> Result<Self, UnknownLayout> {
        if let Some(source) = Self::detect(bytes) {
            return Ok(source);
        }
        let found =
            headings(bytes, &|cells| Self::ALL.into_iter().map(|source| source.found(cells)).max().unwrap_or(0));
        Err(UnknownLayout(Self::nearest(&found.unwrap_or_default())))
    }

    fn nearest(headings: &[String]) -> String {
        let has = |name: &str| headings.iter().any(|heading| is_one_of(heading, &[name]));
        if let Some((_, what)) = NOT_READ.into_iter().find(|(names, _)| names.iter().all(|name| has(name))) {
            return what.to_owned();
        }
        let texts: Vec<&str> = headings.iter().map(String::as_str).collect();
        let nearest = Self::ALL
            .into_iter()
            .max_by_key(|source| (source.found(&texts), std::cmp::Reverse(source.marks().len())));
        if let Some(source) = nearest.filter(|source| source.found(&texts) * 2 > source.marks().len()) {
            let missing = source.marks().iter().filter(|names| !names.iter().any(|name| has(name)));
            let missing: Vec<String> = missing.filter_map(|names| Some(format!("`{}`", names.first()?))).collect();
            return format!(
                "the nearest is {}, of which these columns are missing: {}",
                source.id(),
                missing.join(", ")
            );
        }
        format!("they are {}", Self::ALL.map(Self::id).join(", "))
    }

    /// The number of columns of the layout that are among some headings.
    fn found(self, headings: &[&str]) -> usize {
        let has = |names: &&&[&str]| headings.iter().any(|heading| is_one_of(heading, names));
        self.marks().iter().filter(has).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_layout_and_its_columns_are_named() {
        let told = |text: &str| Source::identify(text.as_bytes()).unwrap_err().to_string();
        assert!(
            told("MajorText,MinorText,Borough,201904\n")
                .ends_with("the nearest is mps-crime-borough, of which these columns are missing: `BoroughName`")
        );
        assert!(told("a,b\n1,2\n").contains("they are mps-crime-borough, mps-dashboard"));
        assert!(told("").contains("they are"));
        let tno =
            "Month_Year,Area Type,Borough_SNT,Area name,Area code,Offence Group,Offence Subgroup,Measure,Count\n";
        assert!(told(tno).contains("total notifiable offences"));
    }

    #[test]
    fn headings_are_those_of_the_layout_however_they_are_written() {
        for (text, source) in [
            (
                "Month_Year,Area Type,Borough_SNT,Area name,Area code,Crime Type,Crime Subtype,Measure,Count\n",
                Source::MpsDashboard,
            ),
            ("A title\n\nForce Name;Outcome-Type;Force outcomes recorded in quarter\n", Source::HomeOfficeOutcomes),
            ("\"\",\"MajorText\",\"MinorText\",\"LookUp_BoroughName\",\"201904\"\n", Source::MpsCrimeBorough),
        ] {
            assert_eq!(Source::identify(text.as_bytes()), Ok(source));
        }
    }
}
