//! The page of one measure.

use peelian::v1::Observation;
use peelian_core::Core;
use peelian_core::design::{Choices, Input, Inputs, LinkedVictims, Parts, Quantity, Selection};
use peelian_core::estimate::{ComponentKind, Rule};
use peelian_core::kernel::{RepeatVariant, RollingWindow};
use peelian_core::measure::{Definition, Disclosure, Standing};

use super::family::Family;
use super::markdown::{code, expression, list, table, text};
use super::{example, words};

/// Most populations of a variant that its row shows, if they differ from those of the main variant. If there are more, as
/// in a funnel, the first tells the difference.
const SHOWN: usize = 3;

/// The whole page.
pub(super) fn page(core: &Core, family: &Family, seen: &Observation) -> String {
    let main = &*family.main;
    let unverified = family.statements(Standing::Unverified).len();
    let warning = match unverified {
        0 => String::new(),
        1 => "One statement of the definition is unverified: see [provenance](#provenance).\n\n".to_owned(),
        more => format!("{more} statements of the definition are unverified: see [provenance](#provenance).\n\n"),
    };
    let sections = [
        ("Areas and periods", periods(main)),
        ("Definition", definition(main)),
        ("Formula", formula(family)),
        ("Variants", variants(core, family)),
        ("Breakdowns", breakdowns(main)),
        ("Caveats", caveats(family)),
        ("Read with", companions(core, main)),
        ("Provenance", provenance(family)),
        ("Example", example::section(main, seen)),
    ];
    let body = sections.iter().filter(|(_, text)| !text.is_empty());
    let body: String = body.map(|(title, text)| format!("## {title}\n\n{}\n\n", text.trim_end())).collect();
    let facts: Vec<Vec<String>> = facts(core, main).into_iter().map(|(name, fact)| vec![name.into(), fact]).collect();
    format!(
        "{}# {}\n\n**{}**\n\nMeasure {}, version {}. Its [file](../../seeds/measures/{}.toml) is the definition. \
         [All measures](README.md).\n\n{warning}{}{}\n",
        super::GENERATED,
        text(family.title()),
        text(&main.question),
        code(&family.id),
        main.version,
        family.id,
        table(&["property", ""], &facts),
        body.trim_end()
    )
}

/// How to read a value. A variant can differ in each of them.
fn facts(core: &Core, definition: &Definition) -> Vec<(&'static str, String)> {
    let register = &core.reference.register;
    let kinds = definition.authority.iter().map(|kind| register.kind(kind).unwrap().label.clone());
    let additive = match (definition.additive_areas, definition.additive_periods) {
        (true, true) => "values of areas and of months add up",
        (true, false) => "values of areas add up, values of months do not",
        _ => "values do not add up: ask for the area and the period that you need",
    };
    let facts = vec![
        ("in the plan", text(&definition.plan_reference)),
        ("theme", text(&definition.theme)),
        ("unit that is counted", definition.unit.to_string()),
        (
            "kind of value",
            format!("{} ({})", words::value_kind(definition.value_kind), code(definition.value_kind.id())),
        ),
        ("direction", words::polarity(definition.polarity, definition.reporting_increase_wanted).to_owned()),
        ("who may speak for it", kinds.collect::<Vec<_>>().join(", then ")),
        ("meaning of the area", words::geo_basis(definition.geo_basis).to_owned()),
        ("basis", words::rate_basis(definition.rate_basis).to_owned()),
        ("sums", additive.to_owned()),
        ("disclosure class", disclosure(definition.disclosure)),
    ];
    facts.into_iter().filter(|(_, fact)| !fact.is_empty()).collect()
}

fn disclosure(rule: Disclosure) -> String {
    let base = rule.minimum_base().map(|base| format!("; a percentage needs a base of {base} or more"));
    format!("{}: {}{}", code(rule.id()), words::disclosure(rule), base.unwrap_or_default())
}

