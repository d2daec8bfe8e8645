//! What a column of a data dictionary is, told by its heading.

use crate::source::sheet::key;
use std::collections::BTreeMap;

/// A column that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Column {
    Table,
    TableDescription,
    File,
    Position,
    Field,
    Title,
    Type,
    Format,
    Length,
    Scale,
    Mandatory,
    Nullable,
    Key,
    PrimaryKey,
    ForeignKey,
    Unique,
    References,
    ReferenceTable,
    ReferenceField,
    SecondReferenceField,
    Codes,
    Code,
    Meaning,
    List,
    Description,
    Notes,
    Example,
    Unit,
    Sensitivity,
    Role,
    Severity,
    MissingValues,
    NullReferences,
    Encoding,
    Delimiter,
    HeaderRow,
    Presence,
}

impl Column {
    /// As a note has it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::TableDescription => "table description",
            Self::File => "file name",
            Self::Position => "position",
            Self::Field => "field",
            Self::Title => "title",
            Self::Type => "type",
            Self::Format => "format",
            Self::Length => "length",
            Self::Scale => "decimal places",
            Self::Mandatory => "mandatory",
            Self::Nullable => "nullable",
            Self::Key => "key",
            Self::PrimaryKey => "primary key",
            Self::ForeignKey => "foreign key",
            Self::Unique => "unique",
            Self::References => "references",
            Self::ReferenceTable => "table referred to",
            Self::ReferenceField | Self::SecondReferenceField => "field referred to",
            Self::Codes => "code list",
            Self::Code => "code",
            Self::Meaning => "meaning",
            Self::List => "name of the code list",
            Self::Description => "description",
            Self::Notes => "notes",
            Self::Example => "example",
            Self::Unit => "unit",
            Self::Sensitivity => "sensitivity",
            Self::Role => "role",
            Self::Severity => "severity",
            Self::MissingValues => "missing values",
            Self::NullReferences => "null references",
            Self::Encoding => "encoding",
            Self::Delimiter => "delimiter",
            Self::HeaderRow => "header row",
            Self::Presence => "presence",
        }
    }
}

