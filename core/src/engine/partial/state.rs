//! The states of one question, and how they are merged.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::PartialError;
use super::plan::Plan;
use crate::contract::Severity;
use crate::design::{Input, LinkedVictims};
use crate::engine::answer::{Data, axes};
use crate::engine::counts::{
    CountKey, CountStates, LinkedCounts, LinkedState, VictimEvent, VictimEvents, add, level_number,
};
use crate::engine::query::{BreakdownAxes, Members, definition};
use crate::engine::rows::MonthSpan;
use crate::period::Month;
use crate::reference::Level;

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
    pub(super) counts: CountStates,
    pub(super) persons: BTreeMap<Followed, Vec<VictimEvent>>,
    /// Rows of victims that were split into buckets, and that were counted there.
    pub(super) sent: u64,
    pub(super) counted: u64,
    pub(super) received: BTreeMap<&'static str, Received>,
}

/// Whose rows are followed: those of a measure with one combination of members of its sets.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Followed {
    pub(super) measure: CountKey,
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
    pub(super) fn new(measure: &CountKey, combination: usize) -> Self {
        Self { measure: CountKey { level: 0, ..measure.clone() }, combination }
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
        self.counts.merge(other.counts)?;
        for (key, events) in other.persons {
            self.persons.entry(key).or_default().extend(events);
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
        let mut split: BTreeMap<u32, BTreeMap<Followed, Vec<VictimEvent>>> = BTreeMap::new();
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
            let axes = axes(&data, definition, &plan.query)?;
            for (number, input) in definition.inputs.iter().enumerate() {
                let Input::Linked(victims) = input else { continue };
                for level in Level::ALL {
                    let key = CountKey::new(definition, number, level_number(level), &axes);
                    if let Some(counts) = counted(&data, victims, level, &axes, (&key, &persons))? {
                        self.counts.linked.entry(key).or_default().merge(LinkedState::of(&counts))?;
                    }
                }
            }
        }
        self.bucket = None;
        Ok(())
    }
}

/// The counts of the persons followed for a measure; `None` where there are none.
fn counted(
    data: &Data,
    victims: &LinkedVictims,
    level: Level,
    axes: &BreakdownAxes,
    (key, persons): (&CountKey, &BTreeMap<Followed, Vec<VictimEvent>>),
) -> Result<Option<LinkedCounts>, PartialError> {
    let members: Vec<_> = axes.combinations().collect();
    let all: Vec<&Vec<VictimEvent>> =
        (0..members.len()).filter_map(|at| persons.get(&Followed::new(key, at))).collect();
    let month = |event: &VictimEvent| Month::of_days(event.date).index();
    let months = || all.iter().copied().flatten().map(month);
    let (Some(first), Some(last)) = (months().min(), months().max()) else { return Ok(None) };
    let span = MonthSpan::reaching(first, last.saturating_add(TAIL));
    let events = |wanted: &Members| {
        let at = members.iter().position(|known| known == wanted).unwrap_or(0);
        let events = persons.get(&Followed::new(key, at)).into_iter().flatten();
        Ok(VictimEvents::of_events(events, victims, axes, span))
    };
    Ok(Some(LinkedCounts::of_victims(&data.counts, victims, level, axes, span, events)?))
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
        })?;
        Ok(())
    }
}

fn bucket_of(person: u64, buckets: u32) -> u32 {
    u32::try_from(person % u64::from(buckets.max(1))).unwrap_or(0)
}
