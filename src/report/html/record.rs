//! One patient's record and audit trail as a page: who did what when, to read and to print.
//!
//! The first page says what is proven, what is not, and that third parties were not removed.

use super::STYLE;
use super::markup::Markup;
use crate::finding::message::{counted, thousands};
use crate::report::verdict;
use crate::schema::Schema;
use std::io;

/// A row of the timeline.
#[derive(Debug, Clone)]
pub struct Item {
    /// When it happened, as 2011-03-02.
    pub event: Option<String>,
    /// When it was entered.
    pub recorded: Option<String>,
    /// The time of day, as the row has it.
    pub time: Option<String>,
    /// What kind of row it is: the resource's title.
    pub kind: String,
    /// Whether it is an entry of the audit trail.
    pub is_audit: bool,
    /// Who did it: as the row has it, or what that refers to.
    pub user: Option<String>,
    /// The number of the field that says who did it.
    pub user_field: Option<usize>,
    /// What was done, as the row has it.
    pub action: Option<String>,
    /// Number of the file.
    pub file: u64,
    /// The row, from 1.
    pub row: u64,
    /// What the row has, in the order of the declared fields.
    pub cells: Vec<Cell>,
}

/// A cell of a row.
#[derive(Debug, Clone)]
pub struct Cell {
    /// Number of the declared field.
    pub field: usize,
    /// What the field is called.
    pub name: String,
    /// The value.
    pub value: String,
    /// Whether it is part of a key.
    pub is_key: bool,
    /// In words the row that it refers to.
    pub refers: Option<String>,
}

/// How the rows of a file came to be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Origin {
    /// They stand in a file as it was delivered.
    #[default]
    Delivered,
    /// They were compressed in such a file.
    Compressed,
    /// They are the text that this program makes of a sheet.
    Sheet,
}

impl Origin {
    /// In one word, for a program.
    pub fn name(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Compressed => "compressed",
            Self::Sheet => "sheet",
        }
    }
}

/// Rows of one file.
#[derive(Debug, Clone, Default)]
pub struct Count {
    /// The resource, or nothing for a document.
    pub name: String,
    /// How its rows came to be.
    pub origin: Origin,
    /// Whether what is shown of it has no proof.
    pub without_proof: bool,
    /// Rows of the patient in the range.
    pub matched: u64,
    /// Of these, those without a date.
    pub undated: u64,
    /// Rows of the patient outside the range.
    pub outside: u64,
    /// Rows that the patient's rows refer to.
    pub references: u64,
    /// Rows of the whole file whose patient cannot be told.
    pub unattributable: u64,
}

/// What the page is made from.
#[derive(Debug)]
pub struct Page<'a> {
    /// The declared schema.
    pub schema: &'a Schema,
    /// The NHS number, where there is a sound one.
    pub nhs_number: Option<&'a str>,
    /// Identifiers in the source system.
    pub ids: &'a [String],
    /// First day.
    pub from: Option<String>,
    /// Last day.
    pub to: Option<String>,
    /// Whether the range is one of recorded dates.
    pub by_recorded: bool,
    /// Why it was retrieved.
    pub reason: &'a str,
    /// By whom.
    pub requested_by: &'a str,
    /// When.
    pub time: &'a str,
    /// What the package says of itself.
    pub facts: &'a [(String, String)],
    /// The package's identifier.
    pub origin: &'a str,
    /// Its root, in hexadecimal.
    pub root: &'a str,
    /// The timeline, in order; undated rows first.
    pub items: &'a [Item],
    /// Counts by file.
    pub counts: &'a [Count],
    /// Rows of the package whose patient cannot be told.
    pub unattributable: u64,
    /// Documents that the rows name and that are not in the package.
    pub missing_documents: u64,
}

