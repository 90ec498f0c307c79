//! Files of policies: the seeds' own, and an operator's.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;

use cedar_policy::{Policy, PolicyId, PolicySet};
use miette::Diagnostic;

use super::fault::Fault;

/// Extension of a file of policies.
const EXTENSION: &str = "cedar";

/// A file of policies.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct PolicyFile {
    /// Name without extension: `mps`.
    pub(super) id: String,
    /// Path, for errors.
    pub(super) path: String,
    pub(super) text: String,
}

impl PolicyFile {
    /// The policies of the file, in its order. Each has the identifier `FILE/ID`.
    pub(super) fn policies(&self) -> Result<Vec<Policy>, Fault> {
        let set = PolicySet::from_str(&self.text).map_err(|errors| {
            let at = errors.labels().and_then(|mut labels| labels.next()).map_or(0, |label| label.offset());
            self.fault_on(at, errors.to_string())
        })?;
        if let Some(template) = set.templates().next() {
            return Err(self.fault(format!("{} is a template: write policies without slots", template.id())));
        }
        // The identifiers that the library gives are numbered in the order of the text.
        let mut policies: Vec<&Policy> = set.policies().collect();
        policies.sort_by_key(|policy| number(policy.id()));
        let mut named = BTreeMap::new();
        let mut found = Vec::with_capacity(policies.len());
        for policy in policies {
            let Some(id) = policy.annotation("id") else {
                return Err(self.fault(format!("policy {} of the file has no @id", found.len() + 1)));
            };
            if named.insert(id, ()).is_some() {
                return Err(self.fault_at(&id_annotation(id), format!("two policies have the @id \"{id}\"")));
            }
            found.push(policy.new_id(PolicyId::new(format!("{}/{id}", self.id))));
        }
        Ok(found)
    }

    /// A fault of the whole file.
    pub(super) fn fault(&self, reason: String) -> Fault {
        self.fault_on(0, reason)
    }

    /// A fault at the first place that has a text.
    pub(super) fn fault_at(&self, text: &str, reason: String) -> Fault {
        self.fault_on(self.text.find(text).unwrap_or(0), reason)
    }

    /// A fault of a policy.
    pub(super) fn fault_of(&self, policy: &Policy, reason: String) -> Fault {
        self.fault_at(&id_annotation(policy.annotation("id").unwrap_or_default()), reason)
    }

    fn fault_on(&self, offset: usize, reason: String) -> Fault {
        let before = self.text.bytes().take(offset);
        Fault { file: self.path.clone(), line: 1 + before.filter(|byte| *byte == b'\n').count(), reason }
    }
}

fn id_annotation(id: &str) -> String {
    format!("@id(\"{id}\")")
}

fn number(id: &PolicyId) -> usize {
    let id: &str = id.as_ref();
    id.trim_start_matches(|letter: char| !letter.is_ascii_digit()).parse().unwrap_or(usize::MAX)
}

/// The files in force: those of the seeds, and those of an operator's folder. A file of the operator takes the place of the
/// one with the same name.
pub(super) fn files(folder: Option<&Path>) -> Result<Vec<PolicyFile>, Fault> {
    let seeds = peelian_seeds::policies().into_iter().map(|file| {
        let id = file.stem().to_owned();
        (id.clone(), PolicyFile { id, path: format!("seeds/{}", file.path), text: file.text.into_owned() })
    });
    let mut files: BTreeMap<String, PolicyFile> = seeds.collect();
    for path in folder.map(paths).transpose()?.unwrap_or_default() {
        let name = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_owned();
        let text = std::fs::read_to_string(&path).map_err(|error| unreadable(&path, &error))?;
        files.insert(name.clone(), PolicyFile { id: name, path: path.display().to_string(), text });
    }
    Ok(files.into_values().collect())
}

/// The files of policies in a folder.
fn paths(folder: &Path) -> Result<Vec<PathBuf>, Fault> {
    let entries = std::fs::read_dir(folder).map_err(|error| unreadable(folder, &error))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| unreadable(folder, &error))?.path();
        if path.extension().is_some_and(|extension| extension == EXTENSION) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn unreadable(path: &Path, error: &std::io::Error) -> Fault {
    Fault { file: path.display().to_string(), line: 1, reason: format!("it cannot be read: {error}") }
}
