//! Releases: what an exchange has published, and the check of a folder of files.

use std::ffi::c_char;
use std::path::Path;
use std::ptr::null;

use peelian::client::release_folder::{Verified, verify};
use peelian::v1;

use crate::error::{Error, Status};
use crate::guard::make;
use crate::kept::Kept;
use crate::pointer::{In, Out, Owned, Text};
use crate::texts::{identifier, instant, value_name};
use crate::views::Views;

/// A frozen, protected set of observations, without the observations. It belongs to its list. No text is NULL. An instant is a
/// text, "2017-04-20T08:30:00Z", and empty where it did not happen or is not set.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Release {
    /// Identifier: "2017-03".
    pub id: *const c_char,
    /// Title.
    pub title: *const c_char,
    /// "draft", "approved", "published", "superseded" or "discarded".
    pub state: *const c_char,
    /// When it was made.
    pub created_at: *const c_char,
    /// Agency that made it: "mopac". Empty if nobody identified the caller.
    pub created_by: *const c_char,
    /// When it was approved.
    pub approved_at: *const c_char,
    /// Agency that approved it.
    pub approved_by: *const c_char,
    /// Instant before which it is not published.
    pub embargo_until: *const c_char,
    /// When it was first published.
    pub published_at: *const c_char,
    /// Agency that published it first.
    pub published_by: *const c_char,
    /// Release whose place it takes; empty if it stands beside the others.
    pub supersedes: *const c_char,
    /// Release that has taken its place; empty if none has.
    pub superseded_by: *const c_char,
    /// Why it takes the place of another.
    pub reason: *const c_char,
    /// Position of the ledger that it was computed from.
    pub ledger_position: u64,
    /// Profile that its measures come from; empty if they were named alone.
    pub profile: *const c_char,
    /// Measures, with their variants.
    pub measures: *const *const c_char,
    /// Number of measures.
    pub measure_count: usize,
    /// Codes of areas, or levels.
    pub areas: *const *const c_char,
    /// Number of areas.
    pub area_count: usize,
    /// Periods, as they were asked for.
    pub periods: *const *const c_char,
    /// Number of periods.
    pub period_count: usize,
    /// Breakdowns beside the totals. They are not crossed.
    pub breakdowns: *const *const c_char,
    /// Number of breakdowns.
    pub breakdown_count: usize,
    /// Whether it has each breakdown that a measure offers.
    pub each_breakdown: bool,
    /// Observations.
    pub observations: u64,
    /// Observations that are withheld to protect people.
    pub withheld: u64,
    /// SHA-256 of its file manifest.json, which has the hashes of all other files; empty for a discarded release.
    pub manifest_sha256: *const c_char,
    /// Whether the exchange could not tell that two callers made and approved it, because it asks nobody who calls. Only a
    /// demonstration or a test has such releases.
    pub approval_by_unidentified: bool,
    /// What happened to it, in order.
    pub events: *const *const ReleaseEvent,
    /// Number of events.
    pub event_count: usize,
}

/// A step in the life of a release. It belongs to its list. No text is NULL.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ReleaseEvent {
    /// When it happened: "2017-04-20T08:30:00Z".
    pub at: *const c_char,
    /// What happened: "drafted", "approved", "published", "superseded", "discarded" or "restored".
    pub kind: *const c_char,
    /// Agency that did it. Empty if nobody identified the caller.
    pub by: *const c_char,
    /// Reason; empty if none was given.
    pub reason: *const c_char,
}

/// Releases, the latest first. Free them with peelian_releases_free(). Any number of threads may read them at the same time.
#[derive(Debug)]
pub struct Releases {
    found: Views<Release>,
    #[expect(dead_code, reason = "the releases point into it")]
    kept: Kept,
}

impl Releases {
    /// Releases from the messages of the contract.
    pub(crate) fn new(found: &[v1::Release]) -> Self {
        let mut kept = Kept::default();
        let found: Vec<_> = found.iter().map(|release| view(release, &mut kept)).collect();
        Self { found: found.into(), kept }
    }
}

fn view(release: &v1::Release, kept: &mut Kept) -> Release {
    let plan = release.plan.clone().unwrap_or_default();
    let summary = release.summary.unwrap_or_default();
    let (measures, measure_count) = kept.texts(&plan.measures);
    let (areas, area_count) = kept.texts(&plan.areas);
    let (periods, period_count) = kept.texts(&plan.periods);
    let (breakdowns, breakdown_count) = kept.texts(&plan.breakdowns);
    let events = release.events.iter().map(|happened| event(happened, kept)).collect();
    let (events, event_count) = kept.list(events);
    let mut at = |at: &Option<prost_types::Timestamp>| kept.text(&instant(at.as_ref()));
    let (created_at, approved_at) = (at(&release.created_at), at(&release.approved_at));
    let (embargo_until, published_at) = (at(&release.embargo_until), at(&release.published_at));
    Release {
        id: kept.text(identifier(&release.name)),
        title: kept.text(&release.title),
        state: kept.text(&value_name(release.state().as_str_name(), "RELEASE_STATE")),
        created_at,
        created_by: kept.text(identifier(&release.created_by)),
        approved_at,
        approved_by: kept.text(identifier(&release.approved_by)),
        embargo_until,
        published_at,
        published_by: kept.text(identifier(&release.published_by)),
        supersedes: kept.text(identifier(&release.supersedes)),
        superseded_by: kept.text(identifier(&release.superseded_by)),
        reason: kept.text(&release.reason),
        ledger_position: release.ledger_position,
        profile: kept.text(&plan.profile),
        measures,
        measure_count,
        areas,
        area_count,
        periods,
        period_count,
        breakdowns,
        breakdown_count,
        each_breakdown: plan.each_breakdown,
        observations: summary.observations,
        withheld: summary.withheld,
        manifest_sha256: kept.text(&release.manifest_sha256),
        approval_by_unidentified: release.approval_by_unidentified,
        events,
        event_count,
    }
}

