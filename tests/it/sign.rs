//! Signatures, from outside: keys, signing, whose signature counts, and every downgrade.

#![allow(clippy::unwrap_used)]

use crate::bag::{Package, TIME};
use handover::archive::bytes::Bytes;
use handover::bag::{layout, tag};
use handover::digest::Algorithm;
use handover::finding::Severity;
use handover::signature::{Locked, NAMESPACE, PublicKey, SecretKey, Signature, Signers};
use handover::verify::{self, Options, Outcome, Signer, Verdict};
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn key(seed: u8) -> SecretKey {
    SecretKey::from_seed(&[seed; 32], "test")
}

fn signers(text: &str) -> Signers {
    Signers::parse(&text.replace("KEY", &key(1).public().to_string())).unwrap()
}

/// The files of a small bag of ours, signed by `key(1)`; path below the top, and bytes.
fn files(algorithms: &[Algorithm]) -> Vec<(String, Vec<u8>)> {
    let mut package = Package::small();
    package.algorithms = algorithms.to_vec();
    let mut files = unzipped(&package.bytes());
    sign_all(&mut files, &key(1));
    files
}

fn unzipped(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    use std::io::Read;
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes.to_vec())).unwrap();
    let mut files = Vec::new();
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).unwrap();
        let mut content = Vec::new();
        file.read_to_end(&mut content).unwrap();
        files.push((file.name().unwrap().split_once('/').unwrap().1.to_owned(), content));
    }
    files
}

fn sign_all(files: &mut Vec<(String, Vec<u8>)>, key: &SecretKey) {
    let manifests: Vec<(String, Vec<u8>)> =
        files.iter().filter(|(path, _)| path.starts_with("tagmanifest-")).cloned().collect();
    for (path, bytes) in manifests {
        let name = layout::signature(&path);
        files.retain(|(path, _)| *path != name);
        let text = Signature::make(key, NAMESPACE, &bytes).to_text();
        files.push((name, text.as_bytes().to_vec()));
    }
}

/// The files as a zip of others: what a forger can make who has every tool but the key.
fn zipped(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    use std::io::Write;
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (path, content) in files {
        let options = zip::write::SimpleFileOptions::default();
        writer.start_file(format!("bag/{path}"), options).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn verify_with(files: &[(String, Vec<u8>)], options: &Options) -> Outcome {
    verify::run_on(Bytes::from_vec(zipped(files), "test.zip"), options).unwrap()
}

fn listed() -> Options {
    Options { signers: Some(signers("a@b KEY")), ..Options::default() }
}

fn codes(outcome: &Outcome) -> Vec<String> {
    outcome
        .groups
        .iter()
        .map(|group| format!("{} {}", group.severity.name(), group.code.name()))
        .collect()
}

fn content<'a>(files: &'a mut [(String, Vec<u8>)], path: &str) -> &'a mut Vec<u8> {
    &mut files.iter_mut().find(|(found, _)| found == path).unwrap().1
}

const SHA512: &str = "tagmanifest-sha512.txt";
const SIGNATURE: &str = "signatures/tagmanifest-sha512.txt.sig";

/// Makes the digests of everything, and the identifier, anew, as a forger would who has no key.
fn rehash(files: &mut Vec<(String, Vec<u8>)>, algorithms: &[Algorithm]) {
    use handover::bag::manifest::write_line;
    // The payload manifests first, since every tag manifest lists them all.
    let payload = algorithms.iter().map(|&found| (found, layout::manifest(found), true));
    let tags = algorithms.iter().map(|&found| (found, layout::tag_manifest(found), false));
    for (algorithm, name, payload) in payload.chain(tags) {
        let mut text = String::new();
        let mut listed: Vec<_> = files
            .iter()
            .filter(|(path, _)| {
                path.starts_with("data/") == payload
                    && !path.starts_with("tagmanifest-")
                    && !path.starts_with("signatures/")
            })
            .collect();
        listed.sort();
        for (path, bytes) in listed {
            write_line(&mut text, &algorithm.digest(bytes), path);
        }
        if name == layout::manifest(Algorithm::Sha512) {
            let info = String::from_utf8(content(files, layout::BAG_INFO).clone()).unwrap();
            let identifier = layout::identifier(text.as_bytes(), TIME);
            let restated = info.lines().map(|line| match line.starts_with("External-Identifier") {
                true => format!("External-Identifier: urn:uuid:{identifier}\n"),
                false => format!("{line}\n"),
            });
            *content(files, layout::BAG_INFO) = restated.collect::<String>().into_bytes();
        }
        files.retain(|(path, _)| *path != name);
        files.push((name, text.into_bytes()));
    }
}

