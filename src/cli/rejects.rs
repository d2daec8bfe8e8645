//! `--rejects` and `--token-key`: what the supplier needs to find the rows.
//!
//! Rejected rows are patient data as they stand: they go into files that only their owner can read,
//! below a folder that was asked for, and nowhere else. A token is an HMAC of a row's key, so that
//! whoever has the key file and the data finds the row, and nobody else learns anything.

use super::Context;
use crate::check::{self, Row, SchemaUsed};
use crate::error::{Error, ErrorKind, Result};
use crate::finding::message::{counted, thousands};
use crate::output::{Existing, Output};
use crate::schema::Schema;
use crate::source::Extract;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};

/// Examples of findings of keys that are kept so that their rows can be rejected.
pub(super) const KEY_SAMPLES: usize = 50_000;

/// The least and most bytes of a token key.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 16..=4096;

/// A key that tokens are made with.
pub(super) struct TokenKey(zeroize::Zeroizing<Vec<u8>>);

impl TokenKey {
    /// Reads a key file: all its bytes are the key, but for white space at its end.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let failed = |error| Error::io("read", path, error);
        let mut bytes = zeroize::Zeroizing::new(Vec::new());
        let file = std::fs::File::open(path).map_err(failed)?;
        file.take(*KEY_BYTES.end() as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
        let length = bytes.trim_ascii_end().len();
        bytes.truncate(length);
        if !KEY_BYTES.contains(&length) {
            let message = format!(
                "{} is no token key: it has {length} bytes, and not {} to {}",
                path.display(),
                KEY_BYTES.start(),
                KEY_BYTES.end()
            );
            return Err(Error::new(ErrorKind::Usage, message)
                .with_path(path)
                .with_hint("make one with: openssl rand -hex 32 > token.key"));
        }
        Ok(Self(bytes))
    }

    /// The token of a row: `k` and the table's name with the cells of its primary key, or `r` and the
    /// record without line end where it has none; the first 16 bytes in hexadecimal.
    fn token(&self, row: &Row<'_>) -> Result<String> {
        let mut mac =
            <Hmac<Sha256> as KeyInit>::new_from_slice(&self.0).map_err(Error::internal)?;
        mac.update(row.table.as_bytes());
        let kind = match &row.key {
            Some(key) => {
                for cell in key {
                    mac.update(b"\x1f");
                    mac.update(cell);
                }
                'k'
            }
            None => {
                mac.update(b"\x1e");
                mac.update(row.record.trim_ascii_end());
                'r'
            }
        };
        let code = mac.finalize().into_bytes();
        let digits: String = code.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        Ok(format!("{kind}{digits}"))
    }
}

/// Rejected rows on their way to files.
struct Rejects<'a> {
    folder: &'a Path,
    extract: &'a Extract,
    /// The file at hand.
    open: Option<(u32, BufWriter<Output>)>,
    names: BTreeSet<PathBuf>,
    rows: u64,
    files: u64,
}

impl<'a> Rejects<'a> {
    fn begin(folder: &'a Path, extract: &'a Extract) -> Self {
        Self { folder, extract, open: None, names: BTreeSet::new(), rows: 0, files: 0 }
    }

    fn add(&mut self, row: &Row<'_>) -> Result<()> {
        if self.open.as_ref().is_none_or(|(file, _)| *file != row.file) {
            self.close()?;
            let mut out = BufWriter::new(Output::create(&self.name(row.file), Existing::Keep)?);
            if !row.header.is_empty() {
                let delimiter = [row.delimiter];
                let parts =
                    [b"row".as_slice(), &delimiter, b"codes", &delimiter, row.header, b"\r\n"];
                write(&mut out, &parts)?;
            }
            self.open = Some((row.file, out));
            self.files += 1;
        }
        let Some((_, out)) = &mut self.open else { return Ok(()) };
        let number = row.number.to_string();
        let codes: Vec<&str> = row.codes.iter().map(|code| code.name()).collect();
        let codes = codes.join(" ");
        let delimiter = [row.delimiter];
        let is_ended = row.record.ends_with(b"\n") || row.record.ends_with(b"\r");
        let end: &[u8] = if is_ended { b"" } else { b"\r\n" };
        let parts = [number.as_bytes(), &delimiter, codes.as_bytes(), &delimiter, row.record, end];
        write(out, &parts)?;
        self.rows += 1;
        Ok(())
    }

