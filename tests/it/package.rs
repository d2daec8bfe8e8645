//! `package` from outside: what it refuses, what it leaves behind, and what others say of it.

#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

use crate::support::{
    copy, emis_small, folder, names, one_table, opened, options, program, root, run, skip,
};
use handover::error::ErrorKind;
use handover::package::{self, Acceptance, Options};
use handover::report::Tool;
use handover::source::{Extract, Limits};
use serde_json::Value;
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const FIELDS: &str = r#"[{"name": "id", "type": "integer"}, {"name": "name", "type": "string"}]"#;

fn stderr(done: &Output) -> String {
    String::from_utf8(done.stderr.clone()).unwrap()
}

/// A copy of the small extract with an error in it.
fn flawed() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy(&emis_small(), folder.path());
    let audit = names(folder.path()).into_iter().find(|n| n.contains("PatientAudit")).unwrap();
    fs::remove_file(folder.path().join(audit)).unwrap();
    folder
}

fn package_options(output: PathBuf) -> Options {
    Options {
        key: None,
        check: options(),
        output,
        time: 1_772_409_600,
        acceptance: None,
        baseline: Vec::new(),
        info: Vec::new(),
        algorithms: vec![handover::digest::Algorithm::Sha512],
        level: 3,
        reread: true,
        secret: handover::package::Secret::Given(zeroize::Zeroizing::new([7; 32])),
        tool: Tool::default(),
    }
}

/// The whole name of an entry.
fn inside(zip: &zip::ZipArchive<fs::File>, ends_with: &str) -> Option<String> {
    let mut names = zip.file_names().map(|name| name.unwrap().into_owned());
    names.find(|name| name.ends_with(ends_with))
}

/// One file out of a zip.
fn member(zip: &Path, ends_with: &str) -> Option<String> {
    let mut zip = zip::ZipArchive::new(fs::File::open(zip).unwrap()).unwrap();
    let name = inside(&zip, ends_with)?;
    let mut text = String::new();
    zip.by_name(&name).unwrap().read_to_string(&mut text).unwrap();
    Some(text)
}

#[test]
fn errors_refuse_the_package_and_nothing_is_left() {
    let input = flawed();
    let before = names(input.path());
    let out = tempfile::tempdir().unwrap();
    let done = run(&[&"package", &input.path(), &"-o", &out.path().join("p.zip")]);
    assert_eq!(done.status.code(), Some(1));
    let said = stderr(&done);
    assert!(said.contains("refused"), "{said}");
    assert!(said.contains("--accept"), "{said}");
    assert!(String::from_utf8_lossy(&done.stdout).contains("missing-file"));
    assert_eq!(names(out.path()), [""; 0]);
    assert_eq!(names(input.path()), before);
}

#[test]
fn accepted_errors_stand_in_the_package_with_their_reason() {
    let input = flawed();
    let out = tempfile::tempdir().unwrap();
    let path = out.path().join("p.zip");
    let reason = "the trail follows by tape";
    let done = run(&[
        &"package",
        &input.path(),
        &"-o",
        &path,
        &"--accept",
        &reason,
        &"--accepted-by",
        &"J. Smith",
    ]);
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    assert_eq!(names(out.path()), ["p.zip"]);
    let accepted: Value =
        serde_json::from_str(&member(&path, "/metadata/acceptance.json").unwrap()).unwrap();
    assert_eq!(accepted["reason"], reason);
    assert_eq!(accepted["by"], "J. Smith");
    assert_eq!(accepted["errors"], 1);
    assert_eq!(accepted["groups"][0]["code"], "missing-file");
    let report: Value =
        serde_json::from_str(&member(&path, "/metadata/report.json").unwrap()).unwrap();
    assert_eq!(report["valid"], false);
    assert!(member(&path, "/bag-info.txt").unwrap().contains("accepted"));
    let verified = run(&[&"verify", &path]);
    assert_eq!(verified.status.code(), Some(0), "{}", stderr(&verified));
}

