//! No cell value leaves the program unless it was asked for: known names and numbers are planted in
//! an extract that is wrong in many ways, and searched for in all that every command writes.

use crate::support::{copy, folder, names, program};
use std::fs;
use std::path::Path;
use std::process::{Output, Stdio};
use std::time::Duration;

/// What is planted. Invented; the number is one of the test range.
const CANARIES: [&str; 6] =
    ["Zaphirelda", "Quillfeather", "9990001234", "QZ99 9ZZ", "1931-12-24", "@canary"];

fn holds(text: &[u8]) -> Vec<&'static str> {
    CANARIES
        .into_iter()
        .filter(|canary| memchr::memmem::find(text, canary.as_bytes()).is_some())
        .collect()
}

/// An extract with the canaries in cells of every kind of finding, in file names, and in a header
/// that is none.
fn planted() -> tempfile::TempDir {
    let field = |name: &str, rest: &str| format!("{{\"name\": \"{name}\"{rest}}}");
    let fields = [
        field("id", r#", "type": "integer""#),
        field("name", r#", "constraints": {"maxLength": 5, "unique": true}"#),
        field("born", r#", "type": "date", "format": "%d/%m/%Y""#),
        field("nhs", r#", "type": "integer", "constraints": {"maximum": "5"}"#),
        field("postcode", r#", "constraints": {"pattern": "[0-9]+"}"#),
        field("mail", r#", "type": "boolean""#),
        field("sex", r#", "constraints": {"enum": ["M", "F"]}"#),
    ];
    let schema = format!(
        r#"{{"name": "planted", "resources": [
        {{"name": "patient", "path": "patient.csv", "schema": {{"fields": [{0}],
          "primaryKey": ["nhs"]}}}},
        {{"name": "visit", "path": "visit.csv", "schema": {{"fields": [{0}],
          "foreignKeys": [{{"fields": ["name"], "reference": {{"resource": "patient", "fields": ["postcode"]}}}}]}}}},
        {{"name": "headless", "path": "headless.csv", "schema": {{"fields": [{0}]}}}}]}}"#,
        fields.join(", ")
    );
    let row = |id: &str| {
        format!(
            "{id},Zaphirelda Quillfeather,1931-12-24,9990001234,QZ99 9ZZ,x@canary,Quillfeather\n"
        )
    };
    let mut patient = String::from("id,name,born,nhs,postcode,mail,sex\n");
    for id in ["1", "2", "Zaphirelda", "4"] {
        patient.push_str(&row(id));
    }
    patient.push_str("5,\"Zaphirelda \"Quillfeather\",1931-12-24\n\n");
    patient.push_str("6,Zaphirelda,1931-12-24,9990001234,QZ99 9ZZ,x@canary,M,Quillfeather\n");
    patient.push_str("=HYPERLINK(\"Zaphirelda\"),Zaphirelda\0,\u{1b}[31m1931-12-24,,,,\n");
    let mut patient = patient.into_bytes();
    patient
        .extend_from_slice(b"7,\xff\xfeQuillfeather,1931-12-24,9990001234,QZ99 9ZZ,x@canary,M\n");
    patient.extend_from_slice(b"8,\"Zaphirelda never closed,1931-12-24,9990001234");
    let mut visit = String::from("id,name,born,nhs,postcode,mail,sex\n");
    (0..3_000).for_each(|n| visit.push_str(&row(&n.to_string())));
    let headless = row("1") + &row("2");
    folder(&[
        ("datapackage.json", schema.as_bytes()),
        ("patient.csv", &patient),
        ("visit.csv", visit.as_bytes()),
        ("headless.csv", headless.as_bytes()),
        ("letter 9990001234.txt", b"Zaphirelda Quillfeather"),
        ("letters/9990001234/1.csv", b"Zaphirelda,Quillfeather\n"),
    ])
}

fn output(arguments: &[&str], paths: &[&Path]) -> Output {
    let mut command = program();
    command.env("RUST_BACKTRACE", "full").args(arguments).args(paths);
    command.output().unwrap()
}

fn assert_silent(what: &str, output: &Output) {
    assert_eq!(holds(&output.stdout), [""; 0], "{what}: standard output");
    assert_eq!(holds(&output.stderr), [""; 0], "{what}: standard error");
    assert!(!output.stdout.is_empty() || !output.stderr.is_empty(), "{what}");
}

/// The parts of a zip that are not the payload, unpacked; of any other file its bytes.
fn parts(path: &Path) -> Vec<(String, Vec<u8>)> {
    let bytes = fs::read(path).unwrap();
    if !bytes.starts_with(b"PK") {
        return vec![(path.display().to_string(), bytes)];
    }
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut parts = Vec::new();
    for number in 0..archive.len() {
        let mut part = archive.by_index(number).unwrap();
        let name = part.name().unwrap().to_string();
        if name.contains("/data/") {
            continue;
        }
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut part, &mut bytes).unwrap();
        parts.push((name, bytes));
    }
    parts
}

#[test]
fn no_command_and_no_format_shows_a_value() {
    let extract = planted();
    let place = tempfile::tempdir().unwrap();
    let out = |name: &str| place.path().join(name);
    for format in ["text", "json", "jsonl", "csv", "sarif", "junit"] {
        for samples in ["20", "all"] {
            let arguments =
                ["check", "--format", format, "--samples", samples, "--progress", "plain"];
            assert_silent(format, &output(&arguments, &[extract.path()]));
        }
    }
    let endings = ["html", "xlsx", "json", "jsonl", "csv", "sarif", "xml", "txt"];
    let mut arguments = vec!["check".to_owned(), "--samples".into(), "all".into()];
    for ending in endings {
        arguments.push("--report".into());
        arguments.push(out(&format!("report.{ending}")).display().to_string());
    }
    let key = out("token.key");
    fs::write(&key, "0123456789abcdef0123456789abcdef").unwrap();
    arguments.extend(["--token-key".into(), key.display().to_string()]);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    assert_silent("reports", &output(&arguments, &[extract.path()]));
    for ending in endings {
        for (name, bytes) in parts(&out(&format!("report.{ending}"))) {
            assert_eq!(holds(&bytes), [""; 0], "{ending}: {name}");
            assert!(!bytes.contains(&0x1b) || ending == "xlsx", "{ending}: an escape");
        }
    }
    let package = out("P.zip");
    let made = output(&["package", "--accept", "a test", "--output"], &[&package, extract.path()]);
    assert_silent("package", &made);
    assert!(package.is_file(), "{}", String::from_utf8_lossy(&made.stderr));
    let inside = parts(&package);
    assert!(inside.len() > 8);
    for (name, bytes) in inside {
        // Paths and digests of the payload are what the bag's own files are for, and the received
        // listing; their names are those of the files.
        let is_listing = name.contains("manifest-") || name.ends_with("received.json");
        let is_index = name.contains("/retrieval/") || name.contains("/proof/");
        match is_listing || is_index {
            true => assert!(holds(&bytes).iter().all(|hit| *hit == "9990001234"), "{name}"),
            false => assert_eq!(holds(&bytes), [""; 0], "{name}"),
        }
    }
    assert_silent("refused", &output(&["package", "--output"], &[&out("Q.zip"), extract.path()]));
    let page = out("certificate.html");
    assert_silent("verify", &output(&["verify", "--report"], &[&page, &package]));
    assert_eq!(holds(&fs::read(&page).unwrap()), [""; 0]);
    assert_silent("show", &output(&["show"], &[&package]));
    assert_silent("show", &output(&["show", "--format", "json"], &[&package]));
    let mut bytes = fs::read(&package).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(out("altered.zip"), bytes).unwrap();
    assert_silent("altered", &output(&["verify"], &[&out("altered.zip")]));
    assert_silent("altered", &output(&["verify", "--format", "json"], &[&out("altered.zip")]));
    assert_silent("no schema", &output(&["check"], &[&extract.path().join("headless.csv")]));
    assert_silent(
        "as a schema",
        &output(&["check", "--schema"], &[&extract.path().join("headless.csv"), extract.path()]),
    );
    assert_silent(
        "as signers",
        &output(&["verify", "--signers"], &[&extract.path().join("headless.csv"), &package]),
    );
    assert_silent(
        "as a key",
        &output(
            &["package", "--output"],
            &[
                &out("R.zip"),
                Path::new("--sign"),
                &extract.path().join("headless.csv"),
                extract.path(),
            ],
        ),
    );
    assert_silent(
        "as prices",
        &output(
            &[
                "access-plan",
                "--go-live",
                "2026-03-02",
                "--years",
                "1",
                "--requests-per-year",
                "1",
                "--prices",
            ],
            &[&extract.path().join("headless.csv")],
        ),
    );
    let json = out("baseline.json");
    fs::write(&json, format!("{{\"format\": \"{}\"", CANARIES[0])).unwrap();
    assert_silent("as a baseline", &output(&["check", "--baseline"], &[&json, extract.path()]));
    let headless = extract.path().join("headless.csv");
    assert_silent("lint", &output(&["schema", "lint"], &[&headless]));
    assert_silent("diff", &output(&["schema", "diff"], &[&headless, &headless]));
    assert_silent("deep", &output(&["verify", "--deep"], &[&package]));
    for patient in CANARIES {
        let who = ["--reason", "a test", "--requested-by", "a test", "--patient", patient];
        let arguments = [&["retrieve"], &who[..], &["--output"]].concat();
        for from in [&package, &headless, &out("altered.zip"), &out("absent")] {
            assert_silent("retrieve", &output(&arguments, &[&out("E.zip"), from]));
        }
        assert!(!out("E.zip").exists());
    }
}

/// A package with patients: neither one that is not in it nor one that is comes out anywhere but in
/// the export that was asked for.
#[test]
fn a_retrieval_shows_nobody_but_in_the_export() {
    let schema = r#"{"name": "planted", "resources": [
        {"name": "patient", "path": "patient.csv", "handover": {"role": "patient"},
         "schema": {"primaryKey": ["id"], "fields": [{"name": "id", "handover": {"role": "patient"}},
          {"name": "nhs", "rdfType": "https://fhir.nhs.uk/Id/nhs-number", "handover": {"role": "nhs-number"}},
          {"name": "name"}, {"name": "born", "type": "date"}]}},
        {"name": "visit", "path": "visit.csv", "handover": {"role": "audit-trail"},
         "schema": {"fields": [{"name": "patient"}, {"name": "on", "type": "date", "handover": {"role": "event-date"}},
          {"name": "note"}],
          "foreignKeys": [{"fields": ["patient"], "reference": {"resource": "patient", "fields": ["id"]}}]}}]}"#;
    let extract = folder(&[
        ("datapackage.json", schema.as_bytes()),
        (
            "patient.csv",
            b"id,nhs,name,born\nZaphirelda,9990001234,Quillfeather,1931-12-24\n2,9990000018,Other,1950-01-01\n",
        ),
        ("visit.csv", b"patient,on,note\nZaphirelda,1931-12-24,x@canary\n2,2000-01-01,seen\n"),
    ]);
    let place = tempfile::tempdir().unwrap();
    let out = |name: &str| place.path().join(name);
    let (package, log) = (out("P.zip"), out("log.jsonl"));
    let made = output(&["package", "--accept", "a test", "--output"], &[&package, extract.path()]);
    assert_silent("package", &made);
    assert!(package.is_file(), "{}", String::from_utf8_lossy(&made.stderr));
    let retrieve = |patient: &str, export: &Path, rest: &[&str]| {
        let who =
            ["retrieve", "--reason", "a test", "--requested-by", "a test", "--patient", patient];
        let arguments = [&who[..], rest, &["--output"]].concat();
        output(&arguments, &[export, &package, Path::new("--log"), &log])
    };
    // Nobody of that name, number, postcode, or with what makes an argument no identifier.
    for patient in
        ["Quillfeather", "QZ99 9ZZ", "@canary", "9990001235", "Zaphirelda\u{7}", "1931-12-24"]
    {
        let done = retrieve(patient, &out("none.zip"), &[]);
        assert_silent(patient, &done);
        assert_eq!(done.status.code(), Some(1), "{}", String::from_utf8_lossy(&done.stderr));
        assert!(!out("none.zip").exists());
    }
    for (number, rest) in
        [&[][..], &["--from", "1900-01-01"], &["--to", "1940-01-01"], &["--from", "2030-01-01"]]
            .iter()
            .enumerate()
    {
        let export = out(&format!("export-{number}.zip"));
        let done = retrieve("Zaphirelda", &export, rest);
        assert_silent("known", &done);
        assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
        // The export holds what was asked for; what is said of it does not.
        for arguments in [
            &["verify"][..],
            &["verify", "--format", "json"],
            &["show"],
            &["show", "--format", "json"],
        ] {
            assert_silent("the export", &output(arguments, &[&export]));
        }
        let page = out("certificate.html");
        assert_silent("the export", &output(&["verify", "--report"], &[&page, &export]));
        assert_eq!(holds(&fs::read(&page).unwrap()), [""; 0]);
    }
    assert_eq!(holds(&fs::read(&log).unwrap()), [""; 0], "the log");
    for format in ["text", "json"] {
        assert_silent("the log", &output(&["verify", "--format", format], &[&log]));
    }
    assert_silent("deep", &output(&["verify", "--deep"], &[&package]));
    for (form, name) in [("html", "c.html"), ("txt", "c.txt"), ("json", "c.json")] {
        let page = out(name);
        assert_silent(form, &output(&["verify", "--report"], &[&page, &package]));
        assert_eq!(holds(&fs::read(&page).unwrap()), [""; 0], "{form}");
    }
}

/// A path dropped on the program, what it leaves beside it, and the commands about schemas.
#[test]
fn no_page_of_a_lone_path_and_no_command_about_schemas_shows_a_value() {
    let place = tempfile::tempdir().unwrap();
    let extract = place.path().join("extract");
    copy(planted().path(), &extract);
    assert_silent("a lone path", &output(&[], &[&extract]));
    let page = place.path().join("extract-report.html");
    assert_eq!(holds(&fs::read(&page).unwrap()), [""; 0]);
    let mut stripped = extract.clone();
    stripped.set_file_name("bare");
    copy(&extract, &stripped);
    fs::remove_file(stripped.join("datapackage.json")).unwrap();
    // A word in thousands of rows below "sex" would rightly be taken for a code.
    let visits = fs::read_to_string(stripped.join("visit.csv")).unwrap();
    fs::write(stripped.join("visit.csv"), visits.replace(",Quillfeather\n", ",F\n")).unwrap();
    assert_silent(
        "infer",
        &output(&["schema", "infer", "--output"], &[&place.path().join("s.json"), &stripped]),
    );
    if let Ok(schema) = fs::read(place.path().join("s.json")) {
        let found = holds(&schema);
        // What files are named is what a schema must say of them.
        assert!(found.iter().all(|hit| *hit == "9990001234"), "{found:?}");
    }
    for file in ["patient.csv", "visit.csv", "headless.csv"] {
        let file = extract.join(file);
        assert_silent("import", &output(&["schema", "import"], &[&file]));
        assert_silent("import", &output(&["schema", "import", "--extract"], &[&extract, &file]));
        assert_silent("export", &output(&["schema", "export", "--to", "md"], &[&file]));
        assert_silent("show", &output(&["show"], &[&file]));
        assert_silent("verify", &output(&["verify"], &[&file]));
        assert_silent("baseline", &output(&["check", "--baseline"], &[&file, &extract]));
        assert_silent(
            "secret",
            &output(
                &["package", "--secret"],
                &[&file, &extract, Path::new("--output"), &place.path().join("S.zip")],
            ),
        );
    }
    for form in ["md", "html"] {
        let schema = extract.join("datapackage.json");
        assert_silent(form, &output(&["schema", "export", "--to", form], &[&schema]));
    }
}

/// Of a file without a header, the first row does not become names of fields.
#[test]
fn no_inferred_or_imported_schema_shows_a_row() {
    let heads = [
        "Quillfeather,Zaphirelda,1931-12-24,9990001234\n",
        "Quillfeather,Zaphirelda,Leeds\n",
        "Quillfeather,Zaphirelda,unknown\n",
        "Quillfeather\n",
    ];
    for (head, alone) in heads.into_iter().flat_map(|head| [(head, false), (head, true)]) {
        let below = match (alone, head.split(',').count()) {
            (true, _) => "",
            (_, 4) => "Brown,Eve,1971-01-01,9990000018\nJones,Ann,1970-01-01,9990000026\n",
            (_, 3) => "Brown,Eve,1971-01-01\nJones,Ann,1970-01-01\n",
            _ => "Brown\nJones\n",
        };
        let extract = folder(&[("people.csv", format!("{head}{below}").as_bytes())]);
        assert_silent(head, &output(&["schema", "infer"], &[extract.path()]));
        let file = extract.path().join("people.csv");
        assert_silent(head, &output(&["schema", "import"], &[&file]));
        assert_silent(head, &output(&["schema", "lint"], &[&file]));
    }
}

/// The test can fail: values that are asked for are found.
#[test]
fn what_is_asked_for_is_shown_and_marked() {
    let extract = planted();
    let shown = output(&["check", "--reveal", "--format", "json"], &[extract.path()]);
    assert!(holds(&shown.stdout).len() >= 4);
    assert!(String::from_utf8_lossy(&shown.stdout).contains("\"holdsPatientData\": true"));
    let place = tempfile::tempdir().unwrap();
    let rejects = place.path().join("rejects");
    let done = output(&["check", "--quiet", "--rejects"], &[&rejects, extract.path()]);
    assert_silent("rejects", &done);
    let rejected = fs::read(rejects.join("visit.csv.rejects")).unwrap();
    assert_eq!(rejected.iter().filter(|&&byte| byte == b'\n').count(), 3_001);
    assert!(holds(&rejected).len() >= 5);
    let text = String::from_utf8_lossy(&rejected);
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("row,codes,id,name,born,nhs,postcode,mail,sex"));
    let first = lines.next().unwrap();
    assert!(first.starts_with("2,type-error constraint-error foreign-key,0,Zaphirelda"), "{first}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&rejects), 0o700);
        assert_eq!(mode(&rejects.join("visit.csv.rejects")), 0o600);
    }
    // Each faulty row of the broken file stands as it was delivered.
    let rejected = fs::read(rejects.join("patient.csv.rejects")).unwrap();
    assert!(memchr::memmem::find(&rejected, b"7,\xff\xfeQuillfeather").is_some());
}

