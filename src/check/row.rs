//! One worker's work: the rows of a block against the plan of its table.

use super::header::Columns;
use super::key::KeyUse;
use super::plan::{FieldPlan, TablePlan};
use super::tally::{CellSlot, RowSlot, Slot, Tally};
use crate::error::Result;
use crate::finding::{Facts, Place, Sample, shape};
use crate::schema::Encoding;
use crate::schema::value::Type;
use crate::source::block::Block;
use crate::source::structure::{Cell, Exact, Form, Grammar};
use crate::spill::{At, Record, Store};
use siphasher::sip128::{Hasher128, SipHasher13};
use std::borrow::Cow;
use std::hash::Hasher;

/// What a worker found in one block.
#[derive(Debug, Default)]
pub(super) struct Checked {
    /// Findings, counted.
    pub(super) tally: Tally,
    /// Data rows: no header, comment or blank row.
    pub(super) rows: u64,
}

/// A worker: its own buffers and key records.
pub(super) struct Worker {
    /// Key records for the join after the read.
    pub(super) store: Store,
    key: [u8; 16],
    samples: usize,
    delimiters: Vec<u32>,
    pairs: Vec<u32>,
    cells: Vec<Cell>,
    states: Vec<State>,
    key_bytes: Vec<u8>,
    /// For each key of the table: the bytes of the last key and its hash.
    remembered: Vec<(Vec<u8>, u128)>,
    remembered_for: Option<u32>,
}

/// What became of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Null,
    Valid,
    Invalid,
}

/// How a block is read beside its bytes.
pub(super) struct Reading<'a> {
    pub(super) plan: &'a TablePlan<'a>,
    pub(super) columns: &'a Columns,
    pub(super) grammar: Grammar,
}

/// Counts physical lines on the way through a block.
struct Lines<'a> {
    bytes: &'a [u8],
    end: u8,
    at: usize,
    lines: usize,
}

impl Lines<'_> {
    /// Line ends before `at`, which never goes back.
    fn before(&mut self, at: usize) -> usize {
        let passed = self.bytes.get(self.at..at).unwrap_or_default();
        self.lines += memchr::memchr_iter(self.end, passed).count();
        self.at = at.max(self.at);
        self.lines
    }
}

/// The row at hand.
struct Row<'a> {
    block: &'a Block,
    number: usize,
    start: usize,
    end: usize,
    /// A quote that stands where none may, as an offset into the block.
    stray: Option<usize>,
}

impl Worker {
    pub(super) fn new(store: Store, key: [u8; 16], samples: usize) -> Self {
        Self {
            store,
            key,
            samples,
            delimiters: Vec::new(),
            pairs: Vec::new(),
            cells: Vec::new(),
            states: Vec::new(),
            key_bytes: Vec::new(),
            remembered: Vec::new(),
            remembered_for: None,
        }
    }