#[test]
fn a_sound_extract_needs_no_acceptance_and_states_none() {
    let out = tempfile::tempdir().unwrap();
    let path = out.path().join("p.zip");
    let done = run(&[&"package", &emis_small(), &"-o", &path]);
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    assert!(member(&path, "/metadata/acceptance.json").is_none());
    assert!(stderr(&done).contains("not encrypted"));
    // The payload is what was delivered, byte for byte.
    let mut zip = zip::ZipArchive::new(fs::File::open(&path).unwrap()).unwrap();
    for name in names(&emis_small()) {
        let inside = inside(&zip, &format!("/data/{name}")).unwrap();
        let mut bytes = Vec::new();
        zip.by_name(&inside).unwrap().read_to_end(&mut bytes).unwrap();
        assert!(bytes == fs::read(emis_small().join(&name)).unwrap(), "{name}");
    }
}

#[test]
fn what_stands_there_is_kept() {
    let out = folder(&[("p.zip", b"something else")]);
    let path = out.path().join("p.zip");
    let done = run(&[&"package", &emis_small(), &"-o", &path]);
    assert_eq!(done.status.code(), Some(2));
    assert!(stderr(&done).contains("exists already"), "{}", stderr(&done));
    assert_eq!(fs::read(&path).unwrap(), b"something else");
    assert_eq!(names(out.path()), ["p.zip"]);
}

/// A file that comes there while the package is made is kept too.
#[test]
fn what_comes_there_meanwhile_is_kept() {
    let out = tempfile::tempdir().unwrap();
    let path = out.path().join("p.zip");
    let mut output =
        handover::output::Output::create(&path, handover::output::Existing::Keep).unwrap();
    output.write_all(b"ours").unwrap();
    fs::write(&path, b"theirs").unwrap();
    assert!(output.commit().is_err());
    assert_eq!(fs::read(&path).unwrap(), b"theirs");
    assert_eq!(names(out.path()), ["p.zip"]);
}

#[test]
fn nothing_is_written_into_the_input() {
    let input = tempfile::tempdir().unwrap();
    copy(&emis_small(), input.path());
    fs::create_dir(input.path().join("sub")).unwrap();
    let before = names(input.path());
    for output in ["p.zip", "sub/p.zip", "sub/../p.zip"] {
        let done = run(&[&"package", &input.path(), &"-o", &input.path().join(output)]);
        assert_eq!(done.status.code(), Some(2), "{output}");
        assert!(stderr(&done).contains("inside the extract"), "{}", stderr(&done));
    }
    let report = input.path().join("report.json");
    let done = run(&[&"check", &input.path(), &"--report", &report]);
    assert_eq!(done.status.code(), Some(2));
    assert_eq!(names(input.path()), before);
    #[cfg(unix)]
    {
        // Through a link from outside, the input is still the input.
        let outside = tempfile::tempdir().unwrap();
        let link = outside.path().join("link");
        std::os::unix::fs::symlink(input.path(), &link).unwrap();
        let done = run(&[&"package", &input.path(), &"-o", &link.join("p.zip")]);
        assert_eq!(done.status.code(), Some(2));
        assert_eq!(names(input.path()), before);
    }
}