/// The page.
pub fn page(page: &Page<'_>) -> String {
    let mut out = Vec::new();
    // A vector takes all that is written.
    let _ = write(page, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

fn write(what: &Page<'_>, out: &mut Vec<u8>) -> io::Result<()> {
    let title = "One patient's record and audit trail";
    let mut page = Markup::begin(out)?;
    page.element("html", &[("lang", "en-GB")], |page| {
        page.head(title, &[STYLE, include_str!("record.css")])?;
        let main = |page: &mut Markup<'_>| {
            first_page(page, what, title)?;
            timeline(page, what)
        };
        page.body("Retrieval of a record as evidence", "Skip to the record", main, None)
    })
}

fn first_page(page: &mut Markup<'_>, what: &Page<'_>, title: &str) -> io::Result<()> {
    page.element("section", &[("class", "verdict")], |page| {
        page.leaf("h1", &[], title)?;
        let number = what.nhs_number.map_or("not stated, or not a sound one".to_owned(), spaced);
        page.leaf("p", &[], &format!("NHS number: {number}"))?;
        let ids = what.ids.join(", ");
        let several = match what.ids.len() {
            1 => "Identifier in the source system".to_owned(),
            many => format!("{many} identifiers in the source system, all of them included"),
        };
        page.leaf("p", &[], &format!("{several}: {ids}"))?;
        page.leaf("p", &[], &range_words(what))
    })?;
    page.leaf("h2", &[], "What is proven, and what is not")?;
    page.element("ul", &[], |page| {
        page.leaf("li", &[], &format!(
            "When \"handover verify\" finds this export intact, it is proven: {} The files \
             under data/rows/ are the evidence. No proof covers this page, which is made from them; \
             \"handover verify\" makes it again and says where it differs. A page alone, without the \
             export, proves nothing.",
            verdict::statement()
        ))?;
        let sum = |wanted: &dyn Fn(&Count) -> bool| {
            let files = what.counts.iter().filter(|count| wanted(count));
            files.fold(0, |sum, count| sum + count.matched + count.references)
        };
        let about = verdict::about_rows(
            sum(&|count| count.origin == Origin::Compressed),
            sum(&|count| count.origin == Origin::Sheet && !count.without_proof),
            sum(&|count| count.without_proof),
        );
        about.iter().try_for_each(|text| page.leaf("li", &[], text))?;
        page.leaf("li", &[], "Dates are days in London, both ends included. Rows without a date are always included.")?;
        if what.by_recorded {
            page.leaf("li", &[], "The range is one of recorded dates. So that nothing can be left out, the dates and \
                row numbers (no content) of all of the patient's rows are shown in proof/proof.json.")?;
        }
        page.leaf("li", &[], "Not proven: that the supplier's extract was truthful or complete, or that the declared \
            attribution is right; nor who asked, when and why, which no proof covers.")?;
        if what.unattributable > 0 {
            page.leaf("li", &[], &format!(
                "{} of the package could not be attributed to any patient; some may be this patient's.",
                counted(what.unattributable, "row", "rows")
            ))?;
        }
        if what.missing_documents > 0 {
            page.leaf("li", &[], &format!(
                "{} that the rows name {} not in the package.",
                counted(what.missing_documents, "document", "documents"),
                if what.missing_documents == 1 { "is" } else { "are" }
            ))?;
        }
        page.leaf("li", &[], "Third parties named in free text were NOT removed. Whoever passes this on must look for them.")
    })?;
    page.leaf("h2", &[], "Who asked, when and why")?;
    let mut facts = vec![
        ("Requested by", what.requested_by.to_owned()),
        ("Reason", what.reason.to_owned()),
        ("Retrieved", what.time.to_owned()),
        ("Package", what.origin.to_owned()),
        ("Its root (SHA-256)", what.root.to_owned()),
        ("Declared schema", what.schema.title.clone().unwrap_or_else(|| what.schema.name.clone())),
    ];
    for (label, value) in what.facts {
        let name = match label.as_str() {
            "Source-Organization" => "Practice",
            "Practice-ODS-Code" => "Practice (ODS code)",
            "Source-System" => "Source system",
            "Package-Time" => "Packaged",
            "Outcome-On-The-Day" => "Outcome of the check on the day",
            "Signing-Key" => "Signing key",
            _ => continue,
        };
        facts.push((name, value.clone()));
    }
    page.element(
        "section",
        &[("class", "frame"), ("tabindex", "0"), ("aria-label", "Who asked, when and why")],
        |page| {
            page.element("table", &[], |page| {
                page.element("tbody", &[], |page| {
                    facts.iter().try_for_each(|(name, value)| {
                        page.element("tr", &[], |page| {
                            page.leaf("th", &[("scope", "row")], name)?;
                            page.leaf("td", &[], value)
                        })
                    })
                })
            })
        },
    )?;
    page.leaf("h2", &[], "Rows by table")?;
    page.element(
        "section",
        &[("class", "frame"), ("tabindex", "0"), ("aria-label", "Rows by table")],
        |page| {
            page.element("table", &[("class", "counts")], |page| {
                page.leaf("caption", &[], "What was found of the patient, and what was not shown")?;
                page.element("thead", &[], |page| {
                    page.element("tr", &[], |page| {
                        [
                            "Table",
                            "In the range",
                            "of these undated",
                            "Outside the range",
                            "Referred to",
                            "Unattributable in the whole table",
                        ]
                        .iter()
                        .try_for_each(|name| page.leaf("th", &[("scope", "col")], name))
                    })
                })?;
                page.element("tbody", &[], |page| {
                    what.counts.iter().try_for_each(|count| {
                        page.element("tr", &[], |page| {
                            let name = if count.name.is_empty() { "document" } else { &count.name };
                            page.leaf("th", &[("scope", "row")], name)?;
                            for number in [
                                count.matched,
                                count.undated,
                                count.outside,
                                count.references,
                                count.unattributable,
                            ] {
                                page.leaf("td", &[], &thousands(number))?;
                            }
                            Ok(())
                        })
                    })
                })
            })
        },
    )
}

/// How many characters a value may have that stands beside others.
const SHORT: usize = 48;

fn timeline(page: &mut Markup<'_>, what: &Page<'_>) -> io::Result<()> {
    page.element("section", &[("class", "timeline"), ("aria-labelledby", "timeline")], |page| {
        page.leaf("h2", &[("id", "timeline")], "Timeline")?;
        if what.items.is_empty() {
            return page.leaf("p", &[], "The package has no row of this patient in the range.");
        }
        page.leaf("p", &[], "In the order of their dates, rows without a date first. Entries of the audit trail are \
            marked as such and have a dashed edge. What a key refers to is shown with it, as far as the package has \
            it; the identifiers themselves stand last.")?;
        let years: Vec<&[Item]> = what.items.chunk_by(|a, b| year(a) == year(b)).collect();
        if years.len() > 2 {
            page.element("nav", &[("aria-label", "Years of the timeline")], |page| {
                page.element("ul", &[], |page| {
                    years.iter().try_for_each(|items| {
                        let year = items.first().map_or("", year);
                        page.element("li", &[], |page| {
                            let text = format!("{} ({})", year_words(year), items.len());
                            page.leaf("a", &[("href", &format!("#year-{year}"))], &text)
                        })
                    })
                })
            })?;
        }
        years.iter().try_for_each(|items| {
            let year = items.first().map_or("", year);
            page.leaf("h3", &[("id", &format!("year-{year}"))], year_words(year))?;
            items.iter().try_for_each(|item| entry(page, item))
        })
    })
}

/// The year of an item; `none` where it has no date.
fn year(item: &Item) -> &str {
    item.event.as_deref().and_then(|date| date.get(..4)).unwrap_or("none")
}

fn year_words(year: &str) -> &str {
    if year == "none" { "No date" } else { year }
}

fn entry(page: &mut Markup<'_>, item: &Item) -> io::Result<()> {
    let class = if item.is_audit { "entry audit" } else { "entry" };
    page.element("article", &[("class", class)], |page| {
        let when = match (&item.event, &item.time) {
            (Some(date), Some(time)) => format!("{date} {time}"),
            (Some(date), None) => date.clone(),
            _ => "no date".to_owned(),
        };
        let kind =
            if item.is_audit { format!("audit trail: {}", item.kind) } else { item.kind.clone() };
        page.leaf("h4", &[], &format!("{when}, {kind}"))?;
        let mut about = Vec::new();
        about.extend(item.action.as_ref().map(|action| format!("action: {action}")));
        about.extend(item.user.as_ref().map(|user| format!("by: {user}")));
        about.extend(item.recorded.as_ref().map(|date| format!("recorded: {date}")));
        about.push(format!("row {}", thousands(item.row)));
        page.leaf("p", &[("class", "meta")], &about.join(", "))?;
        // What the lines above say already is not said again.
        let is_said = |cell: &Cell| {
            [&item.event, &item.time, &item.recorded].contains(&&Some(cell.value.clone()))
                || (item.user_field == Some(cell.field) && item.user.is_some())
        };
        let is_shown = |cell: &&Cell| (!cell.is_key || cell.refers.is_some()) && !is_said(cell);
        if item.cells.iter().any(|cell| is_shown(&cell)) {
            page.element("dl", &[], |page| {
                item.cells.iter().filter(is_shown).try_for_each(|cell| {
                    let value = cell.refers.as_ref().unwrap_or(&cell.value);
                    let is_long = value.chars().nth(SHORT).is_some() || value.contains('\n');
                    let class: &[(&str, &str)] = if is_long { &[("class", "long")] } else { &[] };
                    page.element("div", class, |page| {
                        page.leaf("dt", &[], &cell.name)?;
                        page.element("dd", &[], |page| lines(page, value))
                    })
                })
            })?;
        }
        let keys = item.cells.iter().filter(|cell| cell.is_key);
        let keys: Vec<String> = keys.map(|cell| format!("{} {}", cell.name, cell.value)).collect();
        match keys.is_empty() {
            true => Ok(()),
            false => page.leaf("p", &[("class", "keys")], &keys.join(" · ")),
        }
    })
}

/// Text with its own line breaks.
fn lines(page: &mut Markup<'_>, text: &str) -> io::Result<()> {
    for (number, line) in text.lines().enumerate() {
        if number > 0 {
            page.void("br", &[])?;
        }
        page.text(line)?;
    }
    Ok(())
}

/// As people write it: 943 476 5919.
fn spaced(number: &str) -> String {
    match (number.get(..3), number.get(3..6), number.get(6..)) {
        (Some(a), Some(b), Some(c)) => format!("{a} {b} {c}"),
        _ => number.to_owned(),
    }
}

fn range_words(what: &Page<'_>) -> String {
    let date = if what.by_recorded { "recorded date" } else { "date of the event" };
    match (&what.from, &what.to) {
        (None, None) => "All dates.".into(),
        (Some(from), None) => format!("From {from} on, by {date}."),
        (None, Some(to)) => format!("Up to {to}, by {date}."),
        (Some(from), Some(to)) => format!("From {from} to {to}, by {date}."),
    }
}
