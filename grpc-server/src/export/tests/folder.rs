//! The files themselves: their bytes, their cells, and what they refuse.

use std::time::Instant;
use std::{env, fs};

use peelian_core::engine::MissingReason;
use peelian_core::stats::{Interval, Method};

use super::example::{example, large, observation, without};
use super::{CORE, DESCRIBED, content, exported};
use crate::export::columns::{COLUMNS, KEY, LEFT_OUT};
use crate::export::error::ExportError;
use crate::export::{FILES, MadeFrom, files, manifest, page};
use crate::signing::Key;

#[test]
fn every_column_of_core_is_published_or_left_out() {
    let table = peelian_core::engine::to_arrow(&[]).unwrap();
    let schema = table.schema();
    for field in schema.fields() {
        let published = COLUMNS.iter().filter(|column| column.name == field.name()).count();
        let left_out = LEFT_OUT.iter().filter(|name| *name == field.name()).count();
        assert_eq!(published + left_out, 1, "{} has no place in columns.rs", field.name());
    }
    assert!(KEY.iter().all(|name| COLUMNS.iter().any(|column| column.name == *name)));
}

#[test]
fn the_same_release_gives_the_same_bytes() {
    let (one, other) = (exported(), exported());
    assert_eq!(one.len(), FILES.len() + 1);
    assert_eq!(one[0].name, page::INDEX);
    for (one, other) in one.iter().zip(&other) {
        assert_eq!(one.name, other.name);
        assert!(one.bytes == other.bytes, "{} differs", one.name);
    }
}

#[test]
fn a_value_that_is_withheld_is_empty_and_never_0() {
    let files = exported();
    for name in ["observations.csv", "sdmx.csv"] {
        let mut reader = csv::Reader::from_reader(content(&files, name));
        let header = reader.headers().unwrap().clone();
        let at = |names: [&str; 2]| header.iter().position(|head| names.contains(&head)).unwrap();
        let (value, marker) = (at(["value", "OBS_VALUE"]), at(["marker", "MARKER"]));
        let numbers = [at(["numerator", "NUMERATOR"]), at(["lower", "LOWER"]), at(["upper", "UPPER"])];
        let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
        let withheld: Vec<_> = rows.iter().filter(|row| &row[marker] == "[c]").collect();
        assert_eq!(withheld.len(), 2, "{name}");
        assert!(withheld.iter().all(|row| row[value].is_empty() && numbers.iter().all(|at| row[*at].is_empty())));
        assert_eq!(rows.iter().filter(|row| &row[value] == "0").count(), 1, "an ordinary 0 stays 0");
    }
}

#[test]
fn numbers_are_short_and_texts_are_no_formulas() {
    let files = exported();
    let csv = String::from_utf8(content(&files, "observations.csv").to_vec()).unwrap();
    for cell in [",0.30000000000000004,", ",0.6666666666666666,", ",1e21,", ",5e-324,", ",1234,"] {
        assert!(csv.contains(cell), "{cell}");
    }
    assert!(csv.contains(",crime_group==1+1,crime_group,'=1+1,\"'=HYPERLINK(\"\"x\"\")\","));
    assert!(csv.contains(",\"'@mps: <Dashboard>; 2018, table 1\","));
    assert!(!csv.contains(&*CORE.catalogue.get("knife-crime-offences").unwrap().caveats[0]));
}

#[test]
fn pages_escape_what_they_show() {
    let files = exported();
    for name in ["index.html", "metadata.html"] {
        let page = String::from_utf8(content(&files, name).to_vec()).unwrap();
        assert!(page.contains("<html lang=\"en-GB\">") && page.contains("&lt;London&gt; &amp; its boroughs"));
        assert!(!page.contains("<script") && !page.contains("<Dashboard>") && !page.contains("http"), "{name}");
    }
    let index = String::from_utf8(content(&files, "index.html").to_vec()).unwrap();
    assert!(index.contains("12,345") && !index.contains("1,234<"), "the longest kind of period is shown");
    for (name, ..) in FILES {
        assert!(index.contains(&format!("href=\"{name}\"")), "{name}");
    }
}

#[test]
fn a_number_beside_a_withheld_value_is_refused() {
    let withheld =
        without(observation(&CORE, "knife-crime-offences", "E09000033", "2017-02", 0.0), MissingReason::Suppressed);
    let limits = Interval { lower: 1.0, upper: 4.0, confidence: 0.95, method: Method::Byar };
    let mut with_numerator = withheld.clone();
    with_numerator.numerator = Some(3.0);
    let mut with_interval = withheld;
    with_interval.interval = Some(limits);
    let mut with_value = observation(&CORE, "knife-crime-offences", "E09000033", "2017-02", 3.0);
    with_value.conf_status = "S";
    let mut endless = observation(&CORE, "knife-crime-offences", "E09000033", "2017-02", f64::INFINITY);
    let refused = |found| {
        let mut release = example(&CORE);
        release.observations.push(found);
        files(&CORE, &DESCRIBED, &release).err().unwrap()
    };
    assert!(matches!(refused(with_numerator), ExportError::NotWithheld { number: "numerator", .. }));
    assert!(matches!(refused(with_value), ExportError::NotWithheld { number: "value", .. }));
    assert!(matches!(refused(with_interval), ExportError::NotWithheld { number: "lower limit", .. }));
    assert!(matches!(refused(endless.clone()), ExportError::NotFinite { number: "value", .. }));
    (endless.result, endless.version) = (Ok(1.0), 99);
    assert!(matches!(refused(endless), ExportError::Unknown { version: 99, .. }));
}

#[test]
fn a_release_of_nothing_has_all_files() {
    let mut release = example(&CORE);
    release.observations.clear();
    assert_eq!(files(&CORE, &DESCRIBED, &release).unwrap().len(), FILES.len() + 1);
}

/// With `PEELIAN_WRITE_RELEASE=FOLDER`, writes the example as a release, and its public key beside it.
#[test]
fn writes_the_folder_that_is_asked_for() {
    let Some(folder) = env::var_os("PEELIAN_WRITE_RELEASE") else { return };
    let folder = std::path::PathBuf::from(folder);
    let key = Key::of_seed([7; 32]);
    let files = exported();
    let submissions = vec![("agencies/mps/submissions/01".to_owned(), "00".repeat(32))];
    let made_from = MadeFrom { submissions, ..MadeFrom::default() };
    let manifest = manifest(&key, &DESCRIBED, &files, made_from, &example(&CORE).summary).unwrap();
    fs::create_dir_all(&folder).unwrap();
    for file in files.iter().chain(&manifest) {
        fs::write(folder.join(&file.name), &file.bytes).unwrap();
    }
    fs::write(folder.with_extension("pub"), key.public()).unwrap();
}

/// With `PEELIAN_LARGE_RELEASE=NUMBER`, makes a release of so many observations, and prints how long it took.
#[test]
fn a_large_release_takes_linear_time() {
    let Ok(number) = env::var("PEELIAN_LARGE_RELEASE") else { return };
    let release = large(&CORE, number.parse().unwrap());
    let started = Instant::now();
    let made = files(&CORE, &DESCRIBED, &release).unwrap();
    println!("{number} observations: {:.1} s", started.elapsed().as_secs_f64());
    for file in &made {
        println!("{:>14} {}", file.bytes.len(), file.name);
    }
    let started = Instant::now();
    manifest(&Key::of_seed([7; 32]), &DESCRIBED, &made, MadeFrom::default(), &release.summary).unwrap();
    println!("manifest: {:.1} s", started.elapsed().as_secs_f64());
}