#[test]
fn what_cannot_be_done_is_said_and_nothing_is_left() {
    let out = tempfile::tempdir().unwrap();
    let package = out.path().join("p.zip");
    let wrong = folder(&[("datapackage.json", b"{"), ("t.csv", b"id\n")]);
    let nowhere = out.path().join("no/such/place.zip");
    let missing = out.path().join("nothing");
    let place = out.path();
    let cases: [(&str, Vec<&dyn AsRef<std::ffi::OsStr>>, &str); 7] = [
        ("a schema that is a folder", vec![&"--schema", &place], "it is a folder"),
        ("a schema that is not there", vec![&"--schema", &missing], "no such"),
        ("no such carried schema", vec![&"--schema", &"omop-cdm-5.5"], "omop-cdm-5.4"),
        ("a fact that is no date", vec![&"--info", &"go-live=tomorrow"], "date"),
        ("a fact of our own", vec![&"--info", &"payload-oxum=1.1"], "by itself"),
        ("a fact without a value", vec![&"--info", &"ods"], "NAME=VALUE"),
        ("a temporary folder that is none", vec![&"--temp-dir", &missing], "not a folder"),
    ];
    for (what, arguments, told) in cases {
        let extract = emis_small();
        let mut all: Vec<&dyn AsRef<std::ffi::OsStr>> = vec![&"package", &extract, &"-o", &package];
        all.extend(arguments);
        let done = run(&all);
        assert_eq!(done.status.code(), Some(2), "{what}");
        assert!(stderr(&done).contains(told), "{what}: {}", stderr(&done));
        assert_eq!(names(out.path()), [""; 0], "{what}");
    }
    for (input, output, told) in [
        (missing.as_path(), &package, "no such file or folder"),
        (wrong.path(), &package, "datapackage.json"),
        (&emis_small(), &nowhere, "no such file or folder"),
        (&emis_small(), &out.path().to_path_buf(), "it is a folder"),
    ] {
        let done = run(&[&"package", &input, &"-o", output]);
        assert_eq!(done.status.code(), Some(2), "{input:?}");
        assert!(stderr(&done).contains(told), "{}", stderr(&done));
        assert_eq!(names(out.path()), [""; 0]);
    }
}

/// An extract of one large table.
fn large(rows: usize) -> tempfile::TempDir {
    let mut table = b"id,name\n".to_vec();
    for n in 0..rows {
        writeln!(table, "{n},name {}", n * 7919 % 10007).unwrap();
    }
    folder(&[("datapackage.json", one_table(FIELDS).as_bytes()), ("t.csv", &table)])
}

/// Alters the table between listing and reading, and while it is read.
#[test]
fn an_input_that_changes_is_an_error_and_no_package() {
    type Change = fn(&Path);
    let append: Change = |path| {
        fs::OpenOptions::new().append(true).open(path).unwrap().write_all(b"1,x\n").unwrap();
    };
    let truncate: Change =
        |path| fs::OpenOptions::new().write(true).open(path).unwrap().set_len(1000).unwrap();
    let rewrite: Change = |path| {
        use std::io::{Seek, SeekFrom};
        let mut file = fs::OpenOptions::new().write(true).open(path).unwrap();
        file.seek(SeekFrom::Start(5000)).unwrap();
        file.write_all(b"9").unwrap();
    };
    let replace: Change = |path| {
        let other = path.with_extension("new");
        fs::copy(path, &other).unwrap();
        fs::rename(other, path).unwrap();
    };
    let remove: Change = |path| fs::remove_file(path).unwrap();
    let changes = [
        ("append", append),
        ("truncate", truncate),
        ("rewrite", rewrite),
        ("replace", replace),
        ("remove", remove),
    ];
    for (what, change) in changes {
        let input = large(1000);
        let out = tempfile::tempdir().unwrap();
        let (extract, chosen) = opened(input.path());
        std::thread::sleep(std::time::Duration::from_millis(20));
        change(&input.path().join("t.csv"));
        let error =
            package::run(&extract, chosen.as_ref(), &package_options(out.path().join("p.zip")))
                .unwrap_err();
        let expected = if what == "remove" { ErrorKind::Io } else { ErrorKind::Changed };
        assert_eq!(error.kind(), expected, "{what}: {error}");
        assert!(error.to_string().contains("t.csv"), "{error}");
        assert_eq!(names(out.path()), [""; 0], "{what}");
    }
}

#[test]
fn an_input_that_grows_while_it_is_read_is_an_error_and_no_package() {
    use std::sync::atomic::{AtomicBool, Ordering};
    let input = large(150_000);
    let table = input.path().join("t.csv");
    let out = tempfile::tempdir().unwrap();
    let (extract, chosen) = opened(input.path());
    let done = AtomicBool::new(false);
    let result = std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut file = fs::OpenOptions::new().append(true).open(&table).unwrap();
            while !done.load(Ordering::Relaxed) {
                file.write_all(b"1,x\n").unwrap();
                std::thread::sleep(std::time::Duration::from_millis(1));
            }
        });
        let options = package_options(out.path().join("p.zip"));
        let result = package::run(&extract, chosen.as_ref(), &options);
        done.store(true, Ordering::Relaxed);
        result
    });
    assert_eq!(result.unwrap_err().kind(), ErrorKind::Changed);
    assert_eq!(names(out.path()), [""; 0]);
}

