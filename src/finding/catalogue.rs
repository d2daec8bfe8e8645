//! The catalogue of findings: one table for `explain`, the reports and docs/findings.md.
//!
//! A code is a stable word. Codes are added where the domain needs them, and never reused.

use std::fmt;

/// How grave a finding is: RFC 2119's "must", "should", and the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// The schema or the format says "should".
    Warning,
    /// The schema or the format says "must".
    Error,
}

impl Severity {
    /// As the reports write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// What part of the extract a code is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Area {
    /// Findings about files.
    Files,
    /// Findings about archive.
    Archive,
    /// Findings about bytes.
    Bytes,
    /// Findings about syntax.
    Syntax,
    /// Findings about header.
    Header,
    /// Findings about row.
    Row,
    /// Findings about cell.
    Cell,
    /// Findings about keys.
    Keys,
    /// Findings about audit.
    Audit,
    /// Findings about schema.
    Schema,
    /// Findings about package.
    Package,
}

/// What the catalogue says of one code.
#[derive(Debug)]
pub struct Entry {
    /// The code.
    pub code: Code,
    /// Its stable name.
    pub name: &'static str,
    /// What it is about.
    pub area: Area,
    /// Its severity, unless a schema says otherwise.
    pub severity: Severity,
    /// One sentence.
    pub title: &'static str,
    /// Why it matters in an import or as evidence.
    pub why: &'static str,
    /// What to do, or whom to ask.
    pub remedy: &'static str,
}

macro_rules! catalogue {
    ($($code:ident $name:literal $area:ident $severity:ident $title:literal $why:literal $remedy:literal)*) => {
        /// A kind of finding. The order is that of [`CATALOGUE`].
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $title] $code,)*
        }

        /// Every code, in the order of the areas.
        pub const CATALOGUE: &[Entry] = &[
            $(Entry {
                code: Code::$code,
                name: $name,
                area: Area::$area,
                severity: Severity::$severity,
                title: $title,
                why: $why,
                remedy: $remedy,
            },)*
        ];
    };
}

impl Code {
    /// What the catalogue says of it.
    pub fn entry(self) -> &'static Entry {
        &CATALOGUE[self as usize]
    }

    /// Its stable name, as `missing-file`.
    pub fn name(self) -> &'static str {
        self.entry().name
    }

    /// Its severity, unless a schema says otherwise.
    pub fn severity(self) -> Severity {
        self.entry().severity
    }

    /// The code of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        CATALOGUE.iter().find(|entry| entry.name == name).map(|entry| entry.code)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

