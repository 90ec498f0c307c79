//! The report that the demonstration prints: four questions, asked as any client asks them.

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt::Display;
use std::io::Write;

use comfy_table::Cell;
use peelian::client::{self, Connection};
use peelian::v1::observation::Result as Outcome;
use peelian::v1::{Basis, ComparisonKind, Component, ComponentKind, Observation, Query, ValueKind};
use peelian_commands::{DEFAULT_AREA, table};
use peelian_core::wire::verdict_text;

/// The month of the figure of repeat victimisation in the Police and Crime Plan 2017-2021.
const PLAN_MONTH: &str = "2017-02";
/// The rolling year that ends with that month.
const PLAN_YEAR: &str = "R12-2017-02";

/// Asks the questions and prints the answers.
pub(crate) async fn print(connection: &Connection, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    knife_crime(connection, out).await?;
    repeat_victimisation(connection, out).await?;
    satisfaction_gap(connection, out).await?;
    attrition(connection, out).await
}

fn query(measures: &[&str], areas: &[&str], periods: &[&str]) -> Query {
    let owned = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
    Query { measures: owned(measures), areas: owned(areas), periods: owned(periods), ..Query::default() }
}

async fn knife_crime(connection: &Connection, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let observations = client::query(
        connection,
        Query {
            basis: Basis::SubmittedFigure.into(),
            comparisons: vec![ComparisonKind::PreviousWindow.into()],
            // The two years lie before and after the force's change of its recording system in 2024. The note below
            // says so.
            allow_break: true,
            ..query(&["knife-crime-offences"], &["borough", DEFAULT_AREA], &["latest:1:R12"])
        },
    )
    .await?;
    // The City of London has its own police force, which publishes no such figures.
    let valued = |one: &&Observation| matches!(one.result, Some(Outcome::Value(_)));
    let observations: Vec<&Observation> = observations.iter().filter(valued).collect();
    let Some(first) = observations.first() else { return Ok(()) };
    heading(
        out,
        "Knife crime by borough",
        &format!("{} to {}, published figures", first.period_start_inclusive, first.period_end_inclusive),
    )?;
    let mut rows = table::plain(&[
        "Area",
        "Offences",
        "95% interval",
        "Against the 12 months before",
        "95% interval",
        "Reading",
    ]);
    for one in observations.iter().copied() {
        let change = one.comparisons.first();
        rows.add_row([
            Cell::new(&one.area_name),
            table::right(table::value(one)),
            table::right(table::interval(one)),
            table::right(change.and_then(table::change).unwrap_or_else(|| "-".to_owned())),
            table::right(change.map_or_else(|| "-".to_owned(), table::change_interval)),
            Cell::new(change.map_or("", |change| verdict_text(change.verdict()))),
        ]);
    }
    writeln!(out, "{}", table::whole_words(rows))?;
    writeln!(
        out,
        "An interval treats the count as one outcome of an underlying process. \"Higher\" and \"lower\" are results of a \
         test of the ratio."
    )?;
    writeln!(
        out,
        "The same question: peelian-server query -m knife-crime-offences -a borough -a {DEFAULT_AREA} -p latest:1:R12 \
         --basis figures --compare previous-window --allow-break"
    )?;
    let notes = observations.iter().flat_map(|one| one.comparisons.iter().map(|c| &c.note).chain(&one.breaks));
    for note in notes.filter(|note| !note.is_empty()).collect::<BTreeSet<_>>() {
        writeln!(out, "Note: {note}")?;
    }
    Ok(())
}

/// Variants of repeat victimisation, each with a period for which it is offered.
const REPEAT_VARIANTS: [(&str, &str, &str); 9] = [
    (
        "repeat-victim-share.victims-prior-12m",
        PLAN_MONTH,
        "Victims with another crime in the 12 months before the month",
    ),
    ("repeat-victim-share.victims-rolling", PLAN_MONTH, "... or earlier, within 12 months of any of their crimes"),
    ("repeat-victim-share.offences-prior-12m", PLAN_MONTH, "Crimes whose victim had an earlier crime"),
    ("repeat-victim-share.victims-r12-2plus", PLAN_YEAR, "Victims with two or more crimes in the year"),
    ("repeat-victim-share.same-type", PLAN_MONTH, "Victims with another crime of the same type"),
    ("knife-repeat-victimisation", PLAN_YEAR, "Knife crime: victims with an earlier knife crime"),
    ("domestic-abuse-repeat-victimisation", PLAN_YEAR, "Domestic abuse: crimes with an earlier one"),
    ("sexual-violence-repeat-victimisation", PLAN_YEAR, "Sexual offences: victims with an earlier one"),
    ("hate-crime-repeat-victimisation", PLAN_YEAR, "Hate crime: victims with an earlier one"),
];

