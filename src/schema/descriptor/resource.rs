//! Data Resource: one file (or one table cut into several files).

use super::json::Json;
use super::metadata::{self, Version};
use super::package::{Files, Lookup};
use super::properties::Level;
use super::reader::{At, Object, Reader};
use super::{dialect, extension, extension_table, listing, table};
use crate::digest::Digest;
use crate::path::{MemberPath, PathFault};
use crate::schema::{Documentation, Encoding, FieldsMatch, Presence, Resource, Severities, Table};

/// A resource whose foreign keys still wait for the other resources.
#[derive(Debug)]
pub(super) struct Draft<'n> {
    pub resource: Resource,
    /// Where its name stands.
    pub name: Option<At<'n>>,
    /// Its paths and where they stand.
    pub paths: Vec<(At<'n>, &'n str)>,
    /// Whether its dialect names a sheet of a workbook.
    pub sheet: bool,
    /// Where its `foreignKeys` stand.
    pub foreign_keys: Option<At<'n>>,
    /// Its `handover`, where that is an object.
    extension: Option<Object<'n>>,
}

impl<'n> Draft<'n> {
    /// Where a property of its `handover` stands.
    pub fn extension(&self, name: &str) -> Option<At<'n>> {
        self.extension.as_ref()?.get(name)
    }
}

pub(super) fn read<'n>(
    reader: &mut Reader,
    at: &At<'n>,
    version: Version,
    files: &'n Files,
) -> Draft<'n> {
    let mut draft = Draft {
        resource: Resource {
            name: String::new(),
            title: None,
            paths: Vec::new(),
            file_pattern: None,
            presence: Presence::default(),
            role: None,
            mode: None,
            documentation: Documentation::new(),
            encoding: None,
            bytes: None,
            hash: None,
            row_count: None,
            manifest: None,
            trailer: None,
            table: None,
        },
        name: None,
        paths: Vec::new(),
        sheet: false,
        foreign_keys: None,
        extension: None,
    };
    let Some(object) = reader.object_of(at, Level::Resource) else { return draft };
    let version = match metadata::profile(reader, &object) {
        Version::One => version,
        Version::Two => Version::Two,
    };
    draft.resource.title = metadata::read(reader, &object);
    name(reader, &object, &mut draft);
    extension::resource(reader, &object, &mut draft.resource);
    draft.extension = object.get("handover").map(|at| Object { at });
    location(reader, &object, &mut draft);
    draft.resource.encoding = object.get("encoding").and_then(|at| encoding(reader, &at));
    draft.resource.bytes = object.get("bytes").and_then(|at| reader.count(&at, 0));
    draft.resource.hash = object.get("hash").and_then(|at| hash(reader, &at));
    if draft.paths.len() > 1 {
        for name in ["bytes", "hash"] {
            if let Some(at) = object.get(name) {
                reader.unsupported(&at, "not compared: the resource has several files");
            }
        }
        draft.resource.bytes = None;
        draft.resource.hash = None;
    }
    tabular(reader, &object, version, files, &mut draft);
    listing::read(reader, &object, &mut draft.resource);
    draft
}

fn name<'n>(reader: &mut Reader, object: &Object<'n>, draft: &mut Draft<'n>) {
    let Some(at) = object.get("name") else {
        let hint = "give each resource a \"name\", as the file's name without its ending";
        reader.mistake(&object.at, "has no \"name\"", hint);
        return;
    };
    if let Some(text) = reader.text(&at) {
        draft.resource.name = text.to_owned();
        draft.name = Some(at);
    }
}

/// `path`, `data`, or our `filePattern`: where the data are.
fn location<'n>(reader: &mut Reader, object: &Object<'n>, draft: &mut Draft<'n>) {
    let path = object.get("path");
    match (&path, object.get("data")) {
        (Some(at), Some(_)) => {
            let hint = "keep \"path\", and take the data out of the descriptor";
            reader.mistake(at, "stands beside \"data\"; only one of the two may", hint);
        }
        // Nothing to find in the extract; the unsupported property says what is not checked.
        (None, Some(_)) => draft.resource.presence = Presence::Optional,
        (None, None) if draft.resource.file_pattern.is_none() && !pattern_given(object) => {
            let hint = "give the file's relative \"path\", or \"handover\": {\"filePattern\": …}";
            reader.mistake(&object.at, "has no \"path\"", hint);
        }
        _ => {}
    }
    let Some(at) = path else { return };
    let list = match &at.node.json {
        Json::String(text) => vec![(at, text.as_str())],
        _ => reader.strings(&at).unwrap_or_default(),
    };
    if matches!(&at.node.json, Json::Array(items) if items.is_empty()) {
        reader.mistake(&at, "is empty", "give at least one path");
    }
    for (at, text) in &list {
        if let Some((reason, hint)) = fault(text) {
            reader.mistake(at, reason, hint);
        }
    }
    draft.resource.paths = list.iter().map(|(_, text)| (*text).to_owned()).collect();
    draft.paths = list;
}

/// A file pattern that is there and wrong has been told; a missing path is not the cause then.
fn pattern_given(object: &Object) -> bool {
    object.get("handover").is_some_and(|at| (Object { at }).get("filePattern").is_some())
}

/// Why a path could not be a file within the extract (URL or Path, Data Package glossary), and
/// what to write instead.
pub(super) fn fault(path: &str) -> Option<(String, String)> {
    if path.contains("://") {
        let hint = "nothing is fetched: deliver the file with the extract and give its path";
        return Some(("is a URL".into(), hint.into()));
    }
    let fault = MemberPath::new(path).err()?;
    let parts = path.split(['/', '\\']).filter(|part| !matches!(*part, "." | ""));
    let hint = match fault {
        PathFault::Backslash | PathFault::Current | PathFault::EmptySegment => {
            format!("write \"{}\"", parts.collect::<Vec<_>>().join("/"))
        }
        _ => "write a relative path, as \"folder/file.csv\"".into(),
    };
    Some((fault.reason().to_owned(), hint))
}

