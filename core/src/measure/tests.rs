use peelian_seeds::SeedFile;

use super::*;
use crate::cel::{Literal, Predicate};
use crate::design::{Input, Inputs, datasets};
use crate::estimate::{ComponentKind, Rule};
use crate::kernel::{RepeatVariant, RollingWindow};
use crate::period::PeriodKind;
use crate::reference::{Level, Reference};

mod broken;

fn catalogue() -> Catalogue {
    let reference = Reference::from_seeds().unwrap();
    Catalogue::load(&peelian_seeds::measures(), &reference).unwrap_or_else(|error| panic!("{error}"))
}

/// Identifiers that the plan's measures and the published figures need. They include identifiers of defaults.
const EXPECTED: &str = "
    victim-satisfaction-overall victim-satisfaction-overall.any-satisfied
    victim-satisfaction-overall.completely-or-very victim-satisfaction-overall.would-report-again
    victim-satisfaction-overall.tdiu-any-satisfied victim-satisfaction-overall.tdiu-completely-or-very
    victim-satisfaction-component.ease-of-contact victim-satisfaction-component.police-actions.completely-or-very
    victim-satisfaction-component.follow-up.any-satisfied victim-satisfaction-component.treatment.any-satisfied
    hate-crime-victim-satisfaction hate-crime-victim-satisfaction.criminal-justice
    cjs-victim-satisfaction cjs-victim-satisfaction.whole-process cjs-victim-satisfaction.police
    cjs-victim-satisfaction.cps cjs-victim-satisfaction.witness-care cjs-victim-satisfaction.witness-service
    cjs-victim-satisfaction.court cjs-victim-satisfaction.probation-vlo cjs-victim-satisfaction.support-service
    staff-fairness-respect staff-fairness-respect.include-volunteers ward-officer-coverage
    satisfaction-gap.hate-criminal-justice
    satisfaction-gap satisfaction-gap.white-bame satisfaction-gap.white-mixed satisfaction-gap.white-asian
    satisfaction-gap.white-black satisfaction-gap.white-other satisfaction-gap.not-disabled-disabled
    satisfaction-gap.male-female satisfaction-gap.non-lgbt-lgbt satisfaction-gap.hate
    perception-gap perception-gap.good-job-local.white-bame perception-gap.fair-treatment.white-black
    perception-gap.trust-mps.male-female
    public-good-job-local public-trust-mps public-fair-treatment public-fair-treatment.everyone
    public-fair-treatment.me-with-respect public-perception-strand.treat-everyone-fairly
    public-perception-strand.relied-upon public-perception-strand.listen-to-concerns
    public-perception-strand.dealing-with-what-matters public-perception-strand.well-informed
    public-perception-strand.knows-ward-officer public-perception-strand.good-job
    public-perception-strand.understand-issues public-perception-strand.trust-organisation
    repeat-victim-share repeat-victim-share.victims-prior-12m repeat-victim-share.victims-rolling
    repeat-victim-share.victims-rolling-365-days repeat-victim-share.offences-prior-12m
    repeat-victim-share.victims-r12-2plus repeat-victim-share.same-type repeat-victim-share.exclude-non-recent
    knife-repeat-victimisation knife-repeat-victimisation.flag-to-flag knife-repeat-victimisation.flag-to-any
    knife-repeat-victimisation.under-25-injured knife-repeat-victimisation.count
    domestic-abuse-repeat-victimisation domestic-abuse-repeat-victimisation.offences-prior-12m
    domestic-abuse-repeat-victimisation.victims-prior-12m
    domestic-abuse-repeat-victimisation.offences-prior-12m-flag-to-any
    hate-crime-repeat-victimisation hate-crime-repeat-victimisation.flag-to-flag
    hate-crime-repeat-victimisation.same-strand hate-crime-repeat-victimisation.flag-to-any sexual-violence-repeat-victimisation
    vawg-attrition-funnel vawg-attrition-funnel.da vawg-attrition-funnel.da.cohort
    vawg-attrition-funnel.da.throughput vawg-attrition-funnel.rape.cohort vawg-attrition-funnel.other-sexual.cohort
    vawg-attrition-funnel.stalking-harassment.throughput vawg-attrition-funnel.harmful-practices.cohort
    vawg-attrition-funnel.all-vawg.throughput
    vawg-victim-withdrawal-police vawg-victim-withdrawal-police.da.outcome-14
    vawg-victim-withdrawal-police.da.outcome-16 vawg-victim-withdrawal-police.rape
    vawg-victim-issues-prosecution vawg-victim-issues-prosecution.da vawg-victim-issues-prosecution.da.retraction
    hate-crime-attrition-funnel hate-crime-attrition-funnel.race.throughput
    hate-crime-sanction-rate hate-crime-sanction-rate.all-hate.period hate-crime-sanction-rate.all-hate.cohort
    hate-crime-sanction-rate.transgender.positive-outcome-period
    cps-conviction-rate cps-conviction-rate.all cps-conviction-rate.da cps-conviction-rate.rape cps-conviction-rate.so
    cps-conviction-rate.hate cps-conviction-rate.hate-race cps-conviction-rate.hate-religion
    cps-conviction-rate.hate-sexual-orientation cps-conviction-rate.hate-disability
    cps-conviction-rate.hate-transgender
    knife-crime-offences knife-crime-offences.with-injury knife-crime-offences.with-injury-personal-robbery
    knife-possession-offences knife-possession-offences.blade-or-point knife-injury-victims-under-25
    knife-injury-victims-under-25.rate knife-injury-victims-under-25.including-domestic
    recorded-crime-volume recorded-crime-volume.victim-based recorded-crime-volume.not-victim-based
    recorded-crime-volume.robbery-mobile-phone recorded-crime-volume.theft-person-mobile-phone
    recorded-crime-volume.first-release
    istv-assault-attendances istv-assault-attendances.weapon-share istv-assault-attendances.by-location
    istv-completeness
    hate-crime-reports hate-crime-reports.race-or-religion domestic-abuse-reports
    domestic-abuse-reports.violence-with-injury domestic-abuse-reports.homicide domestic-abuse-reports.incidents
    sexual-violence-reports gun-crime-offences gun-crime-offences.personal-robbery gun-lethal-discharges
    recorded-crime-positive-outcomes.victim-based knife-crime-positive-outcomes.with-injury-personal-robbery
    gun-crime-positive-outcomes.personal-robbery gun-lethal-discharge-positive-outcomes
    hate-crime-positive-outcomes.race-or-religion domestic-abuse-positive-outcomes.violence-with-injury
    youth-violence-victims youth-violence-victims.serious youth-homicide-offences
    crime-outcomes.cohort crime-outcomes.period crime-outcome-rate.cohort crime-outcome-rate.period
    police-uk-crimes police-uk-asb-incidents police-uk-outcomes police-uk-last-outcomes
    trial-effectiveness trial-effectiveness.cracked trial-effectiveness.ineffective
    trial-cracked-prosecution-ended trial-lost-victim-witness
    court-timeliness court-timeliness.offence-to-completion court-timeliness.offence-to-charge
    court-timeliness.charge-to-first-listing court-timeliness.first-listing-to-completion
    court-timeliness.sending-to-main-hearing court-timeliness.main-hearing-to-completion
    rape-outcome-rate rape-outcome-rate.detections-per-period rape-outcome-rate.timeliness
    court-timeliness.mean-offence-to-completion court-timeliness.mean-main-hearing-to-completion
    reoffending-binary-rate reoffending-binary-rate.all reoffending-binary-rate.adult
    reoffending-binary-rate.young-adult reoffending-binary-rate.female reoffending-binary-rate.persistent
    reoffending-binary-rate.prolific-london reoffending-binary-rate.da-sv-perpetrator reoffending-binary-rate.knife
    youth-reoffending-binary-rate reoffending-frequency reoffending-frequency.per-offender
    reoffending-frequency.per-100-offenders reoffending-frequency.top-tenth-share
    reoffending-severity reoffending-severity.serious-rate
    local-priority-volume high-harm-volume high-harm-volume.weapon-crime vulnerable-ward-ratio
    vulnerable-ward-ratio.knife vulnerable-localities-index crime-severity-score
    young-victim-rate young-victim-rate.offences young-victim-rate.persons cse-reports cse-reports.csa
    cse-reports.children harmful-practices-reports harmful-practices-reports.fgm istv-police-ratio
    stop-search-disproportionality stop-search-disproportionality.find-rate
    workforce-share workforce-share.bame workforce-representation-ratio workforce-representation-ratio.women
    recruitment-share recruitment-share.applicants-women asb-incident-volume asb-incident-volume.rate
    crown-court-outstanding
    cjs-relative-rate-index cjs-relative-rate-index.custody data-completeness data-completeness.hospitals
    nrm-referrals nrm-referrals.mps.duty-to-notify nrm-referrals.exploited-in-london
    nrm-referrals.all-london-responders nrm-referrals.mps.positive-reasonable-grounds
    nrm-referrals.mps.positive-conclusive-grounds nrm-referrals.mps.days-to-conclusive-grounds
    first-time-entrants first-time-entrants.pnc.count first-time-entrants.yot
    victims-code-compliance victims-code-compliance.written-acknowledgement victims-code-compliance.support-referral
    victims-code-compliance.updates victims-code-compliance.vps-offered victims-code-compliance.release-date-informed
    victims-code-compliance.needs-assessment victims-code-compliance.special-measures-discussed
    victims-code-compliance.vrr-informed victims-code-compliance.outcome-informed
    victims-code-compliance.rj-information victims-code-compliance.updates-declined
    victims-code-compliance.recall-support-offered victims-code-compliance.recall-vps-offered
    victims-code-compliance.recall-updates
    borough-spread borough-spread.fair-treatment borough-spread.trust-mps borough-spread.satisfaction
    gun-lethal-discharges.incidents recruitment-share.disparity recruitment-share.offered-bame
    domestic-abuse-reports.crime-to-incident crown-court-outstanding.months-of-work
    mopac-7-volume mopac-7-volume.burglary sarc-referrals csew-prevalence sexual-violence-reports.non-recent
    crime-severity-score.domestic-abuse
