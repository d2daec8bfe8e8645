//! Which files of an extract are tables, what they are called, and which are parts of one.

use super::labels;
use crate::error::Result;
use crate::schema::draft::plain_name;
use crate::source::sniff::{PEEK, Sniffed, sniff};
use crate::source::{Extract, Fault, Member, MemberReader};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

/// A file that is a table.
#[derive(Debug)]
pub(super) struct File {
    /// Its number among the members.
    pub(super) member: usize,
    pub(super) path: String,
    pub(super) is_sheet: bool,
    /// The first row looks like labels and may be a person's: it is read as data, and not shown.
    pub(super) is_doubtful: bool,
    pub(super) sniffed: Sniffed,
}

/// A table: one file, or several that are its parts.
#[derive(Debug)]
pub(super) struct Table {
    /// As Data Package wants it.
    pub(super) name: String,
    /// As the files have it.
    pub(super) title: String,
    /// The pattern of the files' names, where more than the name of the table is in them.
    pub(super) pattern: Option<String>,
    /// Indices of its files.
    pub(super) files: Vec<usize>,
}

/// The files that are tables, and the paths of those that are none.
pub(super) fn files(extract: &Extract) -> Result<(Vec<File>, Vec<String>)> {
    let (mut files, mut others) = (Vec::new(), Vec::new());
    for (number, member) in extract.members.iter().enumerate() {
        let carries = extract.members.iter().any(|m| m.within == Some(number as u32));
        if member.litter || carries {
            continue;
        }
        let sniffed = match member.is_readable() && may_be_table(member) {
            true => beginning(extract, member)?.and_then(|(bytes, whole)| sniff(&bytes, whole)),
            false => None,
        };
        match sniffed {
            Some(mut sniffed) => {
                let is_doubtful = sniffed.header && !labels::are_certain(&sniffed);
                if is_doubtful {
                    sniffed.header = false;
                    sniffed.labels =
                        (1..=sniffed.labels.len()).map(|number| format!("field{number}")).collect();
                }
                files.push(File {
                    member: number,
                    path: member.path.clone(),
                    is_sheet: member.sheet.is_some(),
                    is_doubtful,
                    sniffed,
                });
            }
            None => others.push(member.path.clone()),
        }
    }
    Ok((files, others))
}

/// The endings of files that are no delimited tables, whatever is in them.
fn may_be_table(member: &Member) -> bool {
    const OTHERS: [&str; 24] = [
        "json", "xml", "html", "htm", "pdf", "doc", "docx", "rtf", "jpg", "jpeg", "png", "tif",
        "tiff", "gif", "bmp", "md", "zip", "exe", "dll", "hl7", "eml", "msg", "xsd", "sql",
    ];
    let name = member.path.rsplit('/').next().unwrap_or(&member.path).to_lowercase();
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    member.sheet.is_some() || !OTHERS.contains(&ending)
}

fn beginning(extract: &Extract, member: &Member) -> Result<Option<(Vec<u8>, bool)>> {
    let mut bytes = Vec::new();
    match extract.reader(member)?.take(PEEK as u64).read_to_end(&mut bytes) {
        Ok(_) => {
            let whole = bytes.len() < PEEK;
            Ok(Some((bytes, whole)))
        }
        Err(error) if Fault::of(&error).is_some() => Ok(None),
        Err(error) => Err(MemberReader::error(&member.path, error)),
    }
}

/// A piece of a file's name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Piece {
    /// What is the same in every delivery.
    Word(String),
    /// A number.
    Number(String),
    /// A GUID.
    Guid(String),
    /// A date or a moment in digits.
    Moment(String),
    /// The code of a practice.
    Practice(String),
    /// What stands between.
    Between(char),
}

impl Piece {
    fn text(&self) -> String {
        match self {
            Self::Word(text)
            | Self::Number(text)
            | Self::Guid(text)
            | Self::Moment(text)
            | Self::Practice(text) => text.clone(),
            Self::Between(c) => c.to_string(),
        }
    }
}

fn pieces(stem: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = stem;
    while let Some(first) = rest.chars().next() {
        if let Some(guid) = rest.get(..36).filter(|text| is_guid(text)) {
            pieces.push(Piece::Guid(guid.into()));
            rest = rest.get(36..).unwrap_or_default();
            continue;
        }
        if !first.is_alphanumeric() {
            pieces.push(Piece::Between(first));
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
            continue;
        }
        let end = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        pieces.push(piece(word));
        rest = after;
    }
    pieces
}

