use super::*;
use proptest::prelude::*;
use std::io::Read;

/// Text that compresses, noise that does not, and the edges.
fn samples() -> Vec<Vec<u8>> {
    let mut seed = 1_u64;
    let mut noise = |length: usize| -> Vec<u8> {
        (0..length)
            .map(|_| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (seed >> 56) as u8
            })
            .collect()
    };
    let text = b"9990000018,2011-03-02,\"did not attend\"\r\n".repeat(7000);
    vec![
        Vec::new(),
        b"x".to_vec(),
        text,
        noise(300_000),
        vec![0; 1_000_000],
        noise(1),
        noise(70_000),
        Vec::new(),
    ]
}

fn inflate_all(stream: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut decoder = flate2::read::DeflateDecoder::new(stream);
    decoder.read_to_end(&mut out).unwrap();
    assert_eq!(decoder.total_in(), stream.len() as u64);
    // And a reader of another family.
    assert!(miniz_oxide::inflate::decompress_to_vec(stream).unwrap() == out);
    out
}

/// How long `input` is at `level`, if every reader gives it back.
fn packed(level: u32, input: &[u8]) -> usize {
    let mut block = Vec::new();
    Deflater::new(level).block(input, &mut block).unwrap();
    let length = block.len();
    let mut back = Vec::new();
    Inflater::default().block(&mut block, input.len(), &mut back).unwrap();
    assert!(back == input, "level {level}");
    block.extend_from_slice(&FINAL);
    assert!(inflate_all(&block) == input, "level {level}");
    length
}

/// Rows like those of an extract.
fn table(rows: usize) -> Vec<u8> {
    let mut text = Vec::new();
    let mut seed = 7_u64;
    for row in 0..rows {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let (one, two) = (seed >> 16, seed >> 32);
        let day = two % 28 + 1;
        text.extend_from_slice(
            format!("{{{one:012X}-{two:08X}}},{},2011-03-{day:02},,false,", row / 9).as_bytes(),
        );
        text.extend_from_slice([&b"Review\n"[..], b"\"did not attend\"\n"][row % 5 / 4]);
    }
    text
}

#[test]
fn blocks_put_together_are_one_stream_and_each_can_be_read_alone() {
    for level in 0..=9 {
        let mut deflater = Deflater::new(level);
        let mut inflater = Inflater::default();
        let mut stream = Vec::new();
        let mut back = Vec::new();
        for sample in samples() {
            let mut block = Vec::new();
            deflater.block(&sample, &mut block).unwrap();
            stream.extend_from_slice(&block);
            inflater.block(&mut block, sample.len(), &mut back).unwrap();
            assert_eq!(back, sample);
        }
        stream.extend_from_slice(&FINAL);
        assert_eq!(inflate_all(&stream), samples().concat());
    }
}

#[test]
fn an_empty_file_is_the_final_block_alone() {
    assert!(inflate_all(&FINAL).is_empty());
}

#[test]
fn the_same_input_gives_the_same_bytes_whatever_came_before() {
    let samples = [samples(), vec![table(3000), table(2000)]].concat();
    for level in 0..=9 {
        let mut used = Deflater::new(level);
        for sample in &samples {
            used.block(sample, &mut Vec::new()).unwrap();
        }
        for sample in samples.iter().rev() {
            let (mut one, mut two) = (Vec::new(), Vec::with_capacity(3 * sample.len() + 100));
            used.block(sample, &mut one).unwrap();
            Deflater::new(level).block(sample, &mut two).unwrap();
            assert!(one == two, "level {level}");
        }
    }
}

/// Where these change, every package does: on purpose, or because the bytes depend on the machine.
#[test]
fn the_bytes_are_these() {
    let table = table(10_000);
    let digest = |level| {
        let mut block = Vec::new();
        Deflater::new(level).block(&table, &mut block).unwrap();
        (block.len(), crc32fast::hash(&block))
    };
    assert_eq!(
        [1, 2, 3].map(digest),
        [(131_565, 1_157_206_410), (130_780, 1_482_523_295), (129_014, 416_074_769)]
    );
}

