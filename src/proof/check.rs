//! What an export proves, and where it fails to.

use super::bundle::{Bundle, FileRows, Kind, PatientList, Shown};
use super::checkpoint::Checkpoint;
use super::leaves::{File, Leaf, Patient};
use super::list::{Day, Entry};
use super::{Domain, Hash, from_hex, leaf, tree};
use std::collections::{BTreeMap, BTreeSet};

/// What kind of claim fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Claim {
    /// The proofs lead to the checkpoint's root.
    Checkpoint,
    /// The descriptor is the one by which rows were attributed.
    Descriptor,
    /// Each row is as it was packaged.
    RowUnaltered,
    /// No row is anyone else's.
    RowOwn,
    /// No row of the range is left out.
    RowComplete,
    /// No file with rows of the range is left out.
    FileComplete,
    /// No identifier of the person is left out.
    SourceComplete,
    /// The patient's list is as it was packaged, dates included.
    ListUnaltered,
    /// What is shown of a list leaves no room for more.
    RangeCovered,
}

/// A claim that fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Which.
    pub claim: Claim,
    /// What is wrong: a clause without any patient's data.
    pub text: String,
    /// The file of the export concerned, below its top folder.
    pub path: Option<String>,
    /// The row of the original file, from 1.
    pub row: Option<u64>,
}

/// What an export proves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proven {
    /// The package: `urn:uuid:` and its identifier.
    pub origin: String,
    /// Its root.
    pub root: Hash,
    /// What the package says of itself.
    pub facts: Vec<(String, String)>,
    /// Rows of the patient.
    pub rows: u64,
    /// Rows that the patient's rows refer to.
    pub references: u64,
    /// Of both, those that stood compressed in a file, and are proven as they were unpacked.
    pub compressed: u64,
    /// Of both, those that are the text of a sheet, and are proven as it was made when it was packaged.
    pub sheets: u64,
    /// Of both, those of sheets that have no proof.
    pub without_proof: u64,
    /// Identifiers of the person.
    pub sources: u64,
    /// Rows of the package whose patient cannot be told, in the files that are shown.
    pub unattributable: u64,
}

/// What the check reads.
pub struct Input<'a> {
    /// `proof/proof.json`.
    pub bundle: &'a [u8],
    /// `proof/checkpoint.txt`.
    pub checkpoint: &'a [u8],
    /// SHA-512 of `metadata/descriptor.json`, in hexadecimal.
    pub descriptor: &'a str,
    /// Files below `data/` that are there, but the page to read.
    pub files: &'a BTreeSet<String>,
}

/// Gives the bytes of a file of the export; `None` where it is not there.
pub type Reader<'r, E> = &'r mut dyn FnMut(&str) -> Result<Option<Vec<u8>>, E>;

/// Checks an export; `read` gives the bytes of one of its files.
///
/// # Errors
/// Those of `read`.
pub fn check<E>(input: &Input<'_>, read: Reader<'_, E>) -> Result<(Proven, Vec<Failure>), E> {
    let mut check = Check { proven: Proven::default(), failures: Vec::new() };
    check.run(input, read)?;
    check.failures.sort_by_key(|failure| failure.claim);
    Ok((check.proven, check.failures))
}

struct Check {
    proven: Proven,
    failures: Vec<Failure>,
}

impl Check {
    fn fail(&mut self, claim: Claim, text: impl Into<String>) {
        self.failures.push(Failure { claim, text: text.into(), path: None, row: None });
    }

    fn at(&mut self, claim: Claim, text: impl Into<String>, path: &str, row: Option<u64>) {
        let path = Some(path.to_owned());
        self.failures.push(Failure { claim, text: text.into(), path, row });
    }

    fn run<E>(&mut self, input: &Input<'_>, read: Reader<'_, E>) -> Result<(), E> {
        let bundle: Option<Bundle> = serde_json::from_slice(input.bundle).ok();
        let Some(bundle) = bundle.filter(|bundle| bundle.format == super::bundle::FORMAT) else {
            self.fail(Claim::Checkpoint, "proof/proof.json is not as this version knows it");
            return Ok(());
        };
        let Some(checkpoint) = Checkpoint::parse(input.checkpoint) else {
            self.fail(Claim::Checkpoint, "proof/checkpoint.txt is missing, or is none");
            return Ok(());
        };
        let Some(leaves) = self.package(&bundle, &checkpoint) else { return Ok(()) };
        let descriptor = leaves.values().find_map(|leaf| match leaf {
            Leaf::Descriptor { sha512, .. } => Some(sha512.as_str()),
            _ => None,
        });
        if descriptor != Some(input.descriptor) {
            let text = "metadata/descriptor.json is not the one by which the package's rows were attributed";
            self.fail(Claim::Descriptor, text);
        }
        let expected = self.lists(&bundle, &leaves);
        self.files(&bundle, &leaves, expected, input, read)
    }

