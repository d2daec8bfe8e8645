//! Every property of Data Package v2 (and of v1 where it differs) and what becomes of it. One
//! table for the reader and for docs/schema.md, which a test compares with it.

/// Where a property stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// The descriptor's root: Data Package.
    Package,
    /// An item of `resources`: Data Resource.
    Resource,
    /// `dialect` of a resource: Table Dialect.
    Dialect,
    /// `schema` of a resource: Table Schema.
    Schema,
    /// An item of `foreignKeys`.
    ForeignKey,
    /// `reference` of a foreign key.
    Reference,
    /// An item of `fields`.
    Field,
    /// `constraints` of a field.
    Constraints,
    /// `handover` at the root.
    HandoverPackage,
    /// `handover` of a resource.
    HandoverResource,
    /// `manifest` in the `handover` of a resource.
    HandoverManifest,
    /// `trailer` in the `handover` of a resource.
    HandoverTrailer,
    /// `handover` of a field.
    HandoverField,
    /// `handover` of a foreign key.
    HandoverForeignKey,
    /// `auditTrail`, `documents` and the like in the package's `handover`.
    Absence,
    /// `documentation` in a `handover`.
    Documentation,
    /// `dates` in the `handover` of a package or field.
    Dates,
    /// An item of `references` in a resource's `handover`.
    ConditionalReference,
    /// An item of `rules` in a resource's `handover`.
    Rule,
    /// An item of `otherNames` in a field's `handover`.
    OtherName,
    /// `unit` in a field's `handover`.
    Unit,
    /// `precision` in a field's `handover`.
    Precision,
}

/// What the program does with a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Treatment {
    /// The extract is compared with it.
    Checked,
    /// It steers how the extract is read or what is said of it; or it is documentation, whose form
    /// is checked and which is carried along.
    Used,
    /// It would ask for a check, or change one, and does not: noted with this effect.
    Unsupported(&'static str),
}

/// A property and its treatment.
#[derive(Debug, Clone, Copy)]
pub struct Property {
    /// Where it stands.
    pub level: Level,
    /// Its name.
    pub name: &'static str,
    /// What the program does with it.
    pub treatment: Treatment,
}

impl Level {
    /// Whether any other property here asks for something: then it is noted as unsupported.
    pub fn closed(self) -> bool {
        !matches!(
            self,
            Self::Package
                | Self::Resource
                | Self::Schema
                | Self::ForeignKey
                | Self::Reference
                | Self::Field
        )
    }

    /// Levels whose properties people put here by mistake, and the properties that hold them.
    pub(super) fn inner(self) -> &'static [(Self, &'static str)] {
        match self {
            Self::Resource => &[(Self::Schema, "schema"), (Self::Dialect, "dialect")],
            Self::Field => &[(Self::Constraints, "constraints")],
            _ => &[],
        }
    }

    /// As docs/schema.md heads it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Package => "Package",
            Self::Resource => "Resource",
            Self::Dialect => "Dialect",
            Self::Schema => "Schema",
            Self::ForeignKey => "Foreign key",
            Self::Reference => "Reference",
            Self::Field => "Field",
            Self::Constraints => "Constraints",
            Self::HandoverPackage => "handover of the package",
            Self::HandoverResource => "handover of a resource",
            Self::HandoverManifest => "manifest of a resource",
            Self::HandoverTrailer => "trailer of a resource",
            Self::HandoverField => "handover of a field",
            Self::HandoverForeignKey => "handover of a foreign key",
            Self::Absence => "A part that is absent",
            Self::Documentation => "Documentation",
            Self::Dates => "Dates",
            Self::ConditionalReference => "Conditional reference",
            Self::Rule => "Rule",
            Self::OtherName => "Other name",
            Self::Unit => "Unit",
            Self::Precision => "Precision",
        }
    }
}

const fn checked(level: Level, name: &'static str) -> Property {
    Property { level, name, treatment: Treatment::Checked }
}

