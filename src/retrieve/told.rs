//! What an export says in words: the page to read, and the custody record.
//!
//! **Invariant:** both are functions of the shown rows, of the leaves that vouch for them, and of who
//! asked, when and why: so whoever verifies an export makes them again and compares ([`mod@super::again`]).

use super::{FileCounts, Origin};
use crate::error::{Error, Result};
use crate::proof::bundle::Asked;
use crate::report::record::{self, Item, Page};
use crate::report::verdict::about_rows;
use crate::schema::Schema;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// The number of the words: raised with a release in which page, custody record or `VERIFY.txt` are made
/// otherwise of the same rows. A verifier that has another number cannot tell a change from that.
pub(super) const WORDS: u32 = 1;

/// Who asked, when and why, and with which program: what no proof covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Asker {
    pub(super) requested_by: String,
    pub(super) reason: String,
    pub(super) time: String,
    pub(super) tool: AskersTool,
    /// [`WORDS`] of that program.
    pub(super) words: u32,
}

/// The program that retrieved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct AskersTool {
    pub(super) name: String,
    pub(super) version: String,
}

/// What page and custody record are made from.
pub(super) struct Told<'a> {
    pub(super) schema: &'a Schema,
    pub(super) asked: &'a Asked,
    pub(super) asker: &'a Asker,
    /// The person's identifiers in the source system.
    pub(super) ids: Vec<String>,
    /// What the package says of itself.
    pub(super) facts: Vec<(String, String)>,
    /// `urn:uuid:` and the package's identifier.
    pub(super) origin: &'a str,
    /// The package's root in hexadecimal.
    pub(super) root: &'a str,
    /// The timeline, in any order.
    pub(super) items: Vec<Item>,
    /// By file, in the order of their numbers.
    pub(super) counts: Vec<FileCounts>,
    /// Rows of the package whose patient cannot be told.
    pub(super) unattributable: u64,
    /// Documents that the rows name and that are not shown.
    pub(super) missing_documents: u64,
}

impl Told<'_> {
    /// `data/record.html`.
    pub(super) fn page(&mut self) -> Vec<u8> {
        self.items.sort_by(|a, b| {
            (&a.event, &a.time, a.file, a.row).cmp(&(&b.event, &b.time, b.file, b.row))
        });
        let counts = self.counts.iter().map(|file| record::Count {
            name: file.resource.clone(),
            matched: file.matched,
            undated: file.undated,
            outside: file.outside,
            references: file.references,
            unattributable: file.unattributable,
            origin: file.origin,
            without_proof: file.without_proof,
        });
        let page = record::page(&Page {
            schema: self.schema,
            nhs_number: self.asked.nhs_number.as_deref(),
            ids: &self.ids,
            from: self.asked.from.clone(),
            to: self.asked.to.clone(),
            by_recorded: self.asked.date == "recorded",
            reason: &self.asker.reason,
            requested_by: &self.asker.requested_by,
            time: &self.asker.time,
            facts: &self.facts,
            origin: self.origin,
            root: self.root,
            items: &self.items,
            counts: &counts.collect::<Vec<_>>(),
            unattributable: self.unattributable,
            missing_documents: self.missing_documents,
        });
        page.into_bytes()
    }

    /// `metadata/custody.json`.
    pub(super) fn custody(&self) -> Result<Vec<u8>> {
        let asker = self.asker;
        let files = self.counts.iter().map(|file| {
            json!({
                "path": file.path, "resource": file.resource, "matched": file.matched,
                "undated": file.undated, "outside": file.outside, "references": file.references,
                "unattributable": file.unattributable, "rows": file.origin.name(),
                "rowProof": !file.without_proof,
            })
        });
        pretty(&json!({
            "format": "handover-custody/1",
            "requestedBy": asker.requested_by,
            "reason": asker.reason,
            "time": asker.time,
            "tool": asker.tool,
            "words": asker.words,
            "package": { "identifier": self.origin, "root": self.root },
            "patient": { "nhsNumber": self.asked.nhs_number, "identifiers": self.ids },
            "range": { "from": self.asked.from, "to": self.asked.to, "date": self.asked.date },
            "files": files.collect::<Vec<_>>(),
            "missingDocuments": self.missing_documents,
        }))
    }

    /// `VERIFY.txt`.
    pub(super) fn guide(&self) -> Vec<u8> {
        let sum = |wanted: &dyn Fn(&FileCounts) -> bool| {
            let files = self.counts.iter().filter(|file| wanted(file));
            files.fold(0_u64, |sum, file| sum.saturating_add(file.matched + file.references))
        };
        let about = about_rows(
            sum(&|file| file.origin == Origin::Compressed),
            sum(&|file| file.origin == Origin::Sheet && !file.without_proof),
            sum(&|file| file.without_proof),
        );
        let about: String = about.iter().map(|text| format!("\n{text}\n")).collect();
        format!("{GUIDE}{about}").into_bytes()
    }
}

/// JSON to be read by people too.
pub(super) fn pretty(value: &impl Serialize) -> Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec_pretty(value).map_err(Error::internal)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// `VERIFY.txt` of an export.
const GUIDE: &str = "HOW TO VERIFY THIS EXPORT
=========================

This is one patient's record and audit trail, taken out of a package that is kept elsewhere. It is a
BagIt bag (RFC 8493) in a zip archive. data/record.html is the page to read; the files under data/rows/
hold the rows, byte for byte as they stood in the package, each file with its original header.

THE EXPORT IS NOT ENCRYPTED. It holds patient data: keep it accordingly.

    handover verify EXPORT.zip --signers allowed_signers

proves, without the package, that each row is as it was packaged and that none of this patient's rows in
the range is left out, under the declared attribution (metadata/descriptor.json). Without our program, in
the unzipped folder, with the list of signers beside it:

    sha512sum -c manifest-sha512.txt tagmanifest-sha512.txt     the files are as they were written
    ssh-keygen -Y verify -n handover -f ../allowed_signers -I NAME -s signatures/checkpoint.txt.sig < proof/checkpoint.txt

and docs/format.md, section 8, says how proof/proof.json leads from each row to proof/checkpoint.txt.
It does not prove that the supplier's extract was truthful, nor who asked, when and why
(metadata/custody.json), which no proof covers. data/record.html has no proof of its own: handover verify
makes it again from the rows and says where it differs. Third parties named in free text were not
removed.
";
