//! The rooms of each crate import downwards only.
//!
//! A room is a folder or a file directly below the root of a crate or a package. A crate declares its rooms from the bottom
//! to the top, and a room may import from rooms below it. The root file (`lib.rs`, `main.rs`, `mod.rs`, `__init__.py`) is above all
//! rooms: it may import each of them, and no room may import what the root itself defines.
//!
//! The imports are read as text: every `crate::` path and every `super::` path of Rust code, and every `import` of Python
//! code. Comments, texts and code of tests are left out.

mod python;
mod rust;
mod tests;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::root;

/// The declared order of the rooms of one crate or package.
struct Crate {
    /// The folder of its code.
    folder: &'static str,
    language: Language,
    /// The rooms from the bottom to the top, one a line. Several names in a line are one room.
    rooms: &'static str,
}

#[derive(Clone, Copy)]
enum Language {
    Rust,
    /// A folder of a crate, whose root is this module.
    RustModule(&'static str),
    /// A package with this name.
    Python(&'static str),
}

/// A file of code: its path below the folder, with `/`, and its text.
type Source = (String, String);

/// A name that a line of a file imports: the first name of a path below the root.
#[derive(Debug, Eq, PartialEq)]
struct Import {
    /// Counted from 1.
    line: usize,
    name: String,
}

const CRATES: &[Crate] = &[
    Crate {
        folder: "core/src",
        language: Language::Rust,
        rooms: "
            parallel
            period
            stats
            disclosure
            text_table
            contract
            reference
            identifier
            column
            cel
            kernel
            intake
            mapping
            pseudonym
            sources
            workbook
            estimate
            measure_file
            design
            measure
            seeds
            submission
            engine
            release
            wire
        ",
    },
    Crate {
        folder: "core/src/engine",
        language: Language::RustModule("engine"),
        rooms: "
            error
            cache
            query
            rows
            counts
            coverage
            found
            submitted
            answer
            explain
            api
            local
            partial
            compute_once
        ",
    },
    Crate {
        folder: "commands/src",
        language: Language::Rust,
        rooms: "
            layout
            table
            notes
            failure
            arguments
            json
            program
            output
            labels
            long
            findings
            input_file
            receipt
            areas
            codes
            convert
            coverage
            explain
            pseudonymise
            query
            submissions
            submit
            validate
            release
            run
        ",
    },
    Crate {
        folder: "grpc-server/src",
        language: Language::Rust,
        rooms: "
            memory
            limits
            admission
            core_dumps
            clock
            private
            signing
            export
            store
            synthesise
            resource_name
            identity
            policy
            audit
            config
            telemetry
            ledger
            release
            demo
            error
            task
            exchange
            publication
            service
            server
            command
        ",
    },
    Crate {
        folder: "ffi/src",
        language: Language::Rust,
        rooms: "
            pointer
            texts
            views
            kept
            version
            findings
            error
            guard
            seeds
            threads
            catalogue
            pseudonym
            statistics
            records
            disclosure
            receipt
            query
            result
            explanation
            release
            access
            report
            local
            compute
            client
        ",
    },
    Crate {
        folder: "python/src",
        language: Language::Rust,
        rooms: "
            messages
            reports
            errors
            seeded
            arguments
            text
            text_file
            table
            query
            content
            rows
            local
            partial
            catalogue
            files
            pseudonym
            disclosure
            stats
            releases
            client
        ",
    },
    Crate {
        folder: "python/peelian",
        language: Language::Python("peelian"),
        rooms: "
            _peelian
            _listing
            _messages
            _findings
            errors
            _keywords
            _credentials
            _release
            _query
            _release_plan
            _rows
            _scope
            _catalogue
            _observation
            _explanation
            _format
            _results
            _report
            _submission
            _coverage
            _access
            pseudonym
            disclosure
            stats
            _client
            aio
            _local
            spark
            plot
            _console
            cli
        ",
    },
];

#[test]
fn rooms_import_downwards_only() {
    for checked in CRATES {
        let sources = sources(&root().join(checked.folder), checked.language);
        assert!(sources.len() > 3, "the sources in {} were not found", checked.folder);
        let faults = faults(checked, &sources);
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }
}

/// What is wrong with the imports of a crate, one text for each fault.
fn faults(checked: &Crate, sources: &[Source]) -> Vec<String> {
    let rooms: Vec<BTreeSet<&str>> = checked
        .rooms
        .lines()
        .map(|line| line.split_whitespace().collect())
        .filter(|room: &BTreeSet<_>| !room.is_empty())
        .collect();
    let level = |name: &str| rooms.iter().position(|room| room.contains(name));
    let reexports = checked.language.reexports(sources);
    let mut faults = undeclared(checked.folder, &rooms, sources);
    for (path, text) in sources.iter().filter(|(path, _)| path.contains('/') || !is_root(path)) {
        let room = room_of(path);
        let Some(own) = level(room) else { continue };
        for import in checked.language.imports(path, text, sources) {
            let name = reexports
                .iter()
                .find(|(exported, _)| *exported == import.name)
                .map_or(&import.name, |(_, from)| from);
            let place = format!("{}/{path}:{}", checked.folder, import.line);
            match level(name) {
                Some(other) if other <= own => (),
                Some(_) => {
                    faults.push(format!("{place}: room `{room}` imports from room `{name}`, which is not below it"))
                }
                None => faults.push(format!("{place}: room `{room}` imports `{name}`, which no room has")),
            }
        }
    }
    faults
}

/// Rooms that are not declared, and declared rooms that are not there.
fn undeclared(folder: &str, rooms: &[BTreeSet<&str>], sources: &[Source]) -> Vec<String> {
    let declared: BTreeSet<&str> = rooms.iter().flatten().copied().collect();
    let present: BTreeSet<&str> =
        sources.iter().map(|(path, _)| path.as_str()).filter(|path| !is_root(path)).map(room_of).collect();
    let missing =
        present.difference(&declared).map(|room| format!("{folder}: room `{room}` has no place in the order"));
    let gone = declared.difference(&present).map(|room| format!("{folder}: room `{room}` of the order is not there"));
    missing.chain(gone).collect()
}

/// The first part of a path, without an ending.
fn room_of(path: &str) -> &str {
    let first = path.split('/').next().unwrap_or(path);
    first.split('.').next().unwrap_or(first)
}

fn is_root(path: &str) -> bool {
    ["lib.rs", "main.rs", "mod.rs", "__init__.py", "__main__.py"].contains(&path)
}

impl Language {
    fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Rust | Self::RustModule(_) => &["rs"],
            Self::Python(_) => &["py", "pyi"],
        }
    }

