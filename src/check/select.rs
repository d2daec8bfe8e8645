//! Which schema an extract is to be compared with, where none was given.

use super::SchemaUsed;
use crate::digest::Algorithm;
use crate::error::{Error, Result};
use crate::schema::{Schema, carried, descriptor};
use crate::source::utf16::{self, Order};
use crate::source::{Extract, Fault, Member, MemberReader};
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
    Ok(used(carried.schema()?, format!("carried by the program as {}", carried.name)))
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
    let mut files = Vec::new();
    for member in extract.members.iter().filter(|member| !member.litter) {
        files.push((member.path.clone(), header(&beginning(extract, member, HEADER_LIMIT)?)));
    }
    match carried::recognise(&files) {
        Some(recognised) => {
            let schema = recognised.carried.schema()?;
            Ok(Some(used(schema, recognised.to_string())))
        }
        None => Ok(None),
    }
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
            || resource.file_pattern.as_ref().is_some_and(|pattern| {
                pattern.regex.is_match(path.rsplit('/').next().unwrap_or(path))
            })
    })
}

fn used(schema: Schema, origin: String) -> Chosen {
    let used = SchemaUsed {
        name: schema.name.clone(),
        version: schema.version.clone(),
        sha512: Algorithm::Sha512.digest(&schema.source).to_string(),
        origin,
    };
    (schema, used)
}

/// The first bytes of a member. An archive's entry that is damaged ends early; the check tells.
fn beginning(extract: &Extract, member: &Member, limit: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let reader = extract.reader(member)?;
    match reader.take(limit).read_to_end(&mut bytes) {
        Ok(_) => Ok(bytes),
        Err(error) if Fault::of(&error).is_some() => Ok(bytes),
        Err(error) => Err(MemberReader::error(&member.path, error)),
    }
}

/// The labels of the first line, as most delimited files write them.
fn header(bytes: &[u8]) -> Vec<String> {
    let decoded = utf16::detect(bytes).map(|(order, _)| {
        let encoding = match order {
            Order::Little => encoding_rs::UTF_16LE,
            Order::Big => encoding_rs::UTF_16BE,
        };
        encoding.decode_without_bom_handling(bytes).0.into_owned()
    });
    let bytes = decoded.as_ref().map_or(bytes, |text| text.as_bytes());
    let line = bytes.split(|&byte| byte == b'\n' || byte == b'\r').next().unwrap_or_default();
    let line = String::from_utf8_lossy(line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line));
    let delimiter = [',', '\t', ';', '|']
        .into_iter()
        .max_by_key(|&delimiter| line.matches(delimiter).count())
        .unwrap_or(',');
    line.split(delimiter).map(|label| label.trim_matches('"').to_owned()).collect()
}
