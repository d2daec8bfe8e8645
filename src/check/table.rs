//! The checks of one table, laid out for the workers.

use super::audit::AuditPlan;
use super::document::Documents;
use super::key::KeyUse;
use super::profile::date_field;
use crate::schema::identifier::Identifier;
use crate::schema::rule::Rule;
use crate::schema::value::{Date, StringFormat, Type};
use crate::schema::{
    Bound, Constraints, Dialect, Encoding, Field, FieldRole, Pattern, Resource, Sensitivity, Table,
    Trailer,
};
use crate::source::structure::{Grammar, Terminator};
use std::sync::Arc;

/// The checks of one table.
pub(super) struct TablePlan<'s> {
    /// Index of the resource.
    pub(super) resource: u32,
    /// As declared.
    pub(super) table: &'s Table,
    /// How its last record is known, where that is no data.
    pub(super) trailer: Option<&'s Trailer>,
    /// How its bytes are divided, unless the file shows otherwise.
    pub(super) grammar: Grammar,
    /// How its bytes are to be read.
    pub(super) encoding: Encoding,
    /// Whether the schema says so, and it is not the standard's default.
    pub(super) declares_encoding: bool,
    /// One per declared field.
    pub(super) fields: Vec<FieldPlan<'s>>,
    /// The keys that its rows take part in.
    pub(super) keys: Vec<KeyUse>,
    /// For each of its rules: the fields that it names.
    pub(super) rules: Vec<Vec<usize>>,
    /// The fields that may be null only in rows that say that a record was deleted.
    pub(super) unless_deleted: Vec<usize>,
    /// The field whose year a row counts under.
    pub(super) dated_by: Option<usize>,
    /// The files that its rows may name.
    pub(super) documents: Arc<Documents>,
    /// What is looked at where the table is an audit trail.
    pub(super) audit: Option<AuditPlan>,
    /// Whether its rows come from a sheet of a workbook, whose reader tells what is odd there.
    pub(super) is_sheet: bool,
    /// The day of the check.
    pub(super) today: Option<Date>,
}

/// The checks of one field.
pub(super) struct FieldPlan<'s> {
    /// As declared.
    pub(super) field: &'s Field,
    /// The values that mean null, sorted.
    pub(super) missing: Vec<&'s str>,
    /// Whether the only value that means null is the empty one.
    pub(super) only_empty_is_missing: bool,
    /// The kind of identifier that its values must be.
    pub(super) identifier: Option<Identifier>,
    /// Whether its values name files of the extract.
    pub(super) names_file: bool,
    /// Whether its values may show what a spreadsheet did to them: texts and whole numbers.
    pub(super) is_watched: bool,
    /// Whether nothing can be wrong with a value that is not null.
    pub(super) anything_goes: bool,
    /// Whether a check needs the typed value and not only whether there is one.
    pub(super) needs_value: bool,
    /// How it can be told at once that a cell is as declared.
    pub(super) quick: Quick,
    /// Whether a cell is null where it is empty, and only there.
    pub(super) only_empty_is_null: bool,
    /// Whether the value of the row before is remembered: where checking costs more than comparing,
    /// and where the value is part of a key.
    pub(super) is_remembered: bool,
    /// Whether reports may show its values.
    pub(super) shows_values: bool,
    /// The last day that its dates may have; `None`: dates in the future are not looked for.
    pub(super) latest: Option<Date>,
    /// Which of the table's control totals sums its values.
    pub(super) total: Option<usize>,
}

/// How it can be told at once that a cell is as declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quick {
    /// It cannot.
    Never,
    /// Every value is.
    Anything,
    /// Texts that match the pattern are.
    Pattern,
    /// Days of the calendar are, if they are not too late, and mean a day.
    Day,
    /// Whole numbers within these, both included, are.
    Whole(i64, i64),
    /// By its type, length, pattern and list of allowed values.
    Rules,
}

/// How the rows of a table come: whether from a workbook's sheet, and whether values may be shown.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manner {
    /// A sheet of a workbook comes as UTF-8, in the default dialect.
    pub(super) is_sheet: bool,
    /// Whether examples may show values whatever the fields' sensitivity.
    pub(super) reveals: bool,
    /// The day of the check.
    pub(super) today: Option<Date>,
}

impl<'s> TablePlan<'s> {
    /// Lays out the checks of a table.
    pub(super) fn new(
        number: u32,
        resource: &'s Resource,
        table: &'s Table,
        keys: Vec<KeyUse>,
        manner: Manner,
    ) -> Self {
        let dated_by = date_field(table);
        let field = |(index, field)| {
            let uses = Uses {
                is_key: keys.iter().any(|key| !key.is_row && key.fields.contains(&index)),
                is_dated: dated_by == Some(index),
                total: table.control_totals.iter().position(|total| total.field == index),
            };
            FieldPlan::new(field, table, manner, uses)
        };
        Self {
            resource: number,
            table,
            trailer: resource.trailer.as_ref(),
            grammar: grammar(&table.dialect),
            encoding: resource.encoding.filter(|_| !manner.is_sheet).unwrap_or(Encoding::Utf8),
            declares_encoding: resource.encoding.is_some(),
            fields: table.fields.iter().enumerate().map(field).collect(),
            keys,
            rules: table.rules.iter().map(Rule::fields).collect(),
            unless_deleted: unless_deleted(table),
            dated_by,
            documents: Arc::default(),
            audit: AuditPlan::of(resource, table),
            is_sheet: manner.is_sheet,
            today: manner.today,
        }
    }