/// The supplier finds a row by its token; without the key, the token says nothing.
#[test]
fn a_token_is_that_of_the_rows_key() {
    use hmac::{Hmac, KeyInit, Mac};
    let extract = planted();
    let place = tempfile::tempdir().unwrap();
    let key = place.path().join("token.key");
    fs::write(&key, "0123456789abcdef0123456789abcdef\n").unwrap();
    let with = |key: &Path| {
        let done = output(&["check", "--format", "json", "--token-key"], &[key, extract.path()]);
        serde_json::from_slice::<serde_json::Value>(&done.stdout).unwrap()
    };
    let value = with(&key);
    let errors = |value: &serde_json::Value, task: usize| {
        value["tasks"][task]["errors"].as_array().unwrap().clone()
    };
    let mut mac =
        <Hmac<sha2::Sha256> as KeyInit>::new_from_slice(b"0123456789abcdef0123456789abcdef")
            .unwrap();
    mac.update(b"patient\x1f9990001234");
    let expected: String =
        mac.finalize().into_bytes().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let of_row = |row: u64| {
        let all = errors(&value, 0);
        let found = all.iter().find(|error| error["rowNumber"] == row).unwrap();
        found["token"].as_str().unwrap().to_owned()
    };
    assert_eq!(of_row(2), format!("k{expected}"));
    assert_eq!(of_row(2), of_row(3), "the same key gives the same token");
    let visits = errors(&value, 1);
    let without_key = visits.iter().find(|error| error["rowNumber"] == 2).unwrap();
    assert!(without_key["token"].as_str().unwrap().starts_with('r'));
    fs::write(&key, "another key of enough length").unwrap();
    assert_ne!(errors(&with(&key), 0)[0]["token"], errors(&value, 0)[0]["token"]);
}

