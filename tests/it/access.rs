//! Dates after go-live and costs of access: the program on whole files.

#![allow(clippy::unwrap_used)]

use calamine::{Data, Reader, Xlsx};
use handover::access::{self, Facts, Plan, PriceList, Terms, Timeline, Wanted};
use handover::error::ErrorKind;
use handover::report;
use handover::report::text::Style;
use rust_xlsxwriter::Workbook;
use serde_json::Value;
use std::io::{Cursor, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/access").join(name)
}

fn handover(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_handover")).args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn timeline() -> Timeline {
    Timeline::of(Facts {
        go_live: "2026-11-30".parse().unwrap(),
        notice_given: Some("2026-12-10".parse().unwrap()),
        extended_to: None,
        terms: Terms::default(),
    })
    .unwrap()
}

const WANTED: Wanted = Wanted { years: 10, requests_per_year: 4 };

fn json(plan: &Plan<'_>) -> Value {
    let mut bytes = Vec::new();
    report::access::json(plan, &mut bytes).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

fn html(plan: &Plan<'_>) -> String {
    let mut bytes = Vec::new();
    report::access::html(plan, &mut bytes).unwrap();
    text(&bytes)
}

fn xlsx(plan: &Plan<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    report::access::xlsx(plan, &mut bytes).unwrap().unwrap();
    bytes
}

/// Every cell of a workbook's sheet, row by row.
fn cells(bytes: &[u8], sheet: &str) -> Vec<Vec<Data>> {
    let mut book = Xlsx::new(Cursor::new(bytes)).unwrap();
    assert!(book.worksheet_formula(sheet).unwrap().is_empty());
    book.worksheet_range(sheet).unwrap().rows().map(<[Data]>::to_vec).collect()
}

#[test]
fn transcripts() {
    trycmd::TestCases::new().case("tests/cmd/access-plan/*.toml");
}

#[test]
fn every_kind_of_file_gives_the_same_plan() {
    let of = |name: &str| {
        let list = PriceList::read(&fixture(name)).unwrap();
        let mut document = json(&access::plan(timeline(), &list, None, WANTED).unwrap());
        assert_eq!(document["prices"]["file"], name);
        document["prices"]["file"] = Value::Null;
        let sheet = if name == "prices.csv" { name } else { "Prices" };
        document.to_string().replace(&format!("\"sheet\":\"{sheet}\""), "\"sheet\":\"\"")
    };
    let xls = of("prices.xls");
    assert!(xls.contains("\"row\":15") && xls.contains("54550"));
    for name in ["prices.xlsx", "prices.ods", "prices.csv"] {
        assert_eq!(of(name), xls, "{name}");
    }
}

#[test]
fn the_example_costs_what_the_sheet_says() {
    let list = PriceList::read(&fixture("prices.xls")).unwrap();
    let plan = access::plan(timeline(), &list, Some("microtest"), WANTED).unwrap();
    let document = json(&plan);
    let supplier = &document["suppliers"][0];
    assert_eq!(document["suppliers"].as_array().unwrap().len(), 1);
    assert_eq!(supplier["name"], "Microtest");
    let totals: Vec<u64> = supplier["ways"]
        .as_array()
        .unwrap()
        .iter()
        .map(|way| way["cost"]["total"].as_u64().unwrap())
        .collect();
    // 10 × 5,100; 850 + 10 × 1,725; 40 × 1,536.
    assert_eq!(totals, [5_100_000, 1_810_000, 6_144_000]);
    assert_eq!(supplier["cheapest"], "reduced-support");
    // 18,100 pounds are 1.17 requests a year.
    assert_eq!(supplier["breakEven"][1]["requestsPerYear"], 2);
    assert_eq!(document["timeline"]["fundedUntil"], "2027-02-28");
    assert_eq!(document["timeline"]["localCost"]["days"], 10);
}

#[test]
fn a_way_without_a_price_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.csv");
    std::fs::write(&path, "supplier,service,price,per,included\nA,retrieval,500,year,2\n").unwrap();
    let list = PriceList::read(&path).unwrap();
    let plan = access::plan(timeline(), &list, None, WANTED).unwrap();
    assert_eq!(plan.suppliers[0].cheapest, None);
    let mut bytes = Vec::new();
    report::access::text(&plan, &mut bytes, Style::default()).unwrap();
    let text = text(&bytes);
    assert!(text.contains("Full support            the sheet has no price for it"), "{text}");
    assert!(text.contains("no price for 2 requests a year beyond the 2 included"), "{text}");
    assert!(text.contains("The break-even of retrieval with full support is not known"), "{text}");
    assert!(html(&plan).contains("The sheet has no price for it."));
}

