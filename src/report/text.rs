//! The report for a terminal: one page, however bad the data.
//!
//! Verdict, schema, files, causes by weight, what was not checked, what a migration must hand over,
//! the next command. Names from outside are shown without characters that a terminal would obey.

use super::cause::{Cause, causes};
use super::{Report, Verdict, files_with};
use crate::check::Outcome;
use crate::finding::Severity;
use crate::finding::message::{counted, plain, thousands};
use names::fitted;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

mod coverage;
mod files;
mod names;
mod place;

/// The most lines that a report has.
const MOST_LINES: usize = 58;

/// Places of one cause that are listed.
const MOST_PLACES: usize = 3;

/// Unmade checks that are listed.
const MOST_GAPS: usize = 4;

/// How the report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether ANSI colour codes are written. Default: no.
    pub color: bool,
    /// The width in characters; only commands to copy are longer. At least 60. Default: 80.
    pub width: usize,
}

impl Default for Style {
    fn default() -> Self {
        Self { color: false, width: 80 }
    }
}

/// Writes the report: under 60 lines.
///
/// # Errors
/// Those of `out`.
pub fn write(report: &Report<'_>, out: &mut dyn Write, style: Style) -> io::Result<()> {
    let page = Page { report, width: style.width.max(60) };
    for line in page.lines() {
        match line.paint.filter(|_| style.color) {
            Some(paint) => writeln!(out, "{}{}\u{1b}[0m", paint.code(), line.text)?,
            None => writeln!(out, "{}", line.text)?,
        }
    }
    Ok(())
}

/// Words broken into lines of at most `width` characters, unless one word is longer: `first` stands
/// before the first line, `next` before the others.
pub fn wrap(text: &str, first: &str, next: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = first.to_owned();
    let mut length = line.chars().count();
    let mut has_word = false;
    for word in text.split_whitespace() {
        let added = word.chars().count();
        if has_word && length + 1 + added > width {
            lines.push(std::mem::replace(&mut line, next.to_owned()));
            length = line.chars().count();
            has_word = false;
        }
        if has_word {
            line.push(' ');
            length += 1;
        }
        line.push_str(word);
        length += added;
        has_word = true;
    }
    lines.push(line);
    lines
}

/// Text of at most `width` characters; the end of what is longer is cut.
fn cut(text: &str, width: usize) -> String {
    plain(text, width)
}

struct Line {
    text: String,
    paint: Option<Paint>,
}

impl From<String> for Line {
    fn from(text: String) -> Self {
        Self { text, paint: None }
    }
}

#[derive(Clone, Copy)]
enum Paint {
    Good,
    Bad,
    Doubtful,
    Heading,
}

impl Paint {
    fn code(self) -> &'static str {
        match self {
            Self::Good => "\u{1b}[1;32m",
            Self::Bad => "\u{1b}[1;31m",
            Self::Doubtful => "\u{1b}[1;33m",
            Self::Heading => "\u{1b}[1m",
        }
    }

    fn of(severity: Severity) -> Self {
        match severity {
            Severity::Error => Self::Bad,
            Severity::Warning => Self::Doubtful,
            Severity::Info => Self::Heading,
        }
    }
}

struct Page<'a> {
    report: &'a Report<'a>,
    width: usize,
}

impl<'a> Page<'a> {
    fn lines(&self) -> Vec<Line> {
        let causes = causes(self.report.outcome);
        let mut lines = self.verdict();
        lines.extend(self.schema());
        if self.report.reveals {
            let text = "This report holds patient data: cell values were asked for.";
            lines.push(Line { text: text.into(), paint: Some(Paint::Bad) });
        }
        if let Some(text) = accepted(self.report.outcome) {
            lines.extend(wrap(&text, "", "          ", self.width).into_iter().map(Line::from));
        }
        lines.extend(files::table(self.report.outcome, self.width));
        let mut end = self.gaps();
        end.extend(coverage::table(self.report.outcome, self.width));
        end.extend(self.next_commands(&causes));
        let room = MOST_LINES.saturating_sub(lines.len() + end.len());
        lines.extend(self.causes(&causes, room));
        lines.extend(end);
        lines
    }