fn piece(word: &str) -> Piece {
    let digits = word.bytes().all(|byte| byte.is_ascii_digit());
    let practice = word.len() == 6
        && word.bytes().next().is_some_and(|byte| byte.is_ascii_uppercase())
        && word.bytes().skip(1).all(|byte| byte.is_ascii_digit());
    let is_year = |text: &str| text.starts_with("19") || text.starts_with("20");
    if digits && matches!(word.len(), 8 | 12 | 14) && is_year(word) {
        Piece::Moment(word.into())
    } else if digits {
        Piece::Number(word.into())
    } else if practice {
        Piece::Practice(word.into())
    } else {
        Piece::Word(word.into())
    }
}

fn is_guid(text: &str) -> bool {
    text.bytes().enumerate().all(|(at, byte)| match at {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    })
}

fn base(path: &str) -> &str {
    let path = path.split('#').next().unwrap_or(path);
    path.rsplit('/').next().unwrap_or(path)
}

/// What files have in common that may be parts of one: the shape of the name, its ending, and how
/// many columns; of a sheet its number.
type Alike = (Vec<String>, String, usize);

/// Groups the files into tables.
pub(super) fn tables(files: &[File]) -> Vec<Table> {
    let named: Vec<(Vec<Piece>, String)> = files
        .iter()
        .map(|file| {
            let name = match file.path.split_once('#') {
                Some((_, sheet)) => sheet,
                None => base(&file.path),
            };
            match name.rsplit_once('.').filter(|_| !file.is_sheet) {
                Some((stem, ending)) => (pieces(stem), format!(".{ending}")),
                None => (pieces(name), String::new()),
            }
        })
        .collect();
    let common = Common::of(&named);
    // Files whose names differ in one number alone, and that have the same columns, are parts.
    let mut groups: BTreeMap<Alike, Vec<usize>> = BTreeMap::new();
    for (number, ((pieces, ending), file)) in named.iter().zip(files).enumerate() {
        let shape: Vec<String> = pieces
            .iter()
            .map(|piece| match piece {
                Piece::Number(_) if !common.has(piece) => "#".into(),
                other => other.text(),
            })
            .collect();
        let key = match file.is_sheet {
            true => (vec![file.path.clone()], ending.clone(), number),
            // A later part of a split file may have no header.
            false => (shape, ending.clone(), file.sniffed.labels.len()),
        };
        groups.entry(key).or_default().push(number);
    }
    let mut tables: Vec<Table> = Vec::new();
    let mut groups: Vec<Vec<usize>> = groups.into_values().collect();
    groups.sort();
    for mut group in groups {
        let numbers = |number: usize| {
            named.get(number).map_or(0, |(pieces, _)| {
                let variable = |p: &&Piece| matches!(p, Piece::Number(_)) && !common.has(p);
                pieces.iter().filter(variable).count()
            })
        };
        let first = group.first().copied().unwrap_or(0);
        let same = |number: &usize| {
            let (a, b) = (files.get(first), files.get(*number));
            let (Some(a), Some(b)) = (a, b) else { return false };
            !b.sniffed.header || a.sniffed.labels == b.sniffed.labels
        };
        let parts = group.len() > 1 && numbers(first) == 1 && group.iter().all(same);
        if parts {
            let part = |number: &usize| {
                let pieces = named.get(*number).map(|(pieces, _)| pieces.as_slice());
                let piece = pieces
                    .unwrap_or_default()
                    .iter()
                    .find(|p| matches!(p, Piece::Number(_)) && !common.has(p));
                piece.and_then(|piece| piece.text().parse::<u64>().ok())
            };
            group.sort_by_key(part);
            tables.push(table(files, &named, &common, group, true));
        } else {
            for number in group {
                tables.push(table(files, &named, &common, vec![number], false));
            }
        }
    }
    tables.sort_by_key(|table| table.files.iter().min().copied());
    let mut taken = BTreeSet::new();
    for table in &mut tables {
        let plain = table.name.clone();
        let mut number = 2;
        while !taken.insert(table.name.clone()) {
            table.name = format!("{plain}-{number}");
            number += 1;
        }
    }
    tables
}

/// What all names have.
struct Common {
    pieces: BTreeSet<Piece>,
    files: usize,
}

impl Common {
    fn of(named: &[(Vec<Piece>, String)]) -> Self {
        let mut all: Option<BTreeSet<Piece>> = None;
        for (pieces, _) in named {
            let own: BTreeSet<Piece> = pieces.iter().cloned().collect();
            all = Some(match all {
                None => own,
                Some(all) => all.intersection(&own).cloned().collect(),
            });
        }
        Self { pieces: all.unwrap_or_default(), files: named.len() }
    }

