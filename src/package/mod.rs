//! Packs an extract, while it is checked, into a package that proves what it held.
//!
//! One read serves all: the blocks that the check looks at are the blocks that are hashed and
//! compressed. Unless findings are accepted with a reason, the first error finding ends the writing
//! (its temporary file goes), and the check reads on, so that the report is whole.
//!
//! Each block is unpacked as soon as it was compressed, and compared. So reading back need not unpack
//! the payload again: that its compressed bytes are on the disk as they were made is enough.
//!
//! **Invariant:** a file stands under the final name only when it is complete, synced, and (unless
//! that was declined, which the package then says) read back and found as it was written.

mod metadata;
mod names;
mod packer;
mod payload;
mod whole;

use crate::access;
use crate::bag::layout;
use crate::check::select::Chosen;
use crate::check::{self, Check, Outcome, Scope};
use crate::digest::{Algorithm, Hasher};
use crate::error::{Error, Result};
use crate::evidence::{self, Builder, FileName};
use crate::output::{Existing, Output};
use crate::pipeline::{self, Pool};
use crate::proof::{SECRET_BYTES, Salts, derive_secret};
use crate::report::{Report, Tool};
use crate::signature::{SecretKey, Signature};
use crate::source::Extract;
use packer::Packer;
use payload::PayloadWriter;
use std::io::Read;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use whole::Whole;
use zeroize::Zeroizing;

/// The namespace of the signature that a secret is derived from: it is shown to nobody.
const SECRET_NAMESPACE: &str = "handover-secret";

/// How an extract is packed.
#[derive(Debug, Clone)]
pub struct Options {
    /// How it is checked.
    pub check: check::Options,
    /// Where the package goes. A file that is there is never replaced.
    pub output: PathBuf,
    /// The package time: seconds since 1970-01-01T00:00:00Z.
    pub time: i64,
    /// Why, and by whom, error findings are accepted; without it they refuse the package.
    pub acceptance: Option<Acceptance>,
    /// Findings that were accepted before, each with its own reason: they do not refuse the package.
    pub baseline: Vec<check::Acceptance>,
    /// Facts for `bag-info.txt`, by the names of the command line.
    pub info: Vec<(String, String)>,
    /// Digests of the manifests.
    pub algorithms: Vec<Algorithm>,
    /// Effort of compression, 0 (none) to 9, see [`crate::archive::deflate`]. Default of the command
    /// line: 3.
    pub level: u32,
    /// Whether each block is unpacked again at once, and the package read back before it gets its
    /// name.
    pub reread: bool,
    /// The key that signs; without one the package is not signed.
    pub key: Option<SecretKey>,
    /// What the salts of the row proofs are made from.
    pub secret: Secret,
    /// The program that packs.
    pub tool: Tool,
}

