//! Dates, instants and numbers from text.

use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};

use super::loose;
use crate::period::{date_of_days, days_of_date};
pub(super) use crate::stats::survey::weight_units as weight;

pub(super) const MINUTES_A_DAY: i32 = 1_440;

/// What stands in place of an instant that is not known.
pub(crate) const UNKNOWN: &str = "unknown";

/// Clock time in London by the rule in force since 1996: summer time runs from 01:00 UTC on the last Sunday of March to
/// 01:00 UTC on the last Sunday of October (Summer Time Order 2002, SI 2002/262). The rule is written here, so that the
/// time zone files of a machine cannot change the result.
static LONDON: LazyLock<TimeZone> =
    LazyLock::new(|| TimeZone::posix("GMT0BST,M3.5.0/1,M10.5.0").unwrap_or(TimeZone::UTC));

/// Days since 1970-01-01 of `YYYY-MM-DD`.
pub(super) fn date(text: &str) -> Option<i32> {
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text.as_bytes() else { return None };
    let digits = |digits: &[u8]| {
        digits
            .iter()
            .try_fold(0, |number, digit| digit.is_ascii_digit().then(|| number * 10 + i32::from(digit - b'0')))
    };
    day_number(digits(&[y1, y2, y3, y4])?, digits(&[m1, m2])?, digits(&[d1, d2])?)
}

/// The same for `YYYY-MM-` and `DD`, all bytes at once.
#[inline]
pub(super) fn date_of_bytes((first, last): ([u8; 8], [u8; 2])) -> Option<i32> {
    // A digit becomes its value, and a hyphen zero. A byte above them sets its highest bit when this is added.
    const TOO_HIGH: u64 = u64::from_le_bytes([0x76, 0x76, 0x76, 0x76, 0x7f, 0x76, 0x76, 0x7f]);
    const HIGHEST: u64 = 0x8080_8080_8080_8080;
    let first = u64::from_le_bytes(first) ^ u64::from_le_bytes(*b"0000-00-");
    let [tens, ones] = last.map(|digit| digit.wrapping_sub(b'0'));
    if (first | first.wrapping_add(TOO_HIGH)) & HIGHEST != 0 || tens > 9 || ones > 9 {
        return None;
    }
    let [y1, y2, y3, y4, _, m1, m2, _] = first.to_le_bytes().map(i32::from);
    day_number(y1 * 1_000 + y2 * 100 + y3 * 10 + y4, m1 * 10 + m2, i32::from(tens) * 10 + i32::from(ones))
}

#[inline]
pub(super) fn day_number(year: i32, month: i32, day: i32) -> Option<i32> {
    const LENGTHS: [i32; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    if !(1..=9_999).contains(&year) {
        return None;
    }
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let index = usize::try_from(month.checked_sub(1)?).ok()?;
    let length = LENGTHS.get(index)? + i32::from(leap && month == 2);
    (1..=length).contains(&day).then_some(())?;
    // As in `Month::first_day_number`: years that begin in March, so that the leap day ends a year. No year is negative here.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    Some(365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1 - 719_468)
}

/// Local minutes since 1970-01-01 00:00 of an RFC 3339 instant with its offset, or of the first minute of a date.
pub(super) fn instant(text: &str) -> Option<i32> {
    if let Some(days) = date(text) {
        return days.checked_mul(MINUTES_A_DAY);
    }
    instant_of(text.parse().ok()?)
}

/// Local minutes of an instant given as milliseconds since 1970-01-01 00:00 UTC.
pub(super) fn instant_of_millis(millis: i64) -> Option<i32> {
    instant_of(Timestamp::from_millisecond(millis).ok()?)
}

fn instant_of(instant: Timestamp) -> Option<i32> {
    let local: DateTime = LONDON.to_datetime(instant);
    let minutes = i32::from(local.hour()) * 60 + i32::from(local.minute());
    days_of_date(local.date()).checked_mul(MINUTES_A_DAY)?.checked_add(minutes)
}

/// How often the clock of London shows a local minute since 1970-01-01 00:00.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum ClockShows {
    Once,
    /// In the hour before the clock goes back.
    Twice,
    /// In the hour that the clock leaves out in March.
    Never,
}

