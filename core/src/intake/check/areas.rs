//! Areas: valid on the day of the row, and within one another on that day.

use crate::column::{Column, MISSING_DATE};
use crate::contract::{Field, Kind};
use crate::intake::derive::date_at;
use crate::reference::AreaId;

use super::{Check, known};

impl Check<'_> {
    pub(super) fn areas(&mut self) {
        for (_, field, column) in self.table.fields() {
            let (Kind::Area, Some(areas)) = (&field.kind, column.as_u16()) else { continue };
            self.areas_exist(field, areas);
            if let Some(whole) = self.table.column(&field.options.within).and_then(Column::as_u16) {
                self.areas_within(field, areas, whole);
            }
        }
    }

    fn area(&self, value: u16) -> Option<AreaId> {
        self.reference.areas.by_index(value.checked_sub(1)?)
    }

    fn areas_exist(&mut self, field: &'static Field, values: &[u16]) {
        // Most areas have always existed. The others are checked by the day.
        let validities = self.reference.areas.iter().map(|(_, area)| area.validity());
        let limited = validities.map(|validity| validity.from.is_some() || validity.to.is_some());
        let limited: Vec<bool> = std::iter::once(false).chain(limited).collect();
        for (row, value) in values.iter().enumerate() {
            if !limited.get(usize::from(*value)).copied().unwrap_or(false) {
                continue;
            }
            let day = self.period.get(row).and_then(|day| date_at(*day));
            let Some((area, day)) = self.area(*value).zip(day) else { continue };
            if !self.reference.areas.get(area).validity().contains(day) {
                self.raise(&known::AREA_OTHER_DAY, row, field, || format!("It did not exist on {day}."));
            }
        }
    }

    fn areas_within(&mut self, field: &'static Field, parts: &[u16], wholes: &[u16]) {
        let name = &field.options.within;
        let links = Links::new(self);
        for (row, (part, whole)) in parts.iter().zip(wholes).enumerate() {
            if *part == 0 || *whole == 0 || links.only_parent(*part) == Some(*whole) {
                continue;
            }
            let day = self.period.get(row).copied().unwrap_or(MISSING_DATE);
            let pair = self.area(*part).zip(self.area(*whole)).zip(date_at(day));
            let inside = pair.is_none_or(|((part, whole), day)| self.reference.areas.is_within(part, whole, day));
            if !inside {
                self.raise(&known::AREA_OUTSIDE, row, field, || {
                    format!("It does not lie in the {name} on that day.")
                });
            }
        }
    }
}

/// Direct parents that are valid on every day, so that most rows need no check by the day.
struct Links {
    parents: Vec<Option<u16>>,
}

impl Links {
    fn new(check: &Check<'_>) -> Self {
        let areas = &check.reference.areas;
        let always = |area: AreaId| {
            let validity = areas.get(area).validity();
            validity.from.is_none() && validity.to.is_none()
        };
        let parent = |area: AreaId| {
            let nearest = *areas.parents_at(area, check.declared.extract_date).first()?;
            if always(nearest) { nearest.get().checked_add(1) } else { None }
        };
        Self { parents: std::iter::once(None).chain(areas.iter().map(|(area, _)| parent(area))).collect() }
    }

    fn only_parent(&self, area: u16) -> Option<u16> {
        self.parents.get(usize::from(area)).copied().flatten()
    }
}
