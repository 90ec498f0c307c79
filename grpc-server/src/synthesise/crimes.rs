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
use super::people::People;
use super::random::{Quota, Random};
use super::recorded_crime::{Kind, Recorded};

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
    pub(super) abuse_again: Quota,
    pub(super) again: Quota,
    pub(super) knife_again: Quota,
    hate: Quota,
    hate_after_referendum: Quota,
}

/// Synthesises crimes.
pub(super) struct Crimes<'a> {
    reference: &'a Reference,
    pub(super) seed: u64,
    pub(super) random: Random,
    pub(super) quotas: Quotas,
    pub(super) people: People,
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
            knife_under_25: Quota::new(8, 17),
            knife_male: Quota::new(77, 100),
            knife_minority: Quota::new(49, 100),
            gun: Quota::new(3, 1_000),
            abuse: Quota::new(1_010, 10_000),
            abuse_injury: Quota::new(1, 3),
            abuse_again: Quota::new(1, 4),
            again: Quota::new(2, 21),
            // No source states this share: it is made up.
            knife_again: Quota::new(1, 20),
            hate: Quota::new(25, 1_000),
            hate_after_referendum: Quota::new(50, 1_000),
        };
        let (random, people) = (Random::new(seed, "crime"), People::default());
        Ok(Self { reference, seed, random, quotas, people, volume_left: 0, number: 0, classes })
    }

    /// The crimes of one month, `per_million` millionths of London's.
    pub(super) fn month(&mut self, month: Month, per_million: usize, facts: &mut Facts) -> Vec<Recorded> {
        let season = usize::try_from(month.number() - 1).ok().and_then(|index| VOLUMES.get(index)).copied();
        let volume = season.unwrap_or_default() * per_million + self.volume_left;
        self.volume_left = volume % 1_000_000;
        self.people.begin_month();
        let crimes: Vec<Recorded> = (0..volume / 1_000_000).map(|_| self.crime(month)).collect();
        crimes.iter().for_each(|recorded| facts.crime(month, recorded));
        crimes
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

    fn crime(&mut self, month: Month) -> Recorded {
        let kind = self.kind(month);
        let class = self.class(kind, month);
        let (group, victim_based) = self.group(class);
        let group = crime_group(group);
        let day = month.first_day_number()
            + self.random.between(0, month.plus(1).first_day_number() - month.first_day_number() - 1);
        let knife = matches!(kind, Kind::KnifeInjured | Kind::KnifeOther);
        let borough = self.borough(knife);
        self.number += 1;
        let mut crime = self.base(month, day, borough);
        crime.ho_class = class.to_owned();
        crime.victim_based = Some(victim_based);
        self.set_flags(&mut crime, kind, class);
        let victim = victim_based.then(|| self.victim(kind, class, (month, day), borough, &crime));
        Recorded { kind, day, borough, group, crime, victim }
    }

    /// The crime group of a class, and whether its crimes have victims.
    pub(super) fn group(&self, class: &str) -> (&str, bool) {
        let found = self.classes.iter().find(|(code, ..)| *code == class);
        found.map_or(("", false), |(_, group, victim_based)| (group, *victim_based))
    }

    fn borough(&mut self, knife: bool) -> usize {
        let mut weights = [(0, 0); BOROUGHS.len()];
        for (index, (cell, borough)) in weights.iter_mut().zip(&BOROUGHS).enumerate() {
            *cell = (index, if knife { borough.knife } else { borough.crimes });
        }
        self.random.weighted(&weights, 0)
    }

    /// The fields that do not depend on the kind of crime: references, dates and place.
    fn base(&mut self, month: Month, day: i32, borough: usize) -> Crime {
        let random = &mut self.random;
        let reported = day - random.weighted(&[(0, 70), (1, 20), (3, 7), (14, 3)], 0);
        let committed = reported - random.weighted(&[(0, 60), (1, 22), (4, 10), (20, 5), (120, 2), (500, 1)], 0);
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
            recorded_at: date(day),
            reported_at: date(reported),
            committed_from: date(committed),
            committed_to: date(committed),
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

    /// Sets the flags and weapons.
    fn set_flags(&mut self, crime: &mut Crime, kind: Kind, class: &str) {
        let random = &mut self.random;
        let yes = |flag: bool| if flag { Tri::Yes } else { Tri::No };
        crime.set_flag_cse(yes(class == "71"));
        crime.set_flag_csa(yes(class == "71"));
        crime.set_flag_hba(yes(kind == Kind::Abuse && random.chance(4, 1_000)));
        crime.set_flag_fm(yes(kind == Kind::Abuse && random.chance(1, 1_000)));
        crime.set_flag_fgm(Tri::No);
        crime.set_knife_use(KnifeUse::None);
        crime.set_gun_use(GunUse::None);
        let knife = matches!(kind, Kind::KnifeInjured | Kind::KnifeOther);
        crime.set_flag_da(yes(kind == Kind::Abuse || knife && self.quotas.knife_abuse.take(random)));
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
