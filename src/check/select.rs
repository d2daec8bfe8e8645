//! Which schema an extract is to be compared with, where none was given.

use super::{FileVersion, SchemaUsed};
use crate::digest::Algorithm;
use crate::error::{Error, Result};
use crate::schema::carried::{self, Carried, Departure, recognise};
use crate::schema::{Schema, descriptor};
use crate::source::utf16::{self, Order};
use crate::source::workbook::Wanted;
use crate::source::{Extract, Fault, Member, MemberReader};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

/// The name under which an extract carries its descriptor.
const DESCRIPTOR: &str = "datapackage.json";

/// Bytes that a descriptor may have.
const DESCRIPTOR_LIMIT: u64 = 64 << 20;

/// Bytes of a file in which its header is looked for.
const HEADER_LIMIT: u64 = 64 << 10;

/// A schema, and how it came to be used.
pub type Chosen = (Schema, SchemaUsed);

/// The schema that was asked for: the path of a descriptor, or the name of a carried schema.
///
/// # Errors
/// Where there is neither, or the descriptor is wrong.
pub fn given(name: &str) -> Result<Chosen> {
    let path = Path::new(name);
    let looks_like_path = name.contains(['/', '\\']) || name.ends_with(".json");
    if looks_like_path || path.exists() {
        let bytes = std::fs::read(path).map_err(|error| Error::io("read", path, error))?;
        let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
        let schema = descriptor::read_with(&bytes, &mut |neighbour| {
            std::fs::read(folder.join(neighbour)).ok()
        })
        .map_err(|error| error.with_path(path))?;
        return Ok(used(schema, "given".into()));
    }
    let carried = carried::get(name)?;
    Ok(used(carried.schema()?, carried_as(carried.name)))
}

fn carried_as(name: &str) -> String {
    format!("carried by the program as {name}")
}

/// What was asked for, fitted to the extract: a carried schema takes the columns of each file's own
/// version of the source system, and the report says which files are of another than the schema's.
///
/// # Errors
/// Where the extract cannot be read.
pub fn fitted(chosen: Chosen, extract: &Extract) -> Result<Chosen> {
    let (_, asked) = &chosen;
    let carried = carried::find(&asked.name).filter(|one| asked.origin == carried_as(one.name));
    let Some(carried) = carried else { return Ok(chosen) };
    let (files, numbers) = headers(extract)?;
    let (schema, departures) = recognise::fitted(carried, &files)?;
    let (schema, mut used) = used(schema, carried_as(carried.name));
    used.versions = versions(carried, &departures, &numbers, true);
    Ok((schema, used))
}

/// The schema that the extract carries, else a carried one that its files fit.
///
/// # Errors
/// Where the extract cannot be read, or its descriptor is wrong.
pub fn found(extract: &Extract) -> Result<Option<Chosen>> {
    let depth = |member: &Member| member.path.matches('/').count();
    let own = extract
        .members
        .iter()
        .filter(|member| !member.litter && depth(member) <= 1)
        .filter(|member| member.path.rsplit('/').next() == Some(DESCRIPTOR))
        .min_by_key(|member| depth(member));
    if let Some(member) = own {
        let bytes = beginning(extract, member, DESCRIPTOR_LIMIT)?;
        let folder = member.path.strip_suffix(DESCRIPTOR).unwrap_or_default();
        let schema = descriptor::read_with(&bytes, &mut |neighbour| {
            let path = format!("{folder}{neighbour}");
            let member = extract.members.iter().find(|member| member.path == path)?;
            beginning(extract, member, DESCRIPTOR_LIMIT).ok()
        })
        .map_err(|error| error.with_path(member.path.as_str()))?;
        return Ok(Some(used(schema, format!("found in the extract as {}", member.path))));
    }
    let (files, numbers) = headers(extract)?;
    let Some((recognised, schema)) = recognise::recognise(&files)? else { return Ok(None) };
    let (schema, mut used) = used(schema, recognised.to_string());
    used.versions = versions(recognised.carried, &recognised.departures, &numbers, false);
    Ok(Some((schema, used)))
}

/// Names of files and their first labels.
type Headers = Vec<(String, Vec<String>)>;

