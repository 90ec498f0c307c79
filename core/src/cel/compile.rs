//! Compiles an expression for a dataset: checks names and codes, and turns each comparison into a table.

use cel::Program;
use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue, SelectExpr, operators};

use super::predicate::{Node, path};
use super::{FieldPath, Literal, Predicate, Table};
use crate::contract::{CodeSet, Contract, Dataset, Field, Kind};
use crate::reference::Reference;

const NARROW: usize = 1 << 8;
const WIDE: usize = 1 << 16;

/// Why an expression was refused.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum CelError {
    /// The text is not CEL.
    #[error("not an expression: {0}")]
    Syntax(String),
    /// The expression uses a part of CEL that is not supported.
    #[error("{0} is not supported: use &&, ||, !, in, comparisons with constants, == null, or the name of a flag")]
    Unsupported(String),
    /// The dataset has no such field.
    #[error("{dataset} has no field {field}")]
    UnknownField {
        /// The dataset.
        dataset: String,
        /// The name.
        field: String,
    },
    /// The dataset does not refer to the other.
    #[error("{dataset} has no reference to {other}")]
    NoReference {
        /// The dataset.
        dataset: String,
        /// The other dataset.
        other: String,
    },
    /// The field has no such code.
    #[error("{field} has no code '{code}'")]
    UnknownCode {
        /// The field.
        field: String,
        /// The code.
        code: String,
    },
    /// The comparison does not fit the field.
    #[error("{field} is a {kind}: {problem}")]
    Type {
        /// The field.
        field: String,
        /// Its type.
        kind: &'static str,
        /// The reason.
        problem: String,
    },
    /// The conjunctive form is too large.
    #[error("the conjunctive form of the expression has more than {0} clauses: split it")]
    TooComplex(usize),
}

impl Predicate {
    /// Compiles an expression over the rows of `dataset`.
    ///
    /// ```
    /// use peelian_core::cel::Predicate;
    /// use peelian_core::contract::Contract;
    /// use peelian_core::reference::Reference;
    ///
    /// let crime = Contract::get().dataset("crime").unwrap();
    /// let reference = Reference::from_seeds()?;
    /// let knife = Predicate::compile("knife_use == 'injured' && knife_selected", crime, &reference)?;
    /// assert_eq!(knife.fields().len(), 2);
    /// assert!(Predicate::compile("knife_use == 'sword'", crime, &reference).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CelError`] if the text is not CEL, is outside the subset, or names something that the contract does not have.
    pub fn compile(source: &str, dataset: &'static Dataset, reference: &Reference) -> Result<Self, CelError> {
        if source.trim().is_empty() {
            return Ok(Self::always());
        }
        // Names and codes have no other letters. The parser takes much memory for a long text of what it cannot read.
        let is_of_cel = |letter: char| letter.is_ascii_graphic() || letter.is_ascii_whitespace();
        if let Some(other) = source.chars().find(|letter| !is_of_cel(*letter)) {
            return Err(CelError::Syntax(format!("{other:?} is no letter of an expression")));
        }
        let program = Program::compile(source).map_err(|error| CelError::Syntax(error.to_string()))?;
        let root = Compiler { dataset, reference }.node(program.expression())?;
        Ok(Self { source: source.split_whitespace().collect::<Vec<_>>().join(" "), root })
    }
}

/// A constant of an expression.
enum Constant<'e> {
    Text(&'e str),
    Number(i64),
    Truth(bool),
    Null,
    Empty,
}

struct Compiler<'r> {
    dataset: &'static Dataset,
    reference: &'r Reference,
}

