//! `include/peelian.h` is what cbindgen writes from the sources today. With `PEELIAN_WRITE_HEADER=1` it is written anew.

use std::env;
use std::fs;
use std::path::Path;

#[test]
fn the_header_is_current() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let version = env!("CARGO_PKG_VERSION");
    let mut parts = version.split('.');
    let mut config = cbindgen::Config::from_file(folder.join("cbindgen.toml")).unwrap();
    let mut macros = config.after_includes.take().unwrap().replace("@VERSION@", version);
    for part in ["@MAJOR@", "@MINOR@", "@PATCH@"] {
        macros = macros.replace(part, parts.next().unwrap());
    }
    config.after_includes = Some(macros);
    let mut written = Vec::new();
    cbindgen::Builder::new().with_crate(folder).with_config(config).generate().unwrap().write(&mut written);
    let written = String::from_utf8(written).unwrap();

    let path = folder.join("include/peelian.h");
    if env::var_os("PEELIAN_WRITE_HEADER").is_some() {
        fs::write(&path, &written).unwrap();
    }
    let held = fs::read_to_string(&path).unwrap();
    let first = held.lines().zip(written.lines()).position(|(held, written)| held != written);
    assert!(
        held == written,
        "include/peelian.h is not current from line {} on: PEELIAN_WRITE_HEADER=1 cargo test --release -p peelian-ffi \
         --test header",
        first.map_or(held.lines().count(), |line| line + 1)
    );
}
