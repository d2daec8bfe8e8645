//! The proofs of a package: as they are stored, or made anew where they are damaged.

use super::inside::Insides;
use super::opened::Opened;
use crate::bag::layout;
use crate::digest::Algorithm;
use crate::error::{Error, ErrorKind, Result};
use crate::evidence::{Evidence, parse_leaves};
use crate::proof::checkpoint::Checkpoint;
use crate::proof::leaves::{File, Leaf, Patient};
use crate::proof::list::{self, Entry};
use crate::proof::{self, Domain, Hash, Salts, from_hex, leaf, leaves, list::take, stored, tree};
use crate::schema::Schema;
use crate::source::Limits;
use std::collections::{BTreeMap, BTreeSet};

/// Bytes of an anchor: file, first leaf, offset of its lengths, offset of its bytes.
const ANCHOR: usize = 28;

/// Bytes of a key: the first of its hash, file, row.
const KEY: usize = 20;

/// Where the files of `proof/` and `retrieval/` are read.
pub(super) enum Data {
    /// In the package.
    Stored,
    /// They were made anew from the payload.
    Anew(Box<Evidence>),
}

/// The proofs, with the package that they are of.
pub(super) struct Proofs<'p> {
    pub(super) package: &'p Opened,
    pub(super) data: Data,
    pub(super) salts: Salts,
    pub(super) checkpoint: Checkpoint,
    /// The leaves of the package's tree.
    pub(super) leaves: Vec<(Vec<u8>, Leaf)>,
    /// By number of the file: number of its leaf, and where its hashes begin.
    files: BTreeMap<u64, (usize, u64)>,
    anchors: Vec<u8>,
    keys: Vec<u8>,
    /// Hashes of leaves that were computed.
    hashes: BTreeMap<(u64, u64), Hash>,
    /// Whether a whole file was read because the block table did not serve.
    pub(super) slow: bool,
    schema: &'p Schema,
    limits: &'p Limits,
    /// Files inside of others, once one is needed.
    insides: Option<Insides<'p>>,
}