impl Compiler<'_> {
    fn node(&self, expression: &IdedExpr) -> Result<Node, CelError> {
        match &expression.expr {
            Expr::Literal(LiteralValue::Boolean(truth)) => Ok(Node::Constant(*truth.inner())),
            Expr::Ident(_) | Expr::Select(_) => self.flag(expression),
            Expr::Call(call) => self.call(call),
            other => Err(CelError::Unsupported(name_of(other).to_owned())),
        }
    }

    fn call(&self, call: &CallExpr) -> Result<Node, CelError> {
        let nodes = || call.args.iter().map(|argument| self.node(argument)).collect::<Result<Vec<_>, _>>();
        match (call.func_name.as_str(), call.args.as_slice()) {
            (operators::LOGICAL_AND, _) => Ok(Node::All(nodes()?)),
            (operators::LOGICAL_OR, _) => Ok(Node::Any(nodes()?)),
            (operators::LOGICAL_NOT, [inner]) => Ok(self.node(inner)?.negated()),
            (operators::IN, [left, right]) => self.member(left, right),
            (operator, [left, right]) if ORDERED.contains(&operator) => self.comparison(operator, left, right),
            (function, _) => Err(CelError::Unsupported(function.trim_matches('_').to_owned())),
        }
    }

    /// A flag by its name.
    fn flag(&self, expression: &IdedExpr) -> Result<Node, CelError> {
        let (path, field) = self.field(expression)?;
        match field.kind {
            Kind::Flag => Ok(codes(path, NARROW, |code| code == FLAG_TRUE)),
            _ => Err(unfit(field, "compare it with a constant")),
        }
    }

    fn comparison(&self, operator: &str, left: &IdedExpr, right: &IdedExpr) -> Result<Node, CelError> {
        let (path, field) = self.field(left)?;
        let node = match (operator, constant(right)?) {
            (operators::EQUALS | operators::NOT_EQUALS, Constant::Null) => {
                Node::Literal(Literal::Present(path, false))
            }
            (operators::EQUALS | operators::NOT_EQUALS, value) => self.equal(path, field, &[value])?,
            (_, Constant::Number(number)) => return ordered(path, field, operator, number),
            _ => return Err(unfit(field, "only whole numbers have an order")),
        };
        Ok(if operator == operators::NOT_EQUALS { node.negated() } else { node })
    }

    /// `field in [constants]`, or `'code' in set`.
    fn member(&self, left: &IdedExpr, right: &IdedExpr) -> Result<Node, CelError> {
        if let Expr::List(list) = &right.expr {
            let (path, field) = self.field(left)?;
            let values = list.elements.iter().map(constant).collect::<Result<Vec<_>, _>>()?;
            return self.equal(path, field, &values);
        }
        let (path, field) = self.field(right)?;
        let (Kind::Set(set), Constant::Text(code)) = (&field.kind, constant(left)?) else {
            return Err(unfit(field, "only a set has members"));
        };
        let number = self.closed(field, set, code)?;
        let members = u8::try_from(number).map_or(0, |number| set.bits(number));
        Ok(codes(path, width(field), |bits| bits & members != 0))
    }

    /// The field has one of the values.
    fn equal(&self, path: FieldPath, field: &Field, values: &[Constant<'_>]) -> Result<Node, CelError> {
        // No value is among none, also if the field is no code.
        if values.is_empty() {
            return Ok(Node::Constant(false));
        }
        let mut wanted = Vec::with_capacity(values.len());
        for value in values {
            wanted.push(self.code(field, value)?);
        }
        Ok(codes(path, width(field), |code| wanted.contains(&code)))
    }

    /// The stored code of a constant, see [`crate::column`].
    fn code(&self, field: &Field, value: &Constant<'_>) -> Result<usize, CelError> {
        let unknown = |code: &str| CelError::UnknownCode { field: field.name.clone(), code: code.to_owned() };
        match (&field.kind, value) {
            (Kind::Code(set), Constant::Text(code)) => self.closed(field, set, code),
            (Kind::OpenCode(list), Constant::Text(code)) => {
                let list = self.reference.codes.list(list).ok_or_else(|| unknown(list))?;
                list.index(code).map(|index| usize::from(index) + 1).ok_or_else(|| unknown(code))
            }
            (Kind::Area, Constant::Text(code)) => {
                self.reference.areas.by_code(code).map(|area| area.index() + 1).ok_or_else(|| unknown(code))
            }
            (Kind::Flag, Constant::Truth(truth)) => Ok(if *truth { FLAG_TRUE } else { FLAG_TRUE - 1 }),
            (Kind::Set(_), Constant::Empty) => Ok(0),
            (Kind::Integer(max), Constant::Number(number)) => match usize::try_from(*number) {
                Ok(number) if number <= usize::from(*max) => Ok(number + 1),
                _ => Err(unfit(field, &format!("{number} is outside 0 to {max}"))),
            },
            _ => Err(unfit(field, "the constant has another type")),
        }
    }

    fn closed(&self, field: &Field, set: &CodeSet, code: &str) -> Result<usize, CelError> {
        // An expression uses the spelling of the contract, and no other spelling of the code.
        let known = set.codes().iter().find(|known| known.code == code);
        known
            .map(|known| usize::from(known.number))
            .ok_or_else(|| CelError::UnknownCode { field: field.name.clone(), code: code.to_owned() })
    }

    fn field(&self, expression: &IdedExpr) -> Result<(FieldPath, &'static Field), CelError> {
        match &expression.expr {
            Expr::Ident(name) => lookup(self.dataset, false, name),
            Expr::Select(SelectExpr { operand, field, test: false }) => {
                let Expr::Ident(other) = &operand.expr else {
                    return Err(CelError::Unsupported("a field of a field".to_owned()));
                };
                let missing = || CelError::NoReference { dataset: self.dataset.id.clone(), other: other.clone() };
                self.dataset.reference_to(other).ok_or_else(missing)?;
                lookup(Contract::get().dataset(other).ok_or_else(missing)?, true, field)
            }
            other => Err(CelError::Unsupported(format!("{} where a field belongs", name_of(other)))),
        }
    }
}

