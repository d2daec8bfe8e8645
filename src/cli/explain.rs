//! `handover explain`.

use super::args;
use super::{Context, Status, output_failed};
use crate::error::{Error, ErrorKind, Result};
use crate::finding::Code;
use crate::finding::catalogue::CATALOGUE;
use crate::report;

pub(super) fn run(args: args::Explain, context: &mut Context<'_>) -> Result<Status> {
    let text = match args.code {
        None => CATALOGUE
            .iter()
            .map(|entry| {
                format!("{:<24} {:<8} {}\n", entry.name, entry.severity.name(), entry.title)
            })
            .collect(),
        Some(name) => match Code::from_name(&name) {
            Some(code) => report::explain(code),
            None => return Err(unknown(&name)),
        },
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