    /// The last header row, which is to be read before all else; 0 where there is none.
    pub(super) fn header_end(&self) -> u64 {
        let dialect = &self.table.dialect;
        dialect.header_rows.last().copied().filter(|_| dialect.header).unwrap_or(0)
    }
}

fn unless_deleted(table: &Table) -> Vec<usize> {
    let fields = table.fields.iter().enumerate();
    fields.filter(|(_, field)| field.required_unless_deleted).map(|(index, _)| index).collect()
}

/// What the values of a field are needed for, beside their own check.
struct Uses {
    is_key: bool,
    is_dated: bool,
    total: Option<usize>,
}

impl<'s> FieldPlan<'s> {
    fn new(field: &'s Field, table: &'s Table, manner: Manner, uses: Uses) -> Self {
        let Uses { is_key, is_dated, total } = uses;
        let missing = field.missing_values.as_ref().unwrap_or(&table.missing_values);
        let mut missing: Vec<&str> = missing.iter().map(String::as_str).collect();
        missing.sort_unstable();
        missing.dedup();
        let rules = &field.constraints;
        let bounded = rules.minimum.is_some()
            || rules.maximum.is_some()
            || rules.exclusive_minimum.is_some()
            || rules.exclusive_maximum.is_some();
        let text_rules = rules.min_length.is_some()
            || rules.max_length.is_some()
            || rules.pattern.is_some()
            || rules.allowed.is_some();
        let latest = manner.today.filter(|_| field.dates.future.is_some());
        let identifier = field.rdf_type.as_deref().and_then(Identifier::named);
        let names_file = field.role == Some(FieldRole::Document);
        let is_any_text = matches!(field.kind, Type::Any | Type::String(StringFormat::Default));
        let others =
            identifier.is_some() || names_file || total.is_some() || rules.json_schema.is_some();
        let anything_goes = is_any_text && !text_rules && !bounded && !others;
        let only_pattern = rules.pattern.is_some()
            && is_any_text
            && rules.min_length.is_none()
            && rules.max_length.is_none()
            && rules.allowed.is_none();
        let only_empty_is_missing = missing.len() == 1 && missing[0].is_empty();
        Self {
            field,
            missing,
            only_empty_is_missing,
            identifier,
            names_file,
            is_watched: is_any_text || matches!(field.kind, Type::Integer { .. }),
            anything_goes,
            needs_value: bounded
                || is_dated
                || latest.is_some()
                || total.is_some()
                || rules.json_schema.is_some(),
            quick: match field.kind {
                Type::Integer { .. } if bounded && !text_rules && !others => whole(rules),
                _ if bounded || others => Quick::Never,
                _ if anything_goes => Quick::Anything,
                _ if only_pattern => Quick::Pattern,
                Type::Date(_) if !text_rules => Quick::Day,
                _ if is_dated || latest.is_some() => Quick::Never,
                _ => Quick::Rules,
            },
            only_empty_is_null: only_empty_is_missing && table.dialect.null_sequence.is_none(),
            // A value that is summed is read each time, also if the row before has the same.
            is_remembered: is_key
                || (total.is_none()
                    && (bounded
                        || is_dated
                        || latest.is_some()
                        || identifier.is_some()
                        || rules.json_schema.is_some()
                        || matches!(field.kind, Type::Boolean(_))
                        || rules.pattern.as_ref().is_some_and(Pattern::is_costly)
                        || rules.allowed.is_some())),
            shows_values: manner.reveals || field.sensitivity == Some(Sensitivity::None),
            latest,
            total,
        }
    }
}

/// The bounds of whole numbers, where they are such and not too large.
fn whole(rules: &Constraints) -> Quick {
    let bound = |bound: &Option<Bound>, otherwise: i64| match bound {
        None => Some(otherwise),
        Some(bound) => bound.text.parse().ok(),
    };
    match (
        &rules.exclusive_minimum,
        &rules.exclusive_maximum,
        bound(&rules.minimum, i64::MIN),
        bound(&rules.maximum, i64::MAX),
    ) {
        (None, None, Some(least), Some(most)) => Quick::Whole(least, most),
        _ => Quick::Never,
    }
}

impl FieldPlan<'_> {
    /// Whether a cell of the field, quoted or not, is null.
    pub(super) fn is_null(&self, table: &Table, value: &str, quoted: bool) -> bool {
        if self.only_empty_is_missing {
            if value.is_empty() {
                return true;
            }
        } else if self.missing.binary_search(&value).is_ok() {
            return true;
        }
        !quoted && table.dialect.null_sequence.as_deref() == Some(value)
    }
}

/// The structural part of a dialect.
pub(super) fn grammar(dialect: &Dialect) -> Grammar {
    Grammar {
        delimiter: dialect.delimiter,
        quote: dialect.quote,
        double_quote: dialect.double_quote,
        escape: dialect.escape,
        skip_initial_space: dialect.skip_initial_space,
        terminator: match dialect.line_terminator.as_deref() {
            Some("\r") => Terminator::CarriageReturn,
            _ => Terminator::LineFeed,
        },
    }
}