#[test]
fn the_text_fits_a_terminal() {
    let list = PriceList::read(&fixture("prices.xls")).unwrap();
    let plan = access::plan(timeline(), &list, None, WANTED).unwrap();
    for width in [60, 80, 120] {
        let mut bytes = Vec::new();
        let style = Style { color: false, width };
        report::access::text(&plan, &mut bytes, style).unwrap();
        let text = text(&bytes);
        assert!(!text.contains('\u{1b}'));
        // The table of costs has its own width.
        let long = text.lines().find(|line| line.chars().count() > width.max(80));
        assert_eq!(long, None);
    }
}

#[test]
fn the_page_needs_nothing_and_runs_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.csv");
    let hostile = "<script>alert(1)</script>\"'&\u{202e}";
    let row = format!("\"{}\",retrieval,5,access", hostile.replace('"', "\"\""));
    std::fs::write(&path, format!("supplier,service,price,per\n{row}\n")).unwrap();
    let list = PriceList::read(&path).unwrap();
    let page = html(&access::plan(timeline(), &list, None, WANTED).unwrap());
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;"));
    for absent in
        ["<script", "http://", "https://", "src=", "url(", "@import", "\u{202e}", "onload"]
    {
        assert!(!page.contains(absent), "{absent}");
    }
    assert!(page.contains("default-src 'none'") && page.contains("<html lang=\"en-GB\">"));
    assert_eq!(page.matches("<h1").count(), 1);
    assert_eq!(page.matches("<table>").count(), page.matches("<caption").count());
    let (cells, scoped) = (page.matches("<th").count(), page.matches("<th scope=").count());
    // "<thead>" begins so too.
    assert_eq!(cells - page.matches("<thead").count(), scoped);
    assert!(page.contains("@media print") && page.contains("prefers-color-scheme"));
    for name in ["section", "table", "ul", "ol", "div", "main", "p", "li", "tr", "td", "th"] {
        let opened =
            page.matches(&format!("<{name}>")).count() + page.matches(&format!("<{name} ")).count();
        assert_eq!(opened, page.matches(&format!("</{name}>")).count(), "{name}");
    }
}

#[test]
fn the_workbook_holds_numbers_dates_and_no_formula() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.csv");
    let rows = "=1+1,full support,1536.05,year\n=1+1,retrieval,19.99,access\n";
    std::fs::write(&path, format!("supplier,service,price,per\n{rows}")).unwrap();
    let list = PriceList::read(&path).unwrap();
    let plan = access::plan(timeline(), &list, None, WANTED).unwrap();
    let bytes = xlsx(&plan);
    assert_eq!(bytes, xlsx(&plan));

    let costs = cells(&bytes, "Costs");
    assert_eq!(costs[1][0], Data::String("=1+1".into()));
    assert_eq!(costs[1][4], Data::Float(15_360.5));
    assert_eq!(costs[2][7], Data::String("the sheet has no price for it".into()));
    assert_eq!(costs[3][2], Data::Float(79.96));
    assert_eq!(costs[3][5], Data::String("lowest".into()));
    assert_eq!(cells(&bytes, "Prices")[1][3], Data::Float(1_536.05));
    let dates = cells(&bytes, "Dates");
    let Data::DateTime(day) = dates[2][1] else { panic!("{:?}", dates[2]) };
    assert_eq!(day.to_ymd_hms_milli(), (2027, 2, 28, 0, 0, 0, 0));
}

#[test]
fn the_template_is_a_price_sheet() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("template.xlsx");
    let name = path.to_str().unwrap();
    let made = handover(&["access-plan", "--template", name, "--quiet"]);
    assert_eq!(made.status.code(), Some(0), "{made:?}");
    assert!(made.stdout.is_empty() && made.stderr.is_empty());
    let list = PriceList::read(&path).unwrap();
    assert_eq!((list.prices.len(), list.suppliers()), (3, vec!["Example Ltd"]));
    assert_eq!((list.prices[0].minimum_months, list.prices[2].included), (12, 2));
    assert!(list.assumed.is_empty() && list.passed_over.is_empty());

    // One that is filled in is never lost.
    let again = handover(&["access-plan", "--template", name]);
    assert_eq!(again.status.code(), Some(2));
    assert!(text(&again.stderr).contains("exists already"));
}