fn event(happened: &v1::ReleaseEvent, kept: &mut Kept) -> ReleaseEvent {
    ReleaseEvent {
        at: kept.text(&instant(happened.at.as_ref())),
        kind: kept.text(&happened.kind),
        by: kept.text(identifier(&happened.by)),
        reason: kept.text(&happened.reason),
    }
}

/// The number of releases; 0 for NULL.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_releases_count(releases: In<'_, Releases>) -> usize {
    releases.view().map_or(0, |releases| releases.found.len())
}

/// A release, from 0; NULL beyond the last. It belongs to the list.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_releases_get(releases: In<'_, Releases>, index: usize) -> *const Release {
    releases.view().map_or(null(), |releases| releases.found.get(index))
}

/// Frees a list with its releases. Does nothing for NULL.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_releases_free(releases: Owned<Releases>) {
    releases.free();
}

/// What the check of a folder found. It belongs to its object. No text is NULL.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct VerifiedReleaseDetails {
    /// Identifier of the release: "2017-03".
    pub release: *const c_char,
    /// Number of its files, without the manifest and its signature.
    pub files: usize,
    /// Public key of the signature, in hexadecimal digits.
    pub public_key: *const c_char,
}

/// The folder of a release that is as it was published. Free it with peelian_verified_release_free(). Any number of threads may
/// read it at the same time.
#[derive(Debug)]
pub struct VerifiedRelease {
    details: VerifiedReleaseDetails,
    #[expect(dead_code, reason = "the details point into it")]
    kept: Kept,
}

impl From<Verified> for VerifiedRelease {
    fn from(found: Verified) -> Self {
        let mut kept = Kept::default();
        let details = VerifiedReleaseDetails {
            release: kept.text(&found.release),
            files: found.files,
            public_key: kept.text(&found.public_key),
        };
        Self { details, kept }
    }
}

/// Checks that the folder of a release is as it was published: every file is there, none was added or changed, and the signature
/// holds. It needs no exchange and no network.
///
/// `public_key` is the key of the publisher in hexadecimal digits, from another place than the folder. NULL means the key that
/// the manifest itself names: compare it with the publisher's.
///
/// PEELIAN_STATUS_ALTERED if the folder is not as it was published: the message names each difference. PEELIAN_STATUS_IO if a file
/// cannot be read.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_release_verify(
    folder: Text<'_>,
    public_key: Text<'_>,
    out: Out<'_, *mut VerifiedRelease>,
    error: Out<'_, *mut Error>,
) -> Status {
    make(out, error, || {
        let key = public_key.optional("public_key")?;
        Ok(verify(Path::new(folder.get("folder")?), key)?.into())
    })
}

/// What the check found; NULL for NULL. It belongs to the object.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_verified_release_get(verified: In<'_, VerifiedRelease>) -> *const VerifiedReleaseDetails {
    verified.view().map_or(null(), |verified| &raw const verified.details)
}

/// Frees what the check of a folder found. Does nothing for NULL.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_verified_release_free(verified: Owned<VerifiedRelease>) {
    verified.free();
}

#[cfg(test)]
mod tests {
    use std::ffi::CStr;

    use super::*;

    #[test]
    fn a_list_holds_what_its_releases_point_to() {
        let plan = v1::ReleasePlan { measures: vec!["a".to_owned(), "b".to_owned()], ..v1::ReleasePlan::default() };
        let event = v1::ReleaseEvent { kind: "drafted".to_owned(), ..v1::ReleaseEvent::default() };
        let release = v1::Release {
            name: "releases/2017-03".to_owned(),
            state: v1::ReleaseState::Draft.into(),
            plan: Some(plan),
            events: vec![event],
            ..v1::Release::default()
        };
        let held = Box::new(Releases::new(&[release]));
        assert_eq!(peelian_releases_count(In::from(&*held)), 1);
        assert!(peelian_releases_get(In::from(&*held), 1).is_null());
        // SAFETY: `held` holds the release, its texts and its lists.
        unsafe {
            let first = &*peelian_releases_get(In::from(&*held), 0);
            assert_eq!((CStr::from_ptr(first.id), CStr::from_ptr(first.state)), (c"2017-03", c"draft"));
            assert_eq!((CStr::from_ptr(*first.measures.add(1)), first.measure_count), (c"b", 2));
            assert_eq!(CStr::from_ptr((**first.events).kind), c"drafted");
            assert_eq!(CStr::from_ptr(first.published_at), c"");
        }
        peelian_releases_free(Owned::from(held));
    }
}
