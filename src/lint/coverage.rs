//! How far a descriptor covers what the documentation of an extract must hold by NHS England's Data
//! Migration standard: S26, DMI02, ① to ⑫.
//!
//! What the descriptor says in its own properties counts, and what it says in words under
//! `handover.documentation`. What it does not say is to be asked of the supplier, in these words.

use crate::schema::outline::{self, constraint, fields, handover, resources, text, texts, title};
use serde_json::Value;

/// How far a topic is covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// All that can be looked for is there.
    Covered,
    /// Some of it.
    Partly,
    /// Nothing.
    Open,
}

impl State {
    /// In a word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Covered => "covered",
            Self::Partly => "partly",
            Self::Open => "open",
        }
    }
}

/// A topic of DMI02, and how far it is covered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    /// Its number, 1 to 12.
    pub number: u8,
    /// What it asks for.
    pub title: &'static str,
    /// How far it is covered.
    pub covered: Covered,
}

/// What is said, what lacks, what to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Covered {
    /// How far.
    pub state: State,
    /// What the descriptor says: a clause; empty: nothing.
    pub says: String,
    /// What it lacks: a clause; empty: nothing.
    pub lacks: String,
    /// What to ask the supplier: a sentence; empty where nothing lacks.
    pub ask: String,
}

const TITLES: [(&str, &str); 12] = [
    ("physicalData", "Description of the physical data"),
    ("logicalModel", "Logical model with relationships and keys"),
    ("mapping", "Mapping between physical and logical data"),
    ("units", "Units of measure of numbers"),
    ("codes", "Meaning of all coded values"),
    ("businessRules", "Business rules needed to import"),
    ("exceptions", "Exceptional handling, as of data created between certain dates"),
    ("derivations", "Rules for data that the source derives and does not include"),
    ("exclusions", "Data that are left out"),
    ("checks", "Checks that the target must run"),
    ("reconstitution", "Documents that support rebuilding the solution"),
    ("format", "Format of the extract"),
];

/// Names that are listed before "and n more".
const MOST_LISTED: usize = 8;