fn periods(definition: &Definition) -> String {
    let mut heads = vec!["area"];
    heads.extend(words::PERIODS.map(words::period));
    let has_bases = !definition.minimum_bases.is_empty();
    heads.extend(has_bases.then_some("smallest base"));
    let row = |level| {
        let offered = words::PERIODS.map(|kind| if definition.offers(level, kind) { "yes" } else { "" }.to_owned());
        let base = definition.minimum_base(level).map(|base| base.to_string()).unwrap_or_default();
        let mut row = vec![words::level(level).to_owned()];
        row.extend(offered);
        row.extend(has_bases.then_some(base));
        row
    };
    table(&heads, &definition.periods.keys().map(|level| row(*level)).collect::<Vec<_>>())
}

/// The populations, in the order of operations.
fn definition(definition: &Definition) -> String {
    let (stages, all) = (stages(definition), selections(definition));
    let row = |(at, selection): (usize, &Selection)| {
        let stage = stages.iter().find(|(id, _)| *id == selection.name).map(|(_, title)| title.as_str());
        let meaning = stage.unwrap_or_else(|| words::population(&selection.name, definition));
        // An index crime and an earlier crime often have the same conditions.
        let same = all[..at].iter().find(|before| before.expression == selection.expression);
        let condition =
            same.map_or_else(|| expression(&selection.expression), |one| format!("as {}", code(&one.name)));
        vec![code(&selection.name), text(meaning), condition]
    };
    let rows: Vec<_> = all.iter().enumerate().map(row).collect();
    format!("{}{}", list(reads(definition).into_iter()), table(&["population", "in words", "expression"], &rows))
}

/// The populations that the definition states, and the one that the others are taken from.
fn selections(definition: &Definition) -> Vec<Selection> {
    let all = definition.design.selections().into_iter();
    let is_stated = |one: &Selection| match one.expression.as_str() {
        "true" => one.name == "initial_population",
        "false" | "!(true)" => false,
        _ => true,
    };
    all.filter(is_stated).collect()
}

/// The stages of a funnel: identifier, and title with unit.
fn stages(definition: &Definition) -> Vec<(String, String)> {
    let rule = Rule { confidence: 0.95, interval: false, minimum_base: 0 };
    let components = definition.design.components(&Inputs::default(), rule).into_iter();
    let stages = components.filter(|component| component.kind == ComponentKind::Stage);
    stages.map(|stage| (stage.code, format!("{} (unit: {})", stage.label, stage.unit))).collect()
}

/// What is read, a sentence for each kind of rows.
fn reads(definition: &Definition) -> Vec<String> {
    let mut found = Vec::new();
    for sentence in definition.inputs.iter().flat_map(of_input) {
        if !found.contains(&sentence) {
            found.push(sentence);
        }
    }
    found
}

fn of_input(input: &Input) -> Vec<String> {
    let rows = input.rows().map(|rows| {
        let ward = rows.ward.map(|ward| format!(", and in a ward by `{ward}`")).unwrap_or_default();
        let (dataset, date, area) = (&rows.dataset.id, rows.date, rows.area);
        format!("Rows of `{dataset}`, placed in a period by `{date}` and in an area by `{area}`{ward}.")
    });
    rows.into_iter().chain(further(input)).collect()
}

