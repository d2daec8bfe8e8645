//! What the command line prints, held as transcripts; and the sessions that the README shows.

use crate::support::{copy, emis_small, program, root, run};
use regex::Regex;
use std::fs;

use std::process::Command;

#[test]
fn the_command_line_prints_what_the_transcripts_say() {
    let text = fs::read_to_string(root().join("tests/cmd/cli.trycmd")).unwrap();
    assert!(text.matches("\n$ handover").count() >= 60);
    trycmd::TestCases::new()
        .env("SOURCE_DATE_EPOCH", "1772409600")
        .env("NO_COLOR", "1")
        .case("tests/cmd/cli.trycmd");
}

/// The commands of the README's console blocks with the lines that it shows of their output.
fn sessions() -> Vec<(String, Vec<String>)> {
    let text = fs::read_to_string(root().join("README.md")).unwrap();
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    let mut in_block = false;
    for line in text.lines() {
        match line {
            "```console" => in_block = true,
            "```" => in_block = false,
            line if in_block => match line.strip_prefix("$ ") {
                Some(command) => found.push((command.to_owned(), Vec::new())),
                None => found.last_mut().unwrap().1.push(line.to_owned()),
            },
            _ => {}
        }
    }
    found
}

/// Sessions that cannot be run here, and why.
const NOT_RUN: &[(&str, &str)] = &[
    (
        "handover schema import dictionary.xlsx",
        "no supplier's dictionary may be passed on; tests of the import have made-up ones",
    ),
    ("handover check extract.zip --schema schema.json", "it needs what the import makes"),
];

/// Whether lines are shown in an output: in order, `...` standing for any.
fn shown(lines: &[String], output: &str) -> bool {
    let mut pattern = String::from("(?s)");
    let mut is_open = false;
    for line in lines {
        if line == "..." {
            is_open = true;
            continue;
        }
        pattern.push_str(if is_open { ".*" } else { "" });
        pattern.push_str(&regex::escape(line));
        pattern.push('\n');
        is_open = false;
    }
    Regex::new(&pattern).unwrap().is_match(output)
}

#[test]
fn the_sessions_of_the_readme_run_and_print_what_it_shows() {
    let place = tempfile::tempdir().unwrap();
    copy(&emis_small(), &place.path().join("extract"));
    for folder in ["fixtures/omop", "fixtures/access"] {
        copy(&root().join(folder), &place.path().join(folder));
    }
    fs::copy(root().join("fixtures/access/prices.xls"), place.path().join("prices.xls")).unwrap();
    let mut count = 0;
    for (session, lines) in sessions() {
        if let Some((_, reason)) = NOT_RUN.iter().find(|(start, _)| session.starts_with(start)) {
            crate::support::skip(reason);
            continue;
        }
        for command in session.split("; ").filter_map(|command| command.strip_prefix("handover ")) {
            // A key without a passphrase: a test has nobody to type one.
            let extra = if command.starts_with("key generate") { " --no-passphrase" } else { "" };
            if command.contains("--signers allowed_signers") {
                let key = fs::read_to_string(place.path().join("signing-key.pub")).unwrap();
                fs::write(place.path().join("allowed_signers"), format!("them {key}")).unwrap();
            }
            let output = place.path().join("A81001.zip");
            if command.starts_with("package") && output.exists() {
                fs::remove_file(&output).unwrap();
            }
            let output = Command::new("sh")
                .arg("-c")
                .arg(format!("\"$HANDOVER\" {command}{extra}"))
                .env("HANDOVER", env!("CARGO_BIN_EXE_handover"))
                .env("SOURCE_DATE_EPOCH", "1772409600")
                .current_dir(place.path())
                .output()
                .unwrap();
            let text = String::from_utf8_lossy(&output.stdout);
            let errors = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.code().is_some_and(|code| code < 2), "{command}: {errors}");
            assert!(shown(&lines, &text), "{command} prints\n{text}\nand not\n{lines:#?}");
            count += 1;
        }
    }
    assert!(count >= 8, "{count} commands of the README were run");
}

