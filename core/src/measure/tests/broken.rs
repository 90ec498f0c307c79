//! Definitions that are refused, and the messages.

use super::{Catalogue, Reference, SeedFile};

/// A valid definition. Each case changes one line of it.
const SOUND: &str = r#"measure = "sample"
version = 1
title = "Sample"
question = "How many?"
theme = "Theme"
plan_reference = "Police and Crime Plan 2017-2021, line 1"
unit = "crime"
value_kind = "count"
polarity = "neutral"
disclosure = "D-ADMIN"
geo_basis = "location_of_offence"
authority = ["police"]
interval = "byar_or_exact"
periods = { london = ["M"], borough = ["M", "R12"] }
breakdowns = [{ field = "crime_group", label = "Crime group" }]
companions = []
sources = [{ text = "Plan", standing = "stated" }]
[terms]
knife = "knife_use == 'injured'"
[design]
kind = "count"
[design.population]
dataset = "crime"
date = "recorded_at"
area = "offence_borough"
numerator = "${knife}"
"#;

/// Loads a file. The error is the message.
fn said(text: String) -> Result<(), String> {
    let reference = Reference::from_seeds().unwrap();
    let file = SeedFile { path: "measures/sample.toml".to_owned(), text: text.into() };
    Catalogue::load(&[file], &reference).map(|_| ()).map_err(|error| error.to_string())
}

#[test]
fn the_sound_definition_loads() {
    assert_eq!(said(SOUND.to_owned()), Ok(()));
}