/// Encodings by the labels of the WHATWG Encoding Standard, and the names that Python programs
/// write. `iso-8859-1` and `us-ascii` mean Windows-1252 there, which holds them.
fn encoding(reader: &mut Reader, at: &At) -> Option<Encoding> {
    let text = reader.text(at)?;
    let lower = text.trim().to_ascii_lowercase().replace('_', "-");
    let label = match lower.as_str() {
        "utf-8-sig" | "utf8-sig" => "utf-8",
        "latin-1" | "iso-latin-1" | "windows1252" | "cp-1252" => "windows-1252",
        "utf16" => "utf-16",
        "utf-16-le" | "utf16le" | "utf16-le" => "utf-16le",
        "utf-16-be" | "utf16be" | "utf16-be" => "utf-16be",
        other => other,
    };
    let known = encoding_rs::Encoding::for_label(label.as_bytes());
    let found = [
        (encoding_rs::UTF_8, Encoding::Utf8),
        (encoding_rs::WINDOWS_1252, Encoding::Windows1252),
        (encoding_rs::UTF_16LE, Encoding::Utf16Le),
        (encoding_rs::UTF_16BE, Encoding::Utf16Be),
    ]
    .into_iter()
    .find(|(one, _)| known == Some(*one));
    if found.is_none() {
        let reason = match known {
            Some(_) => format!("the encoding \"{text}\" is not supported"),
            None => format!("\"{text}\" is no known encoding"),
        };
        let hint = "write \"utf-8\", \"windows-1252\" (also for iso-8859-1), \"utf-16le\", \
                    \"utf-16be\" or \"utf-16\"";
        reader.mistake(at, reason, hint);
    }
    found.map(|(_, encoding)| encoding)
}

fn hash(reader: &mut Reader, at: &At) -> Option<Digest> {
    let text = reader.text(at)?;
    match Digest::from_hash_property(text) {
        Ok(digest) => Some(digest),
        Err(error) => {
            let hint = error.hint().unwrap_or(
                "write the algorithm, a colon and the hexadecimal digits, as \"sha256:…\"",
            );
            let message = error.to_string();
            reader.mistake(at, message.strip_prefix("hash: ").unwrap_or(&message), hint);
            None
        }
    }
}

/// What makes a resource a table: its type, a schema or dialect, or a file of delimited text.
fn tabular<'n>(
    reader: &mut Reader,
    object: &Object<'n>,
    version: Version,
    files: &'n Files,
    draft: &mut Draft<'n>,
) {
    let text = |name| match object.get(name).map(|at| &at.node.json) {
        Some(Json::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let kind = object.get("type").and_then(|at| Some((reader.string(&at)?, at)));
    let declared = object.get("schema").is_some()
        || object.get("dialect").is_some()
        || kind.as_ref().is_some_and(|(kind, _)| *kind == "table")
        || text("profile").is_some_and(|name| metadata::short(name) == "tabular-data-resource");
    let format = text("format").unwrap_or_default().to_ascii_lowercase();
    let ending = |end: &str| {
        let has = |path: &String| path.to_ascii_lowercase().ends_with(&format!(".{end}"));
        format == end || draft.resource.paths.iter().any(has)
    };
    let tabs = ending("tsv");
    if let Some((kind, at)) = kind.filter(|(kind, _)| *kind != "table" && !declared) {
        reader.unsupported(&at, format!("the file is not read as a \"{kind}\""));
        return;
    }
    if !declared && !tabs && !ending("csv") {
        return;
    }
    let mut dialect = match object.get("dialect").and_then(|at| follow(reader, &at, files)) {
        Some(at) => {
            let (dialect, sheet) = dialect::read(reader, &at, tabs);
            draft.sheet = sheet;
            dialect
        }
        None => dialect::default(tabs),
    };
    dialect.header_rows.retain(|_| dialect.header);
    let mut result = Table {
        dialect,
        fields: Vec::new(),
        // Without a schema nothing is known of the columns, so that any are right.
        fields_match: FieldsMatch::Subset,
        missing_values: vec![String::new()],
        primary_key: Vec::new(),
        unique_keys: Vec::new(),
        foreign_keys: Vec::new(),
        references: Vec::new(),
        patient_via: Vec::new(),
        deleted: None,
        control_totals: Vec::new(),
        rules: Vec::new(),
        severities: Severities::default(),
    };
    if let Some(at) = object.get("schema").and_then(|at| follow(reader, &at, files)) {
        draft.foreign_keys = table::read(reader, &at, version, &mut result);
    }
    extension_table::read(reader, object, &mut result);
    draft.resource.table = Some(result);
}

/// A `schema` or `dialect` that stands here, or in the file named here.
fn follow<'n>(reader: &mut Reader, at: &At<'n>, files: &'n Files) -> Option<At<'n>> {
    let Json::String(path) = &at.node.json else { return Some(*at) };
    if let Some((reason, hint)) = fault(path) {
        let hint = match path.contains("://") {
            true => "nothing is fetched: put the object itself here".to_owned(),
            false => hint.replace("file.csv", "file.json"),
        };
        reader.mistake(at, reason, hint);
        return None;
    }
    match files.find(path) {
        Lookup::Found(found) => Some(found),
        Lookup::Broken => None,
        Lookup::Absent => {
            let reason = format!("names the file \"{path}\", which is not beside the descriptor");
            reader.mistake(at, reason, "put the object itself here, or the file in its place");
            None
        }
    }
}
