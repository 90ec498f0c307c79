//! Reading of the contract's requests for an explanation.

use peelian::v1 as wire;

use crate::Core;
use crate::engine::{ExplainRequest, QueryError};

impl ExplainRequest {
    /// Reads a request of the contract. It does not read `as_of`, which chooses the snapshot. The measure and the
    /// breakdown are looked up when the request is answered.
    ///
    /// # Errors
    ///
    /// [`QueryError::UnknownArea`] if the area is neither the code nor the name of one; [`QueryError::Period`] if the period is
    /// not valid.
    ///
    /// ```
    /// use peelian_core::Core;
    /// use peelian_core::engine::ExplainRequest;
    ///
    /// let core = Core::from_seeds()?;
    /// let request = peelian::v1::ExplainObservationRequest {
    ///     measure: "knife-crime-offences".into(),
    ///     area: "E09000028".into(),
    ///     period: "2017-02".into(),
    ///     ..Default::default()
    /// };
    /// assert_eq!(ExplainRequest::from_wire(request, &core)?.period.to_string(), "2017-02");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_wire(request: wire::ExplainObservationRequest, core: &Core) -> Result<Self, QueryError> {
        let wire::ExplainObservationRequest { measure, area, period, breakdown, .. } = request;
        let found = core.reference.areas.resolve_name(&area);
        let found =
            found.map_err(|unknown| QueryError::UnknownArea { area: unknown.name, nearest: unknown.nearest })?;
        Ok(Self { measure, area: found.id(), period: period.parse()?, breakdown: breakdown.into_iter().collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(area: &str, period: &str) -> wire::ExplainObservationRequest {
        wire::ExplainObservationRequest {
            measure: "knife-crime-offences".to_owned(),
            area: area.to_owned(),
            period: period.to_owned(),
            ..wire::ExplainObservationRequest::default()
        }
    }

    #[test]
    fn an_unknown_area_and_a_wrong_period_are_refused() {
        let core = Core::from_seeds().unwrap();
        let read = |area, period| ExplainRequest::from_wire(request(area, period), &core);
        assert_eq!(read("Southwark", "2017-02").unwrap().area, read("E09000028", "2017-02").unwrap().area);
        assert!(matches!(read("E09000099", "2017-02"), Err(QueryError::UnknownArea { .. })));
        assert!(matches!(read("E09000028", "February"), Err(QueryError::Period(_))));
    }
}
