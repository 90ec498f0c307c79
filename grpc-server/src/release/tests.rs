//! Tests of the life of releases, of their content on the disk, and of what they answer.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::{Arc, LazyLock};

use peelian::v1::observation::Result as Outcome;
use peelian::v1::{Basis, DifferenceKind, MissingReason, Observation, RevisionSize, WithheldObservation};
use peelian_core::Core;
use peelian_core::engine::Query;
use tempfile::TempDir;

use super::event::FileHash;
use super::*;

static CORE: LazyLock<Core> = LazyLock::new(|| Core::from_seeds().unwrap());

fn person(token: &str) -> Principal {
    Principal { agency: "mopac".to_owned(), token: token.to_owned(), ..Principal::default() }
}

/// A book that is written one step after another, each when the rules allow it.
#[derive(Default)]
struct Office(Book);

impl Office {
    fn add(&mut self, id: &str, by: &Principal, what: What) {
        let number = self.0.number() + 1;
        let at_micros = i64::try_from(number).unwrap() * 1_000;
        self.0.add(Arc::new(Event { number, at_micros, release: id.to_owned(), by: by.clone(), what }));
    }

    fn draft(&mut self, id: &str, supersedes: Option<&str>) -> Result<(), Refused> {
        self.draft_with(id, supersedes, &[])
    }

    fn draft_with(&mut self, id: &str, supersedes: Option<&str>, unprotected: &[&str]) -> Result<(), Refused> {
        if self.0.may_draft(id, &person("maker"), id, supersedes)?.is_some() {
            return Ok(());
        }
        let summary =
            Numbers { unprotected: unprotected.iter().map(|&text| text.to_owned()).collect(), ..Numbers::default() };
        let drafted = Drafted {
            supersedes: supersedes.map(str::to_owned),
            protected_against: self.0.ever_published().iter().map(|life| life.id.clone()).collect(),
            request_sha256: id.to_owned(),
            summary,
            ..Drafted::default()
        };
        self.add(id, &person("maker"), What::Drafted(Box::new(drafted)));
        Ok(())
    }

    fn take(&mut self, id: &str, by: &Principal, step: Result<Step, Refused>) -> Result<bool, Refused> {
        match step? {
            Step::Before => Ok(false),
            Step::New(what) => {
                self.add(id, by, what);
                Ok(true)
            }
        }
    }

    fn approve(&mut self, id: &str, by: &str, embargo: Option<i64>) -> Result<bool, Refused> {
        let by = person(by);
        let step = self.0.may_approve(self.0.get(id).unwrap(), &by, embargo, 0);
        self.take(id, &by, step)
    }

    fn publish(&mut self, id: &str, now: i64) -> Result<bool, Refused> {
        let by = person("approver");
        let step = self.0.may_publish(self.0.get(id).unwrap(), &by, now);
        self.take(id, &by, step)
    }

    fn discard(&mut self, id: &str) -> Result<bool, Refused> {
        let step = self.0.may_discard(self.0.get(id).unwrap(), "wrong");
        self.take(id, &person("maker"), step)
    }

    fn restore(&mut self, id: &str) -> Result<bool, Refused> {
        let step = self.0.may_restore(self.0.get(id).unwrap(), "wrong");
        self.take(id, &person("approver"), step)
    }

    fn publish_all(&mut self, id: &str, supersedes: Option<&str>) {
        self.draft(id, supersedes).unwrap();
        assert!(self.approve(id, "approver", None).unwrap() && self.publish(id, 0).unwrap());
    }

    fn state(&self, id: &str) -> State {
        self.0.get(id).unwrap().state
    }

    fn in_force(&self) -> Vec<&str> {
        self.0.in_force().iter().map(|life| life.id.as_str()).collect()
    }
}

fn reason<T: std::fmt::Debug>(result: Result<T, Refused>) -> &'static str {
    result.unwrap_err().reason()
}

