//! The payload on its way into the package, written and hashed in order; then all else.

use super::Options;
use super::metadata::{self, Facts};
use super::packer::{Packed, spoilt};
use super::whole::Whole;
use crate::archive::deflate::FINAL;
use crate::archive::write::{COMMENT, Writer};
use crate::attribution::Attributed;
use crate::bag::tag::{Info, OXUM_LABEL};
use crate::bag::{blocks, layout, manifest};
use crate::digest::{Algorithm, Digest, Hashers};
use crate::error::{Error, Result};
use crate::evidence::spool::Spooled;
use crate::evidence::{Builder, Evidence, Named};
use crate::output::Output;
use crate::signature::{NAMESPACE, Signature};
use crate::source::block::Block;
use crate::verify::{AsWritten, Fingerprint, WrittenFile};
use std::io::BufWriter;

/// Writes the payload, then all else.
pub(super) struct PayloadWriter<'a> {
    archive: Writer<BufWriter<Output>>,
    name: String,
    names: &'a [String],
    options: &'a Options,
    blocks: blocks::Writer,
    /// What reading back must find, where the package is to be read back.
    written: Option<AsWritten>,
    manifests: Vec<(Algorithm, String)>,
    file: Open,
    payload_bytes: u64,
    payload_files: u64,
}

/// The payload file at hand.
struct Open {
    hashers: Hashers,
    crc32: crc32fast::Hasher,
    size: u64,
    fingerprints: Vec<Fingerprint>,
}

impl Open {
    fn new(algorithms: &[Algorithm]) -> Self {
        Self {
            hashers: Hashers::new(algorithms.iter().copied()),
            crc32: crc32fast::Hasher::new(),
            size: 0,
            fingerprints: Vec::new(),
        }
    }
}

impl<'a> PayloadWriter<'a> {
    /// Begins a package whose top folder is `name`; `names` are the members' names below `data/`.
    pub(super) fn new(
        output: Output,
        name: &str,
        names: &'a [String],
        options: &'a Options,
    ) -> Self {
        let path = output.path().to_path_buf();
        let buffered = BufWriter::with_capacity(1 << 20, output);
        Self {
            archive: Writer::new(buffered, path, options.time),
            name: name.to_owned(),
            names,
            options,
            blocks: blocks::Writer::default(),
            written: options.reread.then(AsWritten::default),
            manifests: options.algorithms.iter().map(|&a| (a, String::new())).collect(),
            file: Open::new(&options.algorithms),
            payload_bytes: 0,
            payload_files: 0,
        }
    }

    /// Adds the next block.
    pub(super) fn block(&mut self, block: &Block, packed: &Packed) -> Result<()> {
        let name = self
            .names
            .get(block.member as usize)
            .ok_or_else(|| Error::internal("a block of an unknown file"))?;
        let path = format!("{}{name}", layout::PAYLOAD);
        if block.index == 0 {
            self.archive.begin(&format!("{}/{path}", self.name))?;
            self.blocks.file(&path);
            self.file = Open::new(&self.options.algorithms);
        }
        if !block.bytes.is_empty() {
            self.archive.write(&packed.bytes)?;
            self.blocks.block(packed.entry);
            self.file.fingerprints.extend(packed.fingerprint);
            let length = block.bytes.len() as u64;
            self.file.hashers.update(&block.bytes);
            // What was hashed must be what the worker compressed and unpacked.
            if self.written.is_some() && crc32fast::hash(&block.bytes) != packed.crc32 {
                return Err(spoilt(name, block, "it changed in memory"));
            }
            let crc32 = crc32fast::Hasher::new_with_initial_len(packed.crc32, length);
            self.file.crc32.combine(&crc32);
            self.file.size += length;
        }
        if block.last {
            let file = std::mem::replace(&mut self.file, Open::new(&[]));
            self.archive.write(&FINAL)?;
            let (blocks, crc32) = (file.fingerprints, file.crc32.finalize());
            self.archive.end(crc32, file.size)?;
            let digests = file.hashers.finish();
            for digest in &digests {
                let manifest = self.manifests.iter_mut().find(|(a, _)| *a == digest.algorithm);
                if let Some((_, text)) = manifest {
                    manifest::write_line(text, digest, &path);
                }
            }
            if let Some(written) = &mut self.written {
                written.add(&path, WrittenFile { blocks, crc32, digests });
            }
            self.payload_bytes += file.size;
            self.payload_files += 1;
        }
        Ok(())
    }

