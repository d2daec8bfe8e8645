//! Which rows of a damaged file are not as they were packaged.
//!
//! The row proofs have a hash of every 128 records. Where they are themselves as the tag
//! manifest lists them, damage is named by them: the rows, and how many patients have rows among
//! them. Nothing here makes a verdict: the file was found damaged by its digest.

use crate::bag::layout;
use crate::error::Result;
use crate::finding::message::counted;
use crate::finding::{Code, Facts, Place, Severity};
use crate::proof::leaves::{self, File, Leaf, Patient};
use crate::proof::list::Entry;
use crate::proof::packed;
use crate::proof::parts::Part;
use crate::proof::stored::{self, GROUP};
use crate::proof::{SECRET_BYTES, Salts, from_hex};
use crate::verify::scan::{self, Bad, Scan, Stated};
use crate::verify::verification::Verification;
use std::collections::{BTreeMap, BTreeSet};

/// Ranges of rows that are told of one file.
const MOST_TOLD: usize = 100;

impl Verification<'_> {
    /// Names the damaged rows of payload files, where the proofs are sound. `damaged` has all members
    /// that are not as they are listed.
    pub(super) fn locate(&mut self, damaged: &BTreeSet<usize>) -> Result<()> {
        let Some(secret) = self.sound(layout::SECRET, damaged)? else { return Ok(()) };
        let secret = std::str::from_utf8(&secret).ok().map(str::trim);
        let Some(secret) = secret.and_then(from_hex::<SECRET_BYTES>) else { return Ok(()) };
        let salts = Salts::new(&secret);
        let (Some(lines), Some(lengths), Some(trees)) = (
            self.sound(layout::LEAVES, damaged)?,
            self.sound(layout::LENGTHS, damaged)?,
            self.sound(layout::TREES, damaged)?,
        ) else {
            return Ok(());
        };
        let most = self.options.memory / 4;
        let Some(lines) = leaves::unpack(&lines, most) else { return Ok(()) };
        let leaves: Vec<Leaf> =
            lines.split(|&byte| byte == b'\n').filter_map(Leaf::parse).filter(is_needed).collect();
        drop(lines);
        let lists = self.sound(layout::LISTS, damaged)?;
        let mut rest = lengths.as_slice();
        let mut hashes = trees.as_chunks::<32>().0;
        for leaf in &leaves {
            let Leaf::File(file) = leaf else { continue };
            // No number that a package states is believed: of so many leaves there are as many hashes.
            let count = usize::try_from(stored::count(file.leaves)).unwrap_or(usize::MAX);
            let Some((own, later)) = hashes.split_at_checked(count) else { return Ok(()) };
            let stated = Stated { file, parts: rest, hashes: own };
            rest = after(rest, file.leaves);
            hashes = later;
            let member = self.find(&file.path).filter(|member| damaged.contains(member));
            if let Some(member) = member.filter(|_| file.within.is_none()) {
                let bad = self.bad_groups(member, &stated, &salts)?;
                self.tell(member, file, &bad, &leaves, lists.as_deref());
            }
        }
        Ok(())
    }

    /// A file of the proofs that is as it is listed, and not too large.
    fn sound(&self, path: &str, damaged: &BTreeSet<usize>) -> Result<Option<Vec<u8>>> {
        let member = self.find(path).filter(|member| !damaged.contains(member));
        let readable = |member: &usize| self.tree.members.get(*member).is_some_and(|m| m.readable);
        match member.filter(readable) {
            Some(member) => self.tree.read(member, self.options.memory / 4),
            None => Ok(None),
        }
    }

    /// Reads a file against its stored hashes. Where it became longer or shorter, rows that only moved
    /// are told from those that changed by a second reading, from its end.
    fn bad_groups(&self, member: usize, stated: &Stated<'_>, salts: &Salts) -> Result<Bad> {
        let size = self.tree.members.get(member).map_or(0, |member| member.size);
        let (mut known, mut leaves, mut rest) = (0_u64, 0, stated.parts);
        while let Some(part) =
            Part::take(&mut rest).filter(|part| leaves + part.leaves <= stated.file.leaves)
        {
            known += part.bytes;
            leaves += part.leaves;
        }
        let [front, back] = self.scan(member, stated, salts, 0)?;
        let mut bad = scan::both(&front, &back);
        let shift = i128::from(size) - i128::from(known);
        if shift != 0 && !bad.is_empty() {
            for moved in self.scan(member, stated, salts, shift)? {
                bad = scan::both(&bad, &moved);
            }
        }
        // Where each is whole one way or the other, something was added or taken away between two.
        Ok(if bad.is_empty() { front.into_iter().take(1).collect() } else { bad })
    }

    /// The groups whose hash is another one, where each leaf begins `shift` bytes behind its place.
    fn scan(
        &self,
        member: usize,
        stated: &Stated<'_>,
        salts: &Salts,
        shift: i128,
    ) -> Result<[Bad; 2]> {
        let mut scan = Scan::new(stated, salts, shift);
        let _ = self.tree.stream(member, |piece| {
            self.options.interrupt.check()?;
            scan.push(piece);
            Ok(())
        })?;
        Ok(scan.finish())
    }

    fn tell(
        &mut self,
        member: usize,
        file: &File,
        bad: &Bad,
        leaves: &[Leaf],
        lists: Option<&[u8]>,
    ) {
        let numbers: BTreeSet<u64> = bad.iter().map(|(group, _)| *group).collect();
        let groups: Vec<&[(u64, u64)]> = bad.chunk_by(|(a, _), (b, _)| a + 1 == *b).collect();
        for of_range in groups.into_iter().take(MOST_TOLD) {
            let (Some((first, byte)), Some((last, _))) = (of_range.first(), of_range.last()) else {
                continue;
            };
            let from = first * GROUP + 1;
            let to = ((last + 1) * GROUP).min(file.leaves);
            let exact = match file.table {
                Some(_) => format!("rows {from} to {to}"),
                None => {
                    format!("from byte {byte} on, {} MiB at the most", (to + 1 - from).div_ceil(4))
                }
            };
            let row = file.table.as_ref().map(|_| from);
            let place = Place {
                file: u32::try_from(member).ok(),
                row,
                byte: Some(*byte),
                ..Place::default()
            };
            let text = "rows are not as they were packaged, or cannot be read";
            let code = Code::DigestMismatch;
            self.findings.add(code, Severity::Error, text, place, Facts::Text(exact));
        }
        let touched =
            lists.filter(|_| file.table.is_some() && !numbers.is_empty()).and_then(|lists| {
                touched(leaves, lists, file.number, &numbers, self.options.memory / 4)
            });
        if let Some(patients) = touched {
            let place = Place { file: u32::try_from(member).ok(), ..Place::default() };
            let text = format!(
                "{} rows among those that are damaged",
                match patients {
                    1 => "1 patient has".to_owned(),
                    _ => format!("{} have", counted(patients, "patient", "patients")),
                }
            );
            let code = Code::DigestMismatch;
            self.findings.add(code, Severity::Error, &text, place, Facts::None);
        }
    }
}