#[test]
fn lengths_from_none_on() {
    let noise = &samples()[3];
    for level in 1..=3 {
        for length in 0..300 {
            packed(level, &vec![0; length]);
            packed(level, &b"ab,\0".repeat(80)[..length]);
            packed(level, &noise[..length]);
            // A match up to the end, of bytes that end in zeros, and of such that do not.
            for end in [b"\0\0\0\0\0\0\0\0", b"12345678"] {
                let row = [&noise[..length], end].concat();
                packed(level, &[&row[..], &row, &row[..row.len() - length % 8]].concat());
            }
        }
    }
}

#[test]
fn every_way_to_write_a_block_is_taken() {
    let kind = |input: &[u8]| {
        [1, 2, 3].map(|level| {
            packed(level, input);
            let mut block = Vec::new();
            Deflater::new(level).block(input, &mut block).unwrap();
            assert_eq!(block[0] & 1, 0);
            block[0] >> 1 & 3
        })
    };
    assert_eq!(kind(&samples()[3]), [0; 3]);
    assert_eq!(kind(b"did not attend"), [1; 3]);
    assert_eq!(kind(&table(100)), [2; 3]);
}

#[test]
fn noise_hardly_grows() {
    let noise = &samples()[3];
    for level in 0..=3 {
        for length in [0, 1, 100, 0xffff, 0x10000, noise.len()] {
            let grown = packed(level, &noise[..length]) - length;
            assert!(grown < length / 1000 + 16, "level {level}: {length} grows by {grown}");
        }
        // The noise is written as it is, and the text around it is none the worse.
        let text = table(1000);
        let both = packed(level, &[&text[..], noise, &text].concat());
        let most = 2 * packed(level, &text) + noise.len() + noise.len() / 1000 + 16;
        assert!(both < most, "level {level}: {both} of {most}");
    }
}

/// More than the places of a table's entries can tell apart.
#[test]
fn blocks_of_any_length() {
    let mut input = vec![b' '; (16 << 20) - 20_000];
    input.extend(table(2000));
    for level in [1, 3] {
        assert!(packed(level, &input) < 300_000);
    }
}

#[test]
fn tables_are_packed_as_well_as_zlib_packs_them() {
    let table = table(5000);
    let zlib = packed(6, &table);
    for (level, percent) in [(1, 112), (2, 110), (3, 106)] {
        let own = packed(level, &table);
        assert!(own * 100 < zlib * percent, "level {level}: {own} of {zlib}");
    }
}

/// A piece of an input.
#[derive(Debug, Clone)]
enum Piece {
    Bytes(Vec<u8>),
    Run(u8, usize),
    /// So many bytes again from so far back.
    Again(usize, usize),
    Rows(usize),
}

fn piece() -> impl Strategy<Value = Piece> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..600).prop_map(Piece::Bytes),
        prop::collection::vec(prop::sample::select(&b"01,\n\0"[..]), 0..600).prop_map(Piece::Bytes),
        (any::<u8>(), 0..1200_usize).prop_map(|(byte, length)| Piece::Run(byte, length)),
        (prop_oneof![1..9_usize, 1..900_usize, 32_700..32_800_usize], 0..600_usize)
            .prop_map(|(distance, length)| Piece::Again(distance, length)),
        (0..90_usize).prop_map(Piece::Rows),
        // Beyond the window, and a run that is a block of its own.
        Just(Piece::Run(b'#', 33_000)),
        Just(Piece::Bytes(samples()[3][..9000].to_vec())),
    ]
}

fn put_together(pieces: &[Piece]) -> Vec<u8> {
    let mut input = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Bytes(bytes) => input.extend_from_slice(bytes),
            Piece::Run(byte, length) => input.resize(input.len() + length, *byte),
            Piece::Again(distance, length) => {
                for _ in 0..*length {
                    let from = input.len().checked_sub(*distance);
                    input.push(from.map_or(b'-', |from| input[from]));
                }
            }
            Piece::Rows(rows) => input.extend(table(*rows)),
        }
    }
    input
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn every_reader_gives_back_what_was_packed(
        pieces in prop::collection::vec(piece(), 0..14), other in 4..=9_u32,
    ) {
        let input = put_together(&pieces);
        for level in [0, 1, 2, 3, other] {
            let length = packed(level, &input);
            prop_assert!(length < input.len() + input.len() / 1000 + 16);
        }
    }

    #[test]
    fn so_do_short_inputs(input in prop::collection::vec(any::<u8>(), 0..80)) {
        for level in 1..=3 {
            packed(level, &input);
        }
    }
}

