//! What names of tables and columns tell of each other.

use std::collections::BTreeSet;

/// Words that only say that something is a key. All of them count as one.
const GENERIC: [&str; 16] = [
    "id",
    "ids",
    "guid",
    "uuid",
    "key",
    "pk",
    "identifier",
    "rowidentifier",
    "row",
    "no",
    "number",
    "num",
    "ref",
    "reference",
    "system",
    "fk",
];

pub(super) use crate::schema::draft::words;

/// Whether a label says that the column identifies something.
pub(super) fn is_identifier(label: &str) -> bool {
    let words = words(label);
    let generic = |word: Option<&String>| {
        word.is_some_and(|word| {
            matches!(
                word.as_str(),
                "id" | "guid"
                    | "uuid"
                    | "key"
                    | "identifier"
                    | "code"
                    | "number"
                    | "no"
                    | "ref"
                    | "pk"
                    | "pid"
            )
        })
    };
    generic(words.last()) || generic(words.first())
}

/// The words that tell what a name means: generic ones as one, single forms of plural ones.
fn telling(words: &[String]) -> BTreeSet<String> {
    let fold = |word: &String| match word.as_str() {
        word if GENERIC.contains(&word) => "id".to_owned(),
        word => word.strip_suffix('s').filter(|stem| stem.len() > 3).unwrap_or(word).to_owned(),
    };
    words.iter().map(fold).collect()
}

/// How the names agree of a column and the key that it may refer to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Affinity {
    /// How well: from 0 to 3.15.
    pub(super) score: f64,
    /// Whether they have more in common than that both are keys.
    pub(super) tells: bool,
    /// Whether the column's name has a word of the table's.
    pub(super) names_table: bool,
}

impl Affinity {
    /// Of columns that have no names.
    pub(super) const NONE: Self = Self { score: 0.0, tells: false, names_table: false };
}

/// Compares the name of a column with that of a key and its table.
pub(super) fn affinity(child: &str, parent: &str, table: &str) -> Affinity {
    let child_words = words(child);
    let child = telling(&child_words);
    let label = telling(&words(parent));
    // What stands before the last underscore of a table's name groups tables.
    let noun = table.rsplit_once('_').map_or(table, |(_, noun)| noun);
    let mut noun_words = words(noun);
    noun_words.retain(|word| !matches!(word.as_str(), "sr" | "tbl" | "table" | "data" | "extract"));
    let noun = telling(&noun_words);
    let known: BTreeSet<String> = label.union(&noun).cloned().collect();
    let share = |of: &BTreeSet<String>, with: &BTreeSet<String>| match of.len() {
        0 => 0.0,
        all => of.intersection(with).count() as f64 / all as f64,
    };
    // The last word of a name says what it is: an external patient organisation is an organisation.
    let last = child_words.iter().rev().find(|word| !GENERIC.contains(&word.as_str()));
    let is_head = last.is_some_and(|word| {
        telling(std::slice::from_ref(word)).iter().all(|word| noun.contains(word))
    });
    let score = share(&child, &known)
        + share(&noun, &child)
        + share(&label, &child)
        + if is_head { 0.15 } else { 0.0 };
    let common = |with: &BTreeSet<String>| child.intersection(with).any(|word| word != "id");
    Affinity { score, tells: common(&known), names_table: common(&noun) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn better(child: &str, right: (&str, &str), wrong: (&str, &str)) {
        let right = affinity(child, right.0, right.1);
        let wrong = affinity(child, wrong.0, wrong.1);
        let sound = right.score > wrong.score && right.tells && right.score >= 1.5;
        assert!(sound, "{child}: {right:?} {wrong:?}");
    }

    #[test]
    fn the_right_table_has_the_nearest_name() {
        let problem = ("ObservationGuid", "CareRecord_Problem");
        let observation = ("ObservationGuid", "CareRecord_Observation");
        better("ProblemObservationGuid", problem, observation);
        better("ParentProblemObservationGuid", problem, observation);
        better("ProblemGuid", problem, observation);
        better("ParentObservationGuid", observation, problem);
        let session = ("AppointmentSessionGuid", "Appointment_Session");
        better("SessionGuid", session, ("SessionGuid", "Appointment_SessionUser"));
        let patient = ("PatientGuid", "Admin_Patient");
        better("PatientGuid", patient, ("PatientGuid", "Admin_PatientHistory"));
        let organisation = ("OrganisationGuid", "Admin_Organisation");
        better(
            "CCGOrganisationGuid",
            organisation,
            ("OrganisationGuid", "Agreements_SharingOrganisation"),
        );
        better("ExternalUsualGPOrganisation", organisation, problem);
        better("ExternalPatientOrganisation", organisation, patient);
        better("IDPatient", ("RowIdentifier", "SRPatient"), ("RowIdentifier", "SREvent"));
        better(
            "IDProfileEnteredBy",
            ("RowIdentifier", "SRStaffMemberProfile"),
            ("RowIdentifier", "SREvent"),
        );
        assert!(!affinity("IDEvent", "RowIdentifier", "SRPatient").tells);
    }
}