    /// The leaves of the package's tree, if they lead to the checkpoint's root.
    fn package(&mut self, bundle: &Bundle, checkpoint: &Checkpoint) -> Option<BTreeMap<u64, Leaf>> {
        let mut hashes = Vec::new();
        let mut leaves = BTreeMap::new();
        for shown in &bundle.package.leaves {
            if let Some(salt) = from_hex(&shown.salt) {
                let hash = leaf(Domain::Package, 0, shown.index, &salt, shown.line.as_bytes());
                hashes.push((shown.index, hash));
            }
            if let Some(leaf) = Leaf::parse(shown.line.as_bytes()) {
                leaves.insert(shown.index, leaf);
            }
        }
        let root = proven(&bundle.package, &hashes);
        if bundle.package.size != checkpoint.size || root != Some(checkpoint.root) {
            let text = "the proofs do not lead to the root in proof/checkpoint.txt: one of them is \
                        another package's, or was changed";
            self.fail(Claim::Checkpoint, text);
            return None;
        }
        if leaves.len() != bundle.package.leaves.len() {
            self.fail(Claim::Checkpoint, "a leaf of the package's tree is of an unknown form");
            return None;
        }
        let facts = leaves.values().find_map(|leaf| match leaf {
            Leaf::Package { facts } => Some(facts),
            _ => None,
        });
        let identifier = |facts: &Vec<(String, String)>| {
            let mut of = facts.iter().filter(|(label, _)| label == "External-Identifier");
            of.next().map(|(_, value)| value.clone())
        };
        if facts.and_then(identifier).as_deref() != Some(checkpoint.origin.as_str()) {
            self.fail(Claim::Checkpoint, "the checkpoint names another package than its tree does");
        }
        self.proven.facts = facts.cloned().unwrap_or_default();
        self.proven.origin.clone_from(&checkpoint.origin);
        self.proven.root = checkpoint.root;
        Some(leaves)
    }

    /// The rows that must be there: by file, and whether they were found.
    fn lists(
        &mut self,
        bundle: &Bundle,
        leaves: &BTreeMap<u64, Leaf>,
    ) -> BTreeMap<u64, BTreeMap<u64, bool>> {
        let mut expected: BTreeMap<u64, BTreeMap<u64, bool>> = BTreeMap::new();
        let Some(range) = bundle.asked.range() else {
            self.fail(Claim::RangeCovered, "the range that was asked for is none");
            return expected;
        };
        let wanted: Vec<u64> = match leaves.get(&bundle.asked.leaf) {
            Some(Leaf::NhsNumber { number, patients })
                if bundle.asked.nhs_number.as_ref() == Some(number) =>
            {
                patients.iter().map(|(leaf, _)| *leaf).collect()
            }
            Some(Leaf::Patient(patient)) if bundle.asked.nhs_number.is_none() => {
                if !patient.nhs_numbers.is_empty() {
                    let text = "the patient has an NHS number, and it is not shown which others have the same";
                    self.fail(Claim::SourceComplete, text);
                }
                vec![bundle.asked.leaf]
            }
            _ => {
                self.fail(
                    Claim::SourceComplete,
                    "the leaf of the person who was asked for is not shown",
                );
                Vec::new()
            }
        };
        self.proven.sources = wanted.len() as u64;
        for &number in &wanted {
            let list = bundle.lists.iter().find(|list| list.leaf == number);
            match (leaves.get(&number), list) {
                (Some(Leaf::Patient(patient)), Some(list)) => {
                    self.list(patient, list, &range, &mut expected);
                }
                _ => {
                    let text = "an identifier of the person in the source system, and its list, is left out";
                    self.fail(Claim::SourceComplete, text);
                }
            }
        }
        if bundle.lists.iter().any(|list| !wanted.contains(&list.leaf)) {
            self.fail(Claim::RowOwn, "there is a list of another person");
        }
        let mut shown = BTreeSet::new();
        if !bundle.lists.iter().all(|list| shown.insert(list.leaf)) {
            self.fail(
                Claim::ListUnaltered,
                "a list is there twice: one of the two is proven, the other is not",
            );
        }
        expected
    }

