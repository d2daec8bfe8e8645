//! The plan as a workbook. Text is written as text, so nothing in a cell is a formula; amounts are
//! numbers, since that is what a spreadsheet calculates with.

use super::sentences;
use crate::access::calendar::RULE;
use crate::access::money::Pence;
use crate::access::{Plan, Way};
use crate::error::{Error, Result};
use jiff::civil::Date;
use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, Worksheet, XlsxError,
};
use std::io::{self, Write};

/// Writes the plan as a workbook: dates, costs, prices.
///
/// # Errors
/// Those of `out`; of kind `Internal` where the workbook cannot be made.
pub fn write(plan: &Plan<'_>, out: &mut dyn Write) -> Result<io::Result<()>> {
    let bytes = workbook(plan).map_err(Error::internal)?;
    Ok(out.write_all(&bytes))
}

fn workbook(plan: &Plan<'_>) -> Result<Vec<u8>, XlsxError> {
    let mut book = empty("Access to the old audit trail after go-live")?;
    dates(plan, book.add_worksheet())?;
    costs(plan, book.add_worksheet())?;
    prices(plan, book.add_worksheet())?;
    book.save_to_buffer()
}

/// A workbook whose bytes do not depend on when it is made.
pub(super) fn empty(title: &str) -> Result<Workbook, XlsxError> {
    let mut book = Workbook::new();
    let made = ExcelDateTime::from_ymd(2000, 1, 1)?;
    book.set_properties(&DocProperties::new().set_title(title).set_creation_datetime(&made));
    Ok(book)
}

pub(super) fn bold() -> Format {
    Format::new().set_bold().set_text_wrap().set_align(FormatAlign::Top)
}

pub(super) fn wrapped() -> Format {
    Format::new().set_text_wrap().set_align(FormatAlign::Top)
}

/// A page of A4, as wide as the sheet; the headings are on each page and stay in sight.
pub(super) fn page(sheet: &mut Worksheet, heading_row: u32) -> Result<(), XlsxError> {
    sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0);
    sheet.set_repeat_rows(heading_row, heading_row)?;
    sheet.set_freeze_panes(heading_row + 1, 0)?;
    Ok(())
}

pub(super) fn headings(
    sheet: &mut Worksheet,
    row: u32,
    headings: &[(&str, f64)],
) -> Result<(), XlsxError> {
    for (column, (heading, width)) in (0_u16..).zip(headings) {
        sheet.set_column_width(column, *width)?;
        sheet.write_string_with_format(row, column, *heading, &bold())?;
    }
    page(sheet, row)
}

fn dates(plan: &Plan<'_>, sheet: &mut Worksheet) -> Result<(), XlsxError> {
    sheet.set_name("Dates")?;
    headings(sheet, 0, &[("What", 22.0), ("Date", 18.0), ("Meaning", 90.0)])?;
    let timeline = &plan.timeline;
    let day = Format::new().set_num_format("d mmmm yyyy").set_align(FormatAlign::Top);
    let mut row = 1;
    for (label, text) in sentences::dates(timeline) {
        let date: Option<Date> = match label {
            "Go-live" => Some(timeline.facts.go_live),
            "Funded until" => Some(timeline.funded_until),
            "Last day for notice" => timeline.last_notice_day,
            "Notice given" => timeline.facts.notice_given,
            "Notice extended to" => timeline.facts.extended_to,
            _ => None,
        };
        sheet.write_string_with_format(row, 0, label, &bold())?;
        // A spreadsheet has no days before 1900; the sentence has them all.
        let cell = date.and_then(|date| {
            let year = u16::try_from(date.year()).ok()?;
            let (month, day) = (u8::try_from(date.month()).ok()?, u8::try_from(date.day()).ok()?);
            ExcelDateTime::from_ymd(year, month, day).ok()
        });
        if let Some(cell) = cell {
            sheet.write_datetime_with_format(row, 1, &cell, &day)?;
        }
        sheet.write_string_with_format(row, 2, text, &wrapped())?;
        row += 1;
    }
    sheet.write_string_with_format(row, 0, "How months count", &bold())?;
    sheet.write_string_with_format(row, 2, RULE, &wrapped())?;
    Ok(())
}