    /// Checks the rows of one block.
    pub(super) fn block(&mut self, block: &Block, reading: &Reading<'_>) -> Result<Checked> {
        let Reading { plan, columns, grammar } = reading;
        let mut checked = Checked::default();
        let bytes = block.bytes.as_slice();
        let text = match plan.encoding {
            Encoding::Utf8 => std::str::from_utf8(bytes).ok(),
            _ if bytes.is_ascii() => std::str::from_utf8(bytes).ok(),
            _ => None,
        };
        if self.remembered_for != Some(plan.resource) {
            self.remembered = vec![(Vec::new(), 0); plan.keys.len()];
            self.remembered_for = Some(plan.resource);
        }
        let fast = block.clean && grammar.has_fast_cells();
        self.delimiters.clear();
        self.pairs.clear();
        if fast {
            let skip = block.skip as usize;
            let structured = bytes.get(skip..).unwrap_or_default();
            grammar.delimiters(structured, &mut self.delimiters, &mut self.pairs);
            if skip > 0 {
                self.delimiters.iter_mut().chain(&mut self.pairs).for_each(|at| *at += block.skip);
            }
        }
        let mut cursor = FastCells { grammar, delimiter: 0, pair: 0 };
        let mut lines = Lines { bytes, end: grammar.line_end(), at: 0, lines: 0 };
        let has_nul = memchr::memchr(0, bytes).is_some();
        if block.skip > 0 {
            let place =
                Place { file: Some(block.member), row: Some(1), line: Some(1), byte: Some(0) };
            let mut counted = checked.tally.add(Slot::row(RowSlot::ByteOrderMark), self.samples);
            counted.at(place).sample(Sample { place, ..Sample::default() });
        }
        let mut start = 0;
        for (number, &end) in block.ends.iter().enumerate() {
            let mut row = Row { block, number, start, end: end as usize, stray: None };
            start = end as usize;
            let begin = if number == 0 { block.skip as usize } else { row.start };
            self.cells.clear();
            let exact = if fast {
                cursor.cells(self, bytes, begin, row.end);
                None
            } else {
                let record = bytes.get(..row.end).unwrap_or_default();
                grammar.exact(record, begin, true, |cell| self.cells.push(cell))
            };
            if self.is_passed_over(&row, plan, bytes, begin) {
                continue;
            }
            if has_nul {
                let record = bytes.get(row.start..row.end).unwrap_or_default();
                if let Some(offset) = memchr::memchr(0, record) {
                    let fact = Facts::Text(format!("at byte {}", row.byte() + offset as u64));
                    self.count_row(&mut checked, RowSlot::NulByte, &row, &mut lines, fact);
                }
            }
            if text.is_none() && plan.encoding == Encoding::Utf8 {
                let record = bytes.get(row.start..row.end).unwrap_or_default();
                if let Err(error) = std::str::from_utf8(record) {
                    let byte = row.byte() + error.valid_up_to() as u64;
                    let fact = Facts::Text(format!("near byte {byte}"));
                    self.count_row(&mut checked, RowSlot::EncodingError, &row, &mut lines, fact);
                }
            }
            row.stray = exact.and_then(|exact| exact.stray);
            let broken = self.syntax(&mut checked, exact, &row, &mut lines);
            if !broken && self.is_blank(bytes, grammar) {
                self.count_row(&mut checked, RowSlot::BlankRow, &row, &mut lines, Facts::None);
                continue;
            }
            checked.rows += 1;
            let ragged = self.cells.len() != columns.width();
            if ragged && !broken {
                self.width(&mut checked, plan, columns, &row, &mut lines);
            }
            self.states.clear();
            self.states.resize(plan.fields.len(), State::Invalid);
            let at = Checking { reading, text, row: &row };
            if ragged || exact.is_some_and(|exact| exact.open_quote.is_some()) {
                self.ragged_keys(&at, &mut lines, block.lines)?;
                continue;
            }
            for column in 0..self.cells.len() {
                if let Some(Some(field)) = columns.fields.get(column) {
                    self.cell(&mut checked, &at, column, *field, &mut lines);
                }
            }
            for index in 0..plan.keys.len() {
                self.key(&mut checked, &at, index, &mut lines, block.lines)?;
            }
        }
        Ok(checked)
    }

    /// Whether the row is a header or a comment.
    fn is_passed_over(
        &self,
        row: &Row<'_>,
        plan: &TablePlan<'_>,
        bytes: &[u8],
        begin: usize,
    ) -> bool {
        let dialect = &plan.table.dialect;
        let number = row.number();
        if dialect.header && dialect.header_rows.contains(&number) {
            return true;
        }
        if dialect.comment_rows.contains(&number) {
            return true;
        }
        dialect.comment_char.as_deref().is_some_and(|comment| {
            bytes.get(begin..row.end).unwrap_or_default().starts_with(comment.as_bytes())
        })
    }

    /// Counts what is wrong with the quotes of a row, and says whether its cells can be trusted no
    /// more.
    fn syntax(
        &mut self,
        checked: &mut Checked,
        exact: Option<Exact>,
        row: &Row<'_>,
        lines: &mut Lines<'_>,
    ) -> bool {
        let Some(exact) = exact else { return false };
        let offset =
            |at: usize| Facts::Text(format!("at byte {}", row.block.first_byte + at as u64));
        if let Some(quote) = exact.open_quote {
            self.count_row(checked, RowSlot::UnclosedQuote, row, lines, offset(quote));
            return true;
        }
        if let Some(stray) = exact.stray {
            self.count_row(checked, RowSlot::StrayQuote, row, lines, offset(stray));
            return true;
        }
        false
    }

    fn is_blank(&self, bytes: &[u8], grammar: &Grammar) -> bool {
        let empty = |cell: &Cell| match cell.form {
            Form::Plain => cell.start == cell.end,
            Form::Quoted => cell.end - cell.start == 2,
            Form::Doubled | Form::Odd => grammar.value(bytes, *cell, &mut Vec::new()).is_empty(),
        };
        self.cells.iter().all(empty)
    }