const fn used(level: Level, name: &'static str) -> Property {
    Property { level, name, treatment: Treatment::Used }
}

const fn unsupported(level: Level, name: &'static str, effect: &'static str) -> Property {
    Property { level, name, treatment: Treatment::Unsupported(effect) }
}

/// All of them, in the order of the standard.
pub const PROPERTIES: &[Property] = {
    use Level::*;
    &[
        used(Package, "$schema"),
        used(Package, "profile"),
        used(Package, "resources"),
        used(Package, "name"),
        used(Package, "id"),
        used(Package, "licenses"),
        used(Package, "title"),
        used(Package, "description"),
        used(Package, "homepage"),
        used(Package, "image"),
        used(Package, "version"),
        used(Package, "created"),
        used(Package, "keywords"),
        used(Package, "contributors"),
        used(Package, "sources"),
        used(Package, "handover"),
        used(Resource, "name"),
        checked(Resource, "path"),
        unsupported(Resource, "data", "the data within the descriptor are not checked"),
        used(Resource, "type"),
        used(Resource, "$schema"),
        used(Resource, "profile"),
        used(Resource, "title"),
        used(Resource, "description"),
        used(Resource, "homepage"),
        used(Resource, "format"),
        used(Resource, "mediatype"),
        checked(Resource, "encoding"),
        checked(Resource, "bytes"),
        checked(Resource, "hash"),
        used(Resource, "sources"),
        used(Resource, "licenses"),
        used(Resource, "dialect"),
        used(Resource, "schema"),
        used(Resource, "handover"),
        used(Dialect, "$schema"),
        used(Dialect, "header"),
        used(Dialect, "headerRows"),
        used(Dialect, "headerJoin"),
        used(Dialect, "commentRows"),
        used(Dialect, "commentChar"),
        checked(Dialect, "delimiter"),
        checked(Dialect, "lineTerminator"),
        checked(Dialect, "quoteChar"),
        used(Dialect, "doubleQuote"),
        used(Dialect, "escapeChar"),
        used(Dialect, "nullSequence"),
        used(Dialect, "skipInitialSpace"),
        unsupported(Dialect, "property", "tables in JSON files are not read"),
        unsupported(Dialect, "itemType", "tables in JSON files are not read"),
        unsupported(Dialect, "itemKeys", "tables in JSON files are not read"),
        used(Dialect, "sheetNumber"),
        used(Dialect, "sheetName"),
        unsupported(Dialect, "table", "tables in databases are not read"),
        used(Dialect, "csv"),
        used(Dialect, "csvddfVersion"),
        used(Dialect, "caseSensitiveHeader"),
        used(Schema, "$schema"),
        checked(Schema, "fields"),
        checked(Schema, "fieldsMatch"),
        used(Schema, "missingValues"),
        checked(Schema, "primaryKey"),
        checked(Schema, "uniqueKeys"),
        checked(Schema, "foreignKeys"),
        used(Schema, "name"),
        used(Schema, "title"),
        used(Schema, "description"),
        used(Schema, "homepage"),
        used(Schema, "keywords"),
        used(Schema, "examples"),
        used(Schema, "created"),
        used(Schema, "version"),
        used(Schema, "contributors"),
        used(ForeignKey, "fields"),
        used(ForeignKey, "reference"),
        used(ForeignKey, "handover"),
        used(Reference, "resource"),
        used(Reference, "fields"),
        unsupported(Reference, "package", "references into other packages are not checked"),
        checked(Field, "name"),
        checked(Field, "type"),
        checked(Field, "format"),
        used(Field, "title"),
        used(Field, "description"),
        used(Field, "example"),
        checked(Field, "constraints"),
        checked(Field, "categories"),
        used(Field, "categoriesOrdered"),
        used(Field, "missingValues"),
        used(Field, "rdfType"),
        used(Field, "decimalChar"),
        used(Field, "groupChar"),
        used(Field, "bareNumber"),
        used(Field, "trueValues"),
        used(Field, "falseValues"),
        used(Field, "delimiter"),
        used(Field, "itemType"),
        used(Field, "handover"),
        checked(Constraints, "required"),
        checked(Constraints, "unique"),
        checked(Constraints, "minLength"),
        checked(Constraints, "maxLength"),
        checked(Constraints, "minimum"),
        checked(Constraints, "maximum"),
        checked(Constraints, "exclusiveMinimum"),
        checked(Constraints, "exclusiveMaximum"),
        checked(Constraints, "jsonSchema"),
        checked(Constraints, "pattern"),
        checked(Constraints, "enum"),
        used(HandoverPackage, "records"),
        used(HandoverPackage, "auditTrail"),
        used(HandoverPackage, "documents"),
        used(HandoverPackage, "images"),
        used(HandoverPackage, "tasks"),
        used(HandoverPackage, "appointments"),
        used(HandoverPackage, "dates"),
        used(HandoverPackage, "documentation"),
        checked(HandoverResource, "presence"),
        checked(HandoverResource, "filePattern"),
        checked(HandoverResource, "rowCount"),
        checked(HandoverResource, "manifest"),
        checked(HandoverResource, "trailer"),
        checked(HandoverResource, "controlTotals"),
        used(HandoverResource, "role"),
        used(HandoverResource, "mode"),
        checked(HandoverResource, "deleted"),
        checked(HandoverResource, "references"),
        used(HandoverResource, "patientVia"),
        checked(HandoverResource, "rules"),
        checked(HandoverResource, "severity"),
        used(HandoverResource, "documentation"),
        checked(HandoverManifest, "file"),
        used(HandoverManifest, "suffix"),
        checked(HandoverManifest, "rows"),
        checked(HandoverManifest, "bytes"),
        checked(HandoverManifest, "hash"),
        used(HandoverManifest, "algorithm"),
        checked(HandoverManifest, "same"),
        used(HandoverManifest, "unlisted"),
        checked(HandoverTrailer, "first"),
        checked(HandoverTrailer, "rows"),
        used(HandoverField, "role"),
        used(HandoverField, "sensitivity"),
        checked(HandoverField, "otherNames"),
        used(HandoverField, "unit"),
        used(HandoverField, "codes"),
        checked(HandoverField, "requiredUnlessDeleted"),
        used(HandoverField, "nullReferences"),
        used(HandoverField, "time"),
        used(HandoverField, "precision"),
        used(HandoverField, "dates"),
        used(HandoverField, "folder"),
        checked(HandoverField, "severity"),
        used(HandoverField, "documentation"),
        used(HandoverForeignKey, "severity"),
        used(Absence, "absent"),
        used(Documentation, "physicalData"),
        used(Documentation, "logicalModel"),
        used(Documentation, "mapping"),
        used(Documentation, "units"),
        used(Documentation, "codes"),
        used(Documentation, "businessRules"),
        used(Documentation, "exceptions"),
        used(Documentation, "derivations"),
        used(Documentation, "exclusions"),
        used(Documentation, "checks"),
        used(Documentation, "reconstitution"),
        used(Documentation, "format"),
        checked(Dates, "future"),
        checked(Dates, "beforeBirth"),
        used(Dates, "sentinels"),
        used(ConditionalReference, "when"),
        used(ConditionalReference, "fields"),
        used(ConditionalReference, "reference"),
        used(ConditionalReference, "severity"),
        used(Rule, "name"),
        used(Rule, "when"),
        used(Rule, "then"),
        used(Rule, "severity"),
        used(Rule, "message"),
        used(OtherName, "name"),
        used(OtherName, "versions"),
        used(Unit, "field"),
        used(Precision, "field"),
        used(Precision, "codes"),
    ]
};
