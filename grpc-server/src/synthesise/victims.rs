//! Synthesises the victims of crimes: the person, the injury and the relationship.

use peelian::records::v1::{
    Crime, CrimeVictim, EthnicGroup, EthnicityBasis, Injury, Relationship, Sex, UnlinkableReason, VictimType,
};
use peelian_core::period::Month;

use super::crimes::{Crimes, Offence};
use super::distributions::{BOROUGHS, ORGANISATIONS};
use super::links::Link;
use super::people::{
    Days, ETHNICITIES, KEY_ID, MINORITIES, Pattern, Person, Profile, VICTIM_AGES, Victimisation, age, age_within,
    born, pseudonym,
};
use super::recorded_crime::Kind;

/// Class of murder.
const MURDER: &str = "1";

/// Who the victim of a crime is.
pub(super) enum Victim {
    Organisation,
    /// A person who cannot be linked.
    Unlinkable(Profile, UnlinkableReason),
    /// A person who has not been a victim before.
    New(Profile),
    /// The victim of another crime.
    Again(Person, Link, Victimisation),
}

impl Victim {
    /// The other crime against the victim.
    pub(super) fn linked(&self) -> Option<(Link, Victimisation)> {
        match self {
            Self::Again(_, link, other) => Some((*link, *other)),
            _ => None,
        }
    }
}

impl Crimes<'_> {
    /// Chooses the victim of a crime whose class has victims.
    pub(super) fn choose(&mut self, offence: &Offence, month: Month, day: i32) -> Victim {
        let Offence { kind, class, abuse, .. } = *offence;
        let organisation = ORGANISATIONS.contains(&class) || class == "49" && self.random.chance(3, 10);
        if organisation && kind != Kind::Abuse {
            return Victim::Organisation;
        }
        let profile = self.profile(offence, day);
        let pattern = pattern(offence);
        if self.random.chance(unlinkable(pattern), 100) {
            return Victim::Unlinkable(profile, self.unlinkable_reason(pattern));
        }
        // Nobody is the victim of another crime after a murder.
        let link = if class == MURDER { None } else { self.links.next(&mut self.random, kind, pattern) };
        let again = link.and_then(|link| {
            let fits =
                |known: &Profile, on| (!abuse || age(known.born, on) >= 16) && alike(kind, (&profile, known), on);
            let other = self.people.linked(&mut self.random, (link, pattern), (month, day), fits)?;
            Some(Victim::Again(self.people.person(&other)?, link, other))
        });
        again.unwrap_or(Victim::New(profile))
    }

    /// The row of the victim of a crime.
    pub(super) fn victim(
        &mut self,
        offence: &Offence,
        chosen: &Victim,
        (month, days, borough): (Month, Days, usize),
        crime: &Crime,
    ) -> CrimeVictim {
        let mut victim =
            CrimeVictim { crime_ref: crime.crime_ref.clone(), victim_seq: Some(1), ..CrimeVictim::default() };
        victim.set_injury(Injury::None);
        victim.set_victim_type(VictimType::Person);
        let person = match chosen {
            Victim::Organisation => {
                victim.set_victim_type(VictimType::Organisation);
                return victim;
            }
            Victim::Unlinkable(profile, reason) => {
                self.injury(&mut victim, offence);
                victim.set_relationship(self.relationship(offence));
                set_unlinkable(&mut victim, profile, *reason, days.recorded);
                return victim;
            }
            Victim::New(profile) => {
                let home = if self.random.chance(75, 100) { borough } else { self.random.below(BOROUGHS.len()) };
                self.people.add(*profile, home)
            }
            Victim::Again(person, ..) => *person,
        };
        self.injury(&mut victim, offence);
        victim.set_relationship(self.relationship(offence));
        let position = self.recorded.len();
        let pattern = pattern(offence);
        let record = Victimisation { month, days, person: person.id, pattern, borough, position };
        self.people.record(record, offence.class == MURDER);
        victim.victim_pid = pseudonym(self.seed, "victim", person.id);
        victim.linkage_key_id = KEY_ID.to_owned();
        victim.age = Some(age(person.profile.born, days.recorded));
        victim.set_sex(person.profile.sex);
        victim.set_eth5(person.profile.ethnicity);
        victim.set_eth_basis(EthnicityBasis::SelfDefined);
        victim.residence_borough = BOROUGHS.get(person.home).map_or("", |home| home.code).to_owned();
        victim
    }

    /// Why a victim cannot be linked. All victims of knife crime were seen, because the plan states who they are.
    fn unlinkable_reason(&mut self, pattern: Pattern) -> UnlinkableReason {
        let reasons =
            [(UnlinkableReason::NoDetails, 60), (UnlinkableReason::Refused, 25), (UnlinkableReason::Anonymous, 15)];
        let seen = pattern == Pattern::Knife;
        if seen { UnlinkableReason::Refused } else { self.random.weighted(&reasons, UnlinkableReason::NoDetails) }
    }

    fn injury(&mut self, victim: &mut CrimeVictim, offence: &Offence) {
        let injury = match (offence.kind, offence.class) {
            (_, MURDER) => Injury::Fatal,
            (Kind::KnifeInjured, _) => {
                self.random.weighted(&[(Injury::Serious, 30), (Injury::Moderate, 45)], Injury::Minor)
            }
            (_, "5D") => Injury::Serious,
            (_, "8N" | "8P") => self.random.weighted(&[(Injury::Minor, 75), (Injury::Moderate, 25)], Injury::Minor),
            (_, "3B") => Injury::ThreatsOnly,
            _ => Injury::None,
        };
        victim.set_injury(injury);
    }

    fn relationship(&mut self, offence: &Offence) -> Relationship {
        let known = [
            (Relationship::Partner, 38),
            (Relationship::ExPartner, 36),
            (Relationship::Parent, 6),
            (Relationship::Child, 8),
            (Relationship::Sibling, 6),
            (Relationship::OtherFamily, 6),
        ];
        if offence.abuse {
            return self.random.weighted(&known, Relationship::Partner);
        }
        let others = [(Relationship::Stranger, 55), (Relationship::Acquaintance, 20), (Relationship::Unknown, 25)];
        if offence.kind == Kind::KnifeInjured {
            Relationship::Stranger
        } else {
            self.random.weighted(&others, Relationship::Unknown)
        }
    }

    /// What would be recorded of the victim of an offence, if the victim is a new person.
    fn profile(&mut self, offence: &Offence, day: i32) -> Profile {
        let Offence { kind, abuse, .. } = *offence;
        let (random, knife) = (&mut self.random, kind.is_knife());
        let years = if kind == Kind::KnifeInjured && !abuse {
            let young = self.quotas.knife_under_25.take(random);
            if young {
                age_within(random, &[((10, 14), 4), ((15, 17), 36), ((18, 24), 60)])
            } else {
                random.between(25, 70)
            }
        } else if abuse {
            random.between(16, 70)
        } else {
            age_within(random, &VICTIM_AGES)
        };
        let male =
            if knife { self.quotas.knife_male.take(random) } else { random.chance(if abuse { 26 } else { 54 }, 100) };
        let stated = !knife || random.chance(86, 100);
        let ethnicity = match (knife, stated) {
            (true, false) => EthnicGroup::NotStated,
            (true, true) if self.quotas.knife_minority.take(random) => {
                random.weighted(&MINORITIES, EthnicGroup::Black)
            }
            (true, true) => EthnicGroup::White,
            (false, _) => random.weighted(&ETHNICITIES, EthnicGroup::NotStated),
        };
        Profile { born: born(random, years, day), sex: if male { Sex::Male } else { Sex::Female }, ethnicity }
    }
}

