//! Follow-up: for each subject, the number of later events that count.

use super::CountStore;
use crate::column::MISSING_DATE;
use crate::design::FollowUp;
use crate::engine::error::ComputeError;
use crate::engine::rows::{Part, Program, Table};
use crate::kernel::Batch;
use crate::period::months_later;

/// For each row of the followed dataset, by its number, the events in its follow-up.
pub(super) fn events(store: &CountStore, follow_up: &FollowUp, followed: &Table) -> Result<Vec<u32>, ComputeError> {
    let mut events = vec![0_u32; followed.rows()];
    for part in &store.table(follow_up.events.dataset)?.parts {
        add(store, follow_up, part, &mut events)?;
    }
    Ok(events)
}

fn add(store: &CountStore, follow_up: &FollowUp, part: &Part, events: &mut [u32]) -> Result<(), ComputeError> {
    let FollowUp { events: basis, counted, from, same_day, months, proved, proved_months } = follow_up;
    let rows = &store.rows.rows;
    let mut program = Program::new(&store.rows.core.reference);
    program.push(counted, &[])?;
    let held = program.columns(rows, part);
    let mut fields = program.fields();
    fields.extend([basis.date, *from, *proved]);
    let selection = rows.selection(part, &fields);
    let batch = Batch::new(part.segment.batch.rows(), held.borrowed(), selection.as_deref())?;
    let marks = program.compile()?.marks(&batch, rows.threads())?;
    let days = [&basis.date, from, proved].map(|path| rows.column(part, path));
    let [Some(on), Some(from), Some(proved)] = [0, 1, 2].map(|at: usize| days[at].as_i32()) else { return Ok(()) };
    let links = rows.links(part, follow_up.from.dataset);
    for (row, mark) in marks.iter().enumerate() {
        let (on, from, proved) = (on[row], from[row], proved[row]);
        let dated = on != MISSING_DATE && from != MISSING_DATE && proved != MISSING_DATE;
        if mark & 1 == 0 || !dated || on < from || (on == from && !same_day) {
            continue;
        }
        let in_time = on <= months_later(from, *months) && proved <= months_later(from, *proved_months);
        if let Some(number) = links.row(row).filter(|_| in_time).and_then(|number| events.get_mut(number)) {
            *number += 1;
        }
    }
    Ok(())
}
