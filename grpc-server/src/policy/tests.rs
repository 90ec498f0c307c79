//! Tests of policies: the model agreements, and files with faults.

use std::fs;
use std::sync::LazyLock;

use peelian_core::contract::Contract;
use tempfile::TempDir;

use super::*;
use crate::identity::Role;

static CORE: LazyLock<Arc<Core>> = LazyLock::new(|| Arc::new(Core::from_seeds().unwrap()));

const DAY: Date = jiff::civil::date(2026, 11, 29);
const SOUTHWARK: &str = "E09000028";
const HACKNEY: &str = "E09000012";
const LONDON: &str = "E12000007";

fn models() -> Policies {
    Policies::read(&CORE, None, DAY).unwrap()
}

fn subject(agency: &str, roles: impl IntoIterator<Item = Role>) -> Subject<'_> {
    Subject { agency, roles: Roles::of(roles) }
}

fn figures<'a>(measure: &'a str, area: &'a str) -> Resource<'a> {
    Resource::Figures { measure, area }
}

fn submissions<'a>(dataset: &'a str, agency: &'a str) -> Resource<'a> {
    Resource::Submissions { dataset, agency }
}

#[test]
fn every_agency_may_submit_what_its_remits_name_and_nothing_else() {
    let policies = models().on(DAY);
    for agency in CORE.reference.register.agencies() {
        for dataset in Contract::get().datasets() {
            let dataset = dataset.id.as_str();
            let may =
                |roles| policies.decide(subject(&agency.id, roles), Action::Submit, submissions(dataset, &agency.id));
            assert_eq!(
                may(vec![Role::Submitter]).is_ok(),
                agency.datasets().contains(&dataset),
                "{} {dataset}",
                agency.id
            );
            assert!(may(vec![Role::Analyst, Role::Administrator]).is_err(), "{} {dataset}", agency.id);
        }
    }
}

#[test]
fn an_agency_submits_in_its_own_name() {
    let policies = models().on(DAY);
    let refused =
        policies.decide(subject("mps", Role::ALL), Action::Submit, submissions("crime", "city-of-london-police"));
    let denial = refused.unwrap_err();
    assert_eq!(denial.needed, ["city"]);
    assert_eq!(
        denial.to_string(),
        "agencies/mps may not submit crime of agencies/city-of-london-police: it would need to be a party of `city` \
         (parties: city-of-london-police)"
    );
}

#[test]
fn a_borough_sees_its_own_area_and_the_totals_that_tell_nothing_of_a_person() {
    let policies = models().on(DAY);
    let sees = |measure: &str, area: &str| {
        let analyst = subject("southwark", [Role::Analyst]);
        let decided = policies.decide(analyst, Action::QueryLive, figures(measure, area));
        let kept = || {
            let measure = CORE.catalogue.get(measure).unwrap();
            policies.shows(analyst, Action::QueryLive, (&measure.id, CORE.reference.areas.by_code(area).unwrap()))
        };
        // What is kept is what was decided, the first time and later.
        assert_eq!((kept(), kept()), (decided.is_ok(), decided.is_ok()));
        decided
    };
    assert_eq!(sees("hate-crime-reports", SOUTHWARK).unwrap(), ["boroughs/sees-its-area"]);
    assert!(sees("recorded-crime-volume", LONDON).is_ok());
    assert!(sees("hate-crime-reports", HACKNEY).is_err());
    assert!(sees("hate-crime-reports", LONDON).is_err());
    assert!(sees("recorded-crime-volume", HACKNEY).is_err());
    let wards = CORE.reference.areas.members(
        CORE.reference.areas.by_code(SOUTHWARK).unwrap(),
        peelian_core::reference::Level::Ward,
        DAY,
    );
    let ward = CORE.reference.areas.get(wards[0]).code();
    assert!(sees("recorded-crime-volume", ward).is_ok());
}

#[test]
fn a_denial_names_the_role_that_is_missing() {
    let policies = models().on(DAY);
    let denied =
        policies.decide(subject("mps", [Role::Submitter]), Action::QueryLive, figures("hate-crime-reports", LONDON));
    let denial = denied.unwrap_err().to_string();
    assert!(
        denial.ends_with("it takes the role analyst or statistician or approver, and the caller has submitter"),
        "{denial}"
    );
    let denied = policies.decide(subject("nobody", Role::ALL), Action::ReadCatalogue, Resource::Exchange);
    assert!(denied.unwrap_err().to_string().ends_with("the register of this exchange has no such agency"));
}

#[test]
fn an_agreement_holds_from_its_first_day_to_its_last() {
    let policies = models();
    let may = |day: &str| {
        let policies = policies.on(day.parse().unwrap());
        policies.decide(subject("mps", Role::ALL), Action::Submit, submissions("crime", "mps"))
    };
    assert!(may("2025-04-01").is_ok() && may("2028-03-31").is_ok() && may("2026-11-29").is_ok());
    let late = may("2028-04-01").unwrap_err();
    assert!(late.to_string().ends_with("the agreement `mps` ended on 2028-03-31"), "{late}");
    assert_eq!(late.needed, ["mps"]);
    assert!(may("2025-03-31").unwrap_err().to_string().ends_with("the agreement `mps` begins on 2025-04-01"));
}

/// A folder with one file.
fn folder(name: &str, text: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(format!("{name}.cedar")), text).unwrap();
    folder
}

fn with(name: &str, text: &str) -> Result<Policies, Fault> {
    Policies::read(&CORE, Some(folder(name, text).path()), DAY)
}

/// An agreement with one policy.
fn agreement(policy: &str) -> String {
    format!(
        "@agreement(\"A test\")\n@purpose(\"Tests\")\n@gateway(\"None\")\n@parties(\"mps\")\n@start(\"2026-01-01\")\n\
         @expiry(\"2026-12-31\")\n@id(\"one\")\n{policy}\n"
    )
}

