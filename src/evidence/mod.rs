//! The row proofs of a whole extract, made from the blocks of its one read.
//!
//! `package` feeds a [`Builder`] while it packs; `retrieve`, where an index or a proof is damaged,
//! and `verify --deep` feed one from a package's payload ([`recompute`]): the same input gives the
//! same proofs, so what was recomputed can stand for what is stored once its root is the signed one.

mod lists;
pub mod spool;

pub use lists::Named;

use crate::attribution::Attributed;
use crate::check::select::Chosen;
use crate::check::{self, Check, Outcome, Scope, TableView};
use crate::digest::Algorithm;
use crate::error::{Error, Result};
use crate::pipeline::{self, Pool};
use crate::proof::leaves::{File, Leaf, Table};
use crate::proof::list::put;
use crate::proof::parts;
use crate::proof::stored;
use crate::proof::tree::{self, Subtree};
use crate::proof::{Domain, SECRET_BYTES, Salts, hex, leaf, leaf_hashes};
use crate::schema::{Encoding, Schema};
use crate::source::Extract;
use crate::source::block::Block;
use crate::source::structure::Terminator;
use spool::{Spool, Spooled};
use std::path::Path;
use zeroize::Zeroizing;

/// A block's records, hashed by a worker.
#[derive(Debug, Default)]
pub struct Hashed {
    /// The largest subtrees that lie in the block, up to those that are stored.
    subtrees: Vec<Subtree>,
    /// The part that the records are, as it is stored.
    part: Vec<u8>,
    /// How many bytes of the block they are.
    bytes: usize,
}

/// Hashes the records of a block. Bytes without records (of a file that is no table, or behind a
/// record that is too long) are one leaf for each block, and left to the [`Builder`], who knows its
/// number. `table` is the file's, where it is one.
pub fn hash_block(salts: &Salts, block: &Block, table: Option<TableView<'_>>) -> Hashed {
    let mut hashed = Hashed::default();
    if block.ends.is_empty() {
        return hashed;
    }
    let file = u64::from(block.member);
    let first = block.first_row.saturating_sub(1);
    let mut start = 0;
    let records = block.ends.iter().map(|&end| {
        let bytes = block.bytes.get(start..end as usize).unwrap_or_default();
        start = end as usize;
        bytes
    });
    let mut hashes = Vec::with_capacity(block.ends.len());
    leaf_hashes(salts, (Domain::Rows, file), first, records, &mut hashes);
    tree::subtrees(first, &mut hashes, stored::STEP, |subtree| hashed.subtrees.push(subtree));
    hashed.bytes = start;
    // In a clean block every quote stands at a field's edge, and so every record has an even number
    // of them: its records end by the rule.
    let has_rule = table.is_some() && block.clean && !block.is_utf16();
    match has_rule {
        true => {
            parts::put_by_rule(block.ends.len() as u64, hashed.bytes as u64, &mut hashed.part);
        }
        false => {
            let mut start = 0;
            let length = |&end: &u32| u64::from(end - std::mem::replace(&mut start, end));
            let lengths: Vec<u64> = block.ends.iter().map(length).collect();
            parts::put_listed(&lengths, &mut hashed.part);
        }
    }
    hashed
}

/// What a file is called in the proofs.
#[derive(Debug, Clone)]
pub struct FileName {
    /// Path below the top folder; of a file inside another, that one's and its own.
    pub path: String,
    /// The file that it is inside of.
    pub within: Option<u32>,
    /// The number of the sheet, where it is one.
    pub sheet: Option<u32>,
}

impl FileName {
    /// The names of an extract's members; `payload` are those of the delivered ones below `data/`.
    pub fn of(extract: &Extract, payload: &[String]) -> Vec<Self> {
        let members = extract.members.iter().enumerate();
        members
            .map(|(number, member)| {
                let below = payload.get(number).filter(|_| member.within.is_none());
                let name = below.map_or(member.path.as_str(), String::as_str);
                Self {
                    path: format!("{}{name}", crate::bag::layout::PAYLOAD),
                    within: member.within,
                    sheet: member.sheet,
                }
            })
            .collect()
    }
}

/// Makes the proofs, block by block in the order of reading.
pub struct Builder<'s> {
    salts: Salts,
    secret: Zeroizing<[u8; SECRET_BYTES]>,
    schema: Option<&'s Schema>,
    names: Vec<FileName>,
    algorithms: Vec<Algorithm>,
    folder: std::path::PathBuf,
    tree: Spool,
    lengths: Spool,
    /// For each block: file, first leaf, offset of its parts, offset of its bytes.
    anchors: Spool,
    files: Vec<File>,
    open: tree::Builder,
    scratch: Vec<u8>,
}

