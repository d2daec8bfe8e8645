//! The export: a small bag in a zip, with rows, proofs, a page to read, and who asked for it.

use super::gather::Gathered;
use super::proofs::{Fault, Found, Proofs};
use super::told::{Asker, AskersTool, Told, WORDS, pretty};
use super::{FileCounts, Origin, Request, Written};
use crate::archive::deflate::{Deflater, FINAL};
use crate::archive::write::{COMMENT, Writer};
use crate::bag::tag::{self, Info};
use crate::bag::{blocks, layout, manifest};
use crate::digest::Algorithm;
use crate::error::{Error, ErrorKind, Result};
use crate::output::{Existing, Output};
use crate::path::MemberPath;
use crate::proof::bundle::{
    Asked, Bundle, FORMAT, FileRows, ListEntry, PackageLeaf, PatientList, Row, Shown,
};
use crate::proof::leaves::Leaf;
use crate::proof::list::{By, Day, Entry};
use crate::proof::{Domain, Hash, hex, tree};
use crate::schema::Schema;
use std::collections::BTreeSet;
use std::io::BufWriter;

/// Bytes of a block of an export's payload.
const BLOCK: usize = 256 << 10;

pub(super) fn write(
    proofs: &mut Proofs<'_>,
    schema: &Schema,
    gathered: Gathered,
    request: &Request,
) -> Found<Written> {
    let Gathered { person, lists, files, items, missing_documents } = gathered;
    let mut payload: Vec<(String, Vec<u8>)> = Vec::new();
    let mut counts: Vec<FileCounts> = Vec::new();
    let mut shown_files = Vec::new();
    let mut wanted: BTreeSet<u64> = BTreeSet::from([0, 1, person.leaf]);
    wanted.extend(person.patients.iter().map(|(leaf, _)| *leaf));
    // All tables with rows of patients: how many of their rows cannot be attributed is part of it.
    let attributed = proofs.files().filter(|(_, file)| {
        file.table
            .as_ref()
            .is_some_and(|table| table.rows.attributed + table.rows.unattributable > 0)
    });
    wanted.extend(attributed.map(|(leaf, _)| leaf));
    for (number, picked) in files {
        let (leaf, size) = match proofs.file(number) {
            Some((leaf, file)) => (leaf, file.leaves),
            None => continue,
        };
        counts.push(picked.counts.clone());
        // An empty document has no leaf to show, and is there nevertheless.
        if picked.rows.is_empty() && size > 0 {
            continue;
        }
        wanted.insert(leaf);
        let leaves: Vec<u64> = picked.rows.keys().copied().collect();
        let hashes = match proofs.prove(number, &leaves) {
            // A program of another version may make another text of the same sheet.
            Err(Fault::Damaged(_))
                if picked.counts.origin == Origin::Sheet && proofs.is_as_listed(number)? =>
            {
                None
            }
            proven => Some(proven?),
        };
        let without_proof = hashes.is_none();
        if let Some(counts) = counts.last_mut() {
            counts.without_proof = without_proof;
        }
        let mut bytes = Vec::new();
        let mut rows = Vec::new();
        for (index, (kind, row)) in &picked.rows {
            rows.push(Row {
                index: *index,
                salt: hex(&proofs.salts.of(Domain::Rows, number, *index)),
                length: row.len() as u64,
                kind: *kind,
            });
            bytes.extend_from_slice(row);
        }
        let path = place(&picked.counts, number, &payload);
        shown_files.push(FileRows {
            leaf,
            path: path.clone(),
            without_proof,
            rows: Shown { size, leaves: rows, hashes: texts(&hashes.unwrap_or_default()) },
        });
        payload.push((path, bytes));
    }
    let shown_lists = lists
        .iter()
        .map(|(leaf, list)| PatientList {
            leaf: *leaf,
            entries: shown_list(proofs, *leaf, list, request),
        })
        .collect();
    let wanted: Vec<u64> = wanted.into_iter().collect();
    let leaf_of = |index: &u64| {
        let (line, _) = proofs.leaves.get(usize::try_from(*index).ok()?)?;
        Some(PackageLeaf {
            index: *index,
            salt: hex(&proofs.salts.of(Domain::Package, 0, *index)),
            line: String::from_utf8(line.clone()).ok()?,
        })
    };
    let bundle = Bundle {
        format: FORMAT.to_owned(),
        asked: Asked {
            nhs_number: person.nhs_number.clone(),
            leaf: person.leaf,
            from: request.range.from.text(),
            to: request.range.to.text(),
            date: date_name(request.range.by).to_owned(),
        },
        package: Shown {
            size: proofs.leaves.len() as u64,
            leaves: wanted.iter().filter_map(leaf_of).collect(),
            hashes: texts(&proofs.prove_package(&wanted)),
        },
        files: shown_files,
        lists: shown_lists,
    };
    let facts = match proofs.leaves.first() {
        Some((_, Leaf::Package { facts })) => facts.clone(),
        _ => return Err(Fault::Damaged("the first leaf is not the package's")),
    };
    let unattributable: u64 =
        proofs.files().filter_map(|(_, file)| Some(file.table.as_ref()?.rows.unattributable)).sum();
    let ids: Vec<String> = person.patients.iter().map(|(_, patient)| patient.id.clone()).collect();
    let asker = Asker {
        requested_by: request.requested_by.clone(),
        reason: request.reason.clone(),
        time: layout::time(request.time),
        tool: AskersTool { name: request.tool.name.clone(), version: request.tool.version.clone() },
        words: WORDS,
    };
    let mut told = Told {
        schema,
        asked: &bundle.asked,
        asker: &asker,
        ids: ids.clone(),
        facts: facts.clone(),
        origin: &proofs.checkpoint.origin,
        root: &hex(&proofs.checkpoint.root),
        items,
        counts: counts.clone(),
        unattributable,
        missing_documents,
    };
    payload.push((layout::RECORD.to_owned(), told.page()));
    payload.sort_by(|(a, _), (b, _)| a.as_bytes().cmp(b.as_bytes()));
    let custody = told.custody()?;
    let proof = pretty(&bundle)?;
    if proof.len() as u64 > layout::LARGEST_BUNDLE {
        let message = "the proofs of so many rows are larger than whoever verifies them reads";
        return Err(Error::new(ErrorKind::Output, message)
            .with_path(&request.output)
            .with_hint("ask for fewer days at a time, with --from and --to")
            .into());
    }
    let mut tags: Vec<(String, Vec<u8>)> = vec![
        (layout::BUNDLE.into(), proof),
        (layout::CHECKPOINT.into(), proofs.checkpoint.write().into_bytes()),
        (layout::CUSTODY.into(), custody),
        (layout::DESCRIPTOR.into(), schema.source.clone()),
    ];
    for (path, bytes) in &schema.parts {
        tags.push((format!("metadata/{path}"), bytes.clone()));
    }
    let signature = proofs.package.read(&layout::signature(layout::CHECKPOINT))?;
    tags.push((layout::VERIFY.into(), told.guide()));
    let bytes = archive(payload, tags, signature, &facts, proofs, request)?;
    let token = proofs.salts.key(&format!(
        "retrieval log {}",
        person.nhs_number.as_deref().or(ids.first().map(String::as_str)).unwrap_or_default()
    ));
    Ok(Written {
        path: request.output.clone(),
        bytes,
        sources: ids.len(),
        files: counts,
        origin: proofs.checkpoint.origin.clone(),
        root: hex(&proofs.checkpoint.root),
        token: hex(&token),
        missing_documents,
    })
}

