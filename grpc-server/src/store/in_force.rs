//! Encodes which rows are in force at a position of the ledger.
//!
//! The content names rows by their submission and their number in it; the rows themselves are read from the payloads of the
//! submissions, with their seals. So nothing is stored twice, and damage to a row in force is noticed at every start.

use std::sync::LazyLock;

use peelian_core::period::Month;
use peelian_core::reference::{AreaId, Reference};
use prost::Message;
use sha2::{Digest as _, Sha256};

/// Form of the content, and of the rules by which entries are folded. A change of either needs another number: then what
/// an earlier version kept is made again.
const FORM: u32 = 1;

/// Which rows are in force, as a store keeps it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct KeptInForce {
    /// Position of the last entry that is included.
    pub(crate) position: u64,
    /// What [`InForce::encode`] gives.
    pub(crate) content: Vec<u8>,
}

/// Which rows are in force, and where submissions had rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct InForce {
    /// The rows in force of each submission that has any, in the order of the submissions.
    pub(crate) rows: Vec<RowsInForce>,
    /// The areas and months of the rows of submissions that report on these only, by position.
    pub(crate) places: Vec<(u64, Vec<(AreaId, Month)>)>,
}

/// Which rows of a submission are in force.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RowsInForce {
    /// Position of the submission.
    pub(crate) submission: u64,
    /// The numbers of the rows, from 0, in order; `None` if all are in force.
    pub(crate) rows: Option<Vec<u32>>,
    /// The days of these rows, in days since 1970-01-01; `None` if they follow from the rows themselves.
    pub(crate) days: Option<Vec<i32>>,
}

/// The content of the store's row.
#[derive(Clone, PartialEq, Message)]
struct Content {
    #[prost(uint32, tag = "1")]
    form: u32,
    /// SHA-256 of the contract: what its fields mean decides which rows are the same.
    #[prost(bytes = "vec", tag = "2")]
    contract: Vec<u8>,
    #[prost(message, repeated, tag = "3")]
    held: Vec<Held>,
    #[prost(message, repeated, tag = "4")]
    placed: Vec<Placed>,
}

#[derive(Clone, PartialEq, Message)]
struct Held {
    #[prost(uint64, tag = "1")]
    submission: u64,
    #[prost(bool, tag = "2")]
    all: bool,
    /// How many rows lie between each row and the one before.
    #[prost(uint32, repeated, tag = "3")]
    gaps: Vec<u32>,
    #[prost(bool, tag = "4")]
    with_days: bool,
    /// The difference of each day and the one before.
    #[prost(sint32, repeated, tag = "5")]
    day_steps: Vec<i32>,
}

#[derive(Clone, PartialEq, Message)]
struct Placed {
    #[prost(uint64, tag = "1")]
    submission: u64,
    #[prost(message, repeated, tag = "2")]
    places: Vec<Place>,
}

#[derive(Clone, PartialEq, Message)]
struct Place {
    #[prost(string, tag = "1")]
    area: String,
    #[prost(sint32, repeated, tag = "2")]
    months: Vec<i32>,
}

/// SHA-256 of the contract.
static CONTRACT: LazyLock<[u8; 32]> = LazyLock::new(|| Sha256::digest(peelian::DESCRIPTOR_SET).into());

impl InForce {
    /// Encodes it.
    pub(crate) fn encode(&self, reference: &Reference) -> Vec<u8> {
        let placed = |(submission, places): &(u64, Vec<(AreaId, Month)>)| Placed {
            submission: *submission,
            places: places
                .chunk_by(|(a, _), (b, _)| a == b)
                .filter_map(|of_area| {
                    let area = reference.areas.get(of_area.first()?.0).code().to_owned();
                    Some(Place { area, months: of_area.iter().map(|(_, month)| month.index()).collect() })
                })
                .collect(),
        };
        let content = Content {
            form: FORM,
            contract: CONTRACT.to_vec(),
            held: self.rows.iter().map(Held::of).collect(),
            placed: self.places.iter().map(placed).collect(),
        };
        content.encode_to_vec()
    }

    /// Decodes it; `None` if another version with other rules made it, or if the reference data no longer have an area.
    pub(crate) fn decode(content: &[u8], reference: &Reference) -> Option<Self> {
        let Content { form, contract, held, placed } = Content::decode(content).ok()?;
        if form != FORM || contract != *CONTRACT {
            return None;
        }
        let places = |Placed { submission, places }: Placed| {
            let mut decoded = Vec::new();
            for Place { area, months } in places {
                let area = reference.areas.by_code(&area)?;
                decoded.extend(months.into_iter().map(|month| (area, Month::from_index(month))));
            }
            decoded.sort_unstable();
            Some((submission, decoded))
        };
        Some(Self {
            rows: held.into_iter().map(Held::rows_in_force).collect(),
            places: placed.into_iter().map(places).collect::<Option<_>>()?,
        })
    }
}

impl Held {
    fn of(in_force: &RowsInForce) -> Self {
        let mut next = 0;
        let gap = |row: &u32| {
            let gap = row.saturating_sub(next);
            next = row.saturating_add(1);
            gap
        };
        let mut before = 0;
        let step = |day: &i32| {
            let step = day.wrapping_sub(before);
            before = *day;
            step
        };
        Self {
            submission: in_force.submission,
            all: in_force.rows.is_none(),
            gaps: in_force.rows.iter().flatten().map(gap).collect(),
            with_days: in_force.days.is_some(),
            day_steps: in_force.days.iter().flatten().map(step).collect(),
        }
    }

    fn rows_in_force(self) -> RowsInForce {
        let mut next = 0_u32;
        let row = |gap: u32| {
            let row = next.saturating_add(gap);
            next = row.saturating_add(1);
            row
        };
        let rows: Vec<u32> = self.gaps.into_iter().map(row).collect();
        let mut before = 0_i32;
        let day = |step: i32| {
            before = before.wrapping_add(step);
            before
        };
        let days: Vec<i32> = self.day_steps.into_iter().map(day).collect();
        RowsInForce {
            submission: self.submission,
            rows: (!self.all).then_some(rows),
            days: self.with_days.then_some(days),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_force_is_decoded_as_it_was_encoded() {
        let reference = Reference::from_seeds().unwrap();
        let [southwark, camden] = ["E09000028", "E09000007"].map(|code| reference.areas.by_code(code).unwrap());
        let month = Month::from_index;
        let mut places = vec![(southwark, month(24_205)), (southwark, month(24_206)), (camden, month(24_205))];
        places.sort_unstable();
        let in_force = InForce {
            rows: vec![
                RowsInForce { submission: 3, rows: None, days: None },
                RowsInForce {
                    submission: 7,
                    rows: Some(vec![0, 1, 5, 99]),
                    days: Some(vec![17_000, 16_999, -3, 40]),
                },
                RowsInForce { submission: 9, rows: Some(vec![4]), days: None },
            ],
            places: vec![(3, places), (4, Vec::new())],
        };
        let content = in_force.encode(&reference);
        assert_eq!(InForce::decode(&content, &reference), Some(in_force));
        let mut other = Content::decode(content.as_slice()).unwrap();
        other.contract[0] ^= 1;
        assert_eq!(InForce::decode(&other.encode_to_vec(), &reference), None);
    }
}
