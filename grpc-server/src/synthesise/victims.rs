//! Synthesises the victims of crimes: the person, the injury and the relationship.

use peelian::records::v1::{
    Crime, CrimeVictim, EthnicGroup, EthnicityBasis, Injury, Relationship, Sex, Tri, UnlinkableReason, VictimType,
};
use peelian_core::period::Month;

use super::crimes::Crimes;
use super::distributions::{BOROUGHS, ORGANISATIONS};
use super::people::{
    ETHNICITIES, KEY_ID, MINORITIES, Pattern, Person, VICTIM_AGES, age, age_within, born, pseudonym,
};
use super::recorded_crime::Kind;

impl Crimes<'_> {
    /// The victim of a crime whose class has victims.
    pub(super) fn victim(
        &mut self,
        kind: Kind,
        class: &str,
        (month, day): (Month, i32),
        borough: usize,
        crime: &Crime,
    ) -> CrimeVictim {
        let mut victim =
            CrimeVictim { crime_ref: crime.crime_ref.clone(), victim_seq: Some(1), ..CrimeVictim::default() };
        victim.set_injury(Injury::None);
        let organisation = ORGANISATIONS.contains(&class) || class == "49" && self.random.chance(3, 10);
        if organisation && kind != Kind::Abuse {
            victim.set_victim_type(VictimType::Organisation);
            return victim;
        }
        victim.set_victim_type(VictimType::Person);
        let abuse = crime.flag_da() == Tri::Yes;
        self.injury(&mut victim, kind, class);
        victim.set_relationship(self.relationship(abuse, kind));
        if kind == Kind::Other && self.random.chance(4, 100) {
            victim.set_unlinkable_reason(UnlinkableReason::NoDetails);
            return victim;
        }
        let pattern = self.pattern(kind, abuse, class);
        let person = self.person(kind, pattern, month, day);
        self.people.record(person, month, day, pattern);
        victim.victim_pid = pseudonym(self.seed, "victim", person.id);
        victim.linkage_key_id = KEY_ID.to_owned();
        victim.age = Some(age(person.born, day));
        victim.set_sex(person.sex);
        victim.set_eth5(person.ethnicity);
        victim.set_eth_basis(EthnicityBasis::SelfDefined);
        let home = if self.random.chance(75, 100) { borough } else { self.random.below(BOROUGHS.len()) };
        victim.residence_borough = BOROUGHS.get(home).map_or("", |borough| borough.code).to_owned();
        victim
    }

    fn injury(&mut self, victim: &mut CrimeVictim, kind: Kind, class: &str) {
        let injury = match (kind, class) {
            (_, "1") => Injury::Fatal,
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

    fn relationship(&mut self, abuse: bool, kind: Kind) -> Relationship {
        let known = [
            (Relationship::Partner, 38),
            (Relationship::ExPartner, 36),
            (Relationship::Parent, 6),
            (Relationship::Child, 8),
            (Relationship::Sibling, 6),
            (Relationship::OtherFamily, 6),
        ];
        if abuse {
            return self.random.weighted(&known, Relationship::Partner);
        }
        let others = [(Relationship::Stranger, 55), (Relationship::Acquaintance, 20), (Relationship::Unknown, 25)];
        if kind == Kind::KnifeInjured {
            Relationship::Stranger
        } else {
            self.random.weighted(&others, Relationship::Unknown)
        }
    }

    fn pattern(&self, kind: Kind, abuse: bool, class: &str) -> Pattern {
        match kind {
            _ if abuse => Pattern::Abuse,
            Kind::KnifeInjured | Kind::KnifeOther => Pattern::Knife,
            Kind::Hate => Pattern::Hate,
            _ if matches!(self.group(class).0, "rape" | "other_sexual") => Pattern::Sexual,
            _ => Pattern::Other,
        }
    }

    /// The person who is the victim: in the share that the plan states, a victim of an earlier crime; else a new
    /// person. All victims injured with a knife are new, because the plan states how many of them are young.
    fn person(&mut self, kind: Kind, pattern: Pattern, month: Month, day: i32) -> Person {
        let (knife, abuse) = (matches!(kind, Kind::KnifeInjured | Kind::KnifeOther), pattern == Pattern::Abuse);
        let again = match pattern {
            Pattern::Knife if kind == Kind::KnifeOther => Some(&mut self.quotas.knife_again),
            _ if knife => None,
            Pattern::Abuse => Some(&mut self.quotas.abuse_again),
            _ => Some(&mut self.quotas.again),
        };
        if again.is_some_and(|again| again.take(&mut self.random)) {
            let found = self.people.again(&mut self.random, month, pattern);
            if let Some(person) = found.filter(|person| !abuse || age(person.born, day) >= 16) {
                return person;
            }
        }
        let random = &mut self.random;
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
        let born = born(random, years, day);
        self.people.add(born, if male { Sex::Male } else { Sex::Female }, ethnicity)
    }
}