    /// A name of its own for the rejected rows of a file.
    fn name(&mut self, file: u32) -> PathBuf {
        let member = usize::try_from(file).ok().and_then(|file| self.extract.members.get(file));
        let path = member.map(|member| member.path.as_str()).unwrap_or_default();
        let flat: String = path
            .chars()
            .map(|c| match c {
                '/' | '\\' | ':' | '#' | '*' | '?' | '"' | '<' | '>' | '|' => '_',
                c if c.is_control() => '_',
                c => c,
            })
            .collect();
        let mut name = self.folder.join(format!("{flat}.rejects"));
        let mut number = 2_u32;
        while !self.names.insert(name.clone()) {
            name = self.folder.join(format!("{flat}-{number}.rejects"));
            number += 1;
        }
        name
    }

    fn close(&mut self) -> Result<()> {
        let Some((_, out)) = self.open.take() else { return Ok(()) };
        let output = out
            .into_inner()
            .map_err(|error| Error::io("write into", self.folder, error.into_error()))?;
        output.commit()
    }
}

fn write(out: &mut BufWriter<Output>, parts: &[&[u8]]) -> Result<()> {
    let path = out.get_ref().path().to_path_buf();
    parts
        .iter()
        .try_for_each(|part| out.write_all(part))
        .map_err(|error| Error::io("write", &path, error))
}

/// Makes a folder that its owner alone may enter, or takes an empty one.
///
/// # Errors
/// Where it cannot be made, or holds anything.
pub(super) fn private_folder(folder: &Path) -> Result<()> {
    let failed = |error| Error::io("make", folder, error);
    #[cfg_attr(not(unix), allow(unused_mut))]
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    match builder.create(folder) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            let mut items = std::fs::read_dir(folder).map_err(failed)?;
            if items.next().is_some() {
                let message = format!("{} is not empty", folder.display());
                return Err(Error::new(ErrorKind::Output, message)
                    .with_path(folder)
                    .with_hint("give the name of a folder that does not exist yet"));
            }
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt;
                let private = std::fs::Permissions::from_mode(0o700);
                std::fs::set_permissions(folder, private).map_err(failed)?;
            }
            Ok(())
        }
        Err(error) => Err(failed(error)),
    }
}

/// What is asked for.
pub(super) struct Asked<'a> {
    pub(super) rejects: Option<&'a Path>,
    pub(super) key: Option<TokenKey>,
}

impl Asked<'_> {
    fn is_nothing(&self) -> bool {
        self.rejects.is_none() && self.key.is_none()
    }
}

/// Reads the rows again that are asked for: writes the rejected ones, and gives the examples of the
/// outcome their tokens.
pub(super) fn run(
    asked: &Asked<'_>,
    extract: &Extract,
    schema: Option<(&Schema, SchemaUsed)>,
    options: &check::Options,
    outcome: &mut check::Outcome,
    context: &mut Context<'_>,
) -> Result<()> {
    if asked.is_nothing() {
        return Ok(());
    }
    let mut rejects = asked.rejects.map(|folder| Rejects::begin(folder, extract));
    let mut tokens: BTreeMap<(u32, u64), String> = BTreeMap::new();
    check::again(extract, schema, options, outcome, &mut |row| {
        if let (Some(key), true) = (&asked.key, row.is_example) {
            tokens.insert((row.file, row.number), key.token(row)?);
        }
        match &mut rejects {
            Some(rejects) if !row.codes.is_empty() => rejects.add(row),
            _ => Ok(()),
        }
    })?;
    if let Some(rejects) = &mut rejects {
        rejects.close()?;
        let folder = rejects.folder.display();
        context.note(&format!(
            "warning: {folder} holds patient data: {} in {}; send and keep it as such",
            counted(rejects.rows, "row", "rows"),
            counted(rejects.files, "file", "files"),
        ));
        let groups = outcome.all_groups().map(|(_, group)| group);
        let more = groups
            .filter(|group| group.samples.len() >= KEY_SAMPLES.max(options.samples))
            .filter(|group| group.occurrences > group.samples.len() as u64 && is_of_keys(group));
        for group in more {
            context.note(&format!(
                "of {} with {}, the first {} are among them",
                counted(group.occurrences, "row", "rows"),
                group.code,
                thousands(group.samples.len() as u64)
            ));
        }
    }
    let tasks = outcome.tasks.iter_mut().flat_map(|task| &mut task.groups);
    for group in outcome.groups.iter_mut().chain(tasks) {
        for sample in &mut group.samples {
            if let (Some(file), Some(row)) = (sample.place.file, sample.place.row) {
                sample.token = tokens.get(&(file, row)).cloned();
            }
        }
    }
    Ok(())
}

fn is_of_keys(group: &crate::finding::Group) -> bool {
    group.code.entry().area == crate::finding::catalogue::Area::Keys
}
