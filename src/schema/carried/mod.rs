//! The schemas that the program carries: compiled in from `schemas/`, found by name. [`mod@recognise`]
//! finds the one that an extract has, by `systems`, which knows every header that versions of a
//! system write; `versions` gives a schema the columns of a file's own version.

pub mod recognise;
mod systems;
mod versions;

pub use versions::Departure;

use super::Schema;
use super::descriptor;
use crate::error::{Error, ErrorKind, Result};

/// A carried schema. Where its facts come from stands in `schemas/<name>/SOURCE.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Carried {
    /// The name that `--schema` takes: system and version.
    pub name: &'static str,
    /// What it describes, in a few words.
    pub title: &'static str,
    /// The version of the system that it describes.
    pub version: &'static str,
    /// The descriptor: JSON text.
    pub descriptor: &'static str,
    /// Fields that files of kindred versions have and this one lacks: a JSON object, by resource.
    pub other_fields: &'static str,
}

/// One carried schema, from its folder in `schemas/`.
macro_rules! carried {
    ($name:literal, $title:literal, $version:literal) => {
        Carried {
            name: $name,
            title: $title,
            version: $version,
            descriptor: include_str!(concat!("../../../schemas/", $name, "/datapackage.json")),
            other_fields: include_str!(concat!("../../../schemas/", $name, "/other-fields.json")),
        }
    };
}

const CARRIED: &[Carried] = &[
    carried!("emis-web-5.4", "EMIS Web bulk extract 5.4", "5.4"),
    carried!("emis-web-7.1", "EMIS Web bulk extract 7.1", "7.1"),
    carried!("emis-web-8.2", "EMIS Web bulk extract 8.2", "8.2"),
    carried!("omop-cdm-5.4", "OMOP Common Data Model 5.4, one CSV file per table", "5.4"),
    carried!("tpp-sre-93", "TPP SystmOne Strategic Reporting Extract, version 93", "93"),
    carried!("vision-0.18", "Vision data extract 0.18", "0.18"),
];

impl Carried {
    /// Reads the descriptor.
    ///
    /// # Errors
    /// None: a test reads every carried schema.
    pub fn schema(&self) -> Result<Schema> {
        descriptor::read(self.descriptor.as_bytes())
    }
}

/// All carried schemas, by name.
pub fn all() -> &'static [Carried] {
    CARRIED
}

/// The carried schema of that name.
pub fn find(name: &str) -> Option<&'static Carried> {
    CARRIED.iter().find(|one| one.name == name)
}

/// The carried schema of that name.
///
/// # Errors
/// [`ErrorKind::Usage`] where there is none, with the nearest name or all of them as the hint.
pub fn get(name: &str) -> Result<&'static Carried> {
    find(name).ok_or_else(|| {
        let names: Vec<_> = CARRIED.iter().map(|one| one.name).collect();
        let otherwise = format!("the program carries {}", names.join(", "));
        Error::new(ErrorKind::Usage, format!("there is no schema named \"{name}\""))
            .with_hint(descriptor::did_you_mean(name, &names, &otherwise))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Unsupported;

    #[test]
    fn every_carried_schema_is_read_without_a_note() {
        for carried in all() {
            let schema = carried.schema().unwrap();
            assert_eq!(schema.name, carried.name);
            assert_eq!(schema.title.as_deref(), Some(carried.title));
            assert_eq!(schema.version.as_deref(), Some(carried.version));
            assert_eq!(schema.unsupported, [] as [Unsupported; 0], "{}", carried.name);
        }
        assert!(all().is_sorted_by_key(|one| one.name));
    }

    #[test]
    fn names_are_suggested() {
        assert!(get("omop-cdm-5.4").is_ok());
        let error = get("omop-cdm-5.5").unwrap_err();
        assert_eq!(error.to_string(), "there is no schema named \"omop-cdm-5.5\"");
        assert_eq!(error.hint(), Some("did you mean \"omop-cdm-5.4\"?"));
        let error = get("micro").unwrap_err();
        assert_eq!(
            error.hint(),
            Some(
                "the program carries emis-web-5.4, emis-web-7.1, emis-web-8.2, omop-cdm-5.4, \
                 tpp-sre-93, vision-0.18"
            )
        );
        assert_eq!(error.kind(), ErrorKind::Usage);
    }
}
