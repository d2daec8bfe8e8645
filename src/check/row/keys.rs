//! The keys that a row gives: which are there, their hashes, their records.

use super::cells::Checking;
use super::{Checked, State, Worker};
use crate::check::key::KeyUse;
use crate::check::tally::CellSlot;
use crate::check::walk::Lines;
use crate::error::Result;
use crate::schema::Field;
use crate::source::structure::Form;
use crate::spill::Record;
use siphasher::sip128::{Hasher128, SipHasher13};
use std::hash::Hasher;

impl Worker {
    /// A row of the wrong width still has a key, if its first cells are sound: else every row that
    /// refers to it would be an orphan. Its own references are not looked at, since its cells may
    /// stand in the wrong columns.
    pub(super) fn ragged_keys(&mut self, at: &Checking<'_>, lines: &mut Lines<'_>) -> Result<()> {
        for index in 0..at.reading.plan.keys.len() {
            let key = &at.reading.plan.keys[index];
            if !key.is_parent || key.is_row {
                continue;
            }
            if self.hash_key(at, key, index) {
                self.push(at, key, index, lines)?;
            }
        }
        Ok(())
    }

    /// Gives the record of one key of the row.
    pub(super) fn key(
        &mut self,
        checked: &mut Checked,
        at: &Checking<'_>,
        index: usize,
        lines: &mut Lines<'_>,
    ) -> Result<()> {
        let plan = at.reading.plan;
        let key = &plan.keys[index];
        if key.when.as_ref().is_some_and(|when| !self.holds(at, when)) {
            return Ok(());
        }
        if key.is_row {
            return self.row(at, key, index, lines);
        }
        for &field in &key.fields {
            if at.reading.columns.columns.get(field).copied().flatten().is_none() {
                return Ok(());
            }
            match self.states[field] {
                State::Valid => {}
                State::Null => {
                    // A field that is required has its own finding for a null.
                    if key.is_primary && !plan.fields[field].field.constraints.required {
                        self.count_cell(checked, at, field, CellSlot::KeyNull, lines);
                    }
                    return Ok(());
                }
                State::Invalid => return Ok(()),
            }
        }
        if self.hash_key(at, key, index) {
            self.push(at, key, index, lines)?;
        }
        Ok(())
    }

    /// Gives the record of the whole row: its bytes without the line end.
    fn row(
        &mut self,
        at: &Checking<'_>,
        key: &KeyUse,
        index: usize,
        lines: &mut Lines<'_>,
    ) -> Result<()> {
        let (Some(first), Some(last)) = (self.cells.first(), self.cells.last()) else {
            return Ok(());
        };
        let range = first.start as usize..last.end as usize;
        let bytes = at.row.block.bytes.get(range).unwrap_or_default();
        let mut hasher = SipHasher13::new_with_key(&self.key);
        hasher.write(&key.set.to_le_bytes());
        hasher.write(bytes);
        self.remembered[index].hash = Some(hasher.finish128().as_u128());
        self.push(at, key, index, lines)
    }

    /// Computes the hash of a key into `remembered[index]`. Rows often repeat the key of the row
    /// before; then its cells are the same bytes, and nothing is computed.
    fn hash_key(&mut self, at: &Checking<'_>, key: &KeyUse, index: usize) -> bool {
        let remembered = &mut self.remembered[index];
        let bytes = at.row.block.bytes.as_slice();
        let mut is_repeated = remembered.cells.len() == key.fields.len();
        remembered.cells.resize(key.fields.len(), (0, 0));
        for (&field, before) in key.fields.iter().zip(&mut remembered.cells) {
            let column = at.reading.columns.columns.get(field).copied().flatten();
            let Some(&cell) = column.and_then(|column| self.cells.get(column)) else {
                remembered.forget();
                return false;
            };
            let raw = |(start, end): (u32, u32)| bytes.get(start as usize..end as usize);
            let now = (cell.start, cell.end);
            is_repeated = is_repeated && raw(*before) == raw(now);
            *before = now;
        }
        if is_repeated {
            return remembered.hash.is_some();
        }
        remembered.hash = None;
        self.key_bytes.clear();
        for &field in &key.fields {
            let column = at.reading.columns.columns.get(field).copied().flatten();
            let Some(&cell) = column.and_then(|column| self.cells.get(column)) else {
                return false;
            };
            let plan = &at.reading.plan.fields[field];
            let mut scratch = Vec::new();
            let Ok(value) = at.value(cell, &mut scratch) else { return false };
            if at.is_null(plan, &value, cell.form != Form::Plain)
                || (!key.is_parent && refers_to_nothing(plan.field, &value))
            {
                return false;
            }
            self.key_forms[index].look(value.as_bytes());
            let start = self.key_bytes.len();
            self.key_bytes.extend_from_slice(&[0; 4]);
            if key.as_text {
                self.key_bytes.extend_from_slice(value.as_bytes());
            } else if plan.field.kind.key_form(&value, &mut self.key_bytes).is_err() {
                return false;
            }
            let length = (self.key_bytes.len() - start - 4) as u32;
            if let Some(prefix) = self.key_bytes.get_mut(start..start + 4) {
                prefix.copy_from_slice(&length.to_le_bytes());
            }
        }
        let mut hasher = SipHasher13::new_with_key(&self.key);
        hasher.write(&key.set.to_le_bytes());
        hasher.write(&self.key_bytes);
        self.remembered[index].hash = Some(hasher.finish128().as_u128());
        true
    }

    fn push(
        &mut self,
        at: &Checking<'_>,
        key: &KeyUse,
        index: usize,
        lines: &mut Lines<'_>,
    ) -> Result<()> {
        let Some(hash) = self.remembered[index].hash else { return Ok(()) };
        self.key_forms[index].rows += 1;
        let row = at.row;
        let at = row.spot(lines);
        let record = Record { hash, relation: key.relation, block: row.block.ordinal, at };
        if key.follows {
            self.references.push((record, key.counted));
            return Ok(());
        }
        if key.is_referenced {
            self.parents.push(hash);
        }
        self.store.push(record)
    }

    /// Settles the block's references to parents that were seen; the others give their records.
    pub(super) fn settle(&mut self) -> Result<()> {
        self.known.touch(self.parents.iter().copied());
        self.parents.drain(..).for_each(|hash| self.known.add(hash));
        self.known.touch(self.references.iter().map(|(record, _)| record.hash));
        for (record, counted) in self.references.drain(..) {
            let is_settled = match counted {
                Some(counted) => self.known.count(record.hash, counted),
                None => self.known.contains(record.hash),
            };
            if !is_settled {
                self.store.push(record)?;
            }
        }
        Ok(())
    }
}

/// Whether a value is declared to refer to nothing.
fn refers_to_nothing(field: &Field, value: &str) -> bool {
    field.null_references.has(&field.kind, value)
}