/// What is read of the proofs is not what was packaged.
#[derive(Debug)]
pub(super) enum Fault {
    /// Damage: the proofs have to be made anew.
    Damaged(&'static str),
    /// The job cannot be done.
    Failed(Error),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// A patient's list: for each file its entries.
pub(super) type List = Vec<(u64, Vec<Entry>)>;

pub(super) type Found<T> = std::result::Result<T, Fault>;

/// What is certain before the proofs are read: the checkpoint and the secret.
pub(super) fn begin(package: &Opened) -> Result<(Checkpoint, zeroize::Zeroizing<[u8; 32]>)> {
    let checkpoint = package.read(layout::CHECKPOINT)?.as_deref().and_then(Checkpoint::parse);
    let secret = package.read(layout::SECRET)?;
    let secret = secret.as_deref().and_then(|bytes| std::str::from_utf8(bytes).ok());
    let secret = secret.and_then(|text| from_hex::<32>(text.trim()));
    match (checkpoint, secret) {
        (Some(checkpoint), Some(secret)) => Ok((checkpoint, zeroize::Zeroizing::new(secret))),
        _ => {
            let message = format!("{} has no row proofs", package.path.display());
            Err(Error::new(ErrorKind::Usage, message).with_path(&package.path).with_hint(
                "its checkpoint or its secret is missing or damaged: handover verify says more",
            ))
        }
    }
}

impl<'p> Proofs<'p> {
    /// Reads the leaves of the package's tree, and sees to it that they lead to the root.
    pub(super) fn load(
        (package, schema, limits): (&'p Opened, &'p Schema, &'p Limits),
        checkpoint: &Checkpoint,
        secret: &[u8; 32],
        data: Data,
    ) -> Found<Self> {
        let mut proofs = Self {
            package,
            data,
            salts: Salts::new(secret),
            checkpoint: checkpoint.clone(),
            leaves: Vec::new(),
            files: BTreeMap::new(),
            anchors: Vec::new(),
            keys: Vec::new(),
            hashes: BTreeMap::new(),
            slow: false,
            schema,
            limits,
            insides: None,
        };
        let bytes = proofs.whole(layout::LEAVES)?;
        proofs.leaves = parse_leaves(&bytes).ok_or(Fault::Damaged("the leaves cannot be read"))?;
        drop(bytes);
        let hashes = (0..)
            .zip(&proofs.leaves)
            .map(|(number, (line, _))| leaves::hash(&proofs.salts, number, line));
        if tree::root(hashes) != checkpoint.root || proofs.leaves.len() as u64 != checkpoint.size {
            return Err(Fault::Damaged("the leaves do not lead to the checkpoint's root"));
        }
        let mut begin = 0;
        for (number, (_, leaf)) in proofs.leaves.iter().enumerate() {
            if let Leaf::File(file) = leaf {
                proofs.files.insert(file.number, (number, begin));
                begin += stored::count(file.leaves);
            }
        }
        proofs.anchors = proofs.whole(layout::ANCHORS)?;
        proofs.keys = proofs.whole(layout::KEYS)?;
        if !proofs.anchors.len().is_multiple_of(ANCHOR) || !proofs.keys.len().is_multiple_of(KEY) {
            return Err(Fault::Damaged("the index has a wrong length"));
        }
        let found = Algorithm::Sha256.digest(&proofs.keys).to_string();
        let is_keys = |leaf: &Leaf| matches!(leaf, Leaf::Descriptor { keys, .. } if *keys == found);
        if !proofs.leaves.iter().take(2).any(|(_, leaf)| is_keys(leaf)) {
            return Err(Fault::Damaged("the index of keys is damaged"));
        }
        Ok(proofs)
    }

    fn whole(&self, path: &'static str) -> Found<Vec<u8>> {
        match &self.data {
            Data::Stored => self
                .package
                .read(path)?
                .ok_or(Fault::Damaged("a file of the proofs or the index is missing or damaged")),
            Data::Anew(evidence) => {
                let spooled = spooled(evidence, path);
                Ok(spooled.read(0, usize::try_from(spooled.length).map_err(Error::internal)?)?)
            }
        }
    }

    fn part(&self, path: &'static str, at: u64, length: usize) -> Found<Vec<u8>> {
        match &self.data {
            Data::Stored => self
                .package
                .range(path, at, length)?
                .ok_or(Fault::Damaged("a file of the proofs or the index is too short")),
            Data::Anew(evidence) => {
                let spooled = spooled(evidence, path);
                if at.saturating_add(length as u64) > spooled.length {
                    return Err(Fault::Damaged("the index points beyond its end"));
                }
                Ok(spooled.read(at, length)?)
            }
        }
    }

    fn length(&self, path: &'static str) -> u64 {
        match &self.data {
            Data::Stored => self.package.size(path).unwrap_or(0),
            Data::Anew(evidence) => spooled(evidence, path).length,
        }
    }

    /// A file's leaf, and its number in the package's tree.
    pub(super) fn file(&self, number: u64) -> Option<(u64, &File)> {
        let (leaf, _) = self.files.get(&number)?;
        match self.leaves.get(*leaf)? {
            (_, Leaf::File(file)) => Some((*leaf as u64, file)),
            _ => None,
        }
    }

    /// All files.
    pub(super) fn files(&self) -> impl Iterator<Item = (u64, &File)> {
        self.files.keys().filter_map(|number| self.file(*number))
    }

    /// The list of the patient whose leaf has that number: for each file its entries.
    pub(super) fn list(&self, number: u64, patient: &Patient) -> Found<List> {
        let damaged = || Fault::Damaged("the list of a patient is damaged");
        // Two leaves come before those of the patients.
        let rank = number.checked_sub(2).ok_or_else(damaged)?;
        let offset = |rank: u64| -> Found<u64> {
            let bytes = self.part(layout::LIST_INDEX, rank * 8, 8)?;
            Ok(bytes.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes)))
        };
        let begin = offset(rank)?;
        let patients = self.length(layout::LIST_INDEX) / 8;
        let end = if rank + 1 < patients { offset(rank + 1)? } else { self.length(layout::LISTS) };
        let length = end.checked_sub(begin).and_then(|length| usize::try_from(length).ok());
        let bytes = self.part(layout::LISTS, begin, length.ok_or_else(damaged)?)?;
        let mut rest = bytes.as_slice();
        let mut lists = Vec::new();
        for &(file, count) in &patient.files {
            lists.push((file, list::decode(&mut rest, count).ok_or_else(damaged)?));
        }
        let entries: Vec<Entry> = lists.iter().flat_map(|(_, entries)| entries.clone()).collect();
        let root = list::root(&self.salts, number, &entries);
        if Some(root) != from_hex(&patient.root) { Err(damaged()) } else { Ok(lists) }
    }

    /// Rows that may have a key: file and row. The key is to be compared with theirs.
    pub(super) fn with_key(&self, hash: &[u8; 16]) -> Vec<(u64, u64)> {
        let head = hash.first_chunk::<8>().copied().unwrap_or_default();
        let keys = self.keys.as_chunks::<KEY>().0;
        let from =
            keys.partition_point(|key| key.first_chunk::<8>().copied().unwrap_or_default() < head);
        let same = keys
            .get(from..)
            .unwrap_or_default()
            .iter()
            .take_while(|key| key.first_chunk::<8>() == Some(&head));
        same.map(|key| {
            let file =
                key.get(8..12).and_then(|b| b.first_chunk().copied()).map_or(0, u32::from_be_bytes);
            (u64::from(file), key.last_chunk().copied().map_or(0, u64::from_be_bytes))
        })
        .collect()
    }

    /// The leaves of a file from one to another, with their places in its bytes: those of the group
    /// of sixteen that the wanted one is in.
    fn group(&self, file: &File, wanted: u64) -> Found<(u64, Vec<(u64, u64)>)> {
        let damaged = || Fault::Damaged("the index of leaves is damaged");
        let (first, end) = (wanted & !15, (wanted | 15).saturating_add(1).min(file.leaves));
        let number = u32::try_from(file.number).map_err(Error::internal)?;
        let anchors = self.anchors.as_chunks::<ANCHOR>().0;
        let key = |anchor: &[u8; ANCHOR]| (word(anchor, 0), long(anchor, 4));
        // Files stand in the order of reading, which is that of their leaves.
        let of_file = anchors.partition_point(|anchor| {
            self.files.get(&u64::from(word(anchor, 0))).map(|(leaf, _)| *leaf)
                < self.files.get(&file.number).map(|(leaf, _)| *leaf)
        });
        let rest = anchors.get(of_file..).unwrap_or_default();
        let own = rest
            .get(..rest.iter().take_while(|anchor| word(*anchor, 0) == number).count())
            .unwrap_or_default();
        let at = own
            .partition_point(|anchor| key(anchor) <= (number, first))
            .checked_sub(1)
            .ok_or_else(damaged)?;
        let anchor = own.get(at).ok_or_else(damaged)?;
        let (mut leaf, begin, mut byte) = (long(anchor, 4), long(anchor, 12), long(anchor, 20));
        let until = own.iter().skip(at).find(|anchor| long(*anchor, 4) >= end);
        let next = of_file + own.len();
        let stop = match until.or_else(|| anchors.get(next)) {
            Some(anchor) => long(anchor, 12),
            None => self.length(layout::LENGTHS),
        };
        let length =
            stop.checked_sub(begin).and_then(|n| usize::try_from(n).ok()).ok_or_else(damaged)?;
        let bytes = self.part(layout::LENGTHS, begin, length)?;
        let mut rest = bytes.as_slice();
        let mut out = Vec::new();
        while leaf < end {
            let length = take(&mut rest).ok_or_else(damaged)?;
            let after = byte.checked_add(length).ok_or_else(damaged)?;
            if leaf >= first {
                out.push((byte, after));
            }
            (leaf, byte) = (leaf + 1, after);
        }
        Ok((first, out))
    }

    /// The bytes of leaves of a file, in rising order. All leaves of their groups are hashed, and
    /// compared with the signed tree when they are proven.
    pub(super) fn rows(&mut self, number: u64, wanted: &[u64]) -> Found<BTreeMap<u64, Vec<u8>>> {
        let file = self.file(number).map(|(_, file)| file.clone());
        let file = file.ok_or(Fault::Damaged("a list names an unknown file"))?;
        if wanted.last().is_some_and(|last| *last >= file.leaves) {
            return Err(Fault::Damaged("a list names a row beyond the end of its file"));
        }
        if file.sheet.is_some() {
            return self.sheet_rows(&file, wanted);
        }
        let mut groups: Vec<(u64, Vec<(u64, u64)>)> = Vec::new();
        for &leaf in wanted {
            if groups.last().is_none_or(|(first, _)| leaf & !15 != *first) {
                groups.push(self.group(&file, leaf)?);
            }
        }
        let ranges: Vec<(u64, u64)> = groups
            .iter()
            .filter_map(|(_, leaves)| Some((leaves.first()?.0, leaves.last()?.1)))
            .collect();
        let found = match file.within {
            Some(_) => self.insides()?.bytes(&file, &ranges)?,
            None => {
                let (found, slow) = self.package.payload(&file.path, &ranges)?;
                self.slow |= slow;
                found
            }
        };
        let mut rows = BTreeMap::new();
        for (((first, leaves), (begin, _)), bytes) in groups.iter().zip(&ranges).zip(found) {
            let bytes =
                bytes.ok_or(Fault::Damaged("the payload cannot be read where the index points"))?;
            let own = |&(from, to): &(u64, u64)| {
                bytes.get((from - begin) as usize..(to - begin) as usize).unwrap_or_default()
            };
            let mut hashes = Vec::with_capacity(leaves.len());
            let domain = (Domain::Rows, number);
            proof::leaf_hashes(&self.salts, domain, *first, leaves.iter().map(own), &mut hashes);
            for ((index, place), hash) in (*first..).zip(leaves).zip(hashes) {
                self.hashes.insert((number, index), hash);
                let own = own(place);
                if wanted.binary_search(&index).is_ok() {
                    rows.insert(index, own.to_vec());
                }
            }
        }
        Ok(rows)
    }

    /// As [`Proofs::rows`], of a sheet: its text is made anew, and may be another one than that of
    /// the program that packaged it. Then the hashes lead nowhere when they are proven.
    fn sheet_rows(&mut self, file: &File, wanted: &[u64]) -> Found<BTreeMap<u64, Vec<u8>>> {
        let groups: BTreeSet<u64> = wanted.iter().map(|leaf| leaf >> 4).collect();
        let mut rows = self.insides()?.rows(file, &|leaf| groups.contains(&(leaf >> 4)))?;
        for (&index, row) in &rows {
            let salt = self.salts.of(Domain::Rows, file.number, index);
            let hash = leaf(Domain::Rows, file.number, index, &salt, row);
            self.hashes.insert((file.number, index), hash);
        }
        rows.retain(|leaf, _| wanted.binary_search(leaf).is_ok());
        match rows.len() == wanted.len() {
            true => Ok(rows),
            false => Err(Fault::Damaged("a sheet has fewer rows than it had")),
        }
    }

    fn insides(&mut self) -> Found<&Insides<'p>> {
        let insides = match self.insides.take() {
            Some(insides) => insides,
            None => {
                let payload = super::payload(self.package, Some(self.schema), self.limits)?;
                Insides::new(payload, self.schema)
            }
        };
        Ok(self.insides.insert(insides))
    }