#[test]
fn each_fault_is_named_with_its_line() {
    let cases = [
        ("version = 1", "version = 0", "1: version counts from 1, and sources names at least one source"),
        ("version = 1", "version = \"one\"", "2: invalid type: string \"one\", expected u32"),
        ("unit = \"crime\"", "unit = \"crime\"\ntarget = 5", "8: unknown field `target`"),
        ("unit = \"crime\"", "unit = \"crime\"\nrag = \"green\"", "8: unknown field `rag`"),
        ("\"How many?\"", "\"How many\"", "4: a question ends with a question mark"),
        ("\"sample\"", "\"other\"", "1: measure must be the file's name, sample"),
        ("\"neutral\"", "\"good\"", "9: unknown variant `good`"),
        ("\"neutral\"", "\"lower_is_better\"\nreporting_increase_wanted = true", "9: if more reports are wanted"),
        ("value_kind = \"count\"", "value_kind = \"proportion\"", "8: the design count has values of another kind"),
        ("[\"police\"]", "[]", "1: authority names the kind of agency whose own figures count"),
        ("[\"police\"]", "[\"press\"]", "12: there is no kind of agency press; the kinds are borough, courts"),
        ("byar_or_exact", "wilson", "13: the design count has intervals of another kind"),
        ("\"${knife}\"", "\"${knife} && ${crime:lost}\"", "26: there is no population crime:lost"),
        ("london = [\"M\"]", "london = [\"W\"]", "14: W is no kind of period"),
        ("london = [\"M\"]", "county = [\"M\"]", "14: county is no level of area"),
        ("london = [\"M\"]", "court = [\"M\"]", "14: no field of the design places a row at the level court"),
        ("london = [\"M\"]", "ward = [\"M\"]", "14: no field of the design places a row at the level ward"),
        ("\"crime_group\"", "\"recorded_at\"", "15: recorded_at is a date, and breakdowns need codes"),
        ("\"crime_group\"", "\"colour\"", "15: crime has no field colour"),
        ("\"crime_group\"", "\"probation.sex\"", "15: crime has no reference to probation"),
        ("companions = []", "companions = [\"nothing\"]", "16: the companion nothing is not a measure"),
        ("standing = \"stated\"", "standing = \"sure\"", "17: unknown variant `sure`"),
        ("'injured'", "'sword'", "26: knife_use has no code 'sword'"),
        ("knife_use ==", "knife_use =", "26: not an expression"),
        ("${knife}", "knife_selected", "19: no expression uses the term knife"),
        ("${knife}", "${blade}", "26: there is no term blade"),
        ("\"knife_use == 'injured'\"", "\"${knife}\"", "19: the term knife refers to itself"),
        (
            "kind = \"count\"\n[",
            "kind = \"guess\"\n[",
            "21: there is no design \"guess\"; the designs are count, rate",
        ),
        ("kind = \"count\"\n[", "[", "20: the design has no kind"),
        ("dataset = \"crime\"", "dataset = \"crimes\"", "23: there is no dataset crimes"),
        ("\"recorded_at\"", "\"ho_class\"", "24: ho_class is a code, not a date"),
        ("\"offence_borough\"", "\"place_type\"", "25: place_type is a code, not a place"),
        ("numerator", "denominator = \"true\"\nnumerator", "26: a count has no denominator"),
        ("numerator", "numerators", "26: unknown field `numerators`"),
        ("[terms]", "default_variant = \"b\"\n[variants.a]\nlabel = \"A\"\n[terms]", "1: the default of sample is"),
        ("[terms]", "[variants.a]\nunit = \"person\"\n[terms]", "18: a has no label"),
        ("[terms]", "[variants.\"A b\"]\nlabel = \"A\"\n[terms]", "18: A b is no identifier"),
        ("version = 1", "version = ", "2: "),
        ("version = 1", "version = 1\nversion = 2", "3: duplicate key"),
        ("version = 1\n", "", "1: missing field `version`"),
        ("measure = \"sample\"\n", "", "1: measure must be the file's name, sample"),
        ("\"Sample\"", "3", "3: invalid type: integer `3`, expected a string"),
        ("\"count\"\npolarity", "\"percent\"\npolarity", "8: unknown variant `percent`"),
        ("\"D-ADMIN\"", "\"D-OPEN\"", "10: unknown variant `D-OPEN`"),
        ("\"location_of_offence\"", "\"somewhere\"", "11: unknown variant `somewhere`"),
        ("[\"police\"]", "\"police\"", "12: invalid type: string \"police\", expected a sequence"),
        ("\"byar_or_exact\"", "\"wald\"", "13: unknown variant `wald`"),
        ("{ london = [\"M\"], borough = [\"M\", \"R12\"] }", "{}", "1: no period is offered at any level"),
        ("field = \"crime_group\"", "list = \"colours\"", "15: there is no code list colours"),
        ("field = \"crime_group\", ", "", "15: a breakdown has a field, a list, or a name"),
        ("\"crime_group\"", "\"crime_ref\"", "15: crime_ref is a key, and breakdowns need codes"),
        (
            "label = \"Crime group\"",
            "label = \"Crime group\", only = [\"magic\"]",
            "15: crime_group has no code magic",
        ),
        (
            "[{ field = \"crime_group\", label = \"Crime group\" }]",
            "[{ field = \"crime_group\", label = \"A\" }, { field = \"crime_group\", label = \"B\" }]",
            "15: crime_group is listed twice",
        ),
        ("companions = []", "minimum_bases = { ward = 30 }", "16: ward is no level at which it is offered"),
        ("{ text = \"Plan\", standing = \"stated\" }", "", "1: version counts from 1, and sources names"),
        ("standing = \"stated\"", "standing = \"stated\", link = \"x\"", "17: unknown field `link`"),
        ("sources = [", "variants = 3\nsources = [", "17: variants must be a table"),
        ("[terms]", "[variants]\n[terms]", "18: variants is empty"),
        ("[terms]", "default_variant = 3\n[terms]", "18: default_variant must be a text"),
        ("knife_use == 'injured'", "recorded_at == 'injured'", "26: recorded_at is a date"),
        ("knife_use == 'injured'", "weapon == 'injured'", "26: crime has no field weapon"),
        ("\"${knife}\"", "\"${knife\"", "26: a term is written ${name}"),
        ("[design]\nkind = \"count\"\n[design.population]", "[population]", "1: there is no design"),
        ("kind = \"count\"\n[", "kind = \"count\"\ncolour = \"red\"\n[", "22: unknown field `colour`"),
        ("kind = \"count\"\n[", "kind = \"rate\"\n[", "20: missing field `residents`"),
        ("kind = \"count\"\n[", "kind = \"proportion\"\n[", "23: a share needs a numerator and a denominator"),
        ("kind = \"count\"\n[", "kind = \"decile_ratio\"\n[", "23: the population states the ward of a row"),
        ("area = \"offence_borough\"\n", "", "22: missing field `area`"),
        ("numerator", "ward = \"offence_borough\"\nnumerator", "26: offence_borough is not a ward"),
    ];
    for (from, to, expected) in cases {
        assert!(SOUND.contains(from), "{from}");
        let error = said(SOUND.replacen(from, to, 1)).expect_err(to);
        let expected = format!("measures/sample.toml:{expected}");
        assert!(error.starts_with(&expected), "{to}\n  said     {error}\n  expected {expected}");
    }
}

