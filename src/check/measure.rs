//! What is to be known of each file by itself when it was read: for the manifest, for files of the
//! same content, and for the record with which a file ends.

use super::Work;
use super::collect::Collector;
use super::row::{self, SeenTrailer};
use super::tally::{RowSlot, Slot};
use crate::digest::{Digest, Hasher};
use crate::finding::{Code, Facts, Group, Place};
use siphasher::sip128::{Hasher128, SipHasher13};
use std::hash::Hasher as _;

/// What was read of one file.
#[derive(Debug, Clone, Default)]
pub(super) struct Measured {
    /// Whether it was read, to its end.
    pub(super) is_whole: bool,
    /// Data rows.
    pub(super) rows: u64,
    /// Whether `rows` are all that it has.
    pub(super) knows_rows: bool,
    /// Bytes.
    pub(super) bytes: u64,
    /// The digest that a manifest compares.
    pub(super) digest: Option<Digest>,
    /// A keyed hash of its content, where another file may have the same.
    pub(super) content: Option<u128>,
}

impl Collector<'_, '_> {
    /// Takes what is to be known of each file by itself.
    pub(super) fn measure(&mut self, work: &Work, rows: u64) {
        let block = &work.block;
        let plan = &self.check.plan;
        if let Some(kept) = self.manifests.iter_mut().find(|kept| kept.is(block.member)) {
            kept.add(block, work.reading.as_ref(), work.lost.rows || work.lost.bytes);
        }
        if let Some(algorithm) = plan.listed_digest {
            self.listed.get_or_insert_with(|| Hasher::new(algorithm)).update(&block.bytes);
        }
        if plan.twins.get(block.member as usize) == Some(&true) {
            let new = || SipHasher13::new_with_key(&self.check.options.key);
            self.content.get_or_insert_with(new).write(&block.bytes);
        }
        let Some(measured) = self.measured.get_mut(block.member as usize) else { return };
        measured.rows += rows;
        measured.bytes += block.bytes.len() as u64;
        if block.last {
            measured.is_whole = !work.lost.bytes;
            measured.knows_rows = !work.lost.rows && !work.lost.bytes && work.reading.is_some();
            measured.digest = self.listed.take().map(Hasher::finish);
            measured.content = self.content.take().map(|hasher| hasher.finish128().as_u128());
        }
    }

    /// Compares what the last record of a file says with the rows before it.
    pub(super) fn trailer(&mut self, work: &Work, checked: &row::Checked) {
        let block = &work.block;
        if block.index == 0 {
            self.last_record = None;
        }
        if let Some(seen) = &mut self.last_record {
            seen.is_followed |= checked.rows > 0;
        }
        self.last_record = checked.trailer.or(self.last_record);
        let planned = self.check.plan.members.get(block.member as usize).and_then(|m| m.resource);
        let planned = planned.and_then(|resource| {
            let planned = self.check.plan.resources.get(resource as usize)?;
            Some((resource, planned.table.as_ref()?.trailer?))
        });
        let Some((resource, declared)) = planned.filter(|_| block.last) else { return };
        let lost = work.lost.rows || work.lost.bytes || work.reading.is_none();
        // A file that stops in the middle of a record has its finding.
        if lost || checked.tally.has(Slot::row(RowSlot::TruncatedFile)) {
            return;
        }
        let file = Place { file: Some(block.member), ..Place::default() };
        let rows = self.measured.get(block.member as usize).map_or(0, |measured| measured.rows);
        let is_empty = block.first_byte + block.bytes.len() as u64 <= u64::from(block.skip);
        let table = self.check.plan.resources.get(resource as usize).and_then(|p| p.table.as_ref());
        let counting = table.and_then(|table| table.table.severities.of("rowCount"));
        let group = |code, facts, place| {
            let mut group = Group::single(code, Some(resource), facts, place);
            if let (Code::RowCount, Some(severity)) = (code, counting) {
                group.severity = severity;
            }
            group
        };
        let group = match (self.last_record, declared.rows) {
            (None, _) if is_empty => return,
            (None, _) => {
                let text = "the record with which the file should end is not there";
                group(Code::TruncatedFile, Facts::Text(text.into()), file)
            }
            (Some(SeenTrailer { place, count: None, .. }), Some(cell)) => {
                let text = format!("cell {cell} of the file's last record should count its rows");
                group(Code::ControlCount, Facts::Text(text), place)
            }
            (Some(SeenTrailer { place, count: Some(expected), .. }), Some(_)) => {
                if expected == rows {
                    return;
                }
                let facts = Facts::Count { what: "rows", expected, found: rows };
                group(Code::RowCount, facts, place)
            }
            (Some(SeenTrailer { place, is_followed: true, .. }), None) => {
                let text = "rows follow the record with which the file should end";
                group(Code::ControlCount, Facts::Text(text.into()), place)
            }
            (Some(_), None) => return,
        };
        if let Some(collected) = self.resources.get_mut(resource as usize) {
            collected.groups.push(group);
        }
    }
}
