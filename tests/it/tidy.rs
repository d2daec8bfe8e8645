//! The house rules that a compiler does not hold: who may use whom, how long a file may be, and
//! which words stay out.

#![allow(clippy::unwrap_used)]

use handover::finding::Code;
use handover::finding::catalogue::CATALOGUE;
use regex::Regex;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Groups of modules: a module uses only groups further down, never its own.
const GROUPS: &[&[&str]] = &[
    &["cli"],
    &["package", "retrieve", "infer", "compare"],
    &["report", "evidence"],
    &["check", "verify", "import", "lint", "access"],
    &["attribution"],
    &["source", "bag", "proof"],
    &["archive", "schema", "signature"],
    &["finding"],
    &["digest", "path", "pipeline", "spill", "output"],
    &["error"],
];

/// The most lines of a file, its tests aside.
const MOST_LINES: usize = 500;

/// Files that may be longer, and why.
const LONGER: &[(&str, &str)] =
    &[("src/finding/catalogue.rs", "one table of texts, and the few types around it")];

/// Codes without a fixture folder, and why.
const NOT_YET: &[(Code, &str)] = &[
    (Code::SchemaVersion, "made by the test itself, in tests/it/systems.rs"),
    (Code::NameCollision, "made by the test itself, in tests/it/hostile.rs"),
    (Code::UnsafePath, "made by the test itself, in tests/it/hostile_tables.rs"),
    (Code::AmbiguousArchive, "made by the test itself, in tests/it/hostile_tables.rs"),
    (Code::ArchiveLimit, "made by the test itself, in tests/it/hostile_tables.rs"),
    (Code::EncryptedFile, "made by the test itself, in tests/it/hostile_tables.rs"),
    (Code::SwallowedRows, "unclosed-quote tells how many rows a quote would swallow"),
    (
        Code::FieldTooLarge,
        "a cell beyond the limit is too large to keep; made by the test itself, in tests/it/hostile_tables.rs",
    ),
    (Code::AttributionConflict, "made by the test itself, in tests/it/retrieve.rs"),
    (Code::SchemaError, "a wrong descriptor is an error before any check"),
    (Code::BagDeclaration, "found by verify"),
    (Code::ManifestMalformed, "found by verify"),
    (Code::PayloadMissing, "found by verify"),
    (Code::PayloadUnlisted, "found by verify"),
    (Code::TagUnlisted, "found by verify"),
    (Code::DigestMismatch, "found by verify"),
    (Code::OxumMismatch, "found by verify"),
    (Code::TagManifestMissing, "found by verify"),
    (Code::SignatureMissing, "found by verify"),
    (Code::SignatureInvalid, "found by verify"),
    (Code::SignerUnknown, "found by verify"),
    (Code::ProofMismatch, "found by verify"),
    (Code::DescriptorMismatch, "made by the test itself, in tests/it/retrieve.rs"),
    (Code::RowAltered, "made by the test itself, in tests/it/retrieve.rs"),
    (Code::RecordDiffers, "made by the test itself, in tests/it/forged.rs"),
    (Code::FileUnproven, "made by the test itself, in tests/it/forged.rs"),
    (Code::RowForeign, "made by the test itself, in tests/it/retrieve.rs"),
    (Code::RowLeftOut, "made by the test itself, in tests/it/retrieve.rs"),
    (Code::FileLeftOut, "made by the test itself, in tests/it/retrieve.rs"),
    (Code::SourceLeftOut, "made by the test itself, in tests/it/retrieve.rs"),
    (Code::ListAltered, "made by the test itself, in tests/it/retrieve.rs"),
    (Code::RangeUncovered, "made by the test itself, in tests/it/retrieve.rs"),
    (Code::LogBroken, "made by the test itself, in tests/it/retrieve.rs"),
    (Code::IndexStale, "found by retrieve"),
];

/// An extract that shows no finding, but is the generator's: other tests alter copies of it.
const GENERATED: &str = "emis-small";

