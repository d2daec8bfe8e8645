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
    /// Which files there are, and how large.
    Files,
    /// The zip or tar that the files came in.
    Archive,
    /// Encodings and single bytes.
    Bytes,
    /// Delimiters, quotes and rows.
    Syntax,
    /// The header row.
    Header,
    /// Whole rows.
    Row,
    /// Single cells.
    Cell,
    /// Keys and references between tables.
    Keys,
    /// The audit trail.
    Audit,
    /// The declared schema.
    Schema,
    /// Packages and bags.
    Package,
}

impl Area {
    /// The heading in docs/findings.md.
    pub fn heading(self) -> &'static str {
        match self {
            Self::Files => "Files",
            Self::Archive => "Archives",
            Self::Bytes => "Bytes",
            Self::Syntax => "Syntax",
            Self::Header => "Header",
            Self::Row => "Rows",
            Self::Cell => "Cells",
            Self::Keys => "Keys",
            Self::Audit => "Audit trail",
            Self::Schema => "Schema",
            Self::Package => "Package",
        }
    }
}

/// What a code is said of: it decides the tags and the keys of a Frictionless error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// A file, or the extract.
    File,
    /// A table.
    Table,
    /// The header row.
    Header,
    /// One label of the header.
    Label,
    /// One row.
    Row,
    /// One cell.
    Cell,
    /// The descriptor.
    Schema,
}

impl Level {
    /// The tags of a Frictionless error of this level.
    pub fn tags(self) -> &'static [&'static str] {
        match self {
            Self::File => &["#file"],
            Self::Table => &["#table"],
            Self::Header => &["#table", "#header"],
            Self::Label => &["#table", "#header", "#label"],
            Self::Row => &["#table", "#row"],
            Self::Cell => &["#table", "#row", "#cell"],
            Self::Schema => &[],
        }
    }

    /// The general Frictionless error type of this level.
    pub fn frictionless(self) -> &'static str {
        match self {
            Self::File => "file-error",
            Self::Table => "table-error",
            Self::Header => "header-error",
            Self::Label => "label-error",
            Self::Row => "row-error",
            Self::Cell => "cell-error",
            Self::Schema => "schema-error",
        }
    }
}

/// Who coined a code's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Frictionless v5 has an error type of this name and meaning.
    Frictionless,
    /// It is our own.
    Handover,
}

/// What the catalogue says of one code. All texts are one line of at most 240 characters.
#[derive(Debug)]
pub struct Entry {
    /// The code.
    pub code: Code,
    /// Its stable name.
    pub name: &'static str,
    /// What it is about.
    pub area: Area,
    /// What it is said of.
    pub level: Level,
    /// Its severity, unless a schema says otherwise.
    pub severity: Severity,
    /// Who coined the name.
    pub origin: Origin,
    /// What is wrong: one sentence.
    pub title: &'static str,
    /// What it usually means.
    pub cause: &'static str,
    /// Why it matters in an import or as evidence.
    pub why: &'static str,
    /// What to do, or whom to ask.
    pub remedy: &'static str,
    /// A small synthetic example.
    pub example: &'static str,
}

impl Entry {
    /// The error type under which Frictionless v5 can load the finding: the code's own name where
    /// v5 has it, else the general type of its level.
    pub fn frictionless(&self) -> &'static str {
        match self.origin {
            Origin::Frictionless => self.name,
            Origin::Handover => self.level.frictionless(),
        }
    }
}

