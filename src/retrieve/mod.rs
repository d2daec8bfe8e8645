//! One patient's rows out of a package, with the proofs that they are all and as they were packaged.
//!
//! The index only says where to look: every row is hashed and proven against the checkpoint's root
//! before it is written. Where the index, or a proof, is missing or damaged, all is made anew from the
//! payload, and used only if it leads to the same root.
//!
//! **Invariant:** nothing of anyone else is in an export: no byte of a row, no hash without a salt.

mod again;
mod anew;
mod cells;
mod deep;
mod export;
mod gather;
mod inside;
mod log;
mod opened;
mod person;
mod proofs;
mod rows;
mod timeline;
mod told;

pub use crate::report::record::Origin;
pub use again::again;
pub use deep::deep;
pub use log::{
    Logged, append as log, is_log, is_open_to_others, require_whole as require_whole_log,
    verify as verify_log,
};

use crate::attribution::Plan;
use crate::bag::layout;
use crate::check::{self, SchemaUsed};
use crate::digest::Algorithm;
use crate::error::{Error, ErrorKind, Result};
use crate::evidence;
use crate::finding::{Code, Facts, Group, Place};
use crate::proof::Salts;
use crate::proof::list::Range;
use crate::report::Tool;
use crate::schema::{Schema, descriptor};
use crate::source::Limits;
use gather::gather;
use opened::Opened;
use proofs::{Data, Fault, Found, Proofs};
use std::path::{Path, PathBuf};

/// What is asked for.
#[derive(Clone)]
pub struct Request {
    /// The NHS number, with or without blanks, or the source system's identifier.
    pub patient: String,
    /// The days.
    pub range: Range,
    /// Why.
    pub reason: String,
    /// By whom.
    pub requested_by: String,
    /// Where the export goes. A file that is there is never replaced.
    pub output: PathBuf,
    /// Seconds since 1970-01-01T00:00:00Z.
    pub time: i64,
    /// The program that retrieves.
    pub tool: Tool,
    /// How the payload is read where that is needed.
    pub check: check::Options,
    /// What is not read beyond, and how workbooks are read.
    pub limits: Limits,
}

/// The patient is not in it: whoever prints a request must not print a name.
impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Request")
    }
}

/// What became of a request.
#[derive(Debug)]
pub struct Retrieved {
    /// The outcome.
    pub outcome: Outcome,
    /// What was found on the way: a stale index.
    pub groups: Vec<Group>,
    /// The package that was asked: `urn:uuid:` and its identifier.
    pub origin: String,
    /// Its root as its checkpoint states it, in hexadecimal.
    pub root: String,
}

/// What became of a request.
#[derive(Debug)]
pub enum Outcome {
    /// The package has no such patient.
    Unknown,
    /// The package does not lead to its own root: nothing was written.
    Altered,
    /// The export was written.
    Written(Written),
}

/// An export that was written.
#[derive(Debug)]
pub struct Written {
    /// Where it is.
    pub path: PathBuf,
    /// Its bytes.
    pub bytes: u64,
    /// Identifiers of the person in the source system: how many.
    pub sources: usize,
    /// Counts by file.
    pub files: Vec<FileCounts>,
    /// The package: `urn:uuid:` and its identifier.
    pub origin: String,
    /// Its root, in hexadecimal.
    pub root: String,
    /// A token of the patient for a log: keyed by the package's secret.
    pub token: String,
    /// Documents that the patient's rows name and that are not there.
    pub missing_documents: u64,
}

/// Rows of one file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileCounts {
    /// Path below the top folder; of a file inside of another, that one's and its own.
    pub path: String,
    /// Its number in the proofs.
    pub number: u64,
    /// How its rows came to be.
    pub origin: Origin,
    /// Whether what is shown of it has no proof.
    pub without_proof: bool,
    /// The declared resource.
    pub resource: String,
    /// Rows of the patient in the range, undated ones included.
    pub matched: u64,
    /// Of these, those without a date.
    pub undated: u64,
    /// Rows of the patient outside the range.
    pub outside: u64,
    /// Rows that the patient's rows refer to.
    pub references: u64,
    /// Rows of the whole file whose patient cannot be told.
    pub unattributable: u64,
}

