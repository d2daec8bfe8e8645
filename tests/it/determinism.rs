//! The same input gives the same report bytes and the same package bytes, whatever the number of
//! workers, the size of blocks, the memory for keys and the key of the run.

#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

use crate::support::{checked, emis_small, json_text, opened, options, root, run};
use handover::check::{self, Options};
use std::fs;
use std::path::Path;

/// Checks with every combination that must not matter; the report is that of the defaults.
fn is_always_the_same(path: &Path, block_sizes: &[usize]) -> Result<(), String> {
    let (extract, chosen) = opened(path);
    let report = |options: &Options| {
        let schema = chosen.as_ref().map(|(schema, used)| (schema, used.clone()));
        json_text(&check::run(&extract, schema, options).unwrap())
    };
    let expected = report(&options());
    for &block_size in block_sizes {
        for (jobs, memory, key) in [(1, 512 << 20, 7), (2, 0, 9), (8, 64 << 10, 7)] {
            let options = Options { block_size, jobs, memory, key: [key; 16], ..options() };
            let found = report(&options);
            if found != expected {
                let name = path.display();
                return Err(format!(
                    "{name}: block size {block_size}, jobs {jobs}, memory {memory}\n{found}\n\
                     instead of\n{expected}"
                ));
            }
        }
    }
    Ok(())
}

#[test]
fn no_report_depends_on_blocks_workers_memory_or_key() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for entry in fs::read_dir(root().join("fixtures/extracts")).unwrap() {
        let extract = entry.unwrap().path().join("extract");
        if extract.is_dir() {
            seen += 1;
            wrong.extend(is_always_the_same(&extract, &[1, 2, 3, 7, 100, 262_144]).err());
        }
    }
    assert!(seen > 80, "the fixtures were not found");
    assert!(wrong.is_empty(), "{} of {seen}\n{}", wrong.len(), wrong[0]);
}

/// The report, for each number of workers and each size of blocks.
fn differs(
    name: &str,
    block_sizes: &[usize],
    report: &dyn Fn(&Options) -> String,
) -> Option<String> {
    let expected = report(&options());
    for &block_size in block_sizes {
        for jobs in [1, 2, 8] {
            let found = report(&Options { block_size, jobs, ..options() });
            if found != expected {
                return Some(format!(
                    "{name}: block size {block_size}, jobs {jobs}\n{found}\ninstead of\n{expected}"
                ));
            }
        }
    }
    None
}

#[test]
fn nor_does_that_of_any_archive() {
    let schema = handover::schema::descriptor::read(crate::source::DESCRIPTOR.as_bytes()).unwrap();
    let (_, used) = check::select::given("omop-cdm-5.4").unwrap();
    let mut wrong = Vec::new();
    let cases = [crate::hostile::zips(), crate::hostile::tars(), crate::hostile::others()].concat();
    for (name, bytes) in &cases {
        let folder = crate::source::Folder::new();
        let path = folder.put(name, bytes);
        let extract = handover::source::Extract::open(&path, &crate::hostile::limits()).unwrap();
        let report = |options: &Options| {
            json_text(&check::run(&extract, Some((&schema, used.clone())), options).unwrap())
        };
        // What unpacks to millions of rows is not cut into as many blocks.
        let is_large = name.contains("bomb") || name.contains("overlapping");
        let sizes: &[usize] = if is_large { &[100_000, 262_144] } else { &[1, 2, 7, 100, 262_144] };
        wrong.extend(differs(name, sizes, &report));
    }
    assert!(cases.len() >= 80, "{} archives", cases.len());
    assert!(wrong.is_empty(), "{} of {}\n{}", wrong.len(), cases.len(), wrong[0]);
}

#[test]
fn nor_does_that_of_any_workbook() {
    let (_, used) = check::select::given("omop-cdm-5.4").unwrap();
    let mut wrong = Vec::new();
    let cases = crate::odd_workbooks::all();
    for case in &cases {
        let folder = crate::source::Folder::new();
        let path = folder.put(case.name, &case.bytes);
        let schema = handover::schema::descriptor::read(case.descriptor().as_bytes()).unwrap();
        let extract = handover::source::Extract::open(&path, &crate::workbook::limits()).unwrap();
        let report = |options: &Options| {
            json_text(&check::run(&extract, Some((&schema, used.clone())), options).unwrap())
        };
        let sizes: &[usize] = if case.is_large { &[262_144] } else { &[1, 7, 262_144] };
        wrong.extend(differs(case.name, sizes, &report));
    }
    assert!(cases.len() >= 40, "{} workbooks", cases.len());
    assert!(wrong.is_empty(), "{} of {}\n{}", wrong.len(), cases.len(), wrong[0]);
}

#[test]
fn nor_does_that_of_a_whole_extract() {
    is_always_the_same(&emis_small(), &[100, 4096]).unwrap();
    let outcome = checked(&emis_small(), &options());
    assert!(outcome.is_valid());
    assert!(outcome.gaps.is_empty(), "{:?}", outcome.gaps);
}

#[test]
fn examples_are_the_first_by_position_whatever_their_number() {
    let path = root().join("fixtures/extracts/type-error-date-forms/extract");
    for samples in [0, 1, 3] {
        let few = checked(&path, &Options { samples, ..options() });
        let all = checked(&path, &options());
        let (few, all) = (&few.tasks[0].groups[0], &all.tasks[0].groups[0]);
        assert_eq!(few.occurrences, all.occurrences);
        assert_eq!((few.first, few.last), (all.first, all.last));
        assert_eq!(few.samples, all.samples[..samples]);
    }
}

#[test]
fn a_package_is_the_same_bytes_with_one_worker_and_with_eight() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret.txt");
    fs::write(&secret, "07".repeat(32)).unwrap();
    let mut packages = Vec::new();
    for (name, jobs) in [("a.zip", "1"), ("b.zip", "8"), ("c.zip", "3")] {
        let output = folder.path().join(name);
        let done = run(&[
            &"package",
            &emis_small(),
            &"--output",
            &output,
            &"--jobs",
            &jobs,
            &"--info",
            &"ods=A81001",
            &"--secret",
            &secret,
        ]);
        assert_eq!(done.status.code(), Some(0), "{done:?}");
        packages.push(fs::read(output).unwrap());
    }
    assert!(packages.windows(2).all(|pair| pair[0] == pair[1]));
}
