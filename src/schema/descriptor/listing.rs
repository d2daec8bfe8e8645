//! `manifest` and `trailer` of a resource: what the sender himself says of the delivery.

use super::properties::Level;
use super::reader::{At, Object, Reader, did_you_mean};
use crate::digest::Algorithm;
use crate::schema::{Manifest, Resource, Table, Trailer};

/// Reads both, now that the fields of the resource are known.
pub(super) fn read(reader: &mut Reader, object: &Object, resource: &mut Resource) {
    let Some(extension) = object.get("handover").map(|at| Object { at }) else { return };
    if let Some(at) = extension.get("manifest") {
        resource.manifest = manifest(reader, &at, resource.table.as_ref());
    }
    if let Some(at) = extension.get("trailer") {
        resource.trailer = trailer(reader, &at, resource.table.as_ref());
    }
}

/// `manifest`: the columns that name files, and those that measure them.
fn manifest(reader: &mut Reader, at: &At, table: Option<&Table>) -> Option<Manifest> {
    let object = reader.object_of(at, Level::HandoverManifest)?;
    let Some(table) = table else {
        let hint = "a manifest is read as a table: give the resource a schema";
        reader.mistake(at, "stands at a resource that is no table", hint);
        return None;
    };
    let Some(file) = object.get("file") else {
        reader.mistake(at, "has no \"file\"", "name the column that names the files");
        return None;
    };
    let file = field(reader, &file, table);
    let mut column = |name: &str| object.get(name).and_then(|at| field(reader, &at, table));
    let (rows, bytes, hash) = (column("rows"), column("bytes"), column("hash"));
    let suffix = object.get("suffix").and_then(|at| reader.string(&at)).unwrap_or_default();
    let algorithm = match object.get("algorithm") {
        Some(at) => {
            let choices = [
                ("md5", Algorithm::Md5),
                ("sha1", Algorithm::Sha1),
                ("sha224", Algorithm::Sha224),
                ("sha256", Algorithm::Sha256),
                ("sha384", Algorithm::Sha384),
                ("sha512", Algorithm::Sha512),
            ];
            reader.choice(&at, &choices)
        }
        None => None,
    };
    let same = match object.get("same") {
        Some(at) => {
            let names = reader.strings(&at).unwrap_or_default();
            names.iter().filter_map(|(at, _)| field(reader, at, table)).collect()
        }
        None => Vec::new(),
    };
    let unlisted = object.get("unlisted").and_then(|at| reader.strings(&at)).unwrap_or_default();
    Some(Manifest {
        file: file?,
        suffix: suffix.to_owned(),
        rows,
        bytes,
        hash: hash.map(|hash| (hash, algorithm.unwrap_or(Algorithm::Sha256))),
        same,
        unlisted: unlisted.into_iter().map(|(_, name)| name.to_owned()).collect(),
    })
}

/// The field of the name that stands there.
fn field(reader: &mut Reader, at: &At, table: &Table) -> Option<usize> {
    let name = reader.text(at)?;
    let found = table.fields.iter().position(|field| field.name == name);
    if found.is_none() {
        let names: Vec<&str> = table.fields.iter().map(|field| field.name.as_str()).collect();
        let hint = did_you_mean(name, &names, "name a field of this table");
        reader.mistake(at, format!("\"{name}\" is no field of this table"), hint);
    }
    found
}

/// `trailer`: how the last record is known, and which of its cells counts the rows.
fn trailer(reader: &mut Reader, at: &At, table: Option<&Table>) -> Option<Trailer> {
    let object = reader.object_of(at, Level::HandoverTrailer)?;
    if table.is_none() {
        let hint = "a trailer is a record of a table: give the resource a schema";
        reader.mistake(at, "stands at a resource that is no table", hint);
        return None;
    }
    let Some(first) = object.get("first") else {
        reader.mistake(at, "has no \"first\"", "write what stands in the trailer's first cell");
        return None;
    };
    let first = reader.text(&first)?.to_owned();
    let rows = object.get("rows").and_then(|at| reader.count(&at, 2));
    Some(Trailer { first, rows })
}
