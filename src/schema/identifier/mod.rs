//! Identifiers and codes of the health service, named by a field's `rdfType`.
//!
//! What is judged is the form: length, characters, check digit. Whether a well-formed number was
//! ever issued to anybody only its issuer knows. A *placeholder* is well formed and stands for
//! nobody: ten times the same digit pass the check of NHS numbers.
//!
//! Rules: NHS Data Model and Dictionary (NHS number, postcode, ODS and GMP codes, data set change
//! notice 1496 for the lengths of Read, ICD-10 and OPCS-4 codes), the SNOMED CT Release File
//! Specification (identifiers, section 6), dm+d. `fixtures/identifiers` has the cases they are held to.

mod codes;
mod numbers;
mod postcode;

/// A kind of identifier whose form is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Identifier {
    /// NHS number: ten digits, the last by modulus 11.
    NhsNumber,
    /// SNOMED CT identifier: 6 to 18 digits with partition and Verhoeff digit.
    Snomed,
    /// Read code version 2.
    ReadV2,
    /// Read code version 3 (CTV3).
    Ctv3,
    /// Code of the dictionary of medicines and devices: a SNOMED CT identifier.
    Dmd,
    /// ICD-10 code, with or without its point.
    Icd10,
    /// OPCS-4 code, with or without its point.
    Opcs4,
    /// Code of the Organisation Data Service: of any organisation or site.
    Ods,
    /// ODS code of a GP practice in England or Wales.
    OdsPractice,
    /// GMC reference number, also as a consultant code with its C.
    Gmc,
    /// General medical practitioner code as prescriptions have it (GMP PPD code).
    Gmp,
    /// UK postcode.
    Postcode,
}

/// What a value is, as an identifier of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judgement {
    /// Well formed.
    WellFormed,
    /// Well formed, or of a form that is reserved for it, and stands for nobody and nothing. With
    /// what it is, as "a pseudo-postcode".
    Placeholder(&'static str),
    /// Not of its form. With what is wrong, as "of 9 digits"; it never holds anything of the value.
    Wrong(&'static str),
}

/// What is known of each kind: URI, name, form.
const KINDS: [(Identifier, &str, &str, &str); 12] = [
    (
        Identifier::NhsNumber,
        "https://fhir.nhs.uk/Id/nhs-number",
        "NHS number",
        "10 digits, the last a check digit",
    ),
    (
        Identifier::Snomed,
        "http://snomed.info/sct",
        "SNOMED CT identifier",
        "6 to 18 digits, the last a check digit",
    ),
    (
        Identifier::ReadV2,
        "http://read.info/readv2",
        "Read code (version 2)",
        "5 letters or digits, filled up with dots",
    ),
    (
        Identifier::Ctv3,
        "http://read.info/ctv3",
        "Read code (CTV3)",
        "5 letters or digits, filled up with dots",
    ),
    (Identifier::Dmd, "https://dmd.nhs.uk", "dm+d code", "6 to 18 digits, the last a check digit"),
    (
        Identifier::Icd10,
        "http://hl7.org/fhir/sid/icd-10",
        "ICD-10 code",
        "a letter and 2 digits, then more digits, X or a point",
    ),
    (
        Identifier::Opcs4,
        "https://fhir.hl7.org.uk/Id/opcs-4",
        "OPCS-4 code",
        "a letter and 2 digits, then one more digit",
    ),
    (
        Identifier::Ods,
        "https://fhir.nhs.uk/Id/ods-organization-code",
        "ODS code",
        "3 to 9 capital letters and digits",
    ),
    (
        Identifier::OdsPractice,
        "https://fhir.nhs.uk/Id/ods-organization-code#gp-practice",
        "ODS code of a GP practice",
        "a capital letter and 5 digits",
    ),
    (
        Identifier::Gmc,
        "https://fhir.hl7.org.uk/Id/gmc-number",
        "GMC reference number",
        "7 digits, or C and 7 digits",
    ),
    (
        Identifier::Gmp,
        "https://fhir.hl7.org.uk/Id/gmp-number",
        "GMP code",
        "G and 7 digits, of which the first is not 6 or 7",
    ),
    (
        Identifier::Postcode,
        "http://data.ordnancesurvey.co.uk/ontology/postcode/PostcodeUnit",
        "UK postcode",
        "as LS1 4AP",
    ),
];

/// In a spreadsheet a number has 15 digits; what has more ends in zeros.
const ROUNDED: &str = "rounded to 15 digits, as spreadsheets do";

/// What a spreadsheet shows of a long number.
const SCIENTIFIC: &str = "in scientific notation, as spreadsheets show long numbers";

impl Identifier {
    /// Every kind.
    pub fn all() -> impl Iterator<Item = Self> {
        KINDS.iter().map(|(kind, ..)| *kind)
    }

    /// The kind that an `rdfType` names; `None` for any other URI, which is the author's own. A
    /// final slash and the letter case of scheme and host mean nothing, nor does `https` for `http`.
    pub fn named(rdf_type: &str) -> Option<Self> {
        let wanted = comparable(rdf_type);
        KINDS.iter().find(|(_, uri, ..)| comparable(uri) == wanted).map(|(kind, ..)| *kind)
    }

    fn entry(self) -> &'static (Self, &'static str, &'static str, &'static str) {
        // The table has a line for every kind, which a test holds; the first is never meant.
        KINDS.iter().find(|(kind, ..)| *kind == self).unwrap_or(&KINDS[0])
    }

    /// The URI that names it in a field's `rdfType`.
    pub fn uri(self) -> &'static str {
        self.entry().1
    }

    /// What a report calls it.
    pub fn name(self) -> &'static str {
        self.entry().2
    }

    /// Its form in words.
    pub fn form(self) -> &'static str {
        self.entry().3
    }

    /// Whether a value that is not null is one of this kind.
    pub fn judge(self, value: &str) -> Judgement {
        let bytes = value.as_bytes();
        match self {
            Self::NhsNumber => numbers::nhs_number(bytes),
            Self::Snomed | Self::Dmd => numbers::snomed(bytes),
            Self::ReadV2 | Self::Ctv3 => codes::read(value),
            Self::Icd10 => codes::icd10(bytes),
            Self::Opcs4 => codes::opcs4(bytes),
            Self::Ods => codes::ods(bytes),
            Self::OdsPractice => codes::ods_practice(bytes),
            Self::Gmc => numbers::gmc(bytes),
            Self::Gmp => codes::gmp(bytes),
            Self::Postcode => postcode::judge(bytes),
        }
    }
}

