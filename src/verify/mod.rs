//! Says whether a package, or any BagIt 0.97 or 1.0 bag, is complete and unaltered.
//!
//! A bag may be a folder or lie in a zip; nothing is unpacked. Every file is read once, and every
//! problem is a finding that names it; the reading never stops at the first. RFC 8493 is applied as
//! it stands to bags of others. Of our own packages (the archive's comment or the profile in
//! `bag-info.txt` says so) more is asked: a tag manifest that lists every other file, and canonical
//! headers where the comment promises them.
//!
//! **Invariant:** the verdict rests on the files' bytes and the manifests alone. What is advisory
//! (the block table) can make it quicker and places more exact, never better.

mod digests;
mod findings;
mod listing;
mod tree;

pub mod show;

use crate::archive::bytes::Bytes;
use crate::archive::header::DosTime;
use crate::archive::write;
use crate::bag::blocks::{self, Block};
use crate::bag::layout::{self, PAYLOAD, Scope};
use crate::bag::tag::{Declaration, Info, OXUM_LABEL, Oxum, TIME_LABEL};
use crate::digest::{Algorithm, Digest};
use crate::error::Result;
use crate::finding::{Code, Facts, Gap, Group, Place, Severity};
use crate::path::shown;
use crate::pipeline::Interrupt;
use crate::verify::digests::{Job, Read};
use crate::verify::findings::Findings;
use crate::verify::listing::Listing;
use crate::verify::tree::Tree;
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// How to verify.
#[derive(Debug, Clone)]
pub struct Options {
    /// Worker threads; at least 1, the default.
    pub jobs: usize,
    /// Bytes of memory that buffers may use; 512 MiB unless changed.
    pub memory: u64,
    /// Examples that are kept of each group of findings; 10,000 unless changed. Totals are exact
    /// whatever it is.
    pub samples: usize,
    /// The request to stop.
    pub interrupt: Interrupt,
}

impl Default for Options {
    fn default() -> Self {
        Self { jobs: 1, memory: 512 << 20, samples: 10_000, interrupt: Interrupt::default() }
    }
}

/// What became of the package, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Complete and unaltered; signed by a signer who is listed.
    IntactSigned,
    /// Complete and unaltered; signed, but not by anyone who is listed.
    IntactSignerUnknown,
    /// Complete and unaltered as far as its own manifests say; not signed.
    IntactUnsigned,
    /// Something is missing, changed, added, or could be read in two ways.
    Altered,
    /// There is no bag that could be verified.
    NotAPackage,
}

impl Verdict {
    /// As the reports write it: `intact-unsigned`.
    pub fn name(self) -> &'static str {
        match self {
            Self::IntactSigned => "intact-signed",
            Self::IntactSignerUnknown => "intact-signer-unknown",
            Self::IntactUnsigned => "intact-unsigned",
            Self::Altered => "altered",
            Self::NotAPackage => "not-a-package",
        }
    }

    /// Whether nothing was found to be altered.
    pub fn is_intact(self) -> bool {
        !matches!(self, Self::Altered | Self::NotAPackage)
    }
}

/// As the reports write it.
impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A file of the bag, or one that its manifests list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Path below the bag's top folder, as it may be shown.
    pub shown: String,
    /// Size in bytes, as listed by the container; 0 where the file is missing.
    pub bytes: u64,
    /// Whether it belongs to the payload.
    pub payload: bool,
    /// Whether it is there.
    pub present: bool,
}

/// What verifying found: the data that every report renders.
#[derive(Debug)]
pub struct Outcome {
    /// The outcome in one word.
    pub verdict: Verdict,
    /// Whether it is a package of ours: the archive's comment or the bag's profile says so.
    pub ours: bool,
    /// Whether the archive's comment promises canonical headers, so that each of their bytes was
    /// compared.
    pub canonical: bool,
    /// The bag's top folder as it may be shown; empty where the bag has none.
    pub top: String,
    /// Version of BagIt.
    pub version: Option<(u32, u32)>,
    /// What `bag-info.txt` says.
    pub info: Info,
    /// All files, in the order of their paths, then missing ones. A place points here.
    pub files: Vec<File>,
    /// Bytes and files of the payload that is there.
    pub payload: Oxum,
    /// The algorithms of the payload manifests by which files were compared, the strongest first.
    pub algorithms: Vec<Algorithm>,
    /// Name and SHA-512 of each payload manifest, for the certificate.
    pub manifests: Vec<(String, Digest)>,
    /// Findings, in the order of the catalogue.
    pub groups: Vec<Group>,
    /// What was not checked, and why.
    pub gaps: Vec<Gap>,
}

