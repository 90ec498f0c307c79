use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::LazyLock;

use jiff::civil::{Date, date};
use peelian_seeds::SeedFile;

use super::*;
use crate::contract::{Contract, Kind};

static REFERENCE: LazyLock<Reference> = LazyLock::new(|| Reference::from_seeds().unwrap());

const PLAN: Date = date(2017, 6, 30);
const TODAY: Date = date(2024, 6, 30);

fn areas() -> &'static Areas {
    &REFERENCE.areas
}

fn id(code: &str) -> AreaId {
    areas().by_code(code).unwrap_or_else(|| panic!("{code}"))
}

fn list(name: &str) -> &'static CodeList {
    REFERENCE.codes.list(name).unwrap()
}

fn codes(ids: &[AreaId]) -> Vec<&str> {
    ids.iter().map(|id| areas().get(*id).code()).collect()
}

/// Rows of a published reference file, each as a map from column to cell. No rows, with a note, if the
/// files are not available.
fn published(name: &str) -> Vec<BTreeMap<String, String>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/reference").join(name);
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: {} is not there", path.display());
        return Vec::new();
    };
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader.deserialize().map(Result::unwrap).collect()
}

#[test]
fn london_has_32_boroughs_without_the_city_and_33_with_it() {
    let without = areas().members(areas().london(Coverage::Mps32).unwrap(), Level::Borough, PLAN);
    let with = areas().members(areas().london(Coverage::Gl33).unwrap(), Level::Borough, PLAN);
    assert_eq!((without.len(), with.len()), (32, 33));
    assert!(!without.contains(&id("E09000001")));
    assert!(with.contains(&id("E09000001")));
    assert_eq!(areas().at_level(Level::Borough).count(), 33);
}

#[test]
fn pseudo_areas_count_in_the_police_total_and_in_no_borough() {
    let mps = id("E23000001");
    assert_eq!(areas().members(mps, Level::Pseudo, PLAN).len(), 5);
    for bin in areas().at_level(Level::Pseudo) {
        assert!(areas().is_within(bin, mps, PLAN));
        assert_eq!(areas().ancestor_at(bin, Level::Borough, PLAN), None);
    }
}

#[test]
fn nothing_rolls_up_into_england_and_wales() {
    let nation = id("K04000001");
    for (area, _) in areas().iter().filter(|(area, _)| *area != nation) {
        assert!(!areas().is_within(area, nation, TODAY));
    }
}

#[test]
fn every_spelling_ever_published_finds_its_area() {
    for row in published("ref-borough-name-variants.csv") {
        let resolved = areas().resolve_name(&row["observed_name"]).unwrap();
        match row["kind"].as_str() {
            "borough" => assert_eq!(resolved, Resolved::Area(id(&row["gss_code"])), "{row:?}"),
            _ => assert!(matches!(resolved, Resolved::PseudoArea(_)), "{row:?}"),
        }
    }
}

#[test]
fn trimmings_of_a_name_make_no_difference() {
    for (name, code) in [
        ("KENSINGTON & CHELSEA", "E09000020"),
        ("Royal Borough of Kensington and Chelsea", "E09000020"),
        ("London Borough of Barking & Dagenham", "E09000002"),
        ("Kingston-on-Thames ", "E09000021"),
        ("Royal Borough of Kingston upon Thames", "E09000021"),
        ("Richmond", "E09000027"),
        ("City of Westminster", "E09000033"),
        ("Westminster, City of", "E09000033"),
        ("London, City of", "E09000001"),
        ("City of London", "E09000001"),
        ("London", "E12000007"),
        ("Metropolitan Police", "E23000001"),
        ("Camden Council", "E09000007"),
        ("Central East BCU", "CE"),
        ("National", "K04000001"),
        ("Metropolitan and City", "CPS-METROPOLITAN-AND-CITY"),
        ("E09000028", "E09000028"),
    ] {
        assert_eq!(areas().resolve_name(name).unwrap().id(), id(code), "{name}");
    }
    let airports = areas().resolve_name("Heathrow ").unwrap();
    assert_eq!(airports, Resolved::PseudoArea(id("PSEUDO-AIRPORTS")));
}