/// What an input reads besides the fields that place its rows.
fn further(input: &Input) -> Option<String> {
    match input {
        Input::Histogram(histogram) => match &histogram.of {
            Quantity::Days { from, to } => Some(format!("Days from `{from}` to `{to}`.")),
            Quantity::Number(field) | Quantity::Hundredths(field) => {
                Some(format!("The amount of a row is `{field}`."))
            }
            Quantity::Events(follow_up) if follow_up.proved == follow_up.events.date => Some(format!(
                "Rows of `{}` count by `{}` in the {} months from `{}`.",
                follow_up.events.dataset.id, follow_up.events.date, follow_up.months, follow_up.from,
            )),
            Quantity::Events(follow_up) => Some(format!(
                "Rows of `{}` count by `{}` in the {} months after `{}`, if they are proved (`{}`) within {} months.",
                follow_up.events.dataset.id,
                follow_up.events.date,
                follow_up.months,
                follow_up.from,
                follow_up.proved,
                follow_up.proved_months
            )),
        },
        Input::Weighted(respondents) => {
            let weights = respondents.weights.iter();
            let weights: Vec<_> =
                weights.map(|(level, field)| format!("`{field}` ({})", words::level(*level))).collect();
            Some(format!("The weight of a respondent is {}.", weights.join(", ")))
        }
        Input::Linked(victims) => Some(linked(victims)),
        Input::Measure(measure) => {
            let of = &measure.of;
            Some(match &measure.parts {
                Parts::Groups { by, groups } => {
                    let groups: Vec<_> = groups.iter().map(|group| text(&group.label)).collect();
                    format!("The measure `{of}` by `{by}`: {}.", groups.join(", and "))
                }
                Parts::Boroughs => format!("The measure `{of}` of each borough."),
                Parts::Wards => format!("The measure `{of}` of each ward."),
                Parts::AreaAndLondon => format!("The measure `{of}` of the area, and of London."),
            })
        }
        Input::Residents(residents) => {
            let ages = residents.ages.map(|(from, to)| format!(" aged {from} to {to}")).unwrap_or_default();
            let groups = residents.ethnic_groups.join(", ");
            let groups = if groups.is_empty() { groups } else { format!(" of the ethnic groups {groups}") };
            Some(format!("Residents{ages}{groups}."))
        }
        Input::Register(register) => {
            Some(format!("Sites of the code list `{}` are expected to report.", register.list))
        }
        Input::Chosen(chosen) => Some(choices(&chosen.choices)),
        Input::ChosenVictims(chosen) => {
            let followed = chosen.victims.first().map(linked).unwrap_or_default();
            Some(format!("{} {followed}", choices(&chosen.choices)))
        }
        Input::Reports(reports) => {
            let names: Vec<_> = reports.datasets.iter().map(|dataset| code(&dataset.id)).collect();
            Some(format!("Reports on {}.", names.join(", ")))
        }
        Input::Tally(_) | Input::Wards(_) | Input::Reported(_) => None,
    }
}

/// Where the choices of boroughs are.
fn choices(choices: &Choices) -> String {
    format!("Choices of boroughs are rows of `{}`.", choices.dataset.id)
}

/// How the crimes of a person are brought together.
fn linked(victims: &LinkedVictims) -> String {
    if victims.alone {
        return format!("Crimes with one `{}` are one. A crime without it counts by itself.", victims.person);
    }
    let window = match victims.rule.variant {
        RepeatVariant::PersonsRolling(RollingWindow::CalendarMonths(months)) => {
            format!(" The window has {months} calendar months.")
        }
        RepeatVariant::PersonsRolling(RollingWindow::Days(days)) => format!(" The window has {days} days."),
        _ => String::new(),
    };
    let same = victims.same.map(|same| format!(" Both crimes have the same `{same}`.")).unwrap_or_default();
    let incident = if victims.rule.require_distinct_incident {
        format!(" Crimes of one report (`{}`) are no repeat of each other.", victims.incident)
    } else {
        String::new()
    };
    format!("A person is known by `{}`.{incident}{same}{window}", victims.person)
}

/// The formulas of all variants and of their limits, each once.
fn formula(family: &Family) -> String {
    let formulas = family.parts(|variant| vec![variant.design.formula()]).into_iter();
    let formulas =
        formulas.map(|(formula, only)| format!("    {}\n\n{}{only}\n\n", formula.value, text(formula.symbols)));
    let intervals = family.parts(|variant| vec![variant.interval]).into_iter();
    let intervals = intervals.map(|(interval, only)| {
        let sources: Vec<_> = interval.methods().iter().map(|method| method.citation()).collect();
        let sources = if sources.is_empty() { String::new() } else { format!(" Source: {}.", sources.join("; ")) };
        format!("Interval: {}{sources}{only}\n\n", text(interval.formula()))
    });
    formulas.chain(intervals).collect()
}

