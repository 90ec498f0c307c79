//! Synthesises recorded crimes and their victims, month by month.

use peelian::records::v1::{
    Crime, GunUse, HateStrand, KnifeUse, PlaceType, RecordStatus, ReportedBy, Tri, WeaponClass,
};
use peelian_core::contract::Contract;
use peelian_core::period::Month;
use peelian_core::reference::{AreaId, Level, Reference};

use super::calibration::Facts;
use super::dates::date;
use super::distributions::{
    ABUSE_OTHER, ABUSE_WITH_INJURY, BOROUGHS, CLASSES, GUN, HATE, KNIFE_INJURED, KNIFE_OTHER, VOLUMES,
};
use super::error::SynthesiseError;
use super::links::{Link, Links};
use super::people::{Days, People, Victimisation};
use super::random::{Quota, Random};
use super::recorded_crime::{Kind, Recorded};
use super::victims::Victim;

/// The shares that the plan states. Each holds in every block of cases.
pub(super) struct Quotas {
    knife: Quota,
    knife_injured: Quota,
    knife_abuse: Quota,
    pub(super) knife_under_25: Quota,
    pub(super) knife_male: Quota,
    pub(super) knife_minority: Quota,
    gun: Quota,
    abuse: Quota,
    abuse_injury: Quota,
    hate: Quota,
    hate_after_referendum: Quota,
}

/// The offence of a crime, which is drawn first.
pub(super) struct Offence {
    pub(super) kind: Kind,
    pub(super) class: &'static str,
    /// Crime group of the class.
    pub(super) group: &'static str,
    /// Whether it is domestic abuse.
    pub(super) abuse: bool,
    victim_based: bool,
}

/// Synthesises crimes.
pub(super) struct Crimes<'a> {
    reference: &'a Reference,
    pub(super) seed: u64,
    pub(super) random: Random,
    pub(super) quotas: Quotas,
    pub(super) links: Links,
    pub(super) people: People,
    /// The crimes of the month so far.
    pub(super) recorded: Vec<Recorded>,
    volume_left: usize,
    number: usize,
    classes: Vec<(&'static str, String, bool)>,
}

