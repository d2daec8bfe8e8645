//! The checks of one table, laid out for the workers.

use super::audit::AuditPlan;
use super::document::Documents;
use super::key::KeyUse;
use super::profile::date_field;
use crate::schema::identifier::Identifier;
use crate::schema::rule::Rule;
use crate::schema::value::{Date, StringFormat, Type};
use crate::schema::{
    Dialect, Encoding, Field, FieldRole, Pattern, Resource, Sensitivity, Table, Trailer,
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
    /// Whether a check costs more than comparing with the value of the row before.
    pub(super) costly: bool,
    /// Whether reports may show its values.
    pub(super) shows_values: bool,
    /// The last day that its dates may have; `None`: dates in the future are not looked for.
    pub(super) latest: Option<Date>,
    /// Which of the table's control totals sums its values.
    pub(super) total: Option<usize>,
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
            let total = table.control_totals.iter().position(|total| total.field == index);
            FieldPlan::new(field, table, manner, (dated_by == Some(index), total))
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

impl<'s> FieldPlan<'s> {
    fn new(
        field: &'s Field,
        table: &'s Table,
        manner: Manner,
        (is_dated, total): (bool, Option<usize>),
    ) -> Self {
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
        let identifier = field.rdf_type.as_deref().and_then(Identifier::named);
        let is_costly = bounded
            || is_dated
            || identifier.is_some()
            || rules.json_schema.is_some()
            || rules.allowed.is_some()
            || rules.pattern.as_ref().is_some_and(Pattern::is_costly);
        let latest = manner.today.filter(|_| field.dates.future.is_some());
        Self {
            field,
            only_empty_is_missing: missing == [""],
            missing,
            identifier,
            names_file: field.role == Some(FieldRole::Document),
            is_watched: matches!(
                field.kind,
                Type::Any | Type::String(StringFormat::Default) | Type::Integer { .. }
            ),
            anything_goes: !bounded
                && !text_rules
                && identifier.is_none()
                && field.role != Some(FieldRole::Document)
                && matches!(field.kind, Type::Any | Type::String(StringFormat::Default)),
            needs_value: bounded
                || is_dated
                || latest.is_some()
                || total.is_some()
                || rules.json_schema.is_some(),
            // A value that is summed is read each time, also if the row before has the same.
            costly: total.is_none() && (is_costly || latest.is_some()),
            shows_values: manner.reveals || field.sensitivity == Some(Sensitivity::None),
            latest,
            total,
        }
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
