#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;
use crate::reference::Reference;

#[test]
fn every_seed_loads() {
    let reference = Reference::from_seeds().unwrap();
    let catalogue = match Catalogue::load(&peelian_seeds::measures(), &reference) {
        Ok(catalogue) => catalogue,
        Err(error) => panic!("{error}"),
    };
    for id in catalogue.ids() {
        println!("{id}");
    }
}

#[test]
fn from_disk() {
    let reference = Reference::from_seeds().unwrap();
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/../seeds/measures");
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "toml") {
            let text: &'static str = Box::leak(std::fs::read_to_string(&path).unwrap().into_boxed_str());
            files.push(peelian_seeds::SeedFile {
                path: format!("measures/{}", path.file_name().unwrap().to_str().unwrap()),
                text,
            });
        }
    }
    for file in &files {
        if let Err(e) = Catalogue::load(std::slice::from_ref(file), &reference) {
            println!("{e}");
        }
    }
    match Catalogue::load(&files, &reference) {
        Ok(c) => {
            for d in c.iter() {
                println!("ok {} | {}", d.id, d.title);
            }
        }
        Err(e) => println!("ALL {e}"),
    }
}
