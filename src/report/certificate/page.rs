//! The certificate's two renderings.

use super::Certificate;
use crate::report::access::{timeline_rows, timeline_text};
use crate::report::html::markup::escaped;
use crate::report::text::wrap;
use crate::report::verdict::grouped;
use std::fmt::Write;

/// Who signs the paper.
const PEOPLE: [&str; 2] = ["For the practice", "For whoever keeps the package"];

/// The longest line of the text, in characters, where words allow.
const WIDTH: usize = 80;

const STYLE: &str = "
@page{size:A4;margin:9mm 14mm}
body{font:9pt/1.28 system-ui,sans-serif;color:#111;background:#fff;margin:0;overflow-wrap:anywhere}
main{max-width:182mm;margin:0 auto;padding:0 2mm}
h1{font-size:15pt;margin:0 0 2mm}h2{font-size:9pt;margin:2mm 0 .3mm;break-after:avoid}
p{margin:0 0 1.5mm}ul{margin:0;padding-left:5mm}
.good,.bad{border:.6mm solid #14532d;padding:1.5mm 3mm;font-size:11.5pt}
.bad{border-color:#8f1313;border-style:double;border-width:1.2mm;color:#8f1313}
dl{margin:0}dl div{display:flex;gap:2mm;break-inside:avoid;padding:.25mm 0}
dt{font-weight:600;flex:0 1 38mm;min-width:24mm}.facts dt{flex:0 0 30mm}dd{margin:0;overflow-wrap:anywhere;min-width:0}
.facts{columns:2 70mm;column-gap:6mm}
.note{font-size:8pt;line-height:1.25;margin:.5mm 0 0}
pre{font:8pt/1.3 ui-monospace,monospace;white-space:pre-wrap;overflow-wrap:anywhere;margin:0}
.people{display:flex;flex-wrap:wrap;gap:2mm 8mm;margin-top:3mm;break-inside:avoid}
.people p{flex:1 1 70mm}
.people span{display:inline-block;border-bottom:.2mm solid #111;width:44%;padding-top:6mm;color:#444;font-size:8pt}
";

impl Certificate {
    /// The page as text.
    pub fn text(&self) -> String {
        let mut out = String::new();
        let title = self.title.to_uppercase();
        let _ = writeln!(out, "{title}\n{}\n\n{}\n", "=".repeat(title.len()), self.headline);
        for (label, value) in &self.facts {
            let lines = wrap(value, &format!("{label:<18} "), &" ".repeat(19), WIDTH);
            lines.iter().for_each(|line| _ = writeln!(out, "{line}"));
        }
        for (heading, items) in self.lists() {
            let _ = writeln!(out, "\n{heading}");
            let lines = items.iter().flat_map(|item| wrap(item, "  - ", "    ", WIDTH));
            lines.for_each(|line| _ = writeln!(out, "{line}"));
        }
        if let Some(dates) = &self.after_go_live {
            out.push('\n');
            timeline_text(dates, WIDTH).iter().for_each(|line| _ = writeln!(out, "{line}"));
        }
        if let Some((label, digits)) = &self.digest {
            let _ = writeln!(out, "\n{label}, in groups of four:");
            grouped(digits).iter().for_each(|row| _ = writeln!(out, "    {row}"));
        }
        for (place, commands) in &self.repeat {
            let _ = writeln!(out, "\nTo repeat it {place}:");
            commands.iter().for_each(|command| _ = writeln!(out, "    {command}"));
        }
        for name in PEOPLE {
            let _ =
                writeln!(out, "\n{name}\n\n    ______________________________  Date ____________");
        }
        out
    }

    /// The page as HTML for one sheet of A4: it stands alone, and needs no script.
    pub fn html(&self) -> String {
        let mut out = String::new();
        let class = if self.bad { "bad" } else { "good" };
        let title = escaped(&self.title);
        let _ = write!(
            out,
            "<!DOCTYPE html>\n<html lang=\"en-GB\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta http-equiv=\"Content-Security-Policy\" \
             content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
             <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n\
             <h1>{title}</h1>\n<p class=\"{class}\"><strong>{}</strong></p>\n",
            escaped(&self.headline)
        );
        let facts = self.facts.iter().map(|(label, value)| (label.as_str(), value.as_str()));
        described(&mut out, "<dl class=\"facts\">", facts);
        for (heading, items) in self.lists() {
            let _ = writeln!(out, "<h2>{heading}</h2>\n<ul>");
            items.iter().for_each(|item| _ = writeln!(out, "<li>{}</li>", escaped(item)));
            out.push_str("</ul>\n");
        }
        if let Some(dates) = &self.after_go_live {
            let (rows, notes) = timeline_rows(dates);
            out.push_str("<h2>After go-live</h2>\n");
            let rows = rows.iter().map(|(label, value)| (*label, value.as_str()));
            described(&mut out, "<dl>", rows);
            let _ = writeln!(out, "<p class=\"note\">{}</p>", escaped(&notes.join(" ")));
        }
        if let Some((label, digits)) = &self.digest {
            let rows: Vec<String> =
                grouped(digits).iter().map(|row| escaped(row.as_str())).collect();
            let _ = writeln!(
                out,
                "<h2>{}, in groups of four</h2>\n<pre>{}</pre>",
                escaped(label),
                rows.join("\n")
            );
        }
        for (place, commands) in &self.repeat {
            let commands: Vec<String> = commands.iter().map(|line| escaped(line)).collect();
            let _ = writeln!(
                out,
                "<h2>To repeat it {}</h2>\n<pre>{}</pre>",
                escaped(place),
                commands.join("\n")
            );
        }
        out.push_str("<div class=\"people\">\n");
        for name in PEOPLE {
            let _ = writeln!(out, "<p>{name}<br><span>Signature</span> <span>Date</span></p>");
        }
        out.push_str("</div>\n</main>\n</body>\n</html>\n");
        out
    }

    fn lists(&self) -> impl Iterator<Item = (&'static str, &Vec<String>)> {
        let all = [
            ("What is wrong", &self.problems),
            ("What was checked", &self.checked),
            ("What was not checked, or is not shown by this", &self.unchecked),
        ];
        all.into_iter().filter(|(_, items)| !items.is_empty())
    }
}

/// A list of labels with their values.
fn described<'a>(out: &mut String, begin: &str, pairs: impl Iterator<Item = (&'a str, &'a str)>) {
    let _ = writeln!(out, "{begin}");
    for (label, value) in pairs {
        let (label, value) = (escaped(label), escaped(value));
        let _ = writeln!(out, "<div><dt>{label}</dt><dd>{value}</dd></div>");
    }
    out.push_str("</dl>\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_from_outside_is_text_on_the_page() {
        let page = Certificate {
            title: "T".into(),
            headline: "<script>".into(),
            facts: vec![("Practice".into(), "<img src=x onerror=\"'&".into())],
            problems: vec!["</li><b>".into()],
            ..Certificate::default()
        };
        let html = page.html();
        for wrong in ["<script", "<img", "<b>"] {
            assert!(!html.contains(wrong), "{wrong}");
        }
        assert!(html.contains("&lt;img src=x onerror=&quot;&#39;&amp;"));
        assert!(!html.contains("http://") && !html.contains("https://"));
    }
}