#[test]
fn an_unknown_name_is_refused_with_the_nearest() {
    let error = areas().resolve_name("Southwalk").unwrap_err();
    assert_eq!(error.nearest.first().map(String::as_str), Some("Southwark"));
    assert!(error.to_string().starts_with("no area is called `Southwalk`; the nearest names are"));
    let error = areas().resolve_name("London Borough of Hillingden").unwrap_err();
    assert_eq!(error.nearest.first().map(String::as_str), Some("Hillingdon"));
    assert!(areas().resolve_name("").is_err());
}

#[test]
fn every_ward_lies_in_one_borough_while_it_is_valid() {
    for ward in areas().at_level(Level::Ward) {
        let validity = areas().get(ward).validity();
        let day = validity.from.or(validity.to).unwrap_or(PLAN);
        let parents = areas().parents_at(ward, day);
        let boroughs = parents.iter().filter(|p| areas().get(**p).level() == Level::Borough);
        assert_eq!(boroughs.count(), 1, "{}", areas().get(ward).code());
        assert!(parents.contains(&id("E12000007")));
    }
}

/// 657 wards in 2021; 684 in the small-area list of 2024 and 20 more in the City.
#[test]
fn wards_follow_the_boundaries_of_their_time() {
    let wards = |day| areas().members(id("E12000007"), Level::Ward, day).len();
    assert_eq!(wards(date(2021, 12, 1)), 657);
    assert_eq!(wards(TODAY), 704);
    let croydon = id("E09000008");
    let of_croydon = |day| areas().members(croydon, Level::Ward, day);
    assert_eq!(of_croydon(PLAN), of_croydon(TODAY), "redrawn before the lists begin");
}

#[test]
fn wards_agree_with_the_published_lists() {
    for row in published("ref-ward21-borough.csv") {
        let ward = id(&row["ward21_code"]);
        let borough = areas().ancestor_at(ward, Level::Borough, date(2021, 12, 1));
        assert_eq!(borough, Some(id(&row["ltla21_code"])));
        assert!(areas().get(ward).validity().contains(date(2021, 12, 1)));
        let area = areas().get(ward);
        let names = [Some(area.name()), area.former_name()];
        assert!(names.contains(&Some(row["ward21_name"].as_str())), "{row:?}");
    }
    for row in published("ref-lsoa21-ward24-borough.csv") {
        let ward = id(&row["ward24_code"]);
        assert_eq!(areas().get(ward).name(), row["ward24_name"]);
        assert!(areas().get(ward).validity().contains(TODAY));
        assert_eq!(areas().lsoa_borough(&row["lsoa21_code"]), Some(id(&row["ltla24_code"])));
    }
}

#[test]
fn small_areas_lie_in_the_boroughs_published() {
    let mut known = BTreeSet::new();
    for row in published("ref-lsoa11-lsoa21-borough.csv") {
        for vintage in ["lsoa11_code", "lsoa21_code"] {
            known.insert(row[vintage].clone());
            assert_eq!(areas().lsoa_borough(&row[vintage]), Some(id(&row["ltla22_code"])));
        }
    }
    if !known.is_empty() {
        let found = (0..100_000).map(|n| format!("E01{n:06}"));
        let found = found.filter(|code| areas().lsoa_borough(code).is_some());
        assert!(found.eq(known), "no code beyond those published");
    }
    assert_eq!(areas().lsoa_borough("E01000001"), Some(id("E09000001")));
    for wrong in ["E01000004", "W01000001", "E0100001", "E01+00001", "", "E01999999"] {
        assert_eq!(areas().lsoa_borough(wrong), None, "{wrong}");
    }
}

#[test]
fn command_units_hold_from_their_date() {
    let bcu = |borough: &str, day| {
        let unit = areas().ancestor_at(id(borough), Level::Bcu, day);
        unit.map(|unit| areas().get(unit).code())
    };
    let units = |day| areas().members(id("E23000001"), Level::Bcu, day).len();
    assert_eq!((units(date(2016, 12, 31)), units(PLAN), units(TODAY)), (0, 2, 12));
    assert_eq!(bcu("E09000019", date(2016, 12, 31)), None, "before the pathfinders");
    assert_eq!(bcu("E09000019", PLAN), Some("CN"), "Islington is in a pathfinder");
    assert_eq!(bcu("E09000028", PLAN), None, "Southwark is not yet in one");
    assert_eq!(bcu("E09000028", TODAY), Some("AS"));
    assert_eq!(bcu("E09000001", TODAY), None, "the City has its own force");
    let east = areas().members(id("EA"), Level::Borough, PLAN);
    assert_eq!(codes(&east), ["E09000002", "E09000016", "E09000026"]);
}