fn list(names: &[String]) -> String {
    let shown = names.get(..MOST_LISTED.min(names.len())).unwrap_or_default().join(", ");
    match names.len().saturating_sub(MOST_LISTED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// One thing that is looked for: how many have it of how many, and the names of those without.
struct Part {
    what: &'static str,
    of: usize,
    without: Vec<String>,
    ask: &'static str,
}

impl Part {
    /// A part whose `names` lack it where `has` says so.
    fn of<'v>(
        what: &'static str,
        ask: &'static str,
        all: impl Iterator<Item = (String, &'v Value)>,
        has: impl Fn(&Value) -> bool,
    ) -> Self {
        let (mut of, mut without) = (0, Vec::new());
        for (name, value) in all {
            of += 1;
            if !has(value) {
                without.push(name);
            }
        }
        Self { what, of, without, ask }
    }
}

/// The topics of a package.
pub(super) fn topics(package: &Value) -> Vec<Topic> {
    (1_u8..)
        .zip(TITLES)
        .map(|(number, (name, title))| {
            let words = words(package, name);
            let parts = parts(package, name);
            Topic { number, title, covered: covered(title, &words, parts) }
        })
        .collect()
}

/// What is said in words under a topic's name, anywhere.
fn words(package: &Value, name: &str) -> String {
    let said = |of: &Value| texts(handover(of, "documentation").and_then(|d| d.get(name)));
    let everywhere = std::iter::once(package)
        .chain(resources(package))
        .chain(all_fields(package).map(|(_, f)| f));
    everywhere.map(said).find(|text| says_something(text)).unwrap_or_default()
}

/// Whether words say something: more than that somebody will write them, and more than a word or two.
/// A pointer to a document is enough, since the document travels with the extract.
fn says_something(text: &str) -> bool {
    const EMPTY: [&str; 14] = [
        "tbc",
        "tbd",
        "todo",
        "to do",
        "to be confirmed",
        "to be defined",
        "to be completed",
        "to be added",
        "to be decided",
        "n/a",
        "not applicable yet",
        "lorem ipsum",
        "xxx",
        "see above",
    ];
    let lower = text.trim().to_lowercase();
    let is_empty = EMPTY.iter().any(|word| {
        lower.strip_prefix(word).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
            && lower.split_whitespace().count() < 8
    });
    let words =
        lower.split_whitespace().filter(|word| word.chars().any(char::is_alphabetic)).count();
    let points =
        [".pdf", ".docx", ".xlsx", ".html", "https://"].iter().any(|end| lower.contains(end));
    let none = matches!(
        lower.trim_end_matches('.'),
        "none" | "there are none" | "not applicable" | "no data are left out" | "nothing"
    );
    !is_empty && (words >= 4 || points || none)
}

/// Topics of which properties tell a part at most, so that words are needed too.
fn needs_words(title: &str) -> bool {
    TITLES.iter().any(|(name, of)| *of == title && matches!(*name, "businessRules" | "checks"))
}

/// Whether a text says more of a field than its name does.
fn says_more(text: &str, field: &Value) -> bool {
    let fold = |text: &str| -> Vec<String> {
        let words = crate::schema::draft::words(text).into_iter();
        words
            .filter(|w| !matches!(w.as_str(), "the" | "a" | "an" | "of" | "field" | "column" | "s"))
            .collect()
    };
    let name = fold(self::text(field, "name"));
    let said = fold(text);
    !said.is_empty()
        && said.concat() != name.concat()
        && !said.iter().all(|word| name.contains(word))
}

fn covered(title: &str, words: &str, parts: Vec<Part>) -> Covered {
    let has_words = !words.is_empty();
    let mut says: Vec<String> = parts
        .iter()
        .filter(|part| part.of > part.without.len())
        .map(|part| format!("{} {} of {}", part.what, part.of - part.without.len(), part.of))
        .collect();
    if has_words {
        says.push(format!("in words: {}", crate::finding::message::plain(words, 100)));
    }
    let lacking: Vec<&Part> = parts.iter().filter(|part| !part.without.is_empty()).collect();
    let lacks: Vec<String> = lacking
        .iter()
        .map(|part| format!("{} {} ({})", part.without.len(), part.what, list(&part.without)))
        .collect();
    let is_enough = lacking.is_empty() && !needs_words(title) && !parts.is_empty();
    let state = match (lacking.is_empty() && has_words || is_enough, says.is_empty()) {
        (true, _) => State::Covered,
        (false, false) => State::Partly,
        (false, true) => State::Open,
    };
    let ask = match state {
        State::Covered => String::new(),
        State::Partly if lacking.is_empty() => {
            format!("{title}: please say in words what of it no property tells.")
        }
        _ if lacking.is_empty() => {
            format!(
                "Please send: {}{}.",
                title.chars().next().map(|c| c.to_lowercase().to_string()).unwrap_or_default(),
                title.get(1..).unwrap_or_default()
            )
        }
        _ => lacking
            .iter()
            .map(|part| format!("{}: {}.", part.ask, list(&part.without)))
            .collect::<Vec<_>>()
            .join(" "),
    };
    let lacks = match (state, lacks.is_empty()) {
        (State::Covered, _) => String::new(),
        (State::Partly, true) => "nothing is said of it in words".into(),
        (State::Open, true) => "nothing is said of it".into(),
        _ => lacks.join("; "),
    };
    Covered { state, says: says.join("; "), lacks, ask }
}

fn tables(package: &Value) -> impl Iterator<Item = (String, &Value)> {
    resources(package).iter().map(|resource| (title(resource).to_owned(), resource))
}

fn all_fields(package: &Value) -> impl Iterator<Item = (String, &Value)> {
    resources(package).iter().flat_map(|resource| {
        let name = title(resource);
        fields(resource).iter().map(move |field| (format!("{name}.{}", text(field, "name")), field))
    })
}

/// The fields that are parts of a key or reference.
fn in_keys(package: &Value) -> std::collections::BTreeSet<String> {
    let mut found = std::collections::BTreeSet::new();
    for resource in resources(package) {
        let name = title(resource);
        let primary =
            outline::names(resource.get("schema").and_then(|schema| schema.get("primaryKey")));
        let references =
            outline::references(resource).into_iter().flat_map(|(fields, _, _)| fields);
        found.extend(primary.into_iter().chain(references).map(|field| format!("{name}.{field}")));
    }
    found
}

/// What of a topic the properties of a descriptor can say.
fn parts(package: &Value, topic: &str) -> Vec<Part> {
    let described = |value: &Value| !text(value, "description").is_empty();
    match topic {
        "physicalData" => vec![
            Part::of("files named for tables", "Which files hold", tables(package), |table| {
                table.get("path").is_some() || handover(table, "filePattern").is_some()
            }),
            Part::of(
                "types of fields",
                "Of which type and form are",
                all_fields(package),
                |field| !matches!(text(field, "type"), "" | "any"),
            ),
            Part::of("descriptions of tables", "What is in the tables", tables(package), described),
            Part::of(
                "descriptions of fields",
                "What do these fields hold",
                all_fields(package),
                |field| {
                    says_more(text(field, "description"), field)
                        || says_more(text(field, "title"), field)
                },
            ),
        ],
        "logicalModel" => {
            let referred: Vec<String> = resources(package)
                .iter()
                .flat_map(outline::references)
                .map(|(_, to, _)| to)
                .collect();
            vec![
                Part::of(
                    "primary keys of tables",
                    "What is the key of",
                    tables(package),
                    |table| {
                        table.get("schema").is_some_and(|schema| schema.get("primaryKey").is_some())
                    },
                ),
                Part::of(
                    "relations of tables",
                    "How are these tables related to the others",
                    tables(package),
                    |table| {
                        !outline::references(table).is_empty()
                            || handover(table, "references").is_some()
                            || referred.iter().any(|to| to == text(table, "name"))
                    },
                ),
            ]
        }
        "mapping" => vec![Part::of(
            "logical names of fields",
            "Which logical items do these fields hold",
            all_fields(package),
            // A name of several words, written out, is a logical name even where it says no more.
            |field| !text(field, "title").is_empty() || !text(field, "rdfType").is_empty(),
        )],
        "units" => {
            let keys = in_keys(package);
            let numbers = all_fields(package).filter(|(name, field)| {
                matches!(text(field, "type"), "number" | "integer")
                    && !keys.contains(name)
                    && outline::codes(field).is_empty()
                    && !is_counter(text(field, "name"))
            });
            vec![Part::of("units of numbers", "In which unit are", numbers, |field| {
                let said = text(field, "description").to_lowercase();
                let words =
                    |word: &str| said.split(|c: char| !c.is_alphabetic()).any(|one| one == word);
                handover(field, "unit").is_some() || words("unit") || words("units")
            })]
        }
        "codes" => {
            let coded = all_fields(package).filter(|(_, field)| {
                let codes = outline::codes(field);
                let may_be =
                    !matches!(text(field, "type"), "date" | "time" | "datetime" | "number");
                !codes.is_empty() || (may_be && is_coded(text(field, "name")))
            });
            let keys = in_keys(package);
            let coded = coded.filter(move |(name, field)| {
                !keys.contains(name)
                    && text(field, "rdfType").is_empty()
                    && text(field, "type") != "boolean"
            });
            vec![Part::of(
                "meanings of coded values",
                "What do the values mean of",
                coded,
                |field| {
                    let codes = outline::codes(field);
                    let tells = |(code, meaning): &(String, String)| {
                        !meaning.is_empty() && (meaning != code || meaning.chars().count() > 3)
                    };
                    !codes.is_empty() && codes.iter().all(tells)
                },
            )]
        }
        "businessRules" => {
            let rules: usize = resources(package)
                .iter()
                .map(|table| handover(table, "rules").and_then(Value::as_array).map_or(0, Vec::len))
                .sum();
            counted("rules between fields", rules)
        }
        "checks" => {
            let checks = all_fields(package)
                .filter(|(_, field)| {
                    field
                        .get("constraints")
                        .is_some_and(|c| c.as_object().is_some_and(|c| !c.is_empty()))
                        || constraint(field, "required").is_some()
                })
                .count();
            counted("constrained fields", checks)
        }
        "format" => vec![
            Part::of("encodings of files", "In which encoding are", tables(package), |table| {
                !text(table, "encoding").is_empty()
            }),
            Part::of("forms of dates", "In which form are the dates of", dates(package), |_| true),
        ],
        _ => Vec::new(),
    }
    .into_iter()
    .filter(|part| part.of > 0)
    .collect()
}

fn dates(package: &Value) -> impl Iterator<Item = (String, &Value)> {
    all_fields(package)
        .filter(|(_, field)| matches!(text(field, "type"), "date" | "datetime" | "time"))
}

fn counted(what: &'static str, number: usize) -> Vec<Part> {
    match number {
        0 => Vec::new(),
        of => vec![Part { what, of, without: Vec::new(), ask: "" }],
    }
}

fn is_counter(name: &str) -> bool {
    let name = name.to_lowercase();
    ["id", "number", "count", "order", "sequence", "year", "version", "no", "index"]
        .iter()
        .any(|end| name.ends_with(end))
        || name.starts_with("id")
}

fn is_coded(name: &str) -> bool {
    let name = name.to_lowercase();
    // The code of a place and that on a package say what they are themselves.
    if ["postcode", "zipcode", "barcode"].iter().any(|end| name.ends_with(end)) {
        return false;
    }
    ["code", "type", "status", "sex", "gender", "category", "kind", "mode"]
        .iter()
        .any(|end| name.ends_with(end))
}
