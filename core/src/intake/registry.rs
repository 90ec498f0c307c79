//! The findings that the intake itself can raise about a submission.
//!
//! The first digit of a code says what it is about: 1 decoding, 2 authority, 3 consistency, 4 timeliness, 5 values, 6 other
//! records, 7 disclosure.

use crate::contract::Severity;

/// What a finding is about: its scope.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Scope {
    /// The whole submission.
    Batch,
    /// A row.
    Row,
    /// One value.
    Field,
}

/// A finding that the intake itself can raise. Codes are never reused. The rules of the contract have further codes.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// The code: `PEEL-5001`.
    pub code: &'static str,
    /// Severity.
    pub severity: Severity,
    /// Scope.
    pub scope: Scope,
    /// The rule that is broken.
    pub rule: &'static str,
    /// What to do.
    pub advice: &'static str,
}

macro_rules! registry {
    ($($name:ident: $code:literal $severity:ident $scope:ident, $rule:literal, $advice:literal;)*) => {
        $(#[doc = $rule] pub static $name: Known = Known {
            code: $code,
            severity: Severity::$severity,
            scope: Scope::$scope,
            rule: $rule,
            advice: $advice,
        };)*

        /// Every finding that the intake itself can raise about a submission.
        pub static REGISTRY: &[&Known] = &[$(&$name),*];
    };
}