/// Headings under which each column is known, a blank between them, each as [`key`] writes it, without the words "the", "of",
/// "is", "a" and without blanks.
const HEADINGS: &[(Column, &str)] = &[
    (
        Column::Table,
        "table tablename tables entity entityname file filetype dataset datasetname object \
         objectname resource extracttable cdmtablename nametable recordtype tableview \
         viewname sheet group datagroup fromtable childtable sourcetable tableid",
    ),
    (
        Column::TableDescription,
        "tabledescription entitydescription descriptiontable tablepurpose purpose",
    ),
    (Column::File, "filename namefile csvfile extractfile extractfilename csvfilename path"),
    (
        Column::Position,
        "position pos no number ordinal columnordinal order sequence seq columnno \
         columnnumber fieldno fieldnumber columnposition fieldposition ordinalposition \
         fieldorder columnorder index id ref column# colno",
    ),
    (
        Column::Field,
        "field fieldname fields column columnname columns attribute attributename dataitem \
         dataitemname item itemname element elementname dataelement name variable \
         variablename cdmfieldname namefield namecolumn header columnheader columnheading \
         property physicalname physicalcolumn physicalcolumnname fromcolumn fromfield \
         childcolumn childfield sourcecolumn sourcefield fieldcolumn label fieldlabel \
         physicalfield physicalfieldname csvcolumn extractfield extractcolumn",
    ),
    (
        Column::Title,
        "title fieldtitle businessname logicalname displayname friendlyname longname caption \
         fulltitle logicalfield logicalattribute",
    ),
    (
        Column::Type,
        "type datatype fieldtype columntype columndatatype cdmdatatype sqltype sqldatatype \
         typedata dbtype valuetype fielddatatype typelength datatypelength datatypeandlength \
         typeandlength datatypesize dtype",
    ),
    (
        Column::Format,
        "format dataformat fieldformat dateformat formatting mask pattern formatpattern \
         valueformat",
    ),
    (
        Column::Length,
        "length maxlength maximumlength len size fieldlength columnlength width maxsize \
         documentedlength fieldsize maxlen maxwidth precision charactermaximumlength maxchars \
         characters datalength lengthcharacters",
    ),
    (Column::Scale, "scale decimalplaces decimals numericscale dp"),
    (
        Column::Mandatory,
        "mandatory required isrequired mandatoryoptional optionality mo m mandatoryfield \
         mandatoryoroptional notnull compulsory obligation req mandatoryyn requiredyn \
         requiredoptional optionalmandatory mro usage mandatoryrequiredoptional populated \
         mand mustbepresent alwayspresent mustbepopulated alwayspopulated mustexist",
    ),
    (
        Column::Nullable,
        "nullable isnullable null nulls allownull allownulls nullallowed nullsallowed \
         documentednullable canbenull optional nullyn nullableyn blankallowed mayblank \
         canbeblank allowsnulls nullnotnull",
    ),
    (
        Column::Key,
        "key keys keytype pkfk keyinformation constraint constraints keyinfo pkorfk keycolumn \
         primaryforeignkey",
    ),
    (
        Column::PrimaryKey,
        "primarykey isprimarykey pk primary ispk identifier primarykeyyn keyfield \
         uniqueidentifier partprimarykey partpk iskey",
    ),
    (Column::ForeignKey, "isforeignkey isfk foreignkeyyn"),
    (Column::Unique, "unique isunique uniqueyn"),
    (
        Column::References,
        "references reference foreignkey foreignkeys fk foreignkeyto foreignkeyreference \
         relationship relationships refersto linksto link links linkedto joins join joinsto \
         foreignkeyreferences fkreference fkto relatesto relatedto referencesto parent \
         relation linkto joinedto lookuptable",
    ),
    (
        Column::ReferenceTable,
        "linkedtable fktablename fktable referencetable referencedtable referencestable \
         parenttable foreignkeytable foreigntable totable reftable relatedtable targettable \
         linktable primarykeytable pktable tablereferenced foreignkeyreferencetable",
    ),
    (
        Column::ReferenceField,
        "linkedcolumn1 linkedcolumn fkfieldname fkfield fkcolumn referencefield \
         referencecolumn referencedcolumn referencedfield referencescolumn referencesfield \
         parentcolumn parentfield foreignkeycolumn foreignkeyfield foreigncolumn tocolumn \
         tofield refcolumn reffield relatedcolumn relatedfield targetcolumn targetfield \
         linkcolumn linkfield linkedfield",
    ),
    (Column::SecondReferenceField, "linkedcolumn2"),
    (
        Column::Codes,
        "codelist codelists codes codedvalues values allowedvalues validvalues \
         permittedvalues permissiblevalues possiblevalues enumeration enum domain valueset \
         lookup lookups picklist options valuelist valuerange range allowablevalues \
         codesandmeanings codedmeanings lookupvalues referencedata listvalues acceptedvalues \
         nationalcodes codevalues permissiblecodes domainvalues",
    ),
    (Column::Code, "code value codevalue codedvalue lookupcode nationalcode permittedvalue"),
    (
        Column::Meaning,
        "meaning codemeaning codedescription valuedescription valuemeaning decode lookupvalue \
         lookupdescription term displayvalue descriptioncode descriptionvalue text",
    ),
    (
        Column::List,
        "list listname codelistname lookupname codeset codesetname domainname category \
         lookuptype codetype enumname",
    ),
    (
        Column::Description,
        "description desc definition fielddescription columndescription details explanation \
         userguidance descriptionfield businessdescription contents content detail \
         meaningfield datadescription guidance attributedescription descriptioncolumn \
         fielddefinition columndefinition itemdescription datadictionarydescription",
    ),
    (
        Column::Notes,
        "notes note comments comment remarks remark additionalinformation additionalnotes \
         businessrules businessrule rules rule",
    ),
    (Column::Example, "example examples examplevalue samplevalue sample sampledata exampledata eg"),
    (Column::Unit, "unit units unitmeasure uom unitsmeasure measurementunit"),
    (
        Column::Sensitivity,
        "sensitivity dataclassification classification ispersonconfidentialdata \
         personconfidentialdata pcd pii confidentiality identifiable",
    ),
    (Column::Role, "role fieldrole roles tablerole semanticrole"),
    (Column::Severity, "severity severities"),
    (
        Column::MissingValues,
        "missingvalue missingvalues nullvalue nullvalues emptyvalue emptyvalues \
         nullrepresentation valuefornull valueifmissing valueifempty valueifnull",
    ),
    (Column::NullReferences, "nullreference nullreferences noreference valuefornoreference"),
    (Column::Encoding, "encoding characterset charset codepage characterencoding"),
    (Column::Delimiter, "delimiter separator fieldseparator fielddelimiter columnseparator"),
    (Column::HeaderRow, "headerrow hasheader headerline headerpresent"),
    (Column::Presence, "presence filepresence filemandatory"),
];

