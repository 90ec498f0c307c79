//! Expressions of populations and rules.

use std::collections::BTreeMap;
use std::time::Duration;

use peelian_core::cel::{CelError, FieldPath, Literal, Predicate};
use peelian_core::column::Column;
use peelian_core::contract::{Dataset, Kind};
use peelian_fuzz::{Bytes, Driver, Limits, Mutated, Target, ValueGenerator, below};

use crate::samples::{CORE, datasets, value};

/// An expression over the rows of a dataset.
#[derive(Clone, Debug)]
struct Expression {
    dataset: usize,
    text: Bytes,
    /// Codes of a row.
    codes: [u8; 8],
}

struct Expressions(Vec<Mutated>);

impl ValueGenerator for Expressions {
    type Output = Expression;

    fn generate<D: Driver>(&self, driver: &mut D) -> Option<Expression> {
        let dataset = below(driver, self.0.len())?;
        Some(Expression { dataset, text: self.0[dataset].generate(driver)?, codes: driver.produce()? })
    }
}

/// The expressions of the contract over the rows of a dataset, and the words of the language.
fn of(dataset: &Dataset) -> Mutated {
    let options = &dataset.options;
    let own = options.rules.iter().map(|rule| &rule.holds);
    let when = options.uniques.iter().map(|unique| &unique.when);
    let some = options.exists.iter().map(|exists| &exists.some);
    let member = options.group_has.iter().map(|group| &group.some);
    let required = dataset.fields.iter().map(|field| &field.options.required_when);
    let mut seeds: Vec<String> = own.chain(when).chain(some).chain(member).chain(required).cloned().collect();
    seeds.retain(|seed| !seed.is_empty());
    let mut words: Vec<String> = dataset.fields.iter().map(|field| field.name.clone()).collect();
    for field in &dataset.fields {
        let literal = format!("'{}'", value(field, 1));
        seeds.push(format!("{} == {literal}", field.name));
        seeds.push(format!("{} != null && !({} in [{literal}])", field.name, field.name));
        words.push(literal);
    }
    words.extend(dataset.fields.iter().filter_map(|field| field.references()).map(|other| format!("{other}.")));
    let language = [
        " && ",
        " || ",
        "!",
        "(",
        ")",
        "[",
        "]",
        " in ",
        " == ",
        " != ",
        " < ",
        " >= ",
        "null",
        "true",
        "false",
        "1",
        "-1",
        "9223372036854775808",
        "1.5",
        "'",
        "\"",
        "\\u0000",
        ".",
        "()",
        "?:",
        "size(",
        "has(",
        "{",
        "}",
        "b''",
        "r'",
        "//",
        "!!!!!!!!!!!!!!!!",
        "((((((((((((((((",
        "[[[[[[[[[[[[[[[[",
        "----------------",
    ];
    words.extend(language.map(str::to_owned));
    Mutated::of(seeds.into_iter().map(String::into_bytes)).with_words(words)
}

/// The column of a field with one row. Codes beyond those of the field do not occur in rows.
fn column(path: &FieldPath, code: u8) -> Column {
    let wide = |most: usize| u16::try_from(usize::from(code) % most.max(1)).unwrap();
    match path.declared().map(|field| &field.kind) {
        Some(kind @ (Kind::Code(_) | Kind::Flag)) if kind.is_narrow() => Column::U8(vec![code].into()),
        Some(kind @ (Kind::Set(_) | Kind::Integer(_))) if kind.is_narrow() => Column::U8(vec![code].into()),
        Some(Kind::Code(_) | Kind::Set(_) | Kind::Integer(_) | Kind::OpenCode(_) | Kind::Area) => {
            Column::U16(vec![wide(256)].into())
        }
        Some(Kind::Date | Kind::Timestamp) => Column::I32(vec![if code == 0 { i32::MIN } else { 17_200 }].into()),
        Some(Kind::Period) => Column::U32(vec![code.into()].into()),
        Some(Kind::Number) => Column::F64(vec![if code == 0 { f64::NAN } else { 1.0 }].into()),
        Some(Kind::Text) => Column::Text(vec![(code > 0).then_some("text")].into()),
        _ => Column::U64(vec![code.into()].into()),
    }
}

/// The two forms of an expression agree on every row, and an expression and its negation never do.
fn check(predicate: &Predicate, codes: &[u8; 8]) {
    let fields = predicate.fields();
    let columns: BTreeMap<FieldPath, Column> =
        fields.into_iter().enumerate().map(|(at, path)| (path, column(&path, codes[at % codes.len()]))).collect();
    let truth = |predicate: &Predicate| predicate.evaluate(1, &|path| columns.get(path))[0];
    let holds = truth(predicate);
    assert_ne!(holds, truth(&predicate.not()));
    let literal = |literal: &Literal| {
        let column = &columns[literal.field()];
        match literal {
            Literal::Codes(_, table) => match column {
                Column::U8(codes) => table.truths()[usize::from(codes[0])],
                Column::U16(codes) => table.truths()[usize::from(codes[0])],
                _ => false,
            },
            Literal::Present(_, present) => column.is_missing(0) != *present,
        }
    };
    if let Ok(clauses) = predicate.clauses() {
        assert_eq!(holds, clauses.iter().all(|clause| clause.iter().any(literal)));
    }
}

#[test]
fn fuzz_cel() {
    // The parser keeps what it cannot read of a text. Expressions are in files of the operator.
    let limits = Limits { memory: 256 << 20, time: Duration::from_secs(2) };
    let expressions = Expressions(datasets().iter().map(of).collect());
    Target::new("cel", limits).run(peelian_fuzz::check!(), expressions, |expression: &Expression| {
        let text = &*String::from_utf8_lossy(&expression.text);
        let dataset = &datasets()[expression.dataset];
        let compiled = Predicate::compile(text, dataset, &CORE.reference);
        match compiled {
            Ok(predicate) => {
                check(&predicate, &expression.codes);
                Target::ACCEPTED.to_owned()
            }
            Err(error) => {
                assert!(!error.to_string().is_empty());
                let kind = match error {
                    CelError::Syntax(_) => "syntax",
                    CelError::Unsupported(_) => "unsupported",
                    CelError::UnknownField { .. } => "unknown field",
                    CelError::NoReference { .. } => "no reference",
                    CelError::UnknownCode { .. } => "unknown code",
                    CelError::Type { .. } => "type",
                    CelError::TooComplex(_) => "too complex",
                };
                kind.to_owned()
            }
        }
    });
}
