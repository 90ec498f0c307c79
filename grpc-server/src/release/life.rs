//! The life of releases as a state machine: what has happened decides what may happen next.
//!
//! ```text
//!           approve             publish                superseded by another
//!   DRAFT ----------> APPROVED ----------> PUBLISHED <----------------------> SUPERSEDED
//!     \                  |                                   restored
//!      \----> DISCARDED <+
//! ```
//!
//! Nothing leads from PUBLISHED back to DRAFT or to DISCARDED, and no event has content: what was published never changes.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::event::{Drafted, Event, Principal, What};
use super::refused::Refused;

/// Where a release is in its life.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum State {
    /// Made, and not approved.
    Draft,
    /// Approved, and not published.
    Approved,
    /// In force.
    Published,
    /// Published, and another one has taken its place.
    Superseded,
    /// Discarded before it was published.
    Discarded,
}

impl State {
    /// The state in words.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Draft => "a draft",
            Self::Approved => "approved and not published",
            Self::Published => "published",
            Self::Superseded => "superseded",
            Self::Discarded => "discarded",
        }
    }
}

/// A release, as its events tell.
#[derive(Clone, Debug)]
pub(crate) struct Life {
    /// Identifier.
    pub(crate) id: String,
    /// State.
    pub(crate) state: State,
    /// What is known of it from the moment when it was made.
    pub(crate) drafted: Arc<Drafted>,
    /// Approval, if it was approved.
    pub(crate) approved: Option<Approval>,
    /// Number of the event that published it first.
    pub(crate) published: Option<u64>,
    /// Number of the event that put it into force last.
    pub(crate) in_force_since: Option<u64>,
    /// Identifier of the release that has its place.
    pub(crate) superseded_by: Option<String>,
    /// Its events, in order. Where another release took its place, this is the event of that one.
    pub(crate) events: Vec<Arc<Event>>,
}

/// The approval of a release.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Approval {
    /// Who approved it.
    pub(crate) by: Principal,
    /// When, in microseconds since 1970-01-01T00:00:00Z.
    pub(crate) at_micros: i64,
    /// End of the embargo, in microseconds since 1970-01-01T00:00:00Z.
    pub(crate) embargo_micros: Option<i64>,
}

impl Life {
    /// Who made it.
    pub(crate) fn maker(&self) -> Principal {
        self.events.first().map(|event| event.by.clone()).unwrap_or_default()
    }

    /// Whether it was ever published. Such a release may be read by everyone whose agreement allows released figures.
    pub(crate) fn is_public(&self) -> bool {
        self.published.is_some()
    }

    /// Whether it cannot be told that two callers made and approved it.
    pub(crate) fn is_approved_by_unidentified(&self) -> bool {
        self.approved.as_ref().is_some_and(|approval| !approval.by.is_identified() || !self.maker().is_identified())
    }

    fn is(&self, state: State, step: &'static str) -> Result<(), Refused> {
        match self.state == state {
            true => Ok(()),
            false => Err(Refused::WrongState { release: self.id.clone(), state: self.state, step }),
        }
    }

    /// What keeps it from being approved: counts that cannot be protected.
    fn check_protection(&self) -> Result<(), Refused> {
        match self.drafted.summary.unprotected.len() {
            0 => Ok(()),
            counts => Err(Refused::Unsafe { release: self.id.clone(), counts }),
        }
    }
}

/// A step that may be taken, or that was taken before.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Step {
    /// It may be taken.
    New(What),
    /// The same caller has taken it before: it counts once.
    Before,
}

/// All releases.
#[derive(Clone, Debug, Default)]
pub(crate) struct Book {
    events: Vec<Arc<Event>>,
    lives: BTreeMap<String, Life>,
}

impl Book {
    /// The releases after some events, which are in order.
    pub(crate) fn of(events: impl IntoIterator<Item = Arc<Event>>) -> Self {
        let mut book = Self::default();
        events.into_iter().for_each(|event| book.add(event));
        book
    }

    /// The releases as they were after the event with a number.
    pub(crate) fn after(&self, number: u64) -> Self {
        Self::of(self.events.iter().filter(|event| event.number <= number).cloned())
    }

