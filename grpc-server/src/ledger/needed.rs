//! Which submissions the rows in force depend on.
//!
//! A later replacement of a whole period takes everything out of force that an earlier replacement brought into force in
//! it. Then the earlier one need not be read: the rows in force are the same without it. That is so unless something
//! between them depends on its rows:
//!
//! - a merge takes rows out of force wherever they are, and leaves equal rows in force under the earlier submission;
//! - a replacement that left out rows keeps rows of earlier submissions in force;
//! - a dataset whose rows have the days of other rows looks these up;
//! - after a withdrawal, later submissions can have rows that are held elsewhere, and take those out of force.

use std::collections::{BTreeSet, HashMap};

use jiff::civil::Date;
use peelian_core::contract::{Contract, Dataset};
use peelian_core::intake::Mode;

use super::entry::{Entry, withdrawn};
use super::submitted::Head;

/// For each entry, whether it is a submission on which the rows in force depend.
pub(crate) fn needed(entries: &[Entry]) -> Vec<bool> {
    let withdrawn = withdrawn(entries);
    let mut first_withdrawn: HashMap<&'static str, u64> = HashMap::new();
    for head in entries.iter().filter_map(Entry::head).filter(|head| withdrawn.contains(&head.position())) {
        for dataset in family(head.dataset) {
            first_withdrawn.entry(dataset).or_insert(head.position());
        }
    }
    let mut later = Replacements::default();
    let mut needed = vec![false; entries.len()];
    for (needed, entry) in needed.iter_mut().zip(entries).rev() {
        let Some(head) = entry.head().filter(|head| !withdrawn.contains(&head.position())) else { continue };
        let settled = first_withdrawn.get(head.dataset.id.as_str()).is_none_or(|first| head.position() < *first);
        *needed = !(settled && later.supersede(head));
        if *needed {
            later.push(head);
        }
    }
    needed
}

/// A dataset with those whose rows have the days of its rows, and those of whose rows its rows have the days.
pub(crate) fn family(dataset: &'static Dataset) -> BTreeSet<&'static str> {
    let mut family = BTreeSet::from([dataset.id.as_str()]);
    loop {
        let size = family.len();
        for dataset in Contract::get().datasets() {
            let mut pairs = days_from(dataset).peekable();
            let joined = family.contains(dataset.id.as_str()) || pairs.any(|other| family.contains(other));
            if joined {
                family.extend(days_from(dataset).chain([dataset.id.as_str()]));
            }
        }
        if family.len() == size {
            return family;
        }
    }
}

/// The datasets in whose rows the days of a dataset's rows are looked up.
pub(super) fn days_from(dataset: &'static Dataset) -> impl Iterator<Item = &'static str> {
    let others = dataset.options.period_fields.iter().filter_map(|field| field.split_once('.'));
    others.filter_map(|(other, _)| Contract::get().dataset(other)).map(|other| other.id.as_str())
}

/// A replacement of a period of a collection.
struct Replaced<'e> {
    collection: &'e str,
    first: Date,
    last: Date,
}

/// The replacements after an entry with nothing between that depends on the rows before, by dataset and agency.
#[derive(Default)]
struct Replacements<'e> {
    by_dataset: HashMap<&'static str, HashMap<&'e str, Vec<Replaced<'e>>>>,
}

impl<'e> Replacements<'e> {
    /// Whether one of them takes everything out of force that a submission brings into force.
    fn supersede(&self, head: &Head) -> bool {
        let of_agency = self.by_dataset.get(head.dataset.id.as_str()).and_then(|all| all.get(&*head.agency));
        head.envelope.mode == Mode::ReplacePeriod
            && of_agency.is_some_and(|all| {
                all.iter().any(|replaced| {
                    *replaced.collection == *head.collection
                        && replaced.first <= head.envelope.first
                        && head.envelope.last <= replaced.last
                })
            })
    }

    /// Adds a submission, which is before those that were added so far.
    fn push(&mut self, head: &'e Head) {
        for other in days_from(head.dataset) {
            self.by_dataset.remove(other);
        }
        let of_agency = self.by_dataset.entry(&head.dataset.id).or_default().entry(&head.agency).or_default();
        let (first, last) = (head.envelope.first, head.envelope.last);
        match head.envelope.mode {
            _ if head.envelope.left_out => of_agency.clear(),
            Mode::Merge => of_agency.clear(),
            Mode::Delete => {}
            Mode::ReplacePeriod => {
                of_agency.retain(|replaced| {
                    !(*replaced.collection == *head.collection && first <= replaced.first && replaced.last <= last)
                });
                of_agency.push(Replaced { collection: &head.collection, first, last });
            }
        }
    }
}