#[test]
fn designs_are_checked() {
    let with = |kind: &str, interval: &str, design: &str| {
        let head = SOUND.split("[terms]").next().unwrap();
        let head = head.replace("\"count\"", &format!("\"{kind}\"")).replace("byar_or_exact", interval);
        said(format!("{head}[design]\n{design}")).expect_err(design)
    };
    let population = "[design.population]\ndataset = \"crime\"\ndate = \"recorded_at\"\narea = \"offence_borough\"\n";
    let share = with("proportion", "wilson", &format!("kind = \"proportion\"\n{population}"));
    assert!(share.ends_with("21: a share needs a numerator and a denominator"), "{share}");

    let survey = "kind = \"weighted_proportion\"\nweights = { london = \"age\" }\n[design.population]\n\
        dataset = \"public_attitude_response\"\ndate = \"interview_date\"\narea = \"borough\"\n\
        denominator = \"true\"\nnumerator = \"true\"\n";
    let weight = with("proportion", "weighted_wilson", survey);
    assert!(weight.ends_with("20: age is a integer, not a weight"), "{weight}");

    let gap = "kind = \"gap\"\nof = \"sample\"\ndataset = \"crime\"\nby = \"crime_group\"\n\
        reference = { label = \"A\", codes = [\"rape\"] }\ncomparison = { label = \"B\", codes = [\"rape\"] }\n";
    let both = with("percentage_points", "newcombe", gap);
    assert!(both.ends_with("24: rape is in both groups"), "{both}");
    let parent =
        with("percentage_points", "newcombe", &gap.replacen("B\", codes = [\"rape", "B\", codes = [\"arson", 1));
    assert!(parent.contains("20: the value of sample is of the kind percentage_points, not proportion"), "{parent}");

    let step = "[[design.steps]]\nid = \"a\"\ntitle = \"A\"\nunit = \"crime\"\nsubjects = { dataset = \"crime\", \
        date = \"recorded_at\", area = \"offence_borough\" }\n";
    let twice = with("ratio", "none", &format!("kind = \"funnel\"\nbasis = \"throughput\"\n{step}{step}"));
    assert!(twice.contains("there are two stages a"), "{twice}");
    let cohort = with("proportion", "wilson", &format!("kind = \"funnel\"\nbasis = \"cohort\"\n{step}"));
    assert!(cohort.contains("a cohort needs resolved and follow_up_months"), "{cohort}");

    let rows = "dataset = \"crime\"\ndate = \"recorded_at\"\narea = \"offence_borough\"\n";
    let severity = |classes: &str| {
        let weights = format!("[design.weights]\ntable = \"A\"\nclasses = {{ {classes} }}\n");
        let design = format!("kind = \"severity\"\nclass = \"ho_class\"\n[design.population]\n{rows}{weights}");
        with("score", "bootstrap", &design)
    };
    assert!(severity("0X = 3").ends_with("ho_class has no code 0X"), "{}", severity("0X = 3"));
    assert!(severity("1 = 0").ends_with("a weight is above 0"), "{}", severity("1 = 0"));
    assert!(severity("").ends_with("a table of weights has at least one class"), "{}", severity(""));

    let index = |variables: &str| {
        with(
            "index",
            "none",
            &format!("kind = \"composite_index\"\ndataset = \"crime\"\nvariables = [{variables}]\n"),
        )
    };
    assert!(index("").ends_with("an index needs a variable"), "{}", index(""));
    let weightless = index("{ of = \"sample\", value_kind = \"count\", weight = 0 }");
    assert!(weightless.ends_with("a weight is above 0"), "{weightless}");

    let parts = format!("[design.numerator]\n{rows}[design.denominator]\n{rows}");
    let ratio = with("proportion", "byar_or_exact", &format!("kind = \"amount_ratio\"\n{parts}"));
    assert!(ratio.ends_with("the denominator states the amount of a row"), "{ratio}");
}