impl Outcome {
    /// Occurrences of findings of a severity.
    pub fn count(&self, severity: Severity) -> u64 {
        let of = self.groups.iter().filter(|group| group.severity == severity);
        of.map(|group| group.occurrences).sum()
    }
}

/// Verifies the package or bag at `path`: a folder, or a zip.
///
/// # Errors
/// It cannot be read, it changed while it was read, or a stop was asked for.
pub fn run(path: &Path, options: &Options) -> Result<Outcome> {
    Verification::new(Tree::open(path)?, options).run()
}

/// As [`run`], of a zip's bytes.
///
/// # Errors
/// As [`run`].
pub fn run_on(bytes: Bytes, options: &Options) -> Result<Outcome> {
    Verification::new(Tree::archive(bytes)?, options).run()
}

/// How many files are read before what was found is compared: a bound on memory.
const FILES_AT_A_TIME: usize = 10_000;

/// The largest tag file that is read whole, in bytes; manifests are read in pieces.
const LARGEST_TAG: u64 = 64 << 20;

/// Where the bag begins in its container: the folder of the outermost `bagit.txt`, with a slash, or
/// nothing. Without a declaration, the folder of a manifest. `None`: there is no bag.
fn find_top(tree: &Tree) -> Option<String> {
    let outermost = |is: &dyn Fn(&str) -> bool| {
        let tops = tree.members.iter().filter_map(|member| match member.path.split_once('/') {
            None => is(&member.path).then_some(""),
            Some((top, rest)) => is(rest).then(|| member.path.get(..top.len() + 1)).flatten(),
        });
        tops.min_by_key(|top| top.len().min(1)).map(str::to_owned)
    };
    outermost(&|path| path == layout::DECLARATION)
        .or_else(|| outermost(&|path| layout::manifest_name(path).is_some()))
        .or_else(|| outermost(&|path| path == layout::BAG_INFO))
}

struct Verification<'a> {
    tree: Tree,
    options: &'a Options,
    findings: Findings,
    gaps: Vec<Gap>,
    top: String,
    ours: bool,
    /// Paths of files that are missing; they follow the members in the list of files.
    missing: Vec<String>,
}

impl<'a> Verification<'a> {
    fn new(tree: Tree, options: &'a Options) -> Self {
        Self {
            tree,
            options,
            findings: Findings::new(options.samples),
            gaps: Vec::new(),
            top: String::new(),
            ours: false,
            missing: Vec::new(),
        }
    }

    fn run(mut self) -> Result<Outcome> {
        let canonical = self.tree.as_archive().is_some_and(|archive| archive.is_canonical());
        self.ours = canonical;
        let Some(top) = find_top(&self.tree) else {
            self.take_groups();
            if !self.has_errors() {
                let text = "there is no bag: bagit.txt is missing";
                let code = Code::BagDeclaration;
                self.findings.add(code, Severity::Error, text, Place::default(), Facts::None);
            }
            let verdict = if canonical { Verdict::Altered } else { Verdict::NotAPackage };
            return Ok(self.outcome(
                verdict,
                None,
                Info::default(),
                &Listing::default(),
                Vec::new(),
            ));
        };
        self.top = top;
        let declaration = self.declaration()?;
        let info = self.info(&declaration)?;
        self.ours |= info.names_our_profile();
        self.take_groups();
        self.refused();
        self.comment(&info);

        let mut listing = Listing::read(&self.tree, &self.top, &declaration, &mut self.findings)?;
        listing.match_normalised(&self.tree, &self.top, &mut self.findings);
        self.compare_lists(&listing, &declaration);
        self.oxum(&info);
        self.signatures();
        let manifests = self.read_all(&listing)?;

        let verdict = if self.has_errors() { Verdict::Altered } else { Verdict::IntactUnsigned };
        Ok(self.outcome(verdict, Some(declaration.version), info, &listing, manifests))
    }