fn pattern(offence: &Offence) -> Pattern {
    match offence.kind {
        _ if offence.abuse => Pattern::Abuse,
        Kind::KnifeInjured | Kind::KnifeOther => Pattern::Knife,
        Kind::Hate => Pattern::Hate,
        _ if matches!(offence.group, "rape" | "other_sexual") => Pattern::Sexual,
        _ => Pattern::Other,
    }
}

/// How many of 100 person victims of a pattern cannot be linked. These shares are made up.
fn unlinkable(pattern: Pattern) -> usize {
    match pattern {
        Pattern::Abuse => 1,
        Pattern::Knife => 2,
        Pattern::Sexual => 3,
        Pattern::Other => 4,
        Pattern::Hate => 8,
    }
}

/// Sets what is recorded of a victim who cannot be linked. It is less than of other victims.
fn set_unlinkable(victim: &mut CrimeVictim, profile: &Profile, reason: UnlinkableReason, day: i32) {
    victim.set_unlinkable_reason(reason);
    if reason == UnlinkableReason::NoDetails {
        victim.set_sex(Sex::Unknown);
        return;
    }
    victim.set_sex(profile.sex);
    if reason == UnlinkableReason::Refused {
        victim.age = Some(age(profile.born, day));
        victim.set_eth5(profile.ethnicity);
        victim.set_eth_basis(EthnicityBasis::OfficerObserved);
    }
}

/// Whether a known person can take the place of a new one without a change to the shares that the plan states of victims
/// of knife crime: by sex and ethnicity, and by age of those who were injured.
fn alike(kind: Kind, (new, known): (&Profile, &Profile), day: i32) -> bool {
    let group = |profile: &Profile| match profile.ethnicity {
        EthnicGroup::NotStated => 0,
        EthnicGroup::White => 1,
        _ => 2,
    };
    let young = |profile: &Profile| age(profile.born, day) < 25;
    let same_age = kind != Kind::KnifeInjured || young(new) == young(known);
    !kind.is_knife() || new.sex == known.sex && group(new) == group(known) && same_age
}