#[test]
fn modules_use_only_what_stands_below_them() {
    let mut problems = Vec::new();
    for (path, text) in sources() {
        if !matches!(path.as_str(), "main.rs" | "lib.rs") {
            problems.extend(forbidden(&path, &text));
        }
    }
    assert!(problems.is_empty(), "forbidden edges:\n{}", problems.join("\n"));
}

#[test]
fn the_layering_test_sees_what_it_forbids() {
    let found = |path: &str, text: &str| forbidden(path, text).join(", ");
    assert_eq!(found("source/mod.rs", "use crate::check::X;"), "source/mod.rs: source -> check");
    assert_eq!(found("source/zip.rs", "fn f(x: crate::bag::X) {}"), "source/zip.rs: source -> bag");
    assert_eq!(found("new.rs", "use crate::error::X;"), "new.rs: new stands in no group");
    assert_eq!(found("check/mod.rs", "use crate::other::X;"), "check/mod.rs: check -> other");
    for text in ["use crate::{error, path};", "use crate::\n    {error};", "use crate::*;"] {
        assert_eq!(found("check/mod.rs", text), "check/mod.rs: a grouped use of the crate");
    }
    assert_eq!(
        found("check/row/mod.rs", "use super::super::X;"),
        "check/row/mod.rs: super::super hides an edge"
    );
    for path in ["check/mod.rs", "check.rs"] {
        let expected = format!("{path}: super leaves the module");
        assert_eq!(found(path, "use super::report;"), expected);
    }
    assert_eq!(found("check/row.rs", "use handover::X;"), "check/row.rs: the crate by its name");

    for allowed in [
        "use crate::source::X; use crate::check::Y; use crate::error::Z;",
        "// use crate::report::X;\n/* crate::{a} /* super::super */ crate::cli::Y */",
        "/// [`crate::report::X`]\nfn f<'a>(x: &'a str) { g(\"crate::cli::X\", 'c', '\\'') }",
        "const X: &str = r#\"a \" crate::cli::X\"#;",
        "#[cfg(test)]\nmod tests {\n use super::*; use crate::cli::X; fn f() { {} }\n}",
    ] {
        assert_eq!(found("check/row.rs", allowed), "", "{allowed}");
    }
    // What follows a test module is looked at again.
    let text = "#[cfg(test)]\nmod tests { fn f() { {} } }\nuse crate::cli::X;";
    assert_eq!(found("check/row.rs", text), "check/row.rs: check -> cli");
}

/// What a source file uses and may not; `path` is that inside src.
fn forbidden(path: &str, text: &str) -> Vec<String> {
    let code = without_test_modules(&code_of(text));
    let module = path.split(['/', '.']).next().unwrap_or_default();
    let Some(own) = rank(module) else {
        return vec![format!("{path}: {module} stands in no group")];
    };
    let mut problems = BTreeSet::new();
    for used in Regex::new(r"\bcrate\s*::\s*(\w+|\{|\*)").unwrap().captures_iter(&code) {
        match &used[1] {
            "{" | "*" => problems.insert(format!("{path}: a grouped use of the crate")),
            used if used == module => continue,
            used if rank(used).is_some_and(|rank| rank > own) => continue,
            used => problems.insert(format!("{path}: {module} -> {used}")),
        };
    }
    if Regex::new(r"\bsuper\s*::\s*super\b").unwrap().is_match(&code) {
        problems.insert(format!("{path}: super::super hides an edge"));
    }
    let is_top = path == format!("{module}.rs") || path == format!("{module}/mod.rs");
    // `pub(super)` stays inside; `super::` does not.
    if is_top && Regex::new(r"\bsuper\s*::").unwrap().is_match(&code) {
        problems.insert(format!("{path}: super leaves the module"));
    }
    if Regex::new(r"\bhandover\s*::").unwrap().is_match(&code) {
        problems.insert(format!("{path}: the crate by its name"));
    }
    problems.into_iter().collect()
}