#[test]
fn reports_are_written_by_their_extension() {
    let folder = tempfile::tempdir().unwrap();
    let name = |file: &str| folder.path().join(file).to_str().unwrap().to_owned();
    let prices = name("prices.xls");
    std::fs::copy(fixture("prices.xls"), &prices).unwrap();
    let files = ["plan.html", "plan.xlsx", "plan.json", "plan.TXT"].map(name);
    let mut arguments = vec!["access-plan", "--go-live", "2026-03-02", "--prices", &prices];
    arguments.extend(["--years", "5", "--requests-per-year", "1"]);
    let plain = arguments.clone();
    files.iter().for_each(|file| arguments.extend(["--report", file]));
    let run = handover(&arguments);
    assert_eq!(run.status.code(), Some(0), "{run:?}");
    let read = |file: &str| std::fs::read(name(file)).unwrap();
    assert!(read("plan.html").starts_with(b"<!DOCTYPE html>"));
    assert!(cells(&read("plan.xlsx"), "Costs").len() > 9);
    let document: Value = serde_json::from_slice(&read("plan.json")).unwrap();
    assert_eq!(document["format"], "handover-access-plan/1");
    assert_eq!(read("plan.TXT"), run.stdout);

    // The price sheet itself is no place for a report.
    let copy = name("prices.xlsx");
    std::fs::copy(fixture("prices.xlsx"), &copy).unwrap();
    let mut onto = plain;
    onto[4] = &copy;
    onto.extend(["--report", &copy]);
    let refused = handover(&onto);
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("would replace the price sheet"));
    assert_eq!(std::fs::read(&copy).unwrap(), std::fs::read(fixture("prices.xlsx")).unwrap());
}

/// The error of a price file with these bytes.
fn refused(bytes: &[u8]) -> handover::error::Error {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("prices.xlsx");
    std::fs::write(&path, bytes).unwrap();
    PriceList::read(&path).unwrap_err()
}

#[test]
fn cells_far_apart_do_not_end_the_process() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write(0, 0, "supplier").unwrap();
    sheet.write(1_048_575, 16_383, 1).unwrap();
    let error = refused(&book.save_to_buffer().unwrap());
    assert_eq!(error.kind(), ErrorKind::Limit);
    assert!(error.to_string().contains("sheet Sheet1 holds cells beyond row 100000"), "{error}");
}

#[test]
fn a_workbook_that_unpacks_to_too_much_is_refused() {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    archive.start_file("[Content_Types].xml", options).unwrap();
    let noise: Vec<u8> =
        (0..1_u32 << 20).map(|n| (n.wrapping_mul(2_654_435_761) >> 27) as u8).collect();
    for _ in 0..130 {
        archive.write_all(&noise).unwrap();
    }
    let error = refused(&archive.finish().unwrap().into_inner());
    assert_eq!(error.kind(), ErrorKind::Limit);
    assert!(error.to_string().contains("unpacks to more than the 128 MB"), "{error}");
}

#[test]
fn a_workbook_that_is_cut_off_is_an_error() {
    for name in ["prices.xls", "prices.xlsx", "prices.ods"] {
        let bytes = std::fs::read(fixture(name)).unwrap();
        for length in (8..bytes.len() - 1).step_by(101) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join(name);
            std::fs::write(&path, &bytes[..length]).unwrap();
            // An XLS may be whole before its last sector ends; what is read must then be all.
            if let Ok(list) = PriceList::read(&path) {
                assert_eq!((name, list.prices.len()), ("prices.xls", 10), "{length}");
            }
        }
    }
}

/// Bytes all over the file are damaged in turn: an error or a list, never an end of the process.
#[test]
fn a_damaged_workbook_is_an_error() {
    let whole = std::fs::read(fixture("prices.xls")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("prices.xls");
    let mut read = 0;
    for at in (0..whole.len()).step_by(17) {
        for damage in [0x80, 0xff] {
            let mut bytes = whole.clone();
            bytes[at] ^= damage;
            std::fs::write(&path, bytes).unwrap();
            read += u32::from(PriceList::read(&path).is_ok());
        }
    }
    assert!(read > 0);
}

#[test]
fn the_manual_shows_what_the_program_prints() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manual = std::fs::read_to_string(root.join("docs/access-plan.md")).unwrap();
    let manual = manual.replace("\r\n", "\n");
    let (_, block) = manual.split_once("```console\n$ handover ").unwrap();
    let (command, rest) = block.split_once('\n').unwrap();
    let (shown, _) = rest.split_once("...\n").unwrap();
    let run = Command::new(env!("CARGO_BIN_EXE_handover"))
        .args(command.split(' '))
        .current_dir(root)
        .output()
        .unwrap();
    assert!(text(&run.stdout).starts_with(shown), "{}", text(&run.stdout));
}