/// A row for each variant: its label, and in what it differs from the main variant.
fn variants(core: &Core, family: &Family) -> String {
    let others = family.variants.iter().filter(|variant| variant.id != family.main.id);
    let row = |variant: &Definition, differs: String| vec![code(&variant.id), text(&family.label(variant)), differs];
    let short = family.main.variant.as_ref().map(|_| format!("; {} stands for it", code(&family.id)));
    let main = row(&family.main, format!("as above{}", short.unwrap_or_default()));
    let rows = others.map(|variant| row(variant, differences(core, &family.main, variant).join("<br>")));
    let rows: Vec<_> = std::iter::once(main).chain(rows).collect();
    if rows.len() == 1 { String::new() } else { table(&["measure", "variant", "differs in"], &rows) }
}

fn differences(core: &Core, main: &Definition, other: &Definition) -> Vec<String> {
    let known = compared(core, main);
    let facts = compared(core, other).into_iter().filter(|fact| !known.contains(fact));
    let facts = facts.map(|(name, fact)| format!("{name}: {fact}"));
    let before = selections(main);
    let is_known = |one: &Selection| before.iter().any(|b| b.name == one.name && b.expression == one.expression);
    let changed: Vec<_> = selections(other).into_iter().filter(|one| !is_known(one)).collect();
    let shown = if changed.len() > SHOWN { 1 } else { changed.len() };
    let more =
        (changed.len() > shown).then(|| format!("and {} more populations: see the file", changed.len() - shown));
    let shown = changed.iter().take(shown).map(|one| format!("{}: {}", code(&one.name), expression(&one.expression)));
    facts.chain(shown).chain(more).collect()
}

/// The facts of a variant that its row shows if they are not those of the main variant.
fn compared(core: &Core, definition: &Definition) -> Vec<(&'static str, String)> {
    let offered = definition.periods.iter().map(|(level, kinds)| {
        let kinds: Vec<_> = kinds.iter().map(|kind| kind.code()).collect();
        format!("{} {}", words::level(*level), kinds.join(" "))
    });
    let names: Vec<_> = definition.breakdowns.iter().map(|breakdown| code(&breakdown.name)).collect();
    let mut facts = facts(core, definition);
    facts.insert(0, ("question", text(&definition.question)));
    facts.push(("areas and periods", offered.collect::<Vec<_>>().join("; ")));
    facts.push(("breakdowns", if names.is_empty() { "none".to_owned() } else { names.join(", ") }));
    facts.push(("formula", definition.design.formula().value.to_owned()));
    let method = if definition.interval.id().is_empty() { "none".to_owned() } else { code(definition.interval.id()) };
    facts.push(("interval", method));
    facts.extend(reads(definition).into_iter().map(|sentence| ("reads", sentence)));
    facts
}

fn breakdowns(definition: &Definition) -> String {
    let row = |breakdown: &peelian_core::measure::Breakdown| {
        let several = if breakdown.multi_valued { "yes: its codes do not add up" } else { "" };
        vec![code(&breakdown.name), text(&breakdown.label), words::codes(&breakdown.codes), several.to_owned()]
    };
    let rows: Vec<_> = definition.breakdowns.iter().map(row).collect();
    table(&["breakdown", "label", "codes", "several codes for one subject"], &rows)
}

fn caveats(family: &Family) -> String {
    let caveats = family.parts(|variant| variant.caveats.iter().map(|caveat| &**caveat).collect());
    list(caveats.into_iter().map(|(caveat, only)| format!("{}{only}", text(caveat))))
}

fn companions(core: &Core, definition: &Definition) -> String {
    list(definition.companions.iter().map(|id| {
        let companion = core.catalogue.get(id).unwrap();
        format!("[{}]({}.md)", text(&companion.title), companion.measure)
    }))
}

/// The statements by their standing.
fn provenance(family: &Family) -> String {
    let groups = words::STANDINGS.map(|standing| {
        let statements = family.statements(standing).into_iter();
        let points = list(statements.map(|(statement, only)| format!("{}{only}", text(statement))));
        if points.is_empty() { points } else { format!("{}:\n\n{points}", words::standing(standing)) }
    });
    groups.concat()
}