    /// Whether a file inside of another is of one that is as the package's manifest lists it.
    pub(super) fn is_as_listed(&self, number: u64) -> Found<bool> {
        let carrier = self.file(number).and_then(|(_, file)| file.within);
        let carrier = carrier.and_then(|carrier| self.file(carrier));
        match carrier {
            Some((_, file)) => Ok(self.package.is_as_listed(&file.path)?),
            None => Ok(false),
        }
    }

    /// The proof of leaves of a file whose groups were read by [`Proofs::rows`].
    pub(super) fn prove(&mut self, number: u64, wanted: &[u64]) -> Found<Vec<Hash>> {
        let damaged = Fault::Damaged("rows do not lead to the root of their file");
        let Some((size, root)) =
            self.file(number).map(|(_, file)| (file.leaves, file.root.clone()))
        else {
            return Err(damaged);
        };
        let begin = self.files.get(&number).map_or(0, |(_, begin)| *begin);
        let mut tree = stored::Tree { size, reader: FileTree { proofs: self, number, begin } };
        let proof = tree::prove(size, wanted, &mut tree)?;
        let hash = |leaf: &u64| Some((*leaf, *self.hashes.get(&(number, *leaf))?));
        let leaves: Option<Vec<(u64, Hash)>> = wanted.iter().map(hash).collect();
        let proven = leaves.and_then(|leaves| tree::proven_root(size, &leaves, &proof));
        if proven.is_some() && proven == from_hex(&root) { Ok(proof) } else { Err(damaged) }
    }

