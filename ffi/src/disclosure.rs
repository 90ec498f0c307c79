//! Disclosure control of a program's own table: protect it before it is published, and attack one that is.

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use arrow::ffi_stream::FFI_ArrowArrayStream;
use peelian_core::disclosure::{
    self, DimensionColumn, Policy, PublishedShare, RowColumns, TableError, Verdict, audit_table, protect_table,
};

use crate::error::{Error, Outcome, Status};
use crate::guard::{attempt, make, write};
use crate::pointer::{In, InOut, Out, Owned, Text};
use crate::records::{read_stream, table_stream};

/// What a program says of its table: its dimensions, its column of counts and its policy. Free it with
/// peelian_disclosure_free(). One thread at a time may change it. Any number of threads may protect and audit with it.
#[derive(Debug)]
pub struct Disclosure {
    dimensions: Vec<DimensionColumn>,
    rows: RowColumns,
    policy: Policy,
}

/// What protection cost.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct DisclosureSummary {
    /// Cells of the table, published or suppressed.
    pub cells: usize,
    /// Cells that a rule suppresses.
    pub primary: usize,
    /// Cells that are suppressed so that no other can be worked out.
    pub secondary: usize,
    /// Cells that are suppressed so that no other can be enclosed too narrowly.
    pub further: usize,
    /// Cells that cannot be protected, because cells that must be published give them away. The table is safe if there are none.
    pub unprotected: usize,
}

/// What an attacker found out.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct DisclosureAudit {
    /// Suppressed cells.
    pub suppressed: usize,
    /// Suppressed cells that have only one possible value.
    pub recoverable: usize,
    /// Cells that a rule suppresses and whose interval is narrower than required. A table with status C alone has none: it does
    /// not tell which cells those are.
    pub narrow: usize,
    /// Published cells with a count of 1 to the largest small count.
    pub small: usize,
}

/// Makes the rules for a table: counts of 1 to `largest_small_count` are suppressed, zeros are published, and readers do not
/// see why a cell is suppressed. The table has its counts in the column `count`.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_disclosure_new(
    largest_small_count: u64,
    out: Out<'_, *mut Disclosure>,
    error: Out<'_, *mut Error>,
) -> Status {
    make(out, error, || {
        let rows = RowColumns { count: Some("count".to_owned()), ..RowColumns::default() };
        Ok(Disclosure { dimensions: Vec::new(), rows, policy: Policy::small_counts(largest_small_count) })
    })
}

/// Adds a dimension: a column of codes. `total` is the code of the sum of all its finest codes; NULL if no such sum is published.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_disclosure_add_dimension(
    rules: InOut<'_, Disclosure>,
    name: Text<'_>,
    total: Text<'_>,
    error: Out<'_, *mut Error>,
) -> Status {
    attempt(error, || {
        let (name, total) = (name.get("name")?.to_owned(), total.optional("total")?.map(str::to_owned));
        let rules = rules.get("rules")?;
        if rules.dimensions.iter().any(|known| known.name == name) {
            return Err(Error::argument(format!("the dimension {name} is there already")));
        }
        rules.dimensions.push(DimensionColumn { name, total, ..DimensionColumn::default() });
        Ok(())
    })
}

/// Adds a pair to a hierarchy of a dimension: a code and its parent, which is the sum of its codes. A parent may have a parent.
/// A dimension may have several hierarchies over the same codes, which are numbered from 0.
///
/// PEELIAN_STATUS_INVALID_ARGUMENT if there is no such dimension.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_disclosure_add_parent(
    rules: InOut<'_, Disclosure>,
    dimension: Text<'_>,
    hierarchy: u32,
    code: Text<'_>,
    parent: Text<'_>,
    error: Out<'_, *mut Error>,
) -> Status {
    attempt(error, || {
        let pair = (code.get("code")?.to_owned(), parent.get("parent")?.to_owned());
        let hierarchies = &mut named(rules.get("rules")?, dimension.get("dimension")?)?.hierarchies;
        let at = usize::try_from(hierarchy).unwrap_or(usize::MAX);
        if at > hierarchies.len() {
            return Err(Error::argument(format!("the next hierarchy has the number {}", hierarchies.len())));
        }
        if at == hierarchies.len() {
            hierarchies.push(Vec::new());
        }
        hierarchies[at].push(pair);
        Ok(())
    })
}

/// Adds a member to a sum of codes of a dimension: a month to a rolling year, for example. Sums may overlap. The first member
/// makes the sum.
///
/// PEELIAN_STATUS_INVALID_ARGUMENT if there is no such dimension.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_disclosure_add_member(
    rules: InOut<'_, Disclosure>,
    dimension: Text<'_>,
    sum: Text<'_>,
    member: Text<'_>,
    error: Out<'_, *mut Error>,
) -> Status {
    attempt(error, || {
        let (sum, member) = (sum.get("sum")?, member.get("member")?.to_owned());
        let groups = &mut named(rules.get("rules")?, dimension.get("dimension")?)?.groups;
        match groups.iter_mut().find(|(code, _)| code == sum) {
            Some((_, members)) => members.push(member),
            None => groups.push((sum.to_owned(), vec![member])),
        }
        Ok(())
    })
}

