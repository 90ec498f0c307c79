//! The files of measures, profiles and agencies (TOML).

use std::time::Duration;

use peelian_core::measure::{Catalogue, Profiles};
use peelian_core::reference::Reference;
use peelian_fuzz::{Bytes, Driver, Limits, Mutated, Target, ValueGenerator, below};
use peelian_seeds::SeedFile;

use crate::samples::{CORE, datasets};

/// What a file is.
#[derive(Clone, Copy, Debug)]
enum Form {
    Measure,
    Profile,
    Agencies,
}

/// A file.
#[derive(Clone, Debug)]
struct File {
    form: Form,
    text: Bytes,
}

struct Files {
    measures: Mutated,
    profiles: Mutated,
    agencies: Mutated,
}

impl ValueGenerator for Files {
    type Output = File;

    fn generate<D: Driver>(&self, driver: &mut D) -> Option<File> {
        // To read a file of agencies is to read all areas and codes, too.
        let (form, files) = match below(driver, 40)? {
            0 => (Form::Agencies, &self.agencies),
            1..10 => (Form::Profile, &self.profiles),
            _ => (Form::Measure, &self.measures),
        };
        Some(File { form, text: files.generate(driver)? })
    }
}

/// An operator's file of agencies.
const AGENCIES: &str = r#"
[kinds.college]
label = "College"
remits = [{ datasets = ["staff_survey_response"], every = "FY", due_days = 30 }]

[agencies.a-college]
name = "A college"
kind = "college"
areas = ["E09000028"]
valid_from = "2017-01-01"
"#;

fn seeds() -> Files {
    let of = |files: Vec<SeedFile>| {
        Mutated::of(files.into_iter().map(|file| file.text.into_owned().into_bytes())).with_words(words())
    };
    Files {
        measures: of(peelian_seeds::measures()),
        profiles: of(peelian_seeds::profiles()),
        agencies: Mutated::of([AGENCIES.as_bytes().to_vec()]).with_words(words()),
    }
}

/// The words of TOML and of the definitions.
pub(crate) fn words() -> Vec<String> {
    let mut words: Vec<String> = datasets().iter().map(|dataset| format!("\"{}\"", dataset.id)).collect();
    let language = [
        "=",
        "[",
        "]",
        "[[",
        "]]",
        "{",
        "}",
        "\"",
        "\"\"\"",
        "'",
        "'''",
        "#",
        "\n",
        "\r\n",
        ".",
        ",",
        "\\",
        "\\u0000",
        "true",
        "1e400",
        "0x7fffffffffffffff",
        "-9223372036854775808",
        "2017-02-30",
        "inf",
        "nan",
        "[design]\n",
        "[terms]\n",
        "[variants.a]\n",
        "[across.b]\n",
        "kind = \"count\"\n",
        "numerator = \"\"\n",
        "${",
        "}",
        "${crime:recorded}",
        "\"M\"",
        "\"R12\"",
        "version = 1\n",
        "[[[[[[[[",
        "{a={a={a={a=",
        "a.a.a.a.a.a.a.a = 1\n",
    ];
    words.extend(language.map(str::to_owned));
    words
}

/// A file is read, or refused with the line of its fault.
#[test]
fn fuzz_definitions() {
    let limits = Limits { memory: 128 << 20, time: Duration::from_secs(5) };
    Target::new("definitions", limits).run(peelian_fuzz::check!(), seeds(), |file: &File| {
        let text = &*String::from_utf8_lossy(&file.text);
        // The file of a measure has its name.
        let name =
            text.lines().find_map(|line| line.strip_prefix("measure = \"")?.strip_suffix('"')).unwrap_or("measure");
        let path = match file.form {
            Form::Measure => format!("measures/{name}.toml"),
            Form::Profile => "profiles/page.toml".to_owned(),
            Form::Agencies => "agencies.toml".to_owned(),
        };
        let seed = SeedFile { path: path.clone(), text: text.to_owned().into() };
        let read = match file.form {
            Form::Measure => Catalogue::load(&[seed], &CORE.reference).map(drop).map_err(|error| error.to_string()),
            Form::Profile => Profiles::load(&[seed], &CORE.catalogue).map(drop).map_err(|error| error.to_string()),
            Form::Agencies => {
                Reference::with_agencies(Some((&path, text))).map(drop).map_err(|error| error.to_string())
            }
        };
        match read {
            Ok(()) => Target::ACCEPTED.to_owned(),
            Err(told) => {
                let place = told
                    .strip_prefix(&path)
                    .and_then(|rest| rest.strip_prefix(':'))
                    .unwrap_or_else(|| panic!("{told}"));
                let line: usize = place.split(':').next().unwrap().parse().unwrap_or_else(|_| panic!("{told}"));
                assert!((1..=text.split('\n').count()).contains(&line), "{told}");
                format!("{:?} refused", file.form)
            }
        }
    });
}