macro_rules! catalogue {
    ($($code:ident $name:literal $area:ident $level:ident $severity:ident $origin:ident
        $title:literal $cause:literal $why:literal $remedy:literal $example:literal)*) => {
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
                level: Level::$level,
                severity: Severity::$severity,
                origin: Origin::$origin,
                title: $title,
                cause: $cause,
                why: $why,
                remedy: $remedy,
                example: $example,
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
    MissingFile "missing-file" Files File Error Handover
        "A declared file is not in the extract."
        "The transfer stopped early, the practice has no data of this kind and the supplier left the file out, or the file is named otherwise than documented."
        "Nothing of this table can be imported, and every row elsewhere that refers to it loses its meaning."
        "Ask the supplier for the file. If it is absent by design, have that in writing and declare the resource optional."
        "Declared: prescribing_issue.csv. Delivered: every other file, and no prescribing_issue.csv."
    UnexpectedFile "unexpected-file" Files File Warning Handover
        "A file in the extract belongs to no declared resource."
        "The documentation is of another version, or the file came along by chance, as `.DS_Store` or a hidden copy do."
        "What is not declared is not checked and will not be imported: it may be litter, or it may be a table that nobody knows about."
        "Look what it is. If it is data, ask the supplier for its documentation and declare it; if it is litter, note that and go on."
        "Delivered: patient_extra.csv. No resource has this path."
    MisplacedFile "misplaced-file" Files File Warning Handover
        "A declared file lies in another folder than declared."
        "The extract was unpacked by hand, or one folder level too many was packed with it."
        "An import that looks for the path as documented will not find the file, though it is there."
        "Put the file where the schema declares it, or declare the path as it is delivered."
        "Declared: coding/drug_code.csv. Delivered: drug_code.csv."
    EmptyFile "empty-file" Files File Error Handover
        "A declared file holds no byte."
        "An export job failed after it had created the file, or the disk was full on the other side."
        "An empty file cannot be told apart from a table without rows: the loss of a whole table would pass unnoticed."
        "Ask the supplier to deliver the file again; a table without rows still has its header."
        "care_plan.csv: 0 bytes."
    PartialTransfer "partial-transfer" Files File Error Handover
        "A file was not transferred to its end."
        "The copy was still running, or broke off, when the extract was handed over."
        "The file is incomplete, and nothing in it says where it ends."
        "Wait until the transfer has ended, or have the file sent again, and check once more."
        "consultation.csv.filepart; or 1,040,384 bytes where the manifest lists 1,048,576."
    DuplicateContent "duplicate-content" Files File Warning Handover
        "Two files hold the same bytes."
        "A file was delivered twice under two names, or one table was exported in the place of another."
        "If both are imported, rows count twice; if one stands in for another table, that table is missing."
        "Ask the supplier which of the two is meant, and whether another file was overwritten."
        "slot_1.csv and slot_2.csv: same size, same SHA-256."
    NameCollision "name-collision" Files File Error Handover
        "Two names in the extract become the same on some systems."
        "They differ in case only, or in how an accent is encoded."
        "On Windows or macOS one file silently replaces the other when the extract is unpacked."
        "Ask the supplier to name the files apart; do not unpack the extract on such a system."
        "Patient.csv and PATIENT.CSV in one folder."
    BatchMismatch "batch-mismatch" Files File Error Handover
        "Files that must belong to one batch do not."
        "Two deliveries were mixed, or some files were taken from an earlier run."
        "Tables of different days do not fit together: references break, and entries are lost or doubled."
        "Ask for all files of one run. Do not exchange single files between batches."
        "Batch 20240301 in 20 file names, 20240229 in one."
    HashCount "hash-count" Files File Error Frictionless
        "A file does not have its declared hash."
        "The file was changed or damaged after the hash was made, or the descriptor belongs to another delivery."
        "What is here is not what the sender had: it cannot stand as evidence until that is explained."
        "Compare the sizes, have the file sent again, and ask the sender to recompute the hash at the source."
        "Declared sha256:9f86…, computed sha256:60303…."
    ByteCount "byte-count" Files File Error Frictionless
        "A file does not have its declared size."
        "The transfer broke off, or a program on the way converted line ends or the encoding."
        "A shorter file has lost rows; another size always means that this is not the file that was described."
        "Have the file sent again in binary mode, and compare its size with the one at the source."
        "Declared 1,048,576 bytes, found 1,040,384."
    RowCount "row-count" Files Table Error Frictionless
        "A table does not have its declared number of rows."
        "Rows were lost or doubled on the way, or rows that span several lines were counted as several."
        "The count is the simplest proof that the whole record arrived; where it differs, patients may lack entries."
        "Ask the supplier how the count was made. If it holds, have the file extracted again."
        "Declared 74,298 rows, found 74,290."
    ControlCount "control-count" Files File Error Handover
        "A control total does not agree with the data."
        "Rows were lost or changed after the total was made, or the total counts something else."
        "The sender's own figures say that this is not all that was extracted."
        "Ask the supplier what the total counts, and have the file extracted again if it holds."
        "Trailer says 12 files, the extract holds 11."
    AuditTrailAbsent "audit-trail-absent" Files File Warning Handover
        "The extract holds no audit trail."
        "The supplier's extract leaves it out, or the audit files were not asked for."
        "The audit trail is not migrated; without it in the extract, nobody can later show who changed an entry and when."
        "Ask for the audit trail in writing, or keep the old system readable, and record the reason in the descriptor."
        "No resource has the role audit-trail."
    MissingDocument "missing-document" Files File Error Handover
        "A document that a row names is not in the extract."
        "The attachments were left out or delivered apart, or the rows name paths of the old server."
        "A letter, scan or image of a patient would be lost in the move."
        "Ask the supplier for the attachments and for the rule by which rows name them."
        "document.csv row 12 names a file that is not in documents/."
    UnsafePath "unsafe-path" Archive File Error Handover
        "An entry's name points out of the folder it is unpacked to."
        "The archive was made by a faulty program, or with bad intent."
        "Unpacking it could overwrite other files on the computer."
        "Do not unpack it by other means. Ask the sender to make the archive again."
        "../../startup/run.cmd"
    AmbiguousArchive "ambiguous-archive" Archive File Error Handover
        "The archive can be read in two ways."
        "It has two entries of one name, headers that disagree, or bytes between its entries."
        "Two programs could unpack different content from it, so what was checked need not be what is imported."
        "Ask the sender to make the archive again with a common program, and compare the digests."
        "Two entries named patient.csv with different content."
    ArchiveLimit "archive-limit" Archive File Error Handover
        "The archive exceeds a limit that protects this computer."
        "It expands to far more than its size, has very many entries, or holds archives within archives."
        "It was not read in full, so nothing is known of the rest."
        "If the sender confirms the size, raise the limit that the finding names and run again."
        "42 KB that expand to 4 GB."
    EncryptedFile "encrypted-file" Archive File Error Handover
        "A file is encrypted."
        "It was encrypted for the transfer, as the rules demand, and has not been decrypted yet."
        "Its content could not be checked."
        "Decrypt it with the key agreed with the sender, then check the result."
        "291_Admin_Patient.csv.gpg"
    UnreadableArchive "unreadable-archive" Archive File Error Handover
        "The archive cannot be read."
        "It was cut off in transfer, is one part of a split archive, or is of a kind that this program does not open."
        "None of its files could be checked."
        "Have it sent again; join split parts first; unpack other kinds with their own program and check the folder."
        "SRExtract.z01 without SRExtract.zip."
    EncodingError "encoding-error" Bytes File Error Frictionless
        "The file holds bytes that its encoding does not allow."
        "It is in another encoding than declared, most often Windows-1252 declared as UTF-8."
        "Names and free text with accents, dashes, quotes or units would be imported wrongly or refused."
        "Declare the encoding that the file has, or ask the supplier to export in the declared one."
        "Byte 0x92 at offset 3,116 of a file declared as UTF-8."
    ByteOrderMark "byte-order-mark" Bytes File Info Handover
        "The file begins with a byte order mark."
        "It was written by a Windows program."
        "Importers that do not expect it take it for a part of the first label and do not find that column."
        "Nothing, if the importer knows byte order marks; else ask for files without one."
        "EF BB BF before the label PatientGuid."
    NulByte "nul-byte" Bytes Row Error Handover
        "A row holds a NUL byte."
        "The file was damaged, was written after a crash, or is UTF-16 read as something else."
        "Many programs end the text there, so the rest of the cell or of the file is lost."
        "Ask for the file again; if it is UTF-16, declare that encoding."
        "Row 8,113 holds 512 NUL bytes."
    ControlCharacter "control-character" Bytes Row Warning Handover
        "A row holds a control character other than tab and line end."
        "Text was pasted from another program, or came from an old terminal system."
        "It may be dropped, end the text early or break the display in the new system, and changes how the entry reads."
        "Ask the supplier what the character stood for, and decide how the import treats it."
        "A vertical tab (0x0B) in a free-text cell."
    MixedLineEndings "mixed-line-endings" Bytes File Warning Handover
        "The file's rows end in different ways."
        "Files of different origin were joined, or a transfer converted some line ends."
        "Importers that expect one line end join rows or leave a stray character in the last column."
        "Ask for the file as exported, sent in binary mode, or set the importer to accept all line ends."
        "Rows 1 to 5,000 end with CR LF, the rest with LF."
    Mojibake "mojibake" Bytes Row Warning Handover
        "Text was decoded with the wrong encoding and stored so."
        "UTF-8 was once read as Windows-1252 and saved again, in the old system or by the export."
        "Names and free text read wrongly, and a search for the right spelling does not find the patient."
        "Ask whether the old system shows the same text. If it does not, have the table exported again."
        "Zoë stored as ZoÃ«."
    TruncatedFile "truncated-file" Bytes File Error Handover
        "The file is cut off."
        "The transfer or the export stopped before the end, or a spreadsheet dropped the rows beyond its limit."
        "All rows after the cut are missing, and no total in the file tells so."
        "Have the file sent again and compare sizes; never pass it through a spreadsheet."
        "The last row ends inside a quoted cell; or the file has exactly 1,048,576 rows."
    DialectMismatch "dialect-mismatch" Syntax Table Error Handover
        "The file is not written in the declared dialect."
        "The export used another delimiter, quote or line end than documented."
        "Read as declared, the columns fall together: everything that follows would be wrong for one reason."
        "Declare the dialect that the finding names, or ask the supplier to export as documented."
        "Declared delimiter comma; the header has 21 semicolons and no comma."
    UnclosedQuote "unclosed-quote" Syntax Row Error Handover
        "A quoted cell is never closed."
        "A quote inside a text was not doubled when the file was written, or the row was cut."
        "Other programs take all that follows for one cell, and lose every row up to the next quote without a word."
        "Ask the supplier to double quotes inside quoted cells (RFC 4180) and to export the file again."
        "17,\"seen by Dr A,2019-03-01"
    StrayQuote "stray-quote" Syntax Row Error Handover
        "A quote stands where the dialect allows none."
        "A quote inside a text was not doubled, or a text was quoted in part only."
        "Programs read such a row in different ways, so the imported text may differ from the one that was recorded."
        "Ask the supplier to quote cells whole and to double the quotes inside them (RFC 4180)."
        "17,ordered 6\" tube,2019-03-01"
    SwallowedRows "swallowed-rows" Syntax Row Error Handover
        "An unclosed quote swallowed the rows that follow it."
        "One quote was left open; the next one in the file closed it, many rows later."
        "A common parser sees one long cell: the rows are lost to the import, and no count at the other end tells so."
        "Ask the supplier to mend the row with the open quote. The rows named here must appear in the next delivery."
        "The quote opened in row 35 swallowed rows 36 to 103."
    BlankRow "blank-row" Syntax Row Error Frictionless
        "A row is blank."
        "The export wrote an empty line, often at the end or where two files were joined."
        "Some importers stop at a blank row, others import an empty record."
        "Ask the supplier whether a record should stand there; else have the blank rows removed."
        "Row 4,001 holds nothing, or nothing but delimiters."
    RepeatedHeader "repeated-header" Syntax Row Error Handover
        "The header is repeated among the rows."
        "Part files were joined without removing their headers."
        "The labels would be imported as a record, or stop the import where they are not valid values."
        "Ask for one header per file, or declare the parts as separate files of the resource."
        "Row 50,002 repeats row 1."
    FieldTooLarge "field-too-large" Syntax Row Error Handover
        "A cell or row exceeds the limit."
        "A quote was left open, or a document was exported inside a cell."
        "The row was not checked, and most importers would refuse it or cut it."
        "Look at the row for an open quote. If the size is right, raise the limit that the finding names."
        "A cell of 17 MB, where the limit is 16 MB."
    BlankHeader "blank-header" Header Header Error Frictionless
        "The header row is blank."
        "The export wrote no labels, or an empty line stands before them."
        "Columns can then be told apart by their position only, and one column more or less shifts all the others."
        "Ask for a header, or declare that the file has none."
        "Row 1 is ,,,"
    MissingLabel "missing-label" Header Label Error Frictionless
        "A declared field has no column in the file."
        "The column was renamed or left out, or the documentation is of another version."
        "The values of this field are not in the extract, or stand under a name the import does not know."
        "If the finding names a likely column, add its name to the schema; else ask the supplier for the column."
        "Declared NHSNumber; the header has NHS No, which no field claims."
    ExtraLabel "extra-label" Header Label Error Frictionless
        "A column of the file is not declared."
        "The supplier added a column, or the documentation is of an older version."
        "What is not declared is neither checked nor imported, and it moves the columns after it."
        "Ask the supplier for the documentation of the column and declare it."
        "The header has ContextType, which no field declares."
    IncorrectLabel "incorrect-label" Header Label Error Frictionless
        "A label is not the declared field's name."
        "A field was renamed, differs in case or spaces only, or the columns stand in another order."
        "An import by name does not find the column; an import by position may load one field into another."
        "Compare with the documentation. Accept the label as another name of the field, or have it mended."
        "Declared DateOfDeactivation, found DateofDeactivation."
    DuplicateLabel "duplicate-label" Header Label Error Frictionless
        "Two columns have the same label."
        "A query behind the export joined two tables and kept both columns."
        "An import by name takes one of the two, and nobody knows which."
        "Ask the supplier which column is which, and to label them apart."
        "Id,Name,Id"
    BlankLabel "blank-label" Header Label Error Frictionless
        "A column has no label."
        "A delimiter too many stands at the end of the header, or the label was left out."
        "The column cannot be matched with its documentation."
        "Ask what the column holds; if it is always empty, have the extra delimiter removed."
        "Id,,Name"
    SchemaVersion "schema-version" Header Table Error Handover
        "The file has the columns of another version of the source system."
        "Suppliers change their columns without notice, some from file to file of one delivery."
        "An import that is set up for the other version would find columns missing, or put values in the wrong ones."
        "Import the file as the version that is named. Where the other version was agreed on, ask the supplier for it."
        "A file of version 8.0 where 8.2 was named: without the column IsBlocked."
    MissingCell "missing-cell" Row Cell Error Frictionless
        "A row has fewer cells than the header."
        "A line break in a text was not quoted, trailing cells were left out, or the row was cut."
        "Values may stand under the wrong field, and the rest of the record is lost."
        "Look whether the next row carries on the text. Ask the supplier to quote cells that hold line breaks."
        "Header of 5 labels, row of 3: 17,2019-03-01,seen"
    ExtraCell "extra-cell" Row Cell Error Frictionless
        "A row has more cells than the header."
        "A delimiter inside a text was not quoted."
        "All cells after it stand under the wrong field, and would be imported there."
        "Ask the supplier to quote cells that hold the delimiter, and to export the file again."
        "17,2019-03-01,seen by Dr A, no change"
    DuplicateRow "duplicate-row" Row Row Warning Frictionless
        "A row repeats an earlier one."
        "The export joined tables that multiply rows, or a batch was appended twice."
        "Entries such as issues or readings would count twice in the patient's record."
        "Ask the supplier whether the repetition is meant; else have it removed at the source."
        "Rows 118 and 119 are the same."
    RowConstraint "row-constraint" Row Row Error Frictionless
        "A row breaks a declared rule between its fields."
        "The rule describes how the system should behave, and older or converted data does not."
        "The fields contradict each other, so the import cannot tell which of them is right."
        "Show the rule and the rows to the practice and the supplier, and agree which field leads."
        "Rule: an end date is not before the start date. Start 2019-03-02, end 2019-03-01."
    TypeError "type-error" Cell Cell Error Frictionless
        "A cell does not have the declared type or format."
        "The whole column is written in another format than documented, or single values were typed freely."
        "The import refuses the value, or reads another one: 03/04/2019 is March or April."
        "If the finding suggests a format, correct the descriptor after the supplier confirms it; else have the values mended."
        "Declared date (%Y-%m-%d), found the shape 99/99/9999."
    ConstraintError "constraint-error" Cell Cell Error Frictionless
        "A cell breaks a declared constraint."
        "The documentation states a limit that the system never enforced, or a value is missing that was not mandatory in the past."
        "The new system may refuse the row or cut the value, which changes the record."
        "Ask the supplier whether the documentation or the data is wrong, and settle with the importer what happens to such values."
        "required: the cell is empty. maxLength 7: the value has 8 characters."
    IdentifierError "identifier-error" Cell Cell Error Handover
        "An identifier or code is not valid."
        "It was mistyped, or damaged on its way through a spreadsheet, or the column holds another kind of code."
        "A wrong NHS number attaches a record to nobody or to another person; a wrong code changes the clinical meaning."
        "Have the practice correct single values at the source. If the whole column fails, ask what kind of code it holds."
        "An NHS number whose check digit does not fit: 999 999 9998."
    PlaceholderIdentifier "placeholder-identifier" Cell Cell Warning Handover
        "An identifier is well formed, but stands for none."
        "Staff entered digits such as 9999999999 because the field had to be filled."
        "Several patients who share one such number would be merged into one record."
        "List the patients concerned for the practice, and treat the value as empty in the import."
        "9999999999, which passes the check digit of NHS numbers."
    SurroundingWhitespace "surrounding-whitespace" Cell Cell Warning Handover
        "A cell begins or ends with white space."
        "A column of fixed width was exported without trimming, or the text was typed so."
        "Two values that look the same do not match, so references and code lists fail."
        "Ask the supplier to trim the column, or have the import do it for all tables alike."
        "The shape ␣Aaaaaaa where a code list has Aaaaaaa."
    SpreadsheetDamage "spreadsheet-damage" Cell Cell Error Handover
        "A cell shows damage done by a spreadsheet program."
        "The file was opened and saved in one: long numbers are rounded, leading zeros lost, dates turned into numbers."
        "Codes and identifiers of more than 15 digits are changed beyond repair: they now name something else."
        "Ask for the file as the system wrote it. Do not repair the values by guesswork."
        "9.43E+09; 1777541000006110, a SNOMED CT identifier whose last digits became zeros."
    FormulaInjection "formula-injection" Cell Cell Warning Handover
        "A cell would run as a formula in a spreadsheet program."
        "A text begins with =, +, - or @, by chance or with intent."
        "Opened in a spreadsheet it may show another text, or send data elsewhere."
        "Do not open the file in a spreadsheet. Ask where the value was entered."
        "=HYPERLINK(\"https://example.org\",\"x\")"
    AlwaysEmpty "always-empty" Cell Cell Info Handover
        "A column is empty in every row."
        "The system does not fill the field, or the export leaves it out for reasons of privacy."
        "If the practice used the field, its content is missing from the extract."
        "Ask the supplier whether the field is unused or left out."
        "ReferralReceivedDate: 99,826 rows, no value."
    PrimaryKey "primary-key" Keys Row Error Frictionless
        "A row's primary key is empty or used before."
        "Rows were exported twice, or the documented key is not the whole key, as when it is unique per practice only."
        "Rows cannot be told apart: an import keeps one of them, and references may reach the wrong one."
        "Ask the supplier for the full key. If the rows are the same, have the repetition removed."
        "Rows 12 and 4,077 have the same PatientGuid."
    UniqueError "unique-error" Keys Cell Error Frictionless
        "A value that must be unique is used before."
        "Two records exist for one person or thing, or the field was never unique in practice."
        "An import that relies on it merges two records into one or refuses the second."
        "Have the practice look at the pairs; ask the supplier whether uniqueness is guaranteed."
        "Rows 31 and 902 have the same NHSNumber."
    ForeignKey "foreign-key" Keys Row Error Frictionless
        "A key refers to a row that is not there."
        "The referenced table was filtered, cut down or taken on another day, or old rows were deleted there and not here."
        "The entry loses what it refers to: its patient, its author, or the meaning of its code."
        "Ask the supplier for the whole referenced table of the same run, or have it in writing why the rows are absent."
        "observation row 17 has a CodeId that clinical_code does not hold."
    AttributionConflict "attribution-conflict" Keys Row Warning Handover
        "A row belongs to one patient by its own field and to another by its references."
        "An entry was filed under the wrong patient and moved, or keys were used again."
        "The entry could be shown in another person's record. Retrieval follows the row's own field."
        "Have the practice look at the rows in the old system before it is switched off."
        "The audit entry names patient 1; the observation it is about belongs to patient 2."
    SequenceGap "sequence-gap" Audit Row Error Handover
        "Numbers are missing in the audit trail's sequence."
        "Entries were deleted or filtered, or a part of the trail was not exported."
        "A trail with holes does not show that nothing was removed, and can be challenged as evidence."
        "Ask the supplier for the missing entries or the reason in writing, and keep the answer with the package."
        "10,412 is followed by 10,430."
    EntryWithoutUser "entry-without-user" Audit Row Warning Handover
        "An audit entry does not say who made it."
        "The old system wrote entries of its own without a user, or the user's account was deleted."
        "The audit trail is kept in order to show who did what; such an entry shows only that it was done."
        "Ask the supplier what an entry without a user means, and keep the answer with the package."
        "Entry 10,412 with an empty UserInRoleGuid."
    TimeReversal "time-reversal" Audit Row Warning Handover
        "An audit entry is dated before the one that precedes it."
        "A clock was set back, as in autumn or after a failure, or entries of several servers were merged."
        "The order in which things were done is in doubt there."
        "Ask the supplier how the entries are ordered and in which time zone they are written."
        "Entry 10,412 at 01:58, entry 10,413 at 01:03."
    UnsupportedProperty "unsupported-property" Schema Schema Warning Handover
        "The descriptor asks for a check that this program does not make."
        "The property belongs to another tool, is misspelt, or is of a later version of the standard."
        "The check that its author relied on did not take place."
        "Correct the spelling, or state the demand with a property that is supported."
        "\"handover\": {\"rowcount\": 12}, where rowCount is meant."
    SchemaError "schema-error" Schema Schema Error Frictionless
        "The descriptor contradicts itself or the standard."
        "It was edited by hand, or made from documentation that contradicts itself."
        "What it declares cannot be checked as it stands."
        "Correct the descriptor where the finding points, then check again."
        "A primary key that names a field which the table does not have."
    BagDeclaration "bag-declaration" Package File Error Handover
        "The bag's declaration is missing or wrong."
        "bagit.txt was lost or edited, or the folder is no bag."
        "Without it no program can say by which rules the package is to be read (RFC 8493, section 2.1.1)."
        "Get the package again from where it is kept; if it never had the file, it is no bag."
        "bagit.txt says BagIt-Version: one."
    ManifestMalformed "manifest-malformed" Package File Error Handover
        "A manifest of the package cannot be read."
        "It was edited, or written by a faulty program."
        "The files that its faulty lines should name cannot be verified."
        "Get the package again from where it is kept; tell the maker of the program that wrote it."
        "A line with a digest and no path."
    PayloadMissing "payload-missing" Package File Error Handover
        "A file that the manifest lists is not in the package."
        "It was removed or renamed after packing, or the copy is incomplete."
        "The package is no longer whole and does not show all that was received."
        "Take another copy of the package and verify that one. Keep this one as it is."
        "manifest-sha512.txt lists data/patient.csv; the package has no such file."
    PayloadUnlisted "payload-unlisted" Package File Error Handover
        "A payload file is not in the manifest."
        "It was added after packing."
        "Nothing vouches for it: it was not part of what was received and signed."
        "Ask who added it, and take another copy of the package."
        "data/patient (2).csv is in no manifest."
    TagUnlisted "tag-unlisted" Package File Error Handover
        "A file about the package is in no tag manifest."
        "It was added after packing."
        "Nothing vouches for what it says."
        "Ignore its content, ask who added it, and take another copy of the package."
        "metadata/note.txt is in no tag manifest."
    DigestMismatch "digest-mismatch" Package File Error Handover
        "A file does not have the digest that the manifest lists."
        "It was changed or damaged after packing."
        "It is not what was packed and signed, and does not stand as evidence."
        "Take another copy of the package and verify that one. Keep this one as it is, for the question of who changed it."
        "data/patient.csv: listed sha512 6bc1…, computed 41d0…."
    OxumMismatch "oxum-mismatch" Package File Error Handover
        "The payload's size or number of files is not the one stated."
        "Files were added, removed or changed after packing."
        "The package is not what was packed (Payload-Oxum, RFC 8493, section 2.2.2)."
        "Look which file the other findings name, and take another copy of the package."
        "Payload-Oxum: 8.1, found 16 bytes in 2 files."
    TagManifestMissing "tag-manifest-missing" Package File Error Handover
        "The package has no tag manifest."
        "It was removed, or the package was made by a program that writes none."
        "The manifest and the statements about the package can be changed without being noticed."
        "Take another copy of the package. For a bag of another program, ask its keeper for the original digests."
        "No tagmanifest-sha512.txt in the package."
    SignatureMissing "signature-missing" Package File Warning Handover
        "The package is not signed."
        "It was made without a key."
        "It can be shown to be whole, not by whom it was made: whoever changes it can make the digests anew."
        "Compare the digest of its tag manifest with one that was noted elsewhere on the day, or have it packed again with a key."
        "signatures/ holds no tagmanifest-sha512.txt.sig."
    SignatureInvalid "signature-invalid" Package File Error Handover
        "A signature does not fit what it signs."
        "The signed file or the signature was changed after signing."
        "The package is not what the signer signed."
        "Take another copy of the package. Keep this one as it is, for the question of who changed it."
        "tagmanifest-sha512.txt was changed after it was signed."
    SignerUnknown "signer-unknown" Package File Warning Handover
        "The signature is good, but its key belongs to nobody listed."
        "The list of signers was not given, or does not have this key."
        "It is certain that the package is unchanged since it was signed, but not by whom."
        "Get the signer's public key by a second way, add it to the file of allowed signers and give that with --signers."
        "Signed by SHA256:q5Cf…, which the file of allowed signers does not list."
    ProofMismatch "proof-mismatch" Package File Error Handover
        "A row proof does not lead to the signed root."
        "The row, its proof or the checkpoint was changed."
        "It is not shown that the row stood in the package like this."
        "Take another copy of the export or the package and verify that one."
        "Row 17 of observation.csv: the computed root is not the checkpoint's."
    DescriptorMismatch "descriptor-mismatch" Package File Error Handover
        "The descriptor of an export is not the one by which the package's rows were attributed."
        "It was changed or replaced after the export was made."
        "Whose a row is follows from the descriptor: with another one, rows may be left out or be someone else's."
        "Ask for the export anew from whoever keeps the package."
        "metadata/descriptor.json names another way from the audit trail to the patient."
    RowAltered "row-altered" Package Row Error Handover
        "Rows of an export are not as they were packaged."
        "A row was changed, added, removed or exchanged for another one."
        "The export shows something that the package does not hold."
        "Do not rely on it; ask for the export anew from whoever keeps the package."
        "observation.csv: a value was changed in row 17."
    RowForeign "row-foreign" Package Row Error Handover
        "An export holds a row, file or list that is not the person's."
        "Something was added, or the program that made the export is at fault."
        "It may be another patient's record, which the recipient must not see."
        "Stop using the export, tell whoever sent it, and ask for it anew."
        "observation.csv: row 20 is on no list of the person."
    RowLeftOut "row-left-out" Package Row Error Handover
        "A row of the person in the range is missing from an export."
        "It was taken out after the export was made, together with its proof."
        "The export is not the whole record that it says it is."
        "Ask for the export anew from whoever keeps the package."
        "patientaudit.csv: row 1,204 is on the person's list and not there."
    FileLeftOut "file-left-out" Package File Error Handover
        "A file with rows of the person in the range is missing from an export."
        "It was taken out after the export was made, together with its proofs."
        "The export is not the whole record that it says it is."
        "Ask for the export anew from whoever keeps the package."
        "File 11, which has 40 rows of the person, is missing."
    SourceLeftOut "source-left-out" Package File Error Handover
        "An identifier of the person in the source system is missing from an export."
        "A person was registered twice, and one of the two records was taken out."
        "Half of the record may be missing."
        "Ask for the export anew from whoever keeps the package."
        "Two identifiers have the NHS number, and the rows of one are there."
    ListAltered "list-altered" Package File Error Handover
        "The list of the person's rows in an export is not as it was packaged."
        "A date or row number was changed, so that a row seems to lie outside the range."
        "It is not shown any more that nothing was left out."
        "Ask for the export anew from whoever keeps the package."
        "The event date of row 17 was moved by a year."
    RangeUncovered "range-uncovered" Package File Error Handover
        "What an export shows of the person's list does not cover the range that was asked for."
        "Entries were taken out of the list, or the range was widened after the export was made."
        "Rows of the range may be missing."
        "Ask for the export anew from whoever keeps the package."
        "The first entry after the range is not shown."
    LogBroken "log-broken" Package File Error Handover
        "The log of retrievals is not as it was written."
        "An entry was changed, removed or put in between, or the end of the file was lost."
        "The log does not show any more who retrieved what, and when."
        "Compare it with a copy; find out who could write to it."
        "The hash of entry 17 is not the one that entry 18 names."
    RecordDiffers "record-differs" Package File Error Handover
        "The page, the custody record or another text of an export is not what its rows say."
        "It was changed after the export was made; or another version of the program made it, which says the same in other words: that is a warning."
        "No proof covers these texts, so they are made again from the proven rows and compared."
        "Rely on the rows in data/rows/, which are proven; ask for the export anew from whoever keeps the package."
        "In data/record.html, a dose was changed from 5 mg to 50 mg; the row has 5 mg."
    FileUnproven "file-unproven" Package File Warning Handover
        "A file of an export is covered by no proof."
        "It was added to the export, or the descriptor refers to it."
        "Whoever had the export could write or change it: nothing shows that it came from the package."
        "Do not rely on it; ask whoever keeps the package."
        "metadata/note.txt is in the export, and no export has such a file."
    IndexStale "index-stale" Package File Warning Handover
        "The retrieval index does not fit the payload."
        "The index was damaged, or the package was made anew around it."
        "Nothing is lost: the index is advice only, and retrieval reads the whole payload instead, which takes longer."
        "Nothing, if retrieval is fast enough; else make the package again."
        "The index points beyond the end of observation.csv."
}

#[cfg(test)]
mod tests;
