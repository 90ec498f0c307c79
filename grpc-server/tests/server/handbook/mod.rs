//! The handbook of the measures, `docs/handbook`, is generated from the catalogue, with an answer of the demonstration for
//! each measure. A test fails if a page is not current. With `PEELIAN_WRITE_HANDBOOK=1` it writes the pages.

mod example;
mod family;
mod markdown;
mod page;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{env, fs};

use peelian::v1::observation::Result as Outcome;
use peelian::v1::{MissingReason, Observation};
use peelian_core::Core;
use peelian_core::measure::Standing;

use example::Demonstration;
use family::{Family, families};
use markdown::{code, list, table, text};

/// The first line of every page.
const GENERATED: &str = "<!-- Generated from seeds/measures. Do not edit. -->\n\n";

const WRITE: &str =
    "PEELIAN_WRITE_HANDBOOK=1 cargo test --release --workspace --test server -- handbook::the_pages_are_current";

/// The handbook: the text of each page by its file.
async fn handbook(core: &Core) -> BTreeMap<String, String> {
    let families = families(core);
    let mut demonstration = Demonstration::start().await;
    let mut pages = BTreeMap::new();
    for family in &families {
        let seen = demonstration.example(&family.main).await;
        pages.insert(format!("{}.md", family.id), page::page(core, family, &seen));
    }
    pages.insert("README.md".to_owned(), index(&families));
    pages.insert("unverified.md".to_owned(), unverified(&families));
    pages
}

/// The list of the measures by theme.
fn index(families: &[Family]) -> String {
    let themes: BTreeSet<&str> = families.iter().map(|family| family.main.theme.as_str()).collect();
    let of_theme = |theme: &str| {
        let members = families.iter().filter(|family| family.main.theme == theme);
        let row = |family: &Family| {
            let link = format!("[{}]({}.md)", text(family.title()), family.id);
            let count = family.statements(Standing::Unverified).len();
            vec![link, text(&family.main.question), family.variants.len().to_string(), count.to_string()]
        };
        let rows: Vec<_> = members.map(row).collect();
        format!(
            "## {}\n\n{}",
            text(theme),
            table(&["measure", "question", "variants", "unverified statements"], &rows)
        )
    };
    let tables: String = themes.into_iter().map(of_theme).collect();
    format!(
        "{GENERATED}# Handbook of the measures\n\n\
         One page for each measure: its definition, formula, areas and periods, variants, caveats and sources, and an example. \
         The pages are generated from the files in [seeds/measures](../../seeds/measures), which are the definitions. \
         Statements that a person must still check are listed [in one place](unverified.md).\n\n{tables}\
         ## How to read a page\n\n\
         - A measure with variants is several measures. The page describes the one for which the short name stands, and a table \
         states in what the others differ.\n\
         - Expressions are CEL over the fields of a dataset. The populations of a share select one after another, in the order of \
         the table. Each stage of a funnel selects from all rows.\n\
         - An area is made of the parts that it has on the last day of a period, in all months of the period. A command unit that \
         began in January has the whole financial year, the months before from its boroughs, and a caveat says so. For a period \
         that ended before, there is no figure. A ward is no sum of parts: one that was drawn within a period has no figure for it.\n\
         - A rate divides by the residents of the areas that its numerator includes. If nothing was submitted for the City of \
         London, the residents of London are those of the 32 boroughs. If the City is included for some of the months only, there \
         is no rate.\n\
         - Disclosure classes and their smallest bases are decisions of this project. An owner of data may raise them.\n\
         - The plan sets no numerical aims, so no page has one.\n\n\
         ## Examples\n\n\
         The examples are answers of the demonstration, so anybody can repeat them. It holds synthetic records of a twentieth of \
         London, which are made up and describe nobody, and published figures, which are real. An answer states which of them it \
         is from. Start it with `peelian-server demo`, and give the address that it prints to the command of an example: \
         `--server HOST:PORT`.\n"
    )
}

