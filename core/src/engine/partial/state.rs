//! The states of one question, and how they are merged.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::PartialError;
use super::plan::Plan;
use crate::cel::FieldPath;
use crate::contract::Severity;
use crate::engine::cube::CubeCell;
use crate::engine::data::{CubeKey, Data};
use crate::engine::dims::Dims;
use crate::engine::months::MonthSpan;
use crate::engine::plan::dims;
use crate::engine::query::definition;
use crate::engine::repeats::{Members, RepeatCell, RepeatCube, combinations};
use crate::engine::survey::SurveyCell;
use crate::engine::victims::{Event, Joined};
use crate::measure::{Design, RepeatShare};
use crate::period::Month;
use crate::reference::{AreaId, Level};
use crate::stats::survey::WeightedSums;

/// Months after its last row in which a person still counts, where a period is a year that ends with its month.
const TAIL: i32 = 11;

/// Whole numbers that one question needs from the rows of some partitions.
///
/// States of one [`Plan`] merge in any order. Nothing in a state is text of a record: keys of persons and crimes are
/// the 64-bit keys that the kernels take.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Partial {
    /// [`Plan::digest`].
    pub(super) digest: u64,
    /// The bucket of the victims, and how many buckets there are; `None` where they were not split.
    pub(super) bucket: Option<(u32, u32)>,
    pub(super) counts: BTreeMap<CubeKey, Counts>,
    pub(super) repeats: BTreeMap<CubeKey, Repeats>,
    pub(super) respondents: BTreeMap<CubeKey, BTreeMap<SurveyCell, WeightedSums>>,
    pub(super) persons: BTreeMap<Followed, Vec<Event>>,
    /// Rows of victims that were split into buckets, and that were counted there.
    pub(super) sent: u64,
    pub(super) counted: u64,
    /// First and last month of the rows, by dataset and date.
    pub(super) months: BTreeMap<Column, (i32, i32)>,
    /// Positions of the areas of the rows, by dataset and field.
    pub(super) seen: BTreeMap<Column, BTreeSet<usize>>,
    pub(super) received: BTreeMap<&'static str, Received>,
}

/// A field that is read for the rows of a dataset: its own, or one of the rows that they refer to.
pub(super) type Column = (&'static str, FieldPath);

/// Counts of a cube.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Counts {
    pub(super) orphans: u64,
    pub(super) linked: u64,
    pub(super) values: BTreeMap<CubeCell, u64>,
}

/// Repeats and all, and the keys of each month's pseudonyms.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Repeats {
    pub(super) values: BTreeMap<RepeatCell, (u64, u64)>,
    pub(super) keys: BTreeSet<(i32, u64)>,
}

/// Whose rows are followed: those of a measure with one combination of members of its sets.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Followed {
    pub(super) measure: CubeKey,
    pub(super) combination: usize,
}

/// What became of the rows of a dataset.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Received {
    pub(super) received: u64,
    pub(super) rejected: u64,
    /// First and last day that the rows report on.
    pub(super) covers: Option<(Date, Date)>,
    /// How often each code was raised.
    pub(super) findings: BTreeMap<String, (Severity, u64)>,
}

impl Followed {
    /// Rows followed for a measure do not depend on the level of area.
    pub(super) fn new(measure: &CubeKey, combination: usize) -> Self {
        Self { measure: CubeKey { level: 0, ..measure.clone() }, combination }
    }
}

impl Partial {
    /// Adds the state of other rows.
    ///
    /// # Errors
    ///
    /// [`PartialError::OtherPlan`] for a state of another question or version, [`PartialError::OtherBucket`] for
    /// victims of another bucket, [`PartialError::Overflow`].
    pub fn merge(&mut self, other: Self) -> Result<(), PartialError> {
        if self.digest != other.digest {
            return Err(PartialError::OtherPlan);
        }
        match (self.persons.is_empty(), other.persons.is_empty()) {
            (false, false) if self.bucket != other.bucket => return Err(PartialError::OtherBucket),
            (true, false) => self.bucket = other.bucket,
            _ => {}
        }
        add(&mut self.sent, other.sent)?;
        add(&mut self.counted, other.counted)?;
        for (key, counts) in other.counts {
            self.counts.entry(key).or_default().merge(counts)?;
        }
        for (key, repeats) in other.repeats {
            self.repeats.entry(key).or_default().merge(repeats)?;
        }
        for (key, respondents) in other.respondents {
            let known = self.respondents.entry(key).or_default();
            for (place, sums) in respondents {
                let total = known.entry(place).or_default();
                *total = total.merged(&sums).map_err(|_| PartialError::Overflow)?;
            }
        }
        for (key, events) in other.persons {
            self.persons.entry(key).or_default().extend(events);
        }
        for (column, (first, last)) in other.months {
            let known = self.months.entry(column).or_insert((first, last));
            *known = (known.0.min(first), known.1.max(last));
        }
        for (column, areas) in other.seen {
            self.seen.entry(column).or_default().extend(areas);
        }
        for (dataset, received) in other.received {
            self.received.entry(dataset).or_default().merge(received)?;
        }
        Ok(())
    }