    /// A row with too few or too many cells: one finding, not one for each cell.
    fn width(
        &mut self,
        checked: &mut Checked,
        plan: &TablePlan<'_>,
        columns: &Columns,
        row: &Row<'_>,
        lines: &mut Lines<'_>,
    ) {
        let (expected, found) = (columns.width() as u64, self.cells.len() as u64);
        let slot = if found < expected { RowSlot::MissingCell } else { RowSlot::ExtraCell };
        let _ = plan;
        self.count_row(checked, slot, row, lines, Facts::Width { expected, found });
    }

    fn count_row(
        &self,
        checked: &mut Checked,
        slot: RowSlot,
        row: &Row<'_>,
        lines: &mut Lines<'_>,
        facts: Facts,
    ) {
        let mut counted = checked.tally.add(Slot::row(slot), self.samples);
        let place = row.place(lines);
        let wants_sample = counted.wants_sample;
        counted.at(place);
        if wants_sample {
            counted.sample(Sample { place, facts, ..Sample::default() });
        }
    }

    /// Checks one cell against its field.
    fn cell(
        &mut self,
        checked: &mut Checked,
        at: &Checking<'_>,
        column: usize,
        field: usize,
        lines: &mut Lines<'_>,
    ) {
        let plan = &at.reading.plan.fields[field];
        let cell = self.cells[column];
        let mut scratch = Vec::new();
        let (value, quoted) = match at.value(cell, &mut scratch) {
            Ok(value) => (value, cell.form != Form::Plain),
            // Told of the row already.
            Err(_) => return,
        };
        self.states[field] = if at.is_null(plan, &value, quoted) {
            if plan.field.constraints.required {
                self.count_cell(checked, at, field, CellSlot::Required, "", lines);
            }
            State::Null
        } else if plan.anything_goes {
            State::Valid
        } else if let Some(slot) = fault(plan, &value) {
            if at.row.has_told(cell, &value) {
                return;
            }
            self.count_cell(checked, at, field, slot, &value, lines);
            if slot == CellSlot::Type { State::Invalid } else { State::Valid }
        } else {
            State::Valid
        };
    }

    fn count_cell(
        &self,
        checked: &mut Checked,
        at: &Checking<'_>,
        field: usize,
        slot: CellSlot,
        value: &str,
        lines: &mut Lines<'_>,
    ) {
        let plan = &at.reading.plan.fields[field];
        let mut counted = checked.tally.add(Slot::cell(field, slot), self.samples);
        let place = at.row.place(lines);
        let wants_sample = counted.wants_sample;
        counted.at(place);
        if slot == CellSlot::Type
            && let Some(form) = plan.field.kind.lenient(value)
        {
            counted.form(form);
        }
        if wants_sample {
            let has_value = !matches!(slot, CellSlot::Required | CellSlot::KeyNull);
            counted.sample(Sample {
                place,
                shape: has_value.then(|| shape(value)),
                value: (has_value && plan.shows_values).then(|| value.to_owned()),
                facts: Facts::None,
            });
        }
    }

    /// A row of the wrong width still has a key, if its first cells are sound: else every row that
    /// refers to it would be an orphan. Its own references are not looked at, since its cells may
    /// stand in the wrong columns.
    fn ragged_keys(
        &mut self,
        at: &Checking<'_>,
        lines: &mut Lines<'_>,
        block_lines: u32,
    ) -> Result<()> {
        for index in 0..at.reading.plan.keys.len() {
            let key = &at.reading.plan.keys[index];
            if !key.is_parent {
                continue;
            }
            if self.hash_key(at, key, index) {
                self.push(at, key, index, lines, block_lines)?;
            }
        }
        Ok(())
    }

    /// Gives the record of one key of the row.
    fn key(
        &mut self,
        checked: &mut Checked,
        at: &Checking<'_>,
        index: usize,
        lines: &mut Lines<'_>,
        block_lines: u32,
    ) -> Result<()> {
        let plan = at.reading.plan;
        let key = &plan.keys[index];
        for &field in &key.fields {
            if at.reading.columns.columns.get(field).copied().flatten().is_none() {
                return Ok(());
            }
            match self.states[field] {
                State::Valid => {}
                State::Null => {
                    // A field that is required has its own finding for a null.
                    if key.is_primary && !plan.fields[field].field.constraints.required {
                        self.count_cell(checked, at, field, CellSlot::KeyNull, "", lines);
                    }
                    return Ok(());
                }
                State::Invalid => return Ok(()),
            }
        }
        if self.hash_key(at, key, index) {
            self.push(at, key, index, lines, block_lines)?;
        }
        Ok(())
    }

