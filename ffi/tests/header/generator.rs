//! Generates the header with cbindgen.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::LazyLock;

use crate::sections::{SECTIONS, Section};

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
pub(crate) fn with_plain_pointers(source: &str) -> String {
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
pub(crate) fn name(declaration: &str) -> &str {
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

/// The header from the sources, and its declarations. Generated once, because all tests share the folder of the copies.
pub(crate) static GENERATED: LazyLock<(String, Vec<String>)> = LazyLock::new(generate);

fn generate() -> (String, Vec<String>) {
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
    // A module that was moved since would still be there.
    _ = fs::remove_dir_all(&sources);
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