/// A URI without what may differ between two ways to write it.
fn comparable(uri: &str) -> String {
    let uri = uri.trim_end_matches('/');
    let (scheme, rest) = uri.split_once("://").unwrap_or(("", uri));
    let scheme = if scheme.eq_ignore_ascii_case("https") { "http" } else { scheme };
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    format!("{}://{}/{path}", scheme.to_lowercase(), host.to_lowercase())
}

fn well_formed(is: bool, otherwise: &'static str) -> Judgement {
    if is { Judgement::WellFormed } else { Judgement::Wrong(otherwise) }
}

/// What is wrong with a value on which no rule for its characters says more.
fn wrong(bytes: &[u8], otherwise: &'static str) -> Judgement {
    Judgement::Wrong(match bytes {
        [b' ' | b'\t', ..] | [.., b' ' | b'\t'] => "with a space before or after it",
        _ if is_scientific(bytes) => SCIENTIFIC,
        _ => otherwise,
    })
}

/// Whether the value is a number in scientific notation, as `1.77754E+15`.
fn is_scientific(bytes: &[u8]) -> bool {
    let Some(at) = bytes.iter().position(|b| matches!(b, b'e' | b'E')) else { return false };
    let (mantissa, exponent) = (bytes.get(..at).unwrap_or_default(), bytes.get(at + 1..));
    let is_number = |part: &[u8]| {
        part.first().is_some_and(u8::is_ascii_digit)
            && part.iter().all(|b| b.is_ascii_digit() || *b == b'.')
    };
    let exponent = exponent.unwrap_or_default();
    is_number(mantissa)
        && exponent.first().is_some_and(|sign| matches!(sign, b'+' | b'-'))
        && exponent
            .get(1..)
            .is_some_and(|digits| !digits.is_empty() && digits.iter().all(u8::is_ascii_digit))
}

#[cfg(test)]
mod tests;