    /// Computes the hash of a key into `remembered[index]`; rows often repeat the key before them.
    fn hash_key(&mut self, at: &Checking<'_>, key: &KeyUse, index: usize) -> bool {
        let plan = at.reading.plan;
        self.key_bytes.clear();
        for &field in &key.fields {
            let column = at.reading.columns.columns.get(field).copied().flatten();
            let Some(&cell) = column.and_then(|column| self.cells.get(column)) else {
                return false;
            };
            let mut scratch = Vec::new();
            let Ok(value) = at.value(cell, &mut scratch) else { return false };
            if at.is_null(&plan.fields[field], &value, cell.form != Form::Plain) {
                return false;
            }
            let length_at = self.key_bytes.len();
            self.key_bytes.extend_from_slice(&[0; 4]);
            if key.as_text {
                self.key_bytes.extend_from_slice(value.as_bytes());
            } else if plan.fields[field].field.kind.key_form(&value, &mut self.key_bytes).is_err() {
                return false;
            }
            let length = (self.key_bytes.len() - length_at - 4) as u32;
            if let Some(prefix) = self.key_bytes.get_mut(length_at..length_at + 4) {
                prefix.copy_from_slice(&length.to_le_bytes());
            }
        }
        let (last, hash) = &mut self.remembered[index];
        if *last != self.key_bytes || last.is_empty() {
            let mut hasher = SipHasher13::new_with_key(&self.key);
            hasher.write(&key.set.to_le_bytes());
            hasher.write(&self.key_bytes);
            *hash = hasher.finish128().as_u128();
            last.clear();
            last.extend_from_slice(&self.key_bytes);
        }
        true
    }

    fn push(
        &mut self,
        at: &Checking<'_>,
        key: &KeyUse,
        index: usize,
        lines: &mut Lines<'_>,
        block_lines: u32,
    ) -> Result<()> {
        let row = at.row;
        // Where no cell holds a line break, lines and records go together.
        let line = if block_lines as usize == row.block.ends.len() {
            row.number
        } else {
            lines.before(row.start)
        };
        self.store.push(Record {
            hash: self.remembered[index].1,
            relation: key.relation,
            block: row.block.ordinal,
            at: At::new(row.number, line, row.start),
        })
    }
}

/// What is wrong with a value that is not null, the first of what its field declares.
fn fault(plan: &FieldPlan<'_>, value: &str) -> Option<CellSlot> {
    let field = plan.field;
    let rules = &field.constraints;
    let typed = if plan.needs_value {
        match field.kind.read(value) {
            Ok(typed) => Some(typed),
            Err(_) => return Some(CellSlot::Type),
        }
    } else if field.kind.accepts(value) {
        None
    } else {
        return Some(CellSlot::Type);
    };
    if rules.min_length.is_some() || rules.max_length.is_some() {
        let length = length(&field.kind, value);
        if rules.min_length.is_some_and(|limit| length < limit) {
            return Some(CellSlot::MinLength);
        }
        if rules.max_length.is_some_and(|limit| length > limit) {
            return Some(CellSlot::MaxLength);
        }
    }
    if let Some(typed) = &typed {
        use std::cmp::Ordering::{Equal, Greater, Less};
        let against = |bound: &Option<crate::schema::Bound>| {
            bound.as_ref().and_then(|bound| typed.compare(&bound.value))
        };
        if against(&rules.minimum) == Some(Less) {
            return Some(CellSlot::Minimum);
        }
        if against(&rules.maximum) == Some(Greater) {
            return Some(CellSlot::Maximum);
        }
        if matches!(against(&rules.exclusive_minimum), Some(Less | Equal)) {
            return Some(CellSlot::ExclusiveMinimum);
        }
        if matches!(against(&rules.exclusive_maximum), Some(Greater | Equal)) {
            return Some(CellSlot::ExclusiveMaximum);
        }
    }
    if rules.pattern.as_ref().is_some_and(|pattern| !pattern.regex.is_match(value)) {
        return Some(CellSlot::Pattern);
    }
    if let Some(allowed) = &rules.allowed {
        let same = |bound: &crate::schema::Bound| bound.text == value;
        let equal = |bound: &crate::schema::Bound| {
            field.kind.read(value).is_ok_and(|value| value == bound.value)
        };
        if !allowed.iter().any(same) && !allowed.iter().any(equal) {
            return Some(CellSlot::Allowed);
        }
    }
    None
}