/// What lies behind the parts of so many leaves.
fn after(parts: &[u8], leaves: u64) -> &[u8] {
    let (mut rest, mut count) = (parts, 0);
    while count < leaves {
        let Some(part) = Part::take(&mut rest) else { return &[] };
        count += part.leaves;
    }
    rest
}

/// Whether a leaf says where rows are, or whose.
fn is_needed(leaf: &Leaf) -> bool {
    matches!(leaf, Leaf::File(_) | Leaf::Patient(_))
}

/// How many patients have a row in one of the groups of a file; `None` where the lists cannot be read,
/// or a part of one would take more than `memory`.
fn touched(
    leaves: &[Leaf],
    lists: &[u8],
    file: u64,
    groups: &BTreeSet<u64>,
    memory: u64,
) -> Option<u64> {
    // A row is one patient's, so that all lists together have no more than there are: whatever a
    // package states, it costs no more than that.
    let mut left: BTreeMap<u64, u64> = leaves
        .iter()
        .filter_map(|leaf| match leaf {
            Leaf::File(file) => Some((file.number, file.leaves)),
            _ => None,
        })
        .collect();
    let mut reader = packed::Reader::new(lists);
    let mut count = 0;
    for leaf in leaves {
        let Leaf::Patient(Patient { files, .. }) = leaf else { continue };
        let mut has = false;
        for (number, rows) in files {
            let left = left.get_mut(number)?;
            let most = (*left).min(memory / size_of::<Entry>() as u64);
            let entries = reader.part(*rows, most)?;
            *left -= rows;
            has |= *number == file
                && entries.iter().any(|e| groups.contains(&(e.row.saturating_sub(1) / GROUP)));
        }
        reader.end()?;
        count += u64::from(has);
    }
    Some(count)
}