fn rank(module: &str) -> Option<usize> {
    GROUPS.iter().position(|group| group.contains(&module))
}

/// Rust source without comments and without the content of strings and characters.
fn code_of(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    let mut code = String::new();
    let mut i = 0;
    while i < chars.len() {
        match (at(i), at(i + 1)) {
            ('/', '/') => {
                while i < chars.len() && at(i) != '\n' {
                    i += 1;
                }
            }
            ('/', '*') => {
                let mut depth = 0;
                loop {
                    match (at(i), at(i + 1)) {
                        ('/', '*') => (depth, i) = (depth + 1, i + 2),
                        ('*', '/') => (depth, i) = (depth - 1, i + 2),
                        _ => i += 1,
                    }
                    if depth == 0 || i >= chars.len() {
                        break;
                    }
                }
            }
            ('r', '"' | '#') if !code.ends_with(|c: char| c.is_alphanumeric() || c == '_') => {
                let hashes = chars[i + 1..].iter().take_while(|c| **c == '#').count();
                if at(i + 1 + hashes) != '"' {
                    code.push('r');
                    i += 1;
                    continue;
                }
                i += 2 + hashes;
                let is_end = |i: usize| at(i) == '"' && (1..=hashes).all(|h| at(i + h) == '#');
                while i < chars.len() && !is_end(i) {
                    i += 1;
                }
                i += 1 + hashes;
                code.push_str("\"\"");
            }
            ('"', _) => {
                i += 1;
                while i < chars.len() && at(i) != '"' {
                    i += if at(i) == '\\' { 2 } else { 1 };
                }
                i += 1;
                code.push_str("\"\"");
            }
            ('\'', '\\') => {
                i += 3;
                while i < chars.len() && at(i) != '\'' {
                    i += 1;
                }
                i += 1;
            }
            ('\'', _) if at(i + 2) == '\'' => i += 3,
            (c, _) => {
                code.push(c);
                i += 1;
            }
        }
    }
    code
}

/// Code (without strings) without its `#[cfg(test)] mod … { … }`.
fn without_test_modules(code: &str) -> String {
    let head =
        Regex::new(r"#\[cfg\(test\)\]\s*(#\[[^\]]*\]\s*)*(pub(\([^)]*\))?\s+)?mod\s+\w+\s*\{")
            .unwrap();
    let mut rest = code.to_owned();
    while let Some(found) = head.find(&rest) {
        let mut depth = 1_usize;
        let length = rest[found.end()..].find(|c: char| {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            depth == 0
        });
        let end = length.map_or(rest.len(), |length| found.end() + length + 1);
        rest.replace_range(found.start()..end, "");
    }
    rest
}

#[test]
fn no_file_is_longer_than_its_reason() {
    let mut longer: Vec<&str> = Vec::new();
    for (path, text) in sources() {
        let lines = text.lines().take_while(|line| line.trim() != "#[cfg(test)]").count();
        let allowed = LONGER.iter().find(|(file, _)| *file == format!("src/{path}"));
        match allowed {
            Some((file, _)) if lines > MOST_LINES => longer.push(file),
            _ => assert!(lines <= MOST_LINES, "src/{path} has {lines} lines: split it"),
        }
    }
    for (file, reason) in LONGER {
        assert!(longer.contains(file), "{file} is no longer too long: drop it here");
        assert!(!reason.is_empty());
    }
}