/// Every unverified statement, by measure.
fn unverified(families: &[Family]) -> String {
    let statements = |family: &Family| {
        let statements = family.statements(Standing::Unverified).into_iter();
        list(statements.map(|(statement, only)| format!("{}{only}", text(statement))))
    };
    let section = |family: &Family| match statements(family) {
        points if points.is_empty() => points,
        points => format!("## [{}]({}.md)\n\n{}\n\n{points}", text(family.title()), family.id, code(&family.id)),
    };
    let sections: String = families.iter().map(section).collect();
    let count: usize = families.iter().map(|family| family.statements(Standing::Unverified).len()).sum();
    format!(
        "{GENERATED}# Unverified statements\n\n\
         The definitions have {count} statements that rest on professional knowledge of an official rule, and that nobody could \
         verify. A person must check each before anything is published as official.\n\n{}\n",
        sections.trim_end()
    )
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/handbook")
}

#[tokio::test]
async fn the_pages_are_current() {
    let core = Core::from_seeds().unwrap();
    let pages = handbook(&core).await;
    if env::var_os("PEELIAN_WRITE_HANDBOOK").is_some() {
        fs::remove_dir_all(folder()).ok();
        fs::create_dir_all(folder()).unwrap();
        for (file, text) in &pages {
            fs::write(folder().join(file), text).unwrap();
        }
    }
    let held = fs::read_dir(folder()).into_iter().flatten();
    let held: BTreeSet<String> = held.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    let stale =
        pages.iter().filter(|(file, text)| fs::read_to_string(folder().join(file)).ok().as_ref() != Some(*text));
    let stale: Vec<_> =
        stale.map(|(file, _)| file).chain(held.iter().filter(|file| !pages.contains_key(*file))).collect();
    assert!(stale.is_empty(), "docs/handbook is not current: {stale:?}. To write it: {WRITE}");
}

/// The number of unverified statements in the files is the number in the list. A statement of several variants counts once.
#[test]
fn every_unverified_statement_is_in_the_list() {
    let families = families(&Core::from_seeds().unwrap());
    let listed = unverified(&families);
    let points = listed.lines().filter(|line| line.starts_with("- ")).count();
    let mut written = BTreeSet::new();
    for file in peelian_seeds::measures() {
        for line in file.text.lines().filter(|line| line.contains("standing = \"unverified\"")) {
            written.insert((file.path.clone(), line.trim().to_owned()));
        }
    }
    assert_eq!(points, written.len());
    let antisemitic = "Antisemitic and Islamophobic crimes belong to the strand religion";
    let of_funnel = listed.split("(hate-crime-attrition-funnel.md)").nth(1).unwrap();
    assert!(of_funnel.split("\n## ").next().unwrap().contains(antisemitic));
}

/// A page names the paper of the interval, and its unverified statements come first.
#[test]
fn a_page_has_its_parts_in_order() {
    let core = Core::from_seeds().unwrap();
    let families = families(&core);
    let knife = families.iter().find(|family| family.id == "knife-crime-offences").unwrap();
    let missing = Outcome::Missing(MissingReason::NotSubmitted.into());
    let page = page::page(&core, knife, &Observation { result: Some(missing), ..Observation::default() });
    let parts = [
        "# Knife crime\n\n**How many selected offences involved a knife or sharp instrument?**",
        "| in the plan | Police and Crime Plan 2017-2021, lines 6795-96 |",
        "| who may speak for it | Police force |",
        "| ward | yes | yes | yes | yes | yes |",
        "| `initial_population` | the rows that the measure is about | `record_status in ['active', 'reclassified']",
        "    n\n\nn is the number of rows in the numerator.",
        "Garwood F (1936)",
        "| `knife-crime-offences.with-injury` | with injury | `numerator`: ",
        "| `flag_da` | Domestic abuse | field `flag_da` |",
        "(only `ho-ksi`)",
        "](knife-possession-offences.md)",
        "Unverified: a person must check it",
        "- Which offence classes are selected among those of today",
        "Verified in an official",
        "Stated in the plan",
        "has no value",
    ];
    let mut rest = page.as_str();
    for part in parts {
        rest = rest.split_once(part).unwrap_or_else(|| panic!("{part} is not in its place:\n{page}")).1;
    }
}
