//! Reports that are lost, because the rows of their submissions are damaged in the store.
//!
//! What such a submission said is not known, so nothing that it could have said may be answered: neither its own rows, nor
//! those that it replaced, nor zero. A report is lost until a later replacement says everything again, or until the
//! submission is withdrawn.

use std::sync::Arc;

use jiff::civil::Date;
use peelian_core::engine::snapshot::{Coverage, Lost};
use peelian_core::intake::Mode;

use super::submitted::Head;

/// The reports that are lost with a submission, where `coverage` was reported on before. A merge can take a row out of any
/// other period or collection of its agency, so all of these are lost with it.
pub(super) fn lost_with<'c>(head: &'c Head, coverage: &'c [Coverage]) -> impl Iterator<Item = Lost> {
    let envelope = &head.envelope;
    let dataset = head.dataset.id.as_str();
    let lost = move |collection: &Arc<str>, first: Date, last: Date| Lost {
        name: Arc::clone(&head.name),
        agency: Arc::clone(&head.agency),
        dataset,
        collection: Arc::clone(collection),
        first,
        last,
    };
    let merged = coverage
        .iter()
        .filter(move |held| envelope.mode == Mode::Merge && held.agency == head.agency && held.dataset == dataset);
    let merged = merged.map(move |held| lost(&held.collection, held.first, held.last));
    merged.chain(std::iter::once(lost(&head.collection, envelope.first, envelope.last)))
}

/// Says everything again for the period of a replacement. One that left out rows does not: rows held before may stay in
/// force in their place.
pub(super) fn regain(lost: &mut Vec<Lost>, head: &Head) {
    let envelope = &head.envelope;
    if envelope.mode != Mode::ReplacePeriod || envelope.left_out {
        return;
    }
    let dataset = head.dataset.id.as_str();
    let rest = std::mem::take(lost).into_iter().flat_map(|lost| {
        let same = lost.agency == head.agency && lost.dataset == dataset && lost.collection == head.collection;
        if same { without(&lost, envelope.first, envelope.last) } else { vec![lost] }
    });
    *lost = rest.collect();
}

/// What is left of a lost report without a period.
fn without(lost: &Lost, first: Date, last: Date) -> Vec<Lost> {
    let before = first.yesterday().ok().map(|end| (lost.first, end.min(lost.last)));
    let after = last.tomorrow().ok().map(|start| (start.max(lost.first), lost.last));
    let left = [before, after].into_iter().flatten().filter(|(first, last)| first <= last);
    left.map(|(first, last)| Lost { first, last, ..lost.clone() }).collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn what_is_said_again_is_no_longer_lost() {
        let year = Lost {
            name: "n".into(),
            agency: "a".into(),
            dataset: "crime",
            collection: "".into(),
            first: date(2017, 1, 1),
            last: date(2017, 12, 31),
        };
        let left = |first, last| {
            let left = without(&year, first, last);
            left.iter().map(|left| (left.first, left.last)).collect::<Vec<_>>()
        };
        let parts = [(date(2017, 1, 1), date(2017, 2, 28)), (date(2017, 4, 1), date(2017, 12, 31))];
        assert_eq!(left(date(2017, 3, 1), date(2017, 3, 31)), parts);
        assert_eq!(left(date(2016, 1, 1), date(2018, 1, 1)), []);
        assert_eq!(left(date(2018, 1, 1), date(2018, 2, 1)), [(year.first, year.last)]);
    }
}