#[test]
fn an_archive_that_changes_is_an_error() {
    let made = tempfile::tempdir().unwrap();
    let path = made.path().join("extract.zip");
    let mut zip = zip::ZipWriter::new(fs::File::create(&path).unwrap());
    let descriptor = one_table(FIELDS);
    for (name, bytes) in [("datapackage.json", descriptor.as_bytes()), ("t.csv", b"id,name\n1,a\n")]
    {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap();
    let (extract, chosen) = opened(&path);
    std::thread::sleep(std::time::Duration::from_millis(20));
    fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(b"x").unwrap();
    let out = tempfile::tempdir().unwrap();
    let options = package_options(out.path().join("p.zip"));
    let error = package::run(&extract, chosen.as_ref(), &options).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Changed, "{error}");
    assert_eq!(names(out.path()), [""; 0]);
}

#[test]
fn the_limit_of_files_is_an_error_with_a_hint() {
    let limits = Limits { files: 3, ..Limits::default() };
    let error = Extract::open(&emis_small(), &limits).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
    assert!(error.hint().unwrap().contains("--max-files"));
}

#[test]
fn a_stop_request_leaves_nothing() {
    let input = large(50_000);
    let out = tempfile::tempdir().unwrap();
    let (extract, chosen) = opened(input.path());
    let mut options = package_options(out.path().join("p.zip"));
    options.acceptance = Some(Acceptance { reason: "a test".into(), by: "a test".into() });
    options.check.interrupt.request();
    let error = package::run(&extract, chosen.as_ref(), &options).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Interrupted);
    assert_eq!(names(out.path()), [""; 0]);
}

#[cfg(unix)]
#[test]
fn interrupted_by_the_keyboard_it_ends_with_130_and_leaves_nothing() {
    let input = large(3_000_000);
    let out = tempfile::tempdir().unwrap();
    let temp = tempfile::tempdir().unwrap();
    let mut command = program();
    command.arg("package").arg(input.path()).arg("-o").arg(out.path().join("p.zip"));
    command.arg("--temp-dir").arg(temp.path());
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    // Wait until it writes, so that there is something to leave behind.
    for _ in 0..500 {
        if !names(out.path()).is_empty() || child.try_wait().unwrap().is_some() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    assert!(names(out.path())[0].starts_with(handover::output::PREFIX));
    let sent = Command::new("kill").arg("-INT").arg(child.id().to_string()).status().unwrap();
    assert!(sent.success());
    let done = child.wait_with_output().unwrap();
    assert_eq!(done.status.code(), Some(130), "{}", stderr(&done));
    assert!(stderr(&done).contains("interrupted"));
    assert_eq!(names(out.path()), [""; 0]);
    assert_eq!(names(temp.path()), [""; 0]);
}

#[cfg(unix)]
#[test]
fn a_reader_that_has_enough_is_no_failure() {
    let mut command = program();
    command.arg("check").arg(root().join("fixtures/extracts/type-error-date-forms/extract"));
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let done = child.wait_with_output().unwrap();
    assert_eq!(stderr(&done), "");
    assert_ne!(done.status.code(), Some(2));
    assert_ne!(done.status.code(), Some(101));
}

/// As a user who may not read the extract, or not write beside the output.
#[cfg(unix)]
#[test]
fn folders_without_permission_are_named() {
    use std::os::unix::fs::PermissionsExt;
    let input = large(10);
    let out = tempfile::tempdir().unwrap();
    let program = PathBuf::from(env!("CARGO_BIN_EXE_handover"));
    let nobody = |arguments: &[&std::ffi::OsStr]| {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
        command.arg(&program).args(arguments).output()
    };
    let can = nobody(&["--version".as_ref()]).is_ok_and(|done| done.status.success());
    if !can {
        return skip("the program cannot be run as another user here");
    }
    let mode = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    let package = out.path().join("p.zip");
    let arguments =
        ["package".as_ref(), input.path().as_os_str(), "-o".as_ref(), package.as_os_str()];
    mode(input.path(), 0o755);
    mode(out.path(), 0o755);
    let done = nobody(&arguments).unwrap();
    assert_eq!(done.status.code(), Some(2), "{}", stderr(&done));
    assert!(stderr(&done).contains("permission denied"), "{}", stderr(&done));
    mode(out.path(), 0o777);
    mode(&input.path().join("t.csv"), 0o000);
    let done = nobody(&arguments).unwrap();
    assert_eq!(done.status.code(), Some(2));
    assert!(stderr(&done).contains("t.csv: permission denied"), "{}", stderr(&done));
    mode(input.path(), 0o700);
    let done = nobody(&arguments).unwrap();
    assert_eq!(done.status.code(), Some(2));
    assert!(stderr(&done).contains("permission denied"), "{}", stderr(&done));
    assert_eq!(names(out.path()), [""; 0]);
}

/// A disk that is full while the package is written.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said_and_nothing_is_left() {
    let input = large(200_000);
    let mount = tempfile::tempdir().unwrap();
    let script = "mount -t tmpfs -o size=64k tmpfs \"$1\" && \"$2\" package \"$3\" -o \"$1/p.zip\"; \
                  code=$?; ls -A \"$1\"; umount \"$1\"; exit $code";
    let done = Command::new("unshare")
        .args(["--mount", "sh", "-c", script, "sh"])
        .args([mount.path(), Path::new(env!("CARGO_BIN_EXE_handover")), input.path()])
        .output();
    let Ok(done) = done else { return skip("no program `unshare` here") };
    if stderr(&done).contains("mount:") || stderr(&done).contains("unshare") {
        return skip("a small disk cannot be made here");
    }
    assert_eq!(done.status.code(), Some(2), "{}", stderr(&done));
    assert!(stderr(&done).contains("the disk is full"), "{}", stderr(&done));
    assert_eq!(String::from_utf8_lossy(&done.stdout), "", "something is left");
}