#[test]
fn a_release_is_made_approved_and_published_in_this_order() {
    let mut office = Office::default();
    office.draft("a", None).unwrap();
    assert_eq!(reason(office.publish("a", 0)), "RELEASE_STATE");
    assert_eq!(reason(office.restore("a")), "RELEASE_STATE");
    assert_eq!(reason(office.approve("a", "maker", None)), "APPROVAL_BY_MAKER");
    assert!(office.approve("a", "approver", Some(50)).unwrap());
    // The same step by the same caller counts once; another one is refused.
    assert!(!office.approve("a", "approver", Some(50)).unwrap());
    assert_eq!(reason(office.approve("a", "approver", None)), "APPROVED_OTHERWISE");
    assert_eq!(reason(office.approve("a", "another", Some(50))), "APPROVED_OTHERWISE");
    let early = office.publish("a", 49).unwrap_err();
    assert_eq!(early.reason(), "EMBARGO");
    assert!(early.to_string().contains("1970-01-01T00:00:00.00005Z"), "{early}");
    assert!(office.publish("a", 50).unwrap() && !office.publish("a", 50).unwrap());
    assert_eq!((office.state("a"), office.in_force()), (State::Published, vec!["a"]));
    assert_eq!(reason(office.discard("a")), "RELEASE_STATE");
    assert_eq!(reason(office.approve("a", "another", None)), "RELEASE_STATE");
}

#[test]
fn an_identifier_is_used_once() {
    let mut office = Office::default();
    office.draft("a", None).unwrap();
    let made = |book: &Book, by: &str, request: &str| {
        book.may_draft("a", &person(by), request, None).map(|life| life.is_some())
    };
    assert_eq!(made(&office.0, "maker", "a"), Ok(true));
    assert_eq!(made(&office.0, "maker", "b").map_err(|refused| refused.reason()), Err("RELEASE_EXISTS"));
    assert_eq!(made(&office.0, "another", "a").map_err(|refused| refused.reason()), Err("RELEASE_EXISTS"));
    assert!(office.discard("a").unwrap() && !office.discard("a").unwrap());
    assert_eq!(made(&office.0, "maker", "a").map_err(|refused| refused.reason()), Err("RELEASE_EXISTS"));
}

#[test]
fn a_release_that_is_not_protected_is_not_approved() {
    let mut office = Office::default();
    office.draft_with("a", None, &["knife-crime-offences in Southwark in 2017-02"]).unwrap();
    assert_eq!(reason(office.approve("a", "approver", None)), "RELEASE_NOT_PROTECTED");
    let life = office.0.get("a").unwrap();
    assert_eq!(office.0.failed_checks(life), ["knife-crime-offences in Southwark in 2017-02"]);
}

#[test]
fn a_release_is_protected_against_all_that_were_published_before_it_is() {
    let mut office = Office::default();
    office.draft("a", None).unwrap();
    office.draft("b", None).unwrap();
    office.draft("c", None).unwrap();
    assert!(office.approve("a", "approver", None).unwrap() && office.approve("b", "approver", None).unwrap());
    assert!(office.publish("a", 0).unwrap());
    // Together, two releases may tell what neither tells alone.
    assert_eq!(reason(office.publish("b", 0)), "RELEASE_OUTDATED");
    assert_eq!(reason(office.approve("c", "approver", None)), "RELEASE_OUTDATED");
    assert!(office.0.failed_checks(office.0.get("c").unwrap())[0].contains("before releases/a was published"));
    // What was superseded was published too.
    office.publish_all("d", Some("a"));
    office.publish_all("e", None);
    assert_eq!(office.in_force(), ["e", "d"]);
}

#[test]
fn a_release_takes_the_place_of_another_and_gives_it_back() {
    let mut office = Office::default();
    office.publish_all("a", None);
    office.publish_all("b", Some("a"));
    assert_eq!((office.state("a"), office.in_force()), (State::Superseded, vec!["b"]));
    assert_eq!(office.0.get("a").unwrap().superseded_by.as_deref(), Some("b"));
    assert_eq!(office.draft("c", Some("a")).unwrap_err().reason(), "RELEASE_NOT_IN_FORCE");
    assert!(office.restore("a").unwrap());
    assert_eq!((office.state("b"), office.in_force()), (State::Superseded, vec!["a"]));
    assert!(office.restore("b").unwrap());
    assert_eq!((office.state("a"), office.in_force()), (State::Superseded, vec!["b"]));
    office.publish_all("c", Some("b"));
    // The place of `a` is not free: `b` has it no more, but `c` has it.
    assert_eq!(reason(office.restore("a")), "RELEASE_NOT_IN_FORCE");
    let kinds: Vec<&str> = office.0.get("a").unwrap().events.iter().map(|event| event.release.as_str()).collect();
    assert_eq!(kinds, ["a", "a", "a", "b", "a", "b"]);
}

