//! Every error that the program can give is given: by a transcript in `tests/cmd`, by a command here,
//! by a test that is named, or it stands in a list with the reason why it cannot be made to happen.

use crate::support::{copy, folder, program, root, skip};
use regex::Regex;
use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

/// Functions that make an error of the text they are given, by file.
const MAKERS: &[(&str, &[&str])] = &[
    ("src/access/facts.rs", &["wrong("]),
    ("src/access/prices.rs", &["usage("]),
    ("src/access/sheet.rs", &["wrong(", "damaged("]),
    ("src/package/metadata.rs", &["wrong("]),
    ("src/report/baseline.rs", &["wrong("]),
    ("src/signature/private.rs", &["wrong("]),
    ("src/signature/signers.rs", &["Err(", "ok_or("]),
    ("src/source/sheet.rs", &["no_document("]),
];

/// Errors that other tests provoke: the text, and the test's file and name.
const ELSEWHERE: &[(&str, &str, &str)] = &[
    ("holds cells beyond {limit}", "tests/it/access.rs", "cells_far_apart_do_not_end_the_process"),
    (
        "unpacks to more than the 128 MB",
        "tests/it/access.rs",
        "a_workbook_that_unpacks_to_too_much_is_refused",
    ),
    (
        "months are more than the",
        "src/access/calendar/tests.rs",
        "dates_and_periods_beyond_reason_are_refused",
    ),
    ("cannot bring to the disk the name of", "tests/long/crash.py", "\"fsync\""),
    ("cannot read temporary data from", "tests/long/crash.py", "\"pread64\""),
    (
        "did not read back as it was written",
        "tests/it/disk.rs",
        "what_does_not_reach_the_disk_as_it_was_written_is_found_and_nothing_is_left",
    ),
    (
        "could not be packed: {what}",
        "src/package/packer.rs",
        "a_block_that_does_not_unpack_to_what_it_was_is_refused",
    ),
];

/// Errors that no command brings about here, and why.
const UNREACHED: &[(&str, &str)] = &[
    (
        "the proofs of so many rows are larger than whoever verifies them reads",
        "would take a patient with three million rows",
    ),
    ("the passphrases differ; no key was made", "it is asked for on a terminal"),
    ("the passphrase is empty", "it is asked for on a terminal; in a file it is told otherwise"),
    ("{} cannot be opened", "a container whose bytes are proven was opened when it was packaged"),
    ("cannot open ", "a file that was looked at a moment before is gone or forbidden since"),
    (
        "cannot read the folder ",
        "a folder that was found a moment before is gone or forbidden since",
    ),
    ("cannot find ", "the system does not tell where the running program lies"),
    ("cannot run ", "the program's own file is gone while it runs"),
    ("cannot limit the memory of ", "in the child process that reads a workbook, by the system"),
    ("cannot answer on ", "in the child process that reads a workbook, whose parent is gone"),
    ("cannot read the carried schema", "what is compiled in is read by a test of each"),
    ("the cost is more than can be counted", "the limits of the options keep it below"),
    ("its reader failed", "a panic in a library on a workbook; none is known to bring it about"),
    ("its list of groups is larger than 64 MiB", "the limits of sheets and their cells come first"),
    ("what {from} says makes no sound descriptor", "an importer would have to write a wrong one"),
];

/// The static parts of a text with placeholders.
fn parts(text: &str) -> Vec<String> {
    let placeholder = Regex::new(r"\{[^{}]*\}").unwrap();
    placeholder.split(text).map(str::to_owned).collect()
}

fn letters(text: &str) -> usize {
    text.chars().filter(|c| c.is_alphabetic()).count()
}

/// The string literals of a piece of source, as they are.
fn literals(source: &str) -> Vec<String> {
    let literal = Regex::new(r#"(?s)"((?:[^"\\]|\\.)*)""#).unwrap();
    let folded = Regex::new(r"\\\n\s*").unwrap();
    let clean = |text: &str| folded.replace_all(text, "").replace("\\\"", "\"");
    literal.captures_iter(source).map(|found| clean(&found[1])).collect()
}

/// What stands between the parenthesis that ends at `open` and its partner.
fn arguments(source: &str, open: usize) -> &str {
    let (mut depth, mut in_text, mut is_escaped) = (1, false, false);
    for (at, c) in source[open..].char_indices() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' if in_text => is_escaped = true,
            '"' => in_text = !in_text,
            _ if in_text => {}
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &source[open..open + at];
        }
    }
    panic!("a call is never closed");
}

