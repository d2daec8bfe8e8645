//! What a bag's manifests list, set beside the files that are there.

use crate::bag::layout::{self, PAYLOAD, Scope};
use crate::bag::manifest::{Line, Reader, decode_path};
use crate::bag::tag::Declaration;
use crate::digest::{Algorithm, Digest};
use crate::error::Result;
use crate::finding::{Code, Facts, Place, Severity};
use crate::path::MemberPath;
use crate::verify::findings::Findings;
use crate::verify::tree::Tree;
use std::collections::{BTreeMap, BTreeSet};
use unicode_normalization::UnicodeNormalization;

/// How many lines more than there are files a manifest may have: a bound on memory.
const MOST_ABSENT: usize = 500_000;

/// One manifest of the bag.
#[derive(Debug)]
pub(super) struct Manifest {
    /// The member that it is.
    pub(super) member: usize,
    pub(super) scope: Scope,
    /// `None`: an algorithm that is not known here.
    pub(super) algorithm: Option<Algorithm>,
    pub(super) name: String,
}

/// All manifests and what they list.
#[derive(Debug, Default)]
pub(super) struct Listing {
    pub(super) manifests: Vec<Manifest>,
    /// (member, manifest, digest), in the order of the members.
    pub(super) expected: Vec<(u32, u16, Digest)>,
    /// Files that are listed but not there: path below the top, and what the manifests state.
    pub(super) missing: BTreeMap<String, Vec<(u16, Digest)>>,
}

impl Listing {
    /// Reads the manifests at the top of the bag, whose paths begin with `top`.
    pub(super) fn read(
        tree: &Tree,
        top: &str,
        declaration: &Declaration,
        findings: &mut Findings,
    ) -> Result<Self> {
        let mut out = Self::default();
        for (member, file) in tree.members.iter().enumerate() {
            let Some((scope, name)) = file.path.strip_prefix(top).and_then(layout::manifest_name)
            else {
                continue;
            };
            let algorithm = Algorithm::from_name(name);
            out.manifests.push(Manifest { member, scope, algorithm, name: name.to_owned() });
        }
        for number in 0..out.manifests.len().min(usize::from(u16::MAX)) {
            out.read_one(tree, top, declaration, number, findings)?;
        }
        out.expected.sort_by_key(|(member, manifest, _)| (*member, *manifest));
        Ok(out)
    }