    fn has_errors(&self) -> bool {
        self.findings.has_errors()
    }

    /// A member's path below the top; `None` outside the bag.
    fn below(&self, member: usize) -> Option<&str> {
        self.tree.members.get(member)?.path.strip_prefix(&*self.top)
    }

    fn find(&self, path: &str) -> Option<usize> {
        self.tree.find(&format!("{}{path}", self.top))
    }

    fn is_payload(&self, member: usize) -> bool {
        self.below(member).is_some_and(|path| path.starts_with(PAYLOAD))
    }

    /// Takes over what is wrong with the archive; its places name entries, which become files.
    fn take_groups(&mut self) {
        let mut files: BTreeMap<u32, u32> = BTreeMap::new();
        let groups = std::mem::take(&mut self.tree.groups);
        if !groups.is_empty() {
            for (index, member) in (0_u32..).zip(&self.tree.members) {
                files.insert(u32::try_from(member.entry).unwrap_or(u32::MAX), index);
            }
        }
        for mut group in groups {
            let moved = |place: &mut Place| {
                place.file = place.file.and_then(|entry| files.get(&entry).copied());
            };
            moved(&mut group.first);
            moved(&mut group.last);
            group.samples.iter_mut().for_each(|sample| moved(&mut sample.place));
            group.samples.truncate(self.options.samples);
            if group.code == Code::NameCollision && !self.ours {
                // Such a bag is whole where it is; it cannot be unpacked everywhere.
                group.severity = Severity::Warning;
            }
            self.findings.group(group);
        }
    }

    /// Links, devices and odd names of a folder.
    fn refused(&mut self) {
        for (member, reason) in &self.tree.refused {
            let file = u32::try_from(*member).unwrap_or(u32::MAX);
            self.findings.file(Code::UnsafePath, reason, file);
        }
    }

    /// A file at the top that is read whole, if it is there and not too large.
    fn tag_file(&mut self, path: &str) -> Result<Option<(u32, Vec<u8>)>> {
        let Some(member) = self.find(path) else { return Ok(None) };
        if self.tree.members.get(member).is_none_or(|file| !file.readable) {
            return Ok(None);
        }
        let file = u32::try_from(member).unwrap_or(u32::MAX);
        let bytes = self.tree.read(member, LARGEST_TAG)?;
        if bytes.is_none() {
            self.findings.file(
                Code::ArchiveLimit,
                "the file is larger than such a file can be",
                file,
            );
        }
        Ok(bytes.map(|bytes| (file, bytes)))
    }

    fn declaration(&mut self) -> Result<Declaration> {
        let read = self.tag_file(layout::DECLARATION)?;
        let (file, bytes) = match read {
            Some((file, bytes)) => (Some(file), bytes),
            None => (None, Vec::new()),
        };
        let mut declaration = Declaration::parse(&bytes);
        if file.is_none() {
            declaration.faults.clear();
            let (code, text) = (Code::BagDeclaration, "bagit.txt is missing or cannot be read");
            self.findings.add(code, Severity::Error, text, Place::default(), Facts::None);
        }
        for fault in &declaration.faults {
            let place = Place { file, line: Some(fault.line), ..Place::default() };
            let severity = if fault.lenient { Severity::Warning } else { Severity::Error };
            self.findings.add(Code::BagDeclaration, severity, fault.reason, place, Facts::None);
        }
        Ok(declaration)
    }

    fn info(&mut self, declaration: &Declaration) -> Result<Info> {
        let Some((file, bytes)) = self.tag_file(layout::BAG_INFO)? else {
            return Ok(Info::default());
        };
        let (text, _, broken) = declaration.encoding.decode(&bytes);
        let (info, faults) = Info::parse(&text);
        let place = |line| Place { file: Some(file), line: Some(line), ..Place::default() };
        let code = Code::BagDeclaration;
        if broken {
            let text = "it is not in the encoding that bagit.txt states";
            self.findings.add(code, Severity::Warning, text, place(1), Facts::None);
        }
        for fault in faults {
            let place = place(fault.line);
            self.findings.add(code, Severity::Warning, fault.reason, place, Facts::None);
        }
        Ok(info)
    }

