use proptest::prelude::*;

use super::*;
use crate::column::Column;
use crate::contract::Contract;
use crate::reference::Reference;

fn compile(source: &str, dataset: &str) -> Result<Predicate, CelError> {
    let reference = Reference::from_seeds().expect("seeds load");
    Predicate::compile(source, Contract::get().dataset(dataset).expect("a dataset"), &reference)
}

fn truths(source: &str, field: &str, column: Column) -> Vec<bool> {
    let rows = column.len();
    compile(source, "crime_victim").unwrap().evaluate(rows, &|path| (path.field == field).then_some(&column))
}

#[test]
fn missing_is_on_neither_side() {
    // Stored ages: missing, 0, 17, 18, 110.
    let ages = || Column::U8(vec![0, 1, 18, 19, 111].into());
    assert_eq!(truths("age < 18", "age", ages()), [false, true, true, false, false]);
    assert_eq!(truths("age >= 18", "age", ages()), [false, false, false, true, true]);
    assert_eq!(truths("!(age < 18)", "age", ages()), [true, false, false, true, true]);
    assert_eq!(truths("age == null", "age", ages()), [true, false, false, false, false]);
    assert_eq!(truths("age != null && age != 17", "age", ages()), [false, true, false, true, true]);
}

#[test]
fn sets_have_members() {
    let strands = || Column::U8(vec![0b0000, 0b0001, 0b0010, 0b0011].into());
    let of_crime = |source| {
        let strands = strands();
        compile(source, "crime_victim").unwrap().evaluate(4, &|path| (path.field == "flag_hate").then_some(&strands))
    };
    assert_eq!(of_crime("'race' in crime.flag_hate"), [false, true, false, true]);
    assert_eq!(of_crime("crime.flag_hate == []"), [true, false, false, false]);
    assert_eq!(of_crime("crime.flag_hate != []"), [false, true, true, true]);
}

#[test]
fn nothing_is_among_none() {
    let keys = || Column::U64(vec![0, 1].into());
    assert_eq!(truths("victim_pid in []", "victim_pid", keys()), [false, false]);
    assert_eq!(truths("!(victim_pid in [])", "victim_pid", keys()), [true, true]);
}

#[test]
fn what_the_contract_does_not_have_is_refused() {
    let refused = |source| compile(source, "crime_victim").unwrap_err();
    assert!(matches!(refused("knife_use == 'injured'"), CelError::UnknownField { .. }));
    assert!(matches!(refused("crime.knife_use == 'sword'"), CelError::UnknownCode { .. }));
    assert!(matches!(refused("trial.outcome == 'cracked'"), CelError::NoReference { .. }));
    assert!(matches!(refused("age == 'old'"), CelError::Type { .. }));
    assert!(matches!(refused("age + 1 == 2"), CelError::Unsupported(_)));
    assert!(matches!(refused("age =="), CelError::Syntax(_)));
    assert!(matches!(refused("age == 3 && \u{e9}"), CelError::Syntax(_)));
    assert!(matches!(refused("age == 400"), CelError::Type { .. }));
}

#[test]
fn every_rule_of_the_contract_compiles() {
    for dataset in Contract::get().datasets() {
        let own = dataset.options.rules.iter().map(|rule| rule.holds.as_str());
        let when = dataset.options.uniques.iter().map(|unique| unique.when.as_str());
        let some = dataset.options.exists.iter().map(|exists| exists.some.as_str());
        let member = dataset.options.group_has.iter().map(|group| group.some.as_str());
        let required = dataset.fields.iter().map(|field| field.options.required_when.as_str());
        for source in own.chain(when).chain(some).chain(member).chain(required) {
            compile(source, &dataset.id).unwrap_or_else(|error| panic!("{}: {source}: {error}", dataset.id));
        }
        for exists in &dataset.options.exists {
            let field = dataset.field(&exists.reference).expect("a reference");
            compile(&exists.when, field.references().expect("a dataset")).expect("an expression");
        }
    }
}

proptest! {
    /// The conjunctive form and the tree agree for every combination of codes.
    #[test]
    fn clauses_mean_the_same(sex in 0..5_u8, injury in 0..8_u8, age in 0..112_u8) {
        let source = "(sex == 'female' && age < 25) || !(injury in ['none', 'threats_only'] || age >= 60) || sex == null";
        let predicate = compile(source, "crime_victim").unwrap();
        let code = |field: &str| match field { "sex" => sex, "injury" => injury, _ => age };
        let columns: Vec<_> =
            predicate.fields().iter().map(|path| (path.field, Column::U8(vec![code(path.field)].into()))).collect();
        let tree = predicate.evaluate(1, &|path| columns.iter().find(|(name, _)| *name == path.field).map(|(_, c)| c))[0];
        let clauses = predicate.clauses().unwrap().iter().all(|clause| clause.iter().any(|literal| match literal {
            Literal::Codes(path, table) => table.truths()[usize::from(code(path.field))],
            Literal::Present(path, present) => (code(path.field) != 0) == *present,
        }));
        prop_assert_eq!(tree, clauses);
    }
}
