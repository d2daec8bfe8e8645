//! The proofs of a package: as they are stored, or made anew where they are damaged.

use super::inside::Insides;
use super::opened::Opened;
use crate::bag::layout;
use crate::digest::Algorithm;
use crate::error::{Error, ErrorKind, Result};
use crate::evidence::{Evidence, parse_leaves};
use crate::proof::checkpoint::Checkpoint;
use crate::proof::leaves::{File, Leaf, Patient};
use crate::proof::list::{self, Entry, take};
use crate::proof::{Hash, Salts, from_hex, leaves, packed, stored, tree};
use crate::schema::Schema;
use crate::source::Limits;
use std::collections::BTreeMap;

/// Where a block begins.
pub(super) struct Anchor {
    pub(super) file: u64,
    /// Its first leaf.
    pub(super) leaf: u64,
    /// Where its parts begin in `lengths.bin`.
    pub(super) parts: u64,
    /// Where its bytes begin in the file.
    pub(super) byte: u64,
}

impl Anchor {
    fn take(rest: &mut &[u8]) -> Option<Self> {
        let mut next = || take(rest);
        Some(Self { file: next()?, leaf: next()?, parts: next()?, byte: next()? })
    }
}

/// A row that others may refer to, by the beginning of its key's hash.
struct Key {
    hash: [u8; 8],
    file: u64,
    row: u64,
}

impl Key {
    fn take(rest: &mut &[u8]) -> Option<Self> {
        let (hash, later) = rest.split_first_chunk()?;
        *rest = later;
        Some(Self { hash: *hash, file: take(rest)?, row: take(rest)? })
    }
}

/// All records of a file of the index.
fn records<T>(bytes: &[u8], next: impl Fn(&mut &[u8]) -> Option<T>) -> Option<Vec<T>> {
    let (mut rest, mut records) = (bytes, Vec::new());
    while !rest.is_empty() {
        records.push(next(&mut rest)?);
    }
    Some(records)
}

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
    pub(super) files: BTreeMap<u64, (usize, u64)>,
    pub(super) anchors: Vec<Anchor>,
    keys: Vec<Key>,
    /// Hashes of leaves that were computed.
    pub(super) hashes: BTreeMap<(u64, u64), Hash>,
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
        let bytes = leaves::unpack(&proofs.whole(layout::LEAVES)?, u64::MAX - 1);
        let parsed = bytes.as_deref().and_then(parse_leaves);
        proofs.leaves = parsed.ok_or(Fault::Damaged("the leaves cannot be read"))?;
        drop(bytes);
        let hashes = (0..)
            .zip(&proofs.leaves)
            .map(|(number, (line, _))| leaves::hash(&proofs.salts, number, line));
        if tree::root(hashes) != checkpoint.root || proofs.leaves.len() as u64 != checkpoint.size {
            return Err(Fault::Damaged("the leaves do not lead to the checkpoint's root"));
        }
        let mut begin = 0_u64;
        for (number, (_, leaf)) in proofs.leaves.iter().enumerate() {
            if let Leaf::File(file) = leaf {
                proofs.files.insert(file.number, (number, begin));
                begin = begin.saturating_add(stored::count(file.leaves));
            }
        }
        // So no number of leaves is believed that has no hashes.
        begin = begin.saturating_add(stored::count(checkpoint.size));
        if proofs.length(layout::TREES) != begin.saturating_mul(32) {
            return Err(Fault::Damaged("the stored hashes have a wrong length"));
        }
        let (anchors, keys) = (proofs.whole(layout::ANCHORS)?, proofs.whole(layout::KEYS)?);
        let unreadable = || Fault::Damaged("the index cannot be read");
        proofs.anchors = records(&anchors, Anchor::take).ok_or_else(unreadable)?;
        proofs.keys = records(&keys, Key::take).ok_or_else(unreadable)?;
        let found = Algorithm::Sha256.digest(&keys).to_string();
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

    pub(super) fn part(&self, path: &'static str, at: u64, length: usize) -> Found<Vec<u8>> {
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

    pub(super) fn length(&self, path: &'static str) -> u64 {
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
        let mut reader = packed::Reader::new(&bytes);
        let mut lists = Vec::new();
        for &(file, count) in &patient.files {
            let most = self.file(file).map_or(0, |(_, file)| file.leaves);
            lists.push((file, reader.part(count, most).ok_or_else(damaged)?));
        }
        let entries: Vec<Entry> = lists.iter().flat_map(|(_, entries)| entries.clone()).collect();
        let root = list::root(&self.salts, number, &entries);
        if Some(root) != from_hex(&patient.root) { Err(damaged()) } else { Ok(lists) }
    }

    /// Rows that may have a key: file and row. The key is to be compared with theirs.
    pub(super) fn with_key(&self, hash: &[u8; 16]) -> Vec<(u64, u64)> {
        let head = hash.first_chunk::<8>().copied().unwrap_or_default();
        let from = self.keys.partition_point(|key| key.hash < head);
        let later = self.keys.get(from..).unwrap_or_default();
        let same = later.iter().take_while(|key| key.hash == head);
        same.map(|key| (key.file, key.row)).collect()
    }

    pub(super) fn insides(&mut self) -> Found<&Insides<'p>> {
        let insides = match self.insides.take() {
            Some(insides) => insides,
            None => {
                let payload =
                    super::anew::payload(self.package, Some(self.schema), None, self.limits)?;
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

    /// The proof of leaves of a file whose groups were read by `Proofs::rows`.
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