/// The column that a heading names. Brackets and what is in them say nothing: `Length (max)`.
pub(super) fn column(heading: &str) -> Option<Column> {
    let mut depth = 0_usize;
    let bare: String = heading
        .chars()
        .filter(|c| match c {
            '(' | '[' => {
                depth += 1;
                false
            }
            ')' | ']' => {
                depth = depth.saturating_sub(1);
                false
            }
            _ => depth == 0,
        })
        .collect();
    let exact = |text: &str| {
        let words = key(text);
        let joined: String =
            words.split(' ').filter(|word| !matches!(*word, "the" | "of" | "is" | "a")).collect();
        let whole: String = words.split(' ').collect();
        HEADINGS
            .iter()
            .find(|(_, names)| names.split(' ').any(|name| name == joined || name == whole))
            .map(|(column, _)| *column)
    };
    // Whose type or name it is says nothing, nor does what stands behind a stroke: `Oracle data type`,
    // `Description / notes`.
    exact(&bare)
        .or_else(|| {
            let words = key(&bare);
            let bare: Vec<&str> =
                words.split(' ').filter(|word| !QUALIFIERS.contains(word)).collect();
            exact(&bare.join(" "))
        })
        .or_else(|| {
            let first = bare.split(['/', '&', '+', '\n']).next().filter(|first| *first != bare)?;
            exact(first)
        })
}

/// Words before what a heading names.
const QUALIFIERS: [&str; 14] = [
    "oracle",
    "sql",
    "server",
    "database",
    "source",
    "extract",
    "supplier",
    "system",
    "documented",
    "our",
    "logical",
    "internal",
    "export",
    "csv",
];

/// A row of headings: what each column is, and how its heading is written.
#[derive(Debug, Clone, Default)]
pub(super) struct Headings {
    /// Columns that are known, by what they are.
    pub(super) known: BTreeMap<Column, u32>,
    /// Headings as written, by the number of their column.
    pub(super) labels: BTreeMap<u32, String>,
}

impl Headings {
    /// Reads a row as headings; `above` is the row before it, whose merged cells may group them.
    pub(super) fn of(row: &BTreeMap<u32, String>, above: Option<&BTreeMap<u32, String>>) -> Self {
        let mut headings = Self::default();
        for (number, text) in row {
            let group = above.and_then(|above| above.range(..=number).next_back());
            let grouped = group.and_then(|(_, group)| column(&format!("{group} {text}")));
            headings.labels.insert(*number, text.clone());
            if let Some(column) = grouped.or_else(|| column(text)) {
                headings.known.entry(column).or_insert(*number);
            }
        }
        headings.settle();
        headings
    }

