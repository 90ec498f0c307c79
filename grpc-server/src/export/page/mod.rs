//! The pages of a release, for people: `index.html` and `metadata.html`. They have no scripts and no pictures, and refer to the
//! files of the folder alone.

mod index;
mod metadata;

pub(super) use index::{NAME as INDEX, index};
pub(super) use metadata::{NAME as METADATA, metadata};

use super::markup::{element, escaped, text};

/// Tables scroll on a narrow screen, and the page does not.
const STYLE: &str = "body{font:1rem/1.5 sans-serif;max-width:60rem;margin:0 auto;padding:1rem;color:#0b0c0c;background:#fff}\
    a{color:#1a4d8f}a:focus{outline:3px solid #0b0c0c}\
    .wide{overflow-x:auto}table{border-collapse:collapse;margin:.5rem 0 1.5rem}caption{text-align:left;font-weight:bold}\
    th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #767676;vertical-align:top}\
    .number{text-align:right;white-space:nowrap}dt{font-weight:bold}code{overflow-wrap:anywhere}";

/// A page around its content.
fn page(title: &str, body: &str) -> Vec<u8> {
    let head = [
        "<meta charset=\"utf-8\">".to_owned(),
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">".to_owned(),
        text("title", title),
        element("style", &[], STYLE),
    ];
    let body = element("body", &[], &element("main", &[], body));
    format!("<!DOCTYPE html>\n<html lang=\"en-GB\">\n<head>{}</head>\n{body}\n</html>\n", head.join("\n"))
        .into_bytes()
}

/// A table with a caption. The first cell of a row is its heading.
fn table(caption: &str, heads: &[&str], rows: &[Vec<Cell>]) -> String {
    let heads: String = heads.iter().map(|head| element("th", &[("scope", "col")], &escaped(head))).collect();
    let body: String = rows.iter().map(|row| row_of(row)).collect();
    let inner = format!(
        "{}{}{}",
        text("caption", caption),
        element("thead", &[], &element("tr", &[], &heads)),
        element("tbody", &[], &body)
    );
    // A region that scrolls must be reached by the keyboard, and must say what it is.
    let region = [("class", "wide"), ("role", "region"), ("tabindex", "0"), ("aria-label", caption)];
    format!("{}\n", element("div", &region, &element("table", &[], &inner)))
}

fn row_of(cells: &[Cell]) -> String {
    let written = cells.iter().enumerate().map(|(at, cell)| match cell {
        Cell::Text(inner) if at == 0 => element("th", &[("scope", "row")], &escaped(inner)),
        Cell::Text(inner) => text("td", inner),
        Cell::Markup(inner) => element("td", &[], inner),
        Cell::Number(inner) => element("td", &[("class", "number")], &escaped(inner)),
    });
    format!("{}\n", element("tr", &[], &written.collect::<String>()))
}

/// A cell of a table.
enum Cell {
    Text(String),
    Markup(String),
    Number(String),
}

/// A link to a file of the folder or a part of a page.
fn link(target: &str, inner: &str) -> String {
    element("a", &[("href", target)], &escaped(inner))
}

/// A list of texts; nothing if there are none.
fn list<'t>(texts: impl IntoIterator<Item = &'t str>) -> String {
    let points: String = texts.into_iter().map(|point| text("li", point)).collect();
    if points.is_empty() { points } else { element("ul", &[], &points) }
}

/// Facts with their names. Those that are empty are left out.
fn facts(facts: &[(&str, String)]) -> String {
    let told = facts.iter().filter(|(_, fact)| !fact.is_empty());
    let told: String = told.map(|(name, fact)| format!("{}{}", text("dt", name), text("dd", fact))).collect();
    element("dl", &[], &told)
}