/// Where the rows of a file stand in the export: at the file's own path, where that can be.
fn place(file: &FileCounts, number: u64, taken: &[(String, Vec<u8>)]) -> String {
    let below = file.path.strip_prefix(layout::PAYLOAD).unwrap_or(&file.path);
    let ending = if file.origin == Origin::Sheet { ".csv" } else { "" };
    let path = format!("{}rows/{below}{ending}", layout::PAYLOAD);
    // The name of a sheet is whatever its author liked, and what is compressed may be called as
    // another file is.
    let is_safe = MemberPath::new(&path).is_ok_and(|path| path.is_portable());
    let is_taken = || taken.iter().any(|(other, _)| other.eq_ignore_ascii_case(&path));
    if file.origin == Origin::Delivered || (is_safe && !is_taken()) {
        return path;
    }
    format!("{}rows/inside/file-{number}.csv", layout::PAYLOAD)
}

fn date_name(by: By) -> &'static str {
    match by {
        By::Event => "event",
        By::Recorded => "recorded",
    }
}

fn texts(hashes: &[Hash]) -> Vec<String> {
    hashes.iter().map(|hash| hex(hash)).collect()
}

/// What is shown of a patient's list.
fn shown_list(
    proofs: &Proofs<'_>,
    patient: u64,
    list: &[(u64, Vec<Entry>)],
    request: &Request,
) -> Shown<ListEntry> {
    let mut hashes = Vec::new();
    let mut entries = Vec::new();
    let mut begin = 0_u64;
    for (_, of_file) in list {
        for (index, entry) in (begin..).zip(of_file) {
            let salt = proofs.salts.of(Domain::List, patient, index);
            hashes.push(entry.hash(patient, index, &salt));
        }
        for at in request.range.shown(of_file) {
            let Some(entry) = of_file.get(at) else { continue };
            let index = begin + at as u64;
            let day = |day: Day| day.text();
            entries.push(ListEntry {
                index,
                salt: hex(&proofs.salts.of(Domain::List, patient, index)),
                event: day(entry.event),
                recorded: day(entry.recorded),
                row: entry.row,
            });
        }
        begin += of_file.len() as u64;
    }
    let size = hashes.len() as u64;
    let wanted: Vec<u64> = entries.iter().map(|entry| entry.index).collect();
    let mut all = super::proofs::Whole(hashes);
    let proof = tree::prove(size, &wanted, &mut all).unwrap_or_default();
    Shown { size, leaves: entries, hashes: texts(&proof) }
}