    /// Splits off the victims, so that all rows of one person are in one bucket. What is not about persons stays with
    /// the first of the states, whose bucket can be any.
    ///
    /// # Errors
    ///
    /// [`PartialError::Overflow`].
    pub fn by_person(mut self, buckets: u32) -> Result<Vec<(u32, Self)>, PartialError> {
        let buckets = buckets.max(1);
        let mut split: BTreeMap<u32, BTreeMap<Followed, Vec<Event>>> = BTreeMap::new();
        for (key, events) in std::mem::take(&mut self.persons) {
            for event in events {
                add(&mut self.sent, 1)?;
                let of_bucket = split.entry(bucket_of(event.person, buckets)).or_default();
                of_bucket.entry(key.clone()).or_default().push(event);
            }
        }
        let digest = self.digest;
        let first = split.keys().next().copied().unwrap_or(0);
        let mut states = vec![(first, self)];
        for (bucket, persons) in split {
            let of_bucket = Self { digest, bucket: Some((bucket, buckets)), persons, ..Self::default() };
            match states.first_mut() {
                Some((number, state)) if *number == bucket => state.merge(of_bucket)?,
                _ => states.push((bucket, of_bucket)),
            }
        }
        Ok(states)
    }

    /// Counts the victims of a bucket. All rows of the bucket's persons must be here.
    ///
    /// # Errors
    ///
    /// [`PartialError::OtherBucket`] for a person of another bucket, [`PartialError::OtherPlan`],
    /// [`PartialError::Query`] where the kernel refuses.
    pub fn count_persons(&mut self, plan: &Plan) -> Result<(), PartialError> {
        let mut persons = std::mem::take(&mut self.persons);
        for events in persons.values_mut() {
            // Without buckets all victims are here, and none was sent.
            if let Some((number, buckets)) = self.bucket {
                if events.iter().any(|event| bucket_of(event.person, buckets) != number) {
                    return Err(PartialError::OtherBucket);
                }
                add(&mut self.counted, events.len() as u64)?;
            }
            events.sort_unstable();
        }
        let data = plan.without_rows();
        for id in &plan.query.measures {
            let definition = definition(&plan.core, id)?;
            let Design::RepeatShare(repeat) = &definition.design else { continue };
            let dims = dims(&data, definition, &plan.query)?;
            for (number, level) in (0_u8..).zip(Level::ALL) {
                let key = CubeKey::new(definition, 0, number, &dims);
                let cubes = counted(&data, repeat, level, &dims, (&key, &persons))?;
                if let Some(cube) = cubes {
                    self.repeats.entry(key).or_default().merge(Repeats::of(&cube))?;
                }
            }
        }
        self.bucket = None;
        Ok(())
    }
}

/// The cube of the persons followed for a measure; `None` where there is none.
fn counted(
    data: &Data,
    repeat: &RepeatShare,
    level: Level,
    dims: &Dims,
    (key, persons): (&CubeKey, &BTreeMap<Followed, Vec<Event>>),
) -> Result<Option<RepeatCube>, PartialError> {
    let all: Vec<&Vec<Event>> =
        (0..combinations(dims).count()).filter_map(|at| persons.get(&Followed::new(key, at))).collect();
    let month = |event: &Event| Month::of_days(event.date).index();
    let months = || all.iter().copied().flatten().map(month);
    let (Some(first), Some(last)) = (months().min(), months().max()) else { return Ok(None) };
    let span = MonthSpan::reaching(first, last.saturating_add(TAIL));
    let members: Vec<_> = combinations(dims).collect();
    let victims = |wanted: &Members| {
        let at = members.iter().position(|known| known == wanted).unwrap_or(0);
        let events = persons.get(&Followed::new(key, at)).into_iter().flatten();
        Ok(Joined::of_events(events, repeat, dims, span))
    };
    Ok(Some(RepeatCube::of_victims(data, repeat, level, dims, span, victims)?))
}

impl Counts {
    fn merge(&mut self, other: Self) -> Result<(), PartialError> {
        add(&mut self.orphans, other.orphans)?;
        add(&mut self.linked, other.linked)?;
        other.values.into_iter().try_for_each(|(at, count)| add(self.values.entry(at).or_default(), count))
    }
}

impl Repeats {
    pub(super) fn of(cube: &RepeatCube) -> Self {
        Self { values: cube.counts().collect(), keys: cube.keys().collect() }
    }

    fn merge(&mut self, other: Self) -> Result<(), PartialError> {
        self.keys.extend(other.keys);
        other.values.into_iter().try_for_each(|(at, (repeats, all))| {
            let known = self.values.entry(at).or_default();
            add(&mut known.0, repeats)?;
            add(&mut known.1, all)
        })
    }
}

impl Received {
    fn merge(&mut self, other: Self) -> Result<(), PartialError> {
        add(&mut self.received, other.received)?;
        add(&mut self.rejected, other.rejected)?;
        self.covers = match (self.covers, other.covers) {
            (Some((first, last)), Some((from, to))) => Some((first.min(from), last.max(to))),
            (known, other) => known.or(other),
        };
        other.findings.into_iter().try_for_each(|(code, (severity, total))| {
            add(&mut self.findings.entry(code).or_insert((severity, 0)).1, total)
        })
    }
}

fn add(total: &mut u64, count: u64) -> Result<(), PartialError> {
    *total = total.checked_add(count).ok_or(PartialError::Overflow)?;
    Ok(())
}

fn bucket_of(person: u64, buckets: u32) -> u32 {
    u32::try_from(person % u64::from(buckets.max(1))).unwrap_or(0)
}

/// Areas at positions of a base.
pub(super) fn areas_at(positions: &BTreeSet<usize>, areas: &[AreaId]) -> BTreeSet<AreaId> {
    positions.iter().filter_map(|at| areas.get(*at).copied()).collect()
}
