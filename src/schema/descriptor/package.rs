//! Data Package: the root of a descriptor.

use super::json::{self, Json, Node};
use super::keys;
use super::metadata::{self, Version};
use super::properties::Level;
use super::reader::{At, Object, Reader, Source};
use super::resource::{self, Draft};
use super::{decode, extension, extension_table, not_json};
use crate::error::Result;
use crate::schema::Schema;
use std::collections::BTreeMap;

/// The files that a descriptor names for a schema or dialect, each read once.
#[derive(Debug, Default)]
pub(super) struct Files {
    parsed: Vec<(Source, Node)>,
    bytes: Vec<(String, Vec<u8>)>,
    /// Those that are there and no JSON: told once, here.
    broken: Vec<String>,
}

/// What became of a file that the descriptor names.
pub(super) enum Lookup<'n> {
    Found(At<'n>),
    /// It was told already why not.
    Broken,
    Absent,
}

impl Files {
    pub fn find(&self, name: &str) -> Lookup<'_> {
        if self.broken.iter().any(|one| one == name) {
            return Lookup::Broken;
        }
        match self.parsed.iter().find(|(source, _)| source.name.as_deref() == Some(name)) {
            Some((source, node)) => Lookup::Found(At::root(node, source)),
            None => Lookup::Absent,
        }
    }

    fn load(
        &mut self,
        reader: &mut Reader,
        name: &str,
        load: &mut dyn FnMut(&str) -> Option<Vec<u8>>,
    ) -> Result<()> {
        if !matches!(self.find(name), Lookup::Absent) {
            return Ok(());
        }
        let Some(bytes) = load(name) else { return Ok(()) };
        let text = match decode(&bytes) {
            Ok(text) => text.to_owned(),
            Err(mut mistake) => {
                mistake.file = Some(name.to_owned());
                reader.mistakes.push(*mistake);
                self.broken.push(name.to_owned());
                return Ok(());
            }
        };
        match json::parse(&text)? {
            Ok(node) => self.parsed.push((Source { name: Some(name.to_owned()), text }, node)),
            Err(error) => {
                reader.mistakes.push(not_json(Some(name.to_owned()), &error));
                self.broken.push(name.to_owned());
            }
        }
        self.bytes.push((name.to_owned(), bytes));
        Ok(())
    }
}

/// Reads the whole descriptor. The schema is sound only where the reader has no mistakes.
pub(super) fn read(
    reader: &mut Reader,
    root: &At,
    bytes: &[u8],
    load: &mut dyn FnMut(&str) -> Option<Vec<u8>>,
) -> Result<Option<Schema>> {
    let files = files(reader, root, load)?;
    for (source, node) in &files.parsed {
        reader.duplicates(&At::root(node, source));
    }
    let Some(package) = reader.object_of(root, Level::Package) else { return Ok(None) };
    let version = metadata::profile(reader, &package);
    let title = metadata::read(reader, &package);
    let name = package.get("name").and_then(|at| reader.text(&at)).unwrap_or_default().to_owned();
    let number = package.get("version").and_then(|at| reader.string(&at)).map(str::to_owned);
    let extension = extension::package(reader, &package);
    reader.dates = extension.dates;
    let mut drafts = resources(reader, &package, version, &files);
    unique_names(reader, &drafts);
    unique_paths(reader, &drafts);
    keys::foreign(reader, &mut drafts);
    extension_table::patient_via(reader, &mut drafts);
    let unsupported = std::mem::take(&mut reader.unsupported);
    Ok(Some(Schema {
        name,
        title,
        version: number,
        resources: drafts.into_iter().map(|draft| draft.resource).collect(),
        absent: extension.absent,
        documentation: extension.documentation,
        unsupported,
        source: bytes.to_vec(),
        parts: files.bytes,
    }))
}

/// Loads what `schema` and `dialect` of the resources name, where the name is safe.
fn files(
    reader: &mut Reader,
    root: &At,
    load: &mut dyn FnMut(&str) -> Option<Vec<u8>>,
) -> Result<Files> {
    let mut files = Files::default();
    let Some(list) = (Object { at: *root }).get("resources") else { return Ok(files) };
    let Json::Array(items) = &list.node.json else { return Ok(files) };
    for item in items {
        let resource = Object { at: list.child(item) };
        for name in ["schema", "dialect"] {
            if let Some(At { node: Node { json: Json::String(path), .. }, .. }) = resource.get(name)
                && resource::fault(path).is_none()
            {
                files.load(reader, path, load)?;
            }
        }
    }
    Ok(files)
}

fn resources<'n>(
    reader: &mut Reader,
    package: &Object<'n>,
    version: Version,
    files: &'n Files,
) -> Vec<Draft<'n>> {
    let Some(list) = package.get("resources") else {
        let hint = "list the files of the extract in \"resources\"; a lone Table Schema goes into \
                    \"schema\" of a resource";
        reader.mistake(&package.at, "has no \"resources\"", hint);
        return Vec::new();
    };
    let Some(items) = reader.array(&list) else { return Vec::new() };
    if items.is_empty() {
        reader.mistake(&list, "is empty", "list at least one file of the extract");
    }
    let mut drafts = Vec::with_capacity(items.len());
    for (index, item) in items.into_iter().enumerate() {
        reader.resource = Some(index);
        drafts.push(resource::read(reader, &item, version, files));
    }
    reader.resource = None;
    drafts
}

fn unique_names(reader: &mut Reader, drafts: &[Draft]) {
    let mut seen = BTreeMap::new();
    for (index, draft) in drafts.iter().enumerate() {
        let Some(at) = &draft.name else { continue };
        if let Some(first) = seen.insert(draft.resource.name.as_str(), index) {
            let name = &draft.resource.name;
            let reason = format!("\"{name}\" is the name of resource {first} already");
            reader.mistake(at, reason, "give each resource a name of its own");
        }
    }
}

/// One delimited file holds one table. A workbook may hold several, told apart by their sheet.
fn unique_paths(reader: &mut Reader, drafts: &[Draft]) {
    let mut seen = BTreeMap::new();
    for draft in drafts {
        for (at, path) in &draft.paths {
            let Some(first) = seen.insert(*path, draft) else { continue };
            if draft.sheet && first.sheet {
                continue;
            }
            let reason = format!("\"{path}\" is declared twice");
            reader.mistake(at, reason, "declare each file once");
        }
    }
}
