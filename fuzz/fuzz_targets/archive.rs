//! Any bytes as a delivered archive: zip, tar, and what gzip or Zstandard compressed.
//!
//! It is opened and all its members are read. No panic; memory stays within a bound; nothing is
//! written beside it, and it stays as it was; no member gives more than it may. A zip that is no
//! finding has the same entries, with the same bytes, for a second and independent reader.

#![no_main]

use handover::source::{Extract, Limits};
use libfuzzer_sys::fuzz_target;
use std::alloc::{GlobalAlloc, Layout, System};
use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Counts the bytes in use.
struct Counting;

static USED: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

// SAFETY: the system's allocator does the work; here is only counted.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let used = USED.fetch_add(layout.size(), Relaxed) + layout.size();
        MOST.fetch_max(used, Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        USED.fetch_sub(layout.size(), Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The names under which the bytes are delivered; the first byte of the input chooses.
const NAMES: [&str; 8] =
    ["x.zip", "x.tar", "x.tar.gz", "x.tar.zst", "x.csv.gz", "x.csv.zst", "x.bin", "x.zip.001"];

/// Memory for reading: buffers and lists. A Zstandard frame may ask for a window of 128 MiB, which
/// the decoder may have twice while it grows.
const MEMORY: usize = 24 << 20;
const MEMORY_OF_ZSTANDARD: usize = 320 << 20;

/// What an archive may unpack to, small enough to be reached.
const EXPANSION: u64 = 50;

/// A folder of its own, in memory where there is such a place.
fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let memory = Path::new("/dev/shm");
        let mut builder = tempfile::Builder::new();
        builder.prefix("handover-fuzz-");
        let made = if memory.is_dir() { builder.tempdir_in(memory) } else { builder.tempdir() };
        // It stays when the process is ended, so it is one for all runs.
        made.expect("a folder can be made").keep()
    })
}

fuzz_target!(|input: &[u8]| {
    let Some((&choice, bytes)) = input.split_first() else { return };
    let name = NAMES[usize::from(choice) % NAMES.len()];
    let path = folder().join(name);
    fs::write(&path, bytes).expect("the input can be written");
    let before = USED.load(Relaxed);
    MOST.store(before, Relaxed);
    read(&path, bytes);
    let used = MOST.load(Relaxed) - before;
    let zstandard = bytes.windows(3).any(|window| window == [0xB5, 0x2F, 0xFD]);
    let bound = if zstandard { MEMORY_OF_ZSTANDARD } else { MEMORY };
    assert!(used <= bound, "{} KiB of memory for {} bytes", used >> 10, bytes.len());
    let left: Vec<_> = fs::read_dir(folder()).expect("it is there").collect();
    assert_eq!(left.len(), 1, "something was written");
    assert!(fs::read(&path).expect("it is there") == bytes, "it was changed");
    fs::remove_file(path).expect("it is there");
});

fn read(path: &Path, bytes: &[u8]) {
    let limits = Limits { files: 50, expansion: EXPANSION, ..Limits::default() };
    let extract = Extract::open(path, &limits).expect("what is wrong with bytes is no error");
    assert!(extract.members.len() <= 2 * limits.files + 1);
    let allowed = (bytes.len() as u64 * EXPANSION).max(1 << 20);
    let is_told = !extract.findings.is_empty() || !extract.gaps.is_empty();
    let (mut all, mut faults, mut total) = (BTreeMap::new(), false, 0_u64);
    let mut reading = extract.read();
    let mut buffer = vec![0; 16 << 10];
    let wanted = |_| Some(Default::default());
    while let Some((number, mut reader)) = reading.next(&wanted).expect("nor when it is opened") {
        let mut crc = crc32fast::Hasher::new();
        let mut length = 0_u64;
        loop {
            let read = reader.read(&mut buffer).expect("nor when it is read");
            if read == 0 {
                break;
            }
            crc.update(&buffer[..read]);
            length += read as u64;
        }
        faults |= reader.faults().get().is_some();
        let member = &extract.members[number];
        if member.within.is_none() {
            total += length;
            all.insert(member.path.clone(), (length, crc.finalize()));
        } else {
            assert!(length <= (member_size(&extract, number) * EXPANSION).max(1 << 20) + 65_536);
        }
    }
    assert!(total <= allowed.max(bytes.len() as u64) + 65_536, "{total} of {}", bytes.len());
    let seals = extract.members.iter().any(|member| member.seal.is_some());
    if extract.container == "zip archive" && !is_told && !faults && !seals {
        let theirs = second_reader(bytes);
        assert!(theirs.as_ref() == Some(&all), "{all:?} and {theirs:?}");
    }
}

/// The stated size of what a member is within.
fn member_size(extract: &Extract, number: usize) -> u64 {
    let carrier = extract.members[number].within.expect("it is within another");
    extract.members[carrier as usize].stated_size
}

/// Names, lengths and sums of the files in a zip as rawzip and flate2 read them; `None` where they
/// refuse something.
fn second_reader(bytes: &[u8]) -> Option<BTreeMap<String, (u64, u32)>> {
    let archive = rawzip::ZipArchive::from_slice(bytes).ok()?;
    let mut entries = archive.entries();
    let mut all = BTreeMap::new();
    while let Some(entry) = entries.next_entry().ok()? {
        let name = String::from_utf8(entry.file_path().as_ref().to_vec()).ok()?;
        if name.ends_with('/') {
            continue;
        }
        let kept = archive.get_entry(entry.wayfinder()).ok()?;
        let mut content = Vec::new();
        match entry.compression_method() {
            rawzip::CompressionMethod::STORE => content.extend_from_slice(kept.data()),
            rawzip::CompressionMethod::DEFLATE => {
                let mut inflate = flate2::bufread::DeflateDecoder::new(kept.data());
                inflate.read_to_end(&mut content).ok()?;
            }
            _ => return None,
        }
        let found = (content.len() as u64, crc32fast::hash(&content));
        if found.0 != entry.uncompressed_size_hint() || all.insert(name, found).is_some() {
            return None;
        }
    }
    Some(all)
}
