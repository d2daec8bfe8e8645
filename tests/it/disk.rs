//! System calls that fail, or in which a run is killed, at named moments; strace makes them so.

use crate::retrieve::text;
use crate::support::{emis_small, names, program, run, skip};
use handover::output::PREFIX;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Packages the small extract into `out/p.zip` of a folder under strace with these arguments.
fn package(folder: &Path, strace: &[&str]) -> Output {
    let plain = program();
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-y", "-o"]).arg(folder.join("trace")).args(strace);
    command.arg(plain.get_program()).arg("package").arg(emis_small());
    command.arg("--output").arg(folder.join("out/p.zip"));
    command.env("SOURCE_DATE_EPOCH", "1772409600").env("NO_COLOR", "1");
    command.output().unwrap()
}

/// A folder to work in; `None` where strace is not here or may not trace.
fn place() -> Option<(tempfile::TempDir, PathBuf)> {
    let tried = Command::new("strace").args(["-qq", "-e", "trace=none", "true"]).output();
    if !tried.is_ok_and(|done| done.status.success()) {
        skip("strace cannot be used here");
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("out")).unwrap();
    let out = folder.path().join("out");
    Some((folder, out))
}

fn verifies(out: &Path) -> bool {
    run(&[&"verify", &out.join("p.zip")]).status.success()
}

#[test]
fn a_folder_that_cannot_be_brought_to_the_disk_is_an_error_and_the_package_stands() {
    let Some((folder, out)) = place() else { return };
    let done = package(folder.path(), &["-e", "trace=fsync"]);
    assert_eq!(done.status.code(), Some(0), "{}", text(&done));
    // The folder comes last: as the how-maniest of its thread, is what strace asks for.
    let trace = fs::read_to_string(folder.path().join("trace")).unwrap();
    let calls: Vec<&str> = trace.lines().filter(|line| line.contains("fsync(")).collect();
    let last = calls.last().unwrap();
    let shown = out.canonicalize().unwrap();
    assert!(last.contains(&format!("<{}>", shown.display())), "{last}");
    let thread = |line: &str| line.split_whitespace().next().unwrap().to_owned();
    let number = calls.iter().filter(|line| thread(line) == thread(last)).count();
    assert!(number > 1, "the file itself is synced before: {calls:?}");
    for at in 1..=number {
        fs::remove_file(out.join("p.zip")).unwrap_or_default();
        let inject = format!("inject=fsync:error=EIO:when={at}");
        let done = package(folder.path(), &["-e", "trace=fsync", "-e", &inject]);
        assert_eq!(done.status.code(), Some(2), "{}", text(&done));
        let said = text(&done);
        if at == number {
            assert!(said.contains("cannot bring to the disk the name of"), "{said}");
            assert!(said.contains("the file is there and whole, but a loss of power"), "{said}");
            assert!(verifies(&out));
            assert_eq!(names(&out), ["p.zip"]);
        } else {
            assert!(said.contains("handover: error: "), "{said}");
            assert_eq!(names(&out), Vec::<String>::new(), "{said}");
        }
    }
}

#[test]
fn what_a_killed_run_left_is_cleared_by_the_next_which_says_so() {
    let Some((folder, out)) = place() else { return };
    let kill = ["-e", "trace=renameat2", "-e", "inject=renameat2:signal=KILL:when=1"];
    let done = package(folder.path(), &kill);
    assert_eq!(done.status.signal(), Some(9), "{}", text(&done));
    let left = names(&out);
    assert_eq!(left.len(), 1, "{left:?}");
    assert!(left[0].starts_with(PREFIX), "{left:?}");
    let done = run(&[&"package", &emis_small(), &"--output", &out.join("p.zip")]);
    assert_eq!(done.status.code(), Some(0), "{}", text(&done));
    let said = text(&done);
    assert!(said.contains(&left[0]) && said.contains("left by a run that was stopped"), "{said}");
    assert_eq!(names(&out), ["p.zip"]);
    assert!(verifies(&out));
}

#[test]
fn what_cannot_be_cleared_is_reported_and_stops_nothing() {
    let Some((folder, out)) = place() else { return };
    let left = out.join(format!("{PREFIX}left"));
    fs::write(&left, "half of a table").unwrap();
    let refuse = ["-e", "trace=unlink,unlinkat", "-e", "inject=unlink,unlinkat:error=EACCES"];
    let done = package(folder.path(), &refuse);
    assert_eq!(done.status.code(), Some(0), "{}", text(&done));
    let said = text(&done);
    assert!(said.contains("was left by a run that was stopped, and cannot be removed"), "{said}");
    assert!(left.exists() && verifies(&out));
}

/// Two bytes of what is written, or of what is read back, are others.
#[test]
fn what_does_not_reach_the_disk_as_it_was_written_is_found_and_nothing_is_left() {
    let Some((folder, out)) = place() else { return };
    let poke = "inject=write:poke_enter=@arg2=5a5a:when=9999";
    let tried =
        Command::new("strace").args(["-qq", "-e", "trace=write", "-e", poke, "true"]).output();
    if !tried.is_ok_and(|done| done.status.success()) {
        skip("strace cannot change what is written here");
        return;
    }
    let trace = || fs::read_to_string(folder.path().join("trace")).unwrap();
    let done = package(folder.path(), &["-e", "trace=write"]);
    assert_eq!(done.status.code(), Some(0), "{}", text(&done));
    let writes = trace().lines().filter(|line| line.contains(PREFIX)).count();
    assert!(writes > 40, "{writes}");
    fs::remove_file(out.join("p.zip")).unwrap();
    let reads = [1, 2, 3, 5, 8, 13].map(|at| ("pread64", "exit", at));
    let mut found = 0;
    for (call, when, at) in (1..=writes).step_by(7).map(|at| ("write", "enter", at)).chain(reads) {
        let inject = format!("inject={call}:poke_{when}=@arg2=5a5a:when={at}");
        let done = package(folder.path(), &["-e", &format!("trace={call}"), "-e", &inject]);
        let said = text(&done);
        match done.status.code() {
            Some(2) => {
                assert!(said.contains("p.zip did not read back as it was written"), "{said}");
                assert_eq!(names(&out), Vec::<String>::new(), "{inject}");
                found += 1;
            }
            // A header is written twice, the first time without sizes.
            Some(0) => {
                assert!(verifies(&out), "{inject}");
                fs::remove_file(out.join("p.zip")).unwrap();
            }
            _ => panic!("{inject}: {said}"),
        }
    }
    assert!(found > reads.len() + 2, "{found} of {writes}");
}
