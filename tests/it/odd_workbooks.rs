//! Odd and hostile workbooks: each with exactly the findings that it must give.
//!
//! Those that other programs made lie in fixtures/workbooks, the others are made here. What each gives
//! stands in fixtures/workbooks/expected.txt.

use crate::source::{told, zip};
use crate::workbook::{
    HEADER, MAIN, book, descriptor, good_row, limits, outcome_with, parts, sheet_of,
};
use handover::source::workbook::Workbooks;
use rust_xlsxwriter::{Format, Workbook, Worksheet};
use std::path::Path;

/// A workbook, and how its table is declared.
pub struct Case {
    pub name: &'static str,
    pub bytes: Vec<u8>,
    dialect: &'static str,
    /// Whether reading it takes seconds.
    pub is_large: bool,
}

impl Case {
    pub fn descriptor(&self) -> String {
        descriptor(self.name, self.dialect)
    }
}

fn case(name: &'static str, bytes: Vec<u8>) -> Case {
    Case { name, bytes, dialect: "{}", is_large: false }
}

fn large(name: &'static str, bytes: Vec<u8>) -> Case {
    Case { is_large: true, ..case(name, bytes) }
}

fn of_sheet(name: &'static str, bytes: Vec<u8>) -> Case {
    Case { dialect: r#"{"sheetName": "T"}"#, ..case(name, bytes) }
}

/// Two good rows, and what is done to the sheet then.
fn made(fill: impl FnOnce(&mut Worksheet)) -> Vec<u8> {
    book(|sheet| {
        good_row(sheet, 1);
        good_row(sheet, 2);
        fill(sheet);
    })
}

fn no_strings() -> String {
    format!(r#"<?xml version="1.0"?><sst {MAIN}></sst>"#)
}

/// An XLSX whose sheet has these rows behind the header, as they stand.
fn raw(rows: &str) -> Vec<u8> {
    parts(&sheet_of(&format!("{HEADER}{rows}")), &no_strings())
}

/// The same, whose workbook says more.
fn of_workbook(from: &str, to: &str) -> Vec<u8> {
    let bytes = raw(r#"<row r="2"><c r="A2"><v>1</v></c></row>"#);
    let mut archive = ::zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut all: Vec<(String, Vec<u8>)> = Vec::new();
    for at in 0..archive.len() {
        let mut part = archive.by_index(at).unwrap();
        let mut content = Vec::new();
        std::io::Read::read_to_end(&mut part, &mut content).unwrap();
        all.push((part.name().unwrap().into_owned(), content));
    }
    for (name, content) in &mut all {
        if name == "xl/workbook.xml" {
            let text = String::from_utf8(content.clone()).unwrap();
            assert!(text.contains(from));
            *content = text.replace(from, to).into_bytes();
        }
    }
    let all: Vec<(&str, &[u8])> =
        all.iter().map(|(name, content)| (name.as_str(), content.as_slice())).collect();
    zip(&all)
}

fn xlsx() -> Vec<Case> {
    let day = Format::new().set_num_format("dd/mm/yyyy");
    let strings = no_strings();
    let laughs = {
        let mut entities = String::from("<!ENTITY a0 \"ha\">");
        for level in 1..12 {
            let before = format!("&a{};", level - 1).repeat(10);
            entities.push_str(&format!("<!ENTITY a{level} \"{before}\">"));
        }
        format!(
            r#"<?xml version="1.0"?><!DOCTYPE sst [{entities}]><sst {MAIN}><si><t>&a11;</t></si></sst>"#
        )
    };
    let outside = format!(
        r#"<?xml version="1.0"?><!DOCTYPE sst [<!ENTITY x SYSTEM "file:///etc/passwd">]><sst {MAIN}><si><t>&x;</t></si></sst>"#
    );
    let first_string = r#"<row r="2"><c r="A2"><v>1</v></c><c r="B2" t="s"><v>0</v></c></row>"#;
    let deep = format!("{}{}", "<a>".repeat(200_000), "</a>".repeat(200_000));
    let empty_rows: String = (2..60_000).map(|row| format!("<row r=\"{row}\"/>")).collect();
    let strings_bomb = {
        let one = format!("<si><t>{}</t></si>", "x".repeat(1 << 20));
        format!(r#"<?xml version="1.0"?><sst {MAIN}>{}</sst>"#, one.repeat(600))
    };
    let good = made(|_| ());
    let hidden_sheet = |how: &str| {
        of_workbook(
            r#"<sheet name="T" sheetId="1""#,
            &format!(r#"<sheet name="T" sheetId="1" state="{how}""#),
        )
    };
    vec![
        case("sound.xlsx", made(|_| ())),
        case("number-as-text.xlsx", made(|s| _ = s.write(3, 1, 7541).unwrap())),
        case("fifteen-digits.xlsx", made(|s| _ = s.write(3, 1, 999_999_999_999_999_f64).unwrap())),
        case(
            "sixteen-digits.xlsx",
            made(|s| _ = s.write(3, 1, 1_777_541_000_006_110_f64).unwrap()),
        ),
        case(
            "identifier-in-a-number.xlsx",
            made(|s| {
                s.write(3, 0, 1_777_541_000_006_110_f64).unwrap();
            }),
        ),
        case("exponent-as-text.xlsx", made(|s| _ = s.write(3, 0, "9.43E+09").unwrap())),
        case("large-number.xlsx", made(|s| _ = s.write(3, 0, 9.43e9).unwrap())),
        case("serial-date.xlsx", made(|s| _ = s.write(3, 2, 45_000).unwrap())),
        case("date-as-text.xlsx", made(|s| _ = s.write(3, 2, "15/03/2023").unwrap())),
        case(
            "leap-day-of-1900.xlsx",
            made(|s| {
                s.write_with_format(3, 2, 60.0, &day).unwrap();
            }),
        ),
        case(
            "negative-date.xlsx",
            made(|s| {
                s.write_with_format(3, 2, -1.0, &day).unwrap();
            }),
        ),
        case(
            "time-in-a-date.xlsx",
            made(|s| {
                s.write_with_format(3, 2, 45_000.25, &day).unwrap();
            }),
        ),
        case("longest-cell.xlsx", made(|s| _ = s.write(3, 1, "x".repeat(32_767)).unwrap())),
        case("merged.xlsx", made(|s| _ = s.merge_range(3, 0, 4, 1, "1", &Format::new()).unwrap())),
        case(
            "formula-errors.xlsx",
            raw(
                r##"<row r="2"><c r="A2" t="e"><f>1/0</f><v>#DIV/0!</v></c><c r="B2" t="e"><v>#N/A</v></c></row><row r="3"><c r="A3" t="e"><v>#REF!</v></c><c r="B3" t="e"><v>#NAME?</v></c></row><row r="4"><c r="A4" t="e"><v>#VALUE!</v></c><c r="B4" t="e"><v>#NUM!</v></c></row>"##,
            ),
        ),
        case(
            "formula-not-calculated.xlsx",
            raw(r#"<row r="2"><c r="A2"><v>1</v></c><c r="B2"><f>A2&amp;"x"</f></c></row>"#),
        ),
        case(
            "inline-text.xlsx",
            raw(
                r#"<row r="2"><c r="A2"><v>1</v></c><c r="B2" t="inlineStr"><is><t>00754</t></is></c></row>"#,
            ),
        ),
        case(
            "truth-and-iso-date.xlsx",
            raw(
                r#"<row r="2"><c r="A2"><v>1</v></c><c r="C2" t="d"><v>2023-03-15</v></c><c r="F2" t="b"><v>1</v></c></row>"#,
            ),
        ),
        case("epoch-1904.xlsx", of_workbook("<sheets>", r#"<workbookPr date1904="1"/><sheets>"#)),
        of_sheet("hidden-sheet.xlsx", hidden_sheet("hidden")),
        of_sheet("very-hidden-sheet.xlsx", hidden_sheet("veryHidden")),
        case("hidden-column.xlsx", made(|s| _ = s.set_column_hidden(1).unwrap())),
        case(
            "hidden-columns-behind.xlsx",
            made(|s| {
                s.set_column_range_hidden(6, 16_383).unwrap();
            }),
        ),
        case("blank-rows.xlsx", made(|s| good_row(s, 5))),
        case("cells-beside-the-table.xlsx", made(|s| _ = s.write(2, 7, "note").unwrap())),
        case("only-a-header.xlsx", book(|_| ())),
        case("nothing.xlsx", Workbook::new().save_to_buffer().unwrap()),
        case(
            "dimension-of-all-cells.xlsx",
            parts(
                &sheet_of(&format!("{HEADER}{first_string}"))
                    .replace("<sheetData>", r#"<dimension ref="A1:XFD1048576"/><sheetData>"#),
                &format!(r#"<sst {MAIN}><si><t>x</t></si></sst>"#),
            ),
        ),
        case("beyond-the-last-column.xlsx", raw(r#"<row r="2"><c r="XFE2"><v>1</v></c></row>"#)),
        case(
            "beyond-the-last-row.xlsx",
            raw(r#"<row r="16777217"><c r="A16777217"><v>1</v></c></row>"#),
        ),
        case(
            "rows-that-go-back.xlsx",
            raw(
                r#"<row r="9"><c r="A9"><v>1</v></c></row><row r="2"><c r="A2"><v>1</v></c></row>"#,
            ),
        ),
        case("no-such-string.xlsx", raw(r#"<row r="2"><c r="A2" t="s"><v>7</v></c></row>"#)),
        case("no-such-type.xlsx", raw(r#"<row r="2"><c r="A2" t="q"><v>7</v></c></row>"#)),
        case(
            "cut-in-a-sheet.xlsx",
            parts(
                &format!("<worksheet {MAIN}><sheetData>{HEADER}<row r=\"2\"><c r=\"A2\"><v>1</v>"),
                &strings,
            ),
        ),
        case("billion-laughs.xlsx", parts(&sheet_of(&format!("{HEADER}{first_string}")), &laughs)),
        case("outside-entity.xlsx", parts(&sheet_of(&format!("{HEADER}{first_string}")), &outside)),
        case("deeply-nested.xlsx", parts(&sheet_of(&format!("{HEADER}{deep}")), &strings)),
        case("many-empty-rows.xlsx", raw(&empty_rows)),
        large("strings-bomb.xlsx", parts(&sheet_of(HEADER), &strings_bomb)),
        case("cut-off.xlsx", good[..good.len() / 2].to_vec()),
        case("page.xls", b"<html><table><tr><td>id".to_vec()),
        case("text.xls", b"id\tcode\n1\tx\n".to_vec()),
        case("no-bytes.xlsx", Vec::new()),
        case("zip-of-text.xlsx", zip(&[("a.txt", b"x")])),
        case("only-a-mark.xls", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec()),
        large("65536-rows.xlsx", rows(65_536)),
        large("65535-rows.xlsx", rows(65_535)),
        large("1048576-rows.xlsx", made(|s| _ = s.write(1_048_575, 0, 1).unwrap())),
    ]
}

/// So many rows, the header among them.
fn rows(count: u32) -> Vec<u8> {
    book(|sheet| {
        for row in 1..count {
            sheet.write(row, 0, row).unwrap();
            sheet.write(row, 1, "x").unwrap();
        }
    })
}

/// The parts of an XLSB, record by record (\[MS-XLSB\] 2.4), since no library writes them.
mod xlsb {
    use crate::source::zip;

    fn record(kind: u16, body: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        if kind < 0x80 {
            out.push(kind as u8);
        } else {
            out.extend([(kind & 0x7F) as u8 | 0x80, (kind >> 7) as u8]);
        }
        let mut length = body.len();
        loop {
            let more = length > 0x7F;
            out.push((length & 0x7F) as u8 | if more { 0x80 } else { 0 });
            length >>= 7;
            if !more {
                break;
            }
        }
        out.extend_from_slice(body);
        out
    }

    fn wide(text: &str) -> Vec<u8> {
        let units: Vec<u16> = text.encode_utf16().collect();
        let mut out = (units.len() as u32).to_le_bytes().to_vec();
        out.extend(units.into_iter().flat_map(u16::to_le_bytes));
        out
    }

    fn numbers(numbers: &[u32]) -> Vec<u8> {
        numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
    }

    /// Column and format of a cell: 0 is general, 1 a date.
    fn cell(column: u32, format: u8) -> Vec<u8> {
        [&column.to_le_bytes()[..], &[format, 0, 0, 0]].concat()
    }

    pub fn row(number: u32, cells: &[Vec<u8>]) -> Vec<u8> {
        // Row, format, height, flags, one span of columns.
        let head = [&numbers(&[number, 0])[..], &[0x2C, 1, 0, 0, 0], &numbers(&[1, 0, 5])].concat();
        [record(0x00, &head), cells.concat()].concat()
    }

    pub fn text(column: u32, text: &str) -> Vec<u8> {
        record(0x06, &[cell(column, 0), wide(text)].concat())
    }

    pub fn shared(column: u32, number: u32) -> Vec<u8> {
        record(0x07, &[cell(column, 0), numbers(&[number])].concat())
    }

    pub fn real(column: u32, format: u8, number: f64) -> Vec<u8> {
        record(0x05, &[&cell(column, format)[..], &number.to_le_bytes()].concat())
    }

    /// A whole number in 30 bits.
    pub fn whole(column: u32, number: i32) -> Vec<u8> {
        record(0x02, &[&cell(column, 0)[..], &(number << 2 | 2).to_le_bytes()].concat())
    }

    pub fn truth(column: u32) -> Vec<u8> {
        record(0x04, &[&cell(column, 0)[..], &[1]].concat())
    }

    pub fn error(column: u32) -> Vec<u8> {
        record(0x03, &[&cell(column, 0)[..], &[0x17]].concat())
    }

    /// The error that a formula gave: error, flags, no tokens.
    pub fn formula_error(column: u32) -> Vec<u8> {
        record(0x0B, &[&cell(column, 0)[..], &[0x07, 0, 0], &numbers(&[0, 0])].concat())
    }

    pub fn header() -> Vec<u8> {
        let labels = ["id", "code", "on", "at", "size", "ok"];
        let cells: Vec<Vec<u8>> =
            labels.iter().zip(0..).map(|(label, column)| text(column, label)).collect();
        row(0, &cells)
    }

    pub fn good(number: u32) -> Vec<u8> {
        let cells = [
            whole(0, number as i32),
            shared(1, 0),
            real(2, 1, 45_000.0),
            real(3, 2, 45_000.5),
            real(4, 0, 1.25),
            truth(5),
        ];
        row(number, &cells)
    }

    pub struct Book<'a> {
        /// 0 visible, 1 hidden, 2 very hidden.
        pub state: u32,
        pub epoch_1904: bool,
        /// First and last column that are hidden.
        pub hidden: Option<(u32, u32)>,
        /// First and last row and column of merged cells.
        pub merged: Option<[u32; 4]>,
        /// Whether the sheet comes to its end.
        pub has_end: bool,
        pub rows: &'a [Vec<u8>],
    }

    impl Book<'_> {
        pub fn bytes(&self) -> Vec<u8> {
            let sheet = [
                record(0x81, &[]),
                record(0x94, &numbers(&[0, 9, 0, 5])),
                match self.hidden {
                    Some((first, last)) => [
                        record(0x186, &[]),
                        record(0x3C, &[&numbers(&[first, last, 0, 0])[..], &[1, 0]].concat()),
                        record(0x187, &[]),
                    ]
                    .concat(),
                    None => Vec::new(),
                },
                record(0x91, &[]),
                self.rows.concat(),
                if self.has_end { record(0x92, &[]) } else { Vec::new() },
                match self.merged {
                    Some(merged) => [
                        record(0xB1, &numbers(&[1])),
                        record(0xB0, &numbers(&merged)),
                        record(0xB2, &[]),
                    ]
                    .concat(),
                    None => Vec::new(),
                },
                if self.has_end { record(0x82, &[]) } else { Vec::new() },
            ]
            .concat();
            let book = [
                record(0x83, &[]),
                record(0x99, &numbers(&[u32::from(self.epoch_1904), 0, 0])),
                record(0x8F, &[]),
                record(0x9C, &[numbers(&[self.state, 1]), wide("rId1"), wide("T")].concat()),
                record(0x90, &[]),
                record(0x9D, &[0; 26]),
                record(0x84, &[]),
            ]
            .concat();
            // Formats: general, a date, a date with time.
            let format = |number: u16| {
                record(0x2F, &[&[0, 0][..], &number.to_le_bytes(), &[0; 12]].concat())
            };
            let styles = [
                record(0x116, &[]),
                record(0x269, &numbers(&[3])),
                format(0),
                format(14),
                format(22),
                record(0x26A, &[]),
                record(0x117, &[]),
            ]
            .concat();
            let strings = [
                record(0x9F, &numbers(&[1, 1])),
                record(0x13, &[&[0][..], &wide("a, \"b\"\nc")].concat()),
                record(0xA0, &[]),
            ]
            .concat();
            let types = r#"<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="bin" ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/worksheets/sheet1.bin" ContentType="application/vnd.ms-excel.worksheet"/><Override PartName="/xl/styles.bin" ContentType="application/vnd.ms-excel.styles"/><Override PartName="/xl/sharedStrings.bin" ContentType="application/vnd.ms-excel.sharedStrings"/></Types>"#;
            let rels = r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.bin"/></Relationships>"#;
            let of = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
            let book_rels = format!(
                r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="{of}/worksheet" Target="worksheets/sheet1.bin"/><Relationship Id="rId2" Type="{of}/styles" Target="styles.bin"/><Relationship Id="rId3" Type="{of}/sharedStrings" Target="sharedStrings.bin"/></Relationships>"#
            );
            zip(&[
                ("[Content_Types].xml", types.as_bytes()),
                ("_rels/.rels", rels.as_bytes()),
                ("xl/workbook.bin", &book),
                ("xl/_rels/workbook.bin.rels", book_rels.as_bytes()),
                ("xl/worksheets/sheet1.bin", &sheet),
                ("xl/styles.bin", &styles),
                ("xl/sharedStrings.bin", &strings),
            ])
        }
    }
}

fn binary() -> Vec<Case> {
    use xlsb::{Book, error, formula_error, good, header, real, row, shared, text, whole};
    let sound = [header(), good(1), good(2)];
    let book = |rows: &[Vec<u8>]| {
        Book { state: 0, epoch_1904: false, hidden: None, merged: None, has_end: true, rows }
            .bytes()
    };
    let with = |change: fn(&mut Book<'_>)| {
        let mut book = Book {
            state: 0,
            epoch_1904: false,
            hidden: None,
            merged: None,
            has_end: true,
            rows: &sound,
        };
        change(&mut book);
        book.bytes()
    };
    let more = |cells: &[Vec<u8>]| book(&[header(), good(1), good(2), row(3, cells)]);
    let cut = book(&sound);
    vec![
        case("sound.xlsb", book(&sound)),
        of_sheet("hidden-sheet.xlsb", with(|book| book.state = 1)),
        case("epoch-1904.xlsb", with(|book| book.epoch_1904 = true)),
        case("hidden-column.xlsb", with(|book| book.hidden = Some((1, 2)))),
        case("merged.xlsb", with(|book| book.merged = Some([1, 2, 0, 1]))),
        case("number-as-text.xlsb", more(&[whole(0, 3), whole(1, 7541)])),
        case("sixteen-digits.xlsb", more(&[whole(0, 3), real(1, 0, 1_777_541_000_006_110.0)])),
        case("error.xlsb", more(&[whole(0, 3), error(1)])),
        case("formula-error.xlsb", more(&[whole(0, 3), formula_error(1)])),
        case("longest-cell.xlsb", more(&[whole(0, 3), text(1, &"x".repeat(32_767))])),
        case("no-such-string.xlsb", more(&[whole(0, 3), shared(1, 99)])),
        case("beyond-the-last-column.xlsb", more(&[whole(20_000, 3)])),
        case("without-an-end.xlsb", with(|book| book.has_end = false)),
        case("cut-off.xlsb", cut[..cut.len() / 2].to_vec()),
    ]
}

/// An ODS, by its rows and what stands before them.
fn ods(table: &str, before: &str, rows: &str) -> Vec<u8> {
    let cell = |text: &str| {
        format!(
            r#"<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>"#
        )
    };
    let header: String = ["id", "code", "on", "at", "size", "ok"].iter().map(|l| cell(l)).collect();
    let content = format!(
        r#"<?xml version="1.0" encoding="UTF-8"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2"><office:automatic-styles><style:style style:name="h" style:family="table"><style:table-properties table:display="false"/></style:style></office:automatic-styles><office:body><office:spreadsheet><table:table table:name="T"{table}>{before}<table:table-row>{header}</table:table-row>{rows}</table:table></office:spreadsheet></office:body></office:document-content>"#
    );
    let kind = "application/vnd.oasis.opendocument.spreadsheet";
    let listing = format!(
        r#"<?xml version="1.0"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/><manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>"#
    );
    zip(&[
        ("mimetype", kind.as_bytes()),
        ("META-INF/manifest.xml", listing.as_bytes()),
        ("content.xml", content.as_bytes()),
    ])
}

fn open_documents() -> Vec<Case> {
    let number = |text: &str| {
        format!(
            r#"<table:table-cell office:value-type="float" office:value="{text}"><text:p>{text}</text:p></table:table-cell>"#
        )
    };
    let text = |attributes: &str, text: &str| {
        format!(
            r#"<table:table-cell office:value-type="string"{attributes}><text:p>{text}</text:p></table:table-cell>"#
        )
    };
    let row = |cells: &[String]| format!("<table:table-row>{}</table:table-row>", cells.concat());
    let good = row(&[number("1"), text("", "x")]);
    let wide = text(r#" table:number-columns-spanned="2""#, "x");
    vec![
        case("sound.ods", ods("", "", &good)),
        case("number-as-text.ods", ods("", "", &row(&[number("1"), number("7541")]))),
        case("sixteen-digits.ods", ods("", "", &row(&[number("1"), number("1777541000006110")]))),
        case("merged.ods", ods("", "", &row(&[number("1"), wide]))),
        of_sheet("hidden-sheet.ods", ods(r#" table:style-name="h""#, "", &good)),
        case(
            "hidden-column.ods",
            ods(
                "",
                r#"<table:table-column/><table:table-column table:visibility="collapse"/>"#,
                &good,
            ),
        ),
        large(
            "all-cells-filled.ods",
            ods(
                "",
                "",
                &format!(
                    r#"<table:table-row table:number-rows-repeated="1048570">{}</table:table-row>"#,
                    text(r#" table:number-columns-repeated="16384""#, "x")
                ),
            ),
        ),
        case(
            "formula-not-calculated.ods",
            ods(
                "",
                "",
                &row(&[number("1"), r#"<table:table-cell table:formula="of:=1+1"/>"#.into()]),
            ),
        ),
        case("no-number.ods", ods("", "", &row(&[number("1,5"), text("", "x")]))),
    ]
}

/// All workbooks: those of fixtures/workbooks, then those that are made here.
pub fn all() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/workbooks");
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.ends_with(".py") && !name.ends_with(".txt"))
        .collect();
    names.sort();
    let kept = names.into_iter().map(|name| {
        let bytes = std::fs::read(folder.join(&name)).unwrap();
        case(name.leak(), bytes)
    });
    kept.chain(xlsx()).chain(binary()).chain(open_documents()).collect()
}

#[test]
fn every_workbook_gives_exactly_its_findings() {
    let mut limits = limits();
    let memory = |workbooks: &mut Workbooks| workbooks.memory = 256 << 20;
    limits.workbooks.iter_mut().for_each(memory);
    let mut found = String::new();
    let cases = all();
    assert!(cases.len() >= 60, "{} workbooks", cases.len());
    for case in cases {
        let folder = crate::source::Folder::new();
        let path = folder.put(case.name, &case.bytes);
        let outcome = outcome_with(&path, &case.descriptor(), &limits);
        found.push_str(&format!("{}: {} rows\n", case.name, outcome.tasks[0].rows));
        told(&outcome).iter().for_each(|line| found.push_str(&format!("  {line}\n")));
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/workbooks/expected.txt");
    if std::env::var_os("HANDOVER_UPDATE").is_some() {
        std::fs::write(&path, &found).unwrap();
    }
    let expected = std::fs::read_to_string(path).unwrap_or_default();
    assert!(found == expected, "fixtures/workbooks/expected.txt differs; found:\n{found}");
}