/// An amount as a spreadsheet's number, in pounds. Below 90 million million pounds none of its pence
/// is lost.
#[expect(clippy::cast_precision_loss, reason = "a spreadsheet has no other numbers")]
fn pounds(amount: Pence) -> f64 {
    amount.get() as f64 / 100.0
}

fn money() -> Format {
    Format::new().set_num_format("£#,##0.00").set_align(FormatAlign::Top)
}

fn costs(plan: &Plan<'_>, sheet: &mut Worksheet) -> Result<(), XlsxError> {
    sheet.set_name("Costs")?;
    let columns = [
        ("Supplier", 24.0),
        ("Way", 22.0),
        ("A year (£)", 14.0),
        ("Once (£)", 14.0),
        ("In all (£)", 16.0),
        ("Lowest", 9.0),
        ("Retrieval against this way", 50.0),
        ("Remarks", 50.0),
    ];
    headings(sheet, 0, &columns)?;
    let mut row = 1;
    for supplier in &plan.suppliers {
        for way in &supplier.ways {
            let name = sentences::cell(supplier.supplier);
            sheet.write_string_with_format(row, 0, name, &wrapped())?;
            sheet.write_string_with_format(row, 1, way.way.title(), &wrapped())?;
            let remarks = match &way.cost {
                Some(cost) => {
                    let amounts = [cost.per_year, cost.once, cost.total];
                    for (column, amount) in (2_u16..).zip(amounts) {
                        sheet.write_number_with_format(row, column, pounds(amount), &money())?;
                    }
                    sentences::remarks(cost).join("; ")
                }
                None => "the sheet has no price for it".to_owned(),
            };
            if supplier.cheapest == Some(way.way) {
                sheet.write_string_with_format(row, 5, "lowest", &bold())?;
            }
            let even = supplier.break_even.iter().find(|(other, _)| *other == way.way);
            if let Some((other, found)) = even {
                let text = sentences::break_even(*other, *found);
                sheet.write_string_with_format(row, 6, text, &wrapped())?;
            }
            sheet.write_string_with_format(row, 7, remarks, &wrapped())?;
            row += 1;
        }
    }
    sheet.autofilter(0, 0, row - 1, 7)?;
    row += 1;
    let scope = format!("Costs of {}.", sentences::scope(plan));
    let mut notes = vec![scope];
    notes.extend(Way::ALL.map(|way| format!("{}: {}", way.title(), way.meaning())));
    notes.push(sentences::PACKAGES.to_owned());
    for note in notes {
        sheet.write_string(row, 0, note)?;
        row += 1;
    }
    Ok(())
}

fn prices(plan: &Plan<'_>, sheet: &mut Worksheet) -> Result<(), XlsxError> {
    sheet.set_name("Prices")?;
    let columns = [
        ("Supplier", 24.0),
        ("Way", 22.0),
        ("Service", 40.0),
        ("Price (£)", 14.0),
        ("Per", 10.0),
        ("Minimum term (months)", 14.0),
        ("Included accesses (a year)", 14.0),
        ("Notes", 60.0),
        ("Place", 24.0),
    ];
    headings(sheet, 0, &columns)?;
    let mut row = 1;
    let number = Format::new().set_num_format("0").set_align(FormatAlign::Top);
    let ways = plan.suppliers.iter().flat_map(|supplier| &supplier.ways);
    for price in ways.flat_map(|way| &way.prices) {
        let texts = [
            (0, sentences::cell(&price.supplier)),
            (1, price.way.title().to_owned()),
            (2, sentences::cell(&price.service)),
            (4, price.per.name().to_owned()),
            (7, sentences::cell(&price.notes)),
            (8, sentences::place(&price.sheet, price.row)),
        ];
        for (column, text) in texts {
            sheet.write_string_with_format(row, column, text, &wrapped())?;
        }
        sheet.write_number_with_format(row, 3, pounds(price.amount), &money())?;
        for (column, count) in [(5, price.minimum_months), (6, price.included)] {
            let count = u32::try_from(count).unwrap_or(u32::MAX);
            sheet.write_number_with_format(row, column, count, &number)?;
        }
        row += 1;
    }
    sheet.autofilter(0, 0, row - 1, 8)?;
    row += 1;
    sheet.write_string(row, 0, format!("Price sheet: {}", plan.prices.file))?;
    for caveat in sentences::caveats(plan.prices) {
        row += 1;
        sheet.write_string(row, 0, caveat)?;
    }
    Ok(())
}