#[test]
fn two_drafts_for_one_place_cannot_both_have_it() {
    let mut office = Office::default();
    office.publish_all("a", None);
    office.draft("b", Some("a")).unwrap();
    office.draft("c", Some("a")).unwrap();
    assert!(office.approve("b", "approver", None).unwrap() && office.approve("c", "approver", None).unwrap());
    assert!(office.publish("b", 0).unwrap());
    assert!(["RELEASE_OUTDATED", "RELEASE_NOT_IN_FORCE"].contains(&reason(office.publish("c", 0))));
}

#[test]
fn the_releases_of_an_earlier_instant_are_known() {
    let mut office = Office::default();
    office.publish_all("a", None);
    let before = office.0.number();
    office.publish_all("b", Some("a"));
    let at = |book: &Book| book.in_force().iter().map(|life| life.id.clone()).collect::<Vec<_>>();
    assert_eq!(at(&office.0.after(before)), ["a"]);
    assert_eq!(at(&office.0.at(3_000)), ["a"]);
    assert_eq!(at(&office.0.at(2_999)), Vec::<String>::new());
    assert_eq!(at(&office.0.at(i64::MAX)), ["b"]);
}

/// Whatever is asked in whatever order, what was published stays published, and one place has one release.
#[test]
fn no_order_of_steps_leads_back_from_publication() {
    let ids = ["a", "b", "c"];
    proptest::proptest!(|(steps in proptest::collection::vec((0..5_usize, 0..3_usize), 1..60))| {
        let mut office = Office::default();
        let mut published = BTreeSet::new();
        for (step, which) in steps {
            let id = ids[which];
            // Each release takes the place of the one before.
            let supersedes = which.checked_sub(1).map(|before| ids[before]).filter(|other| office.0.get(other).is_some());
            let there = office.0.get(id).is_some();
            let done = match step {
                0 => office.draft(id, supersedes).map(|()| true),
                1 if there => office.approve(id, "approver", None),
                2 if there => office.publish(id, 0),
                3 if there => office.discard(id),
                4 if there => office.restore(id),
                _ => Ok(false),
            };
            drop(done);
            published.extend(office.0.ever_published().iter().map(|life| life.id.clone()));
            for id in &published {
                proptest::prop_assert!(matches!(office.state(id), State::Published | State::Superseded));
            }
            for life in office.0.in_force() {
                let others = office.0.in_force();
                let same = others.iter().filter(|other| other.drafted.supersedes.as_deref() == Some(&*life.id));
                proptest::prop_assert_eq!(same.count(), 0);
            }
        }
    });
}

#[test]
fn callers_are_the_same_if_they_share_a_credential() {
    let both = Principal { certificate: "f".to_owned(), ..person("t") };
    let certificate = Principal { certificate: "f".to_owned(), ..person("") };
    assert!(both.is_same(&person("t")) && both.is_same(&certificate) && !certificate.is_same(&person("t")));
    // Nobody is never known to be the same as nobody, and such an approval is marked.
    let nobody = Principal::default();
    assert!(!nobody.is_same(&nobody) && !nobody.is_identified());
    let mut office = Office::default();
    office.draft("a", None).unwrap();
    let step = office.0.may_approve(office.0.get("a").unwrap(), &nobody, None, 0);
    office.take("a", &nobody, step).unwrap();
    assert!(office.0.get("a").unwrap().is_approved_by_unidentified());
}

fn observation(area: &str, period: &str, value: Option<f64>) -> Observation {
    Observation {
        measure: "knife-crime-offences".to_owned(),
        measure_version: 1,
        area: area.to_owned(),
        area_name: area.to_owned(),
        period: period.to_owned(),
        basis: Basis::SubmittedFigure.into(),
        result: Some(value.map_or(Outcome::Missing(MissingReason::Suppressed.into()), Outcome::Value)),
        numerator: value,
        ..Observation::default()
    }
}