/// The length that `minLength` and `maxLength` count.
fn length(kind: &Type, value: &str) -> u64 {
    match kind {
        Type::Any | Type::String(_) if value.is_ascii() => value.len() as u64,
        Type::Any | Type::String(_) => value.chars().count() as u64,
        _ => kind.read(value).ok().and_then(|value| value.length()).unwrap_or(0),
    }
}

/// What a cell is checked with.
struct Checking<'a> {
    reading: &'a Reading<'a>,
    text: Option<&'a str>,
    row: &'a Row<'a>,
}

impl<'a> Checking<'a> {
    /// The value of a cell as text. `Err`: the offset in the value of the first byte that is no
    /// valid text.
    fn value<'b>(&self, cell: Cell, scratch: &'b mut Vec<u8>) -> Result<Cow<'b, str>, usize>
    where
        'a: 'b,
    {
        let bytes = self.row.block.bytes.as_slice();
        if let (Some(text), Form::Plain | Form::Quoted) = (self.text, cell.form) {
            let edge = usize::from(cell.form == Form::Quoted);
            let range = cell.start as usize + edge..(cell.end as usize).saturating_sub(edge);
            if let Some(value) = text.get(range) {
                return Ok(Cow::Borrowed(value));
            }
        }
        let value = self.reading.grammar.value(bytes, cell, scratch);
        match self.reading.plan.encoding {
            Encoding::Windows1252 => {
                let (text, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(value);
                Ok(text)
            }
            _ => match std::str::from_utf8(value) {
                Ok(text) => Ok(Cow::Borrowed(text)),
                Err(error) => Err(error.valid_up_to()),
            },
        }
    }

    fn is_null(&self, plan: &FieldPlan<'_>, value: &str, quoted: bool) -> bool {
        if plan.only_empty_is_missing {
            if value.is_empty() {
                return true;
            }
        } else if plan.missing.iter().any(|missing| missing == value) {
            return true;
        }
        let sequence = &self.reading.plan.table.dialect.null_sequence;
        !quoted && sequence.as_deref() == Some(value)
    }
}

impl Row<'_> {
    /// Whether a finding about the row explains a wrong value: a NUL byte, a stray quote.
    fn has_told(&self, cell: Cell, value: &str) -> bool {
        let range = cell.start as usize..=cell.end as usize;
        self.stray.is_some_and(|stray| range.contains(&stray)) || value.contains('\0')
    }

    fn number(&self) -> u64 {
        self.block.first_row + self.number as u64
    }

    fn byte(&self) -> u64 {
        self.block.first_byte + self.start as u64
    }

    fn place(&self, lines: &mut Lines<'_>) -> Place {
        Place {
            file: Some(self.block.member),
            row: Some(self.number()),
            line: Some(self.block.first_line + lines.before(self.start) as u64),
            byte: Some(self.byte()),
        }
    }
}

/// Walks the delimiters of a clean block along with its records.
struct FastCells<'a> {
    grammar: &'a Grammar,
    delimiter: usize,
    pair: usize,
}

impl FastCells<'_> {
    /// The cells of the record from `start` to `end`.
    fn cells(&mut self, worker: &mut Worker, bytes: &[u8], start: usize, end: usize) {
        let content = end - self.grammar.terminator_length(bytes, start, end);
        let mut at = start as u32;
        while let Some(&delimiter) = worker.delimiters.get(self.delimiter)
            && (delimiter as usize) < content
        {
            let form = self.form(&worker.pairs, bytes, at, delimiter);
            worker.cells.push(Cell { start: at, end: delimiter, form });
            at = delimiter + 1;
            self.delimiter += 1;
        }
        let form = self.form(&worker.pairs, bytes, at, content as u32);
        worker.cells.push(Cell { start: at, end: content as u32, form });
    }

    fn form(&mut self, pairs: &[u32], bytes: &[u8], start: u32, end: u32) -> Form {
        if start == end || bytes.get(start as usize).copied() != self.grammar.quote {
            return Form::Plain;
        }
        let mut doubled = false;
        while let Some(&pair) = pairs.get(self.pair)
            && pair < end
        {
            doubled = true;
            self.pair += 1;
        }
        if doubled { Form::Doubled } else { Form::Quoted }
    }
}