    /// What a package's archive must say of itself.
    fn comment(&mut self, info: &Info) {
        let Some(archive) = self.tree.as_archive() else { return };
        let mut wrong = |text: &str| {
            let place = Place { byte: Some(archive.length()), ..Place::default() };
            let code = Code::AmbiguousArchive;
            self.findings.add(code, Severity::Error, text, place, Facts::None);
        };
        if !archive.is_canonical() {
            if info.names_our_profile() && !archive.comment.is_empty() {
                wrong("the archive's comment is not that of a package");
            }
            return;
        }
        if !info.names_our_profile() {
            wrong("the archive's comment is that of a package, and bag-info.txt does not say so");
        }
        let time = info.get(TIME_LABEL).and_then(|text| text.parse::<jiff::Timestamp>().ok());
        if let (Some(time), Some(entry)) = (time, archive.entries.first())
            && DosTime::from_unix(time.as_second()) != entry.time
        {
            wrong("the archive's time is not the package time that bag-info.txt states");
        }
    }

    /// Compares what is listed with what is there.
    fn compare_lists(&mut self, listing: &Listing, declaration: &Declaration) {
        let known = |scope| {
            let numbers = listing.of_scope(scope);
            let of = |number: &u16| listing.manifests.get(usize::from(*number));
            numbers
                .filter(|number| of(number).is_some_and(|found| found.algorithm.is_some()))
                .collect::<Vec<u16>>()
        };
        let (payload, tags) = (known(Scope::Payload), known(Scope::Tags));
        let tag_severity = if self.ours { Severity::Error } else { Severity::Warning };
        let mut bag = |code, severity, text: &str| {
            self.findings.add(code, severity, text, Place::default(), Facts::None);
        };
        if payload.is_empty() {
            let text = "there is no payload manifest of an algorithm that we know";
            bag(Code::ManifestMalformed, Severity::Error, text);
        }
        if tags.is_empty() {
            let text = "there is no tag manifest, so that the other files are not protected";
            bag(Code::TagManifestMissing, tag_severity, text);
        }
        for manifest in listing.manifests.iter().filter(|found| found.algorithm.is_none()) {
            self.gaps.push(Gap {
                resource: None,
                check: format!("digests by {}", shown(&manifest.name)),
                reason: "the algorithm is not known to this version".into(),
            });
        }
        for (path, stated) in &listing.missing {
            let name = self.top.len();
            let file = u32::try_from(self.tree.members.len() + self.missing.len());
            let place = Place { file: file.ok(), ..Place::default() };
            let by = stated
                .first()
                .and_then(|(number, _)| listing.manifests.get(usize::from(*number)))
                .and_then(|manifest| self.tree.members.get(manifest.member))
                .and_then(|member| member.path.get(name..))
                .unwrap_or_default();
            let text = format!("{} lists it, and it is not there", shown(by));
            let code = Code::PayloadMissing;
            self.findings.add(code, Severity::Error, &text, place, Facts::None);
            self.missing.push(path.clone());
        }
        let signed: Vec<String> =
            self.signable(listing).iter().map(|p| layout::signature(p)).collect();
        for member in 0..self.tree.members.len() {
            let file = u32::try_from(member).unwrap_or(u32::MAX);
            let place = Place { file: Some(file), ..Place::default() };
            let Some(path) = self.below(member) else {
                let text = "it lies outside the bag's folder";
                self.findings.add(Code::TagUnlisted, Severity::Error, text, place, Facts::None);
                continue;
            };
            if self.tree.members.get(member).is_none_or(|found| !found.readable) {
                continue;
            }
            let by = listing.of_member(member);
            let lists = |number: &u16| by.iter().any(|(_, found, _)| found == number);
            let is_payload = path.starts_with(PAYLOAD);
            let (code, severity, manifests) = if is_payload {
                (Code::PayloadUnlisted, Severity::Error, &payload)
            } else {
                (Code::TagUnlisted, tag_severity, &tags)
            };
            let is_tag_manifest = matches!(layout::manifest_name(path), Some((Scope::Tags, _)));
            let exempt = !is_payload && (is_tag_manifest || signed.iter().any(|name| name == path));
            if path == layout::FETCH {
                let text = "fetch.txt names files that would have to be fetched; that is refused";
                self.findings.add(Code::PayloadMissing, Severity::Error, text, place, Facts::None);
            }
            if exempt || manifests.is_empty() {
                continue;
            }
            if !manifests.iter().any(lists) {
                let text = if is_payload {
                    "no payload manifest lists it"
                } else {
                    "no tag manifest lists it"
                };
                self.findings.add(code, severity, text, place, Facts::None);
            } else if (is_payload && declaration.version >= (1, 0)) || self.ours {
                // RFC 8493 §3: every payload manifest lists every payload file.
                if !manifests.iter().all(lists) {
                    let text = "one manifest lists it and another does not";
                    self.findings.add(code, severity, text, place, Facts::None);
                }
            }
        }
        self.repeated(listing);
    }