#[test]
fn two_releases_differ_cell_by_cell() {
    let months = ["2017-01", "2017-02", "2017-03", "2017-04", "2017-05", "2017-06"];
    let at = |month: usize, value| observation("E09000028", months[month], value);
    let before = [at(0, Some(1.0)), at(1, Some(2.0)), at(2, Some(3.0)), at(3, None), at(4, None)];
    let after = [at(1, Some(2.0)), at(2, None), at(3, Some(4.0)), at(4, None), at(5, Some(5.0)), at(0, Some(1.5))];
    let found = diff(&before, &after);
    let kinds: Vec<(DifferenceKind, Option<usize>, Option<usize>)> =
        found.iter().map(|one| (one.kind, one.before, one.after)).collect();
    assert_eq!(
        kinds,
        [
            (DifferenceKind::NewlySuppressed, Some(2), Some(1)),
            (DifferenceKind::NoLongerSuppressed, Some(3), Some(2)),
            (DifferenceKind::New, None, Some(4)),
            (DifferenceKind::Revised, Some(0), Some(5)),
        ]
    );
    let back: Vec<DifferenceKind> = diff(&after, &before).iter().map(|one| one.kind).collect();
    assert_eq!(back.last(), Some(&DifferenceKind::Withdrawn));
    assert!(diff(&after, &after).is_empty());
    // The interval of the same value is told too, and a caveat alone is no revision.
    let interval = peelian::v1::Interval { lower: 0.5, upper: 1.5, ..Default::default() };
    let changed = Observation { interval: Some(interval), ..before[0].clone() };
    assert_eq!(counts(&diff(&before[..1], &[changed])), [(DifferenceKind::Revised, 1)]);
    let noted = Observation { caveats: vec!["A caveat.".to_owned()], ..before[0].clone() };
    assert!(diff(&before[..1], &[noted]).is_empty());
}

fn folders() -> (TempDir, Folders) {
    let directory = tempfile::tempdir().unwrap();
    let folders = Folders::open(directory.path()).unwrap();
    (directory, folders)
}

fn content() -> Content {
    let withheld = WithheldObservation { reason: "secondary".to_owned(), ..WithheldObservation::default() };
    Content {
        observations: vec![observation("E09000028", "2017-01", Some(1.0)), observation("E09000012", "2017-01", None)],
        withheld: vec![withheld],
        revisions: vec![RevisionSize { compared: 2, mean: 1.5, ..RevisionSize::default() }],
        record: vec![7; 100],
        files: vec![("manifest.json".to_owned(), b"{}".to_vec()), ("empty.txt".to_owned(), Vec::new())],
    }
}

#[test]
fn what_is_frozen_is_read_as_it_was_and_damage_is_noticed() {
    let (directory, folders) = folders();
    let files = folders.write("a", &content()).unwrap();
    // Written again, as after a failure, it is the same.
    assert_eq!(folders.write("a", &content()).unwrap(), files);
    assert_eq!(folders.observations("a", &files).unwrap(), content().observations);
    assert_eq!(folders.withheld("a", &files).unwrap(), content().withheld);
    assert_eq!(folders.revisions("a", &files).unwrap(), content().revisions);
    assert_eq!(folders.revisions("a", &[]).unwrap(), [], "a release of an older version");
    assert_eq!(folders.record("a", &files).unwrap(), content().record);
    assert_eq!(exported_names(&files).collect::<Vec<_>>(), ["empty.txt", "manifest.json"]);
    assert_eq!(folders.exported("a", "manifest.json", &files).unwrap(), b"{}");
    assert_eq!(exported_hash(&files, MANIFEST), "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
    assert!(folders.verify("a", &files).is_empty());
    let path = directory.path().join("releases/a/observations.binpb");
    let mut bytes = fs::read(&path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&path, bytes).unwrap();
    assert!(matches!(folders.observations("a", &files), Err(FolderError::Damaged { .. })));
    assert_eq!(folders.verify("a", &files).len(), 1);
    let unknown = [FileHash { name: "record".to_owned(), sha256: String::new() }];
    assert!(folders.record("a", &unknown).is_err());
}

#[cfg(unix)]
#[test]
fn what_is_frozen_is_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let (directory, folders) = folders();
    let files = folders.write("a", &content()).unwrap();
    let mode = |path: &str| fs::metadata(directory.path().join(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("releases"), mode("releases/a"), mode("releases/a/files")), (0o700, 0o700, 0o700));
    assert!(files.iter().all(|file| mode(&format!("releases/a/{}", file.name)) == 0o600));
}