#[test]
fn a_block_is_appended_to_what_is_there() {
    let mut out = b"before".to_vec();
    Deflater::new(6).block(b"after", &mut out).unwrap();
    assert!(out.starts_with(b"before"));
}

#[test]
fn wrong_lengths_and_damage_are_seen() {
    let text = b"row after row after row\n".repeat(100);
    let mut block = Vec::new();
    Deflater::new(6).block(&text, &mut block).unwrap();
    let mut inflater = Inflater::default();
    let mut out = Vec::new();
    assert_eq!(inflater.block(&mut block, text.len() - 1, &mut out), Err(BlockFault::Length));
    assert_eq!(inflater.block(&mut block, text.len() + 1, &mut out), Err(BlockFault::Length));
    let mut cut = block[..block.len() - 1].to_vec();
    assert_eq!(inflater.block(&mut cut, text.len(), &mut out), Err(BlockFault::Boundary));
    let mut twice = [block.clone(), FINAL.to_vec()].concat();
    assert!(inflater.block(&mut twice, text.len(), &mut out).is_err());
    for at in 0..block.len() {
        let mut cut = block[..at].to_vec();
        assert!(inflater.block(&mut cut, text.len(), &mut out).is_err(), "cut at {at}");
    }
    // A final block inside ends the stream for every other reader.
    let mut closed = [FINAL.to_vec(), block.clone()].concat();
    assert!(inflater.block(&mut closed, text.len(), &mut out).is_err());
}

#[test]
fn a_block_that_refers_to_bytes_before_it_is_refused() {
    let text = b"the same long line of text, twice; ".to_vec();
    let mut compress = Compress::new(Compression::new(9), false);
    let (mut first, mut second) = (Vec::with_capacity(1000), Vec::with_capacity(1000));
    compress.compress_vec(&text, &mut first, FlushCompress::Sync).unwrap();
    compress.compress_vec(&text, &mut second, FlushCompress::Sync).unwrap();
    let mut out = Vec::new();
    let mut inflater = Inflater::default();
    assert_eq!(inflater.block(&mut first, text.len(), &mut out), Ok(()));
    assert_eq!(inflater.block(&mut second, text.len(), &mut out), Err(BlockFault::Data));
}

/// Wherever a stream is cut, bytes that look like a flush do not make it end at a boundary.
#[test]
fn a_flush_inside_coded_data_is_none() {
    let text: Vec<u8> = (0..4000_u32).flat_map(|n| n.wrapping_mul(n).to_be_bytes()).collect();
    let mut block = Vec::new();
    Deflater::new(6).block(&text, &mut block).unwrap();
    let mut inflater = Inflater::default();
    let mut refused = 0;
    for at in 1..block.len() - FLUSH.len() {
        let mut packed = [&block[..at], &FLUSH].concat();
        let mut plain = flate2::Decompress::new(false);
        let mut out = vec![0; 2 * text.len()];
        if plain.decompress(&packed, &mut out, flate2::FlushDecompress::None).is_err() {
            continue;
        }
        let length = usize::try_from(plain.total_out()).unwrap();
        let result = inflater.block(&mut packed, length, &mut out);
        assert!(result.is_err(), "cut at {at}");
        refused += 1;
    }
    assert!(refused > 100, "{refused}");
}

#[test]
fn a_stored_block_that_hides_the_flush_in_its_data_is_refused() {
    // A stored block of twenty bytes of which only the first eight are here: the last four look
    // like a flush, but a reader of the stream takes the next block's bytes as data.
    let mut packed = vec![0x00, 20, 0, !20, 0xff, b'a', b'b', b'c', b'd'];
    packed.extend_from_slice(&FLUSH);
    let mut out = Vec::new();
    let result = Inflater::default().block(&mut packed, 8, &mut out);
    assert!(result.is_err(), "{result:?}");
}