    /// Whether a piece is in the name of each of several files.
    fn has(&self, piece: &Piece) -> bool {
        self.files > 1 && self.pieces.contains(piece)
    }
}

fn table(
    files: &[File],
    named: &[(Vec<Piece>, String)],
    common: &Common,
    group: Vec<usize>,
    parts: bool,
) -> Table {
    let first = group.first().copied().unwrap_or(0);
    let nothing = (Vec::new(), String::new());
    let (pieces, ending) = named.get(first).unwrap_or(&nothing);
    let is_sheet = files.get(first).is_some_and(|file| file.is_sheet);
    let mut words = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Word(word) if !(common.files > 2 && common.has(piece)) => {
                words.push(word.clone())
            }
            Piece::Number(number) if !common.has(piece) && !parts => words.push(number.clone()),
            _ => {}
        }
    }
    if words.is_empty() {
        words = pieces.iter().filter(|p| matches!(p, Piece::Word(_))).map(Piece::text).collect();
    }
    let title = if words.is_empty() { format!("table{}", first + 1) } else { words.join("_") };
    let variable = |piece: &Piece| match piece {
        Piece::Guid(_) | Piece::Moment(_) => true,
        Piece::Practice(_) => common.has(piece),
        Piece::Number(_) => common.has(piece) || parts,
        _ => false,
    };
    let pattern = (!is_sheet && pieces.iter().any(variable)).then(|| {
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        let mut pattern = String::new();
        for piece in pieces {
            let (name, form) = match piece {
                Piece::Guid(_) => {
                    ("guid", "[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}".to_owned())
                }
                Piece::Moment(text) => ("date", format!("[0-9]{{{}}}", text.len())),
                Piece::Practice(_) if common.has(piece) => ("practice", "[A-Z][0-9]{5}".to_owned()),
                Piece::Number(_) if common.has(piece) => ("batch", "[0-9]+".to_owned()),
                Piece::Number(_) if parts => ("part", "[0-9]+".to_owned()),
                other => {
                    pattern.push_str(&regex_syntax::escape(&other.text()));
                    continue;
                }
            };
            let number = seen.entry(name).or_default();
            *number += 1;
            // What differs from file to file is no mark of the delivery.
            if name == "part" || common.has(piece) {
                let name = if *number == 1 { name.to_owned() } else { format!("{name}{number}") };
                pattern.push_str(&format!("(?P<{name}>{form})"));
            } else {
                pattern.push_str(&format!("({form})"));
            }
        }
        pattern.push_str(&regex_syntax::escape(ending));
        pattern
    });
    Table { name: plain_name(&title), title, pattern, files: group }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(names: &[&str]) -> Vec<String> {
        let files: Vec<File> = names
            .iter()
            .zip(0..)
            .map(|(name, member)| File {
                member,
                path: (*name).into(),
                is_sheet: false,
                is_doubtful: false,
                sniffed: sniff(b"a,b\n1,2\n", true).unwrap(),
            })
            .collect();
        let shown = tables(&files).into_iter();
        shown
            .map(|t| format!("{} {:?} {}", t.name, t.files, t.pattern.unwrap_or_default()))
            .collect()
    }

    #[test]
    fn names_and_patterns_are_told_from_file_names() {
        assert_eq!(of(&["Patient.csv", "x/Staff.csv"]), ["patient [0] ", "staff [1] "]);
        assert_eq!(
            of(&[
                "FULL_F86007_journal_data-20180817.csv",
                "FULL_F86007_staff_data-20180817.csv",
                "FULL_F86007_practice_data-20180817.csv"
            ]),
            [
                "journal [0] FULL_(?P<practice>[A-Z][0-9]{5})_journal_data\\-(?P<date>[0-9]{8})\\.csv",
                "staff [1] FULL_(?P<practice>[A-Z][0-9]{5})_staff_data\\-(?P<date>[0-9]{8})\\.csv",
                "practice [2] FULL_(?P<practice>[A-Z][0-9]{5})_practice_data\\-(?P<date>[0-9]{8})\\.csv",
            ]
        );
        assert_eq!(
            of(&["obs_10.csv", "obs_2.csv", "drug.csv"]),
            ["obs [1, 0] obs_(?P<part>[0-9]+)\\.csv", "drug [2] "]
        );
    }
}