#[test]
fn the_five_outcomes_and_what_is_accepted() {
    let signed = files(&[Algorithm::Sha512]);
    let unsigned: Vec<_> =
        signed.iter().filter(|(path, _)| !path.starts_with("signatures/")).cloned().collect();
    let mut altered = signed.clone();
    content(&mut altered, "data/letter.pdf")[3] ^= 1;
    let none = vec![("a.csv".to_owned(), b"a\n".to_vec())];
    let other = Options { signers: Some(signers("")), ..Options::default() };
    let without = Options::default();
    for (files, options, verdict, accepted) in [
        (&signed, &listed(), Verdict::IntactSigned, true),
        (&signed, &without, Verdict::IntactSignerUnknown, true),
        (&signed, &other, Verdict::IntactSignerUnknown, false),
        (&unsigned, &without, Verdict::IntactUnsigned, true),
        (&unsigned, &listed(), Verdict::IntactUnsigned, false),
        (&altered, &listed(), Verdict::Altered, false),
        (&altered, &without, Verdict::Altered, false),
        (&none, &without, Verdict::NotAPackage, false),
    ] {
        let outcome = verify_with(files, options);
        assert_eq!(outcome.verdict, verdict, "{:?}", codes(&outcome));
        assert_eq!(outcome.is_accepted(), accepted, "{:?}", codes(&outcome));
        let mut text = Vec::new();
        handover::report::verdict::write_text(&outcome, &mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert_eq!(text.lines().nth(1).unwrap(), format!("Outcome: {}", verdict.name()));
        let refused = verdict.is_intact() && !accepted;
        assert_eq!(text.starts_with("NOT ACCEPTED"), refused, "{text}");
        let json = handover::report::verdict::to_json(&outcome);
        assert_eq!(json["outcome"], verdict.name());
        assert_eq!(json["accepted"], accepted);
    }
}

#[test]
fn a_list_decides_who_may_sign_for_what_and_when() {
    let files = files(&[Algorithm::Sha512]);
    let day = 86_400;
    for (list, identity, at, good) in [
        ("a@b KEY", None, None, true),
        ("a@b KEY", Some("a@b"), None, true),
        ("*@b KEY", Some("c@b"), None, true),
        ("a@b KEY", Some("c@b"), None, false),
        ("a@b namespaces=\"handover\" KEY", None, None, true),
        ("a@b namespaces=\"git\" KEY", None, None, false),
        // The claimed time is 2026-11-23T08:26:18Z.
        ("a@b valid-after=\"20261123082618Z\",valid-before=\"20261124\" KEY", None, None, true),
        ("a@b valid-after=\"20261123082619Z\" KEY", None, None, false),
        ("a@b valid-before=\"20261123\" KEY", None, None, false),
        ("a@b valid-before=\"20261124\" KEY", None, Some(TIME + 2 * day), false),
        ("a@b valid-before=\"20261123\" KEY", None, Some(TIME - 2 * day), true),
        ("a@b cert-authority KEY", None, None, false),
        ("a@b ssh-rsa AAAA", None, None, false),
    ] {
        let options = Options {
            signers: Some(signers(list)),
            identity: identity.map(str::to_owned),
            at,
            ..Options::default()
        };
        let outcome = verify_with(&files, &options);
        let expected = if good { Verdict::IntactSigned } else { Verdict::IntactSignerUnknown };
        assert_eq!((outcome.verdict, outcome.is_accepted()), (expected, good), "{list}");
        assert_eq!(outcome.gaps.is_empty(), !list.contains("cert-authority"), "{list}");
    }
}

#[test]
fn every_downgrade_and_forgery_is_found() {
    type Change = fn(&mut Vec<(String, Vec<u8>)>);
    let both = [Algorithm::Sha256, Algorithm::Sha512];
    fn remove(files: &mut Vec<(String, Vec<u8>)>, path: &str) {
        files.retain(|(found, _)| found != path);
    }
    // What it is called; the finding that must be there with a list of signers; whether it is found
    // without one too.
    let cases: [(&str, &str, bool, Change); 15] = [
        ("all signatures removed", "error signature-missing", false, |files| {
            files.retain(|(path, _)| !path.starts_with("signatures/"));
        }),
        ("one signature removed", "error signature-missing", true, |files| {
            remove(files, SIGNATURE);
        }),
        ("tag manifests removed", "error tag-manifest-missing", true, |files| {
            files.retain(|(path, _)| !path.starts_with("tagmanifest-"));
        }),
        ("stronger manifests removed", "error payload-missing", true, |files| {
            remove(files, "manifest-sha512.txt");
            remove(files, SHA512);
            remove(files, SIGNATURE);
        }),
        (
            "stronger tag manifest removed, its signature kept",
            "error tag-unlisted",
            true,
            |files| {
                remove(files, SHA512);
            },
        ),
        ("signed by another key", "error signer-unknown", false, |files| {
            sign_all(files, &key(2));
        }),
        ("signed for another purpose", "error signature-invalid", true, |files| {
            let text = Signature::make(&key(1), "git", content(files, SHA512)).to_text();
            *content(files, SIGNATURE) = text.as_bytes().to_vec();
        }),
        ("a signature of another file", "error signature-invalid", true, |files| {
            let other = content(files, "signatures/tagmanifest-sha256.txt.sig").clone();
            *content(files, SIGNATURE) = other;
        }),
        ("no signature at all in its file", "error signature-invalid", true, |files| {
            *content(files, SIGNATURE) = b"signed, J. Smith\n".to_vec();
        }),
        ("a huge file for a signature", "error signature-invalid", true, |files| {
            *content(files, SIGNATURE) = vec![b'A'; 1 << 20];
        }),
        ("a changed tag manifest", "error signature-invalid", true, |files| {
            let manifest = content(files, SHA512);
            manifest[0] = if manifest[0] == b'0' { b'1' } else { b'0' };
        }),
        ("all hashed anew by a forger", "error signature-invalid", true, |files| {
            content(files, "data/letter.pdf")[3] ^= 1;
            rehash(files, &[Algorithm::Sha256, Algorithm::Sha512]);
        }),
        ("hashed anew and signed by a forger", "error signer-unknown", false, |files| {
            content(files, "data/letter.pdf")[3] ^= 1;
            rehash(files, &[Algorithm::Sha256, Algorithm::Sha512]);
            sign_all(files, &key(2));
        }),
        ("a file slipped into signatures/", "error tag-unlisted", true, |files| {
            files.push(("signatures/extra.sig".into(), b"x".to_vec()));
        }),
        ("a tag manifest that nobody signed", "error signature-missing", true, |files| {
            files.push(("tagmanifest-md5.txt".into(), Vec::new()));
        }),
    ];
    for (name, wanted, seen_without_list, change) in cases {
        let mut files = files(&both);
        assert_eq!(verify_with(&files, &listed()).verdict, Verdict::IntactSigned);
        change(&mut files);
        let outcome = verify_with(&files, &listed());
        assert!(!outcome.is_accepted(), "{name}: {:?}", codes(&outcome));
        assert_ne!(outcome.verdict, Verdict::IntactSigned, "{name}");
        assert!(codes(&outcome).iter().any(|code| code == wanted), "{name}: {:?}", codes(&outcome));
        let outcome = verify_with(&files, &Options::default());
        assert_eq!(!outcome.is_accepted(), seen_without_list, "{name}: {:?}", codes(&outcome));
    }
}

#[test]
fn a_signature_that_was_taken_away_or_replaced_is_seen_without_a_list() {
    // The tag manifest covers the statement that it was signed, and by which key.
    let mut files = files(&[Algorithm::Sha512]);
    let line = format!("{}: {}\n", tag::SIGNING_KEY_LABEL, key(1).public().fingerprint());
    content(&mut files, layout::BAG_INFO).extend_from_slice(line.as_bytes());
    rehash(&mut files, &[Algorithm::Sha512]);
    sign_all(&mut files, &key(1));
    let outcome = verify_with(&files, &Options::default());
    assert_eq!(outcome.verdict, Verdict::IntactSignerUnknown, "{:?}", codes(&outcome));
    let mut replaced = files.clone();
    sign_all(&mut replaced, &key(2));
    let outcome = verify_with(&replaced, &Options::default());
    assert_eq!(outcome.verdict, Verdict::Altered);
    assert!(codes(&outcome).contains(&"error signature-invalid".to_owned()));
    files.retain(|(path, _)| !path.starts_with("signatures/"));
    let outcome = verify_with(&files, &Options::default());
    assert_eq!(outcome.verdict, Verdict::Altered);
    assert!(codes(&outcome).contains(&"error signature-missing".to_owned()));
}

#[test]
fn bags_of_others_may_be_signed_too() {
    let bag = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/bags/valid-1.0/bag");
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("bag");
    copy_tree(&bag, &copy);
    let outcome = verify::run(&copy, &listed()).unwrap();
    assert_eq!((outcome.verdict, outcome.is_accepted()), (Verdict::IntactUnsigned, false));
    std::fs::create_dir(copy.join("signatures")).unwrap();
    let mut signed = 0;
    for name in std::fs::read_dir(&copy).unwrap().map(|item| item.unwrap().file_name()) {
        let name = name.into_string().unwrap();
        if name.starts_with("tagmanifest-") {
            let text =
                Signature::make(&key(1), NAMESPACE, &std::fs::read(copy.join(&name)).unwrap());
            std::fs::write(copy.join(layout::signature(&name)), &*text.to_text()).unwrap();
            signed += 1;
        }
    }
    assert!(signed > 0);
    let outcome = verify::run(&copy, &listed()).unwrap();
    assert_eq!(outcome.verdict, Verdict::IntactSigned, "{:?}", codes(&outcome));
    assert!(outcome.is_accepted());
    assert!(matches!(outcome.signatures[0].signer, Signer::Listed { .. }));
}

fn copy_tree(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for item in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(item.file_name());
        match item.path().is_dir() {
            true => copy_tree(&item.path(), &target),
            false => _ = std::fs::copy(item.path(), target).unwrap(),
        }
    }
}

