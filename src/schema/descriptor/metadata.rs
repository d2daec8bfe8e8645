//! The properties that describe and validate nothing. Their form is what the standard asks for, so
//! that a misplaced value is told; they travel on as documentation.

use super::json::Json;
use super::reader::{At, Object, Reader};

/// Checks the descriptive properties of a package, resource, field or schema; returns its title.
pub(super) fn read(reader: &mut Reader, object: &Object) -> Option<String> {
    for name in ["id", "description", "homepage", "image", "format", "mediatype"] {
        if let Some(at) = object.get(name) {
            reader.string(&at);
        }
    }
    if let Some(at) = object.get("keywords") {
        reader.strings(&at);
    }
    if let Some(at) = object.get("created") {
        created(reader, &at);
    }
    for name in ["licenses", "contributors", "sources"] {
        if let Some(at) = object.get(name) {
            objects(reader, &at);
        }
    }
    let title = object.get("title")?;
    reader.string(&title).map(str::to_owned)
}

/// RFC 3339 section 5.6: a date and time with an offset. A date alone, which many write, harms no one.
fn created(reader: &mut Reader, at: &At) {
    let Some(text) = reader.string(at) else { return };
    if text.parse::<jiff::Timestamp>().is_err() && text.parse::<jiff::civil::Date>().is_err() {
        let hint = "write it as 2024-01-26T15:00:00Z";
        reader.mistake(at, format!("\"{text}\" is not a date and time of RFC 3339"), hint);
    }
}

fn objects(reader: &mut Reader, at: &At) {
    for item in reader.array(at).unwrap_or_default() {
        let Some(_) = reader.object(&item) else { continue };
        if matches!(&item.node.json, Json::Object(members) if members.is_empty()) {
            reader.mistake(&item, "is an empty object", "fill it in, or leave it out");
        }
    }
}

/// What the standard's version is for this descriptor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    /// v1, or not said, which is the same by the standard.
    One,
    /// v2.
    Two,
}

/// Reads `$schema` (v2) and `profile` (v1). A profile other than the standard's asks for more than
/// the standard does, and that is not checked.
pub(super) fn profile(reader: &mut Reader, object: &Object) -> Version {
    let mut version = Version::One;
    if let Some(at) = object.get("$schema") {
        match reader.string(&at).map(standard) {
            Some(Some(found)) => version = found,
            Some(None) => other_profile(reader, &at),
            None => {}
        }
    }
    if let Some(at) = object.get("profile")
        && let Some(text) = reader.string(&at)
        && !STANDARD_PROFILES.contains(&short(text))
    {
        other_profile(reader, &at);
    }
    version
}

const STANDARD_PROFILES: [&str; 7] = [
    "data-package",
    "tabular-data-package",
    "data-resource",
    "tabular-data-resource",
    "table-schema",
    "table-dialect",
    "csv-dialect",
];

/// `data-package` for `https://specs.frictionlessdata.io/schemas/data-package.json`.
pub(super) fn short(profile: &str) -> &str {
    profile
        .strip_prefix("https://specs.frictionlessdata.io/schemas/")
        .and_then(|rest| rest.strip_suffix(".json"))
        .unwrap_or(profile)
}

fn standard(url: &str) -> Option<Version> {
    let path = url.strip_prefix("https://datapackage.org/profiles/")?;
    let (version, file) = path.split_once('/')?;
    let known = ["datapackage", "dataresource", "tableschema", "tabledialect"];
    if !known.contains(&file.strip_suffix(".json")?) {
        return None;
    }
    match version.split_once('.')? {
        ("1", _) => Some(Version::One),
        ("2", _) => Some(Version::Two),
        _ => None,
    }
}

fn other_profile(reader: &mut Reader, at: &At) {
    reader.unsupported(at, "what this profile asks for beyond the standard is not checked");
}