    fn verdict(&self) -> Vec<Line> {
        let outcome = self.report.outcome;
        let (errors, warnings) = (outcome.count(Severity::Error), outcome.count(Severity::Warning));
        let of_files = |severity| match files_with(outcome, severity).len() {
            0 => String::new(),
            some => format!(
                " in {} of {}",
                thousands(some as u64),
                counted(outcome.files.len() as u64, "file", "files")
            ),
        };
        let with_warnings = match warnings {
            0 => String::new(),
            some => format!(", {}", counted(some, "warning", "warnings")),
        };
        let (text, paint) = match Verdict::of(outcome) {
            Verdict::NotValid => (
                format!(
                    "NOT VALID: {}{}{with_warnings}",
                    counted(errors, "error", "errors"),
                    of_files(Severity::Error)
                ),
                Paint::Bad,
            ),
            Verdict::ValidAsFarAsChecked => {
                (format!("Valid as far as it was checked{with_warnings}"), Paint::Doubtful)
            }
            Verdict::Valid => (
                format!(
                    "Valid, with {}{}",
                    counted(warnings, "warning", "warnings"),
                    of_files(Severity::Warning)
                ),
                Paint::Good,
            ),
            Verdict::ValidAsAccepted => (Verdict::ValidAsAccepted.words().to_owned(), Paint::Good),
            Verdict::NoProblems => {
                let rows = outcome.tasks.iter().map(|task| task.rows).fold(0, u64::saturating_add);
                let text = format!(
                    "No problems found in {}, {}",
                    counted(outcome.files.len() as u64, "file", "files"),
                    counted(rows, "row", "rows")
                );
                (text, Paint::Good)
            }
        };
        let lines = wrap(&text, "", "  ", self.width).into_iter();
        lines.map(|text| Line { text, paint: Some(paint) }).collect()
    }

    fn schema(&self) -> Vec<Line> {
        let text = match &self.report.outcome.schema {
            None => "Schema: none; only what needs no schema was checked".to_owned(),
            Some(schema) => {
                let version = schema.version.iter().map(|version| format!(" {version}"));
                let name = match schema.name.is_empty() {
                    true => "(without a name)",
                    false => &schema.name,
                };
                let text =
                    format!("Schema: {name}{} ({})", version.collect::<String>(), schema.origin);
                plain(&text, 3 * self.width)
            }
        };
        wrap(&text, "", "        ", self.width).into_iter().take(3).map(Line::from).collect()
    }

