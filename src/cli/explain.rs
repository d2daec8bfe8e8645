//! `handover explain`.

use super::args::{self, Format};
use super::{Context, Status, output_failed};
use crate::error::{Error, ErrorKind, Result};
use crate::finding::Code;
use crate::finding::catalogue::{CATALOGUE, Entry};
use crate::report;

pub(super) fn run(args: &args::Explain, context: &mut Context<'_>) -> Result<Status> {
    let only = match &args.code {
        Some(name) => Some(Code::from_name(name).ok_or_else(|| unknown(name))?),
        None => None,
    };
    let entries: Vec<&Entry> = match only {
        Some(code) => vec![code.entry()],
        None => CATALOGUE.iter().collect(),
    };
    let text = match (args.format, only, args.all) {
        (Format::Json, _, _) => format!("{:#}\n", report::catalogue_json(&entries)),
        (Format::Text, Some(code), _) => report::explain(code),
        (Format::Text, None, true) => {
            let texts: Vec<String> =
                entries.iter().map(|entry| report::explain(entry.code)).collect();
            texts.join("\n")
        }
        (Format::Text, None, false) => entries
            .iter()
            .map(|entry| {
                format!("{:<24} {:<8} {}\n", entry.name, entry.severity.name(), entry.title)
            })
            .collect(),
    };
    context.out.write_all(text.as_bytes()).map_err(output_failed)?;
    Ok(Status::Well)
}

fn unknown(name: &str) -> Error {
    let nearest = CATALOGUE
        .iter()
        .map(|entry| (strsim::damerau_levenshtein(name, entry.name), entry.name))
        .min()
        .filter(|(distance, _)| *distance <= 4);
    let hint = match nearest {
        Some((_, nearest)) => format!("did you mean {nearest}?"),
        None => "handover explain lists all codes".into(),
    };
    Error::new(ErrorKind::Usage, format!("there is no finding {name}")).with_hint(hint)
}
