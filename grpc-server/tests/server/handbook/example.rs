//! The example answers: what the demonstration's exchange answers for each measure.

use std::process::{Command, Stdio};

use peelian::v1::observation::Result as Outcome;
use peelian::v1::observation_service_client::ObservationServiceClient;
use peelian::v1::{
    Basis, Component, ComponentKind, Interval, MissingReason, Observation, Query, QueryObservationsRequest,
};
use peelian_core::estimate::count_to_f64;
use peelian_core::measure::{Definition, ValueKind};
use peelian_core::period::PeriodKind;
use peelian_core::reference::Level;
use peelian_core::wire::{fraction_text, interval_text, missing_text, value_text};
use tempfile::TempDir;
use tonic::transport::Channel;

use super::markdown::{code, table, text};
use crate::harness::Server;

/// The exchange of the demonstration: published figures, and synthetic records of a twentieth of London.
pub(super) struct Demonstration {
    client: ObservationServiceClient<Channel>,
    _server: Server,
    _data: TempDir,
}

impl Demonstration {
    pub(super) async fn start() -> Self {
        let data = tempfile::tempdir().unwrap();
        let mut demo = Command::new(env!("CARGO_BIN_EXE_peelian-server"));
        let folder = data.path().join("demo");
        demo.args(["demo", "--once", "--data-dir"]).arg(&folder).stdout(Stdio::null());
        assert!(demo.status().unwrap().success());
        let server = Server::start(&folder, &[]).await;
        Self { client: ObservationServiceClient::new(server.channel().await), _server: server, _data: data }
    }

    /// The example of a measure: the first of its areas and periods that has a value, or else the first without one.
    pub(super) async fn example(&mut self, definition: &Definition) -> Observation {
        let mut without = None;
        for kind in PeriodKind::LONGEST_FIRST {
            let mut levels: Vec<_> =
                definition.periods.keys().filter(|level| definition.offers(**level, kind)).collect();
            levels.sort_by_key(|level| **level != Level::London);
            for area in levels.into_iter().flat_map(|level| areas(*level)) {
                for seen in self.ask(definition, area, at_the_end_of_records(kind)).await {
                    if matches!(seen.result, Some(Outcome::Value(_))) {
                        return seen;
                    }
                    without.get_or_insert(seen);
                }
            }
        }
        without.unwrap()
    }

    async fn ask(&mut self, definition: &Definition, area: &str, period: &str) -> Vec<Observation> {
        let query = Query {
            measures: vec![definition.id.to_string()],
            areas: vec![area.to_owned()],
            periods: vec![period.to_owned()],
            ..Query::default()
        };
        let request = QueryObservationsRequest { query: Some(query), ..QueryObservationsRequest::default() };
        self.client.query_observations(request).await.unwrap().into_inner().observations
    }
}

/// The areas of a level that are tried: both Londons, Southwark, or all areas.
fn areas(level: Level) -> Vec<&'static str> {
    match level {
        Level::London => vec!["E23000001", "E12000007"],
        Level::Borough => vec!["E09000028"],
        other => vec![other.id()],
    }
}

/// The last period of a kind in the synthetic records, which end in December 2017.
const fn at_the_end_of_records(kind: PeriodKind) -> &'static str {
    match kind {
        PeriodKind::Month => "2017-12",
        PeriodKind::Quarter => "2017/18-Q3",
        PeriodKind::RollingYear => "R12-2017-12",
        PeriodKind::CalendarYear => "CY2017",
        PeriodKind::FinancialYear => "2016/17",
    }
}

/// The example as a section of a page.
pub(super) fn section(definition: &Definition, seen: &Observation) -> String {
    match seen.result {
        Some(Outcome::Value(value)) => with_value(definition.value_kind, seen, value),
        Some(Outcome::Missing(reason)) => without_value(definition, seen, MissingReason::try_from(reason).unwrap()),
        None => panic!("{} has neither a value nor a reason", seen.measure),
    }
}

