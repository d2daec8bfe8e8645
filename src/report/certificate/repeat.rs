//! How to repeat a verification with none of our software.

use super::strongest;
use crate::bag::layout;
use crate::digest::Algorithm;
use crate::finding::message::plain;
use crate::signature::NAMESPACE;

/// How to repeat the verification with none of our software; also for `VERIFY.txt`. The list of signers
/// lies beside the package: in the bag it would be a file that no list has. `signed` are the files whose
/// signatures are to be verified. The last digest is made
/// anew from the manifest, since digits that stand in a package may be old ones that someone left.
pub fn repeat(
    name: &str,
    algorithms: &[Algorithm],
    signed: &[String],
) -> Vec<(String, Vec<String>)> {
    let mut algorithms = algorithms.to_vec();
    algorithms.sort();
    let strongest = strongest(&algorithms);
    let name = plain(name, 100);
    let mut unix = vec![format!("unzip -q PACKAGE.zip && cd {name}")];
    for algorithm in &algorithms {
        for manifest in ["tagmanifest", "manifest"] {
            unix.push(format!("{algorithm}sum -c --quiet {manifest}-{algorithm}.txt"));
        }
    }
    let mut windows = vec![format!("Expand-Archive PACKAGE.zip . ; cd {name}")];
    windows.push(format!(
        "'tagmanifest','manifest' | % {{ gc \"$_-{strongest}.txt\" -Encoding UTF8 }} | % {{ \
         $d,$p = $_ -split '  ',2; if ((Get-FileHash -Algorithm {} -LiteralPath $p).Hash -ne $d) {{ \
         \"DIFFERS: $p\" }} }}",
        strongest.to_uppercase()
    ));
    for path in signed {
        let command = |list: &str, path: &str| {
            format!(
                "ssh-keygen -Y verify -f {list} -I NAME -n {NAMESPACE} -s {} < {path}",
                layout::signature(&path.replace('\\', "/"))
            )
        };
        unix.push(command("../allowed_signers", path));
        let windows_path = path.replace('/', "\\");
        windows.push(format!("cmd /c \"{}\"", command("..\\allowed_signers", &windows_path)));
    }
    unix.push(format!("sha512sum manifest-{strongest}.txt"));
    windows.push(format!("(Get-FileHash -Algorithm SHA512 manifest-{strongest}.txt).Hash"));
    vec![
        ("with our program".into(), vec!["handover verify PACKAGE.zip".into()]),
        (
            "without it, on Linux or macOS (no output of -c: all is well; the last digest is that on \
             the paper)"
                .into(),
            unix,
        ),
        (
            "without it, on Windows, in PowerShell (no output of the second line: all is well; the \
             last digest is that on the paper)"
                .into(),
            windows,
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commands_name_every_manifest_and_signature() {
        let algorithms = [Algorithm::Sha512, Algorithm::Sha256];
        let lines: Vec<String> = repeat("A-1", &algorithms, &["tagmanifest-sha512.txt".to_owned()])
            .into_iter()
            .flat_map(|(_, lines)| lines)
            .collect();
        for wanted in [
            "handover verify PACKAGE.zip",
            "sha256sum -c --quiet tagmanifest-sha256.txt",
            "sha512sum -c --quiet manifest-sha512.txt",
            "sha512sum manifest-sha512.txt",
            "(Get-FileHash -Algorithm SHA512 manifest-sha512.txt).Hash",
            "ssh-keygen -Y verify -f ../allowed_signers -I NAME -n handover -s \
             signatures/tagmanifest-sha512.txt.sig < tagmanifest-sha512.txt",
        ] {
            assert!(lines.iter().any(|line| line == wanted), "{wanted}: {lines:#?}");
        }
        // Of an export, the package's root is signed.
        let root = repeat("A-1", &algorithms, &["proof/checkpoint.txt".to_owned()]);
        let lines: Vec<String> = root.into_iter().flat_map(|(_, lines)| lines).collect();
        for wanted in [
            "ssh-keygen -Y verify -f ../allowed_signers -I NAME -n handover -s \
             signatures/checkpoint.txt.sig < proof/checkpoint.txt",
            "cmd /c \"ssh-keygen -Y verify -f ..\\allowed_signers -I NAME -n handover -s \
             signatures/checkpoint.txt.sig < proof\\checkpoint.txt\"",
        ] {
            assert!(lines.iter().any(|line| line == wanted), "{wanted}: {lines:#?}");
        }
        let unsigned = repeat("A-1", &algorithms, &[]);
        assert!(!format!("{unsigned:?}").contains("ssh-keygen"));
    }
}