#[test]
fn command_units_cut_the_32_boroughs_into_12() {
    let units: Vec<_> = areas().at_level(Level::Bcu).collect();
    let members = units.iter().flat_map(|bcu| areas().members(*bcu, Level::Borough, TODAY));
    let members: Vec<_> = members.collect();
    assert_eq!((units.len(), members.len()), (12, 32));
    assert_eq!(members.into_iter().collect::<BTreeSet<_>>().len(), 32);
    for row in published("ref-bcu-borough.csv") {
        if let Ok(Resolved::Area(borough)) = areas().resolve_name(&row["borough_name"]) {
            let unit = areas().resolve_name(&row["bcu_location"]).unwrap().id();
            assert!(areas().is_within(borough, unit, TODAY), "{row:?}");
        }
    }
}

#[test]
fn parents_come_nearest_first() {
    let ward = areas().members(id("E09000019"), Level::Ward, PLAN)[0];
    let parents = areas().parents_at(ward, PLAN);
    assert_eq!(codes(&parents), ["E09000019", "E23000001", "CN", "E12000007"]);
    let hospital = areas().parents_at(id("RJ122"), PLAN);
    assert_eq!(codes(&hospital), ["E12000007"], "a hospital serves more than its borough");
}

#[test]
fn populations_are_those_published() {
    // Office for National Statistics, mid-year estimates: City of London 2011, 2012.
    assert_eq!(areas().population(id("E09000001"), 2011), Some(7412));
    assert_eq!(areas().population(id("E09000001"), 2012), Some(7514));
    let mut greater_london = BTreeMap::<i16, u32>::new();
    for row in published("ref-borough-population-2011-2024.csv") {
        let (year, count) = (row["year"].parse().unwrap(), row["population"].parse().unwrap());
        assert_eq!(areas().population(id(&row["code"]), year), Some(count));
        *greater_london.entry(year).or_default() += count;
    }
    for (year, count) in greater_london {
        assert_eq!(areas().population(id("E12000007"), year), Some(count));
        let city = areas().population(id("E09000001"), year).unwrap();
        assert_eq!(areas().population(id("E23000001"), year), Some(count - city));
    }
}

#[test]
fn populations_by_age_are_those_published() {
    for row in published("ref-borough-population-age-2020.csv") {
        let count = |column: &str| row[column].parse::<f64>().unwrap();
        let borough = id(&row["ltla21_code"]);
        for (ages, columns) in [(1..=24, 1..25), (10..=17, 10..18), (0..=17, 0..18), (16..=89, 16..90)] {
            let published: f64 = columns.map(|age| count(&age.to_string())).sum();
            let held = areas().population_aged(borough, 2020, ages).unwrap();
            assert!((f64::from(held) - published).abs() < 0.5);
        }
        let all = areas().population_aged(borough, 2020, 0..=u8::MAX).unwrap();
        assert!((f64::from(all) - count("total_population")).abs() < 0.5);
    }
}

#[test]
fn populations_that_are_not_known_are_none() {
    let ward = areas().at_level(Level::Ward).next().unwrap();
    assert_eq!(areas().population(ward, 2020), None);
    assert_eq!(areas().population(id("E12000007"), 2010), None);
    assert_eq!(areas().population(id("E12000007"), i16::MAX), None);
    assert_eq!(areas().population(id("PSEUDO-UNKNOWN"), 2020), None);
    assert_eq!(areas().population_aged(id("E09000007"), 2019, 0..=17), None);
    assert_eq!(areas().population_aged(id("E09000007"), 2020, 91..=99), None);
    #[expect(clippy::reversed_empty_ranges, reason = "the case under test")]
    let reversed = areas().population_aged(id("E09000007"), 2020, 17..=10);
    assert_eq!(reversed, None);
}