    /// The proof of leaves of the package's tree.
    pub(super) fn prove_package(&self, wanted: &[u64]) -> Vec<Hash> {
        let hashes = (0..)
            .zip(&self.leaves)
            .map(|(number, (line, _))| leaves::hash(&self.salts, number, line));
        let mut all = Whole(hashes.collect());
        tree::prove(self.leaves.len() as u64, wanted, &mut all).unwrap_or_default()
    }
}

/// The tree of one file.
struct FileTree<'a, 'p> {
    proofs: &'a Proofs<'p>,
    number: u64,
    begin: u64,
}

impl stored::Reader for FileTree<'_, '_> {
    type Error = Fault;

    fn stored(&mut self, position: u64) -> Found<Hash> {
        let at = self.begin.saturating_add(position).saturating_mul(32);
        let bytes = self.proofs.part(layout::TREES, at, 32)?;
        bytes.try_into().map_err(|_| Fault::Damaged("a stored hash is too short"))
    }

    fn leaf(&mut self, index: u64) -> Found<Hash> {
        let hash = self.proofs.hashes.get(&(self.number, index)).copied();
        hash.ok_or(Fault::Damaged("a group of leaves was not read"))
    }
}

/// A tree whose leaf hashes are all there.
pub(super) struct Whole(pub(super) Vec<Hash>);

impl tree::Subtrees for Whole {
    type Error = std::convert::Infallible;

    fn hash(&mut self, from: u64, to: u64) -> std::result::Result<Hash, Self::Error> {
        Ok(tree::root(self.0.get(from as usize..to as usize).unwrap_or_default().iter().copied()))
    }
}

fn spooled<'e>(evidence: &'e Evidence, path: &str) -> &'e crate::evidence::spool::Spooled {
    match path {
        layout::LEAVES => &evidence.leaves,
        layout::LENGTHS => &evidence.lengths,
        layout::LISTS => &evidence.lists,
        layout::TREES => &evidence.tree,
        layout::ANCHORS => &evidence.anchors,
        layout::KEYS => &evidence.keys,
        _ => &evidence.list_index,
    }
}

fn word(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..).and_then(|rest| rest.first_chunk().copied()).map_or(0, u32::from_be_bytes)
}

fn long(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..).and_then(|rest| rest.first_chunk().copied()).map_or(0, u64::from_be_bytes)
}