    /// The causes by weight in at most `room` lines: in full while there is room, then one line
    /// each, then the number of the rest.
    fn causes(&self, causes: &[Cause<'_>], room: usize) -> Vec<Line> {
        const RESERVED: usize = 4;
        let mut lines = Vec::new();
        let mut explained = BTreeSet::new();
        let mut in_full = true;
        for (at, cause) in causes.iter().enumerate() {
            let rest = causes.len() - at - 1;
            let reserve = rest.min(RESERVED) + usize::from(rest > 0);
            let left = room.saturating_sub(lines.len());
            if in_full {
                let block = self.in_full(at + 1, cause, !explained.contains(&cause.code));
                if block.len() + reserve <= left {
                    lines.extend(block);
                    explained.insert(cause.code);
                    continue;
                }
                in_full = false;
                if left > reserve + 1 {
                    lines.push(Line::from(String::new()));
                }
            }
            let left = room.saturating_sub(lines.len());
            if left < 1 + usize::from(rest > 0) {
                lines.push(self.more(causes.get(at..).unwrap_or_default()));
                break;
            }
            lines.push(self.in_short(at + 1, cause));
        }
        lines
    }

    fn more(&self, rest: &[Cause<'_>]) -> Line {
        let of = |severity, one, many| {
            let causes = rest.iter().filter(|cause| cause.severity == severity);
            let sum = causes.fold(0_u64, |sum, cause| sum.saturating_add(cause.occurrences));
            (sum > 0).then(|| counted(sum, one, many))
        };
        let numbers = [
            of(Severity::Error, "error", "errors"),
            of(Severity::Warning, "warning", "warnings"),
            of(Severity::Info, "note", "notes"),
        ];
        let text = format!(
            "   and {} with {}",
            counted(rest.len() as u64, "more cause", "more causes"),
            numbers.into_iter().flatten().collect::<Vec<_>>().join(", "),
        );
        Line::from(cut(&text, self.width))
    }

    fn in_short(&self, number: usize, cause: &Cause<'_>) -> Line {
        let text = format!(
            "{number}. {} {}, {}: ",
            cause.severity.name().to_uppercase(),
            cause.code,
            counted(cause.occurrences, "time", "times"),
        );
        // Where it is, since the code says what; what is cut off at the right is the detail.
        let room = self.width.saturating_sub(text.chars().count());
        let rest = place::in_short(self.report.outcome, cause, room);
        Line::from(cut(&format!("{text}{rest}"), self.width))
    }

    fn in_full(&self, number: usize, cause: &Cause<'_>, explains: bool) -> Vec<Line> {
        let head = format!("{number}. {}: ", cause.severity.name().to_uppercase());
        let text = format!("{} ({})", cause.headline(), cause.code);
        let mut lines = vec![Line::from(String::new())];
        let paint = Some(Paint::of(cause.severity));
        let heading = wrap(&text, &head, "   ", self.width);
        lines.extend(heading.into_iter().map(|text| Line { text, paint }));
        lines.extend(self.places(cause));
        let forms: Vec<String> = cause
            .forms()
            .iter()
            .take(MOST_PLACES)
            .map(|(form, count)| format!("{form} ({})", thousands(*count)))
            .collect();
        if !forms.is_empty() {
            lines.extend(self.item("Found", &forms.join(", ")));
        }
        let entry = cause.code.entry();
        if explains {
            lines.extend(self.item("Usually", entry.cause));
        }
        for suggestion in cause.suggestions().iter().take(2) {
            lines.extend(self.item("Hint", &plain(suggestion, 240)));
        }
        if explains {
            lines.extend(self.item("Do", entry.remedy));
        }
        lines
    }

    fn places(&self, cause: &Cause<'_>) -> Vec<Line> {
        let mut lines = Vec::new();
        let mut head = "Where";
        for (task, group) in cause.members.iter().take(MOST_PLACES) {
            let place = place::place(self.report.outcome, *task, group, cause.members.len() > 1);
            if !place.is_empty() {
                lines.extend(self.item(head, &place));
                head = "";
            }
        }
        let rest = cause.members.get(MOST_PLACES..).unwrap_or_default();
        if !rest.is_empty() {
            let times =
                rest.iter().fold(0_u64, |sum, (_, group)| sum.saturating_add(group.occurrences));
            let text = format!(
                "and {}, {}",
                counted(rest.len() as u64, "more place", "more places"),
                counted(times, "time", "times")
            );
            lines.extend(self.item(head, &text));
        }
        lines
    }

    /// A heading of up to seven characters with its text, indented.
    fn item(&self, head: &str, text: &str) -> Vec<Line> {
        let first = format!("   {head:<9}");
        let text = fitted(text, self.width.saturating_sub(13));
        wrap(&text, &first, &" ".repeat(12), self.width).into_iter().map(Line::from).collect()
    }

    /// The checks that were not made, those of one reason together.
    fn gaps(&self) -> Vec<Line> {
        let outcome = self.report.outcome;
        let mut reasons: BTreeMap<(&str, &str), Vec<Option<u32>>> = BTreeMap::new();
        for gap in &outcome.gaps {
            reasons.entry((&gap.reason, &gap.check)).or_default().push(gap.resource);
        }
        if reasons.is_empty() {
            return Vec::new();
        }
        let text = format!(
            "Not checked: {}",
            counted(outcome.gaps.len() as u64, "check was not made", "checks were not made")
        );
        let heading = Line { text, paint: Some(Paint::Doubtful) };
        let mut lines = vec![Line::from(String::new()), heading];
        for ((reason, check), resources) in reasons.iter().take(MOST_GAPS) {
            let name = |resource: &Option<u32>| {
                let task = outcome.tasks.get(usize::try_from((*resource)?).ok()?)?;
                Some(plain(&task.name, 60))
            };
            let whose = match resources.as_slice() {
                [one] => name(one).map(|name| format!("{name}: ")).unwrap_or_default(),
                many => format!("{} tables: ", thousands(many.len() as u64)),
            };
            let text = fitted(&format!("{whose}{check}, because {reason}"), self.width / 2);
            let text = plain(&text, 2 * self.width - 16);
            let item = wrap(&text, "   - ", "     ", self.width);
            lines.extend(item.into_iter().take(3).map(Line::from));
        }
        let more = reasons.len().saturating_sub(MOST_GAPS);
        if more > 0 {
            let text = counted(more as u64, "more reason", "more reasons");
            lines.push(Line::from(format!("   and {text}")));
        }
        lines
    }

    fn next_commands(&self, causes: &[Cause<'_>]) -> Vec<Line> {
        let extract = match &self.report.extract {
            Some(extract) => quoted(&plain(extract, usize::MAX)),
            None => "EXTRACT".to_owned(),
        };
        let mut commands = Vec::new();
        let tool = &self.report.tool.name;
        if let Some(cause) = causes.first() {
            commands.push(format!("{tool} explain {}", cause.code));
            commands.push(format!("{tool} check {extract} --report findings.xlsx"));
        }
        if let (true, Some(schema)) = (self.report.outcome.is_valid(), &self.report.outcome.schema)
        {
            let schema = match schema.name.is_empty() {
                true => "SCHEMA".to_owned(),
                false => quoted(&plain(&schema.name, 60)),
            };
            commands.push(format!("{tool} package {extract} --schema {schema} --output P.zip"));
        }
        let mut lines = Vec::new();
        for (at, command) in commands.into_iter().enumerate() {
            if at == 0 {
                lines.push(Line::from(String::new()));
            }
            let head = if at == 0 { "Next: " } else { "      " };
            lines.push(Line::from(format!("{head}{command}")));
        }
        lines
    }
}

/// How much was accepted beforehand, and by whom.
fn accepted(outcome: &Outcome) -> Option<String> {
    let times = outcome.accepted.iter().map(|accepted| accepted.group.occurrences);
    let times = times.fold(0, u64::saturating_add);
    let names: BTreeSet<String> =
        outcome.accepted.iter().map(|accepted| plain(&accepted.by, 60)).collect();
    let first = names.first()?;
    let others = match names.len() {
        1 => String::new(),
        more => format!(" and {}", counted(more as u64 - 1, "other", "others")),
    };
    Some(format!("Accepted: {} by {first}{others}", counted(times, "finding", "findings")))
}

/// An argument as a shell takes it: nothing in it is expanded, whatever a name from outside holds.
fn quoted(argument: &str) -> String {
    let is_safe = |c: char| c.is_alphanumeric() || "-_./:\\+,=@%".contains(c);
    if !argument.is_empty() && argument.chars().all(is_safe) {
        return argument.to_owned();
    }
    // Double quotes serve every shell, but do not keep all of them from expanding.
    match argument.contains(['"', '$', '`', '!']) {
        false => format!("\"{argument}\""),
        true => format!("'{}'", argument.replace('\'', "'\\''")),
    }
}
