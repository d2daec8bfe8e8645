//! The lists of the patients, and the tree over all.

use super::spool::Spool;
use super::{Builder, Evidence};
use crate::attribution::{Attributed, KeyHash, Patient};
use crate::digest::{Algorithm, Hasher};
use crate::error::{Error, Result};
use crate::pipeline;
use crate::proof::checkpoint::Checkpoint;
use crate::proof::leaves::{self, Leaf};
use crate::proof::list::{self, Entry, put};
use crate::proof::packed;
use crate::proof::stored;
use crate::proof::tree::{self, Subtree};
use crate::proof::{Hash, Salts, hex};
use crate::spill::PARTITIONS;
use std::collections::BTreeMap;

/// What the package's tree says of the package as a whole.
#[derive(Debug, Clone)]
pub struct Named<'a> {
    /// `urn:uuid:` and the identifier.
    pub origin: &'a str,
    /// Facts of `bag-info.txt`.
    pub facts: &'a [(String, String)],
    /// SHA-512 of the descriptor, in hexadecimal; empty without one.
    pub descriptor: &'a str,
}

/// Leaves that come before those of the patients.
const BEFORE_PATIENTS: u64 = 2;

/// Bytes of memory that a row of a partition takes while its lists are made.
const ROW_MEMORY: usize = 200;

/// One patient's list: number of the patient among all, parts of the list, root, bytes.
struct Listed {
    patient: usize,
    files: Vec<(u64, u64)>,
    root: Hash,
    length: usize,
}

/// The lists of one partition of the patients.
#[derive(Default)]
struct Part {
    lists: Vec<u8>,
    patients: Vec<Listed>,
    /// Rows of patients, and rows whose patient is not there, by file.
    attributed: BTreeMap<u32, u64>,
    lost: BTreeMap<u32, u64>,
}

pub(super) fn finish(
    builder: Builder<'_>,
    attributed: Option<Attributed>,
    named: &Named<'_>,
    (options, memory): (&pipeline::Options, usize),
) -> Result<Evidence> {
    let Builder {
        salts, secret, algorithms, folder, mut tree, lengths, anchors, mut files, ..
    } = builder;
    let spool = || Spool::new(&folder, &algorithms);
    let (mut lists, mut list_index, mut keys) = (spool()?, spool()?, spool()?);
    let mut lines = Lines {
        salts: &salts,
        packer: leaves::Packer::default(),
        spool: spool()?,
        builder: tree::Builder::default(),
        stored: Vec::new(),
    };
    lines.add(&Leaf::Package { facts: named.facts.to_vec() })?;
    let mut digest = Hasher::new(Algorithm::Sha256);
    if let Some(attributed) = &attributed {
        for number in 0..PARTITIONS {
            for (hash, file, row) in attributed.references(number)? {
                let mut record = hash.first_chunk::<8>().unwrap_or(&[0; 8]).to_vec();
                put(file.into(), &mut record);
                put(row, &mut record);
                digest.update(&record);
                keys.write(&record)?;
            }
        }
    }
    lines.add(&Leaf::Descriptor {
        sha512: named.descriptor.to_owned(),
        keys: digest.finish().to_string(),
    })?;

    let mut people: BTreeMap<String, Vec<(u64, String)>> = BTreeMap::new();
    let mut counts = BTreeMap::new();
    if let Some(attributed) = attributed {
        counts = attributed.counts.clone();
        // As many partitions at a time as there is memory for, and one at least.
        let largest = (0..PARTITIONS).map(|number| attributed.count(number)).max().unwrap_or(0);
        let room = memory / largest.saturating_mul(ROW_MEMORY).max(1);
        let in_flight = options.in_flight.min(room).max(1);
        pipeline::run(
            &pipeline::Options { in_flight, ..options.clone() },
            |feed| (0..PARTITIONS).try_for_each(|number| feed.send(number)),
            || (),
            |(), number| part(&attributed, number, &salts),
            |part| {
                let mut at = 0;
                for Listed { patient: number, files, root, length } in part.patients {
                    let Some(rows) = attributed.patients.get(number) else { continue };
                    let leaf = patient(rows, files, root);
                    for nhs_number in &leaf.nhs_numbers {
                        let known = people.entry(nhs_number.clone()).or_default();
                        known.push((lines.builder.size(), leaf.id.clone()));
                    }
                    lines.add(&Leaf::Patient(leaf))?;
                    list_index.write(&lists.length().to_be_bytes())?;
                    lists.write(part.lists.get(at..at + length).unwrap_or_default())?;
                    at += length;
                }
                for (file, count) in part.attributed {
                    counts.entry(file).or_default().attributed += count;
                }
                for (file, count) in part.lost {
                    counts.entry(file).or_default().unattributable += count;
                }
                Ok(())
            },
        )?;
    }
    for (number, patients) in people {
        lines.add(&Leaf::NhsNumber { number, patients })?;
    }
    for file in &mut files {
        let found = u32::try_from(file.number).ok().and_then(|number| counts.get(&number));
        if let (Some(table), Some(found)) = (&mut file.table, found) {
            table.rows = leaves::Rows {
                attributed: found.attributed,
                reference: found.reference,
                unattributable: found.unattributable,
            };
        }
        lines.add(&Leaf::File(file.clone()))?;
    }
    let Lines { packer, mut spool, builder, stored: mut own, .. } = lines;
    spool.write(&packer.finish().map_err(Error::internal)?)?;
    stored::close(&builder, &mut own);
    tree.write(&own)?;
    let checkpoint =
        Checkpoint { origin: named.origin.to_owned(), size: builder.size(), root: builder.root() };
    Ok(Evidence {
        tree: tree.finish()?,
        lengths: lengths.finish()?,
        lists: lists.finish()?,
        leaves: spool.finish()?,
        anchors: anchors.finish()?,
        list_index: list_index.finish()?,
        keys: keys.finish()?,
        checkpoint: checkpoint.write(),
        secret: zeroize::Zeroizing::new(format!("{}\n", hex(secret.as_slice()))),
    })
}