async fn repeat_victimisation(connection: &Connection, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    heading(out, "Repeat victimisation", "SYNTHETIC records, calibrated to the plan's 12% for February 2017")?;
    let mut rows = table::plain(&["Variant", "What it counts", "Period", "Share", "95% interval", "From"]);
    for (measure, period, what) in REPEAT_VARIANTS {
        for one in client::query(connection, query(&[measure], &[DEFAULT_AREA], &[period])).await? {
            rows.add_row([
                Cell::new(&one.measure),
                Cell::new(what),
                Cell::new(period),
                table::right(table::value(&one)),
                table::right(table::interval(&one)),
                table::right(table::counts(&one)),
            ]);
        }
    }
    writeln!(out, "{}", table::whole_words(rows))?;
    writeln!(out, "These values can all be right: the name of the measure says which variant it is.")?;
    Ok(())
}

async fn satisfaction_gap(connection: &Connection, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let observations =
        client::query(connection, query(&["satisfaction-gap"], &[DEFAULT_AREA], &["latest:1:R12"])).await?;
    heading(out, "Victim satisfaction: the gap between White and BAME respondents", "SYNTHETIC records")?;
    let mut rows = table::plain(&["", "Period", "Value", "95% interval", "Respondents", "Effective"]);
    for one in &observations {
        for group in &one.components {
            rows.add_row([
                Cell::new(&group.label),
                Cell::new(&one.period),
                table::right(share(group.value)),
                table::right(limits(group)),
                table::right(known(group.unweighted_base)),
                table::right(known(group.effective_n.map(f64::round))),
            ]);
        }
        rows.add_row([
            Cell::new("gap"),
            Cell::new(&one.period),
            table::right(table::value(one)),
            table::right(table::interval(one)),
            Cell::new(""),
            Cell::new(""),
        ]);
    }
    writeln!(out, "{}", table::whole_words(rows))?;
    Ok(())
}

async fn attrition(connection: &Connection, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let observations =
        client::query(connection, query(&["vawg-attrition-funnel.da"], &[DEFAULT_AREA], &[PLAN_YEAR])).await?;
    heading(out, "Attrition: domestic abuse", "SYNTHETIC records")?;
    let mut rows = table::plain(&[
        "Stage",
        "Unit",
        "Number",
        "Lost since the stage before",
        "95% interval",
        "Left of the first",
    ]);
    for one in &observations {
        if matches!(one.result, Some(Outcome::Missing(_))) {
            writeln!(out, "{}", table::value(one))?;
        }
        let of_kind = |kind: ComponentKind| one.components.iter().filter(move |stage| stage.kind() == kind);
        for (lost, left) in of_kind(ComponentKind::Stage).zip(of_kind(ComponentKind::Retention)) {
            let unit = if lost.unit_change { format!("{} (unit changes)", lost.unit) } else { lost.unit.clone() };
            rows.add_row([
                Cell::new(&lost.label),
                Cell::new(unit),
                table::right(known(lost.count)),
                table::right(share(lost.value)),
                table::right(limits(lost)),
                table::right(share(left.value)),
            ]);
        }
    }
    writeln!(out, "{}", table::whole_words(rows))?;
    Ok(())
}

/// A share; a dash if it is not known.
fn share(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| table::number(value, ValueKind::Proportion))
}

/// The limits of a component that is a share; a dash if it has no interval.
fn limits(component: &Component) -> String {
    component
        .interval
        .as_ref()
        .map_or_else(|| "-".to_owned(), |interval| table::limits(interval, ValueKind::Proportion))
}

/// A number; a dash if it is not known.
fn known(number: Option<impl Display>) -> String {
    number.map_or_else(|| "-".to_owned(), |number| number.to_string())
}

fn heading(out: &mut impl Write, title: &str, note: &str) -> std::io::Result<()> {
    writeln!(out, "\n{title}\n{note}")
}