/// Retrieves one patient's rows from the package at `path`.
///
/// # Errors
/// Where the package cannot be read or has no proofs, its descriptor declares no patients, the
/// request is ambiguous, or the export cannot be written.
pub fn run(path: &Path, request: &Request) -> Result<Retrieved> {
    let package = Opened::new(path)?;
    let (checkpoint, secret) = proofs::begin(&package)?;
    let (origin, root) = (checkpoint.origin.clone(), crate::proof::hex(&checkpoint.root));
    let (schema, _) = schema(&package)?;
    let key = Salts::new(&secret).key(evidence::KEY_PURPOSE);
    let plan = Plan::new(&schema, key);
    if plan.patients().is_none() {
        let message = format!(
            "{}: the package's descriptor declares no patients, so nobody's rows can be told",
            path.display()
        );
        return Err(Error::new(ErrorKind::Usage, message).with_path(path).with_hint(
            "a resource with the role \"patient\" is needed when it is packaged: docs/schema.md",
        ));
    }
    let at_hand = (&package, &schema, &request.limits);
    let stored = Proofs::load(at_hand, &checkpoint, &secret, Data::Stored);
    let first = stored.and_then(|mut proofs| attempt(&mut proofs, &plan, &schema, request));
    let why = match first {
        Ok((outcome, slow)) => {
            let text = "the block table does not fit: a file was read from its beginning";
            let groups = slow.then(|| stale(text)).into_iter().collect();
            return Ok(Retrieved { outcome, groups, origin, root });
        }
        Err(Fault::Failed(error)) => return Err(error),
        Err(Fault::Damaged(why)) => why,
    };
    let groups = vec![stale(&format!("{why}: all was made anew from the payload"))];
    let (evidence, same) =
        anew::anew(&package, &checkpoint, &secret, (&request.check, &request.limits))?;
    let anew = Data::Anew(Box::new(evidence));
    let again = match same {
        true => Proofs::load(at_hand, &checkpoint, &secret, anew)
            .and_then(|mut proofs| attempt(&mut proofs, &plan, &schema, request)),
        false => Err(Fault::Damaged("")),
    };
    match again {
        Ok((outcome, _)) => Ok(Retrieved { outcome, groups, origin, root }),
        Err(Fault::Failed(error)) => Err(error),
        Err(Fault::Damaged(_)) => Ok(Retrieved { outcome: Outcome::Altered, groups, origin, root }),
    }
}

fn stale(text: &str) -> Group {
    Group::single(Code::IndexStale, None, Facts::Text(text.to_owned()), Place::default())
}

/// The schema that the package was made with.
fn schema(package: &Opened) -> Result<(Schema, SchemaUsed)> {
    let Some(bytes) = package.read(layout::DESCRIPTOR)? else {
        let message = format!(
            "{}: the package has no descriptor, so nobody's rows can be told",
            package.path.display()
        );
        return Err(Error::new(ErrorKind::Usage, message).with_path(&package.path).with_hint(
            "only a package that was made with --schema, or recognised, can be retrieved from",
        ));
    };
    let schema = descriptor::read_with(&bytes, &mut |neighbour| {
        package.read(&format!("metadata/{neighbour}")).ok().flatten()
    })?;
    let used = SchemaUsed {
        name: schema.name.clone(),
        version: schema.version.clone(),
        sha512: Algorithm::Sha512.digest(&schema.source).to_string(),
        origin: "of the package".into(),
        versions: Vec::new(),
    };
    Ok((schema, used))
}

/// Retrieves with proofs that are thought to be sound.
fn attempt(
    proofs: &mut Proofs<'_>,
    plan: &Plan<'_>,
    schema: &Schema,
    request: &Request,
) -> Found<(Outcome, bool)> {
    let Some(person) = person::find(proofs, &request.patient)? else {
        return Ok((Outcome::Unknown, false));
    };
    let gathered = gather(proofs, plan, schema, person, &request.range)?;
    let written = export::write(proofs, schema, gathered, request)?;
    Ok((Outcome::Written(written), proofs.slow))
}