/// Stored code of a flag that is true.
const FLAG_TRUE: usize = 2;

const ORDERED: [&str; 6] = [
    operators::EQUALS,
    operators::NOT_EQUALS,
    operators::LESS,
    operators::LESS_EQUALS,
    operators::GREATER,
    operators::GREATER_EQUALS,
];

fn ordered(path: FieldPath, field: &Field, operator: &str, number: i64) -> Result<Node, CelError> {
    if !matches!(field.kind, Kind::Integer(_)) {
        return Err(unfit(field, "only whole numbers have an order"));
    }
    let holds = |value: i64| match operator {
        operators::LESS => value < number,
        operators::LESS_EQUALS => value <= number,
        operators::GREATER => value > number,
        _ => value >= number,
    };
    // Code 0 is "missing", and the code of a number is the number plus 1.
    Ok(codes(path, width(field), |code| code > 0 && i64::try_from(code - 1).is_ok_and(holds)))
}

fn lookup(dataset: &'static Dataset, referenced: bool, name: &str) -> Result<(FieldPath, &'static Field), CelError> {
    let unknown = || CelError::UnknownField { dataset: dataset.id.clone(), field: name.to_owned() };
    let field = dataset.field(name).ok_or_else(unknown)?;
    Ok((path(&dataset.id, referenced, name).ok_or_else(unknown)?, field))
}

fn codes(path: FieldPath, width: usize, truth: impl FnMut(usize) -> bool) -> Node {
    Node::Literal(Literal::Codes(path, Table::new(width, truth)))
}

/// Number of codes that the stored form of a field can have.
fn width(field: &Field) -> usize {
    if field.kind.is_narrow() { NARROW } else { WIDE }
}

fn unfit(field: &Field, problem: &str) -> CelError {
    CelError::Type { field: field.name.clone(), kind: field.kind.name(), problem: problem.to_owned() }
}

fn constant(expression: &IdedExpr) -> Result<Constant<'_>, CelError> {
    match &expression.expr {
        Expr::Literal(LiteralValue::String(text)) => Ok(Constant::Text(text.inner())),
        Expr::Literal(LiteralValue::Int(number)) => Ok(Constant::Number(*number.inner())),
        Expr::Literal(LiteralValue::Boolean(truth)) => Ok(Constant::Truth(*truth.inner())),
        Expr::Literal(LiteralValue::Null) => Ok(Constant::Null),
        Expr::List(list) if list.elements.is_empty() => Ok(Constant::Empty),
        other => Err(CelError::Unsupported(format!("{} where a constant belongs", name_of(other)))),
    }
}

fn name_of(expression: &Expr) -> &'static str {
    match expression {
        Expr::Unspecified => "an empty expression",
        Expr::Call(_) => "a call",
        Expr::Comprehension(_) => "a comprehension",
        Expr::Ident(_) => "a name",
        Expr::List(_) => "a list",
        Expr::Literal(_) => "a constant",
        Expr::Map(_) => "a map",
        Expr::Select(_) => "a presence test",
        Expr::Struct(_) => "a message",
    }
}
