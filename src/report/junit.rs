//! The report as JUnit XML, in the plain form that build servers read.
//!
//! A table is a test suite, and so is the extract as a whole. Each group of errors is a test case
//! that failed; each group of warnings and infos one that passed, with a note; each check that was
//! not made one that was skipped. A table with none of them is one test case that passed. What was
//! accepted is a test case that passed, with the reason.

use super::{Report, file_name};
use crate::check::{Accepted, Task};
use crate::finding::message::{counted, message, plain, title};
use crate::finding::{Group, Severity};
use std::io::{self, Write};

/// Examples that stand in a failure.
const MOST_EXAMPLES: usize = 20;

/// Writes the report. Times are 0, and without a run the time stamps are the beginning of 1970.
///
/// # Errors
/// Those of `out`.
pub fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let outcome = report.outcome;
    let mut suites = vec![Suite::of(report, None)];
    suites.extend((0_u32..).zip(&outcome.tasks).map(|(number, _)| Suite::of(report, Some(number))));
    let tests: usize = suites.iter().map(Suite::tests).sum();
    let failures: usize = suites.iter().map(Suite::failures).sum();
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(
        out,
        "<testsuites name=\"{}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" time=\"0\">",
        escape(&report.tool.name),
    )?;
    let started = report.run.as_ref().map_or("1970-01-01T00:00:00", |run| {
        // The format has no time zone.
        run.started.trim_end_matches('Z')
    });
    for (id, suite) in suites.iter().enumerate() {
        suite.write(report, id, started, out)?;
    }
    writeln!(out, "</testsuites>")
}

/// One suite: what was found, accepted and not checked in a table, or in the extract as a whole.
struct Suite<'a> {
    name: String,
    groups: &'a [Group],
    accepted: Vec<&'a Accepted>,
    gaps: Vec<&'a crate::finding::Gap>,
}

impl<'a> Suite<'a> {
    fn of(report: &'a Report<'_>, number: Option<u32>) -> Self {
        let outcome = report.outcome;
        let task: Option<&Task> = number.and_then(|number| outcome.tasks.get(number as usize));
        Self {
            name: task.map_or_else(|| "the extract".to_owned(), |task| plain(&task.name, 200)),
            groups: task.map_or(&outcome.groups, |task| &task.groups),
            accepted: outcome.accepted.iter().filter(|a| a.task == number).collect(),
            gaps: outcome.gaps.iter().filter(|gap| gap.resource == number).collect(),
        }
    }

    fn is_sound(&self) -> bool {
        self.groups.is_empty() && self.accepted.is_empty() && self.gaps.is_empty()
    }

    fn tests(&self) -> usize {
        let all = self.groups.len() + self.accepted.len() + self.gaps.len();
        all.max(1)
    }

    fn failures(&self) -> usize {
        self.groups.iter().filter(|group| group.severity == Severity::Error).count()
    }

    fn write(
        &self,
        report: &Report<'_>,
        id: usize,
        started: &str,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        writeln!(
            out,
            "  <testsuite name=\"{}\" id=\"{id}\" package=\"{}\" hostname=\"localhost\" \
             timestamp=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\" time=\"0\">",
            escape(&self.name),
            escape(&report.tool.name),
            escape(started),
            self.tests(),
            self.failures(),
            self.gaps.len(),
        )?;
        writeln!(out, "    <properties/>")?;
        for group in self.groups {
            self.group(report, group, out)?;
        }
        for accepted in &self.accepted {
            self.begin(&format!("{}: {}", accepted.group.code, title(&accepted.group)), out)?;
            let times = counted(accepted.group.occurrences, "time", "times");
            let text = format!("{times}; accepted by {}: {}", accepted.by, accepted.reason);
            writeln!(out, "><system-out>{}</system-out></testcase>", escape(&text))?;
        }
        for gap in &self.gaps {
            self.begin(&gap.check, out)?;
            let reason = escape(&gap.reason);
            writeln!(out, "><skipped message=\"{reason}\">{reason}</skipped></testcase>")?;
        }
        if self.is_sound() {
            self.begin("nothing was found", out)?;
            writeln!(out, "/>")?;
        }
        writeln!(out, "    <system-out/>\n    <system-err/>\n  </testsuite>")
    }

    /// Begins a test case, up to its tag's end.
    fn begin(&self, name: &str, out: &mut dyn Write) -> io::Result<()> {
        write!(
            out,
            "    <testcase name=\"{}\" classname=\"{}\" time=\"0\"",
            escape(&plain(name, 400)),
            escape(&self.name),
        )
    }

    fn group(&self, report: &Report<'_>, group: &Group, out: &mut dyn Write) -> io::Result<()> {
        let fields: Vec<&str> = group.fields.iter().map(|field| field.name.as_str()).collect();
        let fields = match fields.is_empty() {
            true => String::new(),
            false => format!(" ({})", fields.join(", ")),
        };
        self.begin(&format!("{}: {}{fields}", group.code, title(group)), out)?;
        let times = counted(group.occurrences, "time", "times");
        let mut text = format!("{times}\n");
        for sample in report.samples.of(group).iter().take(MOST_EXAMPLES) {
            let file = sample.place.file.and_then(|file| file_name(report.outcome, file));
            let file = file.map(|file| format!("{file}: ")).unwrap_or_default();
            text.push_str(&format!("{file}{}\n", message(group, sample)));
        }
        let entry = group.code.entry();
        let remedy = group.suggestion.as_deref().unwrap_or(entry.remedy);
        text.push_str(&format!("What to do: {}", plain(remedy, 1_000)));
        let text = escape(&text);
        match group.severity {
            Severity::Error => writeln!(
                out,
                "><failure type=\"{}\" message=\"{}\">{text}</failure></testcase>",
                group.code,
                escape(&format!("{}, {times}", title(group))),
            ),
            Severity::Warning | Severity::Info => writeln!(
                out,
                "><system-out>{}: {text}</system-out></testcase>",
                group.severity.name()
            ),
        }
    }
}

/// Text as XML 1.0 can hold it, with all that would act as markup written as references.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push('\n'),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_does_not_act() {
        assert_eq!(escape("<a b=\"c\">&\u{1b}\u{0}\u{ffff}"), "&lt;a b=&quot;c&quot;&gt;&amp;   ");
    }
}
