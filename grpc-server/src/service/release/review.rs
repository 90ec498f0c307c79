//! What a reviewer is told of a release, and how two releases differ.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use peelian::page_size;
use peelian::v1::{
    DiffReleasesRequest, DiffReleasesResponse, DifferenceCount, DifferenceKind, Observation, ReleaseDifference,
    ReviewReleaseRequest, ReviewReleaseResponse, WithheldCount, WithheldObservation,
};
use peelian_core::Core;
use peelian_core::period::Period;
use peelian_core::reference::AreaId;
use peelian_core::release::{PartlyListed, partly_listed};

use super::{Releases, message, not_found};
use crate::error::Error;
use crate::policy::Action;
use crate::release::{Difference, Frozen, Life, counts, diff};
use crate::resource_name;
use crate::service::authority::Call;
use crate::service::pagination::{ListCall, PageSize, page};
use crate::service::released::{self, values};
use crate::task::blocking;

impl Releases {
    /// What a reviewer is told of a release. Only the first page has what is counted over all pages.
    pub(super) async fn review(
        &self,
        request: &ReviewReleaseRequest,
        call: &Call,
    ) -> Result<ReviewReleaseResponse, Error> {
        let id = self.known(&request.name, Action::Review, call)?;
        let book = self.publication.book();
        let life = book.get(&id).ok_or_else(|| not_found(&id))?;
        call.notes().at_position(life.drafted.ledger_position);
        let withheld = self.publication.withheld(life).await?;
        let mut answer = ReviewReleaseResponse { release: Some(message::release(life)), ..Default::default() };
        if request.page_token.is_empty() {
            let other = book.compared_with(life);
            answer.withheld_by_reason = by_reason(&withheld);
            answer.compared_with = other.map(|other| resource_name::release(&other.id)).unwrap_or_default();
            answer.differences = match other {
                Some(other) => messages(&self.differences(other, life).await?.2),
                None => Vec::new(),
            };
            answer.revisions = self.publication.revisions(life).await?;
            if !withheld.is_empty() {
                answer.cautions = cautions(&self.exchange.core, &*self.publication.frozen(life).await?);
            }
            answer.failed_checks = book.failed_checks(life);
            answer.suppressed_sum = life.drafted.summary.suppressed_sum;
            answer.sum = life.drafted.summary.sum;
        }
        let listed = ListCall { method: "ReviewRelease", arguments: &[&request.name] };
        let size = size(request.page_size);
        (answer.withheld, answer.next_page_token) = page(withheld, listed, size, &request.page_token)?;
        Ok(answer)
    }

    /// How two releases differ that the caller may see.
    pub(super) async fn diff(
        &self,
        request: &DiffReleasesRequest,
        call: &Call,
    ) -> Result<DiffReleasesResponse, Error> {
        let from = self.seen((&request.from, "from"), call)?;
        let to = self.seen((&request.to, "to"), call)?;
        let (before, after, found) = self.differences(&from, &to).await?;
        for (life, frozen) in [(&from, &before), (&to, &after)] {
            released::may_see_all(&self.exchange.core, life, frozen, call)?;
        }
        let whole = |difference: &Difference| {
            let one = |frozen: &Frozen, at: Option<usize>| frozen.observations.get(at?).cloned();
            ReleaseDifference {
                kind: difference.kind.into(),
                before: one(&before, difference.before),
                after: one(&after, difference.after),
            }
        };
        let listed = ListCall { method: "DiffReleases", arguments: &[&request.from, &request.to] };
        let size = size(request.page_size);
        let (differences, next_page_token) = page(found.iter().map(whole), listed, size, &request.page_token)?;
        let sides = |one: &ReleaseDifference| [one.before.clone(), one.after.clone()];
        let seen: Vec<Observation> = differences.iter().flat_map(sides).flatten().collect();
        call.notes().saw(values(&seen));
        Ok(DiffReleasesResponse { differences, next_page_token, counts: messages(&found) })
    }

    async fn differences(
        &self,
        from: &Life,
        to: &Life,
    ) -> Result<(Arc<Frozen>, Arc<Frozen>, Vec<Difference>), Error> {
        let (before, after) = (self.publication.frozen(from).await?, self.publication.frozen(to).await?);
        blocking(move || {
            let found = diff(&before.observations, &after.observations);
            (before, after, found)
        })
        .await
    }
}

/// What protection takes for unknown and some readers may know: that areas outside of the release have no cases.
fn cautions(core: &Core, frozen: &Frozen) -> Vec<String> {
    let areas = &core.reference.areas;
    let listed: BTreeSet<AreaId> = frozen.observations.iter().filter_map(|one| areas.by_code(&one.area)).collect();
    let ends = frozen.observations.iter().filter_map(|one| one.period.parse::<Period>().ok()).map(Period::end_date);
    let Some(date) = ends.max() else { return Vec::new() };
    let text = |one: &PartlyListed| {
        let (whole, PartlyListed { level, listed, parts, .. }) = (areas.get(one.whole), one);
        format!(
            "{} ({}) is published beside {listed} of its {parts} areas of level {}: a reader who knows that the others have no \
             cases can work out counts that are withheld. Publish all of them, or none.",
            whole.name(),
            whole.code(),
            level.id()
        )
    };
    partly_listed(areas, &listed, date).iter().map(text).collect()
}

fn size(requested: i32) -> PageSize {
    PageSize { requested, default: page_size::DEFAULT, largest: page_size::LARGEST }
}

/// How many observations are withheld for each reason, in the order of the reasons' names.
fn by_reason(withheld: &[WithheldObservation]) -> Vec<WithheldCount> {
    let mut reasons: BTreeMap<&str, u64> = BTreeMap::new();
    withheld.iter().for_each(|one| *reasons.entry(&one.reason).or_default() += 1);
    let count = |(reason, observations): (&str, u64)| WithheldCount { reason: reason.to_owned(), observations };
    reasons.into_iter().map(count).collect()
}

fn messages(found: &[Difference]) -> Vec<DifferenceCount> {
    let count = |(kind, observations): (DifferenceKind, u64)| DifferenceCount { kind: kind.into(), observations };
    counts(found).into_iter().map(count).collect()
}
