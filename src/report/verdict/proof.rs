//! What an export proves, in words.

use crate::finding::message::{counted, thousands};
use crate::proof::check::Proven;
use crate::proof::hex;
use crate::verify::Outcome;
use serde_json::{Value, json};
use std::io::{self, Write};

/// What is proven, where nothing was found against it.
pub fn statement() -> &'static str {
    "Each row is as it was packaged, and none of this patient's rows in the range is left out, under \
     the declared attribution."
}

/// What is never proven.
const NOT_PROVEN: &str = "Not proven: that the supplier's extract was truthful, or that the \
    declared attribution is right. Third parties named in free text were not removed.";

pub(super) fn write_text(
    outcome: &Outcome,
    proven: &Proven,
    out: &mut dyn Write,
) -> io::Result<()> {
    if outcome.verdict.is_intact() {
        writeln!(out, "PROVEN: {}", statement())?;
        if proven.unattributable > 0 {
            let rows = counted(proven.unattributable, "row", "rows");
            writeln!(out, "  {rows} of the package could not be attributed to anyone.")?;
        }
        writeln!(out, "  {NOT_PROVEN}")?;
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
        "statement": outcome.verdict.is_intact().then_some(statement()),
        "package": proven.origin,
        "root": hex(&proven.root),
        "rows": proven.rows,
        "references": proven.references,
        "sources": proven.sources,
        "unattributable": proven.unattributable,
    })
}
