//! Mappings of local files (TOML), and the files to which they are applied.

use std::time::Duration;

use peelian_core::mapping::{Mapping, draft};
use peelian_fuzz::{Bytes, Driver, Limits, Mutated, Target, ValueGenerator, below};

use crate::definitions;
use crate::samples::{CORE, datasets, files, intake, mode, told, words};

/// A mapping and a file.
#[derive(Clone, Debug)]
struct Mapped {
    dataset: usize,
    mapping: Bytes,
    file: Bytes,
}

struct Mappings(Vec<(Mutated, Mutated)>);

impl ValueGenerator for Mappings {
    type Output = Mapped;

    fn generate<D: Driver>(&self, driver: &mut D) -> Option<Mapped> {
        let dataset = below(driver, self.0.len())?;
        let (mappings, files) = &self.0[dataset];
        Some(Mapped { dataset, mapping: mappings.generate(driver)?, file: files.generate(driver)? })
    }
}

fn seeds() -> Mappings {
    let of = |dataset: &'static peelian_core::contract::Dataset| {
        let fields: Vec<&str> = dataset.submitted().map(|field| field.name.as_str()).collect();
        let columns: Vec<String> = fields.iter().map(|field| format!("\"{field}\" = \"{field}\"")).collect();
        let first = fields.first().copied().unwrap_or_default();
        let seeds = [
            format!("[columns]\n{}\n", columns.join("\n")),
            format!("[columns]\n\"{first}\" = \"{first}\"\n\n[values.{first}]\n\"a\" = \"b\"\n"),
            "[columns]\n\"Comments\" = \"\"\n".to_owned(),
            dataset
                .submitted()
                .map(|field| format!("formats.{} = \"%d/%m/%Y %H:%M\"\n", field.name))
                .last()
                .unwrap_or_default(),
        ];
        let drafted =
            files(dataset).into_iter().map(|file| draft(dataset, file.as_bytes(), &CORE.reference).unwrap());
        let seeds = seeds.into_iter().chain(drafted);
        let names = dataset.fields.iter().map(|field| field.name.clone());
        let mappings = Mutated::of(seeds.map(String::into_bytes)).with_words(definitions::words()).with_words(names);
        let files = Mutated::of(files(dataset).into_iter().map(String::into_bytes)).with_words(words(dataset));
        (mappings, files)
    };
    Mappings(datasets().iter().map(of).collect())
}

/// A mapping is refused with its line, or what it makes of a file is read as any other file of rows.
#[test]
fn fuzz_mappings() {
    let limits = Limits { memory: 64 << 20, time: Duration::from_secs(2) };
    Target::new("mappings", limits).run(peelian_fuzz::check!(), seeds(), |mapped: &Mapped| {
        let text = &*String::from_utf8_lossy(&mapped.mapping);
        let dataset = &datasets()[mapped.dataset];
        let mapping = match Mapping::read(text, dataset) {
            Ok(mapping) => mapping,
            Err(error) => {
                assert!((1..=text.split('\n').count()).contains(&error.line), "{error}");
                return "no mapping".to_owned();
            }
        };
        match mapping.apply(&mapped.file) {
            Ok(rows) => {
                told(intake(dataset, mode(0)), |intake| intake.push_csv(&rows));
                Target::ACCEPTED.to_owned()
            }
            Err(error) => {
                assert!(!error.to_string().is_empty());
                "not applied".to_owned()
            }
        }
    });
}