fn with_value(kind: ValueKind, seen: &Observation, value: f64) -> String {
    let origin = if seen.synthetic {
        "**The numbers are made up.** They are computed from the synthetic records of the \
         [demonstration](README.md#examples), which describe nobody."
    } else {
        "A published figure, as the [demonstration](README.md#examples) holds it. It is not made up."
    };
    let asked = format!("peelian-server query -m {} -a {} -p {}", seen.measure, seen.area, seen.period);
    let facts = facts(kind, seen, value).into_iter().filter(|(_, fact)| !fact.is_empty());
    let rows: Vec<_> = facts.map(|(name, fact)| vec![name.to_owned(), fact]).collect();
    format!("{origin}\n\n```sh\n{asked}\n```\n\n{}{}", table(&["answer", ""], &rows), components(&seen.components))
}

fn without_value(definition: &Definition, seen: &Observation, reason: MissingReason) -> String {
    let why = match definition.inputs.is_empty() {
        true => " The measure is known from submitted figures only, and the demonstration has none of it.",
        false => "",
    };
    format!(
        "The [demonstration](README.md#examples) has no value of {} for {} in {}: {}.{why}",
        code(&seen.measure),
        text(&seen.area_name),
        code(&seen.period),
        missing_text(reason)
    )
}

fn facts(kind: ValueKind, seen: &Observation, value: f64) -> Vec<(&'static str, String)> {
    let counts = match (seen.numerator, seen.denominator) {
        (Some(numerator), Some(denominator)) => fraction_text(numerator, denominator),
        _ => String::new(),
    };
    let completeness = seen.completeness.filter(|found| found.expected > 0);
    let completeness = completeness.map(|found| format!("{} of {} expected reports", found.received, found.expected));
    let basis = match seen.basis() {
        Basis::SubmittedFigure => "a submitted figure",
        _ => "computed from records",
    };
    vec![
        ("measure", code(&seen.measure)),
        ("area", format!("{} ({})", text(&seen.area_name), code(&seen.area))),
        ("period", code(&seen.period)),
        ("value", value_text(kind, value)),
        ("interval", seen.interval.as_ref().map_or_else(String::new, |found| limits(kind, found))),
        ("numerator and denominator", counts),
        ("respondents", seen.unweighted_base.map(whole).unwrap_or_default()),
        ("completeness", completeness.unwrap_or_default()),
        ("basis", format!("{basis}{}", if seen.synthetic { ", **synthetic**" } else { "" })),
        ("from", text(&seen.sources.join("; "))),
    ]
}

fn limits(kind: ValueKind, interval: &Interval) -> String {
    let Interval { lower, upper, confidence, method } = interval;
    format!("{} at {:.0}% confidence ({})", interval_text(kind, *lower, *upper), confidence * 100.0, code(method))
}

fn whole(number: u64) -> String {
    value_text(ValueKind::Count, count_to_f64(number))
}

/// The stages of a funnel, or the groups of a comparison.
fn components(components: &[Component]) -> String {
    // The variables of an index are indices themselves; stages and groups have shares.
    let are_indices = components.iter().any(|component| component.code.starts_with("variable="));
    let kind = if are_indices { ValueKind::Index } else { ValueKind::Proportion };
    let shown = components.iter().filter(|component| component.kind() != ComponentKind::Retention);
    let share = |value: Option<f64>| value.map(|value| value_text(kind, value)).unwrap_or_default();
    let row = |component: &Component| {
        let between = component.interval.as_ref();
        let between = between.map(|found| interval_text(kind, found.lower, found.upper));
        vec![
            text(&component.label),
            component.unit.clone(),
            component.count.map(whole).unwrap_or_default(),
            share(component.value),
            between.unwrap_or_default(),
        ]
    };
    let rows: Vec<_> = shown.map(row).collect();
    let of = match components.first().map(Component::kind) {
        Some(ComponentKind::Stage) => "lost since the stage before",
        _ if are_indices => "index",
        _ => "share",
    };
    table(&["part", "unit", "number", of, "interval"], &rows)
}