/// Where the secret of the row proofs comes from.
#[derive(Clone)]
pub enum Secret {
    /// It is given, so that the same input gives the same package.
    Given(Zeroizing<[u8; SECRET_BYTES]>),
    /// It is derived from the key that signs and from what is packed; without a key, these random
    /// bytes are it.
    Derived(Zeroizing<[u8; SECRET_BYTES]>),
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

/// Why, and by whom, findings were accepted.
#[derive(Debug, Clone)]
pub struct Acceptance {
    /// The reason.
    pub reason: String,
    /// Who gave it.
    pub by: String,
}

/// What became of the extract.
#[derive(Debug)]
pub struct Packaged {
    /// What the check found.
    pub outcome: Outcome,
    /// What became of the findings that were accepted before.
    pub applied: check::Applied,
    /// The package, unless error findings refused it.
    pub written: Option<Written>,
}

/// A package that was written.
#[derive(Debug, Clone)]
pub struct Written {
    /// Where it is.
    pub path: PathBuf,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its identifier, as `bag-info.txt` states it.
    pub identifier: String,
    /// SHA-512 of the strongest payload manifest, in hexadecimal, for the paper that is signed.
    pub manifest_digest: String,
    /// The fingerprint of the key that signed it.
    pub key: Option<String>,
}

/// Checks and packs an extract.
///
/// # Errors
/// Where the extract cannot be read or changes meanwhile, the package cannot be written or does not
/// read back as it was written, or the user asked to stop. Then nothing stands under the final name.
pub fn run(extract: &Extract, chosen: Option<&Chosen>, options: &Options) -> Result<Packaged> {
    let Packed { outcome, applied, whole } = pack(extract, chosen, options)?;
    let written = match whole {
        Some(whole) => {
            whole.read_back(options)?;
            Some(whole.commit(options)?)
        }
        None => None,
    };
    Ok(Packaged { outcome, applied, written })
}

/// An extract that was checked and packed.
struct Packed {
    outcome: Outcome,
    applied: check::Applied,
    /// The package, unless error findings refused it.
    whole: Option<Whole>,
}

/// Checks and packs an extract; the package has no name yet.
fn pack(extract: &Extract, chosen: Option<&Chosen>, options: &Options) -> Result<Packed> {
    metadata::check_info(&options.info)?;
    let schema = chosen.map(|(schema, used)| (schema, used.clone()));
    let secret = secret(extract, chosen, options);
    let mut check_options = options.check.clone();
    check_options.key = Salts::new(&secret).key(evidence::KEY_PURPOSE);
    let check = Check::new(extract, schema, &check_options).with_lists();
    let output = Output::create(&options.output, Existing::Keep)?;
    let subject = metadata::subject(&options.info, extract);
    let name = layout::name(&subject, options.time);
    let names = names::payload(extract.delivered().iter().map(|member| member.path.as_str()));
    let accepts = options.acceptance.is_some();
    // With a baseline it is known only in the end whether what was found was accepted.
    let writes_on = accepts || !options.baseline.is_empty();

    let refused = AtomicBool::new(check.has_errors() && !writes_on);
    let mut writer = Some(PayloadWriter::new(output, &name, &names, options));
    let pool = Pool::default();
    let packed_pool = Pool::default();
    let mut collector = check.collector();
    let mut builder = Builder::new(
        secret,
        chosen.map(|(schema, _)| schema),
        FileName::of(extract, &names),
        &options.algorithms,
        &options.check.temp_dir,
    )?;
    let salts = builder.salts();
    let (workers, container) = std::thread::scope(|scope| {
        let container = scope.spawn(|| container_digest(extract, &options.check.interrupt));
        let workers = pipeline::run(
            &options.check.pipeline(),
            |feed| check.feed(extract, Scope::All, &pool, &mut |work| feed.send(work)),
            || (check.worker(), Packer::new(options.level, options.reread, &names)),
            |(worker, packer), mut work| {
                let checked = check.work(worker, &mut work)?;
                if checked.has_errors() && !writes_on {
                    refused.store(true, Ordering::Relaxed);
                }
                // What is inside of a delivered file is checked only: the file itself is packed.
                let is_inside = work.block.member as usize >= names.len();
                let packed = if is_inside || refused.load(Ordering::Relaxed) {
                    None
                } else {
                    Some(packer.pack(&work.block, packed_pool.take())?)
                };
                let hashed = match refused.load(Ordering::Relaxed) {
                    true => None,
                    false => Some(evidence::hash_block(&salts, &work.block, work.table())),
                };
                Ok((work, checked, packed, hashed))
            },
            |(work, checked, packed, hashed)| {
                collector.add(&work, checked);
                if !writes_on && collector.has_errors() {
                    refused.store(true, Ordering::Relaxed);
                    writer = None;
                }
                // Once refused, always refused: then there is no package to prove anything of.
                if let Some(hashed) = hashed.filter(|_| writer.is_some()) {
                    builder.block(&work.block, &hashed, work.table())?;
                }
                if let Some(packed) = packed {
                    if let Some(writer) = &mut writer {
                        writer.block(&work.block, &packed)?;
                    }
                    packed_pool.give(packed.bytes);
                }
                pool.give(work.block.bytes);
                Ok(())
            },
        );
        (workers, container.join())
    });
    let workers: Vec<_> = workers?.into_iter().map(|(worker, _)| worker).collect();
    let container = container.unwrap_or_else(|_| Err(Error::internal("a thread failed")))?;
    extract.check_unchanged()?;
    let (mut outcome, attributed) = check.finish_attributed(collector, workers)?;
    let applied = outcome.accept(&options.baseline);
    let writer = match writer {
        Some(writer) if outcome.is_valid() || accepts => writer,
        _ => return Ok(Packed { outcome, applied, whole: None }),
    };
    let mut report = Report::new(&outcome);
    report.tool = options.tool.clone();
    report.reveals = options.check.reveal;
    report.after_go_live = access::stated(&options.info);
    let facts = metadata::Facts {
        extract,
        names: &names,
        container,
        descriptor: chosen.map(|(schema, _)| schema),
        report: &report,
        options,
    };
    let whole = writer.finish(&facts, builder, attributed)?;
    Ok(Packed { outcome, applied, whole: Some(whole) })
}

/// The secret of a package: given; or derived from the deterministic signature, by the key that signs,
/// over what is packed; or random.
fn secret(
    extract: &Extract,
    chosen: Option<&Chosen>,
    options: &Options,
) -> Zeroizing<[u8; SECRET_BYTES]> {
    let key = match (&options.secret, &options.key) {
        (Secret::Given(secret), _) => return secret.clone(),
        (Secret::Derived(random), None) => return random.clone(),
        (Secret::Derived(_), Some(key)) => key,
    };
    let mut over = Vec::new();
    let mut put = |bytes: &[u8]| {
        over.extend_from_slice(&(bytes.len() as u64).to_be_bytes());
        over.extend_from_slice(bytes);
    };
    put(chosen.map_or(&[], |(schema, _)| schema.source.as_slice()));
    for member in extract.delivered() {
        put(member.path.as_bytes());
        put(&member.stated_size.to_be_bytes());
    }
    put(&options.time.to_be_bytes());
    let signature = Signature::make(key, SECRET_NAMESPACE, &over);
    derive_secret(signature.to_text().as_bytes())
}

/// SHA-512 of the archive or file that the practice delivered; none for a folder.
fn container_digest(
    extract: &Extract,
    interrupt: &pipeline::Interrupt,
) -> Result<Option<(u64, String)>> {
    if extract.path.is_dir() {
        return Ok(None);
    }
    let failed = |error| Error::io("read", &extract.path, error);
    let mut file = std::fs::File::open(&extract.path).map_err(failed)?;
    let mut hasher = Hasher::new(Algorithm::Sha512);
    let mut buffer = vec![0; 256 << 10];
    let mut bytes = 0;
    loop {
        interrupt.check()?;
        let read = file.read(&mut buffer).map_err(failed)?;
        if read == 0 {
            return Ok(Some((bytes, hasher.finish().to_string())));
        }
        bytes += read as u64;
        hasher.update(buffer.get(..read).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests;