/// Every text of an error or of its hint, with its place.
fn texts() -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    let mut rest = vec![root().join("src")];
    while let Some(path) = rest.pop() {
        if path.is_dir() {
            rest.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let name = path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
        if !name.ends_with(".rs") || name.ends_with("tests.rs") || name == "src/error.rs" {
            continue;
        }
        let source = fs::read_to_string(&path).unwrap();
        let source = source.split("#[cfg(test)]\nmod tests").next().unwrap();
        let own = MAKERS.iter().find(|(file, _)| *file == name).map_or(&[][..], |(_, own)| own);
        for call in ["Error::new(", "Error::io("].iter().chain(own) {
            for (at, _) in source.match_indices(call) {
                let before = &source[..at];
                let is_part = before.ends_with(|c: char| c.is_alphanumeric() || "_:".contains(c));
                if is_part || before.ends_with("fn ") {
                    continue;
                }
                let given = arguments(source, at + call.len());
                let mut inside = literals(given);
                if *call == "Error::io(" {
                    inside = vec![format!("cannot {} ", inside[0])];
                } else if inside.is_empty() && given.contains("message") {
                    let begin = ["let message", "let (message"];
                    let begin = begin.iter().filter_map(|begin| before.rfind(begin)).max();
                    inside = begin.map(|begin| literals(&before[begin..])).unwrap_or_default();
                    let is_maker = own.iter().any(|maker| {
                        let named = before.rfind(&format!("fn {maker}"));
                        let closure =
                            before.rfind(&format!("let {} = |", maker.trim_end_matches('(')));
                        named.max(closure).is_some_and(|begin| at - begin < 300)
                    });
                    assert!(
                        is_maker || !inside.is_empty(),
                        "{name}: what does {call}{given}) say?"
                    );
                }
                let line = before.matches('\n').count() + 1;
                let own = inside
                    .into_iter()
                    .filter(|text| letters(&parts(text).concat()) >= 6 && text.contains(' '));
                found.extend(own.map(|text| (text, format!("{name}:{line}"))));
            }
        }
    }
    found
}

/// The lines of all transcripts that tell an error or a hint.
fn transcribed() -> String {
    let mut lines = String::new();
    let mut rest = vec![root().join("tests/cmd")];
    while let Some(path) = rest.pop() {
        if path.is_dir() {
            rest.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|e| e == "trycmd" || e == "stderr") {
            let text = fs::read_to_string(&path).unwrap();
            let told =
                text.lines().filter(|line| line.contains("error: ") || line.contains("hint: "));
            told.for_each(|line| lines.push_str(&format!("{line}\n")));
        }
    }
    lines
}

/// Where commands are run that cannot do their job.
struct Place {
    folder: tempfile::TempDir,
    said: String,
}

impl Place {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path(name), bytes).unwrap();
    }

    /// Runs a command line; words are parted by single spaces, `%` in a word stands for a blank.
    fn command(&self, line: &str) -> Command {
        let mut command = program();
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        command.args(line.split(' ').map(|word| word.replace('%', " ")));
        command
    }

    /// Runs a command that must say `error` in its one line, with status 2.
    fn fails(&mut self, line: &str, error: &str) {
        let output = self.command(line).output().unwrap();
        self.failed(line, error, &output);
    }

    fn failed(&mut self, line: &str, error: &str, output: &Output) {
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{line}: {told}");
        let lines: Vec<&str> = told.lines().collect();
        let errors: Vec<&&str> =
            lines.iter().filter(|l| l.starts_with("handover: error: ")).collect();
        assert_eq!(errors.len(), 1, "{line}: {told}");
        assert!(errors[0].contains(error), "{line}: {told}\nand not {error}");
        self.said.push_str(&told);
    }
}

fn workbook(path: &Path, sheet: &str, rows: &[&[&str]]) {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet().set_name(sheet).unwrap();
    for (at, row) in (0_u32..).zip(rows) {
        for (column, cell) in (0_u16..).zip(*row) {
            sheet.write_string(at, column, *cell).unwrap();
        }
    }
    book.save(path).unwrap();
}