/// AS began in 2019. Before, it has the residents of the boroughs of which it was made.
#[test]
fn a_command_unit_has_the_residents_of_its_boroughs() {
    for year in [2016, 2020] {
        let parts = ["E09000022", "E09000028"].map(|code| areas().population(id(code), year).unwrap());
        assert_eq!(areas().population(id("AS"), year), Some(parts.iter().sum()), "{year}");
    }
}

/// Office for National Statistics, Census 2011, key statistics table KS201EW: London had 8,173,941 usual residents, 4,887,435
/// of them White. 40.2% were of another group, as the Home Affairs Committee states (Police diversity, 2016).
#[test]
fn residents_of_each_census_are_known_by_ethnic_group() {
    assert_eq!(areas().census_years().collect::<Vec<_>>(), [2011, 2021]);
    let of = |codes: &[&str]| {
        let groups: Vec<_> = codes.iter().map(|&code| code.to_owned()).collect();
        areas().population_of_groups(id("E12000007"), 2011, &groups).unwrap()
    };
    let (white, others) = (of(&["white"]), of(&["mixed", "asian", "black", "other"]));
    assert_eq!((white, white + others), (4_887_435, 8_173_941));
    assert_eq!(format!("{:.3}", f64::from(others) / f64::from(white + others)), "0.402");
}

/// The 22 groups into which every recorded crime falls once.
const CRIME_GROUPS: [&str; 22] = [
    "homicide",
    "violence_with_injury",
    "violence_without_injury",
    "stalking_harassment",
    "rape",
    "other_sexual",
    "robbery_personal",
    "robbery_business",
    "burglary_residential",
    "burglary_other",
    "theft_from_vehicle",
    "theft_of_vehicle",
    "theft_person",
    "other_theft",
    "shoplifting",
    "bicycle",
    "criminal_damage",
    "arson",
    "drugs",
    "weapons_possession",
    "public_order",
    "misc",
];

#[test]
fn every_offence_class_falls_into_one_group() {
    let groups: BTreeSet<_> = list("ho_class").iter().map(|class| class.attribute("crime_group").unwrap()).collect();
    assert_eq!(groups, CRIME_GROUPS.into_iter().collect());
    for class in list("ho_class").iter() {
        let flag = |column| class.flag(column).unwrap();
        let group = class.attribute("crime_group").unwrap();
        assert_eq!(flag("rape"), group == "rape", "{}", class.code());
        assert_eq!(flag("sexual"), ["rape", "other_sexual"].contains(&group), "{}", class.code());
        assert!(!flag("knife_selected") || flag("victim_based"), "{}", class.code());
    }
}

#[test]
fn knife_crime_is_counted_in_the_selected_classes() {
    let selected = |code: &str| list("ho_class").get(code).unwrap().flag("knife_selected").unwrap();
    for code in ["1", "2", "3B", "5D", "8N", "34A", "34B", "19C", "19H", "17A", "20B"] {
        assert!(selected(code), "{code}");
    }
    for code in ["10D", "3A", "28E", "105A", "58A", "36", "21", "88A"] {
        assert!(!selected(code), "{code}");
    }
}

#[test]
fn the_register_of_hospitals_had_29_sites_and_has_27() {
    let expected = |day| {
        let sites = list("ods_site").iter();
        sites.filter(|site| site.flag("expected") == Some(true) && site.valid_on(day)).count()
    };
    assert_eq!((expected(date(2014, 1, 31)), expected(PLAN)), (29, 27));
    let held = areas().members(id("E12000007"), Level::HospitalSite, PLAN);
    assert_eq!(held.len(), 27);
    for site in list("ods_site").iter() {
        assert!(site.code().starts_with(site.attribute("trust").unwrap()));
        assert!(areas().by_code(site.attribute("borough").unwrap()).is_some());
    }
}

#[test]
fn police_classes_are_found_by_every_published_name() {
    let classes = list("mps_class");
    for (column, name, code) in [
        ("release_name", "DOMESTIC BURGLARY", "burglary_domestic"),
        ("release_name", "BURGLARY - RESIDENTIAL", "burglary_residential_unsplit"),
        ("table_name", "Burglary - Residential Offs", "burglary_residential_unsplit"),
        ("table_name", "Domestic Abuse Hate Crime Offs", "domestic_abuse"),
        ("dashboard_name", "Domestic Abuse Violence with Injury", "domestic_abuse_with_injury"),
    ] {
        assert_eq!(classes.find(column, name).unwrap().code(), code);
    }
    let residential = classes.iter().filter(|class| class.attribute("crime_group") == Some("burglary_residential"));
    assert_eq!(residential.count(), 4, "old class, two new ones and the residue");
    for class in classes.iter().filter(|class| class.attribute("level") == Some("minor")) {
        let parent = classes.get(class.attribute("parent").unwrap()).unwrap();
        assert_eq!(parent.attribute("level"), Some("major"));
        assert!(CRIME_GROUPS.contains(&class.attribute("crime_group").unwrap()));
    }
}

