//! Reports that agencies are expected to make, with what was received.

use std::ffi::c_char;
use std::ptr::null;

use peelian::v1;

use crate::kept::Kept;
use crate::pointer::{In, Owned};
use crate::texts::{instant, value_name};
use crate::views::Views;

/// One report that an agency is expected to make. It belongs to its list. No text is NULL.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Report {
    /// Agency: "mps".
    pub agency: *const c_char,
    /// Name of the agency for people.
    pub agency_name: *const c_char,
    /// Dataset: "crime".
    pub dataset: *const c_char,
    /// Code of the area or site that the report is about.
    pub area: *const c_char,
    /// Name of the area or site.
    pub area_name: *const c_char,
    /// Period: "2017-02", "2016/17-Q4".
    pub period: *const c_char,
    /// Day on which it is due: "2017-03-31".
    pub due_date: *const c_char,
    /// "on_time", "late", "overdue" (not received) or "not_due" (not received, and not yet due).
    pub status: *const c_char,
    /// When the whole period was first received: "2017-03-20T08:30:00Z". Empty where it was not.
    pub received_at: *const c_char,
    /// Whether any part of what was received is synthetic.
    pub synthetic: bool,
}

/// Expected reports, in the order of agency, dataset, area and period. Free them with peelian_reports_free(). Any number of
/// threads may read them at the same time.
#[derive(Debug)]
pub struct Reports {
    found: Views<Report>,
    #[expect(dead_code, reason = "the reports point into it")]
    kept: Kept,
}

impl Reports {
    /// Reports from the messages of the contract.
    pub(crate) fn new(found: &[v1::Report]) -> Self {
        let mut kept = Kept::default();
        let found: Vec<_> = found.iter().map(|report| view(report, &mut kept)).collect();
        Self { found: found.into(), kept }
    }
}

fn view(report: &v1::Report, kept: &mut Kept) -> Report {
    Report {
        agency: kept.text(&report.agency),
        agency_name: kept.text(&report.agency_name),
        dataset: kept.text(&report.dataset),
        area: kept.text(&report.area),
        area_name: kept.text(&report.area_name),
        period: kept.text(&report.period),
        due_date: kept.text(&report.due_date),
        status: kept.text(&value_name(report.status().as_str_name(), "REPORT_STATUS")),
        received_at: kept.text(&instant(report.received_at.as_ref())),
        synthetic: report.synthetic,
    }
}

/// The number of reports; 0 for NULL.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_reports_count(reports: In<'_, Reports>) -> usize {
    reports.view().map_or(0, |reports| reports.found.len())
}

/// A report, from 0; NULL beyond the last. It belongs to the list.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_reports_get(reports: In<'_, Reports>, index: usize) -> *const Report {
    reports.view().map_or(null(), |reports| reports.found.get(index))
}

/// Frees a list with its reports. Does nothing for NULL.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_reports_free(reports: Owned<Reports>) {
    reports.free();
}

#[cfg(test)]
mod tests {
    use std::ffi::CStr;

    use super::*;

    #[test]
    fn a_list_holds_what_its_reports_point_to() {
        let late = v1::Report { status: v1::ReportStatus::NotDue.into(), ..v1::Report::default() };
        let held = Box::new(Reports::new(&[v1::Report::default(), late]));
        assert_eq!(peelian_reports_count(In::from(&*held)), 2);
        // SAFETY: `held` holds the report and its texts.
        unsafe {
            let second = &*peelian_reports_get(In::from(&*held), 1);
            assert_eq!((CStr::from_ptr(second.status), CStr::from_ptr(second.received_at)), (c"not_due", c""));
        }
        peelian_reports_free(Owned::from(held));
    }
}
