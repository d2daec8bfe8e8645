//! Who is asked for.

use super::proofs::{Found, Proofs};
use crate::error::{Error, ErrorKind};
use crate::proof::leaves::{Leaf, Patient, nhs_number};

/// A person, with all identifiers of the source system.
#[derive(Debug, Clone)]
pub(super) struct Person {
    /// The sound NHS number, if there is one.
    pub(super) nhs_number: Option<String>,
    /// The leaf of the NHS number, or of the patient.
    pub(super) leaf: u64,
    /// The patients, with their leaves.
    pub(super) patients: Vec<(u64, Patient)>,
}

/// Finds the person of an NHS number or an identifier of the source system; `None`: there is none.
pub(super) fn find(proofs: &Proofs<'_>, asked: &str) -> Found<Option<Person>> {
    let asked = asked.trim();
    if let Some(number) = nhs_number(asked)
        && let Some(person) = by_number(proofs, &number)
    {
        return Ok(Some(person));
    }
    let plain = |text: &str| text.trim_matches(['{', '}']).to_uppercase();
    let wanted = plain(asked);
    let patients = (0..).zip(&proofs.leaves).filter_map(|(number, (_, leaf))| match leaf {
        Leaf::Patient(patient) => Some((number, patient)),
        _ => None,
    });
    let exact: Vec<(u64, &Patient)> = patients
        .clone()
        .filter(|(_, patient)| patient.id == asked || patient.key.join("/") == asked)
        .collect();
    // A GUID may be written without its braces, in either case.
    let found = match exact.is_empty() && !wanted.is_empty() {
        true => patients.filter(|(_, patient)| plain(&patient.id) == wanted).collect(),
        false => exact,
    };
    let mut people: Vec<Option<&String>> =
        found.iter().map(|(_, patient)| patient.nhs_numbers.first()).collect();
    people.dedup();
    match found.as_slice() {
        [] => Ok(None),
        [(leaf, patient)] if patient.nhs_numbers.is_empty() => Ok(Some(Person {
            nhs_number: None,
            leaf: *leaf,
            patients: vec![(*leaf, (*patient).clone())],
        })),
        _ => match people.as_slice() {
            [Some(number)] => Ok(by_number(proofs, number)),
            _ => {
                let message = "the identifier is that of several patients";
                let hint = "give the NHS number, or all parts of the key with / between them";
                Err(Error::new(ErrorKind::Usage, message).with_hint(hint).into())
            }
        },
    }
}

fn by_number(proofs: &Proofs<'_>, wanted: &str) -> Option<Person> {
    let (leaf, patients) = (0..).zip(&proofs.leaves).find_map(|(at, (_, leaf))| match leaf {
        Leaf::NhsNumber { number, patients } if number == wanted => Some((at, patients)),
        _ => None,
    })?;
    let patient =
        |(number, _): &(u64, String)| match proofs.leaves.get(usize::try_from(*number).ok()?)? {
            (_, Leaf::Patient(patient)) => Some((*number, patient.clone())),
            _ => None,
        };
    let patients = patients.iter().filter_map(patient).collect();
    Some(Person { nhs_number: Some(wanted.to_owned()), leaf, patients })
}