    /// The releases as they were at an instant, in microseconds since 1970-01-01T00:00:00Z.
    pub(crate) fn at(&self, instant_micros: i64) -> Self {
        Self::of(self.events.iter().filter(|event| event.at_micros <= instant_micros).cloned())
    }

    /// The events after the one with a number, in order.
    pub(crate) fn events_after(&self, number: u64) -> impl Iterator<Item = &Arc<Event>> {
        self.events.iter().filter(move |event| event.number > number)
    }

    /// Number of the last event; 0 if there is none.
    pub(crate) fn number(&self) -> u64 {
        self.events.last().map_or(0, |event| event.number)
    }

    /// Instant of the last event.
    pub(crate) fn last_micros(&self) -> Option<i64> {
        self.events.last().map(|event| event.at_micros)
    }

    /// A release.
    pub(crate) fn get(&self, id: &str) -> Option<&Life> {
        self.lives.get(id)
    }

    /// All releases, the latest first.
    pub(crate) fn latest_first(&self) -> Vec<&Life> {
        let mut all: Vec<&Life> = self.lives.values().collect();
        all.sort_by_key(|life| std::cmp::Reverse(life.events.first().map(|event| event.number)));
        all
    }

    /// The releases in force, the one that came into force last first.
    pub(crate) fn in_force(&self) -> Vec<&Life> {
        let mut all: Vec<&Life> = self.lives.values().filter(|life| life.state == State::Published).collect();
        all.sort_by_key(|life| std::cmp::Reverse(life.in_force_since));
        all
    }

    /// The releases that were ever published, in the order in which they were.
    pub(crate) fn ever_published(&self) -> Vec<&Life> {
        let mut all: Vec<&Life> = self.lives.values().filter(|life| life.is_public()).collect();
        all.sort_by_key(|life| life.published);
        all
    }

    /// The release that a review compares another one with: the one that it supersedes, or else the last one in force.
    pub(crate) fn compared_with(&self, life: &Life) -> Option<&Life> {
        let superseded = life.drafted.supersedes.as_ref().and_then(|id| self.get(id));
        superseded.or_else(|| self.in_force().into_iter().find(|other| other.id != life.id))
    }

    /// Adds an event. The rules below have allowed it.
    pub(crate) fn add(&mut self, event: Arc<Event>) {
        self.events.push(Arc::clone(&event));
        let id = event.release.clone();
        if let What::Drafted(drafted) = &event.what {
            let life = Life {
                id: id.clone(),
                state: State::Draft,
                drafted: Arc::new(Drafted::clone(drafted)),
                approved: None,
                published: None,
                in_force_since: None,
                superseded_by: None,
                events: vec![event],
            };
            self.lives.insert(id, life);
            return;
        }
        let Some(life) = self.lives.get_mut(&id) else { return };
        life.events.push(Arc::clone(&event));
        let replaced = match &event.what {
            What::Drafted(_) => None,
            What::Approved { embargo_micros } => {
                life.state = State::Approved;
                life.approved = Some(Approval {
                    by: event.by.clone(),
                    at_micros: event.at_micros,
                    embargo_micros: *embargo_micros,
                });
                None
            }
            What::Discarded { .. } => {
                life.state = State::Discarded;
                None
            }
            What::Published => {
                life.published = Some(event.number);
                life.drafted.supersedes.clone()
            }
            What::Restored { .. } => life.superseded_by.take(),
        };
        if matches!(event.what, What::Published | What::Restored { .. }) {
            life.state = State::Published;
            life.in_force_since = Some(event.number);
        }
        if let Some(replaced) = replaced.and_then(|other| self.lives.get_mut(&other)) {
            replaced.state = State::Superseded;
            replaced.superseded_by = Some(id);
            replaced.events.push(event);
        }
    }

    /// Whether a release may be made. `Before` if the same caller has made it with the same request.
    pub(crate) fn may_draft(
        &self,
        id: &str,
        by: &Principal,
        request_sha256: &str,
        supersedes: Option<&str>,
    ) -> Result<Option<&Life>, Refused> {
        if let Some(life) = self.get(id) {
            let same = life.drafted.request_sha256 == request_sha256 && life.maker() == *by;
            let there = life.state != State::Discarded;
            return if same && there { Ok(Some(life)) } else { Err(Refused::Exists(id.to_owned())) };
        }
        self.check_superseded(supersedes)?;
        Ok(None)
    }

