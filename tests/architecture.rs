//! The arrows of ARCHITECTURE.md: `proto <- core <- {ffi, commands}` and `commands <- {grpc-server, python}`, and `seeds` is data
//! that core reads.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::root;

/// The dependencies of each crate of the workspace, by name. Development dependencies are left out.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let packages = metadata["packages"].as_array().unwrap();
    packages
        .iter()
        .map(|package| {
            let needed = package["dependencies"].as_array().unwrap().iter();
            let needed = needed.filter(|dependency| dependency["kind"] != "dev");
            (text(&package["name"]), needed.map(|dependency| text(&dependency["name"])).collect())
        })
        .collect()
}

#[test]
fn arrows_point_one_way() {
    let allowed: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("peelian", [].as_slice()),
        ("peelian-seeds", &[]),
        ("peelian-commands", &["peelian", "peelian-core"]),
        ("peelian-core", &["peelian", "peelian-seeds"]),
        ("peelian-server", &["peelian", "peelian-commands", "peelian-core", "peelian-seeds"]),
        ("peelian-ffi", &["peelian", "peelian-core"]),
        ("peelian-fuzz", &[]),
        ("peelian-python", &["peelian", "peelian-commands", "peelian-core"]),
        ("peelian-tests", &["peelian", "peelian-core", "peelian-seeds"]),
    ]);
    let dependencies = dependencies();
    assert_eq!(
        dependencies.keys().map(String::as_str).collect::<Vec<_>>(),
        allowed.keys().copied().collect::<Vec<_>>()
    );
    for (name, needed) in &dependencies {
        for other in needed.iter().filter(|other| dependencies.contains_key(*other)) {
            assert!(allowed[name.as_str()].contains(&other.as_str()), "{name} must not depend on {other}");
        }
    }
}

#[test]
fn core_names_no_runtime_no_network_and_no_database() {
    let banned = ["async-std", "axum", "hyper", "rand", "reqwest", "rusqlite", "sqlx", "tokio", "tonic", "tracing"];
    for name in ["peelian-core", "peelian-seeds"] {
        let needed = &dependencies()[name];
        let found: Vec<_> = banned.iter().filter(|banned| needed.contains(**banned)).collect();
        assert!(found.is_empty(), "{name} depends on {found:?}");
    }
}

#[test]
fn core_has_no_files_no_clock_no_environment_and_no_chance() {
    let banned = [
        "std::fs",
        "std::net",
        "std::process",
        "std::env",
        "env::var",
        "Instant::now",
        "SystemTime",
        "Zoned::now",
        "Timestamp::now",
        "RandomState",
        "async fn",
    ];
    let mut files = Vec::new();
    rust_files(&root().join("core/src"), &mut files);
    assert!(files.len() > 10, "the sources of core were not found");
    for file in files {
        let source = fs::read_to_string(&file).unwrap();
        // Tests of a module may read files. They are at the end of a file.
        let code = source.split("#[cfg(test)]\nmod tests {").next().unwrap();
        for word in banned {
            assert!(!code.contains(word), "{} names {word}", file.display());
        }
    }
}

/// The `.rs` files below `folder`, without those of tests.
fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("tests") {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests.rs") {
            found.push(path);
        }
    }
}
