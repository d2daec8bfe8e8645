//! One sheet, written from top to bottom: headings, rows, filters, links, pages to print.

use super::MOST_LINKS;
use crate::finding::Severity;
use crate::finding::message::plain;
use crate::pipeline::Interrupt;
use rust_xlsxwriter::{
    Color, DataValidation, DataValidationErrorStyle, Format, FormatAlign, FormatBorder, Url,
    Worksheet, XlsxError,
};

/// The longest text that a cell takes, in characters.
const LONGEST: usize = 32_000;

/// A column: its heading and its width in characters.
pub(super) struct Column {
    heading: &'static str,
    width: f64,
}

impl Column {
    pub(super) fn new(heading: &'static str, width: f64) -> Self {
        Self { heading, width }
    }
}

/// What goes into a cell.
pub(super) enum Cell<'a> {
    Empty,
    /// Text as it is, never a formula.
    Text(&'a str),
    /// Text that stands out.
    Strong(&'a str),
    Number(u64),
    /// Ten-thousandths, shown as a percentage.
    Share(u64),
    /// The word, and a colour for it.
    Severity(Severity),
    /// Text that leads to a row of a sheet, counted from 0.
    Link {
        sheet: &'static str,
        row: u32,
        text: &'a str,
    },
    /// A number that leads to a row of a sheet.
    NumberLink {
        sheet: &'static str,
        row: u32,
        number: u64,
    },
}

impl Cell<'_> {
    /// A number, where there is one.
    pub(super) fn count(number: Option<u64>) -> Self {
        number.map_or(Self::Empty, Self::Number)
    }
}

/// How cells look.
pub(super) struct Formats {
    heading: Format,
    text: Format,
    strong: Format,
    number: Format,
    share: Format,
    link: Format,
    error: Format,
    warning: Format,
    info: Format,
}

impl Formats {
    pub(super) fn new() -> Self {
        let text = Format::new().set_text_wrap().set_align(FormatAlign::Top);
        let severity = |back: u32, front: u32| {
            let format = text.clone().set_bold();
            format.set_background_color(Color::RGB(back)).set_font_color(Color::RGB(front))
        };
        Self {
            heading: text
                .clone()
                .set_bold()
                .set_background_color(Color::RGB(0x00_5E_B8))
                .set_font_color(Color::White)
                .set_border(FormatBorder::Thin),
            strong: text.clone().set_bold(),
            number: Format::new().set_num_format("#,##0").set_align(FormatAlign::Top),
            share: Format::new().set_num_format("0.00%").set_align(FormatAlign::Top),
            link: text
                .clone()
                .set_font_color(Color::RGB(0x00_5E_B8))
                .set_underline(rust_xlsxwriter::FormatUnderline::Single),
            error: severity(0xF9_D6_D5, 0x7A_11_0A),
            warning: severity(0xFF_F0_C2, 0x5C_40_00),
            info: severity(0xE1_EC_F7, 0x00_30_5E),
            text,
        }
    }
}

/// A sheet on its way.
pub(super) struct Sheet<'a> {
    sheet: &'a mut Worksheet,
    formats: &'a Formats,
    next: u32,
    width: u16,
    links: u32,
    /// Whether a line below the rows says something of them.
    noted: bool,
    interrupt: Interrupt,
}

