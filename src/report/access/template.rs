//! The price sheet to fill in.

use super::xlsx::{bold, empty, headings, wrapped};
use crate::error::{Error, Result};
use rust_xlsxwriter::{DataValidation, Format, XlsxError};
use std::io::{self, Write};

/// The columns: heading, width, and what stands in them.
const COLUMNS: [(&str, f64, &str); 7] = [
    ("Supplier", 24.0, "The supplier's name, in each row."),
    (
        "Service",
        44.0,
        "What is sold. It is known by its words: full support; reduced support (also: single user, \
         retention by the practice); retrieval (also: ad hoc). Rows of other services are passed over.",
    ),
    (
        "Price (£)",
        14.0,
        "Pounds, with at most two decimals; 0 or \"no charge\" where nothing is charged. Never empty, \
         never below zero.",
    ),
    ("Per", 12.0, "year, quarter, month, one-off, or access (one request)."),
    (
        "Minimum term (months)",
        16.0,
        "Months that have to be paid at least; empty where there is no minimum.",
    ),
    (
        "Included accesses (a year)",
        18.0,
        "Requests in a year that the price includes; empty where there are none.",
    ),
    ("Notes", 60.0, "Free: from when the price is, where it was published, what it leaves out."),
];

const EXAMPLE: &str = "Example: replace this row. The price is invented.";

/// Rows to be replaced: service, pounds, unit, minimum term, included accesses.
const EXAMPLES: [(&str, u32, &str, u32, u32); 3] = [
    ("Full support", 6_000, "year", 12, 0),
    ("Reduced support, single user", 1_500, "year", 12, 0),
    ("Data and Audit Trail Retrieval Service", 250, "access", 0, 2),
];

/// Writes the price sheet to fill in, as a workbook that `handover access-plan --prices` reads.
///
/// # Errors
/// Those of `out`; of kind `Internal` where the workbook cannot be made.
pub fn write(out: &mut dyn Write) -> Result<io::Result<()>> {
    let bytes = workbook().map_err(Error::internal)?;
    Ok(out.write_all(&bytes))
}

fn workbook() -> Result<Vec<u8>, XlsxError> {
    let mut book = empty("Price sheet for access to an old audit trail")?;
    let sheet = book.add_worksheet();
    sheet.set_name("Prices")?;
    let title = "Prices for access to the audit trail of a previous GP clinical system";
    sheet.write_string_with_format(0, 0, title, &Format::new().set_bold())?;
    sheet.write_string(
        1,
        0,
        "A row for each supplier and service; the next sheet says what goes where.",
    )?;
    headings(sheet, 3, &COLUMNS.map(|(heading, width, _)| (heading, width)))?;
    let money = Format::new().set_num_format("#,##0.00");
    for (row, (service, pounds, per, term, included)) in (4_u32..).zip(EXAMPLES) {
        sheet.write_string_with_format(row, 0, "Example Ltd", &wrapped())?;
        sheet.write_string_with_format(row, 1, service, &wrapped())?;
        sheet.write_number_with_format(row, 2, pounds, &money)?;
        sheet.write_string(row, 3, per)?;
        for (column, number) in [(4, term), (5, included)] {
            if number > 0 {
                sheet.write_number(row, column, number)?;
            }
        }
        sheet.write_string_with_format(row, 6, EXAMPLE, &wrapped())?;
    }
    let units = ["year", "quarter", "month", "one-off", "access"];
    let units = DataValidation::new()
        .allow_list_strings(&units)?
        .set_error_title("Unit of the price")?
        .set_error_message("Choose year, quarter, month, one-off or access.")?;
    sheet.add_data_validation(4, 3, 999, 3, &units)?;

    let guide = book.add_worksheet();
    guide.set_name("How to fill in")?;
    headings(guide, 0, &[("Column", 28.0), ("What goes in", 100.0)])?;
    for (row, (heading, _, meaning)) in (1_u32..).zip(COLUMNS) {
        guide.write_string_with_format(row, 0, heading, &bold())?;
        guide.write_string_with_format(row, 1, meaning, &wrapped())?;
    }
    book.save_to_buffer()
}