    /// Files that one manifest lists more than once.
    fn repeated(&mut self, listing: &Listing) {
        for pair in listing.expected.windows(2) {
            if let [(one, number, first), (other, same, second)] = pair
                && (one, number) == (other, same)
            {
                let place = Place { file: Some(*one), ..Place::default() };
                let text = if first == second {
                    "a manifest lists it twice"
                } else {
                    "a manifest lists it twice with different digests"
                };
                let code = Code::ManifestMalformed;
                self.findings.add(code, Severity::Error, text, place, Facts::None);
            }
        }
    }

    /// Files that may be signed: the tag manifests and the root of the row proofs.
    fn signable(&self, listing: &Listing) -> Vec<String> {
        let mut out: Vec<String> = listing
            .manifests
            .iter()
            .filter(|manifest| manifest.scope == Scope::Tags)
            .filter_map(|manifest| self.below(manifest.member).map(str::to_owned))
            .collect();
        if self.find(layout::CHECKPOINT).is_some() {
            out.push(layout::CHECKPOINT.to_owned());
        }
        out
    }

    /// Compares bytes and files of the payload with `Payload-Oxum`.
    fn oxum(&mut self, info: &Info) {
        let found = self.payload();
        let file = self.find(layout::BAG_INFO).and_then(|member| u32::try_from(member).ok());
        let place = Place { file, ..Place::default() };
        let code = Code::OxumMismatch;
        let stated: Vec<&str> = info.all(OXUM_LABEL).collect();
        let mut wrong = |text: &str, facts| {
            self.findings.add(code, Severity::Error, text, place, facts);
        };
        if stated.len() > 1 {
            wrong("Payload-Oxum is stated more than once", Facts::None);
        }
        for text in stated {
            let Some(stated) = Oxum::parse(text) else {
                wrong("Payload-Oxum is not two numbers with a dot between them", Facts::None);
                continue;
            };
            for (what, expected, found) in
                [("bytes", stated.bytes, found.bytes), ("files", stated.files, found.files)]
            {
                if expected != found {
                    wrong("", Facts::Count { what, expected, found });
                }
            }
        }
    }

    fn payload(&self) -> Oxum {
        let mut oxum = Oxum::default();
        for (index, member) in self.tree.members.iter().enumerate() {
            if self.is_payload(index) {
                oxum.bytes = oxum.bytes.saturating_add(member.size);
                oxum.files += 1;
            }
        }
        oxum
    }

    /// Signatures are not checked yet; that is said, and no signature is taken for one.
    fn signatures(&mut self) {
        let prefix = format!("{}{}", self.top, layout::SIGNATURES);
        let signed = self.tree.members.iter().any(|member| member.path.starts_with(&*prefix));
        if signed {
            self.gaps.push(Gap {
                resource: None,
                check: "signatures".into(),
                reason: "this version does not check signatures".into(),
            });
        } else {
            let text = "nobody signed it, so whoever can write the file can replace all of it";
            let severity = Code::SignatureMissing.severity();
            let code = Code::SignatureMissing;
            self.findings.add(code, severity, text, Place::default(), Facts::None);
        }
    }

