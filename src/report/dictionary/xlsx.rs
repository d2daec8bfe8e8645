//! The documentation as a workbook, which `schema import` reads back.

use super::{
    CODE_HEADINGS, FIELD_HEADINGS, TABLE_HEADINGS, about, code_rows, field_rows, table_row,
};
use crate::error::{Error, Result};
use crate::schema::outline::{resources, title};
use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, Worksheet, XlsxError,
};
use serde_json::Value;
use std::io::{self, Write};

/// Characters that a cell can hold.
const LONGEST: usize = 32_000;

/// Writes the workbook.
///
/// # Errors
/// Those of `out`; of kind `Internal` where the workbook cannot be made.
pub fn write(package: &Value, out: &mut dyn Write) -> Result<io::Result<()>> {
    let bytes = workbook(package).map_err(Error::internal)?;
    Ok(out.write_all(&bytes))
}

fn workbook(package: &Value) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let made = ExcelDateTime::from_ymd(2000, 1, 1)?;
    book.set_properties(
        &DocProperties::new().set_title(title(package)).set_creation_datetime(&made),
    );
    let sheet = book.add_worksheet();
    sheet.set_name("About")?;
    sheet.set_column_width(0, 24)?.set_column_width(1, 110)?;
    sheet.write_string_with_format(0, 0, cut(title(package)), &Format::new().set_bold())?;
    for (row, (label, said)) in (2_u32..).zip(about(package)) {
        sheet.write_string(row, 0, label)?;
        sheet.write_string_with_format(row, 1, cut(&said), &wrapped())?;
    }
    let rows: Vec<_> = resources(package).iter().map(table_row).collect();
    list(book.add_worksheet(), "Tables", &TABLE_HEADINGS, rows)?;
    let rows: Vec<_> = resources(package).iter().flat_map(|one| field_rows(package, one)).collect();
    list(book.add_worksheet(), "Fields", &FIELD_HEADINGS, rows)?;
    let rows = code_rows(package);
    if !rows.is_empty() {
        list(book.add_worksheet(), "Code lists", &CODE_HEADINGS, rows)?;
    }
    book.save_to_buffer()
}

fn wrapped() -> Format {
    Format::new().set_text_wrap().set_align(FormatAlign::Top)
}

fn cut(text: &str) -> String {
    text.chars().filter(|c| *c == '\n' || !c.is_control()).take(LONGEST).collect()
}

fn list<const N: usize>(
    sheet: &mut Worksheet,
    name: &str,
    headings: &[(&str, f64); N],
    rows: Vec<[String; N]>,
) -> Result<(), XlsxError> {
    sheet.set_name(name)?;
    sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0);
    sheet.set_repeat_rows(0, 0)?;
    sheet.set_freeze_panes(1, 0)?;
    for (column, (heading, width)) in (0_u16..).zip(headings) {
        sheet.set_column_width(column, *width)?;
        sheet.write_string_with_format(0, column, *heading, &Format::new().set_bold())?;
    }
    let last = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    for (row, cells) in (1_u32..).zip(rows) {
        for (column, cell) in (0_u16..).zip(cells) {
            match (headings.get(usize::from(column)), cell.parse::<u32>()) {
                (Some(("Position" | "Length", _)), Ok(number)) => {
                    sheet.write_number(row, column, number)?;
                }
                _ if cell.is_empty() => {}
                _ => {
                    sheet.write_string_with_format(row, column, cut(&cell), &wrapped())?;
                }
            }
        }
    }
    let columns = u16::try_from(N).unwrap_or(1).saturating_sub(1);
    sheet.autofilter(0, 0, last, columns)?;
    Ok(())
}