/// How often the clock of London shows a local minute.
pub(super) fn clock_shows(minute: i32) -> ClockShows {
    // The clock changes between 01:00 and 02:00 alone.
    if !(60..120).contains(&minute.rem_euclid(MINUTES_A_DAY)) {
        return ClockShows::Once;
    }
    let Some(date) = date_of_days(day_of_minute(minute)) else { return ClockShows::Once };
    let past_one = i8::try_from(minute.rem_euclid(60)).unwrap_or(0);
    match LONDON.to_ambiguous_timestamp(date.at(1, past_one, 0, 0)).offset() {
        AmbiguousOffset::Unambiguous { .. } => ClockShows::Once,
        AmbiguousOffset::Fold { .. } => ClockShows::Twice,
        AmbiguousOffset::Gap { .. } => ClockShows::Never,
    }
}

/// Days since 1970-01-01 of the local date of an instant, or of a date.
pub(crate) fn local_day(text: &str) -> Option<i32> {
    instant(text).map(day_of_minute)
}

/// Whether a text is a day or an instant in a form that has one meaning.
pub(crate) fn is_unambiguous(text: &str) -> bool {
    instant(text).is_some() || matches!(loose::written(text), Some(loose::Written::At(..)))
}

/// The day of a local minute.
pub(crate) const fn day_of_minute(minute: i32) -> i32 {
    minute.div_euclid(MINUTES_A_DAY)
}

/// The hour, 0 to 23, of a local minute.
pub(crate) const fn hour_of_minute(minute: i32) -> i32 {
    minute.rem_euclid(MINUTES_A_DAY) / 60
}

/// A finite number.
pub(super) fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// A number whose thousands are separated by commas, spaces or apostrophes, one kind of them: 1,306 or 1 306.
pub(super) fn grouped(text: &str) -> Option<f64> {
    // A space that does not break, a narrow one and a thin one are what spreadsheets write.
    const BETWEEN: [char; 7] = [',', ' ', '\u{a0}', '\u{202f}', '\u{2009}', '\'', '\u{2019}'];
    let between = BETWEEN.into_iter().find(|between| text.contains(*between))?;
    let mut groups = text.split('.').next()?.split(between);
    let first = groups.next()?.trim_start_matches('-');
    let digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    let thousands: Vec<&str> = groups.collect();
    let well_formed = (1..=3).contains(&first.len())
        && digits(first)
        && !thousands.is_empty()
        && thousands.iter().all(|group| group.len() == 3 && digits(group));
    if well_formed { number(&text.replace(between, "")) } else { None }
}

/// Whether a text is a mark that publishers write in place of a number which they suppress: `[c]`, `c`, `*`, `:`, `<5`.
///
/// Source: Government Analysis Function, guidance on symbols in tables (`[c]`); `*`, `:` and `<5` are in older releases
/// of the Home Office, NHS Digital and Eurostat.
pub(super) fn is_suppressed(text: &str) -> bool {
    let below = |rest: &str| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit());
    matches!(text, "[c]" | "[C]" | "c" | "C" | "*" | ":") || text.strip_prefix('<').is_some_and(below)
}

/// Whether a text is a mark that people and programs write where there is no value: `NA`, `N/A`, `NULL`, `-`, `#N/A`.
///
/// Source: R writes `NA`, SQL `NULL`, SAS `.`, pandas `<NA>` and `NaN`, Excel `#N/A`; `[x]` (not available) and `[z]` (not applicable)
/// are the symbols of the Government Analysis Function, which replaced `..`.
pub(crate) fn is_missing(text: &str) -> bool {
    const MARKS: [&str; 11] = ["NA", "N/A", "NULL", "-", "#N/A", "NaN", "<NA>", "[x]", "[z]", "..", "."];
    text.len() <= 4 && MARKS.iter().any(|mark| mark.eq_ignore_ascii_case(text))
}