/// Names that Linux holds and others do not: mapped, recorded, and the package verifies.
#[cfg(unix)]
#[test]
fn names_that_are_not_safe_everywhere_are_mapped_and_recorded() {
    let long = format!("{}.pdf", "é".repeat(125));
    let expected = [
        (" lead", "_ lead"),
        ("TWIN", "TWIN~2"),
        ("Twin.csv", "Twin.csv"),
        ("a%0Ab.txt", "a_0Ab.txt"),
        ("back\\slash", "back_slash"),
        ("con.txt", "_con.txt"),
        ("line\nend.txt", "line_end.txt"),
        ("q?*.txt", "q__.txt"),
        ("trail.", "trail"),
        ("twin.csv", "twin~2.csv"),
        ("twin/in.txt", "twin/in.txt"),
        ("x:y.txt", "x_y.txt"),
        ("zero\u{200b}w.txt", "zero_w.txt"),
        (long.as_str(), long.as_str()),
    ];
    let input = tempfile::tempdir().unwrap();
    fs::create_dir(input.path().join("twin")).unwrap();
    for (name, _) in expected {
        fs::write(input.path().join(name), name).unwrap();
    }
    let out = tempfile::tempdir().unwrap();
    let path = out.path().join("p.zip");
    let done = run(&[
        &"package",
        &input.path(),
        &"-o",
        &path,
        &"--accept",
        &"a test",
        &"--accepted-by",
        &"a test",
    ]);
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    let received: Value =
        serde_json::from_str(&member(&path, "/metadata/received.json").unwrap()).unwrap();
    let mut zip = zip::ZipArchive::new(fs::File::open(&path).unwrap()).unwrap();
    for (name, safe) in expected {
        let files = received["files"].as_array().unwrap();
        let file = files.iter().find(|file| file["path"] == name).unwrap();
        let stated = file.get("payload").map_or(name, |payload| payload.as_str().unwrap());
        assert_eq!(stated, safe);
        let inside = inside(&zip, &format!("/data/{safe}")).unwrap();
        let mut text = String::new();
        zip.by_name(&inside).unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, name);
    }
    let verified = run(&[&"verify", &path]);
    assert_eq!(verified.status.code(), Some(0), "{}", String::from_utf8_lossy(&verified.stdout));
}

