//! `include/peelian.h` is generated from the sources. The test fails if the file is not current. With
//! `PEELIAN_WRITE_HEADER=1` it writes the file.
//!
//! cbindgen generates the declarations, with a step before it and a step after it. Before: the argument types of
//! `src/pointer.rs` are replaced by the pointers that they stand for, because cbindgen would declare each of them. After:
//! the declarations are grouped into sections, because cbindgen has none.

mod sections;

use std::env;
use std::fs;
use std::io;
use std::path::Path;

use sections::{SECTIONS, Section};

/// The argument types, with the pointer that each stands for. `T` is the argument of the type.
const ARGUMENT_TYPES: [(&str, &str); 7] = [
    ("Text<'_", "*const c_char"),
    ("Item<'_, ", "*mut T"),
    ("Array<'_, ", "*const T"),
    ("InOut<'_, ", "*mut T"),
    ("In<'_, ", "*const T"),
    ("Out<'_, ", "*mut T"),
    ("Owned<", "*mut T"),
];

/// A source with plain pointers in place of the argument types.
fn with_plain_pointers(source: &str) -> String {
    let mut plain = source.to_owned();
    // The order of the list replaces inner types first: an array of texts.
    for (start, pointer) in ARGUMENT_TYPES {
        while let Some((before, after)) = plain.split_once(start) {
            let (target, rest) = after.split_once('>').expect("the arguments of a type end");
            plain = format!("{before}{}{rest}", pointer.replace('T', target));
        }
    }
    plain
}

/// Copies the sources of a folder, with plain pointers.
fn copy_sources(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy_sources(&from, &to)?;
        } else if from.ends_with("src/pointer.rs") {
            // The argument types themselves are not declared.
            fs::write(to, "")?;
        } else {
            fs::write(to, with_plain_pointers(&fs::read_to_string(from)?))?;
        }
    }
    Ok(())
}

/// The name that a declaration declares.
fn name(declaration: &str) -> &str {
    let code = declaration.lines().find(|line| !line.starts_with("//")).expect("a declaration has code");
    let words = |text| str::split(text, |c: char| !c.is_alphanumeric() && c != '_');
    let is_type = code.starts_with("typedef") || code.starts_with("#define");
    // The name of a function is the last word before its arguments.
    let names = if is_type { code } else { code.split('(').next().unwrap_or(code) };
    let mut found = words(names).filter(|word| word.to_lowercase().starts_with("peelian_"));
    if is_type { found.next() } else { found.next_back() }.unwrap_or_else(|| panic!("no name in {code}"))
}

/// The declarations in their sections.
fn in_sections<'a>(declarations: &[&'a str]) -> String {
    let mut written = String::from("#ifdef __cplusplus\nextern \"C\" {\n#endif\n");
    for (at, section) in SECTIONS.iter().enumerate() {
        let own: Vec<&'a str> =
            declarations.iter().copied().filter(|declaration| Section::of(name(declaration)) == at).collect();
        assert!(!own.is_empty(), "nothing is in the section {}", section.heading);
        written += &format!("\n\n{}\n\n{}\n", section.comment(), own.join("\n\n"));
    }
    written + "\n#ifdef __cplusplus\n} /* extern \"C\" */\n#endif\n"
}

/// The header from the sources, and its declarations.
fn generated() -> (String, Vec<String>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let version = env!("CARGO_PKG_VERSION");
    let mut parts = version.split('.');
    let mut config = cbindgen::Config::from_file(folder.join("cbindgen.toml")).expect("the configuration is valid");
    let mut macros =
        config.after_includes.take().expect("the configuration has macros").replace("@VERSION@", version);
    for part in ["@MAJOR@", "@MINOR@", "@PATCH@"] {
        macros = macros.replace(part, parts.next().expect("a version has three numbers"));
    }
    config.after_includes = Some(macros.clone());
    let sources = Path::new(env!("CARGO_TARGET_TMPDIR")).join("header");
    copy_sources(&folder.join("src"), &sources).expect("the sources are copied");
    let mut written = Vec::new();
    let generator = cbindgen::Builder::new().with_src(sources.join("lib.rs")).with_config(config);
    generator.generate().expect("the sources have declarations").write(&mut written);
    let written = String::from_utf8(written).expect("the header is UTF-8");

    let (head, rest) = written.split_once(macros.as_str()).expect("the declarations follow the macros");
    let (body, end) = rest.rsplit_once("#endif").expect("the include guard ends");
    let blocks = body.split("\n\n").map(str::trim);
    let declarations: Vec<&str> =
        blocks.filter(|block| !block.is_empty() && !block.starts_with("#ifdef __cplusplus")).collect();
    let header = format!("{head}{macros}\n{}\n#endif{end}", in_sections(&declarations));
    (header, declarations.into_iter().map(str::to_owned).collect())
}

#[test]
fn the_header_is_current() {
    let (written, _) = generated();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("include/peelian.h");
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

/// The numbers of a version.
fn numbers(version: &str) -> Vec<u32> {
    let numbers = version.split('.').map(str::parse).collect::<Result<Vec<u32>, _>>();
    numbers.unwrap_or_else(|_| panic!("{version} is not a version"))
}

#[test]
fn every_function_says_since_which_version_it_exists() {
    let (_, declarations) = generated();
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
