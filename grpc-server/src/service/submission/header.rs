//! Reads and checks the header of a submission.

use jiff::civil::Date;
use peelian::v1::{SubmissionHeader, SubmissionMode};
use peelian_core::contract::{Contract, Dataset};
use peelian_core::intake::{Declared, Mode};
use peelian_core::reference::Register;
use peelian_core::submission::{check_agency, check_period};
use prost::Message as _;

use crate::clock::london_day;
use crate::error::Error;
use crate::ledger::guard::Expectation;
use crate::limits::{LARGEST_CLOCK_LEAD, LONGEST_IDENTIFIER};
use crate::resource_name;
use crate::service::instant;

/// A header that was checked.
#[derive(Clone, Debug)]
pub(super) struct Header {
    /// As received.
    pub(super) message: SubmissionHeader,
    /// Dataset.
    pub(super) dataset: &'static Dataset,
    /// What the submission does to the rows held.
    pub(super) mode: Mode,
    /// First day of the period.
    pub(super) first: Date,
    /// Last day of the period.
    pub(super) last: Date,
    /// When the data were extracted, in microseconds since 1970-01-01T00:00:00Z.
    pub(super) extract_micros: i64,
}

impl Header {
    /// Reads a header.
    ///
    /// # Errors
    ///
    /// For the first field that is missing or wrong.
    pub(super) fn read(mut message: SubmissionHeader, now_micros: i64, register: &Register) -> Result<Self, Error> {
        message.request_id = request_id(&message.request_id)?;
        let dataset = dataset(&message.dataset)?;
        let first = day("header.period_start_inclusive", &message.period_start_inclusive)?;
        let last = day("header.period_end_inclusive", &message.period_end_inclusive)?;
        if last < first {
            return Err(Error::invalid("header.period_end_inclusive", "the period ends before it starts"));
        }
        let mode = mode(&message)?;
        let extract_micros = message.extract_instant.as_ref().and_then(instant::micros).ok_or_else(|| {
            Error::invalid("header.extract_instant", "state when the data were extracted from the source")
        })?;
        let lead = i64::try_from(LARGEST_CLOCK_LEAD.as_micros()).unwrap_or(i64::MAX);
        if extract_micros > now_micros.saturating_add(lead) {
            return Err(Error::invalid("header.extract_instant", "it is more than a day in the future"));
        }
        if !resource_name::is_id(&message.agency) {
            return Err(Error::invalid(
                "header.agency",
                "state the agency's identifier: lower-case letters, digits and hyphens, such as mps",
            ));
        }
        Error::refuse_identifier("header.agency", &message.agency)?;
        let agency = check_agency(register, &message.agency, dataset)?;
        // Priorities are stated ahead of the year in which they hold.
        let planned = !dataset.options.no_overlaps.is_empty();
        if last > london_day(extract_micros) && !planned {
            return Err(Error::invalid(
                "header.period_end_inclusive",
                "the period ends after the data were extracted: nobody can report on days to come",
            ));
        }
        check_period(agency, dataset, (first, last))?;
        collection(&message.collection)?;
        let supersedes = resource_name::parse_submission(&message.supersedes);
        if !message.supersedes.is_empty() && supersedes.is_none_or(|(agency, _)| agency != message.agency) {
            return Err(Error::invalid(
                "header.supersedes",
                "it must be the name of a submission of the same agency: agencies/{id}/submissions/{ulid}",
            ));
        }
        Ok(Self { message, dataset, mode, first, last, extract_micros })
    }

    /// The header's statements that the intake checks rows against.
    pub(super) fn declared(&self) -> Declared {
        Declared {
            period_first: self.first,
            period_last: self.last,
            extract_date: london_day(self.extract_micros),
            mode: self.mode,
        }
    }

    /// The header's expectations that the guards check.
    pub(super) fn expectation(&self) -> Expectation {
        Expectation { supersedes: self.message.supersedes.clone(), deletes: self.message.expected_delete_count }
    }

    /// The header as it is stored and compared.
    pub(super) fn encoded(&self) -> Vec<u8> {
        self.message.encode_to_vec()
    }
}

/// A UUID of 36 characters, in lower case.
fn request_id(text: &str) -> Result<String, Error> {
    let well_formed = text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        });
    if well_formed {
        Ok(text.to_ascii_lowercase())
    } else {
        Err(Error::invalid(
            "header.request_id",
            "it must be a UUID, a new one for each submission: 123e4567-e89b-12d3-a456-426614174000",
        ))
    }
}