    /// Reads every file and compares its digests; gives those of the payload manifests themselves.
    fn read_all(&mut self, listing: &Listing) -> Result<Vec<(String, Digest)>> {
        let payload_manifests: Vec<usize> = listing
            .manifests
            .iter()
            .filter(|manifest| manifest.scope == Scope::Payload)
            .map(|manifest| manifest.member)
            .collect();
        let (mut tags, mut payload) = (Vec::new(), Vec::new());
        for (member, file) in self.tree.members.iter().enumerate() {
            if !file.readable {
                continue;
            }
            let mut algorithms: Vec<Algorithm> =
                listing.of_member(member).iter().map(|(_, _, digest)| digest.algorithm).collect();
            if payload_manifests.contains(&member) {
                algorithms.push(Algorithm::Sha512);
            }
            let job = Job { member, algorithms, blocks: None };
            if self.is_payload(member) { payload.push(job) } else { tags.push(job) }
        }
        // Tag files come first: the block table counts only if it is what was packed.
        let mut manifests = Vec::new();
        let table = self.find(layout::BLOCKS);
        let mut table_sound = false;
        self.read_jobs(tags, |this, read| {
            if payload_manifests.contains(&read.member)
                && let Some(path) = this.below(read.member)
                && let Some(digest) =
                    read.digests.iter().find(|digest| digest.algorithm == Algorithm::Sha512)
            {
                manifests.push((shown(path), digest.clone()));
            }
            let sound = this.compare(listing, &read, &[], true);
            table_sound |= Some(read.member) == table && sound;
        })?;
        let mut blocks = self.block_table(table_sound)?;
        let mut tables: BTreeMap<usize, Arc<Vec<Block>>> = BTreeMap::new();
        for job in &mut payload {
            job.blocks = self.blocks_for(job.member, &mut blocks, table_sound).map(Arc::new);
            if let Some(blocks) = &job.blocks {
                tables.insert(job.member, Arc::clone(blocks));
            }
        }
        self.read_jobs(payload, |this, read| {
            let blocks = tables.get(&read.member).map(|blocks| blocks.as_slice());
            this.compare(listing, &read, blocks.unwrap_or_default(), table_sound);
        })?;
        Ok(manifests)
    }

    /// Reads files and hands what came of it on, a limited number at a time.
    fn read_jobs(&mut self, jobs: Vec<Job>, mut each: impl FnMut(&mut Self, Read)) -> Result<()> {
        let mut jobs = jobs.into_iter().peekable();
        while jobs.peek().is_some() {
            let some: Vec<Job> = jobs.by_ref().take(FILES_AT_A_TIME).collect();
            let mut reads = Vec::with_capacity(some.len());
            digests::run(&self.tree, some, self.options, &mut |read| {
                reads.push(read);
                Ok(())
            })?;
            reads.into_iter().for_each(|read| each(self, read));
        }
        Ok(())
    }

    /// The block table, where it can be read; by path.
    fn block_table(&mut self, sound: bool) -> Result<BTreeMap<String, Vec<Block>>> {
        if self.tree.as_archive().is_none() {
            return Ok(BTreeMap::new());
        }
        let Some((file, bytes)) = self.tag_file(layout::BLOCKS)? else {
            return Ok(BTreeMap::new());
        };
        match blocks::parse(&bytes) {
            Ok(files) => Ok(files.into_iter().map(|file| (file.path, file.blocks)).collect()),
            Err(line) => {
                if sound {
                    let place = Place { file: Some(file), line: Some(line), ..Place::default() };
                    let text = "the block table cannot be read; files are read without it";
                    let code = Code::IndexStale;
                    self.findings.add(code, code.severity(), text, place, Facts::None);
                }
                Ok(BTreeMap::new())
            }
        }
    }

    /// A file's blocks, where they add up to its entry.
    fn blocks_for(
        &mut self,
        member: usize,
        table: &mut BTreeMap<String, Vec<Block>>,
        sound: bool,
    ) -> Option<Vec<Block>> {
        let path = self.below(member)?.to_owned();
        let archive = self.tree.as_archive()?;
        let canonical = archive.is_canonical();
        let entry = archive.entries.get(self.tree.members.get(member)?.entry)?;
        let found = table.remove(&path);
        let largest = digests::largest_block(self.options);
        let fits = found.filter(|blocks| {
            let (mut length, mut packed) = (0_u64, crate::archive::deflate::FINAL.len() as u64);
            for block in blocks {
                length += u64::from(block.length);
                packed += u64::from(block.packed);
            }
            entry.method == 8 && (length, packed) == (entry.size, entry.packed)
        });
        if fits.is_none() && canonical && sound {
            let file = u32::try_from(member).unwrap_or(u32::MAX);
            let text = "the block table does not fit the file, which is read without it";
            self.findings.file(Code::IndexStale, text, file);
        }
        fits.filter(|blocks| {
            blocks.iter().all(|block| u64::from(block.length.max(block.packed)) <= largest)
        })
    }

