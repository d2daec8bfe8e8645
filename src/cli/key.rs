//! `handover key`, and reading keys for the other commands.

use super::args::{self, KeyCommand};
use super::{Context, Status, output_failed};
use crate::error::{Error, ErrorKind, Result};
use crate::output::{Existing, Output};
use crate::signature::{Locked, NAMESPACE, SecretKey, Signers};
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The largest file that is read as a key, a passphrase or a list, in bytes.
const LARGEST: u64 = 16 << 20;

pub(super) fn run(args: args::Key, context: &mut Context<'_>) -> Result<Status> {
    match args.command {
        KeyCommand::Generate(args) => generate(&args, context),
    }
}

fn generate(args: &args::Generate, context: &mut Context<'_>) -> Result<Status> {
    let public_path = with_pub(&args.file);
    // Both are begun before anything is asked or made, so that nothing is half done.
    let mut secret_file = context.create(&args.file, Existing::Keep)?;
    let mut public_file = context.create(&public_path, Existing::Keep)?;
    let passphrase = match (&args.passphrase_file, args.no_passphrase) {
        (Some(file), _) => Some(passphrase_in(file)?),
        (None, true) => None,
        (None, false) => Some(new_passphrase()?),
    };
    let mut random = Zeroizing::new([0; 52]);
    getrandom::fill(random.as_mut())
        .map_err(|error| Error::internal(format!("no random numbers: {error}")))?;
    let (seed, rest) = random.split_at(32);
    let seed: &[u8; 32] = seed.try_into().map_err(Error::internal)?;
    let key = SecretKey::from_seed(seed, &args.comment);
    let text = match &passphrase {
        Some(passphrase) => {
            key.to_locked_text(passphrase, rest.try_into().map_err(Error::internal)?)?
        }
        None => {
            let check = rest.first_chunk().copied().unwrap_or_default();
            key.to_text(check)
        }
    };
    write(&mut secret_file, &args.file, text.as_bytes())?;
    let line = format!("{}\n", key.public().to_line(&args.comment));
    write(&mut public_file, &public_path, line.as_bytes())?;
    secret_file.commit()?;
    public_file.commit()?;
    readable_by_all(&public_path);
    let public = key.public();
    let text = format!(
        "Secret key   {}  (keep it, and keep it to yourself)\n\
         Public key   {}\n\
         Fingerprint  {}\n\n\
         The line for a list of signers, to be passed on by a way that can be trusted:\n\
         {} namespaces=\"{NAMESPACE}\" {public}\n",
        args.file.display(),
        public_path.display(),
        public.fingerprint(),
        args.principal,
    );
    context.out.write_all(text.as_bytes()).map_err(output_failed)?;
    if passphrase.is_none() {
        context
            .note("the secret key has no passphrase: whoever can read the file can sign with it");
    }
    Ok(Status::Well)
}

/// The secret key in a file; its passphrase comes from `passphrase`, or is asked for.
pub(super) fn secret(
    path: &Path,
    passphrase: Option<&Path>,
    context: &mut Context<'_>,
) -> Result<SecretKey> {
    let bytes = Zeroizing::new(read(path)?);
    let named = |error: Error| {
        let hint = error.hint().map(str::to_owned);
        let named =
            Error::new(error.kind(), format!("cannot use the key {}: {error}", path.display()))
                .with_path(path);
        match hint {
            Some(hint) => named.with_hint(hint),
            None => named,
        }
    };
    let text = std::str::from_utf8(&bytes).unwrap_or_default();
    let locked = Locked::parse(text).map_err(named)?;
    if is_open_to_others(path) {
        context.note(&format!("others than its owner may read the key {}", path.display()));
    }
    let passphrase = match (locked.is_encrypted(), passphrase) {
        (false, _) => Zeroizing::new(Vec::new()),
        (true, Some(file)) => passphrase_in(file)?,
        (true, None) => ask(&format!("Passphrase of {}: ", path.display()), "--passphrase-file")?,
    };
    locked.unlock(&passphrase).map_err(named)
}

/// The list of signers in a file.
pub(super) fn signers(path: &Path) -> Result<Signers> {
    let bytes = read(path)?;
    let text = String::from_utf8_lossy(&bytes);
    Signers::parse(text.strip_prefix('\u{feff}').unwrap_or(&text)).map_err(|error| {
        let named =
            Error::new(error.kind(), format!("{}: {error}", path.display())).with_path(path);
        match error.hint() {
            Some(hint) => named.with_hint(hint),
            None => named,
        }
    })
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let failed = |error| Error::io("read", path, error);
    let metadata = std::fs::metadata(path).map_err(failed)?;
    if metadata.len() > LARGEST {
        let message = format!("{} is too large for what it should be", path.display());
        return Err(Error::new(ErrorKind::Usage, message).with_path(path));
    }
    std::fs::read(path).map_err(failed)
}

/// The first line of a file, without its end.
fn passphrase_in(path: &Path) -> Result<Zeroizing<Vec<u8>>> {
    let bytes = Zeroizing::new(read(path)?);
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if line.is_empty() {
        let message = format!("the first line of {} is empty", path.display());
        return Err(Error::new(ErrorKind::Usage, message)
            .with_path(path)
            .with_hint("a passphrase stands in the first line"));
    }
    Ok(Zeroizing::new(line.to_vec()))
}

fn new_passphrase() -> Result<Zeroizing<Vec<u8>>> {
    let option = "--passphrase-file, or --no-passphrase";
    let one = ask("Passphrase for the new key: ", option)?;
    if one.is_empty() {
        return Err(Error::new(ErrorKind::Usage, "the passphrase is empty")
            .with_hint("for a key without one, give --no-passphrase"));
    }
    let two = ask("The same again: ", option)?;
    if *one != *two {
        return Err(Error::new(ErrorKind::Usage, "the passphrases differ; no key was made"));
    }
    Ok(one)
}

/// Asks on the terminal, where nothing is shown while it is typed.
fn ask(prompt: &str, option: &str) -> Result<Zeroizing<Vec<u8>>> {
    let no_terminal = || {
        Error::new(ErrorKind::Usage, "a passphrase is needed, and there is no terminal to ask on")
            .with_hint(format!("give {option}"))
    };
    if !std::io::stdin().is_terminal() {
        return Err(no_terminal());
    }
    let typed = rpassword::prompt_password(prompt).map_err(|error| match error.kind() {
        std::io::ErrorKind::Interrupted => Error::interrupted(),
        _ => no_terminal(),
    })?;
    Ok(Zeroizing::new(typed.into_bytes()))
}

fn write(output: &mut Output, path: &Path, bytes: &[u8]) -> Result<()> {
    output.write_all(bytes).map_err(|error| Error::io("write", path, error))
}

fn with_pub(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".pub");
    name.into()
}

/// A public key is for everyone; where the system refuses, its owner can still pass it on.
#[cfg(unix)]
fn readable_by_all(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let _ = std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644));
}

#[cfg(not(unix))]
fn readable_by_all(_: &Path) {}

#[cfg(unix)]
fn is_open_to_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_open_to_others(_: &Path) -> bool {
    false
}
