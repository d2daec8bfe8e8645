//! What an export proves of a package that is not at hand.

use crate::bag::layout::{self, PAYLOAD};
use crate::bag::tag::{Info, SIGNING_KEY_LABEL, SOURCE_LABEL, SOURCE_TIME_LABEL, TIME_LABEL};
use crate::digest::Algorithm;
use crate::error::Result;
use crate::finding::{Code, Facts, Gap, Place, Severity};
use crate::proof::check::{self, Claim, Proven};
use crate::verify::verification::Verification;
use std::collections::BTreeSet;

impl Verification<'_> {
    /// Whether it is an export.
    pub(super) fn is_export(&self) -> bool {
        self.find(layout::BUNDLE).is_some()
    }

    /// Checks the proofs of an export.
    pub(super) fn export(&mut self, info: &Info) -> Result<Option<Proven>> {
        let Some((_, bundle)) = self.tag_file(layout::BUNDLE)? else {
            if self.ours && info.get(SOURCE_LABEL).is_some() {
                let text = "it says that it is an export, and proof/proof.json is not there";
                let code = Code::ProofMismatch;
                self.findings.add(code, Severity::Error, text, Place::default(), Facts::None);
            }
            return Ok(None);
        };
        let checkpoint = self.tag_file(layout::CHECKPOINT)?.map(|(_, bytes)| bytes);
        let descriptor = self.tag_file(layout::DESCRIPTOR)?.map(|(_, bytes)| bytes);
        let files: BTreeSet<String> = (0..self.tree.members.len())
            .filter_map(|member| self.below(member))
            .filter(|path| path.starts_with(PAYLOAD) && *path != layout::RECORD)
            .map(str::to_owned)
            .collect();
        let input = check::Input {
            bundle: &bundle,
            checkpoint: checkpoint.as_deref().unwrap_or_default(),
            descriptor: &Algorithm::Sha512.digest(&descriptor.unwrap_or_default()).to_string(),
            files: &files,
        };
        let limit = self.options.memory / 2;
        let mut gaps = Vec::new();
        let (proven, failures) = check::check(&input, &mut |path| {
            let Some(member) = self.find(path) else { return Ok(None) };
            if self.tree.members.get(member).is_none_or(|found| !found.readable) {
                return Ok(None);
            }
            let bytes = self.tree.read(member, limit)?;
            if bytes.is_none() {
                gaps.push(Gap {
                    resource: None,
                    check: "the proofs of one file".into(),
                    reason: "it is larger than half of --memory".into(),
                });
            }
            Ok::<_, crate::error::Error>(bytes)
        })?;
        self.gaps.extend(gaps);
        for failure in failures {
            let code = match failure.claim {
                Claim::Checkpoint => Code::ProofMismatch,
                Claim::Descriptor => Code::DescriptorMismatch,
                Claim::RowUnaltered => Code::RowAltered,
                Claim::RowOwn => Code::RowForeign,
                Claim::RowComplete => Code::RowLeftOut,
                Claim::FileComplete => Code::FileLeftOut,
                Claim::SourceComplete => Code::SourceLeftOut,
                Claim::ListUnaltered => Code::ListAltered,
                Claim::RangeCovered => Code::RangeUncovered,
            };
            let file = failure.path.as_deref().and_then(|path| self.find(path));
            let file = file.and_then(|member| u32::try_from(member).ok());
            let place = Place { file, row: failure.row, ..Place::default() };
            self.findings.add(code, Severity::Error, &failure.text, place, Facts::None);
        }
        self.compare_signature(&proven, info);
        Ok(Some(proven))
    }

    /// What the package said of its own signature, which its root vouches for.
    fn compare_signature(&mut self, proven: &Proven, info: &Info) {
        let fact = |label: &str| {
            proven.facts.iter().find(|(known, _)| known == label).map(|(_, value)| value.as_str())
        };
        let file = self.find(layout::CHECKPOINT).and_then(|member| u32::try_from(member).ok());
        let place = Place { file, ..Place::default() };
        if let Some(key) = fact(SIGNING_KEY_LABEL) {
            let root = self.signatures.iter().find(|signed| signed.file == layout::CHECKPOINT);
            let text = match root {
                None => {
                    self.stripped = true;
                    "the package was signed, and the signature of its root is not here"
                }
                Some(signed) if signed.key != key => {
                    "its root is signed by another key than the package says"
                }
                Some(_) => "",
            };
            if !text.is_empty() {
                let code = Code::SignatureInvalid;
                self.findings.add(code, Severity::Error, text, place, Facts::None);
            }
        }
        for (label, fact) in [
            (SOURCE_TIME_LABEL, fact(TIME_LABEL)),
            (SOURCE_LABEL, Some(proven.origin.as_str()).filter(|origin| !origin.is_empty())),
        ] {
            if fact.is_some() && info.get(label) != fact {
                let text = "bag-info.txt names another package than the checkpoint does";
                let code = Code::ProofMismatch;
                self.findings.add(code, Severity::Error, text, place, Facts::None);
            }
        }
    }
}