fn provoked() -> String {
    let mut at = Place { folder: folder(&[]), said: String::new() };
    for name in ["clean", "people", "notes.txt", "pass.txt"] {
        let from = root().join("tests/cmd/cli.in").join(name);
        match from.is_dir() {
            true => copy(&from, &at.path(name)),
            false => drop(fs::copy(from, at.path(name)).unwrap()),
        }
    }
    prices(&mut at);
    facts(&mut at);
    keys(&mut at);
    signers(&mut at);
    descriptors_and_documents(&mut at);
    baselines(&mut at);
    retrievals(&mut at);
    outputs(&mut at);
    changes(&mut at);
    at.said
}

fn prices(at: &mut Place) {
    let plan = |rest: &str| format!("access-plan --years 1 --requests-per-year 1 {rest}");
    let sheet = "Supplier,Service,Price,Per\nA,full support,1,year\n";
    at.write("p.csv", sheet);
    let live = "--go-live 2026-03-02";
    at.fails(&plan("--prices p.csv --go-live 9999-12-31"), "the dates lie beyond the calendar");
    at.write("no-rows.csv", sheet.split_inclusive('\n').next().unwrap());
    at.fails(
        &plan(&format!("--prices no-rows.csv {live}")),
        "no row below the headings is a price",
    );
    at.write("page.xls", "<html><table></table></html>");
    at.fails(&plan(&format!("--prices page.xls {live}")), "it is a web page or XML");
    at.write("noise.xls", [0, 1, 2, 3, 255, 0]);
    at.fails(&plan(&format!("--prices noise.xls {live}")), "it is neither a workbook nor CSV");
    at.write("open.csv", format!("{sheet}\"B,full support,1,year\n"));
    at.fails(
        &plan(&format!("--prices open.csv {live}")),
        "the quote that opens in row 3 is never closed",
    );
    fs::File::create(at.path("large.csv")).unwrap().set_len(21 << 20).unwrap();
    at.fails(&plan(&format!("--prices large.csv {live}")), "is larger than the 20 MB");
    fs::copy(root().join("fixtures/workbooks/protected.ods"), at.path("locked.ods")).unwrap();
    at.fails(&plan(&format!("--prices locked.ods {live}")), "is protected by a password");
    workbook(&at.path("p.xlsx"), "Prices", &[&["Supplier"]]);
    at.fails(
        &plan(&format!("--prices p.xlsx {live} --report p.xlsx")),
        "the report p.xlsx would replace the price sheet",
    );
    // A part whose compressed bytes are none; and a workbook that lacks what it needs.
    let mut bytes = fs::read(at.path("p.xlsx")).unwrap();
    let begin = memchr::memmem::find(&bytes, b"xl/worksheets/sheet1.xml").unwrap() + 24;
    bytes[begin..begin + 40].fill(0xff);
    at.write("torn.xlsx", bytes);
    at.fails(
        &plan(&format!("--prices torn.xlsx {live}")),
        "is damaged: a part of it cannot be unpacked",
    );
    at.write(
        "empty.ods",
        zipped("content.xml", b"<?xml version=\"1.0\"?><office:document-content/>"),
    );
    at.fails(&plan(&format!("--prices empty.ods {live}")), "empty.ods");
}