/// The leaves of the package's tree while they are written.
struct Lines<'a> {
    salts: &'a Salts,
    packer: leaves::Packer,
    spool: Spool,
    builder: tree::Builder,
    stored: Vec<u8>,
}

impl Lines<'_> {
    fn add(&mut self, leaf: &Leaf) -> Result<()> {
        let line = leaf.line()?;
        let hash = leaves::hash(self.salts, self.builder.size(), line.as_bytes());
        stored::push(&mut self.builder, Subtree { level: 0, hash }, &mut self.stored);
        match self.packer.line(&line).map_err(Error::internal)? {
            Some(packed) => self.spool.write(&packed),
            None => Ok(()),
        }
    }
}

/// A patient's leaf. Where several rows are of one patient, the first gives the identifier, and all
/// give NHS numbers.
fn patient(rows: &[Patient], files: Vec<(u64, u64)>, root: Hash) -> leaves::Patient {
    let first = rows.first();
    let id = first.map(|row| row.id.clone()).unwrap_or_default();
    let key = first.map(|row| row.key.clone()).unwrap_or_default();
    let mut nhs_numbers: Vec<String> =
        rows.iter().filter_map(|row| row.nhs_number.clone()).collect();
    nhs_numbers.sort_unstable();
    nhs_numbers.dedup();
    let key = if key.as_slice() == [id.clone()] { Vec::new() } else { key };
    leaves::Patient { id, key, nhs_numbers, files, root: hex(&root) }
}

/// Makes the lists of one partition.
fn part(attributed: &Attributed, number: usize, salts: &Salts) -> Result<Part> {
    let rows = attributed.partition(number)?;
    let mut out = Part::default();
    let (mut all, mut by_row): (Vec<Entry>, Vec<Entry>) = Default::default();
    for of_patient in rows.chunk_by(|a, b| a.patient == b.patient) {
        let Some(hash) = of_patient.first().map(|row| row.patient) else { continue };
        let Some(known) = find(&attributed.patients, &hash) else {
            for row in of_patient {
                *out.lost.entry(row.file).or_default() += 1;
            }
            continue;
        };
        let leaf = BEFORE_PATIENTS + known as u64;
        let before = out.lists.len();
        let mut files = Vec::new();
        all.clear();
        let mut writer = packed::Writer::new(&mut out.lists);
        for of_file in of_patient.chunk_by(|a, b| a.file == b.file) {
            let before = all.len();
            all.extend(of_file.iter().map(|row| row.entry));
            let entries = all.get(before..).unwrap_or_default();
            by_row.clear();
            by_row.extend_from_slice(entries);
            writer.part(&mut by_row);
            let file = of_file.first().map_or(0, |row| row.file);
            files.push((u64::from(file), entries.len() as u64));
            *out.attributed.entry(file).or_default() += entries.len() as u64;
        }
        writer.finish();
        out.patients.push(Listed {
            patient: known,
            files,
            root: list::root(salts, leaf, &all),
            length: out.lists.len() - before,
        });
    }
    Ok(out)
}

/// The number of a patient among all.
fn find(patients: &[Vec<Patient>], hash: &KeyHash) -> Option<usize> {
    patients.binary_search_by(|rows| rows.first().map(|row| row.hash).cmp(&Some(*hash))).ok()
}
