//! `include/peelian.h` is generated from the sources. The test fails if the file is not current. With
//! `PEELIAN_WRITE_HEADER=1` it writes the file.
//!
//! cbindgen generates the declarations, with a step before it and a step after it. Before: the argument types of
//! `src/pointer.rs` are replaced by the pointers that they stand for, because cbindgen would declare each of them. After:
//! the declarations are grouped into sections, because cbindgen has none.

#[cfg(test)]
mod generator;
#[cfg(test)]
mod sections;

use std::env;
use std::fs;
use std::path::Path;

use generator::{GENERATED, name, with_plain_pointers};

#[test]
fn the_header_is_current() {
    let (written, _) = &*GENERATED;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("include/peelian.h");
    if env::var_os("PEELIAN_WRITE_HEADER").is_some() {
        fs::write(&path, written).unwrap();
    }
    let held = fs::read_to_string(&path).unwrap();
    let first = held.lines().zip(written.lines()).position(|(held, written)| held != written);
    assert!(
        held == *written,
        "include/peelian.h is not current from line {} on: PEELIAN_WRITE_HEADER=1 cargo test --release -p peelian-ffi \
         --test header",
        first.map_or(held.lines().count(), |line| line + 1)
    );
}

/// The numbers of a version.
fn numbers(version: &str) -> Vec<u32> {
    let numbers = version.split('.').map(str::parse).collect::<Result<Vec<u32>, _>>();
    numbers.unwrap_or_else(|_| panic!("{version} is not a version"))
}

#[test]
fn every_function_says_since_which_version_it_exists() {
    let (_, declarations) = &*GENERATED;
    let functions =
        declarations.iter().filter(|declaration| declaration.ends_with(");") && !declaration.contains("typedef"));
    let mut count = 0;
    for function in functions {
        let comment = function.lines().take_while(|line| line.starts_with("//")).last().unwrap_or_default();
        let since = comment.strip_prefix("// Since ").and_then(|rest| rest.strip_suffix('.'));
        let since =
            since.unwrap_or_else(|| panic!("the comment of {} does not end with its version", name(function)));
        assert!(numbers(since) <= numbers(env!("CARGO_PKG_VERSION")), "{} has a version to come", name(function));
        count += 1;
    }
    assert!(count > 70, "{count} functions");
}

#[test]
fn argument_types_become_pointers() {
    let source =
        "fn f(a: In<'_, Query>, b: Out<'_, *mut Error>, c: Array<'_, Text<'_>>, d: Text<'_>, e: Owned<Query>)";
    let plain = "fn f(a: *const Query, b: *mut *mut Error, c: *const *const c_char, d: *const c_char, e: *mut Query)";
    assert_eq!(with_plain_pointers(source), plain);
    assert_eq!(with_plain_pointers("r: Array<'_, Item<'_, Records>>"), "r: *const *mut Records");
}