/// The program, run with some arguments.
pub fn handover(arguments: &[&str], folder: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_handover"))
        .args(arguments)
        .current_dir(folder)
        .env("SOURCE_DATE_EPOCH", TIME.to_string())
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn well(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn emis() -> String {
    format!("{}/fixtures/extracts/emis-small", env!("CARGO_MANIFEST_DIR"))
}

/// Runs ssh-keygen; `None` where it is not installed.
fn ssh_keygen(arguments: &[&str], input: Option<&Path>, folder: &Path) -> Option<Output> {
    let stdin = match input {
        Some(path) => Stdio::from(std::fs::File::open(folder.join(path)).unwrap()),
        None => Stdio::null(),
    };
    match Command::new("ssh-keygen").args(arguments).current_dir(folder).stdin(stdin).output() {
        Ok(output) => Some(output),
        Err(_) => {
            eprintln!("skipped: ssh-keygen is not installed");
            None
        }
    }
}

#[test]
fn keys_are_made_once_and_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let text = well(&handover(&["key", "generate", "k", "--no-passphrase"], folder));
    let public = std::fs::read_to_string(folder.join("k.pub")).unwrap();
    let secret = std::fs::read_to_string(folder.join("k")).unwrap();
    let key = Locked::parse(&secret).unwrap().unlock(b"").unwrap();
    assert_eq!(public, format!("{}\n", key.public().to_line("handover")));
    assert!(text.contains(&key.public().fingerprint()), "{text}");
    let line = text.lines().last().unwrap();
    assert_eq!(line, format!("NAME namespaces=\"handover\" {}", key.public()));
    assert!(!Signers::parse(line).unwrap().is_empty());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode =
            |name| std::fs::metadata(folder.join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode("k"), mode("k.pub")), (0o600, 0o644));
    }
    // Nothing is replaced, neither of the two.
    for (path, taken) in [("k", "k"), ("l", "l.pub")] {
        if path == "l" {
            std::fs::write(folder.join("l.pub"), "mine").unwrap();
        }
        let output = handover(&["key", "generate", path, "--no-passphrase"], folder);
        assert_eq!(output.status.code(), Some(2));
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(&format!("{taken} exists already")), "{said}");
    }
    assert_eq!(std::fs::read_to_string(folder.join("k")).unwrap(), secret);
    assert!(!folder.join("l").exists());
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 3);
    // There is no terminal to ask on.
    let output = handover(&["key", "generate", "m"], folder);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("no terminal"));
    assert!(!folder.join("m").exists());
}