    fn list(
        &mut self,
        patient: &Patient,
        list: &PatientList,
        range: &super::list::Range,
        expected: &mut BTreeMap<u64, BTreeMap<u64, bool>>,
    ) {
        let (mut hashes, mut entries) = (Vec::new(), Vec::new());
        for shown in &list.entries.leaves {
            let day = |text: &Option<String>| match text {
                None => Some(Day::NONE),
                Some(text) => Day::parse(text),
            };
            let (Some(salt), Some(event), Some(recorded)) =
                (from_hex(&shown.salt), day(&shown.event), day(&shown.recorded))
            else {
                continue;
            };
            let entry = Entry { event, recorded, row: shown.row };
            hashes.push((shown.index, entry.hash(list.leaf, shown.index, &salt)));
            entries.push((shown.index, entry));
        }
        let root = proven(&list.entries, &hashes);
        if root.is_none() || root != from_hex(&patient.root) || list.entries.size != patient.rows()
        {
            let text = "the list of the patient's rows is not as it was packaged: a date or a row number was changed";
            self.fail(Claim::ListUnaltered, text);
            return;
        }
        let mut begin = 0_u64;
        for (file, count) in &patient.files {
            let end = begin.saturating_add(*count);
            let of_file: Vec<(u64, Entry)> = entries
                .iter()
                .filter(|(at, _)| (begin..end).contains(at))
                .map(|(at, entry)| (at - begin, *entry))
                .collect();
            if !range.is_covered(*count, &of_file) {
                let text =
                    format!("what is shown of the list does not cover the range in file {file}");
                self.fail(Claim::RangeCovered, text);
            }
            for (_, entry) in of_file.iter().filter(|(_, entry)| range.has(entry)) {
                expected.entry(*file).or_default().insert(entry.row, false);
            }
            begin = end;
        }
    }

    fn files<E>(
        &mut self,
        bundle: &Bundle,
        leaves: &BTreeMap<u64, Leaf>,
        mut expected: BTreeMap<u64, BTreeMap<u64, bool>>,
        input: &Input<'_>,
        read: Reader<'_, E>,
    ) -> Result<(), E> {
        let (mut covered, mut shown) = (BTreeSet::new(), BTreeSet::new());
        for rows in &bundle.files {
            let Some(Leaf::File(file)) = leaves.get(&rows.leaf) else {
                self.at(
                    Claim::RowOwn,
                    "no leaf of the package speaks of this file",
                    &rows.path,
                    None,
                );
                continue;
            };
            let is_first = covered.insert(rows.path.clone()) & shown.insert(rows.leaf);
            if !is_first || !places(file).contains(&rows.path) {
                let text = "the rows of a file do not stand where they belong, or are there twice";
                self.at(Claim::RowOwn, text, &rows.path, None);
            }
            let bytes = read(&rows.path)?.unwrap_or_default();
            let mut none = BTreeMap::new();
            let own = expected.get_mut(&file.number).unwrap_or(&mut none);
            self.file(rows, file, &bytes, own);
        }
        for leaf in leaves.values() {
            if let Leaf::File(File { table: Some(table), .. }) = leaf {
                let sum = &mut self.proven.unattributable;
                *sum = sum.saturating_add(table.rows.unattributable);
            }
        }
        for path in input.files.difference(&covered) {
            self.at(Claim::RowOwn, "no proof covers this file", path, None);
        }
        for (file, rows) in expected {
            let path = bundle.files.iter().find(|shown| match leaves.get(&shown.leaf) {
                Some(Leaf::File(found)) => found.number == file,
                _ => false,
            });
            let missing: Vec<u64> =
                rows.iter().filter(|(_, found)| !**found).map(|(row, _)| *row).collect();
            self.proven.rows += (rows.len() - missing.len()) as u64;
            match path {
                None if !missing.is_empty() => {
                    let text = format!(
                        "file {file}, which has {} rows of the patient in the range, is left out",
                        missing.len()
                    );
                    self.fail(Claim::FileComplete, text);
                }
                _ => {
                    for row in missing {
                        let path = path.map_or("", |path| path.path.as_str());
                        self.at(
                            Claim::RowComplete,
                            "a row of the patient in the range is left out",
                            path,
                            Some(row),
                        );
                    }
                }
            }
        }
        Ok(())
    }