#[test]
fn nothing_that_may_have_been_published_is_removed() {
    let (directory, folders) = folders();
    folders.write("a", &content()).unwrap();
    folders.write("discarded", &content()).unwrap();
    fs::create_dir(directory.path().join("releases/b.unfinished")).unwrap();
    fs::write(directory.path().join("releases/note.txt"), "of the operator").unwrap();
    let known = BTreeMap::from([("a", false), ("discarded", true)]);
    folders.note_published(&["a".to_owned(), "of-a-later-ledger".to_owned()]).unwrap();
    for _ in 0..2 {
        folders.write("of-a-later-ledger", &content()).unwrap();
        folders.write("never-made", &content()).unwrap();
        assert_eq!(folders.tidy(&known).unwrap().set_aside, ["of-a-later-ledger"]);
    }
    let mut left: Vec<_> =
        fs::read_dir(directory.path().join("releases")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    let aside = ["of-a-later-ledger-2.unknown", "of-a-later-ledger.unknown"];
    assert_eq!(left, ["a", "note.txt", aside[0], aside[1], "published.list"]);
    folders.remove("a").unwrap();
    folders.remove("a").unwrap();
}

fn frozen() -> Frozen {
    let areas = ["E09000028", "E09000012"];
    let months = ["2016-12", "2017-01", "2017-02"];
    let of = |area: &'static str| months.iter().map(move |month| observation(area, month, Some(1.0)));
    let mut observations: Vec<Observation> = areas.iter().flat_map(|area| of(area)).collect();
    let by =
        |one: Observation, code: &str| Observation { breakdown: [("sex".to_owned(), code.to_owned())].into(), ..one };
    observations.extend(of("E09000028").map(|one| by(one, "female")));
    observations.push(observation("E09000028", "R12-2017-02", Some(12.0)));
    Frozen::new("a".to_owned(), observations)
}

fn query(areas: &[&str], periods: &[&str]) -> Query {
    let owned = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
    let query = peelian::v1::Query {
        measures: vec!["knife-crime-offences".to_owned()],
        areas: owned(areas),
        periods: owned(periods),
        ..peelian::v1::Query::default()
    };
    Query::from_wire(&query, &CORE).unwrap()
}

#[test]
fn a_release_answers_with_what_it_has() {
    let frozen = frozen();
    let found = |areas: &[&str], periods: &[&str]| {
        frozen.select(&CORE, &query(areas, periods), "knife-crime-offences").unwrap()
    };
    assert_eq!(found(&["E09000028"], &["2017-01"]), [1]);
    assert_eq!(found(&["borough"], &["2017-01..2017-12"]), [1, 2, 4, 5]);
    assert_eq!(found(&["E09000028"], &["latest:2"]), [1, 2]);
    assert_eq!(found(&["E09000028"], &["latest:1:longest"]), [9]);
    let by_sex = Query { breakdown: vec!["sex".to_owned()], ..query(&["borough"], &["2017-01"]) };
    assert_eq!(frozen.select(&CORE, &by_sex, "knife-crime-offences").unwrap(), [7]);
    assert_eq!(frozen.select(&CORE, &query(&["borough"], &["2017-01"]), "knife-crime-offences@1").unwrap(), [1, 4]);
}

#[test]
fn a_release_says_what_it_has_instead() {
    let frozen = frozen();
    let told = |query: &Query, measure: &str| frozen.select(&CORE, query, measure).unwrap_err().to_string();
    let asked = query(&["E09000028"], &["2017-01"]);
    assert_eq!(
        told(&asked, "hate-crime-reports"),
        "releases/a has no figures of hate-crime-reports; it has knife-crime-offences"
    );
    assert_eq!(
        told(&query(&["E09000001"], &["2017-01"]), "knife-crime-offences"),
        "releases/a has no figures of knife-crime-offences for these areas; it has E09000028, E09000012"
    );
    assert_eq!(
        told(&query(&["E09000012"], &["2018-01"]), "knife-crime-offences"),
        "releases/a has no figures of knife-crime-offences for these periods; it has 2016-12, 2017-01, 2017-02"
    );
    let by = Query { breakdown: vec!["age_band".to_owned()], ..asked.clone() };
    assert_eq!(
        told(&by, "knife-crime-offences"),
        "releases/a has no figures of knife-crime-offences by age_band; it has sex"
    );
    let compared = Query { comparisons: vec![peelian_core::engine::ComparisonKind::London], ..asked.clone() };
    assert!(check(&compared).unwrap_err().to_string().starts_with("query.comparisons: a release has no comparisons"));
    assert!(check(&asked).is_ok());
}