#[test]
fn a_signed_package_is_made_and_verified() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("pass"), "correct horse\r\nnot this\n").unwrap();
    std::fs::write(folder.join("wrong"), "battery\n").unwrap();
    let list = well(&handover(
        &["key", "generate", "k", "--passphrase-file", "pass", "--principal", "a@b"],
        folder,
    ));
    std::fs::write(folder.join("signers"), list.lines().last().unwrap()).unwrap();
    let emis = emis();
    let package = |output: &str, passphrase: &str| {
        let arguments =
            ["package", &emis, "--output", output, "--sign", "k", "--passphrase-file", passphrase];
        handover(&arguments, folder)
    };
    let output = package("x.zip", "wrong");
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("cannot use the key k: the passphrase is wrong"), "{said}");
    assert!(!folder.join("x.zip").exists());
    well(&package("p.zip", "pass"));
    well(&package("q.zip", "pass"));
    let bytes = std::fs::read(folder.join("p.zip")).unwrap();
    assert_eq!(bytes, std::fs::read(folder.join("q.zip")).unwrap(), "the same package twice");

    let text = well(&handover(&["verify", "p.zip"], folder));
    assert!(text.contains("\nOutcome: intact-signer-unknown\n"), "{text}");
    let arguments =
        ["verify", "p.zip", "--signers", "signers", "--report", "c.html", "--report", "c.txt"];
    let text = well(&handover(&arguments, folder));
    assert!(text.contains("\nOutcome: intact-signed\n"), "{text}");
    assert!(text.contains("a@b (line 1 of the list)"), "{text}");
    let page = std::fs::read_to_string(folder.join("c.html")).unwrap();
    let plain = std::fs::read_to_string(folder.join("c.txt")).unwrap();
    for page in [&page, &plain] {
        for wanted in [
            "signed by a signer on your list",
            "a@b (line 1",
            "Encrypted",
            "SHA-512 of manifest-sha512.txt",
        ] {
            assert!(page.contains(wanted), "{wanted}: {page}");
        }
    }
    assert!(!page.contains("<script") && page.contains("lang=\"en-GB\""));
    // The digest to compare with the paper is the same inside and outside.
    let files = unzipped(&bytes);
    let inside = |path: &str| {
        let found = files.iter().find(|(found, _)| found == path).unwrap();
        String::from_utf8(found.1.clone()).unwrap()
    };
    let digits = Algorithm::Sha512.digest(inside("manifest-sha512.txt").as_bytes()).to_string();
    let rows = handover::report::verdict::grouped(&digits);
    for page in [
        &page,
        &plain,
        &inside("VERIFY.txt"),
        &inside(layout::CERTIFICATE_TEXT),
        &inside(layout::CERTIFICATE_HTML),
    ] {
        rows.iter().for_each(|row| assert!(page.contains(row), "{page}"));
    }
    // A moment after the key's time, by option.
    let line = std::fs::read_to_string(folder.join("signers")).unwrap();
    let limited = line.replace("namespaces", "valid-before=\"20261201\",namespaces");
    std::fs::write(folder.join("signers"), limited).unwrap();
    for (at, good) in [
        ("2026-11-30", true),
        ("2027-01-01", false),
        ("now", true),
        ("2026-12-01T00:00:01Z", false),
    ] {
        let output = handover(&["verify", "p.zip", "--signers", "signers", "--at", at], folder);
        assert_eq!(output.status.code(), Some(i32::from(!good)), "{at}");
    }
    // Neither the package nor a bag is written over or into.
    let output =
        handover(&["verify", "p.zip", "--report", "p.html", "--report", "./p.zip"], folder);
    assert_eq!(output.status.code(), Some(2));
    std::fs::write(folder.join("bad"), "a ssh-ed25519 AAAA\n").unwrap();
    let output = handover(&["verify", "p.zip", "--signers", "bad"], folder);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("bad: line 1 of the list: its key is damaged"), "{said}");
}