const LIVE: &str = "permit (principal == Agency::\"mps\", action == Action::\"query-live\", resource);";

#[test]
fn an_operator_adds_an_agreement_and_takes_away_another() {
    let nation = "permit (principal == Agency::\"mps\", action == Action::\"query-live\", resource)\n\
                  when { context.area == Area::\"K04000001\" };";
    let policies = with("nation", &agreement(nation)).unwrap().on(DAY);
    let allowed = policies.decide(
        subject("mps", [Role::Analyst]),
        Action::QueryLive,
        figures("hate-crime-reports", "K04000001"),
    );
    assert_eq!(allowed.unwrap(), ["nation/one"]);
    assert!(policies.agreements_of("mps").any(|agreement| agreement.id == "nation"));
    let policies = with("mps", "// Not in force any more.\n").unwrap().on(DAY);
    assert!(policies.decide(subject("mps", Role::ALL), Action::Submit, submissions("crime", "mps")).is_err());
    assert!(policies.agreements_of("mps").all(|agreement| agreement.id == "public"));
}

#[test]
fn a_file_with_a_fault_is_refused_with_its_line() {
    let policy = |scope: &str| agreement(&format!("permit ({scope}, resource);"));
    let faults = [
        ("permit (principal action, resource);".to_owned(), 1, "unexpected token"),
        (agreement("permit (principal == Agency::\"mps\", action == Action::\"query-live\", resource)"), 8, "unexpected end"),
        (LIVE.to_owned(), 1, "policy 1 of the file has no @id"),
        (agreement(LIVE).replace("@purpose(\"Tests\")\n", ""), 1, "the first policy has no @purpose"),
        (agreement(LIVE).replace("Tests", " "), 2, "@purpose is empty"),
        (agreement(LIVE).replace("2026-01-01", "1 January 2026"), 5, "@start is not a date"),
        (agreement(LIVE).replace("2026-12-31", "2025-12-31"), 6, "@expiry is before @start"),
        (agreement(LIVE).replace("(\"mps\")", "(\"mps, btp\")"), 4, "no policy allows anything to `btp`"),
        (agreement(LIVE).replace("(\"mps\")", "(\"btp\")"), 7, "`mps` is not one of the @parties"),
        (agreement(LIVE) + "@id(\"one\")\n" + LIVE, 7, "two policies have the @id \"one\""),
        (policy("principal == Agency::\"mpss\", action == Action::\"query-live\""), 7, "there is no Agency::\"mpss\""),
        (policy("principal == Agency::\"mps\", action == Action::\"query\""), 7, "there is no Action::\"query\""),
        (policy("principal, action == Action::\"query-live\""), 7, "the principal must be one of the parties"),
        (agreement(&LIVE.replace("permit", "forbid")), 7, "an agreement allows"),
        (agreement(&LIVE.replace(';', " when { context.colour == 1 };")), 7, "attribute `colour`"),
        (agreement(&LIVE.replace(';', " when { context.area == 1 };")), 7, "types"),
        (agreement(&LIVE.replace(';', " when { false };")), 7, "impossible"),
        (
            agreement(&LIVE.replace(';', " when { resource in DisclosureClass::\"D-TALL\" };")),
            7,
            "there is no DisclosureClass::\"D-TALL\"",
        ),
        (
            agreement(&LIVE.replace(';', " when { context.roles.contains(Role::\"submitter\") && !context.roles.containsAny([Role::\"analyst\", Role::\"statistician\", Role::\"approver\"]) };")),
            7,
            "the policy never allows anything",
        ),
    ];
    let wrong = faults.iter().filter_map(|(text, line, reason)| {
        let Err(fault) = with("test", text) else { return Some(format!("no fault, but {reason}: {text}")) };
        let told = fault.file.ends_with("test.cedar") && fault.line == *line && fault.reason.contains(reason);
        (!told).then(|| format!("{fault}, not {line}: {reason}"))
    });
    assert_eq!(wrong.collect::<Vec<_>>(), Vec::<String>::new());
    let missing = Policies::read(&CORE, Some(Path::new("/no/such/folder")), DAY).err().unwrap();
    assert!(missing.to_string().starts_with("/no/such/folder:1: it cannot be read"), "{missing}");
}

#[test]
fn a_bad_file_leaves_the_former_policies_in_force() {
    let folder = folder("test", &agreement(LIVE));
    let path = folder.path().join("test.cedar");
    let policies = Policies::read(&CORE, Some(folder.path()), DAY).unwrap();
    let may = || {
        let asked = figures("hate-crime-reports", "K04000001");
        policies.on(DAY).decide(subject("mps", [Role::Analyst]), Action::QueryLive, asked).is_ok()
    };
    assert!(may() && !policies.read_again().unwrap());
    fs::write(&path, "permit (").unwrap();
    assert!(policies.read_again().is_err() && may());
    fs::write(&path, "").unwrap();
    assert!(policies.read_again().unwrap() && !may());
}

#[test]
fn the_models_have_a_policy_for_each_action() {
    let policies = models();
    let rules = policies.on(DAY);
    let allowed = |action: &Action| {
        let texts = rules.agreements().iter().map(|agreement| &agreement.text);
        texts.into_iter().any(|text| text.contains(&format!("Action::\"{}\"", action.id())))
    };
    assert_eq!(Action::ALL.iter().find(|action| !allowed(action)).map(|action| action.id()), None);
    let schema = peelian_seeds::policy_schema().text;
    assert!(Action::ALL.iter().all(|action| schema.contains(&format!("\"{}\"", action.id()))));
}