impl<'a> Crimes<'a> {
    pub(super) fn new(reference: &'a Reference, seed: u64) -> Result<Self, SynthesiseError> {
        let list = reference.codes.list("ho_class").ok_or(SynthesiseError::NoDataset("ho_class"))?;
        let known = [&CLASSES[..], &ABUSE_WITH_INJURY, &ABUSE_OTHER, &KNIFE_INJURED, &KNIFE_OTHER, &HATE, &GUN];
        let codes = known.into_iter().flatten().map(|(code, _)| *code).chain(["28E", "30C"]);
        let class = |code: &'static str| {
            let entry = list.get(code)?;
            Some((code, entry.attribute("crime_group")?.to_owned(), entry.flag("victim_based")?))
        };
        let classes = codes
            .map(|code| class(code).ok_or(SynthesiseError::NoClass(code)))
            .collect::<Result<_, SynthesiseError>>()?;
        let quotas = Quotas {
            knife: Quota::new(152, 10_000),
            knife_injured: Quota::new(9, 25),
            knife_abuse: Quota::new(6, 100),
            // 1,844 of the 763,400 crimes of 2016: 0.0152 × 0.36 × 0.94 × 0.47.
            knife_under_25: Quota::new(47, 100),
            knife_male: Quota::new(77, 100),
            knife_minority: Quota::new(49, 100),
            gun: Quota::new(3, 1_000),
            abuse: Quota::new(1_010, 10_000),
            abuse_injury: Quota::new(1, 3),
            hate: Quota::new(25, 1_000),
            hate_after_referendum: Quota::new(50, 1_000),
        };
        Ok(Self {
            reference,
            seed,
            random: Random::new(seed, "crime"),
            quotas,
            links: Links::new(),
            people: People::default(),
            recorded: Vec::new(),
            volume_left: 0,
            number: 0,
            classes,
        })
    }

    /// The crimes of one month, `per_million` millionths of London's.
    pub(super) fn month(&mut self, month: Month, per_million: usize, facts: &mut Facts) -> Vec<Recorded> {
        let season = usize::try_from(month.number() - 1).ok().and_then(|index| VOLUMES.get(index)).copied();
        let volume = season.unwrap_or_default() * per_million + self.volume_left;
        self.volume_left = volume % 1_000_000;
        self.people.begin_month();
        for _ in 0..volume / 1_000_000 {
            let recorded = self.crime(month);
            facts.crime(month, &recorded);
            self.recorded.push(recorded);
        }
        std::mem::take(&mut self.recorded)
    }

    /// The kind of the next crime.
    fn kind(&mut self, month: Month) -> Kind {
        let (random, quotas) = (&mut self.random, &mut self.quotas);
        if quotas.knife.take(random) {
            return if quotas.knife_injured.take(random) { Kind::KnifeInjured } else { Kind::KnifeOther };
        }
        if quotas.abuse.take(random) {
            return Kind::Abuse;
        }
        if quotas.gun.take(random) {
            return Kind::Gun;
        }
        // Reports of racial and religious hate crime rose sharply after the referendum of June 2016.
        let referendum = (month.year(), month.number()) == (2016, 7);
        let hate = if referendum { &mut quotas.hate_after_referendum } else { &mut quotas.hate };
        if hate.take(random) { Kind::Hate } else { Kind::Other }
    }

    /// A class of offence for a crime of a kind.
    fn class(&mut self, kind: Kind, month: Month) -> &'static str {
        let mix: &[(&'static str, u32)] = match kind {
            Kind::KnifeInjured => &KNIFE_INJURED,
            Kind::KnifeOther => &KNIFE_OTHER,
            Kind::Gun => &GUN,
            Kind::Abuse if self.quotas.abuse_injury.take(&mut self.random) => &ABUSE_WITH_INJURY,
            Kind::Abuse => &ABUSE_OTHER,
            Kind::Hate => &HATE,
            Kind::Other => &CLASSES,
        };
        let class = self.random.weighted(mix, "49");
        // Burglary has new classes from April 2017.
        match (class, month.year() * 12 + month.number() > 2017 * 12 + 3) {
            ("28A", true) => "28E",
            ("30A", true) => "30C",
            _ => class,
        }
    }

    fn offence(&mut self, month: Month) -> Offence {
        let kind = self.kind(month);
        let class = self.class(kind, month);
        let (group, victim_based) = self.group(class);
        let group = crime_group(group);
        let abuse = kind == Kind::Abuse || kind.is_knife() && self.quotas.knife_abuse.take(&mut self.random);
        Offence { kind, class, group, abuse, victim_based }
    }

    fn crime(&mut self, month: Month) -> Recorded {
        let offence = self.offence(month);
        let day = self.random.between(month.first_day_number(), month.plus(1).first_day_number() - 1);
        let victim = offence.victim_based.then(|| self.choose(&offence, month, day));
        let other = victim.as_ref().and_then(Victim::linked);
        let days = self.days(day, other);
        let borough = self.borough(offence.kind, other);
        self.number += 1;
        let mut crime = self.base(month, days, borough);
        if let Some((Link::SameIncident, other)) = other {
            self.join_incident(&mut crime, &other);
        }
        offence.class.clone_into(&mut crime.ho_class);
        crime.victim_based = Some(offence.victim_based);
        self.set_flags(&mut crime, &offence);
        let victim = victim.map(|victim| self.victim(&offence, &victim, (month, days, borough), &crime));
        Recorded { kind: offence.kind, day: days.recorded, borough, group: offence.group, crime, victim }
    }

    /// The crime group of a class, and whether its crimes have victims.
    fn group(&self, class: &str) -> (&str, bool) {
        let found = self.classes.iter().find(|(code, ..)| *code == class);
        found.map_or(("", false), |(_, group, victim_based)| (group, *victim_based))
    }

    /// The days of a crime. A crime of the same incident has those of the other crime.
    fn days(&mut self, day: i32, other: Option<(Link, Victimisation)>) -> Days {
        let recorded = match other {
            Some((Link::SameIncident, other)) => return other.days,
            Some((link, other)) if link.is_within_day() => other.days.recorded,
            _ => day,
        };
        let random = &mut self.random;
        let reported = recorded - random.weighted(&[(0, 70), (1, 20), (3, 7), (14, 3)], 0);
        let committed = reported - random.weighted(&[(0, 60), (1, 22), (4, 10), (20, 5), (120, 2), (500, 1)], 0);
        Days { recorded, reported, committed }
    }

    /// The borough of a crime. That most crimes against a repeat victim are in the borough of the other crime is made
    /// up.
    fn borough(&mut self, kind: Kind, other: Option<(Link, Victimisation)>) -> usize {
        if let Some((link, other)) = other
            && (link == Link::SameIncident || self.random.chance(70, 100))
        {
            return other.borough;
        }
        let mut weights = [(0, 0); BOROUGHS.len()];
        for (index, (cell, borough)) in weights.iter_mut().zip(&BOROUGHS).enumerate() {
            *cell = (index, if kind.is_knife() { borough.knife } else { borough.crimes });
        }
        self.random.weighted(&weights, 0)
    }

    /// The fields that do not depend on the kind of crime: references, dates and place.
    fn base(&mut self, month: Month, days: Days, borough: usize) -> Crime {
        let random = &mut self.random;
        let code = BOROUGHS.get(borough).map_or("", |borough| borough.code);
        let areas = &self.reference.areas;
        let area = areas.by_code(code);
        let wards = area.map(|area| areas.members(area, Level::Ward, month.first_day())).unwrap_or_default();
        // The lesser of two draws, because some wards have several times as much crime as others.
        let ward = wards.get(random.below(wards.len()).min(random.below(wards.len())));
        let bcu = area.and_then(|area| areas.ancestor_at(area, Level::Bcu, month.first_day()));
        let name = |area: Option<AreaId>| area.map(|area| areas.get(area).code().to_owned()).unwrap_or_default();
        let place = random.weighted(
            &[(PlaceType::Street, 40), (PlaceType::Dwelling, 34), (PlaceType::Other, 20), (PlaceType::Unknown, 6)],
            PlaceType::Unknown,
        );
        let by = random.weighted(
            &[(ReportedBy::Victim, 78), (ReportedBy::ThirdParty, 10), (ReportedBy::PoliceGenerated, 12)],
            ReportedBy::Victim,
        );
        Crime {
            crime_ref: format!("S{:08}", self.number),
            incident_ref: format!("I{:08}", self.number),
            record_status: RecordStatus::Active.into(),
            recorded_at: date(days.recorded),
            reported_at: date(days.reported),
            committed_from: date(days.committed),
            committed_to: date(days.committed),
            offence_borough: code.to_owned(),
            offence_ward: name(ward.copied()),
            investigating_bcu: name(bcu),
            place_type: place.into(),
            hour_band: (!random.chance(15, 100)).then(|| random.between(0, 23)),
            flag_online: Tri::No.into(),
            flag_alcohol: if random.chance(8, 100) { Tri::Yes } else { Tri::No }.into(),
            reported_by: by.into(),
            ..Crime::default()
        }
    }

    /// Gives a crime the incident and the place of another crime of the month.
    fn join_incident(&self, crime: &mut Crime, other: &Victimisation) {
        let Some(Recorded { crime: other, .. }) = self.recorded.get(other.position) else { return };
        other.incident_ref.clone_into(&mut crime.incident_ref);
        other.offence_ward.clone_into(&mut crime.offence_ward);
        crime.place_type = other.place_type;
        crime.hour_band = other.hour_band;
        crime.reported_by = other.reported_by;
    }

    /// Sets the flags and weapons.
    fn set_flags(&mut self, crime: &mut Crime, offence: &Offence) {
        let random = &mut self.random;
        let (kind, class) = (offence.kind, offence.class);
        let yes = |flag: bool| if flag { Tri::Yes } else { Tri::No };
        crime.set_flag_cse(yes(class == "71"));
        crime.set_flag_csa(yes(class == "71"));
        crime.set_flag_hba(yes(kind == Kind::Abuse && random.chance(4, 1_000)));
        crime.set_flag_fm(yes(kind == Kind::Abuse && random.chance(1, 1_000)));
        crime.set_flag_fgm(Tri::No);
        crime.set_knife_use(KnifeUse::None);
        crime.set_gun_use(GunUse::None);
        crime.set_flag_da(yes(offence.abuse));
        match kind {
            Kind::KnifeInjured => crime.set_knife_use(KnifeUse::Injured),
            Kind::KnifeOther => {
                let uses = [(KnifeUse::Threatened, 70), (KnifeUse::Intimated, 30)];
                crime.set_knife_use(random.weighted(&uses, KnifeUse::Threatened));
            }
            Kind::Gun => {
                let fired = random.chance(12, 100);
                crime.set_gun_use(if fired { GunUse::Fired } else { GunUse::Threatened });
                crime.set_shots_fired(yes(fired));
                let weapon = if fired {
                    [(WeaponClass::Handgun, 70), (WeaponClass::Shotgun, 30)]
                } else {
                    [(WeaponClass::Unidentified, 70), (WeaponClass::Imitation, 30)]
                };
                crime.set_weapon_class(random.weighted(&weapon, WeaponClass::Unidentified));
            }
            Kind::Hate => crime.flag_hate = strands(random).into_iter().map(i32::from).collect(),
            Kind::Other if class == "10D" => crime.set_knife_use(KnifeUse::PresentNotUsed),
            Kind::Abuse | Kind::Other => {}
        }
    }
}

/// The strands of a hate crime: mostly one, sometimes two or three.
fn strands(random: &mut Random) -> Vec<HateStrand> {
    let first = random.weighted(
        &[
            (HateStrand::Race, 78),
            (HateStrand::SexualOrientation, 11),
            (HateStrand::Religion, 7),
            (HateStrand::Disability, 3),
            (HateStrand::Transgender, 1),
        ],
        HateStrand::Race,
    );
    let mut strands = vec![first];
    if first == HateStrand::Race && random.chance(6, 100) {
        strands.push(HateStrand::Religion);
    }
    if strands.contains(&HateStrand::Religion) && random.chance(6, 10) {
        let part = [(HateStrand::Islamophobic, 65), (HateStrand::Antisemitic, 35)];
        strands.push(random.weighted(&part, HateStrand::Islamophobic));
    }
    strands
}

/// The code of a crime group as the contract spells it.
fn crime_group(name: &str) -> &'static str {
    let field = Contract::get().dataset("crime").and_then(|crime| crime.field("crime_group"));
    match field.map(|field| &field.kind) {
        Some(peelian_core::contract::Kind::Code(codes)) => codes.get(name).map_or("", |code| code.code.as_str()),
        _ => "",
    }
}