/// A zip archive of one stored file.
fn zipped(name: &str, content: &[u8]) -> Vec<u8> {
    let mut at = 0_u32;
    let mut out = Vec::new();
    let crc = {
        let mut crc = !0_u32;
        for byte in content {
            crc ^= u32::from(*byte);
            for _ in 0..8 {
                crc = (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg());
            }
        }
        !crc
    };
    let size = u32::try_from(content.len()).unwrap();
    let length = u16::try_from(name.len()).unwrap();
    for central in [false, true] {
        let begin = u32::try_from(out.len()).unwrap();
        out.extend(if central { *b"PK\x01\x02\x14\0\x14\0" } else { *b"PK\x03\x04\x14\0\0\0" });
        out.truncate(out.len() - if central { 0 } else { 2 });
        out.extend([0, 0, 0, 0, 0, 0, 0x21, 0]);
        [crc, size, size].iter().for_each(|number| out.extend(number.to_le_bytes()));
        out.extend(length.to_le_bytes());
        out.extend([0, 0]);
        if central {
            out.extend([0; 10]);
            out.extend([0; 4]);
        }
        out.extend(name.as_bytes());
        if !central {
            out.extend(content);
            at = u32::try_from(out.len()).unwrap();
        } else {
            let length = u32::try_from(out.len()).unwrap() - begin;
            out.extend(*b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
            out.extend(length.to_le_bytes());
            out.extend(at.to_le_bytes());
            out.extend([0, 0]);
        }
    }
    out
}

fn facts(at: &mut Place) {
    let mut info = |given: &str, error: &str| {
        at.fails(&format!("package clean --output P.zip {given}"), error);
    };
    info("--info Go-Live=2026-03-02", "--info Go-Live: this fact is called go-live");
    info(
        "--info go-live=2026-03-02 --info go-live=2026-03-02",
        "--info go-live: it is given twice",
    );
    info("--info notice-given=2026-03-02", "it says nothing without the day of go-live");
    info(
        "--info go-live=2026-03-02 --info notice-months=x",
        "--info notice-months: not a number of months",
    );
    info("--info note=a\u{7}b", "--info note: the value is not one line of text");
    let output = at.command("check clean").env("SOURCE_DATE_EPOCH", "today").output().unwrap();
    at.failed("check", "SOURCE_DATE_EPOCH is not a number of seconds", &output);
}

fn keys(at: &mut Place) {
    fs::File::create(at.path("large")).unwrap().set_len(17 << 20).unwrap();
    at.write("blank", "\n");
    at.fails("key generate k --passphrase-file large", "large is too large for what it should be");
    at.fails("key generate k --passphrase-file blank", "the first line of blank is empty");
    at.fails("key generate people --no-passphrase", "cannot write people: it is a folder");
    at.fails("key generate k", "a passphrase is needed, and there is no terminal to ask on");
    let mut sign = |name: &str, text: &str, error: &str| {
        at.write(name, text);
        at.fails(&format!("package clean --output P.zip --sign {name}"), error);
    };
    sign(
        "k.ppk",
        "PuTTY-User-Key-File-3: ssh-ed25519\n",
        "the file is a key of PuTTY, not of OpenSSH",
    );
    sign("k.pub", "ssh-ed25519 AAAA a\n", "the file holds a public key");
    sign(
        "k.pem",
        "-----BEGIN RSA PRIVATE KEY-----\n",
        "the file is not a secret key in OpenSSH's form",
    );
    for (name, options, error) in [
        ("ecdsa", &["-t", "ecdsa", "-N", ""][..], "the key is not an Ed25519 key"),
        (
            "other-cipher",
            &["-t", "ed25519", "-N", "secret", "-Z", "chacha20-poly1305@openssh.com"],
            "the key is encrypted in a way that is not supported",
        ),
        ("locked", &["-t", "ed25519", "-N", "secret"], "the passphrase is wrong"),
    ] {
        let made = Command::new("ssh-keygen")
            .args(["-q", "-f", name])
            .args(options)
            .current_dir(at.folder.path())
            .stdin(Stdio::null())
            .status();
        if !made.is_ok_and(|status| status.success()) {
            skip("ssh-keygen cannot be had, which makes keys that are refused");
            at.said.push_str(&format!("error: {error}\n"));
            continue;
        }
        at.fails(
            &format!("package clean --output P.zip --sign {name} --passphrase-file pass.txt"),
            error,
        );
    }
}

fn signers(at: &mut Place) {
    let package = at.command("package clean --output signed.zip").output().unwrap();
    assert_eq!(package.status.code(), Some(0), "{}", String::from_utf8_lossy(&package.stderr));
    let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ5lmKzTnhYXRPnOBWBbVCuLdr1uLkjR0xXV2SBBUJhs";
    let weak = format!("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{}", "A".repeat(43));
    for (list, error) in [
        (format!("\"me {key}"), "a quotation mark is not closed"),
        ("me cert-authority".to_owned(), "it does not have a name, options if any, and a key"),
        (format!("me {weak}"), "its key is damaged, or one for which anyone can make signatures"),
        (
            format!("me namespaces=handover {key}"),
            "the value of an option is not in quotation marks",
        ),
        (format!("me valid-after=\"soon\" {key}"), "a time is not as 20261123 or 20261123082618Z"),
        (
            format!("me valid-after=\"20260102\";valid-before=\"20260101\" {key}"),
            "options are not parted by commas",
        ),
        (
            format!("me valid-after=\"20260102\",valid-before=\"20260101\" {key}"),
            "it is valid before it is valid after",
        ),
    ] {
        at.write("signers", list + "\n");
        at.fails("verify signed.zip --signers signers", error);
    }
    // As long as a file may be, and longer once its bytes are text.
    at.write("signers", vec![0xff; 16 << 20]);
    at.fails("verify signed.zip --signers signers", "the list of signers is too large");
}

fn descriptors_and_documents(at: &mut Place) {
    let resource = |hash: &str| {
        format!(
            r#"{{"name": "a", "resources": [{{"name": "t", "path": "t.csv", "hash": "{hash}"}}]}}"#
        )
    };
    for (hash, error) in [
        ("crc:12".to_owned(), "\"crc\" is no algorithm that we know"),
        (format!("sha256:{}", "g".repeat(64)), "has a character that is no hexadecimal digit"),
        ("sha256:12".to_owned(), "a sha256 digest has 64 hexadecimal digits, not 2"),
        ("12".to_owned(), "a md5 digest has 32 hexadecimal digits, not 2"),
    ] {
        at.write("hash.json", resource(&hash));
        at.fails("check clean --schema hash.json", error);
    }
    at.write("no-names.csv", "Type,Mandatory,Length\nstring,Y,10\n");
    at.fails("schema import no-names.csv", "and none of a field's name");
    at.write("noise.bin", [0, 1, 2, 3, 255, 0]);
    at.fails("schema import noise.bin", "it is neither a workbook nor delimited text");
    at.write("open.txt", "field,type\n\"id,integer\n");
    at.fails("schema import open.txt", "the quote that opens in row 2 is never closed");
    fs::create_dir(at.path("empty")).unwrap();
    at.fails("schema import empty", "there is no sheet and no delimited file in it");
    at.fails("schema infer empty", "holds no delimited file and no sheet");
    fs::copy(at.path("torn.xlsx"), at.path("torn-too.xlsx")).unwrap();
    at.fails("schema import torn-too.xlsx", "is damaged or cut off");
    fs::File::create(at.path("huge.csv")).unwrap().set_len(129 << 20).unwrap();
    at.fails("schema import huge.csv", "huge.csv holds more than");
    at.fails("check people --max-files 1", "holds more than 1 files");
    at.fails("check /dev/null", "/dev/null is neither a folder nor a file");
    at.fails("verify /dev/null", "/dev/null is neither a file nor a folder");
}

fn baselines(at: &mut Place) {
    let heads =
        ["Code", "Table", "File", "Columns", "Particulars", "Times", "Status", "Owner", "Comment"];
    let row = ["type-error", "t", "t.csv", "a", "", "many", "Accepted", "me", "known"];
    workbook(&at.path("other-sheet.xlsx"), "Causes", &[&heads]);
    at.fails("check clean --baseline other-sheet.xlsx", "it has no sheet \"Groups\"");
    workbook(&at.path("no-column.xlsx"), "Groups", &[&heads[..8]]);
    at.fails(
        "check clean --baseline no-column.xlsx",
        "the sheet \"Groups\" has no column \"Comment\"",
    );
    workbook(&at.path("no-number.xlsx"), "Groups", &[&heads, &row]);
    at.fails(
        "check clean --baseline no-number.xlsx",
        "row 2 of the sheet \"Groups\": Times is no number",
    );
    fs::File::create(at.path("large.json")).unwrap().set_len(65 << 20).unwrap();
    at.fails(
        "check clean --baseline large.json",
        "it is larger than the 64 MiB that a list may have",
    );
    let mut bytes = fs::read(at.path("no-number.xlsx")).unwrap();
    let begin = memchr::memmem::find(&bytes, b"xl/worksheets/sheet1.xml").unwrap() + 24;
    bytes[begin..begin + 40].fill(0xff);
    at.write("torn-list.xlsx", bytes);
    at.fails(
        "check clean --baseline torn-list.xlsx",
        "the workbook is damaged, or cannot be read safely",
    );
}

fn retrievals(at: &mut Place) {
    let made = at.command("package people --output L.zip --quiet").output().unwrap();
    assert_eq!(made.status.code(), Some(0), "{}", String::from_utf8_lossy(&made.stderr));
    let who = "--reason claim --requested-by me --output E.zip";
    at.fails(&format!("retrieve L.zip --patient - {who}"), "standard input has no identifier");
    at.fails(
        &format!("retrieve L.zip --patient 1 {who} --log absent/log.jsonl"),
        "cannot write the log",
    );
    assert!(!at.path("E.zip").exists(), "an export that no log tells of");
    let log =
        at.command(&format!("retrieve L.zip --patient 1 {who} --log log.jsonl")).output().unwrap();
    assert_eq!(log.status.code(), Some(0), "{}", String::from_utf8_lossy(&log.stderr));
    at.fails("verify log.jsonl --report log.html", "log.jsonl: --report is not for a log");

    // A key of two parts, of which one alone names two people.
    let field = |name: &str| format!(r#"{{"name": "{name}"}}"#);
    let schema = format!(
        r#"{{"name": "two", "resources": [{{"name": "patient", "path": "patient.csv", "handover": {{"role": "patient"}},
        "schema": {{"primaryKey": ["practice", "id"], "fields": [{}, {{"name": "id", "handover": {{"role": "patient"}}}}]}}}}]}}"#,
        field("practice")
    );
    let two = folder(&[
        ("datapackage.json", schema.as_bytes()),
        ("patient.csv", b"practice,id\nA,1\nB,1\n"),
    ]);
    copy(two.path(), &at.path("two"));
    let made = at.command("package two --output two.zip --quiet --accept a%test").output().unwrap();
    assert_eq!(made.status.code(), Some(0), "{}", String::from_utf8_lossy(&made.stderr));
    let other = who.replace("E.zip", "F.zip");
    at.fails(
        &format!("retrieve two.zip --patient 1 {other}"),
        "the identifier is that of several patients",
    );

    // A package without its secret, or without its descriptor, is one no more; its rows stay unread.
    for (part, error) in [
        ("proof/secret.txt", "has no row proofs"),
        ("metadata/descriptor.json", "the package has no descriptor"),
    ] {
        let bag = unpacked(&at.path("L.zip"), &at.path(&part.replace('/', "-")));
        fs::remove_file(bag.join(part)).unwrap();
        let bag = bag.strip_prefix(at.folder.path()).unwrap().display().to_string();
        at.fails(&format!("retrieve {bag} --patient 1 {other}"), error);
        at.fails(
            &format!("verify {bag} --report {bag}/data/page.html"),
            "page.html would be written into the package",
        );
    }
    // A file that holds another: its rows cannot be read one by one.
    let line = "package two --output few.zip --memory 1M --quiet --accept a%test";
    let mut rows = String::from("practice,id\n");
    (0..9_000).for_each(|number| rows.push_str(&format!("A,{number}\n")));
    at.write("two/patient.csv", rows);
    at.fails(line, "there are more patients than --memory has room for");
}