fn dataset(id: &str) -> Result<&'static Dataset, Error> {
    Contract::get().known_dataset(id).map_err(|unknown| Error::invalid("header.dataset", unknown.to_string()))
}

fn day(field: &'static str, text: &str) -> Result<Date, Error> {
    let wrong = || Error::invalid(field, "it must be a day, written YYYY-MM-DD");
    let date: Date = text.parse().map_err(|_| wrong())?;
    if date.to_string() == text { Ok(date) } else { Err(wrong()) }
}

fn mode(header: &SubmissionHeader) -> Result<Mode, Error> {
    let mode = match header.mode() {
        SubmissionMode::Unspecified => {
            return Err(Error::invalid("header.mode", "state REPLACE_PERIOD, MERGE or DELETE"));
        }
        SubmissionMode::ReplacePeriod => Mode::ReplacePeriod,
        SubmissionMode::Merge => Mode::Merge,
        SubmissionMode::Delete => Mode::Delete,
    };
    if header.nil_return && mode != Mode::ReplacePeriod {
        return Err(Error::invalid("header.nil_return", "a nil return replaces its period: use REPLACE_PERIOD"));
    }
    Ok(mode)
}

fn collection(text: &str) -> Result<(), Error> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_' | b'.');
    if text.len() <= LONGEST_IDENTIFIER && text.bytes().all(plain) {
        Error::refuse_identifier("header.collection", text)
    } else {
        Err(Error::invalid(
            "header.collection",
            format!(
                "it must have at most {LONGEST_IDENTIFIER} characters: lower-case letters, digits, hyphens, underscores \
                 and full stops"
            ),
        ))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use peelian_core::reference::Reference;

    use super::*;

    fn header() -> SubmissionHeader {
        SubmissionHeader {
            request_id: "123E4567-E89B-12D3-A456-426614174000".to_owned(),
            dataset: "crime".to_owned(),
            period_start_inclusive: "2017-02-01".to_owned(),
            period_end_inclusive: "2017-02-28".to_owned(),
            mode: SubmissionMode::ReplacePeriod.into(),
            extract_instant: Some(instant::timestamp(1_490_000_000_000_000)),
            agency: "mps".to_owned(),
            ..SubmissionHeader::default()
        }
    }

    fn register() -> Arc<Register> {
        Reference::from_seeds().unwrap().register
    }

    fn refused(change: impl FnOnce(&mut SubmissionHeader)) -> String {
        let mut message = header();
        change(&mut message);
        match Header::read(message, 1_500_000_000_000_000, &register()) {
            Err(Error::Invalid { field, .. }) => field.to_owned(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_complete_header_is_read() {
        let header = Header::read(header(), 1_500_000_000_000_000, &register()).unwrap();
        assert_eq!(header.message.request_id, "123e4567-e89b-12d3-a456-426614174000");
        assert_eq!(header.declared().extract_date.to_string(), "2017-03-20");
    }

    #[test]
    fn each_field_is_checked() {
        assert_eq!(refused(|h| h.request_id = "1".into()), "header.request_id");
        assert_eq!(refused(|h| h.dataset = "crimes".into()), "header.dataset");
        assert_eq!(refused(|h| h.period_start_inclusive = "2017-2-1".into()), "header.period_start_inclusive");
        assert_eq!(refused(|h| h.period_end_inclusive = "2017-01-31".into()), "header.period_end_inclusive");
        // The data were extracted on 2017-03-20.
        assert_eq!(refused(|h| h.period_end_inclusive = "9999-12-31".into()), "header.period_end_inclusive");
        assert_eq!(refused(|h| h.period_end_inclusive = "2017-03-21".into()), "header.period_end_inclusive");
        assert_eq!(refused(|h| h.mode = 0), "header.mode");
        assert_eq!(refused(|h| h.mode = 99), "header.mode");
        assert_eq!(refused(|h| h.extract_instant = None), "header.extract_instant");
        assert_eq!(refused(|h| h.extract_instant = Some(instant::timestamp(i64::MAX / 4))), "header.extract_instant");
        assert_eq!(refused(|h| h.agency = "The Met".into()), "header.agency");
        assert_eq!(refused(|h| h.collection = "a b".into()), "header.collection");
        assert_eq!(refused(|h| h.supersedes = "agencies/nhs/submissions/x".into()), "header.supersedes");
        let nil = |h: &mut SubmissionHeader| {
            h.nil_return = true;
            h.mode = SubmissionMode::Merge.into();
        };
        assert_eq!(refused(nil), "header.nil_return");
    }
}
