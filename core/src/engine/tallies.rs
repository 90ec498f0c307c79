//! The populations of a definition that are counted row by row, each into a cube.

use std::borrow::Cow;

use super::data::{CubeKey, Data, Placed};
use super::dims::Dims;
use super::plan::Part;
use super::query::Query;
use crate::cel::{FieldPath, Predicate};
use crate::kernel::MAX_MEASURES;
use crate::measure::{Definition, Design, Population, RepeatShare};
use crate::reference::Level;

/// A population that is counted. Its number is its position among those of the design.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counted<'a> {
    pub(super) placed: Placed<'a>,
    subjects: Subjects<'a>,
    /// Whether the dimensions are fields of the rows of another population of the design.
    translated: bool,
}

/// Which rows are counted.
#[derive(Clone, Copy, Debug)]
enum Subjects<'a> {
    /// Those of the numerator, beside all that are eligible.
    Events(&'a Population),
    /// Numerator, denominator, and the exceptions between them.
    Share(&'a Population),
    /// Those that are eligible.
    Eligible(&'a Population),
    /// Those of one expression.
    All(&'a Predicate),
    /// Qualifying rows, and those of them that can be linked.
    Linkable(&'a RepeatShare),
}

impl<'a> Counted<'a> {
    fn new(placed: Placed<'a>, subjects: Subjects<'a>) -> Self {
        Self { placed, subjects, translated: false }
    }

    /// The predicates whose rows are counted, in the order of the tally.
    pub(super) fn predicates(&self) -> Vec<Predicate> {
        match self.subjects {
            Subjects::Events(population) => vec![population.counted(), population.eligible()],
            Subjects::Share(population) => population.predicates(),
            Subjects::Eligible(population) => vec![population.eligible()],
            Subjects::All(predicate) => vec![predicate.clone()],
            Subjects::Linkable(repeat) => vec![repeat.qualifying.clone(), repeat.qualifying.and(&repeat.linkable)],
        }
    }

    /// The dimensions as fields of these rows; `None` where they have no such field.
    pub(super) fn dims<'d>(&self, dims: &'d Dims) -> Option<Cow<'d, Dims>> {
        if self.translated {
            dims.of_dataset(self.placed.dataset).map(Cow::Owned)
        } else {
            dims.in_records().then_some(Cow::Borrowed(dims))
        }
    }
}

impl Design {
    /// What is counted into cubes. A gap counts what the measure compared does; a weighted share counts its subjects only
    /// to say which cells have any.
    pub(super) fn counted(&self) -> Vec<Counted<'_>> {
        match self {
            Self::Count(population) | Self::Rate { population, .. } => {
                vec![Counted::new(population.placed(), Subjects::Events(population))]
            }
            Self::Proportion(population) => vec![Counted::new(population.placed(), Subjects::Share(population))],
            Self::WeightedProportion { population, .. } => {
                vec![Counted::new(population.placed(), Subjects::Eligible(population))]
            }
            Self::RepeatShare(repeat) => vec![Counted::new(repeat.placed(), Subjects::Linkable(repeat))],
            Self::Ratio { numerator, denominator } => {
                let [above, below] =
                    [numerator, denominator].map(|side| Counted::new(side.placed(), Subjects::All(&side.population)));
                vec![above, Counted { translated: true, ..below }]
            }
            Self::Funnel(funnel) => {
                let stages = funnel.steps.iter().map(|step| &step.subjects).chain(&funnel.pending);
                let counted = stages.map(|stage| Counted::new(stage.placed(), Subjects::All(&stage.population)));
                counted.map(|stage| Counted { translated: true, ..stage }).collect()
            }
            Self::Completeness(_) | Self::Gap(_) | Self::SubmittedOnly => Vec::new(),
        }
    }
}

/// What cubes that are counted in one pass have in common: the rows, how they are placed, the dimensions, and the
/// dataset that the rows refer to, if that decides which of them count.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Pass {
    dataset: &'static str,
    date: FieldPath,
    area: FieldPath,
    dims: Vec<(FieldPath, bool)>,
    referenced: Option<&'static str>,
}

/// A cube that is to be counted.
struct Wanted<'a> {
    pass: Pass,
    key: CubeKey,
    placed: Placed<'a>,
    dims: Dims,
    predicates: Vec<Predicate>,
}

impl Data {
    /// Counts the cubes that a query needs: those over the same rows in one pass, so that the rows are read once.
    ///
    /// What cannot be counted together is left to be counted alone when it is needed, and fails there if it must: then the
    /// answer is `false`.
    pub(super) fn count_together(&self, parts: &[Part<'_>], query: &Query) -> bool {
        let levels = query.levels(&self.core);
        let wards =
            [false, true].map(|wards| levels.iter().any(|level| (*level == Level::Ward) == wards).then_some(wards));
        let wards: Vec<bool> = wards.into_iter().flatten().collect();
        let mut passes: Vec<(Pass, Vec<Wanted<'_>>)> = Vec::new();
        for part in parts {
            for wanted in wards.iter().flat_map(|wards| self.wanted(part.definition, &part.dims, *wards)) {
                match passes.iter_mut().find(|(pass, _)| *pass == wanted.pass) {
                    Some((_, several)) => several.push(wanted),
                    None => passes.push((wanted.pass.clone(), vec![wanted])),
                }
            }
        }
        passes.iter().fold(true, |all, (_, several)| self.count_pass(several) && all)
    }

    fn wanted<'d>(&self, definition: &'d Definition, dims: &Dims, wards: bool) -> Vec<Wanted<'d>> {
        let mut all = Vec::new();
        if matches!(definition.design, Design::WeightedProportion { .. }) {
            return all;
        }
        for (number, counted) in definition.design.counted().into_iter().enumerate() {
            let (Some(area), Some(dims)) = (counted.placed.area(wards), counted.dims(dims)) else { continue };
            let key = CubeKey::new(definition, number, u8::from(wards), &dims);
            if self.has_cube(&key) {
                continue;
            }
            let predicates = counted.predicates();
            let own = dims.0.iter().filter_map(|dim| Some((dim.field?, dim.multi_valued)));
            let own: Vec<(FieldPath, bool)> = own.collect();
            let read = predicates.iter().flat_map(Predicate::fields);
            let mut read = read.chain(own.iter().map(|(field, _)| *field)).chain([area, counted.placed.date]);
            let pass = Pass {
                dataset: counted.placed.dataset.id.as_str(),
                date: counted.placed.date,
                area,
                referenced: read.find(|path| path.referenced).map(|path| path.dataset),
                dims: own,
            };
            all.push(Wanted { pass, key, placed: counted.placed, dims: dims.into_owned(), predicates });
        }
        all
    }

    /// Counts in one pass as many cubes as a pass can hold; whether all could be counted.
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
            match (self.count(first.placed, first.pass.area, &distinct, &first.dims), now) {
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