/// Sets the column of counts. NULL means that each row is one case.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_disclosure_set_count(
    rules: InOut<'_, Disclosure>,
    column: Text<'_>,
    error: Out<'_, *mut Error>,
) -> Status {
    attempt(error, || {
        rules.get("rules")?.rows.count = column.optional("column")?.map(str::to_owned);
        Ok(())
    })
}

/// Sets a number of the policy: "width" (how wide an outsider's interval must be at least), "rounding" (published values are
/// rounded to its nearest multiple), "zeros_published" (1 or 0) or "reasons_published" (1 or 0).
///
/// PEELIAN_STATUS_INVALID_ARGUMENT for another name. A value that is out of range is refused when the table is protected.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_disclosure_set(
    rules: InOut<'_, Disclosure>,
    name: Text<'_>,
    value: u64,
    error: Out<'_, *mut Error>,
) -> Status {
    attempt(error, || {
        let policy = &mut rules.get("rules")?.policy;
        match name.get("name")? {
            "width" => policy.width = value,
            "rounding" => policy.rounding = Some(value),
            "zeros_published" => policy.zeros_published = value != 0,
            "reasons_published" => policy.reasons_published = value != 0,
            other => {
                let known = "width, rounding, zeros_published or reasons_published";
                return Err(Error::argument(format!("{other} is no number of a policy: write {known}")));
            }
        }
        Ok(())
    })
}

/// Protects a table before it is published. The stream has a column for each dimension with the finest codes, and the column of
/// counts. This call reads the stream to its end and releases it, also if it fails, unless `table` is NULL or misaligned.
///
/// `out_published` gets the cells as they may be published: the codes, `value` (missing for a suppressed cell) and `status`.
/// `out_cells` gets all that is known of them, which is not for publication: also `reason`, and two values `low` and `high`
/// that an outsider must both consider. It may be NULL, and so may `out_summary`. The caller releases the streams.
///
/// PEELIAN_STATUS_REFUSED if the table contradicts itself or its dimensions, or a column is missing.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_disclosure_protect(
    rules: In<'_, Disclosure>,
    table: InOut<'_, FFI_ArrowArrayStream>,
    out_published: Out<'_, FFI_ArrowArrayStream>,
    out_cells: Out<'_, FFI_ArrowArrayStream>,
    out_summary: Out<'_, DisclosureSummary>,
    error: Out<'_, *mut Error>,
) -> Status {
    attempt(error, || {
        let table = taken(table)?;
        let rules = rules.get("rules")?;
        let (published, cells) = (out_published.get("out_published")?, out_cells.optional("out_cells")?);
        let summary = out_summary.optional("out_summary")?;
        let found = protect_table(&table, &rules.dimensions, &rules.rows, &[], &rules.policy).map_err(refused)?;
        published.write(table_stream(found.published));
        if let Some(cells) = cells {
            cells.write(table_stream(found.cells));
        }
        if let Some(summary) = summary {
            summary.write(DisclosureSummary::from(&found.protected.summary));
        }
        Ok(())
    })
}

/// Attacks a published table: what can a reader work out of its suppressed cells? The stream has the columns of codes, `value`
/// and `status`, as peelian_disclosure_protect() makes them. The attack shares no code with the protection, so it also checks
/// tables that were protected elsewhere. This call reads the stream to its end and releases it, as
/// peelian_disclosure_protect() does.
///
/// `out_enclosed` gets every suppressed cell with its codes, `status`, and the least and the greatest value that it can have. It
/// may be NULL. The caller releases the stream.
///
/// PEELIAN_STATUS_REFUSED if the values contradict each other.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_disclosure_audit(
    rules: In<'_, Disclosure>,
    table: InOut<'_, FFI_ArrowArrayStream>,
    out_enclosed: Out<'_, FFI_ArrowArrayStream>,
    out: Out<'_, DisclosureAudit>,
    error: Out<'_, *mut Error>,
) -> Status {
    write(out, error, || {
        let table = taken(table)?;
        let (rules, enclosed) = (rules.get("rules")?, out_enclosed.optional("out_enclosed")?);
        let shares: [PublishedShare; 0] = [];
        let (cells, found) = audit_table(&table, &rules.dimensions, &shares, &rules.policy).map_err(refused)?;
        let told = DisclosureAudit {
            suppressed: found.enclosed.len(),
            recoverable: found.recoverable.len(),
            narrow: found.narrow.len(),
            small: found.small.len(),
        };
        if let Some(enclosed) = enclosed {
            enclosed.write(table_stream(cells));
        }
        Ok(told)
    })
}

/// Frees rules. Does nothing for NULL.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn peelian_disclosure_free(rules: Owned<Disclosure>) {
    rules.free();
}

/// The dimension with a name.
fn named<'a>(rules: &'a mut Disclosure, name: &str) -> Outcome<&'a mut DimensionColumn> {
    let found = rules.dimensions.iter_mut().find(|known| known.name == name);
    found.ok_or_else(|| Error::argument(format!("there is no dimension {name}: add it first")))
}

