//! Tests of the files in the repository.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::root;

/// The files under version control. `None` if there is no version control, as in an archive; standard error then says
/// so.
fn tracked() -> Option<Vec<String>> {
    let output = Command::new("git").args(["ls-files", "-z"]).current_dir(root()).output().ok();
    let Some(output) = output.filter(|output| output.status.success()) else {
        eprintln!("skipped: not a git repository");
        return None;
    };
    let names = String::from_utf8(output.stdout).unwrap();
    // A file can be deleted before the deletion is committed.
    let there = names.split_terminator('\0').filter(|name| root().join(name).exists());
    Some(there.map(str::to_owned).collect())
}

#[test]
fn the_top_level_has_exactly_its_entries() {
    let Some(files) = tracked() else { return };
    let found: BTreeSet<_> = files.iter().map(|file| file.split('/').next().unwrap()).collect();
    let expected = BTreeSet::from([
        ".cargo",
        ".ci",
        ".clippy.toml",
        ".github",
        ".gitignore",
        ".ruff.toml",
        ".rustfmt.toml",
        "ARCHITECTURE.md",
        "CHANGELOG.md",
        "CODEOWNERS",
        "CONTRIBUTING.md",
        "Cargo.lock",
        "Cargo.toml",
        "LICENSE",
        "README.md",
        "SECURITY.md",
        "build.rs",
        "commands",
        "core",
        "docs",
        "ffi",
        "grpc-server",
        "proto",
        "python",
        "rust-toolchain.toml",
        "seeds",
        "tests",
    ]);
    assert_eq!(found, expected);
}

/// The Police and Crime Plan sets no numerical targets, and a rise in reports can be good. So neither a definition nor
/// the contract may judge a volume.
#[test]
fn no_definition_and_no_message_names_a_target_or_a_traffic_light() {
    let Some(files) = tracked() else { return };
    let banned = ["target", "targets", "rag", "traffic", "amber"];
    let judged = files.iter().filter(|file| file.starts_with("seeds/measures/") || file.starts_with("proto/"));
    for file in judged {
        let text = fs::read_to_string(root().join(file)).unwrap().to_lowercase();
        for word in text.split(|letter: char| !letter.is_ascii_alphabetic()) {
            assert!(!banned.contains(&word), "{file} names \"{word}\"");
        }
    }
}

/// Tests read published files where they are stored. The repository holds figures in its own format only.
#[test]
fn no_file_is_large() {
    let Some(files) = tracked() else { return };
    for file in files {
        let bytes = fs::metadata(root().join(&file)).unwrap().len();
        assert!(bytes < 2 << 20, "{file} has {bytes} bytes");
    }
}

/// CODEOWNERS names existing files only.
#[test]
fn code_owners_are_named_for_existing_files() {
    let text = fs::read_to_string(root().join("CODEOWNERS")).unwrap();
    let rules = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    for (path, owners) in rules.filter_map(|rule| rule.split_once(' ')) {
        assert!(path == "*" || root().join(path.trim_start_matches('/')).exists(), "CODEOWNERS names {path}");
        assert!(owners.split(' ').all(|owner| owner.starts_with("@peelian/")), "{path} is owned by {owners}");
    }
}

/// Links between documents lead to existing files.
#[test]
fn links_in_documents_lead_somewhere() {
    let Some(files) = tracked() else { return };
    for file in files.iter().filter(|file| Path::new(file).extension().is_some_and(|extension| extension == "md")) {
        let text = fs::read_to_string(root().join(file)).unwrap();
        let folder = root().join(file).parent().unwrap().to_owned();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let path = link.split('#').next().unwrap();
            if !path.is_empty() && !link.contains("://") {
                assert!(folder.join(path).exists(), "{file} links to {link}");
            }
        }
    }
}