#[test]
fn a_lone_path_is_checked_or_verified_and_leaves_a_page_beside_it() {
    let place = tempfile::tempdir().unwrap();
    let path = |name: &str| place.path().join(name);
    copy(&emis_small(), &path("my extract"));
    let checked = run(&[&path("my extract")]);
    assert_eq!(checked.status.code(), Some(0), "{}", String::from_utf8_lossy(&checked.stderr));
    assert!(String::from_utf8(checked.stdout).unwrap().contains("No problems found"));
    let page = fs::read_to_string(path("my extract-report.html")).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>"));
    // Nothing is replaced, and nothing is written into the extract.
    let before = crate::support::names(&path("my extract"));
    run(&[&path("my extract")]);
    assert!(path("my extract-report (2).html").is_file());
    assert_eq!(crate::support::names(&path("my extract")), before);

    let package = path("A81001.zip");
    run(&[&"package", &path("my extract"), &"--output", &package]);
    let verified = run(&[&package]);
    assert_eq!(verified.status.code(), Some(0));
    let page = fs::read_to_string(path("A81001-certificate.html")).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>"));

    // A file of an extract: its page does not become part of the extract.
    let table = fs::read_dir(path("my extract"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|e| e == "csv"))
        .unwrap();
    run(&[&table]);
    assert_eq!(crate::support::names(&path("my extract")), before);
    assert!(fs::read_dir(place.path()).unwrap().count() >= 6);
}

#[test]
fn completions_come_for_five_shells_and_pages_for_every_command() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = run(&[&"completions", &shell]);
        assert_eq!(output.status.code(), Some(0), "{shell}");
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains("baseline") && text.contains("access-plan"), "{shell}");
        assert!(!text.contains("__read-workbook"), "{shell}");
    }
    let folder = tempfile::tempdir().unwrap();
    let output = run(&[&"man", &folder.path()]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let pages = crate::support::names(folder.path());
    for page in ["handover.1", "handover-check.1", "handover-key-generate.1"] {
        assert!(pages.iter().any(|name| name == page), "{pages:?}");
    }
    assert!(!pages.iter().any(|name| name.contains("read-workbook")));
    let page = fs::read_to_string(folder.path().join("handover-check.1")).unwrap();
    assert!(page.contains("baseline") && page.contains("Examples"));
}

/// Every command says what it is for, and gives an example.
#[test]
fn help_teaches() {
    let help = String::from_utf8(run(&[&"--help"]).stdout).unwrap();
    let commands = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let names: Vec<&str> = commands
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .collect();
    assert!(names.len() >= 9, "{names:?}");
    for name in names {
        let help = String::from_utf8(run(&[&name, &"--help"]).stdout).unwrap();
        assert!(help.contains("Usage: handover "), "{name}");
        let has_own = help.contains("Commands:\n");
        assert!(has_own || help.contains("Example"), "{name} has no example\n{help}");
        let too_long = help.lines().find(|line| line.chars().count() > 100);
        assert_eq!(too_long, None, "{name}");
    }
}

#[test]
fn the_catalogue_comes_as_json() {
    let output = run(&[&"explain", &"--format", &"json"]);
    let value: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(value["format"], "handover-catalogue/1");
    let all = value["findings"].as_array().unwrap();
    assert_eq!(all.len(), handover::finding::catalogue::CATALOGUE.len());
    for finding in all {
        for key in ["code", "severity", "area", "title", "cause", "why", "remedy", "example"] {
            assert!(finding[key].as_str().is_some_and(|text| !text.is_empty()), "{finding}");
        }
    }
    let one = run(&[&"explain", &"foreign-key", &"--format", &"json"]);
    let value: serde_json::Value = serde_json::from_slice(&one.stdout).unwrap();
    assert_eq!(value["findings"].as_array().unwrap().len(), 1);
    let all = String::from_utf8(run(&[&"explain", &"--all"]).stdout).unwrap();
    assert!(all.contains("foreign-key (error)") && all.contains("encoding-error (error)"));
}

#[test]
fn progress_goes_to_standard_error_and_only_when_wanted() {
    let run = |options: &[&str]| {
        let output = program().arg("check").arg(emis_small()).args(options).output().unwrap();
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (plain, lines) = run(&["--progress", "plain"]);
    assert!(lines.contains("handover: "), "{lines}");
    assert!(lines.lines().all(|line| line.starts_with("handover: ")), "{lines}");
    let (auto, none) = run(&[]);
    assert_eq!((auto, none.as_str()), (plain.clone(), ""), "no terminal, so no progress");
    assert_eq!(run(&["--progress", "never"]).1, "");
    assert_eq!(run(&["--progress", "plain", "--quiet"]).1, "");
}
