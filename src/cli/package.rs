//! `handover package`.

use super::args::{self, DigestChoice};
use super::check::{applied, baseline, open, options, refuse_inside, report};
use super::form::{self, Form};
use super::{Context, Status, progress};
use crate::digest::Algorithm;
use crate::error::{Error, ErrorKind, Result};
use crate::finding::message::thousands;
use crate::package::{self, Acceptance, Options, Secret};
use crate::proof::{SECRET_BYTES, from_hex};
use crate::report::Tool;
use std::path::Path;
use zeroize::Zeroizing;

pub(super) fn run(args: args::Package, context: &mut Context<'_>) -> Result<Status> {
    let baseline = baseline(&args.checking)?;
    let (extract, chosen) = open(&args.extract, &args.checking)?;
    refuse_inside(&args.output, &extract)?;
    context.clear_leftovers(&args.output);
    let key = match &args.sign {
        Some(path) => Some(super::key::secret(path, args.passphrase_file.as_deref(), context)?),
        None => None,
    };
    let options = Options {
        check: options(&args.checking, context)?,
        output: args.output.clone(),
        time: context.started.seconds,
        acceptance: args.accept.map(|reason| Acceptance { reason, by: args.accepted_by.clone() }),
        baseline,
        info: args.info,
        algorithms: match args.digest {
            DigestChoice::Sha512 => vec![Algorithm::Sha512],
            DigestChoice::Sha256 => vec![Algorithm::Sha256],
            DigestChoice::Both => vec![Algorithm::Sha256, Algorithm::Sha512],
        },
        level: args.level,
        reread: !args.no_reread,
        key,
        secret: secret(args.secret.as_deref())?,
        tool: Tool::default(),
    };
    let display = progress::show(&extract, &options.check.progress, context);
    let packaged = package::run(&extract, chosen.as_ref(), &options)?;
    drop(display);
    if !options.baseline.is_empty() {
        applied(packaged.applied, context.err, context.quiet);
    }
    let report = report(&packaged.outcome, &args.extract, &args.checking, context);
    form::print(&report, args.format, context)?;
    match packaged.written {
        Some(written) => {
            context.note(&format!(
                "wrote {} ({} bytes), identifier {}",
                written.path.display(),
                thousands(written.bytes),
                written.identifier
            ));
            if let Some(key) = written.key {
                context.note(&format!("signed with {key}"));
            }
            context.note("the package is not encrypted: keep it as you keep patient data");
            Ok(Status::Well)
        }
        None => {
            context.note(&format!(
                "refused: {} was not written, because of the error findings above",
                options.output.display()
            ));
            if matches!(args.format, Form::Text) {
                context.note(
                    "hint: mend the extract, or state why it is accepted as it is: \
                     --accept \"REASON\" --accepted-by \"NAME\"",
                );
            }
            Ok(Status::Problems)
        }
    }
}

/// The secret in a file, else random bytes, for where none can be derived.
fn secret(path: Option<&Path>) -> Result<Secret> {
    let Some(path) = path else {
        let mut random = Zeroizing::new([0; SECRET_BYTES]);
        getrandom::fill(random.as_mut_slice())
            .map_err(|error| Error::internal(format!("no random numbers: {error}")))?;
        return Ok(Secret::Derived(random));
    };
    let text = std::fs::read(path).map_err(|error| Error::io("read", path, error))?;
    let text = Zeroizing::new(text);
    let digits = std::str::from_utf8(&text).ok().map(str::trim);
    match digits.and_then(from_hex::<SECRET_BYTES>) {
        Some(secret) => Ok(Secret::Given(Zeroizing::new(secret))),
        None => {
            let message = format!("{} does not hold a secret", path.display());
            Err(Error::new(ErrorKind::Usage, message)
                .with_path(path)
                .with_hint("it must be 64 hexadecimal digits (0-9, a-f): openssl rand -hex 32"))
        }
    }
}