impl<'a> Sheet<'a> {
    pub(super) fn begin(
        sheet: &'a mut Worksheet,
        name: &str,
        formats: &'a Formats,
    ) -> Result<Self, XlsxError> {
        sheet.set_name(name)?;
        sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0);
        sheet.set_repeat_rows(0, 0)?.set_freeze_panes(1, 0)?;
        sheet.set_footer("&L&F, &A&RPage &P of &N");
        Ok(Self {
            sheet,
            formats,
            next: 0,
            width: 0,
            links: 0,
            noted: false,
            interrupt: Interrupt::default(),
        })
    }

    /// Lets a request to stop end the writing of rows.
    pub(super) fn stopped_by(self, interrupt: &Interrupt) -> Self {
        Self { interrupt: interrupt.clone(), ..self }
    }

    /// Writes the headings.
    pub(super) fn columns(&mut self, columns: &[Column]) -> Result<(), XlsxError> {
        for (at, column) in (0_u16..).zip(columns) {
            self.sheet.set_column_width(at, column.width)?;
        }
        for (at, column) in (0_u16..).zip(columns) {
            let (heading, format) = (column.heading, &self.formats.heading);
            self.sheet.write_string_with_format(0, at, heading, format)?;
            self.width = at + 1;
        }
        self.next = 1;
        Ok(())
    }

    /// Writes the next row.
    pub(super) fn row(&mut self, cells: &[Cell<'_>]) -> Result<(), XlsxError> {
        self.interrupt.check().map_err(|error| XlsxError::IoError(std::io::Error::other(error)))?;
        let (row, formats) = (self.next, self.formats);
        for (at, cell) in (0_u16..).zip(cells) {
            match cell {
                Cell::Empty => {}
                Cell::Text("") => {}
                Cell::Text(text) => {
                    let text = plain(text, LONGEST);
                    self.sheet.write_string_with_format(row, at, text, &formats.text)?;
                }
                Cell::Strong(text) => {
                    let text = plain(text, LONGEST);
                    self.sheet.write_string_with_format(row, at, text, &formats.strong)?;
                }
                Cell::Number(number) => self.number(row, at, *number)?,
                Cell::Share(share) => {
                    let share = u32::try_from(*share).map_or(1.0, |share| f64::from(share) / 1e4);
                    self.sheet.write_number_with_format(row, at, share, &formats.share)?;
                }
                Cell::Severity(severity) => {
                    let format = match severity {
                        Severity::Error => &formats.error,
                        Severity::Warning => &formats.warning,
                        Severity::Info => &formats.info,
                    };
                    self.sheet.write_string_with_format(row, at, severity.name(), format)?;
                }
                Cell::Link { sheet, row: to, text } => {
                    let text = plain(text, LONGEST);
                    self.link(row, at, sheet, *to, &text)?;
                }
                Cell::NumberLink { sheet, row: to, number } => {
                    // The number takes the place of the link's text, and the link stays.
                    self.link(row, at, sheet, *to, &number.to_string())?;
                    self.number(row, at, *number)?;
                }
            }
        }
        self.next += 1;
        Ok(())
    }

    #[expect(clippy::cast_precision_loss, reason = "a spreadsheet has no other numbers")]
    fn number(&mut self, row: u32, column: u16, number: u64) -> Result<(), XlsxError> {
        // Beyond 15 digits a spreadsheet would show another number.
        match number < 1_000_000_000_000_000 {
            true => {
                let format = &self.formats.number;
                self.sheet.write_number_with_format(row, column, number as f64, format)?;
            }
            false => {
                self.sheet.write_string(row, column, number.to_string())?;
            }
        }
        Ok(())
    }

    /// Links are written as long as spreadsheet programs take them; then the text alone.
    fn link(
        &mut self,
        row: u32,
        column: u16,
        sheet: &str,
        to: u32,
        text: &str,
    ) -> Result<(), XlsxError> {
        if self.links >= MOST_LINKS || text.is_empty() {
            self.sheet.write_string_with_format(row, column, text, &self.formats.text)?;
            return Ok(());
        }
        self.links += 1;
        let url = Url::new(format!("internal:'{sheet}'!A{}", to + 1));
        let format = Some(&self.formats.link);
        self.sheet.write_url_with_options(row, column, url, text, "", format)?;
        Ok(())
    }

    /// The row that is written next, from 0.
    pub(super) fn next(&self) -> u32 {
        self.next
    }

    /// Whether there is nothing below the headings.
    pub(super) fn is_empty(&self) -> bool {
        self.next <= 1
    }

    /// Writes a line that says something of the rows above; it is no row itself.
    pub(super) fn note(&mut self, text: &str) -> Result<(), XlsxError> {
        self.filter()?;
        let format = &self.formats.strong;
        self.sheet.write_string_with_format(self.next, 0, text, format)?;
        self.next += 1;
        Ok(())
    }

    /// Gives a column of the rows written so far a list of words to choose from.
    pub(super) fn choices(&mut self, column: u16, words: &[&str]) -> Result<(), XlsxError> {
        if self.is_empty() {
            return Ok(());
        }
        let list = DataValidation::new()
            .allow_list_strings(words)?
            .set_error_style(DataValidationErrorStyle::Stop)
            .set_error_title("Status")?
            .set_error_message("Choose one of the list.")?;
        self.sheet.add_data_validation(1, column, self.next - 1, column, &list)?;
        Ok(())
    }

    /// Buttons that filter and sort the rows above the notes.
    fn filter(&mut self) -> Result<(), XlsxError> {
        if !self.noted && self.next > 1 && self.width > 1 {
            self.sheet.autofilter(0, 0, self.next - 1, self.width - 1)?;
        }
        self.noted = true;
        Ok(())
    }

    /// Ends the sheet.
    pub(super) fn end(mut self) -> Result<(), XlsxError> {
        self.filter()
    }
}
