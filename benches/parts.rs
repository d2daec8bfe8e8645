//! Times of the hot parts, each by itself: `cargo bench`.
//!
//! They say where to look, not how fast the program is: that is what `benches/compare` measures, on
//! whole runs.

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use handover::archive::deflate::Deflater;
use handover::check::walk::CellWalk;
use handover::digest::{Algorithm, Hasher};
use handover::pipeline::Pool;
use handover::schema::Pattern;
use handover::schema::value::Type;
use handover::source::block::{BLOCK_SIZE, Block, Cutter};
use handover::source::records::Records;
use handover::source::structure::{Grammar, Terminator};
use handover::spill::{At, Record, Store};

fn main() {
    divan::main();
}

const GRAMMAR: Grammar = Grammar {
    delimiter: b',',
    quote: Some(b'"'),
    double_quote: true,
    escape: None,
    skip_initial_space: false,
    terminator: Terminator::LineFeed,
};

/// Rows as an extract has them: GUIDs, dates, codes, empty cells. `quote` stands around each.
fn rows(quote: &str) -> Vec<u8> {
    let mut text = String::new();
    let mut seed = 0x2545_F491_4F6C_DD1D_u64;
    while text.len() < 8 << 20 {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        let guid = format!(
            "{{{:08X}-{:04X}-4{:03X}-9{:03X}-{:012X}}}",
            seed as u32,
            seed as u16,
            seed >> 20 & 0xFFF,
            seed >> 40 & 0xFFF,
            seed & 0xFFFF_FFFF_FFFF
        );
        let day = format!("20{:02}-{:02}-{:02}", seed % 25, seed % 12 + 1, seed % 28 + 1);
        let code = (seed % 1_000_000_000).to_string();
        let cells = [&guid, &guid, &day, "", "12:09:30", &code, "", "", "false", "Review", ""];
        let cells = cells.map(|cell| format!("{quote}{cell}{quote}"));
        text.push_str(&cells.join(","));
        text.push('\n');
    }
    text.into_bytes()
}

fn blocks(bytes: &[u8]) -> Vec<Block> {
    let records = Records { grammar: GRAMMAR, width: Some(11), reach: 16 << 20 };
    let pool = Pool::default();
    let mut cutter = Cutter::new(Box::new(bytes), Some(records), BLOCK_SIZE, &pool);
    let mut blocks = Vec::new();
    while let Ok(block) = cutter.cut() {
        let last = block.last;
        blocks.push(block);
        if last {
            break;
        }
    }
    blocks
}

/// Reading thread: where records end.
#[divan::bench(args = ["", "\""])]
fn records(bencher: Bencher<'_, '_>, quote: &str) {
    let bytes = rows(quote);
    bencher.counter(BytesCount::of_slice(&bytes)).bench_local(|| blocks(black_box(&bytes)).len());
}

/// Worker: where cells end.
#[divan::bench(args = ["", "\""])]
fn cells(bencher: Bencher<'_, '_>, quote: &str) {
    let bytes = rows(quote);
    let blocks = blocks(&bytes);
    let (mut walk, mut cells) = (CellWalk::default(), Vec::new());
    bencher.counter(BytesCount::of_slice(&bytes)).bench_local(|| {
        for block in &blocks {
            walk.begin(&GRAMMAR, block);
            let mut start = 0;
            for &end in &block.ends {
                cells.clear();
                let range = (start, end as usize);
                let _ = walk.cells(&GRAMMAR, block, range, |cell| cells.push(cell));
                black_box(&cells);
                start = end as usize;
            }
        }
    });
}

/// One cell of a type, as the check of each cell asks.
#[divan::bench(args = ["date 2024-02-29", "time 12:09:30", "number -12.5", "integer 293621000006110", "boolean true"])]
fn accepts(bencher: Bencher<'_, '_>, case: &str) {
    let (kind, cell) = case.split_once(' ').unwrap_or_default();
    let kind = match kind {
        "date" => Type::date("default").unwrap_or_default(),
        "time" => Type::time("default").unwrap_or_default(),
        "number" => Type::Number(Default::default()),
        "integer" => Type::Integer(Default::default()),
        _ => Type::Boolean(Default::default()),
    };
    bencher.counter(ItemsCount::new(1_u32)).bench_local(|| kind.accepts(black_box(cell)));
}

/// A pattern of one length, which needs no engine, and one that does.
#[divan::bench(args = [r"\{[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}\}", r"\{[0-9A-F-]+\}"])]
fn pattern(bencher: Bencher<'_, '_>, text: &str) {
    let Ok(parsed) = regex_syntax::parse(text) else { return };
    let Some(pattern) = Pattern::new(text, parsed, usize::MAX) else { return };
    let guid = "{0C88A469-BAE6-4616-903E-1001280F2FD8}";
    bencher.counter(ItemsCount::new(1_u32)).bench_local(|| pattern.is_match(black_box(guid)));
}

/// A key record on its way to the join.
#[divan::bench]
fn key_records(bencher: Bencher<'_, '_>) {
    const COUNT: u32 = 1 << 16;
    bencher.counter(ItemsCount::new(COUNT)).bench_local(|| {
        let mut store = Store::new(1 << 30, std::env::temp_dir());
        for number in 0..COUNT {
            let hash = u128::from(number).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835);
            let at = At::new(number as usize & 0xFFF, 0, 0);
            let _ = store.push(Record { hash, relation: 1, block: number, at });
        }
        store.count(0)
    });
}

/// The packing of one block, by level: ours up to 3, then zlib-rs's.
#[divan::bench(args = [0, 1, 2, 3, 6], sample_count = 5)]
fn deflate(bencher: Bencher<'_, '_>, level: u32) {
    let bytes = rows("");
    let input = &bytes[..1 << 20];
    let (mut deflater, mut out) = (Deflater::new(level), Vec::new());
    bencher.counter(BytesCount::of_slice(input)).bench_local(|| {
        out.clear();
        deflater.block(black_box(input), &mut out)
    });
}

/// The digest of a file.
#[divan::bench(args = [Algorithm::Sha256, Algorithm::Sha512])]
fn digest(bencher: Bencher<'_, '_>, algorithm: Algorithm) {
    let bytes = rows("");
    bencher.counter(BytesCount::of_slice(&bytes)).bench_local(|| {
        let mut hasher = Hasher::new(algorithm);
        hasher.update(black_box(&bytes));
        hasher.finish()
    });
}