catalogue! {
    MissingFile "missing-file" Files Error
        "TITLE"
        "WHY"
        "REMEDY"
    UnexpectedFile "unexpected-file" Files Warning
        "TITLE"
        "WHY"
        "REMEDY"
    MisplacedFile "misplaced-file" Files Warning
        "TITLE"
        "WHY"
        "REMEDY"
    EmptyFile "empty-file" Files Error
        "TITLE"
        "WHY"
        "REMEDY"
    PartialTransfer "partial-transfer" Files Error
        "TITLE"
        "WHY"
        "REMEDY"
    DuplicateContent "duplicate-content" Files Warning
        "TITLE"
        "WHY"
        "REMEDY"
    NameCollision "name-collision" Files Error
        "TITLE"
        "WHY"
        "REMEDY"
    BatchMismatch "batch-mismatch" Files Error
        "TITLE"
        "WHY"
        "REMEDY"
    HashCount "hash-count" Files Error
        "TITLE"
        "WHY"
        "REMEDY"
    ByteCount "byte-count" Files Error
        "TITLE"
        "WHY"
        "REMEDY"
    RowCount "row-count" Files Error
        "TITLE"
        "WHY"
        "REMEDY"
    ControlCount "control-count" Files Error
        "TITLE"
        "WHY"
        "REMEDY"
    AuditTrailAbsent "audit-trail-absent" Files Warning
        "TITLE"
        "WHY"
        "REMEDY"
    MissingDocument "missing-document" Files Error
        "TITLE"
        "WHY"
        "REMEDY"
    UnsafePath "unsafe-path" Archive Error
        "TITLE"
        "WHY"
        "REMEDY"
    AmbiguousArchive "ambiguous-archive" Archive Error
        "TITLE"
        "WHY"
        "REMEDY"
    ArchiveLimit "archive-limit" Archive Error
        "TITLE"
        "WHY"
        "REMEDY"
    EncryptedFile "encrypted-file" Archive Error
        "TITLE"
        "WHY"
        "REMEDY"
    UnreadableArchive "unreadable-archive" Archive Error
        "TITLE"
        "WHY"
        "REMEDY"
    EncodingError "encoding-error" Bytes Error
        "TITLE"
        "WHY"
        "REMEDY"
    ByteOrderMark "byte-order-mark" Bytes Info
        "TITLE"
        "WHY"
        "REMEDY"
    NulByte "nul-byte" Bytes Error
        "TITLE"
        "WHY"
        "REMEDY"
    ControlCharacter "control-character" Bytes Warning
        "TITLE"
        "WHY"
        "REMEDY"
    MixedLineEndings "mixed-line-endings" Bytes Warning
        "TITLE"
        "WHY"
        "REMEDY"
    Mojibake "mojibake" Bytes Warning
        "TITLE"
        "WHY"
        "REMEDY"
    TruncatedFile "truncated-file" Bytes Error
        "TITLE"
        "WHY"
        "REMEDY"
    DialectMismatch "dialect-mismatch" Syntax Error
        "TITLE"
        "WHY"
        "REMEDY"
    UnclosedQuote "unclosed-quote" Syntax Error
        "TITLE"
        "WHY"
        "REMEDY"
    StrayQuote "stray-quote" Syntax Error
        "TITLE"
        "WHY"
        "REMEDY"
    SwallowedRows "swallowed-rows" Syntax Error
        "TITLE"
        "WHY"
        "REMEDY"
    BlankRow "blank-row" Syntax Error
        "TITLE"
        "WHY"
        "REMEDY"
    RepeatedHeader "repeated-header" Syntax Error
        "TITLE"
        "WHY"
        "REMEDY"
    FieldTooLarge "field-too-large" Syntax Error
        "TITLE"
        "WHY"
        "REMEDY"
    BlankHeader "blank-header" Header Error
        "TITLE"
        "WHY"
        "REMEDY"
    MissingLabel "missing-label" Header Error
        "TITLE"
        "WHY"
        "REMEDY"
    ExtraLabel "extra-label" Header Error
        "TITLE"
        "WHY"
        "REMEDY"
    IncorrectLabel "incorrect-label" Header Error
        "TITLE"
        "WHY"
        "REMEDY"
    DuplicateLabel "duplicate-label" Header Error
        "TITLE"
        "WHY"
        "REMEDY"
    BlankLabel "blank-label" Header Error
        "TITLE"
        "WHY"
        "REMEDY"
    MissingCell "missing-cell" Row Error
        "TITLE"
        "WHY"
        "REMEDY"
    ExtraCell "extra-cell" Row Error
        "TITLE"
        "WHY"
        "REMEDY"
    DuplicateRow "duplicate-row" Row Warning
        "TITLE"
        "WHY"
        "REMEDY"
    RowConstraint "row-constraint" Row Error
        "TITLE"
        "WHY"
        "REMEDY"
    TypeError "type-error" Cell Error
        "TITLE"
        "WHY"
        "REMEDY"
    ConstraintError "constraint-error" Cell Error
        "TITLE"
        "WHY"
        "REMEDY"
    IdentifierError "identifier-error" Cell Error
        "TITLE"
        "WHY"
        "REMEDY"
    PlaceholderIdentifier "placeholder-identifier" Cell Warning
        "TITLE"
        "WHY"
        "REMEDY"
    SurroundingWhitespace "surrounding-whitespace" Cell Warning
        "TITLE"
        "WHY"
        "REMEDY"
    SpreadsheetDamage "spreadsheet-damage" Cell Error
        "TITLE"
        "WHY"
        "REMEDY"
    FormulaInjection "formula-injection" Cell Warning
        "TITLE"
        "WHY"
        "REMEDY"
    AlwaysEmpty "always-empty" Cell Info
        "TITLE"
        "WHY"
        "REMEDY"
    PrimaryKey "primary-key" Keys Error
        "TITLE"
        "WHY"
        "REMEDY"
    UniqueError "unique-error" Keys Error
        "TITLE"
        "WHY"
        "REMEDY"
    ForeignKey "foreign-key" Keys Error
        "TITLE"
        "WHY"
        "REMEDY"
    AttributionConflict "attribution-conflict" Keys Warning
        "TITLE"
        "WHY"
        "REMEDY"
    SequenceGap "sequence-gap" Audit Error
        "TITLE"
        "WHY"
        "REMEDY"
    TimeReversal "time-reversal" Audit Warning
        "TITLE"
        "WHY"
        "REMEDY"
    UnsupportedProperty "unsupported-property" Schema Warning
        "TITLE"
        "WHY"
        "REMEDY"
    SchemaError "schema-error" Schema Error
        "TITLE"
        "WHY"
        "REMEDY"
    BagDeclaration "bag-declaration" Package Error
        "TITLE"
        "WHY"
        "REMEDY"
    ManifestMalformed "manifest-malformed" Package Error
        "TITLE"
        "WHY"
        "REMEDY"
    PayloadMissing "payload-missing" Package Error
        "TITLE"
        "WHY"
        "REMEDY"
    PayloadUnlisted "payload-unlisted" Package Error
        "TITLE"
        "WHY"
        "REMEDY"
    TagUnlisted "tag-unlisted" Package Error
        "TITLE"
        "WHY"
        "REMEDY"
    DigestMismatch "digest-mismatch" Package Error
        "TITLE"
        "WHY"
        "REMEDY"
    OxumMismatch "oxum-mismatch" Package Error
        "TITLE"
        "WHY"
        "REMEDY"
    TagManifestMissing "tag-manifest-missing" Package Error
        "TITLE"
        "WHY"
        "REMEDY"
    SignatureMissing "signature-missing" Package Warning
        "TITLE"
        "WHY"
        "REMEDY"
    SignatureInvalid "signature-invalid" Package Error
        "TITLE"
        "WHY"
        "REMEDY"
    SignerUnknown "signer-unknown" Package Warning
        "TITLE"
        "WHY"
        "REMEDY"
    ProofMismatch "proof-mismatch" Package Error
        "TITLE"
        "WHY"
        "REMEDY"
    IndexStale "index-stale" Package Warning
        "TITLE"
        "WHY"
        "REMEDY"
}