/// Writes the archive, synced and under its final name; gives its size.
fn archive(
    payload: Vec<(String, Vec<u8>)>,
    mut tags: Vec<(String, Vec<u8>)>,
    signature: Option<Vec<u8>>,
    facts: &[(String, String)],
    proofs: &Proofs<'_>,
    request: &Request,
) -> Result<u64> {
    let root = hex(&proofs.checkpoint.root);
    let name =
        layout::name(&format!("retrieval-{}", root.get(..8).unwrap_or_default()), request.time);
    let output = Output::create(&request.output, Existing::Keep)?;
    let mut archive = Writer::new(BufWriter::new(output), request.output.clone(), request.time);
    let mut deflater = Deflater::new(6);
    let mut table = blocks::Writer::default();
    let mut payload_manifest = String::new();
    let mut total = 0;
    for (path, bytes) in &payload {
        archive.begin(&format!("{name}/{path}"))?;
        table.file(path);
        for piece in bytes.chunks(BLOCK) {
            let mut packed = Vec::new();
            deflater.block(piece, &mut packed)?;
            archive.write(&packed)?;
            table.block(blocks::Block {
                row: 0,
                length: piece.len() as u32,
                packed: packed.len() as u32,
                crc32: crc32fast::hash(&packed),
            });
        }
        archive.write(&FINAL)?;
        archive.end(crc32fast::hash(bytes), bytes.len() as u64)?;
        manifest::write_line(&mut payload_manifest, &Algorithm::Sha512.digest(bytes), path);
        total += bytes.len() as u64;
    }
    let time = layout::time(request.time);
    let identifier = layout::identifier(payload_manifest.as_bytes(), request.time);
    let mut info = Info::default();
    info.add(tag::PROFILE_LABEL, tag::PROFILE);
    info.add("Bagging-Date", time.get(..10).unwrap_or(&time));
    info.add(tag::TIME_LABEL, &time);
    info.add(tag::IDENTIFIER_LABEL, &format!("urn:uuid:{identifier}"));
    info.add(tag::OXUM_LABEL, &format!("{total}.{}", payload.len()));
    info.add(tag::SOURCE_LABEL, &proofs.checkpoint.origin);
    if let Some((_, at)) = facts.iter().find(|(label, _)| label == tag::TIME_LABEL) {
        info.add(tag::SOURCE_TIME_LABEL, at);
    }
    info.add("Bag-Software-Agent", &format!("{} {}", request.tool.name, request.tool.version));
    tags.push((layout::BLOCKS.into(), table.finish()));
    tags.push((layout::BAG_INFO.into(), info.write().into_bytes()));
    tags.push((layout::DECLARATION.into(), tag::DECLARATION.into()));
    tags.push((layout::manifest(Algorithm::Sha512), payload_manifest.into_bytes()));
    tags.sort_by(|(a, _), (b, _)| {
        (layout::rank(a), a.as_bytes()).cmp(&(layout::rank(b), b.as_bytes()))
    });
    let mut tag_manifest = String::new();
    for (path, bytes) in &tags {
        manifest::write_line(&mut tag_manifest, &Algorithm::Sha512.digest(bytes), path);
    }
    tags.push((layout::tag_manifest(Algorithm::Sha512), tag_manifest.into_bytes()));
    if let Some(bytes) = signature {
        tags.push((layout::signature(layout::CHECKPOINT), bytes));
    }
    for (path, bytes) in &tags {
        archive.store(&format!("{name}/{path}"), bytes)?;
    }
    let mut output = archive
        .finish(COMMENT)?
        .into_inner()
        .map_err(|error| Error::io("write", &request.output, error.into_error()))?;
    output.sync()?;
    let bytes = std::fs::metadata(output.partial_path())
        .map_err(|error| Error::io("read", &request.output, error))?
        .len();
    output.commit()?;
    Ok(bytes)
}