#[test]
fn a_package_tells_the_dates_after_go_live() {
    let folder = tempfile::tempdir().unwrap();
    let package = folder.path().join("p.zip");
    let package = package.to_str().unwrap();
    let extract = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/extracts/emis-small");
    let pack = |facts: &[&str]| {
        let mut arguments = vec!["package", extract.to_str().unwrap(), "--output", package];
        facts.iter().for_each(|fact| arguments.extend(["--info", fact]));
        handover(&arguments)
    };
    for (facts, message) in [
        (vec!["go-live=2026-02-29"], "--info go-live: not a date"),
        (vec!["notice-given=2026-02-01"], "--info notice-given: it says nothing without"),
        (vec!["go-live=2026-03-02", "extended-to=2026-03-01"], "before go-live on 2026-03-02"),
        (vec!["Go-Live-Date=2026-03-02"], "this fact is called go-live"),
    ] {
        let run = pack(&facts);
        assert_eq!(run.status.code(), Some(2), "{facts:?}");
        assert!(text(&run.stderr).contains(message), "{}", text(&run.stderr));
        assert!(!Path::new(package).exists());
    }
    let facts = ["go-live=2027-11-30", "notice-given=2027-12-01", "extended-to=2028-03-31"];
    let run = pack(&facts);
    assert_eq!(run.status.code(), Some(0), "{run:?}");
    for command in ["verify", "show"] {
        let run = handover(&[command, package]);
        assert_eq!(run.status.code(), Some(0));
        let shown = text(&run.stdout);
        for line in [
            "  Funded until         29 February 2028, ",
            "  Last day for notice  30 November 2027; ",
            "  Notice given         1 December 2027; it ends on 1 March 2028",
            "  Notice extended to   31 March 2028",
            "2028 (31 days).",
            "  This package serves the third way",
        ] {
            assert!(shown.contains(line), "{command}: {line}\n{shown}");
        }
        let run = handover(&[command, package, "--format", "json"]);
        let document: Value = serde_json::from_slice(&run.stdout).unwrap();
        assert_eq!(document["afterGoLive"]["fundedUntil"], "2028-02-29");
    }

    // So do its pages, and the certificate of whoever verifies it.
    let inside = |name: &str| {
        let mut zip = zip::ZipArchive::new(std::fs::File::open(package).unwrap()).unwrap();
        let names = zip.file_names().map(|found| found.unwrap().into_owned());
        let name = { names }.find(|found| found.ends_with(name)).unwrap();
        let mut text = String::new();
        zip.by_name(&name).unwrap().read_to_string(&mut text).unwrap();
        text
    };
    let outside = |name: &str| {
        let path = folder.path().join(name);
        let run = handover(&["verify", package, "--report", path.to_str().unwrap()]);
        (run.status.code(), std::fs::read_to_string(path).unwrap())
    };
    let mut pages = ["report.html", "certificate.html", "certificate.txt"].map(inside).to_vec();
    pages.extend(["v.html", "v.txt"].map(|name| outside(name).1));
    for page in &pages {
        // In text, lines are broken where they become too long.
        let page = page.split_whitespace().collect::<Vec<_>>().join(" ");
        for wanted in [
            "After go-live",
            "29 February 2028, the last day of the 3 months",
            "30 November 2027; notice given by then",
            "1 December 2027; it ends on 1 March 2028",
            "2028 (31 days).",
            "This package serves the third way",
            "three months after 30 November end with",
        ] {
            assert!(page.contains(wanted), "{wanted}: {page}");
        }
    }

    // What a package that was altered says of itself is not repeated as if it held.
    let mut bytes = std::fs::read(package).unwrap();
    let at = bytes.windows(10).position(|window| window == b"2027-12-01").unwrap();
    bytes[at + 9] = b'2';
    std::fs::write(package, bytes).unwrap();
    let run = handover(&["verify", package]);
    assert_eq!(run.status.code(), Some(1));
    assert!(!text(&run.stdout).contains("After go-live"));
    for name in ["v.html", "v.txt"] {
        let (status, page) = outside(name);
        assert_eq!((status, page.contains("After go-live")), (Some(1), false), "{page}");
    }
}

#[test]
fn a_bag_of_others_tells_no_dates() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    std::fs::create_dir(folder.path().join("data")).unwrap();
    write("bagit.txt", "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n");
    write("bag-info.txt", "Go-Live-Date: 2026-03-02\n");
    write("manifest-sha256.txt", "");
    let run = handover(&["show", folder.path().to_str().unwrap()]);
    let shown = text(&run.stdout);
    assert!(
        shown.contains("Go-Live-Date: 2026-03-02") && !shown.contains("After go-live"),
        "{shown}"
    );
}