/// The files of `proof/` and `retrieval/`.
#[derive(Debug)]
pub struct Evidence {
    /// Stored hashes of all trees, in the order of the files' leaves; the package's own at the end.
    pub tree: Spooled,
    /// How the bytes of all files are parted into leaves.
    pub lengths: Spooled,
    /// The lists of all patients.
    pub lists: Spooled,
    /// The leaves of the package's tree, one on each line, packed.
    pub leaves: Spooled,
    /// Where parts and bytes of each block begin.
    pub anchors: Spooled,
    /// Where each patient's list begins.
    pub list_index: Spooled,
    /// Keys of rows that are no patient's.
    pub keys: Spooled,
    /// The checkpoint.
    pub checkpoint: String,
    /// The secret, in hexadecimal and with a line end.
    pub secret: Zeroizing<String>,
}

impl<'s> Builder<'s> {
    /// Begins the proofs of an extract.
    ///
    /// # Errors
    /// Where temporary files cannot be made.
    pub fn new(
        secret: Zeroizing<[u8; SECRET_BYTES]>,
        schema: Option<&'s Schema>,
        names: Vec<FileName>,
        algorithms: &[Algorithm],
        folder: &Path,
    ) -> Result<Self> {
        Ok(Self {
            salts: Salts::new(&secret),
            secret,
            schema,
            names,
            algorithms: algorithms.to_vec(),
            folder: folder.to_owned(),
            tree: Spool::new(folder, algorithms)?,
            lengths: Spool::new(folder, algorithms)?,
            anchors: Spool::new(folder, algorithms)?,
            files: Vec::new(),
            open: tree::Builder::default(),
            scratch: Vec::new(),
        })
    }

    /// The salts, for the workers.
    pub fn salts(&self) -> Salts {
        self.salts.clone()
    }

    /// Adds the next block.
    ///
    /// # Errors
    /// Where temporary files cannot be written.
    pub fn block(
        &mut self,
        block: &Block,
        hashed: &Hashed,
        table: Option<TableView<'_>>,
    ) -> Result<()> {
        let file = u64::from(block.member);
        if block.index == 0 {
            let name = self.names.get(block.member as usize).cloned();
            let name = name.ok_or_else(|| Error::internal("a block of an unknown file"))?;
            self.files.push(File {
                number: file,
                path: name.path,
                leaves: 0,
                root: String::new(),
                within: name.within.map(u64::from),
                sheet: name.sheet,
                table: None,
            });
        }
        if let (Some(view), Some(file), Some(schema)) = (table, self.files.last_mut(), self.schema)
            && block.index == 0
        {
            file.table = view_of(schema, view);
        }
        let first = self.open.size();
        self.scratch.clear();
        for number in [file, first, self.lengths.length(), block.first_byte] {
            put(number, &mut self.scratch);
        }
        self.anchors.write(&self.scratch)?;
        self.scratch.clear();
        for &subtree in &hashed.subtrees {
            stored::push(&mut self.open, subtree, &mut self.scratch);
        }
        self.lengths.write(&hashed.part)?;
        let rest = block.bytes.get(hashed.bytes..).unwrap_or_default();
        if !rest.is_empty() {
            let index = self.open.size();
            let salt = self.salts.of(Domain::Rows, file, index);
            let hash = leaf(Domain::Rows, file, index, &salt, rest);
            stored::push(&mut self.open, Subtree { level: 0, hash }, &mut self.scratch);
            let mut part = Vec::new();
            parts::put_listed(&[rest.len() as u64], &mut part);
            self.lengths.write(&part)?;
        }
        if block.last {
            stored::close(&self.open, &mut self.scratch);
            let whole = std::mem::take(&mut self.open);
            if let Some(file) = self.files.last_mut() {
                file.leaves = whole.size();
                file.root = hex(&whole.root());
            }
        }
        self.tree.write(&self.scratch)
    }

    /// Ends the proofs: the lists of the patients, the package's tree, the checkpoint. Half of the
    /// memory of `options` is for lists under way.
    ///
    /// # Errors
    /// Where temporary files cannot be read or written, or a stop was asked for.
    pub fn finish(
        self,
        attributed: Option<Attributed>,
        named: &Named<'_>,
        options: &check::Options,
    ) -> Result<Evidence> {
        lists::finish(self, attributed, named, (&options.pipeline(), options.memory / 2))
    }
}