#[test]
fn trial_reasons_belong_to_one_outcome() {
    let reasons = list("trial_reason");
    for reason in reasons.iter() {
        let cracked = reason.attribute("outcome") == Some("cracked");
        assert!(cracked || reason.attribute("outcome") == Some("ineffective"));
        assert!(cracked || reason.flag("prosecution_ended") == Some(false));
        let party = reason.attribute("party").unwrap();
        assert!(["prosecution", "defence", "court", "other"].contains(&party));
    }
    let lost = reasons.get("I2").unwrap();
    assert_eq!((lost.flag("prosecution_ended"), lost.flag("victim_witness_related")), (Some(true), Some(true)));
}

#[test]
fn indexes_are_dense_and_lead_back() {
    for list in REFERENCE.codes.iter() {
        assert!(!list.is_empty() && list.version() > 0 && !list.source().is_empty());
        for (position, entry) in list.iter().enumerate() {
            assert_eq!(usize::from(entry.index()), position);
            assert_eq!(list.index(entry.code()), Some(entry.index()));
            assert!(!entry.label().is_empty());
        }
        assert!(list.at(u16::MAX).is_none() && list.get("no such code").is_none());
    }
    let rape = list("ho_class").index("19C").unwrap();
    assert_eq!(list("ho_class").attribute(rape, "crime_group"), Some("rape"));
    assert_eq!(list("ho_class").attribute(rape, "no such column"), None);
}

#[test]
fn breaks_stand_between_the_figures_they_part() {
    let between = |measure: &str, from, to| -> Vec<&str> {
        let found = REFERENCE.breaks.between(measure, Level::London, from, to);
        found.map(|b| b.id.as_str()).collect()
    };
    let (before, after) = (date(2023, 1, 1), date(2024, 12, 31));
    let found = between("domestic-abuse-reports", before, after);
    assert_eq!(found, ["connect-2024"]);
    assert_eq!(between("repeat-victim-share.victims-prior-12m", before, after), ["connect-2024"]);
    assert!(between("repeat-victim-shares", before, after).is_empty());
    assert!(between("cps-conviction-rate", before, after).is_empty());
    assert!(between("domestic-abuse-reports", date(2024, 3, 1), after).is_empty(), "all on the new basis");
    // The move of a system changed the boroughs of crimes, and not their number in London.
    let knife = |level| REFERENCE.breaks.between("knife-crime-offences", level, before, after).count();
    assert_eq!((knife(Level::London), knife(Level::Borough), knife(Level::Ward)), (0, 1, 1));
    let split = REFERENCE.breaks.iter().find(|b| b.id == "burglary-classes-2023").unwrap();
    assert!(split.divides([("mps_class", "burglary_residential_home")]));
    assert!(!split.divides([]) && !split.divides([("mps_class", "major_burglary"), ("sex", "female")]));
    let connect = REFERENCE.breaks.iter().find(|b| b.id == "connect-2024").unwrap();
    assert!(connect.concerns("crime") && !connect.concerns("trial_listing"));
    assert!(REFERENCE.breaks.iter().all(|b| !b.comparable_across));
    assert!(REFERENCE.breaks.iter().is_sorted_by_key(|b| b.date));
}

/// Lists that are not seeds: measures are read from their definitions.
const MADE_ELSEWHERE: [&str; 1] = ["measure"];

