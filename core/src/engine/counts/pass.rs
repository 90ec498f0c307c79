//! Passes: tallies over the same rows are counted together, so that the rows are read only once.

use std::collections::BTreeSet;

use super::{CountKey, CountStore, Cube, axes_of};
use crate::cel::{FieldPath, Predicate};
use crate::design::{Input, RowBasis, Tally};
use crate::engine::query::BreakdownAxes;
use crate::kernel::MAX_MEASURES;
use crate::measure::Definition;

/// The properties that the tallies of one pass have in common: the dataset, the date and the area that place rows, the
/// axes, and the dataset to which the rows refer, if that decides which rows count.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Pass {
    dataset: &'static str,
    date: FieldPath,
    area: FieldPath,
    axes: Vec<(FieldPath, bool)>,
    referenced: Option<&'static str>,
}

/// A tally that is to be counted.
struct Wanted<'a> {
    pass: Pass,
    key: CountKey,
    rows: &'a RowBasis,
    axes: BreakdownAxes,
    predicates: &'a [Predicate],
}

impl Pass {
    fn new(tally: &Tally, area: FieldPath, axes: &BreakdownAxes) -> Self {
        let own: Vec<(FieldPath, bool)> =
            axes.iter().filter_map(|axis| Some((axis.field?, axis.multi_valued))).collect();
        let read = tally.predicates.iter().flat_map(Predicate::fields);
        let mut read = read.chain(own.iter().map(|(field, _)| *field)).chain([area, tally.rows.date]);
        Self {
            dataset: tally.rows.dataset.id.as_str(),
            date: tally.rows.date,
            area,
            referenced: read.find(|path| path.referenced).map(|path| path.dataset),
            axes: own,
        }
    }
}

impl CountStore {
    /// Counts the tallies that measures need, with their breakdowns. `wards` lists the levels of the query: `true` for
    /// wards, `false` for the other levels.
    ///
    /// Returns `false` if a tally could not be counted together with others. Such a tally is counted alone when it is
    /// needed. An error is reported then.
    pub(crate) fn count_together<'d>(
        &self,
        measures: impl Iterator<Item = (&'d Definition, &'d BreakdownAxes)>,
        wards: &[bool],
    ) -> bool {
        let mut passes: Vec<(Pass, Vec<Wanted<'_>>)> = Vec::new();
        let mut seen = BTreeSet::new();
        for (definition, axes) in measures {
            for wanted in wards.iter().flat_map(|wards| self.wanted(definition, axes, *wards)) {
                if !seen.insert(wanted.key.clone()) {
                    continue;
                }
                match passes.iter_mut().find(|(pass, _)| *pass == wanted.pass) {
                    Some((_, several)) => several.push(wanted),
                    None => passes.push((wanted.pass.clone(), vec![wanted])),
                }
            }
        }
        passes.iter().fold(true, |all, (_, several)| self.count_pass(several) && all)
    }

    fn wanted<'d>(&self, definition: &'d Definition, axes: &BreakdownAxes, wards: bool) -> Vec<Wanted<'d>> {
        let tallies = definition.inputs.iter().map(Input::needed_tally).enumerate();
        let wanted = tallies.filter_map(|(number, tally)| {
            let tally: &Tally = tally?;
            let (area, axes) = (tally.rows.area_field(wards)?, axes_of(tally, axes)?);
            let key = CountKey::of_tally(definition, number, u8::from(wards), &axes);
            if self.kept.has::<Cube>(&key) {
                return None;
            }
            let pass = Pass::new(tally, area, &axes);
            Some(Wanted { pass, key, rows: &tally.rows, axes: axes.into_owned(), predicates: &tally.predicates })
        });
        wanted.collect()
    }

    /// Counts the tallies in passes, as many in each pass as it can hold. Returns whether all were counted.
    fn count_pass(&self, mut several: &[Wanted<'_>]) -> bool {
        let mut counted = true;
        while !several.is_empty() {
            // Measures of one family share most of their populations.
            let mut distinct: Vec<Predicate> = Vec::new();
            let mut places: Vec<Vec<usize>> = Vec::new();
            for wanted in several {
                let new =
                    wanted.predicates.iter().filter(|new| !distinct.iter().any(|old| old.source() == new.source()));
                if distinct.len() + new.count() > MAX_MEASURES {
                    break;
                }
                let place = |predicate: &Predicate| {
                    let known = distinct.iter().position(|old| old.source() == predicate.source());
                    known.unwrap_or_else(|| {
                        distinct.push(predicate.clone());
                        distinct.len() - 1
                    })
                };
                places.push(wanted.predicates.iter().map(place).collect());
            }
            let (now, later) = several.split_at(places.len());
            let Some(first) = now.first() else { return false };
            match (self.count(first.rows, first.pass.area, &distinct, &first.axes), now) {
                (Ok(cube), [alone]) if first.predicates.len() == distinct.len() => self.keep_cube(&alone.key, cube),
                (Ok(cube), _) => {
                    for (wanted, places) in now.iter().zip(&places) {
                        self.keep_cube(&wanted.key, cube.only(places));
                    }
                }
                (Err(_), _) => counted = false,
            }
            several = later;
        }
        counted
    }
}
