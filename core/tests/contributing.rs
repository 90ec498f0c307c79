//! The worked example of CONTRIBUTING.md, "Add a measure": its file is a definition, and its records give the value that the text
//! states.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::num::NonZeroUsize;
use std::sync::Arc;

use peelian_core::Core;
use peelian_core::engine::{Local, LocalContent, LocalRows, Query};
use peelian_core::measure::Catalogue;
use peelian_core::wire::{fraction_text, interval_text, value_text};
use peelian_seeds::SeedFile;

/// The block of a language in the section "Add a measure".
fn block(language: &str) -> &'static str {
    let text = include_str!("../../CONTRIBUTING.md");
    let (_, section) = text.split_once("\n## Add a measure\n").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let (_, block) = section.split_once(&format!("```{language}\n")).unwrap();
    block.split_once("```").unwrap().0
}

#[test]
fn the_worked_example_gives_its_value() {
    let mut core = Core::from_seeds().unwrap();
    let text = block("toml");
    let id = text.lines().find_map(|line| line.strip_prefix("measure = \"")?.strip_suffix('"')).unwrap();
    assert!(!core.catalogue.is_measure(id), "{id} is a measure already");
    let mut files = peelian_seeds::measures();
    files.push(SeedFile { path: format!("measures/{id}.toml"), text: text.into() });
    core.catalogue = Catalogue::load(&files, &core.reference).unwrap();

    let core = Arc::new(core);
    let query = peelian::v1::Query {
        measures: vec![id.to_owned()],
        areas: vec!["E09000028".to_owned()],
        periods: vec!["2017-02".to_owned()],
        ..Default::default()
    };
    let query = Query::from_wire(&query, &core).unwrap();
    let mut local = Local::for_query(&core, &query).unwrap();
    let rows = LocalRows { synthetic: true, ..LocalRows::new("crime", LocalContent::Csv(block("csv").as_bytes())) };
    let received = local.add(rows).unwrap();
    assert_eq!((received.received, received.rejected), (13, 0));

    let observations = local.engine(NonZeroUsize::MIN).query(&query).unwrap();
    let [seen] = observations.as_slice() else { panic!("{} observations", observations.len()) };
    let interval = seen.interval.unwrap();
    let found = format!(
        "{} in {}, {}: {}, interval {}\n",
        seen.area_name,
        seen.period,
        value_text(seen.value_kind, seen.result.unwrap()),
        fraction_text(seen.numerator.unwrap(), seen.denominator.unwrap()),
        interval_text(seen.value_kind, interval.lower, interval.upper)
    );
    assert_eq!(found, block("text"));
}