    fn read_one(
        &mut self,
        tree: &Tree,
        top: &str,
        declaration: &Declaration,
        number: usize,
        findings: &mut Findings,
    ) -> Result<()> {
        let Some(manifest) = self.manifests.get(number) else { return Ok(()) };
        let (member, scope, algorithm) = (manifest.member, manifest.scope, manifest.algorithm);
        let Some(algorithm) = algorithm else { return Ok(()) };
        if tree.members.get(member).is_none_or(|file| !file.readable) {
            return Ok(());
        }
        let number = u16::try_from(number).unwrap_or(u16::MAX);
        let most = tree.members.len().saturating_add(MOST_ABSENT);
        let mut lines = 0_usize;
        let file = u32::try_from(member).ok();
        let mut decoder = declaration.encoding.new_decoder();
        let mut reader = Reader::new(algorithm);
        let mut replaced = false;
        let mut first = true;
        let mut marked = false;
        let mut text = String::new();
        let (expected, missing) = (&mut self.expected, &mut self.missing);
        let mut each = |line: u64, content: Line| {
            let place = Place { file, line: Some(line), ..Place::default() };
            lines += 1;
            if lines > most {
                if lines == most + 1 {
                    let text = "it lists many more files than there are; the rest is not read";
                    findings.add(Code::ArchiveLimit, Severity::Error, text, place, Facts::None);
                }
                return;
            }
            let mut wrong = |severity, text: &str| {
                findings.add(Code::ManifestMalformed, severity, text, place, Facts::None);
            };
            let (digest, written, dotted) = match content {
                Line::Malformed { reason } => return wrong(Severity::Error, reason),
                Line::File { digest, path, dotted } => (digest, path, dotted),
            };
            if dotted {
                wrong(
                    Severity::Warning,
                    "a path begins with \"./\", which RFC 8493 does not allow",
                );
            }
            let path = decode_path(&written, declaration.version);
            if let Err(fault) = MemberPath::new(&path)
                && !path.contains(['\r', '\n'])
            {
                return findings.add(
                    Code::UnsafePath,
                    Severity::Error,
                    fault.reason(),
                    place,
                    Facts::None,
                );
            }
            match scope {
                Scope::Payload if !path.starts_with(PAYLOAD) => {
                    return wrong(Severity::Error, "a payload manifest lists a file outside data/");
                }
                Scope::Tags if path.starts_with(PAYLOAD) => {
                    return wrong(Severity::Error, "a tag manifest lists a file of the payload");
                }
                Scope::Tags if path.starts_with("tagmanifest-") => {
                    wrong(Severity::Warning, "a tag manifest lists a tag manifest");
                }
                _ => {}
            }
            let found = tree
                .find(&format!("{top}{path}"))
                .or_else(|| tree.find(&format!("{top}{written}")));
            match found.and_then(|found| u32::try_from(found).ok()) {
                Some(found) => expected.push((found, number, digest)),
                None => {
                    missing.entry(path).or_default().push((number, digest));
                }
            }
        };
        let mut decode = |bytes: &[u8], last: bool| {
            let mut rest = bytes;
            loop {
                text.clear();
                text.reserve(8 * 1024);
                let (result, read, errors) = decoder.decode_to_string(rest, &mut text, last);
                replaced |= errors;
                reader.feed(&text, &mut each);
                rest = rest.get(read..).unwrap_or_default();
                if result == encoding_rs::CoderResult::InputEmpty {
                    break;
                }
            }
        };
        // A damaged manifest is read as far as it goes; its own digest says that it is damaged.
        let _ = tree.stream(member, |piece| {
            if std::mem::take(&mut first) {
                marked = piece.starts_with(b"\xef\xbb\xbf");
            }
            decode(piece, false);
            Ok(())
        })?;
        decode(b"", true);
        reader.finish(&mut each);
        let place = Place { file, line: Some(1), ..Place::default() };
        let mut wrong = |severity, text| {
            findings.add(Code::ManifestMalformed, severity, text, place, Facts::None);
        };
        if replaced {
            wrong(Severity::Error, "it is not in the encoding that bagit.txt states");
        }
        if marked {
            wrong(Severity::Warning, "it begins with a byte order mark");
        }
        Ok(())
    }

    /// Names that are listed in another Unicode normalisation than the files have are taken for
    /// those files, with a warning: some systems change it when they copy.
    pub(super) fn match_normalised(&mut self, tree: &Tree, top: &str, findings: &mut Findings) {
        if self.missing.is_empty() {
            return;
        }
        let normal = |text: &str| text.nfc().collect::<String>();
        let listed: BTreeSet<u32> = self.expected.iter().map(|(member, ..)| *member).collect();
        let mut unlisted: BTreeMap<String, u32> = BTreeMap::new();
        for (index, member) in (0_u32..).zip(&tree.members) {
            if let Some(path) = member.path.strip_prefix(top)
                && !path.is_ascii()
                && !listed.contains(&index)
            {
                unlisted.insert(normal(path), index);
            }
        }
        let names: Vec<String> = self.missing.keys().cloned().collect();
        for name in names {
            let Some(index) = unlisted.get(&normal(&name)) else { continue };
            if let Some(stated) = self.missing.remove(&name) {
                let stated = stated.into_iter().map(|(number, digest)| (*index, number, digest));
                self.expected.extend(stated);
                let place = Place { file: Some(*index), ..Place::default() };
                let text = "its accents are written otherwise in the manifest than in its name";
                findings.add(Code::PayloadMissing, Severity::Warning, text, place, Facts::None);
            }
        }
        self.expected.sort_by_key(|(member, manifest, _)| (*member, *manifest));
    }

    /// Numbers of the manifests of a scope.
    pub(super) fn of_scope(&self, scope: Scope) -> impl Iterator<Item = u16> + '_ {
        (0_u16..)
            .zip(&self.manifests)
            .filter(move |(_, manifest)| manifest.scope == scope)
            .map(|(number, _)| number)
    }

    /// What is expected of a member: (manifest, digest).
    pub(super) fn of_member(&self, member: usize) -> &[(u32, u16, Digest)] {
        let Ok(member) = u32::try_from(member) else { return &[] };
        let from = self.expected.partition_point(|(index, ..)| *index < member);
        let to = self.expected.partition_point(|(index, ..)| *index <= member);
        self.expected.get(from..to).unwrap_or_default()
    }
}