    fn file(
        &mut self,
        shown: &FileRows,
        file: &File,
        bytes: &[u8],
        expected: &mut BTreeMap<u64, bool>,
    ) {
        if shown.without_proof && file.sheet.is_none() {
            let text = "the proof of its rows was taken away";
            self.at(Claim::RowUnaltered, text, &shown.path, None);
            return;
        }
        let mut rest = bytes;
        let mut hashes = Vec::new();
        let mut whole = true;
        for row in &shown.rows.leaves {
            let length = usize::try_from(row.length).unwrap_or(usize::MAX);
            let (Some((own, after)), Some(salt)) =
                (rest.split_at_checked(length), from_hex(&row.salt))
            else {
                whole = false;
                break;
            };
            rest = after;
            hashes.push((row.index, leaf(Domain::Rows, file.number, row.index, &salt, own)));
        }
        let root = proven(&shown.rows, &hashes);
        let same = root.is_some() && root == from_hex(&file.root);
        let ordered = shown.rows.leaves.is_sorted_by(|a, b| a.index < b.index);
        let same =
            if shown.without_proof { ordered } else { same } && shown.rows.size == file.leaves;
        if !whole || !rest.is_empty() || !same {
            let text = "its rows are not as they were packaged: one was changed, added, removed or swapped";
            self.at(Claim::RowUnaltered, text, &shown.path, None);
            return;
        }
        let header = file.table.iter().flat_map(|table| &table.header);
        let is_shown = |leaf: &u64| shown.rows.leaves.iter().any(|row| row.index == *leaf);
        if !header.filter(|leaf| **leaf < file.leaves).all(is_shown) {
            self.at(Claim::RowComplete, "a row of the header is left out", &shown.path, None);
        }
        for row in &shown.rows.leaves {
            let number = row.index.saturating_add(1);
            let table = file.table.as_ref();
            if row.kind != Kind::Header {
                self.proven.without_proof += u64::from(shown.without_proof);
                self.proven.compressed += u64::from(file.within.is_some() && file.sheet.is_none());
                self.proven.sheets += u64::from(file.sheet.is_some() && !shown.without_proof);
            }
            let allowed = match row.kind {
                Kind::Patient => match expected.get_mut(&number) {
                    Some(found) => {
                        *found = true;
                        true
                    }
                    None => false,
                },
                Kind::Header => table.is_some_and(|table| table.header.contains(&row.index)),
                Kind::Reference => {
                    self.proven.references += 1;
                    table.is_some_and(|table| {
                        table.rows.attributed == 0 && table.rows.unattributable == 0
                    })
                }
                Kind::Document => table.is_none(),
            };
            if !allowed {
                let text =
                    "a row is not on the list of the person in the range: it may be anyone's";
                self.at(Claim::RowOwn, text, &shown.path, Some(number));
            }
        }
    }
}

/// Where the rows of a file may stand in an export: at its own path below `data/rows/`; those of a
/// sheet are delimited text; and what is inside another file may have a number for a name.
fn places(file: &File) -> Vec<String> {
    let below = file.path.strip_prefix("data/").unwrap_or(&file.path);
    let ending = if file.sheet.is_some() { ".csv" } else { "" };
    let inside = || format!("data/rows/inside/file-{}.csv", file.number);
    let numbered = file.within.is_some().then(inside);
    std::iter::once(format!("data/rows/{below}{ending}")).chain(numbered).collect()
}

/// The root that shown leaves lead to.
fn proven<L>(shown: &Shown<L>, hashes: &[(u64, Hash)]) -> Option<Hash> {
    let proof: Vec<Hash> = shown.hashes.iter().map(|hash| from_hex(hash)).collect::<Option<_>>()?;
    (hashes.len() == shown.leaves.len())
        .then(|| tree::proven_root(shown.size, hashes, &proof))
        .flatten()
}