    /// Where a column has the wrong one of two meanings, the others tell.
    fn settle(&mut self) {
        // "File" beside "Table" is a file's name.
        let alone = |headings: &Self, column| !headings.known.contains_key(&column);
        for (number, text) in &self.labels {
            let is = |column| self.known.get(&column) == Some(number);
            let word = key(text);
            if word == "file" && !is(Column::Table) && alone(self, Column::File) {
                self.known.insert(Column::File, *number);
                break;
            }
        }
        // "Name" beside "Field", "Column" or "Attribute" is a title.
        if let (Some(field), true) = (self.known.get(&Column::Field), alone(self, Column::Title)) {
            let other = self.labels.iter().find(|(number, text)| {
                *number != field && matches!(key(text).as_str(), "name" | "label" | "display name")
            });
            if let Some((number, _)) = other {
                self.known.insert(Column::Title, *number);
            }
        }
        // "Reference" beside a table and field of references says nothing more.
        if self.known.contains_key(&Column::ReferenceTable) {
            self.known.remove(&Column::References);
        }
    }

    pub(super) fn has(&self, column: Column) -> bool {
        self.known.contains_key(&column)
    }

    /// Whether it heads descriptions of fields.
    pub(super) fn is_of_fields(&self) -> bool {
        const OTHERS: [Column; 14] = [
            Column::Type,
            Column::Length,
            Column::Mandatory,
            Column::Nullable,
            Column::Key,
            Column::PrimaryKey,
            Column::References,
            Column::ReferenceTable,
            Column::Description,
            Column::Format,
            Column::Codes,
            Column::Example,
            Column::Position,
            Column::Table,
        ];
        self.has(Column::Field) && OTHERS.iter().filter(|column| self.has(**column)).count() > 0
    }

    /// Whether it heads the codes of a list.
    pub(super) fn is_of_codes(&self) -> bool {
        self.has(Column::Code)
            && (self.has(Column::Meaning) || self.has(Column::Description))
            && !self.has(Column::Type)
    }

    /// Whether it heads descriptions of tables.
    pub(super) fn is_of_tables(&self) -> bool {
        self.has(Column::Table)
            && !self.has(Column::Field)
            && [Column::Description, Column::TableDescription, Column::File]
                .iter()
                .any(|column| self.has(*column))
    }

    /// The text under a column's heading in a row.
    pub(super) fn get<'r>(&self, row: &'r BTreeMap<u32, String>, column: Column) -> &'r str {
        let number = self.known.get(&column);
        number.and_then(|number| row.get(number)).map_or("", String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_known_in_many_forms() {
        for (text, found) in [
            ("Table Name", Some(Column::Table)),
            ("cdmFieldName", Some(Column::Field)),
            ("Data Type", Some(Column::Type)),
            ("Max. length (chars)", Some(Column::Length)),
            ("Mandatory?", Some(Column::Mandatory)),
            ("M/O", Some(Column::Mandatory)),
            ("Is Nullable", Some(Column::Nullable)),
            ("PK/FK", Some(Column::Key)),
            ("Code list", Some(Column::Codes)),
            ("LinkedColumn2", Some(Column::SecondReferenceField)),
            ("Name of field", Some(Column::Field)),
            ("documented_length", Some(Column::Length)),
            ("Oracle data type", Some(Column::Type)),
            ("Description / notes", Some(Column::Description)),
            ("Must be present", Some(Column::Mandatory)),
            ("Screen", None),
            ("Telephone", None),
            ("", None),
        ] {
            assert_eq!(column(text), found, "{text}");
        }
    }

    #[test]
    fn no_heading_means_two_columns() {
        let mut seen = BTreeMap::new();
        for (column, names) in HEADINGS {
            for name in names.split(' ') {
                assert_eq!(seen.insert(name, *column), None, "{name}");
            }
        }
    }

    #[test]
    fn merged_headings_group_those_below() {
        let row = |cells: &[(u32, &str)]| {
            cells.iter().map(|(n, text)| (*n, (*text).to_owned())).collect::<BTreeMap<_, _>>()
        };
        let above = row(&[(1, "Column"), (3, "References")]);
        let below = row(&[(1, "Table"), (2, "Field"), (3, "Table"), (4, "Column")]);
        let headings = Headings::of(&below, Some(&above));
        assert_eq!(headings.known.get(&Column::Table), Some(&1));
        assert_eq!(headings.known.get(&Column::ReferenceTable), Some(&3));
        assert_eq!(headings.known.get(&Column::ReferenceField), Some(&4));
    }
}
