//! `handover access-plan`.

use super::args::{self, Format};
use super::{Context, Status, output_failed};
use crate::access::{self, Facts, Plan, PriceList, Terms, Timeline, Wanted};
use crate::error::{Error, ErrorKind, Result};
use crate::output::{Existing, Output};
use crate::report::access as render;
use crate::report::text::Style;
use std::io::{self, BufWriter, Write};
use std::path::Path;

pub(super) fn run(args: args::AccessPlan, context: &mut Context<'_>) -> Result<Status> {
    if let Some(path) = &args.template {
        return template(path, context);
    }
    let forms: Vec<(&Path, Form)> = args
        .reports
        .iter()
        .map(|path| Ok((path.as_path(), Form::of(path)?)))
        .collect::<Result<_>>()?;
    let (Some(go_live), Some(prices), Some(years), Some(requests_per_year)) =
        (args.go_live, &args.prices, args.years, args.requests_per_year)
    else {
        return Err(Error::internal("an option that is required is missing"));
    };
    for (path, _) in &forms {
        refuse_same(path, prices)?;
    }
    let timeline = Timeline::of(Facts {
        go_live,
        notice_given: args.notice,
        extended_to: args.extended_to,
        terms: Terms {
            bedding_in_months: args.bedding_in_months,
            notice_months: args.notice_months,
        },
    })?;
    let list = PriceList::read(prices)?;
    let wanted = Wanted { years, requests_per_year };
    let plan = access::plan(timeline, &list, args.supplier.as_deref(), wanted)?;
    for (path, form) in forms {
        let mut output = context.create(path, Existing::Replace)?;
        save(&mut output, path, |out| form.write(&plan, out))?;
        output.commit()?;
    }
    let style = Style { color: context.color, ..Style::default() };
    let mut out = BufWriter::new(&mut *context.out);
    match args.format {
        Format::Text => render::text(&plan, &mut out, style),
        Format::Json => render::json(&plan, &mut out),
    }
    .and_then(|()| out.flush())
    .map_err(output_failed)?;
    Ok(Status::Well)
}

fn template(path: &Path, context: &mut Context<'_>) -> Result<Status> {
    if !matches!(Form::of(path), Ok(Form::Xlsx)) {
        let message =
            format!("the template is a workbook, and {} is no name of one", path.display());
        return Err(Error::new(ErrorKind::Usage, message).with_hint("name it .xlsx"));
    }
    let mut output = context.create(path, Existing::Keep)?;
    save(&mut output, path, render::template)?;
    output.commit()?;
    context.note(&format!("wrote {}; fill it in and give it with --prices", path.display()));
    Ok(Status::Well)
}

/// The form of a report file.
#[derive(Debug, Clone, Copy)]
enum Form {
    Html,
    Xlsx,
    Json,
    Text,
}

impl Form {
    fn of(path: &Path) -> Result<Self> {
        let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase());
        match extension.as_deref() {
            Some("html" | "htm") => Ok(Self::Html),
            Some("xlsx") => Ok(Self::Xlsx),
            Some("json") => Ok(Self::Json),
            Some("txt") => Ok(Self::Text),
            _ => {
                let message = format!("cannot tell the form of the report {}", path.display());
                let hint = "name it .html, .xlsx, .json or .txt";
                Err(Error::new(ErrorKind::Usage, message).with_hint(hint))
            }
        }
    }

    fn write(self, plan: &Plan<'_>, out: &mut dyn Write) -> Result<io::Result<()>> {
        match self {
            Self::Html => Ok(render::html(plan, out)),
            Self::Xlsx => render::xlsx(plan, out),
            Self::Json => Ok(render::json(plan, out)),
            Self::Text => Ok(render::text(plan, out, Style::default())),
        }
    }
}

fn save(
    output: &mut Output,
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> Result<io::Result<()>>,
) -> Result<()> {
    let mut buffered = BufWriter::new(output);
    let written = write(&mut buffered)?;
    written.and_then(|()| buffered.flush()).map_err(|error| Error::io("write", path, error))
}

/// A report never replaces the price sheet that it is made from.
fn refuse_same(report: &Path, prices: &Path) -> Result<()> {
    match (report.canonicalize(), prices.canonicalize()) {
        (Ok(one), Ok(other)) if one == other => {
            let message = format!("the report {} would replace the price sheet", report.display());
            Err(Error::new(ErrorKind::Output, message).with_hint("give another name"))
        }
        _ => Ok(()),
    }
}
