//! What a package of ours says of itself, beside what it must be.

use crate::bag::layout::{self, Scope};
use crate::bag::tag::{IDENTIFIER_LABEL, Info, OXUM_LABEL, TIME_LABEL};
use crate::digest::{Algorithm, Hasher};
use crate::error::Result;
use crate::finding::{Code, Facts, Place, Severity};
use crate::verify::listing::Listing;
use crate::verify::verification::Verification;

impl Verification<'_> {
    /// What a package of ours must say of itself: its time and an identifier that is made of the
    /// payload manifest and that time.
    pub(super) fn identity(&mut self, listing: &Listing, info: &Info) -> Result<()> {
        if !self.ours {
            return Ok(());
        }
        let file = self.find(layout::BAG_INFO).and_then(|member| u32::try_from(member).ok());
        let place = Place { file, ..Place::default() };
        for label in [OXUM_LABEL, TIME_LABEL, IDENTIFIER_LABEL] {
            let (code, facts) = (Code::BagDeclaration, Facts::Text(label.to_owned()));
            let text = match info.all(label).count() {
                1 => continue,
                0 => "bag-info.txt of a package must state it",
                _ => "bag-info.txt of a package must state it once",
            };
            self.findings.add(code, Severity::Error, text, place, facts);
        }
        let strongest = listing
            .manifests
            .iter()
            .filter(|manifest| manifest.scope == Scope::Payload && manifest.algorithm.is_some())
            .max_by_key(|manifest| manifest.algorithm);
        let (Some(manifest), Some(time), Some(stated)) =
            (strongest, info.get(TIME_LABEL), info.get(IDENTIFIER_LABEL))
        else {
            return Ok(());
        };
        if self.tree.members.get(manifest.member).is_none_or(|member| !member.readable) {
            return Ok(());
        }
        let mut hasher = Hasher::new(Algorithm::Sha512);
        // What cannot be read to its end has a finding of its own.
        let read = self.tree.stream(manifest.member, |piece| {
            hasher.update(piece);
            Ok(())
        })?;
        if read.is_ok() && format!("urn:uuid:{}", layout::identifier_from(hasher, time)) != stated {
            let text = "External-Identifier is not that of the payload manifest and Package-Time";
            self.findings.add(Code::DigestMismatch, Severity::Error, text, place, Facts::None);
        }
        Ok(())
    }
}