/// What stays when the program is killed while it works.
#[test]
#[cfg(unix)]
fn nothing_of_a_run_that_was_killed_holds_a_value() {
    let place = tempfile::tempdir().unwrap();
    let extract = place.path().join("extract");
    copy(planted().path(), &extract);
    let row = "1,Zaphirelda Quillfeather,1931-12-24,9990001234,QZ99 9ZZ,x@canary,M\n";
    let visit = format!("id,name,born,nhs,postcode,mail,sex\n{}", row.repeat(400_000));
    fs::write(extract.join("visit.csv"), visit).unwrap();
    for wait in [20, 120, 400] {
        let temp = place.path().join(format!("temp-{wait}"));
        fs::create_dir(&temp).unwrap();
        let mut child = program()
            .args(["check", "--memory", "1M", "--temp-dir"])
            .arg(&temp)
            .arg(&extract)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(wait));
        child.kill().unwrap();
        child.wait().unwrap();
        for name in names(&temp) {
            let path = temp.join(&name);
            assert_eq!(holds(name.as_bytes()), [""; 0]);
            if path.is_file() {
                assert_eq!(holds(&fs::read(&path).unwrap()), [""; 0], "{name}");
            }
        }
    }
    // The extract is as it was.
    assert_eq!(names(&extract).len(), names(planted().path()).len());
}