/// How a file was read as a table, in the words of a leaf.
fn view_of(schema: &Schema, view: TableView<'_>) -> Option<Table> {
    let resource = schema.resources.get(view.resource as usize)?;
    let table = resource.table.as_ref()?;
    let dialect = &table.dialect;
    let header = match dialect.header {
        true => dialect.header_rows.iter().filter_map(|row| row.checked_sub(1)).collect(),
        false => Vec::new(),
    };
    let name = |field: &Option<usize>| Some(table.fields.get((*field)?)?.name.clone());
    Some(Table {
        resource: resource.name.clone(),
        encoding: match view.encoding {
            Encoding::Utf8 => "utf-8",
            Encoding::Windows1252 => "windows-1252",
            Encoding::Utf16Le => "utf-16le",
            Encoding::Utf16Be => "utf-16be",
        }
        .into(),
        delimiter: char::from(view.grammar.delimiter),
        quote: view.grammar.quote.map(char::from),
        double_quote: view.grammar.double_quote,
        escape: view.grammar.escape.map(char::from),
        skip_initial_space: view.grammar.skip_initial_space,
        terminator: match view.grammar.terminator {
            Terminator::LineFeed => "lf",
            Terminator::CarriageReturn => "cr",
        }
        .into(),
        header,
        columns: view.columns.iter().map(name).collect(),
        rows: crate::proof::leaves::Rows::default(),
    })
}

/// Makes the proofs of a payload anew. Also gives what the check of it finds.
///
/// # Errors
/// Where it cannot be read or changes meanwhile, temporary files fail, or a stop was asked for.
pub fn recompute(
    extract: &Extract,
    chosen: Option<&Chosen>,
    secret: Zeroizing<[u8; SECRET_BYTES]>,
    (names, named): (Vec<FileName>, &Named<'_>),
    options: &check::Options,
) -> Result<(Evidence, Outcome)> {
    let schema = chosen.map(|(schema, used)| (schema, used.clone()));
    let mut options = options.clone();
    options.key = Salts::new(&secret).key(KEY_PURPOSE);
    let check = Check::new(extract, schema, &options).with_lists();
    let own = chosen.map(|(schema, _)| schema);
    let mut builder = Builder::new(secret, own, names, &[], &options.temp_dir)?;
    let salts = builder.salts();
    let pool = Pool::default();
    let mut collector = check.collector();
    let workers = pipeline::run(
        &options.pipeline(),
        |feed| check.feed(extract, Scope::All, &pool, &mut |work| feed.send(work)),
        || check.worker(),
        |worker, mut work| {
            let checked = check.work(worker, &mut work)?;
            let hashed = hash_block(&salts, &work.block, work.table());
            Ok((work, checked, hashed))
        },
        |(work, checked, hashed)| {
            builder.block(&work.block, &hashed, work.table())?;
            collector.add(&work, checked);
            pool.give(work.block.bytes);
            Ok(())
        },
    )?;
    extract.check_unchanged()?;
    let (outcome, attributed) = check.finish_attributed(collector, workers)?;
    let evidence = builder.finish(attributed, named, &options)?;
    Ok((evidence, outcome))
}

/// What the key of the key hashes is derived for: under it patients have the same order each time.
pub const KEY_PURPOSE: &str = "keys of attribution";

/// Reads the leaves of a package's tree out of their file; `None` where a line is none.
pub fn parse_leaves(bytes: &[u8]) -> Option<Vec<(Vec<u8>, Leaf)>> {
    let lines = bytes.strip_suffix(b"\n")?.split(|&byte| byte == b'\n');
    lines.map(|line| Some((line.to_vec(), Leaf::parse(line)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proof::parts::Rule;
    use crate::source::block::Cutter;
    use crate::source::records::Records;
    use crate::source::structure::Grammar;
    use proptest::prelude::*;

    proptest! {
        /// Where a part has no lengths, whoever reads the package finds the records by the rule.
        #[test]
        fn records_of_a_clean_block_end_by_the_rule(
            bytes in prop::collection::vec(prop::sample::select(&b"a,\"\n\n\r"[..]), 0..250),
            size in 1usize..80, is_lf in any::<bool>(), has_quotes in any::<bool>(),
        ) {
            let grammar = Grammar {
                delimiter: b',',
                quote: has_quotes.then_some(b'"'),
                double_quote: true,
                escape: None,
                skip_initial_space: false,
                terminator: if is_lf { Terminator::LineFeed } else { Terminator::CarriageReturn },
            };
            let rule = Rule { quote: grammar.quote, end: grammar.line_end() };
            let records = Records { grammar, width: Some(2), reach: 301 };
            let pool = Pool::default();
            let mut cutter = Cutter::new(Box::new(bytes.as_slice()), Some(records), size, &pool);
            loop {
                let block = cutter.cut().unwrap();
                if block.clean && !block.ends.is_empty() {
                    let end = block.ends.last().map_or(0, |&end| end as usize);
                    let found: Vec<u32> =
                        rule.ends(&block.bytes[..end]).into_iter().map(|end| end as u32).collect();
                    prop_assert_eq!(&found, &block.ends);
                }
                if block.last {
                    break;
                }
            }
        }
    }
}
