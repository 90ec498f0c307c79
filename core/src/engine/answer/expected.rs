//! What chance alone would give: the share of repeat victims if crimes struck residents at random.

use super::{Data, Observation};
use crate::design::{Input, Residents};
use crate::engine::query::CellRequest;
use crate::estimate::{Component, ComponentKind, ValueKind};

/// Code of the component.
const CODE: &str = "expected_if_random";

impl Data {
    /// The share of repeat victims that is expected if crimes strike residents at random: `1 - exp(-crimes / residents)`, for
    /// the victims of a year. Victims of a shorter period are counted up to a year. More crime raises the share of repeats by
    /// itself, and this is by how much. `None` for other measures, and where the number of residents is not known.
    pub(super) fn expected_if_random(&self, cell: CellRequest<'_>, found: &Observation) -> Option<Component> {
        let follows = matches!(cell.definition.inputs.first(), Some(Input::Linked(_)));
        if !follows || cell.definition.value_kind != ValueKind::Proportion || !cell.axes.is_total() {
            return None;
        }
        let victims = found.denominator.filter(|_| found.result.is_ok())?;
        let area = self.population(cell)?;
        let (residents, _) = self.counts.rows.residents(area, cell.period, &Residents::default())?;
        let years = f64::from(cell.period.kind().months()) / 12.0;
        Some(Component {
            kind: ComponentKind::Expected,
            code: CODE.to_owned(),
            label: "Expected if crimes struck residents at random".to_owned(),
            unit: cell.definition.unit.to_string(),
            count: None,
            value: Some(-libm::expm1(-victims / years / f64::from(residents))),
            interval: None,
            unweighted_base: None,
            effective_n: None,
            unit_change: false,
        })
    }
}