/// The folder of a package, unpacked.
fn unpacked(package: &Path, to: &Path) -> PathBuf {
    let mut archive = zip::ZipArchive::new(fs::File::open(package).unwrap()).unwrap();
    let mut top = None;
    for number in 0..archive.len() {
        let mut part = archive.by_index(number).unwrap();
        let path = to.join(part.name().unwrap().to_string());
        top.get_or_insert_with(|| path.strip_prefix(to).unwrap().iter().next().unwrap().to_owned());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::io::copy(&mut part, &mut fs::File::create(path).unwrap()).unwrap();
    }
    to.join(top.unwrap())
}

fn outputs(at: &mut Place) {
    at.fails("check people --rejects notes.txt/rejects", "cannot make notes.txt/rejects");
    #[cfg(target_os = "linux")]
    {
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let output = at.command("check clean").stdout(full).output().unwrap();
        at.failed("standard output", "cannot write to standard output: the disk is full", &output);
        // A folder into which nobody can write, not even root.
        let line = "package people --output R.zip --temp-dir /proc/self/fdinfo --memory 1M";
        at.fails(line, "cannot write temporary data to /proc/self/fdinfo");
    }
    #[cfg(not(target_os = "linux"))]
    at.said.push_str(
        "error: cannot write to standard output\nerror: cannot write temporary data to x\n",
    );
}

