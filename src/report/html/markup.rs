//! Writes markup that cannot be broken out of.
//!
//! Names of elements and attributes are literals of this program; all else goes through one place
//! that escapes it. No template engine does this better for one page: here the compiler sees that
//! every element is closed, nothing can fail while a report is written but the output itself, and
//! lists are written as they are walked.

use crate::finding::message::plain;
use std::io::{self, Write};

/// Nothing is fetched, nothing runs.
pub(in crate::report) const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// Names and values of attributes.
pub(in crate::report) type Attributes<'a> = &'a [(&'static str, &'a str)];

/// A page on its way to an output.
pub(in crate::report) struct Markup<'w> {
    out: &'w mut dyn Write,
}

impl<'w> Markup<'w> {
    /// Begins a page of HTML.
    pub(in crate::report) fn begin(out: &'w mut dyn Write) -> io::Result<Self> {
        out.write_all(b"<!DOCTYPE html>\n")?;
        Ok(Self { out })
    }

    /// An element with what `content` writes into it.
    pub(in crate::report) fn element(
        &mut self,
        name: &'static str,
        attributes: Attributes<'_>,
        content: impl FnOnce(&mut Self) -> io::Result<()>,
    ) -> io::Result<()> {
        self.start(name, attributes)?;
        content(self)?;
        writeln!(self.out, "</{name}>")
    }

    /// The head of a page: nothing is fetched, nothing runs, and the policy says so.
    pub(in crate::report) fn head(
        &mut self,
        title: &str,
        sheets: &[&'static str],
    ) -> io::Result<()> {
        self.element("head", &[], |page| {
            page.void("meta", &[("charset", "utf-8")])?;
            page.void("meta", &[("http-equiv", "Content-Security-Policy"), ("content", POLICY)])?;
            let view = "width=device-width, initial-scale=1";
            page.void("meta", &[("name", "viewport"), ("content", view)])?;
            page.void("meta", &[("name", "referrer"), ("content", "no-referrer")])?;
            page.leaf("title", &[], &format!("{title} - Handover"))?;
            sheets.iter().try_for_each(|sheet| page.style(sheet))
        })
    }

    /// The body of a page: a link past the banner, the banner, and the main part.
    pub(in crate::report) fn body(
        &mut self,
        kind: &str,
        skip: &str,
        main: impl FnOnce(&mut Self) -> io::Result<()>,
        footer: Option<&str>,
    ) -> io::Result<()> {
        self.element("body", &[], |page| {
            page.leaf("a", &[("class", "skip"), ("href", "#main")], skip)?;
            page.element("header", &[], |page| {
                page.leaf("p", &[("class", "wordmark")], "Handover")?;
                page.leaf("p", &[], kind)
            })?;
            page.element("main", &[("id", "main")], main)?;
            match footer {
                Some(text) => page.element("footer", &[], |page| page.leaf("p", &[], text)),
                None => Ok(()),
            }
        })
    }

    /// An element that holds text only.
    pub(in crate::report) fn leaf(
        &mut self,
        name: &'static str,
        attributes: Attributes<'_>,
        text: &str,
    ) -> io::Result<()> {
        self.span(name, attributes, text)?;
        self.out.write_all(b"\n")
    }

    /// As [`Markup::leaf`], within a line: no white space follows.
    pub(in crate::report) fn span(
        &mut self,
        name: &'static str,
        attributes: Attributes<'_>,
        text: &str,
    ) -> io::Result<()> {
        self.start(name, attributes)?;
        self.text(text)?;
        write!(self.out, "</{name}>")
    }

    /// An element that has no content, as `meta`.
    pub(in crate::report) fn void(
        &mut self,
        name: &'static str,
        attributes: Attributes<'_>,
    ) -> io::Result<()> {
        self.start(name, attributes)?;
        self.out.write_all(b"\n")
    }

    /// Text: on one line, without characters that act, escaped.
    pub(in crate::report) fn text(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(escaped(&plain(text, usize::MAX)).as_bytes())
    }

    /// A style sheet of this program: it may hold no `<`.
    pub(in crate::report) fn style(&mut self, sheet: &'static str) -> io::Result<()> {
        write!(self.out, "<style>\n{sheet}</style>\n")
    }

    fn start(&mut self, name: &'static str, attributes: Attributes<'_>) -> io::Result<()> {
        write!(self.out, "<{name}")?;
        for (name, value) in attributes {
            write!(self.out, " {name}=\"{}\"", escaped(&plain(value, usize::MAX)))?;
        }
        self.out.write_all(b">")
    }
}

/// Text that means itself, between tags and between double quotes.
pub(in crate::report) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_becomes_markup() {
        let hostile = "</p><script a='b' c=\"d\">&amp;\u{1b}[31m\u{202e}\u{0}\n";
        let mut out = Vec::new();
        let mut page = Markup::begin(&mut out).unwrap();
        page.element("p", &[("title", hostile)], |page| page.text(hostile)).unwrap();
        let text = String::from_utf8(out).unwrap();
        let shown = "&lt;/p&gt;&lt;script a=&#39;b&#39; c=&quot;d&quot;&gt;&amp;amp;[31m ";
        assert_eq!(text, format!("<!DOCTYPE html>\n<p title=\"{shown}\">{shown}</p>\n"));
    }
}