#[test]
fn the_contract_refers_to_lists_levels_and_groups_that_exist() {
    for dataset in Contract::get().datasets() {
        for field in &dataset.fields {
            let place = format!("{}.{}", dataset.id, field.name);
            if let Kind::OpenCode(name) = &field.kind
                && !MADE_ELSEWHERE.contains(&name.as_str())
            {
                assert!(REFERENCE.codes.list(name).is_some(), "{place}: no list {name}");
            }
            let level = &field.options.area_level;
            assert!(level.is_empty() || Level::from_id(level).is_some(), "{place}: no level {level}");
        }
    }
    let crime = Contract::get().dataset("crime").unwrap();
    let Kind::Code(groups) = &crime.field("crime_group").unwrap().kind else { panic!("crime_group is a code") };
    for group in CRIME_GROUPS {
        assert!(groups.get(group).is_some(), "the contract has no crime group {group}");
    }
}

/// A set of seeds in which one text of one file is replaced.
fn with_fault(path: &str, right: &str, wrong: &str) -> ReferenceError {
    let mut files = [peelian_seeds::areas(), peelian_seeds::codes()].concat();
    let file = files.iter_mut().find(|file| file.path == path).unwrap();
    assert!(file.text.contains(right), "{path} has no {right}");
    file.text = file.text.replacen(right, wrong, 1).into();
    let codes: Vec<SeedFile> = files.iter().filter(|f| f.path.starts_with("codes/")).cloned().collect();
    let lists = CodeLists::load(&codes).and_then(|lists| SeriesBreaks::from_codes(&lists));
    let error = lists.err().or_else(|| Areas::load(&files).err());
    error.unwrap_or_else(|| panic!("{path}: `{wrong}` was accepted"))
}

#[test]
fn a_fault_is_refused_with_file_line_and_reason() {
    for (path, right, wrong, message) in [
        ("areas/boroughs.csv", "Camden,true", "Camden,yes", "areas/boroughs.csv:11: `in_mps32` is `yes`"),
        ("areas/boroughs.csv", "E09000007", "E09000006", "the code `E09000006` is used twice"),
        ("areas/boroughs.csv", "Camden", "", "areas/boroughs.csv:11: `name` is empty"),
        ("areas/boroughs.csv", "Camden", "Brent", "the name `Brent` is taken by another area"),
        ("areas/boroughs.csv", "# version: 1", "# version: new", "boroughs.csv:1: no `# version:` line"),
        ("areas/boroughs.csv", "# source:", "# from:", "boroughs.csv:1: no `# source:` line"),
        ("areas/wards.csv", "2022-05-04", "04/05/2022", "`valid_to` is `04/05/2022`, not a date"),
        ("areas/wards.csv", ",2022-05-05,,", ",2022-05-05,2021-01-01,", "is before valid_from"),
        ("areas/wards.csv", "E09000001", "E09000099", "no area has the code `E09000099`"),
        ("areas/bcus.csv", "E09000012", "E09000099", "bcus.csv:6: no area has the code `E09000099`"),
        ("areas/lsoas.csv", "E01000005", "E01000003", "must be in order"),
        ("areas/lsoas.csv", "E01000005", "E0100000X", "is not E01 and 6 digits"),
        ("areas/special.csv", ",pseudo,", ",bin,", "`bin` is not a level"),
        ("areas/population.csv", "7412", "7,412", "population.csv:4: "),
        ("areas/population.csv", "7412", "c", "`2011` is `c`, not a whole number"),
        ("areas/population.csv", "2013", "then", "column `then` is not a year"),
        ("areas/population_age_2020.csv", "90+", "90", "must be the ages 0 to 89 and 90+"),
        ("areas/name_variants.csv", "Barking & Dagenham,E09000002", "Brent,E09000002", "taken by another area"),
        ("codes/ho_class.csv", "homicide,true", "homicide,yes", "`victim_based` must be true or false"),
        ("codes/ho_class.csv", "\n3B,", "\n3A,", "the code `3A` is used twice"),
        ("codes/ho_class.csv", "code,label", "code,text", "no column `label` or `name`"),
        ("codes/series_breaks.csv", "2002-04-01", "April 2002", "series_breaks.csv:6: `date` is not a date"),
    ] {
        let error = with_fault(path, right, wrong).to_string();
        assert!(error.starts_with(path), "{error}");
        assert!(error.contains(message), "{error}\nshould say {message}");
    }
}

#[test]
fn a_missing_file_is_named() {
    let error = Areas::load(&peelian_seeds::areas()).unwrap_err();
    assert_eq!(error.to_string(), "codes/ods_site.csv:1: the file is missing");
}