#[test]
fn ssh_keygen_reads_our_keys_and_verifies_our_signatures() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("pass"), "correct horse\n").unwrap();
    let list = well(&handover(
        &["key", "generate", "k", "--passphrase-file", "pass", "--principal", "a@b"],
        folder,
    ));
    std::fs::write(folder.join("allowed_signers"), list.lines().last().unwrap()).unwrap();
    let Some(read) = ssh_keygen(&["-y", "-P", "correct horse", "-f", "k"], None, folder) else {
        return;
    };
    let public = std::fs::read_to_string(folder.join("k.pub")).unwrap();
    assert_eq!(well(&read), public);
    let emis = emis();
    let arguments = [
        "package",
        &emis,
        "--output",
        "p.zip",
        "--sign",
        "k",
        "--digest",
        "both",
        "--passphrase-file",
        "pass",
    ];
    well(&handover(&arguments, folder));
    // The list lies beside the bag, as VERIFY.txt has it.
    let folder = &folder.join("bag");
    for (path, bytes) in unzipped(&std::fs::read(folder.with_file_name("p.zip")).unwrap()) {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    // As VERIFY.txt has it, word for word.
    let guide = std::fs::read_to_string(folder.join("VERIFY.txt")).unwrap();
    let commands: Vec<&str> =
        guide.lines().map(str::trim).filter(|line| line.starts_with("ssh-keygen ")).collect();
    assert_eq!(commands.len(), 2);
    for command in commands {
        let (command, input) = command.split_once(" < ").unwrap();
        let command = command.replace("NAME", "a@b");
        let words: Vec<&str> = command.split(' ').skip(1).collect();
        let said = well(&ssh_keygen(&words, Some(Path::new(input)), folder).unwrap());
        assert!(said.starts_with("Good \"handover\" signature for a@b"), "{said}");
        let other = ssh_keygen(&words, Some(Path::new("bagit.txt")), folder).unwrap();
        assert!(!other.status.success());
    }
}

