//! What several tests share.

use handover::check::select::{self, Chosen};
use handover::check::{self, Options, Outcome};
use handover::report::{Report, Samples, json};
use handover::schema::value::Date;
use handover::source::{Extract, Limits};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The project's folder.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The small extract that the generator makes.
pub fn emis_small() -> PathBuf {
    root().join("fixtures/extracts/emis-small")
}

/// Defaults with a fixed key, all examples kept.
pub fn options() -> Options {
    let mut options = Options::new([7; 16], std::env::temp_dir());
    options.samples = 1000;
    options.today = Date::new(2026, 3, 31);
    options
}

/// An extract and the schema that it carries.
pub fn opened(path: &Path) -> (Extract, Option<Chosen>) {
    let extract = Extract::open(path, &Limits::default()).unwrap();
    let chosen = select::found(&extract).unwrap();
    (extract, chosen)
}

/// Checks what lies at `path` against the schema that it carries.
pub fn checked(path: &Path, options: &Options) -> Outcome {
    let (extract, chosen) = opened(path);
    let schema = chosen.as_ref().map(|(schema, used)| (schema, used.clone()));
    check::run(&extract, schema, options).unwrap()
}

/// The JSON report of an outcome, all examples in it.
pub fn json_text(outcome: &Outcome) -> String {
    let report = Report { samples: Samples::All, ..Report::new(outcome) };
    let mut out = Vec::new();
    json::write(&report, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// What a JSON report says, one line each: `code resource file field row line byte occurrences`
/// for the first example of each group, with a dot as the last for the others; a hyphen for what is
/// not said. Then `not-checked resource check` for what coverage lists. Sorted.
pub fn findings(report: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    findings_of(report, "-", &mut lines);
    for task in report["tasks"].as_array().unwrap() {
        findings_of(task, task["name"].as_str().unwrap(), &mut lines);
    }
    for gap in report["coverage"]["notChecked"].as_array().unwrap() {
        let resource = gap["resource"].as_str().unwrap_or("-");
        lines.push(format!("not-checked {resource} {}", gap["check"].as_str().unwrap()));
    }
    lines.sort();
    lines
}

fn findings_of(task: &Value, resource: &str, lines: &mut Vec<String>) {
    let said = |value: &Value| match value {
        Value::Null => "-".to_owned(),
        Value::String(text) if text.is_empty() => "-".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let examples = |severity: &str| task[severity].as_array().unwrap().iter();
    let mut examples = [examples("errors").collect::<Vec<_>>(), examples("warnings").collect()];
    for group in task["groups"].as_array().unwrap() {
        let is_error = group["severity"] == "error";
        let own = &mut examples[usize::from(!is_error)];
        let occurrences = group["occurrences"].as_u64().unwrap();
        let kept = own.len().min(usize::try_from(occurrences).unwrap());
        for (at, example) in own.drain(..kept).enumerate() {
            assert_eq!(example["code"], group["code"], "examples stand in the order of the groups");
            let field = match example["fieldNames"].as_array() {
                Some(names) => names.iter().map(said).collect::<Vec<_>>().join("+"),
                None => said(&example["fieldName"]),
            };
            let row = match example["rowNumbers"].as_array() {
                Some(rows) => rows.first().map_or("-".to_owned(), said),
                None => said(&example["rowNumber"]),
            };
            let last = if at == 0 { occurrences.to_string() } else { ".".to_owned() };
            lines.push(format!(
                "{} {resource} {} {field} {row} {} {} {last}",
                said(&example["code"]),
                said(&example["file"]),
                said(&example["line"]),
                said(&example["byteOffset"]),
            ));
        }
    }
    assert!(examples.iter().all(Vec::is_empty), "examples without a group");
}

/// The findings at `path`, by the library.
pub fn findings_at(path: &Path) -> Vec<String> {
    findings(&serde_json::from_str(&json_text(&checked(path, &options()))).unwrap())
}

/// Copies a folder and all below it.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Writes a folder with these files.
pub fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, bytes) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}

/// A descriptor of one table `t` in `t.csv`, its fields given as JSON, without an audit trail.
pub fn one_table(fields: &str) -> String {
    format!(
        r#"{{"$schema": "https://datapackage.org/profiles/2.0/datapackage.json", "name": "one",
        "handover": {{"auditTrail": {{"absent": "a test"}}}},
        "resources": [{{"name": "t", "path": "t.csv", "schema": {{"fields": {fields}}}}}]}}"#
    )
}

/// Names of all that is in a folder, sorted.
pub fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// The program, ready to be given arguments; it sees a fixed time and no colour.
pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_handover"));
    command.env("SOURCE_DATE_EPOCH", "1772409600").env("NO_COLOR", "1");
    command
}

/// Runs the program.
pub fn run(arguments: &[&dyn AsRef<std::ffi::OsStr>]) -> Output {
    let mut command = program();
    for argument in arguments {
        command.arg(argument.as_ref());
    }
    command.output().unwrap()
}

/// Says that a test had nothing to look at.
#[expect(clippy::print_stderr, reason = "a test that is passed over says so")]
pub fn skip(reason: &str) {
    eprintln!("skipped: {reason}");
}
