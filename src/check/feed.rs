//! The reading thread: files one after the other, each block with what it is checked by.

use super::header::Columns;
use super::opening::{Opening, PEEK};
use super::table::TablePlan;
use super::{Check, Scope, TableReading, Work};
use crate::error::Result;
use crate::pipeline::{Pool, Stage};
use crate::source::block::Cutter;
use crate::source::utf16::Order;
use crate::source::{Extract, Member, MemberReader};
use std::collections::BTreeMap;
use std::sync::Arc;

/// For files whose header is known: the columns that what follows them goes on with, their own or those
/// that they went on with themselves.
type Headers = BTreeMap<u32, Option<Arc<Columns>>>;

impl Check<'_> {
    /// Reads the files, those of small tables first, and hands on their blocks.
    ///
    /// A file that was delivered is read as it is; where a table is inside of it (it is compressed,
    /// or a workbook), that is read after all that was delivered, and its blocks are those of a
    /// member of its own.
    ///
    /// # Errors
    /// Where reading fails, or `send` does.
    pub fn feed(
        &self,
        extract: &Extract,
        scope: Scope,
        pool: &Pool,
        send: &mut dyn FnMut(Work) -> Result<()>,
    ) -> Result<()> {
        let mut ordinal = 0;
        let wanted = extract.members.iter().enumerate();
        let wanted = wanted.filter(|(number, _)| self.plan.reads(*number, scope).is_some());
        let total = wanted.map(|(_, member)| member.stated_size).fold(0, u64::saturating_add);
        self.options.progress.begin(Stage::Reading, total);
        let mut headers = Headers::new();
        let mut members = extract.read_in(self.plan.order.clone());
        while let Some((number, input)) = members.next(&|member| self.plan.reads(member, scope))? {
            let Some(member) = extract.members.get(number) else { continue };
            let resource = self.plan.members[number].resource;
            let failed = |error| MemberReader::error(&member.path, error);
            let (faults, notes) = (input.faults(), input.notes());
            let mut cutter = Cutter::new(Box::new(input), None, self.options.block_size, pool);
            let table = resource
                .filter(|_| !self.plan.members[number].carries)
                .and_then(|resource| self.plan.resources.get(resource as usize)?.table.as_ref());
            let mut opening = Opening::default();
            let order = match table {
                Some(table) => begin(&mut opening, table, (number as u32, member), &mut cutter)?,
                None => None,
            };
            let mut reading = None;
            loop {
                self.options.interrupt.check()?;
                let mut block = cutter.cut().map_err(failed)?;
                self.options.progress.add(number as u64, block.bytes.len() as u64);
                block.ordinal = ordinal;
                block.member = number as u32;
                ordinal += 1;
                if let (Some(table), 0, Some(records)) = (table, block.index, opening.records) {
                    let (number, grammar) = (number as u32, records.grammar);
                    let may_lack = !self.plan.parts_before(table.resource, number).is_empty();
                    let unknown = may_lack.then(|| Columns::by_position(table.table));
                    block.turn();
                    reading = opening.header(table, &block, grammar, unknown.as_ref());
                    let own = |reading: &Option<TableReading>| {
                        reading.as_ref().map(|reading| reading.columns.clone())
                    };
                    let mut columns = own(&reading);
                    // Only then: another file may have to be opened for it.
                    if columns.as_ref().is_some_and(|columns| columns.goes_on) {
                        columns = self.columns_before(extract, table, number, &mut headers)?;
                        reading = opening.header(table, &block, grammar, columns.as_deref());
                        columns = columns.or_else(|| own(&reading));
                    }
                    block.turn();
                    // A header that cannot be read is none that others go on with.
                    if columns.is_some() {
                        headers.insert(number, columns);
                    }
                }
                opening.rows += block.ends.len() as u64;
                if block.oversize {
                    opening.oversize(resource, &block);
                }
                let last = block.last;
                if let Some(fault) = faults.get().filter(|_| last) {
                    opening.damaged(resource, &mut block, fault);
                } else if let Some(table) = table.filter(|_| last) {
                    opening.rows_at_limit(table, &block, member.sheet.is_some());
                }
                if let (Some(table), Some(reading), true) = (table, &reading, last) {
                    opening.noted(table, reading, number as u32, &notes.get());
                }
                send(Work {
                    block,
                    reading: reading.clone(),
                    order,
                    found: std::mem::take(&mut opening.found),
                    gaps: std::mem::take(&mut opening.gaps),
                    lost: opening.lost,
                })?;
                if last {
                    break;
                }
            }
        }
        Ok(())
    }

    /// The columns that a part of a table goes on with, should it have no header: those of the last part
    /// before it that has one. A part that was not read yet (a compressed archive has its own order, and
    /// what is inside of files comes last) is looked at for that.
    fn columns_before(
        &self,
        extract: &Extract,
        table: &TablePlan<'_>,
        number: u32,
        headers: &mut Headers,
    ) -> Result<Option<Arc<Columns>>> {
        let parts = self.plan.parts_before(table.resource, number);
        let mut found = None;
        let mut looked_at = Vec::new();
        for (place, &part) in parts.iter().enumerate().rev() {
            if let Some(known) = headers.get(&part) {
                found.clone_from(known);
                break;
            }
            looked_at.push(part);
            found = self.header_of(extract, table, part, place > 0)?;
            if found.is_some() {
                break;
            }
        }
        // Those between have no header of their own: each is looked at once.
        headers.extend(looked_at.into_iter().map(|part| (part, found.clone())));
        Ok(found)
    }

    /// The columns that a file's own header gives; `None` where it has none, which only one that
    /// `may_lack` it does, or cannot be read. What is wrong with it is told when it is read.
    fn header_of(
        &self,
        extract: &Extract,
        table: &TablePlan<'_>,
        number: u32,
        may_lack: bool,
    ) -> Result<Option<Arc<Columns>>> {
        let member = extract.members.get(number as usize);
        let Some(member) = member.filter(|m| m.is_readable() && m.sheet.is_none()) else {
            return Ok(None);
        };
        let input = extract.reader(member)?;
        let pool = Pool::default();
        let mut cutter = Cutter::new(Box::new(input), None, self.options.block_size, &pool);
        let mut opening = Opening::default();
        begin(&mut opening, table, (number, member), &mut cutter)?;
        let failed = |error| MemberReader::error(&member.path, error);
        let mut block = cutter.cut().map_err(failed)?;
        block.member = number;
        block.turn();
        let unknown = Columns::by_position(table.table);
        let reading: Option<TableReading> = opening.records.and_then(|records| {
            opening.header(table, &block, records.grammar, may_lack.then_some(&unknown))
        });
        Ok(reading.filter(|reading| !reading.columns.goes_on).map(|reading| reading.columns))
    }
}

/// Looks at how a table's file begins, and has it cut accordingly. Gives the order of its bytes where it
/// is in UTF-16.
fn begin(
    opening: &mut Opening,
    table: &TablePlan<'_>,
    (number, member): (u32, &Member),
    cutter: &mut Cutter<'_>,
) -> Result<Option<Order>> {
    let failed = |error| MemberReader::error(&member.path, error);
    let mut order = None;
    let bytes = cutter.peek(PEEK).map_err(failed)?;
    if member.sheet.is_some() {
        opening.begin_sheet(table, number, member.hidden, bytes);
    } else if !opening.is_no_table(table, number, bytes) {
        order = opening.encoding(table, number, bytes);
        if let Some(order) = order {
            cutter.set_utf16(order);
        }
        let text = cutter.peek(PEEK).map_err(failed)?;
        opening.begin(table, number, text);
    }
    cutter.set_records(opening.records);
    // The header is read out of the first block, so it must be in there.
    cutter.set_first(table.header_end());
    Ok(order)
}