";

#[test]
fn the_measures_of_the_plan_are_there() {
    let catalogue = catalogue();
    let missing: Vec<_> = EXPECTED.split_whitespace().filter(|id| !catalogue.is_measure(id)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// The index of the definitions, section 2, where it lies beside the repository: every measure there is in the catalogue.
#[test]
fn no_measure_of_the_index_is_missing() {
    let place = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let index = place.ancestors().map(|dir| dir.join("shared/design/measures.md")).find(|file| file.is_file());
    let Some(index) = index else { return println!("skipped: there is no shared/design/measures.md") };
    let text = std::fs::read_to_string(index).unwrap();
    let rows =
        text.lines().skip_while(|line| !line.starts_with("## 2.")).take_while(|line| !line.starts_with("## 3."));
    // Every second part of a row is a name between backquotes.
    let named = rows.filter(|line| line.starts_with("| 3.")).flat_map(|line| line.split('`').skip(1).step_by(2));
    let named: Vec<&str> = named.collect();
    assert!(named.len() > 55, "{named:?}");
    let catalogue = catalogue();
    let missing: Vec<_> = named.into_iter().filter(|id| !catalogue.is_measure(id)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn identifiers_resolve_with_defaults_and_versions() {
    let catalogue = catalogue();
    let id = |name: &str| catalogue.get(name).map(|definition| definition.id.clone());
    assert_eq!(id("repeat-victim-share").as_deref(), Some("repeat-victim-share.victims-prior-12m"));
    assert_eq!(id("repeat-victim-share.victims-rolling@1").as_deref(), Some("repeat-victim-share.victims-rolling"));
    assert_eq!(id("vawg-attrition-funnel").as_deref(), Some("vawg-attrition-funnel.all-vawg.cohort"));
    assert_eq!(id("vawg-attrition-funnel.da").as_deref(), Some("vawg-attrition-funnel.da.cohort"));
    assert_eq!(id("knife-crime-offences@1").as_deref(), Some("knife-crime-offences"));
    for unknown in ["knife-crime-offences@2", "knife-crime-offences@", "knife-crime-offences.x", ""] {
        assert_eq!(id(unknown), None, "{unknown}");
    }
    assert!(!catalogue.is_measure("knife-crime-offences@1"));
    assert!(catalogue.ids().is_sorted() && catalogue.ids().count() > catalogue.iter().len());
}

#[test]
fn nothing_is_measured_against_a_target() {
    for file in peelian_seeds::measures() {
        for line in file.text.lines() {
            let key = line.split('=').next().unwrap_or("").to_lowercase();
            for word in ["target", "threshold", "rag", "trajectory", "baseline"] {
                let named = key.split(|letter: char| !letter.is_ascii_alphabetic()).any(|part| part == word);
                assert!(!named, "{}: {line}", file.path);
            }
        }
    }
}

#[test]
fn every_definition_says_what_it_is() {
    for definition in catalogue().iter() {
        let id = &definition.id;
        assert!(!definition.sources.is_empty() && !definition.theme.is_empty(), "{id}");
        let plan = [
            "Police and Crime Plan 2017-2021, line",
            "Police and Crime Plan 2013-2016, the plan before",
            "Police and Crime Committee, response to the draft",
        ];
        assert!(plan.iter().any(|plan| definition.plan_reference.starts_with(plan)), "{id}");
        assert!(!definition.periods.is_empty(), "{id}");
        assert_eq!(definition.variant.is_some(), *definition.id != *definition.measure, "{id}");
        let computed = !matches!(definition.design.kind(), "submitted_only" | "gap" | "spread" | "composite_index");
        assert_eq!(!datasets(&definition.inputs).is_empty(), computed, "{id}");
    }
}

#[test]
fn reports_that_are_wanted_are_read_in_context() {
    for id in ["domestic-abuse-reports", "sexual-violence-reports", "hate-crime-reports", "nrm-referrals"] {
        let catalogue = catalogue();
        let definition = catalogue.get(id).unwrap();
        assert!(definition.reporting_increase_wanted && definition.polarity == Polarity::Neutral, "{id}");
        assert!(!definition.companions.is_empty(), "{id}");
    }
}

#[test]
fn the_rules_of_repeat_victimisation_are_those_of_their_names() {
    let catalogue = catalogue();
    let victims = |id: &str| match catalogue.get(id).unwrap().inputs.as_slice() {
        [Input::Linked(victims)] => victims.clone(),
        other => panic!("{id}: {other:?}"),
    };
    let variant = |id: &str| victims(id).rule.variant;
    assert_eq!(variant("repeat-victim-share"), RepeatVariant::PersonsPriorWindow);
    let rolling = variant("repeat-victim-share.victims-rolling");
    assert_eq!(rolling, RepeatVariant::PersonsRolling(RollingWindow::CalendarMonths(12)));
    let days = variant("repeat-victim-share.victims-rolling-365-days");
    assert_eq!(days, RepeatVariant::PersonsRolling(RollingWindow::Days(365)));
    assert_eq!(variant("repeat-victim-share.victims-r12-2plus"), RepeatVariant::PersonsTwoPlusInWindow);
    assert_eq!(variant("domestic-abuse-repeat-victimisation"), RepeatVariant::OffencesPrior);
    assert_eq!(victims("repeat-victim-share.same-type").same.unwrap().field, "crime_group");
    assert_eq!(catalogue.get("knife-repeat-victimisation.count").unwrap().value_kind, ValueKind::Count);
    assert!(victims("repeat-victim-share").rule.require_distinct_incident);

    let reads = |predicate: &crate::cel::Predicate, field: &str| predicate.fields().iter().any(|f| f.field == field);
    let any = victims("knife-repeat-victimisation.flag-to-any");
    assert!(reads(&any.index, "knife_use") && !reads(&any.prior, "knife_use"));
    let flag = victims("knife-repeat-victimisation");
    assert!(reads(&flag.index, "knife_use") && reads(&flag.prior, "knife_use"));
    let recent = victims("repeat-victim-share.exclude-non-recent");
    assert!(!reads(&recent.index, "non_recent") && reads(&recent.prior, "non_recent"));
    assert!(reads(&flag.index, "victim_pid") && !reads(&flag.linkage.predicates[0], "victim_pid"));
}

#[test]
fn satisfied_is_three_of_seven_answers_by_default() {
    let (catalogue, reference) = (catalogue(), Reference::from_seeds().unwrap());
    let codes = |id: &str, denominator: bool| {
        let selections = catalogue.get(id).unwrap().design.selections();
        let name = if denominator { "denominator" } else { "numerator" };
        let expression = &selections.iter().find(|selection| selection.name == name).unwrap().expression;
        let Some(Input::Weighted(respondents)) = catalogue.get(id).unwrap().inputs.first() else { panic!("{id}") };
        let predicate = Predicate::compile(expression, respondents.rows.dataset, &reference).unwrap();
        let clauses = predicate.clauses().unwrap();
        let literals: Vec<_> = clauses.iter().flatten().collect();
        let codes = literals.iter().map(|literal| match literal {
            Literal::Codes(_, table) => table.truths().iter().filter(|truth| **truth).count(),
            Literal::Present(..) => panic!("{id}"),
        });
        codes.sum::<usize>()
    };
    for (id, satisfied) in [
        ("victim-satisfaction-overall", 3),
        ("victim-satisfaction-overall.completely-or-very", 2),
        ("victim-satisfaction-overall.tdiu-any-satisfied", 3),
        ("victim-satisfaction-component.treatment", 3),
        ("victim-satisfaction-component.follow-up.completely-or-very", 2),
    ] {
        assert_eq!((codes(id, false), codes(id, true)), (satisfied, 7), "{id}");
    }
    assert_eq!((codes("public-good-job-local", false), codes("public-good-job-local", true)), (2, 5));
}

#[test]
fn periods_and_bases_depend_on_the_level() {
    let catalogue = catalogue();
    let good_job = catalogue.get("public-good-job-local").unwrap();
    assert!(good_job.offers(Level::London, PeriodKind::Quarter));
    assert!(!good_job.offers(Level::Borough, PeriodKind::Quarter));
    assert!(good_job.offers(Level::Borough, PeriodKind::RollingYear));
    assert!(!good_job.offers(Level::Ward, PeriodKind::RollingYear));
    let gap = catalogue.get("perception-gap").unwrap();
    assert_eq!((gap.minimum_base(Level::London), gap.minimum_base(Level::Borough)), (Some(30), Some(100)));
    assert_eq!(catalogue.get("staff-fairness-respect").unwrap().minimum_base(Level::London), Some(10));
    let volume = catalogue.get("knife-crime-offences").unwrap();
    assert!(volume.minimum_base(Level::Borough).is_none() && volume.additive_areas && volume.additive_periods);
    assert!(!catalogue.get("knife-repeat-victimisation.count").unwrap().additive_areas);
}

#[test]
fn funnels_mark_where_the_unit_changes() {
    let catalogue = catalogue();
    let cohort = catalogue.get("vawg-attrition-funnel.rape").unwrap();
    let rule = Rule { confidence: 0.95, interval: true, minimum_base: 0 };
    let stages = cohort.design.components(&Inputs::default(), rule);
    let stages = stages.into_iter().filter(|stage| stage.kind == ComponentKind::Stage);
    let changes: Vec<_> = stages.filter(|stage| stage.unit_change).map(|stage| stage.code).collect();
    assert_eq!(changes, ["referred", "completed"]);
    let caveats = cohort.design.caveats(&Inputs::default());
    assert!(caveats[0].starts_with("Provisional until 24 months after"), "{caveats:?}");
    // Every stage of a cohort is placed by the day and the place of the crime.
    assert!(cohort.inputs.iter().all(|input| input.rows().unwrap().date.field == "recorded_at"));
    let throughput = catalogue.get("hate-crime-attrition-funnel.race.throughput").unwrap();
    assert_eq!(throughput.design.figure_parts().last().unwrap(), "stage=uplift");
    assert_eq!(throughput.inputs.len(), throughput.design.figure_parts().len());
    assert!(throughput.design.caveats(&Inputs::default()).is_empty());
}

/// Each letter of a formula is explained in its sentences. The sign of a sum needs no explanation.
#[test]
fn formulas_explain_their_symbols() {
    let parts = |text: &'static str| text.split(|letter: char| !letter.is_alphanumeric());
    let is_letter = |part: &&str| part.chars().any(char::is_alphabetic) && !["Σ", "median", "of"].contains(part);
    let catalogue = catalogue();
    for definition in catalogue.iter().filter(|definition| definition.design.kind() != "submitted_only") {
        let formula = definition.design.formula();
        let words: Vec<_> = parts(formula.symbols).collect();
        let unexplained: Vec<_> =
            parts(formula.value).filter(is_letter).filter(|letter| !words.contains(letter)).collect();
        assert!(unexplained.is_empty(), "{}: {unexplained:?} of {}", definition.id, formula.value);
    }
    let formula = |id: &str| catalogue.get(id).unwrap().design.formula().value;
    assert_eq!(formula("repeat-victim-share"), "R / N");
    assert_eq!(formula("knife-repeat-victimisation.count"), "R");
    assert_eq!(formula("cjs-relative-rate-index"), "c × (n₁ / N₁) / (n₀ / N₀)");
    assert_eq!(formula("reoffending-frequency.per-100-offenders"), "100 × Σ k / N");
}

/// The rows that are recorded crimes are written once, so that no two measures can disagree on them.
#[test]
fn the_population_of_recorded_crimes_is_written_once() {
    let mut users = 0;
    for file in peelian_seeds::measures() {
        let own = file.text.contains("record_status") || file.text.contains("'N100'");
        assert!(!own, "{} writes the population itself: use ${{crime:recorded}}", file.path);
        users += usize::from(file.text.contains("${crime:recorded}"));
    }
    assert!(users > 20, "{users}");
}

#[test]
fn strands_are_multi_valued_under_one_name() {
    let catalogue = catalogue();
    for id in ["hate-crime-reports", "hate-crime-positive-outcomes", "hate-crime-repeat-victimisation"] {
        let strand = catalogue.get(id).unwrap().breakdown("hate_strand").unwrap();
        assert!(strand.multi_valued && strand.field().unwrap().field == "flag_hate", "{id}");
    }
}