/// The files' names and labels, and the number of each among the extract's members. All are read in
/// one go: in a compressed tape, to begin anew for each would be to unpack it as many times.
fn headers(extract: &Extract) -> Result<(Headers, Vec<u32>)> {
    let mut labels: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    let meant = |number: &usize| extract.members.get(*number).is_some_and(|one| !one.litter);
    let first_row = Wanted { header_row: 1, ..Wanted::default() };
    let mut members = extract.read();
    while let Some((number, reader)) =
        members.next(&|number| Some(first_row.clone()).filter(|_| meant(&number)))?
    {
        let path = extract.members.get(number).map_or("", |member| member.path.as_str());
        labels.insert(number, header(&first_bytes(reader, path, HEADER_LIMIT)?));
    }
    let numbers: Vec<usize> = (0..extract.members.len()).filter(meant).collect();
    let files = numbers
        .iter()
        .filter_map(|number| Some((number, extract.members.get(*number)?)))
        .map(|(number, member)| (member.path.clone(), labels.remove(number).unwrap_or_default()))
        .collect();
    Ok((files, numbers.into_iter().map(|number| number as u32).collect()))
}

fn versions(
    carried: &Carried,
    departures: &[Departure],
    numbers: &[u32],
    is_unlike_declared: bool,
) -> Vec<FileVersion> {
    let told = |departure: &Departure| {
        Some(FileVersion {
            file: *numbers.get(departure.file)?,
            resource: departure.resource.to_owned(),
            clause: departure.clause(carried),
            is_unlike_declared,
        })
    };
    departures.iter().filter_map(told).collect()
}

/// Whether a schema declares a file that may be this one: then it is worth looking into.
pub fn names_file(schema: &Schema, path: &str) -> bool {
    let name = |path: &str| {
        let path = path.split('#').next().unwrap_or(path);
        path.rsplit('/').next().unwrap_or(path).to_lowercase()
    };
    let wanted = name(path);
    schema.resources.iter().filter(|resource| resource.table.is_some()).any(|resource| {
        resource.paths.iter().any(|path| name(path) == wanted)
            || resource
                .file_pattern
                .as_ref()
                .is_some_and(|pattern| pattern.is_match(path.rsplit('/').next().unwrap_or(path)))
    })
}

fn used(schema: Schema, origin: String) -> Chosen {
    let used = SchemaUsed {
        name: schema.name.clone(),
        version: schema.version.clone(),
        sha512: Algorithm::Sha512.digest(&schema.source).to_string(),
        origin,
        versions: Vec::new(),
    };
    (schema, used)
}

/// The first bytes of a member. An archive's entry that is damaged ends early; the check tells.
fn beginning(extract: &Extract, member: &Member, limit: u64) -> Result<Vec<u8>> {
    first_bytes(extract.reader(member)?, &member.path, limit)
}

fn first_bytes(reader: MemberReader<'_>, path: &str, limit: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    match reader.take(limit).read_to_end(&mut bytes) {
        Ok(_) => Ok(bytes),
        Err(error) if Fault::of(&error).is_some() => Ok(bytes),
        Err(error) => Err(MemberReader::error(path, error)),
    }
}

/// The cells of the first row, as most delimited files write them.
fn header(bytes: &[u8]) -> Vec<String> {
    let decoded = utf16::detect(bytes).map(|(order, _)| {
        let encoding = match order {
            Order::Little => encoding_rs::UTF_16LE,
            Order::Big => encoding_rs::UTF_16BE,
        };
        encoding.decode_without_bom_handling(bytes).0.into_owned()
    });
    let bytes = decoded.as_ref().map_or(bytes, |text| text.as_bytes());
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let delimiter = delimiter(bytes);
    let (mut cells, mut cell, mut is_quoted) = (Vec::new(), Vec::new(), false);
    let mut ended = |cell: &mut Vec<u8>| {
        cells.push(String::from_utf8_lossy(&std::mem::take(cell)).into_owned());
    };
    for &byte in bytes {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b'\n' | b'\r' if !is_quoted => break,
            _ if byte == delimiter && !is_quoted => ended(&mut cell),
            _ => cell.push(byte),
        }
    }
    ended(&mut cell);
    cells
}

/// The delimiter that is most frequent in the first line, outside of quotes.
fn delimiter(bytes: &[u8]) -> u8 {
    let candidates = [b'|', b';', b'\t', b','];
    let (mut counts, mut is_quoted) = ([0; 4], false);
    for &byte in bytes {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b'\n' | b'\r' if !is_quoted => break,
            _ if is_quoted => {}
            _ => candidates.iter().zip(&mut counts).for_each(|(one, count): (_, &mut u32)| {
                *count += u32::from(*one == byte);
            }),
        }
    }
    let most = candidates.into_iter().zip(counts).max_by_key(|(_, count)| *count);
    most.map_or(b',', |(delimiter, _)| delimiter)
}