    /// Writes the other files, and sees to it that all of it is on the disk.
    pub(super) fn finish(
        self,
        facts: &Facts<'_>,
        builder: Builder<'_>,
        attributed: Option<Attributed>,
    ) -> Result<Whole> {
        let Self {
            mut archive,
            name,
            options,
            blocks,
            written,
            manifests,
            payload_bytes,
            payload_files,
            ..
        } = self;
        let readable = facts.extract.delivered().iter().filter(|member| member.is_readable());
        if readable.count() as u64 != payload_files {
            return Err(Error::internal("not all files of the extract were packed"));
        }
        // The strongest comes first.
        let strongest = manifests.iter().max_by_key(|(algorithm, _)| *algorithm);
        let (_, text) = strongest.ok_or_else(|| Error::internal("no manifest"))?;
        let identifier = layout::identifier(text.as_bytes(), options.time);
        // By SHA-512 whatever the manifest's algorithm is: verifying shows the same.
        let manifest_digest = Algorithm::Sha512.digest(text.as_bytes()).to_string();

        let mut files = metadata::files(facts)?;
        files.push((layout::BLOCKS.into(), blocks.finish()));
        let info = metadata::bag_info(facts, &identifier, payload_bytes, payload_files);
        let evidence = evidence(facts, builder, attributed, &identifier, &info)?;
        files.push((layout::CHECKPOINT.into(), evidence.checkpoint.as_bytes().to_vec()));
        files.push((layout::SECRET.into(), evidence.secret.as_bytes().to_vec()));
        let spooled = [
            (layout::LEAVES, &evidence.leaves),
            (layout::LENGTHS, &evidence.lengths),
            (layout::LISTS, &evidence.lists),
            (layout::TREES, &evidence.tree),
            (layout::ANCHORS, &evidence.anchors),
            (layout::KEYS, &evidence.keys),
            (layout::LIST_INDEX, &evidence.list_index),
        ];
        files.push((layout::BAG_INFO.into(), info.write().into_bytes()));
        files.push((layout::DECLARATION.into(), crate::bag::tag::DECLARATION.into()));
        files.extend(metadata::certificate(facts, &name, &manifest_digest, &info));
        let guide = metadata::guide(
            &name,
            &options.algorithms,
            &manifest_digest,
            &info,
            options.key.is_some(),
        );
        files.push((layout::VERIFY.into(), guide.into_bytes()));
        for (algorithm, text) in manifests {
            files.push((layout::manifest(algorithm), text.into_bytes()));
        }
        let mut files: Vec<(String, Content<'_>)> =
            files.into_iter().map(|(path, bytes)| (path, Content::Bytes(bytes))).collect();
        files.extend(spooled.map(|(path, spooled)| (path.to_owned(), Content::Spooled(spooled))));
        files.sort_by(|(a, _), (b, _)| {
            (layout::rank(a), a.as_bytes()).cmp(&(layout::rank(b), b.as_bytes()))
        });
        for &algorithm in &options.algorithms {
            let mut text = String::new();
            for (path, content) in files.iter().filter(|(p, _)| !p.starts_with("tagmanifest-")) {
                manifest::write_line(&mut text, &content.digest(algorithm)?, path);
            }
            files.push((layout::tag_manifest(algorithm), Content::Bytes(text.into_bytes())));
        }
        let mut signatures = Vec::new();
        if let Some(key) = &options.key {
            let is_signed =
                |path: &str| path.starts_with("tagmanifest-") || path == layout::CHECKPOINT;
            for (path, content) in files.iter().filter(|(path, _)| is_signed(path)) {
                if let Content::Bytes(bytes) = content {
                    let text = Signature::make(key, NAMESPACE, bytes).to_text();
                    let text = Content::Bytes(text.as_bytes().to_vec());
                    signatures.push((layout::signature(path), text));
                }
            }
        }
        signatures.sort_by(|(a, _), (b, _)| a.cmp(b));
        files.extend(signatures);
        for (path, content) in &files {
            let path = format!("{name}/{path}");
            match content {
                Content::Bytes(bytes) => {
                    archive.store(&path, bytes)?;
                }
                Content::Spooled(spooled) => {
                    archive.begin_stored(&path, spooled.length)?;
                    spooled.stream(|piece| archive.write(piece))?;
                    archive.end(spooled.crc32, spooled.length)?;
                }
            }
        }
        let buffered = archive.finish(COMMENT)?;
        let mut output = buffered
            .into_inner()
            .map_err(|error| Error::io("write", &options.output, error.into_error()))?;
        output.sync()?;
        Ok(Whole { output, written, identifier, manifest_digest })
    }
}

/// What a file of the package holds.
enum Content<'a> {
    Bytes(Vec<u8>),
    Spooled(&'a Spooled),
}

impl Content<'_> {
    fn digest(&self, algorithm: Algorithm) -> Result<Digest> {
        match self {
            Self::Bytes(bytes) => Ok(algorithm.digest(bytes)),
            Self::Spooled(spooled) => {
                let found = spooled.digests.iter().find(|digest| digest.algorithm == algorithm);
                found.cloned().ok_or_else(|| Error::internal("a digest was not computed"))
            }
        }
    }
}

/// The proofs, with what the root vouches for of the package as a whole.
fn evidence(
    facts: &Facts<'_>,
    builder: Builder<'_>,
    attributed: Option<Attributed>,
    identifier: &str,
    info: &Info,
) -> Result<Evidence> {
    let origin = format!("urn:uuid:{identifier}");
    // Sizes stay out: see the invariant of the leaves.
    let told: Vec<(String, String)> =
        info.0.iter().filter(|(label, _)| label != OXUM_LABEL).cloned().collect();
    let descriptor = facts.descriptor.map(|schema| Algorithm::Sha512.digest(&schema.source));
    let descriptor = descriptor.map(|digest| digest.to_string()).unwrap_or_default();
    let named = Named { origin: &origin, facts: &told, descriptor: &descriptor };
    builder.finish(attributed, &named, &facts.options.check)
}