    fn imports(self, path: &str, text: &str, sources: &[Source]) -> Vec<Import> {
        match self {
            Self::Rust => rust::imports(path, text, ""),
            Self::RustModule(module) => rust::imports(path, text, module),
            Self::Python(package) => python::imports(path, text, package, sources),
        }
    }

    /// The names that the root exports from rooms, and the room of each.
    fn reexports(self, sources: &[Source]) -> Vec<(String, String)> {
        let roots = sources.iter().filter(|(path, _)| is_root(path));
        match self {
            Self::Rust | Self::RustModule(_) => roots.flat_map(|(_, text)| rust::reexports(text)).collect(),
            Self::Python(_) => Vec::new(),
        }
    }
}

/// The files of code below a folder, but for those of tests.
fn sources(folder: &Path, language: Language) -> Vec<Source> {
    fn visit(folder: &Path, below: &str, endings: &[&str], found: &mut Vec<Source>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            let below = if below.is_empty() { name.to_owned() } else { format!("{below}/{name}") };
            if path.is_dir() && name != "tests" {
                visit(&path, &below, endings, found);
            } else if path.extension().is_some_and(|ending| endings.iter().any(|known| ending == *known))
                && name != "tests.rs"
            {
                found.push((below, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let mut found = Vec::new();
    visit(folder, "", language.endings(), &mut found);
    found.sort();
    found
}

/// Puts spaces in place of comments and of the letters of texts. `hidden` gets the source from some place on, and the
/// letter before it. It returns the length of the comment or text that begins there; 0 if none does.
fn without_texts(text: &str, hidden: impl Fn(&str, Option<char>) -> usize) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let length = hidden(rest, code.chars().next_back());
        if length == 0 {
            code.push(letter);
            rest = &rest[letter.len_utf8()..];
        } else {
            let (skipped, next) = rest.split_at(length);
            code.extend(skipped.chars().map(|letter| if letter == '\n' { '\n' } else { ' ' }));
            rest = next;
        }
    }
    code
}
