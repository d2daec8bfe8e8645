//! The order of work: the container, the declaration, what is listed beside what is there, and the
//! content of every file.

use crate::archive::header::DosTime;
use crate::archive::write;
use crate::bag::layout::{self, PAYLOAD, Scope};
use crate::bag::tag::{Declaration, Info, OXUM_LABEL, Oxum, TIME_LABEL};
use crate::digest::{Algorithm, Digest};
use crate::error::Result;
use crate::finding::{Code, Facts, Gap, Place, Severity};
use crate::path::shown;
use crate::proof::check::Proven;
use crate::verify::findings::Findings;
use crate::verify::listing::Listing;
use crate::verify::signatures::{Signed, State};
use crate::verify::tree::Tree;
use crate::verify::written::AsWritten;
use crate::verify::{File, Options, Outcome, Reading, Verdict, Words, find_top};
use std::collections::BTreeMap;

/// The largest tag file that is read whole, in bytes; manifests are read in pieces.
const LARGEST_TAG: u64 = 64 << 20;

/// One bag being verified.
pub(super) struct Verification<'a> {
    pub(super) tree: Tree,
    pub(super) options: &'a Options,
    /// How its payload was written, where that is known.
    pub(super) written: Option<&'a AsWritten>,
    pub(super) findings: Findings,
    pub(super) gaps: Vec<Gap>,
    pub(super) signatures: Vec<Signed>,
    /// Whether a signature was taken away.
    pub(super) stripped: bool,
    top: String,
    pub(super) ours: bool,
    proven: Option<Proven>,
    /// Paths of files that are missing; they follow the members in the list of files.
    missing: Vec<String>,
}

impl<'a> Verification<'a> {
    pub(super) fn new(tree: Tree, options: &'a Options) -> Self {
        Self {
            tree,
            options,
            written: None,
            findings: Findings::new(options.samples),
            gaps: Vec::new(),
            signatures: Vec::new(),
            stripped: false,
            top: String::new(),
            ours: false,
            proven: None,
            missing: Vec::new(),
        }
    }

    /// With what is known of how it was written.
    pub(super) fn beside(self, written: &'a AsWritten) -> Self {
        Self { written: Some(written), ..self }
    }

    pub(super) fn run(mut self) -> Result<Outcome> {
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
        self.identity(&listing, &info)?;
        let state = self.signatures(&listing, &info)?;
        let manifests = self.read_all(&listing)?;
        self.proven = self.export(&info)?;

        let verdict = match state {
            _ if self.is_altered() => Verdict::Altered,
            _ if self.options.reading == Reading::Quick => Verdict::NotVerified,
            State::Listed => Verdict::IntactSigned,
            State::Unknown => Verdict::IntactSignerUnknown,
            State::Unsigned => Verdict::IntactUnsigned,
        };
        Ok(self.outcome(verdict, Some(declaration.version), info, &listing, manifests))
    }

    fn has_errors(&self) -> bool {
        self.findings.has_errors()
    }

    /// Whether an error speaks of the bag, and not only of who signed it.
    fn is_altered(&self) -> bool {
        self.stripped
            || self.findings.errors().any(|code| match code {
                Code::SignatureMissing | Code::SignerUnknown => false,
                Code::TagManifestMissing => self.ours,
                _ => true,
            })
    }

    /// A member's path below the top; `None` outside the bag.
    pub(super) fn below(&self, member: usize) -> Option<&str> {
        self.tree.members.get(member)?.path.strip_prefix(&*self.top)
    }

    pub(super) fn find(&self, path: &str) -> Option<usize> {
        self.tree.find(&format!("{}{path}", self.top))
    }

    pub(super) fn is_payload(&self, member: usize) -> bool {
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
    pub(super) fn tag_file(&mut self, path: &str) -> Result<Option<(u32, Vec<u8>)>> {
        let Some(member) = self.find(path) else { return Ok(None) };
        if self.tree.members.get(member).is_none_or(|file| !file.readable) {
            return Ok(None);
        }
        let file = u32::try_from(member).unwrap_or(u32::MAX);
        let most = if path == layout::BUNDLE { layout::LARGEST_BUNDLE } else { LARGEST_TAG };
        let bytes = self.tree.read(member, most)?;
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
            let asked = self.options.signers.is_some();
            let severity = if asked { Severity::Error } else { tag_severity };
            bag(Code::TagManifestMissing, severity, text);
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
            let declares = !is_payload
                && path.split_once('/').is_some_and(|(_, name)| name == layout::DECLARATION);
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
            if exempt || (manifests.is_empty() && !declares) {
                continue;
            }
            if !manifests.iter().any(lists) {
                let (severity, text) = match (is_payload, declares) {
                    (true, _) => (severity, "no payload manifest lists it"),
                    (false, false) => (severity, "no tag manifest lists it"),
                    // Whoever unpacks the archive may take the one for the other.
                    (false, true) => (Severity::Error, "a second bag lies in it that no list has"),
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
            signatures: self.signatures,
            signers_asked: self.options.signers.is_some(),
            proven: self.proven,
            words: Words::default(),
            groups: self.findings.finish(),
            gaps: self.gaps,
        }
    }
}