#[test]
fn words_that_stay_out() {
    // Put together here, so that this file does not hold them.
    let marks = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("todo", "!")];
    let marks = Regex::new(&format!(r"\b({}\b|{}\b|{})", marks[0], marks[1], marks[2])).unwrap();
    let places = Regex::new(concat!(r"(^|[^\w.])/(work", r"\b|tm", "p/)")).unwrap();
    let mut problems = Vec::new();
    let mut seen = 0;
    for path in text_files() {
        let Ok(text) = fs::read_to_string(root().join(&path)) else { continue };
        seen += 1;
        for (at, line) in text.lines().enumerate() {
            for rule in [&marks, &places] {
                if let Some(found) = rule.find(line) {
                    problems.push(format!("{path}:{}: {}", at + 1, found.as_str()));
                }
            }
        }
    }
    assert!(seen > 10, "the files of the project were not found");
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn every_code_that_check_finds_has_a_fixture() {
    let not_yet: BTreeSet<&str> = NOT_YET.iter().map(|(code, _)| code.name()).collect();
    assert_eq!(not_yet.len(), NOT_YET.len(), "a code stands twice in NOT_YET");
    let folder = root().join("fixtures/extracts");
    let Ok(entries) = fs::read_dir(&folder) else {
        return skip("no fixtures of extracts yet");
    };
    let mut covered: BTreeSet<&str> = BTreeSet::new();
    let mut problems = Vec::new();
    let mut folders = 0;
    for entry in entries.map(Result::unwrap).filter(|entry| entry.path().is_dir()) {
        folders += 1;
        let name = entry.file_name().into_string().unwrap();
        let codes = CATALOGUE.iter().map(|entry| entry.name);
        let code = codes.filter(|code| is_fixture_of(&name, code)).max_by_key(|code| code.len());
        match code {
            Some(code) => _ = covered.insert(code),
            None if name.starts_with("valid-") || name == GENERATED => {}
            None => problems.push(format!("{name} begins with no code and not with valid-")),
        }
    }
    if folders == 0 {
        return skip("no fixtures of extracts yet");
    }
    for code in CATALOGUE.iter().map(|entry| entry.name) {
        match (covered.contains(code), not_yet.contains(code)) {
            (true, true) => problems.push(format!("{code} has a fixture: drop it from NOT_YET")),
            (false, false) => problems.push(format!("{code} has no fixture")),
            _ => {}
        }
    }
    assert!(problems.is_empty(), "fixtures/extracts:\n{}", problems.join("\n"));
}

/// Says that a test had nothing to look at.
#[expect(clippy::print_stderr, reason = "a test that is passed over says so")]
fn skip(reason: &str) {
    eprintln!("skipped: {reason}");
}

/// Whether a folder is called after a code: the code itself, or the code, a hyphen and more.
fn is_fixture_of(folder: &str, code: &str) -> bool {
    folder.strip_prefix(code).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The source files that are no tests: path inside src, and text.
fn sources() -> Vec<(String, String)> {
    let mut found = Vec::new();
    walk(&root().join("src"), &mut found);
    let relative = |path: &Path| {
        let inside = path.strip_prefix(root().join("src")).unwrap();
        inside.to_str().unwrap().replace('\\', "/")
    };
    let found: Vec<(String, String)> = found
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .filter(|path| !relative(path).split('/').any(|part| part == "tests" || part == "tests.rs"))
        .map(|path| (relative(&path), fs::read_to_string(&path).unwrap()))
        .collect();
    assert!(found.len() > 10, "the sources were not found");
    found
}

/// Files that people of the project wrote: code, configuration, documents.
fn text_files() -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root()).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        match entry.path().is_dir() {
            true if !matches!(name.as_str(), ".git" | "target" | "fixtures") => {
                walk(&entry.path(), &mut found);
            }
            false if !matches!(name.as_str(), ".git" | "Cargo.lock") => found.push(entry.path()),
            _ => {}
        }
    }
    let kinds = ["rs", "md", "toml", "json", "yml", "yaml", "sh", "py", "txt", ""];
    let is_text = |path: &PathBuf| {
        let kind = path.extension().map(|kind| kind.to_string_lossy().into_owned());
        kinds.contains(&kind.unwrap_or_default().as_str())
    };
    let relative =
        |path: PathBuf| path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
    found.into_iter().filter(is_text).map(relative).collect()
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        match path.is_dir() {
            true if path.file_name().is_some_and(|name| name == "target") => {}
            true => walk(&path, found),
            false => found.push(path),
        }
    }
    found.sort();
}