    /// Whether a release may be approved now.
    pub(crate) fn may_approve(
        &self,
        life: &Life,
        by: &Principal,
        embargo_micros: Option<i64>,
        now_micros: i64,
    ) -> Result<Step, Refused> {
        if life.state == State::Approved
            && let Some(approval) = &life.approved
        {
            let same = approval.by == *by && approval.embargo_micros == embargo_micros;
            return if same { Ok(Step::Before) } else { Err(Refused::ApprovedOtherwise(life.id.clone())) };
        }
        life.is(State::Draft, "approved")?;
        if life.maker().is_same(by) {
            return Err(Refused::OwnWork(life.id.clone()));
        }
        life.check_protection()?;
        self.check_up_to_date(life)?;
        match embargo_micros.filter(|until| *until <= now_micros) {
            Some(until_micros) => Err(Refused::EmbargoOver { release: life.id.clone(), until_micros }),
            None => Ok(Step::New(What::Approved { embargo_micros })),
        }
    }

    /// Whether a release may be published now.
    pub(crate) fn may_publish(&self, life: &Life, by: &Principal, now_micros: i64) -> Result<Step, Refused> {
        let publisher = life.events.iter().find(|event| Some(event.number) == life.published).map(|event| &event.by);
        if life.state == State::Published && publisher == Some(by) {
            return Ok(Step::Before);
        }
        life.is(State::Approved, "published")?;
        life.check_protection()?;
        self.check_up_to_date(life)?;
        self.check_superseded(life.drafted.supersedes.as_deref())?;
        let embargo = life.approved.as_ref().and_then(|approval| approval.embargo_micros);
        match embargo.filter(|until| now_micros < *until) {
            Some(until_micros) => Err(Refused::Embargo { release: life.id.clone(), until_micros }),
            None => Ok(Step::New(What::Published)),
        }
    }

    /// Whether a release may be discarded.
    pub(crate) fn may_discard(&self, life: &Life, reason: &str) -> Result<Step, Refused> {
        match life.state {
            State::Draft | State::Approved => Ok(Step::New(What::Discarded { reason: reason.to_owned() })),
            State::Discarded => Ok(Step::Before),
            State::Published | State::Superseded => life.is(State::Draft, "discarded").map(|()| Step::Before),
        }
    }

    /// Whether a release may be put back into its place.
    pub(crate) fn may_restore(&self, life: &Life, reason: &str) -> Result<Step, Refused> {
        life.is(State::Superseded, "restored")?;
        self.check_superseded(life.superseded_by.as_deref())?;
        Ok(Step::New(What::Restored { reason: reason.to_owned() }))
    }

    /// Checks that a release whose place is taken is in force.
    fn check_superseded(&self, id: Option<&str>) -> Result<(), Refused> {
        let Some(life) = id.and_then(|id| self.get(id)) else { return Ok(()) };
        match life.state {
            State::Published => Ok(()),
            state => Err(Refused::NotInForce { release: life.id.clone(), state }),
        }
    }

    /// Checks that a release is protected against what all published releases tell.
    fn check_up_to_date(&self, life: &Life) -> Result<(), Refused> {
        let known = &life.drafted.protected_against;
        match self.ever_published().into_iter().find(|other| other.id != life.id && !known.contains(&other.id)) {
            Some(other) => Err(Refused::NotProtectedAgainst { release: life.id.clone(), other: other.id.clone() }),
            None => Ok(()),
        }
    }

    /// What keeps a release from being approved or published, in words.
    pub(crate) fn failed_checks(&self, life: &Life) -> Vec<String> {
        if !matches!(life.state, State::Draft | State::Approved) {
            return Vec::new();
        }
        let unprotected = life.drafted.summary.unprotected.iter().cloned();
        let others = [self.check_up_to_date(life), self.check_superseded(life.drafted.supersedes.as_deref())];
        unprotected
            .chain(others.into_iter().filter_map(|check| check.err().map(|refused| refused.to_string())))
            .collect()
    }
}
