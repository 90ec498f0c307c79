//! Markdown as GitHub shows it.

/// A table without its empty columns. There is none without rows.
pub(super) fn table(heads: &[&str], rows: &[Vec<String>]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let columns: Vec<usize> =
        (0..heads.len()).filter(|column| rows.iter().any(|row| !row[*column].is_empty())).collect();
    let line = |of: &dyn Fn(usize) -> String| {
        let cells: Vec<String> = columns.iter().map(|column| of(*column)).collect();
        format!("| {} |\n", cells.join(" | "))
    };
    let head = line(&|column| heads[column].to_owned());
    let body = rows.iter().map(|row| line(&|column| in_cell(&row[column])));
    format!("{head}|{}\n{}\n", "---|".repeat(columns.len()), body.collect::<String>())
}

/// A bar would end the cell, even within code.
fn in_cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// Code on one line.
pub(super) fn code(text: &str) -> String {
    format!("`{}`", text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// An expression without what the expansion of its terms leaves: brackets around the whole, and terms that are always true.
pub(super) fn expression(source: &str) -> String {
    if source == "true" {
        return "every row".to_owned();
    }
    let mut left = source.replace(" && (true)", "");
    while let Some(inner) = left.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        let depths = inner.chars().scan(0_i32, |depth, letter| {
            *depth += i32::from(letter == '(') - i32::from(letter == ')');
            Some(*depth)
        });
        // The first bracket ends before the last: "(a) && (b)".
        if depths.min().unwrap_or(0) < 0 {
            break;
        }
        left = inner.to_owned();
    }
    code(&left)
}

/// A text of the catalogue, in which GitHub would take some characters for marks.
pub(super) fn text(text: &str) -> String {
    text.replace('<', "&lt;").replace('*', "\\*").replace('_', "\\_")
}

/// A list of points.
pub(super) fn list(points: impl Iterator<Item = String>) -> String {
    let points: String = points.map(|point| format!("- {point}\n")).collect();
    if points.is_empty() { points } else { format!("{points}\n") }
}

#[test]
fn a_bar_in_code_stays_in_its_cell() {
    let rows = [vec!["either".to_owned(), code("a ||\n  b")]];
    assert_eq!(table(&["x", "y"], &rows), "| x | y |\n|---|---|\n| either | `a \\|\\| b` |\n\n");
    assert_eq!(table(&["x", "y"], &[vec![String::new(), "b".to_owned()]]), "| y |\n|---|\n| b |\n\n");
    assert_eq!(text("<5 and flag_da"), "&lt;5 and flag\\_da");
}

#[test]
fn an_expression_loses_only_brackets_that_say_nothing() {
    assert_eq!(expression("((a && (b || c)))"), "`a && (b || c)`");
    assert_eq!(expression("(a) && (b)"), "`(a) && (b)`");
    assert_eq!(expression("((a in ['x'])) && (true)"), "`a in ['x']`");
}