registry! {
    // 1xxx: decoding. All but the first four refuse the submission.
    RAGGED_ROW: "PEEL-1001" Error Row, "A row has as many values as the header.",
        "Quote values that contain commas, quotes or line breaks.";
    WINDOWS_1252: "PEEL-1002" Warning Batch, "Text is UTF-8.",
        "The text is read as Windows-1252. To avoid doubt, choose \"CSV UTF-8 (Comma delimited)\" when you save it in Excel.";
    ABOVE_HEADER: "PEEL-1003" Info Batch, "The first line names the columns.", "Nothing: the rows below the headings are read.";
    HEADER_AGAIN: "PEEL-1004" Info Batch, "The headings are written once.", "Nothing, if files were put together.";
    BELOW_ROWS: "PEEL-1005" Warning Batch, "The rows are the last lines.", "Nothing, if these lines are no rows.";
    NO_SET_COLUMN: "PEEL-1006" Warning Batch, "A column says which codes of a list a row has.",
        "If the rows may have such codes, add the column and send the file again: an empty cell says that the row has none.";
    NO_HEADER: "PEEL-1010" Error Batch, "The first line names the columns.", "Add the header row.";
    UNKNOWN_COLUMN: "PEEL-1011" Error Batch, "Every column is a field of the dataset.", "Remove or rename the column.";
    MISSING_COLUMN: "PEEL-1012" Error Batch, "Every required field has a column.", "Add the column.";
    REPEATED_COLUMN: "PEEL-1013" Error Batch, "A column occurs once.", "Remove one of the two.";
    DERIVED_COLUMN: "PEEL-1014" Error Batch, "A derived field is not submitted.", "Remove the column.";
    COLUMN_TYPE: "PEEL-1015" Error Batch, "The field of a column can be read from its type.", "Convert the column.";
    NOT_UTF8: "PEEL-1016" Error Batch, "The content is text in UTF-8.", "Save the file as CSV UTF-8.";
    RECORD_TOO_LONG: "PEEL-1017" Error Batch, "A line has at most a million bytes.", "Look for a quote that is not closed.";
    ARROW: "PEEL-1018" Error Batch, "The bytes are an Arrow IPC stream or file.", "Write the table again as an Arrow IPC stream.";
    CUT_SHORT: "PEEL-1019" Error Batch, "The content is complete.", "Send all of it.";
    MIXED_ENCODINGS: "PEEL-1020" Error Batch, "A submission has one encoding.", "Send all chunks in the same encoding.";
    OTHER_RECORD: "PEEL-1021" Error Batch, "Records are of the declared dataset.", "Declare the dataset of the records.";
    NO_KEY: "PEEL-1022" Error Batch, "Merging and deleting need a dataset with keys.", "Replace the period instead.";
    NO_LIST: "PEEL-1023" Error Batch, "Every code list of the dataset is loaded.", "Load the list.";
    TOO_MANY_ROWS: "PEEL-1030" Error Batch, "A submission has at most the allowed rows.", "Split the period.";
    TOO_MANY_BYTES: "PEEL-1031" Error Batch, "A submission has at most the allowed bytes.", "Split the period.";
    EXPANDS_TOO_FAR: "PEEL-1032" Error Batch, "Compressed content expands to at most the allowed bytes.",
        "Split the period, or send it uncompressed.";
    TOO_MANY_ERRORS: "PEEL-1040" Error Batch, "Few rows have errors.", "Correct the rows that the findings name.";

    // 2xxx: authority. The first two refuse the submission.
    UNKNOWN_AGENCY: "PEEL-2001" Error Batch, "The agency is in the register.", "Ask the operator of the exchange to register it.";
    DATASET_OUTSIDE_REMIT: "PEEL-2002" Error Batch, "The agency has a remit for the dataset.",
        "Submit as the agency whose rows they are, or ask the operator of the exchange for a remit.";
    AREA_OUTSIDE_REMIT: "PEEL-2003" Error Field, "The area or site is in the agency's remit.",
        "Leave the row to the agency that reports on the area.";
    MEASURE_OUTSIDE_REMIT: "PEEL-2004" Error Field, "The measure is in the agency's remit.",
        "Leave the figure to the agency that reports on the measure.";
    DAY_OUTSIDE_REMIT: "PEEL-2005" Error Row, "The day of the row is in the agency's remit.",
        "Leave the row to the agency that reported on the area on that day.";
    PERIOD_OUTSIDE_REMIT: "PEEL-2006" Error Batch, "The agency has a remit for the dataset in the period.",
        "Submit a period in which the agency has a remit, or ask the operator of the exchange for one.";
    HELD_BY_OTHER: "PEEL-2010" Warning Row, "A row counts once, as the row of the agency whose remit comes first.",
        "Nothing: the row is kept, and counts if the other agency withdraws its own.";
    TAKES_PLACE: "PEEL-2011" Info Row, "A row counts once, as the row of the agency whose remit comes first.",
        "Nothing: this row counts in place of the other agency's.";
    REST_OF_OTHERS: "PEEL-2012" Info Batch, "A value needs a report of an agency that speaks for the whole area.",
        "Nothing: the rows are kept, and count where such an agency has reported.";

    // 3xxx: consistency within a row. The rules of the contract have codes between these.
    BEFORE: "PEEL-3001" Error Field, "The date is not earlier than another.", "Check both dates.";
    LONG_AFTER: "PEEL-3002" Warning Field, "The date is not long after another.", "Check both dates.";
    SOON_AFTER: "PEEL-3003" Warning Field, "The date is not too soon after another.", "Check both dates.";
    SAME: "PEEL-3004" Error Field, "The value differs from the value of another field.", "Choose two different values.";
    AREA_OUTSIDE: "PEEL-3005" Error Field, "The area lies in another on the day.", "Check both areas.";
    DATE_OUTSIDE: "PEEL-3006" Error Field, "The date lies in the row's period.", "Check the date and the period.";
    ABOVE: "PEEL-3007" Error Field, "The number is not above the number of another field.", "Check both numbers.";
    NOT_MONTH_END: "PEEL-3008" Error Field, "The date is the last day of a month, or of a year where a year has one count.",
        "Write the last day of the month or year.";

    LEVEL_NOT_OFFERED: "PEEL-3210" Error Field, "The measure is offered at the level of the area.", "Use an area of one of its levels.";
    PERIOD_NOT_OFFERED: "PEEL-3211" Error Field, "The measure is offered for the kind of period.", "Use a period of one of its kinds.";
    BREAKDOWN_NOT_OFFERED: "PEEL-3212" Error Field, "The measure has every dimension of the breakdown, each once.",
        "Use dimensions of the measure, in alphabetical order.";
    BREAKDOWN_CODE: "PEEL-3213" Error Field, "Each code of the breakdown is a code of its dimension.", "Use a code of the dimension.";
    SHARE_RANGE: "PEEL-3214" Error Field, "A share lies between 0 and 1.", "Write 78.5% as 0.785.";
    NUMERATOR_ABOVE: "PEEL-3215" Error Field, "The numerator of a share is not above its denominator.", "Check both numbers.";
    FIGURE_NOT_WHOLE: "PEEL-3216" Error Field, "What is counted is a whole number.", "Send the number before it is rounded or weighted.";
    NO_SUBJECTS: "PEEL-3217" Error Field, "A denominator is above 0.",
        "Leave the row out: a share of nothing is not a share.";
    PART_MISSING: "PEEL-3218" Error Field, "A numerator and a denominator are sent together.", "Send both, or the value alone.";
    NO_DENOMINATOR: "PEEL-3219" Error Field, "A count has no denominator.", "Leave the denominator out, or name the measure that is a rate.";
    CONTRADICTION: "PEEL-3220" Error Field, "The value agrees with its numerator and denominator.",
        "Check the three numbers; the value can be left out.";
    NO_PARTS: "PEEL-3221" Info Field, "A numerator and a denominator give the value an interval.",
        "Send them if you have them: the value is answered without an interval.";
    BASE_BELOW_ONE: "PEEL-3222" Error Field, "A number of respondents is a whole number above 0.", "Send the number of interviews.";

    RATIO_LIKE_PERCENT: "PEEL-3223" Warning Field, "A ratio is written as a number, not in percent.",
        "If it is in percent, divide it by 100: write 78.5% as 0.785.";

    // 4xxx: timeliness.
    OUTSIDE_PERIOD: "PEEL-4001" Error Row, "The row lies in the declared period.",
        "Declare the period that the file covers, or leave the row out.";
    AFTER_EXTRACT: "PEEL-4002" Error Field, "No date is later than the extract.", "Check the date, or the date of the extract.";
    NO_PERIOD: "PEEL-4003" Error Row, "The row has a date that places it in a period.", "Supply one of the dates.";

    // 5xxx: values.
    REQUIRED: "PEEL-5001" Error Field, "A required field has a value.", "Supply the value; use the code for not known if there is one.";
    REQUIRED_HERE: "PEEL-5002" Error Field, "The field has a value if other values of the row require one.", "Supply the value.";
    NOT_A_DATE: "PEEL-5003" Error Field, "A date is written YYYY-MM-DD.",
        "Write it so: 2017-02-28, a day of the calendar. A mapping reads other formats: `map` drafts one.";
    NOT_AN_INSTANT: "PEEL-5004" Error Field, "An instant is written with its offset, as the clock of London, or as a date.",
        "Write it so: 2017-02-28T23:15:00+00:00, or 2017-02-28 23:15, a day of the calendar.";
    NOT_A_PERIOD: "PEEL-5005" Error Field, "A period is a month, a quarter or a year.",
        "Write it so: 2017-02, 2016/17-Q2, R12-2017-02, CY2016 or 2016/17.";
    NOT_A_NUMBER: "PEEL-5006" Error Field, "A number is written in digits.", "Write it without separators or units.";
    NOT_WHOLE: "PEEL-5007" Error Field, "A count is a whole number.", "Write it in digits, without decimals.";
    NOT_A_FLAG: "PEEL-5008" Error Field, "The value is true or false.", "Write true or false.";
    NOT_A_CODE: "PEEL-5009" Error Field, "The code is in the field's list.", "Use a code of the list.";
    NOT_LISTED: "PEEL-5010" Error Field, "The code is in the open list that the field names.", "Use a code of the list.";
    NOT_AN_AREA: "PEEL-5011" Error Field, "The area is known.", "Use the area's nine-character code.";
    WRONG_LEVEL: "PEEL-5012" Error Field, "The area has the field's level.", "Use the code of an area of that level.";
    TOO_SMALL: "PEEL-5013" Error Field, "The number is not below the field's smallest.", "Check the number.";
    TOO_LARGE: "PEEL-5014" Error Field, "The number is not above the field's largest.", "Check the number.";
    TOO_LONG: "PEEL-5015" Error Field, "The text is not longer than the field allows.", "Shorten it.";
    PATTERN: "PEEL-5016" Error Field, "The text has the form of the field.", "Write it in the form that the data dictionary gives.";
    NOT_A_PSEUDONYM: "PEEL-5017" Error Field, "A pseudonym is 32 to 128 hexadecimal digits.",
        "Send the keyed hash from the pseudonymisation authority, nothing else.";
    NOT_A_WEIGHT: "PEEL-5018" Error Field, "A weight is above 0.", "Send the weight from the owner of the survey; never invent one.";
    CODE_NOT_YET: "PEEL-5019" Warning Field, "The code was in use on the row's day.", "Check the code and the date.";
    LISTED_OTHER_DAY: "PEEL-5020" Warning Field, "The listed code was in use on the row's day.", "Check the code and the date.";
    AREA_OTHER_DAY: "PEEL-5021" Warning Field, "The area existed on the row's day.", "Check the area's code and the date.";

    SUPPRESSED: "PEEL-5022" Info Field, "A mark of suppression stands in place of the number.",
        "Nothing: the figure is held as suppressed, and every answer says so.";

    AMBIGUOUS_TIME: "PEEL-5023" Warning Field, "The clock of London shows the time once.",
        "The time is in the hour that the clock shows twice in October. It is kept; to say which, write the offset: 2017-10-29T01:30:00+00:00.";
    SKIPPED_TIME: "PEEL-5024" Error Field, "The clock of London shows the time.",
        "In March the clock goes from 01:00 to 02:00, so there is no such time: write the offset, 2017-03-26T01:30:00+00:00.";
    DAY_ORDER: "PEEL-5025" Error Field, "A date is written YYYY-MM-DD.",
        "The day and the month can be read in two orders, and no value of the column decides: write 2017-02-28.";
    DAY_ORDER_READ: "PEEL-5026" Info Field, "A date is written YYYY-MM-DD.", "To leave no doubt, write 2017-02-28.";
    DAY_NUMBER: "PEEL-5027" Error Field, "A date is written YYYY-MM-DD.",
        "The value is a number of days, as programs store dates, and nothing says from which day: give the column the form of a \
         date where the file is made, or write in a mapping \"days since 1899-12-30\" for Excel, 1904-01-01 for an old Excel of \
         the Mac, 1960-01-01 for SAS, 1970-01-01 for R.";
    OTHER_FORMAT: "PEEL-5028" Error Field, "A date is written in the format that the mapping names, or YYYY-MM-DD.",
        "Correct the format in the mapping, or write the value in it. One column has one format.";

    // 6xxx: across records.
    REPEATED_KEY: "PEEL-6001" Error Row, "A key occurs once in a submission.", "Send only the row that counts.";
    NOT_HELD: "PEEL-6002" Error Field, "The exchange holds the row referred to.", "Submit that dataset first, or check the reference.";
    KEPT_HELD: "PEEL-6012" Warning Row, "A row that is left out deletes nothing.",
        "Correct the row and send the file again: until then the row held before stays in force.";
    NOT_HELD_YET: "PEEL-6003" Warning Field, "The exchange holds the row referred to.", "Submit that dataset too, or check the reference.";
    REPEATED_PERIOD: "PEEL-6013" Warning Field, "The figures of a period are not those of another.",
        "Check whether the file is that of its period; if it is the file of the other one, get the right one and replace the period.";
    ROWS_TWICE: "PEEL-6015" Warning Batch, "A row is sent once.",
        "Check whether the file was put together twice; if all events are alike, nothing needs to be done.";
    OUTLIER: "PEEL-6014" Warning Field, "A figure is not far outside the others of its series.",
        "Check the decimal point, the unit and the digits; if the figure is right, nothing needs to be done.";

    // 7xxx: disclosure.
    IDENTIFIER_COLUMN: "PEEL-7001" Error Batch, "No column holds a direct identifier.", "Remove the column and send the file again.";
    IDENTIFIER_VALUES: "PEEL-7002" Error Batch, "The values of no column are direct identifiers.",
        "Remove the values, or replace them by keyed pseudonyms, and send the file again.";
    IDENTIFIER_IN_TEXT: "PEEL-7003" Error Field, "Free text holds no direct identifier.",
        "Remove telephone numbers, postcodes, e-mail addresses and identity numbers.";
}
