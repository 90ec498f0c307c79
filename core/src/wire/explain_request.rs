//! Requests for an explanation.

use peelian::v1 as wire;

use crate::Core;
use crate::engine::{ExplainRequest, QueryError};

impl ExplainRequest {
    /// Reads a request of the contract. `as_of` chooses the snapshot and is not read here. The measure and the
    /// breakdown are looked up when the request is answered.
    ///
    /// # Errors
    ///
    /// [`QueryError::UnknownArea`] for an area that is not the code of one, and [`QueryError::Period`].
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
        let areas = &core.reference.areas;
        let Some(found) = areas.by_code(&area) else {
            // A name finds its area too, and then is the nearest name.
            let nearest = match areas.resolve_name(&area) {
                Ok(named) => vec![areas.get(named.id()).code().to_owned()],
                Err(unknown) => unknown.nearest,
            };
            return Err(QueryError::UnknownArea { area, nearest });
        };
        Ok(Self { measure, area: found, period: period.parse()?, breakdown: breakdown.into_iter().collect() })
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
        let Err(QueryError::UnknownArea { area, nearest }) = read("Southwark", "2017-02") else {
            panic!("a name is not a code")
        };
        assert_eq!((area.as_str(), nearest), ("Southwark", vec!["E09000028".to_owned()]));
        assert!(matches!(read("E09000099", "2017-02"), Err(QueryError::UnknownArea { .. })));
        assert!(matches!(read("E09000028", "February"), Err(QueryError::Period(_))));
    }
}