    /// Compares what was read of a file with what is stated; says whether it is sound.
    fn compare(&mut self, listing: &Listing, read: &Read, blocks: &[Block], table: bool) -> bool {
        let file = u32::try_from(read.member).unwrap_or(u32::MAX);
        let whole = Place { file: Some(file), ..Place::default() };
        let code = Code::DigestMismatch;
        let mut sound = true;
        let mut wrong = |text: &str, place: Place, facts: Facts| {
            self.findings.add(code, Severity::Error, text, place, facts);
            sound = false;
        };
        for (_, _, expected) in listing.of_member(read.member) {
            let found = read.digests.iter().find(|found| found.algorithm == expected.algorithm);
            if let Some(found) = found
                && found != expected
            {
                let facts = Facts::Digest {
                    algorithm: expected.algorithm.name(),
                    expected: expected.to_string(),
                    found: found.to_string(),
                };
                wrong("", whole, facts);
            }
        }
        if let Some(fault) = read.fault {
            wrong(&fault.to_string(), whole, Facts::None);
        }
        // Where the table itself was changed, that is the finding.
        if !table {
            return sound;
        }
        let content_sound = sound;
        let mut wrong = |text: &str, place: Place, facts: Facts| {
            self.findings.add(code, Severity::Error, text, place, facts);
            sound = false;
        };
        let text = if content_sound {
            "the compressed bytes of a block were changed, though they still give the same content"
        } else {
            "the bytes of a block were changed"
        };
        let mut bad = read.bad_blocks.iter().copied().peekable();
        let mut byte = 0_u64;
        for (number, block) in blocks.iter().enumerate() {
            if bad.next_if_eq(&number).is_some() {
                let row = (block.row > 0).then_some(block.row);
                let place = Place { row, byte: Some(byte), ..whole };
                let end = byte.saturating_add(u64::from(block.length));
                let next = blocks.get(number + 1).map(|next| next.row).filter(|next| *next > 0);
                let rows = match (row, next) {
                    (Some(from), Some(next)) => format!(", rows {from} to {}", next - 1),
                    (Some(from), None) => format!(", rows from {from} on"),
                    _ => String::new(),
                };
                let exact = format!("block {}: bytes {byte} to {end}{rows}", number + 1);
                wrong(text, place, Facts::Text(exact));
            }
            byte = byte.saturating_add(u64::from(block.length));
        }
        if read.bad_end {
            wrong("the compressed bytes do not end as a package's do", whole, Facts::None);
        }
        sound
    }

    fn outcome(
        self,
        verdict: Verdict,
        version: Option<(u32, u32)>,
        info: Info,
        listing: &Listing,
        manifests: Vec<(String, Digest)>,
    ) -> Outcome {
        let payload = self.payload();
        let mut files: Vec<File> = (0..self.tree.members.len())
            .filter_map(|index| {
                let member = self.tree.members.get(index)?;
                Some(File {
                    shown: shown(self.below(index).unwrap_or(&member.path)),
                    bytes: member.size,
                    payload: self.is_payload(index),
                    present: true,
                })
            })
            .collect();
        files.extend(self.missing.iter().map(|path| File {
            shown: shown(path),
            bytes: 0,
            payload: path.starts_with(PAYLOAD),
            present: false,
        }));
        let mut algorithms: Vec<Algorithm> = listing
            .manifests
            .iter()
            .filter(|manifest| manifest.scope == Scope::Payload)
            .filter_map(|manifest| manifest.algorithm)
            .collect();
        algorithms.sort();
        algorithms.reverse();
        let archive = self.tree.as_archive();
        let canonical = archive.is_some_and(|a| a.comment == write::COMMENT.as_bytes());
        Outcome {
            verdict,
            ours: self.ours,
            canonical,
            top: shown(self.top.trim_end_matches('/')),
            version,
            info,
            files,
            payload,
            algorithms,
            manifests,
            groups: self.findings.finish(),
            gaps: self.gaps,
        }
    }
}