/// The table of a stream, which is released.
fn taken(table: InOut<'_, FFI_ArrowArrayStream>) -> Outcome<RecordBatch> {
    let mut stream = std::mem::replace(table.get("table")?, FFI_ArrowArrayStream::empty());
    let batches = read_stream(&mut stream)?;
    let Some(first) = batches.first() else {
        return Err(Error::new(Status::Refused, "the table has no row"));
    };
    let schema = first.schema();
    concat_batches(&schema, &batches).map_err(|error| Error::new(Status::Refused, error.to_string()))
}

#[expect(clippy::needless_pass_by_value, reason = "it maps errors")]
fn refused(error: TableError) -> Box<Error> {
    Error::new(Status::Refused, error.to_string())
}

impl From<&disclosure::Summary> for DisclosureSummary {
    fn from(summary: &disclosure::Summary) -> Self {
        let unprotected = match &summary.verdict {
            Verdict::Safe => 0,
            Verdict::Unsafe(cells) => cells.len(),
        };
        let disclosure::Summary { cells, primary, secondary, further, .. } = *summary;
        Self { cells, primary, secondary, further, unprotected }
    }
}

#[cfg(test)]
mod tests {
    use std::ptr::null_mut;
    use std::sync::Arc;

    use arrow::array::{ArrayRef, StringArray, UInt64Array};
    use arrow::ffi_stream::ArrowArrayStreamReader;

    use super::*;

    fn table(names: [&str; 3], rows: &[(&str, &str, u64)]) -> FFI_ArrowArrayStream {
        let of = |code: fn(&(&'static str, &'static str, u64)) -> &'static str, rows: &[_]| -> ArrayRef {
            Arc::new(rows.iter().map(|row| Some(code(row))).collect::<StringArray>())
        };
        let rows: Vec<(&'static str, &'static str, u64)> = rows
            .iter()
            .map(|(a, b, count)| (&*String::leak((*a).to_owned()), &*String::leak((*b).to_owned()), *count))
            .collect();
        let counts: ArrayRef = Arc::new(rows.iter().map(|row| row.2).collect::<UInt64Array>());
        let [first, second, third] = names;
        let columns = [(first, of(|row| row.0, &rows)), (second, of(|row| row.1, &rows)), (third, counts)];
        table_stream(RecordBatch::try_from_iter(columns).unwrap())
    }

    fn rules() -> Box<Disclosure> {
        let mut rules = null_mut();
        assert_eq!(peelian_disclosure_new(4, Out::from(&mut rules), Out::NULL), Status::Ok);
        // SAFETY: the function made the object, and it is freed once.
        unsafe { Box::from_raw(rules) }
    }

    #[test]
    fn a_table_is_protected_and_then_attacked_in_vain() {
        let mut rules = rules();
        for (name, total) in [(c"area", c"both"), (c"crime", c"all")] {
            let status = peelian_disclosure_add_dimension(
                InOut::from(&mut *rules),
                Text::from(name),
                Text::from(total),
                Out::NULL,
            );
            assert_eq!(status, Status::Ok);
        }
        let rows =
            [("Camden", "arson", 3), ("Camden", "theft", 40), ("Islington", "arson", 9), ("Islington", "theft", 60)];
        let mut given = table(["area", "crime", "count"], &rows);
        let (mut published, mut summary) = (FFI_ArrowArrayStream::empty(), DisclosureSummary::default());
        let status = peelian_disclosure_protect(
            In::from(&*rules),
            InOut::from(&mut given),
            Out::from(&mut published),
            Out::NULL,
            Out::from(&mut summary),
            Out::NULL,
        );
        assert_eq!(status, Status::Ok);
        assert_eq!((summary.cells, summary.primary, summary.secondary, summary.unprotected), (9, 1, 3, 0));
        let mut found = DisclosureAudit::default();
        let status = peelian_disclosure_audit(
            In::from(&*rules),
            InOut::from(&mut published),
            Out::NULL,
            Out::from(&mut found),
            Out::NULL,
        );
        assert_eq!(status, Status::Ok);
        assert_eq!((found.suppressed, found.recoverable, found.narrow), (4, 0, 0));
    }

    #[test]
    fn faults_are_named() {
        let mut rules = rules();
        let mut error = null_mut();
        let status = peelian_disclosure_set(InOut::from(&mut *rules), Text::from(c"depth"), 1, Out::from(&mut error));
        assert_eq!(status, Status::InvalidArgument);
        // SAFETY: the function made the error, and it is freed once.
        let told = unsafe { Box::from_raw(error) };
        assert!(told.message().contains("depth is no number of a policy"));
        let mut given = table(["area", "crime", "cases"], &[("Camden", "arson", 3)]);
        let mut published = FFI_ArrowArrayStream::empty();
        let status = peelian_disclosure_protect(
            In::from(&*rules),
            InOut::from(&mut given),
            Out::from(&mut published),
            Out::NULL,
            Out::NULL,
            Out::NULL,
        );
        assert_eq!(status, Status::Refused);
        assert!(ArrowArrayStreamReader::try_new(published).is_err());
    }
}