/// The published BagIt profile allows what a package has, and requires nothing that it has not.
#[test]
fn the_profile_fits_the_package() {
    let text = fs::read_to_string(root().join("docs/bagit-profile.json")).unwrap();
    let profile: Value = serde_json::from_str(&text).unwrap();
    let about = &profile["BagIt-Profile-Info"];
    assert_eq!(about["BagIt-Profile-Identifier"], handover::bag::tag::PROFILE);
    assert_eq!(about["BagIt-Profile-Version"], "1.4.0");
    let out = tempfile::tempdir().unwrap();
    let path = out.path().join("p.zip");
    let done = run(&[&"package", &emis_small(), &"-o", &path, &"--digest", &"both"]);
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    let info = member(&path, "/bag-info.txt").unwrap();
    let labels: Vec<&str> = info.lines().map(|line| line.split_once(": ").unwrap().0).collect();
    let stated = profile["Bag-Info"].as_object().unwrap();
    for (label, rule) in stated {
        let times = labels.iter().filter(|found| *found == label).count();
        assert!(rule["required"] != true || times == 1, "{label}: {info}");
    }
    for label in &labels {
        assert!(stated.contains_key(*label), "{label} is not in the profile");
    }
    let allowed: Vec<&str> =
        profile["Tag-Files-Allowed"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let zip = zip::ZipArchive::new(fs::File::open(&path).unwrap()).unwrap();
    let names: Vec<String> = zip.file_names().map(|name| name.unwrap().into_owned()).collect();
    for name in &names {
        let name = name.split_once('/').unwrap().1;
        let is_allowed = allowed.iter().any(|pattern| match pattern.split_once('*') {
            Some((folder, end)) => name.starts_with(folder) && name.ends_with(end),
            None => name == *pattern,
        });
        assert!(is_allowed || name.starts_with("data/"), "{name} is not in the profile");
    }
    for wanted in profile["Tag-Files-Required"].as_array().unwrap() {
        let wanted = wanted.as_str().unwrap();
        assert!(names.iter().any(|name| name.ends_with(&format!("/{wanted}"))), "{wanted}");
    }
}

#[test]
fn stock_tools_accept_the_package() {
    let out = tempfile::tempdir().unwrap();
    let path = out.path().join("p.zip");
    let done = run(&[&"package", &emis_small(), &"-o", &path, &"--digest", &"both"]);
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    let in_folder = |name: &str, arguments: &[&str], folder: &Path| {
        Command::new(name).args(arguments).current_dir(folder).output().ok()
    };
    let Some(tested) = in_folder("unzip", &["-tq", "p.zip"], out.path()) else {
        return skip("no program `unzip` here");
    };
    assert!(tested.status.success(), "{tested:?}");
    assert!(in_folder("unzip", &["-q", "p.zip"], out.path()).unwrap().status.success());
    let bag = names(out.path()).into_iter().find(|name| name != "p.zip").unwrap();
    let bag = out.path().join(bag);
    for (program, file) in [
        ("sha512sum", "manifest-sha512.txt"),
        ("sha512sum", "tagmanifest-sha512.txt"),
        ("sha256sum", "manifest-sha256.txt"),
        ("sha256sum", "tagmanifest-sha256.txt"),
    ] {
        let Some(summed) = in_folder(program, &["-c", "--quiet", "--strict", file], &bag) else {
            return skip("no program `sha512sum` here");
        };
        assert!(summed.status.success(), "{file}: {summed:?}");
    }
    // The unzipped bag verifies too.
    let done = run(&[&"verify", &bag]);
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    let judge = root().join("tests/judges/bagit_validate.sh");
    let judged = Command::new("sh").arg(judge).arg(&bag).output().unwrap();
    match judged.status.code() {
        Some(77) => skip("bagit.py cannot be had here"),
        code => assert_eq!(code, Some(0), "{judged:?}"),
    }
}