/// The whole number that is equal to a number; `None` if there is none.
#[expect(clippy::cast_possible_truncation, reason = "the range is checked first")]
pub(super) fn whole(number: f64) -> Option<i64> {
    const LIMIT: f64 = 9_007_199_254_740_992.0;
    (number.fract().abs() < f64::MIN_POSITIVE && number.abs() <= LIMIT).then_some(number as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_date_is_the_same_in_bytes(
            text in prop_oneof!["[0-9]{4}-[0-9]{2}-[0-9]{2}", "[0-9-]{10}", "[12][0-9]{3}-[01][0-9]-[0-3][0-9]", "[ -~]{10}"],
            odd in prop::option::of((0_usize..10, any::<u8>())),
        ) {
            let mut bytes: [u8; 10] = text.into_bytes().try_into().unwrap();
            if let Some((at, byte)) = odd {
                bytes[at] = byte;
            }
            let (first, last) = bytes.split_at(8);
            let parts = (first.try_into().unwrap(), last.try_into().unwrap());
            let expected = std::str::from_utf8(&bytes).ok().and_then(date);
            prop_assert_eq!(date_of_bytes(parts), expected);
        }
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        assert_eq!(date("1970-01-01"), Some(0));
        assert_eq!(date("2016-02-29"), Some(16_860));
        for wrong in
            ["2017-02-29", "1900-02-29", "2017-13-01", "2017-00-01", "2017-04-31", "2017-4-1", "0000-01-01", ""]
        {
            assert_eq!(date(wrong), None, "{wrong}");
        }
        assert_eq!(date("2017-0٣-01"), None);
    }

    #[test]
    fn every_day_has_the_number_of_its_month() {
        for year in [1, 4, 99, 100, 399, 400, 1899, 1900, 1970, 1999, 2000, 2016, 2017, 2100, 9_999] {
            for month in 1..=12 {
                let first = crate::period::Month::new(year, month).unwrap().first_day_number();
                assert_eq!(day_number(year, month, 1), Some(first), "{year}-{month}");
                assert_eq!(day_number(year, month, 28), Some(first + 27), "{year}-{month}");
            }
        }
    }

    #[test]
    fn instants_are_local_minutes() {
        let day = |text| date(text).unwrap() * MINUTES_A_DAY;
        assert_eq!(instant("2016-07-01T22:30:00Z"), Some(day("2016-07-01") + 23 * 60 + 30));
        assert_eq!(instant("2016-07-01T23:30:00+01:00"), Some(day("2016-07-01") + 23 * 60 + 30));
        assert_eq!(instant("2016-12-31T23:59:59+00:00"), Some(day("2016-12-31") + 23 * 60 + 59));
        assert_eq!(instant("2017-02-03"), Some(day("2017-02-03")));
        assert_eq!(instant("2016-07-01T23:30:00"), None, "no offset");
        assert_eq!(hour_of_minute(-1), 23);
        assert_eq!(day_of_minute(-1), -1);
    }

    #[test]
    fn thousands_may_be_separated() {
        assert_eq!(grouped("1,306"), Some(1_306.0));
        assert_eq!(grouped("1,234,567.5"), Some(1_234_567.5));
        for text in ["1 306", "1\u{a0}306", "1\u{202f}306", "1'306", "-1 306"] {
            assert_eq!(grouped(text).map(f64::abs), Some(1_306.0), "{text}");
        }
        for wrong in ["1,306 234", "1 30", "1  306", "1,30", "13,06", ",306", "1306", "1,306 [p]", "1.5,306"] {
            assert_eq!(grouped(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn marks_of_suppression_are_few() {
        assert!(["[c]", "c", "*", ":", "<5", "<10"].into_iter().all(is_suppressed));
        assert!(!["", "-", "..", "z", "[x]", "[low]", "<", "<x", "5 [p]", "#N/A"].into_iter().any(is_suppressed));
    }

    #[test]
    fn marks_of_missing_values_are_few() {
        assert!(["NA", "n/a", "NULL", "-", "#N/A", "nan", "<NA>", "[x]", "..", "."].into_iter().all(is_missing));
        assert!(!["", "0", "none", "unknown", "[c]", "--", "n", "Nana"].into_iter().any(is_missing));
    }

    #[test]
    fn the_clock_changes_on_two_nights() {
        let shows = |day: &str, minute: i32| clock_shows(date(day).unwrap() * MINUTES_A_DAY + minute);
        assert_eq!(
            [59, 60, 119, 120].map(|minute| shows("2017-03-26", minute)),
            [ClockShows::Once, ClockShows::Never, ClockShows::Never, ClockShows::Once]
        );
        assert_eq!(
            [59, 60, 119, 120].map(|minute| shows("2017-10-29", minute)),
            [ClockShows::Once, ClockShows::Twice, ClockShows::Twice, ClockShows::Once]
        );
        assert_eq!(shows("2017-03-25", 90), ClockShows::Once);
    }

    #[test]
    fn weights_keep_nine_decimal_places() {
        assert_eq!(weight(1.25), Some(1_250_000_000));
        assert_eq!(weight(0.0), None);
        assert_eq!(weight(-1.0), None);
        assert_eq!(weight(f64::NAN), None);
        assert_eq!(whole(3.0), Some(3));
        assert_eq!(whole(3.5), None);
        assert_eq!(whole(f64::INFINITY), None);
    }
}
