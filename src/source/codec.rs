//! Bytes that were compressed as one stream: gzip (RFC 1952) and Zstandard (RFC 8878).
//!
//! Several gzip members or Zstandard frames after one another are one file, as `cat a.gz b.gz` makes
//! it. Checksums are verified. Zstandard is unpacked by a decoder in Rust: what comes from outside
//! is not handed to a C library.

use crate::archive::read::Fault;
use flate2::bufread::MultiGzDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use std::cell::RefCell;
use std::io::{self, BufRead, BufReader, Read};
use std::rc::Rc;

/// The most memory that a Zstandard frame may ask for: what `zstd --ultra` and `--long=27` write.
const WINDOW: u64 = 128 << 20;

/// How a stream is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Codec {
    Gzip,
    Zstandard,
}

impl Codec {
    /// By the first bytes.
    pub(super) fn of_magic(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0x1F, 0x8B, ..] => Some(Self::Gzip),
            [0x28, 0xB5, 0x2F, 0xFD, ..] => Some(Self::Zstandard),
            // A skippable frame before the first one, as `pzstd` writes it.
            [first, 0x2A, 0x4D, 0x18, ..] if first & 0xF0 == 0x50 => Some(Self::Zstandard),
            _ => None,
        }
    }

    /// By the end of a name, and the name without it.
    pub(super) fn of_name(name: &str) -> Option<(Self, &str)> {
        let (stem, ending) = name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty())?;
        match ending.to_ascii_lowercase().as_str() {
            "gz" => Some((Self::Gzip, stem)),
            "zst" | "zstd" => Some((Self::Zstandard, stem)),
            _ => None,
        }
    }
}

/// A stream while it is unpacked.
///
/// An error that says something of the data is of kind `InvalidData` and holds a [`Fault`]; others
/// are the input's.
pub(super) struct Unpacked<'a> {
    state: State<'a>,
    /// What became of the input, which decoders do not tell.
    input: Rc<RefCell<Outcome>>,
    given: u64,
    /// Bytes that may come out.
    most: u64,
    /// Whether there are more.
    is_over: bool,
}

/// How reading the input went so far.
#[derive(Default)]
struct Outcome {
    failed: Option<io::Error>,
    ended: bool,
}

/// The input, which takes note of its own errors.
struct Noting<'a> {
    inner: Box<dyn Read + 'a>,
    outcome: Rc<RefCell<Outcome>>,
}

impl Read for Noting<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.inner.read(buffer) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => {
                self.outcome.borrow_mut().failed = Some(error);
                Err(io::Error::other("the input failed"))
            }
            Ok(0) => {
                self.outcome.borrow_mut().ended |= !buffer.is_empty();
                Ok(0)
            }
            other => other,
        }
    }
}

type Input<'a> = BufReader<Noting<'a>>;

enum State<'a> {
    Gzip(Box<MultiGzDecoder<Input<'a>>>),
    Zstandard { decoder: Box<FrameDecoder>, input: Input<'a>, in_frame: bool, frames: u64 },
}

impl<'a> Unpacked<'a> {
    /// Unpacks `input`, at most `most` bytes.
    pub(super) fn new(codec: Codec, input: Box<dyn Read + 'a>, most: u64) -> Self {
        let outcome = Rc::default();
        let noting = Noting { inner: input, outcome: Rc::clone(&outcome) };
        let input = BufReader::with_capacity(64 << 10, noting);
        let state = match codec {
            Codec::Gzip => State::Gzip(Box::new(MultiGzDecoder::new(input))),
            Codec::Zstandard => {
                let mut decoder = Box::new(FrameDecoder::new());
                decoder.set_max_window_size(WINDOW);
                State::Zstandard { decoder, input, in_frame: false, frames: 0 }
            }
        };
        Self { state, input: outcome, given: 0, most, is_over: false }
    }

    fn next(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.state {
            State::Gzip(decoder) => decoder.read(buffer).map_err(|error| self.error(error.kind())),
            State::Zstandard { .. } => match self.zstandard(buffer) {
                Ok(read) => Ok(read),
                Err(Some(fault)) => Err(data(fault)),
                Err(None) => Err(self.error(io::ErrorKind::InvalidData)),
            },
        }
    }

    /// The next bytes of a file of frames. `Err(None)`: what it was, [`Self::error`] finds out.
    fn zstandard(&mut self, buffer: &mut [u8]) -> Result<usize, Option<Fault>> {
        let State::Zstandard { decoder, input, in_frame, frames } = &mut self.state else {
            return Ok(0);
        };
        loop {
            if !*in_frame {
                if input.fill_buf().map_err(|_| None)?.is_empty() {
                    // A file without a single frame is not even an empty one.
                    return if *frames == 0 { Err(Some(Fault::Packed)) } else { Ok(0) };
                }
                match decoder.init(&mut *input) {
                    Ok(()) => *in_frame = true,
                    Err(FrameDecoderError::ReadFrameHeaderError(
                        ReadFrameHeaderError::SkipFrame { length, .. },
                    )) => {
                        let length = u64::from(length);
                        let mut frame = input.by_ref().take(length);
                        if io::copy(&mut frame, &mut io::sink()).map_err(|_| None)? < length {
                            return Err(Some(Fault::Packed));
                        }
                    }
                    Err(FrameDecoderError::WindowSizeTooBig { .. }) => {
                        return Err(Some(Fault::Limit));
                    }
                    Err(_) => return Err(None),
                }
                *frames += 1;
                continue;
            }
            if decoder.can_collect() == 0 && !decoder.is_finished() {
                let one = BlockDecodingStrategy::UptoBlocks(1);
                decoder.decode_blocks(&mut *input, one).map_err(|_| None)?;
            }
            let read = decoder.read(buffer).map_err(|_| None)?;
            if read > 0 {
                return Ok(read);
            }
            if decoder.is_finished() && decoder.can_collect() == 0 {
                let stated = decoder.get_checksum_from_data();
                if stated.is_some() && stated != decoder.get_calculated_checksum() {
                    return Err(Some(Fault::Crc));
                }
                *in_frame = false;
            }
        }
    }

    /// The input's own error where it had one, else what the decoder's says of the data.
    fn error(&self, kind: io::ErrorKind) -> io::Error {
        let mut input = self.input.borrow_mut();
        match input.failed.take() {
            Some(error) => error,
            None if kind == io::ErrorKind::Interrupted => kind.into(),
            None if input.ended => data(Fault::Packed),
            None => data(Fault::Data),
        }
    }
}

impl Read for Unpacked<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        if self.is_over {
            return Err(data(Fault::Limit));
        }
        let read = self.next(buffer)?;
        // All that is allowed comes out, in whatever pieces it is asked for.
        let allowed = self.most - self.given;
        let given = allowed.min(read as u64);
        self.given += given;
        self.is_over = (read as u64) > allowed;
        if self.is_over && given == 0 { Err(data(Fault::Limit)) } else { Ok(given as usize) }
    }
}

fn data(fault: Fault) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, fault)
}
