//! What an export proves, in words.

use crate::finding::message::{counted, thousands};
use crate::proof::check::Proven;
use crate::proof::hex;
use crate::verify::{Outcome, Verdict, Words};
use serde_json::{Value, json};
use std::io::{self, Write};

/// What is proven, where nothing was found against it.
pub fn statement() -> &'static str {
    "Each row is as it was packaged, and none of this patient's rows in the range is left out, under \
     the declared attribution."
}

/// What is proven, where rows may be without proof.
fn stated(proven: &Proven) -> String {
    match proven.without_proof {
        0 => statement().to_owned(),
        some => format!(
            "None of this patient's rows in the range is left out, under the declared attribution, \
             and each row is as it was packaged, except {} of sheets, which {} no row proof.",
            counted(some, "row", "rows"),
            if some == 1 { "has" } else { "have" }
        ),
    }
}

/// What the proof of rows covers that do not stand in a file as it was delivered: rows that were
/// compressed, rows of sheets, and those of sheets that have no proof.
pub fn about_rows(compressed: u64, sheets: u64, without_proof: u64) -> Vec<String> {
    let rows = |count| {
        let are = if count == 1 { "is" } else { "are" };
        (counted(count, "row", "rows"), are)
    };
    let mut out = Vec::new();
    if compressed > 0 {
        let (rows, are) = rows(compressed);
        out.push(format!(
            "{rows} {are} out of compressed files: proven is what was unpacked, not the packed bytes."
        ));
    }
    if sheets > 0 {
        let (rows, are) = rows(sheets);
        out.push(format!(
            "{rows} {are} of sheets of workbooks: proven is the text that was made of them when they \
             were packaged, not the bytes of the workbook, which is in the package."
        ));
    }
    if without_proof > 0 {
        let (rows, are) = rows(without_proof);
        out.push(format!(
            "{rows} {are} of sheets of workbooks and WITHOUT ROW PROOF: this version of the program \
             makes another text of the sheet than the one that packaged it. What vouches for them is \
             the workbook itself, in the package, whose digest stands in the package's signed manifest."
        ));
    }
    out
}

/// What is never proven.
const NOT_PROVEN: [&str; 2] = [
    "that the supplier's extract was truthful, or that the declared attribution is right;",
    "that all documents and look-up rows (codes, users, organisations) to which these rows refer are \
     here;",
];

/// Of who asked, when and why.
fn about_asker(outcome: &Outcome) -> &'static str {
    match super::is_signed_itself(outcome) {
        true => "who asked, when and why: whoever signed the export vouches for that.",
        false => {
            "who asked, when and why: nobody signed that. A log of retrievals, where one is kept, has \
             it too."
        }
    }
}

/// What the proof rests on, where no listed signer vouches for the root.
const UNVOUCHED: &str = "if the root below is the package's, which nobody on a list of signers \
    vouches for here: compare it with proof/checkpoint.txt in the package.";

/// What is said of the texts that no proof covers.
fn about_words(words: Words) -> &'static str {
    match words {
        Words::Same => {
            "data/record.html, metadata/custody.json and VERIFY.txt have no proof of their own; they \
             are what this program makes of these rows."
        }
        Words::Other => {
            "NOT what this program makes of these rows: see record-differs below, and rely on \
             data/rows/ alone."
        }
        Words::NotCompared => {
            "data/record.html, metadata/custody.json and VERIFY.txt have no proof and were not \
             compared with the rows: rely on data/rows/ alone."
        }
    }
}

/// What was checked of an export, and what was not or cannot be, for its certificate.
pub fn certified(outcome: &Outcome) -> (Vec<String>, Vec<String>) {
    let Some(proven) = outcome.proven.as_ref().filter(|_| outcome.verdict.is_intact()) else {
        return (Vec::new(), Vec::new());
    };
    let mut checked = vec![stated(proven), about_words(outcome.words).to_owned()];
    checked.extend(about_rows(proven.compressed, proven.sheets, proven.without_proof));
    let mut unchecked = Vec::new();
    if outcome.verdict != Verdict::IntactSigned {
        unchecked.push(format!("That holds {UNVOUCHED}"));
    }
    let rest = NOT_PROVEN.iter().copied().chain([about_asker(outcome)]);
    unchecked.extend(rest.map(|text| format!("Not proven: {}", text.trim_end_matches(';'))));
    unchecked.push("Third parties named in free text were not removed.".into());
    (checked, unchecked)
}

pub(super) fn write_text(
    outcome: &Outcome,
    proven: &Proven,
    out: &mut dyn Write,
) -> io::Result<()> {
    if outcome.verdict.is_intact() {
        match outcome.verdict {
            Verdict::IntactSigned => writeln!(out, "PROVEN: {}", stated(proven))?,
            _ => writeln!(out, "PROVEN, {UNVOUCHED}\n  {}", stated(proven))?,
        }
        for text in about_rows(proven.compressed, proven.sheets, proven.without_proof) {
            writeln!(out, "  {text}")?;
        }
        if proven.unattributable > 0 {
            let rows = counted(proven.unattributable, "row", "rows");
            writeln!(out, "  {rows} of the tables shown here could not be attributed to anyone.")?;
        }
        writeln!(out, "  {}", about_words(outcome.words))?;
        writeln!(out, "  Not proven:")?;
        NOT_PROVEN.iter().try_for_each(|text| writeln!(out, "    {text}"))?;
        writeln!(out, "    {}", about_asker(outcome))?;
        writeln!(out, "  Third parties named in free text were not removed.")?;
    } else {
        writeln!(out, "NOT PROVEN: see below what fails.")?;
    }
    let rows = thousands(proven.rows);
    let others = thousands(proven.references);
    writeln!(out, "  Rows: {rows} of the patient, {others} that they refer to")?;
    writeln!(out, "  Package: {}", proven.origin)?;
    writeln!(out, "  Its root: {}", hex(&proven.root))
}

pub(super) fn to_json(outcome: &Outcome, proven: &Proven) -> Value {
    json!({
        "rootVouchedFor": outcome.verdict == Verdict::IntactSigned,
        "words": outcome.words.name(),
        "statement": outcome.verdict.is_intact().then(|| stated(proven)),
        "package": proven.origin,
        "root": hex(&proven.root),
        "rows": proven.rows,
        "references": proven.references,
        "compressed": proven.compressed,
        "sheets": proven.sheets,
        "withoutProof": proven.without_proof,
        "sources": proven.sources,
        "unattributable": proven.unattributable,
    })
}