/// Runs a command again and again, with more time each before `spoil` is called, and from then on
/// every millisecond, until its input is spoilt while it is read.
fn spoilt(at: &mut Place, line: &str, error: &str, make: &dyn Fn(&Path), spoil: &dyn Fn(&Path)) {
    let path = at.path(line.split(' ').nth(1).unwrap());
    for wait in (0..150).map(|n| 4 * n) {
        make(&path);
        let mut child =
            at.command(line).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(wait));
        while child.try_wait().unwrap().is_none() {
            spoil(&path);
            std::thread::sleep(Duration::from_millis(1));
        }
        let output = child.wait_with_output().unwrap();
        // What is spoilt after the last look at it is told otherwise, or not at all.
        if String::from_utf8_lossy(&output.stderr).contains(error) {
            return at.failed(line, error, &output);
        }
    }
    panic!("{line} never noticed that its input changed");
}

fn changes(at: &mut Place) {
    let grow = |path: &Path| {
        let file = if path.is_dir() { path.join("data/t.csv") } else { path.to_path_buf() };
        fs::File::options().append(true).open(file).unwrap().write_all(b"1\n").unwrap();
    };
    let rows = "1\n".repeat(4 << 20);
    let table = |path: &str| {
        let schema = r#"{"fields": [{"name": "1", "type": "integer"}]}"#;
        format!(r#"{{"name": "{path}", "path": "{path}", "schema": {schema}}}"#)
    };
    let tables = format!("{}, {}", table("grows.csv"), table("t.csv"));
    at.write("one.json", format!(r#"{{"name": "one", "resources": [{tables}]}}"#));
    spoilt(
        at,
        "check grows.csv --quiet --schema one.json",
        "grows.csv changed while it was read",
        &|path| fs::write(path, &rows).unwrap(),
        &grow,
    );
    spoilt(
        at,
        "verify bag --quiet",
        "t.csv changed while it was read",
        &|path| {
            fs::create_dir_all(path.join("data")).unwrap();
            fs::write(path.join("data/t.csv"), &rows).unwrap();
            fs::write(
                path.join("bagit.txt"),
                "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
            )
            .unwrap();
            let line = format!("{}  data/t.csv\n", "0".repeat(128));
            fs::write(path.join("manifest-sha512.txt"), line).unwrap();
        },
        &grow,
    );
    let whole = zipped("t.csv", rows.as_bytes());
    spoilt(
        at,
        "check shrinks.zip --quiet --schema one.json",
        "shrinks.zip became shorter while it was read",
        &|path| fs::write(path, &whole).unwrap(),
        &|path| {
            let file = fs::File::options().write(true).open(path).unwrap();
            if file.metadata().unwrap().len() > 100 {
                file.set_len(100).unwrap();
            }
        },
    );
}

#[test]
#[cfg(unix)]
fn every_error_text_is_given_or_its_absence_has_a_reason() {
    let said = transcribed() + &provoked();
    let mut used = BTreeSet::new();
    let mut missing = Vec::new();
    for (text, place) in texts() {
        // A descriptor's mistake is told with its place, which says "hash" already.
        let text = text.trim_start_matches("hash: ").to_owned();
        let pattern: Vec<String> = parts(&text).iter().map(|part| regex::escape(part)).collect();
        if Regex::new(&pattern.join(".*")).unwrap().is_match(&said) {
            continue;
        }
        let elsewhere = ELSEWHERE.iter().find(|(part, ..)| text.contains(part));
        let unreached = UNREACHED.iter().find(|(part, _)| text.contains(part));
        match (elsewhere, unreached) {
            (Some((part, file, test)), _) => {
                let source = fs::read_to_string(root().join(file)).unwrap();
                assert!(source.contains(test), "{file} has no {test}");
                used.insert(*part);
            }
            (_, Some((part, _))) => drop(used.insert(*part)),
            _ => missing.push(format!("{place}: {text}")),
        }
    }
    assert!(missing.is_empty(), "no transcript, no test, no reason:\n{}", missing.join("\n"));
    let listed = ELSEWHERE.iter().map(|(part, ..)| *part);
    let needless: Vec<&str> = listed
        .chain(UNREACHED.iter().map(|(part, _)| *part))
        .filter(|part| !used.contains(part))
        .collect();
    assert!(needless.is_empty(), "listed, and met or gone: {needless:#?}");
}
