//! Our records and cells against those of the `csv` crate, over random documents that are well
//! formed: there, both must see the same. (On others it "always finds a parse", and we do not.)

use handover::pipeline::Pool;
use handover::source::block::{Block, Cutter};
use handover::source::records::Records;
use handover::source::structure::{Grammar, Terminator};
use std::sync::atomic::{AtomicU64, Ordering};

/// A small generator of random numbers: the same documents in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        // Xorshift (Marsaglia, 2003).
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len() as u64) as usize]
    }
}

/// What cells are made of: all that structure depends on, text of each length in UTF-8, and runs
/// that make cells cross the 64 bytes that are compared at once.
const PIECES: [&str; 16] = [
    "a",
    "b1",
    " ",
    ",",
    ";",
    "\t",
    "\"",
    "\"\"",
    "\n",
    "\r\n",
    "\r",
    "é",
    "€",
    "😀",
    "",
    "0123456789abcdefghijklmnopqrstuvwxyz",
];

/// A document, its delimiter, and how many cells each of its rows has, where that is one number.
fn document(random: &mut Random) -> (Vec<u8>, u8, Option<usize>) {
    let delimiter = b",;\t|"[random.below(4) as usize];
    let end = random.one(&["\n", "\r\n"]);
    let columns = 1 + random.below(6) as usize;
    let ragged = random.below(4) == 0;
    let rows = random.below(12);
    let mut text = String::new();
    for row in 0..rows {
        let cells = if ragged { 1 + random.below(6) as usize } else { columns };
        for cell in 0..cells {
            if cell > 0 {
                text.push(char::from(delimiter));
            }
            let pieces = random.below(5);
            let value: String = (0..pieces).map(|_| random.one(&PIECES)).collect();
            let must = value.contains(['"', '\n', '\r', char::from(delimiter)])
                // A lone empty cell would be a blank line, which the other one passes over.
                || (cells == 1 && value.is_empty());
            if must || random.below(4) == 0 {
                text.push('"');
                text.push_str(&value.replace('"', "\"\""));
                text.push('"');
            } else {
                text.push_str(&value);
            }
        }
        if row + 1 < rows || random.below(3) > 0 {
            text.push_str(end);
        }
    }
    (text.into_bytes(), delimiter, (!ragged).then_some(columns))
}

/// The records of a document as we read it, cut into blocks of some size.
fn ours(bytes: &[u8], delimiter: u8, width: Option<usize>, size: usize) -> Vec<Vec<Vec<u8>>> {
    let grammar = Grammar {
        delimiter,
        quote: Some(b'"'),
        double_quote: true,
        escape: None,
        skip_initial_space: false,
        terminator: Terminator::LineFeed,
    };
    let records = Records { grammar, width, reach: 1 << 20 };
    let pool = Pool::default();
    let mut cutter = Cutter::new(Box::new(bytes), Some(records), size, &pool);
    let mut all = Vec::new();
    loop {
        let block = cutter.cut().unwrap();
        assert!(block.odd.is_empty(), "a reading of its own, in a document that is well formed");
        assert!(block.clean, "quotes at no field's edge, in a document that is well formed");
        read(&block, &grammar, &mut all);
        if block.last {
            return all;
        }
    }
}

fn read(block: &Block, grammar: &Grammar, all: &mut Vec<Vec<Vec<u8>>>) {
    let mut start = 0;
    for &end in &block.ends {
        let record = &block.bytes[..end as usize];
        let (mut cells, mut scratch) = (Vec::new(), Vec::new());
        let exact = grammar.exact(record, start, true, |cell| {
            cells.push(grammar.value(record, cell, &mut scratch).to_vec());
        });
        let exact = exact.unwrap();
        assert_eq!((exact.end, exact.stray, exact.open_quote), (end as usize, None, None));
        start = end as usize;
        all.push(cells);
    }
}

fn theirs(bytes: &[u8], delimiter: u8) -> Vec<Vec<Vec<u8>>> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(bytes);
    let records = reader.byte_records().map(|record| record.unwrap());
    records.map(|record| record.iter().map(<[u8]>::to_vec).collect()).collect()
}

fn agree(documents: u64, seed: u64) {
    let mut random = Random(seed);
    for number in 0..documents {
        let (bytes, delimiter, width) = document(&mut random);
        let size = [1, 2, 7, 64, 1000][random.below(5) as usize];
        let (ours, theirs) = (ours(&bytes, delimiter, width, size), theirs(&bytes, delimiter));
        assert_eq!(ours, theirs, "document {number}: {:?}", String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn well_formed_documents_are_read_as_the_csv_crate_reads_them() {
    agree(20_000, 0x9E37_79B9_7F4A_7C15);
}

#[test]
#[ignore = "a million documents: .ci/long"]
fn a_million_well_formed_documents_are_read_as_the_csv_crate_reads_them() {
    // Each part has documents of its own, whatever the number of processors.
    const PARTS: u64 = 16;
    let next = AtomicU64::new(0);
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..processors {
            scope.spawn(|| {
                loop {
                    let part = next.fetch_add(1, Ordering::Relaxed);
                    if part >= PARTS {
                        return;
                    }
                    agree(1_000_000 / PARTS, 0xD1B5_4A32_D192_ED03 ^ (part << 20));
                }
            });
        }
    });
}

/// Files for the fuzzer to begin with: `fuzz/fuzz_targets/records.rs` takes dialect and sizes from the
/// first bytes.
#[test]
#[ignore = "writes into fuzz/found"]
fn seeds_of_records() {
    let root = crate::support::root();
    let folder = root.join("fuzz/found/records");
    std::fs::create_dir_all(&folder).unwrap();
    for fixture in std::fs::read_dir(root.join("fixtures/extracts")).unwrap() {
        let fixture = fixture.unwrap();
        let Ok(files) = std::fs::read_dir(fixture.path().join("extract")) else { continue };
        for file in files {
            let file = file.unwrap().path();
            let is_table = file.extension().is_some_and(|end| end == "csv" || end == "txt");
            let Some(bytes) = is_table.then(|| std::fs::read(&file).unwrap()) else { continue };
            if bytes.len() > 400 {
                continue;
            }
            let first = bytes.split(|&byte| byte == b'\n').next().unwrap_or_default();
            let cells = |delimiter: u8| first.iter().filter(|&&byte| byte == delimiter).count();
            let all = b",;\t|".iter().enumerate();
            let (delimiter, byte) = all.max_by_key(|(_, byte)| cells(**byte)).unwrap();
            let width = (cells(*byte) + 1).min(7) as u8;
            let utf16 = match bytes.get(..2) {
                Some([0xFF, 0xFE]) => 6,
                Some([0xFE, 0xFF]) => 7,
                _ => 0,
            };
            let head = [delimiter as u8, utf16 << 4, width, 7, 64, 255, 1];
            let name = format!(
                "{}-{}",
                fixture.file_name().to_string_lossy(),
                file.file_stem().unwrap().to_string_lossy()
            );
            std::fs::write(folder.join(name), [&head, bytes.as_slice()].concat()).unwrap();
        }
    }
}