#[test]
fn what_ssh_keygen_makes_is_read_and_verified() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (name, passphrase) in [("plain", ""), ("locked", "correct horse")] {
        let arguments = ["-q", "-t", "ed25519", "-N", passphrase, "-C", "someone", "-f", name];
        let Some(made) = ssh_keygen(&arguments, None, folder) else { return };
        well(&made);
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        let locked = Locked::parse(&text).unwrap();
        assert_eq!(locked.is_encrypted(), !passphrase.is_empty());
        let key = locked.unlock(passphrase.as_bytes()).unwrap();
        assert_eq!(key.comment(), "someone");
        let public = std::fs::read_to_string(folder.join(format!("{name}.pub"))).unwrap();
        assert_eq!(public.trim_end(), key.public().to_line("someone"));
    }
    // Stock tools sign a package of ours that was not signed.
    let files = unzipped(&Package::small().bytes());
    let manifest = &files.iter().find(|(path, _)| path == SHA512).unwrap().1;
    std::fs::write(folder.join(SHA512), manifest).unwrap();
    let public = std::fs::read_to_string(folder.join("plain.pub")).unwrap();
    let options =
        Options { signers: Some(signers(&format!("a@b {public}"))), ..Options::default() };
    for (hash, namespace, good) in
        [("sha512", "handover", true), ("sha256", "handover", true), ("sha512", "file", false)]
    {
        let _ = std::fs::remove_file(folder.join(format!("{SHA512}.sig")));
        let hash = format!("hashalg={hash}");
        let arguments = ["-Y", "sign", "-f", "plain", "-n", namespace, "-O", &hash, SHA512];
        let signed = ssh_keygen(&arguments, None, folder).unwrap();
        assert!(signed.status.success(), "{signed:?}");
        let text = std::fs::read(folder.join(format!("{SHA512}.sig"))).unwrap();
        let mut files = files.clone();
        files.push((SIGNATURE.into(), text));
        let outcome = verify_with(&files, &options);
        assert_eq!(outcome.verdict == Verdict::IntactSigned, good, "{:?}", codes(&outcome));
    }
    // A kind of key that we do not know is a gap, no damage; and not accepted where a list is given.
    let arguments = ["-q", "-t", "ecdsa", "-N", "", "-f", "other"];
    well(&ssh_keygen(&arguments, None, folder).unwrap());
    let _ = std::fs::remove_file(folder.join(format!("{SHA512}.sig")));
    ssh_keygen(&["-Y", "sign", "-f", "other", "-n", "handover", SHA512], None, folder).unwrap();
    let mut files = files.clone();
    files.push((SIGNATURE.into(), std::fs::read(folder.join(format!("{SHA512}.sig"))).unwrap()));
    let outcome = verify_with(&files, &Options::default());
    assert_eq!((outcome.verdict, outcome.gaps.len()), (Verdict::IntactUnsigned, 1));
    assert!(outcome.is_accepted());
    assert!(!verify_with(&files, &options).is_accepted());
    assert!(outcome.groups.iter().all(|group| group.severity != Severity::Error));
    assert!(Locked::parse(&std::fs::read_to_string(folder.join("other")).unwrap()).is_err());
}

#[test]
fn a_key_of_small_order_is_on_no_list() {
    let mut neutral = [0; 32];
    neutral[0] = 1;
    assert_eq!(PublicKey::from_bytes(&neutral), None);
}
